"""What the results folder holds: the graded study as the tables of the contract, column by column."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from senl_ae.arrays import Seconds
from senl_ae.grade.course.figures import management, rule_ids
from senl_ae.grade.course.reported import reported_events
from senl_ae.grade.course.treatments import treatments
from senl_ae.grade.graded import Course, Graded, Syndrome
from senl_ae.grade.time.spans import date_of, steps
from senl_ae.grade.time.texts import addresses, moments
from senl_ae.grade.time.timeline import study_day
from senl_ae.results.schema import Syndromes, columns_of, figures
from senl_ae.results.traces import episode_flags, flags_text, missing_items, patient_flags, source_text
from senl_ae.study import NO_TIME, Study

Table = dict[str, Any]

MANAGEMENT = ("tocilizumab_doses", "corticosteroid", "anticytokine", "vasopressor", "oxygen", "icu")


def assessment_moments(course: Course, at: Seconds) -> np.ndarray:
    """When each of these assessments was, as text."""
    a = course.a
    return moments(np.where(a.is_day[at], a.date[at] * 86_400, a.order[at]), a.is_day[at])


def all_tables(graded: Graded) -> dict[str, Table]:
    """Every CSV of the results folder but the issues and the laboratory: file name without ending -> its columns in order."""
    given = management(graded.study, graded.windows)
    return {
        "subjects": subjects_table(graded),
        "assessments": assessments_table(graded),
        "daily": daily_table(graded),
        "episodes": episodes_table(graded),
        "patients": patients_table(graded, given),
        "treatments": treatments_table(graded),
        **({"events": events_table(graded)} if len(graded.study.events) else {}),
        **({"neuro_figures": neuro_figures_table(graded)} if len(graded.study.neuro) else {}),
    }


def syndromes_of(graded: Graded) -> Syndromes:
    return Syndromes(tuple(graded.syndromes), tuple(graded.in_order))


def names_of(name: str, graded: Graded) -> list[str]:
    """The columns of one file, in their order."""
    return [column.name for column in columns_of(name, syndromes_of(graded))]


def subject_ids(study: Study) -> np.ndarray:
    return study.subjects.subject_id


def _infusion(study: Study) -> np.ndarray:
    return moments(
        study.subjects.infusion,
        study.subjects.infusion_is_date,
    )


def _expected(graded: Graded) -> np.ndarray:
    end = graded.windows.end_day
    return np.where(end < 0, np.nan, end + 1.0)


def _window_end(graded: Graded) -> np.ndarray:
    return np.where(graded.windows.end_day < 0, np.nan, graded.windows.end_day.astype(float))


def subjects_table(graded: Graded) -> Table:
    """One row per subject, everything known of it, further columns of the subjects sheet included."""
    study, s = graded.study, graded.study.subjects
    table: Table = {
        "subject_id": subject_ids(study),
        "dose_level": s.dose_level,
        "dose": s.dose,
        "infusion": _infusion(study),
        "age": s.age,
        "sex": s.sex,
        "window_end_day": _window_end(graded),
        "window_end_reason": graded.windows.reason,
        "days_expected": _expected(graded),
        **{f"{name.lower()}_days_seen": s.figures["days_seen"] for name, s in graded.in_order.items()},
    }
    for name in s.names:
        if name in table or name in ("infusion_is_date", "death_is_date", "sheet", "row"):
            continue
        if s.kinds.get(name) == "Seconds":
            dated = s.death_is_date if name == "death" else True
            table[name if name.endswith(("_date", "_start")) else f"{name}_date"] = moments(s[name], dated)
        else:
            table[name] = s[name]
    return {name: _blank_missing(column) for name, column in table.items()}


def _blank_missing(column: Any) -> np.ndarray:
    array = np.asarray(column)
    if array.dtype.kind not in "OU":
        return array
    array = array.astype(object)
    return np.where(pd.isna(array), cast("Any", None), array)


def assessments_table(graded: Graded) -> Table:
    """One row per subject, syndrome and assessment."""
    parts = [_assessments_of(graded, name, s) for name, s in graded.syndromes.items()]
    return by_subject(parts, [s.course.a.subject for s in graded.syndromes.values()])


def _assessments_of(graded: Graded, name: str, syndrome: Syndrome) -> Table:
    study, course = graded.study, syndrome.course
    a = course.a
    at = np.arange(len(a))
    day = study_day(study.subjects, a.subject, a.date)
    return {
        "subject_id": subject_ids(study)[a.subject],
        "syndrome": np.full(len(a), name, dtype=object),
        "datetime": assessment_moments(course, at),
        "study_day": day,
        "is_day": a.is_day.astype(np.int64),
        "in_window": (day <= graded.windows.end_day[a.subject]).astype(np.int64),
        "grade": course.grade,
        "grade_ceiling": course.ceiling,
        "rules": rule_ids(course, at),
        "missing": missing_items(course),
        "flags": flags_text(course),
        "source": source_text(study, course),
    }


def daily_table(graded: Graded) -> Table:
    """One row per subject, syndrome and study day of the window, days without a record included."""
    study, ends = graded.study, graded.windows
    n = len(study.subjects)
    count = ends.end_day + 1
    subject = np.repeat(np.arange(n), count)
    day = steps(count)
    infusion = date_of(study.subjects.infusion)
    date = moments((infusion[subject] + day) * 86_400, True)
    offset = np.cumsum(count) - count
    parts: list[Table] = []
    for name, s in graded.syndromes.items():
        at, worst = offset[s.days.subject] + s.days.study_day, s.days.at
        grade, ceiling = np.full(len(day), np.nan), np.full(len(day), np.nan)
        state = np.full(len(day), "no-record", dtype=object)
        rules = np.full(len(day), "", dtype=object)
        grade[at], ceiling[at] = s.days.grade, s.days.ceiling
        state[at] = np.where(np.isnan(s.days.grade), "not-evaluable", "graded")
        rules[at[worst >= 0]] = rule_ids(s.course, worst[worst >= 0])
        parts.append(
            {
                "subject_id": subject_ids(study)[subject],
                "syndrome": np.full(len(day), name, dtype=object),
                "study_day": day,
                "date": date,
                "grade": grade,
                "grade_ceiling": ceiling,
                "state": state,
                "rules": rules,
            }
        )
    return by_subject(parts, [subject] * len(parts))


def by_subject(parts: list[Table], subjects: list[Seconds]) -> Table:
    """The tables of several syndromes as one: each subject's rows of the first, then of the next."""
    if len(some := [i for i, subject in enumerate(subjects) if len(subject)]) == 1:
        return parts[some[0]]
    order = np.argsort(np.concatenate(subjects), kind="stable")
    return {column: np.concatenate([p[column] for p in parts])[order] for column in parts[0]}


def episodes_table(graded: Graded) -> Table:
    """One row per episode, also of those that began after the window."""
    parts: list[Table] = []
    for name, s in graded.syndromes.items():
        e, course = s.episodes, s.course
        parts.append(
            {
                "subject_id": subject_ids(graded.study)[e.subject],
                "syndrome": np.full(len(e), name, dtype=object),
                "episode": e.episode,
                "onset": assessment_moments(course, e.onset),
                "onset_day": e.onset_day,
                "peak": assessment_moments(course, e.peak),
                "peak_day": e.peak_day,
                "end": assessment_moments(course, e.end),
                "end_day": e.end_day,
                "grade": e.grade,
                "grade_ceiling": e.ceiling,
                "duration_days": e.duration_days,
                "duration_hours": e.duration_hours,
                "outcome": e.outcome,
                "rules": rule_ids(course, e.peak),
                "flags": episode_flags(graded, s),
            }
        )
    return by_subject(parts, [s.episodes.subject for s in graded.syndromes.values()])


def patients_table(graded: Graded, given: dict[str, np.ndarray]) -> Table:
    """One row per subject: the figures of each syndrome, what was given, death, flags."""
    study, s = graded.study, graded.study.subjects
    infusion, death = s.infusion, s.death
    infused = infusion != NO_TIME
    table: Table = {
        "subject_id": subject_ids(study),
        "dose_level": s.dose_level,
        "dose": s.dose,
        "age": s.age,
        "sex": s.sex,
        "infusion": _infusion(study),
        "window_end_day": _window_end(graded),
        "window_end_reason": graded.windows.reason,
        "days_expected": _expected(graded),
    }
    for name, found in graded.syndromes.items():
        table |= {f"{name.lower()}_{figure}": found.figures[figure] for figure in figures()}
    for name in MANAGEMENT:
        table[name] = np.where(
            infused, given[name], cast("Any", None if given[name].dtype == object else np.nan)
        )
    table["death_day"] = np.where(
        (death != NO_TIME) & infused, (date_of(death) - date_of(infusion)).astype(float), np.nan
    )
    table["death_cause"] = s.death_cause
    table["flags"] = patient_flags(graded)
    return {name: _blank_missing(column) for name, column in table.items()}


def treatments_table(graded: Graded) -> Table:
    """One row per administration or stretch of support, with the episodes it falls in."""
    rows = treatments(graded)
    table: Table = {"subject_id": subject_ids(graded.study)[rows.subject]}
    for column in names_of("treatments", graded)[1:]:
        if column in ("start", "end"):
            table[column] = moments(rows[column], rows[f"{column}_is_date"])
        else:
            table[column] = rows["device_class" if column == "class" else column]
    return {name: _blank_missing(column) for name, column in table.items()}


def events_table(graded: Graded) -> Table:
    """One row per CRS or ICANS that the investigators reported, with their grade and their scale."""
    study = graded.study
    rows = reported_events(study)
    table: Table = {"subject_id": subject_ids(study)[rows.subject]}
    for column in names_of("events", graded)[1:]:
        if column in ("onset", "end"):
            table[column] = moments(rows[column], rows[f"{column}_is_date"])
        elif column == "source":
            table[column] = addresses(study, rows.sheet, rows.row)
        else:
            table[column] = rows[column]
    return {name: _blank_missing(column) for name, column in table.items()}


def neuro_figures_table(graded: Graded) -> Table:
    """One row per subject with a check in the window: the lowest ICE, the highest CAPD (nan where not done), whether a seizure occurred."""
    found = next((s for s in graded.syndromes.values() if "ice_score" in s.course.values), None)
    n = len(graded.study.subjects)
    lowest, highest, seizure = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool)
    seen = np.zeros(n, dtype=bool)
    if found is not None and len(found.course.a):
        course = found.course
        who = course.a.subject
        inside = study_day(graded.study.subjects, who, course.a.date) <= graded.windows.end_day[who]
        np.fmin.at(lowest, who[inside], course.values["ice_score"][inside])
        np.fmax.at(highest, who[inside], course.values["capd_score"][inside])
        word = course.values["seizure"]
        seizure[who[inside & ~pd.isna(word) & (word != "none")]] = True
        seen[who[inside]] = True
    return {
        "subject_id": subject_ids(graded.study)[seen],
        "ice_lowest": lowest[seen],
        "capd_highest": highest[seen],
        "seizure": seizure[seen].astype(np.int64),
    }


def before_rulings_table(unruled: Graded) -> Table:
    """One row per subject and syndrome: the grade and ceiling that the record gives without any ruling. unruled: graded without them."""
    ids = subject_ids(unruled.study)
    return {
        "subject_id": np.concatenate([ids for _ in unruled.syndromes]),
        "syndrome": np.repeat(list(unruled.syndromes), len(ids)).astype(object),
        "grade": np.concatenate([s.figures["grade"] for s in unruled.syndromes.values()]),
        "grade_ceiling": np.concatenate([s.figures["grade_ceiling"] for s in unruled.syndromes.values()]),
    }


def adjudications_table(graded: Graded) -> Table:
    """One row per ruling, with its reason and its author, and how many assessments it was in force at."""
    study = graded.study
    rulings = study.adjudications
    met = np.zeros(len(rulings), dtype=np.int64)
    for syndrome in graded.syndromes.values():
        for name, _, position in syndrome.course.sources:
            if name == "adjudications":
                np.add.at(met, position, 1)
    table: Table = {"subject_id": subject_ids(study)[rulings.subject]}
    for name in ("syndrome", "action", "sign", "start", "end", "grade", "reason", "by", "on"):
        column = rulings[name]
        if name in ("start", "end"):
            column = moments(column, rulings[f"{name}_is_date"])
        table[name] = column
    table["assessments"] = met
    table["source"] = addresses(study, rulings.sheet, rulings.row)
    return {name: _blank_missing(column) for name, column in table.items()}
