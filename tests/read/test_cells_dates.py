"""Dates, clock times and study days in cells: every style of the contract, and a day-month order that is proved or asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senl_ae.read.words.kinds import Times, parse_clocks, parse_column, parse_times, with_clock
from senl_ae.study import NO_TIME
from senl_ae.vocabulary.items import load_items

ITEMS = load_items()


def cells(*values: Any) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def read(*values: Any, **how: Any) -> list[str | None]:
    return said(parse_times(cells(*values), **how))


def said(times: Times) -> list[str | None]:
    return [
        None if s == NO_TIME else f"{datetime.fromtimestamp(int(s), UTC):%Y-%m-%d %H:%M:%S}"
        for s in times.seconds
    ]


DAY = "2026-01-15 00:00:00"


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-15",
        "2026/1/15",
        "2026.01.15",
        "2026年1月15日",
        "26年1月15日",
        "15JAN2026",
        "15-Jan-2026",
        "15 January 2026",
        "15 Jan 26",
        "January 15, 2026",
        "Jan 15 2026",
        "20260115",
        20260115,
        46037,
        46037.0,
        "46037",
        "２０２６／１／１５",
        "2026-1-15 ",
        datetime(2026, 1, 15),
        date(2026, 1, 15),
        "2026年1月15日（星期四）",
        "2026 年 1 月 15 日",
        "15/01/2026",
        "15.1.2026",
        "2026-01-15T",
    ],
)
def test_a_date_in_every_style(cell: Any) -> None:
    times = parse_times(cells(cell))
    assert (
        said(times) == [DAY]
        and times.midnight.all()
        and not times.has_text_clock.any()
        and not times.problems
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026年1月15日 14时30分", "2026-01-15 14:30:00"),
        ("2026-01-15T14:30:05", "2026-01-15 14:30:05"),
        ("2026-01-15 14:30", "2026-01-15 14:30:00"),
        ("2026/1/15 8:05", "2026-01-15 08:05:00"),
        ("2026年1月15日14时", "2026-01-15 14:00:00"),
        ("2026-01-15T14", "2026-01-15 14:00:00"),
        ("15JAN2026:14:30:00", "2026-01-15 14:30:00"),
        ("15JAN2026 14:30", "2026-01-15 14:30:00"),
        ("2026-01-15 2:30 PM", "2026-01-15 14:30:00"),
        ("2026年1月15日下午2点半", "2026-01-15 14:30:00"),
        ("2026-01-15 12:05 am", "2026-01-15 00:05:00"),
        (46037.25, "2026-01-15 06:00:00"),
        ("202601151430", "2026-01-15 14:30:00"),
        ("2026-01-15T08:00:00Z", "2026-01-15 08:00:00"),
        ("26.1.5 14：30", "2026-01-05 14:30:00"),
        (datetime(2026, 1, 15, 13, 59, 59, 999996), "2026-01-15 14:00:00"),
        ("15/01/2026 7:05", "2026-01-15 07:05:00"),
    ],
)
def test_a_date_with_a_clock_time_in_every_style(cell: Any, expected: str) -> None:
    times = parse_times(cells(cell, None))
    assert (
        said(times) == [expected, None]
        and times.has_text_clock.tolist() == [True, False]
        and times.midnight.tolist() == [False, True]
    )


def test_two_digit_years_come_first_and_one_digit_days_prove_it() -> None:
    times = parse_times(cells("26.1.5", "26.1.15"))
    assert said(times) == ["2026-01-05 00:00:00", DAY] and times.order == "ymd"


def test_midnight_written_out_is_a_clock_time_and_24_00_is_the_next_day() -> None:
    times = parse_times(cells("2026-01-15 00:00", "2026-01-15 24:00", "2026-01-15"))
    assert said(times) == [DAY, "2026-01-16 00:00:00", DAY]
    assert times.has_text_clock.tolist() == [True, True, False] and times.midnight.tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-01", "date-partial"),
        ("2026", "date-partial"),
        ("UNJAN2026", "date-partial"),
        ("2026-01-UN", "date-partial"),
        ("2026-02-30", "date-impossible"),
        ("31/31/2026", "date-impossible"),
        ("soon", "date-unreadable"),
        (37.5, "date-unreadable"),
        (True, "date-unreadable"),
        (time(3, 4), "date-unreadable"),
        ("2026-01-15 25:00", "date-unreadable"),
        ("1月15日", "date-unreadable"),
        ("0026-01-15", "date-impossible"),
        (datetime(1, 1, 1), "date-implausible"),
        ("2026-01-15 14:30 foo", "date-unreadable"),
    ],
)
def test_what_is_no_whole_date_is_set_aside(cell: Any, code: str) -> None:
    times = parse_times(cells(cell, "2026-01-15"))
    assert said(times) == [None, DAY] and times.set_aside.tolist() == [True, False]
    assert [(p.code, p.severity, p.rows.tolist()) for p in times.problems] == [(code, "set aside", [0])]


def test_the_1904_date_system() -> None:
    assert read(44575, date1904=True) == read(46037)


# ---------------------------------------------------------------- day-month order


def test_a_day_above_12_proves_the_order_of_the_whole_column() -> None:
    times = parse_times(cells("13/04/2026", "03/04/2026 08:00"))
    assert said(times) == ["2026-04-13 00:00:00", "2026-04-03 08:00:00"] and times.order == "dmy"
    assert read("04/13/2026", "03/04/2026")[1] == "2026-03-04 00:00:00"


def test_an_ambiguous_column_is_refused_with_the_setting_to_add() -> None:
    times = parse_times(cells("03/04/2026", None, "05/06/2026", "2026-01-15"), heading="Visit date")
    (problem,) = times.problems
    assert (problem.severity, problem.code, problem.rows.tolist()) == (
        "refuse",
        "date-order-ambiguous",
        [0, 2],
    )
    assert '"Visit date" = "dmy" or "mdy"' in problem.done and said(times) == [None, None, None, DAY]


@pytest.mark.parametrize(
    ("order", "expected"), [("dmy", "2026-04-03 00:00:00"), ("mdy", "2026-03-04 00:00:00")]
)
def test_a_stated_order_settles_it(order: str, expected: str) -> None:
    times = parse_times(cells("03/04/2026"), order=order)
    assert said(times) == [expected] and not times.problems and times.order == order


def test_a_cell_against_the_stated_order_is_set_aside() -> None:
    times = parse_times(cells("03/13/2026", "03/04/2026"), order="dmy")
    assert said(times) == [None, "2026-04-03 00:00:00"] and [p.code for p in times.problems] == [
        "date-impossible"
    ]


def test_a_contradictory_column_is_refused() -> None:
    times = parse_times(cells("13/04/2026", "04/13/2026"))
    assert [(p.severity, p.code) for p in times.problems] == [
        ("refuse", "date-order-contradictory")
    ] and said(times) == [None, None]


def test_an_order_that_changes_nothing_is_not_asked_for() -> None:
    assert read("04/04/2026", "05/05/2026") == ["2026-04-04 00:00:00", "2026-05-05 00:00:00"]


def test_two_digit_years_that_could_be_days_are_asked_for() -> None:
    assert [p.code for p in parse_times(cells("26.1.15")).problems] == ["date-order-ambiguous"]
    assert read("26.1.15", order="ymd") == [DAY]


def test_half_converted_dates_are_refused() -> None:
    times = parse_times(cells("13/04/2026", datetime(2026, 3, 4)))
    assert [(p.severity, p.code) for p in times.problems] == [("refuse", "date-order-mixed")]
    assert not parse_times(cells("13/04/2026", datetime(2026, 3, 14))).problems


# ---------------------------------------------------------------- clock times


@pytest.mark.parametrize(
    "cell",
    [
        "14:30",
        "14：30",
        "1430",
        1430,
        "14时30分",
        "下午2:30",
        "2:30 PM",
        "2:30pm",
        time(14, 30),
        0.6041666666667,
        "0.604166667",
        "14:30:00",
        "14点半",
        "14h30",
    ],
)
def test_half_past_two_in_every_style(cell: Any) -> None:
    assert parse_clocks(cells(cell)).seconds.tolist() == [52200]


@pytest.mark.parametrize("cell", ["25:00", "14:60", "noon-ish", -1, 2500, True, "24:01", "13:00 pm"])
def test_what_is_no_clock_time_is_set_aside(cell: Any) -> None:
    clocks = parse_clocks(cells(cell, "08:00"))
    assert clocks.seconds.tolist() == [NO_TIME, 28800] and clocks.set_aside.tolist() == [True, False]


def test_a_date_and_its_clock_time_are_put_together() -> None:
    dates = parse_times(
        cells("2026-01-15", "2026-01-15", "2026-01-15", None, "2026-01-15 08:00", "2026-01-15 08:00")
    )
    both = with_clock(dates, parse_clocks(cells("14:30", None, "24:00", "09:00", "08:00", "09:00")))
    assert said(both) == [
        "2026-01-15 14:30:00",
        DAY,
        "2026-01-16 00:00:00",
        None,
        "2026-01-15 08:00:00",
        None,
    ]
    assert both.has_text_clock.tolist()[:3] == [True, False, True] and both.midnight.tolist()[:3] == [
        False,
        True,
        False,
    ]
    assert [(p.code, p.rows.tolist()) for p in both.problems] == [("date-and-time-disagree", [5])]


# ---------------------------------------------------------------- study days


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("D3", 3),
        ("Day 3", 3),
        ("第3天", 3),
        ("D+3", 3),
        ("d-1", -1),
        (3, 3),
        (3.0, 3),
        ("0", 0),
        ("Study day 7", 7),
    ],
)
def test_study_days_as_people_type_them(cell: Any, day: int) -> None:
    assert parse_column(cells(cell), ITEMS.by_name["study_day"], ITEMS).values["study_day"].tolist() == [day]


def test_cdisc_days_have_no_zero() -> None:
    column = parse_column(cells(1, 2, -1, 0), ITEMS.by_name["cdisc_day"], ITEMS)
    assert column.values["study_day"].tolist()[:3] == [0, 1, -1] and column.set_aside.tolist() == [
        False,
        False,
        False,
        True,
    ]


# ---------------------------------------------------------------- properties

MOMENTS = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2199, 12, 31)).map(
    lambda d: d.replace(microsecond=0)
)
STYLES = [
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%dT%H:%M:%S",
    "%d%b%Y:%H:%M:%S",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y.%m.%d %H:%M:%S",
    "%Y%m%d%H%M%S",
]


@settings(max_examples=80, deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=5), st.sampled_from(STYLES))
def test_every_style_says_the_same_moment(moments: list[datetime], style: str) -> None:
    expected = [int((m - datetime(1970, 1, 1)).total_seconds()) for m in moments]
    assert parse_times(cells(*[m.strftime(style) for m in moments])).seconds.tolist() == expected
    assert parse_times(cells(*moments)).seconds.tolist() == expected
    serials = [(m - datetime(1899, 12, 30)) / timedelta(days=1) for m in moments]
    assert parse_times(cells(*serials)).seconds.tolist() == expected


RAW = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=15),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.from_regex(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( \d{1,2}:\d{2})?", fullmatch=True),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RAW, max_size=6), st.sampled_from([None, "dmy", "mdy", "ymd"]))
def test_no_cell_makes_dates_fail_and_none_is_lost(values: list[Any], order: str | None) -> None:
    for times in (parse_times(cells(*values), heading="h", order=order), parse_clocks(cells(*values))):
        reported = {int(r) for p in times.problems for r in p.rows}
        for i, value in enumerate(values):
            blank = value is None or value != value or (isinstance(value, str) and not value.strip())
            assert blank or times.seconds[i] != NO_TIME or i in reported
        assert (times.seconds[times.set_aside] == NO_TIME).all()
