"""Adverse events by class, term and highest grade: a subject stands once in a row, at its highest grade there or without one."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count.event_rows import GRADE, GRADES, MISSING, count_grades
from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.tables.adverse_events.behind import behind_term
from senl_ae.report.tables.adverse_events.by_term import SHELL, notes, numbered, rows_by_term
from senl_ae.report.tables.adverse_events.shared import FAMILY, SCALE, absent, records, there
from senl_ae.report.tables.adverse_events.shared import GRADES as WHOSE
from senl_ae.report.tables.table import Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    """Any event, every class and its terms by highest grade; the grades add up to any grade."""
    tally.window_heading(counting.cohort)
    found = records(counting)
    rows, shown = rows_by_term(tally, counting, found.counted)
    labels = {}
    for row, path in (SHELL if tally.mock else numbered(found, shown)).items():
        labels[row] = ": ".join(part for part in path if part)
        tally.paths[tally.table, labels[row]] = tuple(part for part in path if part)
    count_grades(tally, rows, labels, missing=tally.mock or bool(np.isnan(rows.grade).any()))


TABLE = Table(
    "ae-grades",
    "11c",
    "Adverse events by class, term and highest grade",
    count=count,
    needs=there,
    absent=absent,
    notes=lambda counting: notes(
        counting, lambda found: found.counted, ("The grades of a row and those missing add up to any grade.",)
    ),
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=WHOSE,
    behind=lambda counting, cell: behind_term(counting, cell, lambda found: found.counted),
    beside=(*(Side(str(grade), GRADE.format(grade)) for grade in GRADES), Side("Missing", MISSING)),
)
