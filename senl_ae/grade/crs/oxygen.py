"""Which oxygen support counts at each assessment: the row's own, an interval's, or one carried on; excused support set apart.

Every record of oxygen is a candidate of one kind, a device with a flow; kinds are ranked by the scale's own rules of the axis hypoxia, so
that no device and no flow limit is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Words
from senl_ae.grade.crs.oxygen_before import (
    Early,
    allowed_from_before,
    early_rows,
    latest_before,
    near_infusion,
)
from senl_ae.grade.crs.oxygen_kinds import (
    NO_SUPPORT,
    Candidates,
    Kinds,
    Records,
    candidates,
    kinds_of,
    together,
)
from senl_ae.grade.rules.scales import Rule
from senl_ae.grade.time.doubt import LEAST, MOST, cells_in_doubt
from senl_ae.grade.time.spans import Assessments, Spans, among, cover, last_true, marked, steps
from senl_ae.grade.time.support import after_open_end
from senl_ae.grade.time.timeline import Rows, unreadable
from senl_ae.settings import Settings
from senl_ae.study import HOUR, Study

SUPPORT_CLASS = {
    "nasal_cannula": "low_flow",
    "blow_by": "low_flow",
    "oxygen": "low_flow",
    "artificial_airway_oxygen": "artificial_airway",
    "simple_mask": "mask",
    "partial_rebreather": "mask",
    "nonrebreather": "mask",
    "venturi": "mask",
    "face_tent": "mask",
    "face_mask": "mask",
    "high_flow_nasal_cannula": "high_flow",
    "cpap": "non_invasive",
    "bipap": "non_invasive",
    "niv": "non_invasive",
    "bag_mask": "invasive",
    "ventilator": "invasive",
    "ecmo": "ecmo",
}
"""Devices that stand for one another when support is excused. Home CPAP never excuses a ventilator."""

SOURCES = {"oxygen_device", "oxygen_flow", "interventions:oxygen"}
"""What of a study may say that there is no oxygen."""
VENTILATION = ("ventilator",)
"""What airway protection needs: a tube and a ventilator."""


@dataclass(frozen=True)
class Oxygen:
    """Oxygen in force at each assessment, at the better and the worse end of the record.

    device: None where not known. `position` of interventions rows and `taken_from` of carried rows lead back to the sheet;
    `given_by` and `fio2_by` are those that the device and the fraction come from, none where the assessment's own row says the same.
    """

    device: Words
    flow: Numbers
    device_worst: Words
    flow_worst: Numbers
    known: Mask
    fio2: Numbers
    ventilation_excused: Mask
    before: Mask
    """Subjects (by position) with oxygen recorded just before the infusion."""
    from_interval: tuple[Seconds, Seconds]
    taken_from: Seconds
    differs: Mask
    """Where a row's own oxygen and an interval's disagree."""
    given_by: tuple[Seconds, Seconds]
    fio2_by: tuple[Seconds, Seconds]


def _row_records(rows: Rows, study: Study) -> tuple[Seconds, Records]:
    """Own records of the vitals rows. Rows of one assessment that hold device and flow apart make one pair."""
    v = study.vitals
    device = v.oxygen_device[rows.position]
    flow, upper = v.oxygen_flow[rows.position], v.oxygen_flow_upper[rows.position]
    no_device, no_flow = pd.isna(device), np.isnan(flow)
    lone_flow = no_device & ~no_flow
    at = rows.of
    if lone_flow.any():
        lone_device = ~no_device & no_flow & ~np.isin(device.astype(str), NO_SUPPORT)
        flows = pd.DataFrame({"at": at[lone_flow], "flow": flow[lone_flow], "upper": upper[lone_flow]})
        highest = flows.sort_values("flow").groupby("at").last()
        joined = highest.reindex(at[lone_device])
        flow[lone_device], upper[lone_device] = joined["flow"].to_numpy(), joined["upper"].to_numpy()
        keep = ~(lone_flow & np.isin(at, at[lone_device]))
        at, device, flow, upper = at[keep], device[keep], flow[keep], upper[keep]
    return at, (device, flow, upper)


def _span_records(spans: Spans) -> Records:
    """Records of intervals; one without a device is oxygen by an unnamed one."""
    return np.where(pd.isna(spans.agent), "oxygen", spans.agent), spans.flow, spans.flow_upper


def _held(a: Assessments, spans: Spans, cell: Seconds, kinds: Kinds) -> Candidates:
    """Candidates of active intervals."""
    at, span = cover(a, *spans.bounds)
    return candidates(kinds, at, cell[span], spans.position[span])


def _worst_of(found: Candidates, order: Seconds, n: int) -> Seconds:
    """Per assessment the kind of its candidate that stands last in this order of kinds; -1 where there is none."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    top = np.full(n, -1, dtype=np.int64)
    np.maximum.at(top, found.at, rank[found.kind])
    return np.append(order, -1)[top]


@dataclass(frozen=True)
class _Known:
    """Every record of oxygen as the kinds it is of: those of the assessments' own rows, and by cell those of intervals and of before.

    of_span, of_every: the cells of the intervals of the course, and of all. before: records from just before the infusion with theirs.
    """

    kinds: Kinds
    own: Candidates
    of_span: Seconds
    of_every: Seconds
    before: list[tuple[Early, Seconds]]
    room_air: int


def _known(
    study: Study, rows: Rows, spans: Spans, all_spans: Spans, rules: list[Rule], hours: float
) -> _Known:
    own_at, own = _row_records(rows, study)
    early, early_spans = early_rows(study, hours), near_infusion(study, all_spans, hours)
    air: Records = (np.array(["room_air"], dtype=object), np.array([np.nan]), np.array([np.nan]))
    kinds, (of_own, of_early, of_span, of_every, of_air) = kinds_of(
        [own, early.records, _span_records(spans), _span_records(all_spans), air], rules
    )
    return _Known(
        kinds,
        candidates(kinds, own_at, of_own, np.full(len(own_at), -1)),
        of_span,
        of_every,
        [(early, of_early), (early_spans, of_every[early_spans.position])],
        of_air.item(),
    )


@dataclass(frozen=True)
class _InForce:
    """What may be in force at each assessment, before anything of it is excused; and where that came from."""

    found: Candidates
    has_own: Mask
    carried: Mask
    latest: Seconds
    """The latest timed assessment with a record of its own, from which it would be carried."""
    unread: Mask
    differs: Mask


def _in_force(
    study: Study, a: Assessments, rows: Rows, known: _Known, spans: Spans, settings: Settings
) -> _InForce:
    """Own row first, then an active interval, then (timed assessments) the latest earlier row within the carrying hours, then what a
    blank means. A day assessment takes the most support of its rows and intervals."""
    n, kinds, own = len(a), known.kinds, known.own
    held = _held(a, spans, known.of_span, kinds)
    has_own = marked(own.at, n)
    differs = _disagree(kinds, own, held, n) & ~a.is_day
    held = held.those(~has_own[held.at] | a.is_day[held.at])
    # an interval in doubt takes the place of what was carried only where that lowers a grade
    sure = ~np.isin(held.origin, spans.position[spans.doubtful]) | (study.reading != MOST)
    said = has_own | marked(held.at[sure], n)
    latest = last_true(has_own & ~a.is_day, a.first)
    recent = a.order - a.order[np.maximum(latest, 0)] <= settings.carry_forward_hours.oxygen * HOUR
    carried = ~said & ~a.is_day & (latest >= 0) & recent
    own = replace(own, pardoned=_excused_by_indication(a, kinds, own, spans)[0])
    unread = unreadable(study, ("oxygen_device",), rows, n) | (
        unreadable(study, ("oxygen_flow",), rows, n) & ~has_own
    )
    none_meant = bool(study.sources & SOURCES) and settings.blank_means.oxygen == "none"
    rest = np.flatnonzero(~said & ~carried & ~unread & none_meant)
    room_air = candidates(kinds, rest, np.full(len(rest), known.room_air), np.full(len(rest), -1))
    found = together([own, held, _brought(own, np.flatnonzero(carried), latest, n), room_air])
    return _InForce(found, has_own, carried, latest, unread, differs)


def oxygen_at(
    study: Study,
    a: Assessments,
    rows: Rows,
    spans: Spans,
    all_spans: Spans,
    rules: list[Rule],
    settings: Settings,
) -> Oxygen:
    """What oxygen each assessment has, what of it is excused, and what cannot be ruled out. all_spans: those before the infusion too."""
    n = len(a)
    known = _known(study, rows, spans, all_spans, rules, settings.carry_forward_hours.oxygen)
    kinds, now = known.kinds, _in_force(study, a, rows, known, spans, settings)
    by_indication, ventilation = _excused_by_indication(a, kinds, now.found, spans)
    before = latest_before(study, kinds, known.before)
    in_doubt = _any_in_doubt(study, rows, n)
    in_doubt |= now.carried & in_doubt[np.maximum(now.latest, 0)]
    allowed = allowed_from_before(a, before.at(a), now.found, in_doubt, study.reading)
    excused = by_indication | now.found.pardoned | allowed.excuses(now.found)
    found = _with_excused(kinds, now.found, excused)
    kind = _worst_of(found, kinds.ranked_by(kinds.grade, kinds.worst), n)
    if study.reading == LEAST:
        lesser = ~all_spans.counts
        kind = _or_less(
            kinds, kind, _held(a, all_spans.rows(lesser), known.of_every[lesser], kinds), now.carried
        )
    tail = _after_open_ends(a, known, now, spans)
    tail = tail.those(~allowed.excuses(tail))
    kind_worst = _worst_of(together([found, tail]), kinds.ranked_by(kinds.worst, kinds.grade), n)
    used, given = found.those(found.origin >= 0), _given_by(found, kind)
    fio2, fio2_by = _fio2(study, a, rows, spans)
    device = np.array([*kinds.device.tolist(), None], dtype=object)  # the last stands for none
    flow, upper = np.append(kinds.flow, np.nan), np.append(kinds.upper, np.nan)
    return Oxygen(
        device=device[kind],
        flow=flow[kind],
        device_worst=device[kind_worst],
        flow_worst=upper[kind_worst],
        known=(kind >= 0) & ~now.unread,
        fio2=fio2,
        ventilation_excused=ventilation,
        before=before.kind >= 0,
        from_interval=(used.at, used.origin),
        taken_from=np.where(now.carried, now.latest, -1),
        differs=now.differs,
        given_by=(given.at, given.origin),
        fio2_by=fio2_by,
    )


def _any_in_doubt(study: Study, rows: Rows, n: int) -> Mask:
    """Assessments with a row whose oxygen is in doubt."""
    cells = cells_in_doubt(study, "vitals", "oxygen_device", "oxygen_flow")
    return marked(rows.of[cells[rows.position]], n)


def _with_excused(kinds: Kinds, found: Candidates, excused: Mask) -> Candidates:
    """The candidates, those of them that are support and excused as support that is not due to the syndrome."""
    support = (kinds.worst > 0) & (kinds.device != "refused")
    return replace(found, kind=np.where(excused & support[found.kind], kinds.excused(found.kind), found.kind))


def _after_open_ends(a: Assessments, known: _Known, now: _InForce, spans: Spans) -> Candidates:
    """Support that may have run on after an interval without an end, where the assessment says nothing of its own."""
    tail = _held(a, after_open_end(spans), known.of_span[spans.open_end], known.kinds)
    tail = tail.those(~now.has_own[tail.at] | a.is_day[tail.at])
    return tail.those(~np.isin(tail.origin, spans.position[spans.excused]))


def _given_by(found: Candidates, kind: Seconds) -> Candidates:
    """The candidates of intervals that are what their assessment has, and no row of its own says so."""
    same = found.those(found.kind == kind[found.at])
    own = marked(same.at[same.origin < 0], len(kind))
    return same.those((same.origin >= 0) & ~own[same.at])


def _or_less(kinds: Kinds, kind: Seconds, other: Candidates, where: Mask) -> Seconds:
    """The kind of each assessment, or the least of these others that is less: where an interval in doubt ran, nothing was carried."""
    other = other.those(where[other.at])
    other = other.those(kinds.grade[other.kind] < kinds.grade[kind[other.at]])
    order = np.argsort(-kinds.grade[other.kind], kind="stable")
    out = kind.copy()
    out[other.at[order]] = other.kind[order]
    return out


def _brought(own: Candidates, now: Seconds, latest: Seconds, n: int) -> Candidates:
    """The own candidates of earlier assessments carried to these: each gets all candidates of the assessment it looks back to."""
    order = np.argsort(own.at, kind="stable")
    first = np.searchsorted(own.at[order], np.arange(n + 1))
    source = latest[now]
    count = first[source + 1] - first[source]
    return replace(own.those(order[np.repeat(first[source], count) + steps(count)]), at=np.repeat(now, count))


def _disagree(kinds: Kinds, own: Candidates, held: Candidates, n: int) -> Mask:
    """Assessments whose own rows and active intervals give different grades."""
    highest = []
    for found in (own, held):
        top = np.full(n, np.nan)
        if len(held):
            np.fmax.at(top, found.at, kinds.grade[found.kind])
        highest.append(top)
    return ~np.isnan(highest[0]) & ~np.isnan(highest[1]) & (highest[0] != highest[1])


def _class_of(device: Words) -> Words:
    return np.array([SUPPORT_CLASS.get(word, "none") for word in device.tolist()], dtype=object)


def _excused_by_indication(
    a: Assessments, kinds: Kinds, found: Candidates, spans: Spans
) -> tuple[Mask, Mask]:
    """Candidates excused by the indication of their interval, or by an excused interval of their class at no lower a flow.

    Also the assessments where ventilation is excused as airway protection or seizure.
    """
    pardons = spans.rows(spans.excused)
    excused = np.isin(found.origin, pardons.position)
    at, span = cover(a, *pardons.bounds)
    device = _span_records(pardons)[0][span]
    protective = among(pardons.indication[span], ("airway_protection", "seizure"))
    ventilation = marked(at[protective & among(device, VENTILATION)], len(a))
    active = pd.DataFrame(
        {"at": at, "kind": _class_of(device), "device_0": device, "flow_0": pardons.flow[span]}
    )
    index = np.flatnonzero((found.origin < 0) & marked(at, len(a))[found.at])
    kind = found.kind[index]
    rows = pd.DataFrame(
        {
            "at": found.at[index],
            "kind": _class_of(kinds.device)[kind],
            "device": kinds.device[kind],
            "flow": kinds.flow[kind],
            "index": index,
        }
    )
    pairs = rows[rows["kind"] != "none"].merge(active, on=["at", "kind"])
    both = pairs["flow"].notna() & pairs["flow_0"].notna()
    fits = np.where(both, pairs["flow"] <= pairs["flow_0"], pairs["device"] == pairs["device_0"])
    excused[pairs.loc[fits.astype(bool), "index"].to_numpy(dtype=np.int64)] = True
    return excused, ventilation


def _fio2(study: Study, a: Assessments, rows: Rows, spans: Spans) -> tuple[Numbers, tuple[Seconds, Seconds]]:
    """The highest fraction of inspired oxygen of an assessment's rows, else of its active intervals, and which intervals those are."""
    out = np.full(len(a), np.nan)
    np.fmax.at(out, rows.of, study.vitals.fio2[rows.position])
    at, span = cover(a, *spans.bounds)
    by_interval = np.full(len(a), np.nan)
    held = spans.fio2[span]
    np.fmax.at(by_interval, at, held)
    giving = np.isnan(out[at]) & (held == by_interval[at])
    return np.where(np.isnan(out), by_interval, out), (at[giving], spans.position[span[giving]])
