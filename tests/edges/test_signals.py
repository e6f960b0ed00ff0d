"""A signal to stop is one line and an exit code, leaves nothing behind, and says what had been written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.running import command, contents, environment, here, small

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of a POSIX system")
KINDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
NOTHING = "senl-ae: interrupted; nothing was changed\n"


def scripted(folder: Path, script: str, *words: object) -> subprocess.Popen[str]:
    """A run of the real start of the program in which a script has changed something first."""
    path = folder / "scripted.py"
    path.write_text(
        textwrap.dedent(script) + "\nfrom senl_ae.__main__ import main\nmain()\n", encoding="utf-8"
    )
    return subprocess.Popen(
        [sys.executable, str(path), *map(str, words)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def signalled(process: subprocess.Popen[str], *kinds: signal.Signals) -> tuple[int, str]:
    assert process.stdout is not None and process.stdout.readline() == "now\n"
    for kind in kinds:
        process.send_signal(kind)
        time.sleep(0.05)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


IMPORTING = """
    import sys, time
    class Slow:
        def find_spec(self, name, path=None, target=None):
            if name == "{name}":
                print("now", flush=True)
                try:
                    time.sleep(0.5)
                except KeyboardInterrupt:  # as C code does that is interrupted while it is imported
                    raise ImportError("something failed to import") from None
    sys.meta_path.insert(0, Slow())
"""


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
@pytest.mark.parametrize("name", ["senl_ae.cli", "typer", "numpy", "pandas", "openpyxl"])
def test_during_any_import(tmp_path: Path, name: str, kind: signal.Signals) -> None:
    vitals = small(tmp_path)
    process = scripted(tmp_path, IMPORTING.format(name=name), "grade", vitals, "--out", "r", "-q")
    assert signalled(process, kind) == (128 + kind, NOTHING)
    assert {path.name for path in tmp_path.iterdir()} == {"vitals.csv", "scripted.py"}


@pytest.mark.parametrize("second", KINDS, ids=lambda k: k.name)
def test_a_second_signal_does_not_disturb_the_unwinding(tmp_path: Path, second: signal.Signals) -> None:
    script = """
        import time, shutil, senl_ae.run as run, senl_ae.writing.whole as writing
        def write(*_):
            print("now", flush=True)
            time.sleep(20)
        real = shutil.rmtree
        def slowly(*args, **more):
            time.sleep(0.3)
            real(*args, **more)
        run.write_tables, writing.shutil.rmtree = write, slowly
    """
    process = scripted(tmp_path, script, "grade", small(tmp_path), "--out", "r", "-q")
    assert signalled(process, signal.SIGTERM, second, second) == (143, NOTHING)
    assert {path.name for path in tmp_path.iterdir()} == {"vitals.csv", "scripted.py"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
@pytest.mark.parametrize("there", [False, True], ids=["new", "again"])
def test_after_the_results_were_written_it_says_so(tmp_path: Path, kind: signal.Signals, there: bool) -> None:
    vitals = small(tmp_path)
    assert not there or here("grade", vitals, "--out", tmp_path / "r", "-q").code == 0
    script = """
        import time, senl_ae.results.folder as results
        real = results._swap_in
        def swap(*args):
            real(*args)
            print("now", flush=True)
            time.sleep(0.5)
        results._swap_in = swap
    """
    process = scripted(tmp_path, script, "grade", vitals, "--out", "r", "-q")
    assert signalled(process, kind) == (128 + kind, "senl-ae: interrupted after it had written r\n")
    assert (tmp_path / "r" / "patients.csv").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"vitals.csv", "scripted.py", "r"}


def test_what_a_parent_has_switched_off_stays_off(tmp_path: Path) -> None:
    def ignored() -> None:
        for kind in KINDS:
            signal.signal(kind, signal.SIG_IGN)

    vitals = small(tmp_path)
    process = subprocess.Popen(
        command("grade", vitals, "--out", tmp_path / "r", "-q"), env=environment(), preexec_fn=ignored
    )
    for _ in range(20):
        time.sleep(0.05)
        for kind in KINDS:
            process.send_signal(kind)
    assert process.wait(60) == 0
    assert "patients.csv" in contents(tmp_path / "r")


def test_an_interrupt_that_a_library_swallows_is_still_one(tmp_path: Path) -> None:
    script = """
        import time, senl_ae.run as run
        def grade(*_):
            print("now", flush=True)
            try:
                time.sleep(20)
            except KeyboardInterrupt:
                raise OSError("some library failed") from None
        run.grade_in_memory = grade
    """
    process = scripted(tmp_path, script, "grade", small(tmp_path), "--out", "r", "-q")
    assert signalled(process, signal.SIGHUP) == (129, NOTHING)
