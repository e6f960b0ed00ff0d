"""Numbers in cells: every spelling of the contract, units, ranges, commas, and what cannot be true."""

from __future__ import annotations

import math
from datetime import datetime, time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senl_ae.read.words.kinds import Column, convert, parse_column, parse_lab, parse_number
from senl_ae.vocabulary.items import load_items

ITEMS = load_items()


def cells(*values: Any) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def read(name: str, *values: Any, unit: Any = None) -> Column:
    return parse_column(cells(*values), ITEMS.by_name[name], ITEMS, unit=unit)


def one(name: str, value: Any, unit: str | None = None, beside: tuple[Any, ...] = ()) -> float:
    column = read(name, value, *beside, unit=unit)
    return float(column.values[ITEMS.by_name[name].column][0])


def codes(column: Column) -> list[str]:
    return [p.code for p in column.problems]


@pytest.mark.parametrize(
    ("item", "cell", "expected"),
    [
        ("temperature", "38,4", 38.4),
        ("temperature", "38.4℃", 38.4),
        ("temperature", "38.4 °C", 38.4),
        ("temperature", "３８．４", 38.4),
        ("temperature", " 38.4 ", 38.4),
        ("temperature", "38.4↑", 38.4),
        ("temperature", "★38.4", 38.4),
        ("temperature", "38.4*", 38.4),
        ("temperature", "38.4 H", 38.4),
        ("temperature", "102.2 F", 39.0),
        ("temperature", "102.2℉", 39.0),
        ("temperature", "38.4(腋)", 38.4),
        ("temperature", 37.95, 37.95),
        ("temperature", "T 38.4", 38.4),
        ("temperature", "体温：38.4℃", 38.4),
        ("temperature", "38.4度", 38.4),
        ("spo2", " 98 %", 98),
        ("spo2", "0.97", 97),
        ("spo2", 0.97, 97),
        ("spo2", "97％", 97),
        ("spo2", 1, 100),
        ("fio2", "40%", 40),
        ("fio2", 0.4, 40),
        ("fio2", "0.28", 28),
        ("fio2", 100, 100),
        ("fio2", "FiO2 40%", 40),
        ("sbp", "16 kPa", 120.0098521353),
        ("sbp", "120 mmHg", 120),
        ("sbp", "120毫米汞柱", 120),
        ("oxygen_flow", "5L", 5),
        ("oxygen_flow", "5升/分", 5),
        ("oxygen_flow", "3 lpm", 3),
        ("oxygen_flow", "500 mL/min", 0.5),
        ("rass", "−3", -3),
        ("rass", "-3", -3),
        ("rass", "+1", 1),
        ("gcs", "E3V4M5", 12),
        ("dose", "5×10^5", 5e5),
        ("dose", "5E5", 5e5),
        ("dose", "50万", 5e5),
        ("dose", "1.2亿", 1.2e8),
        ("dose", "5×10⁵/kg", 5e5),
        ("dose", "5x10E5/kg", 5e5),
        ("dose", "0.5×10^6/kg", 5e5),
        ("dose", "50万/kg", 5e5),
        ("dose", "1,000,000", 1e6),
        ("dose", "1,234.5", 1234.5),
        ("dose", "1.234,5", 1234.5),
        ("dose", "10^6", 1e6),
        ("dose", "2 million", 2e6),
        ("age", "5岁", 5),
        ("age", "18月", 1.5),
        ("age", "6个月", 0.5),
        ("weight_kg", "100 lb", 45.359237),
        ("ice_total", "8/10", 8),
        ("ice_total", "10分", 10),
        ("temperature", "38,500", 38.5),
        ("weight_kg", "70,5", 70.5),
        ("temperature", "38.4.", 38.4),
    ],
)
def test_numbers_as_people_type_them(item: str, cell: Any, expected: float) -> None:
    assert one(item, cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "1_000",
        "inf",
        "-inf",
        "Infinity",
        "0x1F",
        "1e",
        "38.4.2",
        "..",
        "hello",
        "38 4",
        "12:30",
        "2026-01-15",
        "1e999",
    ],
)
def test_what_is_no_number_is_set_aside(cell: str) -> None:
    column = read("temperature", cell)
    assert math.isnan(column.values["temperature"][0])
    assert column.problems and (column.set_aside[0] or column.problems[0].severity == "note")


@pytest.mark.parametrize("cell", [True, False, datetime(2026, 1, 5), time(3, 4), 10**400, float("inf")])
def test_other_things_than_numbers_are_set_aside(cell: Any) -> None:
    column = read("temperature", cell, 38.0)
    assert math.isnan(column.values["temperature"][0]) and column.set_aside.tolist() == [True, False]
    assert column.values["temperature"][1] == 38.0


def test_blank_is_neither_a_problem_nor_set_aside() -> None:
    column = read("temperature", None, "", "  ", float("nan"), 37.0)
    assert (
        np.isnan(column.values["temperature"][:4]).all()
        and not column.problems
        and not column.set_aside.any()
    )


@pytest.mark.parametrize("cell", ["NA", "n/a", "未测", "not done", "ND", "unknown", "无"])
def test_a_cell_that_says_it_is_missing_is_no_blank(cell: str) -> None:
    column = read("temperature", cell, 37.0)
    assert codes(column) == ["said-missing"] and column.set_aside.tolist() == [True, False]


@pytest.mark.parametrize("cell", ["-", "—", "/", "--", "."])
def test_a_dash_is_a_blank(cell: str) -> None:
    column = read("temperature", cell)
    assert codes(column) == ["dash-as-blank"] and not column.set_aside.any()


# ---------------------------------------------------------------- plausible ranges

BOUNDED = [
    (item.name, op, bound)
    for item in ITEMS.by_name.values()
    if item.kind == "number" and not item.is_lab and not item.fraction
    for op, bound in item.plausible.items()
]


@pytest.mark.parametrize(("name", "op", "bound"), BOUNDED)
def test_a_bound_is_in_and_what_lies_beyond_is_set_aside(name: str, op: str, bound: float) -> None:
    beyond = (
        np.nextafter(bound, -math.inf if op in ("ge", "gt") else math.inf)
        if bound
        else (-1e-9 if op == "ge" else 1e-9)
    )
    column = read(name, bound, beyond)
    assert column.values[ITEMS.by_name[name].column][0] == bound and column.set_aside.tolist() == [
        False,
        True,
    ]
    as_text = read(name, f"{bound:g}", f"{bound - 3 if op == 'ge' else bound * 2 + 1:g}")
    assert as_text.set_aside.tolist() == [False, True] and codes(as_text) == ["out-of-range"]


def test_a_fahrenheit_temperature_is_set_aside_with_what_to_do() -> None:
    (problem,) = read("temperature", 38.0, 102.4, 102.4).problems
    assert (
        problem.rows.tolist() == [1, 2] and problem.severity == "set aside" and problem.code == "out-of-range"
    )
    assert problem.found == "temperature 102.4 is outside 30-45 C and looks like Fahrenheit"
    assert problem.done == 'not used. Name the column "Temp (°F)"'


def test_a_pressure_in_kpa_and_a_haemoglobin_in_g_dl_are_told() -> None:
    assert "looks like kPa" in read("sbp", 16).problems[0].found
    assert (
        "looks like g/dL" in parse_lab(cells(7.9), ITEMS.by_name["hemoglobin"], unit="g/L").problems[0].found
    )


def test_a_fraction_is_a_percentage_even_under_a_heading_in_percent() -> None:
    assert one("spo2", 0.97, "%") == 97 and one("fio2", 0.4, "%") == 40 and one("spo2", 97, "fraction") == 97
    assert read("spo2", "0.97%").set_aside.tolist() == [True]


def test_fahrenheit_in_the_heading_and_a_cell_with_its_own_unit() -> None:
    column = read("temperature", 100.4, "38.5 C", "101.0", unit="°F")
    assert column.values["temperature"].tolist() == [38.0, 38.5, 38.3333333333]


def test_an_unknown_unit_sets_the_cell_or_the_column_aside() -> None:
    cell, column = read("temperature", "38.4 K", 38.4), read("temperature", 38.4, None, unit="Rankine")
    assert codes(cell) == ["unit-unknown"] and cell.set_aside.tolist() == [True, False]
    assert (
        codes(column) == ["unit-unknown"]
        and column.set_aside.tolist() == [True, False]
        and "C, F" in column.problems[0].expected
    )


def test_a_unit_per_row() -> None:
    column = parse_number(
        cells(38.0, 100.4, "101,3", 5), ITEMS.by_name["temperature"], unit=cells("C", "F", "°F", None)
    )
    assert column.values["temperature"].tolist()[:3] == [38.0, 38.0, 38.5]
    assert [p.rows.tolist() for p in column.problems] == [[3]]


# ---------------------------------------------------------------- ranges, bounds, commas


@pytest.mark.parametrize(
    "cell", ["3-5 L/min", "3~5L/min", "3–5", "3至5升/分", "3 to 5 lpm", "３－５", "3L/min-5L/min"]
)
def test_a_flow_range_has_two_ends(cell: str) -> None:
    column = read("oxygen_flow", cell)
    assert (column.values["oxygen_flow"][0], column.values["oxygen_flow_upper"][0]) == (3, 5)


@pytest.mark.parametrize("cell", ["5-3 L/min", "3-500 L/min"])
def test_a_range_that_cannot_be_is_set_aside(cell: str) -> None:
    assert read("oxygen_flow", cell).set_aside.tolist() == [True]


def test_a_range_or_a_bound_where_one_number_is_kept_is_set_aside() -> None:
    column = read("temperature", "37-38", "<38", "＞38", "38")
    assert column.set_aside.tolist() == [True, True, True, False] and codes(column) == [
        "range-not-number",
        "comparator",
        "comparator",
    ]


@pytest.mark.parametrize(
    ("cell", "beside", "expected"),
    [
        ("1,234", (), None),
        ("1,234", ("5,5",), 1.234),
        ("1,234", ("1,234,567",), 1234.0),
        ("1,234", ("5.5",), 1234.0),
        ("0,123", (), 0.123),
        ("1,234", ("5,5", "5.5"), None),
        ("1234", (), 1234.0),
    ],
)
def test_a_comma_is_decided_by_the_column_or_not_at_all(
    cell: str, beside: tuple[str, ...], expected: float | None
) -> None:
    column = parse_number(cells(cell, *beside), ITEMS.by_name["value"])
    if expected is None:
        assert column.set_aside[0] and codes(column) == ["comma-ambiguous"]
    else:
        assert column.values["value"][0] == expected


# ---------------------------------------------------------------- laboratory values


def test_laboratory_values_keep_comparators_and_units() -> None:
    labs = parse_lab(
        cells("＜0.1", "5.6×10^9/L", "6900 /uL", 3.2, "≥500", "阴性", None), ITEMS.by_name["wbc"], unit="K/uL"
    )
    assert labs.value.tolist()[:5] == [0.1, 5.6, 6.9, 3.2, 500] and np.isnan(labs.value[5:]).all()
    assert labs.comparator.tolist() == ["<", None, None, None, ">=", None, None]
    assert labs.unit.tolist() == ["10^9/L"] * 5 + [None, None] and labs.set_aside.tolist() == [False] * 5 + [
        True,
        False,
    ]


def test_laboratory_values_by_unit_column_are_not_converted_between_molar_and_mass() -> None:
    labs = parse_lab(
        cells(1.2, 2.4, 9.6, 5), ITEMS.by_name["calcium"], unit=cells("mmol/L", "mmoL/L", "mg/dL", "furlongs")
    )
    assert labs.value.tolist()[:3] == [1.2, 2.4, 9.6] and labs.unit.tolist() == [
        "mmol/L",
        "mmol/L",
        "mg/dL",
        None,
    ]
    assert labs.set_aside.tolist() == [False, False, False, True] and [p.code for p in labs.problems] == [
        "unit-unknown"
    ]


def test_a_laboratory_value_without_a_unit_has_none() -> None:
    assert parse_lab(cells(140), ITEMS.by_name["sodium"]).unit.tolist() == [None]
    assert parse_lab(cells(1.2), ITEMS.by_name["inr"]).unit.tolist() == ["ratio"]
    assert parse_lab(cells("140 mmol/L"), ITEMS.by_name["sodium"]).unit.tolist() == ["mmol/L"]


def test_limits_of_normal_are_converted_like_values() -> None:
    values, unit = convert(np.array([12.0, math.nan]), ITEMS.by_name["hemoglobin"], "g/dL")
    assert values[0] == 120 and math.isnan(values[1]) and unit == "g/L"
    assert convert(np.array([1.0]), ITEMS.by_name["hemoglobin"], "stone")[1] is None


# ---------------------------------------------------------------- properties

RAW = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.from_regex(
        r"[<>≤]?[+-]?\d{1,4}([.,]\d{1,4})?( ?(C|F|%|kPa|L/min|万|×10\^\d))?(-\d{1,3})?", fullmatch=True
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(RAW, max_size=8),
    st.sampled_from(
        sorted(n for n, i in ITEMS.by_name.items() if i.kind not in ("datetime", "date", "clock"))
    ),
)
def test_no_cell_makes_it_fail_and_none_is_lost(values: list[Any], name: str) -> None:
    item = ITEMS.by_name[name]
    column = parse_column(cells(*values), item, ITEMS)
    for array in column.values.values():
        assert len(array) == len(values)
    reported = {int(r) for p in column.problems for r in p.rows}
    assert set(np.flatnonzero(column.set_aside).tolist()) <= reported
    for i, value in enumerate(values):
        used = any(not (v is None or v != v) for v in (array[i] for array in column.values.values()))
        blank = value is None or value != value or (isinstance(value, str) and not value.strip())
        assert used or blank or i in reported


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(min_value=30, max_value=45).map(lambda x: round(x, 2)), min_size=1, max_size=6))
def test_text_and_number_are_read_alike(values: list[float]) -> None:
    numbers, texts = read("temperature", *values), read("temperature", *[f" {v}℃" for v in values])
    commas = read("temperature", *[str(v).replace(".", ",") for v in values])
    assert (
        numbers.values["temperature"].tolist()
        == texts.values["temperature"].tolist()
        == commas.values["temperature"].tolist()
        == values
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(RAW, max_size=8))
def test_the_order_of_rows_changes_nothing(values: list[Any]) -> None:
    forward, backward = read("temperature", *values), read("temperature", *values[::-1])
    np.testing.assert_array_equal(forward.values["temperature"], backward.values["temperature"][::-1])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(RAW, max_size=6),
    st.lists(st.sampled_from(["K/uL", "/uL", "10^9/L", None, "", "x", "g/L", 5]), min_size=6, max_size=6),
)
def test_laboratory_values_never_fail(values: list[Any], units: list[Any]) -> None:
    labs = parse_lab(cells(*values), ITEMS.by_name["wbc"], unit=cells(*units[: len(values)]))
    assert len(labs.value) == len(labs.unit) == len(values)
