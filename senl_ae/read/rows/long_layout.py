"""Tables with one row per test (SDTM VS and LB, laboratory exports), and laboratory sheets with one column per test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SAYS_NOTHING, SET_ASIDE
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows, spans
from senl_ae.read.qualifiers.nouns import Marks
from senl_ae.read.qualifiers.specimens import lab_values, not_blood
from senl_ae.read.rows.reading import Workshop
from senl_ae.read.rows.reference_range import Ranges, note_flags
from senl_ae.read.values.frames import empty
from senl_ae.read.values.long_texts import texts
from senl_ae.read.values.measured import is_filled, leave_out, not_used, parse_cells, says_nothing
from senl_ae.read.words.kinds import parse_limit
from senl_ae.vocabulary.items import HeadingMatch, Item, Items

MEASURED = ("vitals", "neuro")


@dataclass(frozen=True)
class LongColumns:
    """The columns of a long table: names of tests, values, units and limits of the reference range."""

    test: list[Heading]
    value: Heading
    unit: Heading | None
    lln: Heading | None
    uln: Heading | None


def long_columns(layout: Layout) -> LongColumns:
    """Which of a long table's columns to read: the result as reported with its own unit, unless only the standard one has a unit."""

    def first(column: str, standard: bool) -> Heading | None:
        claims = [h for h in layout.claims(column) if h.match is not None and not h.match.item.is_lab]
        return next((h for h in claims if h.name.startswith("standard_") == standard), None)

    standard = (
        first("unit", False) is None and first("unit", True) is not None and first("value", True) is not None
    ) or first("value", False) is None
    value = first("value", standard)
    assert value is not None
    return LongColumns(
        layout.claims("test"), value, first("unit", standard), first("lln", standard), first("uln", standard)
    )


def _name_the_others(layout: Layout, columns: LongColumns, rows: Rows) -> None:
    """The columns that say the same a second time: the standard results are not read, two of one kind must agree."""
    for column in ("value", "unit", "lln", "uln"):
        read: Heading | None = getattr(columns, column)
        for other in layout.claims(column):
            if read is None or other.index == read.index or other.match is None or other.match.item.is_lab:
                continue
            if other.name == read.name and _differ(rows, read, other):
                rows.about_sheet(
                    "refuse",
                    "two-columns-one-item",
                    f'"{read.text}" (column {read.letter}) and "{other.text}" (column {other.letter}) are both {column} and differ',
                    f"one column of {column}",
                    leave_out(read, other),
                    other.letter,
                )
            else:
                not_used(rows, other, f'"{read.text}" is read')


def _differ(rows: Rows, a: Heading, b: Heading) -> bool:
    one, two = rows.cells(a.index), rows.cells(b.index)
    both = is_filled(one) & is_filled(two)
    return bool((is_filled(two) & ~is_filled(one)).any() or (one[both] != two[both]).any())


@dataclass(frozen=True)
class Named:
    """One test that a long table names, and its rows: what it is, or the several tests that its names leave open."""

    name: str
    positions: np.ndarray
    match: HeadingMatch | None = None
    leaves_open: tuple[str, ...] = ()


def tests_of(columns: LongColumns, rows: Rows, items: Items) -> Iterator[Named]:
    """Each test that a long table names, what it is, and the positions of its rows. The unit tells PCT from PCT."""
    name = texts(rows.cells(columns.test[0].index))
    unit = texts(rows.cells(columns.unit.index)) if columns.unit else np.full(len(rows), None, dtype=object)
    second = texts(rows.cells(columns.test[1].index)) if len(columns.test) > 1 else None
    keys = pd.DataFrame({"name": name, "unit": unit} | ({"second": second} if second is not None else {}))
    number = keys.groupby(list(keys.columns), dropna=False, sort=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    bounds = np.flatnonzero(np.diff(number[order], prepend=-1)) if len(order) else np.empty(0, dtype=np.int64)
    for positions in np.split(order, bounds[1:]) if len(order) else ():
        i = positions[0]
        names = [n for n in (name[i], second[i] if second is not None else None) if n]
        yield _named(names, unit[i], positions, items)


def _named(names: list[str], unit: str | None, positions: np.ndarray, items: Items) -> Named:
    """What a code and a name together stand for: one test, or several where they disagree or where the words leave two open."""
    found = [m for n in names if (m := _meaning(n, unit, items))]
    tests = tuple(dict.fromkeys(m.item.name for m in found))
    if len({m.item.column if not m.item.is_lab else m.item.name for m in found}) > 1:
        return Named(" / ".join(names), positions, None, tests)
    if not found:
        for name in names:
            open_tests = tuple(item.name for item, _ in items.lab_names.find(name, unit))
            if len(open_tests) > 1:
                return Named(name, positions, None, open_tests)
    return Named(names[0] if names else "", positions, found[0] if found else None)


def _meaning(name: str, unit: str | None, items: Items) -> HeadingMatch | None:
    """What a test's name stands for: a laboratory test, a vital sign or a neurological item, and nothing that says who or when.

    A word in brackets that is neither a unit nor a known remark makes it another test: Hemoglobin (A1c) is no hemoglobin.
    """
    for domain in ("labs", *MEASURED):
        match = items.match(name, domain, unit)
        if (
            match is not None
            and match.unit_known
            and (
                match.item.is_lab
                if domain == "labs"
                else match.item.kind
                in (
                    "number",
                    "blood_pressure",
                    "device",
                    "score_or_unable",
                    "word",
                    "yes_no",
                    "seizure",
                    "agents",
                    "dose",
                )
            )
        ):
            return match
    return None


def read_long(
    layout: Layout, rows: Rows, shop: Workshop, marks: Marks, counts: dict[str, int]
) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """A long table as rows of its domains: positions of the rows, and typed columns, one item filled per row."""
    items = shop.items
    columns = long_columns(layout)
    _name_the_others(layout, columns, rows)
    value = rows.cells(columns.value.index)
    unit = texts(rows.cells(columns.unit.index)) if columns.unit else None
    found: dict[str, list[tuple[Item, HeadingMatch, np.ndarray]]] = {}
    unknown: dict[str, list[np.ndarray]] = {}
    for named in tests_of(columns, rows, items):
        match = named.match
        if named.leaves_open:
            _set_aside_open(rows, columns, named, counts)
        elif match is None:
            unknown.setdefault(named.name, []).append(named.positions)
        else:
            domain = "labs" if match.item.is_lab else next(d for d in MEASURED if d in match.item.domains)
            found.setdefault(domain, []).append((match.item, match, named.positions))
    _note_unknown_tests(rows, columns, unknown, items, counts)
    result = {}
    for domain, groups in found.items():
        if domain == "labs":
            typed = _labs(layout, rows, columns, value, unit, groups, shop, marks)
        else:
            typed = _measured(rows, columns, value, unit, groups, items)
        counts["rows_without_value"] = (
            counts.get("rows_without_value", 0) + sum(len(at) for _, _, at in groups) - len(typed[0])
        )
        result[domain] = typed
    return result


def _set_aside_open(rows: Rows, columns: LongColumns, named: Named, counts: dict[str, int]) -> None:
    """A name that may be either of two tests is neither: one line, with both."""
    counts["rows_of_unknown_tests"] = counts.get("rows_of_unknown_tests", 0) + len(named.positions)
    at = spans([int(i) + 1 for i in rows.index[np.sort(named.positions)]])
    rows.about_sheet(
        "set aside",
        "test-unclear",
        f'"{named.name}" may be {" or ".join(named.leaves_open)} ({len(named.positions)} rows: {at})',
        "a name or a code of one test",
        "the rows are not used",
        columns.test[0].letter,
    )


def _note_unknown_tests(
    rows: Rows,
    columns: LongColumns,
    unknown: dict[str, list[np.ndarray]],
    items: Items,
    counts: dict[str, int],
) -> None:
    """Tests that no scale grades: named once each, with their rows. That they were measured is no fault of the record."""
    for name, groups in sorted(unknown.items()):
        positions = np.sort(np.concatenate(groups))
        counts["rows_of_unknown_tests"] = counts.get("rows_of_unknown_tests", 0) + len(positions)
        at = spans([int(i) + 1 for i in rows.index[positions]])
        if not name:
            rows.add(
                "set aside",
                "no-test",
                columns.test[0].letter,
                positions,
                "a row without the name of a test",
                "what was measured",
                "the row is not used",
            )
            continue
        near = items.nearest(name, "labs") or items.nearest(name, "vitals")
        rows.about_sheet(
            "note",
            "unknown-test",
            f'"{name}" is no known test ({len(positions)} rows: {at})',
            f"{near} is the nearest known one" if near else "",
            "no scale grades it; not used",
            columns.test[0].letter,
        )


def _unit_at(
    match: HeadingMatch, heading: Heading, unit: np.ndarray | None, positions: np.ndarray
) -> str | np.ndarray | None:
    """The unit of some rows of one test: of their unit column, else in the test's name, else in the heading of the values."""
    if unit is not None and is_filled(unit[positions]).any():
        own = unit[positions]
        return np.where(is_filled(own), own, match.unit) if match.unit else own
    return match.unit or heading.unit


def _labs(
    layout: Layout,
    rows: Rows,
    columns: LongColumns,
    value: np.ndarray,
    unit: np.ndarray | None,
    groups: list[tuple[Item, HeadingMatch, np.ndarray]],
    shop: Workshop,
    marks: Marks,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Long laboratory rows: test, value, unit as reported, the limits of their range in that unit, the specimen where it is not blood."""
    n = len(rows)
    typed = {name: empty(name, n, "labs") for name in ("test", "value", "comparator", "unit", "specimen")}
    limits = {
        name: heading for name, heading in (("lln", columns.lln), ("uln", columns.uln)) if heading is not None
    }
    typed |= {name: np.full(n, np.nan) for name in limits}
    ranges = Ranges(layout, rows, shop)
    for item, match, positions in groups:
        said = _unit_at(match, columns.value, unit, positions)
        elsewhere = not_blood(item, match, marks.specimen[positions])
        typed["specimen"][positions] = elsewhere
        parsed = lab_values(value[positions], item, said, elsewhere)
        rows.report(parsed.problems, columns.value.letter, columns.value.text, positions)
        typed["test"][positions] = item.name
        typed["value"][positions], typed["comparator"][positions], typed["unit"][positions] = (
            parsed.value,
            parsed.comparator,
            parsed.unit,
        )
        for limit, heading in limits.items():
            bound = lab_values(rows.cells(heading.index)[positions], item, said, elsewhere, parse_limit)
            rows.report(bound.problems, heading.letter, heading.text, positions)
            typed[limit][positions] = bound.value
        ranges.read(item, said, positions, elsewhere, parsed.unit)
    typed |= ranges.settled(typed)
    note_flags(layout, rows, shop.items, typed)
    keep = np.flatnonzero(is_filled(typed["test"]) & ~np.isnan(typed["value"]))
    return keep, {name: column[keep] for name, column in typed.items()}


def _measured(
    rows: Rows,
    columns: LongColumns,
    value: np.ndarray,
    unit: np.ndarray | None,
    groups: list[tuple[Item, HeadingMatch, np.ndarray]],
    items: Items,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Long vital signs and neurological rows: each keeps its one item, and the grader puts those of one time together."""
    typed: dict[str, np.ndarray] = {}
    for item, match, positions in groups:
        parsed = parse_cells(value[positions], item, items, _unit_at(match, columns.value, unit, positions))
        rows.report(parsed.problems, columns.value.letter, columns.value.text, positions)
        for name, values in parsed.values.items():
            blank = (
                np.full(len(rows), None, dtype=object)
                if values.dtype == object
                else np.full(len(rows), np.nan)
            )
            typed.setdefault(name, blank)[positions] = values
        if parsed.set_aside.any():
            typed.setdefault(item.column + SET_ASIDE, np.zeros(len(rows), dtype=bool))[positions] = (
                parsed.set_aside
            )
            nothing = says_nothing(value[positions], parsed.set_aside)
            typed.setdefault(item.column + SAYS_NOTHING, np.zeros(len(rows), dtype=bool))[positions] = nothing
    keep = np.sort(np.concatenate([positions for _, _, positions in groups]))
    return keep, {name: column[keep] for name, column in typed.items()}


def read_wide_labs(layout: Layout, rows: Rows, marks: Marks) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A laboratory sheet with one column per test, as one row per value."""
    positions, typed = [], []
    for heading in layout.headings:
        if heading.match is None or not heading.match.item.is_lab:
            continue
        item = heading.match.item
        elsewhere = not_blood(item, heading.match, marks.specimen)
        unit = texts(rows.cells(heading.unit_column)) if heading.unit_column >= 0 else heading.unit
        parsed = lab_values(rows.cells(heading.index), item, unit, elsewhere)
        rows.report(parsed.problems, heading.letter, heading.text)
        at = np.flatnonzero(~np.isnan(parsed.value))
        positions.append(at)
        typed.append(
            {
                "test": np.full(len(at), item.name, dtype=object),
                "value": parsed.value[at],
                "comparator": parsed.comparator[at],
                "unit": parsed.unit[at],
                "specimen": elsewhere[at],
            }
        )
    if not positions:
        return np.empty(0, dtype=np.int64), {}
    return np.concatenate(positions), {name: np.concatenate([t[name] for t in typed]) for name in typed[0]}
