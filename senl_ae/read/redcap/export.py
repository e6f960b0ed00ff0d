"""A REDCap export taken apart: the rows of each form are a sheet of their own, codes are words, the subject is who the record is.

Every sheet keeps the export's rows and columns (blank where they are another form's), so that an address in a message is the export's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import distinct, spread
from senl_ae.read.headings.heading_row import Vocabulary, as_text
from senl_ae.read.headings.rows import is_blank
from senl_ae.read.redcap.checkboxes import checkboxes_as_words
from senl_ae.read.redcap.dictionary import Dictionary, in_words, is_dictionary, read_dictionary
from senl_ae.read.redcap.forms import Form, forms_of, read_without_prefix
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import fold

INSTRUMENT = ("redcaprepeatinstrument", "repeatinstrument")
EVENT = ("redcapeventname", "eventname")
RECORD = ("recordid", "studyid", "subjid", "participantid", "subjectid")
LOOK_ROWS = 5
STATUS = frozenset({"0", "1", "2", "incomplete", "unverified", "complete"})


@dataclass(frozen=True)
class Export:
    """An export before it is taken apart: its row of headings, and the columns of the record, the event and the repeated instrument."""

    table: RawTable
    row: int
    record: int
    event: int | None
    instrument: int | None

    @property
    def texts(self) -> list[str]:
        return [as_text(column[self.row]) for column in self.table.columns]

    def column(self, index: int | None) -> np.ndarray:
        """The cells of one column below the headings as text; blank where there is no such column."""
        if index is None:
            return np.full(self.length, "", dtype=object)
        codes, cells = distinct(self.table.columns[index][self.row + 1 :])
        return np.asarray(spread([str(cell).strip() for cell in cells], codes, object, ""))

    @property
    def length(self) -> int:
        return len(self.table.columns[0]) - self.row - 1


def redcap_apart(
    tables: Sequence[RawTable], vocabulary: Vocabulary
) -> tuple[list[RawTable], list[RawTable], list[Issue]]:
    """All tables, each export of REDCap as the sheets of its forms; the data dictionaries, no tables of the study; a note of each."""
    dictionaries = [table for table in tables if is_dictionary(table)]
    dictionary = read_dictionary(dictionaries)
    found, done = "the data dictionary of a REDCap project", "its words are used"
    notes = [
        Issue("note", "data-dictionary", table.file, table.sheet, found=found, done=done)
        for table in dictionaries
    ]
    apart: list[RawTable] = []
    for table in tables:
        if any(table is one for one in dictionaries):
            continue
        export = _export(table)
        if export is None:
            apart.append(_with_words(table, 0, dictionary, vocabulary) if dictionary else table)
        else:
            coded = frozenset(j for j, text in enumerate(export.texts) if dictionary.of(text) is None)
            with_words = _with_words(replace(table, coded=coded), export.row, dictionary, vocabulary)
            apart += _apart(replace(export, table=with_words), dictionary, vocabulary)
    return apart, dictionaries, notes


def _export(table: RawTable) -> Export | None:
    """Whether a table is an export of REDCap: columns of its events or repeats, or a record and forms that are complete or not."""
    for row in range(min(LOOK_ROWS, len(table.columns[0]) if table.columns else 0)):
        texts = [fold(as_text(column[row])) for column in table.columns]
        at = {text: j for j, text in reversed(list(enumerate(texts))) if text}
        event = next((at[name] for name in EVENT if name in at), None)
        instrument = next((at[name] for name in INSTRUMENT if name in at), None)
        if not texts[0] or not (
            {*INSTRUMENT, EVENT[0], "redcaprepeatinstance"} & set(texts) or texts[0] == RECORD[0]
        ):
            continue
        if (
            event is None
            and instrument is None
            and not any(_is_status(table, row, j) for j in range(len(texts)))
        ):
            continue
        return Export(
            table,
            row,
            next((at[name] for name in RECORD if name in at and at[name] <= 1), 0),
            event,
            instrument,
        )
    return None


def _is_status(table: RawTable, row: int, column: int) -> bool:
    """Whether a column says whether a form is complete."""
    text = as_text(table.columns[column][row])
    if not (text.casefold().endswith("_complete") or text in ("Complete?", "Complete")):
        return False
    return {
        str(v).strip().casefold() for v in pd.unique(table.columns[column][row + 1 :]) if v is not None
    } <= STATUS


def _with_words(table: RawTable, row: int, dictionary: Dictionary, vocabulary: Vocabulary) -> RawTable:
    """The table with codes as words where the dictionary has them, and the choices of each checkbox field in one column."""
    columns = list(table.columns)
    for j, column in enumerate(columns):
        text = as_text(column[row]) if len(column) > row else ""
        known = dictionary.of(text) if text else None
        if known is not None:
            vocabulary.reads(text, known.label, known.name)
            if known.choices and known.kind != "checkbox":
                columns[j] = np.concatenate([column[: row + 1], in_words(column[row + 1 :], known.choices)])
    return checkboxes_as_words(replace(table, columns=columns), row, dictionary, vocabulary)


def _apart(export: Export, dictionary: Dictionary, vocabulary: Vocabulary) -> list[RawTable]:
    """The sheets of one export, one for each repeated instrument, and for the other rows one for all events that have the same fields."""
    texts, table = export.texts, export.table
    vocabulary.is_now[fold(texts[export.record])] = "subject_id"
    status = [j for j in range(len(texts)) if _is_status(table, export.row, j)]
    vocabulary.system |= {fold(texts[j]) for j in status}
    stamped = {
        fold(texts[j].removesuffix("_complete") + "_timestamp")
        for j in status
        if texts[j].endswith("_complete")
    }
    vocabulary.system |= stamped
    system = {
        j for j, text in enumerate(texts) if not text or j == export.record or vocabulary.is_system(text)
    }
    filled = {
        j: ~is_blank(column[export.row + 1 :]) for j, column in enumerate(table.columns) if j not in system
    }
    filled = {j: mask for j, mask in filled.items() if mask.any()}
    forms = forms_of(texts, status, dictionary)
    names = [known.name if (known := dictionary.of(text)) is not None else text for text in texts]
    sheets: list[RawTable] = []
    for name, mask in _groups(export, filled):
        own = [j for j, there in filled.items() if (there & mask).any()]
        parts = [Form(form.name, tuple(j for j in form.columns if j in own)) for form in forms]
        parts = [part for part in parts if part.columns] or [Form("", tuple(own))]
        timed = [
            part
            for part in parts
            if read_without_prefix([(texts[j], names[j]) for j in part.columns], vocabulary)
        ]
        if len(timed) < 2:
            sheets.append(_sheet(export, name, mask, own))
            continue
        apart = [*timed, Form("", tuple(j for part in parts if part not in timed for j in part.columns))]
        sheets += [
            _sheet(export, f"{name} {part.name}".strip(), mask, list(part.columns))
            for part in apart
            if part.columns
        ]
    everywhere = {
        j for sheet in sheets for j, column in enumerate(sheet.columns) if column[export.row] is not None
    }
    return (
        [_with_headings(sheets[0], export, set(range(len(texts))) - everywhere), *sheets[1:]]
        if sheets
        else [table]
    )


def _groups(export: Export, filled: dict[int, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Name and rows of each sheet. Events whose filled fields are some of another event's stand with it."""
    instrument, event = export.column(export.instrument), export.column(export.event)
    found = [(name, instrument == name) for name in sorted({*instrument.tolist()} - {""})]
    rest = instrument == ""
    sets: dict[str, frozenset[int]] = {}
    for name in sorted({*event[rest].tolist()}):
        rows = rest & (event == name)
        sets[name] = frozenset(j for j, there in filled.items() if (there & rows).any())
    kept: list[tuple[frozenset[int], list[str]]] = []
    for name in sorted(sets, key=lambda n: (-len(sets[n]), n)):
        if sets[name]:
            home = next((names for fields, names in kept if sets[name] <= fields), None)
            home.append(name) if home is not None else kept.append((sets[name], [name]))
    found += [(min(names), rest & np.isin(event.astype(str), names)) for _, names in kept]
    return found


def _sheet(export: Export, name: str, mask: np.ndarray, own: list[int]) -> RawTable:
    """One sheet: these rows of these columns, all others blank, each where the export has it."""
    table, first = export.table, export.row + 1
    rows = np.concatenate([np.zeros(first, dtype=bool), mask])
    blank = np.full(len(rows), None, dtype=object)
    columns = []
    for j, column in enumerate(table.columns):
        if j not in own and j not in (export.record, export.event, export.instrument):
            columns.append(blank)
            continue
        cells = blank.copy()
        cells[rows] = column[rows]
        cells[export.row] = column[export.row]
        columns.append(cells)
    title = f"{table.sheet}: {name}" if table.sheet and name else table.sheet or name
    return replace(table, sheet=title, columns=columns)


def _with_headings(sheet: RawTable, export: Export, columns: set[int]) -> RawTable:
    """The headings that no sheet has (of blank fields, of the system), so that each heading of the export is shown somewhere."""
    changed = list(sheet.columns)
    for j in columns:
        if export.texts[j]:
            changed[j] = np.full(len(changed[j]), None, dtype=object)
            changed[j][export.row] = export.table.columns[j][export.row]
    return replace(sheet, columns=changed)
