"""Tables that are one row per subject, day, episode or problem: what stands behind every count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import COMPLETED, NOT_ASSIGNED, STILL_IN, WINDOW_ENDS, Cohort
from senl_ae.report.count.folder import SYNDROMES, ResultsFolder
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.statistics import short
from senl_ae.report.tables.incidence import GRADES, NE, driver_labels
from senl_ae.report.tables.management import KINDS, Treatments

NOT_EVALUABLE, NO_RECORD, WINDOW_ENDED, NOT_REACHED_YET = "?", ".", "x", ">"
MARKS = (f'"{NOT_EVALUABLE}" not evaluable, "{NO_RECORD}" no record, "{WINDOW_ENDED}" window ended, "{NOT_REACHED_YET}" not reached at the '
         'data cut-off, "+" a higher grade is not ruled out')
COURSE = ("onset_day", "peak_day", "end_day", "duration_days", "episodes")


def numbers(values: pd.Series | np.ndarray) -> list[str]:
    """Numbers as printed, blank where missing."""
    distinct, codes = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    return _spread_out(["" if np.isnan(value) else short(value) for value in distinct.tolist()], codes)


def _spread_out(texts: list[str], codes: np.ndarray) -> list[str]:
    """The text of each distinct value, for every row that has it."""
    return list(np.array([*texts, ""], dtype=object)[codes])


def grades(grade: pd.Series) -> list[str]:
    return [NE if np.isnan(value) else f"{value:.0f}" for value in grade.to_numpy(dtype=float).tolist()]


def doses(values: pd.Series) -> list[str]:
    """Cell numbers as protocols write them: 3e6, 4.5e8."""
    texts = ["" if np.isnan(value) else f"{value:.3e}" if value >= 10_000 else f"{value:g}" for value in values.tolist()]
    parts = (text.split("e+") for text in texts)
    return [part[0] if len(part) == 1 else f"{part[0].rstrip('0').rstrip('.')}e{int(part[1])}" for part in parts]


def dose_levels(cohort: Cohort) -> np.ndarray:
    level = cohort.subjects["dose_level"].to_numpy(dtype=object)
    return np.where(level == "", NOT_ASSIGNED, level)


def per_patient(cohort: Cohort, results: ResultsFolder, treatments: Treatments) -> tuple[Listing, Listing]:
    """Table 6, twice: one value a column for the files, and the same values drawn together for a page."""
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
    for syndrome in SYNDROMES:
        figures = cohort.figures[syndrome]
        fields[f"{syndrome} days seen"] = numbers(figures["days_seen"])
        fields[f"{syndrome} grade"] = grades(figures["grade"])
        fields[f"{syndrome} ceiling"] = numbers(figures["grade_ceiling"])
        for name in COURSE:
            fields[f"{syndrome} {name.replace('_', ' ')}"] = numbers(figures[name])
        fields[f"{syndrome} outcome"] = figures["outcome"].tolist()
        fields[f"{syndrome} driven by"] = driven_by(syndrome, figures["rules"].to_numpy(dtype=object))
    fields["Tocilizumab doses"] = [str(n) for n in treatments.doses("tocilizumab", "window").tolist()]
    fields["Treatments"] = treatment_words(treatments)
    fields["Flags"] = [flags.replace(";", ", ") for flags in results.patients["flags"].tolist()]
    return _listing(fields), _drawn_together(fields)


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


def _drawn_together(fields: dict[str, list[str]]) -> Listing:
    page = {name: fields[name] for name in ("Subject", "Dose level", "Dose", "Age", "Infusion")}
    page["Infusion"] = [text[:10] for text in fields["Infusion"]]
    completed = WINDOW_ENDS[COMPLETED]
    seen = zip(fields["CRS days seen"], fields["ICANS days seen"], fields["Days expected"], fields["Window ended"], strict=True)
    page["Days seen"] = [f"{crs or 0}, {icans or 0} of {expected}" + ("" if why == completed else f"; {why[:1].lower()}{why[1:]}")
                         for crs, icans, expected, why in seen]
    for syndrome in SYNDROMES:
        page[syndrome] = [with_ceiling(grade, ceiling) for grade, ceiling in zip(
            fields[f"{syndrome} grade"], fields[f"{syndrome} ceiling"], strict=True)]
        course = zip(*(fields[f"{syndrome} {name.replace('_', ' ')}"] for name in COURSE), fields[f"{syndrome} outcome"],
                     fields[f"{syndrome} driven by"], strict=True)
        page[f"{syndrome} course"] = [course_words(*step) for step in course]
    return _listing(page | {"Treatments": fields["Treatments"], "Flags": fields["Flags"]})


def driver_words(syndrome: str, rules: str) -> str:
    """What drove a grade, inside a sentence: small letters but for ICE and CAPD."""
    return ", ".join(label if label[1].isupper() else label[0].lower() + label[1:] for label in driver_labels(syndrome, rules))


def driven_by(syndrome: str, rules: np.ndarray) -> list[str]:
    codes, found = pd.factorize(rules)
    return _spread_out([driver_words(syndrome, text) for text in found], codes)


def _driven_by_syndrome(episodes: pd.DataFrame) -> list[str]:
    words = np.full(len(episodes), "", dtype=object)
    for syndrome in episodes["syndrome"].unique():
        own = (episodes["syndrome"] == syndrome).to_numpy()
        words[own] = driven_by(syndrome, episodes.loc[own, "rules"].to_numpy(dtype=object))
    return words.tolist()


def with_ceiling(grade: str, ceiling: str) -> str:
    """A grade, and how high it could be where that is higher."""
    higher = ceiling and (grade == NE or float(ceiling) > float(grade))
    return f"{grade} (to {ceiling})" if higher else grade


def course_words(onset: str, peak: str, end: str, duration: str, episodes: str, outcome: str, driven_by: str) -> str:
    """The course of a syndrome in a few words; what goes without saying (resolved, one episode) is not said."""
    if episodes in ("", "0"):
        return ""
    days = ", ".join(f"D{day}" for day in (onset, peak, end) if day) or "no dates"
    words = [days, f"{duration} d" if duration else "", "" if outcome == "resolved" else outcome,
             "" if episodes == "1" else f"{episodes} episodes", driven_by]
    return "; ".join(word for word in words if word)


def daily_grid(cohort: Cohort, results: ResultsFolder) -> Listing:
    """Table 7: CRS and ICANS grade of each study day of each subject."""
    daily = results.frame("daily")
    days = np.arange(cohort.window + 1)
    position = pd.Series(np.arange(cohort.n), index=cohort.ids)
    ends = cohort.subjects["window_end_day"].to_numpy()
    after = np.where(cohort.subjects["window_state"].to_numpy() == STILL_IN, NOT_REACHED_YET, WINDOW_ENDED)
    levels = dose_levels(cohort)
    grids = []
    for syndrome in SYNDROMES:
        own = daily[(daily["syndrome"] == syndrome) & (daily["study_day"] <= cohort.window) & (daily["study_day"] >= 0)]
        grid = np.where(days[None, :] > ends[:, None], after[:, None], NO_RECORD).astype(object)
        who = position.reindex(own["subject_id"]).to_numpy(dtype=int)
        grid[who, own["study_day"].to_numpy(dtype=int)] = _marks(own)
        grids.append(grid.tolist())
    rows = [(subject, str(levels[i]), syndrome, *grids[k][i]) for i, subject in enumerate(cohort.ids.tolist())
            for k, syndrome in enumerate(SYNDROMES)]
    return Listing(("Subject", "Dose level", "", *(str(day) for day in days.tolist())), rows)


def _marks(daily: pd.DataFrame) -> np.ndarray:
    """One mark a day: the grade, not evaluable or no record, with a plus where a higher grade is not ruled out."""
    grade, ceiling = (daily[name].to_numpy(dtype=float) for name in ("grade", "grade_ceiling"))
    digits = np.array([*(str(g) for g in GRADES), NOT_EVALUABLE], dtype=object)
    marks = digits[np.where(np.isnan(grade), len(GRADES), np.nan_to_num(grade)).astype(int)]
    higher = ceiling > np.nan_to_num(grade)
    marks = np.where(higher, marks + "+", marks)
    return np.where((daily["state"] == "no-record").to_numpy(), NO_RECORD, marks)


def episodes(cohort: Cohort, results: ResultsFolder) -> tuple[Listing, Listing]:
    """Every episode, also those that began after the window, with its dates and what drove it."""
    found = results.frame("episodes").sort_values(["subject_id", "syndrome", "episode"], kind="stable")
    position = pd.Series(np.arange(cohort.n), index=cohort.ids)
    who = position.reindex(found["subject_id"]).to_numpy(dtype=int)
    inside = found["onset_day"].to_numpy() <= cohort.subjects["window_end_day"].to_numpy()[who]
    fields = {
        "Subject": found["subject_id"].tolist(),
        "Dose level": dose_levels(cohort)[who].tolist(),
        "Syndrome": found["syndrome"].tolist(),
        "No.": numbers(found["episode"]),
        "Grade": [with_ceiling(g, c) for g, c in zip(grades(found["grade"]), numbers(found["grade_ceiling"]), strict=True)],
        "Onset": found["onset"].tolist(), "Onset day": numbers(found["onset_day"]),
        "Peak day": numbers(found["peak_day"]),
        "End": found["end"].tolist(), "End day": numbers(found["end_day"]),
        "Days": numbers(found["duration_days"]), "Hours": numbers(found["duration_hours"]),
        "Outcome": found["outcome"].tolist(),
        "Driven by": _driven_by_syndrome(found),
        "In window": ["yes" if yes else "no" for yes in inside.tolist()],
        "Flags": [flags.replace(";", ", ") for flags in found["flags"].tolist()],
    }
    page = {name: fields[name] for name in ("Subject", "Dose level")}
    page["Episode"] = [f"{syndrome} {number}" for syndrome, number in zip(fields["Syndrome"], fields["No."], strict=True)]
    page["Grade"] = fields["Grade"]
    for name in ("Onset", "End"):
        moments = zip(fields[name], fields[f"{name} day"], strict=True)
        page[name] = [f"D{day} {when[:16].replace('T', ' ')}" if when else "" for when, day in moments]
    page |= {"Peak": [f"D{day}" if day else "" for day in fields["Peak day"]]}
    return _listing(fields), _listing(page | {name: fields[name] for name in ("Days", "Outcome", "Driven by", "In window", "Flags")})


def queries(results: ResultsFolder) -> Listing:
    """Every problem found in the input: where, what was found, what was expected, what was done about it."""
    found = results.frame("issues")
    names = {"severity": "Severity", "file": "File", "sheet": "Sheet", "row": "Row", "column": "Column", "subject_id": "Subject",
             "found": "Found", "expected": "Expected", "done": "Done", "code": "Code"}
    return _listing({title: found[name].tolist() for name, title in names.items()})


def _listing(fields: dict[str, list[str]]) -> Listing:
    return Listing(tuple(fields), list(zip(*fields.values(), strict=True)))
