"""What can be measured or recorded, and every way a site writes it: the vocabulary of grading_tables/vocabulary/, loaded and checked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from senl_ae.vocabulary.count_units import CountWords
from senl_ae.vocabulary.entries import agent_of, item_of
from senl_ae.vocabulary.files import TableError, check_keys, read_vocabulary, tables_folder, vocabulary_files
from senl_ae.vocabulary.folding import fold, fold_unit, spelling, split_unit, word_key
from senl_ae.vocabulary.lab_names import NameWords
from senl_ae.vocabulary.matching import Items
from senl_ae.vocabulary.nouns import DOMAINS, Agent, Alias, Conversion, HeadingMatch, Item

__all__ = [
    "DOMAINS",
    "Agent",
    "Alias",
    "Conversion",
    "HeadingMatch",
    "Item",
    "Items",
    "TableError",
    "fold",
    "fold_unit",
    "load_items",
    "per_vocabulary",
    "split_unit",
    "tables_folder",
    "vocabulary_of",
    "word_key",
]

_SECTIONS = ("order", "units", "counts", "names", "words", "item", "lab", "agent", "pii")
_COMMON = (
    "yes",
    "no",
    "sides",
    "missing",
    "missing_codes",
    "flags",
    "remarks",
    "utc",
    "zone_names",
    "noon",
    "midnight",
    "qualifying",
    "people",
    "not_infusion",
    "denied",
    "ended",
    "doubts",
    "local",
    "heading_fillers",
    "heading_given",
    "heading_again",
    "heading_amounts",
    "heading_elsewhere",
    "heading_bookkeeping",
)
_NAMES = ("fillers", "fluids", "absolute", "percent")
_COUNTS = ("powers", "volumes", "counted")
_PII = ("aliases", "contains")


_FURTHER: ContextVar[tuple[Path, ...]] = ContextVar("further folders", default=())
T = TypeVar("T")


@contextlib.contextmanager
def vocabulary_of(folders: Sequence[Path]) -> Iterator[None]:
    """Inside this block the vocabulary in force is that of the program and of these folders of tables."""
    token = _FURTHER.set(tuple(Path(d) for d in folders if vocabulary_files(Path(d))))
    try:
        yield
    finally:
        _FURTHER.reset(token)


def load_items(extra_dirs: Sequence[Path] | None = None) -> Items:
    """The vocabulary of the program, and what the `items.toml` and `vocabulary/` of each further folder add to it. Loaded once.

    extra_dirs: the further folders; None: those in force, see `vocabulary_of`.
    """
    return _load(_FURTHER.get() if extra_dirs is None else tuple(Path(d) for d in extra_dirs))


def per_vocabulary(function: Callable[..., T]) -> Callable[..., T]:
    """Works out once what depends on the vocabulary alone, for each that is in force."""
    found: dict[tuple[Any, ...], T] = {}

    @wraps(function)
    def kept(*words: Any) -> T:
        key = (_FURTHER.get(), *words)
        if key not in found:
            found[key] = function(*words)
        return found[key]

    return kept


@dataclass
class _Vocabulary:
    """What the files say so far, and which file said it."""

    items: dict[str, Item] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    pii: dict[str, list[str]] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)
    counts: CountWords | None = None
    files: dict[str, str] = field(default_factory=dict)
    """`item temperature`, `agent dopamine` -> the file that defines it."""


@lru_cache(maxsize=8)
def _load(extra_dirs: tuple[Path, ...]) -> Items:
    so_far = _Vocabulary()
    for folder in (tables_folder(), *extra_dirs):
        tables = read_vocabulary(folder)
        _add_units(so_far, tables)
        for file, table in tables.items():
            _add(so_far, table, file)
    items = _with_agent_columns(so_far.items, so_far.agents)
    _check_clashes(items, so_far.agents, so_far.files)
    return Items(
        items,
        so_far.agents,
        frozenset(fold(p) for p in so_far.pii["aliases"]),
        tuple(fold(p) for p in so_far.pii["contains"]),
        {meaning: frozenset(word_key(w) for w in said) for meaning, said in so_far.words.items()},
        {meaning: tuple(dict.fromkeys(spelling(w) for w in said)) for meaning, said in so_far.words.items()},
        name_words=NameWords.of(so_far.names),
    )


def _add_units(so_far: _Vocabulary, tables: Mapping[str, dict[str, Any]]) -> None:
    """The units of all files of a folder, before its items; a further folder may say its own spellings of a unit for its own items."""
    seen: dict[str, str] = {}
    for file, table in tables.items():
        check_keys(table, _SECTIONS, file, "the file")
        for unit, spelled in table.get("units", {}).items():
            _once(seen, f"units.{unit}", file)
            so_far.units[unit] = spelled
        if "counts" in table:
            _once(seen, "counts", file)
            check_keys(table["counts"], _COUNTS, file, "counts")
            so_far.counts = CountWords.of(**table["counts"])


def _add(so_far: _Vocabulary, table: dict[str, Any], file: str) -> None:
    """One file's words, items and drugs."""
    for section, allowed, into in (
        ("words", _COMMON, so_far.words),
        ("names", _NAMES, so_far.names),
        ("pii", _PII, so_far.pii),
    ):
        check_keys(table.get(section, {}), allowed, file, section)
        for meaning, said in table.get(section, {}).items():
            into.setdefault(meaning, []).extend(said)
    for section in ("item", "lab"):
        for name, entry in table.get(section, {}).items():
            _once(so_far.files, f"item {name}", file)
            item = item_of(name, entry, so_far.units, section == "lab", file)
            so_far.items[name] = _counted(item, so_far.counts)
    for name, entry in table.get("agent", {}).items():
        _once(so_far.files, f"agent {name}", file)
        so_far.agents[name] = agent_of(name, entry, file)


def _once(seen: dict[str, str], name: str, file: str) -> None:
    """Refuses what another file, or another section of this one, has defined already."""
    if name in seen:
        raise TableError(f"{file}, {name}: defined already in {seen[name]}; give it another name")
    seen[name] = file


def _counted(item: Item, counts: CountWords | None) -> Item:
    """A test whose unit is a number per volume is read in every power of ten per volume, and is one of cells."""
    unit = item.unit or ""
    if not item.is_lab or counts is None or not unit.startswith(("10^", "/")) or counts.power(unit) is None:
        return item  # g/L is grams, though G/L is 10^9/L where something is counted
    return replace(item, counts=counts, of_cells=True)


SHORT = 3
"""Names of agents no longer than this (NE, ADH) head a column only where its unit is one of a rate."""


def _with_agent_columns(items: dict[str, Item], agents: Mapping[str, Agent]) -> dict[str, Item]:
    """One more item per agent of each category that may have columns of its own, under the names that no other item has."""
    expanded = {name: item for name, item in items.items() if not item.agents_of}
    for template in (item for item in items.values() if item.agents_of):
        taken = {
            fold(a.text)
            for item in expanded.values()
            if set(item.domains) & set(template.domains)
            for a in item.aliases
        }
        for agent in agents.values():
            if agent.category != template.agents_of or agent.name in expanded:
                continue
            short = {a.text for a in agent.aliases if a.text.isascii() and len(fold(a.text)) <= SHORT}
            free = tuple(a for a in agent.aliases if fold(a.text) not in taken and a.text not in short)
            expanded[agent.name] = replace(
                template,
                name=agent.name,
                adds=agent.name,
                aliases=free,
                by_unit=tuple(sorted(short)),
                agents_of="",
            )
    return expanded


def _check_clashes(items: Mapping[str, Item], agents: Mapping[str, Agent], files: Mapping[str, str]) -> None:
    """Refuse an alias that means two items of one domain, two words of one item or two agents."""

    def home(item: str) -> str:
        # a column that a drug has of its own stands where the drug stands
        return files.get(f"item {item}") or files[f"agent {item}"]

    for domain in DOMAINS:
        seen: dict[str, tuple[str, str]] = {}
        for item in items.values():
            for alias in item.aliases if domain in item.domains else ():
                _claim(seen, fold(alias.text), item.name, home(item.name), f"domain {domain}")
    for item in items.values():
        words: dict[str, tuple[str, str]] = {}
        for canonical, aliases in item.words.items():
            for word in (canonical, *aliases):
                _claim(words, word_key(word), canonical, home(item.name), f"words of {item.name}")
    names: dict[str, tuple[str, str]] = {}
    for agent in agents.values():
        for spelled in agent.aliases:
            _claim(names, fold(spelled.text), agent.name, files[f"agent {agent.name}"], "agents")


def _claim(seen: dict[str, tuple[str, str]], alias: str, owner: str, file: str, where: str) -> None:
    other, first = seen.setdefault(alias, (owner, file))
    if other != owner:
        both = file if first == file else f"{first} and {file}"
        raise TableError(f"{both}, {where}: {alias!r} means both {other} and {owner}")
