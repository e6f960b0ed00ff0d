"""The nouns of qualifiers: what the columns that say something about a row's other values decide about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SET_ASIDE, distinct, shown, spread
from senl_ae.read.cells.numbers import is_dash
from senl_ae.read.headings.recognised import Heading
from senl_ae.read.headings.rows import Rows
from senl_ae.read.words.listed import listed, text_of
from senl_ae.vocabulary.items import Item, Items

UNLISTED = ""
"""Stands for a word of a qualifier that is not listed."""
MOST_WORDS = 12
"""So many words that are not listed are named one by one."""


@dataclass
class Marks:
    """What the qualifiers of one sheet decide, one entry per row.

    `nothing`: the row did not happen (`reasons`: why, with how many rows). `doubtful`: it may not have happened. `specimen`: what else than
    blood a laboratory value was measured in, else None. `routed`: a column says by which route it was given.
    """

    nothing: np.ndarray
    doubtful: np.ndarray
    specimen: np.ndarray
    routed: np.ndarray
    reasons: dict[str, int] = field(default_factory=dict)

    def take(self, mask: np.ndarray) -> Marks:
        """The same for some of the rows."""
        return replace(
            self,
            nothing=self.nothing[mask],
            doubtful=self.doubtful[mask],
            specimen=self.specimen[mask],
            routed=self.routed[mask],
        )

    def leave_out(self, reason: str, rows: np.ndarray) -> int:
        """Rows that are nothing, for one reason; how many of them were not so before."""
        new = int((rows & ~self.nothing).sum())
        self.nothing |= rows
        if new:
            self.reasons[reason] = self.reasons.get(reason, 0) + new
        return new


def doubted(domain: str, columns: Mapping[str, np.ndarray], doubtful: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of rows that may not have happened: laboratory values are marked, of other rows each filled cell is set aside."""
    if domain == "labs":
        return {"doubtful": doubtful}
    if not doubtful.any():
        return {}
    changed: dict[str, np.ndarray] = {}
    for name, column in columns.items():
        if name.endswith(SET_ASIDE):
            continue
        filled = doubtful & ~pd.isna(column)
        if filled.any():
            changed[name] = column.copy()
            changed[name][filled] = None if column.dtype == object else np.nan
            item = name.removesuffix("_upper")
            aside = changed.get(
                item + SET_ASIDE, columns.get(item + SET_ASIDE, np.zeros(len(doubtful), dtype=bool))
            )
            changed[item + SET_ASIDE] = aside | filled
    return changed


@dataclass(frozen=True)
class Words:
    """What a column says, as a code per row and a canonical word per code: None where blank, `UNLISTED` where no word is listed."""

    item: Item
    codes: np.ndarray
    said: Sequence[str | None]

    def decide(self, decision: str) -> np.ndarray:
        """The rows whose word decides this; a word that is not listed is `doubtful`."""
        return self._rows([self._decision(word) == decision for word in self.said])

    def _decision(self, word: str | None) -> str:
        return "" if word is None else "doubtful" if word == UNLISTED else self.item.decision(word)

    def are(self, *words: str) -> np.ndarray:
        """The rows that say one of these words."""
        return self._rows([word in words for word in self.said])

    def array(self) -> np.ndarray:
        """The words themselves, one per row."""
        return spread(self.said, self.codes, object, None)

    def _rows(self, per_cell: Sequence[bool]) -> np.ndarray:
        return spread(per_cell, self.codes, np.bool_, False)


@dataclass(frozen=True)
class Qualifier:
    """One qualifier of one sheet: its columns, its vocabulary, the rows, and of intervals their typed columns (start, end, agent)."""

    headings: Sequence[Heading]
    item: Item
    items: Items
    rows: Rows
    columns: dict[str, np.ndarray]

    def words(
        self,
        heading: Heading,
        read: Callable[[Any, str], str | None] | None = None,
        among: np.ndarray | None = None,
    ) -> Words:
        """What each row says in canonical words; each word that is not listed becomes an issue.

        `among`: rows on which an unlisted word matters; on others it is passed over.
        """
        item = heading.match.item if heading.match and heading.match.item.words else self.item
        read = read or (lambda cell, text: listed(text, item))
        codes, cells = distinct(self.rows.cells(heading.index))
        said: list[str | None] = []
        for cell in cells:
            text = text_of(cell)
            blank = not text or is_dash(text)
            word = None if blank else read(cell, text)
            said.append(word if word is not None or blank else UNLISTED)
        words = Words(item, codes, said)
        if UNLISTED in said:
            unread = words.are(UNLISTED) & (True if among is None else among)
            self._name_unlisted(heading, cells, codes[unread], item)
        return words

    def _name_unlisted(self, heading: Heading, cells: Sequence[Any], codes: np.ndarray, item: Item) -> None:
        """One issue per column and word that is not listed."""
        counted, number = np.unique(codes, return_counts=True)
        order = np.argsort(-number, kind="stable")
        known = [w for w in item.words if item.decision(w) != "says_nothing"]
        expected = f"a listed word: {', '.join(w.replace('_', ' ') for w in known[:8])}{' and others' if len(known) > 8 else ''}"
        for i in order[:MOST_WORDS]:
            found = f'"{heading.text}" says {shown(text_of(cells[counted[i]]))} in {number[i]} row{"s" if number[i] > 1 else ""}'
            self.aside("unlisted-qualifier", heading, found, expected)
        if len(order) > MOST_WORDS:
            rest = order[MOST_WORDS:]
            found = f'"{heading.text}" says {len(rest)} further words that are not listed, in {int(number[rest].sum())} rows'
            self.aside("unlisted-qualifier", heading, found, expected)

    def aside(self, code: str, heading: Heading, found: str, expected: str) -> None:
        done = "set aside: what stands there proves nothing and raises only the ceiling"
        self.rows.about_sheet("set aside", code, found, expected, done, heading.letter)

    def note(self, code: str, heading: Heading, found: str, done: str) -> None:
        self.rows.about_sheet("note", code, found, "", done, heading.letter)
