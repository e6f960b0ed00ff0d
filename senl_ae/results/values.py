"""`values.csv`: what the rules were asked at each assessment, at either end of the record, and which of it stands in another row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from senl_ae.grade.graded import Course, Graded
from senl_ae.grade.rules.engine import evaluate
from senl_ae.grade.time.texts import addresses
from senl_ae.grade.time.timeline import study_day
from senl_ae.results.tables import Table, assessment_moments, by_subject, subject_ids
from senl_ae.results.traces import chained
from senl_ae.scale import Rule, Scale
from senl_ae.study import Study
from senl_ae.writing.csv_text import number_text

MOST_SUBJECTS = 500
"""Above this many subjects the values are left out unless asked for: there is a row for every assessment, and few are looked at."""
Entries = tuple[np.ndarray, np.ndarray]
"""Assessments, and a text for each."""


def values_table(graded: Graded) -> Table:
    """One row per row of assessments.csv: every item that a rule of any scale asks, as at the better end; blank where nothing is known.

    An item is blank for the syndromes whose rules do not ask it.
    """
    courses = {name: s.course for name, s in graded.syndromes.items()}
    asked = {name: course.scale.asked() for name, course in courses.items()}
    items = dict.fromkeys(item for found in asked.values() for item in found)
    words = {
        item for item in items for c in courses.values() if item in c.values and _of_words(c.values[item])
    }
    parts = [
        _of_course(graded.study, name, course, items, asked[name], words) for name, course in courses.items()
    ]
    return by_subject(parts, [course.a.subject for course in courses.values()])


def rules_possible(
    scale: Scale | None, better: Sequence[Mapping[str, str]], worse: Sequence[Mapping[str, str]]
) -> list[list[Rule]]:
    """By assessment the rules that hold at either end of what was asked, item -> text as values.csv has it; blank is not known."""
    rules = scale.rules if scale is not None else ()
    one, other = (evaluate(rules, _columns(scale, end), len(end)).holds for end in (better, worse))
    either = [first | second for first, second in zip(one, other, strict=True)]
    return [[r for r, holds in zip(rules, either, strict=True) if holds[i]] for i in range(len(better))]


def _columns(scale: Scale | None, asked: Sequence[Mapping[str, str]]) -> dict[str, np.ndarray]:
    """What was asked as columns of words and of numbers, as the rules ask; a number that is none is not known."""
    columns = {}
    for item, conditions in (scale.asked() if scale is not None else {}).items():
        cells = np.array([row.get(item) or None for row in asked], dtype=object)
        of_words = any(isinstance(c.value, (str, tuple)) for c in conditions)
        columns[item] = (
            cells if of_words else pd.to_numeric(pd.Series(cells), errors="coerce").to_numpy(float)
        )
    return columns


def _of_words(column: np.ndarray) -> bool:
    return bool(column.dtype == object)


def _of_course(
    study: Study,
    name: str,
    course: Course,
    items: Collection[str],
    asked: Collection[str],
    words: Collection[str],
) -> Table:
    a, n = course.a, len(course.a)
    nothing = {True: np.full(n, None, dtype=object), False: np.full(n, np.nan)}
    known = [item for item in items if item in asked and item in course.values]
    return {
        "subject_id": subject_ids(study)[a.subject],
        "syndrome": np.full(n, name, dtype=object),
        "datetime": assessment_moments(course, np.arange(n)),
        "study_day": study_day(study.subjects, a.subject, a.date),
        "is_day": a.is_day.astype(np.int64),
        **{item: course.values[item] if item in known else nothing[item in words] for item in items},
        "worse": _joined(n, [_differing(item, course) for item in known]),
        "carried": _joined(n, [e for item in known for e in _from_elsewhere(item, course, study)]),
    }


def _joined(n: int, entries: list[Entries]) -> np.ndarray:
    """The texts of each assessment as one, item by item."""
    if not entries:
        return np.full(n, "", dtype=object)
    at, text = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    order = np.argsort(at, kind="stable")
    return chained(n, at[order], text[order])


def _differing(item: str, course: Course) -> Entries:
    """Where the worse end of an item is another value, and that value; nothing after `=` where it is not known there."""
    better, worse = course.values[item], course.worse.get(item, course.values[item])
    if better is worse:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object)
    at = np.flatnonzero(~((better == worse) | (pd.isna(better) & pd.isna(worse))))
    codes, distinct = pd.factorize(worse[at])
    said = [value if isinstance(value, str) else number_text(float(value)) for value in distinct.tolist()]
    return at, np.array([*(f"{item}={text}" for text in said), f"{item}="], dtype=object)[codes]


def _from_elsewhere(item: str, course: Course, study: Study) -> Iterator[Entries]:
    """The rows of values that were carried on from an earlier assessment, or that an interval says."""
    known = ~pd.isna(course.values[item])
    for frame, at, position in course.origins.get(item, ()):
        at, position = at[known[at]], position[known[at]]
        sheet, row = (study.frame(frame)[c][position] for c in ("sheet", "row"))
        found = pd.DataFrame({"at": at, "sheet": sheet, "row": row}).drop_duplicates()
        found = found.sort_values(["at", "sheet", "row"], kind="stable")
        text = addresses(study, found["sheet"].to_numpy(), found["row"].to_numpy())
        yield found["at"].to_numpy(), f"{item}=" + text
