"""Which signs are the syndrome: the gate a run's first measured fever opens, what drugs may have hidden, and the grade behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.grade.crs.signs import Signs, read_signs
from senl_ae.grade.graded import Course, death_source
from senl_ae.grade.rules.engine import Reading, Words, read_twice
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.rulings import Rulings, rulings_at
from senl_ae.grade.time.runs import Runs, runs_of
from senl_ae.grade.time.spans import Assessments, Mask, Seconds, date_of, last_true
from senl_ae.grade.time.support import drug_spans, latest_end_of_started
from senl_ae.grade.time.timeline import Numbers
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR, NO_TIME, Study

ANTICYTOKINE = ("anticytokine", "tocilizumab", "corticosteroid")
ANTIPYRETIC = ("antipyretic",)
WAIVER_HOURS = 24
"""A fever explains a later sign without one for so long."""


def grade_signs(study: Study, scale: Scale, settings: Settings) -> Course:
    """The course of a syndrome whose signs count only behind a fever: runs, gate, grade and ceiling of every assessment."""
    signs = read_signs(study, scale, settings)
    a, n = signs.a, len(signs.a)
    axes = tuple(dict.fromkeys(r.axis for r in scale.rules))
    rulings = rulings_at(study, a, scale.syndrome, axes)
    excluded = {
        axis: rulings.excluded.get(axis.removesuffix("-record"), np.zeros(n, dtype=bool)) | a.death
        for axis in axes
        if axis != "death"
    }
    of_signs = [r for r in scale.rules if r.axis in scale.signs]
    reading = read_twice(of_signs, signs.better, signs.worse, n, excluded)
    fever = ~np.isnan(reading.grade(["fever"]))
    own_fever = fever & ~np.isnan(signs.own_temperature)
    support = tuple(x for x in scale.signs if x != "fever")
    sign_grade, sign_ceiling = np.nan_to_num(reading.grade(support)), np.nan_to_num(reading.ceiling(support))
    sign_ceiling = np.maximum(sign_ceiling, sign_grade)
    signs.better["fever"] = signs.worse["fever"] = fever.astype(float)
    of_record = [r for r in scale.rules if r.axis not in (*scale.signs, "death")]
    ruled_member = rulings.grade >= 1
    member = fever | (sign_grade > 0) | a.death | ruled_member
    starter = own_fever | (sign_grade > 0) | a.death | ruled_member
    cool = ~np.isnan(signs.own_temperature) & ~own_fever
    hidden = _hidden_by_drugs(study, a, settings)

    gate = _open_from_first_fever(a, own_fever)
    for _ in range(50):
        record, record_ceiling = _record_ceiling(of_record, signs, gate, excluded, n)
        grade, ceiling = _behind_gate(gate, fever, signs, sign_grade, sign_ceiling, record_ceiling, hidden)
        clear = (
            cool
            & ~member
            & (np.where(np.isnan(rulings.grade), np.nan_to_num(ceiling, nan=-1), rulings.grade) == 0)
        )
        runs = runs_of(a, member, starter, clear, settings)
        new = _gate(a, runs, own_fever)
        if np.array_equal(new, gate):
            break
        gate = new
    unexplained = gate & (sign_grade > 0) & ~_explained(study, a, runs, own_fever, fever)
    if settings.fever_gate == "strict":
        without_sign = np.where(
            np.isnan(signs.better["temperature"]), np.nan, 0.0
        )  # a fever would explain it
        grade = np.where(unexplained, without_sign, grade)
    grade, ceiling = np.where(a.death, 5.0, grade), np.where(a.death, 5.0, ceiling)
    whole = Reading(
        (*reading.rules, *record.rules),
        [*reading.proven, *record.proven],
        [*reading.possible, *record.possible],
        n,
    )
    course = _settled(scale, a, whole, grade, ceiling, clear, runs, rulings)
    course.gate_open, course.member, course.starter = gate, member, starter
    course.flags |= signs.flags | {
        "sign-without-fever": ~gate & (sign_grade > 0),
        "waiver-assumed": unexplained,
    }
    course.values = {
        **signs.better,
        "fever_gate": np.array(["closed", "open"], dtype=object)[gate.astype(np.intp)],
    }
    course.sources = [*signs.sources, death_source(a), ("adjudications", *rulings.pairs)]
    course.missing_for_zero = scale.zero_needs
    return course


def _settled(
    scale: Scale,
    a: Assessments,
    reading: Reading,
    grade: Numbers,
    ceiling: Numbers,
    clear: Mask,
    runs: Runs,
    rulings: Rulings,
) -> Course:
    """The derived grade with the rulings laid over it; deaths are no investigator's to rule away."""
    ruled = ~np.isnan(rulings.grade) & ~a.death
    death_rules = tuple(r for r in scale.rules if r.axis == "death")
    proven = [a.death if r.grade is not None else np.zeros(len(a), dtype=bool) for r in death_rules]
    reading = Reading(
        (*reading.rules, *death_rules),
        [*reading.proven, *proven],
        [*reading.possible, *[m.copy() for m in proven]],
        len(a),
    )
    return Course(
        scale,
        a,
        reading,
        np.where(ruled, rulings.grade, grade),
        np.where(ruled, rulings.grade, ceiling),
        clear,
        runs,
        grade,
        ceiling,
        rulings.applied & ~a.death,
    )


def _open_from_first_fever(a: Assessments, own_fever: Mask) -> Mask:
    """The widest gate there could be: from the date of each subject's first fever on. The search for the true one starts here."""
    first = _first_fever_date(a.subject, a.date, own_fever)
    return a.date >= first


def _first_fever_date(group: Seconds, date: Seconds, fever: Mask) -> Seconds:
    """The date of the first fever of each row's group (groups are contiguous and numbered); far in the future where there is none."""
    if not len(group):
        return date
    far = np.iinfo(np.int64).max
    first = np.full(int(group.max()) + 1, far, dtype=np.int64)
    np.minimum.at(first, group[fever], date[fever])
    return first[group]


def _gate(a: Assessments, runs: Runs, own_fever: Mask) -> Mask:
    """Open from the calendar date of a run's first measured fever to the end of the run."""
    first = _first_fever_date(runs.stretch, a.date, own_fever)
    wide = 1 << 24
    dates = np.unique(a.subject[own_fever] * wide + first[own_fever])
    return (a.date >= first) | np.isin(a.subject * wide + a.date, dates)


def _record_ceiling(
    rules: list, signs: Signs, gate: Mask, excluded: dict[str, Mask], n: int
) -> tuple[Reading, Numbers]:
    words = Words(gate.astype(np.intp), ["closed", "open"])
    reading = read_twice(
        rules, signs.better | {"fever_gate": words}, signs.worse | {"fever_gate": words}, n, excluded
    )
    return reading, reading.ceiling()


def _behind_gate(
    gate: Mask,
    fever: Mask,
    signs: Signs,
    sign_grade: Numbers,
    sign_ceiling: Numbers,
    record_ceiling: Numbers,
    hidden: Mask,
) -> tuple[Numbers, Numbers]:
    """Grade and ceiling of every assessment, given where the gate is open."""
    has_temperature = ~np.isnan(signs.better["temperature"])
    without_sign = np.where(fever, 1.0, np.where(has_temperature, 0.0, np.nan))
    open_grade = np.where(sign_grade > 0, np.fmax(sign_grade, without_sign), without_sign)
    own_ceiling = np.where(sign_ceiling > 0, sign_ceiling, np.nan)
    open_ceiling = np.fmax(np.fmax(open_grade, own_ceiling), record_ceiling)
    closed_grade = np.where(has_temperature, 0.0, np.nan)
    closed_ceiling = np.where(has_temperature, np.where(hidden, sign_ceiling, 0.0), own_ceiling)
    return np.where(gate, open_grade, closed_grade), np.where(gate, open_ceiling, closed_ceiling)


def _hidden_by_drugs(study: Study, a: Assessments, settings: Settings) -> Mask:
    """Assessments at which a drug given shortly before may have hidden a fever."""
    anticytokine = drug_spans(
        study, ANTICYTOKINE, ("tocilizumab", "corticosteroid", "anticytokine"), widest=True
    )
    antipyretic = drug_spans(study, ANTIPYRETIC, ("antipyretic",), widest=True)
    return _given_within(a, anticytokine, settings.anticytokine_days) | _given_within(
        a, antipyretic, settings.antipyretic_days
    )


def _given_within(a: Assessments, drugs: pd.DataFrame, days: float) -> Mask:
    """Whether one of the drugs was begun by the assessment and last given at most `days` before.

    In hours where both have times, else by dates.
    """
    timed = drugs[~drugs["is_date"]]
    in_hours = latest_end_of_started(timed, a.subject, a.order)
    by_hours = ~a.is_day & (in_hours != NO_TIME) & (a.order - in_hours <= days * DAY)
    return (
        by_hours
        | _by_dates(a, drugs, days, a.is_day)
        | _by_dates(a, drugs[drugs["is_date"]], days, ~a.is_day)
    )


def _by_dates(a: Assessments, drugs: pd.DataFrame, days: float, where: Mask) -> Mask:
    dated = drugs.assign(
        start=date_of(drugs["start"].to_numpy(dtype=np.int64)),
        end=date_of(drugs["end"].to_numpy(dtype=np.int64)),
    )
    last = latest_end_of_started(dated, a.subject, a.date)
    return where & (last != NO_TIME) & (a.date - last <= days)


def _explained(study: Study, a: Assessments, runs: Runs, own_fever: Mask, fever: Mask) -> Mask:
    """Whether a fever of the same date, one within the day before, or a drug recorded since the run's first fever explains a sign."""
    wide = 1 << 24
    date_key = a.subject * wide + a.date
    fever_dates = np.unique(date_key[fever])
    same_date = np.isin(date_key, fever_dates)
    day_fever_dates = np.unique(date_key[own_fever & a.is_day])
    date_before = np.where(
        a.is_day,
        np.isin(date_key - 1, np.unique(date_key[own_fever])),
        np.isin(date_key - 1, day_fever_dates),
    )
    last = last_true(own_fever & ~a.is_day, a.first)
    within = ~a.is_day & (last >= 0) & (a.order - a.order[np.maximum(last, 0)] <= WAIVER_HOURS * HOUR)
    return same_date | date_before | within | _drug_since_fever(study, a, runs, own_fever)


def _drug_since_fever(study: Study, a: Assessments, runs: Runs, own_fever: Mask) -> Mask:
    """Whether an antipyretic or anticytokine drug was recorded between the run's first fever and the assessment."""
    n = len(a)
    if not own_fever.any():
        return np.zeros(n, dtype=bool)
    first = np.full(int(runs.stretch.max()) + 1, -1, dtype=np.int64)
    at = np.flatnonzero(own_fever)[::-1]
    first[runs.stretch[at]] = at
    index = first[runs.stretch]
    has = index >= 0
    index = np.maximum(index, 0)
    drugs = pd.concat(
        [
            drug_spans(study, ANTICYTOKINE, ("tocilizumab", "corticosteroid", "anticytokine")),
            drug_spans(study, ANTIPYRETIC, ("antipyretic",)),
        ],
        ignore_index=True,
    )
    timed = drugs[~drugs["is_date"]]
    last = latest_end_of_started(timed, a.subject, a.order)
    both_timed = ~a.is_day & ~a.is_day[index]
    by_time = both_timed & (last != NO_TIME) & (last >= a.order[index])
    days = a.date - a.date[index]
    since = np.zeros(n, dtype=bool)
    for subset, where in ((drugs[drugs["is_date"]], np.ones(n, dtype=bool)), (timed, ~both_timed)):
        dated = subset.assign(
            start=date_of(subset["start"].to_numpy(dtype=np.int64)),
            end=date_of(subset["end"].to_numpy(dtype=np.int64)),
        )
        end = latest_end_of_started(dated, a.subject, a.date)
        since |= where & (end != NO_TIME) & (a.date - end <= days)
    return has & (by_time | since)
