"""`senl-ae grade` as a site runs it: what it prints, how it ends, what it writes and what it leaves alone."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Graded
from tests.running import ROOT, SAMPLE, SMALL, command, contents, environment, here, run, small, started

ANSI = re.compile(r"\x1b\[")
FAHRENHEIT = "002,2026-03-16 10:00,DL2,8,2026-03-18 23:00,102.4,120,,,\n"
TABLES = ("subjects", "assessments", "daily", "episodes", "patients", "issues")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def csvs(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(folder).items() if name.endswith(".csv")}


# ---------------------------------------------------------------- exit codes and streams


def test_a_good_file_ends_with_0_and_shows_every_patient(tmp_path: Path) -> None:
    ended = run("grade", small(tmp_path), cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert re.search(r"^001 +DL1 +2\b", ended.out, re.M) and re.search(r"^002 +DL2 +3\b", ended.out, re.M)
    assert "senl-ae-results" in ended.err
    assert not ANSI.search(ended.out + ended.err)
    written = {path.stem for path in (tmp_path / "senl-ae-results").glob("*.csv")}
    assert set(TABLES) <= written
    assert (tmp_path / "senl-ae-results" / "graded.xlsx").exists()


def test_a_refused_file_ends_with_1_says_where_and_writes_nothing(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL.replace("infusion_datetime", "something"))
    before = contents(tmp_path)
    ended = run("grade", path, cwd=tmp_path)
    assert ended.code == 1 and ended.out == ""
    assert "vitals.csv" in ended.err and "Traceback" not in ended.err
    assert all(line.startswith(("refuse: ", "not used: ", "set aside: ")) for line in ended.err.splitlines())
    assert contents(tmp_path) == before and [p.name for p in tmp_path.iterdir()] == ["vitals.csv"]


def test_wrong_usage_ends_with_2(tmp_path: Path) -> None:
    for words in (
        ["grade"],
        ["grade", "x.csv", "--strickt"],
        ["grade", "x.csv", "--as", "vitals"],
        ["gade", "x.csv"],
        ["explain"],
    ):
        ended = here(*words)
        assert ended.code == 2, words
        assert "Traceback" not in ended.err and ended.out == ""


def test_strict_ends_with_3_when_a_value_was_set_aside_and_the_results_are_there(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL + FAHRENHEIT)
    ended = run("grade", path, "--strict", "--out", tmp_path / "r", cwd=tmp_path)
    assert ended.code == 3
    assert "vitals.csv, F5: temperature 102.4" in ended.err and "Fahrenheit" in ended.err
    assert (tmp_path / "r" / "daily.csv").exists()
    assert here("grade", path, "--out", tmp_path / "r").code == 0, "without --strict the same file is done"
    assert here("grade", small(tmp_path), "--strict", "--out", tmp_path / "r").code == 0, "nothing set aside"


def test_a_missing_file_is_one_line_also_among_good_ones(tmp_path: Path) -> None:
    ended = run("grade", small(tmp_path), tmp_path / "nowhere.xlsx", "--out", tmp_path / "r", cwd=tmp_path)
    assert ended.code == 1
    assert ended.err.count("refuse:") == 1 and "nowhere.xlsx: no such file" in ended.err
    assert not (tmp_path / "r").exists()


def test_quiet_is_silent_and_still_says_what_stops_it(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL + FAHRENHEIT)
    ended = run("grade", path, "--quiet", "--strict", "--out", tmp_path / "r", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (3, "", "")
    assert "no such file" in here("grade", tmp_path / "x.csv", "--quiet").err


def test_json_is_one_object_on_stdout_and_nothing_else(tmp_path: Path) -> None:
    path = small(tmp_path, "vitals_中心.csv", SMALL + FAHRENHEIT)
    ended = run(
        "grade", path, "--json", "--out", tmp_path / "r", cwd=tmp_path, env={"PYTHONIOENCODING": "cp1252"}
    )
    told = json.loads(ended.out)
    assert ended.code == 0 and ended.err == ""
    assert told["inputs"][0]["name"] == "vitals_中心.csv" and len(told["inputs"][0]["sha256"]) == 64
    assert told["counts"]["subjects"] == 2 and told["counts"]["issues"]["set aside"] == 1
    assert Path(told["results"]) == tmp_path / "r"


def test_no_escape_codes_when_piped_whatever_the_terminal_is_called(tmp_path: Path) -> None:
    ended = run(
        "grade",
        small(tmp_path, text=SMALL + FAHRENHEIT),
        cwd=tmp_path,
        env={"TERM": "xterm-256color", "GITHUB_ACTIONS": "true"},
    )
    assert ended.code == 0 and not ANSI.search(ended.out + ended.err)


def test_a_western_console_shows_a_chinese_id_as_it_can(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL.replace("001,", "患者1,"))
    ended = run("grade", path, cwd=tmp_path, env={"PYTHONIOENCODING": "cp1252", "COLUMNS": "wide"})
    assert ended.code == 0, ended.err
    assert "002" in ended.out


def test_a_reader_that_stops_early_is_no_crash(tmp_path: Path) -> None:
    pipe = started(command("grade", small(tmp_path)), tmp_path)
    assert pipe.stdout is not None and pipe.stderr is not None
    pipe.stdout.close()
    said = pipe.stderr.read()
    pipe.wait(60)
    assert "internal error" not in said and "Traceback" not in said
    assert (tmp_path / "senl-ae-results" / "daily.csv").exists()


# ---------------------------------------------------------------- files and places


def test_several_files_make_one_study(tmp_path: Path) -> None:
    head, *lines = SMALL.splitlines(keepends=True)
    one, two = small(tmp_path, "a.csv", head + lines[0]), small(tmp_path, "b.csv", head + "".join(lines[1:]))
    assert here("grade", small(tmp_path), "--out", tmp_path / "one").code == 0
    assert here("grade", one, two, "--out", tmp_path / "two").code == 0
    for name in ("daily", "episodes", "patients"):
        assert (tmp_path / "one" / f"{name}.csv").read_bytes() == (
            tmp_path / "two" / f"{name}.csv"
        ).read_bytes()
    assert "b.csv::3" in rows(tmp_path / "two", "assessments")[-1]["source"]


def test_results_go_where_the_variable_says_unless_out_says_otherwise(tmp_path: Path) -> None:
    path = small(tmp_path)
    assert (
        run("grade", path, "-q", cwd=tmp_path, env={"SENL_AE_RESULTS": str(tmp_path / "by variable")}).code
        == 0
    )
    assert (tmp_path / "by variable" / "run.json").exists()
    ended = run(
        "grade",
        path,
        "-q",
        "--out",
        "by option",
        cwd=tmp_path,
        env={"SENL_AE_RESULTS": str(tmp_path / "unused")},
    )
    assert (
        ended.code == 0
        and (tmp_path / "by option" / "run.json").exists()
        and not (tmp_path / "unused").exists()
    )


@pytest.mark.parametrize("place", ["foreign", "foreign/study.xlsx", "foreign/study.xlsx/below", "link"])
def test_a_place_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, place: str) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "study.xlsx").write_bytes(b"somebody's work")
    (tmp_path / "link").symlink_to(tmp_path / "foreign")
    before = contents(tmp_path / "foreign")
    ended = here("grade", small(tmp_path), "--out", tmp_path / place)
    assert ended.code == 1 and "refuse:" in ended.err and "internal error" not in ended.err
    assert contents(tmp_path / "foreign") == before
    assert (tmp_path / "link").is_symlink()


def test_own_results_are_replaced_whole(tmp_path: Path, graded_sample: Path) -> None:
    out = Path(shutil.copytree(graded_sample, tmp_path / "r"))
    assert here("summarize", out, "--quiet").code == 0 and (out / "tables").is_dir()
    assert here("grade", small(tmp_path), "--out", out, "--no-workbook", "-q").code == 0
    assert {row["subject_id"] for row in rows(out, "patients")} == {"001", "002"}
    assert (
        not (out / "graded.xlsx").exists()
        and not (out / "labs.csv").exists()
        and not (out / "tables").exists()
    )
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [], "no temporary folder stays"


@pytest.mark.parametrize("name", ["vitals.csv", "tables/vitals.csv", "notes.docx"])
def test_a_file_that_somebody_put_into_the_results_is_never_lost(tmp_path: Path, name: str) -> None:
    out = tmp_path / "r"
    assert here("grade", small(tmp_path), "--out", out, "-q").code == 0
    (out / name).parent.mkdir(exist_ok=True)
    shutil.copy(small(tmp_path), out / name)
    before = contents(out)
    given = out / name if name.endswith(".csv") else small(tmp_path)
    ended = here("grade", given, "--out", out, "-q")
    assert ended.code == 1 and Path(name).name in ended.err
    assert contents(out) == before


def test_a_run_that_is_refused_leaves_the_old_results_whole(tmp_path: Path) -> None:
    out = tmp_path / "r"
    assert here("grade", small(tmp_path), "--out", out, "-q").code == 0
    before = contents(out)
    assert here("grade", tmp_path / "gone.csv", "--out", out, "-q").code == 1
    assert contents(out) == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        words = command("settings")
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode != 0 and "Traceback" not in done.stderr and "no space left" in done.stderr


# ---------------------------------------------------------------- settings


def test_settings_beside_the_input_hold_and_stand_in_the_run(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    path = small(tmp_path / "study")
    (tmp_path / "study" / "senl-ae.toml").write_text(
        'safety_window_days = 12\nstudy = "Trial 7"\n', encoding="utf-8"
    )
    (tmp_path / "senl-ae.toml").write_text("safety_window_days = 20\n", encoding="utf-8")
    assert run("grade", path, "--out", "r", "-q", cwd=tmp_path).code == 0
    facts = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert facts["settings"]["safety_window_days"] == 12 and facts["study"] == "Trial 7"
    assert facts["settings"]["clear_hours"] == 24, "the defaults are printed as well"
    assert max(int(row["study_day"]) for row in rows(tmp_path / "r", "daily")) == 12
    named = tmp_path / "other.toml"
    named.write_text("safety_window_days = 9\n", encoding="utf-8")
    assert run("grade", path, "--out", "r", "-q", "--config", named, cwd=tmp_path).code == 0
    assert max(int(row["study_day"]) for row in rows(tmp_path / "r", "daily")) == 9
    (tmp_path / "study" / "senl-ae.toml").unlink()
    assert run("grade", path, "--out", "r", "-q", cwd=tmp_path).code == 0, "of the working folder"
    assert max(int(row["study_day"]) for row in rows(tmp_path / "r", "daily")) == 20


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("clear_hour = 24", ["clear_hour", "clear_hours, the nearest known name"]),
        ("fever_gate = 'open'", ["fever_gate", "strict"]),
        ("safety_window_days = -1", ["safety_window_days", "-1"]),
        (
            "[carry_forward_hours]\ntemperatur = 3",
            ["carry_forward_hours.temperatur", "temperature, the nearest known name"],
        ),
        (
            "[[ranges]]\ntest = 'anc'\nunit = '10^9/L'\nllm = 2",
            ["ranges.0.llm", "lln, the nearest known name"],
        ),
        ("zero_needs_coverage = 0.5", ["zero_needs_coverage", "0.5"]),
        ("clear_hours = 'a day'", ["clear_hours", "a day"]),
        ("clear_hours = ", ["TOML"]),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(tmp_path: Path, line: str, words: list[str]) -> None:
    path = small(tmp_path)
    (tmp_path / "senl-ae.toml").write_text(line + "\n", encoding="utf-8")
    ended = here("grade", path, "--out", tmp_path / "r")
    assert ended.code == 1 and "senl-ae.toml" in ended.err and not (tmp_path / "r").exists()
    assert [word for word in words if word not in ended.err] == [], ended.err


# ---------------------------------------------------------------- a scale of one's own

TOY = """
[scale]
id = "toy-2026"
title = "A toy"
syndrome = "TOY"
version = "1"
source = "nobody"
course = "grades"
assessed_in = "vitals"

[[rule]]
id = "toy-1"
grade = 1
axis = "fever"
when = { temperature = { ge = 39 } }
says = "a temperature of at least 39 C"

[[rule]]
id = "toy-2"
grade = 2
axis = "fever"
when = { temperature = { ge = 40 } }
says = "a temperature of at least 40 C"
"""


def toy(folder: Path, text: str = TOY) -> Path:
    (folder / "my tables").mkdir(exist_ok=True)
    (folder / "my tables" / "toy.toml").write_text(text, encoding="utf-8")
    return folder / "my tables"


def of_toy(folder: Path, name: str) -> list[dict[str, str]]:
    return [row for row in rows(folder, name) if row["syndrome"] == "TOY"]


def test_a_toy_scale_in_a_folder_outside_grades_without_python(tmp_path: Path) -> None:
    at = "001,2026-03-02 10:00,DL1,44,2026-03-{} 08:00,{},112,,,\n"
    measured = (("06", "38.99"), ("07", "39.0"), ("08", "39.99"), ("09", "36.5"))
    path = small(tmp_path, text=SMALL + "".join(at.format(*pair) for pair in measured))
    ended = run("grade", path, "--tables", toy(tmp_path), "--out", "r", cwd=tmp_path)
    assert ended.code == 0, ended.err
    grades = {
        (r["subject_id"], r["datetime"]): (r["grade"], r["rules"])
        for r in of_toy(tmp_path / "r", "assessments")
    }
    assert grades["001", "2026-03-06 08:00:00"] == ("0", "")
    assert grades["001", "2026-03-07 08:00:00"] == ("1", "toy-1") == grades["001", "2026-03-08 08:00:00"]
    assert grades["002", "2026-03-18 20:00:00"] == ("2", "toy-2")
    days = {(r["subject_id"], r["study_day"]): r["grade"] for r in of_toy(tmp_path / "r", "daily")}
    assert (days["001", "4"], days["001", "5"], days["001", "8"]) == ("0", "1", "")
    episodes = [
        (r["subject_id"], r["onset_day"], r["end_day"], r["grade"])
        for r in of_toy(tmp_path / "r", "episodes")
    ]
    assert episodes == [("001", "5", "6", "1"), ("002", "2", "2", "2")]
    patients = {
        r["subject_id"]: (r["toy_grade"], r["toy_onset_day"], r["toy_rules"])
        for r in rows(tmp_path / "r", "patients")
    }
    assert patients == {"001": ("1", "5", "toy-1"), "002": ("2", "2", "toy-2")}
    facts = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert "toy-2026" in [s["id"] for s in facts["scales"]] and "toy.toml" in [
        t["name"] for t in facts["grading_tables"]
    ]


def test_a_toy_scale_changes_no_grade_of_the_others(tmp_path: Path) -> None:
    path = small(tmp_path)
    assert here("grade", path, "--out", tmp_path / "a", "-q").code == 0
    assert here("grade", path, "--tables", toy(tmp_path), "--out", tmp_path / "b", "-q").code == 0
    for name in ("assessments", "daily", "episodes"):
        assert rows(tmp_path / "a", name) == [r for r in rows(tmp_path / "b", name) if r["syndrome"] != "TOY"]


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("grade = 2", "grad = 2", ["toy.toml", "toy-2", "grad", "grade"]),
        (
            "temperature = { ge = 40 }",
            "temprature = { ge = 40 }",
            ["toy.toml", "toy-2", "temprature", "temperature"],
        ),
        ("{ ge = 40 }", "{ gte = 40 }", ["toy.toml", "toy-2", "gte", "ge"]),
        ('id = "toy-2"', 'id = "toy-1"', ["toy.toml", "toy-1"]),
        ("grade = 2", "grade = 0", ["toy.toml", "toy-2", "grade"]),
        ("grade = 2", "grade = 2.5", ["toy.toml", "toy-2", "grade"]),
        ('assessed_in = "vitals"', 'assesed_in = "vitals"', ["toy.toml", "assesed_in", "assessed_in"]),
        ('course = "grades"', 'course = "grade"', ["toy.toml", "course", "grades"]),
        ("[[rule]]", "[[rule", ["toy.toml"]),
        ("{ ge = 40 }", '{ ge = "forty" }', ["toy.toml", "toy-2", "forty"]),
    ],
)
def test_a_mistake_in_a_table_is_refused_with_file_rule_and_nearest_name(
    tmp_path: Path, right: str, wrong: str, words: list[str]
) -> None:
    folder = toy(tmp_path, wrong.join(TOY.rsplit(right, 1)))
    for words_of in (["grade", small(tmp_path), "--out", tmp_path / "r"], ["scales", "check"]):
        ended = here(*words_of, "--tables", folder)
        assert ended.code == 1 and "internal error" not in ended.err
        assert [word for word in words if word not in ended.err] == [], ended.err
    assert not (tmp_path / "r").exists()


# ---------------------------------------------------------------- interruptions


def held(folder: Path, step: str) -> subprocess.Popen[str]:
    """A run of the program that stops at a step of its work and says so, so that a signal meets it there."""
    script = folder / "held.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, time
            import senl_ae.run as run
            from senl_ae.__main__ import main

            step = sys.argv.pop(1)

            def hold(at, real):
                def instead(*args, **more):
                    if at == "tables half written":
                        args[0].joinpath("daily.csv").write_text("half")
                    print("held", flush=True)
                    time.sleep(20)
                    return real(*args, **more)
                return instead

            import senl_ae.read.study as reading, senl_ae.results.folder as results
            if step == "reading":
                reading.read_study = hold(step, reading.read_study)
            elif step == "grading":
                run.grade_in_memory = hold(step, run.grade_in_memory)
            elif step == "tables half written":
                run.write_tables = hold(step, run.write_tables)
            elif step == "before the swap":
                results._place = hold(step, results._place)
            main()
            """
        ),
        encoding="utf-8",
    )
    other = small(folder, "other.csv", SMALL.replace("38.6", "39.6"))
    words = [sys.executable, str(script), step, "grade", str(other), "--out", str(folder / "r"), "--quiet"]
    return started(words, folder)


@pytest.mark.skipif(os.name != "posix", reason="signals of a POSIX system")
@pytest.mark.parametrize(
    "kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda s: s.name
)
@pytest.mark.parametrize("step", ["reading", "grading", "tables half written", "before the swap"])
def test_an_interrupt_at_any_step_leaves_the_old_results_whole(
    tmp_path: Path, step: str, kind: signal.Signals, graded_once: Graded
) -> None:
    graded_once(tmp_path, results="r")
    before = contents(tmp_path / "r")
    process = held(tmp_path, step)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    process.send_signal(kind)
    _, said = process.communicate(timeout=30)
    assert process.returncode == (-kind if kind == signal.SIGKILL else 128 + kind)
    assert said == ("" if kind == signal.SIGKILL else "senl-ae: interrupted; nothing was changed\n")
    assert contents(tmp_path / "r") == before
    if kind != signal.SIGKILL:
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [], (
            "no temporary folder stays"
        )
    assert here("grade", small(tmp_path), "--out", tmp_path / "r", "-q").code == 0, "the next run works"


@pytest.mark.skipif(os.name != "posix", reason="signals of a POSIX system")
def test_killed_at_any_moment_the_folder_is_the_old_one_or_the_new_one(
    tmp_path: Path, graded_sample: Path, graded_once: Graded
) -> None:
    out = tmp_path / "r"
    old = graded_once(tmp_path, results="old")
    whole = (csvs(old), csvs(graded_sample))
    began = time.perf_counter()
    started(
        command("grade", SAMPLE, "--out", tmp_path / "timed", "--no-workbook", "-q"), tmp_path
    ).communicate()
    takes = time.perf_counter() - began
    for share in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(old, out)
        process = started(command("grade", SAMPLE, "--out", out, "--no-workbook", "-q"), tmp_path)
        time.sleep(takes * share)
        process.kill()
        process.communicate()
        assert csvs(out) in whole, f"killed after {share:.0%} of a run"


# ---------------------------------------------------------------- crashes


@pytest.mark.parametrize("room", ["read.study.read_study", "grade.study.grade_study", "run.write_tables"])
def test_a_crash_is_one_line_without_data_of_a_subject(tmp_path: Path, room: str) -> None:
    module, name = f"senl_ae.{room}".rsplit(".", 1)
    script = tmp_path / "crash.py"
    script.write_text(
        f"import {module} as room\n"
        "def fails(*args, **more):\n    subject = 'SECRET-0042'\n    raise ValueError(f'subject {subject} aged 44')\n"
        f"room.{name} = fails\nfrom senl_ae.cli import main\nmain()\n",
        encoding="utf-8",
    )
    path = small(tmp_path, text=SMALL.replace("001", "SECRET-0042"))
    words = [sys.executable, str(script), "grade", str(path), "--out", str(tmp_path / "r")]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith(
        "senl-ae: internal error (ValueError"
    )
    assert "SECRET" not in done.stderr and "44" not in done.stderr
    assert (
        not (tmp_path / "r").exists() and [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    )


# ---------------------------------------------------------------- the same bytes


def test_two_runs_and_any_machine_give_the_same_bytes(graded_sample: Path, tmp_path: Path) -> None:
    elsewhere = {"LC_ALL": "C", "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4242", "PYTHONUTF8": "0"}
    for name, env in (("again", {"PYTHONHASHSEED": "1"}), ("elsewhere", elsewhere)):
        assert run("grade", SAMPLE, "--out", name, "-q", cwd=tmp_path, env=env).code == 0
        assert csvs(tmp_path / name) == csvs(graded_sample), name
    one, two = (
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        for folder in (graded_sample, tmp_path / "elsewhere")
    )
    for facts in (one, two):
        for key in ("time", "seconds"):
            facts.pop(key)
    assert one == two


def test_the_workbook_has_the_same_bytes_but_for_the_time_it_tells(
    graded_sample: Path, tmp_path: Path
) -> None:
    """The time of the run stands only in run.json."""
    assert (
        run(
            "grade",
            SAMPLE,
            "--out",
            "r",
            "-q",
            cwd=tmp_path,
            env={"TZ": "America/New_York", "PYTHONHASHSEED": "7"},
        ).code
        == 0
    )
    assert (tmp_path / "r" / "graded.xlsx").read_bytes() == (graded_sample / "graded.xlsx").read_bytes()


def test_every_results_file_is_utf8_with_plain_line_ends(graded_sample: Path) -> None:
    for name, content in csvs(graded_sample).items():
        text = content.decode("utf-8")
        assert "\r" not in text and text.endswith("\n") and not text.startswith("\ufeff"), name
        parsed: list[list[Any]] = list(csv.reader(text.splitlines()))
        assert len({len(row) for row in parsed}) == 1, name


def test_the_chinese_twin_gives_the_same_daily_bytes(graded_sample: Path, tmp_path: Path) -> None:
    assert (
        here(
            "grade", ROOT / "sample_data" / "study_zh.xlsx", "--out", tmp_path / "zh", "--no-workbook", "-q"
        ).code
        == 0
    )
    assert (tmp_path / "zh" / "daily.csv").read_bytes() == (graded_sample / "daily.csv").read_bytes()


def test_text_that_a_spreadsheet_would_run_is_defused_in_the_results(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL.replace("001,", "=1+1,").replace("DL1", "@cmd"))
    assert here("grade", path, "--out", tmp_path / "r", "-q").code == 0
    for content in csvs(tmp_path / "r").values():
        for row in csv.reader(content.decode("utf-8").splitlines()):
            assert [cell for cell in row if cell.startswith(("=", "@", "\t"))] == []
