"""The lines of the laboratory table: every value by every term of its test, in the unit system that the bounds are published in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from senl_ae.arrays import Numbers, Seconds, Whole, Words
from senl_ae.grade.laboratory.grades import BY_MORE_THAN_THE_NUMBER, Columns, TermGrades, grade_term
from senl_ae.grade.laboratory.values import Baseline, Bits, LabRows, Names, words_of
from senl_ae.grade.rules.scales import Rule
from senl_ae.study import NO_TIME


@dataclass(frozen=True)
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

    @property
    def names(self) -> Words:
        """The term of each line, "" without one."""
        return np.array([*(term for term, _ in self.terms), ""], dtype=object)[self.term]

    @property
    def directions(self) -> Words:
        """The direction of the term of each line, "" without one."""
        return np.array([*(direction for _, direction in self.terms), ""], dtype=object)[self.term]

    @property
    def by_name(self) -> Seconds:
        """Positions of the terms in alphabetical order."""
        return np.array(sorted(range(len(self.terms)), key=self.terms.__getitem__), dtype=np.int64)


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
    parts: list[_Part] = []
    ungraded = ~r.usable
    for at, test, unit in _groups(r):
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
            ids = words_of(graded.rules, [rule.id for rule in _applicable(term_rules, unit)])
            parts.append(_Part(at, terms.index(term), graded, ids))
    rest = np.flatnonzero(ungraded)
    parts.append(_Part(rest, -1, TermGrades.nothing(len(rest)), np.full(len(rest), "", dtype=object)))
    lines = _with_doubts(_joined(parts, terms), r)
    marks = flags.where((lines.term >= 0) & base.elsewhere[lines.at], "baseline-in-other-unit")
    return _sorted(replace(lines, flags=lines.flags | r.flags[lines.at] | marks))


def _groups(r: LabRows) -> Iterator[tuple[Seconds, str, str]]:
    """The positions of the rows of each test in each unit system, and the names of both."""
    width = max(len(r.units), 1)
    group, groups = pd.factorize(r.test * width + r.unit)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(groups) + 1))
    for number, code in enumerate(groups):
        at = order[starts[number] : starts[number + 1]]
        yield at, r.tests[code // width], r.units[code % width]


@dataclass(frozen=True)
class _Part:
    """The lines of one term, of values of one test in one unit system."""

    at: Seconds
    term: int
    graded: TermGrades
    rules: Words


def _joined(parts: Sequence[_Part], terms: list[tuple[str, str]]) -> Lines:
    grades = [part.graded for part in parts]
    return Lines(
        at=np.concatenate([part.at for part in parts]),
        term=np.repeat([part.term for part in parts], [len(part.at) for part in parts]),
        terms=terms,
        grade=np.concatenate([graded.grade for graded in grades]),
        ceiling=np.concatenate([graded.ceiling for graded in grades]),
        rules=np.concatenate([part.rules for part in parts]),
        missing=np.concatenate([graded.missing for graded in grades]),
        flags=np.concatenate([graded.flags for graded in grades]),
    )


def _with_doubts(lines: Lines, r: LabRows) -> Lines:
    """What may be nothing proves nothing, and leaves open what it would be."""
    doubtful = r.doubtful[lines.at]
    return replace(
        lines,
        grade=np.where(doubtful, np.nan, lines.grade),
        ceiling=np.where(doubtful, np.fmax(lines.grade, lines.ceiling), lines.ceiling),
        rules=np.where(doubtful, "", lines.rules),
    )


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
    numeric = [r for r in applicable if r.axis not in BY_MORE_THAN_THE_NUMBER]
    out = TermGrades.nothing(len(c))
    if numeric:
        out = grade_term(applicable, c, policy, missing, flags)
        out.grade = np.where(out.grade == 0, np.nan, out.grade)
        highest = float(max(r.top for r in rules))
        out.ceiling = np.where(np.isnan(out.grade), np.nan, np.fmax(out.ceiling, highest))
    out.missing |= missing.bit("unit")
    return out


def _within_range(direction: str, c: Columns, grade: Numbers, flags: Names) -> Bits:
    """Marks grades of 1 or more for values that the laboratory's own range calls normal on that side."""
    with np.errstate(invalid="ignore"):
        inside = c.low >= c.lln if direction == "low" else c.high <= c.uln
        return flags.where((grade >= 1) & inside, "within-range")


def _sorted(lines: Lines) -> Lines:
    """In the order of the values (subject, time, test), then of the term's name."""
    rank = np.argsort(lines.by_name)
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
