"""Fifty real intensive-care patients (not CAR-T): engineering claims only. Skips where the file is not beside the checkout."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from senl_ae.run import grade_files
from senl_ae.settings import Settings

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "icu_dev.xlsx"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real file is not part of the project")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("real") / "out"
    grade_files([REAL], Settings(), out=out, workbook=False)
    return out


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_row_is_graded_or_counted_under_a_reason(folder: Path) -> None:
    account = json.loads((folder / "run.json").read_text(encoding="utf-8"))["counts"]["rows"]
    for domain, counted in account.items():
        if domain in ("vitals", "interventions", "neuro"):
            assert sum(v for k, v in counted.items() if k != "rows") == counted["rows"], domain
    assert (
        account["vitals"]["rows"] == 6423
        and account["interventions"]["rows"] == 604
        and account["labs"]["rows"] == 7234
    )


def test_the_rows_counted_as_graded_stand_in_the_sources(folder: Path) -> None:
    account = json.loads((folder / "run.json").read_text(encoding="utf-8"))["counts"]["rows"]
    cited = {source for row in rows_of(folder, "assessments") for source in row["source"].split(";")}
    by_sheet = Counter(source.split(":")[1] for source in cited)
    assert by_sheet["vitals"] == account["vitals"]["graded"]
    assert by_sheet["interventions"] == account["interventions"]["graded"]
    assert all(row["source"] for row in rows_of(folder, "assessments"))


def test_every_laboratory_row_has_a_line_that_says_why(folder: Path) -> None:
    lines = rows_of(folder, "labs")
    assert len({line["source"] for line in lines}) == 7234
    without_grade = [
        line
        for line in lines
        if line["term"] and line["grade"] == "" and not line["missing"] and not line["flags"]
    ]
    assert without_grade == []


def test_a_grade_never_stands_above_its_ceiling(folder: Path) -> None:
    for row in rows_of(folder, "assessments"):
        if row["grade"]:
            assert int(row["grade"]) <= int(row["grade_ceiling"])
        else:
            assert row["grade_ceiling"] != "0"
