"""No command writes over a file that is there, and none over its own input."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.running import SMALL, here


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "out.xlsx", "--subjects", "2"),
        ("template", "out.xlsx"),
        ("simulate", "out.csv", "--subjects", "2"),
    ],
)
def test_an_existing_file_is_replaced_only_by_force(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_hard_link_to_the_input_and_the_settings_in_force_are_inputs(tmp_path: Path) -> None:
    path, twin, settings = tmp_path / "in.csv", tmp_path / "twin.csv", tmp_path / "senl-ae.toml"
    path.write_text(SMALL, encoding="utf-8")
    settings.write_text('study = "A"\n', encoding="utf-8")
    os.link(path, twin)
    for out in (twin, settings):
        refused = here("check", path, "--csv", out, "--force")
        assert (refused.code, "input" in refused.err) == (1, True)
    assert twin.samefile(path) and settings.read_text(encoding="utf-8") == 'study = "A"\n'


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    path, pipe, got = tmp_path / "in.csv", tmp_path / "pipe", []
    path.write_text(SMALL, encoding="utf-8")
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    assert here("check", path, "--csv", pipe).code == 0
    reader.join(10)
    assert pipe.is_fifo() and got and got[0].startswith("severity,")


def test_a_link_stays_and_the_file_it_names_is_replaced(tmp_path: Path) -> None:
    path, real, link = tmp_path / "in.csv", tmp_path / "real.csv", tmp_path / "link.csv"
    path.write_text(SMALL, encoding="utf-8")
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    assert here("check", path, "--csv", link).code == 1
    assert here("check", path, "--csv", link, "--force").code == 0
    assert link.is_symlink() and real.read_text(encoding="utf-8") != "old"


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
