"""Which signs are the syndrome: the gate a run's first measured fever opens, what drugs may have hidden, and the grade behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.crs.signs import Signs, read_signs
from senl_ae.grade.graded import Course, death_source
from senl_ae.grade.rules.engine import CodedWords, Reading, read_twice
from senl_ae.grade.rules.scales import Rule, Scale
from senl_ae.grade.time.rulings import Rulings, rulings_at
from senl_ae.grade.time.runs import Runs, runs_of
from senl_ae.grade.time.spans import Assessments, Drugs, date_of, last_true
from senl_ae.grade.time.support import drug_spans, latest_end_of_started
from senl_ae.issues import refusal
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR, NO_TIME, Study

ANTICYTOKINE = ("anticytokine", "tocilizumab", "corticosteroid")
ANTIPYRETIC = ("antipyretic",)
GATE = np.array(["closed", "open"], dtype=object)
ROUNDS = 50
"""So often a gate is looked for; two or three rounds were enough for every record met so far."""
WAIVER_HOURS = 24
"""A fever explains a later sign without one for so long."""


@dataclass(frozen=True)
class _Record:
    """What the record says at each assessment, whatever the gate: fever, signs, and which rules ask for an open gate.

    own_fever: measured at the assessment itself. sign_grade and sign_ceiling are those of support alone, 0 where there is none.
    """

    signs: Signs
    reading: Reading
    rulings: Rulings
    of_record: list[Rule]
    fever: Mask
    own_fever: Mask
    sign_grade: Numbers
    sign_ceiling: Numbers
    hidden: Mask

    @property
    def a(self) -> Assessments:
        return self.signs.a

    @property
    def member(self) -> Mask:
        """Assessments that a run is made of."""
        return self.fever | (self.sign_grade > 0) | self.a.death | (self.rulings.grade >= 1)

    @property
    def starter(self) -> Mask:
        """Assessments that may begin a run: as its members, but for a temperature that was carried."""
        return self.own_fever | (self.sign_grade > 0) | self.a.death | (self.rulings.grade >= 1)

    @property
    def cool(self) -> Mask:
        """A temperature of its own that is no fever."""
        return ~np.isnan(self.signs.own_temperature) & ~self.own_fever


@dataclass(frozen=True)
class _Gated:
    """The record behind one reading of the gate."""

    gate: Mask
    record: Reading
    grade: Numbers
    ceiling: Numbers
    clear: Mask
    runs: Runs


def grade_signs(study: Study, scale: Scale, settings: Settings) -> Course:
    """The course of a syndrome whose signs count only behind a fever: runs, gate, grade and ceiling of every assessment."""
    r = _record(study, scale, settings)
    a, n = r.a, len(r.a)
    g = _settled_gate(r, scale, settings)
    unexplained = g.gate & (r.sign_grade > 0) & ~_explained(study, a, g.runs, r.own_fever, r.fever)
    grade = g.grade
    if settings.fever_gate == "strict":
        grade = np.where(unexplained, _without_sign(r), grade)
    grade, ceiling = np.where(a.death, 5.0, grade), np.where(a.death, 5.0, g.ceiling)
    ruled = ~np.isnan(r.rulings.grade) & ~a.death  # deaths are no investigator's to rule away
    death_rules = tuple(rule for rule in scale.rules if rule.axis == "death")
    said = {"fever_gate": GATE[g.gate.astype(np.intp)]}
    died = [a.death if rule.grade is not None else np.zeros(n, dtype=bool) for rule in death_rules]
    return Course(
        scale,
        a,
        Reading(
            (*r.reading.rules, *g.record.rules, *death_rules),
            [*r.reading.proven, *g.record.proven, *died],
            [*r.reading.possible, *g.record.possible, *died],
            n,
        ),
        grade=np.where(ruled, r.rulings.grade, grade),
        ceiling=np.where(ruled, r.rulings.grade, ceiling),
        clear=g.clear,
        runs=g.runs,
        derived_grade=grade,
        derived_ceiling=ceiling,
        ruled=r.rulings.applied & ~a.death,
        flags=r.signs.flags
        | {"sign-without-fever": ~g.gate & (r.sign_grade > 0), "waiver-assumed": unexplained},
        values=r.signs.better | said,
        worse=r.signs.worse | said,
        origins=r.signs.origins,
        sources=[*r.signs.sources, death_source(a), ("adjudications", *r.rulings.pairs)],
        missing_for_zero=scale.zero_needs,
        gate_open=g.gate,
        member=r.member,
        starter=r.starter,
    )


def _record(study: Study, scale: Scale, settings: Settings) -> _Record:
    signs = read_signs(study, scale, settings)
    a, n = signs.a, len(signs.a)
    rulings = rulings_at(study, a, scale)
    of_signs = [r for r in scale.rules if r.axis in scale.signs]
    reading = read_twice(of_signs, signs.better, signs.worse, n, rulings.excluded)
    fever = ~np.isnan(reading.grade(["fever"]))
    support = tuple(x for x in scale.signs if x != "fever")
    sign_grade = np.nan_to_num(reading.grade(support))
    said = {"fever": fever.astype(float)}
    return _Record(
        replace(signs, better=signs.better | said, worse=signs.worse | said),
        reading,
        rulings,
        [r for r in scale.rules if r.axis not in (*scale.signs, "death")],
        fever,
        fever & ~np.isnan(signs.own_temperature),
        sign_grade,
        np.maximum(np.nan_to_num(reading.ceiling(support)), sign_grade),
        _hidden_by_drugs(study, a, settings),
    )


def _settled_gate(r: _Record, scale: Scale, settings: Settings) -> _Gated:
    """The widest gate that agrees with the runs that follow from it: a run ends by what is clear, and that depends on the gate.

    A narrower gate leaves more assessments clear and so no run longer: from the widest on, each gate lies in the one before.
    Raises Refused where none was found in ROUNDS.
    """
    gate = _open_from_first_fever(r.a, r.own_fever)
    for _ in range(ROUNDS):
        record = _record_rules(r, gate)
        grade, ceiling = _behind_gate(gate, r, record.ceiling())
        shown = np.where(np.isnan(r.rulings.grade), np.nan_to_num(ceiling, nan=-1), r.rulings.grade)
        clear = r.cool & ~r.member & (shown == 0)
        runs = runs_of(r.a, r.member, r.starter, clear, settings)
        found = _gate(r.a, runs, r.own_fever)
        if np.array_equal(found, gate):
            return _Gated(gate, record, grade, ceiling, clear, runs)
        gate = found
    raise refusal(
        "gate-not-settled",
        f"the fever gate of {scale.id} did not settle in {ROUNDS} rounds",
        done="nothing was graded; please report this line",
    )


def _without_sign(r: _Record) -> Numbers:
    """The grade of a temperature alone; nan where there is none."""
    has_temperature = ~np.isnan(r.signs.better["temperature"])
    return np.where(r.fever, 1.0, np.where(has_temperature, 0.0, np.nan))


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


def _record_rules(r: _Record, gate: Mask) -> Reading:
    """The rules of the record's gaps and of the gate itself."""
    words = CodedWords(gate.astype(np.intp), list(GATE))
    better, worse = (items | {"fever_gate": words} for items in (r.signs.better, r.signs.worse))
    return read_twice(r.of_record, better, worse, len(r.a), r.rulings.excluded)


def _behind_gate(gate: Mask, r: _Record, record_ceiling: Numbers) -> tuple[Numbers, Numbers]:
    """Grade and ceiling of every assessment, given where the gate is open."""
    has_temperature = ~np.isnan(r.signs.better["temperature"])
    without_sign = _without_sign(r)
    open_grade = np.where(r.sign_grade > 0, np.fmax(r.sign_grade, without_sign), without_sign)
    own_ceiling = np.where(r.sign_ceiling > 0, r.sign_ceiling, np.nan)
    open_ceiling = np.fmax(np.fmax(open_grade, own_ceiling), record_ceiling)
    closed_grade = np.where(has_temperature, 0.0, np.nan)
    closed_ceiling = np.where(has_temperature, np.where(r.hidden, r.sign_ceiling, 0.0), own_ceiling)
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


def _given_within(a: Assessments, drugs: Drugs, days: float) -> Mask:
    """Whether one of the drugs was begun by the assessment and last given at most `days` before.

    In hours where both have times, else by dates.
    """
    in_hours = latest_end_of_started(drugs.rows(~drugs.is_date), a.subject, a.order)
    by_hours = ~a.is_day & (in_hours != NO_TIME) & (a.order - in_hours <= days * DAY)
    by_date = _latest_date(a, drugs.rows(drugs.is_date))
    return (
        by_hours | _within(a, by_date, days) & ~a.is_day | _within(a, _latest_date(a, drugs), days) & a.is_day
    )


def _latest_date(a: Assessments, drugs: Drugs) -> Seconds:
    """The last date of the drugs begun on or before the date of each assessment; NO_TIME where none had begun."""
    by_date = drugs.with_columns(start=date_of(drugs.start), end=date_of(drugs.end))
    return latest_end_of_started(by_date, a.subject, a.date)


def _within(a: Assessments, date: Seconds, days: float | Seconds) -> Mask:
    return (date != NO_TIME) & (a.date - date <= days)


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
    drugs = Drugs.joined(
        [
            drug_spans(study, ANTICYTOKINE, ("tocilizumab", "corticosteroid", "anticytokine")),
            drug_spans(study, ANTIPYRETIC, ("antipyretic",)),
        ]
    )
    timed, dated = drugs.rows(~drugs.is_date), drugs.rows(drugs.is_date)
    last = latest_end_of_started(timed, a.subject, a.order)
    both_timed = ~a.is_day & ~a.is_day[index]
    by_time = both_timed & (last != NO_TIME) & (last >= a.order[index])
    days = a.date - a.date[index]
    by_date = _within(a, _latest_date(a, dated), days) | (
        ~both_timed & _within(a, _latest_date(a, timed), days)
    )
    return has & (by_time | by_date)
