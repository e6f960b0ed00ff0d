"""What the rules were asked where a record is in doubt: at the better end as the least that it leaves says, at the worse end as the most.

A number or a word that the scale's table puts in place of a cell nobody could read is no value of the record: at the better end it is
blank; at the worse end it stands, as what cannot be ruled out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Seconds
from senl_ae.grade.graded import Course
from senl_ae.grade.time.spans import Sources


@dataclass(frozen=True)
class Taken:
    """Where another reading decides, by positions in the charted course and in its own: `lower` the floor, `higher` the ceiling.

    rows: frame -> the rows of the study that its frames are made of.
    """

    course: Course
    at: Seconds
    there: Seconds
    lower: Mask
    higher: Mask
    rows: Mapping[str, Seconds]


def both_ends(charted: Course, taken: Sequence[Taken]) -> dict[str, Any]:
    """The fields `values`, `worse` and `origins` of a course that is combined of several readings."""
    values, worse = dict(charted.values), dict(charted.worse)
    origins = dict(charted.origins)
    unsaid = _unsaid(charted)
    for of in taken:
        for item in values:
            better = of.course.values[item][of.there]
            if item in unsaid:
                better = _without(better, unsaid[item], charted.values[item][of.at])
            values[item] = _laid(values[item], of.at[of.lower], better[of.lower])
            worst = of.course.worse[item][of.there]
            worse[item] = _laid(worse[item], of.at[of.higher], worst[of.higher])
        for item in origins:
            origins[item] = _origins(origins[item], of.course.origins[item], of)
    return {"values": values, "worse": worse, "origins": origins}


def _laid(column: np.ndarray, at: Seconds, values: np.ndarray) -> np.ndarray:
    """The column with other values at some places; itself where nothing differs, so that what has one end stays one column."""
    old = column[at]
    if not (~((old == values) | (pd.isna(old) & pd.isna(values)))).any():
        return column
    out = column.copy()
    out[at] = values
    return out


def _unsaid(course: Course) -> dict[str, tuple[Any, ...]]:
    """Item -> what the table says in place of a cell that nobody could read."""
    entries = course.scale.extra.get("unreadable", ())
    return {e["item"]: tuple(e[end] for end in ("least", "most") if end in e) for e in entries}


def _without(values: np.ndarray, unsaid: tuple[Any, ...], charted: np.ndarray) -> np.ndarray:
    """Values, blank where they are no value of the record but stand for a cell that nobody could read."""
    made = np.isin(values, [u for u in unsaid if isinstance(u, str) == (values.dtype == object)]) & (
        values != charted
    )
    return np.where(made, cast("Any", None if values.dtype == object else np.nan), values)


def _origins(charted: Sources, other: Sources, of: Taken) -> Sources:
    """Where the values come from: by the other reading where its floor counts."""
    at, there = of.at[of.lower], of.there[of.lower]
    to = np.full(int(there.max(initial=-1)) + 1, -1, dtype=np.int64)
    to[there] = at
    kept = [(name, a[keep], p[keep]) for name, a, p in charted for keep in [~np.isin(a, at)]]
    for name, a, p in other:
        inside = a < len(to)
        a, p = a[inside], p[inside]
        known = to[a] >= 0
        kept.append((name, to[a[known]], of.rows[name][p[known]]))
    return kept
