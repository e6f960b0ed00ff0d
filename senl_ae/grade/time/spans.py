"""Which assessments a span of time covers: the one place where times, dates and half-open intervals meet.

A moment or span is kept in whole seconds. A date-only value is not a moment: it has an earliest and a latest reading, and every
question is asked of both ("was it certainly so", "could it have been so").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.frame import Frame
from senl_ae.study import DAY, NO_TIME


class Stretches(Frame):
    """Stretches of time of a subject, half open."""

    subject: Whole
    start: Seconds
    end: Seconds

    @property
    def bounds(self) -> tuple[Whole, Seconds, Seconds]:
        """Subject, start and end, as `cover` asks for them."""
        return self.subject, self.start, self.end


class Drugs(Stretches):
    """When drugs were given; `is_date` where either end has no clock time."""

    is_date: Mask


class Deaths(Frame):
    """When subjects died; `is_date` where no clock time was recorded."""

    subject: Whole
    time: Seconds
    is_date: Mask


class Spans(Frame):
    """Intervals of support, half open: a date-only start or end has an earliest and a latest reading (`_lo`, `_hi`).

    dated: without any clock time; open_end: no end recorded, or one that cannot be; excused: by its indication; doubtful: may be nothing
    at all; counts: in this reading of the record. position: the row of the study's interventions.
    """

    subject: Whole
    category: Words
    agent: Words
    start_lo: Seconds
    start_hi: Seconds
    end_lo: Seconds
    end_hi: Seconds
    dated: Mask
    open_end: Mask
    flow: Numbers
    flow_upper: Numbers
    fio2: Numbers
    indication: Words
    excused: Mask
    doubtful: Mask
    counts: Mask
    position: Whole

    @property
    def bounds(self) -> tuple[Whole, Seconds, Seconds]:
        """Subject, and from when to when the interval ran at the widest, as `cover` asks for them."""
        return self.subject, self.start_lo, self.end_hi


_WIDTH = 1 << 40
"""Wider than any span of seconds met here; (subject, time) packs into one sortable integer."""

Sources = list[tuple[str, Whole, Whole]]
"""(frame name, assessments, positions in that frame) of everything an assessment was graded from."""


def date_of(seconds: Seconds) -> Seconds:
    """The calendar date as days since 1970-01-01."""
    return np.floor_divide(seconds, DAY)


def packed(subject: Seconds, seconds: Seconds) -> Seconds:
    """One sortable integer per (subject, time)."""
    return subject.astype(np.int64) * _WIDTH + seconds + (_WIDTH >> 1)


@dataclass(frozen=True)
class Assessments:
    """Every assessment of one syndrome from the infusion on, sorted by subject and time.

    `order` is its time in seconds; a day assessment stands at the end of its date (24:00) and before an assessment timed 00:00 of the
    next. `date` is days since 1970. `death` marks the one assessment that stands for a death.
    """

    subject: Seconds
    order: Seconds
    date: Seconds
    is_day: Mask
    death: Mask

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def key(self) -> Seconds:
        return packed(self.subject, self.order)

    @property
    def first(self) -> Mask:
        """Marks each subject's first assessment."""
        if not len(self):
            return np.zeros(0, dtype=bool)
        return np.concatenate(([True], self.subject[1:] != self.subject[:-1]))


def sorted_assessments(subject: Seconds, time: Seconds, is_day: Mask) -> tuple[Assessments, Seconds]:
    """The distinct assessments among rows (a day row's time is midnight of its date), and for each row the assessment it belongs to."""
    order = np.where(is_day, (date_of(time) + 1) * DAY, time)
    key = packed(subject, order) * 2 + ~is_day
    unique, inverse = _unique(key)
    first = np.zeros(len(unique), dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(key))[::-1]
    day = is_day[first]
    when = order[first]
    date = np.where(day, date_of(when) - 1, date_of(when))
    return Assessments(
        subject[first].astype(np.int64), when, date, day, np.zeros(len(first), dtype=bool)
    ), inverse


def _unique(key: Seconds) -> tuple[Seconds, Seconds]:
    """np.unique with inverse, cheap when the keys are already sorted."""
    if len(key) < 2 or bool(np.all(key[1:] >= key[:-1])):
        new = np.concatenate(([True], key[1:] != key[:-1])) if len(key) else np.zeros(0, dtype=bool)
        return key[new], np.cumsum(new) - 1
    return np.unique(key, return_inverse=True)


def last_true(mask: Mask, first: Mask) -> Seconds:
    """For each row the latest row of its subject, itself included, where the mask is true; -1 where there is none."""
    index = np.arange(len(mask))
    latest = np.maximum.accumulate(np.where(mask, index, -1)) if len(mask) else index
    start = np.maximum.accumulate(np.where(first, index, 0)) if len(mask) else index
    return np.where(latest >= start, latest, -1)


def cover(a: Assessments, subject: Seconds, start: Seconds, end: Seconds) -> tuple[Seconds, Seconds]:
    """Pairs (assessment, span) where the half-open span [start, end) covers the assessment.

    A timed assessment is covered at its moment, a day assessment when the span touches its date. A span that ends where it starts
    covers that moment. Spans with NO_TIME at either end cover nothing.
    """
    known = (start != NO_TIME) & (end != NO_TIME) & (end >= start)
    span = np.flatnonzero(known)
    if not len(span) or not len(a):
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    s, lo, hi = subject[span], start[span], np.maximum(end[span], start[span] + 1)
    out_a, out_s = [], []
    for day in (False, True):
        rows = np.flatnonzero(a.is_day == day)
        if not len(rows):
            continue
        if day:  # dates lo..hi-1 that the span touches
            key = packed(a.subject[rows], a.date[rows])
            left = np.searchsorted(key, packed(s, date_of(lo)), "left")
            right = np.searchsorted(key, packed(s, date_of(hi - 1)), "right")
        else:
            key = packed(a.subject[rows], a.order[rows])
            left = np.searchsorted(key, packed(s, lo), "left")
            right = np.searchsorted(key, packed(s, hi), "left")
        count = np.maximum(right - left, 0)
        which = np.repeat(np.arange(len(span)), count)
        out_a.append(rows[np.repeat(left, count) + steps(count)])
        out_s.append(span[which])
    return np.concatenate(out_a), np.concatenate(out_s)


def covered(a: Assessments, subject: Whole, start: Seconds, end: Seconds) -> Mask:
    """Whether any of the spans covers each assessment."""
    return marked(cover(a, subject, start, end)[0], len(a))


def steps(count: Whole) -> Whole:
    """0, 1, 2, ... for each of these counts, one count after the other."""
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)


def marked(positions: Whole, n: int) -> Mask:
    """A mask of n rows that is true at these positions."""
    out = np.zeros(n, dtype=bool)
    out[positions] = True
    return out


def among(words: Words, listed: Sequence[str]) -> Mask:
    """Which words are one of these; none that is missing."""
    return pd.Series(words, dtype=object, copy=False).isin(listed).to_numpy()


def merge_adjoining(spans: Spans, by: Sequence[str]) -> Spans:
    """Spans that agree in the columns `by` and overlap or adjoin become one span, which says of the rest what the first of them said.

    They are joined where their possible extents meet; the proven stretch of the whole runs from the first start_hi to the last end_lo.
    """
    if not len(spans):
        return spans
    group = spans.table.groupby(list(by), dropna=False).ngroup().to_numpy(dtype=np.int64)
    order = np.lexsort((spans.end_hi, spans.start_lo, group))
    spans, group = spans.rows(order), group[order] * _WIDTH
    reach = np.maximum.accumulate(group + spans.end_hi)
    new = np.ones(len(spans), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (group[1:] + spans.start_lo[1:] > reach[:-1])
    at = np.flatnonzero(new)
    return spans.rows(at).with_columns(
        start_hi=np.minimum.reduceat(spans.start_hi, at),
        end_lo=np.maximum.reduceat(spans.end_lo, at),
        end_hi=np.maximum.reduceat(spans.end_hi, at),
    )
