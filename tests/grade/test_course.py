"""What grading notes about a record: dates before the infusion, deaths without a date, no dose level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.grade.study import grade_study
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from tests.golden.sentences import Case, write_study

SEEN = "D3 08:00: temperature 37.0, sbp 120"


def notes(folder: Path, subject: str, record: str = SEEN) -> list[str]:
    """The codes of the issues about one subject with these facts and this record (golden/sentences.py)."""
    files = write_study(folder, [Case("", "001", "default", f"subject: {subject} | {record}", "")], "default")
    study = read_study(files, Settings())
    graded = grade_study(study, Settings(), checked_scales([]))
    return [issue.code for issue in graded.all_issues.found]


DATES = (
    "death_date",
    "retreatment_date",
    "conditioning_date",
    "new_therapy_date",
    "cutoff_date",
    "last_contact_date",
)


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize(("day", "said"), [(-1, True), (0, False), (1, False)])
def test_a_date_before_the_infusion_that_ends_no_window_is_said(
    tmp_path: Path, name: str, day: int, said: bool
) -> None:
    assert ("date-before-infusion" in notes(tmp_path, f"dose_level DL1, {name} D{day}")) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("death_cause progression", True),
        ("death_cause progression, death_date D9", False),
        ("death_date D9", False),
    ],
)
def test_a_cause_of_death_without_its_date_is_said(tmp_path: Path, facts: str, said: bool) -> None:
    assert ("death-without-date" in notes(tmp_path, f"dose_level DL1, {facts}")) == said


@pytest.mark.parametrize(("facts", "said"), [("age 40", True), ("dose_level DL1", False)])
def test_a_subject_without_a_dose_level_is_said(tmp_path: Path, facts: str, said: bool) -> None:
    assert ("no-dose-level" in notes(tmp_path, facts)) == said


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("fluid saline D3 08:00 for hypotension", False),
        ("fluid saline D3 08:01 for hypotension", True),
        ("fluid saline D3 07:00 to D3 08:01 for hypotension", False),
        ("fluid saline D3 07:00 to D3 08:00 for hypotension", True),
        ("fluid saline D3 09:00 for other", False),
        ("fluid saline D-1 09:00 for hypotension", False),
    ],
)
def test_a_bolus_that_no_assessment_falls_in_is_said(tmp_path: Path, record: str, said: bool) -> None:
    found = notes(tmp_path, "dose_level DL1", f"{SEEN} | {record}")
    assert ("bolus-without-assessment" in found) == said


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("D6 23:00: temperature 37.0", 0),
        ("D7 00:30: temperature 37.0", 1),
        ("D7: temperature 37.0 | neuro D8 08:00: ice_total 10", 1),
    ],
)
def test_rows_after_the_date_of_death_are_said_once_a_subject(tmp_path: Path, record: str, said: int) -> None:
    found = notes(tmp_path, "dose_level DL1, death_date D6", f"{SEEN} | {record}")
    assert found.count("after-death") == said


@pytest.mark.parametrize(
    ("ruling", "code"),
    [
        ("ruling CRS exclude all D3 to D3", None),
        ("ruling CRS exclude all D4 to D5", "ruling-without-effect"),
        ("ruling CRS grade 1 D3 to D3 | ruling CRS grade 2 D3 to D4", "rulings-contradict"),
        ("ruling CRS grade 2 D3 to D3 | ruling CRS grade 2 D3 to D4", None),
    ],
)
def test_a_ruling_without_effect_or_against_another_is_said(
    tmp_path: Path, ruling: str, code: str | None
) -> None:
    found = notes(tmp_path, "dose_level DL1", f"{SEEN} | {ruling}")
    assert [c for c in found if c.startswith("ruling")] == ([code] if code else [])


def graded(
    folder: Path, record: str, syndrome: str, **settings: Any
) -> list[tuple[float | None, float | None]]:
    """Grade and ceiling of each assessment of a study of one subject."""
    files = write_study(folder, [Case("", "001", "default", record, "")], "default")
    study = read_study(files, Settings(**settings))
    table = grade_in_memory(study, Settings(**settings), checked_scales([]))[1]["assessments"]
    rows = zip(table["syndrome"], table["grade"], table["grade_ceiling"], strict=True)
    return [
        tuple(None if np.isnan(float(x)) else float(x) for x in (grade, ceiling))  # type: ignore[misc]
        for name, grade, ceiling in rows
        if name == syndrome
    ]


def test_what_is_too_old_is_not_carried_from_the_very_first_assessment_of_a_study(tmp_path: Path) -> None:
    first = "D3 08:00: temperature 38.5, sbp 80, oxygen_device nasal cannula, oxygen_flow 3"
    record = f"{first} | D3 20:01: spo2 98 | D4 08:01: temperature 36.8, sbp 80"
    found = graded(tmp_path, record, "CRS", fever_gate="strict")
    assert found == [(2, 2), (None, None), (0, 2)]


def test_a_grade_of_the_very_first_assessment_is_too_old_after_a_day(tmp_path: Path) -> None:
    record = "neuro D3 08:00: ice_total 5 | neuro D4 08:01: sedated yes"
    assert graded(tmp_path, f"{SEEN} | {record}", "ICANS") == [(2, 2), (None, None)]


@pytest.mark.parametrize(
    ("later", "hours"),
    [("D3 12:00: temperature 38.5, sbp 120", None), ("D4 10:00: temperature 37.0, sbp 120", 26)],
)
def test_hours_end_with_the_first_clear_assessment_and_only_there(
    tmp_path: Path, later: str, hours: float | None
) -> None:
    record = f"D3 08:00: temperature 38.5, sbp 120 | {later}"
    files = write_study(tmp_path, [Case("", "001", "default", record, "")], "default")
    tables = grade_in_memory(read_study(files, Settings()), Settings(), checked_scales([]))[1]
    (found,) = (float(x) for x in tables["episodes"]["duration_hours"])
    assert np.isnan(found) if hours is None else found == hours
