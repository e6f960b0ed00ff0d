"""Whether a cell says yes or no, with or without a remark behind it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, shown
from senl_ae.read.words.beside import DENIED, DOUBT, ENDED, Lexicon, clean, left_over, qualifiers
from senl_ae.read.words.drugs import RUNS, Drugs, without_amounts
from senl_ae.read.words.listed import beside_remark, blank_remark, one_per_cell, yes_or_no
from senl_ae.vocabulary.items import Item, Items, load_items, per_vocabulary

_MARKS = " -–—:,;.，；：、。"
_BRACKETED = re.compile(r"[(\[{【（][^()\[\]{}]*[)\]}】）]")


def parse_yes_no(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read yes as 1 and no as 0, also with a remark behind it; the name of a drug that says yes (propofol under "sedated") is 1.

    Anything else is set aside."""
    name = item.name.replace("_", " ")
    drugs = named_by(item, items)

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        answer = yes_or_no(text)
        if answer is not None:
            return float(answer), None
        answer = answer_first(text, drugs)
        if answer is not None:
            return float(answer), beside_remark(name, text, "yes" if answer else "no")
        if drugs is not None and names_one(text, drugs):
            return 1.0, beside_remark(name, text, "yes")
        remark = Remark(
            "not-yes-or-no",
            "set aside",
            f"{name}: {shown(text)} is neither yes nor no",
            "yes or no",
            "not used",
        )
        return None, blank_remark(name, text) or remark

    return one_per_cell(values, item, name, read, np.float64)


def named_by(item: Item, items: Items) -> Drugs | None:
    """The reader of the drugs whose name alone answers a column; None where there are none."""
    agents = {
        text: agent
        for text, agent in items.agent_spellings.items()
        if items.agents[agent].category in item.named_by
    }
    return Drugs(items, agents) if agents else None


def names_one(text: str, drugs: Drugs) -> bool:
    """Whether a cell names drugs of the reader, all of which run."""
    parts = drugs.read(text, remarks=False)
    return bool(parts) and all(p.state == RUNS for p in parts)


def answer_first(text: str, drugs: Drugs | None = None) -> bool | None:
    """Yes or no where it stands first, and behind it only what goes with it: an amount, a bracket or a drug's name behind a yes, a bracket
    or another no behind a no ("yes - 500 mL", "Y (bolus x1)", "no - refused", 是（500ml）); None otherwise."""
    lowered = text.casefold()
    for word, answer in _answers():
        behind = lowered[len(word) :]
        if (
            not lowered.startswith(word)
            or not behind
            or (behind[0].isalnum() and not (behind[0].isdigit() and not word.isascii()))
        ):
            continue
        rest = behind.strip(_MARKS)
        marked = _beside().mark(clean(rest))
        beside = {DENIED, ENDED, DOUBT} & set(marked.meanings)
        amounts = without_amounts(marked.text)
        remark = bool(_BRACKETED.fullmatch(rest)) or not left_over(amounts)
        if answer:
            named = drugs is not None and not remark and names_one(rest, drugs)
            return True if (remark or named) and not beside else None
        return False if remark and amounts == marked.text and DOUBT not in beside else None
    return None


@per_vocabulary
def _answers() -> list[tuple[str, bool]]:
    """The words for yes and no, the longest first."""
    spelled = load_items().spelled
    words = [(w, True) for w in spelled["yes"]] + [(w, False) for w in spelled["no"]]
    return sorted(((w, answer) for w, answer in words if w.isalpha()), key=lambda pair: -len(pair[0]))


@per_vocabulary
def _beside() -> Lexicon:
    return Lexicon(qualifiers(load_items()))
