"""Which drugs a cell names and whether they ran: names with strength, salt, form, carrier, rate and route, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from senl_ae.read.words.beside import (
    DENIED,
    DOUBT,
    ENDED,
    KNOWN,
    LOCAL,
    NUMBER,
    Lexicon,
    Marked,
    clean,
    is_remark,
    left_over,
    qualifiers,
)
from senl_ae.vocabulary.items import Items, fold

_NOT_VASOPRESSOR, _PUSH = "\0not_vasopressor", "\0push"
NOT_INFUSED = "vasopressor_not_infused"
RUNS, ABSENT, IN_DOUBT, LOCALLY, UNREAD = "runs", "absent", "in doubt", "locally", "unread"
SHORT = 3
CARRIERS = frozenset({"crystalloid"})
"""What a drug is diluted in, where it stands beside one."""

_UNIT = r"(?:ug|μg|mcg|mg|g|ng|ml|l|iu|u|units?|mmol|meq|gtt|毫克|微克|毫升|克|单位|滴)"
_PER = r"(?:\s?/\s?(?:\d{1,4}\s?)?(?:kg|minutes?|mins?|min|hours?|hrs?|hr|h|days?|d|m2|ml|l|分钟?|小时|日|天|次|公斤|kg体重))"
_AMOUNT = re.compile(rf"(?:({NUMBER})\s?(?:-|~|–|至)\s?)?({NUMBER})\s?{_UNIT}(?![a-z])({_PER}*)")
_RATE_SAID = re.compile(r"min|h|分|小时")
_AT = re.compile(rf"@\s?()({NUMBER})()")
_BARE = re.compile(rf"(?:(?<![a-z])({NUMBER})\s?(?:-|~|–|至)\s?)?(?<![a-z])({NUMBER})()")
_NO_AMOUNT = re.compile(
    rf"(?<![a-z]){_UNIT}{_PER}+(?![a-z])|{NUMBER}\s?%|(?<![\d.])\d{{1,2}}:\d{{2}}(?!\d)|(?<![a-z])x\s?\d{{1,3}}(?![a-z0-9])"
    r"|\b(?:qd|bid|tid|qid|q\d{1,2}h|once|iv|ivgtt)\b"
)
_SIGN = {
    ("rate", True): "\ue003",
    ("rate", False): "\ue004",
    ("amount", True): "\ue005",
    ("amount", False): "\ue006",
}
_BARE_SIGN = {True: "\ue007", False: "\ue008"}
_OPEN = "\ue009"
"""A range that begins with 0."""
_SIGNS = "[\ue003-\ue009]"
_WITHIN = re.compile(rf"({_SIGNS})\s?[/+,x~-]\s?(?={_SIGNS})")
_BETWEEN = re.compile(r"\s*(?:[,;、，；。+/&|\n]|\band\b|\bplus\b|和|及|联合)\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a cell says: agents (or none) and whether they ran; `rest` are the words that are not listed."""

    agents: frozenset[str]
    state: str
    rest: str = ""


class Drugs:
    """Reads cells that name drugs."""

    def __init__(self, items: Items, agents: Mapping[str, str] | None = None) -> None:
        """agents: spelling -> agent, where only some may be named."""
        pressors = items.by_name["vasopressors"]
        ways = {
            text: f"\0{way}"
            for text, way in pressors.spellings.items()
            if f"\0{way}" in (_NOT_VASOPRESSOR, _PUSH)
        }
        self.items = items
        self.remarks = items.by_name["agent"].remarks
        known = ways | dict(agents) if agents is not None else dict(items.agent_spellings) | ways
        self.lexicon = Lexicon(qualifiers(items) | known, pressors.fillers)

    def read(self, text: str, *, remarks: bool = True) -> list[Part]:
        """The parts of a cell. remarks: whether unknown text beside an agent may be a remark, or makes the part unread."""
        marked = self.lexicon.mark(clean(text))
        amounts = _with_amounts(self.lexicon.without_fillers(marked.text))
        texts = [part for part in _BETWEEN.split(amounts) if re.search(rf"{KNOWN}|[^\W_]", part)]
        with_agent = [t for t in texts if any(not m.startswith("\0") for _, m in marked.within(t))]
        beside = [t for t in texts if t not in with_agent and not left_over(t)]
        others = [t for t in texts if t not in with_agent and left_over(t)]
        if beside and len(with_agent) == 1:  # "epinephrine, IM"
            with_agent, beside = [" ".join([*with_agent, *beside])], []
        parts = [self._part(part, marked, remarks) for part in (*with_agent, *others)]
        ends = any(m in (ENDED, DOUBT) for part in others for _, m in marked.within(part))
        if ends or beside:  # "NE, vasopressin, off": of which of them?
            parts = [Part(p.agents, IN_DOUBT, p.rest) if p.state == RUNS else p for p in parts]
        if any(p.agents - CARRIERS for p in parts):
            parts = [p for p in parts if not (p.agents and p.agents <= CARRIERS)]
        return parts

    def _part(self, part: str, marked: Marked, remarks: bool) -> Part:
        words = marked.within(part)
        said = {m for _, m in words if m.startswith("\0")}
        agents = frozenset(m for _, m in words if not m.startswith("\0"))
        if len(agents) > 1:
            agents -= CARRIERS
        rest = left_over(part)
        if not agents:
            return Part(agents, UNREAD, rest)
        if _nothing_runs(part):
            return Part(agents, ABSENT)
        if said & {ENDED, DOUBT} or _OPEN in part or (DENIED in said and rest):
            return Part(agents, IN_DOUBT, rest)
        if DENIED in said:
            return Part(agents, ABSENT)
        if rest and not (remarks and self._is_remark(part, marked)):
            return Part(self._plainly(words, part), UNREAD, rest)
        counted = self._by_route(agents, said)
        return Part(counted, RUNS, rest) if counted else Part(agents, LOCALLY, rest)

    def _is_remark(self, part: str, marked: Marked) -> bool:
        """Whether the unknown words of a part are a remark beside an agent of a kind that may have one."""
        words = marked.within(part)
        agents = {m for _, m in words if not m.startswith("\0")}
        return self._plainly(words, part) == agents and is_remark(marked, re.sub(_SIGNS, " ", part))

    def _plainly(self, words: list[tuple[str, str]], part: str) -> frozenset[str]:
        """The agents that are meant although unknown words stand beside them. PE and NE are other words too, where no amount stands
        there; plasma, saline or ICU beside unknown words may be anything."""
        amount = re.search(_SIGNS, part) is not None
        return frozenset(
            m
            for word, m in words
            if not m.startswith("\0")
            and self.items.agents[m].category in self.remarks
            and (amount or len(fold(word)) > SHORT or not word.isascii())
        )

    def _by_route(self, agents: frozenset[str], said: set[str]) -> frozenset[str]:
        """The agents that count by the route that stands beside them; a vasopressor by any other way is `NOT_INFUSED`."""
        role = {a: self.items.agents[a].role for a in agents}
        counted = frozenset(a for a in agents if role[a] in ("vasopressor", "vasopressin"))
        if NOT_INFUSED in agents or said & {LOCAL, _NOT_VASOPRESSOR}:
            pressors = frozenset(a for a in agents if self.items.agents[a].category == "vasopressor")
            kept = agents - counted if LOCAL not in said else pressors - counted
            return kept | (frozenset({NOT_INFUSED}) if counted else frozenset())
        if _PUSH in said and "ephedrine" in agents:
            return (agents - {"ephedrine"}) | {NOT_INFUSED}
        return agents


def _with_amounts(text: str) -> str:
    """The text with one sign for every amount, rate and bare number, each told apart from nothing (0)."""

    def sign(kind: str, m: re.Match[str]) -> str:
        low, high, per = m[1], float(m[2].replace(",", ".")), m[3]
        if low and float(low.replace(",", ".")) == 0 and high > 0:
            return f" {_OPEN} "
        kind = "rate" if kind == "amount" and _RATE_SAID.search(per) else kind
        return f" {_BARE_SIGN[high > 0] if kind == 'bare' else _SIGN[kind, high > 0]} "

    text = _AT.sub(lambda m: sign("rate", m), _AMOUNT.sub(lambda m: sign("amount", m), text))
    text = _BARE.sub(lambda m: sign("bare", m), _NO_AMOUNT.sub(" ", text))
    return _WITHIN.sub(r"\1 ", " ".join(text.split()))


def without_amounts(text: str) -> str:
    """A text without its amounts, rates, percentages and numbers; the same text where there are none."""
    found = _with_amounts(text)
    return re.sub(_SIGNS, " ", found) if re.search(_SIGNS, found) or _NO_AMOUNT.search(text) else text


def _nothing_runs(part: str) -> bool:
    """Whether the rate that stands there is 0; else the bare number; else the amount."""
    for some, none in (
        (_SIGN["rate", True], _SIGN["rate", False]),
        (_BARE_SIGN[True], _BARE_SIGN[False]),
        (_SIGN["amount", True], _SIGN["amount", False]),
    ):
        if some in part:
            return False
        if none in part:
            return True
    return False
