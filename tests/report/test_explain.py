"""From a grade back to the day, the values, the rule, its paper and the spreadsheet row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from screen import flat, printed

from senl_ae.issues import Refused
from senl_ae.report.explain.day import clock, ranges
from senl_ae.report.explain.explanation import explanation
from senl_ae.report.explain.folder import sources
from senl_ae.results.folder import read_table
from senl_ae.run import Run, grade_files
from senl_ae.settings import Settings
from senl_ae.writing.csv_text import safe_text
from tests.running import SAMPLE

CSV = """subject_id,infusion_date,age,date,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
[b]1[/b],2026-01-05,40,2026-01-06,38.6,120,room air,,
[b]1[/b],2026-01-05,40,2026-01-07,38.2,84,nasal cannula,8,norepinephrine
[b]1[/b],2026-01-05,40,2026-01-08,36.8,120,,,
=2+2,2026-01-05,40,2026-01-06,36.6,120,room air,,
"""

TOY = """
[scale]
id = "toy-warmth"
title = "Toy warmth"
syndrome = "TOY"
source = "A toy, 2026"
zero_needs = ["temperature"]

[[rule]]
id = "toy-1"
grade = 1
when = { temperature = { ge = 37.5 } }
says = "a temperature that a toy asks about"
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
    episode = (
        read_table(sample_run.folder, "episodes").query("subject_id == '012' and syndrome == 'CRS'").iloc[0]
    )
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
    assert (
        "Source: Lee DW et al. Biol Blood Marrow Transplant 2019;25:625-638, doi 10.1016/j.bbmt.2018.12.758"
        in text
    )


def test_what_is_open_says_what_would_settle_it(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "assessments").query(
        "subject_id == '018' and missing == 'oxygen_flow'"
    )
    text = flat(explanation(sample_run.folder, "018", int(rows["study_day"].iloc[0]), "CRS"))
    assert "day: up to grade 3 is not ruled out; to settle it: the oxygen flow in L/min" in text
    assert "crs-2-low-flow-unknown: nasal cannula, flow not recorded" in text
    assert 'study_en.xlsx, sheet "Vitals by day"' in text
    assert "yes+" in text and "+ from a treatment that was running" in text


def test_hourly_assessments_stand_on_a_line_each(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "assessments").query(
        "subject_id == '012' and syndrome == 'CRS' and study_day == '5'"
    )
    text = printed(explanation(sample_run.folder, "012", 5, "CRS"))
    lines = [line for line in text.splitlines() if line[2:3] == ":" and line[:2].isdigit()]
    assert [line[:5] for line in lines] == [moment[11:16] for moment in rows["datetime"]]
    assert [line.split()[1] for line in lines] == rows["grade"].tolist()
    assert max(len(line) for line in text.splitlines()) <= 100
    for line, source in zip(lines, rows["source"], strict=True):
        assert all(row in line for _, _, numbers in sources(source) for row in numbers)


def test_the_laboratory(sample_run: Run) -> None:
    course = flat(explanation(sample_run.folder, "002", None, "labs"))
    assert "Lymphocyte count decreased" in course
    labs = read_table(sample_run.folder, "labs")
    row = labs[
        (labs["subject_id"] == "002")
        & (labs["term"] == "Lymphocyte count decreased")
        & (labs["grade"] == "4")
    ].iloc[0]
    day = flat(explanation(sample_run.folder, "002", int(row["study_day"]), "labs"))
    number = row["source"].rpartition(":")[2]
    assert (
        f"ALC {row['value']} 10^9/L 1.1-3.2 Lymphocyte count decreased 4 lymphocytes below 0.2 x 10^9/L {number}"
        in day
    )
    assert "Criteria for Adverse Events v5.0" in day and "v4.03" not in day
    assert "Graded by no term: CRP" in day
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


def every_view(results: Path, ids: Sequence[str]) -> list[str]:
    """The course of some subjects and every day of theirs, as the screen has them."""
    rows = [
        read_table(results, name) for name in ("assessments", "labs") if (results / f"{name}.csv").exists()
    ]
    days = {
        (s, int(d))
        for table in rows
        for s, d in zip(table["subject_id"], table["study_day"], strict=True)
        if d
    }
    return [
        printed(explanation(results, subject, day))
        for subject in ids
        for day in [None, *sorted(d for s, d in days if s == safe_text(subject))]
    ]


def test_the_results_explain_themselves_where_everything_else_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere, without the inputs and the further tables, and with grading tables that this program does not know: the same bytes."""
    study, there = tmp_path / "study", tmp_path / "elsewhere"
    (study / "tables").mkdir(parents=True)
    there.mkdir()
    shutil.copy(SAMPLE, study / "study.xlsx")
    (study / "one;day.csv").write_text(CSV, encoding="utf-8")
    (study / "tables" / "toy.toml").write_text(TOY, encoding="utf-8")
    for folder, file in (("sample", "study.xlsx"), ("small", "one;day.csv")):
        out, settings = study / folder, Settings.model_validate({})
        grade_files([study / file], settings, out=out, tables=[study / "tables"], workbook=False)
    monkeypatch.chdir(study)
    asked = ((Path("sample"), ("003", "012", "015")), (Path("small"), ("[b]1[/b]", "=2+2")))
    before = [every_view(folder, ids) for folder, ids in asked]
    for folder in ("sample", "small"):
        shutil.move(study / folder, there / folder)
    monkeypatch.chdir(there)
    shutil.rmtree(study)
    monkeypatch.setattr("senl_ae.vocabulary.items.tables_folder", lambda: tmp_path / "none")
    after = [every_view(folder, ids) for folder, ids in asked]
    assert after == before
    text = "\n".join(view for views in before for view in views)
    assert "a temperature that a toy asks about" in text and "A toy, 2026" in text


def copied(results: Path, to: Path) -> Path:
    shutil.copytree(results, to / "copy")
    return to / "copy"


def test_what_values_csv_says_is_what_is_shown(small: Path, tmp_path: Path) -> None:
    copy = copied(small, tmp_path)
    values, day = copy / "values.csv", ("[b]1[/b]", 2, "CRS")
    written = values.read_text(encoding="utf-8")
    line = next(x for x in written.splitlines() if "2026-01-07" in x and ",CRS," in x)
    for changed, shown in (
        (line.replace(",38.2,", ",39.7,"), "39.7"),
        (line.replace(",38.2,", ",much,"), "much"),
        ("", "grade 3"),
    ):
        values.write_text(written.replace(line, changed).replace("\n\n", "\n"), encoding="utf-8")
        text = flat(explanation(copy, *day))
        assert shown in text and "38.2" not in text
        assert "crs-3-vasopressor" in text


def test_results_without_values_or_of_an_earlier_version_say_what_to_do(small: Path, tmp_path: Path) -> None:
    copy, day = copied(small, tmp_path), ("[b]1[/b]", 2, "CRS")
    (copy / "values.csv").unlink()
    text = flat(explanation(copy, *day))
    assert (
        "The values are not shown: these results hold none. Grade again with `senl-ae grade FILES --values`."
        in text
    )
    assert "day: grade 3, hypotension that needs a vasopressor" in text and "38.2" not in text
    run = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    for name in ("rules", "sheets"):
        del run[name]
    (copy / "run.json").write_text(json.dumps(run), encoding="utf-8")
    text = flat(explanation(copy, *day))
    assert "rules are shown by their ids. Grade again." in text
    assert "day: crs-3-vasopressor (crs-3-vasopressor)" in text
    run["rules"] = {"CRS": {"rules": [{"id": "x", "when": {"temperature": {"ge": []}}}]}}
    (copy / "run.json").write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        explanation(copy, *day)
    assert "its rules are not as senl-ae writes them" in refused.value.issues.found[0].sentence()


def test_both_ends_of_a_doubt_are_shown(tmp_path: Path) -> None:
    """Where a doubt lowers the floor the value as charted is not what was graded."""
    files = {
        "subjects": "subject_id,infusion_datetime,age\n1,2026-03-02 10:00,44\n",
        "vitals": """subject_id,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
1,2026-03-05 08:00,38.6,84,nasal cannula,3-7,none
1,2026-03-05 10:00,38.8,8OO,gizmo,,
""",
        "treatments": "subject_id,category,agent,start,end,status\n1,vasopressor,norepinephrine,2026-03-05 09:30,2026-03-05 12:30,gizmo\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    grade_files(sorted(tmp_path.glob("*.csv")), Settings(), out=tmp_path / "r", workbook=False)
    text = flat(explanation(tmp_path / "r", "1", 3, "CRS"))
    assert "08:00 2 (<=3) 38.6 84 0 0 cannula 3 to 7 L/min 2" in text
    assert "10:00 1 (<=4) 38.8 unreadable 0 to 1 0 to 1 unreadable 3" in text
    assert "a to b: from what the record proves to the worst that it leaves open" in text
    assert "crs-4-positive-pressure: positive pressure" in text


def test_sources_are_taken_apart() -> None:
    assert sources("a.xlsx:Day 3:14;a.xlsx:Day 3:15;b.csv::2") == [
        ("a.xlsx", "Day 3", ["14", "15"]),
        ("b.csv", "", ["2"]),
    ]
    assert sources("a.xlsx:one;day:3;b.csv::2") == [("a.xlsx", "one;day", ["3"]), ("b.csv", "", ["2"])]
    assert sources("one;day.csv::3") == [("one;day.csv", "", ["3"])]
    assert sources("") == []


def test_times_and_days_in_short() -> None:
    times = ["00:00", "06:00", "12:00", "18:00"]
    assert clock(times, times) == "every time"
    assert clock(times[1:], times) == "06:00 to 18:00"
    assert clock(["00:00", "12:00"], times) == "00:00, 12:00"
    assert ranges([-6, -5, 0, 1, 2, 5, 7, 8]) == "-6 to -5, 0-2, 5, 7-8"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of one subject with two draws: calcium with an albumin and with an unsure one, ALT over a high baseline, rulings."""
    folder = tmp_path_factory.mktemp("drawn")
    start = "2026-01-05"
    (folder / "subjects.csv").write_text(f"subject_id,infusion_date,age\n1,{start},40\n", encoding="utf-8")
    labs = (
        ("2026-01-04", "ALT", "100", "U/L", "7", "40"),
        ("2026-01-07", "ALT", "350", "U/L", "7", "40"),
        ("2026-01-07", "Calcium", "7.2", "mg/dL", "8.5", "10.5"),
        ("2026-01-07", "Albumin", "3.0", "g/dL", "3.5", "5.5"),
        ("2026-01-08", "Calcium", "2.3", "mmol/L", "2.1", "2.6"),
        ("2026-01-08", "Albumin", "30", "g/L", "35", "55"),
        ("2026-01-09", "ALT", "120", "U/L", "7", "40"),
        ("2026-01-09", "INR", "1.0", "", "0.8", "1.2"),
    )
    lines = "".join(f"1,{','.join(row)}\n" for row in labs)
    (folder / "labs.csv").write_text(f"subject_id,date,test,value,unit,lln,uln\n{lines}", encoding="utf-8")
    vitals = "1,2026-01-06,38.6,120,room air,,\n1,2026-01-07,38.5,84,nasal cannula,2,norepinephrine\n"
    heading = "subject_id,date,temperature,sbp,oxygen_device,oxygen_flow,vasopressors\n"
    (folder / "vitals.csv").write_text(heading + vitals, encoding="utf-8")
    rulings = "1,CRS,exclude,hypotension,2026-01-07,,,bleeding,Dr A,2026-02-01\n1,CRS,grade,,2026-01-06,2026-01-06,2,,,\n"
    heading = "subject_id,syndrome,action,sign,start,end,grade,reason,by,on\n"
    (folder / "adjudications.csv").write_text(heading + rulings, encoding="utf-8")
    grade_files(
        sorted(folder.glob("*.csv")), Settings.model_validate({}), out=folder / "results", workbook=False
    )
    return folder / "results"


def test_a_ruling_is_shown_with_its_reason_author_and_date(sample_run: Run, drawn: Path) -> None:
    text = flat(explanation(sample_run.folder, "015", 6, "CRS"))
    why = "E. coli bacteraemia, two culture sets; fever and pressure explained by it"
    who = "from 2026-05-18 to 2026-05-20, by Safety committee on 2026-06-01"
    assert (
        f'Ruling day: all signs excluded {who}: {why} (study_en.xlsx, sheet "Adjudications", row 2)' in text
    )
    assert "day: without the ruling the grade is 2" in text
    assert "an investigator's ruling applies" not in text
    text = flat(explanation(drawn, "1", 2, "CRS"))
    assert (
        "day: hypotension excluded from 2026-01-07, by Dr A on 2026-02-01: bleeding (adjudications.csv, row 2)"
        in text
    )
    assert "without the ruling the grade is 3" in text
    text = flat(explanation(drawn, "1", 1, "CRS"))
    assert "grade 2 ruled from 2026-01-06 to 2026-01-06, by whom is not recorded: no reason recorded" in text
    assert "without the ruling the grade is 1" in text


def test_the_series_are_said_in_words(sample_run: Run) -> None:
    text = flat(explanation(sample_run.folder, "002", None, "labs"))
    row = read_table(sample_run.folder, "haematotoxicity").query("subject_id == '002'").iloc[0]
    assert f"Series: early ICAHT grade {row['icaht_early']}; late ICAHT" in text
    assert f"ANC at or below 500/uL on {row['days_anc_500']} days" in text
    assert f"ANC recovered on Day {row['recovery_day']}; neutropenia of grade 3 or more at Day 28: no" in text
    assert (
        "febrile neutropenia: yes; tumour lysis: no; IEC-HS criteria met: ferritin (Day 5), cytopenia (Day 3)"
        in text
    )
    assert "the ferritin criterion of IEC-HS was met on the last day of CRS" in text
    assert not [name for name in ("@", "iechs", "days ANC", "ANC 500:") if name in text]


def test_a_worst_grade_of_0_has_no_day(sample_run: Run) -> None:
    rows = read_table(sample_run.folder, "lab_patients").query("subject_id == '001'").set_index("term")
    zero = rows[rows["worst_grade"] == "0"].iloc[0]
    lines = printed(explanation(sample_run.folder, "001", None, "labs"), 200).splitlines()
    line = next(line for line in lines if line.startswith(zero.name))
    assert line.removeprefix(zero.name).split() == [
        zero["direction"],
        zero["baseline_grade"],
        "0",
        zero["last_grade"],
    ]


def test_corrected_calcium_and_the_baseline_are_shown(drawn: Path) -> None:
    day = flat(explanation(drawn, "1", 2, "labs"))
    assert "ALT 350 U/L 7-40 100 Alanine aminotransferase increased 2" in day
    assert "calcium 7.2 mg/dL 8.5-10.5" in day and "corrected 8" in day and "Hypocalcemia" in day
    assert "calcium 2.3 mmol/L, corrected 2.5 (2.1-2.6;" in flat(explanation(drawn, "1", 3, "labs"))
    assert "ALT 120 U/L (7-40; baseline 100; row 8)" in flat(explanation(drawn, "1", 4, "labs"))


def test_corrected_calcium_without_the_albumin_in_the_folder(drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path / "copy")
    labs = tmp_path / "copy" / "labs.csv"
    kept = [
        line for line in labs.read_text(encoding="utf-8").splitlines(keepends=True) if ",albumin," not in line
    ]
    labs.write_text("".join(kept), encoding="utf-8")
    assert "calcium 2.3 mmol/L, corrected value graded (" in flat(
        explanation(tmp_path / "copy", "1", 3, "labs")
    )


def test_a_day_without_laboratory_values_says_so(sample_run: Run) -> None:
    both = "nothing of CRS or ICANS is recorded and no laboratory values for"
    for syndrome, said in (("labs", "no laboratory values for"), (None, both)):
        with pytest.raises(Refused) as refused:
            explanation(sample_run.folder, "012", 99, syndrome)
        assert f"{said} subject 012 on Day 99" in refused.value.issues.found[0].sentence()
