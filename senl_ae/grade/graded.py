"""The noun that grading returns: every assessment with its grade, its ceiling, and the way back to rules and rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.frame import Frame
from senl_ae.grade.rules.engine import Reading
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.runs import Runs
from senl_ae.grade.time.spans import Assessments, Sources
from senl_ae.issues import Issue, Issues
from senl_ae.study import Study


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


@dataclass(frozen=True)
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
    """What the rules were asked about, by item, at the better end of the record; `worse` at the other."""
    sources: Sources = field(default_factory=list)
    missing_for_zero: tuple[str, ...] = ()
    needs: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))
    """Per assessment, the item that would make it evaluable; empty where it is the same for all."""
    gate_open: Mask | None = None
    member: Mask | None = None
    """Assessments with a sign, and (`starter`) those that may begin a run; None where runs are made of grades."""
    starter: Mask | None = None
    doubts: Doubts | None = None
    worse: dict[str, np.ndarray] = field(default_factory=dict)
    origins: dict[str, Sources] = field(default_factory=dict)
    """By item, the rows of values that do not stand at the assessment itself: carried on, or of an interval."""
    unruled_grade: Numbers | None = None
    """The grade without any ruling, where the study has rulings; what the investigators overruled stays visible by it."""


@dataclass(frozen=True)
class Windows:
    """Per subject: the last study day of the window and why it ended; day -1 for subjects without an infusion."""

    end_day: Seconds
    reason: np.ndarray


class Episodes(Frame):
    """One row per episode, sorted by subject and number: onset, peak and end are positions of assessments.

    `run` numbers the run it ends in. duration_hours: from onset to the first clear assessment after it, timed data only, else nan.
    """

    subject: Whole
    episode: Whole
    onset: Whole
    peak: Whole
    end: Whole
    run: Whole
    grade: Numbers
    ceiling: Numbers
    onset_day: Whole
    peak_day: Whole
    end_day: Whole
    duration_days: Whole
    duration_hours: Numbers
    outcome: Words


class GradedDays(Frame):
    """One row per subject and date of the window with an assessment: grade (nan NE), ceiling, and its first worst assessment (`at`)."""

    subject: Whole
    study_day: Whole
    grade: Numbers
    ceiling: Numbers
    at: Whole


Figures = dict[str, np.ndarray]


@dataclass(frozen=True)
class Syndrome:
    """One scale over the study: its course, its episodes, its days in the window, its figures per subject."""

    course: Course
    episodes: Episodes
    days: GradedDays
    figures: Figures


@dataclass(frozen=True)
class Graded:
    """A study and all that was decided of it; `syndromes` by name, in the order that their scales say.

    issues: what grading found, laboratory included; what reading found is the study's.
    """

    study: Study
    windows: Windows
    syndromes: dict[str, Syndrome]
    late_onset_day: int
    laboratory: Any = None
    adverse_events: Any = None
    """The reported record (`adverse_events/records.py`); None where no sheet of events was read."""
    unruled: Graded | None = None
    """The same study graded without its rulings, where it has any."""
    scales: dict[str, Scale] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()

    @property
    def all_issues(self) -> Issues:
        """Every problem of the study, found by reading or by grading, notes that repeat joined; put together anew at each call."""
        every = Issues([*self.study.issues.found, *self.issues])
        every.join_notes()
        return every

    @property
    def in_order(self) -> dict[str, Syndrome]:
        """The syndromes whose scales have a place of their own among the columns of the results."""
        return {name: s for name, s in self.syndromes.items() if s.course.scale.order is not None}


def death_source(a: Assessments) -> tuple[str, Seconds, Seconds]:
    """The row of the subjects sheet behind each death."""
    at = np.flatnonzero(a.death)
    return "subjects", at, a.subject[at]
