"""CRS of one subject: which assessments there are, the signs of each, the runs they form and the fever gate."""

from __future__ import annotations

from datetime import timedelta

from oracle_oxygen import hypoxia, oxygen_before
from oracle_pressure import carried, hypotension, is_vasopressor
from oracle_time import (
    DAY,
    Record,
    after_infusion,
    apart,
    excluded,
    intervals,
    order,
    ruled_grade,
    without_date_of_death,
)

WEEK = timedelta(days=7)


def crs_assessments(subject: Record, pressors: list[Record], oxygen: list[Record]) -> list[Record]:
    """Vitals rows, starts of timed vasopressor and oxygen intervals, and dates of date-only ones without a vitals row."""
    made: dict[tuple[object, bool], Record] = {}
    for row in subject["vitals"]:
        if after_infusion(subject, row):
            made[(row["time"], row["is_day"])] = {
                "syndrome": "CRS",
                "time": row["time"],
                "is_day": row["is_day"],
                "row": row,
            }
    with_row = {when.date() for when, _ in made}  # type: ignore[attr-defined]
    for one in pressors + oxygen:
        if not one["dated"]:
            found = {"syndrome": "CRS", "time": one["from"], "is_day": False, "row": {}}
            if after_infusion(subject, found):
                made.setdefault((one["from"], False), found)
            continue
        day = one["from"]
        while day < one["to"]:
            if day.date() >= subject["infusion"].date() and day.date() not in with_row:
                made.setdefault((day, True), {"syndrome": "CRS", "time": day, "is_day": True, "row": {}})
            day += DAY
    return sorted(made.values(), key=order)


def drugs_given(subject: Record) -> list[Record]:
    """Every recorded anticytokine drug and antipyretic: from its start to its end (a course), by time or by date."""
    given = []
    for row in subject["interventions"]:
        days = {"tocilizumab": 14, "anticytokine": 14, "corticosteroid": 14, "antipyretic": 3}.get(
            row["category"]
        )
        if days is None:
            continue
        end, end_is_date = (
            (row["start"], row["start_is_date"]) if row["end"] is None else (row["end"], row["end_is_date"])
        )
        if row["end"] is None and row["ongoing"] == 1:
            end, end_is_date = row["start"] + timedelta(days=400), row["start_is_date"]
        given.append(
            {
                "days": days,
                "start": row["start"],
                "start_is_date": row["start_is_date"],
                "end": end,
                "end_is_date": end_is_date,
            }
        )
    for row in subject["vitals"]:
        for item, days in (
            ("tocilizumab", 14),
            ("anticytokine", 14),
            ("corticosteroid", 14),
            ("antipyretic", 3),
        ):
            if row[item] is not None and row[item] > 0:
                given.append(
                    {
                        "days": days,
                        "start": row["time"],
                        "start_is_date": row["is_day"],
                        "end": row["time"],
                        "end_is_date": row["is_day"],
                    }
                )
    return given


def begun_by(drug: Record, assessment: Record) -> bool:
    """Given before the assessment: by the clock when both have times, else by date, the same date included."""
    if drug["start_is_date"] or assessment["is_day"]:
        return bool(drug["start"].date() <= assessment["time"].date())
    return bool(drug["start"] <= assessment["time"])


def drug_lookback(assessment: Record, drugs: list[Record]) -> bool:
    """An anticytokine drug in the 14 days before, or an antipyretic in the 3 days before: it may have hidden a fever."""
    for drug in drugs:
        if not begun_by(drug, assessment):
            continue
        if drug["end_is_date"] or assessment["is_day"]:
            near = (assessment["time"].date() - drug["end"].date()).days <= drug["days"]
        else:
            near = assessment["time"] - drug["end"] <= timedelta(days=drug["days"])
        if near:
            return True
    return False


def drug_since(fever: Record, assessment: Record, drugs: list[Record]) -> bool:
    """A drug recorded since the first fever of the run and by this assessment."""
    for drug in drugs:
        by_date = drug["end_is_date"] or fever["is_day"]
        since = drug["end"].date() >= fever["time"].date() if by_date else drug["end"] >= fever["time"]
        if since and begun_by(drug, assessment):
            return True
    return False


def fever_explains(fevers: list[Record], assessment: Record) -> bool:
    """A measured fever on the same date, within 24 hours before, or (day rows) on the date before."""
    for fever in fevers:
        days = (assessment["time"].date() - fever["time"].date()).days
        if days == 0:
            return True
        if fever["is_day"] or assessment["is_day"]:
            if days == 1:
                return True
        elif timedelta(0) <= assessment["time"] - fever["time"] <= timedelta(hours=24):
            return True
    return False


def find_signs(
    subject: Record, assessments: list[Record], pressors: list[Record], oxygen: list[Record]
) -> None:
    """Write into each assessment what it shows on each axis, and after attribution what of it counts."""
    fluids = intervals(subject, "fluid")
    rows = sorted((r for r in subject["vitals"] if not r["is_day"] and after_infusion(subject, r)), key=order)
    protected = oxygen_before(subject, intervals(subject, "oxygen"))
    for a in assessments:
        gone = excluded(subject, "CRS", a)
        ruled = ruled_grade(subject, "CRS", a)
        a["ruled"] = ruled
        a["own_temperature"] = a["row"].get("temperature")
        a["temperature"] = carried(a, rows, "temperature", 8)
        a["x"] = hypoxia(a, subject, oxygen, rows, protected)
        if a["x"]["less"]:
            protected = None
        a["h"] = hypotension(a, subject, pressors, fluids, rows)
        a["gone"] = {"fever", "hypotension", "hypoxia"} if "all" in gone else gone
        for axis, name in (("h", "hypotension"), ("x", "hypoxia")):
            if name in a["gone"]:
                a[axis].update(grade=0, ceiling=0, phantom=0, unmeasured=False)
        a["febrile"] = a["temperature"] is not None and a["temperature"] >= 38.0 and "fever" not in a["gone"]
        a["fever"] = a["febrile"] and a["own_temperature"] is not None
        a["sign"] = a["fever"] or a["h"]["grade"] >= 2 or a["x"]["grade"] >= 2 or (ruled or 0) >= 1


def open_gate_grade(a: Record, study: Record) -> tuple[int | None, int | None]:
    """The worse axis if >= 2, else 1 with fever, else 0 with a temperature, else not evaluable."""
    worse = max(a["h"]["grade"], a["x"]["grade"])
    grade = worse if worse >= 2 else 1 if a["febrile"] else 0 if a["temperature"] is not None else None
    ceiling = max(grade or 0, a["h"]["ceiling"], a["x"]["ceiling"], a["h"]["phantom"], a["x"]["phantom"])
    if a["febrile"] and a["h"]["unmeasured"]:
        ceiling = max(ceiling, 2)
    spo2 = a["row"].get("spo2")
    if spo2 is not None and spo2 < 90 and not a["x"]["on_oxygen"] and "hypoxia" not in a["gone"]:
        ceiling = max(ceiling, 2)
    if (not study["oxygen_source"] and "hypoxia" not in a["gone"]) or (
        not study["vasopressor_source"] and "hypotension" not in a["gone"]
    ):
        ceiling = 4
    return grade, ceiling if grade is not None else ceiling or None


def closed_gate_grade(a: Record, drugs: list[Record]) -> tuple[int | None, int | None]:
    """Signs without fever are not CRS: 0, unless a drug may have hidden the fever (ceiling). No temperature: not evaluable."""
    own = max(a["h"]["ceiling"], a["x"]["ceiling"], a["h"]["phantom"], a["x"]["phantom"])
    if a["temperature"] is None:
        return None, own or None
    ceiling = own if drug_lookback(a, drugs) else 0
    return 0, ceiling


def strict_gate_grade(a: Record, study: Record) -> tuple[int | None, int | None]:
    """Strict: an unexplained sign adds nothing to the grade, only to the ceiling."""
    grade = 1 if a["febrile"] else 0 if a["temperature"] is not None else None
    return grade, open_gate_grade(a, study)[1]


def grade_crs(subject: Record, study: Record) -> tuple[list[Record], list[Record]]:
    """Assessments with grade and ceiling, and the runs that their signs form."""
    pressors = [p for p in intervals(subject, "vasopressor") if is_vasopressor(p["agent"])]
    oxygen = intervals(subject, "oxygen")
    assessments = without_date_of_death(subject, "CRS", crs_assessments(subject, pressors, oxygen))
    find_signs(subject, assessments, pressors, oxygen)
    drugs = drugs_given(subject)
    fevers = [a for a in assessments if a["fever"]]
    runs: list[Record] = []
    run: Record | None = None
    last: Record | None = None
    for a in assessments:
        if run is not None and last is not None and apart(last, a) > WEEK:
            run["ended"], run = "gap", None
        if a["sign"] and run is None:
            run = {"number": len(runs), "ended": None, "first_fever": None, "clear": []}
            runs.append(run)
        if run is not None and a["fever"] and run["first_fever"] is None:
            run["first_fever"] = a
        later_fever = any(f["time"].date() == a["time"].date() and order(f) >= order(a) for f in fevers)
        gate = later_fever or (run is not None and run["first_fever"] is not None)
        if not gate:
            a["grade"], a["grade_ceiling"] = closed_gate_grade(a, drugs)
        else:
            a["grade"], a["grade_ceiling"] = open_gate_grade(a, study)
            sign = a["h"]["grade"] >= 2 or a["x"]["grade"] >= 2
            first = run["first_fever"] if run is not None else None
            explained = fever_explains(fevers, a) or (first is not None and drug_since(first, a, drugs))
            if study["fever_gate"] == "strict" and sign and not explained:
                a["grade"], a["grade_ceiling"] = strict_gate_grade(a, study)
        if a["ruled"] is not None:
            a["grade"] = a["grade_ceiling"] = a["ruled"]
        a["run"] = run
        cool = a["own_temperature"] is not None and (a["own_temperature"] < 38.0 or "fever" in a["gone"])
        a["clear"] = cool and not a["sign"] and a["grade_ceiling"] == 0
        run = end_by_clear(run, a)
        last = a
    return assessments, runs


def end_by_clear(run: Record | None, a: Record) -> Record | None:
    """Clear assessments that span 24 hours (neighbours at most 48 hours apart, no sign between) end a run; one clear day does."""
    if run is None:
        return None
    if a["sign"]:
        run["clear"] = []
        return run
    if not a["clear"]:
        return run
    if run["clear"] and apart(run["clear"][-1], a) > timedelta(hours=48):
        run["clear"] = []
    run["clear"].append(a)
    if a["is_day"] or apart(run["clear"][0], a) >= timedelta(hours=24):
        run["ended"] = "clear"
        return None
    return run
