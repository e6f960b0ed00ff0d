"""A rate of 0 is not running: the interval covers nothing, and in a flowsheet it ends what ran before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from senl_ae.study import NO_TIME, Study
from tests.charting.qualified import SUBJECTS, at, patient, table, vitals
from tests.read.studies import read, told

EN = "subject_id,category,agent,start,end,{}"
SDTM = "USUBJID,CMCAT,CMTRT,CMSTDTC,CMENDTC,{}"
ZH = "受试者编号,类别,药物,开始时间,结束时间,{}"


def run(folder: Path, headings: str, *rows: tuple[object, ...]) -> Study:
    return read(
        folder, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "drips.csv": table(headings, *rows)}
    )


def drip(
    hour: int, rate: object, end: str = "", agent: str = "norepinephrine", category: str = "vasopressor"
) -> tuple[object, ...]:
    return ("001", category, agent, at(3, hour), end, rate)


def seconds(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


@pytest.mark.parametrize(
    "headings",
    [
        EN.format("rate"),
        EN.format("dose"),
        EN.format("Infusion rate"),
        SDTM.format("CMDOSE"),
        ZH.format("速率"),
        ZH.format("剂量"),
    ],
)
def test_nothing_runs_at_0(tmp_path: Path, headings: str) -> None:
    zero = [
        drip(8 + i, said, at(3, 20))
        for i, said in enumerate(["0", "0.0", "0 mcg/kg/min", "0mL/h", "off", "停"])
    ]
    study = run(tmp_path, headings, *zero)
    assert len(study.interventions) == 0 and study.counts["interventions_rows_rate_zero"] == len(zero)
    assert len(told(study, "rate-zero")) == 1 and "interventions:vasopressor" not in study.sources
    runs = [
        drip(8 + i, said, at(3, 20))
        for i, said in enumerate(["0.1", "", "5 mcg/min", "0.05 mcg/kg/min", "8 mg/50 mL", "NA", "titrated"])
    ]
    study = run(tmp_path, headings, *runs)
    assert len(study.interventions) == len(runs) and not study.interventions["doubtful"].any()


def test_a_cancelled_drip_is_no_vasopressor_of_crs(tmp_path: Path) -> None:
    files = {
        "subjects.csv": SUBJECTS,
        "vitals.csv": vitals(),
        "drips.csv": table(EN.format("rate"), drip(8, "0 mcg/kg/min", at(3, 20))),
    }
    assert patient(tmp_path, files)["crs_grade"] == "1"
    (tmp_path / "two").mkdir()
    assert (
        patient(tmp_path / "two", files | {"drips.csv": table(EN.format("rate"), drip(8, "", at(3, 20)))})[
            "crs_grade"
        ]
        == "3"
    )


def test_in_a_flowsheet_0_ends_what_ran_before_it(tmp_path: Path) -> None:
    rows = [drip(8, 0.1), drip(9, 0.2), drip(10, 0), drip(14, 0.1), drip(9, 2, agent="epinephrine")]
    study = run(tmp_path, EN.format("rate"), *rows)
    ends = dict(
        zip(
            zip(study.interventions["agent"], study.interventions["start"], strict=True),
            study.interventions["end"],
            strict=True,
        )
    )
    ten = seconds(at(3, 10))
    assert ends["norepinephrine", seconds(at(3, 8))] == ends["norepinephrine", seconds(at(3, 9))] == ten
    assert ends["norepinephrine", seconds(at(3, 14))] == ends["epinephrine", seconds(at(3, 9))] == NO_TIME


def test_a_dose_of_0_makes_no_course_of_a_drug_that_is_given_once(tmp_path: Path) -> None:
    rows = [
        drip(8, 10, agent="dexamethasone", category="corticosteroid"),
        drip(20, 0, agent="dexamethasone", category="corticosteroid"),
    ]
    study = run(tmp_path, EN.format("dose"), *rows)
    assert study.interventions["end"].tolist() == [NO_TIME]


def test_an_unreadable_rate_proves_nothing_and_never_more_than_0_would(tmp_path: Path) -> None:
    study = run(tmp_path, EN.format("rate"), drip(8, 0.1), drip(10, "#?"), drip(12, "0-5"))
    assert study.interventions["doubtful"].tolist() == [False, True, True]
    assert study.interventions["end"].tolist()[0] == seconds(at(3, 10))
    assert len(told(study, "unlisted-qualifier")) == 2


def test_a_rate_and_a_dose_that_disagree(tmp_path: Path) -> None:
    study = run(
        tmp_path,
        EN.format("rate,dose"),
        (*drip(8, 0, at(3, 20)), "16 mg"),
        (*drip(9, 0.1, at(3, 20)), 0),
        (*drip(10, "", at(3, 20)), 0),
    )
    assert len(study.interventions) == 1 and study.interventions["doubtful"].tolist() == [True]


def test_other_categories_have_no_rate(tmp_path: Path) -> None:
    study = run(tmp_path, EN.format("dose"), drip(8, 0, at(5), agent="ICU", category="icu"))
    assert len(study.interventions) == 1 and not study.interventions["doubtful"].any()
