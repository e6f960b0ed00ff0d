"""Which laboratory test a name stands for by its set of words: in any order, in the plural, with words that add nothing.

`Neutrophils, absolute`, `Neutrophil absolute` and `absolute neutrophil count` are one name. Every word must be accounted
for: by one name of the test, or by several names of the same test (`Alanine aminotransferase (SGPT)`). A word that is left
over (direct, ionized, urine, A1c) makes it another test, never this one. Words that only two tests together account for
(`Prothrombin time INR`) leave both open.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from senl_ae.vocabulary.folding import plain_powers

if TYPE_CHECKING:
    from senl_ae.vocabulary.nouns import Alias, Item

_WORD = re.compile(r"[a-z0-9]+|[%#]|[^\W\da-z_]+")
LONGEST = 120
"""Longer text is no name of a test."""
ABSOLUTE, PERCENT = "absolute", "percent"
Words = frozenset[str]


@dataclass(frozen=True)
class NameWords:
    """Words of names of tests: that add nothing, that add nothing but for cells (plasma hemoglobin is another test), synonyms."""

    fillers: frozenset[str] = frozenset()
    fluids: frozenset[str] = frozenset()
    affixes: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Mapping[str, Sequence[str]]) -> NameWords:
        """The words as the table [names] lists them."""
        synonyms = {
            w.casefold(): meaning
            for meaning in (ABSOLUTE, PERCENT)
            for w in (meaning, *table.get(meaning, ()))
        }
        plain = cls(synonyms=synonyms)
        fillers, fluids = (
            frozenset(w for text in table.get(k, ()) for w in plain.split(text))
            for k in ("fillers", "fluids")
        )
        affixes = sorted(
            (w for k in ("fillers", "fluids") for w in table.get(k, ()) if not w.isascii()),
            key=len,
            reverse=True,
        )
        return cls(fillers, fluids, tuple(affixes), synonyms)

    def split(self, name: str) -> Words:
        """The words of a name: singular, synonyms as one word, Chinese words without what adds nothing at their ends."""
        text = unicodedata.normalize("NFKC", plain_powers(name)).casefold()
        return frozenset(w for word in _WORD.findall(text) for w in self._parts(word))

    def _parts(self, word: str) -> list[str]:
        """A word, or what stands around it in a Chinese word apart from it: 血清 and 钾 of 血清钾."""
        if word in self.synonyms:
            return [self.synonyms[word]]
        if word.isascii():
            return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word]
        apart = []
        for affix in self.affixes:
            if len(word) > len(affix) and (word.startswith(affix) or word.endswith(affix)):
                word = word.removeprefix(affix) if word.startswith(affix) else word.removesuffix(affix)
                apart.append(affix)
        return [word, *apart]


class LabNames:
    """All names of all laboratory tests, as sets of words."""

    def __init__(self, tests: Iterable[Item], words: NameWords) -> None:
        self._words = words
        self._tests = list(tests)

    @cached_property
    def _names(self) -> dict[str, list[Words]]:
        """Item name -> the sets of words that stand for it."""
        return {item.name: self._sets((a.text for a in item.aliases), item) for item in self._tests}

    @cached_property
    def _by_unit(self) -> list[tuple[Item, list[Words]]]:
        return [(item, self._sets(item.by_unit, item)) for item in self._tests if item.by_unit]

    @cached_property
    def _known(self) -> dict[str, set[str]]:
        """Word -> names of the items that have it in some name: a word that none has settles the matter at once."""
        found: dict[str, set[str]] = {}
        for name, sets in self._names.items():
            for word in (w for words in sets for w in words):
                found.setdefault(word, set()).add(name)
        return found

    def _sets(self, texts: Iterable[str], item: Item) -> list[Words]:
        sets = {s for text in texts if (s := self._said(text, item))}
        if item.counts is not None:
            sets |= {s - {ABSOLUTE} for s in sets if s - {ABSOLUTE}} | {s | {ABSOLUTE} for s in sets}
        return sorted(sets, key=lambda s: (len(s), sorted(s)))

    def _said(self, name: str, item: Item) -> Words:
        """What a name says, were it one of this item: plasma and serum add nothing, except where cells are meant."""
        words = self._words.split(name) - self._words.fillers
        return words if item.of_cells else words - self._words.fluids

    def find(self, name: str, unit: str | None = None) -> list[tuple[Item, Alias]]:
        """The one test that a name stands for; none; or the tests that it leaves open."""
        words = self._words.split(name) - self._words.fillers if 0 < len(name) <= LONGEST else frozenset()
        bare = words - self._words.fluids
        if not bare or not all(word in self._known for word in bare):
            return []
        if unit:
            for item, sets in self._by_unit:
                if item.conversion(unit) is not None and self._said(name, item) in sets:
                    return [(item, item.aliases[0])]
        covered: dict[str, Words] = {}
        for item in (i for i in self._tests if any(i.name in self._known[word] for word in bare)):
            said = self._said(name, item)
            covered[item.name] = frozenset().union(*(s for s in self._names[item.name] if s <= said))
        whole = [i for i in self._tests if covered.get(i.name) and covered[i.name] == self._said(name, i)]
        if whole:
            return [(item, item.aliases[0]) for item in whole]
        return self._open(bare, {n: c for n, c in covered.items() if c})

    def _open(self, words: Words, covered: Mapping[str, Words]) -> list[tuple[Item, Alias]]:
        """The tests that only together account for every word of a name."""
        needed = [n for n, c in covered.items() if not any(c < other for other in covered.values())]
        if len(needed) < 2 or frozenset().union(*covered.values()) != words:
            return []
        return [(item, item.aliases[0]) for item in self._tests if item.name in needed]
