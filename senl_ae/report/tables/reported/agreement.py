"""Two grades of the same subjects side by side: derived from the record, and reported by the investigator."""

from __future__ import annotations

from functools import partial

import numpy as np

from senl_ae.report.count import statistics
from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.long_results import Tally, by_grade
from senl_ae.report.count.syndromes import GRADES
from senl_ae.report.tables.table import Counting, Table

BOTH_EVALUABLE = "subjects evaluable by both"


def agreement_table(syndrome: str, number: str) -> Table:
    """Derived by reported grade of one syndrome; always of all subjects together."""
    return Table(
        f"agreement-{syndrome.lower()}",
        number,
        f"{syndrome}: derived by reported grade",
        count=partial(count_agreement, syndrome=syndrome),
        needs=lambda counting: counting.reported is not None,
        notes=notes,
        kind="cross",
        family="agreement",
        by_column=False,
        of_window=False,
    )


def both_sources(counting: Counting) -> tuple[Cohort, Cohort]:
    assert counting.reported is not None
    return counting.cohort, counting.reported


def count_agreement(tally: Tally, counting: Counting, syndrome: str) -> None:
    """Derived by reported maximum grade, with exact agreement and weighted kappa over the subjects that have both grades."""
    ours, theirs = (
        cohort.figures[syndrome]["grade"].to_numpy(dtype=float) for cohort in both_sources(counting)
    )
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    tally.cross(by_grade(ours, "Derived {}"), by_grade(theirs, "Reported {}"))
    tally.count("Exact agreement", "", ours == theirs, of=both, of_is=BOTH_EVALUABLE)
    tally.count("Derived higher", "", ours > theirs, of=both, of_is=BOTH_EVALUABLE)
    tally.count("Reported higher", "", ours < theirs, of=both, of_is=BOTH_EVALUABLE)
    for group in tally.groups:
        counted = group.members & both
        table = np.zeros((len(GRADES), len(GRADES)))
        np.add.at(table, (ours[counted].astype(int), theirs[counted].astype(int)), 1)
        kappa = statistics.weighted_kappa(table)
        printed = "-" if kappa is None else statistics.half_up(kappa, 2)
        tally.value(
            "Weighted kappa",
            "",
            group.name,
            "kappa",
            kappa,
            printed,
            (int(counted.sum()), BOTH_EVALUABLE),
            "linear weights",
            tuple(tally.ids[counted]),
        )


def notes(_: Counting) -> list[str]:
    return [
        "Kappa: linear weights (Cicchetti-Allison). Agreement of the subjects with a grade by both; NE left out."
    ]
