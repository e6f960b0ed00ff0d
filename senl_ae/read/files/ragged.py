"""Which rows of a text table do not have as many fields as it has columns, and what is made of them.

A row with another number of fields than the heading is named and refused: which of its values stands in which column is not known, even
when the surplus is blank (`38,6` in a row whose last column is empty). A row with a single filled field (a footer) is set aside. Titles
above the heading may be shorter.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from senl_ae.issues import Issue, Refused
from senl_ae.read.files.grid import CELL_BUDGET, COLUMN_BUDGET, too_many_columns
from senl_ae.read.files.refusal import refusal
from senl_ae.study import RawTable

SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Widths:
    """How wide the table is, and which of its rows (from 0) do not fit."""

    width: int
    heading: int
    heading_width: int
    cut: list[tuple[int, int]]
    """Longer rows and how many of their fields to keep: the heading's names, none of any other row."""
    misfits: list[tuple[int, int, int]]
    """Rows below the heading that have another number of fields: row, fields, filled fields."""
    broken_end: bool


def settle(
    fields: np.ndarray,
    blank: np.ndarray,
    record: Callable[[int], list[str]],
    ends_with_line_end: bool,
    file: str,
) -> Widths:
    """Which rows have as many fields as the table has columns; titles above the heading and blank rows may have fewer.

    Refuses the file when the heading itself differs from most rows (an unquoted comma in a heading or in every row): then every value
    would stand in a wrong column.
    """
    several = fields[fields > 1]
    if not len(several):
        return Widths(1, 0, 1, [], [], False)
    width = int(np.bincount(several).argmax())
    heading = find_heading(fields, record, width)
    names = filled_width(record(heading))
    if names > width:
        raise heading_differs(file, heading, names, width)
    if names > COLUMN_BUDGET or width * len(fields) > CELL_BUDGET:
        raise too_many_columns(file, "", max(names, width))
    cut, misfits = [], []
    for number in np.flatnonzero((fields != width) & ~blank).tolist():
        filled = sum(1 for text in record(number) if text.strip())
        if filled and number > heading:
            misfits.append((number, int(fields[number]), filled))
        if fields[number] > width:
            cut.append((number, names if number == heading else 0))
    broken_end = (
        bool(misfits)
        and misfits[-1][0] == len(fields) - 1
        and misfits[-1][1] < width
        and not ends_with_line_end
    )
    return Widths(width, heading, max(names, min(width, int(fields[heading]))), cut, misfits, broken_end)


def find_heading(fields: np.ndarray, record: Callable[[int], list[str]], width: int) -> int:
    """The first row that is filled in at least half of the columns: titles above fill fewer."""
    for number in np.flatnonzero(fields > 1)[:SAMPLE_ROWS].tolist():
        if sum(1 for text in record(number) if text.strip()) >= max(2, width / 2):
            return int(number)
    return int(np.flatnonzero(fields == width)[0])


def counted(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"


def filled_width(row: Sequence[str]) -> int:
    """How many fields a row has up to its last filled one."""
    return max((number for number, text in enumerate(row, 1) if text.strip()), default=0)


def heading_differs(file: str, heading: int, names: int, width: int) -> Refused:
    return refusal(
        file,
        "heading-and-rows-differ",
        f"the heading has {names} fields and the rows have {width}",
        "one value per heading in every row",
        "put text that holds the separator (a decimal comma, a list) in quotation marks, or use another separator",
        row=heading + 1,
    )


def cut_records(
    body: bytes, ends: np.ndarray, rows: Widths, record: Callable[[int], list[str]], separator: str
) -> bytes:
    """The text without the fields beyond the table: a row keeps its filled fields or none, and stays a row."""
    pieces, start = [], 0
    for number, keep in rows.cut:
        kept = io.StringIO()
        csv.writer(kept, delimiter=separator, lineterminator="").writerow(record(number)[:keep])
        pieces += [body[start : int(ends[number - 1]) + 1 if number else 0], kept.getvalue().encode()]
        start = int(ends[number])
    return b"".join([*pieces, body[start:]])


def finish(columns: list[np.ndarray], rows: Widths, file: str) -> tuple[RawTable, list[Issue]]:
    """Columns of text as a RawTable: blanks None, rows that do not fit set aside and named, trailing blank rows left out."""
    beyond = columns[rows.heading_width :]
    if any(column[rows.heading + 1 :].astype(bool).any() for column in beyond):
        raise heading_differs(file, rows.heading, rows.heading_width, rows.width)
    aside = [number for number, *_ in rows.misfits]
    last = 0
    for column in columns:
        column[aside] = None
        blank = ~column.astype(bool)
        column[blank] = None
        if not blank.all():
            last = max(last, len(column) - int(blank[::-1].argmin()))
    kept = [column[:last] for column in columns[: rows.heading_width]] if last else []
    return RawTable(file, "", kept, text_dates=True), list(_misfits(rows, file))


def _misfits(rows: Widths, file: str) -> Iterator[Issue]:
    """What is said of each row below the heading that has another number of fields."""
    for number, fields, filled in rows.misfits:
        severity, code, found = "refuse", "row-fields", counted(fields)
        done = "its values may stand in wrong columns: correct its separators, quote text that holds one, or send .xlsx"
        if filled == 1:
            severity, done = "set aside", "row not used"
        elif rows.broken_end and number == rows.misfits[-1][0]:
            code, found = "file-cut-short", "the file ends in the middle of this row"
            done = "send the whole file"
        yield Issue(severity, code, file, "", number + 1, "", "", found, counted(rows.width), done)
