"""A process that has imported everything and forks for each run of the program, so that a run does not wait for its imports.

Each run has its own folder, words, environment, streams, process id and exit code, and its interpreter ends as any other does. What an
environment decides while Python and its libraries start cannot be changed any more: such a run takes a fresh process (`running.run`).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("pandas", "openpyxl", "python_calamine", "scipy.stats", "rich.console", "docx", "pyarrow")
"""What the program imports only where it needs it."""
LONGEST_MESSAGE = 1 << 20
LONGEST_RUN_SECONDS = 300


class Server:
    """The other end, as the tests see it; started by a command that comes `before` it, or by something it does first (`prepare`)."""

    def __init__(
        self,
        environment: Mapping[str, str],
        before: Sequence[str] = (),
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.owner = os.getpid()
        self.environment = dict(environment)
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(LONGEST_RUN_SECONDS)
        with other:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "tests.warm", str(other.fileno())],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[other.fileno()],
                preexec_fn=prepare,
            )

    def close(self) -> None:
        """Let the process end; a fork of the tests leaves it to its parent."""
        if os.getpid() == self.owner:
            self.socket.close()
            self.process.communicate()

    def run(self, words: list[str], cwd: Path, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        """Exit code, standard output and error of `senl-ae WORDS` in a folder."""
        told = json.dumps([words, os.fspath(cwd), dict(environment)]).encode()
        with (
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            socket.send_fds(self.socket, [told], [nothing.fileno(), out.fileno(), err.fileno()])
            code = self.socket.recv(64)
            assert code, f"the warm process has ended: {self.process.communicate()[1].decode()}"
            out.seek(0)
            err.seek(0)
            return int(code), out.read(), err.read()


def serve(number: int) -> None:
    """Fork for each message until the tests have gone. Only a child returns from here by an error: that of its run."""
    _import_everything()
    with socket.socket(fileno=number) as asked:
        while True:
            told, streams, _, _ = socket.recv_fds(asked, LONGEST_MESSAGE, 3)
            if not told:
                return
            child = os.fork()
            if not child:
                break
            for stream in streams:
                os.close(stream)
            asked.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    words, folder, environment = json.loads(told)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = os.getcwd()
    sys.argv = ["", *words]
    runpy.run_module("senl_ae", run_name="__main__", alter_sys=True)


def _import_everything() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = (
        "1"  # as the program has it before it imports anything that would start threads
    )
    import senl_ae

    for module in pkgutil.walk_packages(senl_ae.__path__, "senl_ae."):
        if module.name != "senl_ae.__main__":
            importlib.import_module(module.name)
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
