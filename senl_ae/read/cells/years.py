"""Dates as days, and the year that would fit a date that cannot be."""

from __future__ import annotations

import numpy as np

from senl_ae.study import DAY, NO_TIME

FAR = 10**9
"""Stands for "no such date" among days."""

MOST_YEARS = 100
"""A year that is off by more is no slip of a finger."""


def days_of(seconds: np.ndarray, missing: int) -> np.ndarray:
    """Dates as days since 1970; `missing` where there is none."""
    return np.where(seconds == NO_TIME, missing, seconds // DAY)


def in_other_year(days: np.ndarray, years: int | np.ndarray) -> np.ndarray:
    """The same day and month so many years later, as days since 1970; 29 February becomes 1 March where there is none."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return (
        (months + 12 * np.asarray(years)).astype("datetime64[D]") + (dates - months.astype("datetime64[D]"))
    ).astype(np.int64)


def nearest_year(days: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """By how many years dates must move to lie between two dates, the fewest; 0 where no year fits."""
    found = np.zeros(len(days), dtype=np.int64)
    for step in range(1, MOST_YEARS + 1):
        for years in (step, -step):
            open_ = np.flatnonzero(found == 0)
            if not len(open_):
                return found
            moved = in_other_year(days[open_], years)
            found[open_[(moved >= low[open_]) & (moved <= high[open_])]] = years
    return found
