"""Whether a column that no rule knows may say something about the values beside it, and which of its words can be shown."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from senl_ae.read.cells.numbers import common
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.words.listed import listed
from senl_ae.vocabulary.items import fold, load_items

GRADED = frozenset({"vitals", "neuro", "labs", "interventions"})
"""Domains whose rows are graded."""
MOST_WORDS, SHOWN, LONGEST = 12, 5, 40
"""A column of more different words, or of longer ones, is one of remarks; so many are shown."""
LOOK_ROWS = 2000
"""So many rows tell a column of remarks from one of words."""
_PARTS = re.compile(r"[^\W\d_]+")
_A_CODE = re.compile(r"\d{3}")


def note_qualifier(layout: Layout, heading: Heading, rows: Rows) -> bool:
    """Name an unknown column that may qualify the values beside it: heading, words, how many rows. False where it is an ordinary one."""
    if layout.domain not in GRADED or not heading.text:
        return False
    cells = rows.cells(heading.index)
    words = _words(cells)
    if not (_says_so(heading.text, "qualifying") or _are_words(words) or _are_listed(words)):
        return False
    filled = int((~pd.isna(cells)).sum())
    if not filled:
        return False
    shown = (
        []
        if _says_so(heading.text, "people")
        else [word for word, n in words.items() if n > 1 and not _A_CODE.search(word)][:SHOWN]
    )
    said = f": {', '.join(shown)}{' and others' if len(words) > len(shown) else ''}" if shown else ""
    rows.about_sheet(
        "note",
        "unknown-qualifier",
        f'"{heading.text}" ({filled} rows{said}) stands beside values that are graded, and no rule knows it',
        f'"{heading.nearest}" is the nearest known heading'
        if heading.nearest
        else "a known heading, where it says of what or whether",
        "not read: the rows are graded as if it were not there; [columns] in senl-ae.toml can say what it is",
        heading.letter,
    )
    return True


def _words(cells: np.ndarray) -> dict[str, int]:
    """The short texts of a column, how often each stands there, the most frequent first; empty where it holds more than that."""
    if len(pd.unique(cells[:LOOK_ROWS])) > 2 * MOST_WORDS:
        return {}
    codes, found = pd.factorize(cells)
    number = np.bincount(codes[codes >= 0], minlength=len(found))
    words: dict[str, int] = {}
    for cell, n in zip(found, number.tolist(), strict=True):
        if not isinstance(cell, str) or len(cell.strip()) > LONGEST:
            return {}
        word = cell.strip()
        if word and not any(c.isalpha() for c in word):
            return {}
        if word:
            words[word] = words.get(word, 0) + n
    return dict(sorted(words.items(), key=lambda w: (-w[1], w[0]))) if len(words) <= MOST_WORDS else {}


def _are_words(words: dict[str, int]) -> bool:
    """Whether a column holds a few words again and again."""
    return len(words) > 1 and 2 * len(words) <= sum(words.values())


def _are_listed(words: dict[str, int]) -> bool:
    """Whether a column says what a known qualifier would: that it was cancelled, by mouth, in spinal fluid."""
    items = load_items().by_name
    known = [items[name] for name in ("specimen", "status", "route")]
    said = (
        (item, word)
        for item in known
        for text in words
        if len(fold(text)) > 1 and (word := listed(text, item)) is not None
    )
    return any(
        item.name == "route" or item.decision(word) not in ("counts", "says_nothing") for item, word in said
    )


def _says_so(heading: str, meaning: str) -> bool:
    """Whether a heading has one of the words of a list in it: Latin ones whole, others anywhere."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).casefold()
    parts = {fold(part) for part in _PARTS.findall(text)}
    return any(word in parts if word.isascii() else word in text for word in common(meaning)) or fold(
        heading
    ) in common(meaning)
