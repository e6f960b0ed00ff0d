"""Febrile neutropenia and laboratory tumour lysis of random subjects against a second reader: plain loops over one subject's readings."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.settings import Settings
from tests.grade.laboratory_study import at, study

Readings = list[tuple[float, float]]  # hours after midnight of Day 0, value


def febrile_neutropenia(temperatures: Readings, counts: Readings) -> int | None:
    """1 where a fever met a count below 1.0 of the 24 hours before, None where only fevers without a count are left, else 0."""
    if not temperatures:
        return None
    ordered, found = sorted(temperatures), 0
    unknown = False
    for i, (hour, celsius) in enumerate(ordered):
        fever = celsius > 38.3
        for j in range(i):
            stretch = [c for _, c in ordered[j : i + 1]]
            fever = fever or (hour - ordered[j][0] >= 1 and min(stretch) >= 38.0)
        if not fever:
            continue
        recent = [c for c in sorted(counts) if 0 <= hour - c[0] <= 24]
        if not recent:
            unknown = True
        elif recent[-1][1] < 1.0:
            found = 1
    return 1 if found else None if unknown else 0


def test_febrile_neutropenia_of_random_subjects() -> None:
    rng = random.Random(3)
    labs: list[dict[str, Any]] = []
    vitals: list[dict[str, Any]] = []
    wanted = []
    for i in range(600):
        hours = sorted(rng.sample(range(13 * 4, 100 * 4), rng.randint(1, 8)))
        close = [h + rng.choice((2, 3, 4, 5)) for h in hours if rng.random() < 0.5]
        temperatures = [
            (h / 4, rng.choice((36.8, 37.9, 38.0, 38.0, 38.2, 38.3, 38.31, 39.0)))
            for h in sorted({*hours, *close})
        ]
        counts = [
            (h / 4, rng.choice((0.4, 0.99, 1.0, 2.0)))
            for h in rng.sample(range(12 * 4, 100 * 4), rng.randint(0, 5))
        ]
        counts += [(temperatures[-1][0] - 24, 0.5)] * (rng.random() < 0.2)
        vitals += [{"subject": i, "time": at(0, h), "temperature": t} for h, t in temperatures]
        labs += [
            {"subject": i, "test": "anc", "unit": "10^9/L", "value": x, "time": at(0, h)} for h, x in counts
        ]
        wanted.append(febrile_neutropenia(temperatures, counts))
    found = grade_laboratory(study(labs, [{}] * len(wanted), vitals), Settings()).haematotoxicity[
        "febrile_neutropenia"
    ]
    have = [None if pd.isna(x) else int(x) for x in found]
    assert [(i, w, h) for i, (w, h) in enumerate(zip(wanted, have, strict=True)) if w != h] == []
    assert {0, 1, None} <= set(wanted)


BOUNDS = {
    "uric_acid": ("umol/L", 476.0, 1),
    "potassium": ("mmol/L", 6.0, 1),
    "phosphate": ("mmol/L", 1.45, 1),
    "calcium": ("mmol/L", 1.75, -1),
}
USUAL = {"uric_acid": 300.0, "potassium": 4.0, "phosphate": 1.0, "calcium": 2.2}


def lysis(baseline: dict[str, float], days: dict[int, dict[str, float]], age: int) -> int:
    """3 where two of the four criteria are met on Day -3 to 7, else 0; every test is measured."""
    met = set()
    for day, values in days.items():
        for test, x in values.items():
            _, bound, sign = BOUNDS[test]
            bound = 2.1 if test == "phosphate" and age < 18 else bound
            b = baseline[test]
            beyond = x >= bound if sign > 0 else x <= bound
            changed = day >= 0 and (x >= 1.25 * b - 1e-9 if sign > 0 else x <= 0.75 * b + 1e-9)
            if day <= 7 and (beyond or changed):
                met.add(test)
    return 3 if len(met) >= 2 else 0


@pytest.mark.parametrize("version", ["4.03", "5.0"])
def test_tumour_lysis_of_random_subjects(version: str) -> None:
    rng = random.Random(5)
    labs: list[dict[str, Any]] = []
    subjects, wanted = [], []
    for i in range(400):
        age = rng.choice((10, 17, 18, 60))
        baseline = {test: usual * rng.choice((0.9, 1.0)) for test, usual in USUAL.items()}
        days = {-1: baseline}
        for day in (1, 7, 8):
            days[day] = {}
            for test, (_, bound, sign) in BOUNDS.items():
                b = baseline[test]
                quarter = round(b * (1 + sign * 0.25), 6)
                child = 2.1 if test == "phosphate" else b
                days[day][test] = rng.choice(
                    (b, b, b, bound, bound - sign * 0.01, quarter, round(quarter - sign * 0.01, 6), child)
                )
        subjects.append({"age": age})
        labs += [
            {"subject": i, "test": test, "unit": BOUNDS[test][0], "value": x, "time": at(day)}
            for day, of in days.items()
            for test, x in of.items()
        ]
        wanted.append(lysis(baseline, days, age))
    found = grade_laboratory(study(labs, subjects), Settings(ctcae=version)).haematotoxicity["tumour_lysis"]
    assert [
        (i, w, h) for i, (w, h) in enumerate(zip(wanted, found, strict=True)) if pd.isna(h) or w != h
    ] == []
    assert {0, 3} <= set(wanted)


@pytest.mark.parametrize(("hours", "met"), [(72, "ferritin@8;fibrinogen@11"), (72.1, "ferritin@8")])
def test_iechs_criteria_stand_together_within_72_hours(hours: float, met: str) -> None:
    labs = [
        {"test": "ferritin", "unit": "ng/mL", "value": 900, "uln": 300, "time": at(8)},
        {"test": "fibrinogen", "unit": "g/L", "value": 1.4, "lln": 2, "time": at(8, 8 + hours)},
    ]
    assert grade_laboratory(study(labs), Settings()).haematotoxicity["iechs_met"].item() == met
