"""Counts day by day: the lowest value of each day, short gaps filled on a line, and the days, runs and recoveries that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.laboratory.values import FARTHEST, LabRows
from senl_ae.grade.rules.engine import compare, evaluate
from senl_ae.grade.rules.scales import Rule

LEAD_DAYS = 7
"""Days before the infusion that are kept so that a gap across Day 0 can be filled."""
LAST_DAY = 365
"""Series end here; later values are still graded one by one."""


@dataclass(frozen=True)
class Daily:
    """One test as subject x day: the lowest value of each day, nan where there is none and the gap is too long to fill.

    Column j is study day j - LEAD_DAYS. `first` and `last` are the days of the first and last measured value from Day 0 on (nan: none).
    """

    values: Numbers
    measured: Mask
    first: Numbers
    last: Numbers

    def days(self, start: int, end: int) -> Numbers:
        """The values of study days start to end, both included."""
        return self.values[:, start + LEAD_DAYS : end + LEAD_DAYS + 1]


def daily_lows(r: LabRows, test: str, stop: Numbers, gap_days: int, end: str) -> Daily:
    """The daily series of one test. end: `high` takes censored values at their highest (what they prove), `low` at their lowest.

    stop: the last study day that counts for each subject (progression, new therapy, death); later values are left out.
    """
    width = LEAD_DAYS + LAST_DAY + 1
    at, day = r.of(test), r.day
    with np.errstate(invalid="ignore"):
        at = at[(day[at] >= -LEAD_DAYS) & (day[at] <= LAST_DAY) & (day[at] <= stop[r.subject[at]])]
    values = (r.high if end == "high" else r.low)[at]
    at, values = at[values != FARTHEST], values[values != FARTHEST]
    lows = np.full((len(stop), width), np.nan)
    np.fmin.at(lows, (r.subject[at], day[at].astype(np.int64) + LEAD_DAYS), values)
    measured = ~np.isnan(lows)
    index = np.broadcast_to(np.arange(width), lows.shape)
    before = np.maximum.accumulate(np.where(measured, index, -1), axis=1)
    after = np.flip(np.minimum.accumulate(np.flip(np.where(measured, index, width), axis=1), axis=1), axis=1)
    fill = ~measured & (before >= 0) & (after < width) & (after - before <= gap_days)
    rows, columns = np.nonzero(fill)
    left, right = before[rows, columns], after[rows, columns]
    share = (columns - left) / (right - left)
    filled = lows.copy()
    filled[rows, columns] = lows[rows, left] + share * (lows[rows, right] - lows[rows, left])
    since = measured[:, LEAD_DAYS:]
    any_value = since.any(axis=1)
    first = np.where(any_value, np.argmax(since, axis=1), np.nan)
    last = np.where(any_value, since.shape[1] - 1 - np.argmax(since[:, ::-1], axis=1), np.nan)
    return Daily(filled, measured, first, last)


def days_at(values: Numbers, bound: Mapping[str, float]) -> Mask:
    """Days whose value is known and stands as the bound says, such as { le = 0.5 }."""
    ((op, limit),) = bound.items()
    return compare(values.ravel(), op, limit)[0].reshape(values.shape)


def count_days(below: Mask, method: str, bridge_days: int) -> Numbers:
    """How many days: all of them (`cumulative`), or the longest run, a few days above within it bridged and counted (`longest_run`)."""
    if method == "cumulative":
        every: Numbers = below.sum(axis=1).astype(float)
        return every
    index = np.broadcast_to(np.arange(below.shape[1]), below.shape)
    before = np.maximum.accumulate(np.where(below, index, -1), axis=1)
    after = np.flip(
        np.minimum.accumulate(np.flip(np.where(below, index, below.shape[1]), axis=1), axis=1), axis=1
    )
    joined = below | ((before >= 0) & (after < below.shape[1]) & (after - before - 1 <= bridge_days))
    outside = np.maximum.accumulate(np.where(joined, -1, index), axis=1)
    longest: Numbers = (index - outside).max(axis=1, initial=0).astype(float)
    return longest


def unknown_days(daily: Daily, limit: Numbers, end_day: int, gap_days: int, low_at_end: Mask) -> Mask:
    """Days 0 to `end_day` that no value speaks for: gaps too long to fill, and the time after the last value.

    The time after the last value is open where the count was low then or the record ends more than `gap_days` before the subject's own
    limit; a shorter wait at the start or the end is not held against the record.
    """
    index = np.broadcast_to(np.arange(end_day + 1), (len(limit), end_day + 1))
    first, last = daily.first[:, None], daily.last[:, None]
    unknown = np.isnan(daily.days(0, end_day)) & (index <= limit[:, None])
    with np.errstate(invalid="ignore"):
        unknown &= ~((index < first) & (first <= gap_days))
        after = index > last
        unknown &= ~after | low_at_end[:, None] | ((limit - daily.last) > gap_days)[:, None]
    return unknown


def doubtful_low_days(r: LabRows, test: str, shape: tuple[int, int], bound: Mapping[str, float]) -> Mask:
    """Study days from 0 on with a value that may be nothing and would be low: they are possible, never counted."""
    at, day = r.doubtful_of(test), r.day
    low: Mask = np.zeros(shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        at = at[(day[at] >= 0) & (day[at] < shape[1])]
    at = at[days_at(r.low[at], bound)]
    low[r.subject[at], day[at].astype(np.int64)] = True
    return low


def first_recovery(
    daily: Daily, low: Mapping[str, float], recovered: Mapping[str, float], run: int
) -> Numbers:
    """The first of `run` consecutive days above the bound after the first low day from the infusion on; nan where there is none."""
    values = daily.days(0, LAST_DAY)
    fell = days_at(values, low)
    above = days_at(values, recovered)
    index = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    start = above.copy()
    for step in range(1, run):
        start[:, :-step] &= above[:, step:]
        start[:, -step:] = False
    first_low = np.where(fell.any(axis=1), np.argmax(fell, axis=1), values.shape[1])
    start &= index > first_low[:, None]
    return np.where(start.any(axis=1), np.argmax(start, axis=1), np.nan)


def second_lowest(
    r: LabRows, test: str, stop: Numbers, start: int, end: float
) -> tuple[Numbers, Numbers, Numbers, Seconds]:
    """The lowest, the second lowest and the last daily value of study days start to end, and how many days have a value."""
    at, day, n = r.of(test), r.day, len(stop)
    with np.errstate(invalid="ignore"):
        at = at[
            (day[at] >= start)
            & (day[at] <= end)
            & (day[at] <= stop[r.subject[at]])
            & (r.high[at] != FARTHEST)
        ]
    key = r.subject[at] * (1 << 24) + day[at].astype(np.int64)
    days, inverse = np.unique(key, return_inverse=True)
    low = np.full(len(days), np.inf)
    np.minimum.at(low, inverse, r.high[at])
    subject = days >> 24
    last = np.full(n, np.nan)
    last[subject] = low  # in the order of the days: the last of each subject stays
    order = np.lexsort((low, subject))
    subject, low = subject[order], low[order]
    count = np.bincount(subject, minlength=n)
    first = np.searchsorted(subject, np.arange(n))
    lowest, second = np.full(n, np.nan), np.full(n, np.nan)
    lowest[count >= 1] = low[first[count >= 1]]
    second[count >= 2] = low[first[count >= 2] + 1]
    return lowest, second, last, count


def grade_by_figures(rules: Sequence[Rule], term: str, figures: Mapping[str, Numbers], n: int) -> Numbers:
    """The highest grade that the rules of a term give to the subjects' figures; 0 where no rule holds."""
    out = np.zeros(n)
    for test, figure in figures.items():
        of_test = [r for r in rules if r.term == term and r.test == test]
        if of_test:
            out = np.fmax(out, evaluate(of_test, {"value": figure}, n).grade)
    return out
