"""A planned date never stands for the actual one: both there, the actual one; only a planned one, refused by its heading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.when_study import SUBJECTS, graded


@pytest.mark.parametrize(
    ("planned", "actual"),
    [
        ("Planned date", "datetime"),
        ("VISITDY", "VSDTC"),
        ("计划日期", "测量时间"),
        ("Scheduled", "date and time"),
    ],
)
def test_with_both_the_actual_one_is_read(tmp_path: Path, planned: str, actual: str) -> None:
    value = "9" if planned == "VISITDY" else "2026-05-13 08:00"
    rows = [
        ["subject_id", planned, actual, "temperature", "sbp"],
        ["001", value, "2026-05-06 08:00", "38.6", "118"],
        ["001", value, "", "", ""],
    ]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows})
    assert run.code == 0 and run.daily[2][0] == "1" and run.daily[9][0] == ""
    assert any("planned, which is not when it happened" in i["found"] for i in run.told("unused-column"))


@pytest.mark.parametrize("planned", ["Planned date", "Scheduled time", "计划日期", "planned_datetime"])
def test_a_plan_alone_is_refused_naming_its_column(tmp_path: Path, planned: str) -> None:
    rows = [["subject_id", planned, "temperature"], ["001", "2026-05-06 08:00", "38.6"]]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows})
    assert run.code == 1 and f'"{planned}" says when it was planned' in run.err


def test_a_planned_order_is_no_administration(tmp_path: Path) -> None:
    cm = [["受试者编号", "药物名称", "计划执行时间"], ["001", "去甲肾上腺素", "2026-05-06 08:00"]]
    vitals = [["subject_id", "datetime", "temperature"], ["001", "2026-05-06 08:00", "38.6"]]
    assert graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals, "医嘱": cm}).code == 1
