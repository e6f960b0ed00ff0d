"""Columns of SDTM that stand beside a value: place on the body, elapsed time, reference of the time, form of a drug."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.study import Study
from tests.charting.when_study import SUBJECTS, Run, graded
from tests.read.studies import read, told

PERSON = "subject_id,infusion_datetime,dose_level,age\n001,2026-03-02 10:00,DL1,44\n"
HEAD = ["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC", "VSLOC", "VSELTM", "VSTPTREF"]


def row(value: str, place: str = "", elapsed: str = "", reference: str = "", test: str = "TEMP") -> list[str]:
    unit = "C" if test == "TEMP" else "mmHg"
    return ["001", test, value, unit, "2026-05-06T08:00", place, elapsed, reference]


def signs(folder: Path, *rows: list[str]) -> Run:
    return graded(folder, {"subjects": [SUBJECTS[0], SUBJECTS[1]], "vs": [HEAD, *rows]})


@pytest.mark.parametrize(
    "place",
    ["ORAL CAVITY", "EAR", "LEFT EAR", "AXILLA", "RECTUM", "FOREHEAD", "腋下", "左腋窝", "-", "", "UNKNOWN"],
)
def test_a_usual_place_changes_nothing_and_is_no_noise(tmp_path: Path, place: str) -> None:
    run = signs(tmp_path, row("38.6", place))
    assert run.daily[2][0] == "1" and run.code == 0
    assert not run.told("unknown-qualifier") and not run.told("unlisted-qualifier")


@pytest.mark.parametrize("place", ["PULMONARY ARTERY", "SKIN", "cooling blanket", "肺动脉"])
def test_an_unusual_place_proves_nothing(tmp_path: Path, place: str) -> None:
    run = signs(tmp_path, row("38.6", place))
    assert run.daily[2][0] == "" and run.code == 3
    (issue,) = run.told("unlisted-qualifier")
    assert place.casefold() in issue["found"].casefold()


def test_a_pressure_of_the_lung_is_no_hypotension(tmp_path: Path) -> None:
    run = signs(tmp_path, row("38.6"), row("25", "PULMONARY ARTERY", test="SYSBP"))
    floor, ceiling = run.daily[2]
    assert floor == "1" and ceiling != "1"


def test_elapsed_times_and_references_tell_readings_apart(tmp_path: Path) -> None:
    run = signs(tmp_path, row("37.1", "", "PT1M", "SUPINE"), row("38.6", "", "PT3M", "STANDING"))
    assert run.daily[2][0] == "1" and run.told("several-readings")
    assert not run.told("unknown-qualifier") and not [i for i in run.issues if "conflict" in i["code"]]


def drug(folder: Path, form: str, route: str, agent: str = "EPINEPHRINE") -> Study:
    line = f'001,{agent},"{form}",{route},2026-03-05T08:00,2026-03-05T10:00\n'
    return read(
        folder, {"s.csv": PERSON, "cm.csv": "USUBJID,CMTRT,CMDOSFRM,CMROUTE,CMSTDTC,CMENDTC\n" + line}
    )


@pytest.mark.parametrize("form", ["INJECTION", "INJECTION, SOLUTION", "TABLET", "注射液", ""])
@pytest.mark.parametrize("route", ["INTRAVENOUS", ""])
def test_a_plain_form_says_nothing(tmp_path: Path, form: str, route: str) -> None:
    study = drug(tmp_path, form, route)
    assert study.interventions["doubtful"].tolist() == [False] and not told(study, "unknown-qualifier")


@pytest.mark.parametrize(
    "form", ["INHALANT", "AEROSOL", "SPRAY", "DROPS", "CREAM", "AUTO-INJECTOR", "雾化液"]
)
def test_a_local_form_without_a_route_is_a_doubt(tmp_path: Path, form: str) -> None:
    study = drug(tmp_path, form, "")
    assert study.interventions["doubtful"].tolist() == [True] and told(study, "form-without-route")


def test_beside_a_route_the_route_decides(tmp_path: Path) -> None:
    assert drug(tmp_path, "AEROSOL", "INTRAVENOUS").interventions["doubtful"].tolist() == [False]
    (tmp_path / "other").mkdir()
    inhaled = drug(tmp_path / "other", "SOLUTION", "INHALATION").interventions
    assert not len(inhaled)


def test_a_form_that_is_not_listed_is_named(tmp_path: Path) -> None:
    study = drug(tmp_path, "MYSTERY", "")
    assert study.interventions["doubtful"].tolist() == [False]
    assert "MYSTERY" in told(study, "unknown-qualifier")[0].found


def test_the_form_of_a_vitamin_is_no_problem(tmp_path: Path) -> None:
    assert not told(drug(tmp_path, "CREAM", "", "VITAMIN D"), "form-without-route")
