"""Which files of a folder this program wrote and nobody has edited since, and which are somebody's or the system's own.

What a run writes into a folder is listed there by name, size and hash: in `run.json` of a results folder, in `manifest.json` elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from senl_ae.writing.leftovers import is_temporary

PROGRAM = "senl-ae"
MANIFEST = "manifest.json"
HASHED_BYTES = 64_000_000
"""Larger files are told by size and time of change: hashing them would cost more than it guards."""
SETTLED = 2_000_000_000
"""The coarsest clock of a file system in nanoseconds: what was changed so shortly ago could change again without a trace."""
_HASHES: dict[tuple[int, ...], str] = {}
"""The hashes of this run, by all that the system says of a file."""
OF_SYSTEMS = re.compile(
    r"""\.ds_store | \._.* | \.localized | icon\r | \.appledouble        # macOS
      | thumbs\.db | ehthumbs(_vista)?\.db | desktop\.ini                # Windows
      | \.directory | \.nfs[0-9a-f]+ | \.fuse_hidden[0-9a-f]+            # Linux
      | @eadir | \.syncinfo | \.dropbox(\.attr)? | \.sync\.ffs_db        # disks and programs that share folders
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What systems put into a folder that somebody looks at: kept, and no reason to refuse it. Not the lock file of an open workbook."""


def is_of_system(name: str) -> bool:
    """Whether a system, and not a person, makes files of this name."""
    return OF_SYSTEMS.fullmatch(name) is not None


def manifest(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Size and hash of files of a folder, by name."""
    return {name: _print_of(folder / name) for name in sorted(names)}


def _print_of(path: Path) -> dict[str, Any]:
    about = path.stat()
    if about.st_size > HASHED_BYTES:
        return {"size": about.st_size, "changed": about.st_mtime_ns}
    return {"size": about.st_size, "sha256": hash_of(path)}


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits; one that nobody has touched since it was hashed in this run is not read again."""
    about = path.stat()
    mark = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    if mark in _HASHES:
        return _HASHES[mark]
    settled = time.time_ns() - max(about.st_mtime_ns, about.st_ctime_ns) > SETTLED
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if settled:
        _HASHES[mark] = found
    return found


def is_as_told(path: Path, told: Any) -> bool:
    """Whether a file is what a manifest tells of it; a link or a folder in its place never is."""
    return path.is_file() and not path.is_symlink() and _print_of(path) == told


def edited(folder: Path, written: Mapping[str, Any]) -> list[str]:
    """The files of a manifest that are still there and no longer what was written."""
    return [
        name
        for name, told in written.items()
        if (folder / name).is_file() and not is_as_told(folder / name, told)
    ]


def written_in(folder: Path, file: str = MANIFEST) -> dict[str, Any]:
    """What this program wrote into a folder, by the manifest there: file name -> size and hash; nothing without one of its own."""
    found = read_json(folder / file)
    written = found.get("written")
    return written if found.get("program") == PROGRAM and isinstance(written, dict) else {}


def manifest_text(written: Mapping[str, Any]) -> str:
    return json.dumps({"program": PROGRAM, "written": written}, indent=1) + "\n"


def foreign(
    folder: Path, written: Iterable[str], sub: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """What stands in a folder, at any depth, that no manifest names: files, folders, links, hidden ones too.

    sub: the names of files written into folders inside it. Temporary folders of this program are nobody's, files of the system neither.
    """
    mine, found = set(written), []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        real = path.is_dir() and not path.is_symlink()
        if path.name in (sub or {}) and real:
            found += [f"{path.name}/{name}" for name in foreign(path, (sub or {})[path.name])]
        elif (real and is_temporary(path.name)) or (is_of_system(path.name) and not path.is_symlink()):
            continue
        elif path.is_symlink() or not path.is_file() or path.name not in mine:
            found.append(path.name)
    return found


def of_system(folder: Path, sub: Iterable[str] = ()) -> list[str]:
    """The files that a system made in a folder and in some folders inside it."""
    inside = [folder / name for name in sub if (folder / name).is_dir() and not (folder / name).is_symlink()]
    return [
        str(path.relative_to(folder))
        for place in (folder, *inside)
        for path in sorted(place.iterdir())
        if is_of_system(path.name)
    ]


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of this program; nothing where it is not there or cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
