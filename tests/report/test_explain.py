"""From a grade back to the day, the values, the rule, its paper and the spreadsheet row."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from screen import flat, printed

from senl_ae.grading_run import Run, grade_files
from senl_ae.issues import Refused
from senl_ae.report.explain import explanation
from senl_ae.report.explain_day import clock, ranges
from senl_ae.report.explain_folder import sources
from senl_ae.results import read_table
from senl_ae.settings import Settings

CSV = """subject_id,infusion_date,age,date,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
[b]1[/b],2026-01-05,40,2026-01-06,38.6,120,room air,,
[b]1[/b],2026-01-05,40,2026-01-07,38.2,84,nasal cannula,8,norepinephrine
[b]1[/b],2026-01-05,40,2026-01-08,36.8,120,,,
=2+2,2026-01-05,40,2026-01-06,36.6,120,room air,,
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of one CSV file with awkward ids, its input beside them."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "one;day.csv").write_text(CSV, encoding="utf-8")
    grade_files([folder / "one;day.csv"], Settings.model_validate({}), out=folder / "results", workbook=False)
    return folder / "results"


def test_the_course_has_every_day_and_both_syndromes(sample_run: Run) -> None:
    text = flat(explanation(sample_run.folder, "012"))
    episode = read_table(sample_run.folder, "episodes").query("subject_id == '012' and syndrome == 'CRS'").iloc[0]
    assert "died on Day 9 of CRS" in text
    assert "5 death due to cytokine release syndrome" in text
    assert "10-30 x window ended: death" in text
    span = f"Day {episode['onset_day']} ({episode['onset'][:16]}) to Day {episode['end_day']} ({episode['end'][:16]})"
    assert f"CRS 1: grade 5, {span}, {episode['duration_days']} days, fatal" in text
    assert "sedated: scores and consciousness are not assessed" in text


def test_every_day_of_every_subject_can_be_explained(sample_run: Run) -> None:
    """Grades on the screen are those of daily.csv; nothing raises."""
    daily = read_table(sample_run.folder, "daily")
    for subject in ("003", "005", "009", "015", "016"):
        own = daily[(daily["subject_id"] == subject) & (daily["syndrome"] == "CRS")]
        shown = printed(explanation(sample_run.folder, subject, None, "CRS"))
        for line in (line.split() for line in shown.splitlines()):
            if len(line) > 2 and line[1].startswith("2026-"):
                day = int(line[0].split("-")[0])
                grade = own.loc[own["study_day"] == str(day), ["grade", "state"]].iloc[0]
                assert line[2] == (grade["grade"] or ("." if grade["state"] == "no-record" else "NE"))


def test_a_day_shows_values_rule_paper_and_rows(small: Path) -> None:
    text = flat(explanation(small, "[b]1[/b]", 2, "CRS"))
    assert "CRS, Day 2, 2026-01-07: grade 3; fever gate open" in text
    assert "Time Grade C limit 90 pressors Oxygen row" in text
    assert "day 3 38.2 84 1 cannula 8 L/min 3" in text
    assert "day: grade 3, hypotension that needs a vasopressor, with or without vasopressin" in text
    assert "crs-3-high-flow-cannula: oxygen device is nasal cannula and oxygen flow > 6 L/min" in text
    assert "Source: Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638, doi 10.1016/j.bbmt.2018.12.758" in text


def test_what_is_open_says_what_would_settle_it(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "assessments").query("subject_id == '018' and missing == 'oxygen_flow'")
    text = flat(explanation(sample_run.folder, "018", int(rows["study_day"].iloc[0]), "CRS"))
    assert "day: up to grade 3 is not ruled out; to settle it: the oxygen flow in L/min" in text
    assert "crs-2-low-flow-unknown: nasal cannula, flow not recorded" in text
    assert 'study_en.xlsx, sheet "Vitals by day"' in text
    assert "yes+" in text and "+ from a treatment that was running" in text


def test_hourly_assessments_stand_on_a_line_each(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "assessments").query("subject_id == '012' and syndrome == 'CRS' and study_day == '5'")
    text = printed(explanation(sample_run.folder, "012", 5, "CRS"))
    lines = [line for line in text.splitlines() if line[2:3] == ":" and line[:2].isdigit()]
    assert [line[:5] for line in lines] == [moment[11:16] for moment in rows["datetime"]]
    assert [line.split()[1] for line in lines] == rows["grade"].tolist()
    assert max(len(line) for line in text.splitlines()) <= 100
    for line, source in zip(lines, rows["source"], strict=True):
        assert all(row in line for _, _, numbers in sources(source) for row in numbers)


def test_a_ruling_is_said(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "assessments")
    ruled = rows[rows["flags"].str.contains("ruling") & (rows["subject_id"] == "015")]
    text = flat(explanation(sample_run.folder, "015", int(ruled["study_day"].iloc[0]), "CRS"))
    assert "ruling: an investigator's ruling applies" in text


def test_the_laboratory(sample_run: Run) -> None:
    course = flat(explanation(sample_run.folder, "002", None, "labs"))
    assert "Lymphocyte count decreased" in course
    labs = read_table(sample_run.folder, "labs")
    row = labs[(labs["subject_id"] == "002") & (labs["term"] == "Lymphocyte count decreased") & (labs["grade"] == "4")].iloc[0]
    day = flat(explanation(sample_run.folder, "002", int(row["study_day"]), "labs"))
    number = row["source"].rpartition(":")[2]
    assert f"alc {row['value']} 10^9/L 1.1-3.2 Lymphocyte count decreased 4 lymphocytes below 0.2 x 10^9/L {number}" in day
    assert "Criteria for Adverse Events v5.0" in day and "v4.03" not in day
    assert "Graded by no term: crp" in day
    assert 'Rows are those of study_en.xlsx, sheet "Labs"' in day


def test_unknown_subject_day_and_syndrome_say_what_there_is(sample_run: Run) -> None:
    for arguments, found in (
        (("12", None, None), "the nearest 012"),
        (("zzz", None, None), "one of the 19 ids in patients.csv"),
        (("012", 99, None), "0-9."),
        (("012", None, "CSR"), "one of CRS, ICANS, labs"),
    ):
        with pytest.raises(Refused) as refused:
            explanation(sample_run.folder, *arguments)
        assert found in refused.value.issues.found[0].sentence()


def test_a_subject_without_an_infusion(sample_run: Run) -> None:
    assert "nothing is graded" in flat(explanation(sample_run.folder, "019"))


def test_ids_with_markup_or_like_formulas(small: Path) -> None:
    text = printed(explanation(small, "[b]1[/b]"))
    assert text.startswith("Subject [b]1[/b]:")
    day = flat(explanation(small, "[b]1[/b]", 2, "CRS"))
    assert "grade 3" in day and "one;day.csv" in day
    assert printed(explanation(small, "=2+2")).startswith("Subject =2+2:")


def test_changed_input_is_said_and_the_folder_still_shown(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small.parent, tmp_path / "copy")
    copied = tmp_path / "copy"
    run = (copied / "results" / "run.json").read_text(encoding="utf-8").replace(str(small.parent), str(copied))
    (copied / "results" / "run.json").write_text(run, encoding="utf-8")
    assert "38.2" in flat(explanation(copied / "results", "[b]1[/b]", 2, "CRS"))
    (copied / "one;day.csv").write_text(CSV.replace("38.2", "38.3"), encoding="utf-8")
    text = flat(explanation(copied / "results", "[b]1[/b]", 2, "CRS"))
    assert "the input files have changed since the run" in text and "38.2" not in text
    assert "crs-3-vasopressor" in text
    (copied / "one;day.csv").unlink()
    assert "no longer where they were: one;day.csv" in flat(explanation(copied / "results", "[b]1[/b]", 2, "CRS"))


def test_sources_are_taken_apart() -> None:
    assert sources("a.xlsx:Day 3:14;a.xlsx:Day 3:15;b.csv::2") == [("a.xlsx", "Day 3", ["14", "15"]), ("b.csv", "", ["2"])]
    assert sources("one;day.csv::3") == [("one;day.csv", "", ["3"])]
    assert sources("") == []


def test_times_and_days_in_short() -> None:
    times = ["00:00", "06:00", "12:00", "18:00"]
    assert clock(times, times) == "every time"
    assert clock(times[1:], times) == "06:00 to 18:00"
    assert clock(["00:00", "12:00"], times) == "00:00, 12:00"
    assert ranges([-6, -5, 0, 1, 2, 5, 7, 8]) == "-6 to -5, 0-2, 5, 7-8"
