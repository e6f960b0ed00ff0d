"""Files and folders written whole or not at all, and never over something that this program did not write.

Every result is made under a temporary name beside its place (`.senl-ae-PID-xxxxxxxx`, readable by its owner alone) and renamed into it.
What a run wrote is listed with its hash, so that a later run can tell its own files from those of somebody, edited ones included.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from senl_ae.issues import Issues, Refused

PREFIX = ".senl-ae-"
_TEMPORARY = re.compile(re.escape(PREFIX) + r"(\d+)-[a-z0-9_]{8}")
OLD_SECONDS = 3600
"""A temporary folder that does not say whose it is belongs to a dead run when nothing has touched it for so long."""
HASHED_BYTES = 64_000_000
"""Larger files are told by their size alone: hashing them would cost more than it guards."""
NAMED = 5
"""So many files are named in one message."""


@contextlib.contextmanager
def temporary_beside(target: Path) -> Iterator[Path]:
    """A folder of this run alone beside `target`, gone when the block ends; those of dead runs are swept first."""
    parent = target.absolute().parent
    sweep(parent, target.name)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, name: str = "") -> None:
    """Removes the temporary folders of runs that are dead; those of running ones, and everything else, stay."""
    before = re.compile(rf"\.(?:{re.escape(name)}-(?:old-)?|writing-)[a-z0-9_]{{8}}") if name else None
    with contextlib.suppress(OSError):
        for path in parent.iterdir():
            if not path.name.startswith(".") or path.is_symlink() or not path.is_dir():
                continue
            mine = _TEMPORARY.fullmatch(path.name)
            dead = mine is not None and not _is_running(int(mine[1]))
            if (
                not dead and before is not None and before.fullmatch(path.name)
            ):  # as earlier versions named them
                dead = time.time() - path.stat().st_mtime > OLD_SECONDS and _holds_results(path)
            if dead:
                shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, and is somebody else's
        return True
    return True


def _holds_results(folder: Path) -> bool:
    """Whether a folder holds nothing but what a run writes."""
    written = re.compile(
        r"[a-z_]+\.csv|graded\.xlsx|run\.json|tables|old|\d+[a-z]?-.*\.csv|(?:long|tables)\.[a-z]+"
    )
    return all(written.fullmatch(path.name) for path in folder.iterdir())


def write_whole(
    path: Path, write: Callable[[Path], Any], force: bool = False, inputs: Sequence[Path] = ()
) -> None:
    """Writes one file whole or not at all. An existing one is replaced only with `force`, an input never. Raises Refused.

    A device or a pipe is written into and stays what it is; a link stays, and the file that it names is replaced.
    """
    refuse_existing([path], force, inputs)
    if _is_device(path):
        with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
            made = Path(folder) / f"made{path.suffix}"
            write(made)
            with made.open("rb") as whole, path.open("wb") as out:
                shutil.copyfileobj(whole, out)
        return
    path = path.resolve()
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(path) as scratch:
        made = scratch / f"made{path.suffix}"
        write(made)
        os.replace(made, path)


def refuse_existing(paths: Iterable[Path], force: bool = False, inputs: Sequence[Path] = ()) -> None:
    """Refuses to write over an input, and, without `force`, over anything that is there."""
    issues = Issues()
    for path in paths:
        if any(_is_one_file(path, read) for read in inputs):
            issues.add(
                "refuse",
                "output-is-input",
                file=shown(path),
                found="the file to write is one of the inputs",
                expected="another name",
                done="nothing was written",
            )
        elif path.is_dir():
            issues.add(
                "refuse",
                "output-is-folder",
                file=shown(path),
                found="a folder",
                expected="a file",
                done="nothing was written",
            )
        elif os.path.lexists(path) and not force and not _is_device(path):
            issues.add(
                "refuse",
                "file-exists",
                file=shown(path),
                found="a file of this name is there already",
                expected="a new name, or --force to replace it",
                done="nothing was written",
            )
    if issues.refused:
        raise Refused(issues)


def _is_one_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file, by whatever links."""
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def shown(path: Path | str) -> str:
    """A path for people and for JSON: bytes that are no text are shown by their numbers."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


# ---------------------------------------------------------------- what a run wrote


def manifest(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Size and hash of files of a folder, by name."""
    return {name: _print_of(folder / name) for name in sorted(names)}


def _print_of(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    if size > HASHED_BYTES:
        return {"size": size}
    with path.open("rb") as file:
        return {"size": size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def edited(folder: Path, written: Mapping[str, Any]) -> list[str]:
    """The files of a manifest that are still there and no longer what was written."""
    return [
        name
        for name, told in written.items()
        if (folder / name).is_file() and told and _print_of(folder / name) != told
    ]


def foreign(
    folder: Path, written: Iterable[str], sub: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """What stands in a folder, at any depth, that no manifest names: files, folders, links, hidden ones too.

    sub: the names of files written into folders inside it. Temporary folders of this program are nobody's.
    """
    mine, found = set(written), []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name in (sub or {}) and path.is_dir() and not path.is_symlink():
            inside = set((sub or {})[path.name])
            found += [
                f"{path.name}/{p.name}"
                for p in sorted(path.iterdir(), key=lambda p: p.name)
                if (p.name not in inside and not _TEMPORARY.fullmatch(p.name)) or p.is_symlink()
            ]
        elif _TEMPORARY.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            continue
        elif path.is_symlink() or not path.is_file() or path.name not in mine:
            found.append(path.name)
    return found


def in_words(names: Sequence[str]) -> str:
    """The first of some names, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(shown(name) for name in names[:NAMED]) + more


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of this program; nothing where it is not there or cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
