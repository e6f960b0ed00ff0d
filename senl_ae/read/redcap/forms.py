"""Which fields of a REDCap export stand on one form, and what their names mean without the form's prefix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from senl_ae.read.headings.heading_row import Vocabulary
from senl_ae.read.redcap.dictionary import Dictionary
from senl_ae.vocabulary.items import word_key

TIMES = frozenset({"datetime", "date", "study_day", "cdisc_day", "start"})


@dataclass(frozen=True)
class Form:
    """One form: its name, and the columns of its fields."""

    name: str
    columns: tuple[int, ...]


def forms_of(texts: Sequence[str], status: Sequence[int], dictionary: Dictionary) -> list[Form]:
    """The forms of an export: by the dictionary, else by the columns that say whether a form is complete, each of which ends one."""
    known = {
        j: found.form
        for j, text in enumerate(texts)
        if (found := dictionary.of(text.partition("___")[0])) is not None
    }
    names: dict[str, list[int]] = {}
    ends = sorted(status)
    for j in range(len(texts)):
        end = next((e for e in ends if e >= j), None)
        by_place = texts[end].removesuffix("_complete") if end is not None else ""
        if j not in status and (known.get(j) or by_place):
            names.setdefault(known.get(j) or by_place, []).append(j)
    return [Form(name, tuple(columns)) for name, columns in names.items()]


def read_without_prefix(fields: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> bool:
    """Let fields be understood without a prefix that most of their form have (vs_temp is temp); whether the form says when.

    fields: heading and name of each. A prefix that speaks of another time (prior_, baseline_) is no prefix of a form.
    """
    elsewhere = vocabulary.items.common_words.get("heading_elsewhere", frozenset())
    rest = dict(fields)
    for _ in range(2):
        first = Counter(left.partition("_")[0].casefold() for left in rest.values() if "_" in left)
        shared = {
            p
            for p, n in first.items()
            if n >= min(2, len(fields)) and 2 * n >= len(fields) and word_key(p) not in elsewhere
        }
        for text, left in rest.items():
            prefix, line, tail = left.partition("_")
            if line and tail and prefix.casefold() in shared:
                rest[text] = tail
                vocabulary.reads(text, tail)
    columns = {match.item.column for text in rest for match in vocabulary.meanings(text).values()}
    return bool(columns & TIMES)
