"""How a design behaves where the rates are known: which level it chooses how often, on how many subjects; exactly, or by drawn trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from senl_ae.arrays import Numbers
from senl_ae.escalation.trial import GOES_ON, NO_LEVEL, REVIEW, Plan, after_cohort, ended
from senl_ae.issues import refusal

MOST_STATES = 1_000_000
"""More ways to stand than this are not summed: it would take minutes and gigabytes."""
OVER = (0.6, 0.8)
"""Shares of the planned subjects: trials that treat more of them above the target are counted."""


@dataclass(frozen=True)
class Characteristics:
    """Shares of trials (0 to 1) and means per trial, by level where there are several; `error` holds the standard error of each.

    over: trials with more than 60 % and 80 % of the planned subjects on levels whose rate is above the target; nan without a plan.
    """

    chosen: Numbers
    subjects: Numbers
    dlts: Numbers
    no_level: float
    review: float
    total: float
    over: tuple[float, float]
    error: Characteristics | None = None
    states: int = 0
    """How many distinct ends were weighed, or trials drawn."""


@dataclass
class _Ends:
    """Trials that ended: how, with which counts, and how likely each was."""

    stands: list[np.ndarray]
    n: list[np.ndarray]
    x: list[np.ndarray]
    weight: list[np.ndarray]

    def add(self, stands: np.ndarray, n: np.ndarray, x: np.ndarray, weight: np.ndarray) -> None:
        for one, new in zip((self.stands, self.n, self.x, self.weight), (stands, n, x, weight), strict=True):
            one.append(new)


def exactly(plan: Plan, rates: Sequence[float]) -> Characteristics:
    """All ways that a trial can go, each with its probability; those with the same counts and level are one."""
    p, size = np.asarray(rates, dtype=float), plan.cohort_size
    dlts = np.arange(size + 1)
    ways = np.array([comb(size, k) for k in dlts])
    chance = ways * p[:, None] ** dlts * (1 - p[:, None]) ** (size - dlts)
    at, weight = np.array([plan.start]), np.ones(1)
    n = x = np.zeros((1, plan.levels), dtype=np.int64)
    ends, done = _Ends([], [], [], []), 0
    while len(at):
        done += 1
        added = np.repeat(np.arange(size + 1), len(at))
        weight = (chance[at].T * weight).ravel()
        at, n, x = np.tile(at, size + 1), np.tile(n, (size + 1, 1)), np.tile(x, (size + 1, 1))
        here = np.arange(len(at))
        n[here, at] += size
        x[here, at] += added
        at, n, x, weight = _go_on(plan, done, (at, n, x, weight), added, ends)
        at, n, x, weight = _merged(plan, at, n, x, weight)
        if len(at) > MOST_STATES:
            raise refusal(
                "too-many-paths",
                f"more than {MOST_STATES:,} ways that the trial can stand after {done} cohorts",
                "drawn trials for so many levels and cohorts",
                "nothing was computed; --trials 20000 draws them",
            )
    return _summed(plan, p, ends, None)


def drawn(plan: Plan, rates: Sequence[float], trials: int, seed: int) -> Characteristics:
    """Trials drawn one cohort after another, with one generator; with the standard error of every figure."""
    draw, p = np.random.default_rng(seed), np.asarray(rates, dtype=float)
    at, weight = np.full(trials, plan.start), np.full(trials, 1 / trials)
    n, x = (np.zeros((trials, plan.levels), dtype=np.int64) for _ in range(2))
    ends, done = _Ends([], [], [], []), 0
    while len(at):
        done += 1
        added, here = draw.binomial(plan.cohort_size, p[at]), np.arange(len(at))
        n[here, at] += plan.cohort_size
        x[here, at] += added
        at, n, x, weight = _go_on(plan, done, (at, n, x, weight), added, ends)
    return _summed(plan, p, ends, trials)


def _go_on(
    plan: Plan,
    done: int,
    trials: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    added: np.ndarray,
    ends: _Ends,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The trials that have another cohort, with its level; the others are put to the ends."""
    at, n, x, weight = trials
    if done == plan.cohorts:
        ends.add(ended(plan, n, x), n, x, weight)
        return at[:0], n[:0], x[:0], weight[:0]
    to, stands = after_cohort(plan, at, n, x, added)
    on = stands == GOES_ON
    ends.add(stands[~on], n[~on], x[~on], weight[~on])
    return to[on], n[on], x[on], weight[on]


def _merged(
    plan: Plan, at: np.ndarray, n: np.ndarray, x: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Trials of the same counts and level as one, their probabilities added."""
    if not len(at):
        return at, n, x, weight
    high = int(n.max()) + 1
    columns = np.column_stack([at, n // plan.cohort_size * high + x])
    radix = np.array([plan.levels, *[(high // plan.cohort_size + 1) * high] * plan.levels], dtype=object)
    if np.prod(radix) < 2**62:
        key = np.zeros(len(at), dtype=np.int64)
        for column, base in zip(columns.T, radix, strict=True):
            key = key * int(base) + column
        _, first, code = np.unique(key, return_index=True, return_inverse=True)
    else:
        _, first, code = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    return at[first], n[first], x[first], np.bincount(code.ravel(), weights=weight)


def _summed(plan: Plan, p: np.ndarray, ends: _Ends, trials: int | None) -> Characteristics:
    stands, n, x, weight = (np.concatenate(part) for part in (ends.stands, ends.n, ends.x, ends.weight))
    planned = plan.cohorts * plan.cohort_size if plan.cohorts and not plan.design.is_three else None
    above = n[:, p > plan.design.target].sum(axis=1)
    over = [above > share * planned + 1e-9 if planned else np.full(len(n), np.nan) for share in OVER]
    figures = [
        (stands[:, None] == np.arange(plan.levels)).astype(float),
        n,
        x,
        (stands == NO_LEVEL)[:, None],
        (stands == REVIEW)[:, None],
        n.sum(axis=1)[:, None],
        np.column_stack(over),
    ]
    means = [weight @ np.asarray(figure, dtype=float) for figure in figures]
    error = None
    if trials is not None:
        spread = [
            np.sqrt(np.maximum(weight @ np.square(np.asarray(figure, dtype=float)) - mean**2, 0) / trials)
            for figure, mean in zip(figures, means, strict=True)
        ]
        error = _characteristics(spread, None, len(stands))
    return _characteristics(means, error, len(stands))


def _characteristics(means: list[np.ndarray], error: Characteristics | None, states: int) -> Characteristics:
    chosen, subjects, dlts, none, review, total, over = means
    return Characteristics(
        chosen,
        subjects,
        dlts,
        float(none[0]),
        float(review[0]),
        float(total[0]),
        (float(over[0]), float(over[1])),
        error,
        states,
    )
