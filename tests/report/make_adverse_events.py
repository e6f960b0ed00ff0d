"""Folders with reported adverse events for the tests of the tables: a few records said in short, the rest filled in as a run would."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from senl_ae.results.schema import schema

GI = "Gastrointestinal disorders"
BLOOD = "Blood and lymphatic system disorders"
GROUPS = (
    {"id": "crs", "title": "Cytokine release syndrome", "names": 3, "derived": ["CRS"]},
    {"id": "cytopenias", "title": "Cytopenias", "names": 12, "derived": ["Anemia"]},
    {"id": "tumour-flare", "title": "Tumour flare", "names": 4, "derived": []},
)
SHELL_STUDY: tuple[dict[str, Any], ...] = (
    {"subject": 1, "pt": "Nausea", "soc": GI, "grade": 1, "start_day": 2},
    {"subject": 1, "pt": "Vomiting", "soc": GI, "grade": 3, "start_day": 3},
    {"subject": 4, "pt": "Vomiting", "soc": GI, "grade": 1, "start_day": 1},
    {"subject": 5, "pt": "Anaemia", "soc": BLOOD, "grade": 3, "start_day": 4},
    {"subject": 6, "pt": "Neutropenia", "soc": BLOOD, "grade": 4, "start_day": 5},
    {"subject": 6, "pt": "Neutropenia", "soc": BLOOD, "grade": 2, "start_day": 20},
    {"subject": 6, "pt": "Anaemia", "soc": BLOOD, "grade": 4, "start_day": 6},
)
"""Nine subjects, 1-3 of DL1, 4-9 of DL2, and seven events: the table that stands in the specification."""


def nine(folder: Path, infused: Sequence[int] = range(1, 10)) -> Path:
    """A study of nine subjects in two dose levels, of which these were infused."""
    from make_results import WINDOW, random_study, write_study

    subjects = random_study(1, 9)
    for number, subject in enumerate(subjects, 1):
        subject |= {
            "subject_id": f"S{number}",
            "dose_level": "DL1" if number <= 3 else "DL2",
            "dose": 1e6 if number <= 3 else 3e6,
            "infusion": subject["first"].isoformat() if number in infused else "",
            "window_end_day": WINDOW,
            "window_end_reason": "window-complete",
            "days_expected": WINDOW + 1,
        }
    return write_study(folder, subjects, adverse=False)


def record(number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """One row of adverse_events.csv: emergent, in the window, of a grade and with an end unless it is said otherwise."""
    subject = said.get("subject", 1)
    day = said.get("start_day", 1)
    grade = said.get("grade", 2)
    filled = {
        "subject_id": f"S{subject}" if isinstance(subject, int) else subject,
        "dose_level": "DL1" if subject in (1, 2, 3) else "DL2",
        "record": number,
        "event": number,
        "term": said.get("pt", ""),
        "pt": "",
        "soc": "",
        "grade": grade,
        "grade_ceiling": 5 if grade == "" else grade,
        "scale": "CTCAE v5.0",
        "start": "2026-01-10",
        "start_day": day,
        "end": "2026-01-12",
        "end_day": day + 2 if isinstance(day, int) else "",
        "ongoing": "",
        "period": "infusion",
        "emergent": "yes",
        "in_window": 1,
        "serious": 0,
        "related": 1,
        "outcome": "resolved",
        "source": f"events.xlsx:AE:{number + 1}",
    }
    filled |= {name: value for name, value in said.items() if name != "subject"}
    return filled if filled["in_window"] else filled | {"event": ""}


def with_events(
    folder: Path,
    said: Sequence[Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]] = GROUPS,
    **settings: Any,
) -> Path:
    """Puts these records into a folder of results, and the groups and settings of the run beside them."""
    rows = [record(number, one) for number, one in enumerate(said, 1)]
    write_table(folder, "adverse_events", rows)
    write_table(folder, "ae_labs", [])
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["aesi"] = list(groups)
    run["settings"] |= settings
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def write_table(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table of the results with the columns of the schema; what a row does not say is blank."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in schema()[name].columns], restval="")
        writer.writeheader()
        writer.writerows(rows)


NAMES = (
    ("Anaemia", BLOOD),
    ("Anemia", BLOOD),
    ("NEUTROPENIA", BLOOD),
    ("Neutropenia", BLOOD),
    ("Nausea", GI),
    ("Diarrhoea", GI),
    ("Diarrhea", GI),
    ("Mouth bleeding", "Vascular disorders"),
    ("Mouth bleeding", GI),
    ("=SUM(1)", ""),
    ("[red]Rash[/red]", "Skin & <b>subcutaneous</b> tissue disorders"),
    ("", ""),
)
"""Spellings of one name, a name in two classes, names that are no formula and no markup, one that nobody coded."""


def random_events(subjects: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Records of every period, with and without a grade, a relation, a class; some subjects have none."""
    rng = random.Random(f"adverse events {seed}")
    rows: list[dict[str, Any]] = []
    for subject in subjects:
        for number in range(1, rng.choice([0, 1, 2, 4, 8]) + 1):
            pt, soc = rng.choice(NAMES)
            infused, end = bool(subject["infusion"]), subject["window_end_day"]
            period = rng.choice(["before", "lymphodepletion", "infusion", "infusion", "infusion", "late"])
            first, last = {
                "before": (-20, -5),
                "lymphodepletion": (-4, -1),
                "infusion": (0, end),
                "late": (end + 1, end + 9),
            }[period]
            day = rng.randint(first, last)
            emergent = rng.choice(["yes", "yes", "yes", "assumed", "no"])
            counts = (
                infused
                and period != "late"
                and emergent != "no"
                and (period == "infusion" or rng.random() < 0.2)
            )
            grade = rng.choice(["", 1, 1, 2, 2, 3, 4, 5])
            said = {
                "subject": subject["subject_id"],
                "dose_level": subject["dose_level"],
                "term": pt or rng.choice(["mouth bleed", "Mouth  bleed"]),
                "pt": pt,
                "soc": soc,
                "grade": grade,
                "start_day": day if infused else "",
                "end_day": rng.choice(["", day + rng.randrange(12)]) if infused else "",
                "period": period if infused else "",
                "emergent": (emergent if counts or period == "late" else "no") if infused else "",
                "in_window": int(counts),
                "event": rng.randint(1, number),
                "serious": rng.choice([1, 0, 0, ""]),
                "related": rng.choice([1, 0, ""]),
                "dlt": rng.choice([1, 0, ""]),
                "outcome": rng.choice(
                    ["resolved", "resolving", "not resolved", "sequelae", "fatal", "unknown", ""]
                ),
                "action": rng.choice(["", "none", "delayed", "stopped"]),
                "aesi": rng.choice(["", "cytopenias", "crs;cytopenias"]),
            }
            flags = ["relation-missing"] * (said["related"] == "") + ["serious-missing"] * (
                said["serious"] == ""
            )
            flags += ["worsening-unknown"] * (period == "before" and not counts)
            rows.append(record(len(rows) + 1, said | {"flags": ";".join(flags)}))
    return rows


VERDICTS = ("agrees", "reported-lower", "reported-higher", "no-value", "not-reported")


def random_verdicts(subjects: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, Any]]:
    rng = random.Random(f"verdicts {seed}")
    return [
        {
            "subject_id": subject["subject_id"],
            "pt": "Anaemia",
            "term": rng.choice(["Anemia", "Neutrophil count decreased"]),
            "direction": "low",
            "start": "2026-01-10",
            "end": rng.choice(["", "2026-01-12"]),
            "reported_grade": rng.choice(["", 2, 3]),
            "derived_grade": 3,
            "derived_ceiling": rng.choice([3, 4]),
            "derived_date": "2026-01-11",
            "verdict": rng.choice(VERDICTS),
            "source_event": "events.xlsx:AE:4",
            "source_lab": "labs.csv::9",
        }
        for subject in subjects
        if rng.random() < 0.6
    ]
