"""Finds the row of headings of a sheet, and what each heading may mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from senl_ae.read.headings.partial_headings import PartialHeadings
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import Alias, HeadingMatch, Items, fold, split_unit, word_key

LOOK_ROWS = 60
"""Headings are looked for in so many rows from the first that is not blank: titles, logos and remarks stand above them."""

LONGEST_HEADING = 120
"""Longer text is a remark, not a heading."""

SEARCHED = ("subjects", "vitals", "interventions", "neuro", "labs", "events", "adjudications", "long_vitals")

NOT_A_HEADING = re.compile(r"(?=.*\d)[\d\s.,:/+\-−–年月日时分TZ%]*|[\s.,:/+\-−–%]*")
"""Numbers, dates and clock times: what stands in data rows and never in a row of headings. 年 and 时分 alone are headings."""


RESULT = re.compile(r"(?P<name>.+?)_?(?:VS|LB|QS|NV|FT|RS)?ORRES(?P<unit>U)?", re.IGNORECASE)
"""A wide column of a data system that is headed by the code of its item and the variable that it fills: TEMP_VSORRES, TEMP_VSORRESU."""


@dataclass(frozen=True)
class HeadingRows:
    """The rows of headings of one sheet (indexes from 0), the text of each column joined, and a unit where a row of units gave one."""

    first: int
    last: int
    texts: tuple[str, ...]
    units: tuple[str | None, ...]

    @property
    def data(self) -> int:
        """Index of the first row below the headings."""
        return self.last + 1


class Vocabulary:
    """What each heading may mean, domain by domain; each spelling is looked up once."""

    def __init__(self, items: Items, stated: Mapping[str, str] | None = None) -> None:
        self.items = items
        self._stated = {
            fold(heading): items.by_name[name]
            for heading, name in (stated or {}).items()
            if name in items.by_name
        }
        self._meanings: dict[str, dict[str, HeadingMatch]] = {}
        self._told: set[tuple[str, str]] = set()
        self.partial = PartialHeadings(items)
        self.read_as: dict[str, str] = {}
        """Folded heading of a form's field -> the text that it is understood by, where it is not known itself."""
        self.is_now: dict[str, str] = {}
        """Folded heading -> the text that it stands for, whatever it would mean by itself."""
        self.system: set[str] = set()
        """Folded headings that a data system keeps for itself, beside those of the vocabulary."""

    def is_system(self, text: str) -> bool:
        """Whether a heading is the data system's own (an event, a form, a status of entry) and no data."""
        return fold(text) in self.system or word_key(text) in self.items.common_words.get(
            "heading_bookkeeping", ()
        )

    def reads(self, text: str, *plain: str) -> None:
        """Let a heading that is not known itself be understood as the first of some other texts that is known."""
        if not self.meanings(text) and (
            known := next((other for other in plain if other and self.meanings(other)), "")
        ):
            self.read_as[fold(text)] = known
            self._meanings.pop(text, None)

    def meanings(self, text: str) -> dict[str, HeadingMatch]:
        """The item a heading stands for in each domain that knows it, the settings before the vocabulary."""
        if fold(text) in self.system:
            return {}
        if (stands_for := self.is_now.get(fold(text), text)) != text:
            return self.meanings(stands_for)
        if text not in self._meanings:
            said = self._stated.get(fold(text))
            if said is not None:
                unit = split_unit(text)[1] if said.units else None
                self._meanings[text] = {
                    d: HeadingMatch(said, Alias(text), unit) for d in SEARCHED if d in said.domains
                }
                return self._meanings[text]
            found = (
                {domain: self.items.match(text, domain) for domain in SEARCHED}
                if 0 < len(text) <= LONGEST_HEADING
                else {}
            )
            known = {domain: match for domain, match in found.items() if match is not None}
            self._meanings[text] = known or self._by_its_form(text)
        return self._meanings[text]

    def _by_its_form(self, text: str) -> dict[str, HeadingMatch]:
        """What a field's name means without the prefix of its form, or without the variable that a data system adds to it."""
        result = RESULT.fullmatch(text)
        plain = self.read_as.get(fold(text)) or (result["name"] if result and not result["unit"] else "")
        return self.meanings(plain) if plain and plain != text else {}

    def best(self, texts: list[str]) -> int:
        """How many different columns of the domain that knows most of them a row of texts may name."""
        columns = {
            (domain, match.item.name)
            for text in texts
            if text
            for domain, match in self.meanings(text).items()
        }
        return max(Counter(domain for domain, _ in columns).values(), default=0)

    def is_new(self, text: str, item: str) -> bool:
        """Whether this reading of a heading was not told before: one note for all sheets that have it."""
        new = (text, item) not in self._told
        self._told.add((text, item))
        return new

    def nearest(self, text: str, domains: tuple[str, ...]) -> str:
        """The known heading of these domains that this one begins with, or is spelt most like; empty when none is close."""
        folded = fold(text)
        if len(folded) < 2:
            return ""
        begins = [
            alias.text
            for d in domains
            for item in self.items.in_domain(d)
            for alias in item.aliases
            if len(fold(alias.text)) > 3 and folded.startswith(fold(alias.text))
        ]
        near = (
            max(begins, key=len)
            if begins
            else next((near for domain in domains if (near := self.items.nearest(text, domain))), "")
        )
        names = {match.item.name for match in self.meanings(near).values()} if near else set()
        return near if not names or fold(near) in map(fold, names) else f"{near} ({min(names)})"


def as_text(cell: object) -> str:
    """A heading's text on one line; empty for a blank cell or one that holds no text."""
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def _top(table: RawTable) -> tuple[int, list[list[object]]]:
    """The first rows that are not blank, as lists of cells, and the index of the first of them."""
    length = len(table.columns[0]) if table.columns else 0
    reach = min(length, 5000)
    filled = [pd.notna(column[:reach]) for column in table.columns]
    start = min((int(f.argmax()) for f in filled if f.any()), default=length)
    stop = min(length, start + LOOK_ROWS)
    cells = [list(column[start:stop]) for column in table.columns]
    return start, [[column[i] for column in cells] for i in range(stop - start)]


def _is_filled(cell: object) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _is_word(cell: object) -> bool:
    return isinstance(cell, str) and not NOT_A_HEADING.fullmatch(cell.strip())


def _looks_like_headings(cells: list[object]) -> bool:
    """Whether most of a row's cells are words, as headings are and data are not."""
    filled = [cell for cell in cells if _is_filled(cell)]
    return bool(filled) and 2 * sum(_is_word(cell) for cell in filled) > len(filled)


def _only_words(cells: list[object]) -> bool:
    """Whether a row holds nothing but words, as a second row of headings does."""
    filled = [cell for cell in cells if _is_filled(cell)]
    return bool(filled) and all(_is_word(cell) for cell in filled)


def _spread(table: RawTable, row: int, texts: list[str], below: list[str]) -> list[str]:
    """A group heading ("Blood pressure") stands over all the columns it was merged over, or, unmerged, over the blanks after it."""
    spread = list(texts)
    merged = {(r1, c1): c2 for r1, c1, r2, c2 in table.merged if r1 <= row <= r2}
    for (_, c1), c2 in merged.items():
        for column in range(c1 + 1, min(c2 + 1, len(spread))):
            spread[column] = spread[c1]
    if not merged:
        for column in range(1, len(spread)):
            if not spread[column] and below[column] and below[column - 1]:
                spread[column] = spread[column - 1]
    return spread


def _join(upper: list[str], lower: list[str], vocabulary: Vocabulary) -> list[str]:
    """Each column's heading out of two rows: the pair where it is known, else the lower one, else the upper one."""
    joined = []
    for a, b in zip(upper, lower, strict=True):
        pair = f"{a} {b}" if a and b and a != b else a or b
        known = [text for text in (pair, b, a) if text and vocabulary.meanings(text)]
        joined.append(known[0] if known else pair)
    return joined


def find_headings(table: RawTable, vocabulary: Vocabulary) -> HeadingRows | None:
    """The headings of a sheet: the row with the most known names, with the row above or below it when the two together know more.

    None when no row has at least two known headings.
    """
    start, rows = _top(table)
    texts = [[as_text(cell) for cell in row] for row in rows]
    scores = [
        vocabulary.best(text) if _looks_like_headings(row) else 0
        for row, text in zip(rows, texts, strict=True)
    ]
    if not scores or max(scores) < 2:
        return None
    best = scores.index(max(scores))
    choice, first, last, known = texts[best], best, best, max(scores)
    for upper in (best - 1, best):
        if (
            upper < 0
            or upper + 1 >= len(rows)
            or not (_only_words(rows[upper]) and _only_words(rows[upper + 1]))
        ):
            continue
        if _is_unit_row(rows[upper + 1], texts[upper], vocabulary):
            continue
        pair = _join(
            _spread(table, start + upper, texts[upper], texts[upper + 1]), texts[upper + 1], vocabulary
        )
        if vocabulary.best(pair) > known:
            choice, first, last, known = pair, upper, upper + 1, vocabulary.best(pair)
    units: list[str | None] = [None] * len(choice)
    below = last + 1
    if below < len(rows) and _is_unit_row(rows[below], choice, vocabulary):
        units = [text.strip("()（）[] ") or None for text in texts[below]]
        last = below
    return HeadingRows(start + first, start + last, tuple(choice), tuple(units))


def _is_unit_row(cells: list[object], headings: list[str], vocabulary: Vocabulary) -> bool:
    """Whether the row below the headings holds units: under no subject, and under at least one number and nothing but words or %."""
    measured = 0
    for cell, heading in zip(cells, headings, strict=True):
        if not _is_filled(cell):
            continue
        text = as_text(cell)
        kinds = {match.item.kind for match in vocabulary.meanings(heading).values()} if heading else set()
        if not text or ("subject_id" in kinds and fold(text) not in ("unit", "units", fold("单位"))):
            return False
        if not (_is_word(text) or text.strip("()（）[] ") in ("%", "％")) or vocabulary.meanings(
            text
        ).keys() & {
            "subjects",
            "vitals",
            "neuro",
        }:
            return False
        measured += bool(kinds & {"number", "blood_pressure"})
    return measured > 0


def heading_like(table: RawTable) -> list[str]:
    """The first row that holds only words, column by column: what stands for headings where none is known."""
    _, rows = _top(table)
    row = next(
        (row for row in rows if _only_words(row) and sum(map(_is_filled, row)) >= 2),
        next((r for r in rows if _only_words(r)), []),
    )
    return [as_text(cell) for cell in row]


def first_texts(table: RawTable) -> list[str]:
    """The texts of the first row that holds only words, to show where no heading is known. Rows with values are never shown."""
    _, rows = _top(table)
    candidates = [[as_text(cell) for cell in row if as_text(cell)] for row in rows if _only_words(row)]
    return next((texts for texts in candidates if len(texts) >= 2), candidates[0] if candidates else [])
