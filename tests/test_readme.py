"""Everything in the README runs, and its output is what the program prints."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from senl_ae.settings import Settings
from tests.running import run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def load_refresher():
    import importlib.util

    spec = importlib.util.spec_from_file_location("readme_output", ROOT / "docs" / "readme_output.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_output_shown_is_the_output_printed() -> None:
    assert load_refresher().refreshed(README) == README


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("readme")
    shutil.copyfile(ROOT / "sample_data" / "study_en.xlsx", place / "vitals.xlsx")
    return place


def test_every_command_of_the_readme_runs(folder: Path) -> None:
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[0] == "senl-ae", command
        done = run(*words[1:], cwd=folder)
        assert done.code == 0, f"{command}: {done.err}"


def test_the_settings_shown_are_settings() -> None:
    shown = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert shown
    Settings.model_validate(tomllib.loads(shown[1]))


def test_every_command_of_the_table_exists() -> None:
    from senl_ae.cli import app

    known = {c.name or c.callback.__name__ for c in app.registered_commands} | {
        g.name for g in app.registered_groups
    }
    named = set(re.findall(r"^\| `(\w+)", README, re.MULTILINE))
    assert named == known


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
