"""Which part of a date a cell says (2003, 2003-05, UN-MAY-2003, 2003年5月), from when to when it can be, and whether that can matter."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np

from senl_ae.arrays import Mask, Seconds, Words
from senl_ae.read.cells.columns import Problem, Times, distinct, plain, shown, spread
from senl_ae.read.cells.date_columns import YEARS, days_since_1970
from senl_ae.study import DAY, NO_TIME

PARTIAL = "date-partial"
OLD = "date-partial-old"
DAY_UNKNOWN, MONTH_UNKNOWN, ALL_UNKNOWN = "D", "M", "missing"
"""What of a date is not known."""
_UN = r"(?:un|uk|unk|nk|-|--|\?\?|xx)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(
    rf"^(\d{{4}})(?:[-/.年]\s*(\d{{1,2}}|[a-z]{{3}}|{_UN})\s*月?)?(?:[-/.\s]*{_UN}(?![\d-]).*)?年?$"
)
_YEAR_LAST = re.compile(rf"^(?:{_UN}[-/\s]?)?([a-z]{{3}}|{_UN})[-/\s]?(\d{{4}})$")
_MONTH_NUMBER = re.compile(rf"^(?:{_UN}[-/.\s])?(\d{{1,2}})[-/.](\d{{4}})$")
_NO_MONTH = re.compile(rf"^(\d{{4}})-{_UN}-(\d{{1,2}})$")


@dataclass(frozen=True)
class Spans:
    """Dates of which a part may be all that is known: the first and the last second that each can mean, NO_TIME where nothing is known."""

    first: Seconds
    last: Seconds
    is_date: Mask
    precision: Words
    """What is not known of it: "" nothing, D the day, M the month too, missing all."""


def part_of(cell: Any) -> tuple[int, int | None] | None:
    """The year, and the month where it is said, of a cell that holds only a part of a date; None when it is no such part."""
    text = (
        f"{cell:g}" if isinstance(cell, Real) and not isinstance(cell, bool) else plain(str(cell)).casefold()
    )
    if m := _NO_MONTH.match(text):
        year, said = m[1], ""
    elif m := _YEAR_FIRST.match(text):
        year, said = m[1], m[2] or ""
    elif m := _MONTH_NUMBER.match(text) or _YEAR_LAST.match(text):
        year, said = m[2], m[1]
    else:
        return None
    month = int(said) if said.isdigit() else _MONTHS.index(said) + 1 if said in _MONTHS else None
    known = int(year) in YEARS and (month is None or month in range(1, len(_MONTHS) + 1))
    return (int(year), month) if known else None


def latest_date(cell: Any) -> int | None:
    """Midnight of the last date that a part of a date can stand for, in seconds since 1970; None when it is no such part."""
    part = part_of(cell)
    return None if part is None else _days(part)[1] * DAY


def _days(part: tuple[int, int | None]) -> tuple[int, int]:
    """The first and the last date of a year or a month, as days since 1970."""
    year, month = part
    last = month or len(_MONTHS)
    return days_since_1970(year, month or 1, 1), days_since_1970(
        year, last, calendar.monthrange(year, last)[1]
    )


def spans_of(cells: np.ndarray, seconds: Seconds, is_date: Mask) -> Spans:
    """From when to when each cell of a column of dates can be: parts of dates as they stand, the others as they were read.

    seconds, is_date: what the column says where its cells are whole dates, NO_TIME elsewhere.
    """
    codes, typed = distinct(cells)
    parts = [part_of(cell) for cell in typed]
    days = [(0, 0) if part is None else _days(part) for part in parts]
    partial = spread([part is not None for part in parts], codes, np.bool_, False)
    first, last = (spread([day[end] for day in days], codes, np.int64, 0) * DAY for end in (0, 1))
    known = (seconds != NO_TIME) & ~partial
    said = [ALL_UNKNOWN if p is None else MONTH_UNKNOWN if p[1] is None else DAY_UNKNOWN for p in parts]
    precision = spread(said, codes, object, ALL_UNKNOWN)
    precision[known] = ""
    rest_of_day = np.where(partial | is_date, DAY - 1, 0)
    return Spans(
        np.where(partial, first, np.where(known, seconds, NO_TIME)),
        np.where(partial, last + rest_of_day, np.where(known, seconds + rest_of_day, NO_TIME)),
        partial | (known & is_date),
        precision,
    )


def but_parts(problems: list[Problem], cells: np.ndarray) -> list[Problem]:
    """The problems of a column of dates without those of cells that say a part of a date."""
    return [p for p in problems if p.severity == "refuse" or p.whole or part_of(cells[p.rows[0]]) is None]


def before_infusion(times: Times, cells: np.ndarray, infusion: np.ndarray) -> tuple[Times, np.ndarray]:
    """Starts that are only part of a date and lie before the infusion whatever the rest: read as the last date that they can be.

    infusion: of each row's subject, in seconds. One note for the column in place of a problem per row; also True where that was done. A
    part that could fall into the course stays set aside."""
    old = np.zeros(len(cells), dtype=bool)
    partial = [p for p in times.problems if p.code == PARTIAL]
    if not partial:
        return times, old
    seconds, kept = times.seconds.copy(), [p for p in times.problems if p.code != PARTIAL]
    for problem in partial:
        latest = latest_date(cells[problem.rows[0]])
        known = infusion[problem.rows]
        certain = (
            np.zeros(len(known), dtype=bool)
            if latest is None
            else (known != NO_TIME) & (latest // DAY < known // DAY)
        )
        seconds[problem.rows[certain]] = NO_TIME if latest is None else latest
        old[problem.rows[certain]] = True
        if not certain.all():
            kept.append(replace(problem, rows=problem.rows[~certain]))
    rows = np.flatnonzero(old)
    if len(rows):
        found = f"{shown(cells[rows[0]])} and {len(rows) - 1} more cells are only part of a date, before the infusion whatever the rest"
        kept.append(Problem(rows[:1], OLD, "note", found, "", "read as the last date that it can be"))
    return replace(times, seconds=seconds, problems=kept, set_aside=times.set_aside & ~old), old
