"""What the cells of a column of any file become: blanks None, times to the whole second, no more columns or characters than allowed."""

from __future__ import annotations

import datetime as dt
from operator import attrgetter
from typing import Any

import numpy as np

from senl_ae.issues import Refused
from senl_ae.read.files.refusal import refusal
from senl_ae.study import RawTable

CELL_BUDGET = 60_000_000
COLUMN_BUDGET = 2_000


def letters(column: int) -> str:
    """The name of a spreadsheet column, 0 = A."""
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name


def to_length(cells: np.ndarray, length: int) -> np.ndarray:
    """A column cut, or filled up with blanks."""
    return (
        cells[:length]
        if len(cells) >= length
        else np.concatenate([cells, np.full(length - len(cells), None, object)])
    )


def too_many_columns(file: str, sheet: str, columns: int) -> Refused:
    most = f"at most {COLUMN_BUDGET} filled columns"
    return refusal(
        file,
        "too-many-columns",
        f"{columns} columns",
        most,
        "remove the columns that are not needed",
        sheet=sheet,
    )


def tidy(cells: np.ndarray, has_only_times: bool) -> np.ndarray:
    """Change one column in place to what RawTable holds; returns which cells are filled.

    Excel keeps times as fractions of a day: they are rounded to the whole second. A whole number of days comes as a date; in a column
    with times of day whose formats all show the time, it was typed as midnight, and becomes one.
    """
    filled = np.ones(len(cells), bool)
    empty = np.flatnonzero(~cells.astype(bool))  # also 0, False
    empty = empty[cells[empty] == ""]
    cells[empty] = None
    filled[empty] = False
    kinds = set(map(type, cells))
    if float in kinds:
        cells[cells != cells] = "NaN"  # a number that is none: text for whoever reads numbers, not a blank
    if not kinds & {dt.datetime, dt.time, dt.timedelta}:
        return filled
    kind = np.frompyfunc(type, 1, 1)(cells)
    spans = np.flatnonzero(kind == dt.timedelta)
    cells[spans] = as_objects([span_of_time(span) for span in cells[spans]])
    timed = np.flatnonzero((kind == dt.datetime) | (kind == dt.time))
    noisy = timed[np.fromiter(map(attrgetter("microsecond"), cells[timed]), np.int64, len(timed)) > 0]
    cells[noisy] = as_objects([whole_second(time) for time in cells[noisy]])
    if dt.datetime in kinds and has_only_times:
        midnights = np.flatnonzero(kind == dt.date)
        cells[midnights] = as_objects([dt.datetime.combine(date, dt.time()) for date in cells[midnights]])
    return filled


def as_objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def span_of_time(span: dt.timedelta) -> dt.time | str:
    """A cell formatted as a duration: a clock time within a day, the text a person sees beyond it."""
    seconds = round(span.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return dt.time(hours, minutes, rest) if 0 <= hours < 24 else f"{hours}:{minutes:02}:{rest:02}"


def whole_second(time: dt.datetime | dt.time) -> dt.datetime | dt.time:
    """The nearest whole second."""
    late = time.microsecond >= 500_000
    if isinstance(time, dt.time):
        return (
            dt.datetime.combine(dt.date(2000, 1, 1), time.replace(microsecond=0)) + dt.timedelta(seconds=late)
        ).time()
    return time.replace(microsecond=0) + dt.timedelta(seconds=late and time.year < dt.MAXYEAR)


def refuse_long_cells(table: RawTable, most: int) -> None:
    """Texts longer than a cell may hold, now that they can be measured."""
    for number, column in enumerate(table.columns):
        lengths = np.fromiter(
            (len(cell) if type(cell) is str else 0 for cell in column), np.int64, len(column)
        )
        if len(lengths) and lengths.max() > most:
            raise refusal(
                table.file,
                "cell-too-long",
                f"a text of {lengths.max()} characters",
                f"at most {most} characters in a cell",
                "shorten it, or raise max_cell_chars in senl-ae.toml",
                sheet=table.sheet,
                row=int(lengths.argmax()) + 1,
                column=letters(number),
            )
