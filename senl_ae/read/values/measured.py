"""The measured values of one sheet: every column parsed, composite cells taken apart, two columns of one item settled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SAYS_NOTHING, SET_ASIDE, distinct, plain, spread
from senl_ae.read.cells.numbers import says_missing, says_none
from senl_ae.read.headings.recognised import SHARED, SYSTEM, Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.values.findings_apart import contradict, findings_apart, together
from senl_ae.read.values.further_records import LOWER, More, with_further
from senl_ae.read.values.long_texts import texts
from senl_ae.read.values.not_whole import columns_not_whole
from senl_ae.read.values.unknown_columns import note_qualifier
from senl_ae.read.words.kinds import Column, parse_column, parse_number
from senl_ae.vocabulary.items import Item, Items, fold

LONG_COLUMNS = frozenset({"test", "value", "unit"})
YEARS = frozenset(fold(text) for text in ("year", "年", "年份", "年度"))
"""Headings of a column of years, read beside a column of months and days."""

FILLED = frozenset({"agent", "test", "heart_rate", "soc", "soc_code"})
"""Columns whose second choice (pulse for heart rate) is read where the first is blank; elsewhere the second choice is not used."""


@dataclass
class Values:
    """Typed columns of one sheet, with the letter of the column each came from."""

    columns: dict[str, np.ndarray] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, np.ndarray] = field(default_factory=dict)
    says_nothing: dict[str, np.ndarray] = field(default_factory=dict)
    """Of the cells set aside, those that say that nothing is recorded."""
    more: list[More] = field(default_factory=list)
    """What a row says beyond these columns: further rows at the same time."""

    def marks(self) -> dict[str, np.ndarray]:
        """The columns of the frame that mark cells set aside, where there are any."""
        lost = {name + SET_ASIDE: mask for name, mask in self.set_aside.items() if mask.any()}
        return lost | {name + SAYS_NOTHING: mask for name, mask in self.says_nothing.items() if mask.any()}


def parse(rows: Rows, heading: Heading, items: Items, unit: np.ndarray | None = None) -> Column:
    """One column's cells at these rows, read as its item; what could not be read becomes issues."""
    assert heading.match is not None
    item = heading.match.item
    if unit is None and heading.unit_column >= 0:
        unit = texts(rows.cells(heading.unit_column))
    parsed = parse_cells(rows.cells(heading.index), item, items, heading.unit if unit is None else unit)
    rows.report(parsed.problems, heading.letter, heading.text)
    return parsed


def parse_cells(cells: np.ndarray, item: Item, items: Items, unit: str | np.ndarray | None) -> Column:
    """Cells of one item, with the unit of the heading or of every row."""
    if item.kind == "number":
        return parse_number(cells, item, unit=unit)
    return parse_column(cells, item, items, unit=unit if isinstance(unit, str) else None)


def says_nothing(cells: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Of the cells set aside, those that say that nothing is recorded (NA, not done, none): they were read, and say no other thing."""
    out = np.zeros(len(lost), dtype=bool)
    at = np.flatnonzero(lost)
    if len(at):
        codes, found = distinct(cells[at])
        texts = [plain(cell) if isinstance(cell, str) else "" for cell in found]
        out[at] = spread([says_missing(text) or says_none(text) for text in texts], codes, np.bool_, False)
    return out


def is_filled(values: np.ndarray) -> np.ndarray:
    return np.asarray(~pd.isna(values), dtype=bool)


def measured(
    layout: Layout, domain: str, rows: Rows, items: Items, *, leave: frozenset[str] = frozenset()
) -> Values:
    """All columns of one domain except who and when. A value of its own column goes before one out of a composite cell (120/80)."""
    result = Values()
    own = [
        h
        for h in layout.headings
        if h.domain == domain and h.match and not h.match.item.is_lab and not h.adds and not h.qualifies
    ]
    columns = list(dict.fromkeys(h.column for h in own))
    composite: list[tuple[Heading, Column]] = []
    for column in columns:
        if column in SHARED or column in leave:
            continue
        for heading, parsed in chosen(layout, column, domain, rows, items, result.more):
            for name, values in parsed.values.items():
                if name in (column, f"{column}_upper"):
                    result.columns[name] = values
                    result.letters[name] = heading.letter
                else:
                    composite.append((heading, Column({name: values}, [], parsed.set_aside)))
            for name in ("sbp", "dbp") if column == "bp" else (column,):
                result.set_aside[name] = parsed.set_aside | result.set_aside.get(name, parsed.set_aside)
                result.says_nothing[name] = says_nothing(rows.cells(heading.index), parsed.set_aside)
    for heading, parsed in composite:
        for name, values in parsed.values.items():
            _fill(result, name, values, heading, rows)
    _add_findings(result, layout, domain, rows, items)
    for column, marks in columns_not_whole(layout, domain, rows, items, result.columns, result.more).items():
        result.set_aside[column] = marks | result.set_aside.get(column, marks)
    return result


def _add_findings(result: Values, layout: Layout, domain: str, rows: Rows, items: Items) -> None:
    """Put what columns of single findings say (cpap, norepinephrine) into the columns of their items."""
    for column, apart in findings_apart(layout, domain, rows, items).items():
        target = items.by_name[column]
        if target.kind == "dose":
            given = np.where(is_filled(apart.words), 1.0, np.nan)
            result.columns[column] = np.fmax(result.columns.get(column, np.full(len(rows), np.nan)), given)
        else:
            own = result.columns.get(column, np.full(len(rows), None, dtype=object))
            for i in np.flatnonzero(contradict(own, apart)).tolist():
                said = (
                    "nothing of the kind" if apart.words[i] is None else str(apart.words[i]).replace("_", " ")
                )
                _note_conflict(
                    rows,
                    apart.letters[0],
                    i,
                    f"{column}: {str(own[i]).replace('_', ' ')} in its own column, {said} beside it",
                )
            result.columns[column] = together(own, apart.words, target)
        if (apart.flow > 0).any():
            result.columns["oxygen_flow"] = np.fmax(
                result.columns.get("oxygen_flow", np.full(len(rows), np.nan)), apart.flow
            )
        result.letters.setdefault(column, apart.letters[0])
        result.set_aside[column] = apart.set_aside | result.set_aside.get(column, apart.set_aside)


def _fill(result: Values, name: str, values: np.ndarray, heading: Heading, rows: Rows) -> None:
    """Put a value out of a composite cell where its own column is blank; where both speak and differ, the worse one counts, noted."""
    own = result.columns.get(name)
    if own is None:
        if is_filled(values).any() or name in ("sbp", "dbp"):
            result.columns[name], result.letters[name] = values, heading.letter
        return
    both = is_filled(own) & is_filled(values)
    differ = np.flatnonzero(both)[own[both] != values[both]] if both.any() else np.empty(0, dtype=np.int64)
    settled = np.where(is_filled(own), own, values)
    for i in differ if not heading.again else ():
        _note_conflict(
            rows,
            heading.letter,
            int(i),
            f'{name}: {own[i]} in its own column, {values[i]} in "{heading.text}"',
        )
    if len(differ) and heading.again:
        _note_further(rows, heading, name, len(differ))
    if len(differ) and own.dtype != object:
        worse = np.minimum if name in LOWER else np.maximum
        settled[differ] = worse(own[differ].astype(float), values[differ].astype(float))
    result.columns[name] = settled


def _note_conflict(rows: Rows, letter: str, position: int, found: str) -> None:
    rows.add("note", "conflicting-values", letter, [position], found, "one value", "the worse one is graded")


def _note_further(rows: Rows, heading: Heading, column: str, differ: int) -> None:
    """One line about a column that is a further record of an item."""
    found = f'"{heading.text}" is a further record of {column}' + (
        f"; {differ} rows have two that differ" if differ else ""
    )
    done = "both count: drugs and devices together, of signs the worse"
    rows.about_sheet("note", "further-record", found, done=done, column=heading.letter)


def chosen(
    layout: Layout, column: str, domain: str, rows: Rows, items: Items, more: list[More] | None = None
) -> list[tuple[Heading, Column]]:
    """The heading that stands for a column, parsed. Several headings that never contradict each other are read as one; else refused.

    more: is given what a further record says that one cell cannot hold.
    """
    claims = layout.claims(column, domain)
    first = sorted((h for h in claims if h.name == claims[0].name), key=lambda h: (h.again, h.slot))
    second = [h for h in claims if h.name != claims[0].name]
    parsed = [(heading, parse(rows, heading, items)) for heading in first]
    heading, merged = parsed[0]
    for other, further in parsed[1:]:
        if not other.again or other.match is None:
            merged = _together(rows, column, heading, merged, other, further)
            continue
        records = with_further(merged, further, other.match.item, other.slot)
        merged = records.column
        more = [] if more is None else more
        more += records.more
        _note_further(rows, other, column, records.differ)
    for other in second:
        if column in FILLED:
            merged = where_blank(merged, parse(rows, other, items))
        else:
            not_used(rows, other, f'a second choice for {column}, which "{heading.text}" gives')
    return [(heading, merged)]


def not_used(rows: Rows, heading: Heading, why: str) -> None:
    """A column that is understood and not read, with how many values it holds."""
    filled = int(is_filled(rows.cells(heading.index)).sum())
    found = f'"{heading.text}" ({filled} values): {why}'
    rows.about_sheet("note", "unused-column", found, done="not used", column=heading.letter, rows=filled)


def where_blank(one: Column, two: Column) -> Column:
    """The first column's values, the second's where the first is blank."""
    values = dict(one.values)
    blank = ~np.any([is_filled(v) for v in one.values.values()], axis=0)
    for name, more in two.values.items():
        values[name] = np.where(blank, more, values[name]) if name in values else more
    return Column(values, [], one.set_aside | two.set_aside)


def _together(rows: Rows, column: str, a: Heading, one: Column, b: Heading, two: Column) -> Column:
    """Two columns of the same item: one where they never differ, refused where they do."""
    differ = np.zeros(len(rows), dtype=bool)
    for name, values in one.values.items():
        more = two.values[name]
        both = is_filled(values) & is_filled(more)
        differ[both] |= values[both] != more[both]
    if differ.any():
        at = int(np.flatnonzero(differ)[0])
        rows.about_sheet(
            "refuse",
            "two-columns-one-item",
            f'"{a.text}" (column {a.letter}) and "{b.text}" (column {b.letter}) are both {column} and differ in '
            f"{int(differ.sum())} rows, first in row {int(rows.index[at]) + 1}",
            f"one column of {column}",
            leave_out(a, b),
            b.letter,
        )
    else:
        rows.about_sheet(
            "note",
            "two-columns-one-item",
            f'"{a.text}" and "{b.text}" are both {column}',
            "one column of " + column,
            "they never differ; read as one",
            b.letter,
        )
    return where_blank(one, two)


def year_column(layout: Layout) -> Heading | None:
    """A column of years beside a column of months and days."""
    if not layout.claims("date"):
        return None
    return next((h for h in layout.headings if h.match is None and h.text and fold(h.text) in YEARS), None)


def leave_out(a: Heading, b: Heading) -> str:
    """How to say which of two columns is not meant: by its heading, which must first be another one."""
    if fold(a.text) == fold(b.text):
        return "rename one of the two columns in the file: the settings cannot tell them apart"
    return f'say which to leave out in senl-ae.toml: [columns] "{b.text}" = "ignore"'


def note_unused(layout: Layout, rows: Rows) -> None:
    """Name every column that nothing claims, with the nearest known heading, so that a misspelling is seen."""
    years = year_column(layout)
    for heading in layout.headings:
        if heading.match is not None or heading is years or heading.may_be:
            continue
        filled = int(is_filled(rows.cells(heading.index)).sum())
        if not filled and not heading.text:
            continue
        if heading.timeless:
            found = f'"{heading.text}" ({filled} values) is of {heading.timeless}, and a sheet of subjects does not say when'
            rows.about_sheet(
                "note",
                "measured-without-time",
                found,
                "a sheet with a time",
                "kept as text, never graded",
                heading.letter,
            )
        elif heading.why == "unknown" and note_qualifier(layout, heading, rows):
            continue
        elif heading.why == "unknown":
            kept = heading in layout.further
            rows.about_sheet(
                "note",
                "further-column" if kept else "unused-column",
                f'"{heading.text}" is no known heading ({filled} values)',
                f'"{heading.nearest}" is the nearest known one' if heading.nearest else "",
                "kept as text" if kept else "not used; [columns] in senl-ae.toml can say what it is",
                heading.letter,
                filled,
            )
        elif heading.why == "no heading":
            rows.about_sheet(
                "note",
                "column-without-heading",
                f"{filled} values in a column without a heading",
                "a heading",
                "not used",
                heading.letter,
            )
        elif "(settings)" in heading.why:
            found = f'"{heading.text}" ({filled} values): {heading.why}'
            rows.about_sheet("note", "column-ignored", found, "", "not used", heading.letter)
    system = [heading for heading in layout.headings if heading.why == SYSTEM]
    if system:
        names = ", ".join(f'"{heading.text}"' for heading in system)
        found = (
            f"columns that a data system keeps for itself (events, forms, repeats, status of entry): {names}"
        )
        rows.about_sheet("note", "system-columns", found, "", "not used", system[0].letter)
