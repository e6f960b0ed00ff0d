"""The nouns of the vocabulary: an item, its aliases and units, a drug, and what a heading was understood to mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from senl_ae.vocabulary.count_units import CountWords
from senl_ae.vocabulary.folding import fold, fold_unit, spelling, whole_words, word_key

DECISIONS = ("counts", "nothing", "ends", "doubtful", "elsewhere", "says_nothing")
"""What a qualifier's word decides: the row counts, is nothing, has ended, may be nothing, is of something else than what is graded; or the
word says nothing, as a blank."""
LONGEST_NAME = 120
"""Longer text is a remark, not the name of a test."""

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
    whose number without a unit is L/min; `percent_is_fio2`: whose percentage is FiO2. `doubts`: beside a listed word they leave open if it
    counts. `named_by`: the word that the name of an agent of a category says. `remarks`: where unknown text beside a word is a remark.

    kind `qualifier`: says something about the other values of a row. `decides` maps its canonical words ("*": every other one) to what
    they decide, one of `DECISIONS`; `of` maps a word to the categories or agents that it decides about. `never_of`: the specimens that a
    laboratory test is never graded from.
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
    counts: CountWords | None = None
    """Of a test that counts (10^9/L): how every power of ten per volume is read."""
    of_cells: bool = False
    decides: Mapping[str, str] = field(default_factory=dict)
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never_of: tuple[str, ...] = ()

    def decision(self, word: str) -> str:
        """What a word of a qualifier decides about its row."""
        return self.decides.get(word, self.decides.get("*", ""))

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
        return {
            word_key(a): canonical for canonical, aliases in self.words.items() for a in (canonical, *aliases)
        }

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Casefolded spelling -> canonical word, to find words inside a text."""
        return {
            spelling(a): canonical for canonical, aliases in self.words.items() for a in (canonical, *aliases)
        }

    def conversion(self, unit: str | None) -> Conversion | None:
        """How a value in `unit` is read; None when the item does not know that unit. No unit said: as it stands."""
        if unit is None or not unit.strip():
            return Conversion(self.unit or "")
        known = self.units.get(fold_unit(unit))
        return known if known is not None or self.counts is None else self._rescaled(unit)

    def _rescaled(self, unit: str) -> Conversion | None:
        """How a count in any power of ten per volume is read in the item's own; None when it is no such unit."""
        assert self.counts is not None
        said, own = self.counts.power(unit), self.counts.power(self.unit or "")
        if said is None or own is None:
            return None
        return Conversion(self.unit or "", times=10.0 ** max(said - own, 0), over=10.0 ** max(own - said, 0))

    def reads(self, unit: str) -> bool:
        """Whether the item knows this unit."""
        return bool(unit.strip()) and self.conversion(unit) is not None

    @property
    def known_units(self) -> list[str]:
        """The units to name in a message."""
        return [u for u in dict.fromkeys([self.unit, *(u for u in self.units_said)]) if u]

    units_said: tuple[str, ...] = ()

    def bounds_in(self, unit: str | None) -> Mapping[str, float]:
        """The plausible range of values in a target unit."""
        return self.plausible if unit in (None, "", self.unit) else self.plausible_in.get(unit or "", {})


def names_without(text: str, specimen: Item) -> list[tuple[str, tuple[str, ...]]]:
    """A test's name (casefolded) without the specimen in it, and which one: words anywhere, `U-` and the like before the name."""
    found: list[str] = []

    def note(m: re.Match[str]) -> str:
        word = specimen.word_of[word_key(m[0])]
        if specimen.decision(word) == "says_nothing":
            return m[0]  # part of a test's own name
        found.append(word)
        return " "

    rest = whole_words(tuple(specimen.spellings)).sub(note, text)
    elsewhere = [word for word in found if specimen.decision(word) == "elsewhere"] or found
    rests = [(_trimmed(whole_words(specimen.fillers).sub(" ", rest)), tuple(elsewhere[:1]))] if found else []
    for word, marks in specimen.of.items():
        for mark in marks:
            joined = (
                len(mark) == 1
                and specimen.decision(word) == "elsewhere"
                and re.match(re.escape(mark) + r"[a-z]{3,}[0-9]*$", text)
            )
            if joined or re.match(re.escape(mark) + r"[\s_\-]", text):
                rests.append((_trimmed(text[len(mark) :]), (word,)))
    return [(rest, words) for rest, words in rests if fold(rest)]


def _trimmed(text: str) -> str:
    """A name without empty brackets and without the marks at its ends that stood beside what was cut out of it."""
    return re.sub(r"\s+", " ", re.sub(r"[(\[（]\W*[)\]）]", " ", text)).strip(" ,;:_-/.，、；：")


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
    bracketed text that is no unit (the site of measurement, say). `specimen` is what else than blood the name says that it was measured in.
    """

    item: Item
    alias: Alias
    unit: str | None = None
    unit_known: bool = True
    remark: str | None = None
    specimen: str | None = None
