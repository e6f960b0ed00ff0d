"""What a heading stands for that is not known whole: `Pressor 2`, `Fluid bolus given?`, `第二种升压药`; or which items it may be of.

A heading is taken apart into names of items, filler words, numbers of slots and the rest (`words.toml`). Without fillers and
slots it is read as the item that is left, where one is. Else nobody knows: the items that its words name are what it may be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from senl_ae.vocabulary.items import Alias, HeadingMatch, Item, Items, fold

SIGNS = ("vitals", "neuro")
"""Domains whose columns are signs and support: what is missed there is missed in a grade."""
GIVEN_KINDS = frozenset({"device", "agents", "dose"})
AMOUNT_KINDS = frozenset({"dose", "finding"})
NO_SIGNS = frozenset(
    {"qualifier", "subject_id", "datetime", "date", "clock", "study_day", "cdisc_day", "text"}
)
NOT_ASKED = frozenset({"dbp", "heart_rate", "resp_rate", "temperature_site"})
"""Columns of signs that no scale asks for."""
CHECKBOX = re.compile(r"(?P<field>.+?)___(?P<code>_?\w+)")
"""One choice of a REDCap checkbox field: `seizure___2`."""
LONGEST = 12
"""No name of an item has more words (or Chinese characters) than this."""

_WORD = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]", re.IGNORECASE)
_COMPARES = re.compile(r"[<>≤≥=]")
_EMPTY = re.compile(r"[(\[{]\s*[)\]}]")


@dataclass(frozen=True)
class Partial:
    """A heading that is not known whole. `match`: what it is read as; else `may_be`, the items that its words name.

    again: it is a further record of its item (a second slot, a repeated reading).
    """

    match: HeadingMatch | None
    again: bool
    may_be: tuple[Item, ...] = ()


@dataclass(frozen=True)
class _Piece:
    """Words of a heading that belong together: where they stand, and what they are (name, filler, given, again, amount, slot, rest)."""

    start: int
    end: int
    kind: str
    folded: str


class PartialHeadings:
    """Headings taken apart by the words of one vocabulary."""

    def __init__(self, items: Items) -> None:
        self.items = items

    @cached_property
    def _names(self) -> dict[str, list[Item]]:
        """Folded name -> the items of signs and support that go by it; single letters are no words of a heading."""
        found: dict[str, list[Item]] = {}
        for item in self.items.by_name.values():
            if set(item.domains) & set(SIGNS) and item.kind not in NO_SIGNS:
                for alias in item.aliases:
                    if len(fold(alias.text)) > 1:
                        found.setdefault(fold(alias.text), []).append(item)
        device = self.items.by_name["oxygen_device"]
        for word, meaning in device.word_of.items():
            if (
                meaning not in ("room_air", "refused", "oxygen")
                and len(word) > 2
                and word not in ("nasal", "mask", "status")
            ):
                found.setdefault(word, [device])
        return found

    def _words(self, kind: str) -> frozenset[str]:
        return self.items.common_words.get(kind, frozenset())

    @lru_cache(maxsize=4096)  # noqa: B019  one vocabulary lives as long as the program
    def read(self, text: str, domain: str) -> Partial | None:
        """What a heading that is not known whole is in a domain of signs; None where its words name nothing of that domain."""
        text = unicodedata.normalize("NFKC", text)
        box = CHECKBOX.fullmatch(text.strip())
        pieces = list(self._pieces(box["field"] if box else text))
        named = [
            item
            for piece in pieces
            if piece.kind == "name"
            for item in self._names[piece.folded]
            if domain in item.domains
        ]
        if not named:
            return None
        match = None if box else self._whole(text, pieces, domain)
        if match is not None:
            return Partial(
                match, any(p.kind == "again" or (p.kind == "slot" and int(p.folded) > 1) for p in pieces)
            )
        asked = {item.name: item for item in named if item.column not in NOT_ASKED}
        return Partial(None, False, tuple(asked.values())) if asked else None

    def is_again(self, text: str) -> bool:
        """Whether a heading says that it is a further record: a number from 2 on, or a word such as "repeat"."""
        return any(
            p.kind == "again" or (p.kind == "slot" and int(p.folded) > 1)
            for p in self._pieces(unicodedata.normalize("NFKC", text))
        )

    def _whole(self, text: str, pieces: list[_Piece], domain: str) -> HeadingMatch | None:
        """What the heading is without its fillers and slots; None where something is left that is no filler."""
        if _COMPARES.search(text):
            return None
        numbered = any(p.kind == "slot" for p in pieces)
        for dropped in (
            ("filler", "again", "slot"),
            ("filler", "again", "slot", "given"),
            ("filler", "again", "slot", "given", "amount"),
        ):
            rest = text
            for piece in reversed(pieces):
                if piece.kind in dropped:
                    rest = rest[: piece.start] + " " + rest[piece.end :]
            match = self._match(_EMPTY.sub(" ", rest).strip(" #?.:-_/？：·*"), domain)
            if match is not None and _allowed(match.item, dropped, numbered):
                return match
        return None

    def _match(self, rest: str, domain: str) -> HeadingMatch | None:
        """The item that goes by the name that is left, a device by its word."""
        if len(fold(rest)) < 2:
            return None
        match = self.items.match(rest, domain)
        if match is not None:
            return match if match.unit_known and fold(match.alias.text) in self._names else None
        device = self.items.by_name["oxygen_device"]
        meaning = (
            device.word_of.get(fold(rest), "")
            if domain in device.domains and fold(rest) in self._names
            else ""
        )
        return HeadingMatch(self._of_device(meaning), Alias(rest)) if meaning else None

    def _of_device(self, word: str) -> Item:
        """A column of one device: that of the vocabulary, or one like it."""
        like = [
            item
            for item in self.items.by_name.values()
            if item.kind == "finding" and item.column == "oxygen_device"
        ]
        own = next((item for item in like if item.adds == word), None)
        return own or replace(self.items.by_name["mechanical_ventilation"], name=word, adds=word, aliases=())

    def _pieces(self, text: str) -> Iterator[_Piece]:
        """The heading taken apart, the longest known words first from left to right."""
        words = list(_WORD.finditer(text))
        i = 0
        while i < len(words):
            for j in range(min(len(words), i + LONGEST), i, -1):
                folded = "".join(w[0].casefold() for w in words[i:j])
                kind = self._kind(folded)
                if kind or j == i + 1:
                    kind = kind or ("slot" if _is_slot(text, words[i]) else "rest")
                    yield _Piece(words[i].start(), words[j - 1].end(), kind, folded)
                    i = j
                    break

    def _kind(self, folded: str) -> str:
        if folded in self._names:
            return "name"
        for kind, words in (
            ("again", "again"),
            ("filler", "fillers"),
            ("given", "given"),
            ("amount", "amounts"),
        ):
            if folded in self._words(f"heading_{words}"):
                return kind
        return ""


def _is_slot(text: str, word: re.Match[str]) -> bool:
    """A single digit that stands for itself numbers a slot: not the 2 of 2.5, of 24 or of <2."""
    beside = text[word.start() - 1 : word.start()] + text[word.end() : word.end() + 1]
    return word[0] in "123456789" and not any(c in ".,%/<>=^" for c in beside)


def _allowed(item: Item, dropped: Collection[str], numbered: bool) -> bool:
    """Whether such words may be left out of this item's heading: words of giving of support, of amounts of a drug; an item of a score has
    numbers of its own."""
    if numbered and item.unit == "points":
        return False
    support = item.kind in GIVEN_KINDS or item.column in (
        "oxygen_device",
        "oxygen_flow",
        "vasopressors",
        "fluid_bolus",
    )
    if "given" in dropped and not (support or item.kind == "finding"):
        return False
    return "amount" not in dropped or item.kind in AMOUNT_KINDS
