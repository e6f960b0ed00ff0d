"""Table 10b: of each laboratory term the grade at baseline by the worst grade after the infusion."""

from __future__ import annotations

from senl_ae.report.count.long_results import Tally, by_grade
from senl_ae.report.tables.laboratory.shared import (
    EXPECTED,
    GRADES,
    NOT_GRADABLE,
    WORST,
    counted_from,
    term_notes,
    terms_counted,
    version,
    worst_of_term,
)
from senl_ae.report.tables.table import Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    for term in terms_counted(tally, counting):
        baseline = by_grade(term.baseline, "Baseline grade {}", "Baseline missing", "Baseline total", GRADES)
        tally.cross(
            baseline,
            by_grade(term.worst, WORST, NOT_GRADABLE, grades=GRADES),
            under=(term.name,),
            heading=False,
        )


def notes(counting: Counting) -> list[str]:
    return [*term_notes(counting), f"Numbers of subjects. {EXPECTED}what counts is the shift."]


TABLE = Table(
    "laboratory-shift",
    "10b",
    "Laboratory toxicity, shift from baseline to worst grade",
    count=count,
    notes=notes,
    kind="cross",
    scale=version,
    behind=worst_of_term,
    by_term=True,
    **counted_from("lab_patients"),
)
