"""The table that `senl-ae grade` ends with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from screen import flat, printed

from senl_ae.grade.rules.scales import load_scales
from senl_ae.report.patients_console import MOST, patients_view
from senl_ae.run import Run

FACTS = {
    "counts": {"rows": {"vitals": {"rows": 1200}}},
    "version": "0",
    "scales": [scale.facts(scale.syndrome) for scale in load_scales(laboratory=False).values()],
}


def patients(rows: list[dict[str, Any]]) -> dict[str, dict[str, np.ndarray]]:
    """A patients table of hand-made rows: (id, CRS grade, ceiling) and what else is said."""
    blank = {"subject_id": "", "dose_level": "DL1", "infusion": "2026-01-05 10:00:00", "flags": ""}
    for name in ("crs", "icans"):
        blank |= {f"{name}_{k}": np.nan for k in ("grade", "grade_ceiling", "onset_day", "duration_days")}
        blank |= {f"{name}_rules": "", f"{name}_outcome": None}
    whole = [blank | row for row in rows]
    names = dict.fromkeys(name for row in whole for name in row)
    text = (
        "subject_id",
        "dose_level",
        "infusion",
        "flags",
        "crs_rules",
        "icans_rules",
        "crs_outcome",
        "icans_outcome",
    )
    return {
        "patients": {
            n: np.array([row[n] for row in whole], dtype=object if n in text else float) for n in names
        }
    }


def test_a_grade_with_an_open_ceiling_shows_both() -> None:
    row = {
        "subject_id": "001",
        "crs_grade": 2,
        "crs_grade_ceiling": 4,
        "crs_onset_day": 3,
        "crs_duration_days": 5,
        "crs_outcome": "ongoing",
        "crs_rules": "crs-2-hypotension-sbp;crs-2-low-flow-cannula",
        "icans_grade": 0,
        "icans_grade_ceiling": 0,
        "flags": "waiver-assumed",
    }
    text = flat(patients_view(patients([row]), FACTS))
    assert "001 DL1 2 (<=4) D3, 5+ d hypotension; low-flow oxygen 0 a" in text
    assert "Flags: a waiver assumed." in text
    assert "CRS: any grade 1, grade >= 3 0, not evaluable 0, possibly higher 1; 1 of grade 2." in text
    assert "Rows read: 1,200 vitals." in text


def test_not_evaluable_is_not_zero_and_not_infused_is_neither() -> None:
    table = patients(
        [
            {"subject_id": "001", "crs_grade_ceiling": 4},
            {"subject_id": "002", "infusion": None, "flags": "not-infused"},
        ]
    )
    lines = printed(patients_view(table, FACTS)).splitlines()
    assert next(line for line in lines if line.startswith("001")).split()[:4] == ["001", "DL1", "NE", "(<=4)"]
    assert next(line for line in lines if line.startswith("002")).split() == ["002", "DL1", "-", "-", "a"]
    assert "2 subjects, 1 infused." in lines
    assert any(
        line.startswith("CRS: any grade 0, grade >= 3 0, not evaluable 1, possibly higher 1")
        for line in lines
    )


def test_markup_in_ids_is_printed_as_it_is() -> None:
    assert "[red]1[/red]" in printed(
        patients_view(patients([{"subject_id": "[red]1[/red]", "flags": "[bold]odd[/bold]"}]), FACTS)
    )


def test_of_many_subjects_the_worst_are_shown() -> None:
    rows = [{"subject_id": f"S{i:03d}", "crs_grade": i % 4, "crs_grade_ceiling": i % 4} for i in range(200)]
    rows[7] |= {"icans_grade": 5, "icans_grade_ceiling": 5}
    text = printed(patients_view(patients(rows), FACTS))
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("S") and line[1:4].isdigit()]
    assert len(shown) == MOST
    assert shown[0] == "S007"
    assert "140 more subjects stand in patients.csv" in text
    assert "200 subjects, 200 infused." in text


def test_a_further_scale_has_its_own_column() -> None:
    table = patients([{"subject_id": "001", "toy_grade": 3.0, "toy_grade_ceiling": 3.0}])
    text = printed(
        patients_view(table, FACTS | {"scales": [*FACTS["scales"], {"syndrome": "Toy", "id": "toy-1"}]})
    )
    assert "Toy" in text.splitlines()[0]
    assert "3" in next(line for line in text.splitlines() if line.startswith("001"))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_sample_study_fits(sample_run: Run, width: int) -> None:
    text = printed(patients_view(sample_run.tables, sample_run.facts), width)
    assert max(len(line) for line in text.splitlines()) <= width
    for subject in sample_run.tables["patients"]["subject_id"]:
        assert sum(line.startswith(str(subject)) for line in text.splitlines()) == 1
