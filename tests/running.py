"""How the tests run the program: as a real process, or quickly in this one.

A real process is forked from one that has imported everything (`warm.py`), unless its environment changes how Python starts;
with SENL_AE_FRESH=1 every run starts from nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.warm import Server

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_data" / "study_en.xlsx"
QUIET_VARIABLES = (
    "SENL_AE_RESULTS",
    "FORCE_COLOR",
    "NO_COLOR",
    "GITHUB_ACTIONS",
    "COLUMNS",
    "TERM",
    "TZ",
    "LC_ALL",
    "LANG",
    "PYTHONHASHSEED",
    "OPENBLAS_NUM_THREADS",  # the program sets it, also where it runs in this process
)

READ_LATE = ("SENL_AE_RESULTS", "HOME", "PYTEST_CURRENT_TEST")
"""What nobody looks at before the program itself runs."""

SMALL = """subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
001,2026-03-02 10:00,DL1,44,2026-03-02 14:00,36.8,118,room air,,
001,2026-03-02 10:00,DL1,44,2026-03-05 08:00,38.6,112,nasal cannula,2,
002,2026-03-16 10:00,DL2,8,2026-03-18 20:00,40.1,84,,,norepinephrine
"""
"""Two fictional subjects: CRS grade 2 by oxygen, grade 3 by a vasopressor."""


@dataclass(frozen=True)
class Ended:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """The environment of this process without what changes the program's looks; it finds this checkout from any folder."""
    kept = {k: v for k, v in os.environ.items() if k not in QUIET_VARIABLES}
    compiled = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}  # once, not in every process
    return {**kept, **compiled, **more}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "senl_ae", *map(str, words)]


def run(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """`senl-ae WORDS` as a process of its own."""
    own = environment(**(env or {}))
    server = _server(own)
    if server is not None:
        code, out, err = server.run([str(word) for word in words], cwd, own)
        return Ended(code, _text(out), _text(err))
    done = subprocess.run(
        command(*words),
        cwd=cwd,
        env=own,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


_SERVERS: list[Server] = []


def _server(own: Mapping[str, str]) -> Server | None:
    """The warm process for runs in this environment; none where the environment decides how Python or a library starts."""
    if not hasattr(os, "fork") or os.environ.get("SENL_AE_FRESH"):
        return None
    if not _SERVERS or _SERVERS[0].owner != os.getpid():
        _SERVERS[:] = [Server(environment())]
        atexit.register(_SERVERS[0].close)
    usual = _SERVERS[0].environment
    differ = {name for name in {*own, *usual} if own.get(name) != usual.get(name)}
    return None if differ - set(READ_LATE) else _SERVERS[0]


def _text(data: bytes) -> str:
    return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def started(words: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
    """A process that is running, its streams piped: for those that are stopped on their way.

    It can be interrupted even where the tests run in the background of a shell, which ignores interrupts for what it starts there.
    """
    return subprocess.Popen(
        words,
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def here(*words: object) -> Ended:
    """`senl-ae WORDS` in this process, through the same edge."""
    from senl_ae.commands.edge import run as edge

    out, err = io.StringIO(), io.StringIO()
    argv, hook, code = sys.argv, sys.excepthook, 0
    sys.argv = ["senl-ae", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            edge(_program())
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv, sys.excepthook = argv, hook
    return Ended(code, out.getvalue(), err.getvalue())


@cache
def _program() -> Callable[[], object]:
    """What `senl_ae.cli.main` hands to the edge, its options worked out once."""
    import typer.main

    from senl_ae.cli import app

    return typer.main.get_command(app)


def small(folder: Path, name: str = "vitals.csv", text: str = SMALL) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
