"""The noun that grading returns: every assessment with its grade, its ceiling, and the way back to rules and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from senl_ae.grade.engine import Reading
from senl_ae.grade.runs import Runs
from senl_ae.grade.scales import Scale
from senl_ae.grade.spans import Assessments, Mask, Seconds
from senl_ae.grade.timeline import Numbers

Sources = list[tuple[str, Seconds, Seconds]]
"""(frame name, assessments, positions in that frame) of everything an assessment was graded from."""


@dataclass(frozen=True)
class Doubts:
    """Where doubts of the record widened what it leaves open (`readings.py`), and what would settle it: item -> assessments.

    possible, grade, ceiling: the rules that counted towards the ceiling, and the grade and the ceiling, as the record is charted.
    """

    wider: Mask
    settle: dict[str, Mask]
    possible: list[Mask]
    grade: Numbers
    ceiling: Numbers


@dataclass
class Course:
    """One scale applied to all subjects.

    grade: nan is not evaluable. ceiling: nan where there is none. `clear` marks assessments that help to end a run; `members` those
    graded from a run. derived_grade and derived_ceiling are what stood before a ruling.
    """

    scale: Scale
    a: Assessments
    reading: Reading
    grade: Numbers
    ceiling: Numbers
    clear: Mask
    runs: Runs
    derived_grade: Numbers
    derived_ceiling: Numbers
    ruled: Mask
    flags: dict[str, Mask] = field(default_factory=dict)
    values: dict[str, np.ndarray] = field(default_factory=dict)
    """What the rules were asked about, by item, for `explain`."""
    sources: Sources = field(default_factory=list)
    missing_for_zero: tuple[str, ...] = ()
    needs: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))
    """Per assessment, the item that would make it evaluable; empty where it is the same for all."""
    gate_open: Mask | None = None
    member: Mask | None = None
    """Assessments with a sign, and (`starter`) those that may begin a run; None where runs are made of grades."""
    starter: Mask | None = None
    doubts: Doubts | None = None
    unruled_grade: Numbers | None = None
    """The grade without any ruling, where the study has rulings; what the investigators overruled stays visible by it."""


def given_columns(syndromes: Sequence[str]) -> dict[str, str]:
    """By syndrome the column of treatments.csv that names the episodes a treatment was given in; the first has the plain name."""
    return {name: "given_in" if i == 0 else f"given_in_{name.lower()}" for i, name in enumerate(syndromes)}


def death_source(a: Assessments) -> tuple[str, Seconds, Seconds]:
    """The row of the subjects sheet behind each death."""
    at = np.flatnonzero(a.death)
    return "subjects", at, a.subject[at]
