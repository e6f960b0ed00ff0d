"""Table 1: subjects with at least one of each toxicity and treatment, and how far the window is."""

from __future__ import annotations

from senl_ae.report.count.cohort import WINDOW_ENDS
from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import counted
from senl_ae.report.tables.table import Counting, Table

TREATED = (
    ("Tocilizumab", "tocilizumab", ""),
    ("Corticosteroid", "corticosteroid", ""),
    ("Vasopressor", "vasopressor", ""),
    ("Positive-pressure ventilation", "oxygen", "positive_pressure"),
    ("Intensive care", "icu", ""),
)
"""Label, category and class: given in the window, for whatever reason, premedication apart."""


def count(tally: Tally, counting: Counting) -> None:
    cohort, treatments = counting.cohort, counting.treatments
    tally.window_heading(cohort)
    of = {name: counted(figures) for name, figures in cohort.figures.items()}
    for name, who in of.items():
        tally.count(f"{name}, any grade", "", who.any, ci=True)
        tally.count(f"{name}, grade >= 3", "", who.severe, ci=True)
    every = list(of.values())
    tally.count(
        f"Grade 5 {' or '.join(of)}", "", sum((who.grade == 5 for who in every[1:]), every[0].grade == 5)
    )
    both = every[0].any
    for who in every[1:]:
        both = both & who.any
    tally.count(f"{'Both' if len(of) == 2 else 'Each of'} {' and '.join(of)}", "", both)
    for label, category, kind in TREATED:
        tally.count(label, "", treatments.who(category, kind))
    death = cohort.subjects["death_day"].to_numpy(dtype=float)
    tally.count(f"Death, Day 0-{cohort.window}", "", (death >= 0) & (death <= cohort.window))
    state = cohort.subjects["window_state"].to_numpy()
    for word in (*WINDOW_ENDS, *sorted(set(state) - set(WINDOW_ENDS))):
        tally.count("Window", WINDOW_ENDS.get(word, str(word) or "Not recorded"), state == word)


def notes(counting: Counting) -> list[str]:
    return [
        f"Subjects with at least one. {counting.interval} Drugs and support: given in the window for any reason, premedication apart."
    ]


TABLE = Table("overview", "1", "Overview of toxicity and treatment", count=count, notes=notes)
