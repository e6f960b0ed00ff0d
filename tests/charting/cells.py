"""One cell read as one item, for the tests of what is charted in cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from senl_ae.read.words.kinds import Column, parse_column
from senl_ae.vocabulary.items import load_items

ITEMS = load_items()


def column(name: str, *cells: Any) -> Column:
    values = np.empty(len(cells), dtype=object)
    values[:] = cells
    return parse_column(values, ITEMS.by_name[name], ITEMS)


def said(name: str, cell: Any) -> dict[str, Any]:
    """What a cell gives, without what is blank."""
    return {k: v[0] for k, v in column(name, cell).values.items() if v[0] is not None and v[0] == v[0]}


def is_set_aside(name: str, cell: Any) -> bool:
    """Whether a cell gives nothing of its item and is told as a problem that counts."""
    read = column(name, cell)
    blank = all(v[0] is None or v[0] != v[0] for v in read.values.values())
    return bool(blank and read.set_aside[0] and any(p.severity == "set aside" for p in read.problems))


def codes(name: str, *cells: Any) -> list[str]:
    return [p.code for p in column(name, *cells).problems]
