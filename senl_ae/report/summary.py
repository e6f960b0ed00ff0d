"""The tables of a study from its results folder: counted, laid out, written, and handed back for the terminal."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.issues import Issues, Refused, refusal
from senl_ae.report.count.about import about_page
from senl_ae.report.count.cohort import Cohort, by_column, make_cohort
from senl_ae.report.count.folder import ResultsFolder, no_results, read_results
from senl_ae.report.count.long_results import HEADING, Listing, LongResults, TableText, Tally, as_frame
from senl_ae.report.count.treatments import find_treatments
from senl_ae.report.layout.laid import Laid, layout
from senl_ae.report.tables.adverse_events import shared as adverse_events
from senl_ae.report.tables.found import families, table_text, tables_of, tally_for
from senl_ae.report.tables.laboratory import shared as laboratory
from senl_ae.report.tables.names import FORMATS, SOURCES
from senl_ae.report.tables.table import ALL_TERMS, Counting, EventOptions, Table

if TYPE_CHECKING:
    from rich.console import RenderableType

PAGE_LINES = 2000
"""Most lines of a listing in a workbook or on pages; the CSV file has all."""


@dataclass(frozen=True)
class Summary:
    """What a run of `summarize` leaves: what to print, what was written, and the numbers themselves."""

    renderables: list[RenderableType]
    files: list[Path]
    long: LongResults
    aside: list[Path] = field(default_factory=list)
    """Under which names files were kept that stood in the way."""


def summarize(
    results_folder: Path | None,
    *,
    by: Sequence[str] = (),
    tables: Sequence[str] | None = None,
    ci: str = "clopper-pearson",
    window: int | None = None,
    source: str = "auto",
    ids: bool = True,
    mock: bool = False,
    drop_zero_rows: bool = False,
    events: EventOptions = ALL_TERMS,
) -> LongResults:
    """Count every table asked for (all, when none is named) into long results; raises Refused with what is wrong.

    `by` names subject columns, one set of tables each ("dose" is the dose level); without it there is Total alone. Without `ids` no
    subject is named: the listings are left out. `mock` makes empty shells and needs no results; `events` is asked of adverse events.
    """
    results = _folder(results_folder, mock)
    known = tables_of(results.run)
    asked = wanted_tables(tables, known, ids) | (_further(known) if events.rates else set())
    wanted = {name: table for name, table in known.items() if name in asked}
    counting = counting_of(results, window, source, ci, mock, events)
    available = {name: table for name, table in wanted.items() if table.needs(counting)}
    if tables:
        check_there(counting, {name: wanted[name] for name in wanted if name not in available})
    columns: list[str | None] = [by_column(counting.cohort.subjects, name) for name in by] or [None]
    counted = _counted(counting, available, columns)
    frame = as_frame([row for tally, _ in counted for row in tally.rows])
    paths = {key: path for tally, _ in counted for key, path in tally.paths.items()}
    if drop_zero_rows:
        frame = _without_zero_rows(frame, known, paths)
    if not ids:
        frame["subjects"] = [()] * len(frame)
    listed = _listings(counting, available) if ids else {}
    texts = {(tally.table, tally.group_by): text for tally, text in counted}
    texts |= {(name, ""): table_text(counting, known[name], None) for name in listed if name in known}
    shown = "both" if counting.reported is not None else counting.cohort.source
    of_labs = _laboratory_line(counting.results, wanted, set(available))
    about = about_page(
        counting.results, counting.cohort, shown, of_labs, _events_line(wanted, set(available))
    )
    own = {(text.scale, text.grades) for text in texts.values()}
    if len(own) == 1 and all(all(said) for said in own):  # nothing on these pages is of the run's scales
        [(about["Scale"], about["Grades"])] = own
    return LongResults(frame, listed, _in_order(texts, columns, list(known)), about, paths)


def counting_of(
    results: ResultsFolder,
    window: int | None,
    source: str,
    ci: str,
    mock: bool = False,
    events: EventOptions = ALL_TERMS,
) -> Counting:
    """Who is counted, with which grades and what was given; of a mock the same of nobody."""
    cohort, reported = _cohorts(results, window, source)
    if mock:
        results, cohort, reported = _emptied(results, cohort)
    return Counting(results, cohort, reported, find_treatments(results, cohort), ci, mock, events)


def _counted(
    counting: Counting, tables: Mapping[str, Table], columns: Sequence[str | None]
) -> list[tuple[Tally, TableText]]:
    """Every table of counts once for each set of columns that it has."""
    found: dict[tuple[str, str], tuple[Tally, TableText]] = {}
    for column in dict.fromkeys(columns):
        for table in tables.values():
            of = column if table.by_column else None
            if table.count is not None and (table.name, of or "") not in found:
                tally = tally_for(counting, table, of)
                table.count(tally, counting)
                found[table.name, of or ""] = tally, table_text(counting, table, of)
    return list(found.values())


def _laboratory_line(results: ResultsFolder, wanted: dict[str, Table], available: set[str]) -> str:
    """What the page header says of the laboratory: the version of its grades, or which of its tables are left out."""
    of_labs = [name for name, table in wanted.items() if table.family == laboratory.FAMILY]
    absent = [name for name in of_labs if name not in available]
    if absent:
        return f"no results in the folder; left out: {', '.join(absent)}"
    return laboratory.version(results.settings) if of_labs else ""


def _events_line(wanted: dict[str, Table], available: set[str]) -> str:
    """What the page header says of the adverse events where the study has none to count."""
    of_events = [name for name, table in wanted.items() if table.family == adverse_events.FAMILY]
    if not of_events or available.intersection(of_events):
        return ""
    return f"no events sheet; left out: {', '.join(of_events)}"


def run_summarize(
    results_folder: Path | None,
    *,
    by: Sequence[str] = (),
    tables: Sequence[str] | None = None,
    formats: Sequence[str] = ("terminal",),
    out: Path | None = None,
    ci: str = "clopper-pearson",
    window: int | None = None,
    source: str = "auto",
    ids: bool = True,
    mock: bool = False,
    drop_zero_rows: bool = False,
    width: int = 100,
    force: bool = False,
    events: EventOptions = ALL_TERMS,
) -> Summary:
    """Everything `senl-ae summarize` does but printing: the renderables for the terminal, and the files of the formats asked for.

    Files go to `out`, else to the folder `tables` inside the results. With any file the long results are written as CSV and JSON too.
    """
    formats = _formats(formats)
    long = summarize(
        results_folder,
        by=by,
        tables=tables,
        ci=ci,
        window=window,
        source=source,
        ids=ids,
        mock=mock,
        drop_zero_rows=drop_zero_rows,
        events=events,
    )
    files, aside = list[Path](), list[Path]()
    if set(formats) - {"terminal"}:
        from senl_ae.report.layout.files import write_files

        folder = (
            out if out is not None else (results_folder if results_folder is not None else Path()) / "tables"
        )
        files, aside = write_files(long, folder, formats, PAGE_LINES, force)
    renderables: list[RenderableType] = []
    if "terminal" in formats:
        from senl_ae.report.layout.terminal import render

        renderables = render(terminal_tables(long), width)
    return Summary(renderables, files, long, aside)


def terminal_tables(long: LongResults) -> list[Laid]:
    """The tables as the terminal shows them: all statistics but of terms that nobody has, the first lines of long listings."""
    return [_terminal_table(long, table, by) for table, by in long.texts]


def _terminal_table(long: LongResults, table: str, by: str) -> Laid:
    """One table; of the laboratory terms only those with a grade 1 or more, proven or possible, and only rows that count somebody."""
    text = long.texts[table, by]
    if not text.by_term or not len(long.frame["value"].dropna()):
        return layout(long, table, by, text.first_lines)
    by_term = {name for name, _ in long.texts if long.texts[name, _].by_term}
    of_terms = long.frame[long.frame["table"].isin(by_term) & (long.frame["group_by"] == by)]
    term = pd.Series(
        [long.path(*key)[0] for key in zip(of_terms["table"], of_terms["row"], strict=True)],
        index=of_terms.index,
    )
    silent, ungraded = laboratory.silent_terms(of_terms, term)
    shown = of_terms[(of_terms["table"] == table) & ~term.isin(silent)]
    # what the totals of a shift count stands in the table of worst grades
    totals = shown["row"].str.endswith(laboratory.TOTAL) & (shown["row"] != term[shown.index])
    laid = layout(
        replace(long, frame=_without_zero_rows(shown[~totals], {table: text}, long.paths)), table, by
    )
    note = "Here without rows that count nobody; the files have all."
    if silent:
        note += f" {len(silent)} term(s) without a grade of 1 or more, proven or possible, are left out"
        note += f", {ungraded} of them without a grade in anybody." if ungraded else "."
    return replace(laid, notes=(note,))


def _formats(asked: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for text in asked for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise refusal("unknown-format", f"--format {name}", f"one of {', '.join(FORMATS)}")
    return list(dict.fromkeys(names))


def wanted_tables(asked: Sequence[str] | None, known: dict[str, Table], ids: bool) -> set[str]:
    """The tables asked for; a number works as well as a name, and 5, laboratory or agreement stands for all of that number or name."""
    listings = {name for name, table in known.items() if table.is_listing}
    further = _further(known)
    if not asked:
        return set(known) - further if ids else set(known) - listings - further
    of_family = families(known)
    wanted: set[str] = set()
    for name in (part.strip().lower() for text in asked for part in text.split(",") if part.strip()):
        by_number = [
            t
            for t, table in known.items()
            if name in (table.number, table.number.rstrip("abcdefghijklmnopqrstuvwxyz"))
        ]
        several = of_family.get(name) or by_number
        if name not in known and not several:
            every = [*known, *of_family]
            near = difflib.get_close_matches(name, every, n=1)
            hint = f"did you mean {near[0]}? There are" if near else "there are"
            raise refusal(
                "unknown-table", f"--table {name}: no table of this name", done=f"{hint} {', '.join(every)}"
            )
        named = {name} if name in known else set(several) - further or set(several)
        if not ids:  # of several, the listings are left out
            named = named - listings or named
        wanted |= named
    if not ids and wanted & listings:
        raise refusal(
            "table-names-subjects",
            f"--no-ids with --table {', '.join(sorted(wanted & listings))}",
            "tables of counts only: a listing names subjects",
        )
    return wanted


def _further(known: dict[str, Table]) -> set[str]:
    """The tables that are made only where they are asked for."""
    return {name for name, table in known.items() if table.further}


def check_there(counting: Counting, missing: dict[str, Table]) -> None:
    """Refuses what was asked for by name and cannot be counted from these results."""
    issues = Issues()
    for name, table in missing.items():
        why, done = table.absent(counting)
        issues.add("refuse", "table-not-there", found=f"--table {name}: {why}", done=done)
    if issues.refused:
        raise Refused(issues)


def _folder(path: Path | None, mock: bool) -> ResultsFolder:
    if path is None and not mock:
        raise refusal("no-results", "no results folder was named", "the folder that senl-ae grade wrote")
    return no_results() if path is None or (mock and not path.is_dir()) else read_results(path)


def _cohorts(results: ResultsFolder, window: int | None, source: str) -> tuple[Cohort, Cohort | None]:
    """The subjects with the grades of the source asked for; "auto" is the record's, or the investigator's where there is no record."""
    if source not in SOURCES:
        raise refusal("unknown-source", f"--source {source}", f"one of {', '.join(SOURCES)}")
    has_events = results.has("events")
    if source in ("reported", "both") and not has_events:
        raise refusal(
            "no-reported-events",
            f"--source {source}: the results hold no events.csv",
            "a study graded with an events sheet (subject_id, term, grade, start, end)",
        )
    if source == "auto":
        seen = any((results.patients[f"{name.lower()}_days_seen"] > 0).any() for name in results.syndromes)
        source = "reported" if has_events and not seen else "derived"
    cohort = make_cohort(results, window, "reported" if source == "reported" else "derived")
    return cohort, make_cohort(results, window, "reported") if source == "both" else None


def _emptied(results: ResultsFolder, cohort: Cohort) -> tuple[ResultsFolder, Cohort, Cohort | None]:
    """A study of nobody with the window of this one: what the shells are counted from."""
    blank = no_results()
    shell = ResultsFolder(
        None, blank.subjects, blank.patients, (), results.run | {"settings": results.settings}
    )
    empty = make_cohort(shell, None, "derived")
    return shell, Cohort(empty.ids, empty.subjects, empty.figures, cohort.window, "derived"), None


def _listings(counting: Counting, tables: Mapping[str, Table]) -> dict[str, Listing]:
    """The rows of every listing; of a mock its columns alone."""
    listed: dict[str, Listing] = {}
    for name, table in tables.items():
        if table.rows is None:
            continue
        made = table.rows(counting)
        if isinstance(made, tuple):
            listed[name], listed[f"{name}, page"] = made
        else:
            listed[name] = made
    return {n: Listing(made.columns, []) for n, made in listed.items()} if counting.mock else listed


def _in_order(
    found: dict[tuple[str, str], TableText], columns: Sequence[str | None], names: Sequence[str]
) -> dict[tuple[str, str], TableText]:
    """All tables of the first set of columns, then of the next; what has no columns stands with the first set."""
    sets = [column or "" for column in dict.fromkeys(columns)]
    order = sorted(found, key=lambda key: (sets.index(key[1]) if key[1] in sets else 0, names.index(key[0])))
    return {key: found[key] for key in order}


def _without_zero_rows(
    frame: pd.DataFrame,
    tables: Mapping[str, Table | TableText],
    paths: Mapping[tuple[str, str], tuple[str, ...]],
) -> pd.DataFrame:
    """Without the rows that count nobody in any column; the headings stay, and so do cross tables of one block."""
    in_blocks = {table for table, _ in paths}
    whole = {name for name, table in tables.items() if table.kind == "cross" and name not in in_blocks}
    level = frame["level"].where(~frame["table"].isin(in_blocks), "")  # there a row is a line of the print
    key = [frame["table"], frame["group_by"], frame["row"], level]
    counting = frame["statistic"].isin(["n", "total", "values"])
    counts = frame["value"].where(counting).groupby(key).transform("max")
    km = frame["statistic"].str.startswith("km_")
    keep = counts.isna() | (counts > 0) | (frame["row"] == HEADING) | km | frame["table"].isin(whole)
    return frame[np.asarray(keep, dtype=bool)].reset_index(drop=True)
