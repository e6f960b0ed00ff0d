"""When each row happened: a date-time, a date with or without a clock time, or a study day; and whether it stands for its whole date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.read.cells import Times, parse_clocks
from senl_ae.study import NO_TIME

DAY = 86400

SERIAL = re.compile(r"\s*\d+(\.\d*)?\s*")
"""Text that is a spreadsheet's day number: it has a clock time, 00:00 where nothing follows the point."""


SAMPLE = 2000
"""Whether a column holds clock times is seen in so many of its different cells."""

CLOCK = re.compile(r"\s*\d{1,2}\s*(?:[:：时点]|h)\s*\d{0,2}\s*(?:[:：分]\s*\d{0,2}(?:\.\d+)?)?\s*秒?\s*(?:[ap]\.?m\.?)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class When:
    """Seconds since 1970-01-01 (NO_TIME where missing) and whether the row is a day row, with what the column rule needs.

    is_text: the cell is a date typed as text without a clock. clock: some cell of the column has a clock time other than 00:00.
    """

    seconds: np.ndarray
    is_text: np.ndarray
    clock: bool

    def is_day(self, clock: bool | None = None) -> np.ndarray:
        """Day rows: every row of a column without a clock time other than 00:00; else the dates typed as text without a clock."""
        timed = self.clock if clock is None else clock
        missing = self.seconds == NO_TIME
        return np.asarray(~missing & self.is_text if timed else ~missing)


def dated(times: Times, cells: np.ndarray) -> When:
    """What a column of dates or date-times says, before the rule that a whole column is date-only."""
    known = times.seconds != NO_TIME
    is_text = np.zeros(len(cells), dtype=bool)
    unsure = np.flatnonzero(known & times.midnight & ~times.has_text_clock)
    if len(unsure):
        is_text[unsure] = [isinstance(cells[i], str) and not SERIAL.fullmatch(cells[i]) for i in unsure]
    return When(times.seconds, is_text, bool((known & ~times.midnight).any()))


def combined(both: Times, dates: When, clocks: Times) -> When:
    """A column of dates with its column of clock times; a date without a clock time that can be read is a day row."""
    has_clock = (clocks.seconds != NO_TIME) & (both.seconds != NO_TIME)
    own_clock = (both.seconds != NO_TIME) & ~both.midnight
    return When(both.seconds, ~has_clock & ~own_clock, bool(own_clock.any()) or dates.clock)


def from_study_day(days: np.ndarray, infusion: np.ndarray) -> np.ndarray:
    """Midnight of each study day (0 is the date of the infusion); NO_TIME where the day or the infusion is not known."""
    known = ~np.isnan(days) & (infusion != NO_TIME)
    date = infusion - np.mod(infusion, DAY)
    return np.where(known, date + np.where(known, days, 0).astype(np.int64) * DAY, NO_TIME)


def earlier(first: When, second: When) -> When:
    """Two ways of saying when, the first one wherever it says something."""
    missing = first.seconds == NO_TIME
    return When(
        np.where(missing, second.seconds, first.seconds),
        np.where(missing, second.is_text, first.is_text),
        first.clock or second.clock,
    )


DATE = re.compile(
    r"\s*(?:\d{4}\s*[-/.年]|\d{1,2}\s*[-/月]\s*(?:\d{1,2}|[a-z]{3,9})\b|\d{1,2}\.\s*\d{1,2}\.|\d{1,2}\s*[a-z]{3,9}\s*\d{2}|\d{8}).*",
    re.IGNORECASE | re.DOTALL,
)
"""How a date, with or without a clock time after it, begins."""

DAYS_LONG_AGO = 3654
"""From here on a number is a spreadsheet's day; no clock time is so large."""


def holds_clocks(cells: np.ndarray) -> bool:
    """Whether most of a column's cells are plainly clock times alone, whatever its heading says."""
    some = _distinct(cells)
    clocks = sum(
        isinstance(c, dt.time) or (isinstance(c, str) and CLOCK.fullmatch(c) is not None) or (isinstance(c, float) and 0 <= c < 1)
        for c in some
    )
    return bool(some) and 2 * clocks > len(some)


def may_be_clocks(cells: np.ndarray, *, headed_so: bool) -> bool:
    """Whether a column beside one of dates holds clock times: 0800, 830, 14, 0.5 are some where nothing in it is a date.

    headed_so: its heading says clock times, so that cells that cannot be read do not make it a column of dates.
    """
    some = _distinct(cells)
    dates = sum(_is_date(c) for c in some)
    if not some or 2 * dates > len(some):
        return False
    read = int((parse_clocks(np.array([*some, None], dtype=object)).seconds != NO_TIME).sum())
    return headed_so or (not dates and 2 * read > len(some))


def _is_date(cell: object) -> bool:
    if isinstance(cell, str):
        return DATE.fullmatch(cell) is not None or (SERIAL.fullmatch(cell) is not None and float(cell) >= DAYS_LONG_AGO)
    if isinstance(cell, dt.date):
        return cell.year >= 1910
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell >= DAYS_LONG_AGO


def _distinct(cells: np.ndarray) -> list[object]:
    """The different filled cells at the head of a column."""
    filled = cells[: 20 * SAMPLE]
    return [c for c in pd.unique(filled[~pd.isna(filled)])[:SAMPLE] if not (isinstance(c, str) and not c.strip())]
