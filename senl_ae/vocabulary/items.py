"""What can be measured or recorded, and every way a site writes it: the vocabulary of grading_tables/items.toml, loaded and checked."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from senl_ae.vocabulary.count_units import CountWords
from senl_ae.vocabulary.folding import fold, fold_unit, spelling, split_unit, word_key
from senl_ae.vocabulary.lab_names import NameWords
from senl_ae.vocabulary.matching import Items
from senl_ae.vocabulary.nouns import DECISIONS, DOMAINS, Agent, Alias, Conversion, HeadingMatch, Item

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
    "split_unit",
    "tables_folder",
    "word_key",
]

KINDS = (
    "number",
    "word",
    "yes_no",
    "text",
    "agents",
    "agent",
    "blood_pressure",
    "score_or_unable",
    "subject_id",
    "datetime",
    "date",
    "clock",
    "study_day",
    "cdisc_day",
    "dose",
    "grade",
    "device",
    "seizure",
    "death_cause",
    "finding",
    "qualifier",
)
BOUNDS = ("ge", "gt", "le", "lt")
CATEGORIES = (
    "vasopressor",
    "oxygen",
    "fluid",
    "antipyretic",
    "corticosteroid",
    "tocilizumab",
    "anticytokine",
    "sedation",
    "icu",
    "dialysis",
    "g-csf",
    "transfusion",
    "antiepileptic",
    "car_t",
    "lymphodepletion",
)
ROLES = (*CATEGORIES, "vasopressin", "inotrope", "not_vasopressor")


class TableError(ValueError):
    """A grading table cannot be used as it stands: the message names the file, the entry and the nearest allowed name."""


_ITEM_KEYS = (
    "domains",
    "kind",
    "column",
    "unit",
    "units",
    "plausible",
    "plausible_in",
    "aliases",
    "unconfirmed",
    "hospital_numbers",
    "by_unit",
    "words",
    "to_confirm",
    "fillers",
    "says",
    "fraction",
    "upper",
    "prolonged_from_minutes",
    "adds",
    "flow",
    "tells_none",
    "agents_of",
    "worst_first",
    "of_cells",
    "decides",
    "of",
    "never_of",
    "settings",
    "setting_units",
    "bare_flow",
    "percent_is_fio2",
    "doubts",
    "named_by",
    "remarks",
)
_AGENT_KEYS = ("category", "role", "aliases", "unconfirmed")
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
_NAME_KEYS = ("fillers", "fluids", "absolute", "percent")
_CONVERSION_KEYS = ("to", "minus", "times", "over")


def tables_folder() -> Path:
    """Where the grading tables are: inside the package when installed from a wheel, else beside pyproject.toml."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "grading_tables", package.parent / "grading_tables"):
        if folder.is_dir():
            return folder
    raise TableError(
        f"the folder grading_tables is neither in {package} nor beside it: install senl-ae again"
    )


def load_items(extra_dirs: Sequence[Path] = ()) -> Items:
    """The vocabulary: items.toml of the package, and what an items.toml in each further folder adds to it. Loaded once."""
    return _load(tuple(Path(d) for d in extra_dirs))


@lru_cache(maxsize=8)
def _load(extra_dirs: tuple[Path, ...]) -> Items:
    files = [
        tables_folder() / "items.toml",
        *(d / "items.toml" for d in extra_dirs if (d / "items.toml").is_file()),
    ]
    items: dict[str, Item] = {}
    agents: dict[str, Agent] = {}
    pii: list[str] = []
    parts: list[str] = []
    units: dict[str, list[str]] = {}
    words: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    counts: CountWords | None = None
    for file in files:
        table = _read(file)
        _check_keys(
            table, ("units", "counts", "names", "words", "item", "lab", "agent", "pii"), file, "the file"
        )
        for section, allowed, into in (("words", _COMMON, words), ("names", _NAME_KEYS, names)):
            _check_keys(table.get(section, {}), allowed, file, section)
            for meaning, said in table.get(section, {}).items():
                into.setdefault(meaning, []).extend(said)
        _check_keys(table.get("counts", {}), ("powers", "volumes", "counted"), file, "counts")
        counts = CountWords.of(**table["counts"]) if "counts" in table else counts
        units.update(table.get("units", {}))
        for section, is_lab in (("item", False), ("lab", True)):
            for name, entry in table.get(section, {}).items():
                if name in items:
                    raise TableError(f"{file.name}, {section}.{name}: there is an item of this name already")
                items[name] = _counted(_item(name, entry, units, is_lab, file), counts)
        for name, entry in table.get("agent", {}).items():
            agents[name] = _agent(name, entry, file)
        pii += table.get("pii", {}).get("aliases", [])
        parts += table.get("pii", {}).get("contains", [])
    items = _with_agent_columns(items, agents)
    _check_clashes(items, agents)
    common = {meaning: frozenset(word_key(w) for w in said) for meaning, said in words.items()}
    spelled = {meaning: tuple(dict.fromkeys(spelling(w) for w in said)) for meaning, said in words.items()}
    return Items(
        items,
        agents,
        frozenset(fold(p) for p in pii),
        tuple(fold(p) for p in parts),
        common,
        spelled,
        name_words=NameWords.of(names),
    )


def _counted(item: Item, counts: CountWords | None) -> Item:
    """A test whose unit is a number per volume is read in every power of ten per volume, and is one of cells."""
    unit = item.unit or ""
    if not item.is_lab or counts is None or not unit.startswith(("10^", "/")) or counts.power(unit) is None:
        return item  # g/L is grams, though G/L is 10^9/L where something is counted
    return replace(item, counts=counts, of_cells=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise TableError(f"{file.name} cannot be read: {e}") from e


def _check_keys(entry: Any, allowed: Iterable[str], file: Path, where: str) -> None:
    if not isinstance(entry, dict):
        raise TableError(f"{file.name}, {where}: expected a table of {', '.join(allowed)}")
    for key in entry:
        if key not in allowed:
            raise TableError(f"{file.name}, {where}: unknown key {key!r}{_hint(key, allowed)}")


def _hint(word: str, allowed: Iterable[str]) -> str:
    allowed = list(allowed)
    close = difflib.get_close_matches(word, allowed, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; allowed: {', '.join(allowed)}"


def _item(
    name: str, entry: dict[str, Any], spellings: dict[str, list[str]], is_lab: bool, file: Path
) -> Item:
    where = f"{'lab' if is_lab else 'item'}.{name}"
    _check_keys(entry, _ITEM_KEYS, file, where)
    kind = entry.get("kind", "number" if is_lab else "")
    if kind not in KINDS:
        raise TableError(f"{file.name}, {where}: kind {kind!r}{_hint(kind, KINDS)}")
    domains = tuple(entry.get("domains", ["labs"] if is_lab else []))
    for domain in domains:
        if domain not in DOMAINS:
            raise TableError(f"{file.name}, {where}: domain {domain!r}{_hint(domain, DOMAINS)}")
    if not domains:
        raise TableError(f"{file.name}, {where}: domains are missing")
    unit = entry.get("unit")
    confirmed = dict.fromkeys([name, *entry.get("aliases", [])])
    aliases = (
        *(Alias(a) for a in confirmed),
        *(Alias(a, confirmed=False) for a in entry.get("unconfirmed", [])),
        *(Alias(a, hospital_number=True) for a in entry.get("hospital_numbers", [])),
    )
    words = entry.get("words", {})
    return Item(
        name=name,
        domains=domains,
        kind=kind,
        column=entry.get("column", name),
        unit=unit,
        units=_units(entry, spellings, file, where),
        units_said=tuple(entry.get("units", {})),
        plausible=_bounds(entry.get("plausible", {}), file, f"{where}.plausible"),
        plausible_in={
            u: _bounds(b, file, f"{where}.plausible_in") for u, b in entry.get("plausible_in", {}).items()
        },
        aliases=aliases,
        by_unit=tuple(entry.get("by_unit", [])),
        words={w: tuple(a) for w, a in words.items()},
        to_confirm=frozenset(word_key(w) for w in entry.get("to_confirm", [])),
        fillers=tuple(entry.get("fillers", [])),
        says=entry.get("says", ""),
        fraction=bool(entry.get("fraction", False)),
        upper=bool(entry.get("upper", False)),
        is_lab=is_lab,
        prolonged_from_minutes=entry.get("prolonged_from_minutes"),
        adds=entry.get("adds", ""),
        flow=bool(entry.get("flow", False)),
        tells_none=bool(entry.get("tells_none", False)),
        agents_of=entry.get("agents_of", ""),
        of_cells=bool(entry.get("of_cells", False)),
        worst_first=tuple(entry.get("worst_first", [])),
        decides=_decides(entry, file, where),
        of={w: tuple(said) for w, said in entry.get("of", {}).items()},
        never_of=tuple(entry.get("never_of", [])),
        settings=tuple(entry.get("settings", [])),
        setting_units=tuple(entry.get("setting_units", [])),
        bare_flow=frozenset(entry.get("bare_flow", [])),
        percent_is_fio2=frozenset(entry.get("percent_is_fio2", [])),
        doubts=tuple(entry.get("doubts", [])),
        named_by=dict(entry.get("named_by", {})),
        remarks=frozenset(entry.get("remarks", [])),
    )


def _decides(entry: dict[str, Any], file: Path, where: str) -> dict[str, str]:
    """What each word of a qualifier decides; a word that decides nothing, and a decision about no word, are refused."""
    decides = dict(entry.get("decides", {}))
    words = entry.get("words", {})
    for word, decision in decides.items():
        if decision not in DECISIONS:
            raise TableError(f"{file.name}, {where}.decides: {decision!r}{_hint(decision, DECISIONS)}")
        if word != "*" and word not in words:
            raise TableError(
                f"{file.name}, {where}.decides: {word!r} is none of its words{_hint(word, words)}"
            )
    if entry.get("kind") == "qualifier" and "*" not in decides:
        for word in words:
            if word not in decides:
                raise TableError(f"{file.name}, {where}: what the word {word!r} decides is not said")
    return decides


def _bounds(entry: Any, file: Path, where: str) -> dict[str, float]:
    _check_keys(entry, BOUNDS, file, where)
    for op, bound in entry.items():
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise TableError(f"{file.name}, {where}: the bound {op} is {bound!r}, expected a number")
    return {op: float(bound) for op, bound in entry.items()}


def _units(
    entry: dict[str, Any], spellings: dict[str, list[str]], file: Path, where: str
) -> dict[str, Conversion]:
    """Every spelling of every unit an item is read in, folded. A spelling with two meanings in one item is refused."""
    units: dict[str, Conversion] = {}
    own = entry.get("unit")
    said: dict[str, Any] = {} if own is None else {own: {}}
    said.update(entry.get("units", {}))
    for unit, how in said.items():
        _check_keys(how, _CONVERSION_KEYS, file, f"{where}.units.{unit}")
        arithmetic = {k: float(v) for k, v in how.items() if k != "to"}
        conversion = Conversion(how.get("to", own if arithmetic else unit), **arithmetic)
        for spelled in (unit, *spellings.get(unit, ())):
            folded = fold_unit(spelled)
            if units.setdefault(folded, conversion) != conversion:
                raise TableError(f"{file.name}, {where}: the unit {spelled!r} has two meanings")
    return units


def _agent(name: str, entry: dict[str, Any], file: Path) -> Agent:
    where = f"agent.{name}"
    _check_keys(entry, _AGENT_KEYS, file, where)
    category = entry.get("category", "")
    role = entry.get("role", category)
    if category not in CATEGORIES:
        raise TableError(f"{file.name}, {where}: category {category!r}{_hint(category, CATEGORIES)}")
    if role not in ROLES:
        raise TableError(f"{file.name}, {where}: role {role!r}{_hint(role, ROLES)}")
    aliases = [
        Alias(name),
        *(Alias(a) for a in entry.get("aliases", [])),
        *(Alias(a, False) for a in entry.get("unconfirmed", [])),
    ]
    return Agent(name, tuple(aliases), category, role)


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


def _check_clashes(items: Mapping[str, Item], agents: Mapping[str, Agent]) -> None:
    """Refuse an alias that means two items of one domain, two words of one item or two agents."""
    for domain in DOMAINS:
        seen: dict[str, str] = {}
        for item in items.values():
            for alias in item.aliases if domain in item.domains else ():
                _claim(seen, fold(alias.text), item.name, f"items.toml, domain {domain}")
    for item in items.values():
        words: dict[str, str] = {}
        for canonical, aliases in item.words.items():
            for word in (canonical, *aliases):
                _claim(words, word_key(word), canonical, f"items.toml, words of {item.name}")
    names: dict[str, str] = {}
    for agent in agents.values():
        for spelled in agent.aliases:
            _claim(names, fold(spelled.text), agent.name, "items.toml, agents")


def _claim(seen: dict[str, str], alias: str, owner: str, where: str) -> None:
    other = seen.setdefault(alias, owner)
    if other != owner:
        raise TableError(f"{where}: {alias!r} means both {other} and {owner}")
