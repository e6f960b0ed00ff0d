"""What every column of the results is: its type, label and unit, and what blank means; the one list that writing and reading go by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

NUMBERS = frozenset({"grade", "whole", "number", "yes"})
"""Types that are read as numbers; all others are text."""


@dataclass(frozen=True)
class Column:
    """One column of one file. first: its name for the first syndrome of all, where it has one of its own. counted: a table reads it."""

    name: str
    holds: str
    label: str
    blank: str
    unit: str = ""
    first: str = ""
    per: str = ""
    counted: bool = True
    last: bool = False

    @property
    def kind(self) -> type:
        """How the column is read: float (blank is nan) or str."""
        return float if self.holds in NUMBERS else str


@dataclass(frozen=True)
class File:
    """One CSV of the results. `rest` says what the columns hold that the study names itself, "" where there are none."""

    name: str
    row: str
    columns: tuple[Column, ...]
    rest: str = ""


@dataclass(frozen=True)
class Syndromes:
    """The syndromes of a run, in the order of its scales; `placed` those whose scale has a place of its own among the columns."""

    every: tuple[str, ...]
    placed: tuple[str, ...]

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name for name in self.every if name not in self.placed)

    def of(self, per: str) -> tuple[str, ...]:
        """The syndromes that a block of columns stands there for."""
        return self.placed if per == "placed" else self.others


def columns_of(name: str, syndromes: Syndromes) -> list[Column]:
    """The columns of one file of a run, in their order; those of a block follow each other once per syndrome."""
    found: list[Column] = []
    for per, block in groupby(schema()[name].columns, key=lambda column: column.per):
        declared = tuple(block)
        if not per:
            found += declared
        for syndrome in syndromes.of(per) if per else ():
            first = syndrome == syndromes.every[0]
            found += [_named(column, syndrome, first) for column in declared]
    return found


def _named(column: Column, syndrome: str, first: bool) -> Column:
    """A column of a block as it stands there for one syndrome; first: the first of the run."""
    name = column.first if first and column.first else column.name.format(syndrome=syndrome.lower())
    return replace(column, name=name, label=column.label.format(title=syndrome), per="")


def in_order(name: str, table: Mapping[str, Any], syndromes: Syndromes) -> dict[str, Any]:
    """A table with its columns as the schema has them, further ones behind them."""
    columns = columns_of(name, syndromes)
    first, last = ([column.name for column in columns if column.last is end] for end in (False, True))
    further = [column for column in table if column not in (*first, *last)]
    if further and not schema()[name].rest:
        raise KeyError(f"{name}.csv: no column {', '.join(further)} in the schema")
    return {column: table[column] for column in (*first, *further, *last)}


def kinds_of(name: str, syndromes: Sequence[str]) -> dict[str, type]:
    """What a file must bring for the tables, and how each column is read."""
    every = Syndromes(tuple(syndromes), tuple(syndromes))
    return {column.name: column.kind for column in columns_of(name, every) if column.counted}


def figures() -> dict[str, type]:
    """The figures per subject and syndrome, without the name of the syndrome before them, and how each is read."""
    declared = (column for column in schema()["patients"].columns if column.per == "placed")
    return {column.name.removeprefix("{syndrome}_"): column.kind for column in declared}


@lru_cache(maxsize=1)
def schema() -> dict[str, File]:
    """File name without its ending -> what it holds."""
    told = tomllib.loads((Path(__file__).with_name("schema.toml")).read_text(encoding="utf-8"))
    return {
        entry["name"]: File(
            entry["name"],
            entry["row"],
            tuple(_declared(entry["columns"], told["blocks"])),
            entry.get("rest", ""),
        )
        for entry in told["file"]
    }


def _declared(entries: Sequence[Mapping[str, Any]], blocks: Mapping[str, Any]) -> Iterator[Column]:
    for entry in entries:
        own = {key: value for key, value in entry.items() if key != "block"}
        declared = blocks[entry["block"]] if "block" in entry else ({},)
        yield from (Column(**column | own) for column in declared)
