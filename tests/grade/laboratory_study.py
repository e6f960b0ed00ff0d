"""Small fictional studies for the laboratory tests, written as lists of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.issues import Issues
from senl_ae.study import FRAMES, NO_TIME, Sheet, Study

DAY = 86_400
DAY0 = 20_000
"""Date of every infusion, as days since 1970-01-01 (2024-10-04)."""

_TIMES = {
    "time",
    "infusion",
    "birth_date",
    "death",
    "last_contact",
    "cutoff",
    "retreatment",
    "conditioning",
    "new_therapy",
    "progression",
    "lymphodepletion_start",
    "start",
    "end",
    "end_recorded",
}
_FLAGS = {"is_day", "infusion_is_date", "death_is_date", "start_is_date", "end_is_date"}
_NUMBERS = {
    "value",
    "lln",
    "uln",
    "symptomatic",
    "intervention",
    "hospitalised",
    "anticoagulated",
    "transfused",
    "age",
    "temperature",
    "weight_kg",
}


def frame(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One frame of a study with the columns the contract gives it; what a row does not say is blank."""
    out: dict[str, Any] = {}
    for column in FRAMES[name]:
        given = [row.get(column) for row in rows]
        if column in _TIMES:
            out[column] = np.array([NO_TIME if v is None else int(v) for v in given], dtype=np.int64)
        elif column in _FLAGS:
            out[column] = np.array([bool(v) for v in given], dtype=bool)
        elif column in _NUMBERS:
            out[column] = np.array([np.nan if v in (None, "") else float(v) for v in given], dtype=float)
        elif column in ("subject", "sheet"):
            out[column] = np.array([0 if v is None else v for v in given], dtype=np.int64)
        elif column == "row":
            out[column] = np.arange(len(rows), dtype=np.int64) + 2
        else:
            out[column] = np.array([None if v in (None, "") else v for v in given], dtype=object)
    return pd.DataFrame(out)


def at(day: float, hour: float = 8) -> int:
    """Seconds of a study day and clock time."""
    return int((DAY0 + day) * DAY + hour * 3600)


def study(
    labs: Sequence[Mapping[str, Any]],
    subjects: Sequence[Mapping[str, Any]] = ({},),
    vitals: Sequence[Mapping[str, Any]] = (),
) -> Study:
    """A study of these laboratory rows; subjects are infused on Day 0 at noon unless they say otherwise."""
    people = [
        {"subject_id": f"{i + 1:04d}", "infusion": at(0, 12), "dose_level": "DL1", **s}
        for i, s in enumerate(subjects)
    ]
    frames = {name: frame(name, ()) for name in FRAMES}
    frames |= {
        "subjects": frame("subjects", people),
        "labs": frame("labs", labs),
        "vitals": frame("vitals", vitals),
    }
    return Study(
        **frames,
        sheets=[Sheet("labs.csv", "labs", "labs", {})],
        sources=frozenset(),
        inputs=[],
        issues=Issues(),
    )
