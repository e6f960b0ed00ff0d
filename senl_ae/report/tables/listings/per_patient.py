"""Table 6: one row per subject, with its grades, its course, what it was given and what is to be known of it."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count.cohort import COMPLETED, WINDOW_ENDS
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import (
    course_words,
    dose_levels,
    doses,
    driven_by,
    grades,
    listing,
    numbers,
    with_ceiling,
)
from senl_ae.report.count.treatments import KINDS, Treatments
from senl_ae.report.tables.table import DAYS_NOTE, Counting, Table

COURSE = ("onset_day", "peak_day", "end_day", "duration_days", "episodes")


def rows(counting: Counting) -> tuple[Listing, Listing]:
    """Twice: one value a column for the files, and the same values drawn together for a page."""
    cohort, results, treatments = counting.cohort, counting.results, counting.treatments
    subjects = cohort.subjects
    fields: dict[str, list[str]] = {
        "Subject": cohort.ids.tolist(),
        "Dose level": dose_levels(cohort).tolist(),
        "Dose": doses(subjects["dose"]),
        "Age": numbers(subjects["age"]),
        "Sex": subjects["sex"].tolist(),
        "Infusion": subjects["infusion"].tolist(),
        "Days expected": numbers(subjects["days_expected"]),
        "Window ended": [WINDOW_ENDS.get(state, state) for state in subjects["window_state"].tolist()],
    }
    for syndrome in cohort.figures:
        figures = cohort.figures[syndrome]
        fields[f"{syndrome} days seen"] = numbers(figures["days_seen"])
        fields[f"{syndrome} grade"] = grades(figures["grade"])
        fields[f"{syndrome} ceiling"] = numbers(figures["grade_ceiling"])
        for name in COURSE:
            fields[f"{syndrome} {name.replace('_', ' ')}"] = numbers(figures[name])
        fields[f"{syndrome} outcome"] = figures["outcome"].tolist()
        fields[f"{syndrome} driven by"] = driven_by(
            results, syndrome, figures["rules"].to_numpy(dtype=object)
        )
    fields["Tocilizumab doses"] = [str(n) for n in treatments.doses("tocilizumab", "window").tolist()]
    fields["Treatments"] = treatment_words(treatments)
    fields["Flags"] = [flags.replace(";", ", ") for flags in results.patients["flags"].tolist()]
    return listing(fields), _drawn_together(fields, list(cohort.figures))


def treatment_words(treatments: Treatments) -> list[str]:
    """What each subject was given in the window, in words."""
    doses = treatments.doses("tocilizumab", "window")
    words: list[list[str]] = [[f"tocilizumab x{n}"] if n else [] for n in doses.tolist()]
    for label, category, kind in KINDS:
        if label == "Oxygen, any":
            continue
        for position in np.flatnonzero(treatments.who(category, kind)).tolist():
            words[position].append(label[0].lower() + label[1:].replace("Oxygen, ", ""))
    return ["; ".join(found) for found in words]


def _drawn_together(fields: dict[str, list[str]], syndromes: list[str]) -> Listing:
    page = {name: fields[name] for name in ("Subject", "Dose level", "Dose", "Age", "Infusion")}
    page["Infusion"] = [text[:10] for text in fields["Infusion"]]
    completed = WINDOW_ENDS[COMPLETED]
    seen = [
        ", ".join(days or "0" for days in each)
        for each in zip(*(fields[f"{name} days seen"] for name in syndromes), strict=True)
    ]
    ended = zip(seen, fields["Days expected"], fields["Window ended"], strict=True)
    page["Days seen"] = [
        f"{days} of {expected}" + ("" if why == completed else f"; {why[:1].lower()}{why[1:]}")
        for days, expected, why in ended
    ]
    for syndrome in syndromes:
        page[syndrome] = [
            with_ceiling(grade, ceiling)
            for grade, ceiling in zip(fields[f"{syndrome} grade"], fields[f"{syndrome} ceiling"], strict=True)
        ]
        course = zip(
            *(fields[f"{syndrome} {name.replace('_', ' ')}"] for name in COURSE),
            fields[f"{syndrome} outcome"],
            fields[f"{syndrome} driven by"],
            strict=True,
        )
        page[f"{syndrome} course"] = [course_words(*step) for step in course]
    return listing(page | {"Treatments": fields["Treatments"], "Flags": fields["Flags"]})


def notes(counting: Counting) -> list[str]:
    return [
        DAYS_NOTE,
        f"Days seen: days with an evaluable {', '.join(counting.cohort.figures)} assessment, of the days expected in the window, and why "
        "it ended where not complete.",
        "Course: onset, peak, end; days. Onset, end, duration and outcome are of the first episode, grade, "
        "peak and what drove it of the worst.",
    ]


TABLE = Table("per-patient", "6", "Subjects", rows=rows, notes=notes, kind="listing", first_lines=60)
