"""What a table is: its name, number and title, what it needs, how it is counted, what stands under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from senl_ae.report.count.cohort import COMPLETED, STILL_IN, Cohort
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Listing, Side, Tally
from senl_ae.report.count.statistics import CI_METHODS
from senl_ae.report.count.treatments import Treatments

Rows = Listing | tuple[Listing, Listing]
"""The rows of a listing, or the rows for files and the same drawn together for a page."""


@dataclass(frozen=True)
class EventOptions:
    """What was asked for of the tables of adverse events.

    min_pct: terms with any grade in at least so many per cent of Total are printed, or with min_pct_in "any" of any column; rates: whether
    the table of events per 100 subject-days at risk is made too.
    """

    min_pct: float | None = None
    min_pct_in: str = "total"
    rates: bool = False


ALL_TERMS = EventOptions()


@dataclass(frozen=True, eq=False)
class Counting:
    """Everything the tables are counted from."""

    results: ResultsFolder
    cohort: Cohort
    reported: Cohort | None
    """The same subjects with the investigator's grades, where both are wanted."""
    treatments: Treatments
    ci: str
    mock: bool
    events: EventOptions = ALL_TERMS
    """Which terms of adverse events are printed, and whether their rates are."""

    @property
    def interval(self) -> str:
        """How the intervals were made, as a footnote says it."""
        return f"95% CI: {CI_METHODS[self.ci]}."


def always(_: Counting) -> bool:
    return True


def no_notes(_: Counting) -> list[str]:
    return []


TWO_SOURCES = ("it compares two sources", "give --source both; the study needs an events sheet")


EVIDENCE = (
    "subject_id",
    "what",
    "study_day",
    "datetime",
    "grade",
    "grade_ceiling",
    "rules",
    "missing",
    "source",
)
"""What is told of a row of the results that stands behind a count; all text, blank where the row has no such thing."""


@dataclass(frozen=True)
class Cell:
    """One count of a table: where it stands, and the subjects in it."""

    table: Table
    path: tuple[str, ...]
    """The rows it stands under, the outermost first, and its own."""
    row: str
    level: str
    """As the long results spell them."""
    statistic: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of a study. Either `count` writes its statistics, or `rows` hands back its lines; a file of this room has one as TABLE."""

    name: str
    number: str
    title: str
    count: Callable[[Tally, Counting], None] | None = None
    rows: Callable[[Counting], Rows] | None = None
    needs: Callable[[Counting], bool] = always
    """Whether these results have what it is counted from."""
    absent: Callable[[Counting], tuple[str, str]] = lambda _: TWO_SOURCES
    """Why it cannot be made of results that do not, and what to do."""
    notes: Callable[[Counting], list[str]] = no_notes
    """Its footnotes, between who is counted and how far the window is."""
    kind: str = "statistics"
    """How it is laid out: statistics, cross (grades down and across), listing or grid."""
    family: str = ""
    """One name for several tables."""
    scale: Callable[[Mapping[str, Any]], str] | None = None
    """By which scale its grades are, from the settings of the run, where that is not the scale of the other tables."""
    grades: str = ""
    """Whose its grades are, where its scale is its own and they are not derived from the record."""
    beside: tuple[Side, ...] = ()
    """The columns that stand beside one another for each group, where there are several."""
    further: bool = False
    """Whether it is made only where it is asked for by its name, or by an option of its own."""
    first_lines: int | None = None
    """So many lines of a listing stand on the terminal."""
    by_column: bool = True
    """Whether it has a column per value of the subject column asked for; else the Total alone."""
    of_window: bool = True
    """Whether a footnote says how many have completed the window."""
    reported: bool = False
    """Whether its grades are the investigator's, whatever the other tables count."""
    behind: Callable[[Counting, Cell], pd.DataFrame] | None = None
    """The rows of the results behind a cell, columns as EVIDENCE, one or more a subject; else the words of the row say which."""
    by_term: bool = False
    """Whether it has a block per laboratory term: the terminal leaves out the terms of which nobody has a grade."""

    @property
    def is_listing(self) -> bool:
        return self.rows is not None


DAYS_NOTE = "D: study day; Day 0 is the date of the infusion. NE: not evaluable. (to n): a grade up to n is not ruled out."
GRADE_NOTE = (
    "A subject counts once, at the highest grade of the episodes that began in the window, over their whole course. "
    "NE: not evaluable, which is not grade 0."
)
HIGHER_NOTE = "Possibly higher: the record does not rule out a higher grade than the one it proves."


def counted_notes(counting: Counting, table: Table) -> list[str]:
    """The footnotes of a table of counts: who is counted, its own, how far the window is, who is in no denominator."""
    cohort = counting.cohort
    notes = [
        f"N: subjects infused. n (%) of N unless n/n' is shown; percentages half up. Window Day 0-{cohort.window}."
    ]
    notes += table.notes(counting)
    state = cohort.subjects["window_state"].to_numpy()
    if table.of_window:
        completed, still_in = int((state == COMPLETED).sum()), int((state == STILL_IN).sum())
        notes.append(f"Window completed by {completed}, still in it {still_in}. Not a DLT table.")
    if counting.results.not_infused:
        notes.append(
            f"{len(counting.results.not_infused)} subject(s) without an infusion date, in no denominator: "
            "see the queries."
        )
    return notes
