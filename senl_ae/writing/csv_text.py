"""How a table becomes CSV text: the same bytes on every machine, and no cell that a spreadsheet program would run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Text that a spreadsheet program would take for a formula gets an apostrophe in front; control characters become spaces."""
    cleaned = text if text.isprintable() else "".join(c if c >= " " or c in "\t\n\r" else " " for c in text)
    return f"'{cleaned}" if _is_guarded(cleaned) else cleaned


def _is_guarded(text: str) -> bool:
    """Whether text needs an apostrophe; also where it already has some, so that taking one off gives back what was there."""
    return text.lstrip("'").startswith(RISKY_STARTS)


def plain_text(text: str) -> str:
    """Text as it was before `safe_text` guarded it."""
    return text[1:] if text.startswith("'") and _is_guarded(text) else text


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def number_text(value: float) -> str:
    """A number as short as it can be written and read back: 3, 0.5, blank for missing."""
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def text_column(values: Any) -> np.ndarray:
    """A column as CSV cells, quoted where needed. Plain text passes as it is; of all else each distinct value is written once."""
    array = np.asarray(values)
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.dtype.kind == "O" and _is_plain(array):
        return array
    if array.dtype.kind in "iub":
        codes, whole = pd.factorize(array.astype(np.int64))
        return np.array([*map(str, whole.tolist()), ""], dtype=object)[codes]
    codes, found = pd.factorize(array)
    return np.array([*(_cell(value) for value in found.tolist()), ""], dtype=object)[codes]


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return quoted(safe_text(value))
    return (
        number_text(float(value))
        if isinstance(value, (int, float, np.number))
        else quoted(safe_text(str(value)))
    )


def _is_plain(cells: np.ndarray) -> bool:
    """Whether every cell is text that can stand in a CSV as it is: asked of all cells joined by line feeds, which costs little."""
    try:
        whole = "\n".join(cells.tolist())
    except TypeError:  # a cell that is missing or no text
        return False
    text = ("\n" + whole).encode("utf-8", "surrogatepass")
    control = np.count_nonzero(
        np.frombuffer(text, dtype=np.uint8) < ord(" ")
    )  # the joints alone, if the cells have none
    if control != max(len(cells), 1) or b"," in text or b'"' in text:
        return False
    return not any(start in text and b"\n" + start in text for start in (b"=", b"+", b"-", b"@", b"'"))


PIECE_ROWS = 100_000
"""Rows made into text at a time: a whole large table as one text would take several times its size in memory."""


def csv_pieces(columns: Mapping[str, Any]) -> Iterator[str]:
    """A table as CSV with LF line ends, columns in the order given: the headings, then some rows at a time."""
    yield ",".join(quoted(safe_text(name)) for name in columns) + "\n"
    cells = [text_column(values) for values in columns.values()]
    for start in range(0, len(cells[0]) if cells else 0, PIECE_ROWS):
        piece = (column[start : start + PIECE_ROWS].tolist() for column in cells)
        yield "\n".join(map(",".join, zip(*piece, strict=True))) + "\n"


def csv_text(columns: Mapping[str, Any]) -> str:
    """A whole table as CSV."""
    return "".join(csv_pieces(columns))
