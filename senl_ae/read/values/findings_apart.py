"""Findings and support with a column of their own (cpap, norepinephrine, papilledema): a yes there is said of the item they belong to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import Column
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.words.one_finding import NOTHING, parse_finding
from senl_ae.vocabulary.items import Item, Items

LESS = frozenset({*NOTHING, "oxygen", "yes"})
"""Words that say less than a device or a drug with a name."""


@dataclass
class Apart:
    """What the columns of one item's findings add to it, row by row."""

    words: np.ndarray
    flow: np.ndarray
    set_aside: np.ndarray
    denied: np.ndarray
    """Words whose own column says no."""
    letters: list[str] = field(default_factory=list)
    tells_none: bool = False


def findings_apart(layout: Layout, domain: str, rows: Rows, items: Items) -> dict[str, Apart]:
    """Column of the frames -> what other columns of this sheet add to it."""
    found: dict[str, Apart] = {}
    for heading in layout.headings:
        if heading.match is None or not heading.adds or heading.domain != domain:
            continue
        item, target = heading.match.item, items.by_name[heading.column]
        n = len(rows)
        nothing = np.full(n, None, dtype=object)
        empty = Apart(nothing, np.full(n, math.nan), np.zeros(n, dtype=bool), nothing.copy())
        apart = found.setdefault(heading.column, empty)
        parsed = parse_finding(rows.cells(heading.index), item, target, items)
        rows.report(parsed.problems, heading.letter, heading.text)
        _take(apart, heading, parsed, target)
    return found


def _take(apart: Apart, heading: Heading, parsed: Column, target: Item) -> None:
    """One more column of findings of an item. Where any of them cannot be read, nobody knows that there was none."""
    assert heading.match is not None
    apart.words = together(apart.words, parsed.values["word"], target)
    apart.flow = np.fmax(apart.flow, parsed.values["flow"])
    apart.set_aside |= parsed.set_aside
    no = np.flatnonzero(parsed.values["there"] == 0)
    apart.denied[no] = [f"{said};{heading.adds}" if said else heading.adds for said in apart.denied[no]]
    apart.letters.append(heading.letter)
    apart.tells_none |= heading.match.item.tells_none


def contradict(own: np.ndarray, apart: Apart) -> np.ndarray:
    """Rows in which a column says none and a finding beside it yes, or a finding's own column denies what the column says."""
    spoken = ~pd.isna(own)
    pairs = pd.MultiIndex.from_arrays(
        [pd.Series(c, dtype=object) for c in (own[spoken], apart.words[spoken], apart.denied[spoken])]
    )
    codes, distinct = pd.factorize(pairs)
    odd = [
        (word in NOTHING and isinstance(beside, str))
        or (isinstance(denied, str) and bool(set(word.split(";")) & set(denied.split(";"))))
        for word, beside, denied in distinct
    ]
    found = np.zeros(len(own), dtype=bool)
    found[spoken] = np.array([*odd, False], dtype=bool)[codes]
    return found


def together(own: np.ndarray, added: np.ndarray, target: Item) -> np.ndarray:
    """What a column says and what a finding beside it adds: devices and drugs side by side, of other findings the worse one."""
    at = np.flatnonzero(~pd.isna(added))
    if not len(at):
        return own
    pairs = list(zip(own[at], added[at], strict=True))
    settled = {pair: _both(pair[0], pair[1], target) for pair in set(pairs)}
    result = own.copy()
    result[at] = np.array([*(settled[pair] for pair in pairs), None], dtype=object)[:-1]
    return result


def _both(own: str | None, added: str, target: Item) -> str:
    """Two words of one row as one."""
    if own is None:
        return added
    if target.worst_first:
        return min(own, added, key=target.worst_first.index)
    named = {word for word in {*own.split(";"), *added.split(";")} if word not in LESS}
    count = next((int(word) for word in named if word.isdigit()), 0)
    agents = {word for word in named if not word.isdigit()}
    return str(count) if count > len(agents) else ";".join(sorted(agents)) or added
