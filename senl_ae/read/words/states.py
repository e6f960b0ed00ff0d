"""Which state of consciousness a cell says, whatever stands beside the word: A&Ox4, lethargic but arousable to voice, on propofol."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, shown
from senl_ae.read.words.beside import (
    DENIED,
    DOUBT,
    ENDED,
    LOCAL,
    NUMBER,
    Lexicon,
    clean,
    is_remark,
    left_over,
    qualifiers,
)
from senl_ae.read.words.listed import (
    SEPARATORS,
    beside_remark,
    blank_remark,
    confirm_remark,
    listed,
    one_per_cell,
    unknown_word,
)
from senl_ae.vocabulary.folding import spelling
from senl_ae.vocabulary.items import Item, Items, fold, word_key

_SETTING = "\0setting"
_SIGNS = {_SETTING: "\ue001"}
_NUMBERS = re.compile(rf"\ue001?\s?[:=]?\s?[+-]?{NUMBER}(?:\s?/\s?{NUMBER})?")


def parse_state(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read one state per cell as its canonical word; the name of a sedative is sedation, and of several states the worst counts.

    A listed word beside a no, an end or a doubt is never that word: set aside. What else stands beside one is a remark."""
    name = item.name.replace("_", " ")
    lexicon = _lexicon(item, items)

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        sure = "?" not in text
        word = listed(text, item) if sure else None
        if word is not None:
            return word, confirm_remark(name, text, word) if word_key(text) in item.to_confirm else None
        several = [listed(part, item) for part in SEPARATORS.split(text)] if sure else []
        if len(several) > 1 and all(several):
            return min(map(str, several), key=item.worst_first.index), None
        return _in_words(text, item, name, lexicon)

    return one_per_cell(values, item, name, read, object)


def _lexicon(item: Item, items: Items) -> Lexicon:
    words = {word: meaning for word, meaning in qualifiers(items, item).items() if meaning != LOCAL}
    denied = {word: meaning for word, meaning in words.items() if meaning in (DENIED, ENDED)}
    words |= {spelling(w): _SETTING for w in item.settings}
    for text, agent in items.agent_spellings.items():
        state = item.named_by.get(items.agents[agent].category)
        if state:
            words[text] = state
    words |= {word: state for word, state in item.spellings.items() if len(fold(word)) > 1}
    return Lexicon(words | denied, item.fillers)


def _in_words(text: str, item: Item, name: str, lexicon: Lexicon) -> tuple[str | None, Remark | None]:
    """The state that a cell says in more than one listed word."""
    marked = lexicon.mark(clean(text))
    states = {m for m in marked.meanings if not m.startswith("\0")}
    if not states:
        return None, blank_remark(name, text) or unknown_word(name, text, item.spellings, item.words)
    rest = _NUMBERS.sub(" ", lexicon.without_fillers(marked.with_signs(_SIGNS))).replace(
        _SIGNS[_SETTING], " "
    )
    worst = min(states, key=item.worst_first.index)
    suspends = worst in item.named_by.values()
    in_doubt = bool({DENIED, ENDED, DOUBT} & set(marked.meanings))
    two_readings = bool(left_over(rest)) and (
        not is_remark(marked, rest) or (len(states) > 1 and not suspends)
    )
    if in_doubt or two_readings:
        found = f"{name}: {shown(text)} is not only {' and '.join(sorted(states)).replace('_', ' ')}"
        return None, Remark("word-in-doubt", "set aside", found, "one listed word", "not used")
    to_confirm = any(word_key(word) in item.to_confirm for word, _ in marked.words)
    return worst, confirm_remark(name, text, worst) if to_confirm else beside_remark(name, text, worst)
