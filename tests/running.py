"""How the tests run the program: as a real process, or quickly in this one."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
)

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
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **more}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "senl_ae", *map(str, words)]


def run(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """`senl-ae WORDS` as a process of its own, its streams piped."""
    done = subprocess.run(
        command(*words),
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


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
    from senl_ae.cli import main

    out, err = io.StringIO(), io.StringIO()
    argv, hook, code = sys.argv, sys.excepthook, 0
    sys.argv = ["senl-ae", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv, sys.excepthook = argv, hook
    return Ended(code, out.getvalue(), err.getvalue())


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
