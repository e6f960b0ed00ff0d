"""What each sheet is: its domain by its headings, and the item that each heading stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from senl_ae.issues import Issues
from senl_ae.read.cells.clock_columns import holds_clocks
from senl_ae.read.headings.heading_row import HeadingRows, Vocabulary, find_headings
from senl_ae.read.headings.known_in_part import columns_in_part, known_in_part, with_unit_columns
from senl_ae.read.headings.partial_headings import SIGNS
from senl_ae.read.headings.recognised import ASIDE, DOMAINS, READINGS, SHARED, SYSTEM, WHEN, Heading, Layout
from senl_ae.read.headings.rows import is_blank, letter
from senl_ae.read.headings.unrecognised import nearest_to, note_incomplete, note_unknown, refuse_planned
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import Alias, HeadingMatch, Items, fold, split_unit

if TYPE_CHECKING:
    from senl_ae.settings import Settings

SHEET_NAMES = {
    "vitals": ("vital", "vs", "体征", "护理"),
    "neuro": ("neuro", "icans", "神经"),
    "labs": ("lab", "lb", "检验", "化验"),
    "interventions": ("interv", "medic", "cm", "用药", "干预", "医嘱"),
    "events": ("ae", "event", "不良"),
    "adjudications": ("adjud", "ruling", "裁定"),
    "subjects": ("subj", "patient", "demog", "dm", "受试者", "患者"),
}
GIVEN = frozenset({"tocilizumab", "corticosteroid", "antipyretic", "anticytokine"})
"""What a sheet of subjects may sum up in one yes or no."""
MANY = 3
"""So many columns of one domain make a sheet one that was meant to be read: without its subject or its time it is refused."""


def recognise(
    table: RawTable,
    vocabulary: Vocabulary,
    settings: Settings,
    issues: Issues,
    assigned: str | None = None,
    others: Sequence[RawTable] = (),
) -> Layout | None:
    """Decide what one sheet is; None, with an issue, when it is nothing that is known. `assigned` is a domain that somebody stated."""
    rows = find_headings(table, vocabulary)
    if rows is None or assigned == "ignore":
        note_unknown(table, issues, assigned)
        return None
    stated = _stated(rows, settings, vocabulary.items)
    names = {
        domain: _columns(table, rows, vocabulary, domain, stated) for domain in (*DOMAINS, "long_vitals")
    }
    names["labs"] |= {c for c in names["long_vitals"] if c in ("test", "value", "unit")}
    domain = assigned or _domain(table, names, vocabulary)
    if planned := _planned_alone(names, domain, vocabulary):
        refuse_planned(table, rows, planned, lambda text: _meaning(text, planned, vocabulary, stated), issues)
        return None
    if domain in (None, "subjects") or assigned in SIGNS:
        names |= {d: names[d] | columns_in_part(rows, d, vocabulary) for d in SIGNS}
        domain = assigned or _domain(table, names, vocabulary)
    if domain is None or (
        domain == "subjects" and not assigned and _are_measurements(table, rows, names, vocabulary)
    ):
        nearest = max(
            (d for d in DOMAINS if _missing(d, names[d], vocabulary)),
            key=lambda d: (len(names[d] - SHARED), len(names[d]), -DOMAINS.index(d)),
        )
        meant = domain == "subjects" or (
            len(names[nearest] - SHARED) >= MANY and bool(names[nearest] & SHARED)
        )
        note_incomplete(
            table, rows, nearest, _missing(nearest, names[nearest], vocabulary), meant, vocabulary, issues
        )
        return None
    missing = _missing(domain, names[domain], vocabulary)
    if missing:
        issues.add(
            "refuse",
            "required-column-missing",
            file=table.file,
            sheet=table.sheet,
            found=f"this sheet of {domain} has no column of {missing}",
            expected=f"a heading for {missing}",
            done=nearest_to(missing, rows, vocabulary)
            or "add the column, or say what a heading is in [columns] of senl-ae.toml",
        )
        return None
    return _layout(table, rows, domain, vocabulary, stated, settings, issues)


def _planned_alone(names: Mapping[str, set[str]], domain: str | None, vocabulary: Vocabulary) -> str:
    """The domain of a sheet of measurements or support that says only when they were planned; empty for every other sheet."""
    if domain not in (None, "subjects") and not _missing(domain, names[domain], vocabulary):
        return ""
    return next(
        (
            d
            for d in ("vitals", "neuro", "labs", "interventions")
            if "planned" in names[d]
            and _missing(d, names[d], vocabulary)
            and not _missing(d, names[d] | {"date", "start"}, vocabulary)
        ),
        "",
    )


def _stated(rows: HeadingRows, settings: Settings, items: Items) -> dict[str, str]:
    """What the settings say about headings, by folded heading."""
    return {fold(heading): item for heading, item in settings.columns.items()}


def _meaning(
    text: str, domain: str, vocabulary: Vocabulary, stated: Mapping[str, str]
) -> HeadingMatch | None:
    """What one heading is in one domain, the settings before the vocabulary."""
    said = stated.get(fold(text))
    if said is None:
        return vocabulary.meanings(text).get(domain) if text else None
    item = vocabulary.items.by_name.get(said)
    if item is None or not {domain, "long_vitals" if domain == "labs" else domain} & set(item.domains):
        return None
    return HeadingMatch(item, Alias(text), split_unit(text)[1] if item.units else None)


def _columns(
    table: RawTable, rows: HeadingRows, vocabulary: Vocabulary, domain: str, stated: Mapping[str, str]
) -> set[str]:
    """The columns of one domain that a sheet's headings name. A column of date-times headed "time" is one of date-times."""
    found = {
        i: match
        for i, text in enumerate(rows.texts)
        if text and (match := _meaning(text, domain, vocabulary, stated))
    }
    names = {match.item.column for match in found.values() if match.item.kind != "qualifier"}
    if "time" in names and not names & (WHEN - {"time"}):
        clocks = [i for i, match in found.items() if match.item.column == "time" and i < len(table.columns)]
        if any(not holds_clocks(table.columns[i][rows.data :]) for i in clocks):
            names.add("datetime")
    return names


def _missing(domain: str, names: set[str], vocabulary: Vocabulary) -> str:
    """What a sheet would still need to be one of this domain; empty when it has everything."""
    if "subject_id" not in names:
        return "subject_id"
    if domain in ("vitals", "neuro", "labs") and not names & (WHEN - {"time"}):
        return "datetime, date or study_day"
    needs = {"interventions": ("start",), "adjudications": ("syndrome", "action")}.get(domain, ())
    for column in needs:
        if column not in names:
            return column
    if domain == "events" and not names & {"term", "pt"}:
        return "term"
    if domain == "events" and not names & {"grade", "severity"}:
        return "grade"
    if domain == "interventions" and not names & {"category", "agent"}:
        return "category or agent"
    if domain == "labs" and not (names & set(vocabulary.items.tests) or {"test", "value"} <= names):
        return "test and value"
    return "" if names - SHARED else "anything measured"


def _domain(table: RawTable, names: Mapping[str, set[str]], vocabulary: Vocabulary) -> str | None:
    """The domain that knows most of the headings among those whose required columns are all there.

    A sheet of measurements that repeats subject columns is one of measurements; the sheet's name breaks a tie.
    """
    complete = [d for d in DOMAINS if not _missing(d, names[d], vocabulary)]
    measured = [d for d in complete if d != "subjects"] or complete
    if not measured:
        return None
    return max(measured, key=lambda d: (len(names[d] - SHARED), _named_so(table.sheet, d), -DOMAINS.index(d)))


def _named_so(sheet: str, domain: str) -> bool:
    """Whether a sheet's name says its domain; two letters (VS, LB) must be the whole name."""
    name = fold(sheet)
    return any(
        fold(word) == name if len(word) == 2 and word.isascii() else fold(word) in name
        for word in SHEET_NAMES[domain]
    )


def _are_measurements(
    table: RawTable, rows: HeadingRows, names: Mapping[str, set[str]], vocabulary: Vocabulary
) -> bool:
    """Whether a sheet that could be one of subjects is one of measurements without times, which would lose everything measured.

    A sheet of subjects has one row each, and many more columns about the subject than of things measured at some time.
    """
    about = names["subjects"] - SHARED
    measured = {c for domain in ("vitals", "neuro") for c in names[domain] - SHARED} - about - GIVEN
    tests = names["labs"] - SHARED - about
    if not measured and len(tests) < MANY:
        return False
    return (
        len(measured) >= MANY or 4 * len(measured) > len(about) or _repeats_subjects(table, rows, vocabulary)
    )


def _repeats_subjects(table: RawTable, rows: HeadingRows, vocabulary: Vocabulary) -> bool:
    """Whether a sheet has more than one row of a subject."""
    who = next(
        i
        for i, text in enumerate(rows.texts)
        if text and (m := vocabulary.meanings(text).get("subjects")) and m.item.column == "subject_id"
    )
    cells = table.columns[who][rows.data :]
    filled = cells[~is_blank(cells)]
    return len(pd.unique(filled)) < len(filled)


def _layout(
    table: RawTable,
    rows: HeadingRows,
    domain: str,
    vocabulary: Vocabulary,
    stated: Mapping[str, str],
    settings: Settings,
    issues: Issues,
) -> Layout:
    """Give each heading its item: the settings first, then the sheet's own domain, then the domains that may stand beside it."""
    aside = ASIDE.get(domain, () if domain == "subjects" else ("subjects",))
    own_names = _columns(table, rows, vocabulary, domain, stated) | (
        _columns(table, rows, vocabulary, "long_vitals", stated) if domain == "labs" else set()
    )
    long = domain == "labs" and {"test", "value"} <= own_names
    order = (domain, *(("long_vitals",) if domain == "labs" else ()), *(("subjects",) if long else aside))
    headings = []
    for index, text in enumerate(rows.texts):
        if index < len(table.columns) and (text or _has_values(table, index, rows.data)):
            headings.append(_heading(table, index, text, rows, order, vocabulary, stated, settings, issues))
    headings = with_unit_columns(headings)
    further = tuple(h for h in headings if domain == "subjects" and h.why == "unknown" and h.text)
    return Layout(table, domain, rows.data, rows, tuple(headings), long, further)


def _may_stand_aside(match: HeadingMatch, domain: str, own: str, text: str) -> bool:
    """Whether a heading may belong to a domain beside the sheet's own: laboratory tests by more than a letter, nothing that says when."""
    if domain == "labs":
        return match.item.is_lab and len(fold(text)) > 1
    return domain == "long_vitals" or match.item.column not in SHARED


def _has_values(table: RawTable, index: int, data: int) -> bool:
    return not is_blank(table.columns[index][data:]).all()


def _heading(
    table: RawTable,
    index: int,
    text: str,
    rows: HeadingRows,
    order: tuple[str, ...],
    vocabulary: Vocabulary,
    stated: Mapping[str, str],
    settings: Settings,
    issues: Issues,
) -> Heading:
    """What one heading stands for. Names, identity numbers and telephone numbers are refused, or dropped when the settings say so."""
    where = {"file": table.file, "sheet": table.sheet, "column": letter(index)}
    said = stated.get(fold(text)) if text else None
    if said == "ignore":
        return Heading(index, text, why="ignored (settings)")
    if text and said is None and vocabulary.items.is_pii(text):
        if settings.allow_pii:
            issues.add(
                "note", "personal-data-dropped", **where, found=f'a column headed "{text}"', done="not read"
            )
        else:
            issues.add(
                "refuse",
                "personal-data",
                **where,
                found=f'a column headed "{text}" identifies people',
                expected="subject ids only",
                done="delete the column, or let it be dropped with --allow-pii",
            )
        return Heading(index, text, why="personal data")
    if said is None and fold(text) in vocabulary.system:
        return Heading(index, text, why=SYSTEM)
    for domain in order:
        match = _meaning(text, domain, vocabulary, stated)
        if match is None or (domain != order[0] and not _may_stand_aside(match, domain, order[0], text)):
            continue
        owner = "labs" if domain == "long_vitals" else domain
        unit = rows.units[index] or match.unit
        checked = match.item.units and not match.item.adds and not match.specimen
        if not match.unit_known or (rows.units[index] and checked and match.item.conversion(unit) is None):
            issues.add(
                "refuse",
                "unknown-unit",
                **where,
                found=f'"{text}": {unit} is no known unit of {match.item.name}',
                expected=" or ".join(match.item.known_units),
                done="write the unit in the heading as one of these",
            )
            return Heading(index, text, why="unknown unit")
        if not match.alias.confirmed and vocabulary.is_new(text, match.item.name):
            issues.add(
                "note",
                "unconfirmed-alias",
                **where,
                found=f'"{text}" is read as {match.item.name}',
                expected="somebody who knows the sheet to confirm it",
                done="read; [columns] in senl-ae.toml settles it",
            )
        why = (
            "settings"
            if said
            else "unconfirmed alias"
            if not match.alias.confirmed
            else "name"
            if fold(match.alias.text) == fold(match.item.name)
            else "alias"
        )
        slot = said is not None and vocabulary.partial.is_again(text)
        return Heading(
            index, text, match, owner, unit if match.item.units else match.unit, why, again=slot, slot=slot
        )
    if said is not None:
        return Heading(index, text, why=f"{said} (settings) has no place in a sheet of {order[0]}")
    if text and vocabulary.is_system(text):
        return Heading(index, text, why=SYSTEM)
    if part := known_in_part(index, text, rows, order, vocabulary, issues, where) if text else None:
        return Heading(index, text, **part)
    meanings = vocabulary.meanings(text) if text and order[0] == "subjects" else {}
    if known := {
        d for d in ("vitals", "neuro", "labs") if d in meanings and meanings[d].item.column not in READINGS
    }:
        return Heading(index, text, why="unknown", timeless=min(known))
    return Heading(
        index,
        text,
        why="unknown" if text else "no heading",
        nearest=vocabulary.nearest(text, order) if text else "",
    )
