"""Every file of the results is what the schema says it is: columns, order, types, and blank only where blank means something."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from senl_ae.results.folder import read_run
from senl_ae.results.schema import Syndromes, columns_of, in_order, schema

PATTERNS = {
    "grade": r"[0-5]",
    "whole": r"-?\d+",
    "number": r"-?\d+(\.\d+)?(e-?\d+)?",
    "yes": r"[01]",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?",
    "rows": r"[^:]+:[^:]*:\d+(;[^:]+:[^:]*:\d+)*",
    "word": r"[^;\n]+",
    "words": r"[^\n]+",
    "text": r"(?s).+",
}


@pytest.fixture
def folder(graded_sample: Path) -> Path:
    return graded_sample


def syndromes(folder: Path) -> Syndromes:
    names = tuple(scale["syndrome"] for scale in read_run(folder)["scales"])
    return Syndromes(names, names)


@pytest.mark.parametrize("name", sorted(schema()))
def test_a_file_of_the_sample_holds_what_the_schema_says(folder: Path, name: str) -> None:
    rows = list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8", newline="")))
    columns = columns_of(name, syndromes(folder))
    first, last = ([column.name for column in columns if column.last is end] for end in (False, True))
    names = list(rows[0])
    assert names[: len(first)] == first and names[len(names) - len(last) :] == last
    assert schema()[name].rest or names == first + last
    for column in columns:
        found = {row[column.name] for row in rows}
        assert column.blank != "never" or "" not in found, column.name
        wrong = [value for value in found if value and not re.fullmatch(PATTERNS[column.holds], value)]
        assert wrong == [], column.name


def test_every_file_of_a_run_is_in_the_schema(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.csv")} == set(schema())


def test_a_column_that_the_schema_does_not_know_is_never_written() -> None:
    told = {name: [] for name in ("subject_id", "ice_lowest", "capd_highest", "seizure")}
    assert list(in_order("neuro_figures", dict(reversed(told.items())), Syndromes((), ()))) == list(told)
    with pytest.raises(KeyError, match="weight"):
        in_order("neuro_figures", told | {"weight": []}, Syndromes((), ()))


def test_a_third_syndrome_has_its_columns_where_the_contract_puts_them() -> None:
    some = Syndromes(("CRS", "ICANS", "TOY"), ("CRS", "ICANS"))
    names = [column.name for column in columns_of("patients", some)]
    assert names.index("crs_rules") + 1 == names.index("icans_days_seen")
    assert names.index("icans_rules") < names.index("flags") < names.index("toy_days_seen")
    given = [column.name for column in columns_of("treatments", some)]
    assert given[8:] == ["given_in", "given_in_icans", "premedication", "class", "given_in_toy"]
