"""Which moments of a subject's course are assessed, and what was recorded at each: rows merged, blanks carried, nothing invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.frame import Frame
from senl_ae.grade.time.doubt import rows_given
from senl_ae.grade.time.spans import Assessments, Deaths, Spans, date_of, last_true, sorted_assessments, steps
from senl_ae.study import DAY, HOUR, NO_TIME, Study, Subjects


def at_or_after_infusion(subjects: Subjects, subject: Seconds, time: Seconds, is_date: Mask) -> Mask:
    """Which records belong to the course: from the infusion on; by date where either has no clock time; none of an uninfused subject."""
    infusion = subjects.infusion[subject]
    by_date = subjects.infusion_is_date[subject] | is_date
    after = np.where(by_date, date_of(time) >= date_of(infusion), time >= infusion)
    return after & (infusion != NO_TIME) & (time != NO_TIME)


def before_baseline(
    study: Study, from_lymphodepletion: bool, subject: Seconds, time: Seconds, is_day: Mask
) -> Mask:
    """Values from before the lymphodepletion (where its start is given and the setting says so), else from before the infusion.

    By date where either side has no clock time: a value of the same date is then not before.
    """
    infusion = study.subjects.infusion
    by_date = study.subjects.infusion_is_date
    start = infusion
    if from_lymphodepletion:
        depletion = study.subjects.lymphodepletion_start
        earlier = (depletion != NO_TIME) & ((infusion == NO_TIME) | (depletion < infusion))
        start = np.where(earlier, depletion, infusion)
        by_date = np.where(earlier, depletion % DAY == 0, by_date)
    at, dated = start[subject], by_date[subject] | is_day
    before: Mask = (
        np.where(dated, date_of(time) < date_of(at), time < at) & (at != NO_TIME) & (time != NO_TIME)
    )
    return before


def day0_order_unknown(study: Study, a: Assessments) -> Mask:
    """Assessments of Day 0 whose order to the infusion is not recorded."""
    s = study.subjects
    untimed = a.is_day | s.infusion_is_date[a.subject]
    return (a.date == date_of(s.infusion)[a.subject]) & untimed


def study_day(subjects: Subjects, subject: Seconds, date: Seconds) -> Seconds:
    """Calendar days since the date of the infusion, which is Day 0."""
    return date - date_of(subjects.infusion[subject])


def age_at(subjects: Subjects, subject: Seconds, date: Seconds) -> Numbers:
    """Age in completed years at each assessment: from the birth date where there is one, else as recorded; nan where unknown."""
    recorded = np.floor(subjects.age)[subject]
    birth = subjects.birth_date[subject]
    known = birth != NO_TIME
    if not known.any():
        return recorded
    born = np.where(known, birth, 0).astype("datetime64[s]").astype("datetime64[D]")
    now = date.astype("datetime64[D]")
    months = now.astype("datetime64[M]").astype(np.int64) - born.astype("datetime64[M]").astype(np.int64)
    day_of = (now - now.astype("datetime64[M]")).astype(np.int64)
    born_on = (born - born.astype("datetime64[M]")).astype(np.int64)
    years = (months - (day_of < born_on)) // 12
    return np.where(known, years.astype(float), recorded)


@dataclass(frozen=True)
class Rows:
    """The rows of one domain that are graded: positions in the study's frame and the assessment each belongs to."""

    position: Seconds
    of: Seconds


def merged(values: Numbers, rows: Rows, n: int, worst: str) -> Numbers:
    """One number per assessment: the worst of its rows (`worst` is "max" or "min"), nan where no row has one."""
    out = np.full(n, np.nan)
    reduce = np.fmax if worst == "max" else np.fmin
    reduce.at(out, rows.of, values[rows.position])
    return out


def conflicting(frame: Frame, columns: tuple[str, ...], rows: Rows, a: Assessments) -> Mask:
    """Timed assessments whose rows give one item different values; both are kept and the worse was graded."""
    n = len(a)
    out = np.zeros(n, dtype=bool)
    several = (np.bincount(rows.of, minlength=n) > 1) & ~a.is_day if n else out
    if not several.any():
        return out
    here = several[rows.of]
    at = rows.of[here]
    for name in columns:
        codes, _ = pd.factorize(frame[name][rows.position[here]])
        said = codes >= 0
        high, low = np.full(n, -1, dtype=np.int64), np.full(n, len(codes), dtype=np.int64)
        np.maximum.at(high, at[said], codes[said])
        np.minimum.at(low, at[said], codes[said])
        out |= (high >= 0) & (high > low)
    return out


@dataclass(frozen=True)
class Carried:
    """An item after carrying: the value in force at each assessment and the assessment it was recorded at (-1: none)."""

    value: Numbers
    taken_from: Seconds


def carry(a: Assessments, own: Numbers, hours: float) -> Carried:
    """The item at each assessment: its own value, else at a timed one the latest earlier timed value at most `hours` old, inclusive.

    A day row stands for its whole date and no one moment of it, so nothing is carried into or out of day assessments.
    """
    recorded = ~np.isnan(own)
    source = np.where(recorded, np.arange(len(a)), -1)
    latest = last_true(recorded & ~a.is_day, a.first)
    age = a.order - a.order[np.maximum(latest, 0)]
    usable = ~recorded & ~a.is_day & (latest >= 0) & (age <= hours * HOUR)
    source = np.where(usable, latest, source)
    return Carried(np.where(source >= 0, own[np.maximum(source, 0)], np.nan), source)


def unreadable(
    study: Study, columns: tuple[str, ...] | None, rows: Rows, n: int, domain: str = "vitals"
) -> Mask:
    """Assessments at which one of these cells (None: any) says something that could not be used: not blank, and never "none"."""
    out = np.zeros(n, dtype=bool)
    for column, mask in study.frame(domain).set_aside.items():
        if columns is None or column in columns:
            out[rows.of[mask[rows.position]]] = True
    return out


def support_moments(spans: Spans, seen: Assessments) -> tuple[Seconds, Seconds, Mask]:
    """Assessments that support makes of itself: the start of a timed interval, and dates inside date-only ones that have no vitals row.

    Returns subject, time, is_day; not yet limited to the course.
    """
    dated_start = spans.start_hi > spans.start_lo
    timed, dated = spans.rows(~dated_start), spans.rows(dated_start)
    if not len(dated):
        return timed.subject, timed.start_lo, np.zeros(len(timed), dtype=bool)
    first, last = date_of(dated.start_lo), date_of(np.maximum(dated.end_hi - 1, dated.start_lo))
    count = last - first + 1
    subject = np.repeat(dated.subject, count)
    date = np.repeat(first, count) + steps(count)
    wide = 1 << 24
    have = np.unique(seen.subject * wide + seen.date)
    new = ~np.isin(subject * wide + date, have)
    return (
        np.concatenate([timed.subject, subject[new]]),
        np.concatenate([timed.start_lo, date[new] * DAY]),
        np.arange(len(timed) + int(new.sum())) >= len(timed),
    )


def deaths(study: Study, cause: str) -> Deaths:
    """Deaths whose recorded cause is (or, among others, includes) this syndrome."""
    s = study.subjects
    named = np.array([cause in str(said or "").split(";") for said in s.death_cause.tolist()], dtype=bool)
    died = np.flatnonzero(named & (s.death != NO_TIME))
    return Deaths(subject=died, time=s.death[died], is_date=s.death_is_date[died])


def timeline(study: Study, domain: str, dead: Deaths, spans: Spans | None = None) -> tuple[Assessments, Rows]:
    """The assessments of a domain's rows from the infusion on (and, for vitals, those that support intervals make), sorted.

    A death due to the syndrome is an assessment of its own, in place of the day assessment of its date. Also which rows of the domain's
    frame belong to which assessment.
    """
    frame = study.timed(domain)
    subject, time = frame.subject, frame.time
    is_day = frame.is_day
    graded = np.flatnonzero(at_or_after_infusion(study.subjects, subject, time, is_day))
    subject, time, is_day = subject[graded], time[graded], is_day[graded]
    n = len(graded)
    if spans is not None and len(spans):
        rows_only, _ = sorted_assessments(subject, time, is_day)
        s, t, d = support_moments(spans, rows_only)
        keep = at_or_after_infusion(study.subjects, s, t, d)
        subject, time, is_day = (
            np.concatenate([subject, s[keep]]),
            np.concatenate([time, t[keep]]),
            np.concatenate([is_day, d[keep]]),
        )
    if not len(dead):
        assessments, of = sorted_assessments(subject, time, is_day)
        return assessments, Rows(graded, of[:n])
    death = np.full(len(study.subjects), NO_TIME, dtype=np.int64)
    death_is_date = np.zeros(len(death), dtype=bool)
    death[dead.subject], death_is_date[dead.subject] = dead.time, dead.is_date
    died, dated = death[subject], death_is_date[subject]
    replaced = is_day & (died != NO_TIME) & (date_of(time) == date_of(died))
    time, is_day = np.where(replaced, died, time), np.where(replaced, dated, is_day)
    m = len(time)
    assessments, of = sorted_assessments(
        np.concatenate([subject, dead.subject]),
        np.concatenate([time, dead.time]),
        np.concatenate([is_day, dead.is_date]),
    )
    assessments.death[of[m:]] = True
    return assessments, Rows(graded, of[:n])


def last_record(study: Study) -> Seconds:
    """Until when each subject is on record, exclusive: just past the last timed record, or the end of the last date-only one.

    Vitals, neurological checks and interventions count, those in doubt only at the most. NO_TIME where there is none.
    """
    out = np.full(len(study.subjects), NO_TIME, dtype=np.int64)
    given = study.interventions.rows(rows_given(study))
    for subject, time, is_date in (
        (study.vitals.subject, study.vitals.time, study.vitals.is_day),
        (study.neuro.subject, study.neuro.time, study.neuro.is_day),
        (given.subject, given.start, given.start_is_date),
        (given.subject, given.end, given.end_is_date),
    ):
        known = time != NO_TIME
        until = np.where(is_date, (date_of(time) + 1) * DAY, time + 1)
        np.maximum.at(out, subject[known], until[known])
    return out
