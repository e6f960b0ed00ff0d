"""Which reported records of one subject and name are one course: they follow each other closely, or one identifier ties them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Whole, Words
from senl_ae.grade.adverse_events.dates import FAR


@dataclass(frozen=True)
class Joined:
    """Courses of records. course: its number, one for records that join, directly or through others.

    follows: it joins an earlier record of its name; overlaps: by more than a shared date.
    """

    course: Whole
    follows: Mask
    overlaps: Mask


def joined(group: Whole, start: Whole, end: Whole, event_id: Words, days: int) -> Joined:
    """Records that join: of one group (subject and name), where one starts no later than `days` after another ends, or of one event_id.

    start, end: in days; -FAR where nothing is known of the start, FAR for an end that is open: it joins all later ones.
    """
    n = len(group)
    order = np.lexsort((end, start, group))
    g, first, last = group[order], start[order], end[order]
    reach = np.maximum.accumulate(g * (FAR << 2) + last) - g * (FAR << 2) if n else last
    follows = np.zeros(n, dtype=bool)
    follows[1:] = (g[1:] == g[:-1]) & (first[1:] <= reach[:-1] + days)
    over = follows.copy()
    over[1:] &= first[1:] < reach[:-1]
    course = np.empty(n, dtype=np.int64)
    course[order] = np.cumsum(~follows)
    out = [np.empty(n, dtype=bool) for _ in range(2)]
    for mask, place in zip((follows, over), out, strict=True):
        place[order] = mask
    return Joined(_tied(course, group, event_id), *out)


def _tied(course: Whole, group: Whole, event_id: Words) -> Whole:
    """Courses with those put together that one identifier ties: each takes the lowest number of all that are tied to it."""
    has = np.flatnonzero(~pd.isna(event_id))
    if not len(has):
        return course
    identifier = pd.factorize(event_id[has])[0]
    tie = pd.factorize(group[has] * (len(has) + 1) + identifier)[0]
    while True:
        lowest = np.full(int(tie.max()) + 1, len(course) + 1, dtype=np.int64)
        np.minimum.at(lowest, tie, course[has])
        of_course = np.arange(len(course) + 2)
        np.minimum.at(of_course, course[has], lowest[tie])
        settled = of_course[course]
        if (settled == course).all():
            return course
        course = settled
