"""Where a trial goes after a cohort: the next level, or how it ended, for many trials at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask
from senl_ae.escalation.design import DU, NO_WORD, D, Design, E
from senl_ae.escalation.mtd import chosen, first_closed, stops_early

GOES_ON, NO_LEVEL, REVIEW = -2, -1, -3
"""How a trial stands, beside the position of the level that it chose."""


@dataclass(frozen=True)
class Plan:
    """How a trial is run: the design, its levels, cohorts of how many from which level, at most how many cohorts (None: until it ends)."""

    design: Design
    levels: int
    said: np.ndarray
    """The design's words by [n, x] (`design.words`)."""
    cohort_size: int = 3
    cohorts: int | None = None
    start: int = 0
    stop_n: int | None = None


def after_cohort(
    plan: Plan, at: np.ndarray, n: np.ndarray, x: np.ndarray, added: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The level of the next cohort, and how each trial stands, once `added` DLTs of the cohort at level `at` stand in n and x."""
    step = _three if plan.design.is_three else _interval
    return step(plan, at, n, x, added)


def ended(plan: Plan, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What a trial chooses that ran out of cohorts: by the data of all levels; none where the lowest is closed."""
    return chosen(plan.design, plan.said, n, x)


def word_in_place(plan: Plan, at: np.ndarray, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The rule's word at the level where the trial stands: E at the highest or to a closed level is S, D at the lowest is S."""
    here = np.arange(len(at))
    word = plan.said[n[here, at], x[here, at]].astype(np.int64)
    closed = first_closed(plan.design, plan.said, n, x)
    word[(word == E) & ((at + 1 >= plan.levels) | (at + 1 >= closed))] = 0
    word[(word == D) & (at == 0)] = 0
    word[word == NO_WORD] = 0
    return word


def _interval(
    plan: Plan, at: np.ndarray, n: np.ndarray, x: np.ndarray, added: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    here, word = np.arange(len(at)), word_in_place(plan, at, n, x)
    stands = np.full(len(at), GOES_ON)
    none: Mask = (word == DU) & (at == 0)
    if plan.design.extra_safe:
        none |= (at == 0) & stops_early(plan.design, n, x)
    stands[none] = NO_LEVEL
    if plan.stop_n is not None:
        full = (n[here, at] >= plan.stop_n) & (word == 0) & ~none
        stands[full] = chosen(plan.design, plan.said, n[full], x[full])
    return np.maximum(at + np.clip(word, -1, 1), 0), stands


def _three(
    plan: Plan, at: np.ndarray, n: np.ndarray, x: np.ndarray, added: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """3+3: three more, up, down, or the level that the trial ends with."""
    here, design = np.arange(len(at)), plan.design
    n_here, x_here = n[here, at], x[here, at]
    closed = first_closed(design, plan.said, n, x)
    stands, to = np.full(len(at), GOES_ON), at.copy()
    too_many, word = x_here >= 2, plan.said[n_here, x_here]
    up = word == E
    last = up & ((at + 1 >= plan.levels) | (at + 1 >= closed))
    settled = last & ((n_here >= 6) | (not design.mtd_needs_six))
    to[up & ~last] += 1
    stands[settled] = at[settled]
    below = np.maximum(at - 1, 0)
    n_below = n[here, below]
    settled_below = too_many & (at > 0) & (n_below > 0) & ((n_below >= 6) | (not design.allow_fill))
    to[too_many] = below[too_many]
    stands[settled_below] = below[settled_below]
    stands[too_many & (at == 0)] = NO_LEVEL
    if design.two_of_six == "stop":
        stands[(n_here == 6) & (x_here == 2) & (added == 1)] = REVIEW
    return to, stands
