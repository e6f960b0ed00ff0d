"""Which moment one cell says: every way of writing a date, with a clock time or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from numbers import Real
from typing import Any

from senl_ae.read.cells.clocks import seconds_of_clock
from senl_ae.read.cells.columns import plain, shown
from senl_ae.read.cells.date_columns import SERIALS, YEARS, YMD, day_zero, days_since_1970
from senl_ae.read.cells.numbers import says_missing
from senl_ae.study import DAY

# two-digit years from here on are of the last century: dates of birth
_PIVOT = 40

_FULL = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "sept",
)
_MONTHS = {name[:3]: number + 1 for number, name in enumerate(_FULL[:12])}
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\s*[tT]?\s*(\d{2}:?\d{2}(?::?\d{2})?))?$")
_DAY_MONTH_YEAR = re.compile(r"^(\d{1,2})[-\s/.]*([a-z]{3,9})[-\s/.,]*(\d{4}|\d{2})(?!\d)(.*)$")
_MONTH_DAY_YEAR = re.compile(r"^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)(.*)$")
_TRIPLE = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{1,2})(?!\d)(.*)$")
_UNKNOWN = r"(?:un|uk|nk|-|--|\?\?)"
_PARTIAL = re.compile(
    rf"^(?:\d{{4}}|\d{{4}}[-/.]\d{{1,2}}|{_UNKNOWN}[-/\s]?(?:[a-z]{{3}}|{_UNKNOWN})[-/\s]?\d{{4}}|\d{{4}}[-/.](?:\d{{2}}-)?{_UNKNOWN}.*)$"
)
_NUMERAL = re.compile(r"^\d{4,6}(?:\.\d+)?$")
_WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]?\s+(?=[\da-z])|\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?\s*"
)
_CHINESE_YEAR = re.compile(r"(?<!\d)(\d{2})年")


@dataclass(frozen=True, slots=True)
class Moment:
    """What one cell says: a moment, or three numbers whose order the column must settle, or why neither."""

    seconds: int | None = None
    has_clock: bool = False
    clock: int = 0
    triple: tuple[str, str, str] | None = None
    typed_day: int | None = None
    remark: tuple[str, str] | None = None


def moment_of(cell: Any, date1904: bool) -> Moment:
    """What one cell says, whatever it is: a date, a day number of a spreadsheet, or text."""
    if isinstance(cell, datetime):
        if cell.year not in YEARS:
            return Moment(remark=("date-implausible", f"the year of {shown(cell)} cannot be"))
        clock = cell.hour * 3600 + cell.minute * 60 + cell.second + (cell.microsecond >= 500_000)
        return Moment(
            days_since_1970(cell.year, cell.month, cell.day) * DAY + clock,
            clock != 0,
            clock,
            typed_day=cell.day,
        )
    if isinstance(cell, date):
        return (
            Moment(days_since_1970(cell.year, cell.month, cell.day) * DAY, typed_day=cell.day)
            if cell.year in YEARS
            else Moment(remark=("date-implausible", f"the year of {shown(cell)} cannot be"))
        )
    if isinstance(cell, (bool, time)):
        return Moment(remark=("date-unreadable", f"{shown(cell)} is no date"))
    if isinstance(cell, Real):
        return _of_number(float(cell), cell, date1904)
    return _of_text(plain(str(cell)).casefold(), cell, date1904)


def _of_number(x: float, cell: Any, date1904: bool) -> Moment:
    """A spreadsheet's day number, or the digits 20260115."""
    if 19_000_101 <= x <= 22_991_231 and x == int(x):
        return _whole(int(x) // 10_000, int(x) // 100 % 100, int(x) % 100, "", cell)
    if x in YEARS:
        return Moment(remark=("date-partial", f"{shown(cell)} is only part of a date"))
    if not SERIALS[0] <= x <= SERIALS[1]:
        return Moment(remark=("date-unreadable", f"{shown(cell)} is no date"))
    seconds = round((x - day_zero(date1904)) * DAY)
    return Moment(seconds, seconds % DAY != 0, seconds % DAY)


def _of_text(text: str, cell: Any, date1904: bool) -> Moment:
    text = _WEEKDAY.sub(" ", text).strip().rstrip(".,;")
    text = _CHINESE_YEAR.sub(r"20\1年", text)
    text = (
        text.replace("年", "-").replace("月", "-").replace("日", " ").replace("号", " ").strip().rstrip("-")
    )
    m = YMD.match(text)
    if m:
        return _whole(int(m[1]), int(m[2]), int(m[3]), m[4], cell)
    m = _COMPACT.match(text)
    if m:
        return _whole(int(m[1]), int(m[2]), int(m[3]), (m[4] or "").replace(":", ""), cell)
    m = _DAY_MONTH_YEAR.match(text)
    if m and _month(m[2]):
        return _whole(year_of(m[3]), _month(m[2]), int(m[1]), m[4], cell)
    m = _MONTH_DAY_YEAR.match(text)
    if m and _month(m[1]):
        return _whole(int(m[3]), _month(m[1]), int(m[2]), m[4], cell)
    m = _TRIPLE.match(text)
    if m:
        clock, has_clock, ok = _clock(m[4])
        if ok:
            return Moment(None, has_clock, clock, (m[1], m[2], m[3]))
    if _PARTIAL.match(text):
        return Moment(remark=("date-partial", f"{shown(cell)} is only part of a date"))
    if _NUMERAL.match(text):
        return _of_number(float(text), cell, date1904)
    if says_missing(text):
        return Moment(remark=("said-missing", f"date: {shown(cell)}"))
    return Moment(remark=("date-unreadable", f"{shown(cell)} is no date that can be read"))


def _month(name: str) -> int:
    return _MONTHS.get(name[:3], 0) if len(name) == 3 or name in _FULL else 0


def year_of(digits: str) -> int:
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < _PIVOT else 1900)


def _clock(rest: str) -> tuple[int, bool, bool]:
    """(seconds after midnight, whether a clock time was written, whether the rest of the cell could be read)."""
    rest = rest.strip()
    after_t = rest.startswith("t")
    rest = rest.lstrip("t:,; ").rstrip("-")
    if not rest or set(rest) <= set("-:"):
        return 0, False, True
    seconds = seconds_of_clock(rest, bare_hour=after_t)
    return (0, False, False) if seconds is None else (seconds, True, True)


def _whole(year: int, month: int, day: int, rest: str, cell: Any) -> Moment:
    """A date whose parts are known, with what follows it in the cell."""
    clock, has_clock, ok = _clock(rest)
    if not ok:
        return Moment(remark=("date-unreadable", f"{shown(cell)} is no date that can be read"))
    seconds = midnight(year, month, day)
    if seconds is None:
        return Moment(remark=("date-impossible", f"{shown(cell)} is no date of the calendar"))
    return Moment(seconds + clock, has_clock, clock)


def midnight(year: int, month: int, day: int) -> int | None:
    try:
        return days_since_1970(year, month, day) * DAY if year in YEARS else None
    except ValueError:
        return None
