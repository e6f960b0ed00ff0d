"""The way of a temperature in docs/architecture.md is the way it takes: every stop is a function, and all are called in that order."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.running import ROOT, here, small

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(senl_ae/[\w/]+\.py):(\w+)`", PAGE)
STOPS = re.findall(r"^\d+\. `(senl_ae/[\w/]+\.py):(\w+)`", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("file", "function"), NAMED, ids=lambda v: str(v))
def test_every_function_that_the_page_names_is_there(file: str, function: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_file_that_the_page_names_is_there() -> None:
    for path in re.findall(r"`((?:senl_ae|grading_tables|tests|docs)/[\w./*]+?)(?::\w+)?`", PAGE):
        assert list(ROOT.glob(path)), path
    for page in re.findall(r"\]\(([\w./]+)\)", PAGE):
        assert (ROOT / "docs" / page).exists(), page


def calls_of(stops: set[tuple[str, str]], *commands: tuple[object, ...]) -> list[tuple[str, str]]:
    """Each call of one of these functions while the commands run, in order; printed text goes to what `here` hands back."""
    files = {str(ROOT / file): file for file, _ in stops}
    called: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (file := files.get(frame.f_code.co_filename)):
            called.append((file, frame.f_code.co_name))

    before = sys.getprofile()
    for words in commands:
        sys.setprofile(note)
        try:
            ended = here(*words)
        finally:
            sys.setprofile(before)
        assert ended.code == 0, ended.err
    return [call for call in called if call in stops]


def test_a_temperature_comes_by_every_stop_in_this_order(tmp_path: Path) -> None:
    assert 10 <= len(STOPS) <= 15
    results = tmp_path / "r"
    calls = calls_of(
        set(STOPS),
        ("grade", small(tmp_path), "--out", results, "--no-workbook", "-q"),
        ("summarize", results, "--table", "crs", "--format", "terminal"),
    )
    left = iter(calls)
    assert [stop for stop in STOPS if stop not in left] == [], "not called, or not in this order"


def test_the_count_is_that_of_the_temperature(tmp_path: Path) -> None:
    """What stands in the cell decides what is printed: without the fever nobody is counted."""
    text = "subject_id,infusion_datetime,dose_level,age,datetime,temperature\n" + "".join(
        f"{who},2026-03-02 10:00,DL1,44,2026-03-0{day} 08:00,{{{who}}}\n" for who in "ab" for day in (3, 4)
    )
    printed = []
    for fever in ("38.6", "36.8"):
        file = small(tmp_path, text=text.format(a=fever, b="36.9"))
        assert here("grade", file, "--out", tmp_path / fever, "--no-workbook", "-q").code == 0
        table = here("summarize", tmp_path / fever, "--table", "crs", "--format", "terminal").out
        printed.append(next(" ".join(line.split()) for line in table.splitlines() if "Any CRS" in line))
    assert printed == ["Any CRS 1 (50.0%)", "Any CRS 0"]
