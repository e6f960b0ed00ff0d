"""What the commands say of themselves on a screen of 80 columns, and what a shell completes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from senl_ae.cli import app
from tests.running import environment, here


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that lead to it, the whole program first."""
    yield path, command
    for name, inside in getattr(command, "commands", {}).items():
        yield from commands(inside, (*path, name))


EVERY = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", [path for path, _ in EVERY], ids=lambda p: " ".join(p) or "senl-ae")
def test_help_fits_a_screen_and_no_line_is_cut_off(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    ended = here(*path, "--help")
    assert ended.code == 0 and ended.out.startswith("Usage: ")
    lines = ended.out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line.endswith(("...", "…")) and not line.startswith("Usage:")] == []
    broken = [line for line in lines if re.search(r"[a-z]-$", line)]
    assert broken == [], "a name is broken at its hyphen and cannot be copied"


@pytest.mark.parametrize(("path", "command"), EVERY, ids=lambda v: " ".join(v) if type(v) is tuple else "")
def test_every_command_and_every_word_of_it_is_explained(path: tuple[str, ...], command: Any) -> None:
    assert command.help and command.help.endswith("."), path
    for parameter in command.params:
        said = getattr(parameter, "help", "")
        assert said and said.endswith((".", '"')), (path, parameter.name)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `senl-ae` as a shell finds it."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "senl-ae"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = 'senl-ae'\nfrom senl_ae.__main__ import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return folder


def completed(installed: Path, **more: str) -> str:
    ran = subprocess.run(
        [installed / "senl-ae"], capture_output=True, text=True, check=False, env=environment(**more)
    )
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    return ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="shells of Unix")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("senl-ae s", ["summarize", "simulate", "settings", "scales"]),
        ("senl-ae scales ", ["list", "show", "items", "check"]),
        ("senl-ae summarize --sou", ["--source"]),
        ("senl-ae summarize --source r", ["reported"]),
        ("senl-ae template --lang ", ["en", "zh"]),
    ],
)
def test_bash_and_zsh_are_offered_the_next_word(installed: Path, typed: str, offered: list[str]) -> None:
    last = str(typed.count(" "))
    bash = completed(installed, _SENL_AE_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=last)
    assert bash.split() == offered
    zsh = completed(installed, _SENL_AE_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=typed)
    assert all(f'"{word}"' in zsh for word in offered)


@pytest.mark.skipif(not shutil.which("bash") or sys.platform == "win32", reason="needs bash")
def test_what_is_installed_for_bash_completes_in_a_bash(installed: Path, tmp_path: Path) -> None:
    # which shell it is, is said here: a test runs under any
    said = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    env = environment(PATH=f"{installed}:{environment().get('PATH', '')}", **said)
    words = [installed / "senl-ae", "--install-completion", "bash"]
    ended = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout
    assert "completion installed" in told and (tmp_path / ".bashrc").exists()
    script = (
        "source ~/.bashrc; COMP_WORDS=(senl-ae sum); COMP_CWORD=1; _senl_ae_completion senl-ae; "
        'echo "${COMPREPLY[@]}"; complete -p senl-ae'
    )
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, check=True)
    assert ran.stdout.split("\n")[0] == "summarize" and "_senl_ae_completion senl-ae" in ran.stdout
