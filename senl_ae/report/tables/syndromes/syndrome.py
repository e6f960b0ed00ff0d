"""One syndrome by maximum grade: how many, how bad, when, how long, and what drove the grade; shared by the tables that are about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import (
    GRADES,
    HIGHER,
    MAXIMUM,
    NE,
    SEVERE,
    SEVERE_POSSIBLE,
    Counted,
    counted,
)
from senl_ae.report.tables.table import GRADE_NOTE, HIGHER_NOTE, Counting, Table

More = Callable[[Tally, Counting, Counted, str], None]
ONSET_DAYS = (("Day 0-3", 0, 3), ("Day 4-7", 4, 7), ("Day 8-14", 8, 14), ("After Day 14", 15, np.inf))
OUTCOMES = (
    ("resolved", "Resolved"),
    ("ongoing", "Ongoing at data cut-off"),
    ("ongoing-at-death", "Ongoing at death"),
    ("fatal", "Fatal"),
)
TIME_NOTE = (
    "Onset, duration and outcome are of the first episode, days to maximum grade from the infusion. Quartiles: SAS PCTLDEF=5. "
    "Kaplan-Meier: log-log interval; an episode ended by death never resolved; NR: not reached."
)


def syndrome_table(
    syndrome: str,
    number: str,
    title: str,
    more: More | None = None,
    missing: Callable[[Counting], list[str]] | None = None,
) -> Table:
    """The table of one syndrome by maximum grade. more: rows that only it has; missing: footnotes on what the results do not hold."""
    return Table(
        syndrome.lower(),
        number,
        title,
        count=lambda tally, counting: count_syndrome(tally, counting, syndrome, more=more),
        notes=partial(notes, syndrome=syndrome, missing=missing),
    )


def reported_table(syndrome: str, number: str, title: str) -> Table:
    """The same from the grades that the investigators reported."""
    return Table(
        f"{syndrome.lower()}-reported",
        number,
        title,
        count=lambda tally, counting: count_syndrome(tally, counting, syndrome, reported=True),
        needs=lambda counting: counting.reported is not None,
        notes=partial(notes, syndrome=syndrome, reported=True),
        reported=True,
    )


def further_tables(run: Mapping[str, Any], known: set[str]) -> list[Table]:
    """One such table for every syndrome of a run that has no file of its own in this room, numbered after those of the others."""
    scales = [s for s in run.get("scales", ()) if str(s["syndrome"]).lower() not in known]
    letters = "bcdefghijklmnopqrstuvwxyz"
    return [
        replace(
            syndrome_table(
                str(s["syndrome"]), f"3{letters[i % len(letters)]}", f"{s['title']} by maximum grade"
            )
        )
        for i, s in enumerate(scales)
    ]


def notes(
    counting: Counting,
    syndrome: str,
    reported: bool = False,
    missing: Callable[[Counting], list[str]] | None = None,
) -> list[str]:
    if reported or counting.cohort.source == "reported":
        return [
            GRADE_NOTE,
            f"No event reported counts as grade 0, an event without a grade as NE. {counting.interval}",
            TIME_NOTE,
        ]
    found = [GRADE_NOTE, f"{HIGHER_NOTE} {counting.interval}", TIME_NOTE]
    figures = counting.cohort.figures[syndrome]
    later = int((figures["grade"] > figures["grade_in_window"]).sum())
    if later:
        found.append(
            f"{later} subject(s) reached the maximum grade after the window, in an episode that began in it."
        )
    ruled = int(counting.results.patients["flags"].str.split(";").map(lambda flags: "ruling" in flags).sum())
    if ruled:
        found.append(f"{ruled} subject(s) have a ruling of the adjudication, which is in force here.")
    found += missing(counting) if missing is not None else []
    return [*found, "Driven by: what set the maximum grade; one subject may have several."]


def count_syndrome(
    tally: Tally, counting: Counting, syndrome: str, reported: bool = False, more: More | None = None
) -> None:
    """One syndrome by maximum grade, with onset, duration, outcome and what drove the grade; `more` writes what only it has."""
    cohort = counting.reported if reported and counting.reported is not None else counting.cohort
    tally.window_heading(cohort)
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
        tally.count(
            "Outcome, first episode",
            label,
            figures["outcome"].to_numpy() == word,
            of=who.any,
            of_is=with_event,
        )
    if cohort.source == "derived":
        for label, mask in counting.results.drivers(syndrome).masks(figures["rules"]).items():
            tally.count("Driven by", label, mask & who.any, of=who.any, of_is=with_event)
        if more is not None:
            more(tally, counting, who, with_event)


def _episodes(tally: Tally, figures: pd.DataFrame, who: Counted, with_event: str) -> None:
    number = figures["episodes"].to_numpy(dtype=float)
    tally.number("Episodes", "Total number", number, who.any)
    for label, mask in (("One", number == 1), ("Two", number == 2), ("Three or more", number >= 3)):
        tally.count("Episodes", label, mask, of=who.any, of_is=with_event)


def _timing(tally: Tally, cohort: Cohort, syndrome: str, who: Counted, with_event: str) -> None:
    figures = cohort.figures[syndrome]
    onset, peak, duration, severe_days = (
        figures[name].to_numpy(dtype=float)
        for name in ("onset_day", "peak_day", "duration_days", "days_grade3plus")
    )
    tally.spread("Study day of onset", "", onset, who.any, with_event)
    for label, first, last in ONSET_DAYS:
        tally.count(
            "Study day of onset", label, (onset >= first) & (onset <= last), of=who.any, of_is=with_event
        )
    if cohort.source == "derived":
        tally.spread("Days to maximum grade", "", peak, who.any, with_event)
    outcome = figures["outcome"].to_numpy()
    resolved = outcome == "resolved"
    tally.spread(
        "Days of resolved first episodes",
        "",
        np.where(resolved, duration, np.nan),
        who.any & resolved,
        f"subjects whose first {syndrome} episode resolved",
    )
    dead = np.isin(outcome, ("fatal", "ongoing-at-death"))
    times = np.where(dead, np.inf, duration)  # an episode ended by death never resolved
    tally.kaplan_meier("Days of first episodes", "", times, resolved, who.any, with_event)
    if cohort.source == "derived":
        tally.spread(
            "Days at grade >= 3", "", severe_days, who.severe, f"subjects with {syndrome} of grade >= 3"
        )
