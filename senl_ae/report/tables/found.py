"""Which tables there are: every file of this room that has a TABLE, and one more for each syndrome of the run without a file."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from senl_ae.report import tables
from senl_ae.report.count.cohort import Group, groups_by
from senl_ae.report.count.long_results import TableText, Tally
from senl_ae.report.tables.syndromes.syndrome import further_tables
from senl_ae.report.tables.table import Counting, Table, counted_notes

BY_WORDS = {
    "dose_level": "dose level",
    "age_group": "age group",
    "sex": "sex",
    "disease": "disease",
    "site": "site",
    "cohort": "cohort",
}


@cache
def own_tables() -> tuple[Table, ...]:
    """The tables that have a file in this room or a room inside it, in the order of their numbers."""
    names = sorted(module.name for module in pkgutil.walk_packages(tables.__path__, f"{tables.__name__}."))
    modules = [importlib.import_module(name) for name in names]
    return tuple(sorted((module.TABLE for module in modules if hasattr(module, "TABLE")), key=_in_print))


def tables_of(run: Mapping[str, Any]) -> dict[str, Table]:
    """The tables of a run by name, in the order of print; those of a syndrome only where the run graded it or its file is its own."""
    own = own_tables()
    every = [*own, *further_tables(run, {table.name for table in own})]
    return {table.name: table for table in sorted(every, key=_in_print)}


def families(known: Mapping[str, Table]) -> dict[str, tuple[str, ...]]:
    """One name for several tables."""
    found: dict[str, tuple[str, ...]] = {}
    for table in known.values():
        if table.family:
            found[table.family] = (*found.get(table.family, ()), table.name)
    return found


def _in_print(table: Table) -> tuple[int, str]:
    number = re.match(r"\d+", table.number)
    return int(number[0]) if number else 0, table.number


def tally_for(counting: Counting, table: Table, by: str | None) -> Tally:
    """An empty count of one table, with a column per value of a subject column."""
    groups: tuple[Group, ...] = groups_by(counting.cohort, by)
    if counting.mock and by is not None and len(groups) == 1:
        none = np.zeros(counting.cohort.n, dtype=bool)
        groups = (*(Group(f"{BY_WORDS.get(by, by).capitalize()} {i}", none) for i in (1, 2, 3)), *groups)
    return Tally(table.name, by or "", groups, counting.cohort.ids, counting.ci, counting.mock)


def _and_by(title: str, column: str) -> str:
    """A title with one more thing that the table is by."""
    what, by, things = title.partition(" by ")
    return f"{what} by {', '.join(things.split(' and '))} and {column}" if by else f"{title} by {column}"


def table_text(counting: Counting, table: Table, by: str | None) -> TableText:
    """Number, title and footnotes of a table for one set of columns."""
    title = table.title
    if by is not None:
        title = _and_by(title, BY_WORDS.get(by, by))
    text = TableText(
        table.name,
        table.number,
        title,
        kind=table.kind,
        by_term=table.by_term,
        first_lines=table.first_lines,
        grades=table.grades,
        beside=table.beside,
    )
    if table.scale is not None:
        text = replace(text, scale=table.scale(counting.results.settings))
    elif counting.cohort.source == "reported" or table.reported:
        text = replace(text, title=f"{title}, as reported by the investigator")
    return replace(
        text, footnotes=tuple(table.notes(counting) if table.is_listing else counted_notes(counting, table))
    )
