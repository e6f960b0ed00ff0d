"""Which tables the results folder holds: those of every study, and those of what a study has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from senl_ae.grade.graded import Graded
from senl_ae.results.adverse_events import adverse_event_tables
from senl_ae.results.schema import in_order
from senl_ae.results.tables import adjudications_table, all_tables, before_rulings_table, syndromes_of
from senl_ae.results.values import MOST_SUBJECTS, values_table


def results_tables(graded: Graded, values: bool = False) -> dict[str, Mapping[str, Any]]:
    """The tables of the results folder but the issues: name -> its columns in order.

    values: what the rules were asked at every assessment is kept also of a large study.
    """
    written: dict[str, Mapping[str, Any]] = dict(all_tables(graded))
    if graded.unruled is not None:
        written["before_rulings"] = before_rulings_table(graded.unruled)
        written["adjudications"] = adjudications_table(graded)
    for name in ("labs", "lab_patients", "haematotoxicity") if graded.laboratory is not None else ():
        frame = getattr(graded.laboratory, name)
        written[name] = {column: _plain_numbers(frame[column]) for column in frame.columns}
    if graded.adverse_events is not None:
        written |= adverse_event_tables(graded)
    if values or len(graded.study.subjects) <= MOST_SUBJECTS:
        written["values"] = values_table(graded)
    syndromes = syndromes_of(graded)
    return {name: in_order(name, table, syndromes) for name, table in written.items()}


def _plain_numbers(column: Any) -> np.ndarray:
    """A column of a laboratory table as an array; whole numbers that may be blank as numbers with nan."""
    blank = np.nan
    return column.to_numpy(dtype=float, na_value=blank) if str(column.dtype) == "Int64" else column.to_numpy()
