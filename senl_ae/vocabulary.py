"""The nouns of the vocabulary: an item, its aliases and units, a drug, and what a heading was understood to mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from senl_ae.folding import MOST_OF_A_HEADING, fold, fold_unit, spelling, split_unit, word_key

DOMAINS = ("subjects", "vitals", "interventions", "neuro", "labs", "events", "adjudications", "long_vitals")


@dataclass(frozen=True, slots=True)
class Alias:
    """One way of writing a name. Unconfirmed: not yet seen in a real document, matches with a note. Hospital number: a note too."""

    text: str
    confirmed: bool = True
    hospital_number: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value written in another unit becomes one in unit `to`: (x - minus) * times / over, exact factors only."""

    to: str
    minus: float = 0.0
    times: float = 1.0
    over: float = 1.0

    @property
    def is_identity(self) -> bool:
        return self.minus == 0.0 and self.times == self.over

    @property
    def factor(self) -> float:
        return self.times / self.over

    @property
    def offset(self) -> float:
        return -self.minus * self.times / self.over

    def apply(self, x: Any) -> Any:
        """Convert a float or a float array. Ten decimals are kept, so that 100.4 F is 38.0 C and not a hair beside it."""
        if self.is_identity:
            return x
        converted = (x - self.minus) * self.times / self.over
        return round(converted, 10) if isinstance(converted, float) else converted.round(10)


@dataclass(frozen=True)
class Item:
    """One measured or recorded thing. `name` is unique in the table; `column` is its name in the data contract's frames.

    `units` maps a folded spelling (`fold_unit`) to its conversion. A laboratory test may have several target units (`to`): molar units are
    never converted. `plausible` holds bounds by operator for values in `unit`, `plausible_in` for values in another target unit.
    `words` maps the canonical word to its aliases; words in `to_confirm` (folded) are read with a note. `fraction`: a bare number <= 1 is
    a fraction of 100 %. `upper`: the upper end of a range is kept in a column `<column>_upper`. An item whose column is another item's
    name is the second choice for that column, unless it `adds` a word: a yes in a column of one finding (cpap, norepinephrine,
    papilledema) adds this word to the item's column. `flow`: numbers in it are L/min. `tells_none`: a study with such a column records
    where there is none at all. `agents_of`: one such column per agent of this category, headed by its name. `worst_first`: which of
    several words of one cell or row counts. `settings`, `setting_units`: what a number beside a listed word measures; `bare_flow`: words
    whose number without a unit is L/min; `percent_is_fio2`: whose percentage is FiO2. `doubts`: beside a listed word they leave open
    whether it counts. `named_by`: the word that the name of an agent of a category says. `remarks`: kinds beside which unknown text is
    a remark.
    """

    name: str
    domains: tuple[str, ...]
    kind: str
    column: str
    unit: str | None = None
    units: Mapping[str, Conversion] = field(default_factory=dict)
    plausible: Mapping[str, float] = field(default_factory=dict)
    plausible_in: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    by_unit: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    to_confirm: frozenset[str] = frozenset()
    fillers: tuple[str, ...] = ()
    says: str = ""
    fraction: bool = False
    upper: bool = False
    is_lab: bool = False
    prolonged_from_minutes: float | None = None
    adds: str = ""
    flow: bool = False
    tells_none: bool = False
    agents_of: str = ""
    worst_first: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    setting_units: tuple[str, ...] = ()
    bare_flow: frozenset[str] = frozenset()
    percent_is_fio2: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()
    named_by: Mapping[str, str] = field(default_factory=dict)
    remarks: frozenset[str] = frozenset()

    @cached_property
    def word_of(self) -> dict[str, str]:
        """Alias, folded by `word_key`, -> canonical word."""
        return {word_key(a): canonical for canonical, aliases in self.words.items() for a in (canonical, *aliases)}

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Casefolded spelling -> canonical word, to find words inside a text."""
        return {spelling(a): canonical for canonical, aliases in self.words.items() for a in (canonical, *aliases)}

    def conversion(self, unit: str | None) -> Conversion | None:
        """How a value in `unit` is read; None when the item does not know that unit. No unit said: as it stands."""
        if unit is None or not unit.strip():
            return Conversion(self.unit or "")
        return self.units.get(fold_unit(unit))

    @property
    def known_units(self) -> list[str]:
        """The units to name in a message."""
        return [u for u in dict.fromkeys([self.unit, *(u for u in self.units_said)]) if u]

    units_said: tuple[str, ...] = ()

    def bounds_in(self, unit: str | None) -> Mapping[str, float]:
        """The plausible range of values in a target unit."""
        return self.plausible if unit in (None, "", self.unit) else self.plausible_in.get(unit or "", {})


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug or support that is named in words: its intervention category, and the part it plays in grading."""

    name: str
    aliases: tuple[Alias, ...]
    category: str
    role: str


@dataclass(frozen=True, slots=True)
class HeadingMatch:
    """How one heading (or one test name) was understood.

    `unit` is the unit as the heading writes it, None when it names none; `unit_known` False: the item does not know that unit. `remark` is
    bracketed text that is no unit (the site of measurement, say).
    """

    item: Item
    alias: Alias
    unit: str | None = None
    unit_known: bool = True
    remark: str | None = None


@dataclass(frozen=True)
class Items:
    """The whole vocabulary."""

    by_name: Mapping[str, Item]
    agents: Mapping[str, Agent]
    pii_headings: frozenset[str]
    pii_parts: tuple[str, ...]
    common_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """"yes", "no", "sides", "missing", "flags", "remarks": the folded words that any column or heading may hold."""
    spelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same words as they are looked for inside a text; "denied", "ended", "doubts", "local" stand beside a listed word."""

    @cached_property
    def _by_alias(self) -> dict[str, dict[str, tuple[Item, Alias]]]:
        found: dict[str, dict[str, tuple[Item, Alias]]] = {d: {} for d in DOMAINS}
        for item in self.by_name.values():
            for alias in item.aliases:
                for domain in item.domains:
                    found[domain][fold(alias.text)] = (item, alias)
        return found

    @cached_property
    def _by_alias_and_unit(self) -> dict[tuple[str, str], list[Item]]:
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.by_name.values():
            for text in item.by_unit:
                for domain in item.domains:
                    found.setdefault((domain, fold(text)), []).append(item)
        return found

    @cached_property
    def _unit_folds(self) -> set[str]:
        return {u for item in self.by_name.values() for u in item.units}

    @cached_property
    def agent_spellings(self) -> dict[str, str]:
        """Casefolded spelling of every agent -> its name."""
        return {spelling(a.text): agent.name for agent in self.agents.values() for a in agent.aliases}

    @property
    def tests(self) -> dict[str, Item]:
        """The laboratory tests."""
        return {name: item for name, item in self.by_name.items() if item.is_lab}

    def in_domain(self, domain: str) -> list[Item]:
        """The items that may be a column of this domain, in the table's order."""
        return [item for item in self.by_name.values() if domain in item.domains]

    def named(self, text: str, domain: str, unit: str | None = None) -> tuple[Item, Alias] | None:
        """The item that goes by this name in a domain. Names shared by two items (PCT) are told apart by the unit, or not at all."""
        folded = fold(text)
        if unit:
            for item in self._by_alias_and_unit.get((domain, folded), ()):
                if fold_unit(unit) in item.units:
                    return item, Alias(text)
        return self._by_alias[domain].get(folded)

    def match(self, heading: str, domain: str, unit: str | None = None) -> HeadingMatch | None:
        """Decide what a heading (or a test name, with its unit from a unit column) means in a domain; None when it matches nothing."""
        if len(heading) > MOST_OF_A_HEADING:
            return None
        text, bracket = split_unit(heading)
        if bracket is not None:
            whole = self.named(text + bracket, domain, unit)
            if whole is not None:
                return HeadingMatch(*whole)
            found = self.named(text, domain, unit or bracket)
            if found is not None:
                return self._with_bracket(*found, bracket)
            inner = self._with_trailing_unit(text, domain, unit)
            return None if inner is None else HeadingMatch(inner.item, inner.alias, inner.unit, True, bracket)
        found = self.named(text, domain, unit)
        return HeadingMatch(*found) if found is not None else self._with_trailing_unit(text, domain, unit)

    def _with_bracket(self, item: Item, alias: Alias, bracket: str) -> HeadingMatch:
        if not item.units or item.adds:
            unit = bracket if item.kind == "number" and fold_unit(bracket) in self._unit_folds else None
            return HeadingMatch(item, alias, unit, True, None if unit else bracket)
        if fold_unit(bracket) in item.units:
            return HeadingMatch(item, alias, bracket)
        parts = re.split(r"[,;，；、\s]+", bracket)
        for part in parts:
            if len(parts) > 1 and part and fold_unit(part) in item.units:
                return HeadingMatch(item, alias, part, True, bracket)
        if word_key(bracket) in self.common_words["remarks"] or re.fullmatch(r"\d+\s*[-–~]\s*\d+", bracket):
            return HeadingMatch(item, alias, None, True, bracket)
        return HeadingMatch(item, alias, bracket, False)

    def _with_trailing_unit(self, text: str, domain: str, unit: str | None) -> HeadingMatch | None:
        """`TEMP_C`, `WBC 10^9/L`, `体温℃`: a name this domain knows, and after it a unit that its item knows."""
        for cut in range(len(text) - 1, 0, -1):
            name, tail = text[:cut], text[cut:]
            if not fold(tail) and "%" not in tail:
                continue
            separated = not name[-1].isalnum() or not tail[0].isalnum() or name[-1].isascii() != tail[0].isascii()
            if len(fold(name)) < 2 and not separated:
                continue
            unit_text = tail.strip(" _-,:;，：；").replace("_", "/")
            found = self.named(name, domain, unit_text) if fold(name) else None
            if found is not None and fold_unit(unit_text) in found[0].units:
                return HeadingMatch(*found, unit_text)
        return None

    def is_pii(self, heading: str) -> bool:
        """Whether a heading looks like a name, an identity number, a telephone number or an address."""
        heading = heading[:MOST_OF_A_HEADING]
        folded = fold(split_unit(heading)[0])
        return folded in self.pii_headings or any(part in fold(heading) for part in self.pii_parts)

    def nearest(self, heading: str, domain: str) -> str | None:
        """The known name that looks most like this heading, to be named in a message."""
        known = {fold(a.text): a.text for item in self.in_domain(domain) for a in item.aliases}
        close = difflib.get_close_matches(fold(split_unit(heading[:MOST_OF_A_HEADING])[0]), known, n=1, cutoff=0.8)
        return known[close[0]] if close else None
