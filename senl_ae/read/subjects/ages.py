"""How old a subject was, in years, where a column beside the age says its unit: a child of 30 months is not 30."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.values.measured import Values, chosen, is_filled
from senl_ae.read.words.kinds import parse_number
from senl_ae.vocabulary.items import Items

UNIT = "age_unit"


def ages(layout: Layout, rows: Rows, items: Items) -> Values:
    """The age column of a sheet in years; empty where it has none.

    Each row's unit is the one of its own cell, else of the unit column, else of the heading, else years. A unit that is not
    known is refused for the sheet, for no limit of an age may be applied by guess; an age without a unit among others in
    months is set aside.
    """
    headings, units = layout.claims("age", "subjects"), layout.claims(UNIT, "subjects")
    if not headings:
        return Values()
    if not units:
        parsed = chosen(layout, "age", "subjects", rows, items)[0]
        return Values(
            {"age": parsed[1].values["age"]}, {"age": parsed[0].letter}, {"age": parsed[1].set_aside}
        )
    heading, item = headings[0], items.by_name["age"]
    cells, unit = rows.cells(heading.index), _unit_of_rows(rows, units[0].index)
    _refuse_unknown(rows, cells, unit, items, units[0].letter, units[0].text)
    bare = np.flatnonzero(~is_filled(unit) & is_filled(cells))
    others = {items.by_name["age"].conversion(str(u)) for u in pd.unique(unit[is_filled(unit)])} - {
        item.conversion("years"),
        None,
    }
    if len(bare) and others and heading.unit is None:
        found, expected = (
            "an age without a unit, in a column whose other ages are not all in years",
            "the unit of this age",
        )
        rows.add(
            "set aside", "age-without-unit", heading.letter, bare, found, expected, "the age is not used"
        )
        cells = cells.copy()
        cells[bare] = None
    known = np.array([u if u is not None and item.reads(u) else heading.unit for u in unit], dtype=object)
    parsed_number = parse_number(cells, item, unit=known)
    rows.report(parsed_number.problems, heading.letter, heading.text)
    return Values(
        {"age": parsed_number.values["age"]}, {"age": heading.letter}, {"age": parsed_number.set_aside}
    )


def _unit_of_rows(rows: Rows, column: int) -> np.ndarray:
    codes, distinct = pd.factorize(rows.cells(column))
    return np.array([*(str(v).strip() or None for v in distinct), None], dtype=object)[codes]


def _refuse_unknown(
    rows: Rows, cells: np.ndarray, unit: np.ndarray, items: Items, letter: str, heading: str
) -> None:
    """Words for a unit that are none: named once, with their rows."""
    item = items.by_name["age"]
    used = unit[is_filled(unit) & is_filled(cells)]
    unknown = [str(u) for u in pd.unique(used) if not item.reads(str(u))]
    if unknown:
        said = ", ".join(f'"{u[:30]}"' for u in unknown[:5])
        number = int(np.isin(unit, unknown).sum())
        rows.about_sheet(
            "refuse",
            "unknown-age-unit",
            f'"{heading}" says {said} in {number} rows, which is no known unit of an age',
            ", ".join(item.known_units),
            "mend the unit: limits of blood pressure and of laboratory values go by the age",
            letter,
        )
