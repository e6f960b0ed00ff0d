"""Planned and actual arm: the one received is the dose level, both are kept; an arm can say that nobody was treated."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.study import NO_TIME
from tests.read.studies import lines, read, told


def test_the_actual_arm_is_the_level_received_and_the_planned_one_is_kept(tmp_path: Path) -> None:
    dm = lines(
        "USUBJID,RFSTDTC,ARMCD,ARM,ACTARMCD,ACTARM",
        "001,2026-05-04,D2,DL2,D1,DL1",
        "002,2026-05-04,D2,DL2,D2,DL2",
    )
    study = read(tmp_path, {"dm.csv": dm})
    assert study.subjects["dose_level"].tolist() == ["DL1", "DL2"]
    assert study.subjects["planned_dose"].tolist() == ["DL2", "DL2"]
    assert study.subjects["ACTARMCD"].tolist() == ["D1", "D2"] and study.subjects["ARMCD"].tolist() == [
        "D2",
        "D2",
    ]
    assert ["1 subject" in i.found for i in told(study, "arms-differ")] == [True]


@pytest.mark.parametrize(
    ("heading", "row", "level"),
    [
        ("ARM", "DL2", "DL2"),
        ("ARMCD,ARM", "D2,DL2", "DL2"),
        ("ACTARMCD", "D1", "D1"),
        ("ARM,ACTARM", "DL2,", "DL2"),
        ("计划分组,实际分组", "DL2,DL1", "DL1"),
        ("TRT01P,TRT01A", "DL2,DL1", "DL1"),
        ("dose_level,ARM,ACTARM", "3,DL2,DL1", "3"),
    ],
)
def test_which_column_is_the_dose_level(tmp_path: Path, heading: str, row: str, level: str) -> None:
    study = read(tmp_path, {"dm.csv": lines(f"USUBJID,RFSTDTC,{heading}", f"001,2026-05-04,{row}")})
    assert study.subjects["dose_level"].tolist() == [level]


def test_a_subject_without_an_actual_arm_has_no_level_by_plan(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {"dm.csv": lines("USUBJID,RFSTDTC,ARM,ACTARM", "001,2026-05-04,DL2,DL2", "002,2026-05-05,DL2,")},
    )
    assert study.subjects["dose_level"].tolist() == ["DL2", None]


@pytest.mark.parametrize(
    "word",
    ["Screen Failure", "SCRNFAIL", "NOTASSGN", "NOTTRT", "Not Treated", "Not Assigned", "筛选失败", "未回输"],
)
def test_an_arm_that_says_not_treated_is_not_infused(tmp_path: Path, word: str) -> None:
    dm = lines(
        "USUBJID,RFSTDTC,RFXSTDTC,ACTARM",
        "001,2026-05-04,2026-05-04,DL1",
        f"002,2026-05-04,2026-05-04,{word}",
    )
    study = read(tmp_path, {"dm.csv": dm})
    assert study.subjects["infusion"][0] != NO_TIME and study.subjects["infusion"][1] == NO_TIME
    assert len(told(study, "not-infused")) == 1


def test_a_reason_for_an_empty_arm_says_it_too(tmp_path: Path) -> None:
    dm = lines(
        "USUBJID,RFSTDTC,ACTARM,ARMNRS", "001,2026-05-04,DL1,", '002,2026-05-04,,"ASSIGNED, NOT TREATED"'
    )
    assert read(tmp_path, {"dm.csv": dm}).subjects["infusion"][1] == NO_TIME


def test_an_infusion_that_is_recorded_goes_before_the_arm_and_the_arm_is_an_issue(tmp_path: Path) -> None:
    dm = lines("USUBJID,RFSTDTC,ACTARM", "001,2026-05-04,Not Treated")
    ex = lines("USUBJID,EXTRT,EXSTDTC", "001,SENL-T7,2026-05-04")
    study = read(tmp_path, {"dm.csv": dm, "ex.csv": ex})
    assert study.subjects["infusion"][0] != NO_TIME
    assert [i.severity for i in told(study, "arm-disagrees")] == ["set aside"]
