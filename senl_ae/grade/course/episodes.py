"""When the syndrome began, peaked and ended: episodes out of runs, and the safety window they are counted in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from senl_ae.arrays import Mask, Seconds
from senl_ae.grade.graded import Course, Episodes, Windows
from senl_ae.grade.time.spans import Assessments, date_of
from senl_ae.grade.time.timeline import last_record, study_day
from senl_ae.settings import Settings
from senl_ae.study import DAY, HOUR, NO_TIME, Study

STOPS = (
    ("death", "death", 0),
    ("retreatment", "re-treatment", -1),
    ("conditioning", "conditioning", -1),
    ("new_therapy", "new-therapy", -1),
    ("cutoff", "data-cut-off", 0),
    ("last_contact", "lost-to-follow-up", 0),
)
"""(subjects column, reason, 0 where that date is still in the window or -1 where the day before is the last)."""
COMPLETE = "window-complete"


def windows(study: Study, settings: Settings) -> Windows:
    """The safety window of each subject: Day 0 to the last day set, or to what stopped it earlier."""
    s = study.subjects
    infusion = s.infusion
    end = np.full(len(s), settings.safety_window_days, dtype=np.int64)
    reason = np.full(len(s), COMPLETE, dtype=object)
    for column, name, offset in STOPS:
        when = s[column]
        day = np.maximum(date_of(when) - date_of(infusion) + offset, 0)
        stops = (when != NO_TIME) & (date_of(when) >= date_of(infusion)) & (day < end)
        end, reason = np.where(stops, day, end), np.where(stops, name, reason)
    uninfused = infusion == NO_TIME
    return Windows(np.where(uninfused, -1, end), np.where(uninfused, "not-infused", reason))


def with_unexplained_deaths(study: Study, course: Course, settings: Settings) -> Course:
    """The course with a higher ceiling at the last graded assessment of a run in which a subject died without a recorded cause."""
    s, a = study.subjects, course.a
    rule = next((r for r in course.scale.rules if any(c.item == "died_in_course" for c in r.when)), None)
    if rule is None or rule.ceiling is None:
        return course
    unclear = ("", f"unclear:{course.scale.syndrome}")
    without_cause = np.array([(cause or "") in unclear for cause in s.death_cause.tolist()], dtype=bool)
    unexplained = (s.death != NO_TIME) & without_cause
    at = np.flatnonzero((course.grade >= 1) & (course.runs.run >= 0) & unexplained[a.subject])
    if not len(at):
        return course
    last_of_run = at[np.append(course.runs.run[at][1:] != course.runs.run[at][:-1], True)]
    still_open = _open_at_death(study, course, settings)
    chosen = last_of_run[still_open[course.runs.stretch[last_of_run]]]
    here = np.zeros(len(a), dtype=bool)
    here[chosen] = True
    possible = [
        mask | here if other is rule else mask
        for other, mask in zip(course.reading.rules, course.reading.possible, strict=True)
    ]
    died = np.where(here, 1.0, course.values["died_in_course"])
    return replace(
        course,
        reading=replace(course.reading, possible=possible),
        ceiling=np.where(here, np.fmax(course.ceiling, rule.ceiling), course.ceiling),
        values={**course.values, "died_in_course": died},
        worse={**course.worse, "died_in_course": died},
    )


def _open_at_death(study: Study, course: Course, settings: Settings) -> Mask:
    """Per stretch, whether it was still open when its subject died: the subject's last stretch, not cleared, no long gap to the death."""
    a, runs = course.a, course.runs
    n_stretches = int(runs.stretch.max()) + 1 if len(a) else 0
    out = np.zeros(n_stretches, dtype=bool)
    if not n_stretches:
        return out
    last = np.flatnonzero(np.append(a.subject[1:] != a.subject[:-1], True))
    death = study.subjects.death[a.subject[last]]
    dated = study.subjects.death_is_date[a.subject[last]]
    moment = np.where(dated, (date_of(death) + 1) * DAY, death)
    by_time = moment - a.order[last] > settings.run_gap_days * DAY
    by_date = date_of(death) - a.date[last] > settings.run_gap_days
    gap = np.where(a.is_day[last], by_date, by_time)
    out[runs.stretch[last]] = ~runs.cleared[last] & ((death != NO_TIME) & ~gap | (death == NO_TIME))
    return out


def episodes_of(study: Study, course: Course, settings: Settings) -> Episodes:
    """One row per episode: what is graded 1 or more in one run, from its first such assessment to its last."""
    a, runs = course.a, course.runs
    member = np.flatnonzero((course.grade >= 1) & (runs.run >= 0))
    run = runs.run[member]
    starts = (
        np.flatnonzero(np.append(True, run[1:] != run[:-1])) if len(member) else np.zeros(0, dtype=np.int64)
    )
    ends = np.append(starts[1:], len(member)) - 1 if len(member) else starts
    onset, end = member[starts], member[ends]
    onset, end, _ = _merge_near(a, onset, end, settings.merge_within_days)
    grade, ceiling, peak = _highest(course, onset, end)
    day = study_day(study.subjects, a.subject, a.date)
    hours, resolved = _until_clear(course, onset, end)
    who = a.subject[onset]
    died = study.subjects.death[who] != NO_TIME
    open_at_end = (
        _open_at_death(study, course, settings)[runs.stretch[end]] if len(end) else np.zeros(0, dtype=bool)
    )
    outcome = np.select(
        [grade == 5, resolved, died & open_at_end], ["fatal", "resolved", "ongoing-at-death"], "ongoing"
    )
    return Episodes(
        subject=who,
        episode=np.arange(len(who)) - np.searchsorted(who, who) + 1,
        onset=onset,
        peak=peak,
        end=end,
        run=runs.run[end],
        grade=grade,
        ceiling=ceiling,
        onset_day=day[onset],
        peak_day=day[peak],
        end_day=day[end],
        duration_days=a.date[end] - a.date[onset] + 1,
        duration_hours=hours,
        outcome=outcome.astype(object),
    )


def _merge_near(a: Assessments, onset: Seconds, end: Seconds, days: int) -> tuple[Seconds, Seconds, Mask]:
    """Episodes that start within so many days of the previous end become one with it."""
    if days <= 0 or len(onset) < 2:
        return onset, end, np.zeros(len(onset), dtype=bool)
    near = (a.subject[onset[1:]] == a.subject[onset[:-1]]) & (a.date[onset[1:]] - a.date[end[:-1]] <= days)
    first = np.append(True, ~near)
    last = np.append(~near, True)
    return onset[first], end[last], near


def _highest(course: Course, onset: Seconds, end: Seconds) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Highest grade and ceiling of each episode's assessments, and the first assessment at the highest grade."""
    if not len(onset):
        empty = np.zeros(0)
        return empty, empty, empty.astype(np.int64)
    bounds = np.column_stack([onset, end + 1]).ravel()
    within = bounds[bounds < len(course.grade)] if bounds[-1] == len(course.grade) else bounds
    grade = np.fmax.reduceat(np.nan_to_num(course.grade), within)[::2]
    ceiling = np.fmax.reduceat(np.nan_to_num(course.ceiling), within)[::2]
    index = np.arange(len(course.grade))
    owner = np.zeros(len(index) + 1, dtype=np.int64)
    np.add.at(owner, onset, 1)
    number = np.cumsum(owner[:-1]) - 1
    inside = (number >= 0) & (index <= end[np.maximum(number, 0)])
    at_top = np.flatnonzero(
        inside & (course.grade == np.where(number >= 0, grade[np.maximum(number, 0)], np.nan))
    )
    peak = at_top[np.unique(number[at_top], return_index=True)[1]]
    return grade, np.maximum(ceiling, grade), peak


def _until_clear(course: Course, onset: Seconds, end: Seconds) -> tuple[np.ndarray, Mask]:
    """Hours from onset to the first clear assessment after the end (timed data only, else nan), and whether clear ones ended the run."""
    a, runs = course.a, course.runs
    n = len(a)
    if not n:
        return np.zeros(0), np.zeros(0, dtype=bool)
    after = _next_true(course.clear)[end]  # the end itself is graded, so not clear
    at = np.minimum(after, n - 1)
    found = (after < n) & (runs.stretch[at] == runs.stretch[end])
    timed = found & ~a.is_day[onset] & ~a.is_day[at]
    hours = np.where(timed, (a.order[at] - a.order[onset]) / HOUR, np.nan)
    last_of_stretch = np.flatnonzero(np.append(runs.stretch[1:] != runs.stretch[:-1], True))
    ended_clear = np.zeros(int(runs.stretch.max()) + 1, dtype=bool)
    ended_clear[runs.stretch[last_of_stretch]] = runs.cleared[last_of_stretch]
    return hours, ended_clear[runs.stretch[end]]


def _next_true(mask: Mask) -> Seconds:
    """For each position the first position from it on where the mask is true; len(mask) where there is none."""
    n = len(mask)
    return np.minimum.accumulate(np.where(mask, np.arange(n), n)[::-1])[::-1]


__all__ = ["COMPLETE", "Windows", "episodes_of", "last_record", "windows", "with_unexplained_deaths"]
