"""Which listed word a cell says: yes or no, a scale's grade, a level of consciousness, a seizure, a cause of death."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, distinct, plain, problems_of, shown, spread, too_long
from senl_ae.read.cells.numbers import common, is_dash, is_missing_code, says_missing
from senl_ae.vocabulary.folding import whole_words
from senl_ae.vocabulary.items import Item, fold, word_key

SEPARATORS = re.compile(r"\s*(?:[,;、，；。+/&|]|\band\b|\bwith\b|\bthen\b|和|及|合并)\s*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A cell taken apart into known words: what they mean, and what is left over (empty when all of it is known)."""

    meanings: tuple[str, ...]
    rest: str


def take_apart(text: str, words: dict[str, str], fillers: tuple[str, ...] = ()) -> Phrase:
    """Find known words in a text, whole words only, the longest first; words: spelling (casefolded) -> meaning.

    肾上腺素 inside 去甲肾上腺素 is not found, and what is no known word and no filler is left over."""
    found: list[str] = []

    def note(m: re.Match[str]) -> str:
        found.append(words[_spelling(m[0], words)])
        return " \0 "

    rest = whole_words(tuple(words)).sub(note, text)
    if fillers:
        rest = whole_words(fillers).sub(" ", rest)
    rest = "".join(c if c.isalnum() else " " for c in rest)
    return Phrase(tuple(found), " ".join(rest.split()))


def _spelling(matched: str, words: dict[str, str]) -> str:
    return matched if matched in words else _by_fold(tuple(words))[fold(matched)]


@lru_cache(maxsize=64)
def _by_fold(words: tuple[str, ...]) -> dict[str, str]:
    return {fold(w): w for w in words}


def text_of(cell: Any) -> str:
    """A raw cell as text: 1.0 is "1", a date is its ISO form."""
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, (bool, np.bool_)):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Real) and not isinstance(cell, bool):
        x = float(cell)
        if math.isfinite(x) and x == math.floor(x) and abs(x) < 1e15:
            return f"{x:.0f}"
        return str(cell) if isinstance(cell, int) else f"{x:.15g}"
    if isinstance(cell, datetime):
        return (
            cell.isoformat(" ")
            if (cell.hour, cell.minute, cell.second) != (0, 0, 0)
            else cell.date().isoformat()
        )
    return cell.isoformat() if isinstance(cell, (date, time)) else plain(str(cell))


def blank_remark(name: str, text: str) -> Remark | None:
    """The note on a cell that says that it says nothing; None when it says something."""
    if is_dash(text):
        return Remark("dash-as-blank", "note", f"{name}: {shown(text)}", done="read as blank")
    if is_missing_code(text):
        return Remark(
            "code-for-missing",
            "note",
            f"{name} {shown(text)} is a code for missing",
            done="read as not recorded",
        )
    if says_missing(text):
        return Remark("said-missing", "note", f"{name}: {shown(text)}", done="read as not recorded")
    return None


def beside_remark(name: str, text: str, word: str) -> Remark:
    """The note, once for the column, on cells in which a remark stands beside the listed word."""
    done = "the listed word is read"
    return Remark(
        "remark-beside-word",
        "note",
        f"{name}: more than a listed word",
        "",
        done,
        f"{shown(text)} as {word.replace('_', ' ')}",
    )


def unknown_word(name: str, text: str, known: Iterable[str], listed_words: Iterable[str] = ()) -> Remark:
    """A word that is not on the list: which known word looks most like it, else the words of the list."""
    said = text.casefold()[:40]
    # comparing is slow, and a sheet may hold thousands of unknown drugs: only what begins alike, or any Chinese word, is compared
    alike = [k for k in known if k and (k[0] == said[:1] or not (k.isascii() or said.isascii()))]
    close = difflib.get_close_matches(said, alike, n=1, cutoff=0.75)
    words = ", ".join(listed_words)
    expected = (
        f'a listed word; the nearest is "{close[0]}"'
        if close
        else f"one of {words}"
        if words
        else "a listed word"
    )
    return Remark(
        "unknown-word", "set aside", f"{name}: {shown(text)} is no listed word", expected, "not used"
    )


def each_cell(
    values: np.ndarray,
    name: str,
    read: Callable[[Any, str], tuple[Any, Remark | None]],
    *,
    texts: bool = False,
) -> tuple[np.ndarray, list[Any], list[tuple[int, Remark]], list[bool]]:
    """Read every distinct cell of a column: codes, what was read (None: nothing), remarks, and whether it is set aside.

    A cell that is too long to be a word is set aside without being read; texts: long cells are read too."""
    codes, cells = distinct(values)
    said: list[Any] = []
    remarks: list[tuple[int, Remark]] = []
    aside: list[bool] = []
    for i, cell in enumerate(cells):
        text = text_of(cell)
        long = (
            None
            if texts
            else too_long(name.replace("_", " "), cell) or too_long(name.replace("_", " "), text)
        )
        found, remark = (None, long) if long else read(cell, text)
        said.append(found)
        aside.append(found is None and remark is not None and remark.code != "dash-as-blank")
        if remark is not None:
            remarks.append((i, remark))
    return codes, said, remarks, aside


# ---------------------------------------------------------------- words, yes and no, text


def parse_word(values: np.ndarray, item: Item) -> Column:
    """Read one listed word per cell as its canonical word; words to confirm with a note, unknown words set aside."""
    name = item.name.replace("_", " ")

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        word = listed(text, item)
        if word is not None:
            return word, confirm_remark(name, text, word) if word_key(text) in item.to_confirm else None
        several = [listed(part, item) for part in SEPARATORS.split(text)] if item.worst_first else []
        if len(several) > 1 and all(several):
            return min(map(str, several), key=item.worst_first.index), None
        return None, blank_remark(name, text) or unknown_word(name, text, item.spellings, item.words)

    return one_per_cell(values, item, name, read, object)


def confirm_remark(name: str, text: str, word: str) -> Remark:
    return Remark(
        "word-to-confirm",
        "note",
        f"{name}: {shown(text)}",
        "a clinician's confirmation",
        f"read as {word.replace('_', ' ')}",
    )


def one_per_cell(
    values: np.ndarray,
    item: Item,
    name: str,
    read: Callable[[Any, str], tuple[Any, Remark | None]],
    dtype: Any,
    *,
    texts: bool = False,
) -> Column:
    codes, said, remarks, aside = each_cell(values, name, read, texts=texts)
    if dtype is not object:
        said = [math.nan if s is None else s for s in said]
    out = spread(said, codes, dtype, None if dtype is object else math.nan)
    return Column({item.column: out}, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def yes_or_no(text: str) -> bool | None:
    """Whether a cell says yes (True) or no (False), by the contract's list; None when neither."""
    said = word_key(text)
    return True if said in common("yes") else False if said in common("no") else None


def listed(text: str, item: Item) -> str | None:
    """The canonical word of an item that a whole cell says; None when it is none of the listed ones."""
    return item.word_of.get(word_key(text))


def parse_text(values: np.ndarray, item: Item) -> Column:
    """Read text as typed, without the spaces around it; a number becomes its digits."""
    codes, cells = distinct(values)
    out = spread([str(c).strip() if isinstance(c, str) else text_of(c) for c in cells], codes, object, None)
    return Column({item.column: out}, [], np.zeros(len(values), dtype=bool))


def parse_subject_id(values: np.ndarray, item: Item) -> Column:
    """Read subject ids as text: 001 stays 001, the number 7 becomes "7"; full-width characters become plain."""
    codes, cells = distinct(values)
    return Column(
        {item.column: spread([text_of(c) for c in cells], codes, object, None)},
        [],
        np.zeros(len(values), dtype=bool),
    )


# ---------------------------------------------------------------- grades and scores

_ONE = r"([0-5](?:\.0+)?|i{1,3}|iv|v|[一二三四五])"
_SAID = r"(?:ctcae|astct|gr|grade|g|级别)?\s*(?:grade|gr)?\s*"
_GRADE = re.compile(
    rf"^{_SAID}{_ONE}\s*(?:级|度|grade|gr)?(?:\s*(?:[-~–—/]|to|至|到)\s*{_SAID}{_ONE}\s*(?:级|度)?)?$"
)
_NUMERALS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


def parse_grade(values: np.ndarray, item: Item) -> Column:
    """Read grades 0-5: 3, G3, Grade 3, III, Ⅲ, Ⅲ级, 3级. Mild, moderate and severe are no grades.

    Of an item that keeps ranges 3-4 is grade 3, and 4 its `<column>_upper`.
    """
    name = item.column.replace("_", " ")

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        m = _GRADE.match(text.casefold())
        grades = [float(_NUMERALS.get(said, said)) for said in m.groups() if said] if m else []
        if grades and (len(grades) == 1 or (item.upper and grades[0] < grades[1])):
            return grades, None
        remark = Remark(
            "not-a-grade",
            "set aside",
            f"{name}: {shown(text)} is no grade",
            "a grade from 0 to 5",
            "not used",
        )
        return None, blank_remark(name, text) or remark

    codes, said, remarks, aside = each_cell(values, name, read)
    lower, upper = (
        spread(
            [math.nan if grades is None or len(grades) <= end else grades[end] for grades in said],
            codes,
            np.float64,
            math.nan,
        )
        for end in (0, 1)
    )
    found = {item.column: lower} | ({f"{item.column}_upper": upper} if item.upper else {})
    return Column(found, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


_GCS = re.compile(r"^e\s*([1-4])\s*v\s*([1-5])\s*m\s*([1-6])$")


def gcs_sums(values: np.ndarray) -> np.ndarray:
    """E4V5M6 as its sum, 15; other cells as they are."""
    codes, cells = distinct(values)
    sums = []
    for cell in cells:
        m = _GCS.match(plain(cell).casefold()) if isinstance(cell, str) else None
        sums.append(sum(map(int, m.groups())) if m else cell)
    return spread(sums, codes, object, None)
