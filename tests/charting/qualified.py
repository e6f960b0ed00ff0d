"""Small fictional charts for the tests of qualifiers: one subject, a fever on Day 2 and 3, and what a row carries beside its value."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.settings import Settings
from senl_ae.study import Study
from tests.read.studies import lines, read
from tests.running import here

INFUSION = dt.datetime(2026, 5, 4, 10)
SUBJECTS = lines("subject_id,infusion_datetime,dose_level,age,sex", "001,2026-05-04 10:00,DL1,40,F")


def at(day: int, hour: int = 8) -> str:
    """The time of a study day."""
    return (INFUSION.replace(hour=hour) + dt.timedelta(days=day)).strftime("%Y-%m-%d %H:%M")


def table(headings: str, *rows: Sequence[object]) -> str:
    """A CSV file."""
    return lines(headings, *(",".join(str(cell) for cell in row) for row in rows))


def vitals(**more: object) -> str:
    """Vital signs three times a day over two weeks, febrile on Day 2 and 3; `more` columns hold one value throughout."""
    headings = ",".join(
        ["subject_id,datetime,temperature,sbp,spo2,oxygen_device,oxygen_flow,vasopressors", *more]
    )
    days = [(day, hour, 38.6 if day in (2, 3) else 36.8) for day in range(15) for hour in (8, 14, 20)]
    return table(
        headings, *(("001", at(d, h), t, 118, 97, "room air", "", "", *more.values()) for d, h, t in days)
    )


def read_labs(folder: Path, text: str, subjects: str = SUBJECTS) -> Study:
    return read(folder, {"subjects.csv": subjects, "labs.csv": text})


def graded_labs(study: Study) -> pd.DataFrame:
    """The laboratory values of a study, graded."""
    return grade_laboratory(study, Settings()).labs


def grades(study: Study) -> dict[str, object]:
    """Term -> its grade, None where it cannot be given; the last value of each."""
    return {
        t: None if pd.isna(g) else int(g)
        for t, g in zip(*(graded_labs(study)[c] for c in ("term", "grade")), strict=True)
    }


def patient(folder: Path, files: Mapping[str, str], *options: str) -> dict[str, str]:
    """The one subject's line of patients.csv, graded by the command."""
    paths = []
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        paths.append(folder / name)
    ended = here("grade", *paths, "--out", folder / "out", "--no-workbook", *options)
    assert ended.code in (0, 3), ended.err
    return rows_of(folder / "out" / "patients.csv")[0]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
