"""A whole column of dates in one form, read at once: spreadsheet dates, YYYY-MM-DD texts, day numbers."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import Times
from senl_ae.study import DAY, NO_TIME

EPOCH = date(1970, 1, 1).toordinal()
YEARS = range(1900, 2300)
SERIALS = (3654.0, 146_000.0)
"""Spreadsheet day numbers taken for dates: from 1910 to 2299."""
YMD = re.compile(r"^(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)(.*)$")


def days_since_1970(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - EPOCH


def typed_column(values: np.ndarray) -> Times | None:
    """A column of spreadsheet dates, all of one type, without looking at each."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("datetime", "date"):
        return None
    try:
        at = pd.to_datetime(values, cache=False).to_numpy()
    except (ValueError, TypeError):
        return None
    return (
        _of_datetimes(at.astype("datetime64[us]"), None) if at.dtype.kind == "M" else None
    )  # else: cells with a time zone


def iso_column(values: np.ndarray) -> Times | None:
    """A column in which every text is YYYY-MM-DD, with or without hours, minutes and seconds, all alike."""
    if pd.api.types.infer_dtype(values, skipna=True) != "string":
        return None
    blank = pd.isna(values)
    texts = values[~blank]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    form = (
        {10: "%Y-%m-%d", 16: "%Y-%m-%d{}%H:%M", 19: "%Y-%m-%d{}%H:%M:%S"}.get(int(lengths[0]))
        if len(texts)
        else None
    )
    if form is None or (lengths != lengths[0]).any() or not YMD.match(texts[0]):
        return None
    between = texts[0][10:11]
    read = (
        pd.to_datetime(texts, format=form.format(between), errors="coerce", cache=False)
        .to_numpy()
        .astype("datetime64[us]")
    )
    if between not in ("", " ", "T") or np.isnat(read).any():
        return None
    at = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
    at[~blank] = read
    return _of_datetimes(at, ~blank if between else np.zeros(len(values), dtype=bool))


def _of_datetimes(at: np.ndarray, has_clock: np.ndarray | None) -> Times | None:
    """Times of a whole column; has_clock None: where the time is not midnight. None when a year cannot be."""
    blank = np.isnat(at)
    seconds = np.where(blank, NO_TIME, (at.astype(np.int64) + 500_000) // 1_000_000)
    lowest, highest = days_since_1970(YEARS.start, 1, 1) * DAY, days_since_1970(YEARS.stop, 1, 1) * DAY
    if ((seconds < lowest) & ~blank).any() or (seconds >= highest).any():
        return None
    midnight = blank | (seconds % DAY == 0)
    return Times(
        seconds, ~midnight if has_clock is None else has_clock, midnight, [], np.zeros(len(at), dtype=bool)
    )


def serial_column(values: np.ndarray, date1904: bool) -> Times | None:
    """A column that holds only the day numbers of a spreadsheet."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("integer", "floating", "mixed-integer-float"):
        return None
    try:
        days = values.astype(np.float64)
    except (OverflowError, TypeError, ValueError):
        return None
    blank = np.isnan(days)
    if not (blank | ((days >= SERIALS[0]) & (days <= SERIALS[1]))).all():
        return None
    seconds = np.where(
        blank, NO_TIME, np.rint((np.where(blank, 0, days) - day_zero(date1904)) * DAY).astype(np.int64)
    )
    midnight = blank | (seconds % DAY == 0)
    return Times(seconds, ~midnight, midnight, [], np.zeros(len(days), dtype=bool))


def day_zero(date1904: bool) -> int:
    """The spreadsheet's day number of 1970-01-01."""
    return 24107 if date1904 else 25569
