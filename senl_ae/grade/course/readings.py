"""Grades a record in every reading that its doubts leave: the grade is the least of them, the ceiling the most.

One mechanism for everything that nobody could read: a cell set aside in an item that can carry, excuse, cancel or suspend a grade, and a
treatment whose status is unknown. The subjects concerned are graded again with the least and with the most that each doubt may say (the
scale's table `unreadable` for cells, `doubt.py` for treatments); what these gradings share is proven, what any of them has is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.course.ends import Taken, both_ends
from senl_ae.grade.graded import Course, Doubts
from senl_ae.grade.rules.engine import Reading
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.doubt import (
    LEAST,
    MOST,
    SAYS_NOTHING,
    blank_and_in_doubt,
    cells_in_doubt,
)
from senl_ae.grade.time.runs import runs_of
from senl_ae.grade.time.spans import Assessments, among, cover, marked, packed
from senl_ae.grade.time.support import support_spans
from senl_ae.grade.time.timeline import at_or_after_infusion
from senl_ae.settings import Settings
from senl_ae.study import Study

Grader = Callable[[Study, Scale, Settings], Course]

FRAMES = ("vitals", "interventions", "neuro", "adjudications")
SUPPORT = {"vitals": ("vasopressor", "oxygen", "fluid"), "neuro": ("sedation",)}
"""Treatments that an assessment of the domain may be graded from, or excused by."""
INTERVAL_CELLS = {"indication": "indication", "flow": "oxygen_flow", "ongoing": "ongoing"}
"""Cells of a treatment that may lower a grade, and what is asked for where one of them is in doubt."""
STATUS = "status"


def grade_in_readings(study: Study, scale: Scale, settings: Settings, grade: Grader) -> Course:
    """A course as it is charted and, for the subjects with a doubt, also as the least and as the most that the record leaves."""
    charted = grade(study, scale, settings)
    who = _subjects_in_doubt(study, scale)
    if not who.any():
        return charted
    part, positions = _of_subjects(study, who)
    most = grade(_as_read(part, scale, MOST), scale, settings)
    # sedation may hide what another doubt leaves possible
    lowest = replace(_as_read(part, scale, LEAST), possibly_graded=_possibly_graded(charted, most))
    least = grade(lowest, scale, settings)
    here = np.flatnonzero(who[charted.a.subject])
    readings = [(most, here), (least, here)]
    without = np.setdiff1d(here, _matched(charted.a, here, least.a)[0])
    if len(without):
        # the starts of treatments in doubt: at the least they are none, and are graded apart from the course of the others
        readings.append((grade(replace(lowest, every_moment=True), scale, settings), without))
    return _combined(study, settings, charted, readings, positions)


def _doubted(study: Study, scale: Scale) -> dict[str, Mask]:
    """Item -> rows of the scale's sheet whose cell of it is in doubt."""
    entries = scale.extra.get("unreadable", ())
    found = {e["item"]: blank_and_in_doubt(study, scale.assessed_in, e["item"]) for e in entries}
    return {item: rows for item, rows in found.items() if rows.any()}


def _intervals_in_doubt(study: Study, scale: Scale) -> dict[str, Mask]:
    """What would settle it -> intervention rows in doubt that may count, excuse or suspend in this scale, or hide a fever."""
    category = study.interventions.category
    support = among(category, SUPPORT.get(scale.assessed_in, ()))
    drugs = ~support & (scale.assessed_in == "vitals")
    found = {STATUS: study.interventions.doubtful & (support | drugs)}
    for cell, asked in INTERVAL_CELLS.items():
        found[asked] = cells_in_doubt(study, "interventions", cell) & (
            support | (drugs & (cell == "ongoing"))
        )
    return {asked: rows for asked, rows in found.items() if rows.any()}


def _subjects_in_doubt(study: Study, scale: Scale) -> Mask:
    out = np.zeros(len(study.subjects), dtype=bool)
    for domain, found in (
        (scale.assessed_in, _doubted(study, scale)),
        ("interventions", _intervals_in_doubt(study, scale)),
    ):
        for rows in found.values():
            out[study.frame(domain)["subject"][rows]] = True
    return out


def _of_subjects(study: Study, who: Mask) -> tuple[Study, dict[str, Seconds]]:
    """The rows of some subjects, and by frame where they stood in it; the subjects' own table stays whole."""
    frames: dict[str, Any] = {}
    positions: dict[str, Seconds] = {}
    for name in FRAMES:
        frame = study.frame(name)
        rows = who[frame["subject"]]
        positions[name] = np.flatnonzero(rows)
        frames[name] = frame.rows(rows)
    return replace(study, **frames), positions


def _as_read(part: Study, scale: Scale, reading: str) -> Study:
    """The record with every cell in doubt said: from the infusion on, as the scale's table has it for this reading."""
    domain = scale.assessed_in
    frame = part.timed(domain)
    after = at_or_after_infusion(part.subjects, frame.subject, frame.time, frame.is_day)
    said: dict[str, np.ndarray] = {}
    for entry in scale.extra.get("unreadable", ()):
        rows, value = blank_and_in_doubt(part, domain, entry["item"]) & after, entry.get(reading)
        if value is None or not rows.any():
            continue
        column, value = (
            (entry["item"].replace("_total", "_unable"), 1.0) if value == "unable" else (entry["item"], value)
        )
        said[column] = np.where(rows, value, said.get(column, frame[column]))
    settled = {e["item"] for e in scale.extra.get("unreadable", ())}
    left = {
        c: frame.set_aside.get(c + SAYS_NOTHING, mask & False) if c in settled else mask
        for c, mask in frame.set_aside.items()
    }
    read: dict[str, Any] = {domain: frame.with_columns(**said).marked(left, frame.in_doubt)}
    return replace(part, reading=reading, **read)


def _possibly_graded(charted: Course, most: Course) -> Mask:
    """Assessments of the second that are graded 1 or more in one of the readings."""
    grade = most.grade.copy()
    at, there = _matched(most.a, np.arange(len(most.a)), charted.a)
    grade[at] = np.fmax(grade[at], charted.grade[there])
    return grade >= 1


def _matched(a: Assessments, here: Seconds, other: Assessments) -> tuple[Seconds, Seconds]:
    """The assessments that both have: positions in the one, positions in the other."""
    key, theirs = packed(a.subject[here], a.order[here]) * 2 + ~a.is_day[here], other.key * 2 + ~other.is_day
    both = np.isin(key, theirs)
    return here[both], np.searchsorted(theirs, key[both])


def _lower(one: Numbers, other: Numbers) -> Mask:
    """Where the other proves less: a lower grade, or nothing that could be graded."""
    return (other < one) | (np.isnan(other) & ~np.isnan(one))


def _combined(
    study: Study,
    settings: Settings,
    charted: Course,
    readings: list[tuple[Course, Seconds]],
    rows: Mapping[str, Seconds],
) -> Course:
    """The least grade and the highest ceiling of all readings; a sign, or clear, only where it is so in all of them.

    readings: with the assessments of the charted course that each is asked of. rows: frame -> the rows that they are made of.
    """
    n = len(charted.a)
    grade, ceiling, derived, derived_ceiling = (
        x.copy() for x in (charted.grade, charted.ceiling, charted.derived_grade, charted.derived_ceiling)
    )
    proven, possible = (
        [m.copy() for m in charted.reading.proven],
        [m.copy() for m in charted.reading.possible],
    )
    signs = {
        name: getattr(charted, name).copy()
        for name in ("member", "starter", "clear")
        if getattr(charted, name) is not None
    }
    taken: list[Taken] = []
    for other, here in readings:
        at, there = _matched(charted.a, here, other.a)
        less = _lower(derived[at], other.derived_grade[there])
        highest, theirs = (np.nan_to_num(x, nan=-1) for x in (ceiling[at], other.ceiling[there]))
        # the first reading is the most that the record leaves: it says the worse end unless another leaves more
        more = theirs > highest if taken else theirs >= highest
        taken.append(Taken(other, at, there, less, more, rows))
        for i in range(len(proven)):
            proven[i][at[less]] = other.reading.proven[i][there[less]]
            possible[i][at] |= other.reading.possible[i][there]
        grade[at] = np.where(_lower(grade[at], other.grade[there]), other.grade[there], grade[at])
        derived[at] = np.where(less, other.derived_grade[there], derived[at])
        ceiling[at] = np.fmax(ceiling[at], other.ceiling[there])
        derived_ceiling[at] = np.fmax(derived_ceiling[at], other.derived_ceiling[there])
        for name, mask in signs.items():
            mask[at] &= getattr(other, name)[there]
    if charted.member is None:  # runs of grades: clear is grade 0, whatever the ceiling
        signs = {"member": grade >= 1, "starter": grade >= 1, "clear": grade == 0}
    wider = _lower(charted.grade, grade) | (
        np.nan_to_num(ceiling, nan=-1) > np.nan_to_num(charted.ceiling, nan=-1)
    )
    doubts, sources = _what_would_settle(study, charted, wider)
    return replace(
        charted,
        grade=grade,
        ceiling=ceiling,
        derived_grade=derived,
        derived_ceiling=derived_ceiling,
        clear=signs["clear"],
        reading=Reading(charted.reading.rules, proven, possible, n),
        sources=[*charted.sources, *sources],
        runs=runs_of(charted.a, signs["member"], signs["starter"], signs["clear"], settings),
        doubts=Doubts(wider, doubts, charted.reading.possible, charted.grade, charted.ceiling),
        **both_ends(charted, taken),
        flags=charted.flags
        | {
            "doubtful-treatment": np.logical_or.reduce(
                [wider & False, *(marked(at, n) for _, at, _ in sources)]
            )
        },
    )


def _what_would_settle(
    study: Study, course: Course, wider: Mask
) -> tuple[dict[str, Mask], list[tuple[str, Seconds, Seconds]]]:
    """Item -> assessments that it would settle: doubts at the assessment itself, else every one of its subject. Also the rows in doubt."""
    a, n, scale = course.a, len(course.a), course.scale
    _, of, position = course.sources[0]  # an assessment's own rows come first
    local: dict[str, Mask] = {}
    anywhere: dict[str, Mask] = {}
    for item, rows in _doubted(study, scale).items():
        local[item] = marked(of[rows[position]], n)
        anywhere[item] = _with_rows(study, scale.assessed_in, rows)
    spans = support_spans(study, SUPPORT.get(scale.assessed_in, ()), every=True)
    at, span = cover(a, *spans.bounds)
    row = spans.position[span]
    sources = []
    for asked, rows in _intervals_in_doubt(study, scale).items():
        local[asked] = local.get(asked, np.zeros(n, dtype=bool)) | marked(at[rows[row]], n)
        anywhere[asked] = anywhere.get(asked, False) | _with_rows(study, "interventions", rows)
        if asked == STATUS:
            sources.append(("interventions", at[rows[row]], row[rows[row]]))
    near = np.logical_or.reduce([np.zeros(n, dtype=bool), *local.values()])
    return {item: wider & np.where(near, local[item], anywhere[item][a.subject]) for item in local}, sources


def _with_rows(study: Study, domain: str, rows: Mask) -> Mask:
    return marked(study.frame(domain)["subject"][rows], len(study.subjects))
