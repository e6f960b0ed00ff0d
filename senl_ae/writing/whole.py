"""Which files may be replaced, by one rule for every command, and how a file or a folder is written whole or not at all.

The rule. Nothing is written before all of it is checked.

1. What a manifest says this program wrote and is as it was written, and what holds the very bytes that are to be written, is replaced.
2. Anything else that stands where a file is to go (somebody's, or edited since) stops the run by its name. With `--force` the one file
   that the command line itself names is replaced; in a folder, where this program chose the names, what stands there is moved aside first
   (`tables.before-1.xlsx`, a results folder as a whole as `results.before-1`), and that is said.
3. An input, a folder in place of a file, what somebody made read-only, and what somebody put into a results folder are never touched,
   with or without `--force`.
4. What replaces something has its owner, group and permissions as far as the system lets it; what is new follows the umask.

Every result is made in a temporary folder beside its place (see `leftovers`), readable by its owner alone, and renamed into it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from senl_ae.issues import Issues, Refused
from senl_ae.writing.interrupts import PLACED, held
from senl_ae.writing.leftovers import PREFIX, sweep, temporary_prefix
from senl_ae.writing.manifests import (
    MANIFEST,
    PROGRAM,
    foreign,
    is_as_told,
    manifest,
    manifest_text,
    read_json,
    written_in,
)

NAMED = 5
"""So many files are named in one message."""
LONGEST_NAME = 255
"""Bytes of a file's name, on the file systems there are."""
LONGEST_SUFFIX = 20
HIDDEN = os.sep + PREFIX


@contextlib.contextmanager
def temporary_beside(target: Path) -> Iterator[Path]:
    """A folder of this run alone beside `target`, gone when the block ends, and so are folders made for it that stayed empty.

    An error of the system about that folder is one about the target, which somebody typed.
    """
    parent = target.absolute().parent
    new = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with temporary_in(parent, target.name) as scratch:
            yield scratch
    except OSError as error:
        if isinstance(error.filename, str) and (error.filename == str(parent) or HIDDEN in error.filename):
            error.filename = str(target)
        raise
    finally:
        for folder in new:
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def temporary_in(parent: Path, name: str = "") -> Iterator[Path]:
    """A folder of this run alone inside `parent`, gone when the block ends; those of dead runs are swept first.

    What libraries put into temporary files meanwhile lies there too: a run that is killed leaves them where the next one looks.
    """
    sweep(parent, name)
    try:
        folder = Path(tempfile.mkdtemp(prefix=temporary_prefix(), dir=parent))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(parent)) from None
    elsewhere, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = elsewhere
        with held():
            shutil.rmtree(folder, ignore_errors=True)


def write_whole(
    path: Path, write: Callable[[Path], Any], force: bool = False, inputs: Sequence[Path] = ()
) -> None:
    """Writes the file that the command line names, whole or not at all; one that is there is replaced only with `force`. Raises Refused.

    A device or a pipe is written into and stays what it is; a link stays, and the file that it names is replaced.
    """
    refuse_existing([path], force, inputs)
    if _is_device(path):
        with temporary_in(Path(tempfile.gettempdir())) as scratch:
            made = scratch / path.name
            write(made)
            with made.open("rb") as whole, path.open("wb") as out:
                shutil.copyfileobj(whole, out)
        return
    path = path.resolve()
    with temporary_beside(path) as scratch:
        made = scratch / path.name
        write(made)
        if force:
            keep_looks(path, made)
            with held():
                os.replace(made, path)
                PLACED.append(path)
            return
        try:
            with held():
                _put(made, path)
                PLACED.append(path)
        except FileExistsError:  # somebody made it meanwhile
            refuse_existing([path], force, inputs)
            raise


def write_among(made: Path, folder: Path, force: bool = False) -> list[Path]:
    """Puts every file of `made` into `folder` and lists it in the manifest there. Returns what was moved aside for it. Raises Refused.

    made: a folder on the same disk, with files alone; nothing of `folder` is touched before all of them may be written.
    """
    before, new = written_in(folder), manifest(made, [path.name for path in made.iterdir()])
    (made / MANIFEST).write_text(manifest_text(before | new), encoding="utf-8")
    ours = {folder / n for n in new if any(is_as_told(folder / n, told.get(n)) for told in (before, new))}
    if read_json(folder / MANIFEST).get("program") == PROGRAM and not (folder / MANIFEST).is_symlink():
        ours.add(folder / MANIFEST)
    places = [folder / name for name in (*new, MANIFEST)]
    refuse_existing(places, force, ours=ours, forced="a folder of its own, or --force to move it aside")
    aside = []
    for place in places:
        if os.path.lexists(place):
            keep_looks(place, made / place.name)
            if place not in ours:
                aside.append(move_aside(place))
        with held():
            os.replace(made / place.name, place)
            PLACED.append(place)
    return aside


def refuse_strange_folder(
    folder: Path, names: Iterable[str], folders: Container[str] = (), force: bool = False
) -> None:
    """Refuses to begin in a folder in which somebody has files and this program none, unless `force` says that it may. Raises Refused.

    names, folders: what this program writes there and looks at on its own.
    """
    issues, where = Issues(), {"file": shown(folder)}
    if os.path.lexists(folder) and not folder.is_dir():
        issues.add("refuse", "output-is-file", **where, found="a file", expected="a folder or a new name")
    elif folder.is_dir() and not force and not written_in(folder):
        others = [name for name in foreign(folder, names) if name not in folders]
        if others:
            issues.add(
                "refuse",
                "folder-not-ours",
                **where,
                found=f"the folder holds {in_words(others)}, which senl-ae did not write there",
                expected="a new or an empty folder, or --force to write beside it",
                done="nothing was written",
            )
    if issues.refused:
        raise Refused(issues)


def refuse_existing(
    paths: Iterable[Path],
    force: bool = False,
    inputs: Sequence[Path] = (),
    ours: Container[Path] = (),
    forced: str = "a new name, or --force to replace it",
) -> None:
    """Refuses to write over an input, a folder, what is read-only, and, without `force`, over anything that is there and not in `ours`."""
    issues = Issues()
    for path in paths:
        if any(_is_one_file(path, read) for read in inputs):
            wrong = ("output-is-input", "the file to write is one of the inputs", "another name")
        elif path.is_dir():
            wrong = ("output-is-folder", "a folder", "a file")
        elif not os.path.lexists(path) or _is_device(path):
            continue
        elif is_locked(path):
            wrong = ("file-read-only", "a file of this name is there and is read-only", "a new name")
        elif not force and path not in ours:
            wrong = ("file-exists", "a file of this name is there already", forced)
        else:
            continue
        code, found, expected = wrong
        issues.add(
            "refuse", code, file=shown(path), found=found, expected=expected, done="nothing was written"
        )
    if issues.refused:
        raise Refused(issues)


def is_locked(path: Path) -> bool:
    """Whether somebody has taken away the permission to write a file or folder, from everybody or from this user."""
    try:
        return not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)
    except OSError:  # a link to nothing
        return False


def _is_one_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file, by whatever links."""
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


# ---------------------------------------------------------------- names, and what stands under them


def _put(made: Path, path: Path) -> None:
    """Gives a file a name that nothing has; raises FileExistsError where something has it by then."""
    try:
        os.link(made, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(made, path)


def move_aside(path: Path) -> Path:
    """Keeps a file under the first free name of its kind, `tables.before-1.xlsx`; it stays in its place until something replaces it."""
    while True:
        aside = aside_name(path)
        with contextlib.suppress(FileExistsError):
            _put(path, aside)
            return aside


def aside_name(path: Path) -> Path:
    """A name that nothing has, for what is moved aside: `results.before-1`."""
    suffix = path.suffix if len(path.suffix) <= LONGEST_SUFFIX else ""
    stem, number = os.fsencode(path.name.removesuffix(suffix)), 1
    while True:
        tail = os.fsencode(f".before-{number}{suffix}")
        cut = stem[: LONGEST_NAME - len(tail)]
        if cut != stem:  # no half of a letter at its end
            cut = cut.decode("utf-8", "ignore").encode("utf-8")
        aside = path.with_name(os.fsdecode(cut + tail))
        if not os.path.lexists(aside):
            return aside
        number += 1


def keep_looks(old: Path, new: Path) -> None:
    """Gives what is to replace a file or folder its owner, group and permissions, as far as the system lets it.

    Where the group cannot be kept, the new one may do no more than everybody may: it was not the group that was let in.
    """
    try:
        was, now = old.lstat(), new.stat()
    except OSError:
        return
    if stat.S_ISLNK(was.st_mode):
        return
    mode = stat.S_IMODE(was.st_mode)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        for owner in (was.st_uid, -1):
            with contextlib.suppress(OSError):
                os.chown(new, owner, was.st_gid)
                break
        if new.stat().st_gid != was.st_gid:
            mode = mode & ~(stat.S_ISGID | 0o070) | (mode & 0o007) << 3 & mode
    with contextlib.suppress(OSError):
        os.chmod(new, mode)


def shown(path: Path | str) -> str:
    """A path for people and for JSON: bytes that are no text are shown by their numbers."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def in_words(names: Sequence[str]) -> str:
    """The first of some names, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(shown(name) for name in names[:NAMED]) + more
