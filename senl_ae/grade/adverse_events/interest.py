"""Which groups of special interest a reported record belongs to: by its class, by its name, or by words of a term that nobody coded."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Words
from senl_ae.grade.adverse_events.records import Group, Said, chained
from senl_ae.grade.adverse_events.words import folded_codes
from senl_ae.issues import Issues, Refused
from senl_ae.settings import small_text
from senl_ae.vocabulary.event_names import folded_name
from senl_ae.vocabulary.files import TableError, check_keys, tables_folder, tables_in
from senl_ae.vocabulary.folding import whole_words

KEYS = ("id", "title", "soc", "pt", "exclude_pt", "words", "derived")
LISTS = ("soc", "pt", "exclude_pt", "words", "derived")
PREFIX = "aesi_"


@dataclass(frozen=True)
class Interest:
    """One group as its file says it, names folded. words: looked for inside terms that nobody coded."""

    group: Group
    soc: frozenset[str]
    pt: frozenset[str]
    exclude_pt: frozenset[str]
    words: tuple[str, ...]


def groups_in_force(own: str) -> list[Interest]:
    """The groups of the program, and those of a study's own folder, which stand in place of groups of the same id.

    Raises Refused, with every mistake found, where a file cannot be used.
    """
    found: dict[str, Interest] = {}
    issues = Issues()
    folders = [tables_folder(), *([Path(own)] if own else [])]
    if own and not folders[-1].is_dir():
        _refuse(issues, f"{own}: no such folder of groups of special interest (aesi_dir)")
    for folder in folders:
        here: dict[str, str] = {}
        for file in tables_in(folder):
            if not file.stem.startswith(PREFIX):
                continue
            try:
                interest = _read(file)
                if interest.group.id in here:
                    raise TableError(
                        f"{file.name}, id: {interest.group.id!r} is that of {here[interest.group.id]}"
                    )
            except TableError as error:
                _refuse(issues, str(error))
                continue
            here[interest.group.id] = file.name
            found[interest.group.id] = interest
    if issues.refused:
        raise Refused(issues)
    return list(found.values())


def _refuse(issues: Issues, found: str) -> None:
    issues.add(
        "refuse",
        "aesi-table-wrong",
        found=found,
        expected="id, title, and names in soc, pt or words",
        done="nothing was graded",
    )


def _read(file: Path) -> Interest:
    """One file, checked key by key; raises TableError naming the file and the key."""
    try:
        told: dict[str, Any] = tomllib.loads(small_text(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TableError(f"{file.name} cannot be read: {error}") from error
    check_keys(told, KEYS, file.name, "the group")
    for key in ("id", "title"):
        if not isinstance(told.get(key), str) or not told[key].strip():
            raise TableError(f"{file.name}, {key}: expected a text")
    if ";" in told["id"]:
        raise TableError(f"{file.name}, id: {told['id']!r} holds a ;")
    lists: dict[str, list[str]] = {}
    for key in LISTS:
        names = told.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
            raise TableError(f"{file.name}, {key}: expected a list of names")
        lists[key] = names
    number = sum(len(lists[key]) for key in ("soc", "pt", "words"))
    if not number:
        raise TableError(f"{file.name}, pt: the group is empty; it needs names in soc, pt or words")
    soc, pt, exclude_pt = (frozenset(map(folded_name, lists[key])) for key in ("soc", "pt", "exclude_pt"))
    group = Group(told["id"], told["title"], number, tuple(lists["derived"]))
    return Interest(group, soc, pt, exclude_pt, tuple(map(folded_name, lists["words"])))


def interest_of(said: Said, groups: Sequence[Interest]) -> tuple[Words, Mask]:
    """The ids of each record's groups, joined by `;` in the order of the groups; and which records are in one although nobody coded them.

    A listed name counts whether it was coded or typed; words count inside a term that nobody coded.
    """
    soc, classes = folded_codes(said.class_name)
    combination, rows = pd.factorize((said.name * (len(classes) + 1) + soc) * 2 + said.coded)
    coded = rows % 2 == 1
    class_of = [classes[i] for i in (rows // 2 % (len(classes) + 1)).tolist()]
    name_of = [said.names[i] for i in (rows // 2 // (len(classes) + 1)).tolist()]
    by_words = np.zeros(len(rows), dtype=bool)
    members: list[tuple[str, Mask]] = []
    for interest in groups:
        listed = np.array(
            [
                name not in interest.exclude_pt and (name in interest.pt or where in interest.soc)
                for name, where in zip(name_of, class_of, strict=True)
            ],
            dtype=bool,
        )
        pattern = whole_words(interest.words)
        worded = np.array(
            [name not in interest.exclude_pt and bool(pattern.search(name)) for name in name_of], dtype=bool
        )
        by_words |= ~coded & (listed | worded)
        worded &= ~coded
        members.append((interest.group.id, listed | worded))
    return chained(members, len(rows))[combination], by_words[combination]
