"""From the reported record to what its tables count: names, dates, emergence, events, groups of interest, findings, the laboratory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Words
from senl_ae.grade.adverse_events.checks import checks
from senl_ae.grade.adverse_events.dates import Dated, Periods, dates_of, periods_of
from senl_ae.grade.adverse_events.emergence import Emergence, emergence_of
from senl_ae.grade.adverse_events.interest import groups_in_force, interest_of
from senl_ae.grade.adverse_events.laboratory_table import laboratory_table
from senl_ae.grade.adverse_events.records import GradedEvents, Records, Said, said_by
from senl_ae.grade.graded import Windows
from senl_ae.issues import Issue
from senl_ae.settings import Settings
from senl_ae.study import AdverseEvents, Study


def grade_adverse_events(
    study: Study, settings: Settings, windows: Windows, labs: pd.DataFrame | None = None
) -> GradedEvents:
    """What every reported record counts for; a reported grade is the investigator's and never changed.

    labs: the table of graded laboratory values, None without any. Raises Refused where a file of special interest cannot be used.
    """
    groups = groups_in_force(settings.aesi_dir)
    source, no_event = _without_grade_0(study)
    said = said_by(source)
    dated = dates_of(source, study.subjects, settings)
    periods = periods_of(source, dated, study.subjects, windows)
    emergence = emergence_of(source, said, dated, periods, windows)
    aesi, by_words = interest_of(said, groups)
    records = _records(source, said, dated, periods, emergence, aesi)
    return GradedEvents(
        source,
        records,
        said.names,
        {**said.flags, **emergence.flags, "by-words": by_words},
        tuple(interest.group for interest in groups),
        laboratory_table(study, source, records, said.names, labs, windows, settings),
        (*no_event, *checks(study, source, said, dated, emergence)),
    )


def _records(
    source: AdverseEvents, said: Said, dated: Dated, periods: Periods, emergence: Emergence, aesi: Words
) -> Records:
    return Records(
        subject=source.subject,
        name=said.name,
        class_name=said.class_name,
        grade=said.grade,
        ceiling=said.ceiling,
        serious=said.serious,
        related=said.related,
        start=dated.start,
        start_is_date=dated.start_is_date,
        start_imputed=dated.start_imputed,
        start_day=dated.day(dated.start),
        end=dated.end,
        end_is_date=dated.end_is_date,
        end_imputed=dated.end_imputed,
        end_day=dated.day(dated.end),
        period=periods.name,
        emergent=emergence.emergent,
        in_window=emergence.in_window,
        event=emergence.event,
        aesi=aesi,
    )


def _without_grade_0(study: Study) -> tuple[AdverseEvents, list[Issue]]:
    """The record without rows of grade 0, which is no event; one note for each."""
    source = study.adverse_events
    none = source.grade == 0
    issues = [
        Issue(
            "note",
            "grade-0",
            **study.address(source, i, "grade"),
            found="a reported event of grade 0",
            expected="a grade from 1 to 5",
            done="no event: set aside",
        )
        for i in np.flatnonzero(none).tolist()
    ]
    return source.rows(~none), issues
