"""Small fictional studies of reported adverse events, made from a seed, dense where the rules are hard, as files that a site would send.

A study is three to six subjects on up to three dose levels, with their log and their blood counts. A batch is many such studies in one
set of files: a subject's records depend on no other subject, and every eighth study or so shares a cohort, a column of tables by cohort.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from ae_dates import DAY, MONTHS, window_end_day
from ae_records import REASONS

Record = dict[str, Any]

GI, BLOOD, GENERAL = (
    "Gastrointestinal disorders", "Blood and lymphatic system disorders", "General disorders and administration site conditions",
)  # fmt: skip
CODED = [
    (["Anaemia", "Anemia", "ANAEMIA"], BLOOD), (["Neutropenia"], BLOOD), (["Thrombocytopenia"], BLOOD),
    (["Febrile neutropenia"], BLOOD), (["Nausea", "nausea "], GI), (["Vomiting"], GI), (["Diarrhoea", "Diarrhea"], GI),
    (["Pyrexia"], GENERAL), (["Oedema peripheral", "Edema peripheral"], GENERAL),
    (["Pneumonia", "Ｐneumonia"], "Infections and infestations"), (["Headache"], "Nervous system disorders"),
    (["Tumour lysis syndrome", "Tumor lysis syndrome"], "Metabolism and nutrition disorders"),
    (["Hypogammaglobulinaemia"], "Immune system disorders"),
]  # fmt: skip
UNCODED = ["Catheter sepsis", "felt dizzy", "viral infection NOS", "Nausea", "sore mouth", "白细胞减少"]
RELATIONS = [
    "yes",
    "no",
    "related",
    "not related",
    "possible",
    "Probable",
    "unlikely",
    "可能有关",
    "可能无关",
    "无法判定",
    "",
    "",
]
OUTCOMES = ["resolved", "resolving", "not resolved", "sequelae", "unknown", "", "RECOVERED/RESOLVED"]
COHORTS = 25
LABS = {"Hemoglobin": ("g/L", 120, 160), "ANC": ("10^9/L", 1.8, 6.3), "Platelets": ("10^9/L", 125, 350)}
SDTM = {
    "subject_id": "USUBJID", "term": "AETERM", "pt": "AEDECOD", "soc": "AEBODSYS", "grade": "AETOXGR", "severity": "AESEV",
    "baseline_grade": "AEITOXGR", "start": "AESTDTC", "end": "AEENDTC", "ongoing": "AEENRF", "serious": "AESER", "fatal": "AESDTH",
    "life_threatening": "AESLIFE", "hospitalised": "AESHOSP", "disability": "AESDISAB", "congenital": "AESCONG", "other": "AESMIE",
    "related": "AEREL", "outcome": "AEOUT", "action": "AEACN", "treatment": "AECONTRT", "event_id": "AESPID",
}  # fmt: skip
COLUMNS = (*SDTM, "dlt", "scale")


def random_subject(r: Random, name: str, cohort: str, timed: bool) -> Record:
    level = r.choice(["1", "2", "2", "3", ""])
    infused = r.random() > 0.07
    day = date(2026, 1, 10) + DAY * r.randrange(40)
    subject: Record = {
        "subject_id": name, "cohort": cohort, "dose_level": f"DL{level}" if level else "", "dose": f"{level}e6" if level else "",
        "infused": infused, "infusion_is_date": not timed,
        "infusion": datetime(day.year, day.month, day.day, 9 if timed else 0, 30 if timed else 0) if infused else None,
        "lymphodepletion_start": None if r.random() < 0.15 else day - DAY * r.choice([3, 5, 5, 6]),
        "death": None, "last_contact": None, "cutoff": None, "retreatment": None,
    }  # fmt: skip
    if r.random() < 0.15:
        subject["death"] = day + DAY * r.randrange(3, 45)
    if r.random() < 0.25:
        subject["last_contact"] = (
            (subject["death"] or day + DAY * 60) if r.random() < 0.5 else day + DAY * r.randrange(8, 50)
        )
        if subject["death"]:
            subject["last_contact"] = min(subject["last_contact"], subject["death"])
    if r.random() < 0.25:
        subject["cutoff"] = day + DAY * r.randrange(45, 90)
    if r.random() < 0.05 and not subject["death"]:
        subject["retreatment"] = day + DAY * r.randrange(12, 28)
    subject["day0"] = day
    subject["window_end_day"] = window_end_day(subject) if infused else None
    return subject


def typed_date(r: Random, day: date, subject: Record, partial: float) -> str:
    """A date as somebody types it, sometimes without its day or month, sometimes with a clock."""
    chance = r.random()
    if chance < partial * 0.75:
        month = MONTHS[day.month - 1]
        return r.choice([
            f"{day:%Y-%m}", f"UN-{month}-{day.year}", f"{day:%Y-%m}-UN", f"{day.year}年{day.month}月",
        ])  # fmt: skip
    if chance < partial:
        return f"{day.year}"
    if chance > 0.97 or (day == subject["day0"] and chance > 0.6):
        return f"{day:%Y-%m-%d} {r.choice(['08:00', '09:30', '10:15'])}"
    return f"{day:%Y-%m-%d}"


def random_grade(r: Random) -> Record:
    chance = r.random()
    low = r.choice([1, 1, 1, 2, 2, 2, 3, 3, 4])
    if chance < 0.06:
        return {"grade": "", "severity": ""}
    if chance < 0.12:
        return {"grade": "", "severity": r.choice(["mild", "MODERATE", "Severe", "Life-threatening"])}
    if chance < 0.15:
        return {"grade": f"{low}-{low + 1}", "severity": ""}
    if chance < 0.16:
        return {"grade": "0", "severity": ""}
    typed = r.choice([str(low), str(low), str(low), f"G{low}", f"{low}级", " ⅠⅡⅢⅣ"[low]])
    return {"grade": typed, "severity": ""}


def random_chain(r: Random, subject: Record) -> list[Record]:
    """One to four rows of one name, one after the other or at odds with each other."""
    if r.random() < 0.15:
        name: Record = {"term": r.choice(UNCODED), "pt": "", "soc": ""}
        spellings = [name["term"]]
    else:
        spellings, soc = r.choice(CODED[:6] if r.random() < 0.6 else CODED)
        soc = r.choice([soc] * 30 + ["", GI if spellings == ["Pyrexia"] else soc])
        name = {"term": spellings[0].lower(), "soc": soc}
    day = subject["day0"] + DAY * r.choice(
        [r.randrange(-14, 0), r.randrange(-3, 3), r.randrange(0, 36), r.randrange(0, 15)]
    )
    tied = f"E{r.randrange(1, 4)}" if r.random() < 0.2 else ""
    rows = []
    for _ in range(r.choice([1, 1, 1, 2, 2, 3, 4])):
        length = r.choice([0, 1, 2, 4, 9, 20])
        row = {"subject_id": subject["subject_id"], **name, "event_id": tied if r.random() < 0.9 else ""}
        row["pt"] = r.choice(spellings) if name.get("pt") != "" else ""
        row.update(random_grade(r), start=typed_date(r, day, subject, 0.12), end="", ongoing="")
        if r.random() < 0.05:
            row["start"] = r.choice(["", "UNK"])
        chance = r.random()
        if chance < 0.72:
            row["end"] = typed_date(r, day + DAY * length, subject, 0.1)
        elif chance < 0.88:
            row["ongoing"] = "yes"
        elif chance < 0.9:
            row.update(ongoing="yes", end=f"{day + DAY * length:%Y-%m-%d}")
        elif chance < 0.92:
            row["end"] = f"{day - DAY:%Y-%m-%d}"
        if r.random() < 0.3:
            row["baseline_grade"] = r.choice(["0", "1", "1", "2", "3"])
        add_words(r, row, subject)
        rows.append(row)
        if r.random() < 0.05:
            rows.append(dict(row))
        day += DAY * (length + r.choice([-2, 0, 1, 1, 1, 2, 3]))
    return rows


def add_words(r: Random, row: Record, subject: Record) -> None:
    row.update(
        serious=r.choice(["no", "no", "N", "yes", "Y", "是", ""]),
        related=r.choice(RELATIONS),
        outcome=r.choice(OUTCOMES),
    )
    row.update(dlt=r.choice(["", "no", "no", "no", "yes"]), scale="CTCAE 5.0", action="", treatment="")
    if r.random() < 0.06:
        row[r.choice(REASONS[1:])] = "yes"
    if r.random() < (0.08 if subject["death"] else 0.01):
        row.update(
            grade=r.choice(["5", "5", "4"]), severity="", outcome=r.choice(["fatal", "fatal", "not resolved"])
        )
    if r.random() < 0.01:
        row["fatal"] = "yes"


def random_labs(r: Random, subject: Record) -> list[Record]:
    rows = []
    for test, (unit, lln, uln) in LABS.items():
        if r.random() < 0.5:
            continue
        value = lln * 1.1
        for day in range(-2, 34, r.choice([2, 3, 4])):
            value = max(lln * 0.02, value * r.choice([0.5, 0.8, 1.0, 1.1, 1.6]))
            value = min(value, uln)
            when = f"{subject['day0'] + timedelta(days=day):%Y-%m-%d}"
            rows.append({
                "subject_id": subject["subject_id"], "date": when, "test": test, "value": f"{value:.2f}", "unit": unit,
                "lln": lln, "uln": uln,
            })  # fmt: skip
    return rows


def random_study(r: Random, number: int, timed: bool) -> Record:
    study, cohort = f"S{number:04d}", f"C{number % COHORTS:02d}"
    subjects = [random_subject(r, f"{study}-{i}", cohort, timed) for i in range(1, r.randrange(4, 8))]
    events = [
        row for s in subjects for _ in range(r.choice([0, 1, 2, 3, 4, 6])) for row in random_chain(r, s)
    ]
    if r.random() < 0.05 and events:
        events.append({**events[0], "subject_id": f"{study}-X"})
    r.shuffle(events)
    return {
        "subjects": subjects,
        "events": events,
        "labs": [x for s in subjects for x in random_labs(r, s)],
    }


def random_batch(seed: int, studies: int) -> Record:
    """Many studies as one: their subjects, events and laboratory values, all with a clock at the infusion or none."""
    r = Random(f"adverse events {seed}")
    timed = seed % 2 == 1
    made = [random_study(r, i, timed) for i in range(studies)]
    batch = {part: [row for study in made for row in study[part]] for part in ("subjects", "events", "labs")}
    return {**batch, "sdtm": seed % 3 == 0}


def _write(path: Path, rows: list[Record]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def subject_cells(s: Record) -> Record:
    clock = "%Y-%m-%d" if s["infusion_is_date"] else "%Y-%m-%d %H:%M"
    cells = {
        name: s[name] for name in ("subject_id", "cohort", "dose_level", "dose", "lymphodepletion_start")
    }
    cells["infusion_datetime"] = s["infusion"].strftime(clock) if s["infused"] else ""
    cells.update(
        death_date=s["death"],
        death_cause="Disease progression" if s["death"] else "",
        last_contact_date=s["last_contact"],
    )
    cells.update(cutoff_date=s["cutoff"], retreatment_date=s["retreatment"])
    return {name: "" if value is None else value for name, value in cells.items()}


def event_cells(row: Record, sdtm: bool) -> Record:
    if not sdtm:
        return {name: row.get(name, "") for name in COLUMNS}
    cells = {heading: row.get(name, "") for name, heading in SDTM.items()}
    return {**cells, "AEENRF": "ONGOING" if row.get("ongoing") == "yes" else ""}


def write_batch(folder: Path, batch: Record) -> list[Path]:
    """subjects.csv, events.csv and labs.csv; the log under its own headings, or as SDTM has it (which knows neither DLT nor scale)."""
    folder.mkdir(parents=True)
    if batch["sdtm"]:
        for row in batch["events"]:
            row.update(dlt="", scale="")
    _write(folder / "subjects.csv", [subject_cells(s) for s in batch["subjects"]])
    _write(folder / "events.csv", [event_cells(row, batch["sdtm"]) for row in batch["events"]])
    _write(folder / "labs.csv", batch["labs"])
    return [folder / "subjects.csv", folder / "events.csv", folder / "labs.csv"]
