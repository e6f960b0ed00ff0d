"""What the investigators reported as CRS or ICANS: their own grades, kept beside the derived ones and never mixed with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.frame import Frame
from senl_ae.grade.time.spans import date_of
from senl_ae.grade.time.timeline import study_day
from senl_ae.issues import Issue
from senl_ae.study import NO_TIME, Study
from senl_ae.vocabulary.folding import whole_words, word_key
from senl_ae.vocabulary.items import load_items


class ReportedEvents(Frame):
    """CRS and ICANS as the investigators reported them: grade nan where none was given, days nan where there is no date."""

    subject: Whole
    syndrome: Words
    grade: Numbers
    onset: Seconds
    onset_is_date: Mask
    onset_day: Numbers
    end: Seconds
    end_is_date: Mask
    end_day: Numbers
    scale: Words
    sheet: Whole
    row: Whole


def reported_events(study: Study) -> ReportedEvents:
    """The reported events of infused subjects whose term is CRS or ICANS, whole words only, in English or Chinese."""
    item = load_items().by_name["syndrome"]
    events = study.events
    syndrome = np.array(
        [None if term is None else item.word_of.get(word_key(str(term))) for term in events.term.tolist()],
        dtype=object,
    )
    at = np.flatnonzero(~pd.isna(syndrome) & (study.subjects.infusion[events.subject] != NO_TIME))
    found = events.rows(at)

    def days(time: Seconds) -> Numbers:
        day = study_day(study.subjects, found.subject, date_of(time))
        return np.where(time == NO_TIME, np.nan, day.astype(float))

    out = ReportedEvents(
        subject=found.subject,
        syndrome=syndrome[at],
        grade=found.grade,
        onset=found.start,
        onset_is_date=found.start_is_date,
        onset_day=days(found.start),
        end=found.end,
        end_is_date=found.end_is_date,
        end_day=days(found.end),
        scale=found.scale,
        sheet=found.sheet,
        row=found.row,
    )
    return out.rows(np.lexsort((out.row, out.onset, out.syndrome.astype(str), out.subject)))


def only_reported(study: Study) -> bool:
    """Whether the study supplies nothing to derive grades from, only reported events."""
    return (
        not len(study.vitals)
        and not len(study.neuro)
        and not len(study.interventions)
        and len(study.events) > 0
    )


def unclear_reports(study: Study) -> Iterator[Issue]:
    """Which terms could be CRS or ICANS and were not counted, and when nothing could be derived."""
    yield from _unclear_terms(study)
    if only_reported(study):
        yield Issue(
            "note",
            "reported-only",
            found="the study supplies no vitals, interventions or neurological checks, only reported events",
            expected="vitals and neurological checks, to derive grades from",
            done="no grade was derived; `senl-ae summarize` counts the reported grades",
        )


def _unclear_terms(study: Study) -> Iterator[Issue]:
    """Reported terms that hold the name of a syndrome among other words: a person must say what they are."""
    item = load_items().by_name["syndrome"]
    inside = whole_words(tuple(item.spellings))
    events = study.events
    unclear = [
        term
        for term in pd.unique(events.term).tolist()
        if term is not None
        and item.word_of.get(word_key(str(term))) is None
        and inside.search(str(term).casefold())
    ]
    for position in np.flatnonzero(pd.Series(events.term, dtype=object).isin(unclear)).tolist():
        term = events.term[position]
        yield Issue(
            "note",
            "reported-term-unclear",
            **study.address("events", position, "term"),
            found=f'the term "{str(term)[:60]}" names CRS or ICANS among other words',
            expected="CRS or ICANS, or their full names, alone",
            done="not counted as a reported CRS or ICANS",
        )
