"""The tables of a study from its results folder: counted, laid out, written, and handed back for the terminal."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from senl_ae.issues import Issues, Refused
from senl_ae.report.count.about import about_page
from senl_ae.report.count.cohort import Cohort, by_column, make_cohort
from senl_ae.report.count.folder import SYNDROMES, ResultsFolder, no_results, read_results
from senl_ae.report.count.long_results import BASELINE, HEADING, Listing, LongResults, TableText, as_frame
from senl_ae.report.layout.laid import CROSS_TABLES, SHIFT_TABLE, Laid, layout
from senl_ae.report.tables import laboratory
from senl_ae.report.tables.found import Counting, laboratory_there, listing_tables, statistics_tables, table_text, tally_for
from senl_ae.report.tables.management import find_treatments
from senl_ae.report.tables.names import FAMILIES, FORMATS, LISTINGS, SOURCES, TABLES

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

PAGE_LINES = 2000
"""Most lines of a listing in a workbook or on pages; the CSV file has all."""
TERMINAL_LINES = {"per-patient": 60, "daily": 120, "episodes": 60, "queries": 20, "differences": 60, "laboratory-iechs": 60}
BY_TERM = ("laboratory-worst", "laboratory-shift")


@dataclass(frozen=True)
class Summary:
    """What a run of `summarize` leaves: what to print, what was written, and the numbers themselves."""

    renderables: list[RenderableType]
    files: list[Path]
    long: LongResults


def summarize(
    results_folder: Path | None, *, by: Sequence[str] = (), tables: Sequence[str] | None = None, ci: str = "clopper-pearson",
    window: int | None = None, source: str = "auto", ids: bool = True, mock: bool = False, drop_zero_rows: bool = False,
) -> LongResults:
    """Count every table asked for (all, when none is named) into long results; raises Refused with what is wrong.

    `by` names subject columns, one set of tables each ("dose" is the dose level); without it there is Total alone. Without `ids` no
    subject is named: the listings are left out. `mock` makes empty shells and needs no results.
    """
    wanted = _wanted(tables, ids)
    results = _folder(results_folder, mock)
    cohort, reported = _cohorts(results, window, source)
    if mock:
        results, cohort, reported = _emptied(results, cohort)
    counting = Counting(results, cohort, reported, find_treatments(results, cohort), ci, mock)
    columns: list[str | None] = [by_column(cohort.subjects, name) for name in by]
    columns = columns or [None]
    found: dict[tuple[str, str], TableText] = {}
    rows: list[tuple[object, ...]] = []
    counters = statistics_tables(counting)
    if tables:
        _check_there(counting, wanted, {*counters, *listing_tables(counting)})
    for column in dict.fromkeys(columns):
        for name in (name for name in counters if name in wanted):
            agreeing = name.startswith("agreement")
            tally = tally_for(counting, name, None if agreeing else column)
            if (name, tally.group_by) in found:
                continue
            counters[name](tally)
            rows += tally.rows
            found[name, tally.group_by] = table_text(counting, name, None if agreeing else column)
    listed = _listings(counting, wanted) if ids and not mock else {}
    if mock and ids:
        listed = {name: Listing(listing.columns, []) for name, listing in _listings(counting, wanted).items()}
    found |= {(name, ""): table_text(counting, name, None) for name in listed if name in TABLES}
    frame = as_frame(rows)
    if drop_zero_rows:
        frame = _without_zero_rows(frame)
    if not ids:
        frame["subjects"] = [()] * len(frame)
    shown = "both" if reported is not None else cohort.source
    absent = [table for table in laboratory.FILES if table in wanted and not laboratory_there(counting, table)]
    of_labs = f"no results in the folder; left out: {', '.join(absent)}" if absent else ""
    if not absent and wanted & set(laboratory.FILES):
        of_labs = laboratory.version(results.settings)
    return LongResults(frame, listed, _in_order(found, columns), about_page(results, cohort, shown, of_labs))


def run_summarize(
    results_folder: Path | None, *, by: Sequence[str] = (), tables: Sequence[str] | None = None, formats: Sequence[str] = ("terminal",),
    out: Path | None = None, ci: str = "clopper-pearson", window: int | None = None, source: str = "auto", ids: bool = True,
    mock: bool = False, drop_zero_rows: bool = False, width: int = 100,
) -> Summary:
    """Everything `senl-ae summarize` does but printing: the renderables for the terminal, and the files of the formats asked for.

    Files go to `out`, else to the folder `tables` inside the results. With any file the long results are written as CSV and JSON too.
    """
    formats = _formats(formats)
    long = summarize(results_folder, by=by, tables=tables, ci=ci, window=window, source=source, ids=ids, mock=mock,
                     drop_zero_rows=drop_zero_rows)
    files: list[Path] = []
    if set(formats) - {"terminal"}:
        from senl_ae.report.layout.files import write_files

        folder = out if out is not None else (results_folder if results_folder is not None else Path()) / "tables"
        files = write_files(long, folder, formats, PAGE_LINES)
    renderables: list[RenderableType] = []
    if "terminal" in formats:
        from senl_ae.report.layout.terminal import render

        renderables = render(terminal_tables(long), width)
    return Summary(renderables, files, long)


def terminal_tables(long: LongResults) -> list[Laid]:
    """The tables as the terminal shows them: all statistics but of terms that nobody has, the first lines of long listings."""
    return [_terminal_table(long, table, by) for table, by in long.texts]


def _terminal_table(long: LongResults, table: str, by: str) -> Laid:
    """One table; of the laboratory terms only those with a grade 1 or more, proven or possible, and only rows that count somebody."""
    if table not in BY_TERM or not len(long.frame["value"].dropna()):
        return layout(long, table, by, TERMINAL_LINES.get(table))
    of_terms = long.frame[long.frame["table"].isin(BY_TERM) & (long.frame["group_by"] == by)]
    silent, ungraded = laboratory.silent_terms(of_terms)
    shown = of_terms[(of_terms["table"] == table) & ~laboratory.term_of(of_terms["row"]).isin(silent)]
    totals = shown["row"].str.endswith(BASELINE + laboratory.TOTAL)  # what they count stands in the table of worst grades
    laid = layout(replace(long, frame=_without_zero_rows(shown[~totals])), table, by)
    note = "Here without rows that count nobody; the files have all."
    if silent:
        note += f" {len(silent)} term(s) without a grade of 1 or more, proven or possible, are left out"
        note += f", {ungraded} of them without a grade in anybody." if ungraded else "."
    return replace(laid, notes=(note,))


def _formats(asked: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for text in asked for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise _refused("unknown-format", f"--format {name}", f"one of {', '.join(FORMATS)}")
    return list(dict.fromkeys(names))


def _wanted(asked: Sequence[str] | None, ids: bool) -> set[str]:
    """The tables asked for; a number works as well as a name, and 5, laboratory or agreement stands for all of that number or name."""
    if not asked:
        return set(TABLES) if ids else set(TABLES) - set(LISTINGS)
    wanted: set[str] = set()
    for name in (part.strip().lower() for text in asked for part in text.split(",") if part.strip()):
        by_number = [t for t, (number, _) in TABLES.items() if name in (number, number.rstrip("abcde"))]
        several = FAMILIES.get(name) or by_number
        if name not in TABLES and not several:
            near = difflib.get_close_matches(name, [*TABLES, *FAMILIES], n=1)
            hint = f"did you mean {near[0]}? There are" if near else "there are"
            raise _refused("unknown-table", f'--table {name}: no table of this name', done=f"{hint} {', '.join([*TABLES, *FAMILIES])}")
        named = {name} if name in TABLES else set(several)
        if not ids:  # of several, the listings are left out
            named = named - set(LISTINGS) or named
        wanted |= named
    if not ids and wanted & set(LISTINGS):
        raise _refused("table-names-subjects", f"--no-ids with --table {', '.join(sorted(wanted & set(LISTINGS)))}",
                       "tables of counts only: a listing names subjects")
    return wanted


NOT_THERE = {
    "agreement": ("it compares two sources", "give --source both; the study needs an events sheet"),
    "laboratory": ("the results folder has no laboratory results", "grade a study that has a laboratory sheet, then summarize its results"),
    "adjudication": ("the study has no rulings of an adjudication", "give it an adjudications sheet and grade it again"),
    "daily": ("the results have no grades derived from the record", "give --source derived, or grade a study that has vital signs"),
}
"""Why a table cannot be made of these results, and what to do, by how its name begins; all others compare two sources."""


def _check_there(counting: Counting, wanted: set[str], available: set[str]) -> None:
    """Refuses what was asked for by name and cannot be counted from these results."""
    issues = Issues()
    for table in (table for table in TABLES if table in wanted - available):
        family = next((name for name in NOT_THERE if table.startswith(name)), "agreement")
        why, done = NOT_THERE[family]
        if family == "laboratory" and counting.results.has(laboratory.FILES[table]):
            why, done = "the results folder has no labs.csv, which a shorter --window is counted from", "grade the study again"
        issues.add("refuse", "table-not-there", found=f"--table {table}: {why}", done=done)
    if issues.refused:
        raise Refused(issues)


def _folder(path: Path | None, mock: bool) -> ResultsFolder:
    if path is None and not mock:
        raise _refused("no-results", "no results folder was named", "the folder that senl-ae grade wrote")
    return no_results() if path is None or (mock and not path.is_dir()) else read_results(path)


def _cohorts(results: ResultsFolder, window: int | None, source: str) -> tuple[Cohort, Cohort | None]:
    """The subjects with the grades of the source asked for; "auto" is the record's, or the investigator's where there is no record."""
    if source not in SOURCES:
        raise _refused("unknown-source", f"--source {source}", f"one of {', '.join(SOURCES)}")
    has_events = results.has("events")
    if source in ("reported", "both") and not has_events:
        raise _refused("no-reported-events", f"--source {source}: the results hold no events.csv",
                       "a study graded with an events sheet (subject_id, term, grade, start, end)")
    if source == "auto":
        seen = any((results.patients[f"{name.lower()}_days_seen"] > 0).any() for name in SYNDROMES)
        source = "reported" if has_events and not seen else "derived"
    cohort = make_cohort(results, window, "reported" if source == "reported" else "derived")
    return cohort, make_cohort(results, window, "reported") if source == "both" else None


def _emptied(results: ResultsFolder, cohort: Cohort) -> tuple[ResultsFolder, Cohort, Cohort | None]:
    """A study of nobody with the window of this one: what the shells are counted from."""
    blank = no_results()
    shell = ResultsFolder(None, blank.subjects, blank.patients, (), results.run | {"settings": results.settings})
    empty = make_cohort(shell, None, "derived")
    return shell, Cohort(empty.ids, empty.subjects, empty.figures, cohort.window, "derived"), None


def _listings(counting: Counting, wanted: set[str]) -> dict[str, Listing]:
    listed: dict[str, Listing] = {}
    for name, make in listing_tables(counting).items():
        if name not in wanted:
            continue
        made = make()
        if isinstance(made, tuple):
            listed[name], listed[f"{name}, page"] = made
        else:
            listed[name] = made
    return listed


def _in_order(found: dict[tuple[str, str], TableText], columns: Sequence[str | None]) -> dict[tuple[str, str], TableText]:
    """All tables of the first set of columns, then of the next; what has no columns stands with the first set."""
    sets = [column or "" for column in dict.fromkeys(columns)]
    numbers = list(TABLES)
    order = sorted(found, key=lambda key: (sets.index(key[1]) if key[1] in sets else 0, numbers.index(key[0])))
    return {key: found[key] for key in order}


def _without_zero_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the rows that count nobody in any column; the headings stay, and so do cross-tables."""
    level = frame["level"].where(frame["table"] != SHIFT_TABLE, "")  # there a row is a line of the print
    key = [frame["table"], frame["group_by"], frame["row"], level]
    counting = frame["statistic"].isin(["n", "total", "values"])
    counts = frame["value"].where(counting).groupby(key).transform("max")
    km = frame["statistic"].str.startswith("km_")
    keep = counts.isna() | (counts > 0) | (frame["row"] == HEADING) | km | frame["table"].isin(CROSS_TABLES)
    return frame[np.asarray(keep, dtype=bool)].reset_index(drop=True)


def _refused(code: str, found: str, expected: str = "", done: str = "") -> Refused:
    issues = Issues()
    issues.add("refuse", code, found=found, expected=expected, done=done)
    return Refused(issues)
