"""Sheets as wards keep them: clock times in a column of their own, the year apart, support and findings one per column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from tests.read.charted import row_of
from tests.read.studies import at, codes, lines, read, refusals, told, workbook

HEAD = "subject_id,infusion_date,age,date,time,temperature,sbp,oxygen_device,vasopressors"


def timed(folder: Path, heading: str, *clocks: str) -> list[int]:
    text = lines(
        HEAD.replace("time", heading, 1),
        *(f"P1,2026-01-01,50,2026-01-02,{c},38.5,{100 + i},," for i, c in enumerate(clocks)),
    )
    study = read(folder, {"v.csv": text})
    assert not {"date-partial", "date-unreadable", "time-unreadable", "conflicting-values"} & codes(study)
    assert not study.vitals["is_day"].any()
    return sorted((study.vitals["time"] - at("2026-01-02 00:00")).tolist())


# ---------------------------------------------------------------- clock times in a column of their own


@pytest.mark.parametrize("heading", ["time", "clock", "hour", "hhmm", "时刻", "时分", "时间"])
@pytest.mark.parametrize(
    ("clocks", "minutes"),
    [
        (["0800", "1430"], [480, 870]),
        (["08:00", "0900"], [480, 540]),
        (["8", "14"], [480, 840]),
        (["830", "1400"], [510, 840]),
        (["0.5", "0.75"], [720, 1080]),
        (["2pm", "11am"], [660, 840]),
        (["下午3:30", "上午9:00"], [540, 930]),
    ],
)
def test_a_column_headed_time_beside_a_date_is_of_clock_times(
    tmp_path: Path, heading: str, clocks: list[str], minutes: list[int]
) -> None:
    assert timed(tmp_path, heading, *clocks) == [60 * m for m in minutes]


def test_digits_under_a_heading_of_date_times_are_clock_times_beside_a_date(tmp_path: Path) -> None:
    assert timed(tmp_path, "测量时间", "0800", "1430") == [28800, 52200]


def test_clock_times_without_colons_stand_beside_a_study_day(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,study_day,time,temperature",
        "1,2026-03-02,2,0830,38",
        "1,2026-03-02,3,1400,39",
    )
    study = read(tmp_path, {"v.csv": text})
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 14:00")]
    assert study.issues.found == []


def test_a_column_of_date_times_headed_time_stays_one_beside_a_date(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,date,time,temperature", "1,2026-03-02,2026-03-04,2026-03-04 08:30,38"
    )
    assert read(tmp_path, {"v.csv": text}).vitals["time"].tolist() == [at("2026-03-04 08:30")]


@pytest.mark.parametrize(
    ("year", "day", "clock"), [("年", "月日", "时分"), ("年份", "月-日", "时:分"), ("year", "MM-DD", "HH:mm")]
)
def test_year_month_day_and_clock_in_three_columns(tmp_path: Path, year: str, day: str, clock: str) -> None:
    text = lines(
        f"受试者编号,回输日期,{year},{day},{clock},体温",
        "1,2026-03-02,2026,03-04,08:30,38.1",
        "1,2026-03-02,2026,3-5,14:00,38.2",
    )
    study = read(tmp_path, {"v.csv": text})
    assert study.vitals["time"].tolist() == [at("2026-03-04 08:30"), at("2026-03-05 14:00")]
    assert not told(study, "unused-column")


def test_midnight_at_the_end_of_a_date_alone_is_no_reason_for_a_note(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {"v.csv": lines("subject_id,infusion_date,datetime,temperature", "1,2026-01-01,2026-01-02 24:00,38")},
    )
    assert study.vitals["time"].tolist() == [at("2026-01-03 00:00")] and not told(study, "mostly-midnight")


# ---------------------------------------------------------------- measurements without a time


def test_a_sheet_of_measurements_without_a_time_is_never_a_sheet_of_subjects(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,age,when,temperature,sbp,oxygen_device,vasopressors",
        "P1,2025-12-30,50,2026-01-02,38.4,120,,",
        "P2,2025-12-30,50,2026-01-03,38.4,120,,",
    )
    (refused,) = refusals(tmp_path, {"v.csv": text})
    assert (
        refused.code == "required-column-missing"
        and "datetime" in refused.expected
        and '"when"' in refused.found
    )


@pytest.mark.parametrize("measured", ["temperature", "sbp", "ice_total", "oxygen_device"])
def test_one_measured_column_is_enough(tmp_path: Path, measured: str) -> None:
    text = lines(f"subject_id,infusion_date,age,when,{measured}", "P1,2025-12-30,50,2026-01-02,3")
    assert [i.code for i in refusals(tmp_path, {"v.csv": text})] == ["required-column-missing"]


def test_a_sheet_of_subjects_keeps_a_baseline_measurement_as_text_and_says_so(tmp_path: Path) -> None:
    head = "subject_id,infusion_date,age,sex,dose_level,disease,site,cohort,weight_kg,SBP,LDH,tocilizumab"
    study = read(tmp_path, {"s.csv": lines(head, "P1,2025-12-30,50,M,DL1,ALL,01,A,70,120,300,yes")})
    assert study.subjects["age"].tolist() == [50]
    assert [i.found.split('"')[1] for i in told(study, "measured-without-time")] == [
        "SBP",
        "LDH",
        "tocilizumab",
    ]


# ---------------------------------------------------------------- what the settings say, and what cannot be read


def test_one_time_zone_throughout_is_dropped_with_one_note(tmp_path: Path) -> None:
    rows = [
        f"1,2026-01-01,2026-01-02T{clock}:00+08:00,{t}"
        for clock, t in (("23:30", 38.1), ("22:30", 38.2), ("22:30", 38.3))
    ]
    study = read(tmp_path, {"v.csv": lines("subject_id,infusion_date,datetime,temperature", *rows)})
    assert len(told(study, "time-zone-dropped")) == 1 and len(study.vitals) == 3
    assert set(study.vitals["time"]) == {at("2026-01-02 23:30"), at("2026-01-02 22:30")}


def test_settings_alone_can_say_what_every_heading_is(tmp_path: Path) -> None:
    columns = {"pat": "subject_id", "when": "date", "fever": "temperature", "day zero": "infusion_datetime"}
    study = read(
        tmp_path,
        {"v.csv": lines("pat,day zero,when,fever", "P1,2026-01-01,2026-01-02,38.5")},
        columns=columns,
    )
    assert study.vitals["temperature"].tolist() == [38.5]


def test_a_setting_for_a_heading_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,temperature", "P1,2026-01-01,2026-01-02,38.5")
    assert told(read(tmp_path, {"v.csv": text}, columns={"TempX": "temperature"}), "setting-without-column")


def test_two_columns_of_one_heading_must_be_renamed(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,temperature,temperature", "P1,2026-01-01,2026-01-02,38.5,37")
    (refused,) = refusals(tmp_path, {"v.csv": text})
    assert "rename" in refused.done and "ignore" not in refused.done


def test_an_infusion_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,date,temperature",
        "P1,2026-13-01,2026-01-02,38.5",
        "P2,2026-01-01,2026-01-02,38.5",
    )
    assert "infusion-unreadable" in [i.code for i in refusals(tmp_path, {"v.csv": text})]
    text = lines("subject_id,infusion_date,age", "P1,withdrawn,50", "P2,NA,50", "P3,2026-01-01,50")
    assert len(told(read(tmp_path, {"s.csv": text}), "not-infused")) == 2


def test_a_flow_on_room_air_is_told(tmp_path: Path) -> None:
    assert told(row_of(tmp_path, "oxygen_device,oxygen_flow", "room air,3")[1], "device-and-flow-disagree")


@pytest.mark.parametrize("heading", ["Phone No.", "Mobile number", "cell", "contact"])
def test_headings_of_telephone_numbers_are_refused(tmp_path: Path, heading: str) -> None:
    text = lines(f"subject_id,infusion_date,age,{heading}", "P1,2026-01-01,50,13800000000")
    assert "personal-data" in [i.code for i in refusals(tmp_path, {"s.csv": text})]


@pytest.mark.parametrize("secret", ["Zhang San 110101199001011234", "call 13800138000", "13912345678"])
def test_identity_and_telephone_numbers_in_remarks_reach_nothing(tmp_path: Path, secret: str) -> None:
    text = lines("subject_id,infusion_date,age,Remarks", f"P1,2026-01-01,50,{secret}")
    (refused,) = refusals(tmp_path, {"s.csv": text})
    assert refused.code == "personal-data" and secret not in refused.sentence()
    study = read(tmp_path, {"s.csv": text}, allow_pii=True)
    assert "Remarks" not in study.subjects and told(study, "personal-data-dropped")
    assert "Remarks" in read(tmp_path, {"s.csv": text.replace(secret, "relapsed twice")}).subjects


@pytest.mark.parametrize("age", ["5y6m", "5岁6月", "5 years 6 months"])
def test_an_age_in_years_and_months(tmp_path: Path, age: str) -> None:
    assert read(tmp_path, {"s.csv": lines("subject_id,infusion_date,age", f"P1,2026-01-01,{age}")}).subjects[
        "age"
    ].tolist() == [5.5]


def test_a_hidden_sheet_is_read_and_told(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book.create_sheet("Notes")
        book["v"].sheet_state = "hidden"

    rows = [["subject_id", "infusion_date", "date", "temperature"], ["P1", "2026-01-01", "2026-01-02", 38.5]]
    study = read_study([workbook(tmp_path / "v.xlsx", {"v": rows}, hide)], Settings())
    assert len(study.vitals) == 1 and told(study, "hidden-sheet")
