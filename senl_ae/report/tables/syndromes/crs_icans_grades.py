"""Table 5b: the maximum CRS grade by the maximum ICANS grade, in every column of the other tables."""

from __future__ import annotations

from senl_ae.report.count.long_results import Tally, by_grade
from senl_ae.report.tables.table import GRADE_NOTE, Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    crs, icans = (counting.cohort.figures[name]["grade"].to_numpy(dtype=float) for name in ("CRS", "ICANS"))
    tally.cross(by_grade(crs, "CRS {}"), by_grade(icans, "ICANS {}"))


TABLE = Table(
    "crs-icans-grades",
    "5b",
    "Maximum CRS grade by maximum ICANS grade",
    count=count,
    notes=lambda _: [GRADE_NOTE],
    kind="cross",
    of_window=False,
)
