"""The long result table: one statistic per row, each with its denominator, its method and the subjects it counts.

Every table is counted into this shape first; what is printed is laid out from it and from nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from senl_ae.report.count import statistics
from senl_ae.report.count.cohort import COMPLETED, STILL_IN, Cohort, Group
from senl_ae.report.count.syndromes import GRADES, NE

COLUMNS = (
    "table",
    "row",
    "group_by",
    "group",
    "level",
    "statistic",
    "value",
    "printed",
    "denominator",
    "denominator_is",
    "method",
    "subjects",
)
Path = tuple[str, ...]
"""The headings over a row, the outermost first, and the row itself."""
Key = tuple[str, str, str, str]
"""row, level, statistic, group"""
Printed = tuple[str, str, str]
"""printed form, printed denominator, what the denominator is"""
Place = tuple[str | Path, str, str]
"""row, level, group"""
Of = tuple[int | None, str]
"""A denominator, and what it is."""
INFUSED = "subjects infused"
HEADING = "Column heading"
"""The row whose statistics stand in the column headings: N, and how far the window is."""
Labelled = tuple[str, np.ndarray]
"""A row or column of a cross table and the subjects in it."""
DASH = "-"
NOT_REACHED = "NR"
MOCK = {
    "n": "xx",
    "percent": "xx.x",
    "percent_of_event": "xx.x",
    "percent_grade3plus": "xx.x",
    "ci_low": "xx.x",
    "ci_high": "xx.x",
    "kappa": "x.xx",
}


@dataclass(frozen=True)
class Listing:
    """A table that is one row per subject, day, episode or issue rather than statistics; all cells are text as printed."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    subjects: bool = True
    """Whether its rows name subjects."""


@dataclass(frozen=True)
class Side:
    """One of the columns that stand beside one another for each group: which statistics of a row its cells print.

    level: whose statistics they are, where not of the row's own level; percent and more stand behind, in ( ) and in [ ].
    """

    heading: str
    level: str | None = None
    n: str = "n"
    percent: str = "percent"
    more: str = ""
    to: str = ""
    """The upper end of a range that begins with n."""


@dataclass(frozen=True)
class TableText:
    """What a table says about itself: number, title, footnotes."""

    name: str
    number: str
    title: str
    footnotes: tuple[str, ...] = ()
    scale: str = ""
    """By which scale its grades are, where that is not the scale of the other tables."""
    grades: str = ""
    """Whose those grades are; derived from the record where nothing is said."""
    beside: tuple[Side, ...] = ()
    """The columns that stand beside one another for each group, where there are several."""
    kind: str = "statistics"
    """How it is laid out: statistics, cross, listing or grid."""
    by_term: bool = False
    """Whether it has a block per laboratory term."""
    first_lines: int | None = None
    """So many lines of it stand on the terminal."""


@dataclass(frozen=True)
class LongResults:
    """Everything that `summarize` found out, before any layout."""

    frame: pd.DataFrame
    """The statistics, columns as COLUMNS; `subjects` holds a tuple of ids."""
    listings: dict[str, Listing]
    texts: dict[tuple[str, str], TableText]
    """By table and group_by ("" for none and for listings), in the order of printing."""
    about: dict[str, str]
    """What stands at the top of every page."""
    paths: dict[tuple[str, str], Path] = field(default_factory=dict)
    """By table and row: where the row stands, for rows that stand under another."""

    def path(self, table: str, row: str) -> Path:
        """Where a row stands: the rows it stands under, the outermost first, and itself."""
        return self.paths.get((table, row), (row,))

    @cached_property
    def printed(self) -> dict[tuple[str, str], dict[Key, Printed]]:
        """By table and group_by: what each statistic prints, and the denominator it has."""
        frame = self.frame
        denominators = ["" if n is None else str(n) for n in whole_numbers(frame["denominator"])]
        names = ("table", "group_by", "row", "level", "statistic", "group", "printed", "denominator_is")
        columns = (frame[name].tolist() for name in names)
        found: dict[tuple[str, str], dict[Key, Printed]] = {}
        for (table, by, row, level, statistic, group, printed, of_is), of in zip(
            zip(*columns, strict=True), denominators, strict=True
        ):
            found.setdefault((table, by), {})[row, level, statistic, group] = (printed, of, of_is)
        return found


@dataclass
class Tally:
    """One table being counted for one set of columns; each verb writes the statistics of one row, for every column.

    A row is a text, or a path of any depth: the rows it stands under, the outermost first, and itself; `level` is one step deeper. Rows
    are printed in the order in which they were counted, set in by their depth, so that a table is sorted by whoever counts it. Which
    statistics stand side by side under one heading is said by the table (`Table.beside`), as is what stands across it (`cross`).
    """

    table: str
    group_by: str
    groups: Sequence[Group]
    ids: np.ndarray
    ci: str = "clopper-pearson"
    mock: bool = False
    rows: list[tuple[object, ...]] = field(default_factory=list)
    paths: dict[tuple[str, str], Path] = field(default_factory=dict)

    def _row(self, row: str | Path) -> str:
        """A row as the long results spell it, its path kept beside."""
        if isinstance(row, str):
            return row
        spelled = ": ".join(row)
        if len(row) > 1:
            self.paths[self.table, spelled] = row
        return spelled

    def _write(
        self,
        at: Place,
        statistic: str,
        value: float | None,
        printed: str,
        of: Of = (None, ""),
        method: str = "",
        subjects: tuple[str, ...] = (),
    ) -> None:
        if self.mock:
            value, printed, of, subjects = None, MOCK.get(statistic, "xx"), (None, of[1]), ()
        row, level, group = at
        long = (self.table, self._row(row), self.group_by, group, level, statistic)
        self.rows.append((*long, value, printed, *of, method, subjects))

    def _who(self, at: Place, who: np.ndarray, of: Of, statistic: str = "n", printed: str = "") -> None:
        """How many subjects, and which."""
        n = int(who.sum())
        self._write(at, statistic, n, printed or str(n), of, "", tuple(self.ids[who]))

    def window_heading(self, cohort: Cohort) -> None:
        """N of each column, and how many have completed the window and are still in it."""
        state = cohort.subjects["window_state"].to_numpy()
        everybody = np.ones(len(state), dtype=bool)
        for group in self.groups:
            for level, who in (
                ("N", everybody),
                ("completed", state == COMPLETED),
                ("in window", state == STILL_IN),
            ):
                self._heading(level, group, who)

    def _heading(self, level: str, group: Group, who: np.ndarray) -> None:
        self._who((HEADING, level, group.name), group.members & who, (int(group.members.sum()), INFUSED))

    def cross(
        self, down: Sequence[Labelled], across: Sequence[Labelled], under: Path = (), heading: bool = True
    ) -> None:
        """How many subjects are in each pair of a row and a column, in every group; under: the path that its rows stand under."""
        names = [": ".join((*under, row[:1].lower() + row[1:])) if under else row for row, _ in down]
        if under:
            self.paths |= {
                (self.table, name): (*under, row) for name, (row, _) in zip(names, down, strict=True)
            }
        for group in self.groups:
            of = (int(group.members.sum()), INFUSED)
            if heading:
                self._heading("N", group, group.members)
            for name, (_, row_mask) in zip(names, down, strict=True):
                for column, column_mask in across:
                    self._who((name, column, group.name), group.members & row_mask & column_mask, of)

    def count(
        self,
        row: str | Path,
        level: str,
        mask: np.ndarray,
        of: np.ndarray | None = None,
        of_is: str = INFUSED,
        ci: bool = False,
        also_of: tuple[np.ndarray, str] | None = None,
    ) -> None:
        """How many subjects, and in per cent of N or of the subjects named; with its interval, with a second percentage, where asked.

        A zero has no percentage, and a denominator of 0 prints "-".
        """
        for group in self.groups:
            at = (row, level, group.name)
            base = group.members if of is None else group.members & of
            n, total = int((base & mask).sum()), int(base.sum())
            self._who(at, base & mask, (total, of_is), printed="" if total else DASH)
            self._percent(at, "percent", n, (total, of_is))
            if also_of is not None:
                second = group.members & also_of[0]
                self._percent(
                    at, "percent_of_event", int((mask & second).sum()), (int(second.sum()), also_of[1])
                )
            if ci:
                self._interval(at, n, (total, of_is))

    def _percent(self, at: Place, statistic: str, n: int, of: tuple[int, str]) -> None:
        total, _ = of
        printed = statistics.percentage(n, total) if n and total else ""
        self._write(at, statistic, 100 * n / total if total else None, printed, of, "half up")

    def _interval(self, at: Place, n: int, of: tuple[int, str]) -> None:
        low, high = statistics.interval(n, of[0], self.ci) if of[0] else (None, None)
        for statistic, value in (("ci_low", low), ("ci_high", high)):
            printed = DASH if value is None else statistics.half_up(value)
            self._write(at, statistic, value, printed, of, statistics.CI_METHODS[self.ci])

    def spread(self, row: str | Path, level: str, values: np.ndarray, among: np.ndarray, of_is: str) -> None:
        """Number with a value, median, range and quartiles of the subjects named; who has no value is in the denominator only."""
        for group in self.groups:
            at, base = (row, level, group.name), group.members & among
            counted = base & ~np.isnan(values)
            found, of = values[counted].tolist(), (int(base.sum()), of_is)
            self._who(at, counted, of, "values")
            q1, median, q3 = statistics.quartiles(found) if found else (None, None, None)
            low, high = (min(found), max(found)) if found else (None, None)
            for statistic, value in (("median", median), ("min", low), ("max", high), ("q1", q1), ("q3", q3)):
                method = "" if statistic in ("min", "max") else "SAS PCTLDEF=5"
                printed = DASH if value is None else statistics.short(value)
                self._write(at, statistic, value, printed, of, method)

    def kaplan_meier(
        self,
        row: str | Path,
        level: str,
        times: np.ndarray,
        resolved: np.ndarray,
        among: np.ndarray,
        of_is: str,
    ) -> None:
        """Median time to resolution with its interval, of the subjects named that have a time; NR where the curve does not reach it."""
        for group in self.groups:
            at, base = (row, level, group.name), group.members & among
            counted = base & ~np.isnan(times)
            curve = statistics.kaplan_meier(times[counted], resolved[counted])
            of = (int(base.sum()), of_is)
            for statistic, value in (
                ("km_median", curve.median),
                ("km_low", curve.low),
                ("km_high", curve.high),
            ):
                printed = DASH if curve.n == 0 else NOT_REACHED if value is None else statistics.short(value)
                ids = tuple(self.ids[counted]) if statistic == "km_median" else ()
                self._write(at, statistic, value, printed, of, "Kaplan-Meier, log-log", ids)

    def number(self, row: str | Path, level: str, per_subject: np.ndarray, among: np.ndarray) -> None:
        """A total that is not a number of subjects (episodes, doses): the sum over the subjects named, without a percentage."""
        for group in self.groups:
            counted = group.members & among & (np.nan_to_num(per_subject) > 0)
            total = int(per_subject[counted].sum())
            ids = tuple(self.ids[counted])
            self._write((row, level, group.name), "total", total, str(total), subjects=ids)

    def value(
        self,
        row: str | Path,
        level: str,
        group: str,
        statistic: str,
        value: float | None,
        printed: str,
        of: Of,
        method: str,
        subjects: tuple[str, ...] = (),
    ) -> None:
        """One figure that none of the other verbs makes (a kappa, a cell of a cross-table)."""
        self._write((row, level, group), statistic, value, printed, of, method, subjects)


def by_grade(
    grade: np.ndarray, label: str, blank: str = "", total: str = "Total", grades: Sequence[int] = GRADES
) -> list[Labelled]:
    """The subjects of each grade, those without one, and all of them: one side of a cross table."""
    masks = [(label.format(g), grade == g) for g in grades]
    return [*masks, (blank or label.format(NE), np.isnan(grade)), (total, np.ones(len(grade), dtype=bool))]


def whole_numbers(column: pd.Series) -> list[int | None]:
    """Denominators as plain numbers, None where a statistic has none."""
    return [None if np.isnan(n) else int(n) for n in column.to_numpy(dtype=float, na_value=np.nan).tolist()]


def as_frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """The rows of all tables as one frame."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["value"] = frame["value"].astype("float64")
    frame["denominator"] = frame["denominator"].astype("Int64")
    return frame
