"""A results folder is replaced only where everything in it is what the program wrote."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.conftest import Graded
from tests.running import here


@pytest.fixture
def graded(tmp_path: Path, graded_once: Graded) -> Path:
    graded_once(tmp_path, tables="csv,html")
    return tmp_path


def again(folder: Path, *more: str) -> tuple[int, str]:
    done = here("grade", folder / "vitals.csv", "--out", folder / "results", "--quiet", *more)
    return done.code, done.err


def test_results_and_the_tables_made_from_them_are_replaced(graded: Path) -> None:
    assert again(graded) == (0, "")


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "tables/mine.csv", "folder/", "tables/folder/"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_what_somebody_put_there_stays(graded: Path, name: str, force: tuple[str, ...]) -> None:
    mine = graded / "results" / name
    if name.endswith("/"):
        mine.mkdir()
    else:
        mine.write_text("mine", encoding="utf-8")
    code, said = again(graded, *force)
    assert code == 1
    assert name.rstrip("/") in said
    assert mine.exists()


def test_a_link_stays(graded: Path) -> None:
    os.symlink(graded / "vitals.csv", graded / "results" / "link.csv")
    code, said = again(graded, "--force")
    assert (code, "link.csv" in said) == (1, True)
    assert (graded / "results" / "link.csv").is_symlink()


@pytest.mark.parametrize("name", ["patients.csv", "tables/tables.html"])
def test_what_somebody_edited_is_replaced_only_by_force(graded: Path, name: str) -> None:
    edited = graded / "results" / name
    edited.write_text(edited.read_text(encoding="utf-8") + "my remark\n", encoding="utf-8")
    code, said = again(graded)
    assert (code, name in said, "--force" in said) == (1, True, True)
    assert "my remark" in edited.read_text(encoding="utf-8")
    assert again(graded, "--force") == (0, "")
    assert not edited.exists() or "my remark" not in edited.read_text(encoding="utf-8")


def test_an_annotated_workbook_is_not_lost(graded: Path) -> None:
    from openpyxl import load_workbook

    path = graded / "results" / "graded.xlsx"
    book = load_workbook(path)
    book["Patients"]["Z1"] = "ask the site"
    book.save(path)
    assert again(graded)[0] == 1
    assert load_workbook(path)["Patients"]["Z1"].value == "ask the site"


def test_summarize_replaces_its_own_files_and_no_others(graded: Path) -> None:
    tables = graded / "results" / "tables"
    assert here("summarize", graded / "results", "--format", "csv", "--quiet").code == 0
    (tables / "tables.rtf").write_text("mine", encoding="utf-8")
    refused = here("summarize", graded / "results", "--format", "rtf", "--quiet")
    assert (refused.code, "tables.rtf" in refused.err) == (1, True)
    assert (tables / "tables.rtf").read_text(encoding="utf-8") == "mine"
    assert here("summarize", graded / "results", "--format", "rtf", "--quiet", "--force").code == 0
    assert (tables / "tables.rtf").read_text(encoding="ascii").startswith("{\\rtf")


def test_the_run_lists_what_it_wrote(graded: Path) -> None:
    run = json.loads((graded / "results" / "run.json").read_text(encoding="utf-8"))
    there = {path.name for path in (graded / "results").iterdir() if path.is_file()} - {"run.json"}
    assert set(run["written"]) == there == set(run["files"])


HOSTILE = "subject_id,infusion_datetime,dose_level,age,=cmd|x,a/b,../up,{long}\n001,2026-03-02 10:00,DL1,44,k,m,n,o\n"
VITALS = "subject_id,datetime,temperature,sbp\n001,2026-03-05 08:00,38.6,112\n"


def test_headings_of_a_site_are_safe_as_headings_and_as_file_names(tmp_path: Path) -> None:
    long = "l" * 100
    (tmp_path / "subjects.csv").write_text(HOSTILE.format(long=long), encoding="utf-8")
    (tmp_path / "vitals.csv").write_text(VITALS, encoding="utf-8")
    assert (
        here(
            "grade", tmp_path / "subjects.csv", tmp_path / "vitals.csv", "--out", tmp_path / "r", "--quiet"
        ).code
        == 0
    )
    headings = next(csv.reader((tmp_path / "r" / "subjects.csv").open(encoding="utf-8")))
    assert "'=cmd|x" in headings
    assert not [name for name in headings if name.startswith(("=", "+", "-", "@"))]
    for by in ("=cmd|x", "a/b", "../up", long):
        done = here(
            "summarize", tmp_path / "r", "--by", by, "--format", "csv,json,html,rtf,docx,xlsx", "--quiet"
        )
        assert done.code == 0, (by, done.err)
    names = {path.name for path in (tmp_path / "r" / "tables").iterdir()}
    assert any(name.startswith("2-crs-by-a_b") for name in names)
    assert {path.name for path in tmp_path.iterdir()} == {"subjects.csv", "vitals.csv", "r"}


def test_ids_that_look_like_formulas_stay_two_subjects(tmp_path: Path) -> None:
    rows = [
        f"{name},2026-03-02 10:00,DL1,44,2026-03-05 08:00,{t},112,room air,none"
        for name, t in (("=1+1", 38.6), ("'=1+1", 36.6))
    ]
    text = (
        "subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,oxygen_device,vasopressors\n"
        + "\n".join(rows)
        + "\n"
    )
    (tmp_path / "vitals.csv").write_text(text, encoding="utf-8")
    assert here("grade", tmp_path / "vitals.csv", "--out", tmp_path / "r", "--quiet").code == 0
    table = list(csv.DictReader((tmp_path / "r" / "patients.csv").open(encoding="utf-8")))
    assert sorted(row["subject_id"] for row in table) == ["''=1+1", "'=1+1"]
    for name in ("=1+1", "'=1+1"):
        assert f"Subject {name}:" in here("explain", name, tmp_path / "r").out
    assert here("summarize", tmp_path / "r", "--by", "dose", "--format", "csv", "--quiet").code == 0
    long = list(csv.DictReader((tmp_path / "r" / "tables" / "long.csv").open(encoding="utf-8")))
    n = next(row for row in long if row["table"] == "crs" and row["level"] == "N" and row["group"] == "Total")
    assert n["value"] == "2"
