"""What a cell says that a laboratory value was measured in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import Labs, distinct, spread
from senl_ae.read.cells.numbers import said_by
from senl_ae.read.qualifiers.nouns import UNLISTED
from senl_ae.read.words.kinds import parse_lab
from senl_ae.read.words.listed import listed, take_apart, text_of
from senl_ae.vocabulary.items import HeadingMatch, Item

LONGEST = 120
"""Longer text is a remark."""
A_FEW = 3
"""A column is taken for one of ids only if it holds so many different ones."""


def not_blood(item: Item, match: HeadingMatch, said: np.ndarray) -> np.ndarray:
    """What else than blood the values of one test were measured in, by the columns and by the test's own name; None where it was blood."""
    codes, words = distinct(said)
    of_blood = {"blood", "capillary"} - set(item.never_of)
    other = spread([None if w in of_blood else w for w in words], codes, object, None)
    return other if match.specimen is None else np.where(pd.isna(other), match.specimen, other)


def lab_values(
    values: np.ndarray,
    item: Item,
    unit: str | np.ndarray | None,
    elsewhere: np.ndarray,
    read: Callable[..., Labs] = parse_lab,
) -> Labs:
    """Values of one test; those of another specimen as they are written, without the plausible limits and the units of blood.

    read: how those of blood are read, results (`parse_lab`) or limits of a range (`parse_limit`)."""
    other = ~pd.isna(elsewhere)
    if not other.any():
        return read(values, item, unit=unit)
    parsed = _as_written(values, unit)
    if not other.all():
        blood = np.flatnonzero(~other)
        own = read(values[blood], item, unit=unit[blood] if isinstance(unit, np.ndarray) else unit)
        for name in ("value", "upper", "unit", "comparator"):
            getattr(parsed, name)[blood] = getattr(own, name)
        problems = [replace(p, rows=blood[p.rows]) for p in own.problems]
        parsed = replace(parsed, problems=problems)
    return parsed


def _as_written(values: np.ndarray, unit: str | np.ndarray | None) -> Labs:
    """Numbers with their comparators in the unit that stands there; words (negative, trace) are no number, and nobody grades them."""
    codes, cells = distinct(values)
    said = [said_by(cell) for cell in cells]
    number = [math.nan if s.problem or not math.isnan(s.upper) else s.value for s in said]
    own = spread([s.unit for s in said], codes, object, None)
    units = unit if isinstance(unit, np.ndarray) else np.full(len(values), unit, dtype=object)
    return Labs(
        spread(number, codes, np.float64, math.nan),
        np.full(len(values), math.nan),
        np.where(pd.isna(own), units, own),
        spread([s.comparator for s in said], codes, object, None),
        [],
        np.zeros(len(values), dtype=bool),
    )


def specimen_word(text: str, specimen: Item) -> str | None:
    """The canonical specimen of a cell; of several words the one that is not blood; None where none is listed, or blood and more."""
    word = listed(text, specimen)
    if word is not None:
        return word
    phrase = take_apart(text.casefold()[:LONGEST], specimen.spellings, specimen.fillers)
    elsewhere = [m for m in phrase.meanings if specimen.decision(m) == "elsewhere" and m != "other_fluid"]
    elsewhere = elsewhere or [m for m in phrase.meanings if specimen.decision(m) == "elsewhere"]
    if elsewhere:
        return elsewhere[0]
    if not phrase.meanings or phrase.rest:
        return None
    return "capillary" if "capillary" in phrase.meanings else phrase.meanings[0]


def category_word(text: str, category: Item, specimen: Item) -> str | None:
    """The specimen that a group of tests names; None where the group is a listed one that names none, `UNLISTED` for any other name."""
    word = listed(text, category) or listed(text, specimen)
    if word is None:
        found = take_apart(text.casefold()[:LONGEST], specimen.spellings).meanings
        word = next((m for m in found if specimen.decision(m) == "elsewhere"), UNLISTED)
    return word if word == UNLISTED or specimen.decision(word) == "elsewhere" else None


def looks_like_ids(cells: np.ndarray, specimen: Item) -> bool:
    """Whether a column headed "sample" holds the numbers of samples: no listed word in it, a digit in every cell, and hardly one twice."""
    codes, found = distinct(cells)
    texts = [text_of(c) for c in found if text_of(c)]
    if len(texts) < A_FEW or 2 * len(texts) < int((codes >= 0).sum()):
        return False
    return all(any(c.isdigit() for c in t) and specimen_word(t, specimen) is None for t in texts)
