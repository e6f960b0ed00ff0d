"""ICAHT, tumour lysis and IEC-HS criteria against golden courses; flip any one bound of their tables, and a course fails.

A course of `golden/series.csv` reads `age 17 | anc 10^9/L: D0-D4 2, D5 0.5 | alt U/L (7 to 40): D3 201`: a test, its unit, the laboratory's
range where it matters, and a value of a day or of each of several days, at 08:00. Infusion is on Day 0 at noon; platelets count for ICAHT.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.settings import Settings
from tests.grade import test_laboratory_series as series
from tests.grade.laboratory_study import at, study

GOLDEN = Path(__file__).parents[1] / "golden" / "series.csv"
TEST = re.compile(r"(\S+) (\S+?)(?: \((\S+) to (\S+)\))?: (.+)")
DAYS = re.compile(r"D(-?\d+)(?:-D(\d+))? (\S+)")


@cache
def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def course(text: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The laboratory rows of a course and its subject."""
    labs, subject = [], {"age": 50}
    for entry in text.split(" | "):
        if entry.startswith("age "):
            subject["age"] = int(entry[4:])
            continue
        test, unit, lln, uln, values = TEST.fullmatch(entry).groups()  # type: ignore[union-attr]
        for part in values.split(", "):
            first, last, value = DAYS.fullmatch(part).groups()  # type: ignore[union-attr]
            for day in range(int(first), int(last or first) + 1):
                labs.append(
                    {"test": test, "unit": unit, "value": value, "lln": lln, "uln": uln, "time": at(day)}
                )
    return labs, subject


def courses() -> list[tuple[list[dict[str, Any]], dict[str, Any], tuple[()]]]:
    return [(*course(row["given"]), ()) for row in golden()]


def fails(table: pd.DataFrame, version: str) -> list[str]:
    """What does not hold of the courses of one CTCAE version, in words."""
    wrong = []
    for i, row in enumerate(golden()):
        for claim in row["then"].split(", ") if row["version"] == version else ():
            column, _, wanted = claim.partition(" ")
            value = table[column].iloc[i]
            found = "" if pd.isna(value) else str(value)
            if found != wanted:
                wrong.append(f"{row['case']}: {column} is {found!r}, not {wanted!r}")
    return wrong


@pytest.mark.parametrize("version", ["5.0", "6.0"])
def test_every_course_has_its_figures_below_at_and_above_each_bound(version: str) -> None:
    subjects, labs = [], []
    for i, (rows, subject, _) in enumerate(courses()):
        subjects.append(subject)
        labs += [{**row, "subject": i} for row in rows]
    settings = Settings(ctcae=version, icaht_platelets=True)
    table = grade_laboratory(study(labs, subjects), settings).haematotoxicity
    assert not fails(table, version)


def test_flipping_any_bound_of_a_series_table_fails_a_course(monkeypatch: pytest.MonkeyPatch) -> None:
    fevers = series.cases
    monkeypatch.setattr(series, "cases", courses)
    series.prepared.cache_clear()
    assert all(
        not fails(series.cases_graded(series.scales(), version), version) for version in ("5.0", "6.0")
    )
    survivors = [
        name
        for name, version, changed in series.mutants()
        if "febrile_neutropenia" not in name and not fails(series.cases_graded(changed, version), version)
    ]
    monkeypatch.setattr(series, "cases", fevers)
    series.prepared.cache_clear()
    assert not survivors
