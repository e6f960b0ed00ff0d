"""What each heading of one sheet stands for, once it is known what the sheet is: its item, its unit, or why it stands for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from senl_ae.issues import Issue
from senl_ae.read.headings.heading_row import HeadingRows, Vocabulary
from senl_ae.read.headings.known_in_part import known_in_part, with_unit_columns
from senl_ae.read.headings.recognised import ASIDE, READINGS, SHARED, SYSTEM, Heading, Layout
from senl_ae.read.headings.rows import is_blank, letter
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import Alias, HeadingMatch, fold, split_unit

if TYPE_CHECKING:
    from senl_ae.settings import Settings


def meaning(text: str, domain: str, vocabulary: Vocabulary, stated: Mapping[str, str]) -> HeadingMatch | None:
    """What one heading is in one domain, the settings before the vocabulary."""
    said = stated.get(fold(text))
    if said is None:
        return vocabulary.meanings(text).get(domain) if text else None
    item = vocabulary.items.by_name.get(said)
    if item is None or not {domain, "long_vitals" if domain == "labs" else domain} & set(item.domains):
        return None
    return HeadingMatch(item, Alias(text), split_unit(text)[1] if item.units else None)


@dataclass(frozen=True)
class _Sheet:
    """What the headings of one sheet are looked up with. order: the domains that may own a heading, the sheet's own first."""

    table: RawTable
    rows: HeadingRows
    order: tuple[str, ...]
    vocabulary: Vocabulary
    stated: Mapping[str, str]
    settings: Settings


def layout_of(
    table: RawTable,
    rows: HeadingRows,
    domain: str,
    long: bool,
    vocabulary: Vocabulary,
    stated: Mapping[str, str],
    settings: Settings,
) -> tuple[Layout, list[Issue]]:
    """Give each heading its item: the settings first, then the sheet's own domain, then the domains that may stand beside it."""
    aside = ASIDE.get(domain, () if domain == "subjects" else ("subjects",))
    order = (domain, *(("long_vitals",) if domain == "labs" else ()), *(("subjects",) if long else aside))
    sheet = _Sheet(table, rows, order, vocabulary, stated, settings)
    read = [
        _heading(sheet, index, text)
        for index, text in enumerate(rows.texts)
        if index < len(table.columns) and (text or _has_values(table, index, rows.data))
    ]
    headings = with_unit_columns([heading for heading, _ in read])
    further = tuple(h for h in headings if domain == "subjects" and h.why == "unknown" and h.text)
    layout = Layout(table, domain, rows.data, rows, tuple(headings), long, further)
    return layout, [issue for _, told in read for issue in told]


def _may_stand_aside(match: HeadingMatch, domain: str, text: str) -> bool:
    """Whether a heading may belong to a domain beside the sheet's own: laboratory tests by more than a letter, nothing that says when."""
    if domain == "labs":
        return match.item.is_lab and len(fold(text)) > 1
    return domain == "long_vitals" or match.item.column not in SHARED


def _has_values(table: RawTable, index: int, data: int) -> bool:
    return not is_blank(table.columns[index][data:]).all()


def _heading(sheet: _Sheet, index: int, text: str) -> tuple[Heading, list[Issue]]:
    """What one heading stands for. Names, identity numbers and telephone numbers are refused, or dropped when the settings say so."""
    vocabulary, order = sheet.vocabulary, sheet.order
    where = {"file": sheet.table.file, "sheet": sheet.table.sheet, "column": letter(index)}
    said = sheet.stated.get(fold(text)) if text else None
    if said == "ignore":
        return Heading(index, text, why="ignored (settings)"), []
    if text and said is None and vocabulary.items.is_pii(text):
        return Heading(index, text, why="personal data"), [_personal(text, where, sheet.settings)]
    if said is None and fold(text) in vocabulary.system:
        return Heading(index, text, why=SYSTEM), []
    for domain in order:
        match = meaning(text, domain, vocabulary, sheet.stated)
        if match is not None and (domain == order[0] or _may_stand_aside(match, domain, text)):
            return _known(sheet, index, text, domain, match, where)
    if said is not None:
        return Heading(index, text, why=f"{said} (settings) has no place in a sheet of {order[0]}"), []
    if text and vocabulary.is_system(text):
        return Heading(index, text, why=SYSTEM), []
    if part := known_in_part(index, text, sheet.rows, order, vocabulary, where) if text else None:
        return Heading(index, text, **part[0]), part[1]
    meanings = vocabulary.meanings(text) if text and order[0] == "subjects" else {}
    if known := {
        d for d in ("vitals", "neuro", "labs") if d in meanings and meanings[d].item.column not in READINGS
    }:
        return Heading(index, text, why="unknown", timeless=min(known)), []
    nearest = vocabulary.nearest(text, order) if text else ""
    return Heading(index, text, why="unknown" if text else "no heading", nearest=nearest), []


def _personal(text: str, where: Mapping[str, Any], settings: Settings) -> Issue:
    """A column headed as names and numbers of people are."""
    if settings.allow_pii:
        found = f'a column headed "{text}"'
        return Issue("note", "personal-data-dropped", **where, found=found, done="not read")
    found = f'a column headed "{text}" identifies people'
    expected, done = "subject ids only", "delete the column, or let it be dropped with --allow-pii"
    return Issue("refuse", "personal-data", **where, found=found, expected=expected, done=done)


def _known(
    sheet: _Sheet, index: int, text: str, domain: str, match: HeadingMatch, where: Mapping[str, Any]
) -> tuple[Heading, list[Issue]]:
    """A heading that is known whole, with its unit; refused where its unit is none of the item."""
    item, own, vocabulary = match.item, sheet.rows.units[index], sheet.vocabulary
    unit = own or match.unit
    checked = item.units and not item.adds and not match.specimen
    if not match.unit_known or (own and checked and item.conversion(unit) is None):
        found, expected = f'"{text}": {unit} is no known unit of {item.name}', " or ".join(item.known_units)
        done = "write the unit in the heading as one of these"
        wrong = Issue("refuse", "unknown-unit", **where, found=found, expected=expected, done=done)
        return Heading(index, text, why="unknown unit"), [wrong]
    told = []
    if not match.alias.confirmed and vocabulary.is_new(text, item.name):
        found, expected = f'"{text}" is read as {item.name}', "somebody who knows the sheet to confirm it"
        done = "read; [columns] in senl-ae.toml settles it"
        told = [Issue("note", "unconfirmed-alias", **where, found=found, expected=expected, done=done)]
    said = sheet.stated.get(fold(text)) if text else None
    if said:
        why = "settings"
    elif not match.alias.confirmed:
        why = "unconfirmed alias"
    else:
        why = "name" if fold(match.alias.text) == fold(item.name) else "alias"
    slot = said is not None and vocabulary.partial.is_again(text)
    owner = "labs" if domain == "long_vitals" else domain
    unit = unit if item.units else match.unit
    return Heading(index, text, match, owner, unit, why, again=slot, slot=slot), told
