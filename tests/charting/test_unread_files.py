"""A file that is not understood, or of which no row can be used, is refused; a sheet of a workbook is named in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import VITALS, codes, lines, read, refusals, told, workbook
from tests.running import here

CONTACTS = lines("ward,extension", "7 North,1234")


def test_a_file_of_which_nothing_is_understood_is_refused_by_name(tmp_path: Path) -> None:
    found = refusals(tmp_path, {"v.csv": VITALS, "contacts.csv": CONTACTS})
    assert [(i.code, i.file) for i in found] == [
        ("unknown-file", "contacts.csv")
    ] and "--as ignore=contacts.csv" in found[0].done


@pytest.mark.parametrize("how", ["as", "settings"])
def test_unless_somebody_says_to_ignore_it(tmp_path: Path, how: str) -> None:
    files = {"v.csv": VITALS, "contacts.csv": CONTACTS}
    study = (
        read(tmp_path, files, assign={"ignore": "contacts.csv"})
        if how == "as"
        else read(tmp_path, files, ignore=("contacts.csv",))
    )
    assert "sheet-ignored" in codes(study) and len(study.vitals) == 3


def test_a_settings_file_ignores_sheets_and_files(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(VITALS, encoding="utf-8")
    (tmp_path / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    run = ("grade", tmp_path / "v.csv", tmp_path / "contacts.csv", "--out", tmp_path / "r", "--no-workbook")
    assert here(*run).code == 1
    for text in (
        'ignore = ["contacts.csv"]',
        '[ignore]\n"contacts.csv" = true',
        '[ignore]\nfiles = ["contacts.csv"]',
    ):
        (tmp_path / "senl-ae.toml").write_text(text + "\n", encoding="utf-8")
        assert here(*run).code == 0, text


def test_two_files_ignored_on_the_command_line(tmp_path: Path) -> None:
    for name, text in (("v.csv", VITALS), ("a.csv", CONTACTS), ("b.csv", CONTACTS.replace("ward", "floor"))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [tmp_path / n for n in ("v.csv", "a.csv", "b.csv")]
    assert (
        here(
            "grade",
            *files,
            "--out",
            tmp_path / "r",
            "--no-workbook",
            "--as",
            "ignore=a.csv",
            "--as",
            "ignore=b.csv",
        ).code
        == 0
    )


def test_a_name_to_ignore_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"v.csv": VITALS}, ignore=("notes.csv",)), "setting-without-sheet")


def test_a_sheet_of_a_workbook_that_is_not_understood_is_a_line_and_no_refusal(tmp_path: Path) -> None:
    rows = [line.split(",") for line in VITALS.splitlines()]
    path = workbook(tmp_path / "b.xlsx", {"Vitals": rows, "Menu": [["Monday", "soup"], ["Tuesday", "rice"]]})
    done = here("grade", path, "--out", tmp_path / "r", "--no-workbook")
    assert done.code == 0 and "Menu" in done.err


def test_a_file_with_headings_and_no_rows_is_refused(tmp_path: Path) -> None:
    found = refusals(tmp_path, {"v.csv": VITALS, "labs.csv": "subject_id,datetime,test,value,unit\n"})
    assert [(i.code, i.file) for i in found] == [("no-rows", "labs.csv")]


def test_a_file_of_which_no_row_can_be_used_is_refused(tmp_path: Path) -> None:
    text = lines("subject_id,datetime,temperature,sbp", "001,soon,38.6,118", "002,later,38.6,118")
    assert ("no-usable-row", "w.csv") in [
        (i.code, i.file) for i in refusals(tmp_path, {"v.csv": VITALS, "w.csv": text})
    ]
    chinese = lines("受试者编号,日期,体温", "001,待定,38.6", "002,不详,38.1")
    (tmp_path / "zh").mkdir()
    assert ("no-usable-row", "w.csv") in [
        (i.code, i.file) for i in refusals(tmp_path / "zh", {"v.csv": VITALS, "w.csv": chinese})
    ]


def test_a_file_of_which_one_row_can_be_used_is_read(tmp_path: Path) -> None:
    text = lines("subject_id,datetime,temperature,sbp", "001,soon,38.6,118", "002,2026-03-18 21:00,38.6,118")
    assert len(read(tmp_path, {"v.csv": VITALS, "w.csv": text}).vitals) == 4


def test_drugs_that_are_nothing_here_are_understood(tmp_path: Path) -> None:
    text = lines("USUBJID,CMTRT,CMSTDTC,CMENDTC", "001,MULTIVITAMIN,2003,", "001,AMLODIPINE,2026-03-01,")
    assert len(read(tmp_path, {"v.csv": VITALS, "cm.csv": text}).vitals) == 3


def test_a_data_dictionary_is_understood(tmp_path: Path) -> None:
    text = lines(
        '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"',
        "x,y,text,z,",
    )
    assert "data-dictionary" in codes(read(tmp_path, {"v.csv": VITALS, "d.csv": text}))
