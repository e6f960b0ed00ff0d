"""The data rows of one recognised sheet: which rows hold data, what a merged cell stands for, and the address of every problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue, spans
from senl_ae.read.cells.zones import ZoneSeen
from senl_ae.read.files.grid import letters as letter
from senl_ae.read.words.kinds import Problem
from senl_ae.study import RawTable

__all__ = ["Rows", "is_blank", "letter", "spans", "unmerged"]


def is_blank(cells: np.ndarray) -> np.ndarray:
    """True where a cell holds nothing, or only spaces."""
    blank = pd.isna(cells)
    spaces = (
        [i for i in np.flatnonzero(~blank) if isinstance(cells[i], str) and not cells[i].strip()]
        if _has_spaces(cells, blank)
        else []
    )
    blank[spaces] = True
    return np.asarray(blank, dtype=bool)


def _has_spaces(cells: np.ndarray, blank: np.ndarray) -> bool:
    """Whether any cell is text without a character: asked of all cells at once, so that clean columns cost little."""
    filled = cells[~blank]
    try:
        return not all(map(str.strip, filled.tolist()))
    except TypeError:  # cells of several types: the distinct ones are looked at
        return any(isinstance(value, str) and not value.strip() for value in pd.unique(filled))


def unmerged(table: RawTable, first: int) -> RawTable:
    """The table with each merged cell below the headings standing for all rows of its range, as a person reads it.

    A range over several columns fills its first column only: what it would mean for the others is not said.
    """
    ranges = [r for r in table.merged if r[2] >= first and r[2] > r[0]]
    if not ranges:
        return table
    columns = list(table.columns)
    for r1, c1, r2, _ in ranges:
        if c1 >= len(columns) or r1 < first:
            continue
        if columns[c1] is table.columns[c1]:
            columns[c1] = columns[c1].copy()
        columns[c1][r1 : r2 + 1] = columns[c1][r1]
    return replace(table, columns=columns)


@dataclass
class Rows:
    """The rows of one sheet that hold data. `index` are positions in the raw columns; the spreadsheet row is one more."""

    table: RawTable
    index: np.ndarray
    subject_id: np.ndarray
    """One text per row; empty while it is not known."""
    told: list[Issue] = field(default_factory=list)
    """What one step of reading finds about this sheet; each step has a list of its own (`apart`) and returns what is in it."""
    zones: list[ZoneSeen] = field(default_factory=list)
    """The time zones that times of this sheet name; one list for all parts of the sheet."""

    def __len__(self) -> int:
        return len(self.index)

    def cells(self, column: int) -> np.ndarray:
        """One column's cells at these rows."""
        raw = self.table.columns[column]
        whole = len(self.index) and self.index[-1] - self.index[0] + 1 == len(self.index)
        return raw[self.index[0] : self.index[-1] + 1] if whole else raw[self.index]

    def take(self, mask: np.ndarray) -> Rows:
        """The same sheet, these rows only."""
        return self if mask.all() else replace(self, index=self.index[mask], subject_id=self.subject_id[mask])

    def apart(self) -> Rows:
        """The same rows with nothing told of them yet."""
        return replace(self, told=[])

    def with_columns(self, columns: list[np.ndarray]) -> Rows:
        """The same rows with other cells."""
        return replace(self, table=replace(self.table, columns=columns))

    def add(
        self,
        severity: str,
        code: str,
        column: str = "",
        positions: Iterable[int] | np.ndarray = (),
        found: str = "",
        expected: str = "",
        done: str = "",
    ) -> None:
        """One issue per row concerned (positions among these rows), with its address."""
        for i in positions:
            row, subject = int(self.index[i]) + 1, str(self.subject_id[i] or "")
            place = (self.table.file, self.table.sheet, row, column, subject)
            self.told.append(Issue(severity, code, *place, found, expected, done))

    def about_sheet(
        self,
        severity: str,
        code: str,
        found: str,
        expected: str = "",
        done: str = "",
        column: str = "",
        rows: int = 1,
    ) -> None:
        """One issue about the whole sheet or a whole column of it. rows: how many of its cells are meant, where that is known."""
        place = (self.table.file, self.table.sheet, None, column, "")
        self.told.append(Issue(severity, code, *place, found, expected, done, rows))

    def report(
        self,
        problems: Sequence[Problem],
        column: str,
        heading: str = "",
        where: np.ndarray | None = None,
        *,
        name: bool = False,
    ) -> None:
        """Turn what a parser could not read into issues: one per cell, or one where it is about a whole column, test or unit.

        where: positions among these rows of the cells that the parser was given, when it was given only some. name: say the heading each
        time, where the parser's words do not name the item.
        """
        for problem in problems:
            rows = np.asarray(problem.rows, dtype=np.int64)
            rows = rows if where is None else where[rows]
            if problem.severity == "refuse":
                first = f" (first in row {int(self.index[rows[0]]) + 1})" if len(rows) else ""
                label = f'"{heading}": ' if heading and heading not in problem.found else ""
                self.about_sheet(
                    "refuse",
                    problem.code,
                    f"{label}{problem.found}{first}",
                    problem.expected,
                    problem.done,
                    column,
                )
            elif problem.whole:
                numbers = [int(i) + 1 for i in self.index[np.sort(rows)]]
                found = (
                    f"{problem.found} ({len(rows)} {'row' if len(rows) == 1 else 'rows'}: {spans(numbers)})"
                )
                self.about_sheet(
                    problem.severity, problem.code, found, problem.expected, problem.done, column
                )
            else:
                found = (
                    f"{heading}: {problem.found}" if name and heading not in problem.found else problem.found
                )
                self.add(problem.severity, problem.code, column, rows, found, problem.expected, problem.done)

    def report_errors(self, columns: Sequence[int]) -> None:
        """Cells that hold a spreadsheet error, or a formula whose result was never stored: blank, and never silently so."""
        if not self.table.error_cells and not self.table.unstored_formulas:
            return
        wanted = set(columns)
        position = {int(i): p for p, i in enumerate(self.index)}
        kinds = (
            (self.table.error_cells, "error-cell", "a spreadsheet error such as #N/A", "a value", "not used"),
            (
                self.table.unstored_formulas,
                "formula-without-value",
                "a formula whose result is not stored",
                "a value",
                "not used; open and save the file in a spreadsheet program",
            ),
        )
        for cells, code, found, expected, done in kinds:
            for row, column in sorted(cells):
                if column in wanted and row in position:
                    self.add("set aside", code, letter(column), [position[row]], found, expected, done)
