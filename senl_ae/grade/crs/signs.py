"""What the vitals say at each assessment: temperature, pressure, vasopressors, oxygen, at the better and the worse end of the record."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.crs.oxygen import oxygen_at
from senl_ae.grade.crs.vasopressors import vasopressors_at
from senl_ae.grade.rules.engine import Column, evaluate
from senl_ae.grade.rules.scales import Condition, Rule, Scale
from senl_ae.grade.time.doubt import LEAST
from senl_ae.grade.time.spans import (
    Assessments,
    Sources,
    Spans,
    cover,
    covered,
    date_of,
    marked,
    merge_adjoining,
)
from senl_ae.grade.time.support import bolus_spans, counts_as, in_course, support_spans
from senl_ae.grade.time.timeline import (
    Carried,
    Rows,
    age_at,
    carry,
    conflicting,
    day0_order_unknown,
    deaths,
    merged,
    timeline,
    unreadable,
)
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR, NO_TIME, Study, Vitals

CONFLICTING = (
    "temperature",
    "sbp",
    "map",
    "spo2",
    "oxygen_device",
    "oxygen_flow",
    "fio2",
    "hypotension",
    "fluid_bolus",
    "vasopressors",
)
OXYGEN = ("oxygen_device", "oxygen_flow")
PRESSORS = ("vasopressors", "vasopressors_together", "vasopressin_alone")
"""Items that a row before, or an interval, may say."""
ADULT_AGE = 18
"""Stands for an age that was not recorded: the adult rules apply, with a flag."""


@dataclass(frozen=True)
class Signs:
    """The assessments of the vitals and what the rules may ask of each.

    better, worse: item -> column at either end of what the record leaves open (the same column where it leaves nothing open).
    own_temperature: recorded at the assessment itself, not carried. origins: item -> the rows of values that were carried on or that an
    interval says.
    """

    a: Assessments
    better: dict[str, Column]
    worse: dict[str, Column]
    own_temperature: Numbers
    flags: dict[str, Mask] = field(default_factory=dict)
    sources: Sources = field(default_factory=list)
    origins: dict[str, Sources] = field(default_factory=dict)


def sbp_limits(study: Study, a: Assessments, scale: Scale, settings: Settings) -> tuple[Numbers, Mask]:
    """The systolic limit at each assessment, and where the age is unknown: the subject's own limit, else the settings', else (below
    the first age of the settings too) the table's."""
    age = age_at(study.subjects, a.subject, a.date)
    unknown = np.isnan(age)
    years = np.where(unknown, ADULT_AGE, age)
    out = np.full(len(a), np.nan)
    for number, band in enumerate(scale.extra.get("limits", ())):
        conditions = tuple(Condition("age", op, float(value)) for op, value in band["age"].items())
        applies = evaluate(
            [Rule(f"limit-{number}", "limit", conditions, "limit", grade=1)], {"age": years}, len(a)
        ).holds[0]
        out = np.where(applies, band["base"] + band["per_year"] * years, out)
    for limit in sorted(settings.hypotension_limits, key=lambda x: x.age_from):
        out = np.where(years >= limit.age_from, limit.base + limit.per_year * years, out)
    own = study.subjects.hypotension_sbp[a.subject]
    return np.where(np.isnan(own), out, own), unknown & np.isnan(own)


def read_signs(study: Study, scale: Scale, settings: Settings) -> Signs:
    """Everything the vitals, the support intervals and the carried values say of each assessment from the infusion on."""
    every_pressor = support_spans(study, ("vasopressor",), every=True)
    every_oxygen = support_spans(study, ("oxygen",), every=True)
    a, rows = timeline(
        study, "vitals", deaths(study, scale.syndrome), _support_moments(study, every_pressor, every_oxygen)
    )
    all_oxygens, all_pressors = (
        every_oxygen.rows(every_oxygen.counts),
        every_pressor.rows(every_pressor.counts),
    )
    oxygens, pressors = in_course(study, all_oxygens), in_course(study, all_pressors)
    n, v = len(a), study.vitals
    hours = settings.carry_forward_hours

    def worst(name: str, which: str) -> Numbers:
        return merged(v[name], rows, n, which)

    temperature = worst("temperature", "max")
    carried_temperature = carry(a, temperature, hours.temperature)
    sbp, mean = (carry(a, worst(name, "min"), hours.blood_pressure) for name in ("sbp", "map"))
    limit, age_unknown = sbp_limits(study, a, scale, settings)
    hypoxia = [
        r for r in scale.rules if r.axis == "hypoxia" and all(c.item.startswith("oxygen_") for c in r.when)
    ]
    oxygen = oxygen_at(study, a, rows, oxygens, every_oxygen, hypoxia, settings)
    pressor = vasopressors_at(study, a, rows, pressors, settings)
    bolus, said_bolus = _boluses(study, a), worst("fluid_bolus", "max")
    better: dict[str, Column] = {
        "temperature": carried_temperature.value,
        "sbp": sbp.value,
        "map": mean.value,
        "sbp_limit": limit,
        "sbp_recorded": (~np.isnan(sbp.value)).astype(float),
        "pressure_recorded": (~np.isnan(sbp.value) | ~np.isnan(mean.value)).astype(float),
        "hypotension": worst("hypotension", "max"),
        "fluid_bolus": np.where(bolus[0] & (a.is_day | np.isnan(said_bolus)), 1.0, said_bolus),
        "vasopressors": pressor.running,
        "vasopressors_together": pressor.together,
        "vasopressin_alone": pressor.alone,
        "vasopressors_known": pressor.known.astype(float),
        "oxygen_device": oxygen.device,
        "oxygen_flow": oxygen.flow,
        "oxygen_flow_recorded": (~np.isnan(oxygen.flow)).astype(float),
        "oxygen_known": oxygen.known.astype(float),
        "ventilation_excused": oxygen.ventilation_excused.astype(float),
        "spo2": worst("spo2", "min"),
        "fio2": oxygen.fio2,
        "dbp": worst("dbp", "min"),
        "heart_rate": worst("heart_rate", "max"),
        "resp_rate": worst("resp_rate", "max"),
        "died_of_this": a.death.astype(float),
        "died_in_course": np.zeros(n),
    }
    worse = better | {
        "vasopressors": pressor.running_worst,
        "vasopressors_together": pressor.together_worst,
        "vasopressin_alone": pressor.alone_worst,
        "oxygen_device": oxygen.device_worst,
        "oxygen_flow": oxygen.flow_worst,
        "oxygen_flow_recorded": (~np.isnan(oxygen.flow_worst)).astype(float),
    }
    support = Spans.joined([pressors, oxygens])
    open_ended = support.rows(support.open_end)
    flags = {
        "age-unknown": age_unknown,
        "inotrope": pressor.inotrope,
        "support-records-differ": oxygen.differs | pressor.differs,
        "present-before-infusion": _present_before(
            study, a, scale, all_oxygens, all_pressors, oxygen.before, hours.temperature
        ),
        "day0-order-unknown": day0_order_unknown(study, a),
        "conflicting-values": conflicting(v, CONFLICTING, rows, a),
        "value-set-aside": unreadable(study, None, rows, n),
        "support-without-end": covered(a, *open_ended.bounds),
    }
    sources: Sources = [("vitals", rows.of, rows.position)]
    taken = [carried_temperature.taken_from, sbp.taken_from, mean.taken_from, oxygen.taken_from]
    sources += [_carried_rows(rows, n, source) for source in taken]
    sources += [
        ("interventions", *oxygen.from_interval),
        ("interventions", *pressor.from_interval),
        ("interventions", *bolus[1]),
    ]
    numbers = {"temperature": carried_temperature, "sbp": sbp, "map": mean}
    origins: dict[str, Sources] = {name: [_carried_cells(v, rows, c, name)] for name, c in numbers.items()}
    by_row = [_rows_that_say(rows, oxygen.taken_from, _says_oxygen(v, rows))]
    origins |= {name: [*by_row, ("interventions", *oxygen.given_by)] for name in OXYGEN}
    at, row = pressor.given_by
    origins |= {
        name: [("interventions", at[runs], row[runs])] for name in PRESSORS for runs in [better[name][at] > 0]
    }
    unsaid = ~(said_bolus[bolus[1][0]] == 1)
    origins["fluid_bolus"] = [("interventions", bolus[1][0][unsaid], bolus[1][1][unsaid])]
    origins["fio2"] = [("interventions", *oxygen.fio2_by)]
    return Signs(a, better, worse, temperature, flags, sources, origins)


def _carried_cells(v: Vitals, rows: Rows, carried: Carried, name: str) -> tuple[str, Seconds, Seconds]:
    """The rows of the number that was carried to each assessment."""
    said = v[name][rows.position]
    return _rows_that_say(rows, carried.taken_from, said == carried.value[rows.of])


def _says_oxygen(v: Vitals, rows: Rows) -> Mask:
    cells = ~pd.isna(v.oxygen_device) | ~np.isnan(v.oxygen_flow)
    return np.asarray(cells[rows.position], dtype=bool)


def _rows_that_say(rows: Rows, taken_from: Seconds, says: Mask) -> tuple[str, Seconds, Seconds]:
    """The rows that say so (`says`, row by row) of the earlier assessment that each one's value was taken from."""
    used = np.flatnonzero((taken_from >= 0) & (taken_from != np.arange(len(taken_from))))
    index = np.flatnonzero(says)
    index = index[np.argsort(rows.of[index], kind="stable")]
    first, last = (np.searchsorted(rows.of[index], taken_from[used], side) for side in ("left", "right"))
    count = last - first
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return "vitals", np.repeat(used, count), rows.position[index[np.repeat(first, count) + step]]


def _support_moments(study: Study, pressors: Spans, oxygens: Spans) -> Spans:
    """Which intervals make assessments of their own, joined where they adjoin.

    Those in doubt do, but at the least they leave the record as if they never were.
    """
    every = study.reading != LEAST or study.every_moment
    pressors, oxygens = (spans.rows(~spans.doubtful | every) for spans in (pressors, oxygens))
    unnamed = pd.isna(pressors.agent)
    counted = counts_as(pressors.agent, "vasopressor") | counts_as(pressors.agent, "vasopressin")
    return Spans.joined(
        [
            pressors.rows(unnamed),
            merge_adjoining(pressors.rows(counted), ("subject", "agent", "excused", "dated")),
            merge_adjoining(oxygens, ("subject", "agent", "flow", "flow_upper", "excused", "dated")),
        ]
    )


def _carried_rows(rows: Rows, n: int, taken_from: np.ndarray) -> tuple[str, np.ndarray, np.ndarray]:
    """The rows behind a carried value: the first row of the assessment that it was taken from."""
    first = np.full(n, -1, dtype=np.int64)
    first[rows.of[::-1]] = rows.position[::-1]
    index = np.arange(n)
    used = np.flatnonzero((taken_from >= 0) & (taken_from != index))
    return "vitals", used, first[taken_from[used]]


def _boluses(study: Study, a: Assessments) -> tuple[Mask, tuple[np.ndarray, np.ndarray]]:
    """Assessments during a fluid bolus given for blood pressure: from its start to its end, without an end at its start."""
    spans = bolus_spans(study)
    at, span = cover(a, *spans.bounds)
    return marked(at, len(a)), (at, spans.position[span])


def _present_before(
    study: Study,
    a: Assessments,
    scale: Scale,
    oxygens: Spans,
    pressors: Spans,
    on_oxygen: Mask,
    hours: float,
) -> Mask:
    """Marks the first assessment of subjects with fever, oxygen or a vasopressor just before the infusion."""
    v, s = study.vitals, study.subjects
    zero = np.where(s.infusion_is_date, date_of(s.infusion) * DAY, s.infusion)
    away = zero[v.subject] - v.time
    day_before = date_of(zero)[v.subject] - date_of(v.time) == 1
    near = np.where(v.is_day, day_before, (away > 0) & (away <= hours * HOUR))
    near &= s.infusion[v.subject] != NO_TIME
    fever = evaluate([r for r in scale.rules if r.axis == "fever"], {"temperature": v.temperature}, len(v))
    present = on_oxygen.copy()
    present[v.subject[near & ~np.isnan(fever.grade)]] = True
    present[v.subject[near & ~pd.isna(v.vasopressors) & (v.vasopressors != "none")]] = True
    for spans in (oxygens, pressors):
        at, infused = zero[spans.subject], s.infusion[spans.subject] != NO_TIME
        begun = (spans.start_lo < at) & (spans.start_hi <= at)
        present[spans.subject[begun & (spans.end_hi > at) & infused]] = True
    return a.first & present[a.subject]
