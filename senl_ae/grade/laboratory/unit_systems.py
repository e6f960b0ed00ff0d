"""In which system of units each laboratory value is graded, what leads to it, and which units are of no use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.grade.laboratory.values import Bits, Names
from senl_ae.issues import Issue
from senl_ae.study import Labs, Study
from senl_ae.vocabulary.items import Items, fold_unit
from senl_ae.vocabulary.nouns import Conversion


@dataclass(frozen=True)
class UnitSystems:
    """The unit system of each row (`units[unit]`), what leads to it (`times / over`), and marks and issues where the unit is of no use."""

    unit: Whole
    units: list[str]
    times: Numbers
    over: Numbers
    usable: Mask
    marks: Bits
    issues: list[Issue]


def coded(values: Words) -> tuple[Seconds, list[str]]:
    """The different words of a column, and which of them each row has; "" where it has none."""
    code, unique = pd.factorize(values, use_na_sentinel=False)
    return code.astype(np.int64), ["" if pd.isna(u) else str(u) for u in unique]


def unit_systems(
    study: Study, labs: Labs, test: Whole, tests: list[str], items: Items, flags: Names
) -> UnitSystems:
    """The unit system of each row and the exact power of ten that leads to it; a unit the test cannot have is set aside."""
    # the units of another specimen than blood are its own: nobody grades it
    reported = labs.unit.copy()
    reported[~pd.isna(labs.specimen)] = None
    said, spellings = coded(reported)
    width = max(len(spellings), 1)
    pair, pairs = pd.factorize(test * width + said)
    known_anywhere = {folded for item in items.by_name.values() for folded in item.units}
    leads: list[Conversion] = []
    marks: list[int] = []
    issues: list[Issue] = []
    for number, code in enumerate(pairs):
        name, spelling = tests[code // width], spellings[code % width]
        item = items.by_name.get(name)
        conversion = item.conversion(spelling) if item is not None and spelling else None
        known = conversion is not None or item is None or not item.units or not spelling
        leads.append(conversion or Conversion(spelling if known else ""))
        marks.append(0)
        if item is not None and not known:
            problem = "unit-impossible" if fold_unit(spelling) in known_anywhere else "unit-unknown"
            marks[-1] = flags.bit(problem)
            rows = labs.rows(pair == number)
            issues += _issues(study, rows, problem, f"{name} in {spelling!r}", item.known_units)
    units = list(dict.fromkeys(lead.to for lead in leads))
    mark = np.array(marks, dtype=np.int64)[pair]
    return UnitSystems(
        unit=np.array([units.index(lead.to) for lead in leads], dtype=np.int64)[pair],
        units=units,
        times=np.array([lead.times for lead in leads], dtype=float)[pair],
        over=np.array([lead.over for lead in leads], dtype=float)[pair],
        usable=mark == 0,
        marks=mark,
        issues=issues,
    )


def _issues(study: Study, labs: Labs, problem: str, found: str, known: list[str]) -> Iterator[Issue]:
    """One issue per sheet, test and unit, at the first row that has it."""
    for sheet in np.unique(labs.sheet):
        place, here = study.sheets[sheet], labs.row[labs.sheet == sheet]
        n = len(here)
        yield Issue(
            "set aside",
            problem,
            file=place.file,
            sheet=place.sheet,
            row=int(here.min()),
            column=place.columns.get("unit", "") or "unit",
            found=found + (f" ({n} rows, this is the first)" if n > 1 else ""),
            expected=", ".join(known),
            done="not graded; kept in labs.csv",
        )
