"""What grading notes about a record: dates before the infusion, deaths without a date, no dose level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from senl_ae.grade.course.notes import row_account
from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.grade.study import grade_study
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from tests.golden.sentences import Case, write_study

SEEN = "D3 08:00: temperature 37.0, sbp 120"
INFUSED = "dose_level DL1"
DATES = (
    "death_date",
    "retreatment_date",
    "conditioning_date",
    "new_therapy_date",
    "cutoff_date",
    "last_contact_date",
)
NOTED: list[tuple[str, str, str, int]] = [
    *[("date-before-infusion", f"{INFUSED}, {name} D-1", SEEN, 1) for name in DATES],
    *[("date-before-infusion", f"{INFUSED}, {name} D0", SEEN, 0) for name in DATES],
    *[("date-before-infusion", f"{INFUSED}, {name} D1", SEEN, 0) for name in DATES],
    ("death-without-date", f"{INFUSED}, death_cause progression", SEEN, 1),
    ("death-without-date", f"{INFUSED}, death_cause progression, death_date D9", SEEN, 0),
    ("death-without-date", f"{INFUSED}, death_date D9", SEEN, 0),
    ("death-without-date", INFUSED, SEEN, 0),
    ("no-dose-level", "age 40", SEEN, 1),
    ("no-dose-level", INFUSED, SEEN, 0),
    *[
        ("bolus-without-assessment", INFUSED, f"{SEEN} | fluid saline {given}", said)
        for given, said in (
            ("D3 08:00 for hypotension", 0),
            ("D3 08:01 for hypotension", 1),
            ("D3 07:00 to D3 08:01 for hypotension", 0),
            ("D3 07:00 to D3 08:00 for hypotension", 1),
            ("D3 09:00 for other", 0),
            ("D-1 09:00 for hypotension", 0),
        )
    ],
    ("after-death", f"{INFUSED}, death_date D6", f"{SEEN} | D6 23:00: temperature 37.0", 0),
    ("after-death", f"{INFUSED}, death_date D6", f"{SEEN} | D7 00:30: temperature 37.0", 1),
    (
        "after-death",
        f"{INFUSED}, death_date D6",
        f"{SEEN} | D7: temperature 37.0 | neuro D8 08:00: ice_total 10",
        1,
    ),
    *[
        (code, INFUSED, f"{SEEN} | {ruling}", said)
        for ruling, code, said in (
            ("ruling CRS exclude all D3 to D3", "ruling", 0),
            ("ruling CRS exclude all D4 to D5", "ruling-without-effect", 1),
            ("ruling CRS grade 1 D3 to D3 | ruling CRS grade 2 D3 to D4", "rulings-contradict", 1),
            ("ruling CRS grade 2 D3 to D3 | ruling CRS grade 2 D3 to D4", "ruling", 0),
        )
    ],
]
"""What begins with this code is said so often of a subject with these facts and this record (golden/sentences.py)."""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The codes of the issues about each subject of one study: the rows of NOTED by their number."""
    cases = [
        Case("", f"{number:03}", "default", f"subject: {facts} | {record}", "")
        for number, (_, facts, record, _) in enumerate(NOTED)
    ]
    study = read_study(write_study(tmp_path_factory.mktemp("notes"), cases, "default"), Settings())
    graded = grade_study(study, Settings(), checked_scales([]))
    found: dict[str, list[str]] = {case.case: [] for case in cases}
    for issue in graded.all_issues.found:
        found.get(issue.subject_id, []).append(issue.code)
    return found


@pytest.mark.parametrize("number", range(len(NOTED)), ids=lambda n: f"{NOTED[n][0]}-{n}")
def test_what_a_record_leaves_open_is_said_of_its_subject(number: int, notes: dict[str, list[str]]) -> None:
    code, _, _, said = NOTED[number]
    about = [c for c in notes[f"{number:03}"] if c.startswith(code)]
    assert about == [about[0] if about else code] * said


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


def test_oxygen_of_the_very_first_assessment_is_carried(tmp_path: Path) -> None:
    record = f"D3 08:00: temperature 38.5, sbp 120, oxygen_flow 2 | {SEEN.replace('08:00', '10:00')}"
    assert graded(tmp_path, record, "CRS") == [(2, 3), (2, 3)]


def test_the_only_drug_of_a_study_may_have_hidden_a_fever(tmp_path: Path) -> None:
    record = "D3 08:00: temperature 37.0, sbp 80 | tocilizumab tocilizumab D2 08:00"
    assert graded(tmp_path, record, "CRS") == [(0, 2)]


def test_a_fever_of_the_very_first_assessment_explains_a_sign_within_a_day(tmp_path: Path) -> None:
    record = "D3 20:00: temperature 38.5, sbp 120 | D4 20:00: temperature 36.8, sbp 80"
    assert graded(tmp_path, record, "CRS", fever_gate="strict") == [(1, 1), (2, 2)]


def test_a_grade_of_the_very_first_assessment_is_of_the_date_before(tmp_path: Path) -> None:
    record = "neuro D3 08:00: ice_total 5 | neuro D4: sedated yes"
    assert graded(tmp_path, f"{SEEN} | {record}", "ICANS") == [(2, 2), (None, 4)]


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ("neuro D3 08:00: ice_total 5", {"ICANS": [2]}),
        ("D3 08:00: temperature 38.5, sbp 120", {"CRS": [1]}),
        ("subject: dose_level DL1", {}),
    ],
)
def test_what_a_study_does_not_have_is_not_graded(
    tmp_path: Path, record: str, found: dict[str, list[float]]
) -> None:
    files = write_study(tmp_path, [Case("", "001", "default", record, "")], "default")
    table = grade_in_memory(read_study(files, Settings()), Settings(), checked_scales([]))[1]["assessments"]
    rows: dict[str, list[float]] = {}
    for name, grade in zip(table["syndrome"], table["grade"], strict=True):
        rows.setdefault(name, []).append(float(grade))
    assert rows == found


@pytest.mark.parametrize(
    ("record", "rule", "flag"),
    [
        (f"{SEEN.replace('37.0', '38.5')} | D5 08:00: sbp 80", "crs-2-hypotension-sbp", "waiver-assumed"),
        (f"{SEEN} | neuro D3 08:00: consciousness voice", "icans-2-consciousness", "ice-not-done"),
    ],
)
def test_a_sign_that_a_table_grades_1_is_flagged_as_well(
    tmp_path: Path, record: str, rule: str, flag: str
) -> None:
    lower = {
        name: replace(
            scale, rules=tuple(replace(r, grade=1) if r.id.startswith(rule) else r for r in scale.rules)
        )
        for name, scale in checked_scales([]).items()
    }
    files = write_study(tmp_path, [Case("", "001", "default", record, "")], "default")
    table = grade_in_memory(read_study(files, Settings()), Settings(), lower)[1]["assessments"]
    assert (table["grade"][-1], table["flags"][-1]) == (1, flag)


def test_every_row_is_counted_once_under_what_became_of_it(tmp_path: Path) -> None:
    record = (
        f"{SEEN} | D-1 08:00: temperature 37.0 | neuro D3 08:00: ice_total 9 | tocilizumab tocilizumab D3 08:00"
        " | vasopressor norepinephrine D3 06:00 to D3 09:00 | fluid saline D3 09:00 for hypotension"
        " | oxygen nasal cannula D-2 to D-1 | ruling CRS exclude all D3 to D3 | ruling CRS exclude all D9 to D9"
    )
    files = write_study(tmp_path, [Case("", "001", "default", record, "")], "default")
    graded = grade_in_memory(read_study(files, Settings()), Settings(), checked_scales([]))[0]
    assert row_account(graded) == {
        "subjects": {"rows": 1},
        "vitals": {"rows": 2, "graded": 1, "before-infusion": 1},
        "interventions": {
            "rows": 4,
            "graded": 1,
            "before-infusion": 1,
            "treatment-record": 1,
            "met-no-assessment": 1,
        },
        "neuro": {"rows": 1, "graded": 1},
        "adjudications": {"rows": 2, "graded": 1, "met-no-assessment": 1},
    }


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
