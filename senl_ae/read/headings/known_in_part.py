"""What the headings of one sheet stand for that are not known whole, and which columns hold the units of others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from senl_ae.issues import Issue
from senl_ae.read.headings.heading_row import RESULT, HeadingRows, Vocabulary
from senl_ae.read.headings.partial_headings import SIGNS
from senl_ae.vocabulary.items import fold

if TYPE_CHECKING:
    from senl_ae.read.headings.recognised import Heading


def columns_in_part(rows: HeadingRows, domain: str, vocabulary: Vocabulary) -> set[str]:
    """The columns of a domain of signs that only headings known in part name: they say what a sheet is that has nothing else."""
    parts = [
        vocabulary.partial.read(text, domain) for text in rows.texts if text and not vocabulary.meanings(text)
    ]
    return {part.match.item.column for part in parts if part is not None and part.match is not None}


def known_in_part(
    index: int,
    text: str,
    rows: HeadingRows,
    order: tuple[str, ...],
    vocabulary: Vocabulary,
    where: dict[str, Any],
) -> tuple[dict[str, Any], list[Issue]] | None:
    """A heading of signs or support that is not known whole: read as the one item that is left of it, else with those it may be of.

    What a Heading says beside its place and text, and a note where the heading is read; None where its words name no sign and no support.
    """
    result = RESULT.fullmatch(text)
    if result and result["unit"]:
        return None
    parts = {d: part for d in order if d in SIGNS and (part := vocabulary.partial.read(text, d)) is not None}
    for domain, part in parts.items():
        stated = rows.units[index]
        if part.match is None or (
            stated and part.match.item.units and part.match.item.conversion(stated) is None
        ):
            continue
        name = part.match.item.name
        expected, done = "a heading that is known whole", "read; [columns] in senl-ae.toml can say otherwise"
        found = f'"{text}" is read as {name}'
        note = Issue("note", "heading-read-in-part", **where, found=found, expected=expected, done=done)
        unit = (stated or part.match.unit) if part.match.item.units else part.match.unit
        said = {"match": part.match, "domain": domain, "unit": unit, "why": "known in part"}
        said |= {"again": True, "slot": part.again}
        return said, [note] if vocabulary.is_new(text, name) else []
    for domain, part in parts.items():
        if may_be := part.may_be or ((part.match.item,) if part.match else ()):
            why = f"not known whole: may be {' or '.join(item.name for item in may_be)}"
            return {"domain": domain, "why": why, "may_be": may_be}, []
    return None


def with_unit_columns(headings: list[Heading]) -> list[Heading]:
    """TEMP_VSORRESU beside TEMP_VSORRES is the unit of each of its values."""
    parts = {h.index: m for h in headings if (m := RESULT.fullmatch(h.text))}
    units = {
        fold(parts[h.index]["name"]): h
        for h in headings
        if h.match is None and h.index in parts and parts[h.index]["unit"]
    }
    if not units:
        return headings
    of = {h.index: units.get(fold(parts[h.index]["name"])) for h in headings if h.match and h.index in parts}
    named = {unit.index: f'the unit of "{h.text}"' for h in headings if (unit := of.get(h.index))}
    found = []
    for h in headings:
        unit = of.get(h.index)
        found.append(
            replace(h, unit_column=unit.index)
            if unit
            else replace(h, why=named[h.index])
            if h.index in named
            else h
        )
    return found
