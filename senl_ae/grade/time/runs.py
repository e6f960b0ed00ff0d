"""When a run of signs begins and ends: what is clear, how long clear lasts, and which gaps end it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Seconds
from senl_ae.grade.time.spans import Assessments, last_true
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR


@dataclass(frozen=True)
class Runs:
    """Stretches between ends: `stretch` numbers them over all subjects; a run is the members of one stretch from its first starter on.

    `run` is the stretch's number at members of a run, -1 elsewhere. `cleared` marks the assessments at which clear ones end a run.
    """

    stretch: Seconds
    run: Seconds
    cleared: Mask


def runs_of(a: Assessments, member: Mask, starter: Mask, clear: Mask, settings: Settings) -> Runs:
    """Groups signs (or grades) into runs.

    member: assessments that belong to the run they fall in and break a stretch of clear ones; starter: members that may begin a run.
    A run ends once clear assessments span `clear_hours` with neighbours at most `clear_gap_hours` apart and no member between - one clear
    day assessment is enough - or where neighbouring assessments lie more than `run_gap_days` apart.
    """
    n = len(a)
    if not n:
        empty = np.zeros(0, dtype=np.int64)
        return Runs(empty, empty, np.zeros(0, dtype=bool))
    cleared = _cleared(a, member, clear, settings)
    gap = _gaps(a, settings)
    before = np.concatenate(([False], cleared[:-1]))
    stretch = np.cumsum(a.first | gap | before, dtype=np.int64)
    begun = last_true(starter, np.concatenate(([True], stretch[1:] != stretch[:-1])))
    run = np.where(member & (begun >= 0), stretch, -1)
    return Runs(stretch, run, cleared)


def _gaps(a: Assessments, settings: Settings) -> Mask:
    """Marks assessments more than the longest gap after the one before.

    From a day assessment to another or to a death, dates are subtracted.
    """
    by_time = np.diff(a.order, prepend=a.order[:1]) > settings.run_gap_days * DAY
    days = np.diff(a.date, prepend=a.date[:1])
    previous_day = np.concatenate(([False], a.is_day[:-1]))
    dates = previous_day & (a.is_day | a.death)
    return np.where(dates, days > settings.run_gap_days, by_time) & ~a.first


def _cleared(a: Assessments, member: Mask, clear: Mask, settings: Settings) -> Mask:
    index = np.arange(len(a))
    last_clear = last_true(clear, a.first)
    previous = np.concatenate(([-1], last_clear[:-1]))
    previous = np.where(a.first, -1, previous)
    last_member = last_true(member, a.first)
    held = clear & (previous >= 0) & (previous > last_member)
    held &= a.order - a.order[np.maximum(previous, 0)] <= settings.clear_gap_hours * HOUR
    begins = clear & ~held
    begin = np.maximum.accumulate(np.where(begins, index, 0))
    long_enough = a.order - a.order[begin] >= settings.clear_hours * HOUR
    return clear & (a.is_day | long_enough)
