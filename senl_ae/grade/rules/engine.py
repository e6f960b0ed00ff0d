"""Which rules hold where: every rule a mask over whole columns, with a third state for what was not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from senl_ae.arrays import Mask, Numbers
from senl_ae.grade.rules.scales import Condition, Factor, Rule

Column = Any

RELATIVE_TOLERANCE = 1e-12
"""Two numbers this close are the same number: 1.5 x 1.1 is on its own bound, and 100.4 F is 38.0 C."""


@dataclass(frozen=True)
class Evaluation:
    """What the rules say of n rows: one mask per rule, and the highest grade and ceiling that hold.

    `grade` is the highest grade of a rule that holds, nan where none does (not yet 0: that is the caller's to say). `ceiling` is the
    highest grade or ceiling of a rule that holds, nan where none does. `unknown` marks, per rule, rows where it could hold.
    """

    rules: tuple[Rule, ...]
    holds: list[Mask]
    unknown: list[Mask]
    grade: Numbers
    ceiling: Numbers


def compare(x: Column, op: str, bound: object) -> tuple[Mask, Mask]:
    """Whether each value stands as `op` says to the bound: (true, unknown).

    x: numbers with nan, or words with None where not recorded. A bound may be a column as well. Unknown wherever either side is missing.
    """
    if op in ("is", "in"):
        return _compare_words(x, (bound,) if op == "is" else tuple(cast("Iterable[object]", bound)))
    number = np.asarray(x, dtype=np.float64)
    limit = np.asarray(bound, dtype=np.float64)
    unknown = np.isnan(number) | np.isnan(limit)
    with np.errstate(invalid="ignore"):
        same = np.abs(number - limit) <= RELATIVE_TOLERANCE * np.maximum(np.abs(number), np.abs(limit))
        if op == "ge":
            true = (number > limit) | same
        elif op == "gt":
            true = (number > limit) & ~same
        elif op == "le":
            true = (number < limit) | same
        elif op == "lt":
            true = (number < limit) & ~same
        elif op == "eq":
            true = same
        else:
            raise ValueError(f"unknown comparison {op!r}")
    return true & ~unknown, np.broadcast_to(unknown, true.shape)


def _compare_words(x: Column, words: tuple[object, ...]) -> tuple[Mask, Mask]:
    """Listed words are few and rows are many: the distinct words are compared, then looked up."""
    codes, distinct = (x.codes, x.words) if isinstance(x, CodedWords) else _coded(x)
    hit = np.array([w in words for w in distinct] + [False], dtype=bool)
    return hit[codes], codes < 0


def _coded(x: Column) -> tuple[npt.NDArray[np.intp], list[object]]:
    import pandas as pd

    codes, distinct = pd.factorize(np.asarray(x, dtype=object))
    return codes, list(distinct)


@dataclass(frozen=True)
class CodedWords:
    """A column of words as codes into its distinct words; -1 where not recorded."""

    codes: npt.NDArray[np.intp]
    words: list[object]

    @classmethod
    def of(cls, x: Column) -> CodedWords:
        return cls(*_coded(x))


def _bound(condition: Condition, items: Mapping[str, Column], n: int) -> object:
    value = condition.value
    if isinstance(value, Factor):
        reference = items.get(value.of)
        if reference is None:
            return np.full(n, np.nan)
        return np.asarray(reference, dtype=np.float64) * value.times + value.plus
    return value


def coded(column: Column) -> Column:
    """A column of words as codes, so that they are looked up once however many rules ask; any other column as it is."""
    return (
        CodedWords.of(column)
        if isinstance(column, np.ndarray) and column.dtype == np.dtype(object)
        else column
    )


def _raise(figure: Numbers, where: Mask, to: float) -> None:
    """Raises a figure (nan: none yet) to `to` where it is lower; in place."""
    np.putmask(figure, where & ~(figure >= to), to)


def evaluate(rules: Sequence[Rule], items: Mapping[str, Column], n: int) -> Evaluation:
    """What a table's rules say of n rows whose columns are `items`; an item that is not there is unknown in every row."""
    asked = {c.item for rule in rules for c in rule.when}
    items = {name: coded(column) if name in asked else column for name, column in items.items()}
    cache: dict[Condition, tuple[Mask, Mask]] = {}
    nothing = np.zeros(n, dtype=bool)
    everything = np.ones(n, dtype=bool)
    grade = np.full(n, np.nan)
    ceiling = np.full(n, np.nan)
    holds: list[Mask] = []
    unknowns: list[Mask] = []
    for rule in rules:
        true, possible = everything, everything
        for condition in rule.when:
            if condition not in cache:
                column = items.get(condition.item)
                cache[condition] = (
                    (nothing, everything)
                    if column is None
                    else compare(column, condition.op, _bound(condition, items, n))
                )
            cell_true, cell_unknown = cache[condition]
            true = true & cell_true
            possible = possible & (cell_true | cell_unknown)
        holds.append(true)
        unknowns.append(possible & ~true)
        if rule.grade is not None:
            _raise(grade, true, rule.grade)
        _raise(ceiling, true, rule.top)
    return Evaluation(tuple(rules), holds, unknowns, grade, ceiling)


@dataclass(frozen=True)
class Reading:
    """The rules read twice, at the better and the worse end of what the record leaves open, with rulings and baselines applied.

    `proven[i]` marks rows where rule i counts towards the grade, `possible[i]` where it counts towards the ceiling.
    """

    rules: tuple[Rule, ...]
    proven: list[Mask]
    possible: list[Mask]
    n: int

    def grade(self, axes: Sequence[str] | None = None) -> Numbers:
        """The highest grade of the rules that count (of these axes), nan where none does."""
        out = np.full(self.n, np.nan)
        for rule, mask in zip(self.rules, self.proven, strict=True):
            if rule.grade is not None and (axes is None or rule.axis in axes):
                _raise(out, mask, rule.grade)
        return out

    def ceiling(self, axes: Sequence[str] | None = None) -> Numbers:
        """The highest grade or ceiling that the rules (of these axes) cannot rule out, nan where none holds."""
        out = np.full(self.n, np.nan)
        for rule, mask in zip(self.rules, self.possible, strict=True):
            if axes is None or rule.axis in axes:
                _raise(out, mask, rule.top)
        return out


def read_twice(
    rules: Sequence[Rule],
    better: Mapping[str, Column],
    worse: Mapping[str, Column],
    n: int,
    excluded: Mapping[str, Mask] | None = None,
    demoted: Mapping[str, Mask] | None = None,
) -> Reading:
    """The rules at both ends of the record.

    excluded: axis -> rows where a ruling removed it (neither grade nor ceiling). demoted: axis -> rows where it proves nothing new (no
    worse than the subject's baseline): the ceiling stays, the grade does not.
    """
    differs = {name for name in better if worse.get(name) is not better[name]}
    asked = {c.item for rule in rules for c in rule.when}
    better = {name: coded(column) if name in asked else column for name, column in better.items()}
    worse = {
        name: better[name] if name in better and name not in differs else column
        for name, column in worse.items()
    }
    first = evaluate(rules, better, n)
    second = evaluate(
        [r for r in rules if any(c.item in differs or _of(c) in differs for c in r.when)], worse, n
    )
    worst = {rule.id: mask for rule, mask in zip(second.rules, second.holds, strict=True)}
    proven, possible = [], []
    for rule, holds in zip(first.rules, first.holds, strict=True):
        might = holds | worst[rule.id] if rule.id in worst else holds
        if excluded and rule.axis in excluded:
            holds, might = holds & ~excluded[rule.axis], might & ~excluded[rule.axis]
        if demoted and rule.axis in demoted:
            holds = holds & ~demoted[rule.axis]
        proven.append(holds)
        possible.append(might)
    return Reading(first.rules, proven, possible, n)


def _of(condition: Condition) -> str:
    return condition.value.of if isinstance(condition.value, Factor) else ""
