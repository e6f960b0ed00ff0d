"""Which word a design's rule says at x of n subjects with a DLT: escalate, stay, de-escalate, or de-escalate and close the level."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import log
from typing import Any

import numpy as np

from senl_ae.arrays import Mask, Numbers
from senl_ae.vocabulary.files import tables_folder

E, S, D, DU, NO_WORD = 1, 0, -1, -2, 9
WORDS = {E: "E", S: "S", D: "D", DU: "DU", NO_WORD: ""}
"""Escalate; stay; de-escalate; de-escalate and close the level and all above; the rule says nothing at this number."""
ALIKE = 1e-12
"""Posterior masses closer than this are equal, and the lower dose is chosen."""
THREE = "3+3"


@dataclass(frozen=True)
class Design:
    """One design at one target. Rates are shares from 0 to 1; e1 and e2 are how far below and above the target a rate is close to it."""

    name: str
    title: str
    source: str
    doi: str = ""
    options: tuple[str, ...] = ()
    """What a study may set otherwise than the publication has it."""
    cohort_size: int | None = None
    """The only size of a cohort that the rule knows; None where it knows any."""
    target: float = 0.3
    cutoff: float = 1.0
    eliminate_min_n: int = 1
    p1: float = 0.0
    p2: float = 0.0
    e1: float = 0.0
    e2: float = 0.0
    stay_1_of_3: bool = False
    """BOIN: the cell 1 of 3 is S where its bounds say D."""
    extra_safe: bool = False
    """BOIN: the trial stops at the lowest level at a probability 0.05 below the cut-off already."""
    bound_mtd: bool = False
    """BOIN: no level is chosen whose estimate is above the bound of de-escalation."""
    mtd_needs_six: bool = True
    allow_fill: bool = True
    two_of_six: str = "de-escalate"
    """3+3, after 1 of 3: one more DLT of the next three de-escalates, or stops for review ("stop")."""

    @property
    def is_three(self) -> bool:
        return self.name == THREE


@cache
def designs() -> Mapping[str, Design]:
    """Every design that the program knows, by name, as its publication fixes it."""
    file = tables_folder() / "escalation" / "designs.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        name: Design(name=name, **entry | {"options": tuple(entry["options"])})
        for name, entry in table["design"].items()
    }


def design_of(name: str, target: float, **options: Any) -> Design:
    """A design at a target, with what a study set otherwise."""
    return replace(designs()[name], target=target, **options)


def boin_bounds(design: Design) -> tuple[float, float]:
    """The rates up to which BOIN escalates and from which it de-escalates.

    Liu and Yuan 2015: where the likelihoods of the target and of a rate too low (p1 x target), or too high (p2 x target), are equal.
    """
    t, low, high = design.target, design.p1 * design.target, design.p2 * design.target
    escalate = log((1 - low) / (1 - t)) / log(t * (1 - low) / (low * (1 - t)))
    de_escalate = log((1 - t) / (1 - high)) / log(high * (1 - t) / (t * (1 - high)))
    return escalate, de_escalate


def over_target(n: Numbers, x: Numbers, target: float) -> Numbers:
    """How likely it is that a level's rate is above the target, by Beta(1 + x, 1 + n - x)."""
    from scipy.special import betaincc

    over = np.asarray(betaincc(1 + x, 1 + n - x, target), dtype=np.float64)
    return over


def words(design: Design, most: int) -> np.ndarray:
    """The rule's word at every x of n up to `most`: an array [n, x] of codes; NO_WORD where x > n, n is 0 or the rule is silent."""
    n, x = np.meshgrid(np.arange(most + 1), np.arange(most + 1), indexing="ij")
    possible = (x <= n) & (n > 0)
    said = _by_three(n, x) if design.is_three else _by_interval(design, n, x, possible)
    return np.where(possible, said, NO_WORD).astype(np.int8)


def _by_three(n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """3+3: two DLTs close a level at any number; none of three, or at most one of six, escalates; one of three takes three more."""
    up = ((n == 3) & (x == 0)) | ((n == 6) & (x <= 1))
    said = np.select([x >= 2, up], [DU, E], S)
    return np.where(n <= 6, said, NO_WORD)


def _by_interval(design: Design, n: np.ndarray, x: np.ndarray, possible: Mask) -> np.ndarray:
    rules = {
        "boin": _boin,
        "mtpi": _mtpi,
        "mtpi-2": _keys,
        "keyboard": _keys,
        "i3+3": _i3,
    }
    said = np.full(n.shape, NO_WORD)
    said[possible] = rules[design.name](design, n[possible], x[possible])
    if design.stay_1_of_3:
        said[(n == 3) & (x == 1) & (said == D)] = S
    closes = (over_target(n, np.minimum(x, n), design.target) > design.cutoff) & (n >= design.eliminate_min_n)
    return np.where(closes, DU, said)


def _boin(design: Design, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    escalate, de_escalate = boin_bounds(design)
    return np.select([x / n <= escalate, x / n >= de_escalate], [E, D], S)


def close_rates(design: Design) -> tuple[Fraction, Fraction]:
    """The rates that are close to the target, as the decimals they are written as."""
    t = Fraction(str(design.target))
    return t - Fraction(str(design.e1)), t + Fraction(str(design.e2))


def _mass(n: np.ndarray, x: np.ndarray, low: Fraction, high: Fraction) -> np.ndarray:
    """The posterior mass between two rates, for each unit of length."""
    from scipy.special import betainc

    below, up_to = (betainc(1 + x, 1 + n - x, float(rate)) for rate in (low, high))
    mass: np.ndarray = (up_to - below) / float(high - low)
    return mass


def _mtpi(design: Design, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    low, high = close_rates(design)
    return _heaviest(_mass(n, x, Fraction(0), low), _mass(n, x, low, high), _mass(n, x, high, Fraction(1)))


def _keys(design: Design, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The interval with the largest mass for its length, of intervals as long as the target's, laid from it to 0 and to 1.

    mTPI-2 has a shorter one at each end; Keyboard leaves it out.
    """
    low, high = close_rates(design)
    whole = design.name == "keyboard"
    below = [_mass(n, x, *key) for key in _laid(low, 0, low - high, whole)]
    above = [_mass(n, x, *key) for key in _laid(high, 1, high - low, whole)]
    nothing = [np.zeros(n.shape)]
    return _heaviest(
        np.maximum.reduce(below or nothing), _mass(n, x, low, high), np.maximum.reduce(above or nothing)
    )


def _laid(start: Fraction, end: int, step: Fraction, whole: bool) -> list[tuple[Fraction, Fraction]]:
    """Intervals of one length from `start` on towards `end`; the last one is shorter, or left out where only whole ones count."""
    keys, near = [], start
    while (end - near) * step > 0:
        far = near + step
        if (end - far) * step < 0:
            if whole:
                break
            far = Fraction(end)
        keys.append((min(near, far), max(near, far)))
        near = far
    return keys


def _heaviest(below: np.ndarray, close: np.ndarray, above: np.ndarray) -> np.ndarray:
    """The word of the heaviest of three; of equal ones that of the lower dose."""
    most = np.maximum(np.maximum(below, close), above) - ALIKE
    return np.select([above >= most, close >= most], [D, S], E)


def _i3(design: Design, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """i3+3, with rates and bounds compared as the decimals they are written as."""
    low, high = close_rates(design)
    cells = zip(n.tolist(), x.tolist(), strict=True)
    return np.array([_one_i3(Fraction(x, n), Fraction(1, n), low, high) for n, x in cells], dtype=np.int64)


def _one_i3(rate: Fraction, one: Fraction, low: Fraction, high: Fraction) -> int:
    if rate <= high:
        return E if rate < low else S
    return S if rate - one < low else D
