"""What leads a grade back: the flags that stand beside it, what would settle it, and the spreadsheet rows it came from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.grade.course.figures import joined
from senl_ae.grade.graded import Course, Graded, Syndrome
from senl_ae.grade.time.texts import addresses
from senl_ae.scale import Factor
from senl_ae.study import Study


def missing_items(course: Course) -> np.ndarray:
    """What would settle each assessment: for an open ceiling what its rules lack, for a grade that is not evaluable what it needs.

    What a doubt of the record alone leaves open, that doubt names; the rest is asked of the record as it is charted.
    """
    n, doubts = len(course.a), course.doubts
    text = np.full(n, "", dtype=object)
    grade, ceiling, charted = course.grade, course.ceiling, course.reading.possible
    names: dict[str, np.ndarray] = {}
    if doubts is not None:
        grade, ceiling = (
            np.where(doubts.wider, doubts.grade, grade),
            np.where(doubts.wider, doubts.ceiling, ceiling),
        )
        charted = doubts.possible
        names = {item: where for item, where in doubts.settle.items() if where.any()}
    if course.missing_for_zero:
        needs, first = course.needs, course.missing_for_zero[0]
        text = np.where(np.isnan(grade), needs, text) if len(needs) else joined(text, np.isnan(grade), first)
    for index, rule in enumerate(course.reading.rules):
        final = rule.axis == "death"  # a death is no doubt of the record
        low, high = (course.grade, course.ceiling) if final else (grade, ceiling)
        floor = np.where(np.isnan(low), 0, low)
        possible = course.reading.possible[index] if final else charted[index]
        where = possible & (np.nan_to_num(high) > floor) & (rule.top > floor)
        if where.any():
            word = rule.missing or _item_of(rule)
            names[word] = names.get(word, np.zeros(n, dtype=bool)) | where
    for word in sorted(names):
        text = joined(text, names[word], word)
    return text


def _item_of(rule: Any) -> str:
    numeric = [c.item for c in rule.when if isinstance(c.value, (float, Factor))]
    return (numeric or [rule.when[0].item])[-1]


def all_flags(course: Course) -> dict[str, np.ndarray]:
    """Every flag of a course by name: those of its signs, of its rules, and of rulings."""
    n = len(course.a)
    flags = {name: np.asarray(mask, dtype=bool) for name, mask in course.flags.items()}
    for rule, possible in zip(course.reading.rules, course.reading.possible, strict=True):
        if rule.flag:
            flags[rule.flag] = flags.get(rule.flag, np.zeros(n, dtype=bool)) | possible
    flags["ruling"] = course.ruled
    return flags


def flags_text(course: Course) -> np.ndarray:
    """The flags of each assessment, those of its rules and of its rulings included, in alphabetical order."""
    n = len(course.a)
    flags = all_flags(course)
    if course.ruled.any() and course.unruled_grade is not None:
        for grade in (0, 1, 2, 3, 4):
            flags[f"derived-grade-{grade}"] = course.ruled & (course.unruled_grade == grade)
        flags["derived-not-evaluable"] = course.ruled & np.isnan(course.unruled_grade)
    text = np.full(n, "", dtype=object)
    for name in sorted(flags):
        text = joined(text, flags[name], name)
    return text


def source_text(study: Study, course: Course) -> np.ndarray:
    """The spreadsheet rows each assessment was graded from, `file:sheet:row` joined by `;`: own rows, then carried, then intervals."""
    at = np.concatenate([a for _, a, _ in course.sources])
    rank = np.repeat(np.arange(len(course.sources)), [len(a) for _, a, _ in course.sources])
    sheet = np.concatenate([study.frame(frame)["sheet"][p] for frame, _, p in course.sources])
    row = np.concatenate([study.frame(frame)["row"][p] for frame, _, p in course.sources])
    longest = int(row.max(initial=0)) + 1
    width = max(len(study.sheets), 1) * longest
    by = np.argsort((at * len(course.sources) + rank) * width + sheet * longest + row, kind="stable")
    at, sheet, row = at[by], sheet[by], row[by]
    seen = pd.Series(at * width + sheet * longest + row).duplicated().to_numpy()
    at, sheet, row = at[~seen], sheet[~seen], row[~seen]
    return chained(len(course.a), at, addresses(study, sheet, row))


def chained(n: int, at: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """One text for each of n assessments: its texts joined by `;` as they stand (`at` is sorted), blank without any."""
    text = np.full(n, "", dtype=object)
    new = np.append(True, at[1:] != at[:-1])[: len(at)]
    text[at[new]] = texts[new]
    rest, place = (
        np.flatnonzero(~new),
        np.arange(len(at)) - np.maximum.accumulate(np.where(new, np.arange(len(at)), 0)),
    )
    for k in range(1, int(place.max(initial=0)) + 1):
        now = rest[place[rest] == k]
        text[at[now]] += ";" + texts[now]
    return text


def episode_flags(graded: Graded, s: Syndrome) -> np.ndarray:
    """The flags of an episode's assessments taken together, and `late-onset` where the first began late."""
    e, course = s.episodes, s.course
    text = np.full(len(e), "", dtype=object)
    flags = all_flags(course)
    late = (e.episode == 1) & (e.onset_day > graded.late_onset_day)
    for name in sorted({*flags, "late-onset"}):
        if name == "late-onset":
            hit = late
        else:
            total = np.append(0, np.cumsum(flags[name]))
            hit = total[e.end + 1] > total[e.onset]
        text = joined(text, hit, name)
    return text


def patient_flags(graded: Graded) -> np.ndarray:
    """The flags of a subject's assessments from the infusion to the end of its window, and of the subject itself."""
    study = graded.study
    n = len(study.subjects)
    found: dict[str, np.ndarray] = {"not-infused": graded.windows.end_day < 0}
    for s in graded.syndromes.values():
        course = s.course
        for name, mask in all_flags(course).items():
            hit = np.zeros(n, dtype=bool)
            hit[course.a.subject[mask]] = True
            found[name] = found.get(name, np.zeros(n, dtype=bool)) | hit
        e = s.episodes
        late = e.subject[(e.episode == 1) & (e.onset_day > graded.late_onset_day)]
        found.setdefault("late-onset", np.zeros(n, dtype=bool))[late] = True
    text = np.full(n, "", dtype=object)
    for name in sorted(found):
        text = joined(text, found[name], name)
    return text
