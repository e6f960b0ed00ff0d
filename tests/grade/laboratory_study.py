"""Small fictional studies for the laboratory tests, written as lists of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from senl_ae.issues import Issues
from senl_ae.study import FRAMES, Sheet, Study

DAY = 86_400
DAY0 = 20_000
"""Date of every infusion, as days since 1970-01-01 (2024-10-04)."""


def frame(name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    """One frame of a study with the columns it declares; what a row does not say is blank."""
    out = {column: FRAMES[name].blank(column, len(rows)) for column in FRAMES[name].kinds}
    for i, row in enumerate(rows):
        for column, value in row.items():
            if value not in (None, "") and column in out:
                out[column][i] = value
    out["row"] = np.arange(len(rows), dtype=np.int64) + 2
    return FRAMES[name](**out)


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
