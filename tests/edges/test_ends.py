"""How a run ends when the world around it is odd: one line, a documented exit code, no traceback, nothing half written."""

from __future__ import annotations

import gzip
import os
import resource
import signal
import subprocess
import time
import zipfile
from functools import cache
from pathlib import Path

import pytest

from senl_ae.writing.leftovers import temporary_prefix
from tests.read.studies import workbook
from tests.running import ROOT, SAMPLE, SMALL, Ended, command, environment, here, run


@pytest.fixture
def vitals(tmp_path: Path) -> Path:
    path = tmp_path / "vitals.csv"
    path.write_text(SMALL, encoding="utf-8")
    return path


def shell(script: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    words = " ".join(command())
    return subprocess.run(
        ["bash", "-c", script.replace("SENL", words)],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


def test_a_reader_that_has_seen_enough_is_no_fault(vitals: Path) -> None:
    done = shell("SENL grade vitals.csv --out r | head -1; exit ${PIPESTATUS[0]}", vitals.parent)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert (vitals.parent / "r" / "patients.csv").is_file()
    done = shell("SENL settings | head -1; exit ${PIPESTATUS[0]}", vitals.parent)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words", ["--help", "grade --help", "settings", "scales", "--version", "check vitals.csv --json"]
)
def test_a_reader_that_has_gone_before_anything_was_printed_is_no_fault(vitals: Path, words: str) -> None:
    for both in ("", "2>&1"):
        done = shell(
            f"( sleep 0.2; SENL {words} {both}; echo $? > code ) | true; wait; cat code", vitals.parent
        )
        assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("name", ["COLUMNS", "LINES", "TERMINAL_WIDTH"])
@pytest.mark.parametrize("value", ["\u00b2", "-5", "0", "9" * 30, "x", ""])
def test_a_size_of_the_screen_that_is_none_changes_nothing(vitals: Path, name: str, value: str) -> None:
    for words in (("settings",), ("grade", "--help")):
        odd, plain = run(*words, cwd=vitals.parent, env={name: value}), as_ever(words)
        assert odd == plain and plain.code == 0


@cache
def as_ever(words: tuple[str, ...]) -> Ended:
    return run(*words, cwd=ROOT)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_do_no_harm(vitals: Path, closed: str) -> None:
    done = shell(f"SENL grade vitals.csv --out r {closed}", vitals.parent)
    assert done.returncode == 0, done.stderr
    assert (vitals.parent / "r" / "patients.csv").read_text(encoding="utf-8").startswith("subject_id")


def test_a_full_output_is_one_line(vitals: Path) -> None:
    done = shell("SENL grade vitals.csv --out r > /dev/full", vitals.parent)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("senl-ae: output: no space left")


def test_a_limit_of_file_size_leaves_nothing_half_written(vitals: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    for words in (("grade", SAMPLE, "--out", "r", "-q"), ("simulate", "s.xlsx"), ("template", "t.xlsx")):
        done = subprocess.run(
            command(*words),
            cwd=vitals.parent,
            env=environment(),
            capture_output=True,
            text=True,
            preexec_fn=limited,
            check=False,
        )
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert [path.name for path in vitals.parent.iterdir()] == ["vitals.csv"]


def test_a_file_name_that_is_no_text(vitals: Path) -> None:
    os.rename(os.fsencode(vitals), os.fsencode(vitals.parent) + b"/bad\xff.csv")
    done = shell(
        "SENL grade $'bad\\xff.csv' --out r; SENL summarize r --format csv -q && SENL explain 001 r",
        vitals.parent,
    )
    assert done.returncode == 0, done.stderr
    assert "internal error" not in done.stderr
    assert "bad\\xff.csv" in (vitals.parent / "r" / "run.json").read_text(encoding="utf-8").replace(
        "\\\\", "\\"
    )


def test_names_as_long_as_a_file_system_allows(vitals: Path) -> None:
    assert run("grade", vitals, "--out", "n" * 255, "-q", cwd=vitals.parent).code == 0
    assert run("grade", vitals, "--out", "n" * 255, "-q", cwd=vitals.parent).code == 0
    for words in (
        ("grade", "m" * 256 + ".csv", "--out", "r"),
        ("grade", vitals, "--out", "n" * 256),
        ("explain", "1", "n" * 256),
    ):
        done = run(*words, cwd=vitals.parent)
        assert (done.code, len(done.err.strip().splitlines())) == (1, 1), done.err


@pytest.mark.parametrize("text", ["sep=;", "sep=;\n", "sep=;\n\n;;\n"])
def test_a_separator_and_nothing_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    done = here("grade", tmp_path / "a.csv", "--out", tmp_path / "r")
    assert (done.code, "no filled cell" in done.err) == (1, True)


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    path, twice = tmp_path / "a.xlsx", tmp_path / "twice.xlsx"
    from openpyxl import Workbook

    book = Workbook()
    for name in ("One", "Two"):
        sheet = book.create_sheet(name)
        for line in SMALL.splitlines():
            sheet.append(line.split(","))
    book.save(path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(twice, "w") as target:
        for part in source.infolist():
            target.writestr(part, source.read(part).replace(b'name="Two"', b'name="One"'))
    done = here("grade", twice, "--out", tmp_path / "r")
    assert (done.code, 'two sheets are named "One"' in done.err) == (1, True)


@pytest.mark.parametrize("what", ["truncated", "emptied", "no run", "not json", "other version"])
def test_broken_results_are_one_line(vitals: Path, what: str) -> None:
    results = vitals.parent / "r"
    assert here("grade", vitals, "--out", results, "-q").code == 0
    patients, facts = results / "patients.csv", results / "run.json"
    if what == "truncated":
        patients.write_bytes(patients.read_bytes()[:40])
    elif what == "emptied":
        patients.write_bytes(b"")
    elif what == "no run":
        facts.unlink()
    elif what == "not json":
        facts.write_text("{", encoding="utf-8")
    else:
        facts.write_text('{"program": "senl-ae"}', encoding="utf-8")
    for words in (
        ("summarize", results, "--format", "terminal"),
        ("explain", "001", results),
        ("explain", "001", results, "--day", "3"),
    ):
        done = here(*words)
        assert done.code == 1, (words, done.out)
        assert "internal error" not in done.err
        assert done.err.startswith("refuse: "), done.err


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_it_starts(vitals: Path, name: str, code: int) -> None:
    for wait in (0.02, 0.05, 0.08, 0.12, 0.2):
        process = subprocess.Popen(
            command("grade", vitals, "--out", vitals.parent / "r", "-q"),
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        time.sleep(wait)
        process.send_signal(getattr(signal, name))
        _, said = process.communicate(timeout=60)
        if process.returncode == -getattr(signal, name) or (
            "Traceback" in said and f"senl_ae{os.sep}" not in said
        ):
            continue  # before the first line of the program
        assert process.returncode in (code, 0)
        assert said in ("", "senl-ae: interrupted; nothing was changed\n")
        assert not [path for path in vitals.parent.iterdir() if path.name.startswith(".")]


def test_leftovers_of_dead_runs_are_swept_and_nothing_else(vitals: Path) -> None:
    parent = vitals.parent
    dead = subprocess.Popen(["true"])
    dead.wait()
    mine = f"{temporary_prefix()}abcdefgh"
    for name in (
        mine,
        mine.replace(f"-{os.getpid()}-", f"-{dead.pid}-"),
        ".results-archived",
        ".senl-ae-notes",
    ):
        (parent / name).mkdir()
        (parent / name / "patients.csv").write_text("x", encoding="utf-8")
    (parent / ".results-archived" / "my notes.txt").write_text("x", encoding="utf-8")
    before = parent / ".results-abcdefgh"
    before.mkdir()
    (before / "patients.csv").write_text("x", encoding="utf-8")
    for path in (before / "patients.csv", before):
        os.utime(path, (time.time() - 7200,) * 2)
    os.utime(parent / ".results-archived", (time.time() - 7200,) * 2)
    assert here("grade", vitals, "--out", parent / "results", "-q").code == 0
    left = {path.name for path in parent.iterdir() if path.name.startswith(".")}
    assert left == {mine, ".results-archived", ".senl-ae-notes"}


def test_a_killed_run_leaves_a_folder_that_only_its_owner_can_read_and_the_next_run_sweeps(
    tmp_path: Path,
) -> None:
    process = subprocess.Popen(
        command("grade", SAMPLE, "--out", tmp_path / "r"), env=environment(), stdout=subprocess.DEVNULL
    )
    seen: list[Path] = []
    while process.poll() is None and not seen:
        seen = [path for path in tmp_path.iterdir() if path.name.startswith(".senl-ae-")]
    if seen and process.poll() is None:
        assert seen[0].stat().st_mode & 0o077 == 0
        process.kill()
    process.wait()
    assert here("grade", SAMPLE, "--out", tmp_path / "r", "-q").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a system with /proc")
@pytest.mark.parametrize(
    "words",
    [
        ("grade", "vitals.csv", "--out", "/proc/r"),
        ("template", "/proc/r.xlsx"),
        ("check", "vitals.csv", "--csv", "/proc/r.csv"),
    ],
)
def test_a_place_where_nothing_can_be_made_is_named_as_it_was_typed(
    vitals: Path, words: tuple[str, ...]
) -> None:
    done = run(*words, cwd=vitals.parent)
    assert (done.code, done.err.count("\n"), ".senl-ae" in done.err) == (1, 1, False)
    assert f"senl-ae: {words[-1]}" in done.err


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_a_blank_variable_is_an_unset_one(vitals: Path, value: str) -> None:
    done = run("grade", "vitals.csv", "-q", cwd=vitals.parent, env={"SENL_AE_RESULTS": value})
    assert (done.code, (vitals.parent / "senl-ae-results").is_dir()) == (0, True)


def test_the_home_folder_in_the_variable(vitals: Path) -> None:
    home = {"HOME": str(vitals.parent / "home")}
    done = run("grade", "vitals.csv", "-q", cwd=vitals.parent, env={**home, "SENL_AE_RESULTS": "~/r"})
    assert (done.code, (vitals.parent / "home" / "r" / "patients.csv").is_file()) == (0, True)
    done = run("explain", "001", cwd=vitals.parent, env={"SENL_AE_RESULTS": "~nobody-of-that-name/r"})
    assert (done.code, done.err.count("\n"), "write it out" in done.err) == (1, 1, True)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "xlsx"])
def test_a_name_that_is_no_utf_8_is_read_by_every_reader_and_shown_alike(vitals: Path, ending: str) -> None:
    if ending == "xlsx":
        workbook(vitals, {"Vitals": [line.split(",") for line in SMALL.splitlines()]})
    elif ending == "csv.gz":
        vitals.write_bytes(gzip.compress(vitals.read_bytes()))
    os.rename(os.fsencode(vitals), os.fsencode(vitals.parent) + b"/caf\xe9." + ending.encode())
    name = rf"$'caf\xe9.{ending}'"
    done = shell(rf"SENL grade {name} --out $'r\xe9'; SENL check {name}", vitals.parent)
    assert done.returncode == 0, done.stderr
    assert rf"caf\xe9.{ending}" in done.stdout
    assert r"r\xe9/issues.csv" in done.stderr and "udce9" not in done.stdout + done.stderr


def test_words_of_the_command_line_are_utf_8_in_any_locale(vitals: Path) -> None:
    vitals.write_text(SMALL.replace("001,", "患者1,"), encoding="utf-8")
    script = "SENL grade vitals.csv --out r -q && SENL explain 患者1 r"
    done = shell(script, vitals.parent, LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Subject \\u60a3\\u80051: ")


@pytest.mark.parametrize("make", ["mkfifo {0}", "ln -s /dev/zero {0}", "truncate -s 9M {0}"])
@pytest.mark.parametrize(
    ("place", "words"),
    [("x.toml", "settings --config x.toml"), ("tables/x.toml", "grade vitals.csv --tables tables --out r")],
)
def test_a_settings_file_or_a_grading_table_without_end_is_refused(
    vitals: Path, make: str, place: str, words: str
) -> None:
    (vitals.parent / "tables").mkdir()
    done = shell(f"{make.format(place)} && SENL {words}", vitals.parent)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("refuse: x.toml: ")
