"""Which published scales there are, and whether their tables can be trusted: loaded, checked, refused with the place of the mistake."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from senl_ae.scale import Condition, Driver, Factor, Rule, Scale, bound_of
from senl_ae.settings import small_text
from senl_ae.vocabulary.files import TableError, tables_folder, tables_in

__all__ = ["Condition", "Driver", "Factor", "Rule", "Scale", "load_scale", "load_scales", "scale_from"]

OPERATORS = ("gt", "ge", "lt", "le", "eq", "is", "in")
REFERENCES = ("uln", "lln", "baseline")


SCALE_KEYS = (
    "id",
    "title",
    "syndrome",
    "source",
    "doi",
    "version",
    "course",
    "assessed_in",
    "zero_needs",
    "coverage",
    "order",
    "signs",
    "note",
)
RULE_KEYS = (
    "id",
    "grade",
    "ceiling",
    "axis",
    "term",
    "unit",
    "direction",
    "test",
    "when",
    "says",
    "flag",
    "missing",
    "source",
    "driver",
    "note",
)
EXTRA_TABLES = ("limits", "terms", "units", "series", "tools", "states", "unreadable")
COURSES = ("grades", "signs", "laboratory")


_IS_LABORATORY = re.compile(r'^course\s*=\s*"laboratory"', re.MULTILINE)


def load_scales(extra_dirs: Sequence[Path] = (), laboratory: bool = True) -> dict[str, Scale]:
    """Every scale of the program's own tables and of the folders named, by id; raises TableError with all mistakes found.

    Without `laboratory` the laboratory tables are not looked at: they are long, and a study without laboratory values needs none.

    A scale in a later folder whose id is already there is refused: a published table is never replaced in silence.
    """
    scales: dict[str, Scale] = {}
    problems: list[str] = []
    for folder in (tables_folder(), *extra_dirs):
        if not folder.is_dir():
            problems.append(f"{folder}: no such folder of grading tables")
            continue
        for path in tables_in(folder):
            try:
                scale = load_scale(path, laboratory)
            except TableError as error:
                problems.append(str(error))
                continue
            if scale is None:
                continue
            if scale.id in scales:
                problems.append(
                    f"{path.name}: the scale id {scale.id!r} is taken by {scales[scale.id].file}; give it another id"
                )
            else:
                scales[scale.id] = scale
    if problems:
        raise TableError("\n".join(problems))
    return scales


def load_scale(path: Path, laboratory: bool = True) -> Scale | None:
    """One table file as a checked scale, or None where it holds vocabulary and no [scale], or laboratory rules and none are wanted."""
    try:
        text = small_text(path)
        if not laboratory and _IS_LABORATORY.search(text):
            return None
        raw = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TableError(f"{path.name}: not a TOML file: {getattr(error, 'strerror', error)}") from None
    if "scale" not in raw:
        if "rule" in raw:
            raise TableError(f"{path.name}: has rules but no [scale]; add [scale] with id, title and source")
        return None
    return scale_from(path.name, raw)


def scale_from(file: str, raw: dict[str, Any]) -> Scale:
    """A parsed table as a checked scale; raises TableError with every mistake in it."""
    problems: list[str] = []
    head = raw["scale"]
    _known(file, "top level", raw, ("scale", "rule", "driver", *EXTRA_TABLES), problems)
    _known(file, "[scale]", head, SCALE_KEYS, problems)
    for key in ("id", "title"):
        if not isinstance(head.get(key), str) or not head[key]:
            problems.append(f"{file}, [scale]: {key} is missing; it must be text")
    if head.get("course", "grades") not in COURSES:
        problems.append(f"{file}, [scale]: course {head['course']!r} is none of {', '.join(COURSES)}")
    drivers = _drivers(file, raw, problems)
    rules: list[Rule] = []
    seen: set[str] = set()
    for number, entry in enumerate(raw.get("rule", ()), 1):
        name = f"rule {entry.get('id') or number}"
        before = len(problems)
        _known(file, name, entry, RULE_KEYS, problems)
        if entry.get("id") in seen:
            problems.append(f"{file}, {name}: the id stands twice")
        seen.add(entry.get("id"))
        conditions = _conditions(file, name, entry, problems)
        _grades(file, name, entry, problems)
        _named_driver(file, name, entry, drivers, problems)
        if len(problems) == before:
            plain = {k: entry[k] for k in RULE_KEYS if k in entry and k not in ("when", "note")}
            plain.setdefault("axis", entry.get("term", head.get("syndrome", head.get("id", ""))))
            plain.setdefault("says", entry["id"])
            rules.append(Rule(**plain, when=conditions))
    _unreadable(file, raw, problems)
    if not raw.get("rule"):
        problems.append(f"{file}: no [[rule]]; a scale without rules grades nothing")
    if problems:
        raise TableError("\n".join(problems))
    kept = {k: head[k] for k in SCALE_KEYS if k in head and k not in ("zero_needs", "signs", "note")}
    kept = {"syndrome": head["id"], "source": "", "assessed_in": _domain_of(rules)} | kept
    return Scale(
        **kept,
        rules=tuple(rules),
        file=file,
        zero_needs=tuple(head.get("zero_needs", ())),
        signs=tuple(head.get("signs", ())),
        drivers=drivers,
        extra={k: raw[k] for k in EXTRA_TABLES if k in raw},
    )


def _unreadable(file: str, raw: dict[str, Any], problems: list[str]) -> None:
    """What a cell that nobody could read may say: its item, and the least and the most of it, a number or a listed word."""
    from senl_ae.vocabulary.items import load_items

    items = load_items().by_name
    for number, entry in enumerate(raw.get("unreadable", ()), 1):
        item = items.get(entry.get("item"))
        name = f"unreadable {entry.get('item') or number}"
        _known(file, name, entry, ("item", "least", "most"), problems)
        if item is None:
            near = difflib.get_close_matches(str(entry.get("item")), items, 1)
            problems.append(
                f"{file}, {name}: not an item that is read" + (f"; did you mean {near[0]!r}?" if near else "")
            )
            continue
        for end in ("least", "most"):
            value = entry.get(end)
            words = {*item.words, "unable"} if item.kind == "score_or_unable" else set(item.words)
            if isinstance(value, str) and words and value not in words:
                problems.append(f"{file}, {name}: {end} = {value!r} is no listed word of it")


def _drivers(file: str, raw: dict[str, Any], problems: list[str]) -> tuple[Driver, ...]:
    """What can drive a grade of this scale, as the file lists it."""
    found = []
    for number, entry in enumerate(raw.get("driver", ()), 1):
        _known(file, f"driver {number}", entry, ("name", "short"), problems)
        if not isinstance(entry.get("name"), str) or not entry["name"]:
            problems.append(f"{file}, driver {number}: name is missing; it must be text")
            continue
        found.append(Driver(entry["name"], str(entry.get("short", entry["name"]))))
    return tuple(found)


def _named_driver(
    file: str, name: str, entry: dict[str, Any], drivers: Sequence[Driver], problems: list[str]
) -> None:
    said, names = entry.get("driver"), [d.name for d in drivers]
    if said is not None and said not in names:
        near = difflib.get_close_matches(str(said), names, 1)
        hint = (
            f"did you mean {near[0]!r}?"
            if near
            else f"known: {', '.join(names) or 'none; add [[driver]] entries'}"
        )
        problems.append(f"{file}, {name}: unknown driver {said!r}; {hint}")


def _domain_of(rules: Sequence[Rule]) -> str:
    """The sheet whose rows a scale is read from when it does not say: the neurological checks where every rule asks of them alone."""
    from senl_ae.vocabulary.items import load_items

    items = load_items().by_name
    domains = [items[c.item].domains for rule in rules for c in rule.when if c.item in items]
    return "neuro" if domains and all("neuro" in d and "vitals" not in d for d in domains) else "vitals"


def _known(file: str, place: str, entry: dict[str, Any], known: Sequence[str], problems: list[str]) -> None:
    for key in entry:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            problems.append(f"{file}, {place}: unknown key {key!r}; {hint}")


def _grades(file: str, name: str, entry: dict[str, Any], problems: list[str]) -> None:
    grade, ceiling = entry.get("grade"), entry.get("ceiling")
    if not entry.get("id"):
        problems.append(f"{file}, {name}: id is missing")
    if grade is None and ceiling is None:
        problems.append(f"{file}, {name}: neither grade nor ceiling; a rule must give one")
    for key, value in (("grade", grade), ("ceiling", ceiling)):
        if value is not None and (type(value) is not int or not 1 <= value <= 5):
            problems.append(
                f"{file}, {name}: {key} = {value!r} is not a whole number from 1 to 5 (grade 0 is never written)"
            )
    if isinstance(grade, int) and isinstance(ceiling, int) and ceiling <= grade:
        problems.append(f"{file}, {name}: ceiling {ceiling} is not above grade {grade}; leave it out")


def _conditions(file: str, name: str, entry: dict[str, Any], problems: list[str]) -> tuple[Condition, ...]:
    from senl_ae.grade.rules.vocabulary import DERIVED, known_items

    when = entry.get("when")
    if not isinstance(when, dict) or not when:
        problems.append(
            f"{file}, {name}: when is missing; write for example when = {{ temperature = {{ ge = 38.0 }} }}"
        )
        return ()
    out: list[Condition] = []
    names = known_items()
    for item, cell in when.items():
        if item not in names:
            near = difflib.get_close_matches(item, names, 1)
            problems.append(
                f"{file}, {name}: unknown item {item!r}; {f'did you mean {near[0]!r}?' if near else 'see `senl-ae scales`'}"
            )
            continue
        if not isinstance(cell, dict) or not cell:
            problems.append(f"{file}, {name}, {item}: write a comparison such as {{ ge = 38.0 }}")
            continue
        for op, value in cell.items():
            if op not in OPERATORS:
                problems.append(
                    f"{file}, {name}, {item}: unknown comparison {op!r}; known: {', '.join(OPERATORS)}"
                )
                continue
            checked = bound_of(op, value)
            words = names[item]
            listed = (checked,) if isinstance(checked, str) else checked if isinstance(checked, tuple) else ()
            wrong = [w for w in listed if words and w not in words]
            if checked is None:
                problems.append(
                    f"{file}, {name}, {item}: {op} = {value!r} is not a number, a factor or a listed word that {op} can take"
                )
            elif wrong:
                near = difflib.get_close_matches(wrong[0], words, 1)
                hint = f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(words)
                problems.append(f"{file}, {name}, {item}: unknown word {wrong[0]!r}; {hint}")
            elif isinstance(checked, Factor) and checked.of not in REFERENCES and checked.of not in DERIVED:
                known = ", ".join(REFERENCES)
                problems.append(
                    f"{file}, {name}, {item}: a factor is of {known} or of a derived item, not of {checked.of!r}"
                )
            else:
                out.append(Condition(item, op, checked))
    return tuple(out)
