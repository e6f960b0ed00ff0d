"""What the cells of a column of numbers say, one by one: the value in its unit, the bound or range that it is, or why it is none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Remark, plain, shown
from senl_ae.read.cells.implausible import implausible, out_of_range
from senl_ae.read.cells.numbers import Said, common, said_by, settle_commas, within
from senl_ae.read.cells.scores import cause_of_date, day_and_month, score_in_date, was_a_date
from senl_ae.vocabulary.folding import whole_words
from senl_ae.vocabulary.items import Conversion, Item, fold_unit, word_key

_PLAIN = re.compile(r"\s*[+-]?\d{1,15}(?:\.\d{1,15})?\s*", re.ASCII).fullmatch


@dataclass
class Read:
    """The distinct cells of a column, read: ends, target unit, comparator, whether each is set aside, and remarks."""

    value: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    comparator: np.ndarray
    set_aside: np.ndarray
    remarks: list[tuple[int, Remark]]


def is_broken(x: np.ndarray, item: Item) -> np.ndarray:
    """Scores that are no whole number: nobody gives half a point."""
    return np.asarray(x != np.floor(x)) if item.unit == "points" else np.zeros(len(x), dtype=bool)


def converted(raw: Any, item: Item, conversion: Conversion) -> Any:
    """Convert; a bare number of at most 1 is a fraction of 100 % where the item says so, whatever the heading's unit."""
    if not item.fraction:
        return conversion.apply(raw)
    is_fraction = (raw > 0) & (raw <= 1)
    if isinstance(raw, float):
        return (
            round(raw * 100, 10) if is_fraction else raw if conversion.times == 100 else conversion.apply(raw)
        )
    percent = raw if conversion.times == 100 else conversion.apply(raw)
    return np.where(
        is_fraction, (np.where(is_fraction, raw, 0) * 100).round(10), percent
    )  # of fractions only: 1e308 has no percent


def read_cells(
    cells: Sequence[Any], item: Item, column: Conversion, stated: str | None, *, keep_comparator: bool
) -> Read:
    """Read distinct cells: those that are plain numbers all at once, the others one by one."""
    n = len(cells)
    raw = np.fromiter((_plain_number(cell) for cell in cells), np.float64, n)
    value = converted(raw, item, column)
    default = column.to if stated or not (item.is_lab and item.units_said) else None
    unit, comparator = np.full(n, default or None, dtype=object), np.full(n, None, dtype=object)
    bad = ~np.isnan(raw) & (~within(value, item.bounds_in(column.to)) | is_broken(value, item))
    read = Read(np.where(bad, math.nan, value), np.full(n, math.nan), unit, comparator, bad, [])
    read.remarks += out_of_range(
        [(i, float(raw[i]), cells[i]) for i in np.flatnonzero(bad).tolist()], item, column
    )
    unit[bad] = None
    others = np.flatnonzero(np.isnan(raw)).tolist()
    bounds = item.bounds_in(column.to) if column.is_identity and not item.fraction else {}
    dotted = any(isinstance(cell, str) and "." in cell for cell in cells)
    all_said = settle_commas([_said_of(cells[i], item) for i in others], bounds, dotted=dotted)
    for i, said in zip(others, all_said, strict=True):
        _read_one(read, i, cells[i], said, item, column, default, keep_comparator)
    return read


_YEARS_AND_MONTHS = re.compile(
    r"(\d{1,3})\s*(?:years?|yrs?|y|岁|周岁)\s*(?:零|and)?\s*(\d{1,2})\s*(?:months?|mos?|m|个?月)"
)


def _said_of(cell: Any, item: Item) -> Said:
    """What a cell says; the item's own name before the number ("RASS -2", "FiO2 40 %") adds nothing; 5y6m is five years and a half."""
    said = said_by(cell)
    if (said.problem or said.unit) and item.unit == "points" and day_and_month(cell):
        score = score_in_date(cell, item)
        return Said(problem="not-a-number") if score is None else Said(score)
    if said.problem == "unreadable" and isinstance(cell, str):
        text = plain(cell)
        without = whole_words(tuple(plain(a.text).casefold() for a in item.aliases)).match(text.casefold())
        if without:
            return said_by(text[without.end() :].lstrip(" :="))
    if (
        item.unit == "years"
        and isinstance(cell, str)
        and (age := _YEARS_AND_MONTHS.fullmatch(plain(cell).casefold()))
    ):
        return Said(int(age[1]) + int(age[2]) / 12, unit="years")
    return said


def _plain_number(cell: Any) -> float:
    """The number of a cell that is plainly one; NaN for every other cell."""
    if isinstance(cell, str):
        return float(cell) if _PLAIN(cell) else math.nan
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else math.nan
    return float(cell) if type(cell) is int and abs(cell) < 1e15 else math.nan


def _read_one(
    read: Read,
    i: int,
    cell: Any,
    said: Said,
    item: Item,
    column: Conversion,
    default: str | None,
    keep_comparator: bool,
) -> None:
    """Read one distinct cell that is more than a plain number."""
    remark = _refusal(cell, said, item, keep_comparator)
    conversion, note = _cell_unit(said, item, column)
    if remark is None and conversion is None:
        remark = _unknown_cell_unit(cell, said, item)
    value = upper = math.nan
    target: str | None = None
    if remark is None and conversion is not None:
        bare = conversion is column
        value, upper = (
            converted(v, item, conversion) if bare else conversion.apply(v) for v in (said.value, said.upper)
        )
        target = default if bare else conversion.to
        if said.comparator and not keep_comparator:
            value, upper = _bounded(value, said.comparator, item)
        if not _plausible(value, upper, item.bounds_in(conversion.to)):
            remark = implausible(said.value, item, conversion, cell)
            value = upper = math.nan
    if remark is None and item.unit == "points" and (score := score_in_date(cell, item)) is not None:
        remark = was_a_date(cell, score, item)
    remark = remark or note
    if remark is not None:
        read.remarks.append((i, remark))
    read.value[i], read.upper[i] = value, upper
    unread = math.isnan(value)
    read.unit[i] = None if unread else target or None
    read.comparator[i] = None if unread else said.comparator
    read.set_aside[i] = unread and said.problem != "blank"


def _bounded(value: float, comparator: str, item: Item) -> tuple[float, float]:
    """The lower and upper end that a bound leaves: ">6" is from 6 to the highest that can be, "<=6" from the lowest to 6."""
    low, high = item.plausible.get("ge", value), item.plausible.get("le", value)
    return (value, high) if comparator.startswith(">") else (low, value)


def _plausible(value: float, upper: float, bounds: Mapping[str, float]) -> bool:
    return bool(within(value, bounds)) and (math.isnan(upper) or bool(within(upper, bounds)))


def _cell_unit(said: Said, item: Item, column: Conversion) -> tuple[Conversion | None, Remark | None]:
    """How a cell's number is converted: by its own unit, else by the column's. Flags and bracketed remarks are no units."""
    if said.unit is None:
        return column, None
    own = item.conversion(said.unit) if item.reads(said.unit) else None
    if own is not None:
        return own, None
    unit = said.unit.strip("()[] ")
    if word_key(unit) in common("flags") or not fold_unit(unit):
        return column, None
    top = item.plausible.get("le")
    if item.unit == "points" and top is not None and said.unit.replace(" ", "") == f"/{top:g}":
        return column, None
    if said.unit.startswith(("(", "[")) and said.unit.endswith((")", "]")):
        inner = item.conversion(unit) if item.reads(unit) else None
        if inner is not None:
            return inner, None
        if not any(c.isdigit() or c in "/%°" for c in unit):
            found = f"{item.name}: a remark stands in the cell: {shown(said.unit)}"
            return column, Remark("remark-in-cell", "note", found, done="number used")
    return None, None


def _refusal(cell: Any, said: Said, item: Item, keep_comparator: bool) -> Remark | None:
    """Why a cell's number cannot be used, apart from its unit and its size; None when it can."""
    name = item.name.replace("_", " ")
    text = shown(cell)
    if said.problem == "blank":
        return Remark("dash-as-blank", "note", f"{name}: {text}", done="read as blank")
    if said.problem == "missing":
        return Remark("said-missing", "note", f"{name}: {text}", done="read as not recorded")
    if said.problem == "comma-ambiguous":
        whole = f"{said.grouped:g}"
        return Remark(
            "comma-ambiguous",
            "set aside",
            f"{name} {text} may be {said.value:g} or {whole}",
            "a number without a thousands separator",
            "not used",
        )
    if said.problem:
        wrong = f"{name} {text} is no number that can be read{cause_of_date(cell, item)}"
        return Remark("not-a-number", "set aside", wrong, "a number", "not used")
    if not math.isnan(said.upper) and not item.upper:
        found = f"{name} {text} is a range: the value may be either end"
        return Remark("range-not-number", "set aside", found, "one number, the worst measured", "not used")
    if said.comparator and not keep_comparator and not item.upper:
        return Remark(
            "comparator",
            "set aside",
            f"{name} {text} is a bound, not a measured value",
            "a number",
            "not used",
        )
    return None


def _unknown_cell_unit(cell: Any, said: Said, item: Item) -> Remark:
    known = ", ".join(item.known_units) or "no unit"
    name = item.name.replace("_", " ")
    return Remark(
        "unit-unknown",
        "set aside",
        f"{name} {shown(cell)}: {shown(said.unit)} is no known unit of it",
        known,
        "not used",
    )
