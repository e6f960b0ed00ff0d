"""Subjects in rows as long results: how many in each column of a table, at which grade, with how many events, by assumption only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from senl_ae.arrays import Mask, Whole
from senl_ae.report.count import statistics
from senl_ae.report.count.adverse_events import SEVERE_FROM, Rows
from senl_ae.report.count.cohort import Group
from senl_ae.report.count.long_results import DASH, INFUSED, Tally

Labels = Mapping[int, tuple[str, str]]
"""The row and the level that each row of Rows is printed under, in the order of print."""
GRADES = (1, 2, 3, 4, 5)
MISSING = "Grade missing"
GRADE = "Grade {}"
DAYS = "subject-days at risk"
PER_DAYS = 100
RATE_METHOD = "exact Poisson"


@dataclass(frozen=True, eq=False)
class Who:
    """The subjects of one column, row by row."""

    n: Whole
    ids: np.ndarray
    stop: Whole

    def of(self, row: int) -> tuple[str, ...]:
        return tuple(self.ids[self.stop[row] - self.n[row] : self.stop[row]].tolist())


def who(rows: Rows, mask: Mask, group: Group, ids: np.ndarray, count: int) -> Who:
    """The subjects of a column that a mask over subjects in rows chooses; count: how many rows there are."""
    kept = mask & group.members[rows.subject]
    n = np.bincount(rows.row[kept], minlength=count)
    return Who(n, ids[rows.subject[kept]], np.cumsum(n))


def count_rows(tally: Tally, rows: Rows, labels: Labels) -> None:
    """For every row: subjects of any grade and of grade 3 or more in per cent of N, those possibly so, events, subjects by assumption."""
    everyone = np.ones(len(rows.row), dtype=bool)
    size = max(labels, default=0) + 1
    masks = {
        "": everyone,
        "grade3plus": rows.grade >= SEVERE_FROM,
        "possible_grade3plus": rows.ceiling >= SEVERE_FROM,
        "assumed": rows.assumed,
    }
    for group in tally.groups:
        total = int(group.members.sum())
        of = {name: who(rows, mask, group, tally.ids, size) for name, mask in masks.items()}
        inside = group.members[rows.subject]
        events = np.bincount(rows.row[inside], rows.events[inside], minlength=size).astype(int)
        for row, label in labels.items():
            for name, found in of.items():
                with_share = name in ("", "grade3plus")
                _count(tally, label, group.name, name, int(found.n[row]), total, found.of(row), with_share)
            tally.value(*label, group.name, "events", int(events[row]), str(events[row]), (None, ""), "")


def _count(
    tally: Tally,
    label: tuple[str, str],
    group: str,
    name: str,
    n: int,
    total: int,
    ids: tuple[str, ...],
    share: bool,
) -> None:
    """One count of subjects, with its percentage of N."""
    end = f"_{name}" if name else ""
    of = (total, INFUSED)
    tally.value(*label, group, f"n{end}", n, str(n) if total else DASH, of, "", ids)
    if share:
        printed = statistics.percentage(n, total) if n and total else ""
        tally.value(
            *label, group, f"percent{end}", 100 * n / total if total else None, printed, of, "half up"
        )


def count_grades(tally: Tally, rows: Rows, labels: Mapping[int, str], missing: bool) -> None:
    """For every row: subjects at each highest grade, and those without one; missing: whether that column is printed."""
    size = max(labels, default=0) + 1
    masks = {GRADE.format(grade): rows.grade == grade for grade in GRADES}
    if missing:
        masks[MISSING] = np.isnan(rows.grade)
    for group in tally.groups:
        total = int(group.members.sum())
        of = {level: who(rows, mask, group, tally.ids, size) for level, mask in masks.items()}
        for row, label in labels.items():
            for level, found in of.items():
                _count(tally, (label, level), group.name, "", int(found.n[row]), total, found.of(row), True)


def count_rates(tally: Tally, rows: Rows, labels: Labels, last_day: np.ndarray) -> None:
    """For every row: subjects with the event per 100 subject-days at risk, to the day of onset or to the end of the window."""
    size = max(labels, default=0) + 1
    everyone = np.ones(len(rows.row), dtype=bool)
    days_without = np.nan_to_num(last_day) + 1
    onset = np.where(np.isnan(rows.onset), 0, rows.onset) + 1
    for group in tally.groups:
        found = who(rows, everyone, group, tally.ids, size)
        inside = group.members[rows.subject]
        at_risk = np.full(size, days_without[group.members].sum())
        at_risk += np.bincount(rows.row[inside], (onset - days_without[rows.subject])[inside], minlength=size)
        for row, label in labels.items():
            n, days = int(found.n[row]), int(at_risk[row])
            tally.value(*label, group.name, "n", n, str(n) if days else DASH, (days, DAYS), "", found.of(row))
            for name, value in _rate(n, days):
                printed = DASH if value is None else statistics.half_up(value, 2)
                tally.value(*label, group.name, name, value, printed, (days, DAYS), RATE_METHOD)


def _rate(n: int, days: int) -> Iterator[tuple[str, float | None]]:
    """Subjects per 100 days with the exact limits."""
    low, high = statistics.poisson_interval(n)
    for name, value in (("rate", n), ("rate_low", low), ("rate_high", high)):
        yield name, PER_DAYS * value / days if days else None


def frequent(rows: Rows, count: int, groups: tuple[Group, ...], least: float) -> Mask:
    """The rows that stand in one of these columns with at least so many per cent of its N, unrounded."""
    kept = np.zeros(count, dtype=bool)
    share = Fraction(str(least)) / 100
    for group in groups:
        total = int(group.members.sum())
        if total:
            n = np.bincount(rows.row[group.members[rows.subject]], minlength=count)
            kept |= n >= -(-share.numerator * total // share.denominator)
    return kept
