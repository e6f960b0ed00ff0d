"""Which time of day a cell says, and which study day."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import (
    Column,
    Problem,
    Remark,
    Times,
    distinct,
    plain,
    problems_of,
    shown,
    spread,
)
from senl_ae.read.cells.numbers import common, is_dash, says_missing
from senl_ae.read.cells.zones import without_zones
from senl_ae.study import DAY, NO_TIME
from senl_ae.vocabulary.items import Item, word_key

_CLOCK = re.compile(
    r"^(?P<before>am|pm|上午|下午|晚上|中午|凌晨|早上|晚)?\s*(?P<h>\d{1,2})(?P<mark>\s*[:hH]\s*)?"
    r"(?:(?<=[:hH\s])(?P<m>\d{1,2}))?(?:\s*:\s*(?P<s>\d{1,2})(?:[.,]\d{1,9})?)?\s*:?\s*(?P<after>[ap]\.?(?:\s?m\.?)?)?$",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(\d{2})(\d{2})(\d{2})?$")
_DOTTED = re.compile(r"^(\d{1,2})[.．](\d{2})(?=$|\s*[ap]\.?(?:\s?m\.?)?$)", re.IGNORECASE)
"""8.30 is half past eight; 8.5 could be half past eight or ten to nine, and is neither."""
_CHINESE = str.maketrans({"时": ":", "点": ":", "分": ":", "秒": None})


def seconds_of_clock(text: str, *, bare_hour: bool = False) -> int | None:
    """Seconds after midnight of a written clock time (24:00 is 86400); None when it is none. A bare hour only where one is expected."""
    named = word_key(text)
    if named in common("noon") or named in common("midnight"):
        return DAY // 2 if named in common("noon") else 0
    text = (
        _DOTTED.sub(r"\1:\2", text.strip())
        .replace("整", "")
        .replace("点半", ":30")
        .replace("时半", ":30")
        .replace("小时", "时")
    )
    chinese = "时" in text or "点" in text
    text = text.translate(_CHINESE).strip()
    compact = _COMPACT.match(text)
    if compact:
        return _seconds(int(compact[1]), int(compact[2]), int(compact[3] or 0), None)
    m = _CLOCK.match(text)
    if m is None:
        return None
    half = m["after"] or m["before"]
    if m["m"] is None and not (half or chinese or bare_hour):
        return None
    return _seconds(int(m["h"]), int(m["m"] or 0), int(m["s"] or 0), half)


def _seconds(h: int, m: int, s: int, half: str | None) -> int | None:
    if half:
        afternoon = half[0].casefold() == "p" or half in ("下午", "晚上", "晚") or (half == "中午" and h < 11)
        western = half[0].casefold() in "ap"
        if western and not 1 <= h <= 12:
            return None
        if western and h == 12:
            h = 0
        if afternoon and h < 12:
            h += 12
    if m > 59 or s > 59 or h > 24 or (h == 24 and (m or s)):
        return None
    return h * 3600 + m * 60 + s


def _clock_of(cell: Any, dotted: bool = False) -> int | None:
    """Seconds after midnight of one raw cell of a column of clock times. dotted: numbers of the column are hours.minutes (8.15)."""
    if isinstance(cell, datetime):
        return cell.hour * 3600 + cell.minute * 60 + cell.second if cell.year < 1910 else None
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second
    if isinstance(cell, (bool, date)):
        return None
    if isinstance(cell, Real):
        return _clock_of_number(float(cell), dotted)
    text = plain(str(cell))
    if re.fullmatch(r"0?[.,]\d{3,}|0[.,]\d+", text):
        return _clock_of_number(float(text.replace(",", ".")))
    if re.fullmatch(r"\d{3}", text):
        text = "0" + text
    return seconds_of_clock(text, bare_hour=True)


def _has_hundredths(x: float) -> bool:
    """Whether a number above 1 has two decimals, as 8.15 for a quarter past eight."""
    return 1 <= x < 24 and abs(x * 100 - round(x * 100)) < 1e-6 and round(x * 100) % 10 != 0


def _clock_of_number(x: float, dotted: bool = False) -> int | None:
    """A fraction of a day as spreadsheets store times, a whole hour, 830 for 08:30, or 8.15 where the column writes minutes so."""
    if not 0 <= x <= 2400:
        return None
    if x < 1:
        return round(x * DAY)
    if x != math.floor(x):
        return (
            _seconds(int(x), round(x * 100) % 100, 0, None)
            if dotted and abs(x * 100 - round(x * 100)) < 1e-6
            else None
        )
    return (
        _seconds(int(x), 0, 0, None)
        if x <= 24
        else _seconds(int(x) // 100, int(x) % 100, 0, None)
        if x >= 100
        else None
    )


def parse_clocks(values: np.ndarray) -> Times:
    """Read clock times as seconds after midnight in `seconds` (24:00 is 86400)."""
    codes, written = distinct(values)
    cells, zones = without_zones(written)
    dotted = any(isinstance(cell, float) and _has_hundredths(cell) for cell in cells)
    seconds, aside, remarks = [], [], []
    for i, cell in enumerate(cells):
        found = _clock_of(cell, dotted)
        text = plain(str(cell))
        seconds.append(NO_TIME if found is None else found)
        empty = found is None and is_dash(text)
        aside.append(found is None and not empty)
        if found is None and (empty or says_missing(text)):
            remarks.append(
                (i, Remark("said-missing", "note", f"time: {shown(cell)}", done="read as no time"))
            )
        elif found is None:
            wrong = f"{shown(cell)} is no clock time"
            remarks.append(
                (i, Remark("time-unreadable", "set aside", wrong, "hours:minutes, as in 14:30", "not used"))
            )
    at = spread(seconds, codes, np.int64, NO_TIME)
    known = at != NO_TIME
    zone = None if zones is None else spread(zones.tolist(), codes, object, "")
    return Times(
        at,
        known,
        ~known | (at == 0),
        problems_of(remarks, codes),
        spread(aside, codes, np.bool_, False),
        zone=zone,
    )


def with_clock(dates: Times, clocks: Times) -> Times:
    """Put a date column and its separate time column together; where a date cell has another clock time of its own the row is set aside."""
    both = (dates.seconds != NO_TIME) & (clocks.seconds != NO_TIME)
    own = both & ~dates.midnight
    of_day = np.where(both, dates.seconds % DAY, 0)
    clash = own & (of_day != clocks.seconds)
    seconds = np.where(both & ~own, dates.seconds + np.where(both, clocks.seconds, 0), dates.seconds)
    problems = [*dates.problems, *clocks.problems]
    if clash.any():
        seconds = np.where(clash, NO_TIME, seconds)
        problems.append(
            Problem(
                np.flatnonzero(clash),
                "date-and-time-disagree",
                "set aside",
                "the date has another clock time than the time column",
                "one clock time",
                "the row's time is not used",
            )
        )
    midnight = np.where(both & ~own, clocks.midnight, dates.midnight)
    text_clock = dates.has_text_clock | (both & clocks.has_text_clock)
    zone = dates.zone if clocks.zone is None else clocks.zone
    if dates.zone is not None and clocks.zone is not None:
        zone = np.where(clocks.zone == "", dates.zone, clocks.zone)
    return Times(seconds, text_clock, midnight | clash, problems, dates.set_aside | clash, dates.order, zone)


# ---------------------------------------------------------------- study days

_STUDY_DAY = re.compile(
    r"^(?:study\s*)?(?:day|d|第)?\s*([+-]?)\s*(\d{1,5})(?:\.0+)?\s*(?:天|日|d|days?)?$", re.IGNORECASE
)


def parse_study_day(values: np.ndarray, item: Item) -> Column:
    """Read study days as whole numbers, Day 0 the infusion; CDISC days (no 0, 1 is Day 0) when the item's kind says so."""
    cdisc = item.kind == "cdisc_day"
    if pd.api.types.infer_dtype(values, skipna=True) == "integer" and not cdisc:
        days = values.astype(np.float64)
        if (np.abs(days[~np.isnan(days)]) < 100_000).all():
            return Column({"study_day": days}, [], np.zeros(len(values), dtype=bool))
    codes, cells = distinct(values)
    found, aside, remarks = [], [], []
    for i, cell in enumerate(cells):
        day = _day_of(cell, cdisc)
        text = plain(str(cell))
        empty = is_dash(text)
        found.append(day)
        aside.append(math.isnan(day) and not empty)
        if math.isnan(day) and (empty or says_missing(text)):
            remarks.append(
                (i, Remark("said-missing", "note", f"study day: {shown(cell)}", done="read as not recorded"))
            )
        elif math.isnan(day):
            expected = (
                "a whole number other than 0 (CDISC: 1 is the day of infusion)"
                if cdisc
                else "a whole number, as in 3, D3 or Day 3"
            )
            remarks.append(
                (
                    i,
                    Remark(
                        "day-unreadable", "set aside", f"{shown(cell)} is no study day", expected, "not used"
                    ),
                )
            )
    days = spread(found, codes, np.float64, math.nan)
    return Column({"study_day": days}, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def _day_of(cell: Any, cdisc: bool) -> float:
    if isinstance(cell, (bool, datetime, date, time)):
        return math.nan
    if isinstance(cell, Real):
        x = float(cell)
        day = x if x == math.floor(x) and abs(x) < 100_000 else math.nan
    else:
        m = _STUDY_DAY.match(plain(str(cell)))
        day = float(m[1] + m[2]) if m else math.nan
    if not cdisc or math.isnan(day):
        return day
    return math.nan if day == 0 else day - 1 if day > 0 else day
