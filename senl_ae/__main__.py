"""Where the program starts, before anything is imported: what its streams, its signals and the size of its screen are.

A closed stream is opened on nothing, a reader that has gone is no fault, a signal to stop is one line, a size that is no size is forgotten.
"""

from __future__ import annotations

import io
import os
import sys

from senl_ae.writing import interrupts


def main() -> None:
    """`senl-ae`, and `python -m senl_ae`."""
    _open_closed_streams()
    interrupts.listen()
    _outlive_readers()
    _forget_impossible_sizes()
    try:
        from senl_ae.cli import main as run

        run()
    finally:
        interrupts.deafen()


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


class _Unbroken(io.FileIO):
    """A reader that has seen enough (`| head`) is no fault: the rest goes nowhere, and the exit code is that of the run."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if self.fileno() == 1 and not isinstance(error, (BrokenPipeError, ConnectionResetError)):
                raise  # a full disk is a fault, and is told once
            return len(data)


def _outlive_readers() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        given = stream is getattr(sys, f"__{name}__")
        if given and isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            raw = _Unbroken(stream.fileno(), "wb", closefd=False)
            lines = stream.line_buffering
            setattr(
                sys,
                name,
                io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, stream.errors, None, lines),
            )


def _forget_impossible_sizes() -> None:
    """What a library would take for the size of the screen, or fall over."""
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH", "JUPYTER_COLUMNS", "JUPYTER_LINES"):
        said = os.environ.get(name, "")
        if not (said.isascii() and said.isdigit() and 0 < int(said[:9]) <= 100_000):
            os.environ.pop(name, None)


if __name__ == "__main__":
    main()
