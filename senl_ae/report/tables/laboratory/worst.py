"""Table 10a: each laboratory term by worst grade after the infusion."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import HIGHER
from senl_ae.report.tables.laboratory.shared import (
    ANY,
    EVALUABLE,
    EXPECTED,
    NOT_GRADABLE,
    by_each_grade,
    counted_from,
    severe,
    term_notes,
    terms_counted,
    version,
    worst_of_term,
)
from senl_ae.report.tables.table import Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    for term in terms_counted(tally, counting):
        tally.count(term.name, EVALUABLE, ~np.isnan(term.worst))
        tally.count(term.name, ANY, term.worst >= 1)
        severe(tally, term.name, term.worst, term.ceiling)
        by_each_grade(tally, term.name, term.worst, NOT_GRADABLE)
        tally.count(term.name, HIGHER, term.higher)


def notes(counting: Counting) -> list[str]:
    return [
        *term_notes(counting),
        f"Evaluable: at least one value in the window that can be graded. Possibly higher: a symptom, a treatment or something "
        f"not recorded could raise the grade. {counting.interval}",
        f"{EXPECTED}see the shift from baseline, table 10b.",
    ]


TABLE = Table(
    "laboratory-worst",
    "10a",
    "Laboratory toxicity, worst grade by term",
    count=count,
    notes=notes,
    scale=version,
    behind=worst_of_term,
    by_term=True,
    **counted_from("lab_patients"),
)
