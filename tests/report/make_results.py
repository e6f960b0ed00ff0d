"""Random results folders for the tests of the tables: fictional subjects, consistent with the data contract, worked out by plain loops.

`figures` is an independent reading of the rules for the figures per subject: it shares no code with the program.
"""

from __future__ import annotations

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from make_adverse_events import GROUPS, random_events, random_verdicts, write_table

LEVELS = (("DL2", 3e6), ("DL10", 1e7), ("DL-1", 3e5), ("DL1", 1e6), ("", None))
RULES = {
    "CRS": {
        1: ["crs-1-fever"],
        2: ["crs-2-hypotension-sbp", "crs-2-low-flow-cannula"],
        3: ["crs-3-vasopressor", "crs-3-mask"],
        4: ["crs-4-positive-pressure", "crs-4-vasopressors"],
        5: ["crs-5-death"],
    },
    "ICANS": {
        1: ["icans-1-ice"],
        2: ["icans-2-ice", "icans-2-consciousness"],
        3: ["icans-3-seizure", "icans-3-capd"],
        4: ["icans-4-icp", "icans-4-motor"],
        5: ["icans-5-death"],
    },
}
FIGURES = (
    "days_seen",
    "grade",
    "grade_ceiling",
    "grade_in_window",
    "onset_day",
    "peak_day",
    "end_day",
    "duration_days",
    "outcome",
    "episodes",
    "days_grade1plus",
    "days_grade3plus",
    "rules",
)
COVERAGE = {"crs": 0.8, "icans": 0.5, "days": 14}
REASONS = (
    "window-complete",
    "window-complete",
    "window-complete",
    "window-complete",
    "data-cut-off",
    "death",
    "lost-to-follow-up",
    "new-therapy",
    "re-treatment",
    "conditioning",
)
WINDOW = 30


def make_subject(rng: random.Random, number: int) -> dict[str, Any]:
    """One subject with its days and episodes; grades are by day."""
    level, dose = rng.choice(LEVELS)
    infused = rng.random() > 0.04
    reason = rng.choice(REASONS)
    end = WINDOW if reason == "window-complete" else rng.randrange(3, WINDOW)
    first = date(2026, 1, 5) + timedelta(days=rng.randrange(200))
    subject = {
        "subject_id": f"S{number:03d}",
        "dose_level": level,
        "dose": dose,
        "infusion": first.isoformat() if infused else "",
        "age": rng.choice([4, 11, 12, 17, 18, 40, 65, 71, None]),
        "sex": rng.choice(["M", "F", ""]),
        "window_end_day": end,
        "window_end_reason": reason,
        "days_expected": end + 1,
        "first": first,
        "site": rng.choice(["=SUM(1)", "[red]East[/red]", "007"]),
        "death_day": end if reason == "death" else None,
        "syndromes": {},
    }
    for syndrome in ("CRS", "ICANS"):
        subject["syndromes"][syndrome] = _course(rng, syndrome, subject)
    return subject


def _course(rng: random.Random, syndrome: str, subject: dict[str, Any]) -> dict[str, Any]:
    """Day grades 0-5 (None = not evaluable, absent = no record) and the episodes among them, some of them past the window."""
    grades: dict[int, int] = {}
    episodes: list[dict[str, Any]] = []
    start = rng.randrange(0, 8)
    for number in range(1, rng.choice([0, 1, 1, 1, 2, 3]) + 1):
        length = rng.randrange(1, 9)
        if start > subject["window_end_day"] and subject["window_end_reason"] == "death":
            break
        days = [rng.choice([1, 1, 1, 2, 2, 3, 4]) for _ in range(length)]
        last = start + length - 1
        outcome = "resolved"
        if subject["window_end_reason"] == "death" and last >= subject["window_end_day"]:
            days = days[: subject["window_end_day"] - start + 1]
            outcome = rng.choice(["ongoing-at-death", "fatal"])
            if outcome == "fatal":
                days[-1] = 5
        elif rng.random() < 0.1:
            outcome = "ongoing"
        grades.update({start + i: grade for i, grade in enumerate(days)})
        worst = max(days)
        episodes.append(
            {
                "episode": number,
                "onset_day": start,
                "peak_day": start + days.index(worst),
                "end_day": start + len(days) - 1,
                "grade": worst,
                "grade_ceiling": worst if rng.random() < 0.8 else min(5, worst + 1),
                "duration_days": len(days),
                "outcome": outcome,
                "rules": rng.choice([RULES[syndrome][worst][0], ";".join(RULES[syndrome][worst])]),
            }
        )
        start += length + rng.randrange(2, 16)
        if outcome != "resolved":
            break
    seen = rng.choice([0.3, 0.7, 0.95, 1.0])
    daily: dict[int, tuple[int | None, int | None, str]] = {}
    for day in range(subject["window_end_day"] + 1):
        grade = grades.get(day, 0)
        if grade or rng.random() < seen:
            daily[day] = (grade, grade if rng.random() < 0.9 else min(grade + 2, 5), "graded")
        else:
            daily[day] = (None, rng.choice([None, None, 2, 0]), rng.choice(["not-evaluable", "no-record"]))
    return {"episodes": episodes, "daily": daily}


def figures(subject: dict[str, Any], syndrome: str, window: int = WINDOW) -> dict[str, Any]:
    """The figures of one subject and syndrome for a window, by the rules of section 5, in plain loops."""
    course = subject["syndromes"][syndrome]
    end = min(subject["window_end_day"], window)
    episodes = [e for e in course["episodes"] if e["onset_day"] <= end]
    days = {day: cell for day, cell in course["daily"].items() if day <= end}
    found: dict[str, Any] = dict.fromkeys(FIGURES)
    found["days_seen"] = sum(grade is not None for grade, _, _ in days.values())
    ceilings = [ceiling for _, ceiling, _ in days.values() if ceiling is not None] + [
        e["grade_ceiling"] for e in episodes
    ]
    if episodes:
        worst = max(episodes, key=lambda e: e["grade"])
        found |= {name: episodes[0][name] for name in ("onset_day", "end_day", "duration_days", "outcome")}
        found |= {name: worst[name] for name in ("grade", "peak_day", "rules")}
        found["episodes"] = len(episodes)
        found["grade_ceiling"] = max(ceilings)
        found["grade_in_window"] = max(grade for grade, _, _ in days.values() if grade is not None)
        found["days_grade1plus"] = sum(1 for grade, _, _ in days.values() if grade is not None and grade >= 1)
        found["days_grade3plus"] = sum(1 for grade, _, _ in days.values() if grade is not None and grade >= 3)
        return found
    last = min(end, COVERAGE["days"])
    early = sum(1 for day, (grade, _, _) in days.items() if day <= last and grade is not None)
    if early / (last + 1) >= COVERAGE[syndrome.lower()]:
        found |= {"episodes": 0}
        found |= {
            "grade": 0,
            "grade_in_window": 0,
            "days_grade1plus": 0,
            "days_grade3plus": 0,
            "grade_ceiling": max(ceilings),
        }
    elif any(c > 0 for c in ceilings):
        found["grade_ceiling"] = max(ceilings)
    return found


GIVEN = (
    ("tocilizumab", [""]),
    ("tocilizumab", [""]),
    ("corticosteroid", [""]),
    ("anticytokine", [""]),
    ("icu", [""]),
    ("vasopressor", [""]),
    ("oxygen", ["low_flow", "mask", "high_flow", "positive_pressure"]),
)


def treatments_of(rng: random.Random, subject: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for syndrome, column in (("CRS", "given_in"), ("ICANS", "given_in_icans")):
        for episode in subject["syndromes"][syndrome]["episodes"]:
            for category, kinds in GIVEN:
                if rng.random() < 0.25:
                    day = rng.randrange(episode["onset_day"], episode["end_day"] + 1)
                    kind = rng.choice(["interventions", "vitals"])
                    rows.append(
                        _treatment(subject, category, day, kind, rng.choice(kinds))
                        | {column: str(episode["episode"])}
                    )
    if rng.random() < 0.3:
        rows.append(_treatment(subject, "corticosteroid", 0, "interventions", "") | {"premedication": 1})
    return rows


def _treatment(subject: dict[str, Any], category: str, day: int, kind: str, oxygen: str) -> dict[str, Any]:
    when = (subject["first"] + timedelta(days=day)).isoformat()
    return {
        "subject_id": subject["subject_id"],
        "category": category,
        "agent": "",
        "start": when,
        "start_day": day,
        "end": when,
        "end_day": day,
        "source_kind": kind,
        "given_in": "",
        "given_in_icans": "",
        "premedication": 0,
        "class": oxygen,
    }


def random_study(seed: int, n: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [make_subject(rng, number) for number in range(1, n + 1)]


def write_study(
    folder: Path,
    subjects: list[dict[str, Any]],
    seed: int = 0,
    events: bool = True,
    rulings: bool = True,
    labs: bool = True,
    adverse: bool = True,
) -> Path:
    """Write the folder as `senl-ae grade` would."""
    rng = random.Random(f"more {seed}")
    folder.mkdir(parents=True, exist_ok=True)
    infused = [s for s in subjects if s["infusion"]]
    _write(
        folder / "subjects.csv",
        [
            {
                name: s[name]
                for name in (
                    "subject_id",
                    "dose_level",
                    "dose",
                    "infusion",
                    "age",
                    "sex",
                    "window_end_day",
                    "window_end_reason",
                    "days_expected",
                )
            }
            | {"crs_days_seen": "", "icans_days_seen": "", "site": _guard(s["site"]), "cutoff": "2026-11-02"}
            for s in subjects
        ],
    )
    _write(folder / "patients.csv", [_patient(s) for s in subjects])
    _write(
        folder / "episodes.csv",
        [
            {
                "subject_id": s["subject_id"],
                "syndrome": syndrome,
                "episode": e["episode"],
                "onset": _on(s, e["onset_day"]),
                "onset_day": e["onset_day"],
                "peak": _on(s, e["peak_day"]),
                "peak_day": e["peak_day"],
                "end": _on(s, e["end_day"]),
                "end_day": e["end_day"],
                "grade": e["grade"],
                "grade_ceiling": e["grade_ceiling"],
                "duration_days": e["duration_days"],
                "duration_hours": "",
                "outcome": e["outcome"],
                "rules": e["rules"],
                "flags": "",
            }
            for s in infused
            for syndrome in ("CRS", "ICANS")
            for e in s["syndromes"][syndrome]["episodes"]
        ],
        "episodes",
    )
    _write(
        folder / "daily.csv",
        [
            {
                "subject_id": s["subject_id"],
                "syndrome": syndrome,
                "study_day": day,
                "date": _on(s, day),
                "grade": grade,
                "grade_ceiling": ceiling,
                "state": state,
                "rules": "",
            }
            for s in infused
            for syndrome in ("CRS", "ICANS")
            for day, (grade, ceiling, state) in s["syndromes"][syndrome]["daily"].items()
        ],
        "daily",
    )
    _write(folder / "treatments.csv", [row for s in infused for row in treatments_of(rng, s)], "treatments")
    _write(
        folder / "issues.csv",
        [
            {
                "severity": "set aside",
                "code": "out-of-range",
                "file": "vitals.xlsx",
                "sheet": "Day 3",
                "row": 14,
                "column": "C",
                "subject_id": subjects[0]["subject_id"],
                "found": "temperature 102.4",
                "expected": "30-45 C",
                "done": "not used",
            }
        ],
    )
    if events:
        _write(folder / "events.csv", _reported(rng, infused), "events")
    if adverse:
        write_table(folder, "adverse_events", random_events(subjects, seed))
        write_table(folder, "ae_labs", random_verdicts(infused, seed))
    if labs:
        write_labs(folder, infused, seed)
    if rulings:
        _write(
            folder / "before_rulings.csv",
            [
                {
                    "subject_id": s["subject_id"],
                    "syndrome": syndrome,
                    "grade": figures(s, syndrome)["grade"],
                    "grade_ceiling": "",
                }
                for s in infused
                for syndrome in ("CRS", "ICANS")
            ],
            "before_rulings",
        )
    run = {
        "program": "senl-ae",
        "version": "0.0.0",
        "command": "grade",
        "study": "SENL-TEST-01",
        "settings": {
            "safety_window_days": WINDOW,
            "zero_needs_coverage": COVERAGE,
            "ctcae": "5.0",
            "day28_window": [25, 31],
        },
        "grading_tables": [
            {"name": f"astct_{name}_2019.toml", "size": 1, "sha256": name} for name in ("crs", "icans")
        ],
        "scales": [
            {"syndrome": name, "id": f"astct-{name.lower()}-2019", "version": "ASTCT 2019"}
            for name in ("CRS", "ICANS")
        ],
        "aesi": list(GROUPS),
        "inputs": [],
        "counts": {},
        "time": "2026-11-03T10:00:00Z",
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


TERMS = (
    ("Anemia", "low"),
    ("Hypercalcemia", "high"),
    ("Neutrophil count decreased", "low"),
    ("Potassium", "high"),
    ("Potassium", "low"),
)
"""The second has no grade above 0 in anybody, the fourth no grade at all; the last two have one name."""


def lab_patients(subjects: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Grades by term: blank where nothing could be graded, a ceiling above the grade now and then."""
    rng = random.Random(f"labs {seed}")
    rows = []
    for s in subjects:
        for number, (term, direction) in enumerate(TERMS):
            worst = rng.choice([None, 0, 0, 1, 2, 3, 4]) if number not in (1, 3) else [0, None][number == 3]
            ceiling = (
                worst if number in (1, 3) or rng.random() < 0.8 else min(4, (worst or 0) + rng.choice([1, 2]))
            )
            rows.append(
                {
                    "subject_id": s["subject_id"],
                    "dose_level": s["dose_level"],
                    "term": term,
                    "direction": direction,
                    "baseline_grade": rng.choice([None, 0, 0, 0, 1, 3]),
                    "worst_grade": worst,
                    "worst_ceiling": ceiling,
                    "worst_day": None if worst is None else rng.randrange(s["window_end_day"] + 1),
                    "last_grade": worst,
                    "flags": "",
                }
            )
    return rows


def haematotoxicity(subjects: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    rng = random.Random(f"series {seed}")
    rows = []
    for s in subjects:
        early, days = rng.choice([(None, None), (0, 0), (1, 3), (2, 9), (3, 20), (4, 31)])
        met = rng.choice(["", "cytopenia@1", "ferritin@5", "ferritin@5;fibrinogen@6", "transaminases@3"])
        missing = rng.choice(["", "fibrinogen", "ferritin;fibrinogen"]) if "ferritin" not in met else ""
        flags = (
            ["iechs-criteria-together", f"ferritin-{rng.randrange(-5, 5)}-days-after-crs"]
            if ";" in met
            else []
        )
        lysis = rng.choice([0, 0, None, 3])
        flags += ["tumour-lysis-criteria-met"] if lysis == 3 or rng.random() < 0.1 else []
        rows.append(
            {
                "subject_id": s["subject_id"],
                "dose_level": s["dose_level"],
                "icaht_early": early,
                "icaht_early_ceiling": early if early is None else rng.choice([early, 4]),
                "icaht_late": rng.choice([None, 0, 2, 3]),
                "days_anc_500": days,
                "days_anc_100": days if days is None else days // 3,
                "recovery_day": rng.choice([None, 8, 15, 33]) if days else None,
                "neutropenia_day28": rng.choice([None, 0, 1]),
                "thrombocytopenia_day28": rng.choice([None, 0, 1]),
                "febrile_neutropenia": rng.choice([None, 0, 1]),
                "tumour_lysis": lysis,
                "iechs_met": met,
                "iechs_missing": missing,
                "flags": ";".join(flags),
            }
        )
    return rows


def write_labs(folder: Path, subjects: list[dict[str, Any]], seed: int) -> None:
    """The laboratory files: one value on the day of each worst grade, which is the worst of the whole window alone."""
    patients = lab_patients(subjects, seed)
    _write(folder / "lab_patients.csv", patients, "lab_patients")
    _write(folder / "haematotoxicity.csv", haematotoxicity(subjects, seed), "haematotoxicity")
    _write(
        folder / "labs.csv",
        [
            {
                "subject_id": row["subject_id"],
                "study_day": row["worst_day"],
                "in_window": 1,
                "term": row["term"],
                "direction": row["direction"],
                "grade": row["worst_grade"],
                "grade_ceiling": row["worst_ceiling"],
            }
            for row in patients
            if row["worst_day"] is not None
        ],
        "labs",
    )


def _patient(s: dict[str, Any]) -> dict[str, Any]:
    row = {
        name: s[name]
        for name in (
            "subject_id",
            "dose_level",
            "dose",
            "age",
            "sex",
            "infusion",
            "window_end_day",
            "window_end_reason",
            "days_expected",
        )
    }
    for syndrome in ("CRS", "ICANS"):
        found = figures(s, syndrome) if s["infusion"] else dict.fromkeys(FIGURES)
        row |= {f"{syndrome.lower()}_{name}": found[name] for name in FIGURES}
    return row | {
        "tocilizumab_doses": "",
        "corticosteroid": "",
        "anticytokine": "",
        "vasopressor": "",
        "oxygen": "",
        "icu": "",
        "death_day": s["death_day"],
        "death_cause": "",
        "flags": "late-onset;waiver-assumed",
    }


def _reported(rng: random.Random, subjects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an investigator might report: mostly the derived grade of the first episode, sometimes one off, sometimes without dates."""
    rows = []
    for s in subjects:
        for syndrome in ("CRS", "ICANS"):
            for e in s["syndromes"][syndrome]["episodes"][:1]:
                if rng.random() < 0.9:
                    grade = rng.choice([e["grade"], e["grade"], e["grade"], max(1, e["grade"] - 1), None])
                    dates = (e["onset_day"], e["end_day"])
                    onset, end = rng.choice([dates, dates, (e["onset_day"], None), (None, None)])
                    rows.append(
                        {
                            "subject_id": s["subject_id"],
                            "syndrome": syndrome,
                            "grade": grade,
                            "onset": "" if onset is None else _on(s, onset),
                            "onset_day": onset,
                            "end": "" if end is None else _on(s, end),
                            "end_day": end,
                            "source": f"ae.xlsx:AE:{len(rows) + 2}",
                        }
                    )
    return rows


HEADINGS = {
    "episodes": "subject_id,syndrome,episode,onset,onset_day,peak,peak_day,end,end_day,grade,grade_ceiling,duration_days,duration_hours,"
    "outcome,rules,flags",
    "daily": "subject_id,syndrome,study_day,date,grade,grade_ceiling,state,rules",
    "treatments": "subject_id,category,agent,start,start_day,end,end_day,source_kind,given_in,given_in_icans,premedication,class",
    "events": "subject_id,syndrome,grade,onset,onset_day,end,end_day,source",
    "before_rulings": "subject_id,syndrome,grade,grade_ceiling",
    "lab_patients": "subject_id,dose_level,term,direction,baseline_grade,worst_grade,worst_ceiling,worst_day,last_grade,flags",
    "labs": "subject_id,study_day,in_window,term,direction,grade,grade_ceiling",
    "haematotoxicity": "subject_id,dose_level,icaht_early,icaht_early_ceiling,icaht_late,days_anc_500,days_anc_100,recovery_day,"
    "neutropenia_day28,thrombocytopenia_day28,febrile_neutropenia,tumour_lysis,iechs_met,iechs_missing,flags",
}


def _on(s: dict[str, Any], day: int) -> str:
    return (s["first"] + timedelta(days=day)).isoformat()


def _guard(text: str) -> str:
    return "'" + text if text[:1] in "=+-@" else text


def _write(path: Path, rows: list[dict[str, Any]], kind: str = "") -> None:
    names = list(rows[0]) if rows else HEADINGS[kind].split(",")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: "" if value is None else value for name, value in row.items()} for row in rows
        )
