"""Table 9e: every subject whose derived and reported grade differ, with both onset days."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import dose_levels, grades, numbers
from senl_ae.report.tables.reported.agreement import both_sources
from senl_ae.report.tables.table import DAYS_NOTE, Counting, Table


def rows(counting: Counting) -> Listing:
    """Every subject whose derived and reported grade differ, with both onset days."""
    derived, reported = both_sources(counting)
    found: list[tuple[str, ...]] = []
    levels = dose_levels(derived)
    for syndrome in derived.figures:
        ours, theirs = derived.figures[syndrome], reported.figures[syndrome]
        columns = (
            grades(ours["grade"]),
            numbers(ours["grade_ceiling"]),
            grades(theirs["grade"]),
            _dates(derived, ours["onset_day"].to_numpy()),
            numbers(ours["onset_day"]),
            _dates(reported, theirs["onset_day"].to_numpy()),
            numbers(theirs["onset_day"]),
        )
        for i, (grade, ceiling, said, *onsets) in enumerate(zip(*columns, strict=True)):
            if grade != said:
                found.append((str(derived.ids[i]), str(levels[i]), syndrome, grade, ceiling, said, *onsets))
    found.sort(key=lambda row: (row[0], row[2]))
    return Listing(
        (
            "Subject",
            "Dose level",
            "Syndrome",
            "Derived grade",
            "Ceiling",
            "Reported grade",
            "Derived onset",
            "Day",
            "Reported onset",
            "Reported day",
        ),
        found,
    )


def _dates(cohort: Cohort, days: np.ndarray) -> list[str]:
    """Study days as dates, from each subject's infusion."""
    infusion = cohort.subjects["infusion"].str[:10].to_numpy(dtype="datetime64[D]")
    known = ~np.isnan(days)
    dates = infusion + np.where(known, days, 0).astype("timedelta64[D]")
    return [str(date) if yes else "" for date, yes in zip(dates, known.tolist(), strict=True)]


TABLE = Table(
    "differences",
    "9e",
    "Subjects whose derived and reported grades differ",
    rows=rows,
    needs=lambda counting: counting.reported is not None,
    notes=lambda _: [DAYS_NOTE],
    kind="listing",
    first_lines=60,
)
