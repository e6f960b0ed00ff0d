"""Table 10d: who met the ferritin criterion of IEC-HS or has no ferritin but another, which, on which day, and how it lies to CRS."""

from __future__ import annotations

import re

import numpy as np

from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import dose_levels, grades
from senl_ae.report.tables.laboratory.shared import (
    CRITERIA_ONLY,
    TOGETHER,
    counted_from,
    met_on,
    series,
    version,
)
from senl_ae.report.tables.table import Counting, Table

CRITERIA = ("ferritin", "transaminases", "fibrinogen", "cytopenia")
AFTER_CRS = re.compile(r"ferritin-(-?\d+)-days-after-crs")


def rows(counting: Counting) -> Listing:
    cohort = counting.cohort
    found = series(counting.results, cohort)
    crs = grades(cohort.figures["CRS"]["grade"])
    lines: list[tuple[str, ...]] = []
    levels = dose_levels(cohort)
    for i in np.flatnonzero(found["iechs_met"].to_numpy(dtype=object) != ""):
        met = dict(met_on(found["iechs_met"].iloc[i]))
        missing = found["iechs_missing"].iloc[i].split(";")
        if "ferritin" not in {*met, *missing}:
            continue
        flags = found["flags"].iloc[i].split(";")
        after = next((m.group(1) for flag in flags if (m := AFTER_CRS.fullmatch(flag))), "")
        together = "yes" if TOGETHER in flags else "no" if "ferritin" in met else ""
        days = (f"D{met[name]}" if name in met else "" for name in CRITERIA)
        lines.append((str(cohort.ids[i]), str(levels[i]), *days, together, after, crs[i], ", ".join(missing)))
    headings = ("Ferritin", "ALT/AST", "Fibrinogen", "Cytopenia")
    return Listing(("Subject", "Dose level", *headings, "72 h", "After CRS", "CRS", "Missing"), lines)


def notes(counting: Counting) -> list[str]:
    ctcae = version(counting.results.settings)
    return [
        f"Subjects who met the ferritin criterion, or another where ferritin was not recorded. {CRITERIA_ONLY}",
        f"D: study day. Cytopenia: a higher {ctcae} grade than at the value before. 72 h: ferritin and another within 72 hours of "
        "each other; the days are then of those. After CRS: days from the end of CRS to the ferritin, below 0 before that end.",
    ]


TABLE = Table(
    "laboratory-iechs",
    "10d",
    "Laboratory criteria of IEC-HS met",
    rows=rows,
    notes=notes,
    kind="listing",
    first_lines=60,
    scale=lambda settings: version(settings) + "; IEC-HS: Hines 2023",
    **counted_from("haematotoxicity"),
)
