"""graded.xlsx: what people open first."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from senl_ae.report.graded.cells import _lines, put
from senl_ae.report.graded.workbook import write_graded_workbook
from senl_ae.report.layout.workbook import FILLS
from senl_ae.results.folder import read_table
from senl_ae.run import Run, grade_files
from senl_ae.settings import Settings

CSV = """subject_id,dose_level,infusion_date,age,date,temperature,sbp,spo2,oxygen_device,vasopressors,remark
=1+1,+DL,2026-01-05,40,2026-01-06,38.6,120,95,nasal cannula,,x
@2,-DL,2026-01-05,40,2026-01-06,102.4,120,97,room air,,x
"""


@pytest.fixture(scope="module")
def book(sample_run: Run) -> Workbook:
    return load_workbook(sample_run.folder / "graded.xlsx")


def test_the_sheets_and_how_they_print(book: Workbook) -> None:
    assert book.sheetnames == ["About", "Patients", "Episodes", "Daily grid", "Queries"]
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if sheet.title != "About":
            assert sheet.freeze_panes and sheet.print_title_rows


def test_about_says_what_was_run_on_what(book: Workbook, sample_run: Run) -> None:
    text = "\n".join(
        str(cell.value) for row in book["About"].iter_rows() for cell in row if cell.value is not None
    )
    for part in (
        f"senl-ae {sample_run.facts['version']}",
        sample_run.facts["inputs"][0]["sha256"],
        sample_run.facts["grading_tables"][0]["sha256"],
        "safety_window_days",
        "Lee DW et al.",
        "last study day of the safety window",
    ):
        assert part in text


def test_patients_are_those_of_the_table(book: Workbook, sample_run: Run) -> None:
    sheet = book["Patients"]
    names = [cell.value for cell in sheet[1]]
    patients = read_table(sample_run.folder, "patients")
    for row, patient in zip(sheet.iter_rows(min_row=2), patients.to_dict("records"), strict=True):
        cells = dict(zip(names, row, strict=True))
        assert cells["Subject"].value == patient["subject_id"]
        assert cells["Subject"].data_type == "s"
        expected = (
            (int(patient["crs_grade"]) if patient["crs_grade"] else "NE") if patient["infusion"] else None
        )
        assert cells["CRS grade"].value == expected
        higher = (
            patient["crs_grade_ceiling"] > (patient["crs_grade"] or "0")
            if patient["crs_grade_ceiling"]
            else False
        )
        assert cells["CRS possible"].value == (int(patient["crs_grade_ceiling"]) if higher else None)
        if expected in (1, 2, 3, 4, 5):
            assert cells["CRS grade"].fill.fgColor.rgb == FILLS[str(expected)].fgColor.rgb


def test_the_grid_has_every_day_with_its_mark(book: Workbook, sample_run: Run) -> None:
    sheet = book["Daily grid"]
    daily = read_table(sample_run.folder, "daily").set_index(["syndrome", "subject_id", "study_day"])
    block, seen = "", 0
    for row in sheet.iter_rows(min_row=4, values_only=True):
        if row[0] in ("CRS", "ICANS"):
            block = row[0]
            continue
        for day, mark in enumerate(row[2:33]):
            key = (block, row[0], str(day))
            if key not in daily.index:
                assert mark in ("x", "not infused", None), key
                continue
            record = daily.loc[key]
            seen += 1
            shown = "." if record["state"] == "no-record" else record["grade"] or "?"
            more = (
                "+" if record["grade_ceiling"] and record["grade_ceiling"] > (record["grade"] or "0") else ""
            )
            assert str(mark) == shown + more, key
    assert seen == len(daily)


def test_queries_are_every_issue_and_every_open_day(book: Workbook, sample_run: Run) -> None:
    sheet = book["Queries"]
    names = [cell.value for cell in sheet[1]]
    rows = [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    daily = read_table(sample_run.folder, "daily")
    opened = daily[
        daily["grade_ceiling"].where(daily["grade_ceiling"] != "", "0")
        > daily["grade"].where(daily["grade"] != "", "0")
    ]
    shown = {(r["Syndrome"], r["Subject"], str(r["Day"])) for r in rows if r["Kind"] == "open grade"}
    assert shown == set(zip(opened["syndrome"], opened["subject_id"], opened["study_day"], strict=True))
    assert sum(r["Kind"] != "open grade" for r in rows) == len(sample_run.issues.found)
    for row in rows:
        if row["Kind"] == "open grade":
            assert row["Expected, or what would settle it"] and row["File"] == "study_en.xlsx" and row["Row"]
    assert names[-1] == "Answer"


def test_text_is_never_a_formula_and_bytes_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    run = grade_files(
        [tmp_path / "a.csv"], Settings.model_validate({"study": "A & B"}), out=tmp_path / "r", workbook=True
    )
    book = load_workbook(tmp_path / "r" / "graded.xlsx")
    cells = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {"=1+1", "@2", "+DL", "-DL"} <= {cell.value for cell in cells}
    first = (tmp_path / "r" / "graded.xlsx").read_bytes()
    write_graded_workbook(tmp_path / "again.xlsx", run.tables, run.issues, run.facts)
    assert first == (tmp_path / "again.xlsx").read_bytes()
    assert {info.date_time for info in zipfile.ZipFile(tmp_path / "again.xlsx").infolist()} == {
        (2026, 1, 1, 0, 0, 0)
    }


def test_a_value_set_aside_stands_before_the_notes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    grade_files([tmp_path / "a.csv"], Settings.model_validate({}), out=tmp_path / "r", workbook=True)
    sheet = load_workbook(tmp_path / "r" / "graded.xlsx")["Queries"]
    kinds = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert kinds[0] == "set aside"
    assert kinds == sorted(kinds, key=("set aside", "open grade", "note").index)


def test_cells() -> None:
    sheet = Workbook().create_sheet("x")
    assert put(sheet, 1, 1, 3.0).value == 3
    assert put(sheet, 1, 2, float("nan")).value is None
    assert put(sheet, 1, 3, "a\x07b").value == "a b"
    assert put(sheet, 1, 4, "=A1").data_type == "s"
    assert put(sheet, 1, 5, "007").value == "007"


def test_lines_a_text_takes() -> None:
    assert _lines("", 10) == 1
    assert _lines("short", 10) == 1
    assert _lines("two words here", 10) == 2
    assert _lines("x" * 45, 10) == 5
