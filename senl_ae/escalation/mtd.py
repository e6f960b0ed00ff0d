"""Which level would be chosen if the trial stopped here: estimates that never fall from level to level, and the one nearest the target."""

from __future__ import annotations

import numpy as np

from senl_ae.arrays import Mask, Numbers
from senl_ae.escalation.design import ALIKE, DU, Design, boin_bounds, over_target

A_LITTLE = 0.05
"""Added to the DLTs, and twice to the subjects, so that a level without DLTs has an estimate and a variance."""
EXTRA = 0.05
"""How much below the cut-off `extra_safe` stops at the lowest level already."""


def estimates(n: np.ndarray, x: np.ndarray, among: Mask) -> Numbers:
    """Isotonic estimates of the rate of each level: nan outside `among`. Arrays [trial, level].

    (x + 0.05) / (n + 0.1), pooled to be non-decreasing with weights of one over the variance: of all weighted means of neighbouring
    levels that begin no later, the largest of the smallest that end no earlier.
    """
    raw = (x + A_LITTLE) / (n + 2 * A_LITTLE)
    variance = (x + A_LITTLE) * (n - x + A_LITTLE) / ((n + 2 * A_LITTLE) ** 2 * (n + 2 * A_LITTLE + 1))
    weight = np.where(among, 1 / variance, 0.0)
    levels = n.shape[1]
    sums = np.concatenate([np.zeros((len(n), 1)), np.cumsum(weight * raw, axis=1)], axis=1)
    weights = np.concatenate([np.zeros((len(n), 1)), np.cumsum(weight, axis=1)], axis=1)
    found = np.full(n.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        for level in range(levels):
            best = np.full(len(n), -np.inf)
            for first in range(level + 1):
                ends = np.arange(level, levels) + 1
                held = weights[:, ends] - weights[:, [first]]
                means = np.where(held > 0, (sums[:, ends] - sums[:, [first]]) / held, np.inf)
                best = np.maximum(best, np.where(among[:, first], means.min(axis=1), -np.inf))
            found[:, level] = best
    return np.where(among, found, np.nan)


def first_closed(design: Design, said: np.ndarray, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The lowest level that its data close, and all above it with it; the number of levels where none is. `said`: words by [n, x]."""
    closes = said[n, x] == DU
    if design.extra_safe:
        closes[:, 0] |= stops_early(design, n, x)
    return np.where(closes.any(axis=1), closes.argmax(axis=1), n.shape[1])


def stops_early(design: Design, n: np.ndarray, x: np.ndarray) -> Mask:
    """`extra_safe`: whether the lowest level alone ends the trial."""
    early: Mask = over_target(n[:, 0], x[:, 0], design.target) > design.cutoff - EXTRA
    return early & (n[:, 0] >= design.eliminate_min_n)


def chosen(design: Design, said: np.ndarray, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The level nearest the target, of those tried and not closed; -1 for none. Arrays [trial, level].

    Of equally near ones the highest if they are below the target, else the lowest; `bound_mtd`: only those up to BOIN's bound.
    """
    levels = n.shape[1]
    among = (n > 0) & (np.arange(levels) < first_closed(design, said, n, x)[:, None])
    rates = estimates(n, x, among)
    if design.bound_mtd:
        among &= rates <= boin_bounds(design)[1] + ALIKE
    distance = np.where(among, np.abs(rates - design.target), np.inf)
    nearest = among & (distance <= distance.min(axis=1, keepdims=True) + ALIKE)
    lowest, highest = nearest.argmax(axis=1), levels - 1 - nearest[:, ::-1].argmax(axis=1)
    below = np.take_along_axis(rates, lowest[:, None], axis=1)[:, 0] < design.target
    return np.where(nearest.any(axis=1), np.where(below, highest, lowest), -1)
