"""Intervals whose end cannot be: they count as far as another row supports them, the ceiling is that of a missing end, each has a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.grade.time.support import EXCUSED
from senl_ae.read.impossible.intervals import OTHER_CAUSE
from tests.charting.when_study import SUBJECTS, day, given, graded, vitals


def days_with(run_daily: dict[int, tuple[str, str]], grade: str) -> list[int]:
    return [n for n, (g, _) in run_daily.items() if g == grade]


@pytest.mark.parametrize(
    "end", ["2062-05-08 09:00", "2027-05-08 09:00", "2025-05-08 09:00", "2026-06-20 09:00"]
)
def test_an_end_that_cannot_be_counts_to_the_end_of_its_start_date(tmp_path: Path, end: str) -> None:
    run = graded(
        tmp_path,
        {
            "subjects": SUBJECTS,
            "vitals": vitals(),
            "cm": given(["001", "norepinephrine", "2026-05-07 09:00", end]),
        },
    )
    assert (days_with(run.daily, "3") == [3] and run.daily[4] == ("0", "3")) or run.daily[4][1] == "3"
    assert run.daily[6][1] in ("0", "1") and run.code == 3
    (line,) = run.told("interval-implausible")
    assert line["severity"] == "set aside" and line["subject_id"] == "001" and end[:10] in line["found"]


def test_it_counts_to_the_last_date_on_which_another_row_supports_it(tmp_path: Path) -> None:
    rows = vitals(at=day(5, 14), vasopressors="norepinephrine")
    run = graded(
        tmp_path,
        {
            "subjects": SUBJECTS,
            "vitals": rows,
            "cm": given(["001", "norepinephrine", "2026-05-07 09:00", "2062-05-09"]),
        },
    )
    assert (
        days_with(run.daily, "3") == [3, 4, 5]
        and "2026-05-09, which another row supports" in run.told("interval-implausible")[0]["done"]
    )
    assert "may be 2026" in run.told("interval-implausible")[0]["found"]


@pytest.mark.parametrize(
    ("row", "settings"),
    [
        (["001", "norepinephrine", "2026-05-07 09:00", "2026-05-10 09:00", ""], ""),
        (["001", "norepinephrine", "2026-05-04 11:00", "2026-05-18 10:00", ""], ""),  # fourteen days
        (
            ["001", "norepinephrine", "2026-05-16 11:00", "2026-05-20 10:00", ""],
            "",
        ),  # a patient leaves the ward
        (["001", "norepinephrine", "2026-05-07 09:00", "", "yes"], ""),
        (["001", "norepinephrine", "2026-05-04", "2026-05-19", ""], "longest_interval_days = 15"),
    ],
)
def test_an_ordinary_interval_counts_whole(tmp_path: Path, row: list[str], settings: str) -> None:
    cm = given(row, head=("subject_id", "agent", "start", "end", "ongoing"))
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "cm": cm}, settings)
    assert not run.told("interval-implausible")


@pytest.mark.parametrize("sheet", ["cm", "医嘱"])
def test_longer_than_two_weeks_is_a_typo_until_somebody_says_so(tmp_path: Path, sheet: str) -> None:
    heads = {
        "cm": ("USUBJID", "CMTRT", "CMSTDTC", "CMENDTC"),
        "医嘱": ("受试者编号", "药物名称", "开始时间", "结束时间"),
    }
    agent = {"cm": "NOREPINEPHRINE", "医嘱": "去甲肾上腺素"}[sheet]
    cm = given(["001", agent, "2026-05-07", "2026-05-27"], head=heads[sheet])
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(last=30), sheet: cm})
    assert (
        run.told("interval-implausible")
        and days_with(run.daily, "3") == [3]
        and run.daily[4][1] == "3"
        and run.daily[10][1] == "0"
    )


def test_after_a_death_nothing_runs(tmp_path: Path) -> None:
    subjects = [[*SUBJECTS[0], "death_date"], [*SUBJECTS[1], "2026-05-10"]]
    cm = given(["001", "norepinephrine", "2026-05-09 09:00", "2026-05-13 09:00"])
    run = graded(tmp_path, {"subjects": subjects, "vitals": vitals(last=6), "cm": cm})
    assert "the subject's death is of 2026-05-10" in run.told("interval-implausible")[0]["found"]


def test_a_long_course_of_a_drug_is_ordinary_and_one_to_another_year_is_told(tmp_path: Path) -> None:
    cm = given(
        ["001", "dexamethasone", "2026-05-07", "2026-05-18"],
        ["001", "levetiracetam", "2026-04-20", "2026-05-18"],
    )
    assert not graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "cm": cm}).told(
        "interval-implausible"
    )
    cm = given(["001", "dexamethasone", "2026-05-07", "2027-05-09"])
    assert graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "cm": cm}).told("interval-implausible")


def test_what_a_drug_may_have_hidden_is_asked_of_the_end_as_it_was_recorded(tmp_path: Path) -> None:
    """Steroids to a year that cannot be: pressure without a fever weeks later may still be CRS that they hid."""
    rows = vitals(fever=(), at=day(28, 14), last=30, sbp="80")
    cm = given(["001", "dexamethasone", "2026-05-05", "2062-05-30"])
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows, "cm": cm})
    assert run.told("interval-implausible") and run.daily[28] == ("0", "2")


def test_oxygen_with_another_cause_is_neither_excused_nor_counted_where_its_end_cannot_be(
    tmp_path: Path,
) -> None:
    rows = vitals(fever=range(2, 9), at=day(8, 14), oxygen_device="nasal cannula", oxygen_flow="2")
    cm = given(
        ["001", "nasal cannula", "2026-05-06 08:00", "2062-05-07 08:00", "sleep apnoea"],
        head=("subject_id", "agent", "start", "end", "indication"),
    )
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows, "cm": cm})
    grade, ceiling = run.daily[8]
    assert grade in ("", "1") and ceiling in ("2", "3", "4") and run.told("interval-implausible")
    assert set(EXCUSED) == OTHER_CAUSE


def test_sedation_with_an_end_that_cannot_be_leaves_the_score_open(tmp_path: Path) -> None:
    neuro = [["subject_id", "datetime", "ice_total", "consciousness"]] + [
        ["001", day(n, 12), "0" if n == 6 else "10", "awake"] for n in range(15)
    ]
    cm = given(["001", "propofol", "2026-05-07 08:00", "2062-05-08 08:00"])
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "neuro": neuro, "cm": cm})
    assert run.told("interval-implausible")


def test_a_reported_event_that_ends_in_another_year_is_told_and_left(tmp_path: Path) -> None:
    ae = [
        ["USUBJID", "AETERM", "AETOXGR", "AESTDTC", "AEENDTC"],
        ["001", "Headache", "1", "2026-05-08", "2062-05-09"],
    ]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "ae": ae})
    assert [i["severity"] for i in run.told("interval-implausible")] == ["note"]
