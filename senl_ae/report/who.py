"""From a count in a printed table to its subjects: which cell was meant, and for each of them the day, the grade, the rule, the rows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.csv_text import csv_text
from senl_ae.issues import Refused, refusal
from senl_ae.report.count.cohort import TOTAL, alike, by_column
from senl_ae.report.count.folder import read_results
from senl_ae.report.count.long_results import INFUSED, LongResults, as_frame
from senl_ae.report.count.printed import dose_levels
from senl_ae.report.explain.folder import Folder, places, plain_table, sources
from senl_ae.report.summary import check_there, counting_of, wanted_tables
from senl_ae.report.tables.behind import of_cell
from senl_ae.report.tables.found import table_text, tables_of, tally_for
from senl_ae.report.tables.table import EVIDENCE, Cell, Counting, Table
from senl_ae.report.words import grade_text, settle
from senl_ae.results.scales import scales_kept
from senl_ae.vocabulary.folding import seen_alike

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_TOLD = 12
"""So many choices are told in a refusal."""
COUNTS = {
    "n": "",
    "values": "The figures of this row are a median, a range, quartiles: of these subjects.",
    "total": "A total, not a number of subjects: of these subjects.",
    "kappa": "Agreement, not a number of subjects: of these subjects.",
    "km_median": "A Kaplan-Meier median: of these subjects.",
}
"""The statistics of a row that name subjects, the first of them that there is standing for the row; what is said of those that are no n."""


@dataclass(frozen=True)
class Place:
    """Where a row of a table stands: its path, and as the long results spell it."""

    path: tuple[str, ...]
    row: str
    level: str

    @property
    def name(self) -> str:
        return f"{self.row} / {self.level}" if self.level else self.row


@dataclass(frozen=True)
class Behind:
    """The subjects of one cell: what is said above them, and a row or more for each."""

    title: str
    count: str
    notes: tuple[str, ...]
    rows: pd.DataFrame
    """Columns as EVIDENCE, with dose_level, because (the rules in words) and shown (grade and ceiling together)."""


def behind_count(
    folder: Path,
    table: str,
    row: str,
    level: str | None = None,
    column: str = TOTAL,
    statistic: str | None = None,
    *,
    by: str = "dose",
    window: int | None = None,
    source: str = "auto",
) -> Behind:
    """The subjects behind a count, counted afresh. Raises Refused naming the choices where what was asked is not one cell."""
    results = read_results(folder)
    known = tables_of(results.run)
    counting = counting_of(results, window, source, "clopper-pearson")
    wanted = _table(table, known, counting)
    of = by_column(counting.cohort.subjects, by) if wanted.by_column else None
    tally = tally_for(counting, wanted, of)
    assert wanted.count is not None
    wanted.count(tally, counting)
    text = table_text(counting, wanted, of)
    long = LongResults(as_frame(tally.rows), {}, {(wanted.name, of or ""): text}, {}, tally.paths)
    place = _place(long, wanted.name, row, level)
    group = _column(column, [g.name for g in tally.groups])
    found = long.frame[(long.frame["row"] == place.row) & (long.frame["group"] == group)]
    counted = _statistic(found, wanted, place, statistic)
    cell = Cell(
        wanted, place.path, place.row, place.level, str(counted["statistic"]), tuple(counted["subjects"])
    )
    said = COUNTS.get(cell.statistic, "")
    names = [cell.statistic, *(side.heading for side in wanted.beside if side.n == cell.statistic)]
    asked = statistic and not said and not alike(_signs(statistic), names, (seen_alike,))
    notes = (
        [said]
        if said
        else [f"{statistic} is no number of subjects: these are those of its n."]
        if asked
        else []
    )
    return Behind(
        f"Table {text.number}. {text.title}",
        f"{place.name}, {group}: {_count(found, counted)}",
        tuple(notes),
        _with_words(of_cell(counting, cell), counting, folder),
    )


def _table(asked: str, known: dict[str, Table], counting: Counting) -> Table:
    """The one table of counts that a name or a printed number means."""
    chosen = {name: known[name] for name in known if name in wanted_tables([asked], known, ids=True)}
    counted = {name: table for name, table in chosen.items() if table.count is not None}
    if not counted:
        raise refusal(
            "table-is-a-listing",
            f"--table {asked}: its rows name their subjects already",
            "a table of counts",
            f"senl-ae summarize --table {asked} prints it",
        )
    if len(counted) > 1:
        names = [f"{table.number} {name}" for name, table in counted.items()]
        raise _not_one("--table", asked, names)
    check_there(counting, {n: t for n, t in counted.items() if not t.needs(counting)})
    return next(iter(counted.values()))


def _place(long: LongResults, table: str, row: str, level: str | None) -> Place:
    """The row that is meant: by its name in the long results, or by what the print has on its line or above it."""
    places = list(
        dict.fromkeys(
            Place((*long.path(table, r), *([lv] if lv else [])), r, lv)
            for r, lv in zip(long.frame["row"], long.frame["level"], strict=True)
        )
    )
    names = [p.row for p in places]
    meant = alike(_signs(row), names, (seen_alike,))
    found = [p for p in places if p.row in meant]
    if not found:
        meant = alike(_signs(row), [step for p in places for step in (p.name, *p.path)], (seen_alike,))
        found = [p for p in places if {p.name, *p.path} & set(meant)]
    if not found:
        raise _unknown("--row", row, [*names, *(p.path[-1] for p in places)])
    if level is not None:
        meant = alike(_signs(level), [step for p in found for step in (p.level, *p.path[1:])], (seen_alike,))
        at_level = [p for p in found if {p.level, *p.path[1:]} & set(meant)]
        if not at_level:
            raise _unknown("--level", level, [p.level or p.path[-1] for p in found])
        found = at_level
    own = [p for p in found if not p.level] if level is None else []
    found = own if len(own) == 1 else found
    if len(found) > 1:
        raise _not_one("--row", row, [p.name for p in found], "give --level too" if level is None else "")
    return found[0]


def _signs(text: str) -> str:
    return text.replace("\u2265", ">=").replace("\u2264", "<=")


def _column(asked: str, groups: Sequence[str]) -> str:
    found = alike(asked, groups, (seen_alike,))
    if not found:
        raise _unknown("--column", asked, groups)
    if len(found) > 1:
        raise _not_one("--column", asked, found)
    return found[0]


def _statistic(found: pd.DataFrame, table: Table, place: Place, asked: str | None) -> pd.Series:
    """The statistic of a cell that names its subjects: the one asked for, or that which its figures are of."""
    own = found[found["level"] == place.level]
    naming = own[own["statistic"].isin(COUNTS) | own["statistic"].str.startswith("n_")]
    if asked is not None:
        by_heading = {side.heading: side.n for side in table.beside if side.heading}
        meant = alike(_signs(asked), [*own["statistic"], *by_heading], (seen_alike,))
        if len(meant) != 1:
            raise _unknown("--statistic", asked, [*own["statistic"], *by_heading])
        name = by_heading.get(meant[0], meant[0]).replace("percent", "n")
        naming = naming[naming["statistic"] == name] if (naming["statistic"] == name).any() else naming
    order = naming["statistic"].map(lambda name: list(COUNTS).index(name) if name in COUNTS else len(COUNTS))
    chosen: pd.Series = naming.loc[order.sort_values(kind="stable").index].iloc[0]
    return chosen


def _count(found: pd.DataFrame, counted: pd.Series) -> str:
    """The count with its denominator and percentage, as a person says it."""
    of, what = counted["denominator"], counted["denominator_is"]
    if counted["statistic"] in ("total", "kappa", "km_median"):
        return f"{counted['statistic'].replace('_', ' ')} {counted['printed']}"
    name = str(counted["statistic"])
    share = found[(found["level"] == counted["level"]) & (found["statistic"] == f"percent{name[1:]}")]
    percent = f" ({share['printed'].iloc[0]}%)" if name[0] == "n" and "".join(share["printed"]) else ""
    among = "subjects infused" if what == INFUSED else what
    return f"{int(counted['value'])} of {int(of)} {among}{percent}"


def _with_words(rows: pd.DataFrame, counting: Counting, folder: Path) -> pd.DataFrame:
    """The rows behind a cell, subject by subject, with dose levels and with the rules in words."""
    levels = dict(zip(counting.cohort.ids, dose_levels(counting.cohort), strict=True))
    of = Folder(folder, "", counting.results.run, scales_kept(counting.results.run))
    unsettled = (rows["grade"] == "") | (rows["grade_ceiling"] > rows["grade"])
    because = [
        "; ".join(part for part in (of.says(ids), f"needs {settle(missing)}" if missing else "") if part)
        for ids, missing in zip(rows["rules"], rows["missing"].where(unsettled, ""), strict=True)
    ]
    numbers = (pd.to_numeric(rows[name]) for name in ("grade", "grade_ceiling"))
    graded = (rows["grade"] != "") | (rows["grade_ceiling"] != "") | (rows["missing"] != "")
    told = rows.assign(
        dose_level=rows["subject_id"].map(levels),
        because=because,
        shown=np.where(graded, [grade_text(*pair) for pair in zip(*numbers, strict=True)], ""),
    )
    return told.sort_values("subject_id", kind="stable").reset_index(drop=True)


def view(behind: Behind) -> list[RenderableType]:
    """A cell on the terminal: what it is, how many it counts, and a line or more for each subject."""
    from rich.text import Text

    parts: list[RenderableType] = [Text(behind.title, style="bold"), Text(behind.count)]
    parts += [Text(note, style="dim") for note in behind.notes]
    if not len(behind.rows):
        return [*parts, Text("Nobody.")]
    shown = {
        "Subject": behind.rows["subject_id"],
        "Dose level": behind.rows["dose_level"],
        "What": behind.rows["what"],
        "Day": behind.rows["study_day"],
        "Grade": behind.rows["shown"],
        "Because": behind.rows["because"],
        "Rows": behind.rows["source"].map(_rows_of),
    }
    kept = [name for name, column in shown.items() if (column != "").any()]
    table = plain_table(*kept, right=("Day",), fixed=("Subject", "Dose level", "Day", "Grade"))
    for cells in zip(*(shown[name] for name in kept), strict=True):
        table.add_row(*map(Text, cells))
    named = places(behind.rows["source"].tolist())
    where = (
        f"Rows are those of {'; '.join(named)}."
        if named
        else "The results keep no spreadsheet rows of these."
    )
    return [*parts, Text(""), table, Text(where, style="dim")]


def _rows_of(text: str) -> str:
    return "; ".join(f"{sheet or file} {', '.join(rows)}" for file, sheet, rows in sources(text))


def as_csv(behind: Behind) -> str:
    """The same as CSV: one row per subject, or per thing given; rules by their ids and in words, rows as the results have them."""
    columns = ("subject_id", "dose_level", *EVIDENCE[1:], "because")
    return csv_text({name: behind.rows[name] for name in columns})


def _unknown(option: str, asked: str, known: Sequence[str]) -> Refused:
    names = list(dict.fromkeys(name for name in known if name))
    folded = {seen_alike(name): name for name in names}
    near = [folded[name] for name in difflib.get_close_matches(seen_alike(asked), folded, 3, 0.4)]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return refusal(
        "not-in-the-table",
        f"{option} {asked}: nothing of this name in the table",
        done=f"{hint}There are {_listed(names)}",
    )


def _not_one(option: str, asked: str, names: Sequence[str], done: str = "") -> Refused:
    return refusal("more-than-one", f"{option} {asked} can be {_listed(names, ' or ')}", "one of them", done)


def _listed(names: Sequence[str], last: str = ", ") -> str:
    told = list(dict.fromkeys(names))
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return last.join(told[:MOST_TOLD]) + more
