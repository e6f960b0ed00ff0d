"""Hypotension of one assessment: blood pressure, fluid boluses, vasopressors."""

from __future__ import annotations

from datetime import datetime, timedelta

from oracle_time import DAY, Record, active, age_at, may_run_on, midnight

COUNTED = {
    "norepinephrine",
    "epinephrine",
    "phenylephrine",
    "dopamine",
    "angiotensin_ii",
    "metaraminol",
    "ephedrine",
}
REQUIRED_NOT_COUNTED = {"vasopressin", "terlipressin"}
HOUR_TOGETHER = timedelta(minutes=60)


def is_vasopressor(agent: str | None) -> bool:
    """A vasopressor interval that counts for anything: a counted agent, vasopressin or terlipressin, or no name at all."""
    return agent is None or agent in COUNTED or agent in REQUIRED_NOT_COUNTED


def systolic_limit(subject: Record, when: datetime) -> float:
    """The limit below which a systolic pressure is hypotension."""
    if subject.get("hypotension_sbp") is not None:
        return float(subject["hypotension_sbp"])
    age = age_at(subject, when)
    if age is None or age > 10:
        return 90
    return 70 if age < 1 else 70 + 2 * age


def carried(assessment: Record, earlier: list[Record], item: str, hours: float) -> float | None:
    """The item of the row, else (timed only) of the latest earlier timed row since the infusion, if it is recent enough."""
    own = assessment["row"].get(item)
    if own is not None or assessment["is_day"]:
        return own
    for row in reversed(earlier):
        if row[item] is not None and row["time"] < assessment["time"]:
            return row[item] if assessment["time"] - row["time"] <= timedelta(hours=hours) else None
    return None


def _overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    return max(a[0], b[0]), min(a[1], b[1])


def _proven_together(a: Record, b: Record, assessment: Record) -> bool:
    """Two agents certainly ran together for at least 60 minutes, here."""
    start, stop = _overlap((a["sure_from"], a["sure_to"]), (b["sure_from"], b["sure_to"]))
    if stop - start < HOUR_TOGETHER:
        return False
    if assessment["is_day"]:
        day = midnight(assessment["time"].date())
        return start < day + DAY and stop > day
    both_closed = (
        a["closed"] and b["closed"]
    )  # both ongoing to the last record: it still stands at that record
    return start <= assessment["time"] < stop or (
        assessment["time"] == stop and (both_closed or a["closed"] or b["closed"])
    )


def _maybe_together(a: Record, b: Record, assessment: Record) -> bool:
    """Two agents that may have run together here, however shortly."""
    if not assessment["is_day"]:
        return True  # both are active at this instant
    day = midnight(assessment["time"].date())
    start, stop = _overlap((a["from"], a["to"]), (b["from"], b["to"]))
    start, stop = _overlap((start, stop), (day, day + DAY))
    for one, other in ((a, b), (b, a)):
        if one["from"] == one["to"]:
            return other["from"] <= one["from"] < other["to"] or one["from"] == other["from"]
    return start < stop


def _listed(row: Record, excuses: list[Record]) -> tuple[set[str], bool, bool]:
    """What the row's vasopressor cell says: counted agents, vasopressin, unnamed; without what an excused interval explains."""
    cell = row.get("vasopressors")
    counted: set[str] = set()
    required = unnamed = False
    for name in cell.split(";") if cell else []:
        if any(e["agent"] in (name, None) or name == "yes" for e in excuses) and name != "2":
            continue
        if name in COUNTED:
            counted.add(name)
        required = required or name in REQUIRED_NOT_COUNTED
        unnamed = unnamed or name in ("yes", "2", "3")
    return counted, required, unnamed


def vasopressor_grade(assessment: Record, subject: Record, pressors: list[Record]) -> tuple[int, int, int]:
    """Grade, ceiling, and the ceiling if an interval without an end ran on."""
    here = [p for p in pressors if active(p, assessment, subject)]
    counted, required, unnamed = _listed(assessment["row"], [p for p in here if p["excused"]])
    running = [p for p in here if not p["excused"]]
    ran_on = [p for p in pressors if not p["excused"] and may_run_on(p, assessment)]
    if not assessment["is_day"] and assessment["row"].get("vasopressors") is not None:
        running, ran_on = [], []
    grade = ceiling = 0
    if counted or required or unnamed or running:
        grade = ceiling = 3
    if unnamed or len(counted) >= 2 or any(p["agent"] is None for p in running):
        ceiling = 4
    named = [p for p in running if p["agent"] in COUNTED]
    if counted and any(p["agent"] not in counted for p in named):
        ceiling = 4
    for i, a in enumerate(named):
        for b in named[i + 1 :]:
            if a["agent"] != b["agent"] and _maybe_together(a, b, assessment):
                ceiling = 4
                if _proven_together(a, b, assessment):
                    grade = 4
    phantom = 0
    if ran_on:
        agents = counted | {p["agent"] for p in running + ran_on if p["agent"] in COUNTED}
        phantom = 4 if len(agents) >= 2 or unnamed or any(p["agent"] is None for p in running + ran_on) else 3
    return grade, ceiling, phantom


def bolus_for_pressure(assessment: Record, subject: Record, fluids: list[Record]) -> bool:
    """A fluid bolus given for blood pressure: the row's cell, or an intervention with that indication."""
    own = assessment["row"].get("fluid_bolus")
    if own is not None and not assessment["is_day"]:
        return own > 0
    given = any(f["indication"] == "hypotension" and active(f, assessment, subject) for f in fluids)
    return given or (own is not None and own > 0)


def hypotension(
    assessment: Record, subject: Record, pressors: list[Record], fluids: list[Record], earlier: list[Record]
) -> Record:
    """Grade and ceiling of the hypotension axis, before attribution and gate."""
    sbp = carried(assessment, earlier, "sbp", 4)
    mean = carried(assessment, earlier, "map", 4)
    low = sbp is not None and sbp < systolic_limit(subject, assessment["time"])
    said = assessment["row"].get("hypotension") == 1
    grade, ceiling, phantom = vasopressor_grade(assessment, subject, pressors)
    if grade == 0 and (low or said or bolus_for_pressure(assessment, subject, fluids)):
        grade = 2
    ceiling = max(grade, ceiling)
    if sbp is None and mean is not None and mean < 65:
        ceiling = max(ceiling, 2)
    return {
        "grade": grade,
        "ceiling": ceiling,
        "phantom": phantom,
        "unmeasured": sbp is None and mean is None,
    }
