"""Takes a cell apart into the words that are known and what stands beside them: a number, a no, an end, a doubt, a remark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from senl_ae.vocabulary.folding import whole_words
from senl_ae.vocabulary.items import Items, fold
from senl_ae.vocabulary.nouns import Item

DENIED, ENDED, DOUBT, LOCAL = "\0denied", "\0ended", "\0doubt", "\0local"
"""Not there; ended, or never so; perhaps, at times, or another thing; given where it acts and nowhere else."""

_FIRST = 0xF0000
KNOWN = "[\U000f0000-\U000f0fff]"
"""One private character stands for each known word of a cell, so that later patterns see one short text."""

NUMBER = r"(?<![\d.,])\d{1,7}(?:[.,]\d{1,6})?(?!\d)"
"""A number is begun only where one begins and has an end, so that a cell of digits is gone through once."""

_NOT_OURS = re.compile("[\ue000-\ue00f\U000f0000-\U000f0fff]")
_GLUED = re.compile(r"(?<=[a-z][a-z])(?<!o)(?<!cmh)(?=\d)")
_ARROW = re.compile(r"-{1,2}>|=>|>>")
_TO = re.compile(r"(?<=\d) to (?=\d)")
_TOKEN = re.compile(rf"{KNOWN}|[^\W_]+")


def clean(text: str) -> str:
    """A cell's text as it is searched: small letters, one kind of apostrophe and arrow, `HFNC50` in two words."""
    text = _NOT_OURS.sub(" ", text.casefold()).replace("’", "'").replace("`", "'")
    return _GLUED.sub(" ", _TO.sub("-", _ARROW.sub("→", text)))


@dataclass(frozen=True)
class Marked:
    """A text with each known word as one private character, and the words in their order: (as written in the list, meaning)."""

    text: str
    words: tuple[tuple[str, str], ...]

    @property
    def meanings(self) -> list[str]:
        return [meaning for _, meaning in self.words]

    def of(self, token: str) -> tuple[str, str]:
        return self.words[ord(token) - _FIRST]

    def within(self, part: str) -> list[tuple[str, str]]:
        """The known words of a part of the text."""
        return [self.of(c) for c in part if _FIRST <= ord(c) < _FIRST + len(self.words)]

    def with_signs(self, signs: Mapping[str, str]) -> str:
        """The text in which the words of some meanings are one sign for each meaning (a private character below \\ue010)."""
        return self.text.translate(
            {_FIRST + i: signs[meaning] for i, (_, meaning) in enumerate(self.words) if meaning in signs}
        )


class Lexicon:
    """The words that a kind of cell may hold (spelling -> meaning), and the fillers that add nothing."""

    def __init__(self, words: Mapping[str, str], fillers: Iterable[str] = ()) -> None:
        self.words = dict(words)
        self._pattern = whole_words(tuple(self.words))
        self._fillers = whole_words(tuple(f.casefold() for f in fillers))

    @cached_property
    def _by_fold(self) -> dict[str, str]:
        return {fold(w): w for w in self.words}

    def mark(self, text: str) -> Marked:
        """Find the known words of a cleaned text, the longest first."""
        found: list[tuple[str, str]] = []

        def note(m: re.Match[str]) -> str:
            spelled = m[0] if m[0] in self.words else self._by_fold[fold(m[0])]
            found.append((spelled, self.words[spelled]))
            return chr(_FIRST + len(found) - 1)

        return Marked(self._pattern.sub(note, text), tuple(found))

    def without_fillers(self, text: str) -> str:
        return self._fillers.sub(" ", text)


def qualifiers(items: Items, *more: Item) -> dict[str, str]:
    """Spelling -> what it does to a listed word that it stands beside; `more`: items with doubts of their own."""
    found = dict.fromkeys(items.spelled["local"], LOCAL)
    found |= {
        word.casefold(): DOUBT
        for word in (*items.spelled["doubts"], *(d for item in more for d in item.doubts))
    }
    found |= dict.fromkeys(items.spelled["ended"], ENDED) | dict.fromkeys(items.spelled["denied"], DENIED)
    return found


def left_over(text: str) -> str:
    """What is no known word: its letters and digits, in words."""
    return " ".join(token for token in _TOKEN.findall(text) if not _NOT_OURS.match(token))


def is_remark(marked: Marked, text: str) -> bool:
    """Whether what is left over beside the known words is a remark: a known word of two letters or more stands first or last, and is
    not a piece of a longer word (clear-headed, 清楚度下降)."""
    tokens = _TOKEN.findall(text)
    edges = [marked.of(t)[0] for t in (tokens[0], tokens[-1]) if _NOT_OURS.match(t)] if tokens else []
    if not any(len(fold(word)) > 1 for word in edges):
        return False
    for m in _NOT_OURS.finditer(text):
        word = marked.of(m[0])[0]
        before, after = text[: m.start()][-2:], text[m.end() :][:2]
        if _joined(before[-1:], before[:-1], word[0]) or _joined(after[:1], after[1:], word[-1]):
            return False
    return True


def _joined(next_to: str, beyond: str, edge: str) -> bool:
    """Whether the character beside a word belongs to it: after a hyphen, or one Chinese sign beside another."""
    if next_to in ("-", "_"):
        return beyond.isalpha()
    return next_to.isalpha() and not next_to.isascii() and not edge.isascii() and not _NOT_OURS.match(next_to)
