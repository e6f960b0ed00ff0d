"""Table 8b: every episode, also those that began after the window, with its dates and what drove it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import dose_levels, driven_by, grades, listing, numbers, with_ceiling
from senl_ae.report.tables.table import DAYS_NOTE, Counting, Table


def rows(counting: Counting) -> tuple[Listing, Listing]:
    cohort, results = counting.cohort, counting.results
    found = results.frame("episodes").sort_values(["subject_id", "syndrome", "episode"], kind="stable")
    position = pd.Series(np.arange(cohort.n), index=cohort.ids)
    who = position.reindex(found["subject_id"]).to_numpy(dtype=int)
    inside = found["onset_day"].to_numpy() <= cohort.subjects["window_end_day"].to_numpy()[who]
    fields = {
        "Subject": found["subject_id"].tolist(),
        "Dose level": dose_levels(cohort)[who].tolist(),
        "Syndrome": found["syndrome"].tolist(),
        "No.": numbers(found["episode"]),
        "Grade": [
            with_ceiling(g, c)
            for g, c in zip(grades(found["grade"]), numbers(found["grade_ceiling"]), strict=True)
        ],
        "Onset": found["onset"].tolist(),
        "Onset day": numbers(found["onset_day"]),
        "Peak day": numbers(found["peak_day"]),
        "End": found["end"].tolist(),
        "End day": numbers(found["end_day"]),
        "Days": numbers(found["duration_days"]),
        "Hours": numbers(found["duration_hours"]),
        "Outcome": found["outcome"].tolist(),
        "Driven by": _driven_by_syndrome(results, found),
        "In window": ["yes" if yes else "no" for yes in inside.tolist()],
        "Flags": [flags.replace(";", ", ") for flags in found["flags"].tolist()],
    }
    page = {name: fields[name] for name in ("Subject", "Dose level")}
    page["Episode"] = [
        f"{syndrome} {number}" for syndrome, number in zip(fields["Syndrome"], fields["No."], strict=True)
    ]
    page["Grade"] = fields["Grade"]
    for name in ("Onset", "End"):
        moments = zip(fields[name], fields[f"{name} day"], strict=True)
        page[name] = [f"D{day} {when[:16].replace('T', ' ')}" if when else "" for when, day in moments]
    page |= {"Peak": [f"D{day}" if day else "" for day in fields["Peak day"]]}
    return listing(fields), listing(
        page | {name: fields[name] for name in ("Days", "Outcome", "Driven by", "In window", "Flags")}
    )


def _driven_by_syndrome(results: ResultsFolder, episodes: pd.DataFrame) -> list[str]:
    words = np.full(len(episodes), "", dtype=object)
    for syndrome in episodes["syndrome"].unique():
        own = (episodes["syndrome"] == syndrome).to_numpy()
        words[own] = driven_by(results, syndrome, episodes.loc[own, "rules"].to_numpy(dtype=object))
    return words.tolist()


TABLE = Table(
    "episodes", "8b", "Episodes", rows=rows, notes=lambda _: [DAYS_NOTE], kind="listing", first_lines=60
)
