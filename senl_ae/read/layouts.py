"""Which sheets of all files are tables of the study, and what somebody said they are."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.headings.heading_row import Vocabulary
from senl_ae.read.headings.recognise import recognise
from senl_ae.read.headings.recognised import DOMAINS, Layout
from senl_ae.read.headings.rows import is_blank
from senl_ae.read.redcap.codes import refuse_codes
from senl_ae.read.redcap.export import redcap_apart
from senl_ae.study import Assign, RawTable
from senl_ae.vocabulary.items import Items, fold

if TYPE_CHECKING:
    from senl_ae.settings import Settings


@dataclass(frozen=True)
class Sheets:
    """All sheets, and what each is: `found` has a Layout or None for each of `tables`. dictionaries: those of a form's codes."""

    tables: list[RawTable]
    found: list[Layout | None]
    dictionaries: list[RawTable]
    vocabulary: Vocabulary
    issues: list[Issue]

    @property
    def layouts(self) -> list[Layout]:
        return [layout for layout in self.found if layout is not None]


def look_at_all(
    tables: Sequence[RawTable],
    items: Items,
    settings: Settings,
    said: Sequence[Issue],
    assign: Assign | None = None,
) -> Sheets:
    """What every sheet is, in order of file and sheet name, and what is to be said of it. said: what was found in the files before.

    A file of which nothing is understood, or that holds no row, is refused unless somebody said to ignore it.
    """
    vocabulary = Vocabulary(items, settings.columns)
    issues = list(_check_settings(settings, items))
    apart, dictionaries, notes = redcap_apart(tables, vocabulary)
    ordered = sorted(apart, key=lambda t: (t.file, t.sheet))
    assigned, wrong = _assigned(ordered, assign or {})
    ignored, unheard = _ignored(ordered, settings)
    assigned |= ignored
    issues += [*notes, *wrong, *unheard]
    found = []
    for i, table in enumerate(ordered):
        layout, told = recognise(table, vocabulary, settings, assigned.get(i))
        found.append(layout)
        issues += told
    layouts = [layout for layout in found if layout is not None]
    issues += [issue for layout in layouts for issue in refuse_codes(layout)]
    issues += _note_without_rows(layouts)
    issues += _note_unmatched(layouts, settings)
    refused = {issue.file for issue in (*said, *issues) if issue.severity == "refuse"}
    if layouts:
        issues += _refuse_unknown_files(ordered, found, assigned, refused)
    elif ordered and not refused:
        issues.append(
            Issue(
                "refuse",
                "no-table",
                found="no sheet of any file has headings that are known",
                expected="a sheet with subject_id, a date or time, and at least one measurement",
                done="`senl-ae columns FILE` shows how each heading was understood; `senl-ae template` writes a sheet to fill",
            )
        )
    return Sheets(ordered, found, dictionaries, vocabulary, issues)


def _refuse_unknown_files(
    tables: Sequence[RawTable],
    found: Sequence[Layout | None],
    assigned: Mapping[int, str],
    refused: Collection[str],
) -> Iterator[Issue]:
    """A file that was named and of which nothing is understood: whoever named it meant it to count. refused: files that are already."""
    for file in dict.fromkeys(table.file for table in tables):
        sheets = [i for i, table in enumerate(tables) if table.file == file]
        if file not in refused and all(found[i] is None and assigned.get(i) != "ignore" for i in sheets):
            yield Issue(
                "refuse",
                "unknown-file",
                file=file,
                found="nothing in this file is understood",
                expected="a sheet with a subject, a date or time, and something measured, given or reported",
                done=f"`senl-ae columns {file}` shows its headings; leave it out with --as ignore={file}",
            )


def _ignored(tables: Sequence[RawTable], settings: Settings) -> tuple[dict[int, str], list[Issue]]:
    """The sheets and files that the settings leave out."""
    chosen: dict[int, str] = {}
    told: list[Issue] = []
    for name in settings.ignore:
        at = _named(tables, name)
        if not at:
            found, expected = (
                f'ignore names "{name}", and there is no such sheet or file',
                "a sheet or file that is there",
            )
            done = "nothing changed by it"
            told.append(Issue("note", "setting-without-sheet", found=found, expected=expected, done=done))
        chosen |= dict.fromkeys(at, "ignore")
    return chosen, told


def _check_settings(settings: Settings, items: Items) -> Iterator[Issue]:
    """A [columns] setting names an item that there is, or says to ignore the column."""
    for heading, item in settings.columns.items():
        if item != "ignore" and item not in items.by_name:
            near = difflib.get_close_matches(item, items.by_name, 1)
            yield Issue(
                "refuse",
                "settings-wrong",
                found=f'[columns] says that "{heading}" is {item}, which is no item',
                expected=f"an item; the nearest is {near[0]}"
                if near
                else "an item that `senl-ae columns` lists, or ignore",
                done="nothing was graded",
            )


def _note_unmatched(layouts: Sequence[Layout], settings: Settings) -> Iterator[Issue]:
    """What the settings say about headings that no sheet has: named, for it was meant to change something."""
    present = {fold(h.text) for layout in layouts for h in layout.headings}
    for heading, item in settings.columns.items():
        if layouts and fold(heading) not in present:
            near = difflib.get_close_matches(
                heading, [h.text for layout in layouts for h in layout.headings if h.text], 1
            )
            yield Issue(
                "note",
                "setting-without-column",
                found=f'[columns] says that "{heading}" is {item}, and no sheet has such a heading',
                expected=f'a heading that is there; the nearest is "{near[0]}"'
                if near
                else "a heading that is there",
                done="nothing changed by it",
            )


def _has_values(cells: np.ndarray) -> bool:
    """Whether any cell is filled: the first rows tell nearly always."""
    return not is_blank(cells[:200]).all() or not is_blank(cells).all()


def _note_without_rows(layouts: Sequence[Layout]) -> Iterator[Issue]:
    """Sheets with headings and nothing below them: named; refused when all of a file are so."""
    without = [
        layout
        for layout in layouts
        if not any(_has_values(column[layout.data :]) for column in layout.table.columns)
    ]
    with_rows = {layout.table.file for layout in layouts if not any(layout is one for one in without)}
    for layout in without:
        yield Issue(
            "note" if layout.table.file in with_rows else "refuse",
            "no-rows",
            file=layout.table.file,
            sheet=layout.table.sheet,
            found=f"headings of {layout.domain} and no row below them",
            expected="one row per " + ("subject" if layout.domain == "subjects" else "subject and time"),
            done=""
            if layout.table.file in with_rows
            else f"leave it out with --as ignore={layout.table.file}",
        )


def _assigned(tables: Sequence[RawTable], assign: Assign) -> tuple[dict[int, str], list[Issue]]:
    """Which sheets were said to be of which domain (--as vitals=Sheet3, or a file, or file:sheet)."""
    chosen: dict[int, str] = {}
    told: list[Issue] = []
    done = "nothing was graded"
    for domain, names in assign.items():
        if domain not in (*DOMAINS, "ignore"):
            found, expected = f"--as {domain}={names}: {domain} is no domain", ", ".join((*DOMAINS, "ignore"))
            told.append(Issue("refuse", "unknown-domain", found=found, expected=expected, done=done))
            continue
        for name in [names] if isinstance(names, str) else names:
            at = _named(tables, name)
            if not at:
                found = f"--as {domain}={name}: there is no sheet or file {name}"
                expected = f"one of {', '.join(sorted({t.sheet or t.file for t in tables})[:20])}"
                told.append(Issue("refuse", "unknown-sheet-name", found=found, expected=expected, done=done))
            chosen |= dict.fromkeys(at, domain)
    return chosen, told


def _named(tables: Sequence[RawTable], name: str) -> list[int]:
    """The sheets that a name means: of a sheet, of a file, or of both."""
    return [i for i, t in enumerate(tables) if name in (t.sheet, t.file, f"{t.file}:{t.sheet}")]
