"""What the investigators ruled: signs removed because they had another cause, or a grade put in place of the derived one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.time.spans import Assessments, cover, date_of
from senl_ae.study import DAY, NO_TIME, Study


@dataclass(frozen=True)
class Rulings:
    """Per assessment: the axes removed (axis -> mask), and the grade ruled (nan where none); `applied` marks any ruling at all.

    `pairs` are (assessment, row of adjudications) for the way back to the sheet.
    """

    excluded: dict[str, Mask]
    grade: Numbers
    applied: Mask
    pairs: tuple[Seconds, Seconds]


def rulings_at(study: Study, a: Assessments, syndrome: str, axes: tuple[str, ...]) -> Rulings:
    """The rulings in force at each assessment of a syndrome.

    A ruling holds from its start to its end, both included; a date stands for the whole of it. Without an end it holds on the date of its
    start alone; without a start, from the beginning. `all` removes every axis. Of two ruled grades the higher is taken.
    """
    n = len(a)
    mine = np.flatnonzero(study.adjudications.syndrome == syndrome)
    frame = study.adjudications.rows(mine)
    start, end = frame.start, frame.end
    open_end = end == NO_TIME
    last = np.where(
        open_end, (date_of(start) + 1) * DAY, np.where(frame.end_is_date, (date_of(end) + 1) * DAY, end + 1)
    )
    first = np.where(start == NO_TIME, -(1 << 38), np.where(frame.start_is_date, date_of(start) * DAY, start))
    nothing = (start == NO_TIME) & (end == NO_TIME)
    action_all, sign_all = frame.action, frame.sign
    unclear = ((action_all == "exclude") & ~np.isin(sign_all.astype(str), (*axes, "all"))) | (
        (action_all == "grade") & np.isnan(frame.grade)
    )
    first = np.where(nothing | unclear, NO_TIME, first)
    at, ruling = cover(a, frame.subject, first, np.maximum(last, first + 1))
    action, sign = (
        frame.action[ruling],
        frame.sign[ruling],
    )
    removes = action == "exclude"
    excluded: dict[str, Mask] = {}
    for axis in (*axes, "all"):
        hit = np.zeros(n, dtype=bool)
        hit[at[removes & (sign == axis)]] = True
        if hit.any():
            excluded[axis] = hit
    if "all" in excluded:
        everything = excluded.pop("all")
        excluded = {axis: excluded.get(axis, np.zeros(n, dtype=bool)) | everything for axis in axes}
    grade = np.full(n, np.nan)
    ruled = action == "grade"
    np.fmax.at(grade, at[ruled], frame.grade[ruling[ruled]])
    applied = np.zeros(n, dtype=bool)
    applied[at] = True
    return Rulings(excluded, grade, applied, (at, mine[ruling]))
