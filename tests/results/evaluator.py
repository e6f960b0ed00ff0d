"""A little evaluator of its own: what the rules of a table give for one row of values.csv, from the TOML alone."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TABLES = Path(__file__).resolve().parents[2] / "grading_tables"
Row = Mapping[str, str]


def tables(folder: Path = TABLES) -> dict[str, dict[str, Any]]:
    """Syndrome -> its table as it is parsed."""
    read = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml")))
    return {
        table["scale"]["syndrome"]: table
        for table in read
        if table.get("scale", {}).get("course") in ("signs", "grades", None) and "scale" in table
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def worse(row: Row) -> dict[str, str]:
    """The row at the worse end."""
    return {**row, **dict(part.split("=", 1) for part in row["worse"].split(";") if part)}


def cell_holds(said: str, op: str, bound: Any, row: Row) -> bool:
    if said == "":
        return False
    if op in ("is", "in"):
        return said in ([bound] if op == "is" else bound)
    if isinstance(bound, dict):
        if row.get(bound["of"], "") == "":
            return False
        bound = float(row[bound["of"]]) * bound.get("times", 1) + bound.get("plus", 0)
    number = float(said)
    same = math.isclose(number, bound, rel_tol=1e-12)
    return {
        "ge": number > bound or same,
        "gt": number > bound and not same,
        "le": number < bound or same,
        "lt": number < bound and not same,
        "eq": same,
    }[op]


def holding(table: Mapping[str, Any], row: Row) -> Iterator[dict[str, Any]]:
    """The rules of a table that hold in a row."""
    for rule in table["rule"]:
        if all(
            cell_holds(row.get(item, ""), op, bound, row)
            for item, cell in rule["when"].items()
            for op, bound in cell.items()
        ):
            yield rule


def floor(table: Mapping[str, Any], row: Row) -> tuple[str, str]:
    """The grade that a row proves and the rules that set it; blank where nothing can be said. Behind a gate that is closed: none."""
    needs = table["scale"].get("zero_needs", ())
    nothing = "0" if any(row.get(item, "") for item in needs) else ""
    found = [rule for rule in holding(table, row) if "grade" in rule]
    if row.get("fever_gate") == "closed":
        found = [rule for rule in found if rule["axis"] == "death"]
    highest = max((rule["grade"] for rule in found), default=0)
    ids = ";".join(rule["id"] for rule in found if rule["grade"] == highest)
    return (str(highest), ids) if highest else (nothing, "")
