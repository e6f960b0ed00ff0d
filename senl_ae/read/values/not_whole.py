"""Columns whose heading is not known whole: which of their cells could be a sign or support that nobody can read there."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SET_ASIDE, distinct, spread
from senl_ae.read.cells.numbers import is_dash, said_by, says_missing
from senl_ae.read.headings.partial_headings import CHECKBOX, NOT_ASKED
from senl_ae.read.headings.rows import Rows, is_blank
from senl_ae.read.values.further_records import More
from senl_ae.read.words.listed import listed, take_apart, text_of, yes_or_no
from senl_ae.vocabulary.items import Item, Items

if TYPE_CHECKING:
    from senl_ae.read.headings.recognised import Heading, Layout

NUMBERS = ("number", "blood_pressure", "score_or_unable")
COLUMN = {"bp": ("sbp",), "seizure_minutes": ("seizure",), "dbp": (), "avpu": ("avpu",)}
_DATE_OR_CLOCK = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}|\d{1,2}:\d{2}")
_NUMBER = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)?(?![\d.,]*\d)")
_FAHRENHEIT = (95.0, 113.0)


def columns_not_whole(
    layout: Layout, domain: str, rows: Rows, items: Items, read: dict[str, np.ndarray], more: list[More]
) -> dict[str, np.ndarray]:
    """Marks of cells that could be of an item and cannot be read: on their row, or (in `more`) on a further one where the item has a value.

    Each column is named once: set aside where any of its cells could be of the item, else a note.
    """
    marks: dict[str, np.ndarray] = {}
    for heading in layout.headings:
        if not heading.may_be or heading.domain != domain:
            continue
        cells = rows.cells(heading.index)
        found = {
            item.name: _could_be(cells, item, items) & ~_says_the_same(cells, item, read.get(item.column))
            for item in heading.may_be
        }
        _name(rows, heading, np.any(list(found.values()), axis=0))
        for item in heading.may_be:
            for column in _columns_of(item):
                mask = found[item.name]
                own = read.get(column)
                beside = mask & ~pd.isna(own) if own is not None else np.zeros(len(mask), dtype=bool)
                if beside.any():
                    more.append((beside, {column + SET_ASIDE: beside}))
                if (mask & ~beside).any():
                    marks[column] = marks.get(column, np.zeros(len(mask), dtype=bool)) | (mask & ~beside)
    return marks


def _columns_of(item: Item) -> tuple[str, ...]:
    """The columns of the frames in which a cell of this item would count."""
    if item.name in COLUMN:
        return COLUMN[item.name]
    for tool in ("ice", "capd"):
        if item.name.startswith(f"{tool}_"):
            return (f"{tool}_total",)
    return () if item.column in NOT_ASKED else (item.column,)


def _name(rows: Rows, heading: Heading, could_be: np.ndarray) -> None:
    """Say once what a column is not read as, and how many rows it leaves open."""
    cells = rows.cells(heading.index)
    filled = int((~is_blank(cells)).sum())
    box = CHECKBOX.fullmatch(heading.text.strip())
    names = " or ".join(item.name for item in heading.may_be)
    if could_be.any():
        whole = f"a heading that says whole what it is: {names}, or another item"
        expected = "the data dictionary of the REDCap project among the files" if box else whole
        done = "not read: no grade beside such a value is exact" + (
            "" if box else "; settle it in [columns] of senl-ae.toml"
        )
    else:
        expected, done = "", "not used; none of its values could be one"
    severity, code = ("set aside", "heading-not-whole") if could_be.any() else ("note", "unused-column")
    rows.about_sheet(
        severity,
        code,
        f'"{heading.text}" may be {names} ({filled} values, {int(could_be.sum())} rows left open)',
        expected,
        done,
        heading.letter,
    )


def _could_be(cells: np.ndarray, item: Item, items: Items) -> np.ndarray:
    """Where a cell could be a value of this item that says something: never blank, no plain no."""
    codes, found = distinct(cells)
    target = items.by_name[item.column] if item.kind == "finding" else item
    return spread([_says_something(cell, target, items) for cell in found], codes, np.bool_, False)


def _says_the_same(cells: np.ndarray, item: Item, own: np.ndarray | None) -> np.ndarray:
    """Where a cell is the value that the item's own column has: whatever it is, it says nothing new."""
    if own is None:
        return np.zeros(len(cells), dtype=bool)
    codes, found = distinct(cells)
    if own.dtype == object:
        return np.asarray(
            spread([listed(text_of(cell), item) for cell in found], codes, object, None) == own, dtype=bool
        )
    numbers = [said.value if not (said := said_by(cell)).problem else math.nan for cell in found]
    value = np.asarray(spread(numbers, codes, np.float64, math.nan), dtype=float)
    same = np.isclose(value, own, rtol=0, atol=1e-6)
    for conversion in set(item.units.values()):
        if conversion.to == item.unit:
            same |= np.isclose(conversion.apply(value), own, rtol=0, atol=0.05)
    return same


def _says_something(cell: Any, item: Item, items: Items) -> bool:
    text = text_of(cell)
    if is_dash(text) or says_missing(text):
        return False
    if item.kind in NUMBERS:
        return _has_number(text, item) or listed(text, item) is not None
    answer = yes_or_no(text)
    if answer is not None or text.casefold() in ("checked", "unchecked"):
        return bool(answer) or text.casefold() == "checked"
    if item.word_of:
        word = listed(text, item)
        if word is not None:
            return word not in ("none", "room_air")
    if any(c in "123456789" for c in text):
        return True
    words = {w: m for w, m in item.spellings.items() if len(w) > 1 and m not in ("none", "room_air")}
    if item.kind in ("agents", "dose"):
        words |= {w: m for w, m in items.agent_spellings.items() if len(w) > 2 or not w.isascii()}
    return bool(take_apart(text.casefold(), words).meanings)


def _has_number(text: str, item: Item) -> bool:
    """Whether a text holds a number that this item can have; of a date or a clock time none."""
    rest = _DATE_OR_CLOCK.sub(" ", text)
    low, high = (
        item.plausible.get(a, item.plausible.get(b, c)) for a, b, c in (("ge", "gt", 0.0), ("le", "lt", 1e9))
    )
    for found in _NUMBER.findall(rest):
        number = float(found.replace(",", "."))
        if low <= number <= high or (
            item.name == "temperature" and _FAHRENHEIT[0] <= number <= _FAHRENHEIT[1]
        ):
            return True
    return False
