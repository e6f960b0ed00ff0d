"""No cell is lost: every filled cell of a recognised column is in the study, or in the issues, and every row is accounted for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from senl_ae.read.files.tables import read_tables
from senl_ae.read.headings.rows import is_blank
from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME

HERE = Path(__file__).resolve().parents[2]
WORKBOOKS = [
    HERE / "sample_data" / "study_en.xlsx",
    HERE / "sample_data" / "study_zh.xlsx",
    HERE.parent / "shared" / "data" / "icu_dev.xlsx",
]
FRAMES = ("vitals", "neuro", "labs", "interventions", "events", "adjudications")
COMPOSITE = {
    "seizure_minutes",
    "bp",
    "datetime",
    "date",
    "time",
    "study_day",
    "subject_id",
    "test",
    "unit",
    "on",
}


def letters_to_index(letter: str) -> int:
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - 64
    return number - 1


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda p: p.name)
def test_every_filled_cell_is_used_or_in_the_issues(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    study = read_study([path], Settings())
    tables = {(t.file, t.sheet): t for t in read_tables([path], Settings()).tables}
    set_aside = Counter((i.file, i.sheet, i.column) for i in study.issues.found if i.severity == "set aside")
    looked_at = lost = 0
    for place, sheet in enumerate(study.sheets):
        if sheet.domain not in FRAMES:
            continue
        events = sheet.domain == "events"
        frame = (study.adverse_events if events else study.frame(sheet.domain)).table
        frame = frame[frame["sheet"] == place].drop_duplicates("row")
        table = tables[sheet.file, sheet.sheet]
        twice = [
            i.row - 2 for i in study.issues.found if i.code == "duplicate-record" and i.sheet == sheet.sheet
        ]
        for column, letter in sheet.columns.items():
            if f"{column}_raw" in frame:  # part of a date stands as it was typed
                column = f"{column}_raw"
            if column in COMPOSITE or column.endswith("_upper") or column not in frame:
                continue
            filled = ~is_blank(table.columns[letters_to_index(letter)][1:])
            filled[twice] = False
            time = column in ("start", "end") and not events
            used = frame[column] != NO_TIME if time else frame[column].notna()
            looked_at += int(filled.sum())
            lost += max(0, int(filled.sum()) - int(used.sum()) - set_aside[sheet.file, sheet.sheet, letter])
    print(f"{path.name}: {looked_at} filled cells, {lost} lost")
    assert looked_at > 1000 and lost == 0


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda p: p.name)
def test_every_row_is_accounted_for(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    study = read_study([path], Settings())
    for domain in ("vitals", "neuro", "labs"):
        count = {
            k.removeprefix(f"{domain}_rows_"): v
            for k, v in study.counts.items()
            if k.startswith(f"{domain}_rows_")
        }
        if "read" in count:
            gone = sum(v for k, v in count.items() if k not in ("read", "in_study"))
            assert count["read"] == count["in_study"] + gone, (domain, count)
