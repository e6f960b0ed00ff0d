"""Which part of a date a cell says (2003, 2003-05, UN-MAY-2003), and whether what is left open can matter."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Problem, Times, plain, shown
from senl_ae.read.cells.date_columns import YEARS, days_since_1970
from senl_ae.study import DAY, NO_TIME

PARTIAL = "date-partial"
_UN = r"(?:un|uk|unk|nk|-|--|\?\?|xx)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(rf"^(\d{{4}})(?:[-/.年]\s*(\d{{1,2}}|{_UN})\s*月?)?(?:[-/.]?\s*{_UN}.*)?年?$")
_YEAR_LAST = re.compile(rf"^(?:{_UN}[-/\s]?)?([a-z]{{3}}|{_UN})[-/\s]?(\d{{4}})$")


def latest_date(cell: Any) -> int | None:
    """Midnight of the last date that a part of a date can stand for, in seconds since 1970; None when it is no such part."""
    text = (
        f"{cell:g}" if isinstance(cell, Real) and not isinstance(cell, bool) else plain(str(cell)).casefold()
    )
    m = _YEAR_FIRST.match(text)
    if m:
        year, month = int(m[1]), int(m[2]) if m[2] and m[2].isdigit() else 12
    else:
        m = _YEAR_LAST.match(text)
        if m is None:
            return None
        year, month = int(m[2]), _MONTHS.index(m[1]) + 1 if m[1] in _MONTHS else 12
    if year not in YEARS or not 1 <= month <= 12:
        return None
    return days_since_1970(year, month, calendar.monthrange(year, month)[1]) * DAY


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
        kept.append(
            Problem(rows[:1], "date-partial-old", "note", found, "", "read as the last date that it can be")
        )
    return replace(times, seconds=seconds, problems=kept, set_aside=times.set_aside & ~old), old
