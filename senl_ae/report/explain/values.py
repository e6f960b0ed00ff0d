"""What the rules were asked about: the input files read and graded once more in memory, where they are still the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.grade.rules.scales import Condition, Factor, Scale
from senl_ae.issues import Refused
from senl_ae.report import words

if TYPE_CHECKING:
    import numpy as np

    from senl_ae.grade.graded import Course, Graded
    from senl_ae.report.explain.folder import Folder
    from senl_ae.study import Study

UNSAID = ("fever", "died_of_this", "died_in_course")
"""Worked-out items that another column says already."""
HEADINGS = {
    "temperature": "Temp",
    "sbp": "SBP",
    "map": "MAP",
    "oxygen_device": "Oxygen",
    "vasopressors": "Vaso-\npressors",
    "fever_gate": "Fever\ngate",
    "vasopressors_together": "Together",
    "seizure_minutes": "Seizure\n(min)",
    "fluid_bolus": "Fluid\nbolus",
}
"""Short headings; the others are the item's own name."""
GATE = HEADINGS["fever_gate"]
DEVICES = {
    "high_flow_nasal_cannula": "high flow",
    "nasal_cannula": "cannula",
    "nonrebreather": "non-rebreather",
}
ABOVE_ONE = ("vasopressors_together",)
"""Counts that say something new only above 1."""
BESIDE = {"oxygen_flow": "oxygen_device"}
"""Items shown in the column of another."""
SUPPORT = {
    "oxygen_device": "oxygen",
    "vasopressors": "vasopressor",
    "vasopressors_together": "vasopressor",
    "fluid_bolus": "fluid",
}
"""The intervention category that an item can come from."""
CARRIED, INTERVAL = "*", "+"
MARKS = f"{CARRIED} carried from an earlier row; {INTERVAL} from a treatment that was running."


@dataclass(frozen=True)
class Regraded:
    """The study of a results folder, read and graded again."""

    study: Study
    graded: Graded


def regraded(of: Folder) -> Regraded | str:
    """The study again with its values, or why that cannot be: files gone, files changed, tables changed."""
    import hashlib

    from senl_ae.grade.study import grade_study
    from senl_ae.read.study import read_study
    from senl_ae.settings import Settings

    paths = [Path(p) for p in of.run.get("input_paths", ())]
    gone = [p.name for p in paths if not p.is_file()]
    if gone or not paths:
        return f"no longer where they were: {', '.join(gone) or 'not recorded'}"
    if sorted(hashlib.sha256(p.read_bytes()).hexdigest() for p in paths) != sorted(
        i["sha256"] for i in of.run.get("inputs", ())
    ):
        return "the input files have changed since the run"
    if of.tables_changed:
        return "the grading tables have changed since the run"
    try:
        settings = Settings.model_validate(of.run["settings"])
        study = read_study(paths, settings, assign=of.run.get("assign") or {})
    except (Refused, ValueError):
        return "the input files are refused by this version of the program"
    return Regraded(study, grade_study(study, settings, of.scales))


def positions(again: Regraded, syndrome: str, subject: str, day: int) -> tuple[Course, np.ndarray] | None:
    """The course of a syndrome and the positions of a subject's assessments of one study day in it."""
    import numpy as np

    from senl_ae.grade.time.timeline import study_day

    found = again.graded.syndromes.get(syndrome)
    names = again.study.subjects.subject_id
    if found is None or subject not in names:
        return None
    course = found.course
    who = int(np.flatnonzero(names == subject)[0])
    mine = np.flatnonzero(course.a.subject == who)
    return course, mine[study_day(again.study.subjects, course.a.subject[mine], course.a.date[mine]) == day]


def value_columns(again: Regraded, course: Course, at: np.ndarray) -> dict[str, list[str]]:
    """Heading -> one text per assessment, for everything the scale's rules ask about that was known at any of them."""
    asked = _asked(course.scale)
    columns: dict[str, list[str]] = {}
    for item, conditions in asked.items():
        column = course.values.get(item)
        if column is None or item in UNSAID or item in BESIDE:
            continue
        yes_no = all(c.op == "eq" and c.value in (0.0, 1.0) for c in conditions)
        if yes_no and any(c.value == 0.0 for c in conditions):
            continue
        texts = [_said(column[i], yes_no) for i in at.tolist()]
        if not any(texts) or (item in ABOVE_ONE and not any(t not in ("", "0", "1") for t in texts)):
            continue
        heading = HEADINGS.get(item) or words.title(item)[0].upper() + words.title(item)[1:]
        limit = next((c.value.of for c in conditions if isinstance(c.value, Factor)), None)
        if limit is not None:
            limits = [_said(course.values[limit][i], False) for i in at.tolist()]
            if len(set(limits)) == 1:
                heading += f"\nlimit {limits[0]}"
            else:
                texts = [
                    f"{t} ({bound})" if t and bound else t for t, bound in zip(texts, limits, strict=True)
                ]
        texts = [
            t + (_origin(again, course, item, i) if t else "")
            for t, i in zip(texts, at.tolist(), strict=True)
        ]
        for beside in (b for b, home in BESIDE.items() if home == item and b in course.values):
            more = [_said(course.values[beside][i], False) for i in at.tolist()]
            texts = [
                f"{t} {m} {words.unit_of(beside)}" if t and m else t for t, m in zip(texts, more, strict=True)
            ]
        unit = "" if yes_no or item in BESIDE.values() else words.unit_of(item)
        columns[heading + (f"\n{unit}" if unit and limit is None else "")] = texts
    return columns


def _asked(scale: Scale) -> dict[str, list[Condition]]:
    """Every item that the rules ask about, in reading order, with its conditions."""
    found: dict[str, list[Condition]] = {}
    for rule in scale.rules:
        for condition in rule.when:
            found.setdefault(condition.item, []).append(condition)
    return found


def _said(value: Any, yes_no: bool) -> str:
    """A value as a person reads it; blank where it was not recorded or a sign is not there."""
    if value is None or value != value:
        return ""
    if yes_no:
        return "yes" if value == 1 else ""
    return DEVICES.get(value, words.word(value)) if isinstance(value, str) else words.number(float(value))


def _origin(again: Regraded, course: Course, item: str, i: int) -> str:
    """A mark where the value does not stand in a row of the assessment's own time."""
    import numpy as np
    import pandas as pd

    frame_name = course.scale.assessed_in
    frame = again.study.timed(frame_name)
    if item not in frame:
        return ""
    mine = [(name, p) for name, at, position in course.sources for p in position[at == i].tolist()]
    at = np.array(sorted({p for name, p in mine if name == frame_name}), dtype=np.int64)
    time = frame.time[at]
    when = course.a.date[i] * 86_400 if course.a.is_day[i] else course.a.order[i]
    own = (time == when) | (bool(course.a.is_day[i]) & (time // 86_400 == course.a.date[i]))
    recorded = ~pd.isna(frame[item][at])
    if (recorded & own).any():
        return ""
    given = again.study.interventions.category
    if any(name == "interventions" and given[p] == SUPPORT.get(item) for name, p in mine):
        return INTERVAL
    return CARRIED if (recorded & ~own).any() else ""


def opened_by(course: Course, i: int) -> Sequence[str]:
    """The ids of the rules that keep a higher grade possible at an assessment."""
    import numpy as np

    floor = np.nan_to_num(course.grade[i])
    if not np.nan_to_num(course.ceiling[i]) > floor:
        return ()
    pairs = zip(course.reading.rules, course.reading.possible, strict=True)
    return [
        rule.id for rule, possible in pairs if possible[i] and max(rule.grade or 0, rule.ceiling or 0) > floor
    ]
