"""Which moments of a subject's course are assessed, and what was recorded at each: rows merged, blanks carried, nothing invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.grade.time.doubt import rows_given, rows_in_doubt
from senl_ae.grade.time.spans import Assessments, Mask, Seconds, date_of, last_true, sorted_assessments
from senl_ae.study import DAY, HOUR, NO_TIME, Study

Numbers = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


def at_or_after_infusion(subjects: pd.DataFrame, subject: Seconds, time: Seconds, is_date: Mask) -> Mask:
    """Which records belong to the course: from the infusion on; by date where either has no clock time; none of an uninfused subject."""
    infusion = subjects["infusion"].to_numpy()[subject]
    by_date = subjects["infusion_is_date"].to_numpy(dtype=bool)[subject] | is_date
    after = np.where(by_date, date_of(time) >= date_of(infusion), time >= infusion)
    return after & (infusion != NO_TIME) & (time != NO_TIME)


def before_baseline(
    study: Study, from_lymphodepletion: bool, subject: Seconds, time: Seconds, is_day: Mask
) -> Mask:
    """Values from before the lymphodepletion (where its start is given and the setting says so), else from before the infusion.

    By date where either side has no clock time: a value of the same date is then not before.
    """
    infusion = study.subjects["infusion"].to_numpy(dtype=np.int64)
    by_date = study.subjects["infusion_is_date"].to_numpy(dtype=bool)
    start = infusion
    if from_lymphodepletion:
        depletion = study.subjects["lymphodepletion_start"].to_numpy(dtype=np.int64)
        earlier = (depletion != NO_TIME) & ((infusion == NO_TIME) | (depletion < infusion))
        start = np.where(earlier, depletion, infusion)
        by_date = np.where(earlier, depletion % DAY == 0, by_date)
    at, dated = start[subject], by_date[subject] | is_day
    before: Mask = (
        np.where(dated, date_of(time) < date_of(at), time < at) & (at != NO_TIME) & (time != NO_TIME)
    )
    return before


def study_day(subjects: pd.DataFrame, subject: Seconds, date: Seconds) -> Seconds:
    """Calendar days since the date of the infusion, which is Day 0."""
    return date - date_of(subjects["infusion"].to_numpy()[subject])


def age_at(subjects: pd.DataFrame, subject: Seconds, date: Seconds) -> Numbers:
    """Age in completed years at each assessment: from the birth date where there is one, else as recorded; nan where unknown."""
    recorded = np.floor(subjects["age"].to_numpy(dtype=float))[subject]
    birth = subjects["birth_date"].to_numpy()[subject]
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


def conflicting(frame: pd.DataFrame, columns: tuple[str, ...], rows: Rows, a: Assessments) -> Mask:
    """Timed assessments whose rows give one item different values; both are kept and the worse was graded."""
    n = len(a)
    out = np.zeros(n, dtype=bool)
    several = (np.bincount(rows.of, minlength=n) > 1) & ~a.is_day if n else out
    if not several.any():
        return out
    here = several[rows.of]
    at = rows.of[here]
    for name in columns:
        codes, _ = pd.factorize(frame[name].to_numpy()[rows.position[here]])
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
    for column, mask in study.extra.get("set_aside", {}).get(domain, {}).items():
        if columns is None or column in columns:
            out[rows.of[np.asarray(mask, dtype=bool)[rows.position]]] = True
    return out


def support_moments(study: Study, spans: pd.DataFrame, seen: Assessments) -> tuple[Seconds, Seconds, Mask]:
    """Assessments that support makes of itself: the start of a timed interval, and dates inside date-only ones that have no vitals row.

    spans: support intervals as `interventions.support_spans` gives them. Returns subject, time, is_day; not yet limited to the course.
    """
    dated_start = (spans["start_hi"] > spans["start_lo"]).to_numpy(dtype=bool)
    timed = spans[~dated_start]
    subjects, times, days = (
        [timed["subject"].to_numpy()],
        [timed["start_lo"].to_numpy()],
        [np.zeros(len(timed), dtype=bool)],
    )
    dated = spans[dated_start]
    if len(dated):
        first, last = date_of(dated["start_lo"].to_numpy()), date_of(dated["end_hi"].to_numpy() - 1)
        count = np.maximum(last - first + 1, 0)
        subject = np.repeat(dated["subject"].to_numpy(), count)
        date = (
            np.repeat(first, count) + np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        )
        wide = 1 << 24
        have = np.unique(seen.subject * wide + seen.date)
        new = ~np.isin(subject * wide + date, have)
        subjects.append(subject[new])
        times.append(date[new] * DAY)
        days.append(np.ones(int(new.sum()), dtype=bool))
    return np.concatenate(subjects), np.concatenate(times), np.concatenate(days)


def deaths(study: Study, cause: str) -> pd.DataFrame:
    """Deaths whose recorded cause is (or, among others, includes) this syndrome: subject, time, is_date."""
    s = study.subjects
    causes = s["death_cause"].astype(object).where(s["death_cause"].notna(), "").astype(str)
    named = causes.map(lambda text: cause in text.split(";")).to_numpy(dtype=bool)
    died = np.flatnonzero(named & (s["death"].to_numpy(dtype=np.int64) != NO_TIME))
    return pd.DataFrame(
        {
            "subject": died,
            "time": s["death"].to_numpy(dtype=np.int64)[died],
            "is_date": s["death_is_date"].to_numpy(dtype=bool)[died],
        }
    )


def timeline(
    study: Study, domain: str, dead: pd.DataFrame, spans: pd.DataFrame | None = None
) -> tuple[Assessments, Rows]:
    """The assessments of a domain's rows from the infusion on (and, for vitals, those that support intervals make), sorted.

    A death due to the syndrome is an assessment of its own, in place of the day assessment of its date. Also which rows of the domain's
    frame belong to which assessment.
    """
    frame = getattr(study, domain)
    subject, time = frame["subject"].to_numpy(dtype=np.int64), frame["time"].to_numpy(dtype=np.int64)
    is_day = frame["is_day"].to_numpy(dtype=bool)
    graded = np.flatnonzero(at_or_after_infusion(study.subjects, subject, time, is_day))
    subject, time, is_day = subject[graded], time[graded], is_day[graded]
    n = len(graded)
    if spans is not None and len(spans):
        rows_only, _ = sorted_assessments(subject, time, is_day)
        s, t, d = support_moments(study, spans, rows_only)
        keep = at_or_after_infusion(study.subjects, s, t, d)
        subject, time, is_day = (
            np.concatenate([subject, s[keep]]),
            np.concatenate([time, t[keep]]),
            np.concatenate([is_day, d[keep]]),
        )
    if not len(dead):
        assessments, of = sorted_assessments(subject, time, is_day)
        return assessments, Rows(graded, of[:n])
    at = dead.set_index("subject").reindex(subject)
    died, dated = (
        at["time"].fillna(NO_TIME).to_numpy(dtype=np.int64),
        at["is_date"].eq(True).to_numpy(dtype=bool),
    )
    replaced = is_day & (died != NO_TIME) & (date_of(time) == date_of(died))
    time, is_day = np.where(replaced, died, time), np.where(replaced, dated, is_day)
    m = len(time)
    assessments, of = sorted_assessments(
        np.concatenate([subject, dead["subject"].to_numpy(dtype=np.int64)]),
        np.concatenate([time, dead["time"].to_numpy(dtype=np.int64)]),
        np.concatenate([is_day, dead["is_date"].to_numpy(dtype=bool)]),
    )
    assessments.death[of[m:]] = True
    return assessments, Rows(graded, of[:n])


def last_record(study: Study) -> Seconds:
    """Until when each subject is on record, exclusive: just past the last timed record, or the end of the last date-only one.

    Vitals, neurological checks and interventions count, those in doubt only at the most. NO_TIME where there is none.
    """
    out = np.full(len(study.subjects), NO_TIME, dtype=np.int64)
    interventions = (
        study.interventions if rows_in_doubt(study).sum() == 0 else study.interventions[rows_given(study)]
    )
    for frame, column, dated in (
        (study.vitals, "time", "is_day"),
        (study.neuro, "time", "is_day"),
        (interventions, "start", "start_is_date"),
        (interventions, "end", "end_is_date"),
    ):
        time = frame[column].to_numpy(dtype=np.int64)
        known = time != NO_TIME
        until = np.where(frame[dated].to_numpy(dtype=bool), (date_of(time) + 1) * DAY, time + 1)
        np.maximum.at(out, frame["subject"].to_numpy(dtype=np.int64)[known], until[known])
    return out
