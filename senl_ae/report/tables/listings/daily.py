"""Table 7: the grade of each syndrome on each study day of each subject."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import STILL_IN
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.marks import MARKS, NO_RECORD, NOT_REACHED_YET, WINDOW_ENDED, marks
from senl_ae.report.count.printed import dose_levels
from senl_ae.report.tables.table import Counting, Table

ABSENT = (
    "the results have no grades derived from the record",
    "give --source derived, or grade a study that has vital signs",
)


def rows(counting: Counting) -> Listing:
    cohort = counting.cohort
    daily = counting.results.frame("daily")
    days = np.arange(cohort.window + 1)
    position = pd.Series(np.arange(cohort.n), index=cohort.ids)
    ends = cohort.subjects["window_end_day"].to_numpy()
    after = np.where(cohort.subjects["window_state"].to_numpy() == STILL_IN, NOT_REACHED_YET, WINDOW_ENDED)
    levels = dose_levels(cohort)
    grids = []
    for syndrome in cohort.figures:
        own = daily[
            (daily["syndrome"] == syndrome)
            & (daily["study_day"] <= cohort.window)
            & (daily["study_day"] >= 0)
        ]
        grid = np.where(days[None, :] > ends[:, None], after[:, None], NO_RECORD).astype(object)
        who = position.reindex(own["subject_id"]).to_numpy(dtype=int)
        grid[who, own["study_day"].to_numpy(dtype=int)] = marks(own)
        grids.append(grid.tolist())
    lines = [
        (subject, str(levels[i]), syndrome, *grids[k][i])
        for i, subject in enumerate(cohort.ids.tolist())
        for k, syndrome in enumerate(cohort.figures)
    ]
    return Listing(("Subject", "Dose level", "", *(str(day) for day in days.tolist())), lines)


def notes(_: Counting) -> list[str]:
    return [
        MARKS + ".",
        "Columns are study days; Day 0 is the date of the infusion. A date's grade is the highest of its assessments.",
    ]


TABLE = Table(
    "daily",
    "7",
    "Grade of each study day",
    rows=rows,
    needs=lambda counting: counting.cohort.source == "derived",
    absent=lambda _: ABSENT,
    notes=notes,
    kind="grid",
    first_lines=120,
)
