"""Table 10c: ICAHT, days of neutropenia and recovery, Day 28, febrile neutropenia, tumour lysis, IEC-HS criteria."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import HIGHER, SEVERE
from senl_ae.report.tables.behind import own_row
from senl_ae.report.tables.laboratory.shared import (
    CRITERIA_ONLY,
    EXPECTED,
    GRADES,
    NOT_EVALUABLE,
    TOGETHER,
    by_each_grade,
    counted_from,
    met_on,
    series,
    severe,
    version,
)
from senl_ae.report.tables.table import Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    found = series(counting.results, counting.cohort)
    early, ceiling, late = (
        found[name].to_numpy(dtype=float) for name in ("icaht_early", "icaht_early_ceiling", "icaht_late")
    )
    row = "Early ICAHT, Day 0-30"
    severe(tally, row, early, ceiling)
    by_each_grade(tally, row, early, NOT_EVALUABLE)
    tally.count(row, HIGHER, ceiling > np.nan_to_num(early, nan=0.0))
    row, counted = "Late ICAHT, after Day 30", ~np.isnan(late)
    for label, mask in ((SEVERE, late >= 3), *((f"Grade {g}", late == g) for g in GRADES)):
        tally.count(
            row, label, mask, of=counted, of_is="subjects with two counts after Day 30", ci=label == SEVERE
        )
    tally.count(row, NOT_EVALUABLE, ~counted)
    _neutrophils(tally, found)
    _day28(tally, found)
    _criteria(tally, found)


def _neutrophils(tally: Tally, found: pd.DataFrame) -> None:
    """Days at or below each bound of those with a series, and the recovery of those who fell."""
    low, deep, recovery = (
        found[name].to_numpy(dtype=float) for name in ("days_anc_500", "days_anc_100", "recovery_day")
    )
    counted = "subjects with neutrophil counts"
    for label, days in (("<= 500", low), ("<= 100", deep)):
        tally.spread(f"Days with neutrophils {label}/uL", "", days, ~np.isnan(days), counted)
    fell, fell_is = low > 0, "subjects with neutrophils <= 500/uL in Day 0-30"
    tally.count("Neutrophils above 500/uL again", "", fell & ~np.isnan(recovery), of=fell, of_is=fell_is)
    tally.spread("Study day of neutrophil recovery", "", np.where(fell, recovery, np.nan), fell, fell_is)


def _day28(tally: Tally, found: pd.DataFrame) -> None:
    for label, name in (("Neutropenia", "neutropenia_day28"), ("Thrombocytopenia", "thrombocytopenia_day28")):
        severe = found[name].to_numpy(dtype=float)
        tally.count(
            "Grade >= 3 at Day 28",
            label,
            severe == 1,
            of=~np.isnan(severe),
            of_is="subjects assessed at Day 28",
            ci=True,
        )


def _criteria(tally: Tally, found: pd.DataFrame) -> None:
    """What combines values: febrile neutropenia, tumour lysis, IEC-HS; each with the subjects for whom it cannot be told."""
    fever, lysis = (found[name].to_numpy(dtype=float) for name in ("febrile_neutropenia", "tumour_lysis"))
    tally.count("Febrile neutropenia", "Present", fever == 1, ci=True)
    tally.count("Febrile neutropenia", NOT_EVALUABLE, np.isnan(fever))
    flags = found["flags"].str.split(";")
    lysed = (lysis >= 1) | flags.map(lambda words: "tumour-lysis-criteria-met" in words).to_numpy(dtype=bool)
    tally.count("Tumour lysis, laboratory criteria", "Met", lysed, ci=True)
    tally.count("Tumour lysis, laboratory criteria", SEVERE, lysis >= 3)
    tally.count("Tumour lysis, laboratory criteria", NOT_EVALUABLE, np.isnan(lysis) & ~lysed)
    row = "IEC-HS, laboratory criteria"
    met = found["iechs_met"].map(lambda text: "ferritin" in dict(met_on(text))).to_numpy(dtype=bool)
    tally.count(row, "Ferritin, required", met)
    tally.count(
        row,
        "Ferritin and another within 72 h",
        flags.map(lambda words: TOGETHER in words).to_numpy(dtype=bool),
    )
    absent = found["iechs_missing"].str.split(";").map(lambda words: "ferritin" in words).to_numpy(dtype=bool)
    tally.count(row, "Ferritin not recorded", absent)


def notes(counting: Counting) -> list[str]:
    settings = counting.results.settings
    first = f"{version(settings)}. {counting.interval}"
    days = (
        "-".join(str(day) for day in settings["day28_window"])
        if settings.get("day28_window")
        else "not stated"
    )
    platelets = " and from platelets" if settings.get("icaht_platelets") else ""
    found = [
        f"{first} {EXPECTED}see the shift from baseline, table 10b.",
        f"ICAHT: Rejeski 2023, from the lowest neutrophil count of each day{platelets}; late needs counts of two days. Days: of "
        "Day 0-30. Recovery: the first of three days above 500/uL after the first at or below it.",
        f"Day 28: any value of Day {days}, of the subjects with one. {CRITERIA_ONLY}",
    ]
    if counting.cohort.window < counting.results.window_days:
        found.append(
            f"These figures are of the window the study was graded with, Day 0-{counting.results.window_days}."
        )
    return found


TABLE = Table(
    "laboratory-cytopenia",
    "10c",
    "Cytopenia, ICAHT and laboratory criteria",
    count=count,
    notes=notes,
    behind=partial(own_row, file="haematotoxicity"),
    scale=lambda settings: version(settings) + "; ICAHT: Rejeski 2023; IEC-HS: Hines 2023",
    **counted_from("haematotoxicity"),
)
