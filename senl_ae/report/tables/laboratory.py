"""Laboratory tables: worst grade and shift from baseline by term, cytopenia with ICAHT, the laboratory criteria of IEC-HS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import BASELINE, HEADING, INFUSED, Listing, Tally
from senl_ae.report.tables.incidence import HIGHER, SEVERE, SEVERE_POSSIBLE, write_heading
from senl_ae.report.tables.listings import dose_levels, grades

GRADES = (0, 1, 2, 3, 4)
"""A number alone never proves a grade 5."""
NOT_GRADABLE = "Not gradable"
NOT_EVALUABLE = "Not evaluable"
EVALUABLE = "Evaluable"
ANY = "Any grade"
WORST = "Worst {}"
MISSING, TOTAL = "missing", "total"
"""Rows of a shift beside the grades at baseline."""
SHELL_TERM = "Laboratory term"
FILES = {
    "laboratory-worst": "lab_patients", "laboratory-shift": "lab_patients", "laboratory-cytopenia": "haematotoxicity",
    "laboratory-iechs": "haematotoxicity",
}
"""The file of the results folder that each table is counted from."""
CRITERIA = ("ferritin", "transaminases", "fibrinogen", "cytopenia")
TOGETHER = "iechs-criteria-together"
AFTER_CRS = re.compile(r"ferritin-(-?\d+)-days-after-crs")


@dataclass(frozen=True)
class Term:
    """One term of the version in force: its grades, one element per subject, not a number where there is none."""

    name: str
    baseline: np.ndarray
    worst: np.ndarray
    ceiling: np.ndarray

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
    names = _names([str(key) for key in unique])
    return [Term(name, *arrays) for name, *arrays in zip(names, *columns, strict=True)]


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


def worst_grades(tally: Tally, cohort: Cohort, found: list[Term]) -> None:
    """Table 10a: each term by worst grade after the infusion."""
    write_heading(tally, cohort)
    for term in found or _shell(tally, cohort):
        tally.count(term.name, EVALUABLE, ~np.isnan(term.worst))
        tally.count(term.name, ANY, term.worst >= 1)
        _severe(tally, term.name, term.worst, term.ceiling)
        _by_grade(tally, term.name, term.worst, NOT_GRADABLE)
        tally.count(term.name, HIGHER, term.higher)


def _severe(tally: Tally, row: str, grade: np.ndarray, ceiling: np.ndarray) -> None:
    tally.count(row, SEVERE, grade >= 3, ci=True)
    tally.count(row, SEVERE_POSSIBLE, (grade >= 3) | (ceiling >= 3), ci=True)


def _by_grade(tally: Tally, row: str, grade: np.ndarray, blank: str) -> None:
    for g in GRADES:
        tally.count(row, f"Grade {g}", grade == g)
    tally.count(row, blank, np.isnan(grade))


def _shell(tally: Tally, cohort: Cohort) -> list[Term]:
    """One block that stands for every term, in an empty shell."""
    nothing = np.full(cohort.n, np.nan)
    return [Term(SHELL_TERM, nothing, nothing, nothing)] if tally.mock else []


def shift(tally: Tally, cohort: Cohort, found: list[Term]) -> None:
    """Table 10b: of each term the grade at baseline by the worst grade after the infusion."""
    write_heading(tally, cohort)
    for term in found or _shell(tally, cohort):
        rows = _masks(term.baseline, "grade {}", MISSING, TOTAL)
        columns = _masks(term.worst, WORST, NOT_GRADABLE, "Total")
        for group in tally.groups:
            n = int(group.members.sum())
            for row, row_mask in rows:
                for column, column_mask in columns:
                    who = group.members & row_mask & column_mask
                    k = int(who.sum())
                    tally.value(term.name + BASELINE + row, column, group.name, "n", k, str(k), (n, INFUSED), "", tuple(tally.ids[who]))


def _masks(grade: np.ndarray, known: str, blank: str, total: str) -> list[tuple[str, np.ndarray]]:
    return [*((known.format(g), grade == g) for g in GRADES), (blank, np.isnan(grade)), (total, np.ones(len(grade), dtype=bool))]


def cytopenia(tally: Tally, cohort: Cohort, results: ResultsFolder) -> None:
    """Table 10c: ICAHT, days of neutropenia and recovery, Day 28, febrile neutropenia, tumour lysis, IEC-HS criteria."""
    write_heading(tally, cohort)
    found = _series(results, cohort)
    early, ceiling, late = (found[name].to_numpy(dtype=float) for name in ("icaht_early", "icaht_early_ceiling", "icaht_late"))
    row = "Early ICAHT, Day 0-30"
    _severe(tally, row, early, ceiling)
    _by_grade(tally, row, early, NOT_EVALUABLE)
    tally.count(row, HIGHER, ceiling > np.nan_to_num(early, nan=0.0))
    row, counted = "Late ICAHT, after Day 30", ~np.isnan(late)
    for label, mask in ((SEVERE, late >= 3), *((f"Grade {g}", late == g) for g in GRADES)):
        tally.count(row, label, mask, of=counted, of_is="subjects with two counts after Day 30", ci=label == SEVERE)
    tally.count(row, NOT_EVALUABLE, ~counted)
    _neutrophils(tally, found)
    _day28(tally, found)
    _criteria(tally, found)


def _series(results: ResultsFolder, cohort: Cohort) -> pd.DataFrame:
    """The series of every subject infused, in the order of the cohort; blank text where a subject has no row."""
    found = results.frame("haematotoxicity").drop_duplicates("subject_id").set_index("subject_id").reindex(cohort.ids)
    for name in ("iechs_met", "iechs_missing", "flags"):
        found[name] = found[name].astype(object).where(found[name].notna(), "")
    return found


def _neutrophils(tally: Tally, found: pd.DataFrame) -> None:
    """Days at or below each bound of those with a series, and the recovery of those who fell."""
    low, deep, recovery = (found[name].to_numpy(dtype=float) for name in ("days_anc_500", "days_anc_100", "recovery_day"))
    counted = "subjects with neutrophil counts"
    for label, days in (("<= 500", low), ("<= 100", deep)):
        tally.spread(f"Days with neutrophils {label}/uL", "", days, ~np.isnan(days), counted)
    fell, fell_is = low > 0, "subjects with neutrophils <= 500/uL in Day 0-30"
    tally.count("Neutrophils above 500/uL again", "", fell & ~np.isnan(recovery), of=fell, of_is=fell_is)
    tally.spread("Study day of neutrophil recovery", "", np.where(fell, recovery, np.nan), fell, fell_is)


def _day28(tally: Tally, found: pd.DataFrame) -> None:
    for label, name in (("Neutropenia", "neutropenia_day28"), ("Thrombocytopenia", "thrombocytopenia_day28")):
        severe = found[name].to_numpy(dtype=float)
        tally.count("Grade >= 3 at Day 28", label, severe == 1, of=~np.isnan(severe), of_is="subjects assessed at Day 28", ci=True)


def _criteria(tally: Tally, found: pd.DataFrame) -> None:
    """What combines values: febrile neutropenia, tumour lysis, IEC-HS; each with the subjects for whom it cannot be told."""
    fever, lysis = (found[name].to_numpy(dtype=float) for name in ("febrile_neutropenia", "tumour_lysis"))
    tally.count("Febrile neutropenia", "Present", fever == 1, ci=True)
    tally.count("Febrile neutropenia", NOT_EVALUABLE, np.isnan(fever))
    flags = found["flags"].str.split(";")
    lysed = (lysis >= 1) | flags.map(lambda words: "tumour-lysis-criteria-met" in words).to_numpy(dtype=bool)
    tally.count("Tumour lysis, laboratory criteria", "Met", lysed, ci=True)
    tally.count("Tumour lysis, laboratory criteria", SEVERE, lysis >= 3)
    tally.count("Tumour lysis, laboratory criteria", NOT_EVALUABLE, np.isnan(lysis) & ~lysed)
    row = "IEC-HS, laboratory criteria"
    met = found["iechs_met"].map(lambda text: "ferritin" in dict(_met(text))).to_numpy(dtype=bool)
    tally.count(row, "Ferritin, required", met)
    tally.count(row, "Ferritin and another within 72 h", flags.map(lambda words: TOGETHER in words).to_numpy(dtype=bool))
    absent = found["iechs_missing"].str.split(";").map(lambda words: "ferritin" in words).to_numpy(dtype=bool)
    tally.count(row, "Ferritin not recorded", absent)


def _met(text: str) -> list[tuple[str, str]]:
    """Criteria and study days from `ferritin@5;cytopenia@3`."""
    return [(name, day) for name, _, day in (part.partition("@") for part in text.split(";") if part)]


def iechs(cohort: Cohort, results: ResultsFolder) -> Listing:
    """Table 10d: who met the ferritin criterion of IEC-HS or has no ferritin but another, which, on which day, and how it lies to CRS."""
    found = _series(results, cohort)
    crs = grades(cohort.figures["CRS"]["grade"])
    rows: list[tuple[str, ...]] = []
    levels = dose_levels(cohort)
    for i in np.flatnonzero(found["iechs_met"].to_numpy(dtype=object) != ""):
        met = dict(_met(found["iechs_met"].iloc[i]))
        missing = found["iechs_missing"].iloc[i].split(";")
        if "ferritin" not in {*met, *missing}:
            continue
        flags = found["flags"].iloc[i].split(";")
        after = next((m.group(1) for flag in flags if (m := AFTER_CRS.fullmatch(flag))), "")
        together = "yes" if TOGETHER in flags else "no" if "ferritin" in met else ""
        days = (f"D{met[name]}" if name in met else "" for name in CRITERIA)
        rows.append((str(cohort.ids[i]), str(levels[i]), *days, together, after, crs[i], ", ".join(missing)))
    headings = ("Ferritin", "ALT/AST", "Fibrinogen", "Cytopenia")
    return Listing(("Subject", "Dose level", *headings, "72 h", "After CRS", "CRS", "Missing"), rows)


def silent_terms(frame: pd.DataFrame) -> tuple[set[str], int]:
    """The terms of worst-grade and shift rows that nobody has a grade 1 or more of, proven or possible; of how many nobody has a grade."""
    counting = frame[(frame["statistic"] == "n") & (frame["row"] != HEADING) & (frame["value"] > 0)]
    everything = set(term_of(frame["row"][frame["row"] != HEADING]))
    told = counting["level"].isin([ANY, HIGHER, *(WORST.format(g) for g in GRADES[1:])])
    graded = told | counting["level"].isin([EVALUABLE, WORST.format(0)])
    silent = everything - set(term_of(counting["row"][told]))
    return silent, len(silent - set(term_of(counting["row"][graded])))


def term_of(rows: pd.Series) -> pd.Series:
    """The term that a row of the worst-grade or the shift table is about."""
    return rows.str.partition(BASELINE)[0]


def version(settings: Mapping[str, Any]) -> str:
    """The CTCAE version in force, as it is printed."""
    return f"CTCAE v{settings['ctcae']}" if settings.get("ctcae") else "CTCAE, version not stated"


def scale(table: str, settings: Mapping[str, Any]) -> str:
    """What the header of a laboratory table says about its scales."""
    more = {"laboratory-cytopenia": "; ICAHT: Rejeski 2023; IEC-HS: Hines 2023", "laboratory-iechs": "; IEC-HS: Hines 2023"}
    return version(settings) + more.get(table, "")


EXPECTED = "Cytopenia is expected after lymphodepletion: "


def footnotes(table: str, results: ResultsFolder, cohort: Cohort, interval: str) -> list[str]:
    """What a reader must know to read the numbers of a laboratory table."""
    ctcae = version(results.settings)
    if table == "laboratory-iechs":
        return [f"Subjects who met the ferritin criterion, or another where ferritin was not recorded. {CRITERIA_ONLY}",
                f"D: study day. Cytopenia: a higher {ctcae} grade than at the value before. 72 h: ferritin and another within 72 hours of "
                "each other; the days are then of those. After CRS: days from the end of CRS to the ferritin, below 0 before that end."]
    if table == "laboratory-cytopenia":
        return _series_notes(results, cohort, f"{ctcae}. {interval}")
    before = ("the last value before lymphodepletion, or before the infusion where no start is given"
              if results.settings.get("baseline", "lymphodepletion") == "lymphodepletion" else "the last value before the infusion")
    notes = [f"{ctcae}. A subject counts once a term, at the worst grade after the infusion and in the window. Baseline: {before}."]
    if results.settings.get("policy") == "worst":
        notes.append("Where the number leaves a choice the higher grade is taken (policy worst).")
    if table == "laboratory-shift":
        return [*notes, f"Numbers of subjects. {EXPECTED}what counts is the shift."]
    return [*notes, f"Evaluable: at least one value in the window that can be graded. Possibly higher: a symptom, a treatment or something "
            f"not recorded could raise the grade. {interval}", f"{EXPECTED}see the shift from baseline, table 10b."]


CRITERIA_ONLY = "IEC-HS, criteria only: whether it is the syndrome, and its grade, is a clinical decision."


def _series_notes(results: ResultsFolder, cohort: Cohort, first: str) -> list[str]:
    settings = results.settings
    days = "-".join(str(day) for day in settings["day28_window"]) if settings.get("day28_window") else "not stated"
    platelets = " and from platelets" if settings.get("icaht_platelets") else ""
    notes = [f"{first} {EXPECTED}see the shift from baseline, table 10b.",
             f"ICAHT: Rejeski 2023, from the lowest neutrophil count of each day{platelets}; late needs counts of two days. Days: of "
             "Day 0-30. Recovery: the first of three days above 500/uL after the first at or below it.",
             f"Day 28: any value of Day {days}, of the subjects with one. {CRITERIA_ONLY}"]
    if cohort.window < results.window_days:
        notes.append(f"These figures are of the window the study was graded with, Day 0-{results.window_days}.")
    return notes
