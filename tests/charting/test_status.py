"""What was not given is nothing, what was stopped ran to its end, and a word that is not listed proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.study import Study
from tests.charting.qualified import SUBJECTS, at, graded_labs, patient, read_labs, table, vitals
from tests.read.studies import read, told

EN = "subject_id,category,agent,start,end,{}"
SDTM = "USUBJID,CMCAT,CMTRT,CMSTDTC,CMENDTC,{}"
ZH = "受试者编号,类别,药物,开始时间,结束时间,{}"


def given(folder: Path, headings: str, *words: object, end: str = at(3, 20)) -> Study:
    """A study of vasopressor orders, one per word."""
    rows = [
        ("001", "vasopressor", "norepinephrine", at(3, h + 8), end, *(w if isinstance(w, tuple) else (w,)))
        for h, w in enumerate(words)
    ]
    return read(
        folder, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": table(headings, *rows)}
    )


@pytest.mark.parametrize(
    ("headings", "yes", "no"),
    [
        (
            EN.format("status"),
            ["Given", "completed", "Running", "active", ""],
            ["Cancelled", "not given", "Held", "REFUSED", "planned", "draft"],
        ),
        (EN.format("order status"), ["Active", "Started"], ["Void", "rewritten", "ordered"]),
        (
            EN.format("administered"),
            ["yes", "Y", 1, "8 mcg/min", "2026-05-07 09:00"],
            ["no", 0, "N", "not done", "0 mg"],
        ),
        (
            EN.format("MAR action"),
            ["New Bag", "Rate Change", "Restarted"],
            ["Missed", "MAR Hold", "Canceled Entry"],
        ),
        (SDTM.format("CMSTAT"), ["", "COMPLETED"], ["NOT DONE"]),
        (SDTM.format("CMOCCUR"), ["Y", ""], ["N"]),
        (ZH.format("医嘱状态"), ["已执行", "完成", "执行"], ["未执行", "撤销", "作废", "取消"]),
        (ZH.format("执行状态"), ["是"], ["否", "未用"]),
    ],
)
def test_what_was_given_counts_and_what_was_not_is_nothing(
    tmp_path: Path, headings: str, yes: list[object], no: list[object]
) -> None:
    counted = given(tmp_path, headings, *yes)
    assert len(counted.interventions) == len(yes) and not counted.interventions["doubtful"].any()
    nothing = given(tmp_path, headings, *no)
    assert len(nothing.interventions) == 0 and nothing.counts["interventions_rows_not_given"] == len(no)
    assert len(told(nothing, "not-given")) == 1 and not [
        i for i in nothing.issues.found if i.severity == "set aside"
    ]


def test_a_cancelled_order_is_no_vasopressor_and_no_source(tmp_path: Path) -> None:
    headings = EN.format("order status")
    row = ("001", "vasopressor", "norepinephrine", at(3), at(3, 20))
    files = {"subjects.csv": SUBJECTS, "vitals.csv": vitals()}
    assert patient(tmp_path, files | {"orders.csv": table(headings, (*row, "Cancelled"))})["crs_grade"] == "1"
    (tmp_path / "two").mkdir()
    assert (
        patient(tmp_path / "two", files | {"orders.csv": table(headings, (*row, "Given"))})["crs_grade"]
        == "3"
    )
    assert "interventions:vasopressor" not in given(tmp_path, headings, "Cancelled").sources
    assert "interventions:vasopressor" not in given(tmp_path, headings, "xyz").sources
    assert "interventions:vasopressor" in given(tmp_path, headings, "Cancelled", "Given").sources


def test_cancelled_orders_need_no_start(tmp_path: Path) -> None:
    rows = table(EN.format("status"), ("001", "vasopressor", "norepinephrine", "", "", "cancelled"))
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": rows})
    assert not told(study, "no-start") and study.counts["interventions_rows_set_aside"] == 0


@pytest.mark.parametrize(
    ("headings", "stopped"),
    [(EN.format("status"), "Discontinued"), (EN.format("status"), "stopped"), (ZH.format("状态"), "停")],
)
def test_stopped_is_an_end_where_an_end_stands_there(tmp_path: Path, headings: str, stopped: str) -> None:
    ended = given(tmp_path, headings, stopped)
    assert len(ended.interventions) == 1 and not ended.interventions["doubtful"].any()
    without = given(tmp_path, headings, stopped, end="")
    assert (
        without.interventions["doubtful"].tolist() == [True]
        and len(told(without, "stopped-without-end")) == 1
    )
    before = given(tmp_path, headings, stopped, end=at(3, 6))
    assert len(before.interventions) == 0 and not told(before, "end-before-start")


def test_a_word_that_is_not_listed_makes_the_row_doubtful(tmp_path: Path) -> None:
    study = given(tmp_path, EN.format("status"), "Given", "xyz", "xyz", "unknown")
    assert study.interventions["doubtful"].tolist() == [False, True, True, True]
    issues = told(study, "unlisted-qualifier")
    assert sorted(i.found.split("says ")[1] for i in issues) == ["unknown in 1 row", "xyz in 2 rows"]


def test_a_treatment_in_doubt_makes_an_assessment_of_its_start_also_after_the_last_record(
    tmp_path: Path,
) -> None:
    order = table(
        "subject_id,category,agent,start,ongoing,status",
        ("001", "vasopressor", "norepinephrine", at(20)[:10], "yes", "perhaps"),
    )
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": order})
    found = grade_in_memory(study, Settings(), checked_scales([]))[1]["assessments"]
    assert found["datetime"][-1] == at(20)[:10]
    assert (str(found["grade"][-1]), found["grade_ceiling"][-1]) == ("nan", 3)
    assert "doubtful-treatment" in found["flags"][-1]


def test_what_may_go_on_for_a_reason_nobody_could_read_leaves_later_days_open(tmp_path: Path) -> None:
    order = table(
        "subject_id,category,agent,start,indication,ongoing",
        ("001", "vasopressor", "norepinephrine", at(3), "gizmo", "gizmo"),
    )
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": order})
    found = grade_in_memory(study, Settings(), checked_scales([]))[1]["assessments"]
    of = dict(zip(found["datetime"], zip(found["grade"], found["grade_ceiling"], strict=True), strict=True))
    assert (of[at(3) + ":00"], of[at(6) + ":00"]) == ((1, 3), (0, 3))


def test_a_drug_in_doubt_is_not_listed_as_given(tmp_path: Path) -> None:
    order = table(
        "subject_id,category,agent,start,status",
        ("001", "tocilizumab", "tocilizumab", at(3), "perhaps"),
        ("001", "corticosteroid", "dexamethasone", at(3), "given"),
    )
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": order})
    found = grade_in_memory(study, Settings(), checked_scales([]))[1]
    assert list(found["treatments"]["agent"]) == ["dexamethasone"]


def test_any_of_two_columns_can_take_a_row_back(tmp_path: Path) -> None:
    study = given(
        tmp_path,
        EN.format("order status,administered"),
        ("completed", "yes"),
        ("completed", "no"),
        ("cancelled", "yes"),
    )
    assert len(study.interventions) == 1 and study.counts["interventions_rows_not_given"] == 2


@pytest.mark.parametrize(
    ("heading", "no"), [("status", "not done"), ("VSSTAT", "NOT DONE"), ("执行状态", "未做")]
)
def test_vital_signs_that_were_not_done_are_nothing(tmp_path: Path, heading: str, no: str) -> None:
    rows = [
        ("001", at(2), 39.0, 118, "", no),
        ("001", at(2, 12), "", "", "", no),
        ("001", at(2, 14), 39.0, 118, "", ""),
        ("001", at(2, 16), 39.0, 118, "", "xyz"),
    ]
    text = table(f"subject_id,datetime,temperature,sbp,oxygen_device,{heading}", *rows)
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vitals.csv": text})
    assert (
        study.vitals.table["temperature"].fillna(0).tolist() == [39, 0]
        and study.counts["vitals_rows_not_given"] == 2
    )
    assert study.vitals.set_aside["temperature"].tolist() == [False, True]
    assert study.vitals.set_aside["sbp"].tolist() == [False, True]
    assert {i.column for i in told(study, "value-not-done")} == {"C", "D"}


def test_long_tables_have_a_status_too(tmp_path: Path) -> None:
    headings = "USUBJID,VSDTC,VSTESTCD,VSORRES,VSORRESU,VSSTAT"
    rows = [
        ("001", at(2, 8), "TEMP", "", "", "NOT DONE"),
        ("001", at(2, 9), "TEMP", 39.0, "C", "NOT DONE"),
        ("001", at(2, 10), "TEMP", 38.5, "C", ""),
        ("001", at(2, 11), "SYSBP", 80, "mmHg", "xyz"),
    ]
    study = read(tmp_path, {"subjects.csv": SUBJECTS, "vs.csv": table(headings, *rows)})
    assert (
        study.vitals.table["temperature"].dropna().tolist() == [38.5]
        and study.vitals.table["sbp"].isna().all()
    )
    assert study.vitals.set_aside["sbp"].tolist() == [False, True] and len(told(study, "value-not-done")) == 1
    labs = read_labs(
        tmp_path,
        table(
            "USUBJID,LBDTC,LBTESTCD,LBORRES,LBORRESU,LBSTAT",
            ("001", at(4), "GLUC", 2.1, "mmol/L", "NOT DONE"),
            ("001", at(5), "GLUC", 2.1, "mmol/L", "xyz"),
        ),
    )
    assert (
        len(labs.labs) == 1
        and labs.labs["doubtful"].tolist() == [True]
        and graded_labs(labs)["grade"].isna().all()
    )


def test_a_reported_event_that_did_not_occur_is_none(tmp_path: Path) -> None:
    rows = [("001", "Headache", 2, "2026-05-07", "Y"), ("001", "Nausea", 2, "2026-05-07", "N")]
    study = read(
        tmp_path,
        {
            "subjects.csv": SUBJECTS,
            "vitals.csv": vitals(),
            "ae.csv": table("USUBJID,AETERM,AETOXGR,AESTDTC,AEOCCUR", *rows),
        },
    )
    assert study.events["term"].tolist() == ["Headache"]


def test_the_status_of_a_subject_is_no_qualifier(tmp_path: Path) -> None:
    study = read(
        tmp_path,
        {
            "subjects.csv": table("subject_id,infusion_datetime,status", ("001", at(0, 10), "cancelled")),
            "vitals.csv": vitals(),
        },
    )
    assert len(study.vitals) == 45 and study.subjects["status"].tolist() == ["cancelled"]
