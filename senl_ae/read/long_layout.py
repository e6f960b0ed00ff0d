"""Tables with one row per test (SDTM VS and LB, laboratory exports), and laboratory sheets with one column per test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.items import HeadingMatch, Item, Items
from senl_ae.read.cells import parse_lab
from senl_ae.read.frames import SET_ASIDE, empty
from senl_ae.read.long_texts import texts
from senl_ae.read.measured import is_filled, leave_out, not_used, parse_cells
from senl_ae.read.recognise import Heading, Layout
from senl_ae.read.rows import Rows, spans

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

    standard = (first("unit", False) is None and first("unit", True) is not None and first("value", True) is not None) or first(
        "value", False
    ) is None
    value = first("value", standard)
    assert value is not None
    return LongColumns(layout.claims("test"), value, first("unit", standard), first("lln", standard), first("uln", standard))


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


def tests_of(columns: LongColumns, rows: Rows, items: Items) -> Iterator[tuple[HeadingMatch | None, str, np.ndarray]]:
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
        match = next((m for n in names if (m := _meaning(n, unit[i], items))), None)
        yield match, names[0] if names else "", positions


def _meaning(name: str, unit: str | None, items: Items) -> HeadingMatch | None:
    """What a test's name stands for: a laboratory test, a vital sign or a neurological item, and nothing that says who or when."""
    for domain in ("labs", *MEASURED):
        match = items.match(name, domain, unit)
        if match is not None and (
            match.item.is_lab
            if domain == "labs"
            else match.item.kind in ("number", "blood_pressure", "device", "score_or_unable", "word", "yes_no", "seizure", "agents", "dose")
        ):
            return match
    return None


def read_long(layout: Layout, rows: Rows, items: Items, counts: dict[str, int]) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """A long table as rows of its domains: positions of the rows, and typed columns, one item filled per row."""
    columns = long_columns(layout)
    _name_the_others(layout, columns, rows)
    value = rows.cells(columns.value.index)
    unit = texts(rows.cells(columns.unit.index)) if columns.unit else None
    found: dict[str, list[tuple[Item, HeadingMatch, np.ndarray]]] = {}
    unknown: dict[str, list[np.ndarray]] = {}
    for match, name, positions in tests_of(columns, rows, items):
        if match is None:
            unknown.setdefault(name, []).append(positions)
            continue
        domain = "labs" if match.item.is_lab else next(d for d in MEASURED if d in match.item.domains)
        found.setdefault(domain, []).append((match.item, match, positions))
    _note_unknown_tests(rows, columns, unknown, items, counts)
    result = {}
    for domain, groups in found.items():
        typed = _labs(rows, columns, value, unit, groups) if domain == "labs" else _measured(rows, columns, value, unit, groups, items)
        counts["rows_without_value"] = counts.get("rows_without_value", 0) + sum(len(at) for _, _, at in groups) - len(typed[0])
        result[domain] = typed
    return result


def _note_unknown_tests(
    rows: Rows, columns: LongColumns, unknown: dict[str, list[np.ndarray]], items: Items, counts: dict[str, int]
) -> None:
    """Tests that nobody grades or knows: named once each, with their rows."""
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
            "set aside",
            "unknown-test",
            f'"{name}" is no known test ({len(positions)} rows: {at})',
            f"{near} is the nearest known one" if near else "a known test",
            "not used",
            columns.test[0].letter,
        )


def _unit_at(match: HeadingMatch, heading: Heading, unit: np.ndarray | None, positions: np.ndarray) -> str | np.ndarray | None:
    """The unit of some rows of one test: of their unit column, else in the test's name, else in the heading of the values."""
    if unit is not None and is_filled(unit[positions]).any():
        own = unit[positions]
        return np.where(is_filled(own), own, match.unit) if match.unit else own
    return match.unit or heading.unit


def _labs(
    rows: Rows, columns: LongColumns, value: np.ndarray, unit: np.ndarray | None, groups: list[tuple[Item, HeadingMatch, np.ndarray]]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Long laboratory rows: test, value, unit as reported, and the limits of their range in that unit."""
    n = len(rows)
    typed = {name: empty(name, n) for name in ("test", "value", "comparator", "unit")}
    limits = {name: heading for name, heading in (("lln", columns.lln), ("uln", columns.uln)) if heading is not None}
    typed |= {name: np.full(n, np.nan) for name in limits}
    for item, match, positions in groups:
        said = _unit_at(match, columns.value, unit, positions)
        parsed = parse_lab(value[positions], item, unit=said)
        rows.report(parsed.problems, columns.value.letter, columns.value.text, positions)
        typed["test"][positions] = item.name
        typed["value"][positions], typed["comparator"][positions], typed["unit"][positions] = parsed.value, parsed.comparator, parsed.unit
        for limit, heading in limits.items():
            bound = parse_lab(rows.cells(heading.index)[positions], item, unit=said)
            rows.report(bound.problems, heading.letter, heading.text, positions)
            typed[limit][positions] = bound.value
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
            blank = np.full(len(rows), None, dtype=object) if values.dtype == object else np.full(len(rows), np.nan)
            typed.setdefault(name, blank)[positions] = values
        if parsed.set_aside.any():
            typed.setdefault(item.column + SET_ASIDE, np.zeros(len(rows), dtype=bool))[positions] = parsed.set_aside
    keep = np.sort(np.concatenate([positions for _, _, positions in groups]))
    return keep, {name: column[keep] for name, column in typed.items()}


def read_wide_labs(layout: Layout, rows: Rows) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A laboratory sheet with one column per test, as one row per value."""
    positions, typed = [], []
    for heading in layout.headings:
        if heading.match is None or not heading.match.item.is_lab:
            continue
        unit = texts(rows.cells(heading.unit_column)) if heading.unit_column >= 0 else heading.unit
        parsed = parse_lab(rows.cells(heading.index), heading.match.item, unit=unit)
        rows.report(parsed.problems, heading.letter, heading.text)
        at = np.flatnonzero(~np.isnan(parsed.value))
        positions.append(at)
        typed.append(
            {
                "test": np.full(len(at), heading.match.item.name, dtype=object),
                "value": parsed.value[at],
                "comparator": parsed.comparator[at],
                "unit": parsed.unit[at],
            }
        )
    if not positions:
        return np.empty(0, dtype=np.int64), {}
    return np.concatenate(positions), {name: np.concatenate([t[name] for t in typed]) for name in typed[0]}
