"""Whether a reported record began or became worse after the infusion, whether it counts in the window, and of which event it is part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Whole, Words
from senl_ae.grade.adverse_events.dates import FAR, Dated, Periods
from senl_ae.grade.adverse_events.joining import Joined, joined
from senl_ae.grade.adverse_events.records import Said
from senl_ae.grade.adverse_events.words import conventions
from senl_ae.grade.graded import Windows
from senl_ae.study import AdverseEvents

NO, ASSUMED, YES = 0, 1, 2
ANSWERS = np.array(["no", "assumed", "yes"], dtype=object)


@dataclass(frozen=True)
class Emergence:
    """emergent: yes, no, assumed ("" without an infusion). in_window: counted. course: how records of one name join, over all periods."""

    emergent: Words
    in_window: Mask
    event: Numbers
    course: Joined
    flags: dict[str, Mask]


def emergence_of(
    source: AdverseEvents, said: Said, dated: Dated, periods: Periods, windows: Windows
) -> Emergence:
    """Decides of every record whether it is emergent; where the record cannot tell it is assumed, and counted."""
    group = source.subject * (len(said.names) + 1) + said.name
    course = joined(group, dated.start_date, dated.end_date, source.event_id, conventions().joining_days)
    new = np.where(_reaches_back(dated) | periods.order_unknown, ASSUMED, YES)
    worse, not_worse = _continues(course.course, said, dated, periods)
    worsened, unknown = _worsened(source, said, dated, periods, windows.end_day[source.subject])
    answer = np.where(periods.after, np.minimum(new, worse), worsened)
    counted = (periods.name == "infusion") | ~periods.after
    in_window = dated.infused & counted & (answer != NO)
    return Emergence(
        np.where(dated.infused, ANSWERS[answer], "").astype(object),
        in_window,
        _events(source.subject, said.name, group, dated, source.event_id, in_window),
        course,
        {
            "day0-order-unknown": periods.order_unknown,
            "not-worse-than-baseline": not_worse,
            "worsening-unknown": unknown,
        },
    )


def _reaches_back(dated: Dated) -> Mask:
    """Starts of which only a part is known that may be on the date of the infusion or before."""
    return (dated.start_imputed != "") & (dated.first <= dated.infusion_date)


def _continues(course: Whole, said: Said, dated: Dated, periods: Periods) -> tuple[Whole, Mask]:
    """For records from the infusion on, whether they are worse than what they continue; which are not.

    A record was present at the infusion when it began before and had not ended a day more than the joining distance before it. Without
    one in its course a record is new: as good as worse.
    """
    near = dated.infusion_date - conventions().joining_days
    present = dated.infused & ~periods.after & (dated.end_date >= near)
    if not present.any():
        return np.full(len(course), YES), np.zeros(len(course), dtype=bool)
    size = int(course.max()) + 1
    highest = np.full(size, -np.inf)
    np.fmax.at(highest, course[present], said.grade[present])
    here, ungraded = (
        np.bincount(course[mask], minlength=size) > 0 for mask in (present, present & np.isnan(said.grade))
    )
    continues = periods.after & here[course]
    cannot_tell = np.isnan(said.grade) | ungraded[course]
    above = said.grade > highest[course]
    answer = np.where(~continues | above, YES, NO)
    answer = np.where(continues & cannot_tell, ASSUMED, answer)
    return answer, continues & (answer == NO)


def _worsened(
    source: AdverseEvents, said: Said, dated: Dated, periods: Periods, window: Whole
) -> tuple[Whole, Mask]:
    """For records from before the infusion that lasted beyond its date, whether they became worse; of which that is not known."""
    lasts = dated.infused & ~periods.after & (dated.end_date > dated.infusion_date)
    unknown = lasts & (np.isnan(source.baseline_grade) | np.isnan(said.grade))
    above = lasts & (said.grade > source.baseline_grade)
    in_time = dated.end_date - dated.infusion_date <= window
    return np.where(above, np.where(in_time, YES, ASSUMED), NO), unknown


def _events(
    subject: Whole, name: Whole, group: Whole, dated: Dated, event_id: Words, in_window: Mask
) -> Numbers:
    """The number of each counted record's event within its subject, in the order of their starts, then of their names; else nan."""
    at = np.flatnonzero(in_window)
    out = np.full(len(subject), np.nan)
    if not len(at):
        return out
    start = dated.start_date[at]
    course = joined(group[at], start, dated.end_date[at], event_id[at], conventions().joining_days).course
    earliest = np.full(int(course.max()) + 1, FAR, dtype=np.int64)
    np.minimum.at(earliest, course, start)
    order = np.lexsort((course, name[at], earliest[course], subject[at]))
    who, what = subject[at][order], course[order]
    new = np.append(True, (who[1:] != who[:-1]) | (what[1:] != what[:-1]))
    number = np.cumsum(new)
    first = np.append(True, who[1:] != who[:-1])
    before = np.maximum.accumulate(np.where(first, number - 1, 0))
    out[at[order]] = number - before
    return out
