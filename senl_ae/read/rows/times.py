"""When each row happened: a date-time, a date with or without a clock time, or a study day; and whether it stands for its whole date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.read.cells.clock_columns import SERIAL
from senl_ae.read.cells.columns import Times, distinct, spread
from senl_ae.study import DAY, NO_TIME


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
        codes, typed = distinct(cells[unsure])
        said = [isinstance(cell, str) and not SERIAL.fullmatch(cell) for cell in typed]
        is_text[unsure] = spread(said, codes, np.bool_, False)
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


def show_time(seconds: int, is_date: bool) -> str:
    """A time for people: 2026-01-15 or 2026-01-15 10:00."""
    text = str(np.datetime64(int(seconds), "s"))
    return (
        text[:10]
        if is_date
        else text.replace("T", " ").removesuffix(":00")
        if text.endswith(":00")
        else text.replace("T", " ")
    )
