"""Subjects with at least one adverse event of each kind: severe, related, serious, fatal, dose-limiting, of special interest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask
from senl_ae.report.count.adverse_events import LYMPHODEPLETION, SEVERE_FROM, YES, Records, Rows, in_rows
from senl_ae.report.count.event_rows import count_rows
from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.count.syndromes import SEVERE, SEVERE_POSSIBLE
from senl_ae.report.tables.adverse_events.behind import records_behind
from senl_ae.report.tables.adverse_events.groups import groups_of
from senl_ae.report.tables.adverse_events.shared import (
    ANY,
    COUNTED,
    FAMILY,
    GRADES,
    SCALE,
    absent,
    notes_of,
    records,
    there,
)
from senl_ae.report.tables.table import Cell, Counting, Table

ACTION, INTEREST = "Leading to action", "Of special interest"
NO_ACTION = ("", "none", "not applicable", "unknown")
"""What says that nothing was done about an event, or nothing at all."""


def kinds(found: Records, counting: Counting) -> Iterator[tuple[tuple[str, str], Mask]]:
    """Row and level, and the records that put a subject there."""
    counted, severe = found.counted, found.severe
    yield (ANY, ""), counted
    yield (SEVERE, ""), counted & severe
    yield (SEVERE_POSSIBLE, ""), counted & (found.ceiling >= SEVERE_FROM)
    for grade in (4, 5):
        yield (f"Grade {grade}", ""), counted & (found.grade == grade)
    yield ("Grade missing", ""), counted & np.isnan(found.grade)
    yield ("Related", ""), counted & found.related
    yield ("Related, grade >= 3", ""), counted & found.related & severe
    yield ("Serious", ""), counted & found.serious
    yield ("Related and serious", ""), counted & found.related & found.serious
    yield ("Fatal", ""), counted & found.fatal
    yield ("Dose-limiting, as reported", ""), counted & found.says("dlt", YES)
    for action in actions(found):
        yield (ACTION, action[:1].upper() + action[1:]), counted & found.has("action", action)
    for group in groups_of(counting.results):
        yield (INTEREST, group.title), counted & found.has("aesi", group.id)
    yield ("Began in the lymphodepletion", ""), found.period == LYMPHODEPLETION
    yield ("Present before, not worse", ""), found.present_not_worse


def actions(found: Records) -> list[str]:
    """What was done about events that count, as recorded, without what says that nothing was."""
    told = set(found.frame["action"][found.counted])
    return sorted({action for text in told for action in str(text).split(";")} - set(NO_ACTION))


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    found = records(counting)
    labels, masks = zip(*kinds(found, counting), strict=True)
    zero = np.zeros(len(found.frame), dtype=int)
    rows = Rows.together([(in_rows(found, mask, zero), row) for row, mask in enumerate(masks)])
    count_rows(tally, rows, dict(enumerate(labels)))
    number = np.bincount(rows.subject[rows.row == 0], rows.events[rows.row == 0], minlength=counting.cohort.n)
    tally.number("Number of events", "", number, number > 0)


def behind(counting: Counting, cell: Cell) -> pd.DataFrame:
    """The records of the kind that a row names; of the number of events, all that count."""
    found = records(counting)
    which = dict(kinds(found, counting)).get((cell.row, cell.level), found.counted)
    return records_behind(counting, cell, which)


def notes(counting: Counting) -> list[str]:
    return [
        "Subjects with at least one, n (%) of N, and [number of events]. " + COUNTED,
        "What began in the lymphodepletion and what was present before and is not worse is not among the others, unless it became worse; "
        "there the number is of records.",
        *notes_of(counting, records(counting).counted),
    ]


TABLE = Table(
    "ae-overview",
    "11a",
    "Overview of adverse events",
    count=count,
    needs=there,
    absent=absent,
    notes=notes,
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    behind=behind,
    beside=(Side("", more="events"),),
)
