"""Adverse events by class and term: any grade beside grade 3 or more, of all records that count or of those that pass a filter."""

from __future__ import annotations

from functools import partial

import numpy as np

from senl_ae.arrays import Mask
from senl_ae.report.count.adverse_events import Records, Rows, Shown, in_order, in_rows
from senl_ae.report.count.event_rows import count_rows, frequent
from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.tables.adverse_events.behind import behind_term
from senl_ae.report.tables.adverse_events.shared import (
    ANY,
    COUNTED,
    FAMILY,
    GRADES,
    ORDERED,
    SCALE,
    Choose,
    absent,
    notes_of,
    records,
    there,
)
from senl_ae.report.tables.table import Counting, Table

BESIDE = (Side("Any"), Side(">= 3", n="n_grade3plus", percent="percent_grade3plus"))
SHELL = {0: (ANY, ""), 1: ("Class", ""), 2: ("Class", "Term")}


def rows_by_term(tally: Tally, counting: Counting, which: Mask) -> tuple[Rows, Shown]:
    """Subjects in the row of any event (0), of each class and of each term, and which of those are printed, in which order.

    The row of a class is its number and 1; that of a term stands behind those of all classes.
    """
    found = records(counting)
    of_classes, of_terms = in_rows(found, which, found.classes.of), in_rows(found, which, found.terms.of)
    kept = np.ones(len(found.terms), dtype=bool)
    if counting.events.min_pct is not None:
        groups = tuple(tally.groups) if counting.events.min_pct_in == "any" else (tally.groups[-1],)
        kept = frequent(of_terms, len(found.terms), groups, counting.events.min_pct)
    every = in_rows(found, which, np.zeros(len(found.frame), dtype=int))
    rows = Rows.together([(every, 0), (of_classes, 1), (of_terms, 1 + len(found.classes))])
    return rows, in_order(found, of_classes, of_terms, kept)


def numbered(found: Records, shown: Shown) -> dict[int, tuple[str, str]]:
    """The rows of a table by number, with class and term; the term is blank for the class as a whole."""
    labels = {0: (ANY, "")}
    for of_class, term in zip(shown.classes.tolist(), shown.terms.tolist(), strict=True):
        name = str(found.classes.names[of_class])
        name = f"{name} (class)" if name == ANY else name
        row = 1 + of_class if term < 0 else 1 + len(found.classes) + term
        labels[row] = (name, "" if term < 0 else str(found.terms.names[term]))
    return labels


def count(tally: Tally, counting: Counting, choose: Choose) -> None:
    """Any event, every class and its terms: any grade and grade 3 or more."""
    tally.window_heading(counting.cohort)
    found = records(counting)
    rows, shown = rows_by_term(tally, counting, choose(found))
    count_rows(tally, rows, SHELL if tally.mock else numbered(found, shown))


def notes(counting: Counting, choose: Choose, more: tuple[str, ...] = ()) -> list[str]:
    least = counting.events.min_pct
    told = [COUNTED, *more, ORDERED]
    if least is not None:
        where = "a column" if counting.events.min_pct_in == "any" else "Total"
        told.append(
            f"Terms with any grade in at least {least:g} % of {where}; the rows of classes and of any event count every term."
        )
    return [*told, *notes_of(counting, choose(records(counting)))]


def term_table(name: str, number: str, title: str, choose: Choose, more: tuple[str, ...] = ()) -> Table:
    """A table by class and term of the records chosen."""
    return Table(
        name,
        number,
        title,
        count=partial(count, choose=choose),
        needs=there,
        absent=absent,
        notes=partial(notes, choose=choose, more=more),
        family=FAMILY,
        scale=lambda _: SCALE,
        grades=GRADES,
        beside=BESIDE,
        behind=partial(behind_term, choose=choose),
    )
