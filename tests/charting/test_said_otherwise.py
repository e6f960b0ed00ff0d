"""Cells that say something else than they hold: codes for missing, scores that became dates, clock times in words, parts of old dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from senl_ae.read.words.kinds import Column, parse_clocks, parse_column, parse_times
from senl_ae.study import NO_TIME
from senl_ae.vocabulary.items import load_items
from tests.charting.when_study import SUBJECTS, day, given, graded, vitals

ITEMS = load_items()


def read(name: str, *cells: Any, unit: str | None = None) -> Column:
    return parse_column(np.array([*cells, None], dtype=object)[:-1], ITEMS.by_name[name], ITEMS, unit=unit)


# ---------------------------------------------------------------- codes for missing


@pytest.mark.parametrize(
    ("name", "cells", "unit"),
    [
        ("temperature", ["-99", "999", "88", 99, -99.0], None),
        ("sbp", ["-99", "999", "9999"], None),
        ("spo2", [999, -99], None),
        ("ice_total", ["99", "77"], None),
        ("oxygen_device", ["99", "-99"], None),
        ("consciousness", ["999"], None),
        ("vasopressors", ["99"], None),
        ("tocilizumab", ["99"], None),
        ("temperature", ["-99", "999"], "F"),
    ],
)
def test_a_code_outside_the_range_is_missing_with_one_note(
    name: str, cells: list[Any], unit: str | None
) -> None:
    column = read(name, *cells, unit=unit)
    assert column.set_aside.all() and all(
        np.isnan(v).all() if v.dtype != object else not v.any() for v in column.values.values()
    )
    assert [(p.code, p.severity) for p in column.problems] == [("code-for-missing", "note")]


@pytest.mark.parametrize(
    ("name", "cell", "unit", "value"),
    [
        ("spo2", "99", None, 99),
        ("sbp", "99", None, 99),
        ("sbp", "88", None, 88),
        ("temperature", "99", "F", 37.2),
    ],
)
def test_inside_the_range_it_is_a_value(name: str, cell: str, unit: str | None, value: float) -> None:
    column = read(name, cell, unit=unit)
    assert column.values[name][0] == pytest.approx(value, abs=0.05) and not column.problems


def test_99_among_degrees_fahrenheit_is_one_of_them() -> None:
    assert {p.code for p in read("temperature", 98.6, 100.4, 99).problems} == {"out-of-range"}


@pytest.mark.parametrize("word", ["UNK", "NI", "ASKU", "NASK"])
def test_words_of_exchange_formats_are_missing(word: str) -> None:
    assert [p.code for p in read("temperature", word).problems] == ["said-missing"] and [
        p.code for p in read("consciousness", word).problems
    ] == ["said-missing"]


# ---------------------------------------------------------------- scores that became dates


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        (dt.datetime(2026, 10, 10), 10),
        (dt.datetime(2026, 7, 10), 7),
        (dt.datetime(2026, 10, 7), 7),
        (dt.date(2026, 10, 9), 9),
        ("10-Oct", 10),
        ("Oct-10", 10),
        ("7-Oct", 7),
        ("10-Jul", 7),
        ("10月8日", 8),
        ("2026-10-10", 10),
        ("2026/10/6", 6),
        ("10/10/2026", 10),
        ("2026-10-10 00:00:00", 10),
    ],
)
def test_a_score_out_of_ten_is_read_back_from_the_date(cell: Any, score: float) -> None:
    column = read("ice_total", cell, "9/10", 8)
    assert column.values["ice_total"].tolist() == [score, 9, 8]
    (note,) = column.problems
    assert (
        note.severity == "note"
        and "made a date of" in note.found
        and "spreadsheet (Excel)" in note.found
        and f"{score:g}/10" in note.found
    )


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("ice_total", dt.datetime(2026, 3, 4)),
        ("ice_total", "11-Oct"),
        ("capd_total", dt.datetime(2026, 10, 7)),
        ("capd_total", "Sep-32"),
    ],
)
def test_any_other_date_is_set_aside_with_its_cause(name: str, cell: Any) -> None:
    column = read(name, cell)
    assert (
        column.set_aside.all()
        and column.problems[0].severity == "set aside"
        and "a spreadsheet (Excel) makes of a score" in column.problems[0].found
    )


def test_many_such_cells_are_one_line(tmp_path: Path) -> None:
    neuro = [
        ["subject_id", "datetime", "ice_total"],
        *(["001", day(n, 12), f"{n + 1}-Oct"] for n in range(10)),
    ]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "neuro": neuro})
    assert len(run.told("score-was-a-date")) == 1 and run.patients[0]["icans_grade"] == "3" and run.code == 0


# ---------------------------------------------------------------- clock times


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("8.30", 8.5),
        ("8:30a", 8.5),
        ("8:30p", 20.5),
        ("8:30 P.M.", 20.5),
        ("noon", 12),
        ("Midday", 12),
        ("midnight", 0),
        ("中午", 12),
        ("正午", 12),
        ("午夜", 0),
        ("零点", 0),
        ("12:30a", 0.5),
        ("8.30 pm", 20.5),
        ("中午12:30", 12.5),
    ],
)
def test_a_clock_time_in_words_is_read(cell: str, hours: float) -> None:
    assert parse_clocks(np.array([cell], dtype=object)).seconds[0] == hours * 3600
    assert parse_times(np.array([f"2026-05-04 {cell}"], dtype=object)).seconds[0] % 86_400 == hours * 3600


@pytest.mark.parametrize("cell", ["8.5", "8.75", "25.30", "8:70p", "13:00p", "noonish"])
def test_what_is_no_clock_time_is_none(cell: str) -> None:
    assert parse_clocks(np.array([cell], dtype=object)).seconds[0] == NO_TIME


def test_numbers_with_minutes_behind_the_point_need_a_column_that_writes_so() -> None:
    assert parse_clocks(np.array([8.3, 8.15], dtype=object)).seconds.tolist() == [30_600, 29_700]
    assert parse_clocks(np.array([8.3, 8.5], dtype=object)).seconds.tolist() == [NO_TIME, NO_TIME]


# ---------------------------------------------------------------- parts of a date


@pytest.mark.parametrize("start", ["2003", "2003-05", "2003-UN-UN", "UN-MAY-2003", "2026-04"])
def test_an_old_medication_with_part_of_a_date_is_one_note(tmp_path: Path, start: str) -> None:
    cm = given(
        ["001", "dexamethasone", start, ""],
        ["001", "paracetamol", start, ""],
        head=("USUBJID", "CMTRT", "CMSTDTC", "CMENDTC"),
    )
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "cm": cm})
    assert run.code == 0 and len(run.told("date-partial-old")) == 1 and not run.told("date-partial")


@pytest.mark.parametrize("start", ["2026", "2026-05", "UN-MAY-2026"])
def test_a_part_that_could_fall_into_the_course_stays_set_aside(tmp_path: Path, start: str) -> None:
    run = graded(
        tmp_path,
        {"subjects": SUBJECTS, "vitals": vitals(), "cm": given(["001", "norepinephrine", start, ""])},
    )
    assert run.code == 3 and [i["severity"] for i in run.told("date-partial")] == ["set aside"]


def test_an_old_start_that_lasts_is_in_the_course(tmp_path: Path) -> None:
    head = ("受试者编号", "药物名称", "开始时间", "结束时间", "适应症")
    rows = vitals(at=day(3, 14), oxygen_device="nasal cannula", oxygen_flow="2")
    cm = given(["001", "nasal cannula", "2020", "2026-05-16", "home"], head=head)
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows, "医嘱": cm})
    assert run.code == 0 and run.patients[0]["crs_grade"] == "1" and len(run.told("date-partial-old")) == 1
