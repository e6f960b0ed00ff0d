"""Criteria that combine values: laboratory tumour lysis around the start of treatment, and febrile neutropenia with the temperatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.laboratory.grades import asks_about, baseline_state
from senl_ae.grade.laboratory.values import Baseline, LabRows
from senl_ae.grade.rules.engine import compare, evaluate
from senl_ae.grade.rules.scales import Rule, Scale
from senl_ae.grade.time.spans import date_of, packed
from senl_ae.grade.time.timeline import age_at, at_or_after_infusion
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR, MINUTE, NO_TIME, Study, Timed


def criterion_rows(r: LabRows, base: Baseline, rules: Sequence[Rule], age: Numbers) -> tuple[Mask, Mask]:
    """Rows that prove a criterion (any of its rules), and rows that say whether it is met; a censored value counts at its milder end."""
    met, known = np.zeros(len(r), dtype=bool), np.zeros(len(r), dtype=bool)
    for test in dict.fromkeys(rule.test for rule in rules):
        rows = r.of(test)
        for unit in np.unique(r.unit[rows]):
            at = rows[r.unit[rows] == unit]
            of_test = [x for x in rules if x.test == test and x.unit in ("", r.units[unit])]
            if not of_test or not len(at):
                continue
            high = of_test[0].direction == "high"
            baseline = (base.high if high else base.low)[at]
            value = (r.low if high else r.high)[at]
            items: dict[str, Any] = {
                "value": value,
                "lln": r.lln[at],
                "uln": r.uln[at],
                "baseline": baseline,
                "age": age[at],
            }
            items["baseline_state"] = baseline_state(
                of_test[0].direction, baseline, base.lln[at], base.uln[at], r.lln[at], r.uln[at]
            )
            ev = evaluate(of_test, items, len(at))
            met[at] |= np.logical_or.reduce(ev.holds)
            # a missing baseline counts as normal, so it leaves nothing open; a missing limit does
            open_ = [
                u & ~(np.isnan(baseline) & asks_about(rule, "baseline"))
                for rule, u in zip(of_test, ev.unknown, strict=True)
            ]
            known[at] |= np.logical_or.reduce(ev.holds) | ~np.logical_or.reduce(open_)
    return met, known


def tumour_lysis(
    study: Study,
    settings: Settings,
    scale: Scale,
    r: LabRows,
    base: Baseline,
) -> tuple[Numbers, dict[int, list[str]]]:
    """The CTCAE grade of laboratory tumour lysis per subject: 0 where it is ruled out, nan where too little was measured.

    Two or more criteria within the days around the start of lymphodepletion, or around the infusion.
    """
    n = len(study.subjects)
    window = scale.extra["series"]["window"]
    grading = [x for x in scale.rules if x.test == "creatinine"]
    criteria: dict[str, list[Rule]] = {}
    for rule in scale.rules:
        if rule not in grading:
            criteria.setdefault(rule.term, []).append(rule)
    age = age_at(study.subjects, r.subject, r.date)
    adult = np.where(np.isnan(age), np.inf, age)
    found = {term: criterion_rows(r, base, rules, adult) for term, rules in criteria.items()}
    infusion = date_of(study.subjects.infusion)
    depletion = study.subjects.lymphodepletion_start
    from_depletion = np.where(depletion != NO_TIME, date_of(depletion) - infusion, np.nan)[r.subject]
    grade, flags = np.full(n, np.nan), {}
    present, open_, judged = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    near = np.zeros(len(r), dtype=bool)
    with np.errstate(invalid="ignore"):
        for relative in (r.day, r.day - from_depletion):
            here = (relative >= window["days"][0]) & (relative <= window["days"][1])
            met_of, known_of = (
                np.array(
                    [np.bincount(r.subject[masks[k] & here], minlength=n) > 0 for masks in found.values()]
                ).sum(axis=0)
                for k in (0, 1)
            )
            now = met_of >= window["criteria_needed"]
            present |= now
            judged |= known_of > 0
            open_ |= (known_of > 0) & ~now & (met_of + len(found) - known_of >= window["criteria_needed"])
            near |= here & now[r.subject]
    grade[judged & ~present & ~open_] = 0
    if settings.ctcae in window["present_grade"]:
        grade[present] = window["present_grade"][settings.ctcae]
    else:
        grade[present] = _by_creatinine(r, near, grading, n)[present]
    for i in np.flatnonzero(present):
        flags[int(i)] = ["tumour-lysis-criteria-met"]
    unknown_age = np.isnan(age) & near
    for i in np.unique(r.subject[unknown_age]):
        flags[int(i)].append("age-unknown")
    return grade, flags


def _by_creatinine(r: LabRows, near: Mask, rules: Sequence[Rule], n: int) -> Numbers:
    """The grade of tumour lysis by the highest creatinine of the same days; 0 within the limit, nan where that is not known."""
    at = r.of("creatinine")
    at = at[near[at]]
    out = np.full(n, np.nan)
    ev = evaluate(rules, {"value": r.low[at], "uln": r.uln[at]}, len(at))
    grade = np.where(np.isnan(r.uln[at]), np.nan, np.where(np.isnan(ev.grade), 0.0, ev.grade))
    np.fmax.at(out, r.subject[at], grade)
    return out


class _Temperatures(Timed):
    """Temperatures of the vitals, without the columns that nobody asks for here."""

    temperature: Numbers


def febrile_neutropenia(study: Study, rule: Mapping[str, Any], r: LabRows, end: Numbers) -> Numbers:
    """Per subject 1 where a fever of the window met a low neutrophil count, 0 where none did, nan where a fever has no count.

    rule: the series table of the CTCAE version. A fever is one high reading or two lower ones an hour apart with none below between.
    """
    n = len(study.subjects)
    out = np.full(n, np.nan)
    every = study.vitals
    v = _Temperatures(
        subject=every.subject, time=every.time, is_day=every.is_day, temperature=every.temperature
    )
    v = v.rows(~np.isnan(v.temperature) & (v.time != NO_TIME))
    study_date = date_of(v.time) - date_of(study.subjects.infusion)[v.subject]
    after = at_or_after_infusion(study.subjects, v.subject, v.time, v.is_day)
    v = v.rows(after & (study_date <= end[v.subject]))
    v = v.rows(np.lexsort((v.temperature, v.time, v.subject)))
    subject, time, is_day, temperature = v.subject, v.time, v.is_day, v.temperature
    out[np.unique(subject)] = 0
    single, lasting = (_bound(rule[name]) for name in ("temperature", "lasting_temperature"))
    fever = compare(temperature, *single)[0]
    fever |= _lasting(
        subject, time, is_day, compare(temperature, *lasting)[0], rule["lasting_minutes"] * MINUTE
    )
    count = _count_before(r, subject[fever], time[fever], is_day[fever], rule["count_hours"])
    low, unknown = compare(count, *_bound(rule["neutrophils"]))
    out[subject[fever][unknown]] = np.nan
    out[subject[fever][low]] = 1
    return out


def _bound(entry: Mapping[str, float]) -> tuple[str, float]:
    ((op, value),) = entry.items()
    return op, value


def _lasting(subject: Seconds, time: Seconds, is_day: Mask, febrile: Mask, seconds: int) -> Mask:
    """Timed readings that end a stretch of febrile ones, none below between, at least so long after its first."""
    timed = np.flatnonzero(~is_day)
    s, t, f = subject[timed], time[timed], febrile[timed]
    new = np.ones(len(timed), dtype=bool)
    new[1:] = (s[1:] != s[:-1]) | ~f[:-1]
    start = np.maximum.accumulate(np.where(new, np.arange(len(timed)), 0)) if len(timed) else timed
    out = np.zeros(len(subject), dtype=bool)
    out[timed] = f & (t - t[start] >= seconds) if len(timed) else False
    return out


def _count_before(r: LabRows, subject: Seconds, time: Seconds, is_day: Mask, hours: float) -> Numbers:
    """The nearest neutrophil count at or before each temperature and not older than `hours`, at its highest if censored; nan where none is.

    Where either has no clock time: a count of the same date or the date before.
    """
    at = r.of("anc")
    at = at[r.order[at] != NO_TIME]
    moment = np.where(r.is_day[at], r.date[at] * DAY, r.order[at])
    sort = np.lexsort((-r.high[at], moment, r.subject[at]))
    at, moment = at[sort], moment[sort]
    key = packed(r.subject[at], moment)
    until = np.where(is_day, (date_of(time) + 1) * DAY - 1, time)
    index = np.searchsorted(key, packed(subject, until), "right") - 1
    found = index >= 0
    index = np.maximum(index, 0)
    if not len(at):
        return np.full(len(subject), np.nan)
    found &= r.subject[at[index]] == subject
    by_date = is_day | r.is_day[at[index]]
    recent = np.where(
        by_date,
        date_of(time) - r.date[at[index]] <= hours * HOUR // DAY,
        time - moment[index] <= hours * HOUR,
    )
    return np.where(found & recent, r.high[at[index]], np.nan)
