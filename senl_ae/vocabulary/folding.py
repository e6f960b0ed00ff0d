"""Which spellings are one text: the one folding of headings, words and units."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ASCII_DROPPED = {c: None for c in range(128) if not (chr(c).isalnum() or chr(c) in "#%")}


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Headings and words that differ only in case, width, spaces, underscores or punctuation become one text. `#` and `%` are kept."""
    if text.isascii():
        return text.lower().translate(_ASCII_DROPPED)
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum() or c in "#%")


def seen_alike(text: str) -> str:
    """Names that differ only in case, width, spaces or characters that nobody sees become one text; marks are kept: CD4+ is not CD4-."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c)[0] not in "ZC")


def seen(text: str) -> str:
    r"""A text as a message shows it: what nobody would see, by its number, as a settings file can hold it (\u200b)."""
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c)[0] in "ZC" and c != " " else c for c in text)


@lru_cache(maxsize=65536)
def word_key(text: str) -> str:
    """A listed word, folded for look-up. Where it holds a digit only case, width and spaces are folded: -1 is not 1, 5-/5 is not 5/5."""
    if any(c.isdigit() for c in text):
        tight = "".join(unicodedata.normalize("NFKC", text).casefold().split())
        return re.sub(r"^(\d+)\.0+$", r"\1", tight)
    return fold(text) or text.strip()


_POWER = re.compile(r"^[x×*]?1?0?(?:(?<=10)(?:\^|\*\*|\*|e|exp)?(\d{1,2})|(?<=1)e(\d{1,2}))/?(?=\D)")


@lru_cache(maxsize=16384)
def fold_unit(text: str) -> str:
    """Spellings of a unit that differ only in case, spaces, width, the micro sign or the way of writing a power of ten become one text."""
    t = unicodedata.normalize("NFKC", plain_powers(text)).casefold()
    t = (
        re.sub(r"[\s°\[\]{}·.,_]", "", t)
        .replace("μ", "u")
        .replace("mcg", "ug")
        .replace("mcl", "ul")
        .replace("^3/", "3/")
    )
    t = t.replace("cells/", "/").replace("cell/", "/").replace("个/", "/").strip("()")
    m = _POWER.match(t)
    return f"10^{m[1] or m[2]}/{t[m.end() :]}" if m else t


_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def plain_powers(text: str) -> str:
    """`10⁵` as `10^5`, before folding of widths would make it 105."""
    return re.sub(r"(?<=\d)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: "^" + m[0].translate(_RAISED), text)


MOST_OF_A_HEADING = 200
"""Longer text is no heading and no name of a test: it is not taken apart."""

_BRACKET = re.compile(
    r"^(?P<text>.*\S)\s*[(\[{](?P<unit>[^()\[\]{}]*(?:\[[^\]]*\])?[^()\[\]{}]*)[)\]}]\s*$", re.DOTALL
)


def split_unit(heading: str) -> tuple[str, str | None]:
    """A heading without its last bracket, and what stood in it: `体温(℃)` is `体温` and `℃`. Whether that is a unit, the item decides."""
    text = unicodedata.normalize("NFKC", plain_powers(heading[:MOST_OF_A_HEADING])).strip()
    m = _BRACKET.match(text) if len(heading) <= MOST_OF_A_HEADING else None
    if m:
        return m["text"].strip(), m["unit"].strip() or None
    return text, None


def spelling(text: str) -> str:
    """A word as it is looked for inside a text: widths and case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text.replace("_", " ")).casefold().split())


@lru_cache(maxsize=256)
def whole_words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Known words, the longest first, each as a whole word where it begins or ends in a Latin letter or a digit; -1 and 1/5 are no 1.

    The words of one first letter stand together, so that a text is gone through once and not once for every word."""
    by_first: dict[str, dict[str, list[str]]] = {}
    for word in sorted(set(words), key=lambda w: (-len(w), w)):
        if word:
            before, first, rest = _whole(word)
            by_first.setdefault(before, {}).setdefault(first, []).append(rest)
    groups = [
        before + "(?:" + "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in firsts.items()) + ")"
        for before, firsts in by_first.items()
    ]
    return re.compile("|".join(groups) or r"(?!)")


def _whole(word: str) -> tuple[str, str, str]:
    """What may not stand before a word, its first letter, and the rest with what may not stand behind it, as patterns."""
    before = r"(?<![a-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    if word[0].isdigit():
        before = r"(?<![a-z0-9.,+\-/])"
    if word[-1].isdigit():
        after = r"(?![a-z0-9]|[+\-/]|[.,]\d)"
    parts = [re.escape(p) for p in re.split(r"[\s_\-]+", word)]
    first = re.escape(word[0]) if parts[0] else ""
    return before, first, r"[\s_\-]*".join([parts[0][len(first) :], *parts[1:]]) + after
