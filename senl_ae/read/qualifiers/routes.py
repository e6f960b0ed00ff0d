"""By which route a drug was given, and which drugs count by it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from senl_ae.read.qualifiers.nouns import UNLISTED
from senl_ae.read.words.drugs import without_amounts
from senl_ae.read.words.listed import listed, take_apart
from senl_ae.vocabulary.items import Item

_LASTING = re.compile(r"(?:over|for)\s{1,3}\d{1,4}\s{0,3}(?:min(?:ute)?s?|h(?:ou)?rs?|h)\b")
LONGEST = 120
"""Longer text is a remark."""


def route_word(text: str, route: Item) -> str | None:
    """The canonical route of a cell; several in one cell are joined with `;`; None when any of it is not listed."""
    word = listed(text, route)
    if word is not None:
        return word
    if len(text) > LONGEST:
        return None
    without = _LASTING.sub(" ", without_amounts(text.casefold()))
    phrase = take_apart(without, route.spellings, tuple(f.casefold() for f in route.fillers))
    return ";".join(sorted(set(phrase.meanings))) if phrase.meanings and not phrase.rest else None


def location_word(text: str, location: Item) -> str | None:
    """The canonical word of a place on the body, its side left out; None where it is not listed."""
    word = listed(text, location)
    if word is not None or len(text) > LONGEST:
        return word
    phrase = take_apart(text.casefold(), location.spellings, tuple(location.fillers))
    return phrase.meanings[0] if len(set(phrase.meanings)) == 1 and not phrase.rest else None


def by_route(
    words: np.ndarray, agent: np.ndarray, category: np.ndarray, route: Item
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Agents and categories (joined with `;`, as they came) without those that do not count by their row's route, and the doubtful rows.

    None where none is left. A route that is not listed makes a row doubtful where the route matters for its drug.
    """
    said = ~pd.isna(words)
    rows = np.flatnonzero(said)
    out_agent, out_category, doubtful = agent.copy(), category.copy(), np.zeros(len(words), dtype=bool)
    keys = pd.MultiIndex.from_arrays([pd.Series(c[rows], dtype=object) for c in (words, agent, category)])
    codes, found = pd.factorize(keys)
    for i, (word, agents, categories) in enumerate(found):
        if not isinstance(categories, str):
            continue
        names = agents.split(";") if isinstance(agents, str) else [None]
        kinds = (categories.split(";") * len(names))[: len(names)]
        verdicts = [_counts(word, name, kind, route) for name, kind in zip(names, kinds, strict=True)]
        at = rows[codes == i]
        doubtful[at] = None in verdicts
        if False in verdicts:
            left = [
                (name, kind)
                for name, kind, verdict in zip(names, kinds, verdicts, strict=True)
                if verdict is not False
            ]
            out_agent[at] = ";".join(n for n, _ in left if n) or None
            out_category[at] = ";".join(k for _, k in left) or None
    return out_agent, out_category, doubtful


def _counts(word: str, agent: str | None, category: str, route: Item) -> bool | None:
    """Whether a drug counts by a route; None where that cannot be told."""
    counted = route.of.get(agent or "", route.of.get(category))
    if counted is None:
        return True
    if word == UNLISTED or route.decision(word) == "doubtful":
        return None
    verdicts = {w in counted for w in word.split(";")}
    return verdicts.pop() if len(verdicts) == 1 else None
