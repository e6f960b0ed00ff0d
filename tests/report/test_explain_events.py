"""Reported adverse events in explain: on their days, beside the derived grades, with whether they count; and the records behind a count."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from make_adverse_events import BLOOD, GI, SHELL_STUDY, nine, with_events
from screen import flat, printed

from senl_ae.report.explain.explanation import explanation
from senl_ae.report.who import behind_count
from senl_ae.run import Run

SUBJECT = "007"
"""Of the sample study: CRS of grade 1 on Day 3, of grade 3 on Days 4 and 5."""


def explained(run: Run, tmp_path: Path, said: list[dict[str, Any]], day: int | None = None) -> list[Any]:
    folder = tmp_path / "r"
    shutil.copytree(run.folder, folder)
    with_events(folder, [{"subject": SUBJECT, **one} for one in said])
    return explanation(folder, SUBJECT, day)


def test_an_event_stands_on_its_first_day_and_beside_the_grades_derived_on_its_days(
    sample_run: Run, tmp_path: Path
) -> None:
    parts = explained(
        sample_run, tmp_path, [{"pt": "Cytokine release syndrome", "grade": 2, "start_day": 4, "end_day": 5}]
    )
    text = printed(parts, 160)
    on_day = next(line for line in text.splitlines() if line.startswith("4 "))
    assert "Cytokine release syndrome 2 (to 5)" in on_day
    listed = next(line for line in text.splitlines() if line.startswith("4 to 5"))
    assert listed.split()[:8] == ["4", "to", "5", "Cytokine", "release", "syndrome", "2", "3"]
    assert "events.xlsx" in text and "row 2" in text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"emergent": "assumed"}, "yes, assumed"),
        ({"period": "late", "start_day": 40, "in_window": 0}, "no, after the window"),
        (
            {"period": "lymphodepletion", "start_day": -3, "emergent": "no", "in_window": 0},
            "no, in the lymphodepletion",
        ),
        ({"emergent": "no", "in_window": 0}, "no, not worse than before"),
        ({"period": "before", "start_day": -9, "emergent": "no", "in_window": 0}, "no, before"),
        ({"period": "before", "start_day": -9, "emergent": "yes"}, "yes"),
    ],
)
def test_whether_it_counts_is_said_and_why_not(
    said: dict[str, Any], words: str, sample_run: Run, tmp_path: Path
) -> None:
    text = printed(explained(sample_run, tmp_path, [{"pt": "Nausea", **said}]), 160)
    line = next(line for line in text.splitlines() if "Nausea" in line and "events.xlsx" in line)
    assert words in line


def test_a_day_shows_the_events_that_were_there_on_it(sample_run: Run, tmp_path: Path) -> None:
    said = [
        {"pt": "Nausea", "start_day": 2, "end_day": 4},
        {"pt": "Rash", "start_day": 4, "end_day": ""},
        {"pt": "Cough", "start_day": 5},
        {"pt": "Fall", "start_day": 1, "end_day": 3},
    ]
    text = flat(explained(sample_run, tmp_path, said, 4))
    assert "Adverse events as reported, Day 4" in text
    assert [name in text for name in ("Nausea", "Rash", "Cough", "Fall")] == [True, True, False, False]
    assert "4, no end" in text


def test_names_print_as_they_are_at_100_columns(sample_run: Run, tmp_path: Path) -> None:
    text = printed(
        explained(sample_run, tmp_path, [{"pt": "[red]=SUM(1)[/red]"}, {"pt": "'=SUM(2)", "grade": ""}])
    )
    assert "[red]=SUM(1)[/red]" in text.replace("\n", "") or "[red]=SUM" in text
    assert "'=SUM(2)" not in text and "=SUM(2)" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_records_behind_every_count_are_its_subjects(tmp_path: Path) -> None:
    said = [one | {"aesi": "cytopenias"} if one["soc"] == BLOOD else one for one in SHELL_STUDY]
    folder = with_events(nine(tmp_path / "r"), said)
    for table, row, level, statistic, column, records in (
        ("ae-terms", "Anaemia", None, None, "DL2", ["Anaemia", "Anaemia"]),
        ("ae-terms", BLOOD, None, None, "Total", ["Anaemia", "Neutropenia", "Anaemia", "Neutropenia"]),
        ("ae-terms", GI, None, ">= 3", "Total", ["Vomiting"]),
        ("ae-grades", "Vomiting", "Grade 1", None, "Total", ["Vomiting"]),
        ("ae-overview", "Grade 4", None, None, "Total", ["Neutropenia", "Anaemia"]),
        ("ae-overview", "Number of events", None, None, "DL1", ["Nausea", "Vomiting"]),
        ("ae-interest", "Cytopenias: terms", "Neutropenia", None, "Total", ["Neutropenia", "Neutropenia"]),
        ("ae-interest", "Cytopenias", "Grade >= 3", None, "Total", ["Anaemia", "Neutropenia", "Anaemia"]),
    ):
        found = behind_count(folder, table, row, level, column, statistic)
        assert found.rows["what"].tolist() == records, (table, row)
        assert found.rows["source"].str.startswith("events.xlsx:AE:").all()
        assert not found.notes or table == "ae-overview"
