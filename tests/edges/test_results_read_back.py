"""Results that are read back are those that the run wrote, or are refused in one line that says which are not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.running import Ended, here, small

READERS = (("summarize", "--format", "terminal"), ("explain", "001"), ("explain", "001", "--day", "3"))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("read_back")
    assert here("grade", small(folder), "--out", folder / "r", "-q").code == 0
    return folder / "r"


@pytest.fixture
def results(graded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(graded, tmp_path / "r"))


def read(results: Path, words: tuple[str, ...], *more: str) -> Ended:
    command, *rest = words
    names = [word for word in rest if not word.startswith("--") and command == "explain"][:1]
    return here(command, *names, results, *rest[len(names) :], *more)


def in_one_line(results: Path, told: str, *more: str) -> None:
    for words in READERS:
        done = read(results, words, *more)
        assert (done.code, done.out) == (1, ""), (words, done.out)
        assert done.err.startswith("refuse: ") and told in done.err and done.err.count("\n") == 1, done.err


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 100_000, b'{"program": 1}']
)
def test_a_run_file_that_is_none(results: Path, content: bytes) -> None:
    (results / "run.json").write_bytes(content)
    in_one_line(results, "senl-ae grade")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_something_else_in_place_of_a_file(results: Path, make: Callable[[Path], None]) -> None:
    for name in ("patients.csv", "run.json"):
        (results / name).unlink()
        make(results / name)
        in_one_line(results, name)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("format", 2, "later version"),
        ("format", "1", "format is no whole number"),
        ("settings", [], "settings is not a table"),
        ("settings", None, "settings is not a table"),
        ("settings.safety_window_days", "thirty", "settings.safety_window_days"),
        ("settings.ci", None, "settings.ci"),
        ("scales", {}, "scales is not a list"),
        ("scales", [None], "scales[0] is not a table"),
        ("scales", [{"id": 1, "syndrome": "CRS"}], "scales[0].id is not text"),
        ("scales", [{"id": "a"}], "no scales[0].syndrome in it"),
        ("inputs", "vitals.csv", "inputs is not a list"),
        ("inputs", [{"name": None}], "inputs[0].name is not text"),
        ("grading_tables", [1], "grading_tables[0] is not a table"),
        ("table_folders", [1], "table_folders[0] is not text"),
        ("study", 1, "study is not text"),
        ("written", [], "written is not a table"),
    ],
)
def test_facts_of_another_shape(results: Path, place: str, value: Any, told: str) -> None:
    facts = json.loads((results / "run.json").read_text(encoding="utf-8"))
    inside, _, name = place.rpartition(".")
    (facts[inside] if inside else facts)[name] = value
    (results / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    in_one_line(results, told)


def changes(results: Path) -> dict[str, Callable[[], object]]:
    patients, subjects = results / "patients.csv", results / "subjects.csv"
    return {
        "patients.csv": lambda: patients.write_bytes(patients.read_bytes().replace(b",DL1,", b",DL2,")),
        "subjects.csv": lambda: subjects.write_bytes(subjects.read_bytes().rsplit(b"\n", 2)[0] + b"\n"),
        "episodes.csv": lambda: (results / "episodes.csv").unlink(),
        "daily.csv": lambda: (results / "daily.csv").write_bytes(b""),
        "treatments.csv": lambda: (results / "treatments.csv").write_bytes(b"\xff\x00\xfe"),
        "labs.csv": lambda: (results / "labs.csv").write_text("subject_id\n001\n", encoding="utf-8"),
    }


@pytest.mark.parametrize("name", changes(Path()))
def test_what_was_changed_after_the_run_is_named_and_not_counted(results: Path, name: str) -> None:
    changes(results)[name]()
    in_one_line(results, name)


def test_all_that_was_changed_is_named_at_once_and_used_only_where_that_is_said(results: Path) -> None:
    changes(results)["patients.csv"]()
    (results / "issues.csv").write_text(
        (results / "issues.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8"
    )
    in_one_line(results, "issues.csv, patients.csv")
    for words in READERS:
        done = read(results, words, "--changed-results")
        assert done.code == 0
        assert done.err == "These results were changed after the run: issues.csv, patients.csv.\n"


@pytest.mark.parametrize("content", [b"", b"subj", b"\xff\x00\xfe\n", b"a,b\n1\n1,2,3,4\n"])
@pytest.mark.parametrize("name", ["patients.csv", "subjects.csv", "daily.csv", "episodes.csv"])
def test_changed_results_that_cannot_be_read_are_refused_all_the_same(
    results: Path, name: str, content: bytes
) -> None:
    (results / name).write_bytes(content)
    done = read(results, READERS[0], "--changed-results")
    if done.code:
        assert "internal error" not in done.err and "refuse: " in done.err and name in done.err


def test_the_workbook_for_people_may_be_annotated(results: Path) -> None:
    (results / "graded.xlsx").write_bytes(b"annotated")
    assert [read(results, words).code for words in READERS] == [0, 0, 0]


def test_results_of_a_run_that_kept_no_list_are_read(results: Path) -> None:
    facts = json.loads((results / "run.json").read_text(encoding="utf-8"))
    del facts["written"], facts["format"]
    (results / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    assert [read(results, words).code for words in READERS] == [0, 0, 0]
