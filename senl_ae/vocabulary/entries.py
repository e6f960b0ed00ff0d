"""What one entry of the vocabulary says: an item, a laboratory test or a drug, checked key by key, or refused with its place."""

from __future__ import annotations

from typing import Any

from senl_ae.vocabulary.files import TableError, check_keys, hint
from senl_ae.vocabulary.folding import fold_unit, word_key
from senl_ae.vocabulary.nouns import DECISIONS, DOMAINS, Agent, Alias, Conversion, Item

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
_CONVERSION_KEYS = ("to", "minus", "times", "over")


def item_of(
    name: str, entry: dict[str, Any], spellings: dict[str, list[str]], is_lab: bool, file: str
) -> Item:
    where = f"{'lab' if is_lab else 'item'}.{name}"
    check_keys(entry, _ITEM_KEYS, file, where)
    kind = entry.get("kind", "number" if is_lab else "")
    if kind not in KINDS:
        raise TableError(f"{file}, {where}: kind {kind!r}{hint(kind, KINDS)}")
    domains = tuple(entry.get("domains", ["labs"] if is_lab else []))
    for domain in domains:
        if domain not in DOMAINS:
            raise TableError(f"{file}, {where}: domain {domain!r}{hint(domain, DOMAINS)}")
    if not domains:
        raise TableError(f"{file}, {where}: domains are missing")
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


def _decides(entry: dict[str, Any], file: str, where: str) -> dict[str, str]:
    """What each word of a qualifier decides; a word that decides nothing, and a decision about no word, are refused."""
    decides = dict(entry.get("decides", {}))
    words = entry.get("words", {})
    for word, decision in decides.items():
        if decision not in DECISIONS:
            raise TableError(f"{file}, {where}.decides: {decision!r}{hint(decision, DECISIONS)}")
        if word != "*" and word not in words:
            raise TableError(f"{file}, {where}.decides: {word!r} is none of its words{hint(word, words)}")
    if entry.get("kind") == "qualifier" and "*" not in decides:
        for word in words:
            if word not in decides:
                raise TableError(f"{file}, {where}: what the word {word!r} decides is not said")
    return decides


def _bounds(entry: Any, file: str, where: str) -> dict[str, float]:
    check_keys(entry, BOUNDS, file, where)
    for op, bound in entry.items():
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise TableError(f"{file}, {where}: the bound {op} is {bound!r}, expected a number")
    return {op: float(bound) for op, bound in entry.items()}


def _units(
    entry: dict[str, Any], spellings: dict[str, list[str]], file: str, where: str
) -> dict[str, Conversion]:
    """Every spelling of every unit an item is read in, folded. A spelling with two meanings in one item is refused."""
    units: dict[str, Conversion] = {}
    own = entry.get("unit")
    said: dict[str, Any] = {} if own is None else {own: {}}
    said.update(entry.get("units", {}))
    for unit, how in said.items():
        check_keys(how, _CONVERSION_KEYS, file, f"{where}.units.{unit}")
        arithmetic = {k: float(v) for k, v in how.items() if k != "to"}
        conversion = Conversion(how.get("to", own if arithmetic else unit), **arithmetic)
        for spelled in (unit, *spellings.get(unit, ())):
            folded = fold_unit(spelled)
            if units.setdefault(folded, conversion) != conversion:
                raise TableError(f"{file}, {where}: the unit {spelled!r} has two meanings")
    return units


def agent_of(name: str, entry: dict[str, Any], file: str) -> Agent:
    where = f"agent.{name}"
    check_keys(entry, _AGENT_KEYS, file, where)
    category = entry.get("category", "")
    role = entry.get("role", category)
    if category not in CATEGORIES:
        raise TableError(f"{file}, {where}: category {category!r}{hint(category, CATEGORIES)}")
    if role not in ROLES:
        raise TableError(f"{file}, {where}: role {role!r}{hint(role, ROLES)}")
    aliases = [
        Alias(name),
        *(Alias(a) for a in entry.get("aliases", [])),
        *(Alias(a, False) for a in entry.get("unconfirmed", [])),
    ]
    return Agent(name, tuple(aliases), category, role)
