"""Clock times, dates, years and scores in cells, just below, at and just above what a cell can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pytest

from senl_ae.read.cells.clock_columns import holds_clocks, may_be_clocks
from senl_ae.read.cells.columns import distinct, shown, spread
from senl_ae.read.cells.numbers import said_by, within
from senl_ae.read.cells.partial_dates import before_infusion, latest_date
from senl_ae.read.cells.scores import score_in_date
from senl_ae.read.cells.years import in_other_year, nearest_year
from senl_ae.read.words.kinds import parse_clocks, parse_times
from senl_ae.study import NO_TIME
from senl_ae.vocabulary.items import load_items


def cells(*values: Any) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def clock(*values: Any) -> str | None:
    """The first of a column's clock times, with its seconds where it has some."""
    s = int(parse_clocks(cells(*values)).seconds[0])
    return (
        None if s == NO_TIME else f"{s // 3600:02d}:{s // 60 % 60:02d}" + (f":{s % 60:02d}" if s % 60 else "")
    )


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("12 am", "00:00"),
        ("12:30 AM", "00:30"),
        ("12 pm", "12:00"),
        ("1 am", "01:00"),
        ("1:05 p.m.", "13:05"),
        ("11 P", "23:00"),
        ("11 A", "11:00"),
        ("13 pm", None),
        ("0:30 am", None),
        ("中午12点", "12:00"),
        ("中午1点", "13:00"),
        ("中午11点", "11:00"),
        ("下午11点", "23:00"),
        ("下午12点", "12:00"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("23:59:59", "23:59:59"),
        ("24:00", "24:00"),
        ("24:01", None),
        ("24:00:01", None),
        ("25:00", None),
        ("08:59", "08:59"),
        ("08:60", None),
        ("08:00:59", "08:00:59"),
        ("08:00:60", None),
        (datetime(1899, 12, 30, 8, 30, 15), "08:30:15"),
        (datetime(1909, 12, 31, 8, 30), "08:30"),
        (datetime(1910, 1, 1, 8, 30), None),
        (time(8, 30, 15), "08:30:15"),
        (0.0, "00:00"),
        (0.5, "12:00"),
        (1.0, "01:00"),
        (24, "24:00"),
        (25, None),
        (99, None),
        (100, "01:00"),
        (830, "08:30"),
        (860, None),
        (2400, "24:00"),
        (2401, None),
        (-0.1, None),
    ],
)
def test_a_clock_time_in_a_column_of_clock_times(cell: Any, read: str | None) -> None:
    assert clock(cell) == read


@pytest.mark.parametrize(
    ("column", "read"),
    [
        ((8.15,), "08:15"),
        ((8.5, 8.15), "08:50"),
        ((8.5,), None),
        ((8.05, 8.3), "08:05"),
        ((1.05,), "01:05"),
        ((23.59,), "23:59"),
        ((8.157, 8.15), None),
        ((8.75,), None),
        ((8.5, 24.15), None),
    ],
)
def test_hours_and_minutes_with_a_point_where_the_column_writes_two_decimals(
    column: tuple[float, ...], read: str | None
) -> None:
    assert clock(*column) == read


@pytest.mark.parametrize(
    ("column", "holds"),
    [
        (("08:00", "x"), False),
        (("08:00", "09:00", "x"), True),
        ((0.0,), True),
        ((0.99,), True),
        ((1.0,), False),
        ((), False),
    ],
)
def test_a_column_holds_clock_times_where_more_than_half_are_some(
    column: tuple[Any, ...], holds: bool
) -> None:
    assert holds_clocks(cells(*column)) is holds


@pytest.mark.parametrize(
    ("cell", "may"),
    [
        (3653.0, True),
        (3654.0, False),
        ("3654", False),
        (datetime(1909, 12, 31), True),
        (datetime(1910, 1, 1), False),
    ],
)
def test_no_clock_time_is_a_date_of_this_century_or_the_last(cell: Any, may: bool) -> None:
    assert may_be_clocks(cells(cell), headed_so=True) is may


def moment(*values: Any) -> str | None:
    times = parse_times(cells(*values))
    s = int(times.seconds[0])
    clock = "" if times.midnight[0] else " with a clock time"
    return None if s == NO_TIME else f"{datetime.fromtimestamp(s, UTC):%Y-%m-%d %H:%M:%S}{clock}"


@pytest.mark.parametrize(
    ("column", "read"),
    [
        ((3653.0,), None),
        ((3654.0,), "1910-01-01 00:00:00"),
        ((146_000.0,), "2299-09-24 00:00:00"),
        ((146_001.0,), None),
        ((146_001.0, "2026-01-15"), None),
        ((20260115,), "2026-01-15 00:00:00"),
        ((20260115, "x"), "2026-01-15 00:00:00"),
        ((20261315,), None),
        ((20260132, "x"), None),
        ((datetime(2026, 1, 15, 8, 30, 15),), "2026-01-15 08:30:15 with a clock time"),
        ((datetime(2026, 1, 15, 8, 30, 15, 499_999), "x"), "2026-01-15 08:30:15 with a clock time"),
        ((datetime(2026, 1, 15, 8, 30, 15, 500_000), "x"), "2026-01-15 08:30:16 with a clock time"),
        ((datetime(2026, 1, 15, 8, 30, 15, 499_999),), "2026-01-15 08:30:15 with a clock time"),
        ((datetime(2026, 1, 15, 8, 30, 15, 500_000),), "2026-01-15 08:30:16 with a clock time"),
        ((datetime(2026, 1, 15),), "2026-01-15 00:00:00"),
        ((datetime(2026, 1, 15), "x"), "2026-01-15 00:00:00"),
        ((datetime(1900, 1, 1),), "1900-01-01 00:00:00"),
        ((datetime(1899, 12, 31),), None),
        ((datetime(2299, 12, 31),), "2299-12-31 00:00:00"),
        ((datetime(2300, 1, 1),), None),
        ((date(2026, 1, 15),), "2026-01-15 00:00:00"),
        (("2026-01-15 --:--",), "2026-01-15 00:00:00"),
        (("2026-01-15T8",), "2026-01-15 08:00:00 with a clock time"),
        (("2026-01-15 08:30", "2026-01-15"), "2026-01-15 08:30:00 with a clock time"),
        (("2026-01-15x08:30",), None),
        (("2026-02-29",), None),
        (("15-JAN-26",), "2026-01-15 00:00:00"),
        (("15-JAN-2026",), "2026-01-15 00:00:00"),
        (("20260115T0830",), "2026-01-15 08:30:00 with a clock time"),
    ],
)
def test_a_date_in_a_cell(column: tuple[Any, ...], read: str | None) -> None:
    assert moment(*column) == read


@pytest.mark.parametrize(
    ("cell", "last"),
    [
        ("2003", "2003-12-31"),
        (2003, "2003-12-31"),
        ("2003-05", "2003-05-31"),
        ("2003-02", "2003-02-28"),
        ("UN-MAY-2003", "2003-05-31"),
        ("MAY-2003", "2003-05-31"),
        ("UN-UNK-2003", "2003-12-31"),
        ("2003-13", None),
        ("2003-00", None),
        ("1899", None),
        ("15 May 2003", None),
    ],
)
def test_part_of_a_date_can_be_as_late_as_its_last_day(cell: Any, last: str | None) -> None:
    found = latest_date(cell)
    assert (None if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d}") == last


@pytest.mark.parametrize(
    ("name", "cell", "score"),
    [
        ("ice_total", datetime(2026, 10, 7), 7),
        ("ice_total", datetime(2026, 7, 10), 7),
        ("ice_total", datetime(2026, 10, 10), 10),
        ("ice_total", datetime(2026, 10, 11), None),
        ("ice_total", datetime(2026, 9, 7), None),
        ("ice_total", datetime(2026, 10, 7, 8, 0), None),
        ("ice_total", "7-Oct", 7),
        ("ice_total", "October 7", 7),
        ("ice_total", "Oct 7, 2026", 7),
        ("ice_total", "10月7日", 7),
        ("capd_total", "32-May", None),
    ],
)
def test_a_score_out_of_ten_that_became_a_date(name: str, cell: Any, score: float | None) -> None:
    assert score_in_date(cell, load_items().by_name[name]) == score


@pytest.mark.parametrize(("years", "found"), [(1, 1), (-1, -1), (100, 100), (-100, -100), (101, 0)])
def test_a_year_is_mended_by_at_most_a_hundred(years: int, found: int) -> None:
    right = np.array([20_000])
    wrong = in_other_year(right, -years)
    assert nearest_year(wrong, right, right).tolist() == [found]


def test_a_long_cell_is_shown_cut_and_one_of_sixty_letters_whole() -> None:
    assert shown("a" * 60) == "a" * 60
    assert shown("a" * 61) == "a" * 57 + "..."
    assert shown("a\x07b") == "a�b"


@pytest.mark.parametrize(
    ("bounds", "fits"),
    [
        ({"ge": 1, "le": 3}, [False, True, True, True, False]),
        ({"gt": 1, "lt": 3}, [False, False, True, False, False]),
        ({}, [True] * 5),
    ],
)
def test_within_bounds_by_their_operator(bounds: dict[str, float], fits: list[bool]) -> None:
    assert within(np.array([0.0, 1, 2, 3, 4]), bounds).tolist() == fits
    assert not within(float("nan"), bounds)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (datetime(2026, 1, 15), False),
        (datetime(2026, 1, 15, 0, 0, 1), True),
        ("2026-01-15", False),
        ("2026-01-15 00:00", True),
        (46_037.0, False),
        (46_037.25, True),
    ],
)
def test_midnight_is_a_clock_time_only_where_the_cell_writes_it(cell: Any, written: bool) -> None:
    assert parse_times(cells(cell, "x")).has_text_clock.tolist() == [written, False]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("5千", 5e3),
        ("50万", 5e5),
        ("2百万", 2e6),
        ("2 million", 2e6),
        ("2 mln", 2e6),
        ("1亿", 1e8),
        ("5×10^5", 5e5),
        ("1e6", 1e6),
    ],
)
def test_words_for_thousands_and_more(cell: str, value: float) -> None:
    assert said_by(cell).value == value


def test_a_cell_of_spaces_is_a_blank_on_its_row() -> None:
    codes, found = distinct(cells("38", "  ", "39", None))
    assert spread([float(c) if c.strip() else -1 for c in found], codes, np.float64, np.nan).tolist()[
        ::2
    ] == [38, 39]
    assert np.isnan(spread([0.0] * len(found), codes, np.float64, np.nan)[[1, 3]]).all()


@pytest.mark.parametrize(
    ("infusion", "old"),
    [(datetime(2026, 3, 31, 23, 59, tzinfo=UTC), False), (datetime(2026, 4, 1, tzinfo=UTC), True)],
)
def test_part_of_a_date_is_used_only_where_it_lies_before_the_infusion_whatever_the_rest(
    infusion: datetime, old: bool
) -> None:
    column = cells("2026-03", "2026-03-15", "x")
    times, found = before_infusion(parse_times(column), column, np.full(3, int(infusion.timestamp())))
    assert found.tolist() == [old, False, False]
    assert times.set_aside.tolist() == [not old, False, True]
