"""How long a grade lasted, at the least and at the most that the record allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Whole
from senl_ae.frame import Frame


@dataclass(frozen=True)
class Graded:
    """What was graded, sorted by series and time: a series is what one spell can be made of (a subject's CRS, a subject's neutrophils).

    start, end: seconds; alike for a moment, 00:00 and 24:00 for a date. grade: nan where not evaluable; highest: the highest grade that
    is not ruled out, nan where nothing is known. since: the infusion, until: the death of the series' subject (infinite: none).
    """

    series: Whole
    start: Numbers
    end: Numbers
    grade: Numbers
    highest: Numbers
    since: Numbers
    until: Numbers

    def only(self, rows: Mask) -> Graded:
        return Graded(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class Spells(Frame):
    """One row per spell that is possible: seconds from its floor to its ceiling (infinite: no limit), and its rows from first to last.

    grade: the highest proven in it, nan where none of that height is proven; onset: the first proven row, else the first possible one.
    """

    series: Whole
    first: Whole
    last: Whole
    onset: Whole
    grade: Numbers
    highest: Numbers
    floor: Numbers
    ceiling: Numbers


def spells_of(a: Graded, least: float, below: float) -> Spells:
    """The spells at grade `least` or more; each lasts until a grade under `below`.

    The floor runs from the end of the first row of a proven spell to the start of its last, the longest of those within; the ceiling
    from the end of the last row under `least` before it (else the infusion) to the start of the first one under `below` after it (else
    the death, else without limit). What is not evaluable neither ends nor extends a spell; with a ceiling it takes part in possible ones.
    """
    highest = np.fmax(a.grade, a.highest)
    kept = np.flatnonzero(~np.isnan(highest))
    series, high = a.series[kept], highest[kept]
    down = high < below
    spell, begins, ends = _bounded(series, high >= least, down)
    if not len(begins):
        kinds = {"Whole": np.int64, "Numbers": np.float64}
        return Spells(**{name: np.zeros(0, dtype=kinds[kind]) for name, kind in Spells.kinds.items()})
    start, end, grade = a.start[kept], a.end[kept], a.grade[kept]
    before = np.where(
        (begins > 0) & (series[begins - 1] == series[begins]), end[begins - 1], a.since[kept[begins]]
    )
    after = np.minimum(ends + 1, len(kept) - 1)
    followed = (ends + 1 < len(kept)) & (series[after] == series[begins])
    until = np.where(followed, start[after], a.until[kept[begins]])

    # what is proven: rows without a grade are passed over, unless their ceiling ends the spell
    sure, ended = ~np.isnan(grade) | down, (grade < below) | down
    _, first_proven, last_proven = _bounded(series[sure], grade[sure] >= least, ended[sure])
    first_proven, last_proven = np.flatnonzero(sure)[first_proven], np.flatnonzero(sure)[last_proven]
    lasted = np.maximum(start[last_proven] - end[first_proven], 0)
    holds = spell[first_proven]
    floor, proven = np.zeros(len(begins)), np.full(len(begins), np.nan)
    np.maximum.at(floor, holds, lasted)
    onset = begins.copy()
    onset[holds[::-1]] = first_proven[::-1]
    inside = (spell >= 0) & (grade >= least)
    np.fmax.at(proven, spell[inside], grade[inside])
    most = np.zeros(len(begins))
    within = spell >= 0
    np.fmax.at(most, spell[within], high[within])
    return Spells(
        series=series[begins],
        first=kept[begins],
        last=kept[ends],
        onset=kept[onset],
        grade=proven,
        highest=most,
        floor=floor,
        ceiling=np.maximum(until - before, 0),
    )


def _bounded(series: Whole, up: Mask, down: Mask) -> tuple[Whole, Whole, Whole]:
    """For each row the spell it is in (-1: none), and the first and the last row of each spell.

    A row that is down opens a new stretch; in a stretch the spell goes from the first row that is up to the stretch's last.
    """
    n = len(series)
    stretch = np.cumsum(down | np.concatenate(([True], series[1:] != series[:-1]))[:n]) - 1
    _, begins = np.unique(stretch[up], return_index=True)
    begins = np.flatnonzero(up)[begins]
    last_of = np.zeros(int(stretch[-1]) + 1 if n else 0, dtype=np.int64)
    last_of[stretch] = np.arange(n)
    number = np.full(len(last_of), -1)
    number[stretch[begins]] = np.arange(len(begins))
    spell = number[stretch] if n else stretch
    if len(begins):
        spell = np.where(np.arange(n) >= begins[np.maximum(spell, 0)], spell, -1)
    return spell, begins, last_of[stretch[begins]]
