"""The commands around `grade`: start-up and help, explain, summarize, check, columns, template, simulate, settings, scales, demo."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT, SAMPLE, SMALL, contents, environment, here, run, small

COMMANDS = (
    "grade",
    "check",
    "columns",
    "template",
    "explain",
    "summarize",
    "demo",
    "simulate",
    "settings",
    "scales",
)
HEAVY = ("pandas", "numpy", "openpyxl", "scipy", "python_calamine", "pyarrow")


@pytest.fixture
def results(graded_sample: Path) -> Path:
    return graded_sample


# ---------------------------------------------------------------- start-up and help


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("grade", "--help"), ("summarize", "--help")], ids=" ".join
)
def test_help_and_version_load_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    script = (
        "import sys\nfrom senl_ae.cli import main\n"
        f"sys.argv = ['senl-ae', *{words!r}]\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_says_what_it_does(name: str) -> None:
    ended = here(name, "--help")
    assert ended.code == 0 and ended.err == ""
    assert "Usage:" in ended.out and "--help" in ended.out and len(ended.out.splitlines()) > 4


def test_the_help_lists_every_command_and_nothing_shows_help(tmp_path: Path) -> None:
    ended = here("--help")
    assert [name for name in COMMANDS if f"  {name} " not in ended.out] == []
    assert here("--version").out.startswith("senl-ae ")
    nothing = run(cwd=tmp_path)
    assert nothing.code == 2 and "Commands:" in nothing.out + nothing.err


# ---------------------------------------------------------------- explain


def test_explain_shows_the_course_and_leads_a_day_to_its_spreadsheet_rows(results: Path) -> None:
    course = here("explain", "004", results)
    assert course.code == 0 and course.err == "" and "004" in course.out
    with (results / "daily.csv").open(encoding="utf-8", newline="") as lines:
        days = [
            r["study_day"]
            for r in csv.DictReader(lines)
            if (r["subject_id"], r["syndrome"], r["grade"]) == ("004", "CRS", "2")
        ]
    day = here("explain", "004", results, "--day", days[0], "--syndrome", "CRS")
    assert day.code == 0
    for words in ("crs-2", "low-flow" if "low-flow" in day.out else "nasal cannula", "Lee DW", "Vitals"):
        assert words in day.out, words
    assert "ICANS" not in here("explain", "004", results, "--day", days[0], "--syndrome", "crs").out.split(
        "Lee DW"
    )[0].replace("CRS", "")


def test_every_subject_can_be_explained_also_one_not_infused(results: Path) -> None:
    with (results / "patients.csv").open(encoding="utf-8", newline="") as lines:
        subjects = [row["subject_id"] for row in csv.DictReader(lines)]
    for subject in subjects:
        ended = here("explain", subject, results)
        assert ended.code == 0 and subject in ended.out, subject


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("999",), "no subject 999"),
        (("004", "--day", "400"), "Day 400"),
        (("004", "--syndrome", "GVHD"), "CRS, ICANS"),
    ],
)
def test_explain_refuses_what_is_not_there_with_what_is(
    results: Path, words: tuple[str, ...], told: str
) -> None:
    ended = here("explain", words[0], results, *words[1:])
    assert ended.code == 1 and ended.out == "" and told in ended.err


@pytest.mark.parametrize("name", ["explain", "summarize"])
def test_a_folder_without_results_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    words = (name, "004", tmp_path) if name == "explain" else (name, tmp_path)
    ended = here(*words)
    assert ended.code == 1 and len(ended.err.splitlines()) == 1 and "senl-ae grade" in ended.err


# ---------------------------------------------------------------- summarize


def test_summarize_by_dose_prints_and_writes_the_same_counts(results: Path, tmp_path: Path) -> None:
    ended = here("summarize", results, "--by", "dose", "--out", tmp_path / "tables")
    assert ended.code == 0
    for words in ("DL1", "DL2", "DL3", "Total", "CRS", "ICANS", "NE"):
        assert words in ended.out, words
    written = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert [name for name in written if "crs-by-dose" in name and name.endswith(".csv")] and not [
        n for n in written if n.endswith(".xlsx")
    ]
    assert str(tmp_path / "tables") in ended.err


def test_summarize_reads_the_folder_of_the_variable(results: Path, tmp_path: Path) -> None:
    ended = run("summarize", "--format", "terminal", cwd=tmp_path, env={"SENL_AE_RESULTS": str(results)})
    assert ended.code == 0 and "DL1" in ended.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json", "html", "rtf", "docx"])
def test_summarize_writes_the_same_bytes_twice(results: Path, tmp_path: Path, kind: str) -> None:
    if kind == "docx":
        pytest.importorskip("docx")
    made = []
    for name in ("one", "two"):
        assert here("summarize", results, "--format", kind, "--out", tmp_path / name, "--quiet").code == 0
        made.append(contents(tmp_path / name))
    assert made[0] and made[0] == made[1]


def test_summarize_refuses_wrong_words_and_writes_nothing(results: Path, tmp_path: Path) -> None:
    wrong = {
        ("--by", "shoe_size"): 1,
        ("--table", "crss"): 1,
        ("--format", "pdf"): 1,
        ("--ci", "bayes"): 2,
        ("--source", "hearsay"): 2,
    }
    for words, code in wrong.items():
        ended = here("summarize", results, *words, "--out", tmp_path / "t")
        assert (ended.code, ended.out) == (code, ""), words
        assert words[1] in ended.err and "internal error" not in ended.err
    assert not (tmp_path / "t").exists()


def test_no_ids_means_no_id_in_any_table(results: Path, tmp_path: Path) -> None:
    ended = here(
        "summarize", results, "--no-ids", "--format", "terminal,csv,json,html", "--out", tmp_path / "t"
    )
    assert ended.code == 0
    with (results / "patients.csv").open(encoding="utf-8", newline="") as lines:
        subjects = {row["subject_id"] for row in csv.DictReader(lines)}
    cells = {
        cell
        for path in (tmp_path / "t").glob("*.csv")
        for row in csv.reader(path.open(encoding="utf-8", newline=""))
        for cell in row
    }
    assert not cells & subjects


def test_a_mock_needs_no_data(tmp_path: Path) -> None:
    ended = run("summarize", "--mock", "--format", "terminal", cwd=tmp_path)
    assert ended.code == 0 and "CRS" in ended.out


# ---------------------------------------------------------------- check and columns


def test_check_shows_problems_and_coverage_and_writes_nothing(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL.replace("38.6", "386"))
    ended = run("check", path, cwd=tmp_path)
    assert (
        ended.code == 0 and ended.err == "" and "F3" in ended.out and "386" in ended.out and "#" in ended.out
    )
    assert [p.name for p in tmp_path.iterdir()] == ["vitals.csv"]


def test_check_of_a_refused_file_ends_with_1_and_tells_all_problems(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL.replace("infusion_datetime", "Patient Name").replace("38.6", "386"))
    ended = here("check", path, "--csv", tmp_path / "all.csv")
    assert ended.code == 1 and "Patient Name" in ended.out and "386" in ended.out
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as lines:
        assert {"refuse", "set aside"} <= {row["severity"] for row in csv.DictReader(lines)}
    told = here("check", path, "--json")
    assert told.code == 1 and json.loads(told.out)["refused"] is True


def test_check_and_grade_find_the_same_problems(tmp_path: Path, results: Path) -> None:
    assert here("check", SAMPLE, "--csv", tmp_path / "all.csv").code == 0
    assert (tmp_path / "all.csv").read_bytes() == (results / "issues.csv").read_bytes()


def test_names_of_people_are_dropped_when_asked_and_appear_nowhere(tmp_path: Path) -> None:
    head, *lines = SMALL.splitlines()
    text = "\n".join([head + ",Patient Name", *(line + ",Erika Musterfrau" for line in lines)]) + "\n"
    path = small(tmp_path, text=text)
    refused = here("grade", path, "--out", tmp_path / "r")
    assert refused.code == 1 and "--allow-pii" in refused.err and "Muster" not in refused.err
    ended = here("grade", path, "--allow-pii", "--out", tmp_path / "r")
    assert ended.code == 0 and "Muster" not in ended.out + ended.err
    assert not [name for name, content in contents(tmp_path / "r").items() if b"Muster" in content]


def test_columns_say_how_each_heading_was_understood(tmp_path: Path) -> None:
    ended = here("columns", small(tmp_path, text=SMALL.replace("temperature", "Temperatur")))
    assert ended.code == 0 and "oxygen_flow" in ended.out and "Temperatur" in ended.out


# ---------------------------------------------------------------- template, simulate, settings, scales


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_template_is_written_understood_and_the_same_twice(tmp_path: Path, lang: str) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        assert here("template", tmp_path / name, "--lang", lang).code == 0
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    ended = here("columns", tmp_path / "a.xlsx")
    assert ended.code == 0 and "not used" not in ended.out.replace("0 not used", "")


def test_a_simulated_study_is_the_same_for_a_seed_and_grades(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        assert here("simulate", tmp_path / name, "--subjects", 5, "--seed", 3, "--labs").code == 0
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert here("simulate", tmp_path / "v.csv", "--subjects", 4).code == 0
    for name, subjects in (("a.xlsx", 5), ("v.csv", 4)):
        ended = here("grade", tmp_path / name, "--json", "--out", tmp_path / "r")
        assert ended.code == 0 and json.loads(ended.out)["counts"]["subjects"] == subjects


@pytest.mark.parametrize(
    "words",
    [
        ("template", "a.txt"),
        ("simulate", "a.pdf"),
        ("template", "a.xlsx", "--lang", "de"),
        ("simulate", "a.xlsx", "--rows", "0"),
    ],
)
def test_wrong_names_and_choices_are_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = here(words[0], tmp_path / words[1], *words[2:])
    assert ended.code == 2 and list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    path = small(tmp_path)
    for words in (("check", path, "--csv", path / "x.csv"), ("demo", path), ("template", path / "t.xlsx")):
        ended = here(*words)
        assert ended.code == 1 and "internal error" not in ended.err and len(ended.err.splitlines()) == 1, (
            words
        )


def test_settings_are_shown_with_value_default_and_meaning(tmp_path: Path) -> None:
    config = tmp_path / "senl-ae.toml"
    config.write_text("clear_hours = 36\n", encoding="utf-8")
    ended = here("settings", "--config", config)
    assert ended.code == 0
    line = next(line for line in ended.out.splitlines() if "clear_hours" in line)
    assert "36" in line and "24" in line
    from senl_ae.settings import Settings

    assert [name for name in Settings.model_fields if name not in ended.out] == []


def test_scales_are_listed_shown_and_checked() -> None:
    listed = here("scales")
    assert listed.code == 0 and "astct-crs-2019" in listed.out and "astct-icans-2019" in listed.out
    assert here("scales", "list").out == listed.out
    shown = here("scales", "show", "astct-crs-2019")
    assert shown.code == 0 and "crs-3-high-flow" in shown.out and "38" in shown.out
    checked = here("scales", "check")
    assert checked.code == 0 and "no mistakes" in checked.out
    assert "temperature" in here("scales", "items").out
    assert here("scales", "show", "astct").code == 1


# ---------------------------------------------------------------- demo


def test_the_demo_runs_away_from_the_checkout_and_says_what_to_look_at_next(tmp_path: Path) -> None:
    ended = run("demo", "here", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    for words in ("DL1", "senl-ae explain", "senl-ae check"):
        assert words in ended.out, words
    made = contents(tmp_path / "here")
    for name in (
        "study_en.xlsx",
        "study_zh.xlsx",
        "results/daily.csv",
        "results/graded.xlsx",
        "results/run.json",
    ):
        assert name in made, name
    assert any(name.startswith("results/tables/") for name in made)
    line = next(line for line in ended.out.splitlines() if "senl-ae explain" in line)
    words_next = line.strip().split(":")[0].split()[1:]
    assert run(*words_next, cwd=tmp_path).code == 0, "what it says works"
    assert run("demo", "here", cwd=tmp_path).code == 0, "again"


def test_the_sample_of_the_package_is_the_sample_of_the_checkout() -> None:
    from senl_ae.simulate.written import sample_files

    assert {path.resolve() for path in sample_files()} <= {
        path.resolve() for path in (ROOT / "sample_data").iterdir()
    }
