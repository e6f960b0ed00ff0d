"""Table 5a: how ICANS lies to CRS in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort, reported_events, window_episodes
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import counted
from senl_ae.report.tables.table import Counting, Table

SYNDROMES = ("CRS", "ICANS")


def count(tally: Tally, counting: Counting) -> None:
    """Whether ICANS began before, during or after CRS, or without it."""
    cohort, results = counting.cohort, counting.results
    tally.window_heading(cohort)
    with_icans = counted(cohort.figures["ICANS"]).any
    tally.count("Subjects with ICANS", "", with_icans)
    place = icans_place(results, cohort)
    for word, label in (
        ("before", "Before CRS"),
        ("during", "During CRS"),
        ("after", "After CRS resolved"),
        ("without", "Without CRS"),
    ):
        tally.count("First ICANS", label, place == word, of=with_icans, of_is="subjects with ICANS")


def icans_place(results: ResultsFolder, cohort: Cohort) -> np.ndarray:
    """For each subject with ICANS, where its first onset lies to the CRS episodes of the window; blank without ICANS.

    Times are compared where both are times, else dates: on the same date ICANS is "during".
    """
    find = reported_events if cohort.source == "reported" else window_episodes
    crs, icans = (find(results, syndrome, cohort.subjects) for syndrome in SYNDROMES)
    grades = {name: counted(cohort.figures[name]).any for name in SYNDROMES}
    place = np.where(grades["ICANS"], np.where(grades["CRS"], "during", "without"), "").astype(object)
    first = icans.drop_duplicates("subject")[["subject", "onset", "onset_day"]]
    pairs = first.merge(
        crs[["subject", "onset", "onset_day", "end", "end_day", "outcome"]],
        on="subject",
        suffixes=("", "_crs"),
    )
    begun = ~_earlier(pairs["onset"], pairs["onset_day"], pairs["onset_crs"], pairs["onset_day_crs"])
    over = _earlier(pairs["end"], pairs["end_day"], pairs["onset"], pairs["onset_day"]) & (
        pairs["outcome"] == "resolved"
    )
    some_begun, some_running = (
        np.bincount(pairs["subject"], weights=mask.astype(float), minlength=cohort.n) > 0
        for mask in (begun, begun & ~over)
    )
    with_both = (place == "during") & np.isin(np.arange(cohort.n), pairs["subject"])
    place[with_both & ~some_begun] = "before"
    place[with_both & some_begun & ~some_running] = "after"
    return place


def _earlier(first: pd.Series, first_day: pd.Series, second: pd.Series, second_day: pd.Series) -> np.ndarray:
    """Whether the first lies before the second: by the clock where both have one, else by the date."""
    clocked = (first.str.len() > 10).to_numpy() & (second.str.len() > 10).to_numpy()
    by_clock = first.to_numpy(dtype=str) < second.to_numpy(dtype=str)  # ISO times sort as text
    return np.where(clocked, by_clock, first_day.to_numpy() < second_day.to_numpy())


def notes(_: Counting) -> list[str]:
    return [
        "Place of the first ICANS onset to the CRS episodes of the window; on the same date, without clock times, it is during. "
        "Without CRS: none in the window."
    ]


TABLE = Table("crs-icans", "5a", "ICANS in relation to CRS", count=count, notes=notes)
