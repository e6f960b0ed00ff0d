"""Whether a column holds clock times, by its cells: whatever its heading says, or beside a column of dates."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from senl_ae.read.cells.clocks import parse_clocks
from senl_ae.study import NO_TIME

SERIAL = re.compile(r"\s*\d+(\.\d*)?\s*")
"""Text that is a spreadsheet's day number: it has a clock time, 00:00 where nothing follows the point."""

SAMPLE = 2000
"""Whether a column holds clock times is seen in so many of its different cells."""

CLOCK = re.compile(
    r"\s*\d{1,2}\s*(?:[:：时点]|h)\s*\d{0,2}\s*(?:[:：分]\s*\d{0,2}(?:\.\d+)?)?\s*秒?\s*(?:[ap]\.?m\.?)?\s*",
    re.IGNORECASE,
)

DATE = re.compile(
    r"\s*(?:\d{4}\s*[-/.年]|\d{1,2}\s*[-/月]\s*(?:\d{1,2}|[a-z]{3,9})\b|\d{1,2}\.\s*\d{1,2}\.|\d{1,2}\s*[a-z]{3,9}\s*\d{2}|\d{8}).*",
    re.IGNORECASE | re.DOTALL,
)
"""How a date, with or without a clock time after it, begins."""

DAYS_LONG_AGO = 3654
"""From here on a number is a spreadsheet's day; no clock time is so large."""


def holds_clocks(cells: np.ndarray) -> bool:
    """Whether most of a column's cells are plainly clock times alone, whatever its heading says."""
    some = _distinct(cells)
    clocks = sum(
        isinstance(c, dt.time)
        or (isinstance(c, str) and CLOCK.fullmatch(c) is not None)
        or (isinstance(c, float) and 0 <= c < 1)
        for c in some
    )
    return bool(some) and 2 * clocks > len(some)


def may_be_clocks(cells: np.ndarray, *, headed_so: bool) -> bool:
    """Whether a column beside one of dates holds clock times: 0800, 830, 14, 0.5 are some where nothing in it is a date.

    headed_so: its heading says clock times, so that cells that cannot be read do not make it a column of dates.
    """
    some = _distinct(cells)
    dates = sum(_is_date(c) for c in some)
    if not some or 2 * dates > len(some):
        return False
    read = int((parse_clocks(np.array([*some, None], dtype=object)).seconds != NO_TIME).sum())
    return headed_so or (not dates and 2 * read > len(some))


def _is_date(cell: object) -> bool:
    if isinstance(cell, str):
        return DATE.fullmatch(cell) is not None or (
            SERIAL.fullmatch(cell) is not None and float(cell) >= DAYS_LONG_AGO
        )
    if isinstance(cell, dt.date):
        return cell.year >= 1910
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell >= DAYS_LONG_AGO


def _distinct(cells: np.ndarray) -> list[object]:
    """The different filled cells at the head of a column."""
    filled = cells[: 20 * SAMPLE]
    return [
        c for c in pd.unique(filled[~pd.isna(filled)])[:SAMPLE] if not (isinstance(c, str) and not c.strip())
    ]
