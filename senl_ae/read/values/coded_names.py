"""What a row gives that names its drug twice, typed and coded: the code says what it is, the typed words whether it ran.

A coded name (CMDECOD) has no words for a rate of 0, an end or an inhaler: these stand in the typed name and always count. Two names of
different drugs are two readings of one row: what only one of them says is possible, never proven.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from senl_ae.read.values.measured import where_blank
from senl_ae.read.words.agents import NO_DRUG, SUPPORT
from senl_ae.read.words.drugs import NOT_INFUSED
from senl_ae.read.words.kinds import Column
from senl_ae.vocabulary.items import Items

SAYS = ("agent", "in_doubt", "nothing")
OXYGEN = frozenset({"oxygen"})
PRESSOR_ROLES = ("vasopressor", "vasopressin")


class Said(NamedTuple):
    """Which agents one name, or both together, mean; which of them may not have run; why nothing was given."""

    agents: frozenset[str]
    doubt: frozenset[str]
    nothing: str | None


def coded_and_typed(coded: Column, typed: Column, items: Items) -> tuple[Column, np.ndarray, list[str]]:
    """The two columns as one; for each row the number of its disagreement (-1: none), and what each disagreement is, in words."""
    merged = where_blank(coded, typed)
    columns = [pd.Series(column.values[name], dtype=object) for column in (coded, typed) for name in SAYS]
    codes, pairs = pd.factorize(pd.MultiIndex.from_arrays(columns))
    words: list[str] = []
    settled, at_odds = [], np.full(len(pairs) + 1, -1)
    for i, pair in enumerate(pairs):
        one, other = _said(*pair[:3]), _said(*pair[3:])
        both, disagree = _settle(one, other, items)
        settled.append(both)
        if disagree:
            at_odds[i] = len(words)
            words.append(f"coded as {_plain(one)}, typed as {_plain(other)}")
    texts = {
        "agent": [";".join(sorted(s.agents)) or None for s in settled],
        "category": [";".join(_kind(a, items)[0] for a in sorted(s.agents)) or None for s in settled],
        "in_doubt": [";".join(sorted(s.doubt)) or None for s in settled],
        "nothing": [s.nothing for s in settled],
    }
    values = {
        name: np.array([*said, None], dtype=object)[codes] if len(codes) else merged.values[name]
        for name, said in texts.items()
    }
    for name in ("flow", "flow_upper", "fio2"):
        numbers = coded.values[name]
        values[name] = np.where(np.isnan(numbers), typed.values[name], numbers)
    return Column(merged.values | values, [], merged.set_aside), at_odds[codes], words


def _said(agents: object, doubt: object, nothing: object) -> Said:
    first, second = (frozenset(x.split(";")) if isinstance(x, str) else frozenset() for x in (agents, doubt))
    return Said(first, second, nothing if isinstance(nothing, str) else None)


def _kind(agent: str, items: Items) -> tuple[str, str]:
    """Category and role of an agent; what is no drug or support of the list is an oxygen device."""
    known = items.agents.get(agent)
    return (known.category, known.role or "") if known else ("oxygen", "")


def _plain(said: Said) -> str:
    return ", ".join(sorted(said.agents)).replace("_", " ") or "nothing given"


def _settle(coded: Said, typed: Said, items: Items) -> tuple[Said, bool]:
    """What both names say together, and whether they disagree."""
    for said in (typed, coded):
        if said.nothing and said.nothing != NO_DRUG:
            return Said(frozenset(), frozenset(), said.nothing), False
    if not coded.agents and not typed.agents:
        return typed if typed.nothing else coded, False
    if not (coded.agents and typed.agents):
        given, other = (coded, typed) if coded.agents else (typed, coded)
        return (Said(given.agents, given.agents, None), True) if other.nothing else (given, False)
    agents, doubt = _agents(coded, typed, items)
    return Said(agents, doubt & agents, None), bool(doubt & agents - coded.doubt - typed.doubt)


def _agents(coded: Said, typed: Said, items: Items) -> tuple[frozenset[str], frozenset[str]]:
    """The agents of two names of which each has some, and which of them may not have run."""
    one, other, doubt = coded.agents, typed.agents, coded.doubt | typed.doubt
    if NOT_INFUSED in one | other:
        infused = frozenset(a for a in one | other if _kind(a, items)[1] in PRESSOR_ROLES)
        if NOT_INFUSED not in one or NOT_INFUSED not in other:
            one, other = ((names - infused) | {NOT_INFUSED} for names in (one, other))
    kinds = [{_kind(a, items)[0] for a in names} for names in (one, other)]
    if one == other or (kinds[0] == kinds[1] and not kinds[0] & set(SUPPORT)):
        return one, doubt
    if kinds[0] == kinds[1] == OXYGEN and OXYGEN in (one, other):  # a device says more than "oxygen"
        return one if other == OXYGEN else other, doubt
    proven = one & other
    if not proven and all(_kind(a, items)[1] in PRESSOR_ROLES for a in one | other):
        proven = one  # whichever it was, it was a vasopressor
    return one | other, doubt | ((one | other) - proven)
