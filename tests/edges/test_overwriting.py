"""No command writes over a file that is there, and none over its own input."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import SMALL, here


@pytest.mark.parametrize(
    "words", [("simulate", "out.xlsx", "--subjects", "2"), ("template", "out.xlsx"), ("simulate", "out.csv", "--subjects", "2")]
)
def test_an_existing_file_is_replaced_only_by_force(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / words[1]
    path.write_text("mine", encoding="utf-8")
    refused = here(*words)
    assert (refused.code, words[1] in refused.err, "--force" in refused.err) == (1, True, True)
    assert path.read_text(encoding="utf-8") == "mine"
    assert here(*words, "--force").code == 0
    assert path.read_bytes() != b"mine"
    assert [p.name for p in tmp_path.iterdir()] == [words[1]]


def test_check_never_writes_over_its_input(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(SMALL, encoding="utf-8")
    for more in ((), ("--force",)):
        refused = here("check", path, "--csv", path, *more)
        assert (refused.code, "input" in refused.err) == (1, True)
    assert path.read_text(encoding="utf-8") == SMALL


def test_check_writes_its_problems_once(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(SMALL, encoding="utf-8")
    assert here("check", path, "--csv", tmp_path / "problems.csv").code == 0
    assert here("check", path, "--csv", tmp_path / "problems.csv").code == 1
    assert here("check", path, "--csv", tmp_path / "problems.csv", "--force").code == 0


def test_the_demo_replaces_its_own_files_and_no_others(tmp_path: Path) -> None:
    assert here("demo", tmp_path / "demo").code == 0
    assert here("demo", tmp_path / "demo").code == 0
    mine = tmp_path / "demo" / "study_en.xlsx"
    mine.write_text("mine", encoding="utf-8")
    refused = here("demo", tmp_path / "demo")
    assert (refused.code, "study_en.xlsx" in refused.err) == (1, True)
    assert mine.read_text(encoding="utf-8") == "mine"
