"""What a record with one thing in doubt may have said: every reading spelled out, each graded by hand, the least and the most taken.

One cell of a fictional subject is put out of sight, or the status of one of its treatments, and the records that it may have been are
listed. Nothing here knows which reading is the least: all are graded.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from oracle_neuro import NOT_NEUROLOGICAL
from oracle_time import EXCUSED
from random_study import AGENTS, DEVICES
from scalar_grader import grade_subject

Record = dict[str, Any]
UNREADABLE = ("gizmo ?", "看不清")

SAID: dict[str, dict[str, tuple[Any, ...]]] = {
    "vitals": {
        "temperature": (None, 36.5, 37.9, 38.0, 40.0),
        "sbp": (None, 40.0, 85.0, 95.0, 120.0),
        "oxygen_device": (None, "room_air", *dict.fromkeys(DEVICES)),
        "vasopressors": (
            None,
            "none",
            "yes",
            "2",
            AGENTS[0],
            f"{AGENTS[0]};{AGENTS[1]}",
            "vasopressin",
            "dobutamine",
        ),
        "hypotension": (None, 0.0, 1.0),
        "fluid_bolus": (None, 0.0, 1.0),
        "corticosteroid": (None, 0.0, 1.0),
        "antipyretic": (None, 0.0, 1.0),
    },
    "neuro": {
        "consciousness": (
            None,
            "awake",
            "clouded",
            "voice",
            "touch",
            "vigorous_touch",
            "unarousable",
            "stupor",
            "coma",
            "sedated",
        ),
        "sedated": (None, 0.0, 1.0),
        "unable_reason": (None, "neurological", *sorted(NOT_NEUROLOGICAL)),
        "motor": (None, "none", "weakness", "deep_focal", "tremor"),
        "icp_sign": (None, "none", "papilloedema", "other_counted_nothing"),
    },
    "interventions": {"indication": (None, "hypotension", "hypoxia", *sorted(EXCUSED))},
}
"""Item -> what its cell may have said, nothing included. The rows that hold it must hold something that is not in doubt besides."""


def cells_of(subject: Record) -> list[tuple[str, int, str]]:
    """The cells that may be put out of sight: sheet, row, item."""
    out = []
    for sheet, items in SAID.items():
        for i, row in enumerate(subject[sheet]):
            if sheet == "interventions" and row["category"] not in ("vasopressor", "oxygen", "fluid"):
                continue
            out += [
                (sheet, i, item)
                for item in items
                if row[item] is not None or item in ("consciousness", "sedated", "indication")
            ]
    return out


def cell_in_doubt(r: Random, subject: Record) -> tuple[tuple[str, int, str], list[Record]] | None:
    """One cell out of sight, and the subject with each thing that it may have said."""
    cells = cells_of(subject)
    if not cells:
        return None
    sheet, i, item = r.choice([c for c in cells if c[2] == r.choice(cells)[2]] or cells)
    readings = []
    for word in SAID[sheet][item]:
        one = copy.deepcopy(subject)
        one[sheet][i][item] = word
        readings.append(one)
    return (sheet, i, item), readings


def status_in_doubt(r: Random, subject: Record) -> tuple[int, list[Record]] | None:
    """One treatment whose status nobody could read, and the subject with and without it."""
    if not subject["interventions"]:
        return None
    i = r.randrange(len(subject["interventions"]))
    without = copy.deepcopy(subject)
    del without["interventions"][i]
    return i, [subject, without]


def least_and_most(
    readings: list[Record], facts: Record
) -> dict[tuple[str, Any, bool], tuple[float | None, float | None]]:
    """Syndrome, time, day row -> the least grade of all readings (None: one of them leaves nothing to grade) and the highest ceiling."""
    found: dict[tuple[str, Any, bool], list[tuple[Any, Any]]] = {}
    for one in readings:
        graded = grade_subject(one, facts)
        for syndrome in ("CRS", "ICANS"):
            for a in graded[syndrome]["assessments"]:
                found.setdefault((syndrome, a["time"], a["is_day"]), []).append(
                    (a["grade"], a["grade_ceiling"])
                )
    out = {}
    for key, pairs in found.items():
        grades = [g for g, _ in pairs]
        ceilings = [c for _, c in pairs if c is not None]
        out[key] = (None if None in grades else min(grades), max(ceilings) if ceilings else None)
    return out
