"""One subject graded by hand: the clinical rules read a second time, with loops, so that the program has something to agree with.

`grade_subject(subject, study)` takes plain records (see `blank_subject` in random_study.py for their keys) and the facts of the
study: oxygen_source, vasopressor_source (has it any), fever_gate, safety_window_days, merge_within_days.
"""

from __future__ import annotations

import math
from datetime import timedelta

from oracle_crs import end_by_clear, grade_crs
from oracle_neuro import icans_grade
from oracle_time import (
    Record,
    after_infusion,
    apart,
    died_of,
    order,
    place,
    ruled_grade,
    study_day,
    without_date_of_death,
)

WEEK = timedelta(days=7)
STUDY = {
    "oxygen_source": True,
    "vasopressor_source": True,
    "fever_gate": "run",
    "safety_window_days": 30,
    "merge_within_days": 0,
}


def grade_icans(subject: Record) -> tuple[list[Record], list[Record]]:
    """ICANS assessments, and the runs of grades >= 1; clear is grade 0 whatever the ceiling."""
    rows = sorted((r for r in subject["neuro"] if after_infusion(subject, r)), key=order)
    rows = without_date_of_death(subject, "ICANS", rows)
    assessments: list[Record] = []
    runs: list[Record] = []
    run: Record | None = None
    for row in rows:
        a: Record = {"syndrome": "ICANS", "time": row["time"], "is_day": row["is_day"], "row": row}
        a["grade"], a["grade_ceiling"] = icans_grade(a, subject, assessments)
        ruled = ruled_grade(subject, "ICANS", a)
        if ruled is not None:
            a["grade"] = a["grade_ceiling"] = ruled
        a["sign"] = a["grade"] is not None and a["grade"] >= 1
        a["clear"] = a["grade"] == 0
        if run is not None and assessments and apart(assessments[-1], a) > WEEK:
            run["ended"], run = "gap", None
        if a["sign"] and run is None:
            run = {"number": len(runs), "ended": None, "clear": []}
            runs.append(run)
        a["run"] = run
        run = end_by_clear(run, a)
        assessments.append(a)
    return assessments, runs


def death_of(subject: Record) -> Record | None:
    if subject.get("death") is None:
        return None
    return {"time": subject["death"], "is_day": subject["death_is_date"]}


def from_to_death(last: Record, death: Record) -> timedelta:
    """From a day assessment to a death the dates are subtracted."""
    if last["is_day"]:
        return death["time"].date() - last["time"].date()
    return place(death) - place(last)


def add_death(subject: Record, syndrome: str, assessments: list[Record], runs: list[Record]) -> None:
    """Grade 5 at a death from the syndrome; ceiling 5 where an unexplained death met an ongoing course."""
    death = death_of(subject)
    if death is None:
        return
    fatal = died_of(subject, syndrome)
    run = runs[-1] if runs and runs[-1]["ended"] is None else None
    if run is not None and assessments and from_to_death(assessments[-1], death) > WEEK:
        run["ended"], run = "gap", None
    if run is not None:
        run["at_death"] = True
    if fatal:
        if run is None:
            run = {"number": len(runs), "ended": None, "clear": [], "at_death": True}
            runs.append(run)
        a = {
            "syndrome": syndrome,
            **death,
            "row": {},
            "grade": 5,
            "grade_ceiling": 5,
            "run": run,
            "clear": False,
            "sign": True,
        }
        assessments.append(a)
    elif subject.get("death_cause") is None and run is not None:
        counted = [a for a in assessments if a["run"] is run and (a["grade"] or 0) >= 1]
        if counted:
            counted[-1]["grade_ceiling"] = 5


def find_episodes(assessments: list[Record], runs: list[Record], study: Record) -> list[Record]:
    """What is graded >= 1 in one run, from the first to the last such assessment."""
    episodes: list[Record] = []
    for run in runs:
        graded = [a for a in assessments if a["run"] is run and (a["grade"] or 0) >= 1]
        if not graded:
            continue
        one = {"run": run, "first": graded[0], "last": graded[-1], "graded": graded}
        if episodes and study["merge_within_days"] > 0:
            before = episodes[-1]
            if (one["first"]["time"].date() - before["last"]["time"].date()).days <= study[
                "merge_within_days"
            ]:
                before.update(run=run, last=one["last"], graded=before["graded"] + graded)
                continue
        episodes.append(one)
    return episodes


def describe(episode: Record, assessments: list[Record], subject: Record) -> None:
    """Onset, peak, end, grades, durations and outcome of one episode."""
    first, last, run = episode["first"], episode["last"], episode["run"]
    grade = max(a["grade"] for a in episode["graded"])
    peak = next(a for a in episode["graded"] if a["grade"] == grade)
    within = assessments[assessments.index(first) : assessments.index(last) + 1]
    after = [a for a in assessments[assessments.index(last) + 1 :] if a["clear"] and a["run"] is run]
    hours = None
    if after and not first["is_day"] and not after[0]["is_day"]:
        hours = (after[0]["time"] - first["time"]).total_seconds() / 3600
    outcome = "fatal" if grade == 5 else "resolved" if run["ended"] == "clear" else "ongoing"
    if outcome == "ongoing" and run["ended"] is None and run.get("at_death"):
        outcome = "ongoing-at-death"
    episode.update(
        onset=first["time"], onset_day=study_day(subject, first["time"]), peak=peak["time"], peak_day=study_day(subject, peak["time"]),
        end=last["time"], end_day=study_day(subject, last["time"]), grade=grade,
        grade_ceiling=max(a["grade_ceiling"] or 0 for a in within),
        duration_days=(last["time"].date() - first["time"].date()).days + 1, duration_hours=hours, outcome=outcome, within=within,
    )  # fmt: skip


def window_end(subject: Record, study: Record) -> int:
    """The last study day of the safety window: Day 30, or earlier at death, loss, cut-off, or the day before another treatment."""
    days = [study["safety_window_days"]]
    for item, before in (
        ("death", 0),
        ("last_contact", 0),
        ("cutoff", 0),
        ("retreatment", 1),
        ("conditioning", 1),
        ("new_therapy", 1),
    ):
        if subject.get(item) is not None:
            days.append(study_day(subject, subject[item]) - before)
    return min(days)


def by_day(
    subject: Record, assessments: list[Record], last_day: int
) -> dict[int, tuple[int | None, int | None, str]]:
    """Grade, ceiling and state of every date of the window: the highest of its assessments."""
    days: dict[int, tuple[int | None, int | None, str]] = {}
    for day in range(last_day + 1):
        here = [a for a in assessments if study_day(subject, a["time"]) == day]
        grades = [a["grade"] for a in here if a["grade"] is not None]
        ceilings = [a["grade_ceiling"] for a in here if a["grade_ceiling"] is not None]
        state = "graded" if grades else "not-evaluable" if here else "no-record"
        days[day] = (max(grades) if grades else None, max(ceilings) if ceilings else None, state)
    return days


def patient_figures(
    subject: Record,
    assessments: list[Record],
    episodes: list[Record],
    days: Record,
    last_day: int,
    share: float,
) -> Record:
    """The subject's figures: worst episode of the window, or 0 if the subject was seen enough, or not evaluable."""
    inside = [a for a in assessments if 0 <= study_day(subject, a["time"]) <= last_day]
    counted = [e for e in episodes if e["onset_day"] <= last_day]
    ceilings = [a["grade_ceiling"] or 0 for a in inside]
    seen = [d for d, (grade, _, _) in days.items() if grade is not None]
    figures: Record = {"days_seen": len(seen), "window_end_day": last_day}
    figures.update(dict.fromkeys(("onset_day", "peak_day", "end_day", "duration_days", "outcome")))
    if counted:
        worst = max(e["grade"] for e in counted)
        first = counted[0]
        for episode in counted:
            ceilings += [a["grade_ceiling"] or 0 for a in episode["within"]]
        figures.update({k: first[k] for k in ("onset_day", "end_day", "duration_days", "outcome")})
        figures["peak_day"] = next(e["peak_day"] for e in counted if e["grade"] == worst)
        figures.update(
            grade=worst,
            grade_ceiling=max(ceilings),
            grade_in_window=max(a["grade"] for a in inside if a["grade"] is not None),
        )
    else:
        wanted = range(min(14, last_day) + 1)
        enough = len(wanted) > 0 and len([d for d in seen if d in wanted]) >= math.ceil(
            share * len(wanted) - 1e-9
        )
        highest = max(ceilings, default=0)
        figures.update(grade=0 if enough else None, grade_in_window=0 if enough else None)
        figures["grade_ceiling"] = highest if enough else highest or None
    known = figures["grade"] is not None
    figures["episodes"] = len(counted) if known else None
    for least, name in ((1, "days_grade1plus"), (3, "days_grade3plus")):
        figures[name] = len([1 for grade, _, _ in days.values() if (grade or 0) >= least]) if known else None
    return figures


def grade_subject(subject: Record, study: Record | None = None) -> Record:
    """Everything the rules say about one subject: {"CRS": {...}, "ICANS": {...}, "window_end_day": n}."""
    study = {**STUDY, **(study or {})}
    last_day = window_end(subject, study)
    answer: Record = {"window_end_day": last_day}
    for syndrome, share in (("CRS", 0.8), ("ICANS", 0.5)):
        assessments, runs = grade_crs(subject, study) if syndrome == "CRS" else grade_icans(subject)
        add_death(subject, syndrome, assessments, runs)
        episodes = find_episodes(assessments, runs, study)
        for episode in episodes:
            describe(episode, assessments, subject)
        days = by_day(subject, assessments, last_day)
        figures = patient_figures(subject, assessments, episodes, days, last_day, share)
        answer[syndrome] = {
            "assessments": assessments,
            "days": days,
            "episodes": episodes,
            "patient": figures,
        }
    return answer
