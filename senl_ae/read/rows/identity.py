"""Whose row it is: the subject's id on every row, blank and repeated rows left out, rows of nobody set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows, is_blank, spans
from senl_ae.read.words.kinds import parse_column
from senl_ae.vocabulary.folding import seen
from senl_ae.vocabulary.items import Items, fold

if TYPE_CHECKING:
    from senl_ae.study import RawTable


SHOWN = 5
"""So many ids are named in one message."""


def subject_heading(layout: Layout) -> tuple[Heading, list[Issue]]:
    """The column that says who: an id of the trial before a hospital number, a usual name before an unusual one. Others are noted."""
    claims = layout.claims("subject_id")

    def rank(heading: Heading) -> tuple[bool, int, int]:
        match = heading.match
        assert match is not None
        texts = [alias.text for alias in match.item.aliases]
        usual = texts.index(match.alias.text) if match.alias.text in texts else -1
        return match.alias.hospital_number, usual, heading.index

    best, *others = sorted(claims, key=rank)
    table = layout.table
    told = []
    if best.match is not None and best.match.alias.hospital_number:
        found = f'the hospital number "{best.text}" serves as the subject\'s id'
        expected, done = "a subject id of the trial", "read as it stands, and shown in the results"
        place = (table.file, table.sheet, None, best.letter, "")
        told.append(Issue("note", "hospital-number", *place, found, expected, done))
    for other in others:
        found, done = f'"{other.text}" names the subject a second time', f'not used; "{best.text}" is'
        place = (table.file, table.sheet, None, other.letter, "")
        told.append(Issue("note", "unused-column", *place, found, done=done))
    return best, told


def subject_rows(layout: Layout, table: RawTable, items: Items, counts: dict[str, int]) -> Rows:
    """The rows of one sheet that belong to a subject. Blank rows and repeated headings are left out, rows without a subject set aside."""
    heading, told = subject_heading(layout)
    raw = table.columns[heading.index][layout.data :]
    parsed = parse_column(raw, items.by_name["subject_id"], items)
    ids = parsed.values["subject_id"]
    everything = Rows(
        table, np.arange(layout.data, layout.data + len(raw)), np.where(pd.isna(ids), "", ids), told
    )
    missing = np.asarray(pd.isna(ids), dtype=bool)
    repeated = _repeated(ids, heading, layout)
    blank = _says_nothing(layout, table, missing, [h for h in layout.headings if h.index != heading.index])
    blank &= ~parsed.set_aside
    alone = np.zeros(len(raw), dtype=bool)
    if layout.domain != "subjects":
        who = ("subject_id", "planned")
        measured = [h for h in layout.headings if h.match is not None and h.column not in who]
        alone = _says_nothing(layout, table, ~missing & ~repeated, measured)
        at, found = np.flatnonzero(alone), "a subject id and nothing else"
        everything.add("note", "row-without-values", heading.letter, at, found, done="left out")
    if repeated.any():
        again = spans([int(i) + 1 for i in everything.index[repeated]])
        everything.about_sheet(
            "note", "repeated-headings", f"the headings again in row {again}", done="left out"
        )
    everything.report(parsed.problems, heading.letter, heading.text)
    _note_spellings(everything, heading, raw, ids)
    stray = missing & ~blank & ~parsed.set_aside
    everything.add(
        "set aside",
        "row-without-subject",
        heading.letter,
        np.flatnonzero(stray),
        "a row with values and no subject",
        "a subject id in every row",
        "the row is not used; where one cell stands for several rows, merge it or repeat it",
    )
    _note_hidden(layout, everything, ~blank & ~repeated)
    counts["rows_read"] = counts.get("rows_read", 0) + int((~blank & ~repeated).sum())
    counts["rows_without_subject"] = counts.get("rows_without_subject", 0) + int((missing & ~blank).sum())
    counts["rows_without_values"] = counts.get("rows_without_values", 0) + int(alone.sum())
    return everything.take(~missing & ~repeated & ~alone)


def _says_nothing(
    layout: Layout, table: RawTable, among: np.ndarray, headings: Sequence[Heading]
) -> np.ndarray:
    """Which of some rows are blank in all these columns. The columns that are filled nearly always are looked at first."""
    at = np.flatnonzero(among)
    usual = ("datetime", "date", "start", "study_day", "cdisc_day", "term")
    for heading in sorted(headings, key=lambda h: h.column not in usual):
        if not len(at):
            break
        at = at[is_blank(table.columns[heading.index][layout.data :][at])]
    found = np.zeros(len(among), dtype=bool)
    found[at] = True
    return found


def _repeated(ids: np.ndarray, heading: Heading, layout: Layout) -> np.ndarray:
    """Rows that are the headings once more, as printed exports have them on every page."""
    same = {value for value in pd.unique(ids) if isinstance(value, str) and fold(value) == fold(heading.text)}
    found = (
        np.array(pd.Series(ids, dtype=object).isin(same), dtype=bool)
        if same
        else np.zeros(len(ids), dtype=bool)
    )
    for i in np.flatnonzero(found):
        row = layout.data + int(i)
        others = [h for h in layout.headings if h.index != heading.index and h.text]
        cells = [layout.table.columns[h.index][row] for h in others]
        found[i] = (
            any(isinstance(c, str) and fold(c) == fold(h.text) for c, h in zip(cells, others, strict=True))
            or not others
        )
    return found


def _note_hidden(layout: Layout, rows: Rows, used: np.ndarray) -> None:
    """Hidden rows are read as any other; that they were hidden is said once."""
    hidden = (
        [int(i) + 1 for i in rows.index[used] if int(i) in layout.table.hidden_rows]
        if layout.table.hidden_rows
        else []
    )
    if hidden:
        rows.about_sheet(
            "note",
            "hidden-rows",
            f"{len(hidden)} hidden rows ({spans(hidden)})",
            done="read as any other row; delete them if they are not meant",
        )


def _note_spellings(rows: Rows, heading: Heading, raw: np.ndarray, ids: np.ndarray) -> None:
    """Say once for the column which ids stand there in several ways (full-width digits, spaces that nobody sees) and are read as one."""
    codes, cells = pd.factorize(raw)
    first = np.full(len(cells), -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    written: dict[str, list[str]] = {}
    for cell, at in zip(cells, first.tolist(), strict=True):
        text = cell.strip(" ") if isinstance(cell, str) else ""
        if text and isinstance(ids[at], str) and text not in (said := written.setdefault(ids[at], [])):
            said.append(text)
    several = [" and ".join(f'"{seen(text)}"' for text in said) for said in written.values() if len(said) > 1]
    if several:
        more = f"; and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
        found = f"subject ids that are written in several ways: {'; '.join(several[:SHOWN])}{more}"
        rows.about_sheet(
            "note", "id-spellings", found, "one spelling per subject", "read as one subject", heading.letter
        )
