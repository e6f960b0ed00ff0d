"""The table of reported events beside the laboratory: one row per event of a laboratory term, and per severe run that nobody reported."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from senl_ae.arrays import Numbers, Whole, Words
from senl_ae.frame import Frame
from senl_ae.grade.adverse_events.dates import FAR
from senl_ae.grade.adverse_events.laboratory import (
    Events,
    against_events,
    graded_values,
    lab_terms,
    not_reported,
)
from senl_ae.grade.adverse_events.records import Records, name_of
from senl_ae.grade.graded import Windows
from senl_ae.grade.time.spans import date_of
from senl_ae.grade.time.texts import addresses
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, AdverseEvents, Study


class Beside(Frame):
    """One row per event of a laboratory term, and per severe run that nobody reported; dates as text, blank where there is none."""

    subject_id: Words
    pt: Words
    term: Words
    direction: Words
    start: Words
    end: Words
    reported_grade: Numbers
    derived_grade: Numbers
    derived_ceiling: Numbers
    derived_date: Words
    verdict: Words
    source_event: Words
    source_lab: Words


def laboratory_table(
    study: Study,
    source: AdverseEvents,
    records: Records,
    names: tuple[str, ...],
    labs: pd.DataFrame | None,
    windows: Windows,
    settings: Settings,
) -> Beside:
    """Reported events against derived laboratory grades, sorted by subject and start; empty without laboratory values."""
    if labs is None or not len(source):
        return Beside.without_rows()
    values = graded_values(labs, study.subjects.subject_id)
    infusion_date = date_of(study.subjects.infusion)
    events = _events(records, infusion_date + windows.end_day)
    found, at = against_events(events, names, values, settings)
    start = np.where(records.start == NO_TIME, -FAR, date_of(records.start))
    end = np.where(records.end == NO_TIME, FAR, date_of(records.end))
    rest = not_reported(values, records, names, start, end, settings)
    row = events.row[at]
    reported = {
        "subject": events.subject[at],
        "pt": name_of(source)[row],
        "term": found["term"],
        "start": events.start[at],
        "end": np.where(events.open_end[at], FAR, events.end[at]),
        "reported_grade": events.grade[at],
        **{
            c: found[c] for c in ("derived_grade", "derived_ceiling", "derived_date", "verdict", "source_lab")
        },
        "source_event": _sources(study, source, records, names)[row],
    }
    n = len(rest["subject"])
    alone = rest | {
        "pt": np.full(n, "", dtype=object),
        "reported_grade": np.full(n, np.nan),
        "verdict": np.full(n, "not-reported", dtype=object),
        "source_event": np.full(n, "", dtype=object),
    }
    both = {column: np.concatenate([reported[column], alone[column]]) for column in reported}
    order = np.lexsort((both["term"], both["pt"] == "", both["start"], both["subject"]))
    return _written({column: array[order] for column, array in both.items()}, study, values.terms)


def _events(records: Records, window_end: Whole) -> Events:
    """The events of the window: earliest start, latest end, highest grade of their records."""
    at = np.flatnonzero(records.in_window)
    key = pd.DataFrame({"subject": records.subject[at], "event": records.event[at]})
    number = key.groupby(["subject", "event"], sort=True).ngroup().to_numpy()
    _, first = np.unique(number, return_index=True)
    n = len(first)
    start, end = np.full(n, FAR, dtype=np.int64), np.full(n, -FAR, dtype=np.int64)
    grade, ceiling = np.full(n, np.nan), np.full(n, np.nan)
    np.minimum.at(start, number, date_of(records.start[at]))
    np.maximum.at(end, number, np.where(records.end[at] == NO_TIME, FAR, date_of(records.end[at])))
    np.fmax.at(grade, number, records.grade[at])
    np.fmax.at(ceiling, number, records.ceiling[at])
    subject = records.subject[at[first]]
    return Events(
        subject,
        records.name[at[first]],
        start,
        np.where(end == FAR, window_end[subject], end),
        end == FAR,
        grade,
        ceiling,
        at[first],
    )


def _sources(study: Study, source: AdverseEvents, records: Records, names: tuple[str, ...]) -> Words:
    """At the first record of each event that is a laboratory term, the rows of all its records, `file:sheet:row` joined by `;`."""
    out = np.full(len(source), "", dtype=object)
    known = np.array([key in lab_terms() for key in names], dtype=bool)
    at = np.flatnonzero(records.in_window & known[records.name])
    rows = addresses(study, source.sheet[at], source.row[at])
    table = pd.DataFrame(
        {
            "subject": records.subject[at],
            "event": records.event[at],
            "at": at,
            "row": pd.Series(rows, dtype=object),
        }
    )
    joined = table.groupby(["subject", "event"]).agg(at=("at", "min"), row=("row", ";".join))
    out[joined["at"].to_numpy(dtype=np.int64)] = joined["row"].to_numpy(dtype=object)
    return out


def _dates(days: Whole) -> Words:
    """Dates as text, blank where there is none."""
    known = np.abs(days) < FAR
    text = np.datetime_as_string(np.where(known, days, 0).astype("datetime64[D]")).astype(object)
    return np.where(known, text, cast("Any", ""))


def _written(columns: dict[str, np.ndarray], study: Study, terms: list[tuple[str, str]]) -> Beside:
    """The table as it is written: names of subjects and terms, dates as text."""
    term = columns["term"]
    words = {
        "subject_id": study.subjects.subject_id[columns["subject"]],
        "term": np.array([*(t for t, _ in terms), ""], dtype=object)[term],
        "direction": np.array([*(d for _, d in terms), ""], dtype=object)[term],
        **{column: _dates(columns[column]) for column in ("start", "end", "derived_date")},
    }
    every: dict[str, Any] = columns | words
    return Beside(**{name: every[name] for name in Beside.kinds})
