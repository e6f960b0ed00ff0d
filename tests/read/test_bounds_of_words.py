"""Grades, pressures, seizures, doses and causes of death in cells: the readings that stand next to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from senl_ae.read.words.kinds import Column, parse_column
from senl_ae.vocabulary.items import load_items

ITEMS = load_items()


def read(name: str, *values: Any) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return parse_column(column, ITEMS.by_name[name], ITEMS)


def one(name: str, value: Any) -> Any:
    found = read(name, value).values[ITEMS.by_name[name].column][0]
    return None if isinstance(found, float) and np.isnan(found) else found


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        *zip(("I", "II", "III", "IV", "V"), range(1, 6), strict=True),
        *zip("一二三四五", range(1, 6), strict=True),
        *zip("ⅠⅡⅢⅣⅤ", range(1, 6), strict=True),
        ("0", 0),
        ("5", 5),
        ("6", None),
        ("grade 4", 4),
        ("Ⅲ级", 3),
        ("severe", None),
    ],
)
def test_a_grade_in_every_way_of_counting(cell: str, grade: float | None) -> None:
    assert one("event_grade", cell) == grade


@pytest.mark.parametrize(
    ("cell", "pair"), [("120/80", (120, 80)), ("80/80", (80, 80)), ("80/81", None), ("80/120", None)]
)
def test_a_lower_pressure_above_the_upper_one_cannot_be(cell: str, pair: tuple[float, float] | None) -> None:
    values = read("bp", cell).values
    found = tuple(values[name][0] for name in ("sbp", "dbp"))
    assert found == pair if pair else np.isnan(found).all()


@pytest.mark.parametrize(
    ("cell", "given"),
    [
        ("8 mg/kg", 1),
        ("0", 0),
        ("0.1", 1),
        ("0 mg", 0),
        ("<5 mg", None),
        ("-1 mg", None),
        ("yes", 1),
        ("99", None),
    ],
)
def test_a_dose_given_or_not(cell: str, given: float | None) -> None:
    assert one("tocilizumab", cell) == given


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("CRS", "CRS"),
        ("grade 5 CRS", "CRS"),
        ("multi-organ failure due to CRS", "CRS"),
        ("CRS, sepsis", "unclear:CRS"),
        ("CRS?", "unclear:CRS"),
        ("CRS and ICANS", "CRS;ICANS"),
        ("sepsis", "sepsis"),
    ],
)
def test_a_cause_of_death_is_the_syndrome_only_where_it_is_named_plainly(cell: str, cause: str) -> None:
    assert one("death_cause", cell) == cause


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("non-convulsive", "non_convulsive"),
        ("non-convulsive, resolved", "non_convulsive_resolved"),
        ("none", "none"),
    ],
)
def test_a_seizure_of_which_two_words_say_one_thing(cell: str, word: str) -> None:
    assert one("seizure", cell) == word


@pytest.mark.parametrize(
    ("cell", "agents"),
    [
        ("norepinephrine 0 mcg/min", "none"),
        ("norepinephrine 0.1 mcg/min", "norepinephrine"),
        ("norepinephrine 0", "none"),
        ("norepinephrine; epinephrine 0.05 ug/kg/min", "epinephrine;norepinephrine"),
    ],
)
def test_a_vasopressor_at_rate_nothing_does_not_run(cell: str, agents: str) -> None:
    assert one("vasopressors", cell) == agents


@pytest.mark.parametrize(
    ("cell", "flow"),
    [
        ("nasal cannula 3-5 L/min", (3, 5)),
        ("nasal cannula 3-3 L/min", (3, 3)),
        ("nasal cannula 5-3 L/min", None),
        ("nasal cannula 8-6", None),
        ("8-6 L/min nasal cannula", None),
    ],
)
def test_a_flow_beside_a_device_whose_ends_are_the_wrong_way_round_is_set_aside(
    cell: str, flow: tuple[float, float] | None
) -> None:
    found = read("oxygen_device", cell)
    assert bool(found.set_aside[0]) == (flow is None)
    if flow:
        assert (found.values["oxygen_flow"][0], found.values["oxygen_flow_upper"][0]) == flow


@pytest.mark.parametrize(
    ("cell", "fio2"),
    [
        ("ventilator FiO2 1.0", 100),
        ("ventilator FiO2 0.4", 40),
        ("ventilator FiO2 100%", 100),
        ("ventilator FiO2 21", 21),
        ("ventilator FiO2 1.5", None),
    ],
)
def test_a_fraction_of_oxygen_beside_a_device_is_a_percentage(cell: str, fio2: float | None) -> None:
    found = read("oxygen_device", cell)
    assert bool(found.set_aside[0]) == (fio2 is None)
    assert fio2 is None or found.values["fio2"][0] == fio2


@pytest.mark.parametrize(("cell", "value"), [("0,500", 0.5), ("0.5", 0.5), ("5,5", 5.5)])
def test_a_comma_after_nothing_is_a_decimal_one(cell: str, value: float) -> None:
    assert one("oxygen_flow", cell) == value


def test_a_fraction_of_oxygen_the_wrong_way_round_is_no_fraction() -> None:
    assert np.isnan(read("oxygen_device", "ventilator FiO2 40-30%").values["fio2"][0])
    assert read("oxygen_device", "ventilator FiO2 30-40%").values["fio2"][0] == 30
