"""Deaths, ends of observation and rulings of fictional subjects, and what a consistent record must then not hold."""

from __future__ import annotations

from random import Random
from typing import Any

from oracle_time import DAY, midnight
from random_study import HALF, ruling

Record = dict[str, Any]


def add_rulings(r: Random, subject: Record) -> None:
    """Signs attributed elsewhere, and grades set by an adjudicator (never two grades at one time)."""
    for _ in range(r.choice([1, 1, 2])):
        syndrome = r.choice(["CRS", "CRS", "ICANS"])
        rows = subject["vitals"] if syndrome == "CRS" else subject["neuro"]
        if not rows:
            continue
        row = r.choice(rows)
        signs = (
            ["fever", "hypotension", "hypoxia", "all"]
            if syndrome == "CRS"
            else ["ice", "capd", "consciousness", "seizure", "motor", "oedema", "all"]
        )
        timed = not row["is_day"] and r.random() < 0.5
        start = row["time"] + r.choice([-2, 0, 0, 1]) * HALF if timed else midnight(row["time"].date())
        end = None
        if r.random() < 0.7:
            end = start + (r.choice([0, 1, 4, 24, 96]) * HALF if timed else r.choice([0, 1, 3]) * DAY)
        if timed and (start == midnight(start.date()) or (end is not None and end == midnight(end.date()))):
            continue
        action = r.choice(["exclude", "exclude", "grade"])
        if action == "grade":
            if any(a["action"] == "grade" and a["syndrome"] == syndrome for a in subject["adjudications"]):
                continue
            subject["adjudications"].append(
                ruling(syndrome, "grade", start, not timed, end=end, grade=r.choice([0, 1, 2, 3]))
            )
        else:
            subject["adjudications"].append(
                ruling(syndrome, "exclude", start, not timed, end=end, sign=r.choice(signs))
            )


def add_outcome(r: Random, subject: Record) -> None:
    first = midnight(subject["infusion"].date())
    if r.random() < 0.22:
        moments = [v["time"] for v in subject["vitals"] + subject["neuro"]]
        near = max(moments) if moments and r.random() < 0.7 else first + r.randrange(1, 40) * DAY
        near = max(near, first + DAY)
        subject["death_is_date"] = r.random() < 0.5
        late = r.choice([0, 1, 3, 6, 7, 8])
        subject["death"] = (
            midnight(near.date()) + late * DAY
            if subject["death_is_date"]
            else near + late * DAY + r.choice([1, 5, 21]) * HALF
        )
        if not subject["death_is_date"] and subject["death"] == midnight(subject["death"].date()):
            subject["death"] += HALF
        subject["death_cause"] = r.choice(["CRS", "ICANS", "CRS;ICANS", "progressive disease", None, None])
    if r.random() < 0.15:
        item = r.choice(["last_contact", "cutoff", "retreatment", "conditioning", "new_therapy"])
        subject[item] = first + r.choice([1, 2, 5, 9, 14, 20, 29, 31, 40]) * DAY


def tidy(subject: Record, profile: Record) -> None:
    """Take out what the study does not record, and what would lie after the death."""
    if not profile["oxygen"]:
        subject["interventions"] = [i for i in subject["interventions"] if i["category"] != "oxygen"]
        for row in subject["vitals"]:
            row.update(oxygen_device=None, oxygen_flow=None, oxygen_flow_upper=None, fio2=None)
    if not profile["vasopressors"]:
        subject["interventions"] = [i for i in subject["interventions"] if i["category"] != "vasopressor"]
        for row in subject["vitals"]:
            row["vasopressors"] = None
    if subject["death"] is not None:
        _end_at_death(subject)
    subject["vitals"].sort(key=lambda v: (v["time"], v["is_day"]))
    unique: Record = {}
    for row in subject["interventions"]:
        unique[repr(sorted(row.items(), key=str))] = row
    subject["interventions"] = list(unique.values())


def _end_at_death(subject: Record) -> None:
    death, is_date = subject["death"], subject["death_is_date"]

    def before(time: Any, dated: bool) -> bool:
        return bool(time.date() <= death.date() if dated or is_date else time < death)

    subject["vitals"] = [v for v in subject["vitals"] if before(v["time"], v["is_day"])]
    subject["neuro"] = [v for v in subject["neuro"] if before(v["time"], v["is_day"])]
    subject["interventions"] = [i for i in subject["interventions"] if before(i["start"], i["start_is_date"])]
    for row in subject["interventions"]:
        if row["end"] is not None and not before(row["end"], row["end_is_date"]):
            row["end"] = midnight(death.date()) if row["end_is_date"] else max(row["start"], death - HALF)
            if not row["end_is_date"] and row["end"] == midnight(row["end"].date()):
                row["end"] = max(row["start"], row["end"] - HALF)
    if subject["last_contact"] is not None:
        subject["last_contact"] = min(subject["last_contact"], midnight(death.date()))
