"""The laboratory sheet graded: every value by the terms of one CTCAE version, per subject the worst of each term, and what series say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.grade.laboratory.graded_values import GradedValues
from senl_ae.grade.laboratory.grades import BY_MORE_THAN_THE_NUMBER, Columns, TermGrades, grade_term
from senl_ae.grade.laboratory.haematotoxicity import haematotoxicity, whole
from senl_ae.grade.laboratory.lab_rows import lab_rows
from senl_ae.grade.laboratory.values import FARTHEST, Baseline, Bits, LabRows, Names, baselines
from senl_ae.grade.rules.scales import Rule, Scale, load_scales
from senl_ae.issues import Issue
from senl_ae.settings import Settings
from senl_ae.study import DAY, NO_TIME, Labs, Study
from senl_ae.vocabulary.items import Items, load_items


@dataclass(frozen=True)
class LabGraded:
    """The three laboratory tables of a results folder; numbers nullable, text "" where blank. `scale` is the version in force.

    issues: units and ranges that could not be used.
    """

    labs: pd.DataFrame
    lab_patients: pd.DataFrame
    haematotoxicity: pd.DataFrame
    scale: Scale
    issues: tuple[Issue, ...]


@dataclass
class Lines:
    """One line per value and term, as arrays: `at` the value's position in the rows, `term` in `terms` (-1: no term grades it)."""

    at: Seconds
    term: Seconds
    terms: list[tuple[str, str]]
    grade: Numbers
    ceiling: Numbers
    rules: Words
    missing: Bits
    flags: Bits


def laboratory_scale(scales: Mapping[str, Scale], version: str) -> Scale:
    """The laboratory table of the CTCAE version in force."""
    return next(s for s in scales.values() if s.course == "laboratory" and s.version == version)


def grade_laboratory(
    study: Study,
    settings: Settings,
    scales: Mapping[str, Scale] | None = None,
    items: Items | None = None,
    window_end_day: npt.ArrayLike | None = None,
    crs_end_day: npt.ArrayLike | None = None,
) -> LabGraded:
    """Grade every laboratory value and series of a study.

    window_end_day: per subject the last study day of its safety window (nan: not infused); without it the window's full length.
    crs_end_day: per subject the last study day of CRS (nan: none), shown beside the IEC-HS criteria.
    Values whose unit cannot be used are set aside with an issue and stay as ungraded lines.
    """
    scales = load_scales() if scales is None else scales
    items = load_items() if items is None else items
    scale = laboratory_scale(scales, settings.ctcae)
    flags, missing = Names(), Names()
    correction = scale.extra["terms"]["corrected_calcium"]
    rows = lab_rows(study, settings, items, flags, correction)
    base = baselines(rows)
    end = np.full(len(study.subjects), float(settings.safety_window_days))
    if window_end_day is not None:
        end = np.asarray(window_end_day, dtype=float)
    with np.errstate(invalid="ignore"):
        in_window = rows.counts & (rows.day <= end[rows.subject])
    lines = graded_lines(
        rows,
        base,
        scale.rules,
        settings.policy,
        {correction["corrected"]: correction["test"]},
        missing,
        flags,
    )
    directions = np.array([*(d for _, d in lines.terms), ""], dtype=object)
    series = haematotoxicity(
        study,
        settings,
        scales,
        rows,
        base,
        GradedValues(lines.at, directions[lines.term], lines.grade),
        end=end,
        crs_end_day=None if crs_end_day is None else np.asarray(crs_end_day, dtype=float),
    )
    return LabGraded(
        _lab_table(study, rows, base, lines, in_window, missing, flags),
        _patient_table(study, rows, base, lines, in_window, flags),
        series,
        scale,
        rows.issues,
    )


def graded_lines(
    r: LabRows,
    base: Baseline,
    rules: Sequence[Rule],
    policy: str,
    same_as: Mapping[str, str],
    missing: Names,
    flags: Names,
) -> Lines:
    """Grade every value by every term of its test, one group of rows per test and unit system."""
    by_test: dict[str, dict[tuple[str, str], list[Rule]]] = {}
    for rule in rules:
        by_test.setdefault(rule.test, {}).setdefault((rule.term, rule.direction), []).append(rule)
    terms: list[tuple[str, str]] = []
    parts: list[tuple[Seconds, int, TermGrades, Words]] = []
    ungraded = ~r.usable
    group, groups = pd.factorize(r.test * max(len(r.units), 1) + r.unit)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(groups) + 1))
    for number, code in enumerate(groups):
        at = order[starts[number] : starts[number + 1]]
        test, unit = r.tests[code // len(r.units)], r.units[code % len(r.units)]
        graded_by = by_test.get(same_as.get(test, test), {})
        if not graded_by:
            ungraded[at] = True
            continue
        at = at[r.usable[at]]
        if not len(at):
            continue
        columns = _columns(r, base, at)
        for term, term_rules in graded_by.items():
            if term not in terms:
                terms.append(term)
            graded = _one_term(term_rules, unit, columns, policy, missing, flags)
            graded.flags |= _within_range(term[1], columns, graded.grade, flags)
            parts.append(
                (at, terms.index(term), graded, _rule_ids(graded.rules, _applicable(term_rules, unit)))
            )
    rest = np.flatnonzero(ungraded)
    blank = np.full(len(rest), np.nan)
    zero = np.zeros(len(rest), dtype=np.int64)
    parts.append((rest, -1, TermGrades(blank, blank, zero, zero, zero), np.full(len(rest), "", dtype=object)))
    at = np.concatenate([p[0] for p in parts])
    lines = Lines(
        at,
        np.repeat([p[1] for p in parts], [len(p[0]) for p in parts]),
        terms,
        np.concatenate([p[2].grade for p in parts]),
        np.concatenate([p[2].ceiling for p in parts]),
        np.concatenate([p[3] for p in parts]),
        np.concatenate([p[2].missing for p in parts]),
        np.concatenate([p[2].flags for p in parts]) | r.flags[at],
    )
    # what may be nothing proves nothing, and leaves open what it would be
    doubtful = r.doubtful[at]
    lines.ceiling = np.where(doubtful, np.fmax(lines.grade, lines.ceiling), lines.ceiling)
    lines.grade = np.where(doubtful, np.nan, lines.grade)
    lines.rules[doubtful] = ""
    lines.flags |= np.where((lines.term >= 0) & base.elsewhere[at], flags.bit("baseline-in-other-unit"), 0)
    return _sorted(lines)


def _columns(r: LabRows, base: Baseline, at: Whole) -> Columns:
    return Columns(
        low=r.low[at],
        high=r.high[at],
        lln=r.lln[at],
        uln=r.uln[at],
        baseline_low=base.low[at],
        baseline_high=base.high[at],
        baseline_lln=base.lln[at],
        baseline_uln=base.uln[at],
        has_baseline_time=~r.before[at] & (r.order[at] != NO_TIME),
        symptomatic=r.labs.symptomatic[at],
        intervention=r.labs.intervention[at],
        hospitalised=r.labs.hospitalised[at],
        anticoagulated=r.labs.anticoagulated[at],
        transfused=r.labs.transfused[at],
    )


def _applicable(rules: Sequence[Rule], unit: str) -> list[Rule]:
    return [r for r in rules if r.unit in ("", unit)]


def _one_term(
    rules: Sequence[Rule], unit: str, c: Columns, policy: str, missing: Names, flags: Names
) -> TermGrades:
    """One term; where its bounds are not published in this unit system only rules that use the row's own range can prove a grade."""
    applicable = _applicable(rules, unit)
    if any(r.unit and r.unit == unit for r in rules) or not any(r.unit for r in rules):
        return grade_term(applicable, c, policy, missing, flags)
    n = len(c)
    nothing = np.zeros(n, dtype=np.int64)
    numeric = [r for r in applicable if r.axis not in BY_MORE_THAN_THE_NUMBER]
    out = TermGrades(np.full(n, np.nan), np.full(n, np.nan), nothing, nothing.copy(), nothing.copy())
    if numeric:
        out = grade_term(applicable, c, policy, missing, flags)
        out.grade = np.where(out.grade == 0, np.nan, out.grade)
        highest = float(max(max(r.grade or 0, r.ceiling or 0) for r in rules))
        out.ceiling = np.where(np.isnan(out.grade), np.nan, np.fmax(out.ceiling, highest))
    out.missing |= missing.bit("unit")
    return out


def _within_range(direction: str, c: Columns, grade: Numbers, flags: Names) -> Bits:
    """Marks grades of 1 or more for values that the laboratory's own range calls normal on that side."""
    with np.errstate(invalid="ignore"):
        inside = c.low >= c.lln if direction == "low" else c.high <= c.uln
        return np.where((grade >= 1) & inside, flags.bit("within-range"), 0)


def _rule_ids(bits: Bits, rules: Sequence[Rule]) -> Words:
    code, unique = pd.factorize(bits)
    text = np.array(
        [";".join(r.id for i, r in enumerate(rules) if int(b) >> i & 1) for b in unique], dtype=object
    )
    return text[code]


def _by_name(terms: list[tuple[str, str]]) -> Seconds:
    """Positions of the terms in alphabetical order."""
    return np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.int64)


def _sorted(lines: Lines) -> Lines:
    """In the order of the values (subject, time, test), then of the term's name."""
    rank = np.argsort(_by_name(lines.terms))
    by_name = np.where(lines.term >= 0, rank[lines.term], -1) if len(rank) else lines.term
    order = np.argsort(lines.at * (len(lines.terms) + 1) + by_name + 1, kind="stable")
    return Lines(
        lines.at[order],
        lines.term[order],
        lines.terms,
        lines.grade[order],
        lines.ceiling[order],
        lines.rules[order],
        lines.missing[order],
        lines.flags[order],
    )


def _lab_table(
    study: Study,
    r: LabRows,
    base: Baseline,
    lines: Lines,
    in_window: Mask,
    missing: Names,
    flags: Names,
) -> pd.DataFrame:
    at = lines.at
    ids = study.subjects.subject_id
    names = np.array([*(t for t, _ in lines.terms), ""], dtype=object)
    directions = np.array([*(d for _, d in lines.terms), ""], dtype=object)
    tests = np.array(r.tests or [""], dtype=object)
    shown, specimen = r.labs.unit, r.labs.specimen
    back = r.over / r.times
    baseline = np.where(base.high == FARTHEST, base.low, base.high)
    columns: dict[str, Any] = {
        "subject_id": ids[r.subject][at],
        "datetime": date_text(r.order, r.date, r.is_day)[at],
        "study_day": whole(r.day)[at],
        "in_window": pd.array(in_window[at].astype(np.int64), dtype="Int64"),
        "test": tests[r.test][at],
        "term": names[lines.term],
        "direction": directions[lines.term],
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
        "source": source_text(study, r.labs)[at],
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


def date_text(order: Seconds, date: Seconds, is_day: Mask) -> Words:
    """Text of each moment, as in the other tables: the date alone for a row without a clock time, "" where no time is recorded."""
    key = np.where(order == NO_TIME, NO_TIME, np.where(is_day, date * DAY * 2 + 1, order * 2))
    code, unique = pd.factorize(key)
    seconds = (unique >> 1).astype("datetime64[s]")
    timed = (
        np.strings.replace(np.datetime_as_string(seconds, unit="s"), "T", " ")
        if len(seconds)
        else seconds.astype(str)
    )
    text = np.where(unique & 1, np.datetime_as_string(seconds, unit="D"), timed).astype(object)
    text[unique == NO_TIME] = ""
    return text[code]


def source_text(study: Study, labs: Labs) -> Words:
    """The address of each row as `file:sheet:row`."""
    prefix = np.array([f"{s.file}:{s.sheet}:" for s in study.sheets] or [""], dtype=object)
    text: Words = prefix[labs.sheet] + np.array([str(number) for number in labs.row.tolist()], dtype=object)
    return text


def _patient_table(
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
    where = (infused[:, None] * width + _by_name(lines.terms)[None, :]).ravel()
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
