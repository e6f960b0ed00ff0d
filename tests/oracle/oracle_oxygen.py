"""Hypoxia of one assessment: which oxygen support counts, and its grade and ceiling."""

from __future__ import annotations

from datetime import timedelta

from oracle_time import DAY, HOUR, Record, active, after_infusion, may_run_on, order, place

MASKS = {"simple_mask", "partial_rebreather", "nonrebreather", "venturi", "face_tent", "face_mask"}
POSITIVE_PRESSURE = {"cpap", "bipap", "niv", "ventilator", "ecmo", "bag_mask"}


def oxygen_grade(device: str | None, flow: float | None) -> tuple[int, int]:
    """Grade and ceiling that the table gives a device at a flow."""
    if (device in ("room_air", None) and flow is None) or device == "room_air":
        return 0, 0
    if device == "refused":
        return 0, 2
    if device == "nasal_cannula":
        return (2, 3) if flow is None else (2, 2) if flow <= 6 else (3, 3)
    if device == "blow_by":
        return 2, 2
    if device in MASKS:
        return 3, 3
    if device == "high_flow_nasal_cannula":
        return (2, 2) if flow is not None and flow <= 6 else (3, 3)
    if device in POSITIVE_PRESSURE:
        return 4, 4
    if device == "artificial_airway_oxygen":
        return 2, 4
    if flow is None:  # "oxygen" with neither device nor flow
        return 2, 4
    return (2, 3) if flow <= 6 else (3, 3)  # a flow without a device


def support_class(device: str | None, flow: float | None) -> str:
    if device in ("nasal_cannula", "blow_by"):
        return "low flow"
    if device in MASKS:
        return "mask"
    if device == "high_flow_nasal_cannula":
        return "high flow"
    if device in POSITIVE_PRESSURE:
        return "positive pressure"
    if device in (None, "oxygen"):
        return "low flow" if flow is not None and flow <= 6 else "device unknown"
    return str(device)


def covered_by_excused(device: str | None, flow: float | None, excuse: Record) -> bool:
    """Support in a row is excused by a running excused interval of the same class at no higher flow."""
    if support_class(device, flow) != support_class(excuse["agent"], excuse["flow"]):
        return False
    if flow is None or excuse["flow"] is None:
        return (device or "oxygen") == (excuse["agent"] or "oxygen")
    return bool(flow <= excuse["flow"])


def oxygen_before(subject: Record, oxygen: list[Record]) -> Record | None:
    """Oxygen before: the last device and flow recorded before the infusion, at most 12 h old there (date-only rows: the date before)."""
    infusion = subject["infusion"]
    candidates = []
    for row in subject["vitals"]:
        if after_infusion(subject, row) or (row["oxygen_device"] is None and row["oxygen_flow"] is None):
            continue
        recent = (
            row["time"].date() == infusion.date() - DAY
            if row["is_day"]
            else infusion - row["time"] <= 12 * HOUR
        )
        if recent:
            candidates.append(
                (order(row), row["oxygen_device"], row["oxygen_flow"], row["oxygen_flow_upper"])
            )
    for one in oxygen:
        known_before = one["from"].date() < infusion.date() if one["dated"] else one["from"] < infusion
        if known_before and infusion - min(one["to"], infusion) <= 12 * HOUR:
            candidates.append(((min(one["to"], infusion), 1), one["agent"], one["flow"], one["flow_upper"]))
    if not candidates:
        return None
    last = max(candidates, key=lambda c: (c[0], oxygen_grade(c[1], c[2])[0], c[2] or 0))
    before = {"device": last[1], "flow": last[2], "grade": oxygen_grade(last[1], last[2])[0]}
    upper = last[2] if last[3] is None else last[3]  # upper ends are compared with upper ends
    before["at_most"] = {"device": last[1], "flow": upper, "grade": oxygen_grade(last[1], upper)[0]}
    return before if before["grade"] > 0 else None


def no_more_than_before(device: str | None, flow: float | None, before: Record) -> bool:
    """Grade no higher and, at the same grade, flow no higher; a flow missing on either side: only the same device."""
    grade = oxygen_grade(device, flow)[0]
    if grade != before["grade"]:
        return bool(grade < before["grade"])
    if flow is None or before["flow"] is None:
        return (device or "oxygen") == (before["device"] or "oxygen")
    return bool(flow <= before["flow"])


def less_than_before(device: str | None, flow: float | None, before: Record) -> bool:
    grade = oxygen_grade(device, flow)[0]
    if grade != before["grade"]:
        return bool(grade < before["grade"])
    return flow is not None and before["flow"] is not None and flow < before["flow"]


def _given(row: Record) -> bool:
    return row.get("oxygen_device") is not None or row.get("oxygen_flow") is not None


def _support(device: str | None, flow: float | None, upper: float | None, excused: bool) -> Record:
    return {"device": device, "flow": flow, "upper": upper, "excused": excused}


def _row_support(row: Record, moments: list[Record], subject: Record, oxygen: list[Record]) -> Record:
    """Support written in a row, excused if an excused interval of its class runs (at the row, or now if it was carried)."""
    device, flow, upper = row["oxygen_device"], row["oxygen_flow"], row["oxygen_flow_upper"]
    excuses = [o for o in oxygen if o["excused"] and any(active(o, m, subject) for m in moments)]
    by = [o for o in excuses if covered_by_excused(device, flow, o)]
    too_high = bool(by) and upper is not None and not any(covered_by_excused(device, upper, o) for o in by)
    made = _support(device, flow, upper, bool(by))
    made["upper_counts"] = too_high
    return made


def supports(
    assessment: Record, subject: Record, oxygen: list[Record], earlier: list[Record]
) -> tuple[list[Record], list[Record]]:
    """The oxygen support of an assessment (row, else interval, else carried 12 h; a day: all together), and what may have run on."""
    row = assessment["row"]
    running = [o for o in oxygen if active(o, assessment, subject)]
    from_intervals = []
    for one in running:
        from_intervals.append(_support(one["agent"], one["flow"], one["flow_upper"], one["excused"]))
    ran_on = [
        _support(o["agent"], o["flow"], o["flow_upper"], False)
        for o in oxygen
        if not o["excused"] and may_run_on(o, assessment)
    ]
    own = [_row_support(row, [assessment], subject, oxygen)] if _given(row) else []
    if assessment["is_day"]:
        return own + from_intervals, ran_on
    if own:
        return own, []
    if from_intervals:
        return from_intervals, ran_on
    for before in reversed(earlier):  # timed rows since the infusion, in time order
        if _given(before) and before["time"] < assessment["time"]:
            if assessment["time"] - before["time"] <= timedelta(hours=12):
                return [_row_support(before, [before, assessment], subject, oxygen)], ran_on
            break
    return [], ran_on


def _one_grade(device: str | None, flow: float | None, protected: Record | None) -> tuple[int, int]:
    if protected is not None and device != "refused" and no_more_than_before(device, flow, protected):
        return 0, 0
    return oxygen_grade(device, flow)


def hypoxia(
    assessment: Record, subject: Record, oxygen: list[Record], earlier: list[Record], protected: Record | None
) -> Record:
    """Grade and ceiling of the hypoxia axis, before attribution and gate."""
    given, ran_on = supports(assessment, subject, oxygen, earlier)
    row = assessment["row"]
    grade = ceiling = phantom = 0
    for one in given:
        low = (0, 0) if one["excused"] else _one_grade(one["device"], one["flow"], protected)
        grade, ceiling = max(grade, low[0]), max(ceiling, *low)
        if one["upper"] is not None and (not one["excused"] or one.get("upper_counts")):
            ceiling = max(
                ceiling, *_one_grade(one["device"], one["upper"], protected and protected["at_most"])
            )
    for one in oxygen:
        if (
            one["agent"] == "ventilator"
            and one["indication"] in ("airway_protection", "seizure")
            and active(one, assessment, subject)
        ):
            fio2 = row.get("fio2") if row.get("fio2") is not None else one["fio2"]
            spo2 = row.get("spo2")
            if (fio2 is not None and fio2 > 40) or (spo2 is not None and spo2 < 90):
                ceiling = 4
    for one in ran_on:
        phantom = max(phantom, *_one_grade(one["device"], one["flow"], protected))
        if one["upper"] is not None:
            phantom = max(
                phantom, *_one_grade(one["device"], one["upper"], protected and protected["at_most"])
            )
    on_oxygen = any(oxygen_grade(o["device"], o["flow"])[0] > 0 for o in given)
    less = protected is not None and all(less_than_before(o["device"], o["flow"], protected) for o in given)
    return {
        "grade": grade,
        "ceiling": ceiling,
        "phantom": phantom,
        "on_oxygen": on_oxygen,
        "less": less,
        "stands": place(assessment),
    }
