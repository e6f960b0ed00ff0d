"""Where the published text leaves a choice: one test per decision, in the order of the decisions, each through a whole study."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.settings import Settings
from tests.grade.laboratory_study import at, study
from tests.grade.test_laboratory import ALT, last, value

ULN40 = {"unit": "U/L", "lln": 7, "uln": 40}
K = {"test": "potassium", "unit": "mmol/L", "lln": 3.5, "uln": 5.1}
NA = {"test": "sodium", "unit": "mmol/L", "lln": 135, "uln": 145}
CREATININE = {"test": "creatinine", "unit": "umol/L", "lln": 60, "uln": 100}
FIBRINOGEN = {"test": "fibrinogen", "unit": "g/L", "lln": 2, "uln": 4}
INR = {"test": "inr", "unit": "ratio", "lln": 0.8, "uln": 1.2}


def before(row: dict[str, Any], number: float) -> dict[str, Any]:
    """The same test on the day before the infusion."""
    return {**row, "value": number, "time": at(-1)}


SPLIT = [
    # test, side, value, column that settles it, grade, ceiling, grade with the column yes
    ({**K, "value": 3.2, "hospitalised": 0, "intervention": 0}, "low", "symptomatic", 1, 2, 2),
    ({**K, "value": 3.2, "hospitalised": 0, "symptomatic": 0}, "low", "intervention", 1, 2, 2),
    ({**NA, "value": 127}, "low", "symptomatic", 2, 3, 3),
    ({**ULN40, "test": "lipase", "value": 81}, "high", "symptomatic", 2, 3, 3),
    ({**ULN40, "test": "lipase", "value": 201}, "high", "symptomatic", 3, 4, 4),
    ({**ULN40, "test": "amylase", "value": 200}, "high", "symptomatic", 2, 3, 3),
    ({"test": "uric_acid", "unit": "umol/L", "uln": 420, "value": 421}, "high", "symptomatic", 1, 3, 3),
]


@pytest.mark.parametrize(("row", "side", "column", "grade", "ceiling", "settled"), SPLIT)
def test_a_band_split_by_symptoms(
    row: dict[str, Any], side: str, column: str, grade: int, ceiling: int, settled: int
) -> None:
    found = last([row], side)
    assert value(found) == (grade, ceiling) and found["missing"] == column
    assert value(last([{**row, column: 0}], side)) == (grade, grade)
    assert value(last([{**row, column: 1}], side)) == (settled, settled)
    assert value(last([row], side, policy="worst")) == (ceiling, ceiling)
    assert value(last([{**row, column: 0}], side, policy="worst")) == (grade, grade)


def test_inr_has_fixed_bounds_and_the_baseline_reading_only_with_an_anticoagulant() -> None:
    assert [
        value(last([{**INR, "value": x, "anticoagulated": 0}]))[0] for x in (1.2, 1.21, 1.5, 1.51, 2.5, 2.51)
    ] == [0, 1, 1, 2, 2, 3]
    labs = [before(INR, 0.9), {**INR, "value": 1.4}]
    assert value(last(labs)) == (1, 2) and last(labs)["missing"] == "anticoagulated"
    assert value(last([labs[0], {**labs[1], "anticoagulated": 1}])) == (2, 2)
    assert value(last([labs[0], {**labs[1], "anticoagulated": 0}])) == (1, 1)


def test_creatinine_by_limit_and_baseline_the_worse_even_inside_the_range() -> None:
    assert value(last([before(CREATININE, 60), {**CREATININE, "value": 90}]))[0] == 0
    row = last([before(CREATININE, 60), {**CREATININE, "value": 91}])
    assert value(row) == (2, 2) and row["flags"] == "within-range"
    assert value(last([before(CREATININE, 30), {**CREATININE, "value": 91}]))[0] == 3
    assert value(last([before(CREATININE, 60), {**CREATININE, "value": 91}], ctcae="6.0"))[0] == 0
    assert value(last([before(CREATININE, 59), {**CREATININE, "value": 91}], ctcae="6.0"))[0] == 2
    assert value(last([before(CREATININE, 60), {**CREATININE, "value": 61}], ctcae="4.03"))[0] == 1


def test_the_baseline_is_before_the_lymphodepletion_or_before_the_infusion() -> None:
    labs = [{**ALT, "value": 20, "time": at(-7)}, before(ALT, 100), {**ALT, "value": 130}]
    subject = {"lymphodepletion_start": at(-5, 0)}
    assert last(labs, subject=subject)["baseline"] == 20
    assert last(labs, subject=subject, baseline="infusion")["baseline"] == 100
    assert last(labs)["baseline"] == 100
    assert pd.isna(
        last(labs[1:], subject=subject)["baseline"]
    )  # nothing from before it: missing, not the later value


def test_a_value_at_the_moment_of_the_infusion_is_not_before_it() -> None:
    labs = [before(ALT, 20), {**ALT, "value": 100, "time": at(0, 12)}, {**ALT, "value": 130}]
    assert last(labs)["baseline"] == 20
    labs[1]["time"] = at(0, 12) - 1
    assert last(labs)["baseline"] == 100


def test_the_fall_of_fibrinogen_counts_when_the_baseline_was_low_and_is_the_ceiling_otherwise() -> None:
    assert (
        value(last([before(FIBRINOGEN, 1.9), {**FIBRINOGEN, "value": 0.95}]))[0] == 3
    )  # half of the baseline
    row = last([before(FIBRINOGEN, 4), {**FIBRINOGEN, "value": 1.9}])
    assert value(row) == (1, 3) and row["flags"] == "fibrinogen-readings-differ"
    assert value(last([before(FIBRINOGEN, 4), {**FIBRINOGEN, "value": 2}])) == (
        0,
        0,
    )  # both normal: neither reading counts
    assert value(last([before(FIBRINOGEN, 4), {**FIBRINOGEN, "value": 2}], ctcae="4.03")) == (3, 3)
    assert [value(last([{**FIBRINOGEN, "value": x}]))[0] for x in (0.5, 0.499)] == [3, 4]


def test_hemoglobin_increased_is_above_the_limit_and_in_v4_above_a_higher_baseline() -> None:
    hb = {"test": "hemoglobin", "unit": "g/L", "lln": 130, "uln": 170}
    labs = [before(hb, 180), {**hb, "value": 199}]
    assert [value(last(labs, "high", ctcae=v))[0] for v in ("5.0", "6.0", "4.03")] == [2, 2, 1]


def test_hyponatremia_has_no_gaps_between_whole_numbers() -> None:
    numbers = (130, 129.9, 125, 124.9, 120, 119.9)
    assert [value(last([{**NA, "value": x, "symptomatic": 0}], "low"))[0] for x in numbers] == [
        1,
        2,
        2,
        3,
        3,
        4,
    ]


def test_bands_that_begin_at_their_bound() -> None:
    ggt = {**ULN40, "test": "ggt"}
    assert [value(last([before(ggt, 60), {**ggt, "value": x}]))[0] for x in (119.9, 120, 150, 150.1)] == [
        0,
        1,
        1,
        2,
    ]
    for unit, numbers in (("mg/dL", (149.9, 150, 300)), ("mmol/L", (1.709, 1.71, 3.42))):
        assert [value(last([{"test": "triglycerides", "unit": unit, "value": x}]))[0] for x in numbers] == [
            0,
            1,
            1,
        ]


def test_above_the_limit_but_below_the_first_step_of_an_abnormal_baseline_is_0_with_the_reason() -> None:
    row = last([before(ALT, 60), {**ALT, "value": 89.9}])
    assert value(row) == (0, 0) and row["flags"] == "below-baseline-step"
    assert value(last([before(ALT, 60), {**ALT, "value": 90}]))[0] == 1


def test_a_baseline_without_a_value_is_graded_by_the_limit_and_flagged() -> None:
    row = last([{**ALT, "value": None, "time": at(-1)}, {**ALT, "value": 1000}])
    assert value(row)[0] == 4 and row["flags"] == "baseline-missing"


def test_a_low_or_missing_baseline_counts_as_normal() -> None:
    assert last([before(ALT, 5), {**ALT, "value": 121}])[["grade", "flags"]].tolist() == [2, ""]
    assert last([{**ALT, "value": 121}])[["grade", "flags"]].tolist() == [2, "baseline-missing"]


def test_the_baseline_row_is_graded_by_the_range() -> None:
    lines = grade_laboratory(study([before(ALT, 121)]), Settings()).labs
    assert lines[["grade", "flags"]].to_numpy().tolist() == [[2, ""]]


def test_without_a_limit_only_the_grades_that_need_none() -> None:
    bare = {"test": "hemoglobin", "unit": "g/L", "transfused": 0}
    assert [value(last([{**bare, "value": x}], "low"))[0] for x in (79, 99, 100)] == [3, 2, None]
    row = last([{**bare, "value": 100}], "low")
    assert value(row) == (None, None) and row["missing"] == "lln"


@pytest.mark.parametrize(("limit", "flags"), [(None, ""), (90, "within-range"), (120, "")])
def test_what_the_number_proves_a_column_raises_with_or_without_a_limit(
    limit: float | None, flags: str
) -> None:
    hb = {"test": "hemoglobin", "unit": "g/L", "value": 95, "lln": limit}
    row = last([hb], "low")
    assert value(row) == (2, 3) and row["missing"] == "transfused" and row["flags"] == flags
    assert value(last([{**hb, "transfused": 1}], "low")) == (3, 3)
    assert value(last([{**hb, "transfused": 0}], "low")) == (2, 2)
    assert value(last([{**hb, "value": 130, "transfused": 1}], "low"))[0] in (
        0,
        None,
    )  # a transfusion alone is no anaemia


@pytest.mark.parametrize("version", ["4.03", "6.0"])
def test_an_admission_does_not_raise_a_glucose_that_may_be_after_a_meal(version: str) -> None:
    row = {"test": "glucose", "unit": "mmol/L", "uln": 6.1, "lln": 3.9, "value": 7, "hospitalised": 1}
    found = last([row], "high", ctcae=version)
    assert value(found) == (0, 3) and found["missing"] == "fasting"


def test_calcium_is_corrected_only_by_the_albumin_of_the_same_draw() -> None:
    calcium = {
        "test": "calcium",
        "unit": "mg/dL",
        "lln": 8.5,
        "uln": 10.5,
        "value": 7.5,
        "symptomatic": 0,
        "hospitalised": 0,
    }
    for hour, grade, flag in ((8, 1, "calcium-corrected"), (9, 2, "calcium-uncorrected")):
        albumin = {"test": "albumin", "unit": "g/dL", "value": 3, "time": at(1, hour)}
        lines = grade_laboratory(study([{**calcium, "time": at(1, 8)}, albumin]), Settings()).labs
        row = lines[(lines["test"] == "calcium") & (lines["direction"] == "low")].iloc[0]
        assert (row["grade"], row["flags"]) == (grade, flag)  # 7.5 + 0.8 x (4 - 3) = 8.3


def test_a_range_that_can_never_apply_is_an_issue() -> None:
    ranges = [{"test": "widgetase", "unit": "U/L", "uln": 40}, {"test": "ALT", "unit": "furlong", "uln": 40}]
    data = study([{**ALT, "value": 130, "uln": None, "time": at(1)}])
    graded = grade_laboratory(data, Settings(ranges=ranges))
    assert value(graded.labs.iloc[0]) == (None, None)
    assert [(i.severity, i.code) for i in graded.issues] == [
        ("set aside", "range-unknown-test"),
        ("set aside", "range-unknown-unit"),
    ]


# --- the sheet as it comes, through the command

SHEET = [
    *[
        ("ANC", "0.4", unit, "1.8", "7.5", 4)
        for unit in ("10^9/L", "x10E9/L", "G/L", "K/uL", "10*3/µL", "×10⁹/L", "10^3/uL")
    ],
    ("ANC", "400", "/mm3", "1800", "7500", 4),
    ("中性粒细胞绝对值", "400", "个/μL", "1800", "7500", 4),
    *[("CREAT", "151", unit, "60", "100", 2) for unit in ("umol/L", "μmol/L", "µmol/L")],
    ("ALT", "121", "IU/L", "7", "40", 2),
    ("ALT", ">1000", "U/L", "7", "40", 4),
    ("ALT", "130↑", "U/L", "7", "40", 2),
    ("ALT", "130 ★", "U/L", "7", "40", 2),
    ("ALT", "haemolysed", "U/L", "7", "40", "not-a-number"),
    ("NA", "131", "mEq/L", "135", "145", 1),
    ("HGB", "7.9", "g%", "12", "16", 3),
    ("HGB", "7.9", "g/dl", "12", "16", 3),
    ("GLUC", "39", "mg/dl", "70", "110", 3),
    ("ANC", "＜0.1", "10^9/L", "1.8", "7.5", 4),
    ("ANC", "3", "mg/dL", "1.8", "7.5", "unit-unknown"),
    ("ANC", "3", "furlongs", "1.8", "7.5", "unit-unknown"),
    ("Widgetase", "3", "U/L", "1", "2", "unknown-test"),
    ("Ferritin", "9000", "ng/mL", "", "", ""),
]


def test_every_row_of_a_sheet_has_a_grade_a_blank_term_or_an_issue(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from senl_ae.cli import app

    (tmp_path / "subjects.csv").write_text("subject_id,infusion_date\nS1,2026-01-10\n", encoding="utf-8")
    rows = [
        f"S1,2026-01-{11 + i // 8:02d} {8 + i % 8:02d}:00,{','.join(row[:5])}" for i, row in enumerate(SHEET)
    ]
    (tmp_path / "labs.csv").write_text(
        "\n".join(["subject_id,datetime,test,value,unit,lln,uln", *rows]) + "\n", encoding="utf-8"
    )
    inputs = [str(tmp_path / name) for name in ("subjects.csv", "labs.csv")]
    result = CliRunner().invoke(
        app, ["grade", *inputs, "--out", str(tmp_path / "out"), "--no-workbook", "--quiet"]
    )
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "labs.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    with (tmp_path / "out" / "issues.csv").open(encoding="utf-8", newline="") as file:
        issues = list(csv.DictReader(file))
    for i, (*_, expected) in enumerate(SHEET):
        mine = [r for r in lines if r["source"].endswith(f":{i + 2}")]
        if isinstance(expected, int):
            assert max(int(r["grade"]) for r in mine if r["grade"]) == expected, (SHEET[i], mine)
        elif expected == "":
            assert [r["term"] for r in mine] == [""] and mine[0]["grade"] == ""
        else:
            assert expected in {
                r["code"] for r in issues if r["row"] == str(i + 2) or str(i + 2) in r["found"]
            }, (SHEET[i], issues)
            assert not [r for r in mine if r["grade"]]
