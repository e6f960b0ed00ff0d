"""Nothing is read twice in silence: sheets that are one, files that are one, copies of sheets and of files."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

from senl_ae.read.files.tables import read_tables
from senl_ae.settings import Settings
from tests.charting.when_study import SUBJECTS, graded, vitals
from tests.running import here

ROWS = [
    ["subject_id", "infusion_date", "datetime", "temperature"],
    ["001", "2026-05-04", "2026-05-06 08:00", 38.6],
]


def workbook(folder: Path, *names: str, pointing: tuple[str, str, str] | None = None) -> Path:
    """A workbook with these sheets of the same rows. pointing: in this part, these bytes are written instead of those."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in names:
        sheet = book.create_sheet(name)
        for row in ROWS:
            sheet.append(row)
    book.save(folder / "whole.xlsx")
    if pointing is None:
        return folder / "whole.xlsx"
    part, old, new = pointing
    with zipfile.ZipFile(folder / "whole.xlsx") as whole, zipfile.ZipFile(folder / "made.xlsx", "w") as made:
        for name in whole.namelist():
            text = whole.read(name)
            assert name != part or old.encode() in text
            made.writestr(name, text.replace(old.encode(), new.encode()) if name == part else text)
    return folder / "made.xlsx"


@pytest.mark.parametrize(
    "pointing",
    [
        ("xl/workbook.xml", 'r:id="rId3"', 'r:id="rId1"'),
        ("xl/_rels/workbook.xml.rels", "worksheets/sheet3.xml", "worksheets/sheet1.xml"),
        ("xl/_rels/workbook.xml.rels", "/xl/worksheets/sheet3.xml", "worksheets/../worksheets/sheet1.xml"),
    ],
)
def test_two_names_of_one_sheet_are_refused_naming_both(
    tmp_path: Path, pointing: tuple[str, str, str]
) -> None:
    path = workbook(tmp_path, "Vitals", "Other", "Third", pointing=pointing)
    read = read_tables([path], Settings())
    tables, issues = read.tables, read.issues
    assert not tables and [i.code for i in issues] == ["sheet-listed-twice"]
    assert '"Vitals"' in issues[0].found and '"Third"' in issues[0].found


def test_a_sheet_copied_inside_a_workbook_is_counted_once_and_said(tmp_path: Path) -> None:
    path = workbook(tmp_path, "Vitals", "Vitals (2)")
    done = here("grade", path, "--out", tmp_path / "out", "--no-workbook")
    told = (tmp_path / "out" / "issues.csv").read_text(encoding="utf-8")
    assert done.code == 0 and "Rows read: 1 subjects, 1 vitals" in done.out.replace(
        "1 subject,", "1 subjects,"
    )
    assert "duplicate-row" in told and "Vitals (2)" in told


@pytest.mark.parametrize(
    "kind", ["link", "hard link", "absolute", "roundabout", "copy", "packed", "other folder"]
)
def test_a_file_given_twice_is_read_once_with_a_note(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "v.csv"
    first.write_text("subject_id,datetime,temperature\n001,2026-05-06 08:00,38.6\n", encoding="utf-8")
    (tmp_path / "d").mkdir()
    again = {
        "absolute": first,
        "roundabout": Path("d/../v.csv"),
        "packed": tmp_path / "v.csv.gz",
        "other folder": tmp_path / "d" / "v.csv",
    }.get(kind, tmp_path / "w.csv")
    if kind == "link":
        again.symlink_to(first)
    elif kind == "hard link":
        os.link(first, again)
    elif kind == "packed":
        again.write_bytes(gzip.compress(first.read_bytes()))
    elif kind in ("copy", "other folder"):
        shutil.copy(first, again)
    monkeypatch.chdir(tmp_path)
    read = read_tables([Path("v.csv"), again], Settings())
    tables, inputs, issues = read.tables, read.inputs, read.issues
    assert len(tables) == len(inputs) == 1
    assert [(i.severity, i.code) for i in issues] == [("note", "file-given-twice")]


def test_a_file_of_the_same_rows_in_other_bytes_counts_once_and_is_said(tmp_path: Path) -> None:
    once = graded(tmp_path, {"subjects": [SUBJECTS[0], SUBJECTS[1]], "vitals": vitals()})
    rows = [[*row, ""] for row in vitals()]
    twice = graded(
        tmp_path, {"subjects": [SUBJECTS[0], SUBJECTS[1]], "vitals": vitals(), "vitals_again": rows}
    )
    assert twice.patients == once.patients and twice.told("duplicate-row") and not once.told("duplicate-row")
