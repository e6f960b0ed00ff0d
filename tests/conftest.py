"""What all tests of a worker share: how rarely it looks for rubbish, and the results of a small study, which each test has a copy of."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import here, small

Graded = Callable[..., Path]


def pytest_collection_finish() -> None:
    """Thousands of tests that stay until the end are not looked through again and again while each grades its study."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """`graded_once(folder, "--no-workbook", tables="csv")`: the small study in a folder, and beside it its results, made once."""
    made: dict[tuple[str, ...], Path] = {}

    def copy(folder: Path, *more: str, tables: str = "", results: str = "results") -> Path:
        key = (*more, tables)
        if key not in made:
            place = tmp_path_factory.mktemp("graded_once")
            assert here("grade", small(place), "--out", place / "results", "-q", *more).code == 0
            wanted = ("--format", tables, "--quiet")
            assert not tables or here("summarize", place / "results", *wanted).code == 0
            made[key] = place
        shutil.copy2(made[key] / "vitals.csv", folder / "vitals.csv")
        return Path(shutil.copytree(made[key] / "results", folder / results))

    return copy
