"""What the vitals say at each assessment: temperature, pressure, vasopressors, oxygen, at the better and the worse end of the record."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.crs.oxygen import Oxygen, oxygen_at
from senl_ae.grade.crs.vasopressors import Vasopressors, vasopressors_at
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
    steps,
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
PRESSURES = ("sbp", "map")
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


@dataclass(frozen=True)
class _Found:
    """What each assessment's rows and intervals say, before it is put as the rules ask for it."""

    study: Study
    a: Assessments
    rows: Rows
    carried: dict[str, Carried]
    """Temperature and pressures: the value in force."""
    oxygen: Oxygen
    pressor: Vasopressors
    bolus: tuple[Seconds, Seconds]
    """Assessments during a fluid bolus for blood pressure, and the rows of the interventions that say so."""

    def worst(self, name: str, which: str) -> Numbers:
        """One number of the vitals per assessment, the highest ("max") or the lowest ("min") of its rows."""
        return merged(self.study.vitals[name], self.rows, len(self.a), which)


def read_signs(study: Study, scale: Scale, settings: Settings) -> Signs:
    """Everything the vitals, the support intervals and the carried values say of each assessment from the infusion on."""
    every_pressor = support_spans(study, ("vasopressor",), every=True)
    every_oxygen = support_spans(study, ("oxygen",), every=True)
    a, rows = timeline(
        study, "vitals", deaths(study, scale.syndrome), _support_moments(study, every_pressor, every_oxygen)
    )
    all_oxygens, all_pressors = (every.rows(every.counts) for every in (every_oxygen, every_pressor))
    oxygens, pressors = in_course(study, all_oxygens), in_course(study, all_pressors)
    n, v, hours = len(a), study.vitals, settings.carry_forward_hours
    hypoxia = [
        r for r in scale.rules if r.axis == "hypoxia" and all(c.item.startswith("oxygen_") for c in r.when)
    ]
    temperature = merged(v.temperature, rows, n, "max")
    pressures = {name: carry(a, merged(v[name], rows, n, "min"), hours.blood_pressure) for name in PRESSURES}
    found = _Found(
        study,
        a,
        rows,
        {"temperature": carry(a, temperature, hours.temperature), **pressures},
        oxygen_at(study, a, rows, oxygens, every_oxygen, hypoxia, settings),
        vasopressors_at(study, a, rows, pressors, settings),
        _boluses(study, a),
    )
    limit, age_unknown = sbp_limits(study, a, scale, settings)
    better, worse = _as_asked(found, limit)
    support = Spans.joined([pressors, oxygens])
    flags = {
        "age-unknown": age_unknown,
        "inotrope": found.pressor.inotrope,
        "support-records-differ": found.oxygen.differs | found.pressor.differs,
        "present-before-infusion": _present_before(
            study, a, scale, all_oxygens, all_pressors, found.oxygen.before, hours.temperature
        ),
        "day0-order-unknown": day0_order_unknown(study, a),
        "conflicting-values": conflicting(v, CONFLICTING, rows, a),
        "value-set-aside": unreadable(study, None, rows, n),
        "support-without-end": covered(a, *support.rows(support.open_end).bounds),
    }
    return Signs(a, better, worse, temperature, flags, _sources(found), _origins(found, better))


def _as_asked(found: _Found, limit: Numbers) -> tuple[dict[str, Column], dict[str, Column]]:
    """Every item that the rules may ask about, at the better and at the worse end of the record. limit: the systolic one."""
    a, oxygen, pressor = found.a, found.oxygen, found.pressor
    temperature, sbp, mean = (found.carried[name].value for name in ("temperature", *PRESSURES))
    during_bolus, said_bolus = marked(found.bolus[0], len(a)), found.worst("fluid_bolus", "max")
    better: dict[str, Column] = {
        "temperature": temperature,
        "sbp": sbp,
        "map": mean,
        "sbp_limit": limit,
        "sbp_recorded": (~np.isnan(sbp)).astype(float),
        "pressure_recorded": (~np.isnan(sbp) | ~np.isnan(mean)).astype(float),
        "hypotension": found.worst("hypotension", "max"),
        "fluid_bolus": np.where(during_bolus & (a.is_day | np.isnan(said_bolus)), 1.0, said_bolus),
        "vasopressors": pressor.running,
        "vasopressors_together": pressor.together,
        "vasopressin_alone": pressor.alone,
        "vasopressors_known": pressor.known.astype(float),
        "oxygen_device": oxygen.device,
        "oxygen_flow": oxygen.flow,
        "oxygen_flow_recorded": (~np.isnan(oxygen.flow)).astype(float),
        "oxygen_known": oxygen.known.astype(float),
        "ventilation_excused": oxygen.ventilation_excused.astype(float),
        "spo2": found.worst("spo2", "min"),
        "fio2": oxygen.fio2,
        "dbp": found.worst("dbp", "min"),
        "heart_rate": found.worst("heart_rate", "max"),
        "resp_rate": found.worst("resp_rate", "max"),
        "died_of_this": a.death.astype(float),
        "died_in_course": np.zeros(len(a)),
    }
    worse = better | {
        "vasopressors": pressor.running_worst,
        "vasopressors_together": pressor.together_worst,
        "vasopressin_alone": pressor.alone_worst,
        "oxygen_device": oxygen.device_worst,
        "oxygen_flow": oxygen.flow_worst,
        "oxygen_flow_recorded": (~np.isnan(oxygen.flow_worst)).astype(float),
    }
    return better, worse


def _sources(found: _Found) -> Sources:
    """Everything that an assessment was graded from: its own rows, those carried on, then intervals."""
    taken = [*(carried.taken_from for carried in found.carried.values()), found.oxygen.taken_from]
    return [
        ("vitals", found.rows.of, found.rows.position),
        *(_carried_rows(found.rows, len(found.a), source) for source in taken),
        ("interventions", *found.oxygen.from_interval),
        ("interventions", *found.pressor.from_interval),
        ("interventions", *found.bolus),
    ]


def _origins(found: _Found, better: dict[str, Column]) -> dict[str, Sources]:
    """By item, the rows of values that do not stand at the assessment itself."""
    v, rows, oxygen = found.study.vitals, found.rows, found.oxygen
    origins: dict[str, Sources] = {
        name: [_carried_cells(v, rows, carried, name)] for name, carried in found.carried.items()
    }
    by_row = [_rows_that_say(rows, oxygen.taken_from, _says_oxygen(v, rows))]
    origins |= {name: [*by_row, ("interventions", *oxygen.given_by)] for name in OXYGEN}
    at, row = found.pressor.given_by
    origins |= {
        name: [("interventions", at[runs], row[runs])] for name in PRESSORS for runs in [better[name][at] > 0]
    }
    at, row = found.bolus
    unsaid = ~(found.worst("fluid_bolus", "max")[at] == 1)
    origins["fluid_bolus"] = [("interventions", at[unsaid], row[unsaid])]
    origins["fio2"] = [("interventions", *oxygen.fio2_by)]
    return origins


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
    return "vitals", np.repeat(used, count), rows.position[index[np.repeat(first, count) + steps(count)]]


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


def _boluses(study: Study, a: Assessments) -> tuple[Seconds, Seconds]:
    """Assessments during a fluid bolus given for blood pressure: from its start to its end, without an end at its start; and its row."""
    spans = bolus_spans(study)
    at, span = cover(a, *spans.bounds)
    return at, spans.position[span]


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
