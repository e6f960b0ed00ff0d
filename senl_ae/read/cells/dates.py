"""When the cells of a column were: each read by itself, and a day-month order that the column proves or a setting states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from senl_ae.read.cells.clocks import seconds_of_clock
from senl_ae.read.cells.columns import Problem, Remark, Times, distinct, problems_of, shown, spread
from senl_ae.read.cells.date_columns import iso_column, serial_column, typed_column
from senl_ae.read.cells.numbers import is_dash
from senl_ae.read.cells.one_date import Moment, midnight, moment_of, year_of
from senl_ae.read.cells.zones import without_zones
from senl_ae.study import NO_TIME

ORDERS = ("dmy", "mdy", "ymd")


def parse_times(
    values: np.ndarray, *, heading: str = "", order: str | None = None, date1904: bool = False
) -> Times:
    """Read dates and date-times; `order` is the stated day-month order (dmy, mdy, ymd).

    Where numbers such as 03/04/2026 leave the order open or contradict each other, one "refuse" problem names the setting to add."""
    if order is not None and order not in ORDERS:
        raise ValueError(f"day-month order {order!r} is none of {', '.join(ORDERS)}")
    fast = typed_column(values) or iso_column(values) or serial_column(values, date1904)
    if fast is not None:
        return fast
    codes, written = distinct(values)
    cells, zones = without_zones(written)
    dates, clocks, clock_read = _apart(cells)
    date_codes, days = distinct(dates)
    moments = [moment_of(cell, date1904) for cell in days]
    settled, remarks, proved = _settle(days, moments, heading, order)
    per_row = np.where(codes >= 0, np.append(date_codes, -1)[codes], -1)
    at = spread([NO_TIME if s is None else s for s in settled], date_codes, np.int64, NO_TIME)
    own_clock = spread([m.clock for m in moments], date_codes, np.int64, 0)
    wrong = (at != NO_TIME) & (clocks == NO_TIME) & clock_read
    clock = np.where(clock_read & ~wrong, clocks, own_clock)
    has_clock = (
        (spread([m.has_clock for m in moments], date_codes, np.bool_, False) | clock_read)
        & (at != NO_TIME)
        & ~wrong
    )
    seconds = np.where(wrong | (at == NO_TIME), NO_TIME, at + np.where(clock_read, clock, 0))
    used = seconds != NO_TIME
    problems = _problems(remarks, moments, per_row)
    timeless = [
        (i, _said(("date-unreadable", f"{shown(cells[i])} has no clock time")))
        for i in np.flatnonzero(wrong).tolist()
    ]
    problems += problems_of(timeless, codes)
    dash = np.array([isinstance(cell, str) and is_dash(cell) for cell in cells], dtype=bool)
    return Times(
        _rows(seconds, codes, NO_TIME),
        _rows(has_clock & used, codes, False),
        _rows(~used | (clock == 0), codes, True),
        problems,
        _rows(~used & ~dash, codes, False),
        proved,
        None if zones is None else _rows(zones, codes, ""),
    )


def _rows(per_cell: np.ndarray, codes: np.ndarray, blank: Any) -> np.ndarray:
    rows: np.ndarray = np.append(per_cell, np.array([blank], dtype=per_cell.dtype))[codes]
    return rows


def _problems(
    remarks: Sequence[tuple[int, Remark]], moments: Sequence[Moment], per_row: np.ndarray
) -> list[Problem]:
    """Remarks with their rows; a refusal once, first, with the rows of every date whose order is open."""
    problems = problems_of([r for r in remarks if r[1].severity != "refuse"], per_row)
    for _, refusal in [r for r in remarks if r[1].severity == "refuse"][:1]:
        rows = np.flatnonzero(np.isin(per_row, [i for i, m in enumerate(moments) if m.triple]))
        problems.insert(
            0, Problem(rows, refusal.code, "refuse", refusal.found, refusal.expected, refusal.done)
        )
    return problems


_DATE_AND_CLOCK = re.compile(r"([^\s:]{6,12})(?:[Tt]|\s+)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)")


def _apart(cells: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct cells taken apart where they are plainly a date and a clock time, so that each date is read once for all its times.

    Returns the date (or the whole cell), the clock time in seconds (NO_TIME: it is none), and whether there is one."""
    dates = np.empty(len(cells), dtype=object)
    texts: list[str | None] = []
    for i, cell in enumerate(cells):
        m = _DATE_AND_CLOCK.fullmatch(cell) if isinstance(cell, str) else None
        dates[i] = m[1] if m else cell
        texts.append(m[2] if m else None)
    known = {text: seconds_of_clock(text) for text in set(texts) if text is not None}
    clocks = np.fromiter(
        (NO_TIME if t is None or known[t] is None else known[t] for t in texts), np.int64, len(texts)
    )  # type: ignore[misc]
    return dates, clocks, np.fromiter((t is not None for t in texts), bool, len(texts))


# ---------------------------------------------------------------- one column, one order


def _in_order(triple: tuple[str, str, str], order: str) -> int | None:
    """Midnight of three numbers read in one order; None when that cannot be."""
    a, b, c = triple
    if order == "ymd":
        return None if len(c) > 2 or len(a) != 2 else midnight(year_of(a), int(b), int(c))
    if len(c) == 1:
        return None
    day, month = (a, b) if order == "dmy" else (b, a)
    return midnight(year_of(c), int(month), int(day))


def _settle(
    cells: Sequence[Any], moments: Sequence[Moment], heading: str, stated: str | None
) -> tuple[list[int | None], list[tuple[int, Remark]], str | None]:
    """The moment of every distinct cell, what is to be said, and the day-month order that was used."""
    settled: list[int | None] = [m.seconds for m in moments]
    remarks = [(i, _said(m.remark)) for i, m in enumerate(moments) if m.remark and not is_dash(str(cells[i]))]
    dashes = [(i, cell) for i, cell in enumerate(cells) if is_dash(str(cell))]
    remarks += [
        (i, Remark("dash-as-blank", "note", f"date: {shown(cell)}", done="read as blank"))
        for i, cell in dashes
    ]
    open_cells = {
        i: {o for o in ORDERS if _in_order(m.triple, o) is not None}
        for i, m in enumerate(moments)
        if m.triple
    }
    for i in [i for i, orders in open_cells.items() if not orders or (stated and stated not in orders)]:
        wrong = f"{shown(cells[i])} is no date of the calendar" + (
            f" in the order {stated}" if stated and open_cells[i] else ""
        )
        remarks.append((i, Remark("date-impossible", "set aside", wrong, "a date", "not used")))
        del open_cells[i]
    if not open_cells:
        return settled, remarks, stated
    order, refusal = (stated, None) if stated else _prove(cells, moments, open_cells, heading)
    if refusal is not None:
        return settled, [*remarks, (next(iter(open_cells)), refusal)], None
    for i in open_cells:
        triple = moments[i].triple
        at = _in_order(triple, order or "") if triple else None
        settled[i] = None if at is None else at + moments[i].clock
    return settled, remarks, order


def _said(remark: tuple[str, str]) -> Remark:
    code, found = remark
    if code == "said-missing":
        return Remark(code, "note", found, done="read as not recorded")
    return Remark(code, "set aside", found, "a whole date, as in 2026-01-15", "not used")


def _at_odds(open_cells: dict[int, set[str]]) -> tuple[int, int]:
    """Two cells of a column that no order can read both; the narrowest ones say most."""
    narrow = sorted(open_cells, key=lambda i: (len(open_cells[i]), i))
    return next(
        ((i, j) for i in narrow for j in narrow if not open_cells[i] & open_cells[j]), (narrow[0], narrow[-1])
    )


def _prove(
    cells: Sequence[Any], moments: Sequence[Moment], open_cells: dict[int, set[str]], heading: str
) -> tuple[str | None, Remark | None]:
    """The one order in which every cell is a date; else why the column is refused, with the setting to add."""
    possible = set(ORDERS).intersection(*open_cells.values())
    first = shown(cells[next(iter(open_cells))])
    if not possible:
        one, other = _at_odds(open_cells)
        return None, Remark(
            "date-order-contradictory",
            "refuse",
            f"{shown(cells[one])} and {shown(cells[other])} cannot be in one day-month order",
            "one order in a column",
            "write the dates as 2026-01-15",
        )
    readings = {
        o: [_in_order(moments[i].triple or ("", "", ""), o) for i in open_cells] for o in sorted(possible)
    }
    if len({tuple(r) for r in readings.values()}) > 1:
        one_of = " or ".join(f'"{o}"' for o in readings)
        return None, Remark(
            "date-order-ambiguous",
            "refuse",
            f"{first} and every other date of the column can be read as {' and as '.join(readings)}",
            "a day-month order that the column proves or the settings state",
            f'add to senl-ae.toml, under [date_order]: "{heading}" = {one_of}',
        )
    order = next(iter(readings))
    typed = [m.typed_day for m in moments if m.typed_day is not None]
    unconverted = len(possible) == 1 and order != "ymd" and all(len(o) == 1 for o in open_cells.values())
    if typed and unconverted and max(typed) <= 12:
        # a spreadsheet of the other order has turned what it could into dates, swapped, and left the rest as text
        return None, Remark(
            "date-order-mixed",
            "refuse",
            f"{first} is text, and every date of the column that is not has a day of at most 12: they may be swapped",
            "dates of one type",
            f'check the column; if it is right, add to senl-ae.toml, under [date_order]: "{heading}" = "{order}"',
        )
    return order, None
