"""Builds the sample study from the courses, in English, Chinese and as REDCap exports it, and broken files: `python sample_data/make.py`.

The same courses give the same bytes. Nothing is drawn at random: the small changes from reading to reading come from a sequence seeded with
the subject's number.
"""

from __future__ import annotations

import csv
import math
import random
import re
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # this folder is shipped as it lies here
sys.path[:0] = [str(HERE), str(HERE.parent)]

from courses import COURSES, RULINGS, Course  # noqa: E402
from faults import write_faults  # noqa: E402
from laboratory import lab_rows  # noqa: E402
from languages import in_chinese, in_english  # noqa: E402
from redcap import write_redcap  # noqa: E402

from senl_ae.simulate.written import write_workbook  # noqa: E402

GRID_HOURS = (2, 6, 10, 14, 18, 22)
CUTOFF = date(2026, 9, 30)


def at(course: Course, text: str) -> datetime:
    """Reads "3 14:00" as the clock time of that study day; "3" is its midnight."""
    day, _, clock = text.partition(" ")
    hour, minute = (int(p) for p in (clock or "0:0").split(":"))
    first = datetime.fromisoformat(course.infusion or "2026-06-16 10:30").replace(hour=0, minute=0)
    return first + timedelta(days=int(day), hours=hour, minutes=minute)


def on(course: Course, day: int) -> date:
    return at(course, str(day)).date()


def normal_pressure(age: int) -> int:
    return 118 if age >= 16 else 86 + 2 * age if age < 12 else 108


def chart_times(course: Course) -> list[datetime]:
    """Four-hourly from the day before to Day 14, hourly where the course says so, once at 09:00 as an outpatient."""
    days = [d for d in range(-1, 15) if not course.unseen or not course.unseen[0] <= d <= course.unseen[1]]
    times = {at(course, f"{d} {h}:00") for d in days for h in GRID_HOURS}
    times |= {at(course, f"{d} 9:00") for d in course.outpatient}
    for start, end in course.hourly:
        hours = int((at(course, end) - at(course, start)).total_seconds() // 3600)
        times |= {at(course, start) + timedelta(hours=h) for h in range(hours + 1)}
    return sorted(t for t in times if t <= at(course, course.last_row))


def vitals_of(course: Course) -> list[dict[str, Any]]:
    """The charted rows of a subject: what is normal for the age, then the spells of the course over it."""
    chance = random.Random(f"vitals {course.id}").random
    times = chart_times(course)
    rows = []
    for time in times:
        child = course.age < 12
        row: dict[str, Any] = {
            "subject_id": course.id,
            "datetime": time,
            "temperature": round(36.3 + 0.8 * chance(), 1),
            "sbp": normal_pressure(course.age) + int(14 * chance()) - 4,
            "spo2": 96 + int(4 * chance()),
            "oxygen_device": "Room air",
            "oxygen_flow": None,
            "fio2": None,
            "noise": chance(),
            "child": child,
        }
        rows.append(row)
    for start, end, values in course.spells:
        inside = [r for r in rows if at(course, start) <= r["datetime"] <= at(course, end)]
        for i, row in enumerate(inside):
            wave = math.sin(math.pi * (i + 0.5) / len(inside))
            for item, value in values.items():
                if isinstance(value, tuple):
                    low, high = value
                    value = (
                        round(low + (high - low) * wave, 1)
                        if item == "temperature"
                        else low + int((high - low) * row["noise"])
                    )
                row[item] = value
    return [completed(r) for r in rows]


def completed(row: dict[str, Any]) -> dict[str, Any]:
    """Adds the vital signs that follow from the others: heart rate with fever, saturation under oxygen, diastolic pressure."""
    noise, child = row.pop("noise"), row.pop("child")
    hot = max(0.0, (row["temperature"] or 36.8) - 37.0)
    supported = row["oxygen_device"] != "Room air"
    row["heart_rate"] = int((98 if child else 74) + 13 * hot + 9 * noise)
    row["resp_rate"] = int((22 if child else 15) + 2.5 * hot + 4 * noise)
    if supported and row["oxygen_device"] != "CPAP":
        row["spo2"] = 92 + int(4 * noise)
    row["dbp"] = None if row["sbp"] is None else int(row["sbp"] * 0.58) + int(5 * noise)
    return row


def daily_of(course: Course) -> list[dict[str, Any]]:
    """One row a day: highest temperature, lowest pressure, most support."""
    chance = random.Random(f"daily {course.id}").random
    last = at(course, course.last_row)
    rows = []
    for day in [*range(-1, 15), *course.outpatient]:
        if at(course, str(day)) > last:
            continue
        row: dict[str, Any] = {
            "subject_id": course.id,
            "date": on(course, day),
            "temperature": round(36.5 + 0.8 * chance(), 1),
            "sbp": normal_pressure(course.age) + int(10 * chance()) - 6,
            "spo2": 95 + int(4 * chance()),
            "oxygen_device": None,
            "oxygen_flow": None,
            "vasopressors": None,
            "tocilizumab": "No",
        }
        noise = chance()
        row |= course.facts.get("every_day", {}) | course.by_day.get(day, {})
        given = [t for t in course.treatments if t[0] == "Tocilizumab" and int(t[2]) == day]
        row["tocilizumab"] = "Yes" if given else "No"
        row["dbp"] = None if row["sbp"] is None else int(row["sbp"] * 0.58) + int(5 * noise)
        rows.append(row)
    return rows


def neuro_of(course: Course) -> list[dict[str, Any]]:
    """A bedside score the day before, after the infusion, each morning to Day 14, and whenever the course says so."""
    normal: dict[str, Any] = {"consciousness": "Awake", "seizure": "No", "motor": "No", "sedated": "No"}
    normal |= {"capd_total": course.neuro_base or 0} if course.age < 12 else {"ice_total": 10}
    days = [
        d
        for d in range(1, course.neuro_last + 1)
        if not course.unseen or not course.unseen[0] <= d <= course.unseen[1]
    ]
    moments = {"-1 09:00": {}, "0 17:00": {}} | {f"{d} 09:00": {} for d in days} | course.neuro
    rows = [
        {"subject_id": course.id, "datetime": at(course, when), **normal, **values}
        for when, values in moments.items()
    ]
    return sorted(rows, key=lambda r: r["datetime"])


def treatments_of(course: Course) -> list[dict[str, Any]]:
    """The drugs and the support given; by date for subjects charted once a day, to the minute for the others."""
    rows = []
    for category, agent, start, end, more in course.treatments:
        first, last = at(course, start), at(course, end) if end else None
        row: dict[str, Any] = {
            "subject_id": course.id,
            "category": category,
            "agent": agent or None,
            "start": first,
            "end": last,
            **more,
        }
        if course.daily:
            row |= {"start": first.date(), "end": last.date() if last else None}
        elif first == last:
            row["end"] = None  # one administration, as a drug chart shows it
        rows.append(row)
    return rows


def subject_rows() -> list[dict[str, Any]]:
    rows = []
    for c in COURSES:
        dead = "death_date" in c.facts
        seen = None if c.infusion is None or dead else min(on(c, 180), CUTOFF)
        for infusion in (c.infusion, *c.fractions):
            rows.append(
                {
                    "subject_id": c.id,
                    "site": "02" if c.age < 12 else "01",
                    "dose_level": c.dose_level,
                    "dose": c.dose,
                    "age": c.age,
                    "sex": c.sex,
                    "weight_kg": c.weight,
                    "disease": c.disease,
                    "product": "Autologous" if c.disease != "B-ALL" else "Donor",
                    "lymphodepletion_start": on(c, -5),
                    "infusion_datetime": datetime.fromisoformat(infusion) if infusion else None,
                    "death_date": at(c, c.facts["death_date"]) if dead else None,
                    "death_cause": c.facts.get("death_cause"),
                    "last_contact_date": seen,
                    "cutoff_date": CUTOFF,
                    "remark": c.facts.get("remark"),
                }
            )
    return rows


def event_rows() -> list[dict[str, Any]]:
    """The log of reported events, event_log.csv: a start or end is a study day, or a date as typed of which not all is known."""
    of = {c.id: c for c in COURSES}
    with (HERE / "event_log.csv").open(encoding="utf-8", newline="") as file:
        log = [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(file)]
    rows: list[dict[str, Any]] = []
    for row in log:
        numbers = {n: int(row[n]) if row[n] else None for n in ("grade", "baseline_grade")}
        dates = {n: on_or_typed(of[row["subject_id"]], row[n]) for n in ("start", "end")}
        rows.append(row | numbers | dates | {"scale": "CTCAE 5.0"})
    return rows


def on_or_typed(course: Course, cell: str | None) -> date | str | None:
    return on(course, int(cell)) if cell and re.fullmatch(r"-?\d{1,3}", cell) else cell


def ruling_rows() -> list[dict[str, Any]]:
    of = {c.id: c for c in COURSES}
    return [
        {
            "subject_id": s,
            "syndrome": syndrome,
            "action": action,
            "sign": sign,
            "start": on(of[s], start),
            "end": on(of[s], end),
            "reason": reason,
            "by": by,
            "on": on(of[s], day),
        }
        for s, syndrome, action, sign, start, end, reason, by, day in RULINGS
    ]


def sample_study() -> dict[str, list[dict[str, Any]]]:
    """Every sheet of the study as rows of plain facts, under the contract's column names."""
    infused = [c for c in COURSES if c.infusion]
    timed, daily = [c for c in infused if not c.daily], [c for c in infused if c.daily]
    return {
        "subjects": subject_rows(),
        "vitals": [r for c in timed for r in vitals_of(c)],
        "daily": [r for c in daily for r in daily_of(c)],
        "treatments": [r for c in timed for r in treatments_of(c)],
        "treatments_by_day": [r for c in daily for r in treatments_of(c)],
        "neuro": [r for c in infused for r in neuro_of(c)],
        "labs": [r for c in COURSES for r in lab_rows(c, at)],
        "adjudications": ruling_rows(),
        "events": event_rows(),
    }


def build(folder: Path) -> None:
    """Writes study_en.xlsx, study_zh.xlsx, the REDCap export and the broken files into a folder."""
    study = sample_study()
    for name, wording in (("study_en.xlsx", in_english), ("study_zh.xlsx", in_chinese)):
        write_workbook(
            folder / name, {sheet: pd.DataFrame(rows, dtype=object) for sheet, rows in wording(study).items()}
        )
    write_redcap(folder, study)
    write_faults(folder / "broken")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
