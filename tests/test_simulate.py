"""Simulated studies: the same seed means the same study, and the courses look like courses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from senl_ae.simulate.charts import simulate_study
from senl_ae.simulate.written import one_sheet, sample_files, write_csv, write_workbook
from tests.running import run


def test_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        frames = simulate_study(6, seed, rows_per_subject=20, labs=True)
        write_workbook(tmp_path / f"{name}.xlsx", frames)
        write_csv(tmp_path / f"{name}.csv", frames)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()


def test_rows_are_as_many_as_asked_for_except_after_a_death() -> None:
    frames = simulate_study(300, 1, rows_per_subject=40)
    rows = frames["vitals"].groupby("subject_id").size()
    dead = set(frames["subjects"].loc[frames["subjects"]["death_date"].notna(), "subject_id"])
    assert set(rows[rows != 40].index) <= dead
    assert len(frames["subjects"]) == 300
    assert not frames["vitals"].duplicated(["subject_id", "datetime"]).any()


@pytest.mark.parametrize("rows", [1, 5, 500])
def test_times_of_a_subject_increase(rows: int) -> None:
    vitals = simulate_study(20, 3, rows_per_subject=rows)["vitals"]
    gaps = vitals.groupby("subject_id")["datetime"].diff().dropna()
    assert (gaps.dt.total_seconds() > 0).all()


def test_fever_support_and_weak_pressure_come_with_the_severe_courses_and_rise_with_the_dose() -> None:
    frames = simulate_study(3000, 5, rows_per_subject=60)
    vitals = frames["vitals"].merge(frames["subjects"][["subject_id", "dose_level"]], on="subject_id")
    febrile = vitals[vitals["temperature"] >= 38].groupby("dose_level")["subject_id"].nunique()
    assert febrile["DL1"] < febrile["DL2"] < febrile["DL3"]
    supported = vitals["oxygen_device"] != "room air"
    fevers = vitals.groupby("subject_id")["temperature"].max()
    assert (fevers[vitals.loc[supported, "subject_id"].unique()] >= 38).all()
    assert set(frames["interventions"]["agent"].dropna()) >= {
        "norepinephrine",
        "epinephrine",
        "tocilizumab",
        "paracetamol",
    }


def test_one_sheet_has_the_subject_columns_on_every_row() -> None:
    frames = simulate_study(5, 1, rows_per_subject=10)
    sheet = one_sheet(frames)
    assert len(sheet.columns) == 12
    assert sheet[["dose_level", "age", "infusion_datetime"]].notna().all().all()


def test_folder_of_csv_has_one_file_per_table(tmp_path: Path) -> None:
    write_csv(tmp_path / "study", simulate_study(3, 1, rows_per_subject=5))
    assert sorted(p.name for p in (tmp_path / "study").iterdir()) == [
        "interventions.csv",
        "neuro.csv",
        "subjects.csv",
        "vitals.csv",
    ]


def test_sample_files_are_found() -> None:
    assert all(p.is_file() for p in sample_files())


def test_importing_the_simulation_imports_neither_numpy_nor_pandas() -> None:
    code = (
        "import sys, senl_ae.simulate.charts, senl_ae.simulate.written; "
        "print(sorted({'numpy', 'pandas', 'openpyxl'} & set(sys.modules)))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_simulated_workbook_is_graded_with_every_severity_of_course(tmp_path: Path) -> None:
    book, out = tmp_path / "study.xlsx", tmp_path / "out"
    write_workbook(book, simulate_study(60, 2, rows_per_subject=45))
    words = [
        "grade",
        str(book),
        "--out",
        str(out),
        "--no-workbook",
        "--quiet",
    ]
    ended = run(*words, cwd=tmp_path)
    assert ended.code == 0, ended.err
    import pandas as pd

    patients = pd.read_csv(out / "patients.csv")
    assert {0, 1, 2, 3} <= set(patients["crs_grade"].dropna())
    issues = pd.read_csv(out / "issues.csv")
    assert set(issues["severity"]) <= {"note"}
