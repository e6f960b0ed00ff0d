"""Late ICAHT is of Day 31 to the day of a setting; counts after progression, new therapy or death are none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.when_study import SUBJECTS, day, graded


def counts(*values: tuple[int, float]) -> list[list[str]]:
    head = ["subject_id", "datetime", "test", "value", "unit", "lln", "uln"]
    return [head, *(["001", day(n), "ANC", f"{value:g}", "10^9/L", "2", "7"] for n, value in values)]


def late(folder: Path, labs: list[list[str]], settings: str = "", **dates: str) -> str:
    subjects = [[*SUBJECTS[0], *dates], [*SUBJECTS[1], *dates.values()]]
    assert graded(folder, {"subjects": subjects, "labs": labs}, settings).code == 0
    lines = (folder / "results" / "haematotoxicity.csv").read_text(encoding="utf-8").splitlines()
    return dict(zip(lines[0].split(","), lines[1].split(","), strict=True))["icaht_late"]


LOW_AT_100 = counts((40, 3), (99, 0.4), (100, 0.4), (101, 0.05), (102, 0.05))


def test_the_late_window_ends_with_its_last_day(tmp_path: Path) -> None:
    assert late(tmp_path, LOW_AT_100) == "3"
    (tmp_path / "earlier").mkdir()
    assert late(tmp_path / "earlier", LOW_AT_100, "icaht_late_until_day = 98\n") in ("", "0")
    (tmp_path / "later").mkdir()
    assert late(tmp_path / "later", LOW_AT_100, "icaht_late_until_day = 102\n") == "4"


@pytest.mark.parametrize("heading", ["progression_date", "relapse date", "PDDT", "进展日期"])
def test_counts_after_progression_are_not_late_icaht(tmp_path: Path, heading: str) -> None:
    labs = counts((31, 1.2), (35, 1.2), (50, 0.05), (60, 0.05))
    assert late(tmp_path, labs) == "4"
    (tmp_path / "progressed").mkdir()
    assert late(tmp_path / "progressed", labs, **{heading: day(40)[:10]}) == "1"
    written = (
        (tmp_path / "progressed" / "results" / "subjects.csv").read_text(encoding="utf-8").splitlines()[0]
    )
    assert "progression_date" in written.split(",")


def test_early_counts_end_with_progression_too(tmp_path: Path) -> None:
    labs = counts(*((n, 0.4 if n >= 5 else 3) for n in range(31)))
    subjects = [[*SUBJECTS[0], "progression_date"], [*SUBJECTS[1], day(10)[:10]]]
    graded(tmp_path, {"subjects": subjects, "labs": labs})
    lines = (tmp_path / "results" / "haematotoxicity.csv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (row["days_anc_500"], row["icaht_early"]) == ("6", "1")
