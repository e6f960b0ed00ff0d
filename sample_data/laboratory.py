"""The laboratory of the sample study: a blood count, chemistry and clotting before lymphodepletion and on ten study days.

Counts fall after lymphodepletion and come back; ferritin, CRP and liver enzymes rise and fibrinogen falls with the heat of the course.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from courses import Course

DRAWS = (-6, 0, 1, 3, 5, 7, 10, 14, 21, 28)

TESTS: dict[str, tuple[str, float, float, int]] = {
    "WBC": ("10^9/L", 3.5, 9.5, 2),
    "ANC": ("10^9/L", 1.8, 6.3, 2),
    "ALC": ("10^9/L", 1.1, 3.2, 2),
    "Hemoglobin": ("g/L", 115, 150, 0),
    "Platelets": ("10^9/L", 125, 350, 0),
    "ALT": ("U/L", 7, 40, 0),
    "AST": ("U/L", 13, 35, 0),
    "Total bilirubin": ("umol/L", 3.4, 20.5, 1),
    "Creatinine": ("umol/L", 41, 97, 0),
    "Sodium": ("mmol/L", 137, 147, 0),
    "Potassium": ("mmol/L", 3.5, 5.3, 1),
    "Calcium": ("mmol/L", 2.11, 2.52, 2),
    "Albumin": ("g/L", 40, 55, 0),
    "LDH": ("U/L", 120, 250, 0),
    "Uric acid": ("umol/L", 155, 428, 0),
    "Ferritin": ("ng/mL", 13, 400, 0),
    "CRP": ("mg/L", 0, 8, 1),
    "Fibrinogen": ("g/L", 2.0, 4.0, 2),
}
"""Test -> unit, lower and upper limit of the laboratory, decimals reported."""


def _hump(day: int, peak: float, width: float) -> float:
    return math.exp(-(((day - peak) / width) ** 2))


def values_on(
    course: Course, day: int, depth: float, slowness: float, chance: Callable[[], float]
) -> dict[str, float]:
    """What the laboratory would find on one day: 1 in `low` is the nadir of the counts, 1 in `storm` the peak of inflammation.

    depth: share of the counts lost at the nadir; slowness: days that the recovery takes.
    """
    low = 0.0 if day < -5 else depth * min(1.0, 1.2 * _hump(day, 6, 5 if day < 6 else slowness))
    storm, late = course.heat * _hump(day, 5, 3.5), course.heat * _hump(day, 8, 5)
    v = 0.92 + 0.16 * chance()
    anc = max(0.02, 3.4 * v * (1 - 0.995 * low))
    alc = max(0.01, 1.6 * v * (1 - 0.995 * low) * (0.35 if day >= 0 else 1))
    return {
        "WBC": anc + alc + 0.3 * (1 - 0.8 * low),
        "ANC": anc,
        "ALC": alc,
        "Hemoglobin": 118 * v - 32 * low - 3 * late,
        "Platelets": max(6, 190 * v * (1 - 0.75 * low) - 14 * late),
        "ALT": 22 * v + 26 * storm,
        "AST": 24 * v + 32 * storm,
        "Total bilirubin": 9 * v + 5 * late,
        "Creatinine": (40 + min(course.age, 20)) * v + (38 * late if course.heat >= 5 else 4 * late),
        "Sodium": 139 * (0.99 + 0.02 * chance()) - 1.2 * storm,
        "Potassium": 4.0 * v - 0.15 * storm,
        "Calcium": 2.3 * (0.98 + 0.04 * chance()) - 0.06 * storm,
        "Albumin": 42 * (0.97 + 0.05 * chance()) - 3 * storm,
        "LDH": 180 * v + 120 * storm,
        "Uric acid": 270 * v,
        "Ferritin": 240 * v * math.exp(0.85 * late),
        "CRP": 3 * v + 38 * storm,
        "Fibrinogen": max(0.5, 3.0 * v + 0.4 * storm - 0.45 * late * (late > 1.5)),
    }


def lab_rows(course: Course, at: Callable[[Course, str], datetime]) -> list[dict[str, Any]]:
    """One row per test and draw, while the subject was in the hospital's hands."""
    chance = random.Random(f"labs {course.id}").random
    depth, slowness = 0.8 + 0.2 * chance(), 3 + 3 * course.heat + 9 * chance()
    rows = []
    for day in DRAWS:
        seen = not course.unseen or not course.unseen[0] <= day <= course.unseen[1]
        moment = at(course, f"{day} 06:30")
        if not seen or moment > at(course, course.last_row) or (course.infusion is None and day > -6):
            continue
        for test, value in values_on(course, day, depth, slowness, chance).items():
            unit, lln, uln, decimals = TESTS[test]
            rows.append(
                {
                    "subject_id": course.id,
                    "datetime": moment,
                    "test": test,
                    "unit": unit,
                    "value": round(value, decimals) if decimals else round(value),
                    "lln": lln or None,
                    "uln": uln,
                }
            )
    return rows
