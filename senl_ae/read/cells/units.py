"""Numbers in their units: which unit a value is in, what it is in the item's unit, and whether it can be true."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import Column, Labs, Problem, Remark, distinct, problems_of, shown, spread
from senl_ae.read.cells.implausible import out_of_range
from senl_ae.read.cells.numbers import within
from senl_ae.read.cells.one_number import converted, is_broken, read_cells
from senl_ae.vocabulary.items import Conversion, Item

NUMERIC = ("integer", "floating", "mixed-integer-float", "empty")


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
    read = read_cells(cells, item, conversion, unit, keep_comparator=False)
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
    read = read_cells(cells, item, conversion, unit, keep_comparator=True)
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
    x = converted(raw, item, conversion)
    bounds = item.bounds_in(conversion.to)
    bad = (~within(x, bounds) | is_broken(x, item)) & ~np.isnan(x)
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
