"""Rows whose date cannot be are told with the year that would fit and not graded; a subject outside its course is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.when_study import SUBJECTS, day, given, graded, vitals

BOUNDED = [[*SUBJECTS[0], "birth_date", "last_contact_date"], [*SUBJECTS[1], "1986-01-01", "2026-06-10"]]


@pytest.mark.parametrize(
    ("date", "subjects", "fits"),
    [
        ("2025-05-07 14:00", SUBJECTS, "2026-05-07 would fit"),
        ("2027-05-07 14:00", SUBJECTS, "2026-05-07 would fit"),
        ("2027-05-07 14:00", BOUNDED, "2026-05-07 would fit"),
        ("1926-05-07 14:00", SUBJECTS, "2026-05-07 would fit"),
        ("1980-05-07 14:00", BOUNDED, "2026-05-07 would fit"),
        ("2062-05-07 14:00", BOUNDED, "2026-05-07 would fit"),
        ("2024-10-01 14:00", SUBJECTS, "a date of the course"),
    ],
)
def test_a_row_of_another_year_is_told_and_not_graded(
    tmp_path: Path, date: str, subjects: list[list[str]], fits: str
) -> None:
    rows = vitals(at=day(3, 14), datetime=date, vasopressors="norepinephrine")
    run = graded(tmp_path, {"subjects": subjects, "vitals": rows})
    (line,) = run.told("date-implausible-row")
    assert (line["severity"], line["subject_id"], line["row"]) == ("set aside", "001", "12") and run.code == 3
    assert (
        date[:10] in line["found"]
        and fits in line["expected"]
        and "it holds vasopressors norepinephrine" in line["found"]
    )
    assert run.patients[0]["crs_grade"] == "1"


@pytest.mark.parametrize(
    "date", ["2026-04-28 14:00", "2026-05-25 14:00", "2026-11-04 14:00", "2026-06-11 14:00"]
)
def test_screening_a_gap_and_a_later_visit_are_ordinary(tmp_path: Path, date: str) -> None:
    rows = [*vitals(), ["001", date, "36.8", "118", "97", "room air", "", ""]]
    run = graded(tmp_path, {"subjects": SUBJECTS if "11-04" in date else BOUNDED, "vitals": rows})
    assert run.code == 0 and not run.told("date-implausible-row") and not run.told("rows-after-end")


def test_a_visit_a_year_later_is_one_note_and_stays(tmp_path: Path) -> None:
    rows = [*vitals(), ["001", "2027-05-06 08:00", "36.8", "118", "97", "room air", "", ""]]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows})
    assert run.code == 0 and len(run.told("rows-of-old-date")) == 1


def test_rows_after_the_last_contact_are_one_note_and_graded_as_they_stand(tmp_path: Path) -> None:
    subjects = [BOUNDED[0], [*BOUNDED[1][:-1], "2026-05-10"]]
    run = graded(tmp_path, {"subjects": subjects, "vitals": vitals(fever=(5, 6, 7, 8, 9))})
    (note,) = run.told("rows-after-end")
    assert note["severity"] == "note" and "21 rows after the last contact on 2026-05-10" in note["found"]
    assert run.patients[0]["crs_duration_days"] == "5"


def test_rows_after_a_death_are_one_note_for_the_subject(tmp_path: Path) -> None:
    subjects = [[*SUBJECTS[0], "death_date"], [*SUBJECTS[1], "2026-05-10"]]
    run = graded(tmp_path, {"subjects": subjects, "vitals": vitals()})
    assert len(run.told("after-death")) == 1 and "23 more rows" in run.told("after-death")[0]["found"]


def test_old_laboratory_values_and_medication_are_one_note_per_sheet(tmp_path: Path) -> None:
    labs = [["subject_id", "datetime", "test", "value", "unit", "lln", "uln"]]
    labs += [["001", f"2023-0{n}-01 08:00", "ALT", "30", "U/L", "5", "40"] for n in range(1, 9)] + [
        ["001", day(3), "ALT", "30", "U/L", "5", "40"]
    ]
    cm = given(
        ["001", "dexamethasone", "2019-03-01", "2019-03-05"],
        ["001", "paracetamol", "2018-03-01", "2018-03-05"],
    )
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "labs": labs, "cm": cm})
    assert run.code == 0 and len(run.told("rows-of-old-date")) == 2 and not run.told("date-implausible-row")


def test_oxygen_at_home_for_years_is_no_old_row(tmp_path: Path) -> None:
    head = ("subject_id", "agent", "start", "end", "indication")
    cm = given(["001", "nasal cannula", "2022-05-06 08:00", "2026-05-17 08:00", "home"], head=head)
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals(), "cm": cm})
    assert run.code == 0


@pytest.mark.parametrize(
    ("infusion", "why"),
    [
        ("2027-05-04 10:00", "in the year 2027 the rows would fit"),
        ("2024-05-04 10:00", "in the year 2024 the rows would fit"),
        ("2022-05-03 10:00", "counts its days from 1904"),
        ("2030-05-05 10:00", "counts its days from 1904"),
    ],
)
def test_a_subject_with_no_row_in_its_course_is_refused_by_name(
    tmp_path: Path, infusion: str, why: str
) -> None:
    run = graded(
        tmp_path, {"subjects": [SUBJECTS[0], ["001", infusion, "DL1", "40", "F"]], "vitals": vitals()}
    )
    assert (
        run.code == 1
        and "subject 001" in run.err
        and infusion[:10] in run.err
        and "2026-05-04 to 2026-05-18" in run.err
        and why in run.err
    )


def test_the_refusal_is_for_sdtm_and_chinese_sheets_too(tmp_path: Path) -> None:
    dm = [["USUBJID", "RFXSTDTC", "ARM"], ["001", "2027-05-04T10:00", "DL1"]]
    vs = [
        ["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC"],
        ["001", "TEMP", "38.6", "C", "2026-05-06T08:00"],
    ]
    assert graded(tmp_path, {"dm": dm, "vs": vs}).code == 1
    zh = {
        "受试者": [["受试者编号", "回输日期", "剂量组"], ["001", "2027-05-04", "DL1"]],
        "体征": [["受试者编号", "日期", "体温"], ["001", "2026-05-06", "38.5"]],
    }
    assert graded(tmp_path, zh).code == 1


@pytest.mark.parametrize("last", [1, 0])
def test_a_subject_seen_only_shortly_before_is_not_refused(tmp_path: Path, last: int) -> None:
    subjects = [
        [*SUBJECTS[0], "death_date"],
        ["001", "2026-05-20 10:00", "DL1", "40", "F", "2026-05-20" if last else ""],
    ]
    run = graded(tmp_path, {"subjects": subjects, "vitals": vitals()})
    assert run.code == 0 and len(run.told("no-rows-in-window")) == 1 and run.patients[0]["crs_grade"] == ""


def test_a_subject_without_rows_of_vital_signs_is_not_refused(tmp_path: Path) -> None:
    labs = [
        ["subject_id", "datetime", "test", "value", "unit"],
        ["001", "2025-01-01 08:00", "ALT", "30", "U/L"],
    ]
    assert graded(tmp_path, {"subjects": SUBJECTS, "labs": labs}).code == 0


def test_many_rows_of_one_subject_are_not_many_lines(tmp_path: Path) -> None:
    rows = [
        *vitals(),
        *(["001", f"2020-01-{n:02} 08:00", "36.8", "118", "97", "", "", ""] for n in range(1, 31)),
    ]
    told = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows}).told("date-implausible-row")
    assert len(told) == 20 and any("10 more rows of this subject likewise" in line["found"] for line in told)
