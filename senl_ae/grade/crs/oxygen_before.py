"""Oxygen from before the infusion: what was the last of it, and what of the later oxygen it excuses, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Seconds
from senl_ae.grade.crs.oxygen_kinds import NO_SUPPORT, Candidates, Kinds, Records, kinds_in
from senl_ae.grade.time.doubt import CHARTED, LEAST, MOST, cells_in_doubt
from senl_ae.grade.time.spans import Assessments, Spans, date_of, last_true, marked
from senl_ae.study import DAY, HOUR, NO_TIME, Study


@dataclass(frozen=True)
class Early:
    """Records of oxygen from before the infusion: subject, moment, position among the rows or spans they are of.

    doubt: where a cell or a row in doubt leaves open what oxygen that was, or whether it was any. records: of vitals rows.
    """

    subject: Seconds
    when: Seconds
    position: Seconds
    doubt: Mask
    records: Records


def early_rows(study: Study, hours: float) -> Early:
    """The vitals rows just before the infusion: at most `hours` old there; date-only rows: the date before."""
    v, s = study.vitals, study.subjects
    zero = np.where(s.infusion_is_date, date_of(s.infusion) * DAY, s.infusion)[v.subject]
    timed = ~v.is_day & (v.time < zero) & (zero - v.time <= hours * HOUR)
    day = v.is_day & (date_of(zero) - date_of(v.time) == 1)
    take = np.flatnonzero((s.infusion[v.subject] != NO_TIME) & (timed | day))
    near = v.rows(take)
    doubt = np.zeros(len(near), dtype=bool)
    if study.reading != CHARTED:
        none = np.array([word in NO_SUPPORT for word in near.oxygen_device.tolist()], dtype=bool)
        doubt = cells_in_doubt(study, "vitals", "oxygen_device", "oxygen_flow")[take] & ~none
    when = np.where(near.is_day, (date_of(near.time) + 1) * DAY, near.time)
    records = near.oxygen_device, near.oxygen_flow, near.oxygen_flow_upper
    return Early(near.subject, when, take, doubt, records)


def near_infusion(study: Study, spans: Spans, hours: float) -> Early:
    """The intervals begun before the infusion that reach to at most `hours` before it; as charted, none that is in doubt."""
    s, who, end = study.subjects, spans.subject, spans.end_hi
    at = np.where(s.infusion_is_date, date_of(s.infusion) * DAY, s.infusion)[who]
    begun = (spans.start_lo < at) & (spans.start_hi <= at)
    recent = np.where(spans.dated, date_of(at) - date_of(end - 1) <= 1, at - end <= hours * HOUR)
    doubt, charted = spans.doubtful, study.reading == CHARTED
    near = np.flatnonzero((s.infusion[who] != NO_TIME) & begun & recent & ~(doubt & charted))
    doubt = doubt | cells_in_doubt(study, "interventions", "flow")[spans.position]
    nothing: Records = (np.zeros(0, dtype=object), np.zeros(0), np.zeros(0))
    return Early(who[near], np.minimum(end, at)[near], near, doubt[near] & (not charted), nothing)


@dataclass(frozen=True)
class Before:
    """Per subject the kind of oxygen from before the infusion (-1: none), and where it could have been any (at the least)."""

    kinds: Kinds
    kind: Seconds
    anything: Mask

    def at(self, a: Assessments) -> Allowed:
        return Allowed(self.kinds, self.kind[a.subject], self.anything[a.subject])


def latest_before(study: Study, kinds: Kinds, sources: Sequence[tuple[Early, Seconds]]) -> Before:
    """The last record of oxygen before the infusion, out of rows and intervals with their cells.

    One in doubt could have been any oxygen (at the least, when it excuses) or none (at the most).
    """
    n = len(study.subjects)
    who, when, doubt = (
        np.concatenate([getattr(e, name) for e, _ in sources]) for name in ("subject", "when", "doubt")
    )
    cell = np.concatenate([c for _, c in sources])
    kind = _latest_kind(kinds, who[~doubt], when[~doubt], cell[~doubt], n)
    last = np.full((2, n), NO_TIME, dtype=np.int64)
    for row, which in enumerate(((cell >= 0) & ~doubt, doubt)):
        np.maximum.at(last[row], who[which], when[which])
    unsure = (last[1] != NO_TIME) & (last[1] >= last[0])
    return Before(kinds, np.where(unsure, -1, kind), unsure & (study.reading == LEAST))


def _latest_kind(kinds: Kinds, subject: Seconds, when: Seconds, cell: Seconds, n: int) -> Seconds:
    """Per subject the kind of its latest record (the most support of several), -1 where that is none or nothing the rules grade."""
    index, kind = kinds_in(kinds, cell)
    order = np.lexsort(
        (np.nan_to_num(kinds.flow[kind], nan=-np.inf), kinds.grade[kind], when[index], subject[index])
    )
    out = np.full(n, -1, dtype=np.int64)
    out[subject[index][order]] = kind[order]  # in order: the last of each subject stays
    return np.where((out >= 0) & (np.append(kinds.grade, 0.0)[out] > 0), out, -1)


@dataclass(frozen=True)
class Allowed:
    """The oxygen a subject had before the infusion, at each assessment at which it still excuses as much: its kind, -1 where none does.

    anything: where it could have been any oxygen, and so excuses any.
    """

    kinds: Kinds
    kind: Seconds
    anything: Mask

    def excuses(self, found: Candidates) -> Mask:
        """Which candidates are no more than it: of a lower grade, or of the same with no higher flow (one missing: the same device)."""
        k, now, base, index = self._compared(found)
        both = ~np.isnan(k.flow[now]) & ~np.isnan(k.flow[base])
        with np.errstate(invalid="ignore"):
            no_higher = np.where(
                both, k.flow[now] <= k.flow[base], np.equal(k.device[now], k.device[base]).astype(bool)
            )
        no_more = marked(
            index[(k.grade[now] < k.grade[base]) | ((k.grade[now] == k.grade[base]) & no_higher)], len(found)
        )
        return no_more | self.anything[found.at]

    def less(self, found: Candidates) -> Mask:
        """Which candidates are less than it: of a lower grade, or of the same with a lower flow."""
        k, now, base, index = self._compared(found)
        with np.errstate(invalid="ignore"):
            lower_flow = k.flow[now] < k.flow[base]
        lower = marked(
            index[(k.grade[now] < k.grade[base]) | ((k.grade[now] == k.grade[base]) & lower_flow)], len(found)
        )
        return np.where(self.anything[found.at], self.kinds.grade[found.kind] == 0, lower)

    @property
    def any(self) -> Mask:
        return (self.kind >= 0) | self.anything

    def _compared(self, found: Candidates) -> tuple[Kinds, Seconds, Seconds, Seconds]:
        """The kinds of the candidates that have something to be compared with, that something, and where they are."""
        index = np.flatnonzero((self.kind[found.at] >= 0) & ~self.anything[found.at])
        return self.kinds, found.kind[index], self.kind[found.at[index]], index


def allowed_from_before(
    a: Assessments, whole: Allowed, found: Candidates, unread: Mask, reading: str
) -> Allowed:
    """What oxygen from before the infusion excuses at each assessment: until the first one with less, room air included.

    whole: what it excuses as long as that lasts. found: every candidate of every assessment; "less" is asked of the most support there, so
    all of its candidates must be less. unread: assessments whose oxygen is in doubt: at the least they are not less, at the most they are.
    """
    if not whole.any.any():
        return whole
    more, seen = np.zeros(len(a), dtype=bool), np.zeros(len(a), dtype=bool)
    more[found.at[~whole.less(found)]] = True
    seen[found.at] = True
    less = seen & ~more
    less = less & ~unread if reading == LEAST else less | (unread & (reading == MOST))
    last_less = last_true(less & whole.any, a.first)
    ended = (np.concatenate(([-1], last_less[:-1])) >= 0) & ~a.first if len(a) else a.first
    return Allowed(whole.kinds, np.where(ended, -1, whole.kind), whole.anything & ~ended)
