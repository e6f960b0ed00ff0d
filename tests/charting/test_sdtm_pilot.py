"""The raw SDTM of a public trial (DM, AE, EX, LB, VS as they come) is read, checked and graded without a cell edited."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from senl_ae.read.study import describe_columns, read_study
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, Study
from tests.read.studies import told
from tests.running import Ended, here

PILOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "sdtm_pilot"
NAMES = ("ae", "dm", "ex", "lb", "vs")
PACKED = [PILOT / f"{name}.csv.gz" for name in NAMES]
pytestmark = pytest.mark.skipif(not PILOT.is_dir(), reason="the public trial is not here")


def raw(name: str) -> pd.DataFrame:
    with gzip.open(PILOT / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source:
        return pd.DataFrame(list(csv.DictReader(source)))


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(PACKED, Settings(ctcae="4.03"))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    folder = tmp_path_factory.mktemp("pilot")
    (folder / "senl-ae.toml").write_text('ctcae = "4.03"\n', encoding="utf-8")
    return here(
        "grade", *PACKED, "--config", folder / "senl-ae.toml", "--out", folder / "r", "--no-workbook"
    ), folder / "r"


def test_packed_and_unpacked_are_one_study(study: Study, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.csv").write_bytes(gzip.decompress((PILOT / f"{name}.csv.gz").read_bytes()))
    plain = read_study([tmp_path / f"{name}.csv" for name in NAMES], Settings(ctcae="4.03"))
    for domain in ("subjects", "vitals", "labs", "events"):
        assert plain.frame(domain).table.equals(study.frame(domain).table), domain


def test_every_sheet_is_known(study: Study) -> None:
    domains = dict(zip((s.file for s in study.sheets), (s.domain for s in study.sheets), strict=True))
    assert (
        domains["ae.csv.gz"] == "events"
        and domains["dm.csv.gz"] == "subjects"
        and domains["ex.csv.gz"] == "interventions"
    )
    found = describe_columns(PACKED, Settings())
    assert set(found["file"]) == {p.name for p in PACKED}


def test_levels_and_day_zero_come_from_dm(study: Study) -> None:
    dm = raw("dm").set_index("USUBJID").sort_index()
    subjects = study.subjects.table.set_index("subject_id")
    assert (
        subjects["dose_level"].tolist() == dm["ACTARM"].tolist()
        and subjects["planned_dose"].tolist() == dm["ARM"].tolist()
    )
    failures = (dm["ACTARM"] == "Screen Failure").to_numpy()
    assert ((subjects["infusion"] == NO_TIME).to_numpy() == failures).all()
    first = pd.to_datetime(subjects["infusion"][~failures], unit="s").dt.strftime("%Y-%m-%d")
    assert first.tolist() == dm["RFXSTDTC"][~failures].tolist()
    assert (
        len(told(study, "day0-to-confirm"))
        == len(told(study, "arms-differ"))
        == len(told(study, "not-infused"))
        == 1
    )


def test_only_values_that_a_scale_needed_are_set_aside(study: Study) -> None:
    """The pH of urine is not graded for its specimen; nothing else of the trial is set aside."""
    aside = [i for i in study.issues.found if i.severity == "set aside"]
    assert all(
        i.file == "lb.csv.gz" and ("pH" in i.found or "ph" in i.found or "specimen" in i.found) for i in aside
    )
    tests = told(study, "unknown-test")
    assert len({(i.file, i.found) for i in tests}) == len(tests) and {i.severity for i in tests} == {"note"}
    assert not told(study, "conflicting-values")
    assert len(told(study, "agent-not-listed")) == 1 and "PLACEBO" in told(study, "agent-not-listed")[0].found


def test_every_count_and_value_is_in_a_unit_of_its_test(study: Study) -> None:
    lb = raw("lb")
    for code, test in (
        ("PLAT", "platelets"),
        ("WBC", "wbc"),
        ("HGB", "hemoglobin"),
        ("BILI", "total_bilirubin"),
        ("K", "potassium"),
    ):
        reported = lb[(lb["LBTESTCD"] == code) & (lb["LBORRES"] != "")]
        assert int((study.labs["test"] == test).sum()) == len(reported), code


def test_readings_of_one_day_are_kept(study: Study) -> None:
    vs = raw("vs")
    assert int(study.vitals.table["sbp"].notna().sum()) == int(
        ((vs["VSTESTCD"] == "SYSBP") & (vs["VSORRES"] != "")).sum()
    )
    columns = [i.found.split(":")[0] for i in told(study, "several-readings")]
    assert {"sbp", "dbp", "heart_rate"} <= set(columns) and len(columns) == len(set(columns))


def test_the_command_grades_it_and_says_so_in_few_lines(graded: tuple[Ended, Path]) -> None:
    ended, folder = graded
    assert ended.code == 0, ended.err
    labs = pd.read_csv(folder / "labs.csv", dtype=str, keep_default_na=False)
    termed = labs[labs["term"] != ""]
    blood = termed[termed["test"] != "ph"]
    print(
        f"{len(termed)} graded for a term, {int((termed['grade'] == '').sum())} not gradable; {len(labs) - len(termed)} without a term"
    )
    assert len(blood) > 24_000 and (blood["grade"] != "").all()
    assert blood["grade"].value_counts().to_dict() == {"0": 23271, "1": 779, "2": 72, "3": 43}
