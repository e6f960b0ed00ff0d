"""What a further record of an item says beside the first: a second vasopressor, a repeated temperature.

Drugs and devices join, of signs the worse counts; what cannot be put into one cell becomes a row of its own at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SET_ASIDE, Column
from senl_ae.read.values.frames import empty
from senl_ae.read.words.one_finding import NOTHING
from senl_ae.vocabulary.items import Item

LOWER = frozenset({"sbp", "dbp", "map", "spo2", "ice_total", "gcs", "rass"})
"""Of two values of these in one row the lower one is the worse, of everything else the higher one."""
JOINED = frozenset({"agents", "device"})

More = tuple[np.ndarray, dict[str, np.ndarray]]
"""Rows that say more than one cell can hold: a mask over the rows, and the columns of the further row that each of them makes."""


@dataclass
class Records:
    """Two columns of one item as one, with what is left for further rows. differ: in how many rows both speak and differ."""

    column: Column
    more: list[More] = field(default_factory=list)
    differ: int = 0


def with_further(one: Column, two: Column, item: Item, slot: bool) -> Records:
    """A column and a further record of its item, row by row; a record that cannot be read beside one that can stays in doubt.

    slot: the further record is of another drug or reading; else it may say more of the same (a yes, and the name beside it).
    """
    values: dict[str, np.ndarray] = {}
    more: list[More] = []
    differ = np.zeros(len(one.set_aside), dtype=bool)
    for name in {**one.values, **two.values}:
        a, b = one.values.get(name), two.values.get(name)
        if a is None or b is None:
            values[name] = one.values.get(name, two.values.get(name, np.empty(0)))
            continue
        both = ~pd.isna(a) & ~pd.isna(b)
        here = np.zeros(len(a), dtype=bool)
        here[both] = a[both] != b[both]
        differ |= here
        if a.dtype != object:
            values[name] = np.fmin(a, b) if name in LOWER else np.fmax(a, b)
            continue
        values[name] = np.where(pd.isna(a), b, a)
        codes, pairs = pd.factorize(
            pd.MultiIndex.from_arrays([pd.Series(c[both], dtype=object) for c in (a, b)])
        )
        settled = [_one_word(str(pair[0]), str(pair[1]), item, slot) for pair in pairs]
        values[name][both] = np.array(
            [*(said or pair[0] for said, pair in zip(settled, pairs, strict=True)), None], dtype=object
        )[codes]
        alone = both.copy()
        alone[both] = np.array([*(said is None for said in settled), False], dtype=bool)[codes]
        if alone.any():
            more.append((alone, {name: b}))
    spoken = [np.any([~pd.isna(v) for v in c.values.values()], axis=0) for c in (one, two)]
    lost = (one.set_aside & spoken[1]) | (two.set_aside & spoken[0])
    if lost.any():
        more.append((lost, {item.column + SET_ASIDE: lost}))
    return Records(Column(values, [], one.set_aside | two.set_aside), more, int(differ.sum()))


def _one_word(one: str, two: str, item: Item, slot: bool) -> str | None:
    """What two words of one row say together; None where neither holds the other and nobody ranks them."""
    if one == two and not (slot and item.kind == "agents" and one == "yes"):
        return one
    if one in NOTHING or two in NOTHING:
        return two if one in NOTHING else one
    if item.worst_first:
        return min(one, two, key=item.worst_first.index)
    if item.kind not in JOINED:
        return None
    named = {*one.split(";"), *two.split(";")}
    if item.kind == "device":
        return ";".join(sorted(named - {"oxygen"} or named))
    if one == two:
        return "2"  # a drug without a name in each of two slots
    count = max((int(word) for word in named if word.isdigit()), default=0)
    drugs = {word for word in named if not word.isdigit() and (slot or word != "yes")}
    return str(count) if count > len(drugs) else ";".join(sorted(drugs))


def with_rows(
    at: np.ndarray, columns: dict[str, np.ndarray], more: list[More], domain: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The rows of a sheet and the further ones below them. at: position of each row among those of the sheet."""
    for mask, said in more:
        rows = np.flatnonzero(mask)
        names = {**columns, **said}
        columns = {
            name: np.concatenate(
                [
                    columns[name] if name in columns else _nothing(name, len(at), domain),
                    said[name][rows] if name in said else _nothing(name, len(rows), domain),
                ]
            )
            for name in names
        }
        at = np.concatenate([at, rows])
    return at, columns


def _nothing(name: str, length: int, domain: str) -> np.ndarray:
    return np.zeros(length, dtype=bool) if name.endswith(SET_ASIDE) else empty(name, length, domain)
