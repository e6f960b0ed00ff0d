"""The laboratory tables of the results: every graded line, and per subject and term the baseline, the worst and the last grade."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.laboratory.haematotoxicity import whole
from senl_ae.grade.laboratory.lines import Lines
from senl_ae.grade.laboratory.values import FARTHEST, Baseline, LabRows, Names
from senl_ae.grade.time.texts import addresses, moments
from senl_ae.study import NO_TIME, Study


def lab_table(
    study: Study,
    r: LabRows,
    base: Baseline,
    lines: Lines,
    in_window: Mask,
    missing: Names,
    flags: Names,
) -> pd.DataFrame:
    """One row per line, as the sheet reported the value: in its own unit, with its range and its baseline in that unit."""
    at = lines.at
    ids = study.subjects.subject_id
    when = moments(r.labs.time, r.is_day)
    tests = np.array(r.tests or [""], dtype=object)
    shown, specimen = r.labs.unit, r.labs.specimen
    back = r.over / r.times
    baseline = np.where(base.high == FARTHEST, base.low, base.high)
    columns: dict[str, Any] = {
        "subject_id": ids[r.subject][at],
        "datetime": np.where(pd.isna(when), "", when)[at],
        "study_day": whole(r.day)[at],
        "in_window": pd.array(in_window[at].astype(np.int64), dtype="Int64"),
        "test": tests[r.test][at],
        "term": lines.names,
        "direction": lines.directions,
        "value": r.labs.value[at],
        "unit": np.where(pd.isna(shown), "", shown)[at],
        "lln": _shown(r.lln * back)[at],
        "uln": _shown(r.uln * back)[at],
        "baseline": _shown(baseline * back)[at],
        "grade": whole(lines.grade),
        "grade_ceiling": whole(lines.ceiling),
        "rules": lines.rules,
        "missing": missing.words(lines.missing),
        "flags": flags.words(lines.flags),
        "source": addresses(study, r.labs.sheet, r.labs.row)[at],
        "specimen": np.where(pd.isna(specimen), "", specimen)[at],
    }
    return _frame(columns)


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A table whose text stays plain Python text."""
    plain = {
        name: pd.Series(v, dtype=object) if v.dtype == np.dtype(object) else v for name, v in columns.items()
    }
    return pd.DataFrame(plain, copy=False)


def _shown(x: Numbers) -> Numbers:
    """Twelve significant digits, so that a rescaled limit prints as it was typed."""
    code, unique = pd.factorize(x)
    short = np.array([float(f"{v:.12g}") for v in unique], dtype=float)
    return np.where(code >= 0, short[code], np.nan) if len(short) else np.full(len(x), np.nan)


def patient_table(
    study: Study, r: LabRows, base: Baseline, lines: Lines, in_window: Mask, flags: Names
) -> pd.DataFrame:
    """One row per infused subject and term of the study: the baseline, worst and last grade, blank where there is none."""
    infused = np.flatnonzero(study.subjects.infusion != NO_TIME)
    level = study.subjects.dose_level
    ids = study.subjects.subject_id
    n, width = len(study.subjects), max(len(lines.terms), 1)
    cell = r.subject[lines.at] * width + lines.term
    graded = lines.term >= 0
    window = graded & in_window[lines.at]
    first = _highest(cell, graded & base.is_baseline[lines.at], lines.grade, n * width)
    worst = _highest(cell, window, lines.grade, n * width)
    top = _highest(cell, window, lines.ceiling, n * width)
    on_worst = window & (lines.grade == worst[cell])
    worst_day = -_highest(cell, on_worst, -r.day[lines.at], n * width)
    last = np.full(n * width, np.nan)
    final = np.flatnonzero(window & ~np.isnan(lines.grade))
    last[cell[final]] = lines.grade[final]  # the lines are in order of time: the latest stays
    marks = np.zeros(n * width, dtype=np.int64)
    np.bitwise_or.at(marks, cell[window], lines.flags[window])
    where = (infused[:, None] * width + lines.by_name[None, :]).ravel()
    names = np.array([*(t for t, _ in lines.terms), ""], dtype=object)
    directions = np.array([*(d for _, d in lines.terms), ""], dtype=object)
    subject = where // width
    columns: dict[str, Any] = {
        "subject_id": ids[subject],
        "dose_level": np.where(pd.isna(level), "", level)[subject],
        "term": names[where % width],
        "direction": directions[where % width],
        "baseline_grade": whole(first[where]),
        "worst_grade": whole(worst[where]),
        "worst_ceiling": whole(top[where]),
        "worst_day": whole(worst_day[where]),
        "last_grade": whole(last[where]),
        "flags": flags.words(marks[where]),
    }
    return _frame(columns)


def _highest(cell: Seconds, which: Mask, values: Numbers, n: int) -> Numbers:
    """The highest known value of the marked lines of each cell, nan where there is none."""
    out = np.full(n, np.nan)
    at = np.flatnonzero(which & ~np.isnan(values))
    np.fmax.at(out, cell[at], values[at])
    return out
