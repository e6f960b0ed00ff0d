"""The broken files: every fault gives the message it must give and the documented exit code, never a traceback or half a folder."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from senl_ae.cli import main
from senl_ae.issues import Issue, Refused
from senl_ae.read.study import read_study
from senl_ae.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ROOT / "sample_data" / "broken"
SECRETS = ("Beispiel", "Muster", "110101190001010001", "+49 30")


def expected() -> list[dict[str, str]]:
    with (BROKEN / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def problems(path: Path) -> list[Issue]:
    try:
        return read_study([path], Settings()).issues.found
    except Refused as refused:
        return refused.issues.found


def test_every_broken_file_has_its_expected_message_and_no_other_is_listed() -> None:
    assert sorted(row["file"] for row in expected()) == sorted(
        p.name for p in BROKEN.iterdir() if p.name != "expected.csv"
    )


@pytest.mark.parametrize("row", expected(), ids=lambda row: row["file"])
def test_fault_is_reported_in_words_that_say_where_and_what(row: dict[str, str]) -> None:
    found = problems(BROKEN / row["file"])
    told = [i for i in found if (i.severity, i.code) == (row["severity"], row["code"])]
    assert told, [f"{i.severity} {i.code}: {i.sentence()}" for i in found]
    words = row["words"].split("|")
    assert any(all(w in i.sentence() for w in words) for i in told), [i.sentence() for i in told]
    assert all(row["file"] in i.sentence() or not i.file for i in told)
    if row["severity"] != "refuse":
        assert not [i.sentence() for i in found if i.severity == "refuse"]
    assert not [secret for secret in SECRETS for i in found if secret in i.sentence()]


@pytest.mark.parametrize("row", expected(), ids=lambda row: row["file"])
def test_command_ends_with_the_documented_exit_code(
    row: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    monkeypatch.setattr(
        sys,
        "argv",
        ["senl-ae", "grade", str(BROKEN / row["file"]), "--out", str(out), "--no-workbook", "--strict"],
    )
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # the edge replaces it: put back after the test
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    wanted = 3 if row["severity"] == "set aside" else int(row["exit_code"])
    assert (ended.value.code or 0) == wanted, said.err
    assert not [secret for secret in SECRETS if secret in said.out + said.err]
    if wanted == 1:
        assert not out.exists()
        assert said.out == ""
        assert row["words"].split("|")[0] in said.err.replace("\n", " ")
    else:
        assert (out / "daily.csv").exists()


def test_refusal_is_one_line_per_problem_on_stderr_of_a_real_process(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "senl_ae",
        "grade",
        str(BROKEN / "truncated.xlsx"),
        "--out",
        str(tmp_path / "results"),
        "--quiet",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stdout == ""
    assert "truncated.xlsx" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_rebuilding_the_broken_files_gives_what_is_committed(made_sample: Path) -> None:
    for path in sorted(p for p in (made_sample / "broken").iterdir() if p.suffix == ".csv"):
        assert path.read_bytes() == (BROKEN / path.name).read_bytes(), path.name
