"""Who is counted, in which column, and with which grade: one row per infused subject.

A subject's grade is that of the worst episode that began in the window, over its whole course. The window ends for a subject where the
record says so (death, cut-off, new therapy ...); the subject stays in every denominator.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.issues import refusal
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.results.schema import figures as declared_figures
from senl_ae.vocabulary.folding import fold, seen_alike

TOTAL = "Total"
NOT_ASSIGNED = "Not assigned"
NOT_RECORDED = "Not recorded"
AGE_GROUPS = (("<12", 0, 12), ("12-17", 12, 18), ("18-64", 18, 65), (">=65", 65, 1000))
BY_NAMES = {"dose": "dose_level", "dose_level": "dose_level", "age": "age_group", "age_group": "age_group"}
MOST_GROUPS = 30
COMPLETED = "window-complete"
STILL_IN = "data-cut-off"
WINDOW_ENDS = {
    COMPLETED: "Window completed",
    STILL_IN: "In the window at data cut-off",
    "death": "Died",
    "lost-to-follow-up": "Lost to follow-up",
    "re-treatment": "Re-treated",
    "conditioning": "Transplant conditioning",
    "new-therapy": "New anti-cancer therapy",
}
"""Why a subject's window ended, as patients.csv has it, and as the tables print it; any other word is printed as it stands."""


@dataclass(frozen=True)
class Group:
    """One column of a table: its name and which subjects are in it."""

    name: str
    members: np.ndarray


@dataclass(frozen=True)
class Cohort:
    """The infused subjects with the figures that the tables count, in the order of their ids."""

    ids: np.ndarray
    subjects: pd.DataFrame
    """Columns of subjects.csv, and window_end_day, window_state (a key of WINDOW_ENDS or another word) within the window asked for."""
    figures: dict[str, pd.DataFrame]
    """By syndrome: the figures of patients.csv, for the window and the source asked for."""
    window: int
    source: str

    @property
    def n(self) -> int:
        return len(self.ids)


def make_cohort(results: ResultsFolder, window: int | None, source: str) -> Cohort:
    """The subjects infused with their grades in the window, derived from the record or as reported by the investigator."""
    days = results.window_days if window is None else window
    if days > results.window_days:
        raise refusal(
            "window",
            f"--window {days} is longer than the {results.window_days} days the study was graded with",
            "set safety_window_days in senl-ae.toml and grade again",
        )
    subjects = results.subjects.copy()
    shorter = days < results.window_days
    reached = subjects["window_end_day"] >= days
    subjects["window_state"] = subjects["window_end_reason"]
    if shorter:
        subjects.loc[reached, "window_state"] = COMPLETED
    subjects["window_end_day"] = subjects["window_end_day"].clip(upper=days)
    subjects["days_expected"] = subjects["days_expected"].clip(upper=days + 1)
    subjects["death_day"] = results.patients["death_day"]
    if source == "reported":
        figures = {syndrome: reported_figures(results, syndrome, subjects) for syndrome in results.syndromes}
    elif shorter:
        figures = {syndrome: figures_within(results, syndrome, subjects) for syndrome in results.syndromes}
    else:
        figures = {syndrome: _as_graded(results.patients, syndrome) for syndrome in results.syndromes}
    return Cohort(subjects["subject_id"].to_numpy(dtype=object), subjects, figures, days, source)


def _as_graded(patients: pd.DataFrame, syndrome: str) -> pd.DataFrame:
    prefix = syndrome.lower() + "_"
    return pd.DataFrame({name: patients[prefix + name] for name in declared_figures()})


def window_episodes(results: ResultsFolder, syndrome: str, subjects: pd.DataFrame) -> pd.DataFrame:
    """The episodes that began in each subject's window, in order, with `subject`, the position in `subjects`."""
    episodes = results.frame("episodes")
    episodes = episodes[episodes["syndrome"] == syndrome]
    position = pd.Series(np.arange(len(subjects)), index=subjects["subject_id"])
    episodes = episodes.assign(subject=position.reindex(episodes["subject_id"]).to_numpy(dtype=int))
    ends = subjects["window_end_day"].to_numpy()[episodes["subject"].to_numpy()]
    inside = episodes["onset_day"].to_numpy() <= ends
    return pd.DataFrame(
        episodes[inside].sort_values(["subject", "episode"], kind="stable").reset_index(drop=True)
    )


def figures_within(results: ResultsFolder, syndrome: str, subjects: pd.DataFrame) -> pd.DataFrame:
    """The figures per subject for a window shorter than the graded one, from the episodes and the days, by the rules of the grading.

    No episode is grade 0 only where enough of the first days were seen (setting `zero_needs_coverage`), else not evaluable.
    """
    n = len(subjects)
    ends = subjects["window_end_day"].to_numpy()
    daily = results.frame("daily")
    daily = daily[daily["syndrome"] == syndrome]
    position = pd.Series(np.arange(n), index=subjects["subject_id"])
    who = position.reindex(daily["subject_id"]).to_numpy(dtype=int)
    day, grade, ceiling = (daily[name].to_numpy() for name in ("study_day", "grade", "grade_ceiling"))
    inside = day <= ends[who]
    graded = inside & ~np.isnan(grade)
    episodes = window_episodes(results, syndrome, subjects)
    figures = _of_episodes(episodes, n)
    has_episode = figures["episodes"].to_numpy() > 0
    coverage = results.settings["zero_needs_coverage"]
    last = np.minimum(ends, coverage["days"])
    seen_early = np.bincount(who[graded & (day <= last[who])], minlength=n)
    zero = ~has_episode & (seen_early >= coverage_share(results, syndrome) * (last + 1) - 1e-9)
    highest = _highest(who[inside], grade[inside], n)
    possible = np.fmax(_highest(who[inside], ceiling[inside], n), figures["grade_ceiling"].to_numpy())
    figures["grade"] = np.where(zero, 0.0, figures["grade"])
    figures["grade_ceiling"] = np.where(has_episode | zero | (possible > 0), possible, np.nan)
    figures["grade_in_window"] = np.where(has_episode, highest, figures["grade"])
    figures["days_seen"] = np.bincount(who[graded], minlength=n).astype(float)
    evaluable = has_episode | zero
    figures["episodes"] = np.where(evaluable, figures["episodes"], np.nan)
    for name, least in (("days_grade1plus", 1), ("days_grade3plus", 3)):
        counted = np.bincount(who[graded & (grade >= least)], minlength=n).astype(float)
        figures[name] = np.where(has_episode, counted, np.where(evaluable, 0.0, np.nan))
    return figures[list(declared_figures())]


def coverage_share(results: ResultsFolder, syndrome: str) -> float:
    """The share of the first days that must have been seen before "no event" is grade 0: the setting's, else what the scale asked for."""
    asked = results.settings["zero_needs_coverage"]
    of_scale = results.scale(syndrome).get("coverage")
    return float(asked.get(syndrome.lower(), asked["crs"] if of_scale is None else of_scale))


def _of_episodes(episodes: pd.DataFrame, n: int) -> pd.DataFrame:
    """Onset, end, duration and outcome of the first episode; grade, peak day and rules of the worst (the first of equals); how many."""
    blank = {
        name: np.full(n, "", dtype=object) if kind is str else np.full(n, np.nan)
        for name, kind in declared_figures().items()
    }
    figures = pd.DataFrame(blank)
    figures["episodes"] = np.bincount(episodes["subject"].to_numpy(dtype=int), minlength=n).astype(float)
    first = episodes.drop_duplicates("subject").set_index("subject")
    by_grade = episodes.sort_values(["subject", "grade"], ascending=[True, False], kind="stable")
    worst = by_grade.drop_duplicates("subject").set_index("subject")
    for source, names in (
        (first, ("onset_day", "end_day", "duration_days", "outcome")),
        (worst, ("grade", "peak_day", "rules")),
    ):
        for name in names:
            figures.loc[source.index, name] = source[name]
    figures["grade_ceiling"] = _highest(
        episodes["subject"].to_numpy(dtype=int), episodes["grade_ceiling"].to_numpy(), n
    )
    return figures


def _highest(who: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """The highest value of each subject; not a number where there is none."""
    known = ~np.isnan(values)
    highest = np.full(n, -np.inf)
    np.maximum.at(highest, who[known], values[known])
    return np.where(np.isinf(highest), np.nan, highest)


def reported_figures(results: ResultsFolder, syndrome: str, subjects: pd.DataFrame) -> pd.DataFrame:
    """The figures per subject from the events the investigator reported: no event is grade 0, an event without a grade not evaluable.

    An event without an onset date counts as inside the window; one that began before the infusion does not count.
    """
    n = len(subjects)
    events = reported_events(results, syndrome, subjects)
    figures = _of_episodes(events, n)
    none = figures["episodes"].to_numpy() == 0
    figures["grade"] = np.where(none, 0.0, figures["grade"])
    figures["grade_in_window"] = figures["grade"]
    figures["grade_ceiling"] = np.nan
    figures["peak_day"] = np.nan  # an event has one grade and no day on which it was reached
    return figures


def reported_events(results: ResultsFolder, syndrome: str, subjects: pd.DataFrame) -> pd.DataFrame:
    """The investigator's events of one syndrome that began in the window, in the shape of episodes."""
    events = results.frame("events")
    events = events[(events["syndrome"] == syndrome) & (events["grade"] != 0)]  # grade 0 is no event
    position = pd.Series(np.arange(len(subjects)), index=subjects["subject_id"])
    events = events.assign(subject=position.reindex(events["subject_id"]).to_numpy(dtype=int))
    ends = subjects["window_end_day"].to_numpy()[events["subject"].to_numpy()]
    onset = events["onset_day"].to_numpy()
    events = events[np.isnan(onset) | ((onset >= 0) & (onset <= ends))]
    events = events.sort_values(["subject", "onset_day", "grade"], kind="stable").reset_index(drop=True)
    died = subjects["death_day"].to_numpy()[events["subject"].to_numpy()]
    open_end = events["end_day"].isna().to_numpy()
    last = np.where(np.isnan(died), subjects["window_end_day"].to_numpy()[events["subject"].to_numpy()], died)
    until = np.where(open_end, np.maximum(last, events["onset_day"].to_numpy()), events["end_day"].to_numpy())
    outcome = np.where(open_end, np.where(np.isnan(died), "ongoing", "ongoing-at-death"), "resolved")
    shaped: pd.DataFrame = events.assign(
        episode=events.groupby("subject").cumcount() + 1.0,
        grade_ceiling=np.nan,
        peak_day=np.nan,
        rules="",
        flags="",
        duration_days=until - events["onset_day"].to_numpy() + 1,
        outcome=np.where(events["grade"].to_numpy() == 5, "fatal", outcome),
    )
    return shaped


def groups_by(cohort: Cohort, by: str | None) -> tuple[Group, ...]:
    """The columns of a table: one per value of a subject column, in order, then Total; Total alone without a column."""
    everybody = Group(TOTAL, np.ones(cohort.n, dtype=bool))
    if by is None:
        return (everybody,)
    values = _values(cohort.subjects, by)
    return (*(Group(name, values == name) for name in _in_order(cohort.subjects, by, values)), everybody)


def by_column(subjects: pd.DataFrame, asked: str) -> str:
    """The subject column that `--by` names, or Refused with the nearest known name."""
    column = BY_NAMES.get(seen_alike(asked), asked)
    known = sorted({*subjects.columns, "dose", "age_group"} - {"subject_id", "window_state"})
    meant = alike(column, known)
    if len(meant) > 1:
        raise refusal(
            "column-not-clear",
            f"--by {asked} could be {' or '.join(meant)}",
            "the name of one column",
            "write it as it stands there",
        )
    if not meant:
        folded = {name.lower(): name for name in known}
        near = difflib.get_close_matches(column.lower(), folded, n=1)
        hint = f"did you mean {folded[near[0]]}? Known are" if near else "known are"
        raise refusal(
            "unknown-column",
            f"--by {asked}: no such column of the subjects",
            done=f"{hint} {', '.join(known)}",
        )
    return "dose_level" if meant == ["dose"] else meant[0]


def alike(
    asked: str, known: Iterable[str], same: Sequence[Callable[[str], str]] = (seen_alike, fold)
) -> list[str]:
    """The names that a word can mean: those written just so, then spelled alike, then alike but for marks, as headings are."""
    names = list(dict.fromkeys(known))
    if asked in names:
        return [asked]
    found = ([name for name in names if key(asked) and key(name) == key(asked)] for key in same)
    return next((meant for meant in found if meant), [])


def _values(subjects: pd.DataFrame, by: str) -> np.ndarray:
    blank = NOT_ASSIGNED if by == "dose_level" else NOT_RECORDED
    if by == "age_group":
        age = subjects["age"].to_numpy()
        names = np.full(len(subjects), blank, dtype=object)
        for name, low, high in AGE_GROUPS:
            names[(age >= low) & (age < high)] = name
        return names
    column = subjects[by]
    if column.dtype.kind == "f":
        texts = np.array(["" if np.isnan(v) else f"{v:g}" for v in column], dtype=object)
    else:
        texts = column.astype(str).str.strip().to_numpy(dtype=object)
    texts[texts == ""] = blank
    texts[texts == TOTAL] = f"{TOTAL} (as recorded)"
    if len(set(texts)) > MOST_GROUPS:
        raise refusal(
            "too-many-groups",
            f"--by {by}: {len(set(texts))} different values",
            f"a column with at most {MOST_GROUPS}",
        )
    return texts


def _in_order(subjects: pd.DataFrame, by: str, values: np.ndarray) -> list[str]:
    """Dose levels by their numeric dose, then by label (DL2 before DL10); what is not known stands last."""
    found = sorted(set(values), key=_natural)
    if by == "age_group":
        order = [name for name, _, _ in AGE_GROUPS]
        found.sort(key=lambda name: order.index(name) if name in order else len(order))
    elif by == "dose_level":
        doses = subjects["dose"].groupby(values).min()
        found.sort(key=lambda name: float("inf") if np.isnan(doses[name]) else float(doses[name]))
    return [name for name in found if name not in (NOT_ASSIGNED, NOT_RECORDED)] + [
        name for name in found if name in (NOT_ASSIGNED, NOT_RECORDED)
    ]


def _natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts numbers inside text by their size; a leading minus is a sign (dose level -1 stands before 1)."""
    parts = re.findall(r"(?:^-)?\d+(?:\.\d+)?|\D+", text)
    return tuple(
        (0, float(part), "") if re.fullmatch(r"-?\d+(?:\.\d+)?", part) else (1, 0.0, part.casefold())
        for part in parts
    )
