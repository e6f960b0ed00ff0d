"""The course of a scale without a gate: every assessment graded by the rules as it stands, runs made of grades of 1 and more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers
from senl_ae.grade.crs.signs import read_signs
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
    a, n = seen.a, len(seen.a)
    axes = tuple(dict.fromkeys(r.axis for r in scale.rules))
    rulings = rulings_at(study, a, scale.syndrome, axes)
    excluded = {
        axis: rulings.excluded.get(axis, np.zeros(n, dtype=bool)) | a.death
        for axis in axes
        if axis != "death"
    }
    demoted = seen.demoted if isinstance(seen, Neuro) else {}
    better, worse = (_with_other_causes(items, excluded) for items in (seen.better, seen.worse))
    reading = read_twice(scale.rules, better, worse, n, excluded, demoted)
    zero = _zero(scale, better, n)
    grade, ceiling = _grades(reading, zero)
    ruled = _ruled(grade, rulings, a)
    flags = dict(seen.flags)
    if isinstance(seen, Neuro):
        graded = ruled >= 1
        if study.possibly_graded is not None:
            graded |= study.possibly_graded
        hidden = seen.sedated & np.isnan(ruled) & _grade_within(a, graded)
        if hidden.any():
            after = {"sedated_after_icans": hidden.astype(float)}
            better, worse = better | after, worse | after
            reading = read_twice(scale.rules, better, worse, n, excluded, demoted)
            grade, ceiling = _grades(reading, zero)
            ruled = _ruled(grade, rulings, a)
        flags["ice-not-done"] = (grade >= 1) & ~seen.tool_assessed & ~seen.sedated & ~a.death
        flags["no-worse-than-baseline"] = _suppressed(scale, reading, demoted, n)
    member = ruled >= 1
    clear = ruled == 0
    runs = runs_of(a, member, member, clear, settings)
    by_ice = (
        uses_ice(study, scale, a.subject, a.date)[0] if isinstance(seen, Neuro) else np.zeros(0, dtype=bool)
    )
    return Course(
        scale,
        a,
        reading,
        grade=ruled,
        ceiling=np.where(np.isnan(rulings.grade) | a.death, ceiling, rulings.grade),
        clear=clear,
        runs=runs,
        derived_grade=grade,
        derived_ceiling=ceiling,
        ruled=rulings.applied & ~a.death,
        flags=flags,
        values=better,
        worse=worse,
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


def _ruled(grade: Numbers, rulings: Rulings, a: Assessments) -> Numbers:
    return np.where(np.isnan(rulings.grade) | a.death, grade, rulings.grade)


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


def _grades(reading: Reading, zero: Mask) -> tuple[Numbers, Numbers]:
    grade = reading.grade()
    grade = np.where(np.isnan(grade) & zero, 0.0, grade)
    return grade, np.fmax(grade, reading.ceiling())


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


def _suppressed(scale: Scale, reading: Reading, demoted: dict[str, Mask], n: int) -> Mask:
    """Where a score that the table grades gave nothing, because it is no worse than before the infusion."""
    out = np.zeros(n, dtype=bool)
    for rule, proven, possible in zip(reading.rules, reading.proven, reading.possible, strict=True):
        if rule.axis in demoted and rule.grade is not None:
            out |= demoted[rule.axis] & possible & ~proven
    return out
