"""Every sentence about a row of a results table holds: what was asked, flagged, counted and given, for the record of one subject.

`golden/tables.csv`: `given` is a record (golden/sentences.py); `table` a file of the results; `row` and `then` hold `column=text`
separated by ` , `. Of the subject's rows that agree with `row` there is one, and it says what `then` holds (`*` stands for any text);
`rows=N` counts them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.writing.csv_text import number_text
from tests.golden.sentences import MOMENT, Case, moment, write_study

ROWS = list(
    csv.DictReader(
        (Path(__file__).parents[1] / "golden" / "tables.csv").read_text(encoding="utf-8").splitlines()
    )
)
SETTINGS: Mapping[str, Settings] = {"strict": Settings(fever_gate="strict")}
Tables = Mapping[str, list[dict[str, str]]]


def text_of(value: Any) -> str:
    """A value as its table is written."""
    if value is None or isinstance(value, str):
        return value or ""
    return number_text(float(value))


def said(cell: str) -> dict[str, str]:
    """`a=1 , b=D3 08:00` as a dict, moments as the calendar has them."""
    out = {}
    for part in filter(None, cell.split(" , ")):
        name, _, value = part.strip().partition("=")
        found = re.fullmatch(MOMENT, value)
        out[name] = (moment(value) + (":00" if found[2] else "")) if found else value
    return out


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tables of a study, read and graded when its first row asks: every row of the file is a subject of it."""

    @cache
    def of(study: str) -> Tables:
        cases = [
            Case("", f"{i:03}", study, r["given"], "") for i, r in enumerate(ROWS) if r["study"] == study
        ]
        settings = SETTINGS.get(study, Settings())
        files = write_study(tmp_path_factory.mktemp(study or "default"), cases, study)
        found = grade_in_memory(read_study(files, settings), settings, checked_scales([]), values=True)[1]
        return {
            name: [
                dict(zip(table, map(text_of, row), strict=True)) for row in zip(*table.values(), strict=True)
            ]
            for name, table in found.items()
        }

    return of


@pytest.mark.parametrize("number", range(len(ROWS)), ids=lambda n: ROWS[n]["case"])
def test_a_row_of_the_results_says(number: int, tables: Any) -> None:
    case, wanted = ROWS[number], said(ROWS[number]["then"])
    mine = {"subject_id": f"{number:03}"} | said(case["row"])
    rows = [r for r in tables(case["study"])[case["table"]] if mine.items() <= r.items()]
    assert len(rows) == int(wanted.pop("rows", 1))
    wrong = [(n, r[n]) for r in rows for n, text in wanted.items() if not fnmatchcase(r[n], text)]
    assert wrong == [], f"not {wanted}"
