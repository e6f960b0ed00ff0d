"""Total calcium as it would be at a normal albumin: what the terms of calcium are graded by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from senl_ae.arrays import Numbers, Seconds
from senl_ae.grade.laboratory.values import FARTHEST, LabRows, Names
from senl_ae.grade.time.spans import packed
from senl_ae.study import NO_TIME


def with_corrected_calcium(r: LabRows, correction: Mapping[str, Any], flags: Names) -> LabRows:
    """Total calcium corrected by the albumin of the same draw; without one, as reported with a flag."""
    calcium = r.of(correction["test"])
    if not len(calcium):
        return r
    measured = _albumin_of_draw(r, calcium, correction["by"])
    shift = np.full(len(calcium), np.nan)
    for system, by in correction.items():
        if isinstance(by, dict) and system in r.units:
            here = r.unit[calcium] == r.units.index(system)
            power = float(10 ** abs(by["albumin_power"]))
            scaled = measured / power if by["albumin_power"] < 0 else measured * power
            shift[here] = by["per_unit"] * (by["albumin"] - scaled[here])
    corrected = ~np.isnan(shift)
    where = calcium[corrected]
    low, high, marks = r.low.copy(), r.high.copy(), r.flags.copy()
    low[where] = _tidy(low[where] + shift[corrected])
    high[where] = np.where(high[where] == FARTHEST, FARTHEST, _tidy(high[where] + shift[corrected]))
    marks[calcium] |= np.where(corrected, flags.bit("calcium-corrected"), flags.bit("calcium-uncorrected"))
    return replace(r, low=low, high=high, flags=marks)


def _albumin_of_draw(r: LabRows, calcium: Seconds, test: str) -> Numbers:
    """The albumin (g/L, uncensored) drawn with each of these values; nan where there is none, or several that differ."""
    albumin = r.of(test)
    in_grams = np.array([u == "g/L" for u in r.units], dtype=bool)[r.unit[albumin]] & (
        r.low[albumin] == r.high[albumin]
    )
    albumin = albumin[in_grams & (r.order[albumin] != NO_TIME)]
    key = packed(r.subject, r.order)
    draw, at = np.unique(key[albumin], return_inverse=True)
    smallest, largest = np.full(len(draw), np.inf), np.full(len(draw), -np.inf)
    np.minimum.at(smallest, at, r.low[albumin])
    np.maximum.at(largest, at, r.low[albumin])
    same = np.searchsorted(draw, key[calcium])
    found = same < len(draw)
    found[found] = draw[same[found]] == key[calcium][found]
    measured = np.full(len(calcium), np.nan)
    measured[found] = np.where(smallest == largest, smallest, np.nan)[same[found]]
    return measured


def _tidy(x: Numbers) -> Numbers:
    """Ten decimals: a sum of decimals such as 1.9 + 0.02 x 5 is then exactly the 2.0 that it is on paper."""
    return np.round(x, 10)
