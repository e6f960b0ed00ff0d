"""The edge: consoles, progress, and how a run ends: every refusal as lines on stderr, every exit code, and never a traceback."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from senl_ae.issues import Issues

SHOWN_ISSUES = 20


def console_of(stderr: bool = False) -> Console:
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    asked = os.environ.get("COLUMNS", "")
    width = None if terminal else max(int(asked) if asked.isdecimal() else 0, 100)

    return Console(
        stderr=stderr, width=width, highlight=False, no_color=None if terminal else True, soft_wrap=False
    )


def run(app: Callable[[], object]) -> None:
    """The edge: every refusal becomes lines on stderr and exit code 1; a crash becomes one line without any data of a subject."""
    from senl_ae.issues import Refused
    from senl_ae.writing import interrupts
    from senl_ae.writing.archive import full_disk_errors
    from senl_ae.writing.whole import shown

    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # no linear algebra here: threads for it would be started for nothing
    codecs.register_error("shown", _shown)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="shown")  # a Chinese id on a western console is no reason to stop
    sys.unraisablehook = lambda _: (
        None
    )  # what a library fails to tidy up after a full disk is no word to a site
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries warn of is no word to a site; the tests see it
    try:
        with interrupts.at_work():
            _run(app)
    except Refused as refused:
        print_issues(refused.issues)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print(interrupts.line(), file=sys.stderr)
        raise SystemExit(interrupts.exit_code()) from None
    except OSError as error:  # a full disk, a folder that is not there, a file where a folder should be
        where = shown(error.filename) if isinstance(error.filename, str) else "output"
        print(f"senl-ae: {where}: {(error.strerror or 'cannot be written').lower()}", file=sys.stderr)
        raise SystemExit(1) from None
    except full_disk_errors():
        print("senl-ae: output: no room for the temporary files of a workbook", file=sys.stderr)
        raise SystemExit(1) from None
    except MemoryError:
        print("senl-ae: not enough memory for these files; grade them in parts", file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        sys.excepthook = _one_line  # whatever gets past this is a defect


def _shown(error: UnicodeError) -> tuple[str, int]:
    """What a console cannot print, by its number: a byte of a file name that is no text as such, as `writing.shown` has it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    told = [
        f"\\x{ord(sign) - 0xDC00:x}"
        if "\udc80" <= sign <= "\udcff"
        else sign.encode("ascii", "backslashreplace").decode()
        for sign in error.object[error.start : error.end]
    ]
    return "".join(told), error.end


def _run(app: Callable[[], object]) -> None:
    """The command; what it printed must have arrived before it counts as done."""
    try:
        app()
    except SystemExit as ended:
        if ended.code == 128 + signal.SIGINT:  # what Typer makes of an interrupt
            raise KeyboardInterrupt from None
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def _one_line(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
    print(
        f"senl-ae: internal error ({type(error).__name__} at {_where(error)}). Please report this line.",
        file=sys.stderr,
    )


def _where(error: BaseException) -> str:
    """The file and line of the program where an error arose; never its text, which could hold a subject's data."""
    import traceback

    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}senl_ae{os.sep}" in f.filename
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


def print_issues(issues: Issues) -> None:
    """Problems on stderr, worst first, with a count of those that are not shown."""
    from senl_ae.report.problems_console import refusals_view

    for line in refusals_view(issues, SHOWN_ISSUES):
        console_of(stderr=True).print(line, soft_wrap=True)


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Any]:
    """A spinner on stderr that names the step; only on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text: None
        return
    console = console_of(stderr=True)
    with console.status("starting") as status:
        yield lambda text: status.update(text)
