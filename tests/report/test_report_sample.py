"""The tables of the sample study and of a simulated one, from the spreadsheet on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from test_report_invariants import (
    check_grades_add_up,
    check_groups_add_up,
    check_per_patient,
    check_percentages,
    check_print_equals_long,
    check_subjects_are_the_count,
)

from senl_ae.report.count.cohort import figures_within, make_cohort
from senl_ae.report.count.folder import read_results
from senl_ae.report.summary import summarize
from senl_ae.results.schema import figures as declared_figures
from senl_ae.run import grade_files
from senl_ae.settings import Settings
from senl_ae.simulate.charts import simulate_study
from senl_ae.simulate.written import sample_files, write_workbook


@pytest.fixture(scope="module", params=["sample", "simulated"])
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sample":
        study = next(path for path in sample_files() if path.name.endswith("_en.xlsx"))
    else:
        study = folder / "study.xlsx"
        write_workbook(study, simulate_study(60, 4, rows_per_subject=40))
    grade_files([study], Settings(), out=folder / "results", workbook=False)
    return folder / "results"


@pytest.mark.parametrize("window", [None, 28, 7])
def test_the_invariants_hold(graded: Path, window: int | None) -> None:
    long = summarize(graded, by=("dose", "sex"), window=window)
    check_groups_add_up(long)
    check_grades_add_up(long)
    check_percentages(long)
    check_subjects_are_the_count(long)
    check_print_equals_long(long)
    check_per_patient(long)


@pytest.mark.parametrize("syndrome", ["CRS", "ICANS"])
def test_figures_worked_out_again_from_days_and_episodes_are_those_of_the_grading(
    graded: Path, syndrome: str
) -> None:
    """What `--window` works out for a shorter window is, for the whole window, what the grading says."""
    results = read_results(graded)
    cohort = make_cohort(results, None, "derived")
    again = figures_within(results, syndrome, cohort.subjects)
    for name, kind in declared_figures().items():
        if kind is float:
            pd.testing.assert_series_equal(
                again[name], cohort.figures[syndrome][name], check_names=False, check_dtype=False, obj=name
            )


def test_treatments_of_the_tables_are_those_of_the_patients(graded: Path) -> None:
    long = summarize(graded, tables=("overview",))
    frame = long.frame[long.frame["statistic"] == "n"].set_index("row")
    patients = read_results(graded)
    text = pd.read_csv(graded / "patients.csv", dtype=str, keep_default_na=False)
    text = text[text["subject_id"].isin(patients.subjects["subject_id"])]
    assert set(frame.loc["Tocilizumab", "subjects"]) == set(
        text.loc[text["tocilizumab_doses"].astype(float) > 0, "subject_id"]
    )
    for row, column in (
        ("Corticosteroid", "corticosteroid"),
        ("Vasopressor", "vasopressor"),
        ("Intensive care", "icu"),
    ):
        assert set(frame.loc[row, "subjects"]) == set(text.loc[text[column] == "1", "subject_id"]), row
    assert set(frame.loc["Positive-pressure ventilation", "subjects"]) == set(
        text.loc[text["oxygen"] == "positive_pressure", "subject_id"]
    )
