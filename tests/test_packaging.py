"""The package that people install works away from the checkout: whichever way it was built, `senl-ae demo` runs from it.

By default only the wheel built from the sdist is tried, which needs everything the others need; SENL_AE_PACKAGING=all tries the wheel
from the tree, the sdist itself and an editable install as well. One environment gets the dependencies once; the packages go in by turns.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.running import ROOT, environment

ALL = os.environ.get("SENL_AE_PACKAGING") == "all"
WAYS = ("wheel from sdist", "wheel from tree", "sdist", "editable")
NO_NETWORK = (
    "NewConnectionError",
    "ConnectionError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "getaddrinfo failed",
    "Network is unreachable",
    "Read timed out",
    "No matching distribution found",
    "ProxyError",
)


def called(words: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    env = environment()
    del env["PYTHONPATH"]  # what was installed is what runs
    words = [str(word) for word in words]
    return subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False, timeout=600
    )


def done(words: list[str | Path], cwd: Path) -> str:
    ended = called(words, cwd)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    return ended.stdout


class House:
    """An environment with the dependencies and the build tool, and a copy of the checkout to build from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / "python"
        self.tree = folder / "tree"
        skipped = shutil.ignore_patterns(
            ".git", ".venv", "*cache*", "__pycache__", "dist", "*.egg-info", "senl-ae-*", "work"
        )
        shutil.copytree(ROOT, self.tree, ignore=skipped)
        done([sys.executable, "-m", "venv", folder / "venv"], folder)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        needed = [*project["project"]["dependencies"], *project["build-system"]["requires"], "editables"]
        ended = self.pip("install", "--no-compile", "-c", ROOT / "constraints.txt", *needed)
        if ended.returncode and any(words in ended.stderr + ended.stdout for words in NO_NETWORK):
            pytest.skip(
                f"the dependencies cannot be fetched here: {ended.stderr.strip().splitlines()[-1][:200]}"
            )
        assert ended.returncode == 0, ended.stderr[-4000:]

    def pip(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return called(
            [self.python, "-m", "pip", "--disable-pip-version-check", "--quiet", *words], self.folder
        )

    def built(self, kind: str, tree: Path) -> Path:
        """An sdist or a wheel of a tree, built once."""
        out = self.folder / f"{kind} of {tree.name}"
        if not out.exists():
            done([self.python, "-m", "hatchling", "build", "-t", kind, "-d", out], tree)
        return next(out.iterdir())

    def unpacked(self) -> Path:
        """The tree as it is in the sdist, and nothing else."""
        with tarfile.open(self.built("sdist", self.tree)) as archive:
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # not before Python 3.11.4
            archive.extractall(self.folder / "unpacked", **safely)
        return next((self.folder / "unpacked").iterdir())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("packaging"))


def source(house: House, way: str) -> list[str | Path]:
    """What pip is told to install, one way of building or another."""
    if way == "wheel from sdist":
        return [house.built("wheel", house.unpacked())]
    if way == "wheel from tree":
        return [house.built("wheel", house.tree)]
    return [house.built("sdist", house.tree)] if way == "sdist" else ["--editable", house.tree]


@pytest.mark.parametrize("way", WAYS if ALL else WAYS[:1])
def test_the_demo_runs_from_what_was_installed(house: House, tmp_path: Path, way: str) -> None:
    ended = house.pip(
        "install", "--no-deps", "--no-build-isolation", "--force-reinstall", *source(house, way)
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    where = done([house.python, "-c", "import senl_ae; print(senl_ae.__file__)"], tmp_path).strip()
    assert Path(where).is_relative_to(house.tree if way == "editable" else house.folder / "venv")
    told = done([house.bin / "senl-ae", "demo"], tmp_path)
    assert "DL3" in told and "senl-ae explain" in told
    assert (tmp_path / "senl-ae-demo" / "results" / "daily.csv").exists()
    for words in (
        ["scales", "check"],
        ["template", "t.xlsx"],
        ["simulate", "s.xlsx", "--subjects", "3"],
        ["settings"],
        ["--version"],
    ):
        done([house.bin / "senl-ae", *words], tmp_path)
    done([house.python, "-m", "senl_ae", "explain", "004", "senl-ae-demo/results"], tmp_path)
    house.pip("uninstall", "--yes", "senl-ae")


def test_the_wheel_holds_the_program_its_tables_and_its_sample_and_nothing_else(house: House) -> None:
    with zipfile.ZipFile(house.built("wheel", house.tree)) as wheel:
        names = set(wheel.namelist())
        metadata = next(wheel.read(name).decode() for name in names if name.endswith("METADATA"))
    for path in (*(ROOT / "grading_tables").rglob("*.toml"), *(ROOT / "sample_data").glob("*.xlsx")):
        assert f"senl_ae/{path.relative_to(ROOT).as_posix()}" in names
    for path in (ROOT / "senl_ae").rglob("*.py"):
        assert path.relative_to(ROOT).as_posix() in names
    assert "senl_ae/py.typed" in names, "the types are for those who install it"
    assert {name.split("/")[0].split("-")[0] for name in names} == {"senl_ae"}
    assert "Requires-Python: >=3.11" in metadata and "pytest" not in metadata.split("Provides-Extra: dev")[0]


def test_two_builds_of_the_wheel_are_the_same(house: House) -> None:
    one = house.built("wheel", house.tree).read_bytes()
    shutil.rmtree(house.folder / "wheel of tree")
    assert house.built("wheel", house.tree).read_bytes() == one


def test_the_sdist_can_run_its_own_tests(house: House) -> None:
    with tarfile.open(house.built("sdist", house.tree)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "Makefile",
        "constraints.txt",
        "CONTRIBUTING.md",
        ".pre-commit-config.yaml",
    }
    wanted |= {
        "tests/golden/crs.csv",
        "sample_data/make.py",
        "sample_data/broken/expected.csv",
        "grading_tables/vocabulary/vitals.toml",
    }
    assert wanted <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
