"""The grading tables on the terminal: which scales there are, every rule of one in words, and the items that rules may ask about."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from senl_ae.issues import Issues, Refused
from senl_ae.report import words
from senl_ae.scale import Rule, Scale

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def scales_view(scales: Mapping[str, Scale]) -> RenderableType:
    """One line per scale: id, what it grades, version, number of rules, source."""
    from rich.text import Text

    table = _table("Scale", "Grades", "Version", "Rules", "Source", fixed=("Scale",))
    for scale in sorted(scales.values(), key=lambda s: (s.course == "laboratory", s.id)):
        table.add_row(
            Text(scale.id),
            Text(f"{scale.syndrome}: {scale.title}"),
            Text(scale.version or "-"),
            Text(str(len(scale.rules))),
            Text(scale.source),
        )
    return table


def scale_view(scales: Mapping[str, Scale], scale_id: str) -> list[RenderableType]:
    """Every rule of a scale in reading order. Raises Refused, with the nearest id, for a scale that is not there."""
    scale = scales.get(scale_id)
    if scale is None:
        near = difflib.get_close_matches(scale_id, scales, 2, 0.4)
        issues = Issues()
        expected = f"one of {', '.join(sorted(scales))}" + (f"; the nearest is {near[0]}" if near else "")
        issues.add("refuse", "unknown-scale", found=f"no scale {scale_id}", expected=expected)
        raise Refused(issues)
    return list(_scale(scale))


def _scale(scale: Scale) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text.assemble(
        (scale.title, "bold"), f"  ({scale.id}{f', {scale.version}' if scale.version else ''})"
    )
    yield Text(f"Source: {words.source(scale)}\nTable: {scale.file}")
    yield Text(
        "Rules are OR, what stands in one is AND, the highest grade wins. (<=n): n is not ruled out; <=n alone: nothing is proven."
    )
    for group, rules in grouped(scale).items():
        table = _table("Grade", "Means", "Holds when", "Rule", fixed=("Grade",))
        yield Text(f"\n{group}", style="bold")
        for rule in rules:
            table.add_row(
                Text(words.gives(rule)),
                Text(says(rule)),
                Text(words.conditions(rule)),
                Text(rule.id, style="dim"),
            )
        yield table
    for line in limits(scale):
        yield Text(line)


def grouped(scale: Scale) -> dict[str, list[Rule]]:
    """The rules under their headings, in reading order: the axis, or for laboratory terms the term and the unit."""
    found: dict[str, list[Rule]] = {}
    for rule in scale.rules:
        found.setdefault(
            f"{rule.term}{f', {rule.unit}' if rule.unit else ''}" if rule.term else rule.axis, []
        ).append(rule)
    return found


def says(rule: Rule) -> str:
    """What a rule means, and what it leaves behind: a flag, a question."""
    more = [f"to settle it: {words.settle(rule.missing)}"] if rule.missing else []
    more += [f"flag: {rule.flag}"] if rule.flag else []
    return rule.says + (f" ({'; '.join(more)})" if more else "")


def limits(scale: Scale) -> list[str]:
    """Limits by age, where the table has some."""
    lines = []
    for band in scale.extra.get("limits", ()):
        age = " and ".join(f"{words.OPERATORS[op]} {words.number(float(v))}" for op, v in band["age"].items())
        per_year = f" + {words.number(float(band['per_year']))} x age" if band["per_year"] else ""
        lines.append(
            f"Systolic limit, age {age}: {words.number(float(band['base']))}{per_year} mmHg; hypotension is below it."
        )
    return lines


def items_view(worked_out: Mapping[str, tuple[tuple[str, ...], str]]) -> list[RenderableType]:
    """The items rules may ask about: those worked out from the record (item -> its words, what it says), then those read from it."""
    from rich.text import Text

    derived = _table("Item", "What it says", "Words", fixed=("Item",))
    for name, (listed, meaning) in worked_out.items():
        derived.add_row(Text(name), Text(meaning), Text(", ".join(listed)))
    read = _table("Item", "Unit", "What it says", "Words", fixed=("Item", "Unit"))
    for item in read_items():
        read.add_row(Text(item.name), Text(item.unit or ""), Text(item.says), Text(", ".join(item.words)))
    return [
        Text("Worked out from the record", style="bold"),
        derived,
        Text("\nRead from the record", style="bold"),
        read,
    ]


def read_items() -> list[Any]:
    """The items of vitals and neurological checks; laboratory tests and what identifies a row apart."""
    from senl_ae.vocabulary.items import load_items

    kinds = ("number", "word", "yes_no", "agents", "device", "seizure", "score_or_unable", "blood_pressure")
    found = load_items().by_name.values()
    return [i for i in found if not i.is_lab and i.kind in kinds and ({"vitals", "neuro"} & set(i.domains))]


def _table(*columns: str, fixed: tuple[str, ...] = ()) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name in fixed, overflow="fold")
    return table
