"""Cells as people type them -> typed columns: one function per kind of column, each with the list of what it could not read.

Every parser takes one column of raw cells (an object array: None, str, bool, int, float, datetime, date, time) and never raises,
whatever the cells hold. It reads each distinct cell once. What a cell says and cannot be used is in `problems` (one Problem per distinct
cell, with all its rows) and True in `set_aside`; a blank is neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from senl_ae.read.cells.clocks import parse_clocks, parse_study_day, with_clock
from senl_ae.read.cells.columns import Column, Labs, Problem, Times
from senl_ae.read.cells.dates import parse_times
from senl_ae.read.cells.units import convert, parse_lab, parse_limit, parse_number
from senl_ae.read.words.agents import parse_agents, parse_vasopressors
from senl_ae.read.words.answers import parse_yes_no
from senl_ae.read.words.devices import parse_device
from senl_ae.read.words.findings import parse_death_cause, parse_dose, parse_seizure
from senl_ae.read.words.listed import gcs_sums, parse_grade, parse_subject_id, parse_text, parse_word
from senl_ae.read.words.one_finding import parse_finding
from senl_ae.read.words.pressures import parse_blood_pressure
from senl_ae.read.words.score_words import parse_score
from senl_ae.read.words.states import parse_state

if TYPE_CHECKING:
    from senl_ae.vocabulary.items import Item, Items

__all__ = [
    "Column",
    "Labs",
    "Problem",
    "Times",
    "convert",
    "parse_clocks",
    "parse_column",
    "parse_lab",
    "parse_limit",
    "parse_number",
    "parse_study_day",
    "parse_times",
    "with_clock",
]


def parse_column(values: np.ndarray, item: Item, items: Items, *, unit: str | None = None) -> Column:
    """Read a column of any kind but dates (parse_times), clock times (parse_clocks) and laboratory values (parse_lab).

    `unit` is the heading's (HeadingMatch.unit). What the Column holds for each kind: see Column."""
    if item.name == "gcs":
        values = gcs_sums(values)
    match item.kind:
        case "number":
            return parse_number(values, item, unit=unit)
        case "score_or_unable":
            return parse_score(values, item, items, unit=unit)
        case "word":
            return parse_state(values, item, items) if item.remarks else parse_word(values, item)
        case "yes_no":
            return parse_yes_no(values, item, items)
        case "dose":
            return parse_dose(values, item, items)
        case "grade":
            return parse_grade(values, item)
        case "study_day" | "cdisc_day":
            return parse_study_day(values, item)
        case "blood_pressure":
            return parse_blood_pressure(values, item, items, unit=unit)
        case "device":
            return parse_device(values, item, items)
        case "agents":
            return parse_vasopressors(values, item, items)
        case "agent":
            return parse_agents(values, item, items)
        case "seizure":
            return parse_seizure(values, item, items.by_name["seizure_minutes"])
        case "finding":
            return parse_finding(values, item, items.by_name[item.column], items)
        case "death_cause":
            return parse_death_cause(values, item)
        case "subject_id":
            return parse_subject_id(values, item)
        case "text" | "qualifier":
            return parse_text(values, item)
    raise ValueError(
        f"{item.name} is of kind {item.kind}: it is read by parse_times, parse_clocks or parse_lab"
    )
