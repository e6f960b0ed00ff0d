"""Which temporary folders are left over from a run that is dead, so that the next run may remove them, and no other folder.

A run works in a folder of its own, `.senl-ae-PROCESS-MACHINE-START-xxxxxxxx`, readable by its owner alone. The name says which process of
which machine it belongs to and when that process began: a number that another program has by now is told apart, and so is a run on
another machine that shares the disk. Where a name does not tell, the age of the newest file in the folder decides. No link is followed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import re
import shutil
import time
from pathlib import Path

PREFIX = ".senl-ae-"
_TEMPORARY = re.compile(re.escape(PREFIX) + r"(\d+)-(?:([0-9a-f]{8})-(\d+)-)?[a-z0-9_]{8}")
"""The second and third group are missing in names that earlier versions gave."""
_TO_A_DEVICE = re.compile(re.escape(PREFIX) + r"[a-z0-9_]{8}")
"""As earlier versions named the folder of what went to a pipe."""
OLD_SECONDS = 3600
"""A temporary folder that does not say whose it is belongs to a dead run when nothing in it has changed for so long."""
DAY_SECONDS = 86_400
"""So long a run may take where the system does not tell when a process began."""
_UNKNOWN = "0"
_RESULTS = re.compile(
    r"[a-z_]+\.csv|graded\.xlsx|run\.json|\d+[a-z]?-.*\.csv|(?:long|tables|manifest)\.[a-z]+"
)
_FOLDERS_OF_RESULTS = {"tables", "old"}


def temporary_prefix() -> str:
    """How the name of a temporary folder of this process begins."""
    return f"{PREFIX}{os.getpid()}-{_machine()}-{_began(os.getpid())}-"


def is_temporary(name: str) -> bool:
    """Whether a folder of this name is one in which a run of this program works or worked."""
    return _TEMPORARY.fullmatch(name) is not None


def sweep(parent: Path, name: str = "") -> None:
    """Removes the temporary folders of runs that are dead; those of running ones, and everything else, stay.

    name: what the run is about to write there; earlier versions named their folders after it.
    """
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(parent)):
            with contextlib.suppress(
                OSError
            ):  # one that cannot be looked into stays, and the next is looked at
                if not entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                    continue
                if _is_of_this_user(entry) and _is_dead(Path(entry.path), name):
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_of_this_user(entry: os.DirEntry[str]) -> bool:
    return not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _is_dead(folder: Path, name: str) -> bool:
    told = _TEMPORARY.fullmatch(folder.name)
    if told and told[2] == _machine():
        return not _is_running(int(told[1]), told[3]) or (
            told[3] == _UNKNOWN and _seconds_untouched(folder) > DAY_SECONDS
        )
    before = re.compile(rf"\.(?:{re.escape(name)}-(?:old-)?|writing-)[a-z0-9_]{{8}}")
    if not told and not (name and before.fullmatch(folder.name)) and not _TO_A_DEVICE.fullmatch(folder.name):
        return False
    return _seconds_untouched(folder) > OLD_SECONDS and (told is not None or _holds_results(folder))


@functools.cache
def _machine() -> str:
    """Eight letters for this machine since it was started, and for the room of processes that this one sees."""
    told = [platform.node()]
    with contextlib.suppress(OSError):
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with contextlib.suppress(OSError):
        told.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("|".join(told).encode("utf-8", "replace")).hexdigest()[:8]


def _began(process: int) -> str:
    """When a living process began, in ticks since the machine did; "0" where it is dead or the system does not say."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return _UNKNOWN
    return _UNKNOWN if state == b"Z" or len(fields) < 19 else fields[18].decode("ascii")


def _is_running(process: int, began: str) -> bool:
    """Whether a process runs and is the one that began then, not another that got its number."""
    if began != _UNKNOWN:
        return _began(process) == began
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and is somebody else's
        return True
    return True


def _seconds_untouched(folder: Path) -> float:
    """How long ago the newest thing in a folder was changed, the folder itself included. Raises OSError where it cannot be listed."""
    newest = folder.lstat().st_mtime
    for path, folders, files in os.walk(folder, onerror=_raise):
        newest = max([newest, *(os.lstat(os.path.join(path, name)).st_mtime for name in (*folders, *files))])
    return time.time() - newest


def _holds_results(folder: Path) -> bool:
    """Whether a folder holds, at any depth, nothing but what a run writes, and no link."""
    for path, folders, files in os.walk(folder, onerror=_raise):
        if not set(folders) <= _FOLDERS_OF_RESULTS or not all(
            _RESULTS.fullmatch(name) or name.startswith("made") for name in files
        ):
            return False
        if any(os.path.islink(os.path.join(path, name)) for name in (*folders, *files)):
            return False
    return True


def _raise(error: OSError) -> None:
    raise error
