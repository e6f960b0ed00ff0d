"""What the investigators ruled: signs removed because they had another cause, or a grade put in place of the derived one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.spans import Assessments, among, cover, date_of, marked
from senl_ae.study import DAY, NO_TIME, Study


@dataclass(frozen=True)
class Rulings:
    """Per assessment: the axes that give no grade, ruled away or of a death (axis -> mask, `death` itself apart), and the grade ruled (nan
    where none); `applied` marks any ruling at all.

    `pairs` are (assessment, row of adjudications) for the way back to the sheet.
    """

    excluded: dict[str, Mask]
    grade: Numbers
    applied: Mask
    pairs: tuple[Seconds, Seconds]


def rulings_at(study: Study, a: Assessments, scale: Scale) -> Rulings:
    """The rulings in force at each assessment of a scale's syndrome.

    A ruling holds from its start to its end, both included; a date stands for the whole of it. Without an end it holds on the date of its
    start alone; without a start, from the beginning. `all` removes every axis, the
    ruling of a sign what its record leaves open (`hypoxia-record`) as well. Of two ruled grades the higher is taken.
    """
    n, axes = len(a), tuple(dict.fromkeys(rule.axis for rule in scale.rules))
    mine = np.flatnonzero(study.adjudications.syndrome == scale.syndrome)
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
    action, sign = frame.action[ruling], frame.sign[ruling]
    removes = action == "exclude"
    excluded = {
        axis: marked(at[removes & among(sign, ("all", axis.removesuffix("-record")))], n) | a.death
        for axis in axes
        if axis != "death"
    }
    grade = np.full(n, np.nan)
    ruled = action == "grade"
    np.fmax.at(grade, at[ruled], frame.grade[ruling[ruled]])
    return Rulings(excluded, grade, marked(at, n), (at, mine[ruling]))
