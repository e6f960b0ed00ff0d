"""Finds out when each row of a sheet happened, from whatever columns it has: date-time, date, clock time, year, study day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.read.cells.clock_columns import holds_clocks, may_be_clocks
from senl_ae.read.cells.partial_dates import before_infusion, but_parts
from senl_ae.read.cells.zones import in_zone, zones_in
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.rows.times import When, combined, dated, earlier, from_study_day
from senl_ae.read.values.measured import leave_out, not_used, year_column
from senl_ae.read.words.kinds import Times, parse_clocks, parse_column, parse_times, with_clock
from senl_ae.study import DAY, NO_TIME
from senl_ae.vocabulary.items import Items, fold

if TYPE_CHECKING:
    from senl_ae.settings import Settings

MONTH_DAY = re.compile(r"\s*(\d{1,2})\s*[-/.月－．／]\s*(\d{1,2})\s*日?\s*")


def order_for(heading: Heading, rows: Rows, settings: Settings) -> str | None:
    """The day-month order that the settings state for a column: by file and heading, by heading, or for all."""
    stated = {fold(name): order for name, order in settings.date_order.items() if name != "*"}
    for name in (f"{rows.table.file}:{heading.text}", heading.text):
        if fold(name) in stated:
            return stated[fold(name)]
    return settings.date_order.get("*")


def read_dates(
    rows: Rows,
    headings: Sequence[Heading],
    settings: Settings,
    years: Heading | None = None,
    infusion: np.ndarray | None = None,
    parts: bool = False,
) -> tuple[When, np.ndarray] | None:
    """Columns that together say one time: a date-time, or a date and a clock time. Also True where a cell could not be read.

    Several date columns: the first, and the next where it is blank. None when there is no column of dates. infusion: of each row's
    subject, where part of a date before it is enough (the start of an old medication). parts: parts of dates are read elsewhere, and no
    problem.
    """
    clock_columns = clocks_among(rows, headings)
    date_columns = [h for h in headings if h not in clock_columns]
    if not date_columns:
        return None
    clock = clock_columns[0] if clock_columns else None
    for other in clock_columns[1:]:
        not_used(rows, other, f'a second column of clock times; "{clock_columns[0].text}" is read')
    result: When | None = None
    unread = np.zeros(len(rows), dtype=bool)
    for heading in date_columns:
        cells = rows.cells(heading.index)
        if years is not None:
            cells = _with_year(cells, rows.cells(years.index))
        times = parse_times(cells, heading=heading.text, order=order_for(heading, rows, settings))
        old = None
        if infusion is not None:
            times, old = before_infusion(times, cells, infusion)
        if parts:
            times = replace(times, problems=but_parts(times.problems, cells))
        rows.report(times.problems, heading.letter, heading.text, name=True)
        when = dated(times, cells)
        when = when if old is None or not old.any() else When(when.seconds, when.is_text | old, when.clock)
        if clock is not None:
            clocks = parse_clocks(rows.cells(clock.index))
            if heading is date_columns[0]:
                rows.report(clocks.problems, clock.letter, clock.text, name=True)
            times, when = _with_clock(rows, clock, times, when, clocks)
        when = _one_clock(rows, clock or heading, times, when, settings)
        unread |= times.set_aside
        if result is not None:
            _refuse_two_times(rows, date_columns[0], heading, result, when)
        result = (
            when
            if result is None
            else earlier(when, result)
            if when.clock and not result.clock
            else earlier(result, when)
        )
    assert result is not None
    return result, unread & (result.seconds == NO_TIME)


def clocks_among(rows: Rows, headings: Sequence[Heading], *, dated: bool = False) -> list[Heading]:
    """The columns of clock times: those that plainly hold them, and beside a column of dates what is headed so or can be nothing else.

    dated: something else than these columns (a study day) says the date.
    """
    clocks = {h.index for h in headings if holds_clocks(rows.cells(h.index))}
    for heading in headings:
        kind = heading.match.item.kind if heading.match else ""
        beside = dated or any(h.index != heading.index and h.index not in clocks for h in headings)
        if heading.index in clocks or not beside or kind not in ("clock", "datetime"):
            continue
        if may_be_clocks(rows.cells(heading.index), headed_so=kind == "clock"):
            clocks.add(heading.index)
    return [h for h in headings if h.index in clocks]


def _one_clock(rows: Rows, heading: Heading, times: Times, when: When, settings: Settings) -> When:
    """Times as one clock shows them: those that name a zone are converted where the settings say to which; what they name is kept."""
    if times.zone is None and not when.clock:
        return when
    clocked = (when.seconds != NO_TIME) & ~when.is_text
    rows.zones += zones_in(rows, rows.cells(heading.index), times.zone, clocked, heading.letter)
    if times.zone is None or not settings.time_zone:
        return when
    seconds = in_zone(when.seconds, times.zone, settings.time_zone)
    return When(seconds, when.is_text, bool((seconds[clocked] % DAY != 0).any()))


def _refuse_two_times(rows: Rows, a: Heading, b: Heading, one: When, two: When) -> None:
    """Two columns that say when, and say different times (or, where one is a column of dates, different dates): nobody can tell which."""
    unit = 1 if one.clock and two.clock else DAY
    differ = np.flatnonzero(
        (one.seconds != NO_TIME) & (two.seconds != NO_TIME) & (one.seconds // unit != two.seconds // unit)
    )
    if len(differ):
        first = int(rows.index[differ[0]]) + 1
        rows.about_sheet(
            "refuse",
            "two-columns-one-item",
            f'"{a.text}" (column {a.letter}) and "{b.text}" (column {b.letter}) differ in {len(differ)} rows, first in row {first}',
            "one column that says when",
            leave_out(a, b),
            b.letter,
        )


def refuse_clocks_alone(rows: Rows, heading: Heading) -> None:
    """Clock times without any date say nothing about the day."""
    found = f'"{heading.text}" holds clock times without dates'
    rows.about_sheet(
        "refuse", "no-dates", found, "dates, or dates and times", "add a column of dates", heading.letter
    )


def _with_clock(rows: Rows, clock: Heading, times: Times, when: When, clocks: Times) -> tuple[Times, When]:
    """Dates and clock times put together; a date cell with another clock time of its own is set aside."""
    both = with_clock(replace(times, problems=[]), replace(clocks, problems=[]))
    rows.report(both.problems, clock.letter, clock.text, name=True)
    return both, combined(both, when, clocks)


def _with_year(cells: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Month and day in one column and the year in another, as nursing sheets have them, put together as text."""
    composed = cells.copy()
    codes, distinct = pd.factorize(pd.Series(list(zip(cells, years, strict=True)), dtype=object))
    values = []
    for cell, year in distinct:
        parts = MONTH_DAY.fullmatch(cell) if isinstance(cell, str) else None
        number = re.fullmatch(r"\s*(\d{4})(?:\.0*)?\s*年?\s*", str(year)) if year is not None else None
        values.append(f"{number[1]}-{int(parts[1]):02d}-{int(parts[2]):02d}" if parts and number else cell)
    composed[:] = np.array([*values, None], dtype=object)[:-1][codes]
    return composed


MONTHS = ("month", "月", "月份")


def refuse_parts_of_a_date(layout: Layout, rows: Rows, days: Sequence[Heading]) -> None:
    """A day of the month beside a column of months is no study day: read as one, it would put every row on a wrong day."""
    month = next((h for h in layout.headings if h.match is None and fold(h.text) in MONTHS), None)
    if month is not None and days:
        found = f'"{days[0].text}" stands beside "{month.text}": the day of a date, or a study day'
        expected = "a date in one column, as in 2026-01-15"
        rows.about_sheet(
            "refuse", "date-in-parts", found, expected, "join year, month and day", days[0].letter
        )


def read_when(
    layout: Layout, rows: Rows, infusion: np.ndarray, items: Items, settings: Settings
) -> tuple[When, np.ndarray]:
    """When each row of measurements happened, and True where a cell that says so could not be read.

    infusion: each row's subject's infusion, in seconds. Study days count from its date.
    """
    headings = [h for column in ("datetime", "date", "time") for h in _first(layout, column, rows)]
    by_study_day = [h for column in ("study_day", "cdisc_day") for h in layout.claims(column)]
    refuse_parts_of_a_date(layout, rows, by_study_day)
    clocks = clocks_among(rows, headings, dated=bool(by_study_day))
    alone = by_study_day and len(clocks) == len(headings)
    found = None if alone else read_dates(rows, headings, settings, year_column(layout))
    when, unread = found if found is not None else (_never(len(rows)), np.zeros(len(rows), dtype=bool))
    if found is None and len(rows) and not by_study_day:
        refuse_clocks_alone(rows, headings[0])
    for column in ("study_day", "cdisc_day"):
        for heading in _first(layout, column, rows):
            by_day, problem = _by_study_day(rows, heading, clocks, infusion, items, settings)
            both = (when.seconds != NO_TIME) & (by_day.seconds != NO_TIME)
            differ = both & (when.seconds // DAY != by_day.seconds // DAY)
            if differ.any():
                first = int(rows.index[np.flatnonzero(differ)[0]]) + 1
                rows.about_sheet(
                    "note",
                    "study-day-disagrees",
                    f'"{heading.text}" and the date disagree in {int(differ.sum())} rows, first in row {first}',
                    "Day 0 is the date of the infusion"
                    if column == "study_day"
                    else "CDISC days: 1 is the date of the infusion",
                    "the date is used",
                    heading.letter,
                )
            when = earlier(when, by_day)
            unread = (unread | problem) & (when.seconds == NO_TIME)
    return when, unread


def _first(layout: Layout, column: str, rows: Rows) -> list[Heading]:
    """The headings of one time column: those of the first choice (the time of sampling, not that of the report)."""
    claims = layout.claims(column, layout.domain) or layout.claims(column)
    first = [h for h in claims if h.name == claims[0].name]
    for other in claims[len(first) :]:
        not_used(rows, other, f'"{first[0].text}" says when')
    return first


def _never(length: int) -> When:
    return When(np.full(length, NO_TIME, dtype=np.int64), np.zeros(length, dtype=bool), False)


def _by_study_day(
    rows: Rows,
    heading: Heading,
    clocks: Sequence[Heading],
    infusion: np.ndarray,
    items: Items,
    settings: Settings,
) -> tuple[When, np.ndarray]:
    """The date that a study day is, with the clock time beside it; rows of subjects without an infusion have none."""
    assert heading.match is not None
    item = heading.match.item
    parsed = parse_column(rows.cells(heading.index), item, items, unit=heading.unit)
    rows.report(parsed.problems, heading.letter, heading.text, name=True)
    days = parsed.values["study_day"]
    homeless = ~np.isnan(days) & (infusion == NO_TIME)
    seconds = from_study_day(days, infusion)
    nothing = np.zeros(len(rows), dtype=bool)
    when = When(seconds, ~nothing, False)
    clock = next(iter(clocks), None)
    if clock is not None:
        by_day = Times(seconds, nothing, ~nothing, [], nothing)
        times, when = _with_clock(rows, clock, by_day, when, parse_clocks(rows.cells(clock.index)))
        when = _one_clock(rows, clock, times, when, settings)
    rows.add(
        "set aside",
        "study-day-without-infusion",
        heading.letter,
        np.flatnonzero(homeless),
        "a study day of a subject without an infusion date",
        "the infusion date on the subject's row",
        "the row is not used unless it has a date",
    )
    return when, parsed.set_aside | homeless
