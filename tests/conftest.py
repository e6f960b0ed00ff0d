"""What tests share: the sample study graded once for all workers, a small study graded once of which each test has a copy."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, SAMPLE, here, run, small

Graded = Callable[..., Path]


def pytest_collection_finish() -> None:
    """Thousands of tests that stay until the end are not looked through again and again while each grades its study."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One worker at a time, where the system can lock files."""
    with path.open("w") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def graded_sample(shared: Path) -> Path:
    """The results of the sample study, of one run of the command for all tests that only look at them."""
    folder = shared / "graded-sample"
    with alone(shared / "graded-sample.lock"):
        if not folder.exists():
            assert run("grade", SAMPLE, "--out", folder, "-q", cwd=shared).code == 0
    return folder


@pytest.fixture(scope="session")
def made_sample(shared: Path) -> Path:
    """What `sample_data/make.py` makes."""
    folder = shared / "made-sample"
    with alone(shared / "made-sample.lock"):
        if not folder.exists():
            made = folder.with_suffix(".new")
            made.mkdir(exist_ok=True)
            subprocess.run([sys.executable, ROOT / "sample_data" / "make.py", made], check=True)
            made.rename(folder)
    return folder


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
