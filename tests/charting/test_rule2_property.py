"""Rule 2 as a property: what cannot be read never raises a floor and never lowers a ceiling below the grade that stood there.

Every subject of a fictional study is a small record of its own: one to three of its cells become text that nobody can read, or the status
of its treatments does.
"""

from __future__ import annotations

import csv
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from senl_ae.grade.study import grade_study
from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from senl_ae.study import Study
from tests.charting.rule2 import SCALES

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))

from random_study import PROFILES, random_study, write_study

UNREADABLE = ("gizmo ?", "看不清")
CELLS = {
    "vitals": (
        "temperature", "sbp", "oxygen_device", "oxygen_flow", "vasopressors", "hypotension", "fluid_bolus", "tocilizumab", "corticosteroid",
        "antipyretic",
    ),
    "neuro": ("consciousness", "sedated", "unable_reason", "avpu", "rass", "seizure", "motor", "ice_total", "capd_total"),
    "interventions": ("indication", "flow", "ongoing"),
}  # fmt: skip
Ends = dict[tuple[Any, ...], tuple[float, float]]
Sheets = dict[str, list[dict[str, str]]]


def made(seed: int, subjects: int, kind: str) -> Sheets:
    study = random_study(seed, subjects, PROFILES[kind])
    with tempfile.TemporaryDirectory() as folder:
        return {
            p.stem: list(csv.DictReader(p.open(encoding="utf-8", newline="")))
            for p in write_study(Path(folder), study)
        }


def read(sheets: Sheets, settings: Settings) -> Study:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, rows in sheets.items():
            paths.append(Path(folder) / f"{name}.csv")
            with paths[-1].open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return read_study(paths, settings)


def grades(study: Study, settings: Settings) -> Ends:
    """Grade and ceiling of every assessment; what is not evaluable is below 0."""
    out: Ends = {}
    for name, syndrome in grade_study(study, settings, SCALES).syndromes.items():
        course = syndrome.course
        keys = zip(course.a.subject.tolist(), course.a.order.tolist(), course.a.is_day.tolist(), strict=True)
        ends = zip(course.grade.tolist(), course.ceiling.tolist(), strict=True)
        for key, (grade, ceiling) in zip(keys, ends, strict=True):
            out[name, *key] = (-1.0 if math.isnan(grade) else grade, -1.0 if math.isnan(ceiling) else ceiling)
    return out


def check(before: Ends, after: Ends) -> int:
    """How many assessments the doubt widened, after none of them broke the rule."""
    for key in before.keys() & after.keys():
        assert after[key][0] <= before[key][0], f"{key}: the floor rises from {before[key]} to {after[key]}"
        assert after[key][1] >= before[key][0], f"{key}: the ceiling falls from {before[key]} to {after[key]}"
    return sum(before[key] != after[key] for key in before.keys() & after.keys())


@pytest.mark.parametrize(
    ("kind", "seed"), [("everything", 11), ("timed", 12), ("daily", 13), ("strict", 14), ("ruled", 15)]
)
def test_cells_that_cannot_be_read(kind: str, seed: int) -> None:
    r, sheets, settings = (
        Random(seed),
        made(seed, 70, kind),
        Settings(fever_gate=PROFILES[kind].get("fever_gate", "run")),
    )
    cells: dict[str, list[tuple[str, int, str]]] = {}
    for name, rows in sheets.items():
        for i, row in enumerate(rows):
            for item in CELLS.get(name.split("_")[0], ()):
                if row.get(item):
                    cells.setdefault(row["subject_id"], []).append((name, i, item))
    changed = {name: [dict(row) for row in rows] for name, rows in sheets.items()}
    for some in cells.values():
        for name, i, item in r.sample(some, min(len(some), r.choice([1, 1, 2, 3]))):
            changed[name][i][item] = r.choice(UNREADABLE)
    assert check(grades(read(sheets, settings), settings), grades(read(changed, settings), settings)) > 20


@pytest.mark.parametrize(("kind", "seed"), [("everything", 21), ("timed", 22), ("daily", 23), ("strict", 24)])
def test_treatments_of_unknown_status(kind: str, seed: int) -> None:
    """Compared with the same record where they were given, and where they were not."""
    settings = Settings(fever_gate=PROFILES[kind].get("fever_gate", "run"))
    study = read(made(seed, 70, kind), settings)
    doubt = np.random.default_rng(seed).random(len(study.interventions)) < 0.4
    doubtful = grades(
        replace(study, interventions=study.interventions.with_columns(doubtful=doubt)), settings
    )
    rest = study.interventions.rows(~doubt)
    assert check(grades(study, settings), doubtful) > 10
    check(grades(replace(study, interventions=rest), settings), doubtful)
