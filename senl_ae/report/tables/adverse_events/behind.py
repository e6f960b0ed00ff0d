"""Which records stand behind a count of reported adverse events: each with its day, its grade and the rows it stands in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask
from senl_ae.report.count.adverse_events import SEVERE_FROM, Records
from senl_ae.report.count.event_rows import GRADE, GRADES, MISSING
from senl_ae.report.count.printed import numbers
from senl_ae.report.tables.adverse_events.shared import ANY, Choose, records
from senl_ae.report.tables.behind import evidence
from senl_ae.report.tables.table import Cell, Counting


def behind_term(counting: Counting, cell: Cell, choose: Choose) -> pd.DataFrame:
    """The records behind a row of a class or a term, of the grade that the column counts."""
    found = records(counting)
    which, steps = choose(found), [step for step in cell.path if step not in (*_levels(), ANY)]
    for step, names in zip(steps, (found.classes, found.terms), strict=False):
        which = which & np.isin(names.of, np.flatnonzero(names.names == step.removesuffix(" (class)")))
    return records_behind(counting, cell, which)


def records_behind(counting: Counting, cell: Cell, which: Mask) -> pd.DataFrame:
    """Records of the subjects in a cell, of those that are counted there, in the order of their days."""
    found = records(counting)
    which = which & found.frame["subject_id"].isin(cell.subjects).to_numpy() & _of_grade(found, cell)
    rows = found.frame[which].sort_values(["subject_id", "start_day", "record"], kind="stable")
    assumed = np.where(found.assumed[which], " (assumed)", "")
    name = pd.Series(found.terms.names[found.terms.of][which] + assumed, index=found.frame.index[which])
    return evidence(
        rows.drop(columns=["start_day", "grade", "grade_ceiling"]),
        name[rows.index],
        study_day=numbers(rows["start_day"]),
        datetime=rows["start"],
        grade=numbers(rows["grade"]),
        grade_ceiling=numbers(rows["grade_ceiling"]),
    )


def _levels() -> list[str]:
    return [*map(GRADE.format, GRADES), MISSING]


def _of_grade(found: Records, cell: Cell) -> Mask:
    """The records that put a subject in the column of a cell, where that is about the grade."""
    if cell.statistic == "n_grade3plus":
        return found.severe
    if cell.statistic == "n_possible_grade3plus":
        return np.asarray(found.ceiling >= SEVERE_FROM)
    if cell.table.name == "ae-grades" and cell.level in _levels()[:-1]:
        return np.asarray(found.grade == _levels().index(cell.level) + 1)
    return np.ones(len(found.frame), dtype=bool)
