"""The reported record as the results hold it: one row per record in the order of the input, and one per comparison with the laboratory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Words
from senl_ae.grade.adverse_events.records import GradedEvents, flags_text
from senl_ae.grade.graded import Graded
from senl_ae.grade.time.texts import addresses, moments
from senl_ae.results.tables import subject_ids

Table = dict[str, Any]


def adverse_event_tables(graded: Graded) -> dict[str, Table]:
    """`adverse_events.csv` and `ae_labs.csv` of a study that has a sheet of events."""
    events: GradedEvents = graded.adverse_events
    return {
        "adverse_events": _records(graded, events),
        "ae_labs": {name: events.labs[name] for name in events.labs.names},
    }


def _records(graded: Graded, events: GradedEvents) -> Table:
    """One row per record."""
    study, source, r = graded.study, events.source, events.records
    going = pd.Series(source.ongoing, dtype=object).map({"yes": 1.0, "no": 0.0}).to_numpy(dtype=float)
    return {
        "subject_id": subject_ids(study)[r.subject],
        "dose_level": study.subjects.dose_level[r.subject],
        "record": np.arange(1, len(r) + 1),
        "event": r.event,
        "term": source.term,
        "pt": source.pt,
        "soc": r.class_name,
        "grade": r.grade,
        "grade_ceiling": r.ceiling,
        "scale": source.scale,
        "baseline_grade": source.baseline_grade,
        "start": moments(r.start, r.start_is_date),
        "start_raw": source.start_raw,
        "start_imputed": r.start_imputed,
        "start_day": r.start_day,
        "end": moments(r.end, r.end_is_date),
        "end_raw": source.end_raw,
        "end_imputed": r.end_imputed,
        "end_day": r.end_day,
        "ongoing": going,
        "period": r.period,
        "emergent": r.emergent,
        "in_window": r.in_window.astype(np.int64),
        "serious": r.serious,
        "related": r.related,
        "dlt": source.dlt,
        "outcome": _in_words(source.outcome),
        "action": _in_words(source.action),
        "aesi": r.aesi,
        "flags": flags_text(events.flags, len(r)),
        "source": addresses(study, source.sheet, source.row),
    }


def _in_words(names: Words) -> Words:
    """Listed words as people write them: not resolved, drug withdrawn."""
    codes, found = pd.factorize(names)
    said: Words = np.array([*(str(name).replace("_", " ") for name in found), None], dtype=object)[codes]
    return said
