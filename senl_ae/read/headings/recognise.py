"""What each sheet is: its domain by its headings, and the item that each heading stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.clock_columns import holds_clocks
from senl_ae.read.headings.heading_row import HeadingRows, Vocabulary, find_headings
from senl_ae.read.headings.known_in_part import columns_in_part
from senl_ae.read.headings.layout import layout_of, meaning
from senl_ae.read.headings.partial_headings import SIGNS
from senl_ae.read.headings.recognised import DOMAINS, SHARED, WHEN, Layout
from senl_ae.read.headings.rows import is_blank
from senl_ae.read.headings.unrecognised import nearest_to, note_incomplete, note_unknown, refuse_planned
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import fold

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
    assigned: str | None = None,
) -> tuple[Layout | None, list[Issue]]:
    """Decide what one sheet is (None: nothing that is known), and what is to be said of it. assigned: a domain that somebody stated."""
    rows = find_headings(table, vocabulary)
    if rows is None or assigned == "ignore":
        return None, [note_unknown(table, assigned)]
    stated = {fold(heading): item for heading, item in settings.columns.items()}
    names = {
        domain: _columns(table, rows, vocabulary, domain, stated) for domain in (*DOMAINS, "long_vitals")
    }
    names["labs"] |= {c for c in names["long_vitals"] if c in ("test", "value", "unit")}
    domain = assigned or _domain(table, names, vocabulary)
    if planned := _planned_alone(names, domain, vocabulary):
        meant = refuse_planned(table, rows, planned, lambda text: meaning(text, planned, vocabulary, stated))
        return None, [meant]
    if domain in (None, "subjects") or assigned in SIGNS:
        names |= {d: names[d] | columns_in_part(rows, d, vocabulary) for d in SIGNS}
        domain = assigned or _domain(table, names, vocabulary)
    if domain is None or (
        domain == "subjects" and not assigned and _are_measurements(table, rows, names, vocabulary)
    ):
        return None, [_incomplete(table, rows, names, domain == "subjects", vocabulary)]
    missing = _missing(domain, names[domain], vocabulary)
    if missing:
        found, expected = f"this sheet of {domain} has no column of {missing}", f"a heading for {missing}"
        near = nearest_to(missing, rows, vocabulary)
        done = near or "add the column, or say what a heading is in [columns] of senl-ae.toml"
        place = (table.file, table.sheet, None, "", "")
        return None, [Issue("refuse", "required-column-missing", *place, found, expected, done)]
    long = domain == "labs" and {"test", "value"} <= names["labs"] | names["long_vitals"]
    return layout_of(table, rows, domain, long, vocabulary, stated, settings)


def _incomplete(
    table: RawTable,
    rows: HeadingRows,
    names: Mapping[str, set[str]],
    of_subjects: bool,
    vocabulary: Vocabulary,
) -> Issue:
    """What is said of a sheet that has some of the headings of a domain and not all that it needs."""
    nearest = max(
        (d for d in DOMAINS if _missing(d, names[d], vocabulary)),
        key=lambda d: (len(names[d] - SHARED), len(names[d]), -DOMAINS.index(d)),
    )
    meant = of_subjects or (len(names[nearest] - SHARED) >= MANY and bool(names[nearest] & SHARED))
    missing = _missing(nearest, names[nearest], vocabulary)
    return note_incomplete(table, rows, nearest, missing, meant, vocabulary)


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


def _columns(
    table: RawTable, rows: HeadingRows, vocabulary: Vocabulary, domain: str, stated: Mapping[str, str]
) -> set[str]:
    """The columns of one domain that a sheet's headings name. A column of date-times headed "time" is one of date-times."""
    found = {
        i: match
        for i, text in enumerate(rows.texts)
        if text and (match := meaning(text, domain, vocabulary, stated))
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
