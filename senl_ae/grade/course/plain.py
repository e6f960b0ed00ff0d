"""The course of a scale without a gate: every assessment graded by the rules as it stands, runs made of grades of 1 and more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers
from senl_ae.grade.crs.signs import Signs, read_signs
from senl_ae.grade.graded import Course, death_source
from senl_ae.grade.icans.neuro import Neuro, read_neuro, uses_ice
from senl_ae.grade.rules.engine import Reading, evaluate, read_twice
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.rulings import Rulings, rulings_at
from senl_ae.grade.time.runs import runs_of
from senl_ae.grade.time.spans import Assessments, last_true
from senl_ae.settings import Settings
from senl_ae.study import DAY, Study

LOOK_BACK_DAYS = 1
"""How long before a sedated assessment a grade still says that the sedation may hide the syndrome."""


def grade_by_rules(study: Study, scale: Scale, settings: Settings) -> Course:
    """Grade and ceiling of every assessment of the scale's domain, and its runs.

    0 is what is left where every rule is known to be false, or where one of the scale's `zero_needs` was assessed; else not evaluable.
    """
    neuro = scale.assessed_in == "neuro"
    seen = read_neuro(study, scale, settings) if neuro else read_signs(study, scale, settings)
    rulings = rulings_at(study, seen.a, scale)
    better, worse = (_with_other_causes(items, rulings.excluded) for items in (seen.better, seen.worse))
    demoted = seen.demoted if isinstance(seen, Neuro) else {}
    asked = _Asked(scale, rulings, better, worse, demoted, _zero(scale, better, len(seen.a)))
    found = _graded(asked, seen.a)
    flags = dict(seen.flags)
    if isinstance(seen, Neuro):
        asked, found = _with_hidden(study, seen, asked, found)
        flags["ice-not-done"] = (found.grade >= 1) & ~seen.tool_assessed & ~seen.sedated & ~seen.a.death
        flags["no-worse-than-baseline"] = _suppressed(found.reading, asked.demoted, len(seen.a))
    return _course(study, seen, asked, found, flags, settings)


@dataclass(frozen=True)
class _Asked:
    """What the rules of a scale are asked: the items at either end, the rulings, and the scores that are no worse than before."""

    scale: Scale
    rulings: Rulings
    better: dict[str, Any]
    worse: dict[str, Any]
    demoted: dict[str, Mask]
    zero: Mask
    """Where the record can establish grade 0."""


@dataclass(frozen=True)
class _Found:
    """What they answer: grade and ceiling of the record, and the grade after rulings."""

    reading: Reading
    grade: Numbers
    ceiling: Numbers
    ruled: Numbers


def _graded(asked: _Asked, a: Assessments) -> _Found:
    n, rulings = len(a), asked.rulings
    reading = read_twice(asked.scale.rules, asked.better, asked.worse, n, rulings.excluded, asked.demoted)
    grade = reading.grade()
    grade = np.where(np.isnan(grade) & asked.zero, 0.0, grade)
    ruled = np.where(np.isnan(rulings.grade) | a.death, grade, rulings.grade)
    return _Found(reading, grade, np.fmax(grade, reading.ceiling()), ruled)


def _with_hidden(study: Study, seen: Neuro, asked: _Asked, found: _Found) -> tuple[_Asked, _Found]:
    """The same once more where a sedation soon after a grade may hide that it goes on."""
    graded = found.ruled >= 1
    if study.possibly_graded is not None:
        graded = graded | study.possibly_graded
    hidden = seen.sedated & np.isnan(found.ruled) & _grade_within(seen.a, graded)
    if not hidden.any():
        return asked, found
    after = {"sedated_after_icans": hidden.astype(float)}
    asked = replace(asked, better=asked.better | after, worse=asked.worse | after)
    return asked, _graded(asked, seen.a)


def _course(
    study: Study,
    seen: Neuro | Signs,
    asked: _Asked,
    found: _Found,
    flags: dict[str, Mask],
    settings: Settings,
) -> Course:
    """The course that follows: runs of grades of 1 and more, and for the checks which tool would settle what is not evaluable."""
    a, scale, rulings = seen.a, asked.scale, asked.rulings
    member, clear = found.ruled >= 1, found.ruled == 0
    neuro = isinstance(seen, Neuro)
    by_ice = uses_ice(study, scale, a.subject, a.date)[0] if neuro else np.zeros(0, dtype=bool)
    return Course(
        scale,
        a,
        found.reading,
        grade=found.ruled,
        ceiling=np.where(np.isnan(rulings.grade) | a.death, found.ceiling, rulings.grade),
        clear=clear,
        runs=runs_of(a, member, member, clear, settings),
        derived_grade=found.grade,
        derived_ceiling=found.ceiling,
        ruled=rulings.applied & ~a.death,
        flags=flags,
        values=asked.better,
        worse=asked.worse,
        origins={} if isinstance(seen, Neuro) else seen.origins,
        sources=[*seen.sources, death_source(a), ("adjudications", *rulings.pairs)],
        missing_for_zero=scale.zero_needs,
        needs=np.where(by_ice, "ice_total", "capd_total").astype(object),
    )


def _with_other_causes(items: dict[str, Any], excluded: dict[str, Mask]) -> dict[str, Any]:
    """A loss of consciousness that was ruled to have another cause makes no other rule worse."""
    if "consciousness" not in excluded or "consciousness" not in items:
        return dict(items)
    recorded = ~pd.isna(items["consciousness"])
    awake = np.where(excluded["consciousness"] & recorded, "awake", items["consciousness"])
    return {**items, "consciousness": awake}


def _zero(scale: Scale, better: dict[str, np.ndarray], n: int) -> Mask:
    """Where the record can establish grade 0."""
    if scale.zero_needs:
        known = np.zeros(n, dtype=bool)
        for item in scale.zero_needs:
            column = better.get(item)
            if column is not None:
                known |= ~pd.isna(column) if column.dtype == object else ~np.isnan(column.astype(float))
        return known
    found = evaluate(scale.rules, better, n)
    return ~np.logical_or.reduce([np.zeros(n, dtype=bool), *found.unknown])


def _grade_within(a: Assessments, graded: Mask) -> Mask:
    """Whether an earlier assessment had a grade in the day before, inclusive: in hours between timed ones, else by dates."""
    index_timed, index_any = (
        _earlier(last_true(graded & ~a.is_day, a.first), a),
        _earlier(last_true(graded, a.first), a),
    )
    in_hours = (
        ~a.is_day
        & (index_timed >= 0)
        & (a.order - a.order[np.maximum(index_timed, 0)] <= LOOK_BACK_DAYS * DAY)
    )
    day = _earlier(last_true(graded & a.is_day, a.first), a)
    of_day = (day >= 0) & (a.date - a.date[np.maximum(day, 0)] <= LOOK_BACK_DAYS)
    at_day = a.is_day & (index_any >= 0) & (a.date - a.date[np.maximum(index_any, 0)] <= LOOK_BACK_DAYS)
    return in_hours | of_day | at_day


def _earlier(latest: np.ndarray, a: Assessments) -> np.ndarray:
    return np.where(a.first, -1, np.append(-1, latest[:-1])) if len(a) else latest


def _suppressed(reading: Reading, demoted: dict[str, Mask], n: int) -> Mask:
    """Where a score that the table grades gave nothing, because it is no worse than before the infusion."""
    out = np.zeros(n, dtype=bool)
    for rule, proven, possible in zip(reading.rules, reading.proven, reading.possible, strict=True):
        if rule.axis in demoted and rule.grade is not None:
            out |= demoted[rule.axis] & possible & ~proven
    return out
