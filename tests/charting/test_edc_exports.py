"""Exports of other data systems: their subject, event and form columns are aliases, a unit stands in a column of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import codes, lines, read, told

SUBJECTS = lines("subject_id,infusion_date,dose_level,age", "001,2026-05-04,DL1,40")


def rave(unit: str = "C", value: str = "38.6") -> str:
    return lines(
        "Subject,SiteNumber,FolderName,InstanceName,DataPageName,RecordPosition,RecordDate,VSDAT,VSTIM,TEMP_VSORRES,TEMP_VSORRESU,SYSBP_VSORRES",
        f"001,01,Day 2,Day 2 (1),Vitals,0,2026-05-06,06 MAY 2026,08:00,{value},{unit},118",
        f"001,01,Day 3,Day 3 (1),Vitals,0,2026-05-07,07 MAY 2026,09:30,{value},{unit},84",
    )


def test_wide_columns_of_item_codes_are_read(tmp_path: Path) -> None:
    study = read(tmp_path, {"s.csv": SUBJECTS, "vs.csv": rave()})
    assert study.vitals["temperature"].tolist() == [38.6, 38.6] and study.vitals["sbp"].tolist() == [118, 84]
    assert study.vitals.table["time"].diff().iloc[1] == 86400 + 90 * 60


def test_the_unit_of_each_row_is_that_of_its_unit_column(tmp_path: Path) -> None:
    study = read(tmp_path, {"s.csv": SUBJECTS, "vs.csv": rave("F", "101.5")})
    assert study.vitals["temperature"].round(1).tolist() == [38.6, 38.6]


def test_a_unit_column_of_a_laboratory_test(tmp_path: Path) -> None:
    text = lines(
        "Subject,LBDAT,ALT_LBORRES,ALT_LBORRESU,HGB_LBORRES,HGB_LBORRESU",
        "001,2026-05-06,80,U/L,9.5,g/dL",
        "001,2026-05-07,90,U/L,101,g/L",
    )
    labs = read(tmp_path, {"s.csv": SUBJECTS, "lb.csv": text}).labs
    assert set(zip(labs["test"], labs["value"], labs["unit"], strict=True)) >= {
        ("alt", 80, "U/L"),
        ("hemoglobin", 95, "g/L"),
        ("hemoglobin", 101, "g/L"),
    }


def test_the_date_of_the_visit_serves_only_where_the_measurement_has_none(tmp_path: Path) -> None:
    text = (
        rave()
        .replace("RecordDate,VSDAT,", "RecordDate,")
        .replace("2026-05-06,06 MAY 2026,", "2026-05-06,")
        .replace("2026-05-07,07 MAY 2026,", "2026-05-07,")
    )
    study = read(tmp_path, {"s.csv": SUBJECTS, "vs.csv": text})
    assert study.vitals.table["time"].diff().iloc[1] == 86400 + 90 * 60
    (tmp_path / "both").mkdir()
    late = read(
        tmp_path / "both", {"s.csv": SUBJECTS, "vs.csv": rave().replace("2026-05-07,07", "2026-05-09,07")}
    )
    assert late.vitals.table["time"].diff().iloc[1] == 86400 + 90 * 60, (
        "a visit's date is never another reading of the measurement's"
    )


@pytest.mark.parametrize(
    "subject", ["StudySubjectID", "Study Subject ID", "SubjectId", "Participant Id", "Subject key"]
)
def test_who_by_the_names_of_other_systems(tmp_path: Path, subject: str) -> None:
    text = lines(
        f"{subject},Event Name,infusion_date,date,temperature", "001,Day 2,2026-05-04,2026-05-06,38.6"
    )
    assert read(tmp_path, {"v.csv": text}).subjects["subject_id"].tolist() == ["001"]


def test_columns_of_the_system_are_no_data_and_are_named_in_one_line(tmp_path: Path) -> None:
    study = read(tmp_path, {"s.csv": SUBJECTS, "vs.csv": rave()})
    line = told(study, "system-columns")
    assert len(line) == 1 and all(
        name in line[0].found for name in ("FolderName", "InstanceName", "DataPageName", "RecordPosition")
    )
    assert "unknown-qualifier" not in codes(study)
