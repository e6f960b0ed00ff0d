"""When a signal to stop takes effect (never inside an import or a swap), and what it says was written before it.

An interrupt, a termination and a hang-up unwind alike: as KeyboardInterrupt from where the work stands, so that temporary folders go. What
is no longer or not yet at work ends at once. A signal that a parent has switched off (`nohup`) stays off.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

KINDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
ALARM = [signal.SIGALRM] if hasattr(signal, "SIGALRM") else []
"""Rings when it is time to look whether an import is done."""
LOOK_AGAIN_SECONDS = 0.01
LONGEST_IMPORT_SECONDS = 5.0
"""A library that is stopped while it is imported may take the signal for a fault of its own: so long it is let finish."""

PLACED: list[Path] = []
"""What stands whole in its final place, written by the command that runs."""


class _Stop:
    """What is known of the signals of this process."""

    asked = 0
    since = 0.0
    at_work = False


def listen() -> None:
    """From here on, until `deafen`, a signal to stop ends the program in one line."""
    for kind in KINDS + ALARM:
        if signal.getsignal(kind) not in (signal.SIG_IGN, None):
            signal.signal(kind, _stop)


def deafen() -> None:
    """The program is done: from here on a signal ends it without a word, and a second one does not change how it ends."""
    for kind in KINDS + ALARM:
        if signal.getsignal(kind) is _stop:
            signal.signal(kind, signal.SIG_IGN if _Stop.asked else signal.SIG_DFL)


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """Work that is unwound when a signal comes. Raises KeyboardInterrupt also where a library made another error of it."""
    PLACED.clear()
    _Stop.at_work = True
    try:
        yield
    finally:
        _Stop.at_work = False
        if _Stop.asked:
            raise KeyboardInterrupt


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals wait until the block is done; it must be short."""
    came: list[int] = []
    old = {}
    try:
        with contextlib.suppress(ValueError):  # not in the main thread, which alone is told of signals
            for kind in KINDS + [kind for kind in ALARM if signal.getsignal(kind) is _stop]:
                if signal.getsignal(kind) not in (signal.SIG_IGN, None):
                    old[kind] = signal.getsignal(kind)
                    signal.signal(kind, lambda number, _frame: came.append(number))
        yield
    finally:
        for kind, handler in old.items():
            signal.signal(kind, handler)
        for number in came:
            signal.raise_signal(number)


def line() -> str:
    """What is said of an interrupted run."""
    if not PLACED:
        return "senl-ae: interrupted; nothing was changed"
    names = ", ".join(os.fsencode(path).decode("utf-8", "backslashreplace") for path in PLACED)
    return f"senl-ae: interrupted after it had written {names}"


def exit_code() -> int:
    """130 of an interrupt, 143 of a termination, 129 of a hang-up."""
    return 128 + (_Stop.asked or signal.SIGINT)


def _stop(number: int, frame: FrameType | None) -> None:
    """The handler of all of them: ends at once, unwinds, or waits for an import. A second one never disturbs the unwinding."""
    if number in KINDS and not _Stop.asked:
        _Stop.asked, _Stop.since = number, time.monotonic()
        if not _Stop.at_work:
            os.write(2, (line() + "\n").encode())
            os._exit(exit_code())
    if not _Stop.asked or not _Stop.at_work or _is_unwinding():
        return
    if _is_importing(frame) and time.monotonic() - _Stop.since < LONGEST_IMPORT_SECONDS:
        signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN_SECONDS)
    else:
        raise KeyboardInterrupt


def _is_unwinding() -> bool:
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None and bool(ALARM)
