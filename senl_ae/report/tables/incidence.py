"""Overview, and CRS and ICANS by maximum grade: how many, how bad, when, how long, and what drove the grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import COMPLETED, STILL_IN, WINDOW_ENDS, Cohort
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Tally

GRADES = (0, 1, 2, 3, 4, 5)
NE = "NE"
SEVERE = "Grade >= 3"
SEVERE_POSSIBLE = "Grade >= 3, proven or possible"
MAXIMUM = "Maximum grade"
HIGHER = "Possibly higher"
ONSET_DAYS = (("Day 0-3", 0, 3), ("Day 4-7", 4, 7), ("Day 8-14", 8, 14), ("After Day 14", 15, np.inf))
OUTCOMES = (("resolved", "Resolved"), ("ongoing", "Ongoing at data cut-off"), ("ongoing-at-death", "Ongoing at death"), ("fatal", "Fatal"))
DRIVERS = {
    "CRS": (
        ("Fever only", ("crs-1-fever",)),
        ("Hypotension, no vasopressor", ("crs-2-hypotension", "crs-2-fluid-bolus")),
        ("One vasopressor", ("crs-3-vasopressor", "crs-3-vasopressin-alone")),
        ("Two or more vasopressors", ("crs-4-vasopressors",)),
        ("Low-flow oxygen", ("crs-2-low-flow",)),
        ("High-flow oxygen or mask", ("crs-3-high-flow", "crs-3-mask", "crs-2-high-flow")),
        ("Positive pressure", ("crs-4-positive-pressure",)),
        ("Death", ("crs-5-death",)),
    ),
    "ICANS": (
        ("ICE score", ("ice",)),
        ("CAPD score", ("capd",)),
        ("Consciousness", ("consciousness",)),
        ("Seizure", ("seizure",)),
        ("Motor weakness", ("motor",)),
        ("Oedema or raised pressure", ("oedema", "icp")),
        ("Death", ("death",)),
    ),
}
"""What drove the maximum grade: the label, and how the ids of its rules begin (CRS) or what follows their grade (ICANS)."""
OTHER_DRIVER = "Other, or by ruling"


@dataclass(frozen=True)
class Counted:
    """The masks that several tables share, one element per subject."""

    grade: np.ndarray
    ceiling: np.ndarray
    any: np.ndarray
    severe: np.ndarray

    @property
    def higher(self) -> np.ndarray:
        """The record leaves a higher grade open."""
        return np.asarray(self.ceiling > np.nan_to_num(self.grade, nan=0.0))


def counted(figures: pd.DataFrame) -> Counted:
    """Who had the event, and who had it severely, by the grade the record proves."""
    grade = figures["grade"].to_numpy(dtype=float)
    return Counted(grade, figures["grade_ceiling"].to_numpy(dtype=float), grade >= 1, grade >= 3)


def write_heading(tally: Tally, cohort: Cohort) -> None:
    state = cohort.subjects["window_state"].to_numpy()
    tally.heading(state == COMPLETED, state == STILL_IN)


def overview(tally: Tally, cohort: Cohort, treated: dict[str, np.ndarray]) -> None:
    """Table 1: subjects with at least one of each, and how far the window is."""
    write_heading(tally, cohort)
    crs, icans = (counted(cohort.figures[name]) for name in ("CRS", "ICANS"))
    for row, mask, ci in (
        ("CRS, any grade", crs.any, True), ("CRS, grade >= 3", crs.severe, True),
        ("ICANS, any grade", icans.any, True), ("ICANS, grade >= 3", icans.severe, True),
        ("Grade 5 CRS or ICANS", (crs.grade == 5) | (icans.grade == 5), False),
        ("Both CRS and ICANS", crs.any & icans.any, False),
    ):
        tally.count(row, "", mask, ci=ci)
    for row in ("Tocilizumab", "Corticosteroid", "Vasopressor", "Positive-pressure ventilation", "Intensive care"):
        tally.count(row, "", treated[row])
    death = cohort.subjects["death_day"].to_numpy(dtype=float)
    tally.count(f"Death, Day 0-{cohort.window}", "", (death >= 0) & (death <= cohort.window))
    state = cohort.subjects["window_state"].to_numpy()
    for word in (*WINDOW_ENDS, *sorted(set(state) - set(WINDOW_ENDS))):
        tally.count("Window", WINDOW_ENDS.get(word, str(word) or "Not recorded"), state == word)


def syndrome_table(tally: Tally, cohort: Cohort, results: ResultsFolder, syndrome: str) -> None:
    """Tables 2 and 3: one syndrome by maximum grade, with onset, duration, outcome and what drove the grade."""
    write_heading(tally, cohort)
    figures = cohort.figures[syndrome]
    who = counted(figures)
    with_event = f"subjects with {syndrome}"
    tally.count(f"Any {syndrome}", "", who.any, ci=True)
    tally.count(SEVERE, "", who.severe, ci=True)
    if cohort.source == "derived":
        tally.count(SEVERE_POSSIBLE, "", who.severe | (who.ceiling >= 3), ci=True)
    for grade in GRADES:
        tally.count(MAXIMUM, f"Grade {grade}", who.grade == grade)
    tally.count(MAXIMUM, NE, np.isnan(who.grade))
    if cohort.source == "derived":
        tally.count(HIGHER, "", who.higher)
    _episodes(tally, figures, who, with_event)
    _timing(tally, cohort, syndrome, who, with_event)
    for word, label in OUTCOMES:
        tally.count("Outcome, first episode", label, figures["outcome"].to_numpy() == word, of=who.any, of_is=with_event)
    if cohort.source == "derived":
        for label, mask in drivers(syndrome, figures["rules"]).items():
            tally.count("Driven by", label, mask & who.any, of=who.any, of_is=with_event)
        if syndrome == "ICANS" and (results.has("neuro_figures") or tally.mock):
            _neuro_figures(tally, cohort, results, who, with_event)


def _episodes(tally: Tally, figures: pd.DataFrame, who: Counted, with_event: str) -> None:
    number = figures["episodes"].to_numpy(dtype=float)
    tally.number("Episodes", "Total number", number, who.any)
    for label, mask in (("One", number == 1), ("Two", number == 2), ("Three or more", number >= 3)):
        tally.count("Episodes", label, mask, of=who.any, of_is=with_event)


def _timing(tally: Tally, cohort: Cohort, syndrome: str, who: Counted, with_event: str) -> None:
    figures = cohort.figures[syndrome]
    onset, peak, duration, severe_days = (
        figures[name].to_numpy(dtype=float) for name in ("onset_day", "peak_day", "duration_days", "days_grade3plus"))
    tally.spread("Study day of onset", "", onset, who.any, with_event)
    for label, first, last in ONSET_DAYS:
        tally.count("Study day of onset", label, (onset >= first) & (onset <= last), of=who.any, of_is=with_event)
    if cohort.source == "derived":
        tally.spread("Days to maximum grade", "", peak, who.any, with_event)
    outcome = figures["outcome"].to_numpy()
    resolved = outcome == "resolved"
    tally.spread("Days of resolved first episodes", "", np.where(resolved, duration, np.nan), who.any & resolved,
                 f"subjects whose first {syndrome} episode resolved")
    dead = np.isin(outcome, ("fatal", "ongoing-at-death"))
    times = np.where(dead, np.inf, duration)  # an episode ended by death never resolved
    tally.kaplan_meier("Days of first episodes", "", times, resolved, who.any, with_event)
    if cohort.source == "derived":
        tally.spread("Days at grade >= 3", "", severe_days, who.severe, f"subjects with {syndrome} of grade >= 3")


def _neuro_figures(tally: Tally, cohort: Cohort, results: ResultsFolder, who: Counted, with_event: str) -> None:
    """The lowest ICE, the highest CAPD and seizures in the window, of the subjects with ICANS."""
    figures = results.frame("neuro_figures").set_index("subject_id").reindex(cohort.ids)
    for label, name in (("Lowest ICE score", "ice_lowest"), ("Highest CAPD score", "capd_highest")):
        tally.spread(label, "", figures[name].to_numpy(dtype=float), who.any, with_event)
    tally.count("Seizure", "", figures["seizure"].to_numpy(dtype=float) == 1, of=who.any, of_is=with_event)


def drivers(syndrome: str, rules: pd.Series) -> dict[str, np.ndarray]:
    """For each thing that can drive the grade, the subjects whose maximum grade it set; one subject may have several."""
    codes, sets = pd.factorize(rules.to_numpy(dtype=object))
    labels = [driver_labels(syndrome, text) for text in sets]
    order = [label for label, _ in DRIVERS[syndrome]] + [OTHER_DRIVER]
    return {label: np.array([label in found for found in labels] + [False], dtype=bool)[codes] for label in order}


def driver_labels(syndrome: str, rules: str) -> list[str]:
    """What the rules that set a grade say in one or two words, in the order of the tables."""
    ids = [rule for rule in rules.split(";") if rule]
    found = set()
    for rule in ids:
        found.add(next((label for label, starts in DRIVERS[syndrome] if _is_of(syndrome, rule, starts)), OTHER_DRIVER))
    return [label for label in [label for label, _ in DRIVERS[syndrome]] + [OTHER_DRIVER] if label in found]


def _is_of(syndrome: str, rule: str, starts: tuple[str, ...]) -> bool:
    if syndrome == "CRS":
        return any(rule == start or rule.startswith(start + "-") for start in starts)
    parts = rule.split("-")
    return len(parts) >= 3 and parts[2] in starts
