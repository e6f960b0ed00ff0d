"""The whole vocabulary, and what a heading or the name of a test means in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from senl_ae.vocabulary.folding import MOST_OF_A_HEADING, fold, fold_unit, spelling, split_unit, word_key
from senl_ae.vocabulary.lab_names import LabNames, NameWords
from senl_ae.vocabulary.nouns import DOMAINS, LONGEST_NAME, Agent, Alias, HeadingMatch, Item, names_without


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
    name_words: NameWords = field(default_factory=NameWords)
    """Words of names of laboratory tests that add nothing."""

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
                if item.reads(unit):
                    return item, Alias(text)
        return self._by_alias[domain].get(folded)

    def match(self, heading: str, domain: str, unit: str | None = None) -> HeadingMatch | None:
        """Decide what a heading (or a test name, with its unit from a unit column) means in a domain; None when it matches nothing."""
        if len(heading) > MOST_OF_A_HEADING:
            return None
        elsewhere = self._of_specimen(heading, unit) if domain == "labs" else None
        return elsewhere or self._match(heading, domain, unit)

    def _of_specimen(self, name: str, unit: str | None) -> HeadingMatch | None:
        """`Urine creatinine`, `CSF-GLU`, `尿葡萄糖`: a test of something else than blood. 尿素 (urea) is listed and stays a test."""
        specimen = self.by_name.get("specimen")
        if specimen is None or len(name) > LONGEST_NAME or self.named(name, "labs") is not None:
            return None
        for rest, words in names_without(spelling(name), specimen):
            for word in words:
                found = self._match(rest, "labs", unit)
                if found is not None and found.item.is_lab:
                    blood = specimen.decision(word) == "counts" and word not in found.item.never_of
                    return found if blood else replace(found, unit_known=True, specimen=word)
        return None

    def _match(self, heading: str, domain: str, unit: str | None) -> HeadingMatch | None:
        """By the name as it is listed; a laboratory test also by the words of its name in any order."""
        found = self._listed(heading, domain, unit)
        if domain != "labs" or (found is not None and found.unit_known):
            return found
        return self._by_words(heading, unit) or found

    def _listed(self, heading: str, domain: str, unit: str | None) -> HeadingMatch | None:
        """By the name as it is listed, with a unit in brackets or at its end."""
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

    @cached_property
    def lab_names(self) -> LabNames:
        """The names of the laboratory tests as sets of words."""
        return LabNames(self.tests.values(), self.name_words)

    def _by_words(self, heading: str, unit: str | None) -> HeadingMatch | None:
        """A laboratory test by the words of its name in any order, its unit in brackets behind it; None where that leaves two open."""
        text, bracket = split_unit(heading)
        for name, said in ((text, bracket), (heading, None)) if bracket else ((heading, None),):
            found = self.lab_names.find(name, unit or said)
            if len(found) == 1 and (said is None or found[0][0].reads(said)):
                return HeadingMatch(*found[0], said)
        return None

    def _with_bracket(self, item: Item, alias: Alias, bracket: str) -> HeadingMatch:
        if not item.units or item.adds:
            unit = bracket if item.kind == "number" and fold_unit(bracket) in self._unit_folds else None
            return HeadingMatch(item, alias, unit, True, None if unit else bracket)
        if item.reads(bracket):
            return HeadingMatch(item, alias, bracket)
        if fold(bracket) in {fold(a.text) for a in item.aliases}:
            return HeadingMatch(item, alias)
        parts = re.split(r"[,;，；、\s]+", bracket)
        for part in parts:
            if len(parts) > 1 and item.reads(part):
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
            separated = (
                not name[-1].isalnum() or not tail[0].isalnum() or name[-1].isascii() != tail[0].isascii()
            )
            if len(fold(name)) < 2 and not separated:
                continue
            unit_text = tail.strip(" _-,:;，：；").replace("_", "/")
            found = self.named(name, domain, unit_text) if fold(name) else None
            if found is not None and found[0].units and found[0].reads(unit_text):
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
        close = difflib.get_close_matches(
            fold(split_unit(heading[:MOST_OF_A_HEADING])[0]), known, n=1, cutoff=0.8
        )
        return known[close[0]] if close else None
