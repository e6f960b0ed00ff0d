"""Several readings of one time by visit, timepoint or position: the worst is graded, one note."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import lines, read, told

S = lines("subject_id,infusion_date,age", "001,2026-05-04,40")
HEAD = "USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC,VSTPT,VSPOS"


def triplicate(day: int) -> list[str]:
    return [
        f"001,SYSBP,{sbp},mmHg,2026-05-{day:02d},{at},{how}"
        for sbp, at, how in (
            (118, "AFTER LYING DOWN", "SUPINE"),
            (84, "AFTER STANDING 1", "STANDING"),
            (118, "AFTER STANDING 3", "STANDING"),
        )
    ]


def test_readings_are_kept_with_one_note_for_the_column(tmp_path: Path) -> None:
    vs = lines(HEAD, *(row for day in range(5, 15) for row in triplicate(day)))
    study = read(tmp_path, {"s.csv": S, "vs.csv": vs})
    assert len(study.vitals) == 30 and study.vitals["sbp"].min() == 84
    assert not told(study, "conflicting-values") and not told(study, "duplicate-row")
    assert ["sbp: 10 times" in i.found for i in told(study, "several-readings")] == [True]


@pytest.mark.parametrize("heading", ["timepoint", "体位", "VISIT", "时间点"])
def test_wide_sheets_too(tmp_path: Path, heading: str) -> None:
    sheet = lines(f"subject_id,date,sbp,{heading}", "001,2026-05-05,118,a", "001,2026-05-05,84,b")
    study = read(tmp_path, {"s.csv": S, "v.csv": sheet})
    assert not told(study, "conflicting-values") and len(told(study, "several-readings")) == 1


def test_two_values_of_one_timepoint_are_a_contradiction(tmp_path: Path) -> None:
    same = [
        row.replace("AFTER STANDING 1", "AFTER LYING DOWN").replace("STANDING", "SUPINE")
        for row in triplicate(5)[:2]
    ]
    study = read(tmp_path, {"s.csv": S, "vs.csv": lines(HEAD, *same)})
    assert len(told(study, "conflicting-values")) == 1 and not told(study, "several-readings")
    bare = lines("subject_id,date,sbp", "001,2026-05-05,118", "001,2026-05-05,84")
    assert len(told(read(tmp_path, {"s.csv": S, "v.csv": bare}), "conflicting-values")) == 1


def test_a_row_given_twice_is_one_reading(tmp_path: Path) -> None:
    study = read(tmp_path, {"s.csv": S, "vs.csv": lines(HEAD, *triplicate(5), *triplicate(5))})
    assert len(study.vitals) == 3 and [i.rows for i in told(study, "duplicate-row")] == [3]
