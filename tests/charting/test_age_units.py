"""A unit beside an age: months, weeks and days are converted, words that are no unit stop the sheet, an age without one is not guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import lines, read, refusals, told


def dm(*rows: str, heading: str = "USUBJID,RFSTDTC,ARM,AGE,AGEU") -> dict[str, str]:
    return {"dm.csv": lines(heading, *rows)}


@pytest.mark.parametrize(
    ("age", "unit", "years"),
    [
        ("30", "MONTHS", 2.5),
        ("52", "WEEKS", 52 * 7 / 365.25),
        ("100", "DAYS", 100 / 365.25),
        ("30", "YEARS", 30),
        ("30", "", 30),
        ("30", "月", 2.5),
        ("8", "周", 56 / 365.25),
        ("90", "天", 90 / 365.25),
        ("12", "岁", 12),
        ("30", "个月", 2.5),
    ],
)
def test_an_age_is_read_in_the_unit_beside_it(tmp_path: Path, age: str, unit: str, years: float) -> None:
    study = read(tmp_path, dm(f"001,2026-05-04,DL1,{age},{unit}"))
    assert study.subjects["age"][0] == pytest.approx(years)


def test_english_and_chinese_headings(tmp_path: Path) -> None:
    study = read(
        tmp_path, {"s.csv": lines("subject_id,infusion_date,age,age unit", "001,2026-05-04,30,months")}
    )
    assert study.subjects["age"][0] == 2.5
    study = read(tmp_path, {"s.csv": lines("受试者编号,回输日期,年龄,年龄单位", "001,2026-05-04,30,月")})
    assert study.subjects["age"][0] == 2.5


def test_a_word_that_is_no_unit_is_refused_by_name(tmp_path: Path) -> None:
    refused = refusals(tmp_path, dm("001,2026-05-04,DL1,30,LUSTRUMS"))
    assert [i.code for i in refused] == ["unknown-age-unit"]
    assert "LUSTRUMS" in refused[0].found and "months" in refused[0].expected


def test_an_age_without_a_unit_among_months_is_not_taken_for_years(tmp_path: Path) -> None:
    study = read(tmp_path, dm("001,2026-05-04,DL1,30,MONTHS", "002,2026-05-04,DL1,30,"))
    assert study.subjects["age"][0] == 2.5 and study.subjects.table["age"].isna()[1]
    assert [i.severity for i in told(study, "age-without-unit")] == ["set aside"]


def test_without_a_unit_column_an_age_is_in_years_or_as_its_cell_says(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {"s.csv": lines("subject_id,infusion_date,age", "001,2026-05-04,30", "002,2026-05-04,30 months")},
    )
    assert study.subjects["age"].tolist() == [30, 2.5]
