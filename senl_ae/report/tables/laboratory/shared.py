"""What the laboratory tables share: the terms of the version in force, the series, and what is said under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import HEADING, Tally
from senl_ae.report.count.syndromes import HIGHER, SEVERE, SEVERE_POSSIBLE
from senl_ae.report.tables import behind
from senl_ae.report.tables.table import Cell, Counting

GRADES = (0, 1, 2, 3, 4)
"""A number alone never proves a grade 5."""
NOT_GRADABLE = "Not gradable"
NOT_EVALUABLE = "Not evaluable"
EVALUABLE = "Evaluable"
ANY = "Any grade"
WORST = "Worst {}"
SHELL_TERM = "Laboratory term"
TOGETHER = "iechs-criteria-together"


@dataclass(frozen=True)
class Term:
    """One term of the version in force: its grades, one element per subject, not a number where there is none."""

    name: str
    baseline: np.ndarray
    worst: np.ndarray
    ceiling: np.ndarray
    key: str = ""
    """Term and direction as the results have them, joined by `|`."""

    @property
    def higher(self) -> np.ndarray:
        return np.asarray(self.ceiling > np.nan_to_num(self.worst, nan=0.0))


def terms(results: ResultsFolder, cohort: Cohort) -> list[Term]:
    """Every term that the study has a value for, with the worst grade of each subject in the window asked for."""
    frame = results.frame("lab_patients")
    code, unique = pd.factorize(frame["term"] + "|" + frame["direction"], sort=True)
    subject = pd.Index(cohort.ids).get_indexer(pd.Index(frame["subject_id"]))
    tables = {}
    for column in ("baseline_grade", "worst_grade", "worst_ceiling"):
        tables[column] = np.full((len(unique), cohort.n), np.nan)
        tables[column][code, subject] = frame[column].to_numpy()
    if cohort.window < results.window_days:
        tables["worst_grade"], tables["worst_ceiling"] = worst_within(results, cohort, list(unique))
    columns = (tables[name] for name in ("baseline_grade", "worst_grade", "worst_ceiling"))
    keys = [str(key) for key in unique]
    return [Term(*of_term) for of_term in zip(_names(keys), *columns, keys, strict=True)]


def _names(keys: list[str]) -> list[str]:
    """Terms as printed: the direction only where a term has both, as CTCAE names say it themselves."""
    of = [key.rpartition("|") for key in keys]
    twice = {term for term, _, _ in of if sum(term == other for other, _, _ in of) > 1}
    return [f"{term} ({direction})" if term in twice else term for term, _, direction in of]


def worst_within(results: ResultsFolder, cohort: Cohort, keys: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The worst grade and ceiling of each term and subject from the single values, for a window shorter than the graded one."""
    labs = results.frame("labs")
    labs = labs[(labs["term"] != "") & (labs["in_window"] == 1) & (labs["study_day"] <= cohort.window)]
    term = pd.Index(keys).get_indexer(pd.Index(labs["term"] + "|" + labs["direction"]))
    subject = pd.Index(cohort.ids).get_indexer(pd.Index(labs["subject_id"]))
    found = []
    for column in ("grade", "grade_ceiling"):
        highest = np.full((len(keys), cohort.n), np.nan)
        np.fmax.at(highest, (term, subject), labs[column].to_numpy())
        found.append(highest)
    return found[0], found[1]


def severe(tally: Tally, row: str, grade: np.ndarray, ceiling: np.ndarray) -> None:
    tally.count(row, SEVERE, grade >= 3, ci=True)
    tally.count(row, SEVERE_POSSIBLE, (grade >= 3) | (ceiling >= 3), ci=True)


def by_each_grade(tally: Tally, row: str, grade: np.ndarray, blank: str) -> None:
    for g in GRADES:
        tally.count(row, f"Grade {g}", grade == g)
    tally.count(row, blank, np.isnan(grade))


@lru_cache(maxsize=2)
def _terms_once(counting: Counting) -> list[Term]:
    """Two tables and every set of columns count the same terms."""
    return terms(counting.results, counting.cohort)


def terms_counted(tally: Tally, counting: Counting) -> list[Term]:
    """The terms to count; in an empty shell one block that stands for every term."""
    found = _terms_once(counting)
    nothing = np.full(counting.cohort.n, np.nan)
    return found or ([Term(SHELL_TERM, nothing, nothing, nothing)] if tally.mock else [])


def series(results: ResultsFolder, cohort: Cohort) -> pd.DataFrame:
    """The series of every subject infused, in the order of the cohort; blank text where a subject has no row."""
    found = (
        results.frame("haematotoxicity")
        .drop_duplicates("subject_id")
        .set_index("subject_id")
        .reindex(cohort.ids)
    )
    for name in ("iechs_met", "iechs_missing", "flags"):
        found[name] = found[name].astype(object).where(found[name].notna(), "")
    return found


def met_on(text: str) -> list[tuple[str, str]]:
    """Criteria and study days from `ferritin@5;cytopenia@3`."""
    return [(name, day) for name, _, day in (part.partition("@") for part in text.split(";") if part)]


FAMILY = "laboratory"


def worst_of_term(counting: Counting, cell: Cell) -> pd.DataFrame:
    """Behind a count of one term: its worst value in the window, of each subject."""
    term, _, direction = next(t.key for t in _terms_once(counting) if t.name == cell.path[0]).rpartition("|")
    return behind.worst_values(counting, cell, term, direction)


def counted_from(file: str) -> dict[str, Any]:
    """What every laboratory table has: its family, the file that it is counted from, and why it cannot be made without."""
    return {"needs": partial(_there, file=file), "absent": partial(_absent, file=file), "family": FAMILY}


def _there(counting: Counting, file: str) -> bool:
    """Whether the folder has what a table is counted from; a shorter window is counted from the single values."""
    results = counting.results
    shorter = counting.cohort.window < results.window_days and file == "lab_patients"
    return counting.mock or (results.has(file) and (not shorter or results.has("labs")))


def _absent(counting: Counting, file: str) -> tuple[str, str]:
    """Why a laboratory table cannot be made."""
    if counting.results.has(file):
        return (
            "the results folder has no labs.csv, which a shorter --window is counted from",
            "grade the study again",
        )
    return (
        "the results folder has no laboratory results",
        "grade a study that has a laboratory sheet, then summarize its results",
    )


TOTAL = "total"
"""The last word of the row of a shift that counts everybody."""


def silent_terms(frame: pd.DataFrame, term: pd.Series) -> tuple[set[str], int]:
    """The terms that nobody has a grade 1 or more of, proven or possible; of how many nobody has a grade. term: of each row."""
    counting = frame[(frame["statistic"] == "n") & (frame["row"] != HEADING) & (frame["value"] > 0)]
    everything = set(term[frame["row"] != HEADING])
    told = counting["level"].isin([ANY, HIGHER, *(WORST.format(g) for g in GRADES[1:])])
    graded = told | counting["level"].isin([EVALUABLE, WORST.format(0)])
    silent = everything - set(term[counting.index[told]])
    return silent, len(silent - set(term[counting.index[graded]]))


def version(settings: Mapping[str, Any]) -> str:
    """The CTCAE version in force, as it is printed."""
    return f"CTCAE v{settings['ctcae']}" if settings.get("ctcae") else "CTCAE, version not stated"


EXPECTED = "Cytopenia is expected after lymphodepletion: "
CRITERIA_ONLY = "IEC-HS, criteria only: whether it is the syndrome, and its grade, is a clinical decision."


def term_notes(counting: Counting) -> list[str]:
    """By which version, how a subject is counted, and from what the baseline is."""
    settings = counting.results.settings
    before = (
        "the last value before lymphodepletion, or before the infusion where no start is given"
        if settings.get("baseline", "lymphodepletion") == "lymphodepletion"
        else "the last value before the infusion"
    )
    notes = [
        f"{version(settings)}. A subject counts once a term, at the worst grade after the infusion and in the window. "
        f"Baseline: {before}."
    ]
    if settings.get("policy") == "worst":
        notes.append("Where the number leaves a choice the higher grade is taken (policy worst).")
    return notes
