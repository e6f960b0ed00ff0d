"""Two grades of the same subjects side by side: derived and reported, before and after adjudication."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count import statistics
from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.folder import SYNDROMES, ResultsFolder
from senl_ae.report.count.long_results import HEADING, INFUSED, Listing, Tally
from senl_ae.report.tables.incidence import GRADES, NE, write_heading
from senl_ae.report.tables.listings import dose_levels, grades, numbers

BOTH_EVALUABLE = "subjects evaluable by both"


def agreement(tally: Tally, derived: Cohort, reported: Cohort, syndrome: str) -> None:
    """Derived by reported maximum grade, with exact agreement and weighted kappa over the subjects that have both grades."""
    ours, theirs = (cohort.figures[syndrome]["grade"].to_numpy(dtype=float) for cohort in (derived, reported))
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    for group in tally.groups:
        n = int(group.members.sum())
        tally.value(HEADING, "N", group.name, "n", n, str(n), (n, INFUSED), "", tuple(tally.ids[group.members]))
        for row, row_mask in _by_grade("Derived", ours):
            for column, column_mask in _by_grade("Reported", theirs):
                who = group.members & row_mask & column_mask
                tally.value(row, column, group.name, "n", int(who.sum()), str(int(who.sum())), (n, INFUSED), "", tuple(tally.ids[who]))
    tally.count("Exact agreement", "", ours == theirs, of=both, of_is=BOTH_EVALUABLE)
    tally.count("Derived higher", "", ours > theirs, of=both, of_is=BOTH_EVALUABLE)
    tally.count("Reported higher", "", ours < theirs, of=both, of_is=BOTH_EVALUABLE)
    for group in tally.groups:
        counted = group.members & both
        table = np.zeros((len(GRADES), len(GRADES)))
        np.add.at(table, (ours[counted].astype(int), theirs[counted].astype(int)), 1)
        kappa = statistics.weighted_kappa(table)
        printed = "-" if kappa is None else statistics.half_up(kappa, 2)
        tally.value("Weighted kappa", "", group.name, "kappa", kappa, printed, (int(counted.sum()), BOTH_EVALUABLE),
                    "linear weights", tuple(tally.ids[counted]))


def _by_grade(whose: str, grade: np.ndarray) -> list[tuple[str, np.ndarray]]:
    masks = [(f"{whose} {g}", grade == g) for g in GRADES]
    return [*masks, (f"{whose} {NE}", np.isnan(grade)), ("Total", np.ones(len(grade), dtype=bool))]


def differences(derived: Cohort, reported: Cohort) -> Listing:
    """Every subject whose derived and reported grade differ, with both onset days."""
    rows: list[tuple[str, ...]] = []
    levels = dose_levels(derived)
    for syndrome in SYNDROMES:
        ours, theirs = derived.figures[syndrome], reported.figures[syndrome]
        columns = (
            grades(ours["grade"]), numbers(ours["grade_ceiling"]), grades(theirs["grade"]),
            _dates(derived, ours["onset_day"].to_numpy()), numbers(ours["onset_day"]),
            _dates(reported, theirs["onset_day"].to_numpy()), numbers(theirs["onset_day"]),
        )
        for i, (grade, ceiling, said, *onsets) in enumerate(zip(*columns, strict=True)):
            if grade != said:
                rows.append((str(derived.ids[i]), str(levels[i]), syndrome, grade, ceiling, said, *onsets))
    rows.sort(key=lambda row: (row[0], row[2]))
    return Listing(("Subject", "Dose level", "Syndrome", "Derived grade", "Ceiling", "Reported grade", "Derived onset", "Day",
                    "Reported onset", "Reported day"), rows)


def _dates(cohort: Cohort, days: np.ndarray) -> list[str]:
    """Study days as dates, from each subject's infusion."""
    infusion = cohort.subjects["infusion"].str[:10].to_numpy(dtype="datetime64[D]")
    known = ~np.isnan(days)
    dates = infusion + np.where(known, days, 0).astype("timedelta64[D]")
    return [str(date) if yes else "" for date, yes in zip(dates, known.tolist(), strict=True)]


def before_and_after(tally: Tally, cohort: Cohort, results: ResultsFolder) -> None:
    """Table 8, first part: the maximum grade without the rulings and with them."""
    write_heading(tally, cohort)
    without = results.frame("before_rulings")
    for syndrome in SYNDROMES:
        before = without[without["syndrome"] == syndrome].drop_duplicates("subject_id").set_index("subject_id")["grade"]
        before_grade = before.reindex(cohort.ids).to_numpy(dtype=float)
        after_grade = cohort.figures[syndrome]["grade"].to_numpy(dtype=float)
        for when, grade in (("before adjudication", before_grade), ("after adjudication", after_grade)):
            for g in GRADES:
                tally.count(f"{syndrome} {when}", f"Grade {g}", grade == g)
            tally.count(f"{syndrome} {when}", NE, np.isnan(grade))
        same = (before_grade == after_grade) | (np.isnan(before_grade) & np.isnan(after_grade))
        tally.count(f"{syndrome} grade changed by a ruling", "", ~same)
