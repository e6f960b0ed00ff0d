"""Where the program starts: streams that are closed are opened on nothing and an interrupt is one line, before anything is imported."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """`senl-ae`, and `python -m senl_ae`."""
    _open_closed_streams()
    earlier = signal.signal(signal.SIGINT, _interrupted)
    from senl_ae.cli import main as run

    signal.signal(signal.SIGINT, earlier)
    run()


def _open_closed_streams() -> None:
    """A closed standard stream would hand its number to the first file that is opened, and what is printed would land in that file."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: SIM115 - open as long as the program runs


def _interrupted(_number: int, _frame: object) -> None:
    """Nothing has begun yet: one line and the exit code of an interrupt."""
    os.write(2, b"senl-ae: interrupted; nothing was changed\n")
    os._exit(130)


if __name__ == "__main__":
    main()
