"""Table 8a: the maximum grade without the rulings and with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import GRADES, NE
from senl_ae.report.tables.behind import evidence, worst_assessments
from senl_ae.report.tables.table import Cell, Counting, Table

ABSENT = ("the study has no rulings of an adjudication", "give it an adjudications sheet and grade it again")


def count(tally: Tally, counting: Counting) -> None:
    cohort = counting.cohort
    tally.window_heading(cohort)
    without = counting.results.frame("before_rulings")
    for syndrome in cohort.figures:
        before = (
            without[without["syndrome"] == syndrome]
            .drop_duplicates("subject_id")
            .set_index("subject_id")["grade"]
        )
        before_grade = before.reindex(cohort.ids).to_numpy(dtype=float)
        after_grade = cohort.figures[syndrome]["grade"].to_numpy(dtype=float)
        for when, grade in (("before adjudication", before_grade), ("after adjudication", after_grade)):
            for g in GRADES:
                tally.count(f"{syndrome} {when}", f"Grade {g}", grade == g)
            tally.count(f"{syndrome} {when}", NE, np.isnan(grade))
        same = (before_grade == after_grade) | (np.isnan(before_grade) & np.isnan(after_grade))
        tally.count(f"{syndrome} grade changed by a ruling", "", ~same)


def behind(counting: Counting, cell: Cell) -> pd.DataFrame:
    """With the rulings the assessment at the peak; before them the grade alone, which is all that the results keep of it."""
    syndrome = next(name for name in counting.cohort.figures if cell.row.startswith(f"{name} "))
    without = counting.results.rows("before_rulings")
    without = without[(without["syndrome"] == syndrome) & without["subject_id"].isin(cell.subjects)]
    before = evidence(without, f"{syndrome} before the rulings")
    if "before" in cell.row:
        return before
    after = worst_assessments(counting, cell, [syndrome])
    return after if "after" in cell.row else pd.concat([before, after], ignore_index=True)


def notes(_: Counting) -> list[str]:
    return ["Before: as derived from the record alone. After: with the rulings of the adjudication."]


TABLE = Table(
    "adjudication",
    "8a",
    "Derived grade before and after adjudication",
    count=count,
    needs=lambda counting: counting.results.has("before_rulings") or counting.mock,
    absent=lambda _: ABSENT,
    notes=notes,
    behind=behind,
)
