"""`senl-ae check` and `senl-ae columns`: every problem, who was seen when, how each heading was read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from senl_ae.checking import Checked, check_files, columns_view, problem_view
from senl_ae.issues import Issues, Refused
from senl_ae.settings import Settings
from senl_ae.simulate.written import sample_files, sample_folder

SETTINGS = Settings.model_validate({})


def flat(parts: list[Any], width: int = 300) -> str:
    return " ".join(printed(parts, width).split())


def printed(parts: list[Any], width: int = 100) -> str:
    file = io.StringIO()
    console = Console(width=width, highlight=False, no_color=True, file=file)
    for part in parts:
        console.print(part)
    return file.getvalue()


@pytest.fixture(scope="module")
def sample() -> Checked:
    return check_files(sample_files()[:1], SETTINGS)


def test_a_missing_week_is_seen_before_grading(sample: Checked) -> None:
    text = printed(problem_view(sample))
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("009  vitals"))
    assert lines[start].split()[2] == "#####.......###.#.#..#.#.#..#.#"
    assert lines[start + 1].split()[0] == "support" and lines[start + 2].split()[0] == "neuro"
    assert "Longest gaps without vital signs: 005 (28 days), 009 (7 days)." in text
    assert max(len(line) for line in lines) <= 100


def test_the_days_end_with_death(sample: Checked) -> None:
    line = next(line for line in printed(problem_view(sample)).splitlines() if line.startswith("012  vitals"))
    assert line.split()[2:] == ["#" * 10, "10", "of", "10"]


def test_the_summary_is_json_and_counts_everything(sample: Checked) -> None:
    summary = json.loads(json.dumps(sample.summary()))
    assert summary["refused"] is False and summary["subjects"] == 19 and summary["infused"] == 18
    assert (
        sum(summary["problems"].values())
        == len(sample.issues.found)
        == sum(code["count"] for code in summary["codes"])
    )
    assert len(summary["coverage"]) == 18
    assert summary["inputs"][0]["name"] == "study_en.xlsx" and len(summary["inputs"][0]["sha256"]) == 64


def test_problems_that_only_show_in_use_are_found_too(sample: Checked) -> None:
    assert any(issue.code == "bolus-without-assessment" for issue in sample.issues.found)


def test_a_refused_study_shows_all_its_problems(tmp_path: Path) -> None:
    broken = [
        sample_folder() / "broken" / name
        for name in ("ambiguous_dates.csv", "shifted_rows.csv", "renamed_html.csv")
    ]
    checked = check_files(broken, SETTINGS)
    assert checked.issues.refused and checked.coverage is None
    text = flat(problem_view(checked))
    for path in broken:
        assert path.name in text
    assert "Who was seen when cannot be shown" in text
    assert checked.summary()["refused"] is True and checked.summary()["coverage"] == []


def test_many_problems_are_grouped_by_kind_with_the_first_findings_of_each() -> None:
    issues = Issues()
    for row in range(2, 60):
        issues.add(
            "set aside",
            "out-of-range",
            file="v.xlsx",
            sheet="Day [3]",
            row=row,
            column="C",
            subject_id=f"S{row % 5}",
            found=f"{row}",
        )
    issues.add("note", "odd", file="v.xlsx", found="[red]odd[/red]")
    text = printed(problem_view(Checked(("v.xlsx",), issues, None), 20), 140)
    lines = text.splitlines()
    assert lines[0] == "v.xlsx: 58 values set aside, 1 note"
    at = lines.index("Values set aside")
    assert lines[at + 1 : at + 3] == [
        "  out-of-range  58 values in 5 subjects",
        '      v.xlsx, sheet "Day [3]", C2: 2.',
    ]
    assert sum("Day [3]" in line for line in lines) == 3, "the first three of its different findings"
    assert lines.index("Notes") > at and "v.xlsx: [red]odd[/red]." in text
    assert "--csv FILE writes every problem" in text


def test_of_many_subjects_those_seen_least_are_shown(tmp_path: Path) -> None:
    lines = ["subject_id,infusion_date,date,temperature"]
    for i in range(40):
        lines += [f"S{i:02d},2026-01-05,2026-01-{5 + day:02d},36.8" for day in range(1 if i == 33 else 9)]
    (tmp_path / "v.csv").write_text("\n".join(lines), encoding="utf-8")
    text = printed(problem_view(check_files([tmp_path / "v.csv"], SETTINGS)))
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("S") and "vitals" in line]
    assert len(shown) == 30 and shown[0] == "S33"
    assert "10 more are not shown" in text
    assert "Nobody has any record of: support, neuro, labs." in text


def test_columns_say_how_each_heading_was_read(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        "Subject,infusion,date,Temp (°F),sbp,temprature,[b]x[/b]\n1,2026-01-05,2026-01-06,100.4,120,1,2\n",
        encoding="utf-8",
    )
    text = flat(columns_view([tmp_path / "v.csv"], SETTINGS))
    assert "D Temp (°F) vitals.temperature °F" in text
    assert "F temprature not used unknown; nearest known name: temp (temperature)" in text
    assert "[b]x[/b] not used" in text
    assert "7 headings, 2 not used." in text
    assert '"HEADING" = "item"' in text


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        columns_view([tmp_path / "none.csv"], SETTINGS)
