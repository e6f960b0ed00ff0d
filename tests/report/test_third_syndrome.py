"""A third syndrome is a table file: it goes through `grade`, `explain` and every format of `summarize` without a change to the program."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.running import here

SCALE = """
[scale]
id = "toy-2026"
title = "Toy tachycardia"
syndrome = "TOY"
version = "2026"
source = "A toy, 2026"
zero_needs = ["heart_rate"]

[[driver]]
name = "Fast heart"
short = "fast"

[[rule]]
id = "toy-1-fast"
grade = 1
driver = "Fast heart"
when = { heart_rate = { gt = 100 } }
says = "heart rate above 100"

[[rule]]
id = "toy-3-very-fast"
grade = 3
when = { heart_rate = { gt = 140 } }
says = "heart rate above 140"
"""
HEADINGS = "subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,heart_rate,oxygen_device,vasopressors\n"
FORMATS = ("terminal", "csv", "json", "html", "rtf", "docx", "xlsx")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    (folder / "tables").mkdir()
    (folder / "tables" / "toy.toml").write_text(SCALE, encoding="utf-8")
    rows = [
        f"{subject},2026-03-02 10:00,DL{subject[-1]},40,2026-03-{2 + day:02} 12:00,36.8,118,{rate},room air,none"
        for subject, fast in (("001", {3: 120, 4: 101}), ("002", {2: 141, 3: 140}), ("003", {}))
        for day in range(15)
        for rate in [fast.get(day, 100)]
    ]
    (folder / "vitals.csv").write_text(HEADINGS + "\n".join(rows) + "\n", encoding="utf-8")
    done = here(
        "grade",
        folder / "vitals.csv",
        "--tables",
        folder / "tables",
        "--out",
        folder / "results",
        "--workbook",
    )
    assert done.code == 0, done.err
    assert "TOY" in done.out
    return folder / "results"


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8")))


def test_its_grades_episodes_and_columns_are_in_the_results(results: Path) -> None:
    grades = {
        row["subject_id"]: (row["toy_grade"], row["toy_onset_day"], row["toy_rules"])
        for row in rows(results / "patients.csv")
    }
    assert grades == {
        "001": ("1", "3", "toy-1-fast"),
        "002": ("3", "2", "toy-3-very-fast"),
        "003": ("0", "", ""),
    }
    assert [row["duration_days"] for row in rows(results / "episodes.csv") if row["syndrome"] == "TOY"] == [
        "2",
        "2",
    ]
    assert "given_in_toy" in rows(results / "treatments.csv")[0] if rows(results / "treatments.csv") else True
    assert {"TOY"} <= {row["syndrome"] for row in rows(results / "daily.csv")}


def test_what_its_rules_ask_has_a_column_of_its_own(results: Path) -> None:
    asked = [(row["syndrome"], row["heart_rate"]) for row in rows(results / "values.csv")]
    assert ("TOY", "141") in asked
    assert {rate for syndrome, rate in asked if syndrome != "TOY"} == {""}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_prints_its_table(results: Path, form: str, tmp_path: Path) -> None:
    done = here("summarize", results, "--by", "dose", "--format", form, "--out", tmp_path)
    assert done.code == 0, done.err
    long = [row for row in rows(tmp_path / "long.csv") if row["table"] == "toy"] if form != "terminal" else []
    if form == "terminal":
        assert "Toy tachycardia by maximum grade and dose level" in done.out
        return
    counts = {
        (row["row"], row["level"]): row["value"]
        for row in long
        if row["group"] == "Total" and row["statistic"] == "n"
    }
    assert counts["Any TOY", ""] == "2"
    assert counts["Grade >= 3", ""] == "1"
    assert counts["Maximum grade", "Grade 1"] == "1"
    assert counts["Driven by", "Fast heart"] == "1"
    assert counts["Driven by", "heart rate above 140"] == "1"
    files = {path.suffix for path in tmp_path.iterdir()}
    assert f".{form}" in files
    if form == "html":
        assert "Toy tachycardia" in (tmp_path / "tables.html").read_text(encoding="utf-8")
    if form == "xlsx":
        assert any("toy" in name for name in load_workbook(tmp_path / "tables.xlsx").sheetnames)
    if form == "json":
        named = {
            table["table"]
            for table in json.loads((tmp_path / "tables.json").read_text(encoding="utf-8"))["tables"]
        }
        assert "toy" in named


def test_the_listings_name_it(results: Path, tmp_path: Path) -> None:
    assert (
        here(
            "summarize",
            results,
            "--table",
            "per-patient,daily,episodes",
            "--format",
            "csv",
            "--out",
            tmp_path,
        ).code
        == 0
    )
    assert "TOY grade" in (tmp_path / "6-per-patient.csv").read_text(encoding="utf-8").splitlines()[0]
    assert ",TOY," in (tmp_path / "7-daily.csv").read_text(encoding="utf-8")
    assert ",TOY," in (tmp_path / "8b-episodes.csv").read_text(encoding="utf-8")


def test_explain_shows_its_rule_and_its_source(results: Path) -> None:
    said = here("explain", "002", results, "--day", "2", "--syndrome", "TOY")
    assert said.code == 0, said.err
    assert "toy-3-very-fast" in said.out
    assert "heart rate above 140" in said.out
    assert "A toy, 2026" in said.out
    assert "Heart rate" in said.out and "141" in said.out


def test_a_table_that_does_not_know_a_driver_is_refused(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text(
        SCALE.replace('driver = "Fast heart"', 'driver = "Fast hart"'), encoding="utf-8"
    )
    done = here("scales", "check", "--tables", tmp_path)
    assert done.code == 1
    assert "did you mean 'Fast heart'?" in done.err
