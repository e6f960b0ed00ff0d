"""The reference pages are those that the grading tables and the rooms give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("page", ["scales.md", "columns.md", "results.md", "architecture.md"])
def test_the_page_is_the_one_the_tables_give(page: str) -> None:
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    made = maker.pages()[page]
    assert (DOCS / page).read_text(encoding="utf-8") == made, "run `make docs`"
