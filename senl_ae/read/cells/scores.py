"""Reads a score out of ten back that a spreadsheet took for a date: 7/10 typed into a cell becomes 7 October or 10 July."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from senl_ae.read.cells.columns import Remark, plain, shown
from senl_ae.vocabulary.items import Item

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"^(\d{1,2})[-\s/.]*([a-z]{3,9})\.?(?:[-\s/.,]*(?:19|20)?\d{2})?$")
_MONTH_DAY = re.compile(r"^([a-z]{3,9})\.?[-\s/.]*(\d{1,2})(?:,?\s*(?:19|20)\d{2})?$")
_CHINESE = re.compile(r"^(?:\d{4}年)?(\d{1,2})月(\d{1,2})日?$")
_YEAR_FIRST = re.compile(r"^(?:19|20)\d{2}[-/.](\d{1,2})[-/.](\d{1,2})(?:[t\s]+0?0:00(?::00)?(?:\.0+)?)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](?:19|20)\d{2}(?:\s+0?0:00(?::00)?)?$")
LAST_DAY = 31


def day_and_month(cell: Any) -> tuple[int, int] | None:
    """The two numbers of a cell that is a date without a clock time, in either order; None when it is none."""
    if isinstance(cell, date):  # date-times are dates too
        clock = getattr(cell, "time", time)()
        return (cell.day, cell.month) if clock == time() else None
    if not isinstance(cell, str) or len(cell) > 40:
        return None
    text = plain(cell).casefold()
    m = _YEAR_FIRST.match(text) or _YEAR_LAST.match(text) or _CHINESE.match(text)
    if m:
        return int(m[1]), int(m[2])
    m = _DAY_MONTH.match(text)
    if m and m[2][:3] in _MONTHS:
        return int(m[1]), _MONTHS.index(m[2][:3]) + 1
    m = _MONTH_DAY.match(text)
    return (int(m[2]), _MONTHS.index(m[1][:3]) + 1) if m and m[1][:3] in _MONTHS else None


def score_in_date(cell: Any, item: Item) -> float | None:
    """The n of n/10 that a date in a column of scores out of ten was typed as (likewise for other highest scores); else None."""
    top, lowest = item.plausible.get("le"), item.plausible.get("ge", -1)
    found = (
        day_and_month(cell)
        if item.unit == "points" and top is not None and top <= LAST_DAY and lowest >= 0
        else None
    )
    if found is None or top not in found:
        return None
    n = found[0] if found[1] == top else found[1]
    return float(n) if lowest <= n <= top else None


def was_a_date(cell: Any, n: float, item: Item) -> Remark:
    """What is said of a score that was read out of a date."""
    typed = f"{n:g}/{item.plausible['le']:g}"
    found = f"{item.name.replace('_', ' ')} {shown(cell)}: a spreadsheet (Excel) made a date of {typed}"
    return Remark("score-was-a-date", "note", found, "the score alone, as a number", f"read as {typed}")


def cause_of_date(cell: Any, item: Item) -> str:
    """Why a score holds a date, for the message that it cannot be used; empty where it holds none."""
    if item.unit != "points" or day_and_month(cell) is None:
        return ""
    return ": a date, which a spreadsheet (Excel) makes of a score such as 7/10; type the score alone, as a number"
