"""Which oxygen support counts at each assessment: the row's own, an interval's, or one carried on; excused support set apart.

Every record of oxygen is a candidate with a device and a flow; candidates are ranked by the scale's own rules of the axis hypoxia, so that
no device and no flow limit is known here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.grade.engine import evaluate
from senl_ae.grade.interventions import after_open_end
from senl_ae.grade.scales import Rule
from senl_ae.grade.spans import DAY, HOUR, Assessments, Mask, Seconds, cover, date_of, last_true
from senl_ae.grade.timeline import Numbers, Objects, Rows, unreadable
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, Study

SUPPORT_CLASS = {
    "nasal_cannula": "low_flow", "blow_by": "low_flow", "oxygen": "low_flow", "artificial_airway_oxygen": "artificial_airway", "simple_mask": "mask",
    "partial_rebreather": "mask", "nonrebreather": "mask", "venturi": "mask", "face_tent": "mask", "face_mask": "mask",
    "high_flow_nasal_cannula": "high_flow", "cpap": "non_invasive", "bipap": "non_invasive", "niv": "non_invasive", "bag_mask": "invasive",
    "ventilator": "invasive", "ecmo": "ecmo",
}
"""Devices that stand for one another when support is excused. Home CPAP never excuses a ventilator."""

VENTILATION = ("ventilator",)
"""What airway protection needs: a tube and a ventilator."""


@dataclass(frozen=True)
class Oxygen:
    """Oxygen in force at each assessment, at the better and the worse end of the record.

    device: None where not known. `position` of interventions rows and `taken_from` of carried rows lead back to the sheet.
    """

    device: Objects
    flow: Numbers
    device_worst: Objects
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


def exploded(at: Seconds, device: Objects, flow: Numbers, upper: Numbers, origin: Seconds, when: Seconds | None = None) -> pd.DataFrame:
    """Candidates from records: several devices in one cell become several candidates; a flow alone is oxygen by an unnamed device."""
    unnamed = pd.isna(device)
    device = np.where(unnamed & ~np.isnan(flow), np.where(flow == 0, "room_air", "oxygen"), device)
    frame = pd.DataFrame(
        {
            "at": at, "device": pd.Series(device, dtype=object), "flow": flow, "upper": np.where(np.isnan(upper), flow, upper),
            "origin": origin, "when": np.zeros(len(at), dtype=np.int64) if when is None else when, "pardoned": False,
        }
    )
    frame = frame[~pd.isna(device)]
    several = np.char.find(frame["device"].to_numpy(dtype=str), ";") >= 0 if len(frame) else np.zeros(0, dtype=bool)
    if several.any():
        split = frame[several].assign(device=frame.loc[several, "device"].str.split(";")).explode("device")
        frame = pd.concat([frame[~several], split], ignore_index=True)
    return frame


def ranked(frame: pd.DataFrame, rules: list[Rule]) -> pd.DataFrame:
    """Candidates with the grade their device and flow have by the rules, and the highest the range of the flow leaves open."""
    n = len(frame)
    device = frame["device"].to_numpy(dtype=object)
    flow, upper = frame["flow"].to_numpy(dtype=float), frame["upper"].to_numpy(dtype=float)
    out = frame.copy()
    for name, value in (("grade", flow), ("worst", upper)):
        items = {"oxygen_device": device, "oxygen_flow": value, "oxygen_flow_recorded": (~np.isnan(value)).astype(float)}
        found = evaluate(rules, items, n)
        out[name] = np.nan_to_num(found.grade if name == "grade" else np.fmax(found.grade, found.ceiling), nan=0.0)
    return out


def _row_pairs(rows: Rows, study: Study) -> pd.DataFrame:
    """Own records of the vitals rows. Rows of one assessment that hold device and flow apart make one pair."""
    v = study.vitals
    device = v["oxygen_device"].to_numpy(dtype=object)[rows.position]
    flow, upper = v["oxygen_flow"].to_numpy(dtype=float)[rows.position], v["oxygen_flow_upper"].to_numpy(dtype=float)[rows.position]
    some = ~pd.isna(device) | ~np.isnan(flow)
    at, device, flow, upper = rows.of[some], device[some], flow[some], upper[some]
    no_device, no_flow = pd.isna(device), np.isnan(flow)
    supported = ~np.isin(device.astype(str), ("room_air", "refused"))
    lone_device, lone_flow = ~no_device & no_flow & supported, no_device & ~no_flow
    if lone_device.any() and lone_flow.any():
        highest = pd.DataFrame({"at": at[lone_flow], "flow": flow[lone_flow], "upper": upper[lone_flow]}).sort_values("flow").groupby("at").last()
        joined = highest.reindex(at[lone_device])
        flow[lone_device], upper[lone_device] = joined["flow"].to_numpy(), joined["upper"].to_numpy()
        keep = ~(lone_flow & np.isin(at, at[lone_device]))
        at, device, flow, upper = at[keep], device[keep], flow[keep], upper[keep]
    return exploded(at, device, flow, upper, np.full(len(at), -1))


def _interval_candidates(a: Assessments, spans: pd.DataFrame) -> tuple[pd.DataFrame, Seconds]:
    """Records of active intervals; an interval without a device is oxygen by an unnamed one."""
    at, span = cover(a, *(spans[c].to_numpy(dtype=np.int64) for c in ("subject", "start_lo", "end_hi")))
    device = spans["agent"].to_numpy(dtype=object)[span]
    device = np.where(pd.isna(device), "oxygen", device)
    flow, upper = spans["flow"].to_numpy(dtype=float)[span], spans["flow_upper"].to_numpy(dtype=float)[span]
    frame = exploded(at, device, flow, upper, spans["position"].to_numpy(dtype=np.int64)[span])
    return frame, span


def _worst_of(candidates: pd.DataFrame, by: list[str], n: int) -> tuple[Objects, Numbers, Numbers]:
    """Per assessment the device and flow range of the candidate that ranks highest; None and nan where there is none."""
    device, flow, upper = np.full(n, None, dtype=object), np.full(n, np.nan), np.full(n, np.nan)
    at = candidates["at"].to_numpy(dtype=np.int64)
    alone = np.bincount(at, minlength=n)[at] == 1
    several = candidates[~alone]
    several = several.assign(support=~several["device"].isin(["room_air", "refused"]))
    ordered = several.sort_values(["at", *by, "support", "flow", "device"], kind="stable", na_position="first")
    for top in (candidates[alone], ordered.groupby("at", sort=False).tail(1)):
        place = top["at"].to_numpy(dtype=np.int64)
        device[place], flow[place], upper[place] = top["device"].to_numpy(dtype=object), top["flow"].to_numpy(), top["upper"].to_numpy()
    return device, flow, upper


def oxygen_before(study: Study, rules: list[Rule], spans: pd.DataFrame, hours: float) -> pd.DataFrame:
    """The last device and flow recorded before the infusion, at most `hours` old there (date-only rows: the date before).

    One row per subject that was on oxygen then: subject, device, flow, grade.
    """
    v, s = study.vitals, study.subjects
    infusion, by_date = s["infusion"].to_numpy(dtype=np.int64), s["infusion_is_date"].to_numpy(dtype=bool)
    subject, time, is_day = v["subject"].to_numpy(dtype=np.int64), v["time"].to_numpy(dtype=np.int64), v["is_day"].to_numpy(dtype=bool)
    device, flow = v["oxygen_device"].to_numpy(dtype=object), v["oxygen_flow"].to_numpy(dtype=float)
    zero = np.where(by_date, date_of(infusion) * DAY, infusion)[subject]
    recorded = (~pd.isna(device) | ~np.isnan(flow)) & (infusion[subject] != NO_TIME)
    timed = ~is_day & (time < zero) & (zero - time <= hours * HOUR)
    day = is_day & (date_of(zero) - date_of(time) == 1)
    take = np.flatnonzero(recorded & (timed | day))
    rows = exploded(
        subject[take], device[take], flow[take], v["oxygen_flow_upper"].to_numpy(dtype=float)[take], np.full(len(take), -1),
        np.where(is_day, (date_of(time) + 1) * DAY, time)[take],
    )
    who = spans["subject"].to_numpy(dtype=np.int64)
    start, end = spans["start_lo"].to_numpy(dtype=np.int64), spans["end_hi"].to_numpy(dtype=np.int64)
    at = np.where(by_date, date_of(infusion) * DAY, infusion)[who]
    begun = spans["start_hi"].to_numpy(dtype=np.int64) <= at
    recent = np.where(spans["dated"].to_numpy(dtype=bool), date_of(at) - date_of(end - 1) <= 1, at - end <= hours * HOUR)
    near = np.flatnonzero((infusion[who] != NO_TIME) & (start < at) & begun & recent)
    agent = spans["agent"].to_numpy(dtype=object)[near]
    held = exploded(
        who[near], np.where(pd.isna(agent), "oxygen", agent), spans["flow"].to_numpy(dtype=float)[near],
        spans["flow_upper"].to_numpy(dtype=float)[near], np.full(len(near), -1), np.minimum(end, at)[near],
    )
    both = pd.concat([rows, held], ignore_index=True)
    if both.empty:
        return pd.DataFrame({"subject": [], "device": [], "flow": [], "grade": []})
    both = ranked(both, rules)
    latest = both.sort_values(["at", "when", "grade", "flow"], kind="stable", na_position="first").groupby("at", sort=False).tail(1)
    latest = latest[latest["grade"] > 0]
    return latest.rename(columns={"at": "subject"})[["subject", "device", "flow", "grade"]].reset_index(drop=True)


@dataclass(frozen=True)
class Allowed:
    """The oxygen a subject had before the infusion, at each assessment at which it still excuses as much; nan grade where none does."""

    device: Objects
    flow: Numbers
    grade: Numbers

    def excuses(self, found: pd.DataFrame) -> Mask:
        """Which candidates are no more than it: of a lower grade, or of the same with no higher flow (one missing: the same device)."""
        same, lower, no_higher = self._compared(found)
        return lower | (same & no_higher)

    def less(self, found: pd.DataFrame) -> Mask:
        """Which candidates are less than it: of a lower grade, or of the same with a lower flow."""
        at = found["at"].to_numpy(dtype=np.int64)
        same, lower, _ = self._compared(found)
        with np.errstate(invalid="ignore"):
            return lower | (same & (found["flow"].to_numpy(dtype=float) < self.flow[at]))

    def _compared(self, found: pd.DataFrame) -> tuple[Mask, Mask, Mask]:
        at, grade, flow = found["at"].to_numpy(dtype=np.int64), found["grade"].to_numpy(), found["flow"].to_numpy(dtype=float)
        both = ~np.isnan(flow) & ~np.isnan(self.flow[at])
        with np.errstate(invalid="ignore"):
            same_device = found["device"].to_numpy(dtype=object) == self.device[at]
            return grade == self.grade[at], grade < self.grade[at], np.where(both, flow <= self.flow[at], same_device)


def allowed_from_before(a: Assessments, found: pd.DataFrame, before: pd.DataFrame) -> Allowed:
    """What oxygen from before the infusion excuses at each assessment: until the first one with less, room air included.

    found: every candidate of every assessment; "less" is asked of the most support there, so all of its candidates must be less.
    """
    n = len(a)
    base = before.set_index("subject").reindex(a.subject)
    whole = Allowed(base["device"].to_numpy(dtype=object), base["flow"].to_numpy(dtype=float), base["grade"].to_numpy(dtype=float))
    at = found["at"].to_numpy(dtype=np.int64)
    more, seen = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    more[at[~whole.less(found)]] = True
    seen[at] = True
    last_less = last_true(seen & ~more & ~np.isnan(whole.grade), a.first)
    ended = (np.concatenate(([-1], last_less[:-1])) >= 0) & ~a.first if n else a.first
    return Allowed(whole.device, whole.flow, np.where(ended, np.nan, whole.grade))


def oxygen_at(
    study: Study, a: Assessments, rows: Rows, spans: pd.DataFrame, all_spans: pd.DataFrame, rules: list[Rule], settings: Settings, has_source: bool,
) -> Oxygen:
    """What oxygen each assessment has, what of it is excused, and what cannot be ruled out.

    Own row first, then an active interval, then (timed assessments) the latest earlier row within the carrying hours, then what a blank
    means. A day assessment takes the most support of its rows and intervals. all_spans: those before the infusion too.
    """
    n = len(a)
    own = _row_pairs(rows, study)
    has_own = np.zeros(n, dtype=bool)
    has_own[own["at"].to_numpy(dtype=np.int64)] = True
    held, _ = _interval_candidates(a, spans)
    differs = _disagree(ranked(own, rules), ranked(held, rules), n) & ~a.is_day
    held_at = held["at"].to_numpy(dtype=np.int64)
    held = held[~has_own[held_at] | a.is_day[held_at]]
    has_held = np.zeros(n, dtype=bool)
    has_held[held["at"].to_numpy(dtype=np.int64)] = True
    latest = last_true(has_own & ~a.is_day, a.first)
    hours = settings.carry_forward_hours.oxygen
    carried = ~has_own & ~has_held & ~a.is_day & (latest >= 0) & (a.order - a.order[np.maximum(latest, 0)] <= hours * HOUR)
    own["pardoned"] = _excused_by_indication(a, own, spans)[0]  # what was excused when it was written stays so while it is carried
    source = pd.DataFrame({"at_source": latest[carried], "at_now": np.flatnonzero(carried)})
    brought = own.merge(source, left_on="at", right_on="at_source").assign(at=lambda f: f["at_now"])[list(own.columns)]
    unread = unreadable(study, ("oxygen_device", "oxygen_flow"), rows, n)
    blank = ~has_own & ~has_held & ~carried & ~unread if has_source and settings.blank_means.oxygen == "none" else np.zeros(n, dtype=bool)
    rest = np.flatnonzero(blank)
    room_air = pd.DataFrame({"at": rest, "device": np.full(len(rest), "room_air", dtype=object), "flow": np.nan, "upper": np.nan, "origin": -1, "when": 0, "pardoned": False})
    found = ranked(pd.concat([f for f in (own, held, brought, room_air) if len(f)] or [own], ignore_index=True), rules)

    indication_excused, ventilation = _excused_by_indication(a, found, spans)
    before = oxygen_before(study, rules, all_spans, hours)
    allowed = allowed_from_before(a, found, before)
    excused = (indication_excused | found["pardoned"].to_numpy(dtype=bool) | allowed.excuses(found)) & (found["worst"].to_numpy() > 0) & (found["device"] != "refused").to_numpy(dtype=bool)
    found.loc[excused, ["grade", "worst"]] = 0.0
    found.loc[excused, "device"] = "excused"
    device, flow, _ = _worst_of(found, ["grade", "worst"], n)

    beyond = after_open_end(spans)
    tail, _ = _interval_candidates(a, beyond)
    tail_at = tail["at"].to_numpy(dtype=np.int64)
    tail = tail[~has_own[tail_at] | a.is_day[tail_at]]
    tail = ranked(tail[~np.isin(tail["origin"], spans.loc[spans["excused"], "position"])], rules)
    tail = tail[~allowed.excuses(tail)]
    all_found = pd.concat([f for f in (found, tail) if len(f)] or [found], ignore_index=True)
    device_worst, _, flow_worst = _worst_of(all_found, ["worst", "grade"], n)
    used = found[(found["origin"] >= 0)]
    was_on = np.zeros(len(study.subjects), dtype=bool)
    was_on[before["subject"].to_numpy(dtype=np.int64)] = True
    return Oxygen(
        device, flow, device_worst, flow_worst, ~pd.isna(device) & ~unread, _fio2(study, a, rows, spans), ventilation, was_on,
        (used["at"].to_numpy(dtype=np.int64), used["origin"].to_numpy(dtype=np.int64)), np.where(carried, latest, -1),
        differs,
    )


def _disagree(own: pd.DataFrame, held: pd.DataFrame, n: int) -> Mask:
    """Assessments whose own rows and active intervals give different grades."""
    highest = []
    for candidates in (own, held):
        top = np.full(n, np.nan)
        np.fmax.at(top, candidates["at"].to_numpy(dtype=np.int64), candidates["grade"].to_numpy(dtype=float))
        highest.append(top)
    return ~np.isnan(highest[0]) & ~np.isnan(highest[1]) & (highest[0] != highest[1])


def _class_of(device: Objects) -> Objects:
    return pd.Series(device, dtype=object).map(SUPPORT_CLASS).fillna("none").to_numpy(dtype=object)


def _excused_by_indication(a: Assessments, found: pd.DataFrame, spans: pd.DataFrame) -> tuple[Mask, Mask]:
    """Candidates excused by the indication of their interval, or by an excused interval of their class at no lower a flow.

    Also the assessments where ventilation is excused as airway protection or seizure.
    """
    ventilation = np.zeros(len(a), dtype=bool)
    pardons = spans[spans["excused"].to_numpy(dtype=bool)]
    if pardons.empty:
        return np.zeros(len(found), dtype=bool), ventilation
    own_interval = np.isin(found["origin"].to_numpy(), pardons["position"].to_numpy())
    at, span = cover(a, *(pardons[c].to_numpy(dtype=np.int64) for c in ("subject", "start_lo", "end_hi")))
    device = pardons["agent"].to_numpy(dtype=object)[span]
    device = np.where(pd.isna(device), "oxygen", device)
    kind = _class_of(device)
    protective = np.isin(pardons["indication"].to_numpy(dtype=object)[span].astype(str), ("airway_protection", "seizure"))
    ventilation[at[protective & np.isin(device.astype(str), VENTILATION)]] = True
    active = pd.DataFrame({"at": at, "kind": kind, "device_0": device, "flow_0": pardons["flow"].to_numpy(dtype=float)[span]})
    rows = found.assign(kind=_class_of(found["device"].to_numpy(dtype=object)), index=np.arange(len(found)))
    rows = rows[(rows["origin"] < 0) & (rows["kind"] != "none")]
    pairs = rows.merge(active, on=["at", "kind"])
    both = pairs["flow"].notna() & pairs["flow_0"].notna()
    fits = np.where(both, pairs["flow"] <= pairs["flow_0"], pairs["device"] == pairs["device_0"])
    own_interval[pairs.loc[fits.astype(bool), "index"].to_numpy(dtype=np.int64)] = True
    return own_interval, ventilation


def _fio2(study: Study, a: Assessments, rows: Rows, spans: pd.DataFrame) -> Numbers:
    """The highest fraction of inspired oxygen of an assessment's rows, else of its active intervals."""
    out = np.full(len(a), np.nan)
    np.fmax.at(out, rows.of, study.vitals["fio2"].to_numpy(dtype=float)[rows.position])
    at, span = cover(a, *(spans[c].to_numpy(dtype=np.int64) for c in ("subject", "start_lo", "end_hi")))
    by_interval = np.full(len(a), np.nan)
    np.fmax.at(by_interval, at, spans["fio2"].to_numpy(dtype=float)[span])
    return np.where(np.isnan(out), by_interval, out)
