"""What stands behind a count: for each subject in a cell the row of the results it is counted by, its day, grade, rules, sheet rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import WINDOW_ENDS, reported_events, window_episodes
from senl_ae.report.count.long_results import HEADING
from senl_ae.report.count.printed import numbers
from senl_ae.report.count.treatments import KINDS, PREMEDICATION
from senl_ae.report.tables.table import EVIDENCE, Cell, Counting

GIVEN = {
    **{label: (category, kind) for label, category, kind in KINDS},
    **{label: (category, "") for label, category in PREMEDICATION},
    "Positive-pressure ventilation": ("oxygen", "positive_pressure"),
}
"""What a row of drugs and support counts: label -> category and class as treatments.csv has them."""


def of_cell(counting: Counting, cell: Cell) -> pd.DataFrame:
    """The rows behind a cell as its table says, else by the words of its row: what was given, the syndromes it names, or who they are."""
    if cell.row == HEADING:
        return subjects(counting, cell)
    if cell.table.behind is not None:
        return cell.table.behind(counting, cell)
    if (category := _given(cell)) is not None:
        return administrations(counting, cell, *category)
    named = [name for name in counting.cohort.figures if _names(cell, name)]
    return worst_assessments(counting, cell, named) if named else subjects(counting, cell)


def _given(cell: Cell) -> tuple[str, str] | None:
    label = re.sub(r", (?:>= )?\d doses?$", "", cell.path[-1])
    return GIVEN.get(label)


def _names(cell: Cell, syndrome: str) -> bool:
    """Whether a cell is about a syndrome: its row says so, or its table is named after it."""
    said = re.search(rf"\b{re.escape(syndrome)}\b", f"{cell.row} {cell.level}")
    return said is not None or cell.table.name.removesuffix("-reported") == syndrome.lower()


def evidence(rows: pd.DataFrame, what: Any, **more: Any) -> pd.DataFrame:
    """Rows of the results as rows behind a count; a column that they do not have is blank."""
    return rows.assign(what=what, **more).reindex(columns=list(EVIDENCE), fill_value="").astype(str)


def worst_assessments(counting: Counting, cell: Cell, syndromes: Sequence[str]) -> pd.DataFrame:
    """Per subject and syndrome the assessment at the peak of the worst episode that began in the window; without one, what is open.

    Of the grades that investigators reported: the event of the highest grade.
    """
    parts = []
    for name in syndromes:
        if (counting.cohort.source == "reported" or cell.table.reported) and counting.results.has("events"):
            parts.append(_worst_reported(counting, cell, name))
        else:
            parts.append(_worst_derived(counting, cell, name))
    return pd.concat(parts, ignore_index=True)


def _worst_derived(counting: Counting, cell: Cell, syndrome: str) -> pd.DataFrame:
    episodes = window_episodes(counting.results, syndrome, counting.cohort.subjects)
    worst = _worst(episodes[episodes["subject_id"].isin(cell.subjects)])
    found = _of(counting, "assessments", cell)
    found = found[found["syndrome"] == syndrome]
    peak = worst[["subject_id", "peak", "episode", "outcome"]].rename(columns={"peak": "datetime"})
    at_peak = _worst(found.merge(peak, on=["subject_id", "datetime"]))
    episode = f"{syndrome} episode " + pd.Series(numbers(at_peak["episode"]), dtype=object)
    open_ = _most_open(counting, found)
    higher = open_.merge(at_peak[["subject_id", "grade_ceiling"]], on="subject_id", suffixes=("", "_peak"))
    higher = higher[higher["grade_ceiling"] > higher["grade_ceiling_peak"]]
    parts = [
        evidence(at_peak, episode.to_numpy() + ", " + at_peak["outcome"].to_numpy()),
        evidence(higher, f"{syndrome} could be higher"),
        _without_episode(counting, cell, syndrome, set(at_peak["subject_id"]), open_),
    ]
    return pd.concat(parts, ignore_index=True)


def _without_episode(
    counting: Counting, cell: Cell, syndrome: str, others: set[str], open_: pd.DataFrame
) -> pd.DataFrame:
    """That there was no episode, or that this cannot be told; with the assessment that leaves most open, if one does."""
    cohort = counting.cohort
    who = [subject for subject in cell.subjects if subject not in others]
    figures = cohort.figures[syndrome].set_index(cohort.ids).loc[who]
    grade, ceiling = (numbers(figures[name]) for name in ("grade", "grade_ceiling"))
    expected = cohort.subjects.set_index("subject_id").loc[who, "days_expected"]
    seen = zip(numbers(figures["days_seen"]), numbers(expected), grade, strict=True)
    said = [
        f"{f'no {syndrome}' if known else f'{syndrome} not evaluable'}, seen on {days or 0} of {due} days"
        for days, due, known in seen
    ]
    told = pd.DataFrame({"subject_id": who}, dtype=object).merge(open_, on="subject_id", how="left")
    return evidence(told.astype(object).fillna(""), said, grade=grade, grade_ceiling=ceiling, rules="")


def _most_open(counting: Counting, found: pd.DataFrame) -> pd.DataFrame:
    """Of each subject the first assessment of its window that leaves the highest grade open, or that is not evaluable."""
    day, ceiling = (pd.to_numeric(found[name]) for name in ("study_day", "grade_ceiling"))
    inside = (found["in_window"] == "1") & (day <= counting.cohort.window)
    left = (ceiling > pd.to_numeric(found["grade"])) | (found["grade"] == "")
    order = found[inside & left].assign(height=ceiling)
    first = order.sort_values("height", ascending=False, kind="stable").drop_duplicates("subject_id")
    return first.drop(columns="height")


def _worst(episodes: pd.DataFrame) -> pd.DataFrame:
    """The first of the highest grade of each subject."""
    by_grade = episodes.sort_values(["subject_id", "grade"], ascending=[True, False], kind="stable")
    return by_grade.drop_duplicates("subject_id")


def _worst_reported(counting: Counting, cell: Cell, syndrome: str) -> pd.DataFrame:
    cohort = counting.reported or counting.cohort
    events = reported_events(counting.results, syndrome, cohort.subjects)
    worst = _worst(events[events["subject_id"].isin(cell.subjects)])
    day, grade = numbers(worst["onset_day"]), numbers(worst["grade"])
    found = evidence(
        worst,
        f"{syndrome} as reported",
        study_day=day,
        datetime=worst["onset"],
        grade=grade,
        grade_ceiling="",
    )
    none = pd.DataFrame({"subject_id": [i for i in cell.subjects if i not in set(worst["subject_id"])]})
    return pd.concat([found, evidence(none, f"no {syndrome} reported", grade="0")], ignore_index=True)


def worst_values(counting: Counting, cell: Cell, term: str, direction: str) -> pd.DataFrame:
    """Of each subject the value of one laboratory term with the highest grade in the window, the first of equals."""
    labs = _of(counting, "labs", cell)
    labs = labs[(labs["term"] == term) & (labs["direction"] == direction) & (labs["in_window"] == "1")]
    labs = labs[pd.to_numeric(labs["study_day"]) <= counting.cohort.window]
    worst = _worst(labs.assign(order=pd.to_numeric(labs["grade"])).sort_values("order", kind="stable"))
    found = evidence(worst, worst["test"] + " " + worst["value"] + " " + worst["unit"])
    none = pd.DataFrame({"subject_id": [i for i in cell.subjects if i not in set(worst["subject_id"])]})
    return pd.concat([found, evidence(none, "no value in the window")], ignore_index=True)


def administrations(counting: Counting, cell: Cell, category: str, kind: str) -> pd.DataFrame:
    """What each subject was given that counts in the cell, in order; the results keep no sheet rows of treatments, the day's are shown."""
    given = counting.treatments.given
    within = {**{name: name for name in counting.cohort.figures}, "CRS or ICANS": "either"}.get(
        cell.row, "window"
    )
    before = cell.row == "Premedication"
    counts = counting.treatments.premedication if before else counting.treatments.within[within]
    counts = counts & (before | ~counting.treatments.premedication)
    chosen = (
        counts
        & (given["category"] == category).to_numpy()
        & given["subject_id"].isin(cell.subjects).to_numpy()
    )
    if kind:
        chosen &= (given["class"] == kind).to_numpy()
    found = given[chosen].sort_values(["subject_id", "start"], kind="stable")
    words = np.where(found["agent"] == "", category, found["agent"])
    return evidence(found, words, study_day=numbers(found["start_day"]), datetime=found["start"])


def subjects(counting: Counting, cell: Cell) -> pd.DataFrame:
    """Who they are: how far their window is and why it ended, or that they died."""
    cohort = counting.cohort
    own = cohort.subjects.set_index("subject_id").loc[list(cell.subjects)].reset_index()
    state = [WINDOW_ENDS.get(word, word).lower() for word in own["window_state"]]
    died = own["death_day"].notna().to_numpy()
    what = np.where(died, [f"died on Day {day}" for day in numbers(own["death_day"])], state)
    return evidence(own, what, study_day=numbers(own["death_day"].fillna(own["window_end_day"])))


def own_row(counting: Counting, cell: Cell, file: str) -> pd.DataFrame:
    """Of each subject its row of one file of the results, in words: what the file says of it and is not blank."""
    rows = _of(counting, file, cell)
    columns = [name for name in map(str, rows) if name not in ("subject_id", "dose_level")]
    parts = [
        rows[name].where(rows[name] == "", f"{name.replace('_', ' ')} " + rows[name]) for name in columns
    ]
    words = ["; ".join(part for part in told if part) for told in zip(*parts, strict=True)]
    return evidence(rows[["subject_id"]], words)


def _of(counting: Counting, name: str, cell: Cell) -> pd.DataFrame:
    """The rows of the subjects of a cell in one file of the results, every column, as text."""
    rows = counting.results.rows(name)
    return rows[rows["subject_id"].isin(cell.subjects)]
