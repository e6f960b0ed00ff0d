"""Numbers in their units: which unit a value is in, what it is in the item's unit, and whether it can be true."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import (
    Column,
    Labs,
    Problem,
    Remark,
    distinct,
    plain,
    problems_of,
    shown,
    spread,
)
from senl_ae.read.cells.implausible import implausible, out_of_range
from senl_ae.read.cells.numbers import Said, common, said_by, settle_commas, within
from senl_ae.read.cells.scores import cause_of_date, day_and_month, score_in_date, was_a_date
from senl_ae.vocabulary.folding import whole_words
from senl_ae.vocabulary.items import Conversion, Item, fold_unit, word_key

_PLAIN = re.compile(r"\s*[+-]?\d{1,15}(?:\.\d{1,15})?\s*", re.ASCII).fullmatch
NUMERIC = ("integer", "floating", "mixed-integer-float", "empty")


@dataclass
class _Read:
    """The distinct cells of a column, read: ends, target unit, comparator, whether each is set aside, and remarks."""

    value: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    comparator: np.ndarray
    set_aside: np.ndarray
    remarks: list[tuple[int, Remark]]


def parse_number(values: np.ndarray, item: Item, *, unit: str | np.ndarray | None = None) -> Column:
    """Read numbers in the item's unit; implausible ones are set aside. unit: of the heading, or one per row (unit column).

    A unit in the cell wins over the heading's. A range is kept where the item keeps both ends, else it is set aside; so is "<38"."""
    if isinstance(unit, np.ndarray):
        return _per_unit(values, item, unit)
    conversion = item.conversion(unit)
    if conversion is None:
        return _unknown_unit(values, item, str(unit))
    if pd.api.types.infer_dtype(values, skipna=True) in NUMERIC:
        fast = _all_numbers(values, item, conversion, stated=unit is not None)
        if fast is not None:
            return fast
    codes, cells = distinct(values)
    read = _read_cells(cells, item, conversion, unit, keep_comparator=False)
    column = {item.column: spread(read.value, codes, np.float64, math.nan)}
    if item.upper:
        column[f"{item.column}_upper"] = spread(read.upper, codes, np.float64, math.nan)
    return Column(column, problems_of(read.remarks, codes), spread(read.set_aside, codes, np.bool_, False))


def parse_lab(values: np.ndarray, item: Item, *, unit: str | np.ndarray | None = None) -> Labs:
    """Read the values of one test in the unit reported: powers of ten are rescaled to the item's unit, molar units never converted.

    unit: of the heading, or one per row. A unit the test does not know sets the value aside; no unit leaves `unit` None."""
    if isinstance(unit, np.ndarray):
        return _labs_per_unit(values, item, unit)
    codes, cells = distinct(values)
    conversion = item.conversion(unit)
    if conversion is None:
        bad = _unknown_unit(values, item, str(unit))
        nothing = np.full(len(values), None, dtype=object)
        nan = np.full(len(values), math.nan)
        return Labs(nan, nan.copy(), nothing, nothing.copy(), bad.problems, bad.set_aside)
    read = _read_cells(cells, item, conversion, unit, keep_comparator=True)
    return Labs(
        spread(read.value, codes, np.float64, math.nan),
        spread(read.upper, codes, np.float64, math.nan),
        spread(read.unit, codes, object, None),
        spread(read.comparator, codes, object, None),
        problems_of(read.remarks, codes),
        spread(read.set_aside, codes, np.bool_, False),
    )


def parse_limit(values: np.ndarray, item: Item, *, unit: str | np.ndarray | None = None) -> Labs:
    """Read limits of a reference range as the values of the test are read; 0 is a limit, though no result can be so low.

    A unit that the test does not know is told of with the values, not again with their limits."""
    read = parse_lab(values, _as_limit(item), unit=unit)
    return replace(read, problems=[p for p in read.problems if not p.whole])


def _as_limit(item: Item) -> Item:
    return replace(
        item,
        plausible=_from_zero(item.plausible),
        plausible_in={u: _from_zero(b) for u, b in item.plausible_in.items()},
    )


def _from_zero(bounds: Mapping[str, float]) -> dict[str, float]:
    return {op: min(bound, 0.0) if op in ("ge", "gt") else bound for op, bound in bounds.items()}


def convert(values: np.ndarray, item: Item, unit: str | None) -> tuple[np.ndarray, str | None]:
    """Numbers already read (limits of normal, say) in the target unit of `unit`, and that unit; all NaN when the unit is unknown."""
    conversion = item.conversion(unit)
    if conversion is None:
        return np.full(len(values), math.nan), None
    return conversion.apply(np.asarray(values, dtype=np.float64)), conversion.to or None


# ---------------------------------------------------------------- whole columns of numbers


def _all_numbers(values: np.ndarray, item: Item, conversion: Conversion, stated: bool) -> Column | None:
    """A column that holds only numbers and blanks, without looking at each; None when a number is too large or infinite."""
    try:
        raw = values.astype(np.float64)
    except (OverflowError, TypeError, ValueError):
        return None
    if np.isinf(raw).any():
        return None
    x = _from_fraction(raw, item, conversion)
    bounds = item.bounds_in(conversion.to)
    bad = (~within(x, bounds) | _broken(x, item)) & ~np.isnan(x)
    remarks: list[tuple[int, Remark]] = []
    codes = np.full(len(values), -1)
    if bad.any():
        wrong, inverse = np.unique(raw[bad], return_inverse=True)
        codes[bad] = inverse
        remarks = out_of_range([(i, float(w), float(w)) for i, w in enumerate(wrong)], item, conversion)
        x = np.where(bad, math.nan, x)
    column = {item.column: x}
    if item.upper:
        column[f"{item.column}_upper"] = np.full(len(values), math.nan)
    return Column(column, problems_of(remarks, codes), bad)


def _broken(x: np.ndarray, item: Item) -> np.ndarray:
    """Scores that are no whole number: nobody gives half a point."""
    return np.asarray(x != np.floor(x)) if item.unit == "points" else np.zeros(len(x), dtype=bool)


def _from_fraction(raw: Any, item: Item, conversion: Conversion) -> Any:
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


# ---------------------------------------------------------------- cell by distinct cell


def _read_cells(
    cells: Sequence[Any], item: Item, column: Conversion, stated: str | None, *, keep_comparator: bool
) -> _Read:
    """Read distinct cells: those that are plain numbers all at once, the others one by one."""
    n = len(cells)
    raw = np.fromiter((_plain_number(cell) for cell in cells), np.float64, n)
    value = _from_fraction(raw, item, column)
    default = column.to if stated or not (item.is_lab and item.units_said) else None
    unit, comparator = np.full(n, default or None, dtype=object), np.full(n, None, dtype=object)
    bad = ~np.isnan(raw) & (~within(value, item.bounds_in(column.to)) | _broken(value, item))
    read = _Read(np.where(bad, math.nan, value), np.full(n, math.nan), unit, comparator, bad, [])
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
    read: _Read,
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
            _from_fraction(v, item, conversion) if bare else conversion.apply(v)
            for v in (said.value, said.upper)
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


def _unknown_unit(values: np.ndarray, item: Item, unit: str) -> Column:
    """A whole column in a unit the item does not know: one problem with every row that holds something."""
    codes, _ = distinct(values)
    rows = np.flatnonzero(codes >= 0)
    nan = np.full(len(values), math.nan)
    known = ", ".join(item.known_units) or "no unit"
    name = item.name.replace("_", " ")
    found = f"{name} in {shown(unit)}, which is no known unit of it"
    problem = Problem(rows, "unit-unknown", "set aside", found, known, "not used", whole=True)
    column = {item.column: nan} | ({f"{item.column}_upper": nan.copy()} if item.upper else {})
    return Column(column, [problem] if len(rows) else [], codes >= 0)


# ---------------------------------------------------------------- a unit per row


def _groups(units: np.ndarray) -> list[tuple[str | None, np.ndarray]]:
    """The rows of each distinct unit; blank units are None."""
    codes, cells = distinct(units)
    return [
        (None if code < 0 else str(cells[code]).strip(), np.flatnonzero(codes == code))
        for code in np.unique(codes)
    ]


def _moved(problems: Sequence[Problem], rows: np.ndarray) -> list[Problem]:
    return [replace(p, rows=rows[p.rows]) for p in problems]


def _per_unit(values: np.ndarray, item: Item, units: np.ndarray) -> Column:
    names = [item.column] + ([f"{item.column}_upper"] if item.upper else [])
    out = {name: np.full(len(values), math.nan) for name in names}
    aside = np.zeros(len(values), dtype=bool)
    problems: list[Problem] = []
    for unit, rows in _groups(units):
        part = parse_number(values[rows], item, unit=unit)
        for name in names:
            out[name][rows] = part.values[name]
        aside[rows] = part.set_aside
        problems += _moved(part.problems, rows)
    return Column(out, problems, aside)


def _labs_per_unit(values: np.ndarray, item: Item, units: np.ndarray) -> Labs:
    n = len(values)
    value, upper = np.full(n, math.nan), np.full(n, math.nan)
    unit, comparator = np.full(n, None, dtype=object), np.full(n, None, dtype=object)
    aside = np.zeros(n, dtype=bool)
    problems: list[Problem] = []
    for spelled, rows in _groups(units):
        part = parse_lab(values[rows], item, unit=spelled)
        value[rows], upper[rows], unit[rows], comparator[rows] = (
            part.value,
            part.upper,
            part.unit,
            part.comparator,
        )
        aside[rows] = part.set_aside
        problems += _moved(part.problems, rows)
    return Labs(value, upper, unit, comparator, problems, aside)
