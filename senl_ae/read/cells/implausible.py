"""What is said of a number that cannot be true: as it was read, as it was converted, and which unit it looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from senl_ae.read.cells.columns import Remark, shown
from senl_ae.read.cells.numbers import is_missing_code, within
from senl_ae.vocabulary.items import Conversion, Item, fold_unit

LOOKS_LIKE = "looks like"


def out_of_range(
    cells: Sequence[tuple[int, float, Any]], item: Item, conversion: Conversion
) -> list[tuple[int, Remark]]:
    """What is said of numbers that the item cannot have, given as (code, number, cell): a code for "missing" (99, -99, 999) is a note.

    Not so where 99 looks like another unit and so do other numbers of the column: 99 beside 100.4 is a temperature in Fahrenheit."""
    said = [
        (code, implausible(raw, item, conversion, cell), is_missing_code(cell)) for code, raw, cell in cells
    ]
    other_unit = any(LOOKS_LIKE in remark.found for _, remark, is_code in said if not is_code)
    name = item.name.replace("_", " ")
    return [
        (
            code,
            _missing(name, cell) if is_code and not (other_unit and LOOKS_LIKE in remark.found) else remark,
        )
        for (code, remark, is_code), (_, _, cell) in zip(said, cells, strict=True)
    ]


def _missing(name: str, cell: Any) -> Remark:
    return Remark(
        "code-for-missing", "note", f"{name} {shown(cell)} is a code for missing", done="read as not recorded"
    )


def implausible(raw: float, item: Item, conversion: Conversion, cell: Any = None) -> Remark:
    """Say that a value cannot be true, as it was read and converted, and which unit it looks like, if it does."""
    bounds = item.bounds_in(conversion.to)
    low = bounds.get("ge", bounds.get("gt"))
    high = bounds.get("le", bounds.get("lt"))
    span = (
        f"{low:g}-{high:g}"
        if low is not None and high is not None
        else f"at least {low:g}"
        if low is not None
        else f"at most {high:g}"
    )
    unit = "" if conversion.to in ("", "points") or not conversion.to else f" {conversion.to}"
    found = f"{item.name.replace('_', ' ')} {shown(raw if cell is None else cell)}"
    if conversion.is_identity:
        found += f" is outside {span}{unit}"
    else:
        read_in = (
            ""
            if isinstance(cell, str) and any(c.isalpha() for c in cell)
            else f" {_sign(_name_of(item, conversion))}"
        )
        found += f"{read_in} is {conversion.apply(float(raw)):.4g}{unit}, outside {span}{unit}"
    expected = f"{span}{unit}"
    if item.unit == "points" and within(float(raw), bounds):
        name = item.name.replace("_", " ")
        return Remark(
            "not-whole",
            "set aside",
            f"{name} {shown(raw if cell is None else cell)} is no whole number",
            expected,
            "not used",
        )
    done = "not used"
    if other := _unit_that_fits(raw, item, conversion, bounds):
        spoken = {"F": "Fahrenheit", "C": "Celsius", "fraction": "a fraction"}.get(other, other)
        found += f"{' and' if conversion.is_identity else ', and'} looks like {spoken}"
        done = f'not used. Name the column "{_title(item)} ({_sign(other)})"'
    return Remark("out-of-range", "set aside", found, expected, done)


def _unit_that_fits(raw: Any, item: Item, conversion: Conversion, bounds: Mapping[str, float]) -> str:
    """Another unit of the item in which the number could be true; empty where there is none."""
    for other in dict.fromkeys([item.unit or "", *item.units_said]):
        how = item.units.get(fold_unit(other))
        if how is None or how == conversion or how.to != conversion.to:
            continue
        if not (how.is_identity and conversion.is_identity) and within(how.apply(float(raw)), bounds):
            return other
    return ""


def _name_of(item: Item, conversion: Conversion) -> str:
    """The unit that a conversion converts from."""
    return next(
        (u for u in (item.unit or "", *item.units_said) if item.units.get(fold_unit(u)) == conversion),
        conversion.to,
    )


def _sign(unit: str) -> str:
    return {"F": "°F", "C": "°C"}.get(unit, unit)


def _title(item: Item) -> str:
    return {"temperature": "Temp"}.get(item.name, item.name)
