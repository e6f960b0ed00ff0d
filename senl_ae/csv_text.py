"""How a table becomes CSV text: the same bytes on every machine, and no cell that a spreadsheet program would run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Text that a spreadsheet program would take for a formula gets an apostrophe in front; control characters become spaces."""
    cleaned = "".join(c if c >= " " or c in "\t\n\r" else " " for c in text)
    return f"'{cleaned}" if cleaned.startswith(RISKY_STARTS) else cleaned


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def number_text(value: float) -> str:
    """A number as short as it can be written and read back: 3, 0.5, blank for missing."""
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


_SPECIAL = re.compile(r"""[,"\x00-\x09\x0b-\x1f]|(?:^|\n)[=+\-@]""")
"""Anything in cells joined by line feeds that would need a quote, an apostrophe or a space."""


def text_column(values: Any) -> np.ndarray:
    """A column as CSV cells, quoted where needed. Plain columns pass as they are; else the distinct values are looked at one by one."""
    array = np.asarray(values)
    if array.dtype.kind in "iub":
        return array.astype(np.int64).astype(str).astype(object)
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.dtype.kind == "f":
        distinct, codes = np.unique(array, return_inverse=True)
        return np.array([number_text(float(v)) for v in distinct] or [""], dtype=object)[codes]
    if _is_plain(array):
        return array
    codes, found = pd.factorize(array)
    cells = [quoted(safe_text(v)) if isinstance(v, str) else number_text(float(v)) if isinstance(v, (int, float, np.number)) else quoted(safe_text(str(v))) for v in found]
    return np.array([*cells, ""], dtype=object)[codes]


def _is_plain(cells: np.ndarray) -> bool:
    """Whether every cell is text that can stand in a CSV as it is."""
    try:
        whole = "\n".join(cells.tolist())
    except TypeError:  # a cell that is missing or no text
        return False
    return whole.count("\n") == max(len(cells) - 1, 0) and _SPECIAL.search(whole) is None


def csv_text(columns: Mapping[str, Any]) -> str:
    """A whole table as CSV with LF line ends; columns in the order given."""
    cells = [text_column(values) for values in columns.values()]
    head = ",".join(quoted(name) for name in columns)
    if not cells or not len(cells[0]):
        return head + "\n"
    return head + "\n" + "\n".join(map(",".join, zip(*cells, strict=True))) + "\n"
