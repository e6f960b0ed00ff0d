"""A column of reference ranges gives the limits of normal, by the subject's sex where it says so, in the unit of the value."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from senl_ae.read.rows.reference_range import read_range
from senl_ae.vocabulary.items import load_items
from tests.charting.qualified import SUBJECTS, at, graded_labs, grades, read_labs, table
from tests.read.studies import told

ITEM = load_items().by_name["reference_range"]
BOTH = [
    "1.8-6.3",
    "1.8～6.3",
    "1.8--6.3",
    "1.8 - 6.3",
    "(1.8-6.3)",
    "[1.8-6.3]",
    "1.8–6.3",
    "1.8—6.3",
    "1.8 to 6.3",
    "1.8至6.3",
    "1,8-6,3",
    "1.8－6.3",
]


def limits(text: str) -> dict[str, tuple[float, float, str | None]] | None:
    said = read_range(text, ITEM)
    return None if said is None else {sex: (v.lln, v.uln, v.unit) for sex, v in said.items()}


@pytest.mark.parametrize("text", BOTH)
def test_two_limits(text: str) -> None:
    assert limits(text) == {"": (1.8, 6.3, None)}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("<=26", None, 26),
        ("≤26", None, 26),
        ("<40", None, 40),
        (">=60", 60, None),
        ("-3-3", -3, 3),
        ("-3 - +3", -3, 3),
        ("0.00–1.20", 0, 1.2),
    ],
)
def test_one_limit_and_limits_below_zero(text: str, low: float | None, high: float | None) -> None:
    ((lln, uln, _),) = (limits(text) or {}).values()
    assert (None if math.isnan(lln) else lln, None if math.isnan(uln) else uln) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "M: 9-50; F: 7-40",
        "男9-50 女7-40",
        "男性：9-50；女性：7-40",
        "9-50 (M), 7-40 (F)",
        "Female 7-40, Male 9-50",
        "Men: 9–50 / Women: 7–40",
    ],
)
def test_limits_by_sex(text: str) -> None:
    assert {sex: v[:2] for sex, v in (limits(text) or {}).items()} == {"M": (9, 50), "F": (7, 40)}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0-5 U/L", "u/l"),
        ("3.5-9.5×10^9/L", "×10^9/l"),
        ("3.5-9.5 10^9/L", "10^9/l"),
        ("(3.5~5.5)mmol/L", "mmol/l"),
    ],
)
def test_a_unit_in_the_range(text: str, unit: str) -> None:
    assert [v[2] for v in (limits(text) or {}).values()] == [unit]


def test_words_are_no_limits_and_what_cannot_be_read_is_none_either() -> None:
    assert limits("negative") == limits("阴性") == limits("-") == {}
    assert limits("6.3-1.8") is limits("0-14: 1-2; >14: 3-4") is limits("1,000-2,000") is None


@pytest.mark.parametrize(
    ("headings", "test", "range_", "grade"),
    [
        ("subject_id,datetime,test,value,unit,reference range", "ALT", "0-40", 3),
        ("subject_id,datetime,test,value,unit,Normal Range", "ALT", "<=40 U/L", 3),
        ("USUBJID,LBDTC,LBTESTCD,LBORRES,LBORRESU,LBORNRLO-LBORNRHI", "ALT", "0-40", 3),
        ("受试者编号,采样时间,检验项目,结果,单位,参考区间", "丙氨酸氨基转移酶", "0～40", 3),
        ("受试者编号,采样时间,检验项目,结果,单位,参考范围", "ALT", "男9-500 女7-40", 3),
        ("受试者编号,采样时间,检验项目,结果,单位,参考值", "ALT", "阴性", None),
    ],
)
def test_the_limits_are_graded_by(
    tmp_path: Path, headings: str, test: str, range_: str, grade: int | None
) -> None:
    study = read_labs(tmp_path, table(headings, ("001", at(4), test, 300, "U/L", range_)))
    assert grades(study)["Alanine aminotransferase increased"] == grade
    assert [i.code for i in study.issues.found if i.severity == "set aside"] == []


def test_a_range_by_sex_without_the_sex_is_no_limit(tmp_path: Path) -> None:
    rows = table(
        "subject_id,datetime,test,value,unit,ref range",
        ("001", at(4), "ALT", 300, "U/L", "M: 9-50; F: 7-40"),
        ("001", at(5), "AST", 300, "U/L", "M: 7-40; F: 7-40"),
    )
    study = read_labs(tmp_path, rows, SUBJECTS.replace("40,F", "40,"))
    labs = graded_labs(study)
    alt = labs[labs["test"] == "alt"].iloc[0]
    assert "range-by-sex-unknown" in alt["flags"] and len(told(study, "range-by-sex-unknown")) == 1
    assert study.labs.table["uln"].isna().tolist() == [True, True]


def test_a_unit_in_the_range_is_converted_as_the_value_or_gives_no_limit(tmp_path: Path) -> None:
    headings = "subject_id,datetime,test,value,unit,ref range"
    rows = [
        ("001", at(4), "WBC", 2500, "/uL", "4.0-10.0 10^9/L"),
        ("001", at(5), "creatinine", 200, "umol/L", "0.5-1.1 mg/dL"),
    ]
    study = read_labs(tmp_path, table(headings, *rows))
    assert study.labs.table[study.labs["test"] == "wbc"][["lln", "uln"]].to_numpy().tolist() == [[4, 10]]
    assert (
        study.labs.table[study.labs["test"] == "creatinine"]["uln"].isna().all()
        and len(told(study, "range-in-other-unit")) == 1
    )


def test_limits_of_their_own_columns_go_first(tmp_path: Path) -> None:
    headings = "subject_id,datetime,test,value,unit,lln,uln,ref range"
    rows = [
        ("001", at(4), "ALT", 300, "U/L", 0, 50, "0-40"),
        ("001", at(5), "ALT", 300, "U/L", "", "", "0-40"),
    ]
    study = read_labs(tmp_path, table(headings, *rows))
    assert study.labs["uln"].tolist() == [50, 40] and len(told(study, "ranges-disagree")) == 1
