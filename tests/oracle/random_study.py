"""Fictional subjects made from a seed, dense in the places where the rules are hard."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from oracle_time import midnight
from study_files import write_study

__all__ = ["PROFILES", "random_study", "write_study"]

Record = dict[str, Any]
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

VITALS = (
    "temperature", "sbp", "map", "spo2", "fio2", "oxygen_device", "oxygen_flow", "oxygen_flow_upper", "hypotension", "fluid_bolus",
    "vasopressors", "tocilizumab", "corticosteroid", "antipyretic", "anticytokine",
)  # fmt: skip
NEURO = (
    "ice_total", "ice_unable", "ice_orientation", "ice_naming", "ice_command", "ice_writing", "ice_attention", "capd_total", "capd_unable",
    *(f"capd_{i}" for i in range(1, 9)), "consciousness", "avpu", "rass", "seizure", "seizure_minutes", "motor", "cerebral_oedema",
    "icp_sign", "sedated", "unable_reason",
)  # fmt: skip
INTERVENTION = ("agent", "end", "end_is_date", "flow", "flow_upper", "fio2", "indication", "ongoing")
DEVICES = [
    "nasal_cannula", "nasal_cannula", "nasal_cannula", "nasal_cannula", "blow_by", "simple_mask", "partial_rebreather", "nonrebreather",
    "venturi", "face_tent", "face_mask", "high_flow_nasal_cannula", "high_flow_nasal_cannula", "cpap", "bipap", "niv", "ventilator", "ecmo",
    "artificial_airway_oxygen", "oxygen", "refused", "room_air",
]  # fmt: skip
AGENTS = [
    "norepinephrine",
    "epinephrine",
    "phenylephrine",
    "dopamine",
    "angiotensin_ii",
    "metaraminol",
    "ephedrine",
]
OTHER_AGENTS = ["vasopressin", "terlipressin", "dobutamine", "milrinone", "levosimendan", "desmopressin"]


def vitals_row(time: datetime, is_day: bool = False, **items: Any) -> Record:
    return {"time": time, "is_day": is_day, **dict.fromkeys(VITALS), **items}


def neuro_row(time: datetime, is_day: bool = False, **items: Any) -> Record:
    return {"time": time, "is_day": is_day, **dict.fromkeys(NEURO), **items}


def intervention(category: str, start: datetime, start_is_date: bool = False, **items: Any) -> Record:
    return {
        "category": category,
        "start": start,
        "start_is_date": start_is_date,
        **dict.fromkeys(INTERVENTION),
        "end_is_date": start_is_date,
        **items,
    }


def ruling(syndrome: str, action: str, start: datetime, start_is_date: bool = True, **items: Any) -> Record:
    base = {"sign": "all", "end": None, "end_is_date": start_is_date, "grade": None}
    return {
        "syndrome": syndrome,
        "action": action,
        "start": start,
        "start_is_date": start_is_date,
        **base,
        **items,
    }


def blank_subject(name: str, infusion: datetime, infusion_is_date: bool = False, **facts: Any) -> Record:
    dates = dict.fromkeys(
        (
            "age",
            "birth_date",
            "hypotension_sbp",
            "developmental_delay",
            "death",
            "death_cause",
            "last_contact",
            "cutoff",
            "retreatment",
            "conditioning",
            "new_therapy",
        )
    )
    lists: Record = {"vitals": [], "interventions": [], "neuro": [], "adjudications": []}
    return {
        "subject_id": name,
        "infusion": infusion,
        "infusion_is_date": infusion_is_date,
        "death_is_date": True,
        **dates,
        **lists,
        **facts,
    }


def _temperature(r: Random, phase: str) -> float | None:
    if r.random() < {"quiet": 0.06, "fever": 0.15, "support": 0.3}[phase]:
        return None
    if phase == "fever":
        return r.choice([37.9, 37.95, 38.0, 38.0, 38.05, 38.4, 39.2, 40.1])
    if phase == "support":
        return r.choice([36.8, 37.2, 37.5, 37.9, 37.99, 38.0, 38.3])
    return r.choice([36.4, 36.8, 37.1, 37.5, 37.9, 37.99] * 6 + [38.0])


def _limit_near(r: Random, subject: Record) -> float:
    age = subject["age"] if subject["age"] is not None else r.choice([5, 30])
    limit = subject["hypotension_sbp"] or (90 if age > 10 else 70 + 2 * int(age) if age >= 1 else 70)
    return float(limit + r.choice([-8, -1, 0, 1, 15]))


def some_flow(r: Random, row: Record, flow: str, upper: str) -> None:
    row[flow] = r.choice([None, 1.0, 2.0, 2.0, 4.0, 5.9, 6.0, 6.0, 6.5, 8.0, 15.0])
    if row[flow] is not None and r.random() < 0.15:
        row[upper] = row[flow] + r.choice([1.0, 2.0, 4.0])


def _oxygen(r: Random, row: Record) -> None:
    row["oxygen_device"] = r.choice([*DEVICES, None])
    if row["oxygen_device"] in ("room_air", "refused"):
        return
    if row["oxygen_device"] in (
        "nasal_cannula",
        "high_flow_nasal_cannula",
        "blow_by",
        "oxygen",
        "simple_mask",
        None,
    ):
        some_flow(r, row, "oxygen_flow", "oxygen_flow_upper")
    if row["oxygen_device"] == "ventilator":
        row["fio2"] = r.choice([None, 30.0, 40.0, 41.0, 60.0])


def _pressor_cell(r: Random) -> str:
    kind = r.random()
    if kind < 0.15:
        return "none"
    if kind < 0.25:
        return "yes"
    if kind < 0.35:
        return "2"
    if kind < 0.65:
        return r.choice(AGENTS + OTHER_AGENTS)
    return ";".join(sorted(r.sample(AGENTS + OTHER_AGENTS, 2)))


def _fill_vitals(r: Random, row: Record, phase: str, subject: Record, style: Record) -> None:
    """What a nurse would write in this phase of the illness."""
    row["temperature"] = _temperature(r, phase)
    ill = phase != "quiet"
    if r.random() < (0.65 if ill else 0.9):
        row["sbp"] = _limit_near(r, subject) if phase == "support" and r.random() < 0.5 else 120.0
    elif r.random() < 0.4:
        row["map"] = float(r.choice([55, 64, 65, 66, 80]))
    if r.random() < 0.5:
        row["spo2"] = float(r.choice([85, 89, 90, 91, 97, 99] if ill else [95, 98] * 8 + [89]))
    if phase == "support":
        if r.random() < style["oxygen"]:
            _oxygen(r, row)
        if r.random() < style["pressor"]:
            row["vasopressors"] = _pressor_cell(r)
        if r.random() < 0.08:
            row["fluid_bolus"] = float(r.choice([0, 1]))
        if r.random() < 0.06:
            row["hypotension"] = float(r.choice([0, 1]))
    elif r.random() < 0.3:
        row["oxygen_device"] = "room_air"
    if ill and r.random() < 0.05:
        row[r.choice(["tocilizumab", "corticosteroid", "antipyretic", "anticytokine"])] = float(
            r.choice([0, 1])
        )


def _phases(r: Random) -> list[tuple[str, int]]:
    """The course: phases and their length in half hours."""
    plans = [
        ["quiet", "fever", "support", "quiet"], ["fever", "support", "fever", "quiet"], ["quiet", "support", "quiet", "fever"],
        ["fever", "quiet", "support", "quiet"], ["support", "fever", "quiet", "fever"], ["quiet", "fever", "quiet", "fever", "support"],
        ["quiet"], ["support"],
    ]  # fmt: skip
    return [(phase, r.choice([4, 16, 30, 48, 100, 150, 200])) for phase in r.choice(plans)]


def _times(r: Random, subject: Record, length: int, gaps: list[int]) -> list[int]:
    """Half hours from the infusion at which something was recorded, with gaps that sit on the limits of the rules."""
    found, at = [], 0
    while at < length and len(found) < 60:
        found.append(at)
        at += r.choice(gaps)
    return found


def dodge(when: datetime) -> datetime:
    """No clock time of exactly 00:00: it would be a date in some spreadsheets."""
    return when + HALF if when == midnight(when.date()) else when


def _add_vitals(r: Random, subject: Record, style: Record) -> None:
    phases = _phases(r)
    ends, total = [], 0
    for phase, length in phases:
        total += length
        ends.append((total, phase))
    gaps = r.choice(
        [
            [4, 8, 8, 9, 16, 16, 17, 24, 25],
            [16, 24, 48, 48, 49, 47],
            [2, 8, 24, 96, 97, 95, 48],
            [24, 48, 336, 337, 335, 96],
        ]
    )
    times = _times(r, subject, total, gaps)
    start = (
        subject["infusion"]
        if not subject["infusion_is_date"]
        else midnight(subject["infusion"].date()) + r.choice([1, 16, 30]) * HALF
    )
    seen: set[tuple[datetime, bool]] = set()
    for at in times:
        phase = next(p for end, p in ends if at < end)
        when = dodge(start + at * HALF)
        is_day = r.random() < style["day_rows"]
        when = midnight(when.date()) if is_day else when
        if (when, is_day) in seen:
            continue
        seen.add((when, is_day))
        row = vitals_row(when, is_day)
        _fill_vitals(r, row, phase, subject, style)
        subject["vitals"].append(row)
    if r.random() < 0.3:  # quiet daily rows afterwards, so that some subjects are seen enough for a 0
        day = midnight(start.date()) + (total // 48 + 1) * DAY
        for _ in range(r.choice([3, 10, 16])):
            day += DAY
            if r.random() < 0.93:
                subject["vitals"].append(
                    vitals_row(day, True, temperature=r.choice([36.5, 37.0, 37.9]), sbp=118.0)
                )


def _before_infusion(r: Random, subject: Record) -> None:
    """Fever, oxygen and drugs that were there before the cells."""
    for _ in range(r.choice([0, 0, 1, 2])):
        back = r.choice([1, 2, 8, 23, 24, 25, 40])
        if r.random() < 0.3:
            when, is_day = midnight(subject["infusion"].date()) - r.choice([1, 1, 2]) * DAY, True
        else:
            when, is_day = dodge(subject["infusion"] - back * HALF), False
            if subject["infusion_is_date"] and when.date() == subject["infusion"].date():
                continue
            if when >= subject["infusion"]:
                continue
        if any(v["time"] == when and v["is_day"] == is_day for v in subject["vitals"]):
            continue
        row = vitals_row(
            when, is_day, temperature=r.choice([None, 37.0, 38.5]), sbp=r.choice([None, 80.0, 120.0])
        )
        if r.random() < 0.8:
            _oxygen(r, row)
            row["oxygen_flow_upper"] = None
        if r.random() < 0.2:
            row["corticosteroid"] = 1.0
        subject["vitals"].append(row)


def random_subject(r: Random, name: str, profile: Record) -> Record:
    """One fictional subject; `profile` says what the study records at all."""
    from random_neuro import add_neuro
    from random_outcome import add_outcome, add_rulings, tidy
    from random_support import add_drugs, add_oxygen, add_pressors

    infusion = dodge(datetime(2026, 1, 10) + r.randrange(0, 20 * 48) * HALF)
    is_date = r.random() < 0.25
    subject = blank_subject(name, midnight(infusion.date()) if is_date else infusion, is_date)
    age = r.choice([None, 0.5, 1, 2, 5, 5.7, 9, 10, 10.9, 11, 11.9, 12, 12, 17, 35, 60])
    if age is not None and r.random() < 0.3:
        birthday = subject["infusion"].date() + r.choice([-3, 0, 1, 3, 100]) * DAY
        subject["birth_date"] = birthday.replace(year=birthday.year - int(age) - 1, day=min(birthday.day, 28))
    else:
        subject["age"] = age
    if r.random() < 0.06:
        subject["hypotension_sbp"] = 100.0
    if r.random() < 0.06:
        subject["developmental_delay"] = float(r.choice([0, 1]))
    day_rows = profile["day_rows"] if profile["day_rows"] is not None else r.choice([0, 0, 0, 0.1, 0.4, 1])
    style = {
        "day_rows": day_rows,
        "dated": r.choice([0, 0, 0.3, 1]),
        "oxygen": r.choice([0, 0.15, 0.4]),
        "pressor": r.choice([0, 0.15, 0.4]),
    }
    _add_vitals(r, subject, style)
    if r.random() < 0.35:
        _before_infusion(r, subject)
    if r.random() < 0.45 and subject["vitals"]:
        add_pressors(r, subject, style)
    if r.random() < 0.45 and subject["vitals"]:
        add_oxygen(r, subject, style)
    if r.random() < 0.55 and subject["vitals"]:
        add_drugs(r, subject, style)
    add_neuro(r, subject)
    if r.random() < profile.get("rulings", 0.12):
        add_rulings(r, subject)
    add_outcome(r, subject)
    tidy(subject, profile)
    return subject


def random_study(seed: int, subjects: int, profile: Record) -> Record:
    """A study of fictional subjects with one way of recording things."""
    r = Random(seed)
    made = [random_subject(r, f"S{seed}-{i:04d}", profile) for i in range(subjects)]
    facts = {
        "fever_gate": profile.get("fever_gate", "run"),
        "merge_within_days": profile.get("merge_within_days", 0),
    }
    facts["oxygen_source"], facts["vasopressor_source"] = profile["oxygen"], profile["vasopressors"]
    return {"subjects": made, "profile": profile, "facts": facts}


PROFILES: dict[str, Record] = {
    "everything": {"oxygen": True, "vasopressors": True, "day_rows": None},
    "timed": {"oxygen": True, "vasopressors": True, "day_rows": 0},
    "daily": {"oxygen": True, "vasopressors": True, "day_rows": 1},
    "strict": {"oxygen": True, "vasopressors": True, "day_rows": None, "fever_gate": "strict"},
    "no-vasopressors": {"oxygen": True, "vasopressors": False, "day_rows": None},
    "no-oxygen": {"oxygen": False, "vasopressors": True, "day_rows": None},
    "merged": {"oxygen": True, "vasopressors": True, "day_rows": None, "merge_within_days": 3},
    "ruled": {"oxygen": True, "vasopressors": True, "day_rows": None, "rulings": 0.9},
}
