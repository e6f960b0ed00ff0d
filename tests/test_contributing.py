"""What CONTRIBUTING.md says can be done: its files are there, its commands are, and the tests that it names run."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.running import ROOT, environment

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
PLACES = ("senl_ae/", "grading_tables/", "tests/", "docs/", "bench/")
PATHS = [
    path
    for path in re.findall(r"`([\w./*-]+)`", PAGE)
    if path.startswith(PLACES) or re.fullmatch(r"[\w.-]+\.(?:md|toml)", path)
]
HOOKS = re.findall(r"entry: \.venv/bin/(.*)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(set(PATHS) - {"senl-ae.toml"}))
def test_every_file_that_the_page_names_is_there(path: str) -> None:
    places = [ROOT / path, ROOT / "grading_tables" / "vocabulary" / path]
    assert any(place.exists() for place in places) or list(ROOT.glob(path))


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([\w./]+)\)", PAGE)
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_the_page_names_every_make_target_and_no_other() -> None:
    assert TARGETS is not None
    assert set(re.findall(r"`make ([\w-]+)`", PAGE)) == set(TARGETS[1].split())


def test_the_commands_for_one_test_select_tests() -> None:
    commands = re.findall(r"^    \.venv/bin/python -m pytest (.*)$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    words = [word for command in commands[:2] for word in command.split()] + commands[2].split()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *commands[2].split()],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0 and "D2b" in ran.stdout, ran.stdout
    for word in words:
        file, _, name = word.partition("::")
        if file.endswith(".py"):
            assert f"def {name or 'test_'}" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "section",
    [part.partition("\n") for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]],
    ids=lambda s: s[0],
)
def test_every_way_of_adding_names_its_file_its_test_and_the_docs(section: tuple[str, str, str]) -> None:
    title, _, text = section
    text = text.partition("\n## ")[0]
    assert "Test: " in text and "Docs: " in text, title
    assert re.search(r"`(?:senl_ae|grading_tables)/", text), title


def test_the_hooks_are_the_commands_of_the_makefile() -> None:
    """A commit is checked as `make lint` and `make types` check it."""
    recipes = set(re.findall(r"^\t\$\(BIN\)/(.*)$", MAKEFILE, re.MULTILINE))
    assert HOOKS == ["ruff check", "ruff format", "mypy"]
    for hook in HOOKS:
        assert {hook, f"{hook} ."} & recipes, hook
    checked = {"ruff check .", "ruff format --check --quiet .", "mypy"}
    assert checked <= recipes
