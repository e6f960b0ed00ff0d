"""A study that supplies only subjects and reported events: accepted, said so, and counted from the reported grades."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from senl_ae.report.summary import summarize
from senl_ae.run import grade_files
from senl_ae.settings import Settings

SUBJECTS = """subject_id,infusion_date,dose_level,dose,age
A1,2026-01-05,DL1,500000,40
A2,2026-01-06,DL1,500000,41
A3,2026-01-07,DL2,1000000,42
A4,,DL2,1000000,43
"""
EVENTS = """subject_id,term,grade,start,end,scale
A1,CRS,2,2026-01-08,2026-01-11,ASTCT 2019
A1,细胞因子释放综合征,1,2026-01-20,2026-01-21,ASTCT 2019
A3,Cytokine release syndrome,3,2026-01-08,2026-01-14,ASTCT 2019
A3,ICANS,1,2026-01-10,2026-01-11,ASTCT 2019
A3,suspected CRS,4,2026-01-20,2026-01-21,ASTCT 2019
A3,Febrile neutropenia,4,2026-01-20,2026-01-21,ASTCT 2019
A4,CRS,4,2026-01-20,2026-01-21,ASTCT 2019
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reported")
    (place / "subjects.csv").write_text(SUBJECTS, encoding="utf-8")
    (place / "events.csv").write_text(EVENTS, encoding="utf-8")
    grade_files([place / "subjects.csv", place / "events.csv"], Settings(), out=place / "out", workbook=False)
    return place / "out"


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_run_says_that_nothing_was_derived(folder: Path) -> None:
    assert "reported-only" in {row["code"] for row in rows(folder, "issues")}
    assert {row["crs_grade"] for row in rows(folder, "patients")} == {""}


def test_a_term_that_only_mentions_the_syndrome_is_named_and_not_counted(folder: Path) -> None:
    unclear = [row for row in rows(folder, "issues") if row["code"] == "reported-term-unclear"]
    assert [(row["subject_id"], row["row"]) for row in unclear] == [("A3", "6")]
    assert [(r["subject_id"], r["syndrome"], r["grade"]) for r in rows(folder, "events")] == [
        ("A1", "CRS", "2"),
        ("A1", "CRS", "1"),
        ("A3", "CRS", "3"),
        ("A3", "ICANS", "1"),
    ]


def test_the_tables_count_what_was_reported(folder: Path) -> None:
    long = summarize(folder, by=("dose",), tables=("crs",)).frame

    def count(label: str, group: str) -> float:
        found = long[(long["level"] == label) & (long["group"] == group) & (long["statistic"] == "n")]
        return float(found["value"].iloc[0])

    assert [count("Grade 2", g) for g in ("DL1", "DL2", "Total")] == [1, 0, 1]
    assert [count("Grade 3", g) for g in ("DL1", "DL2", "Total")] == [0, 1, 1]
    assert [count("Grade 0", g) for g in ("DL1", "DL2", "Total")] == [1, 0, 1]
    assert set(long["denominator"].dropna()) <= {2.0, 1.0, 3.0}
