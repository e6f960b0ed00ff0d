"""The results folder: written whole or not at all, and read back."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from senl_ae.issues import COLUMNS, Issues, Refused, refusal
from senl_ae.results.shape import FORMAT, misshapen
from senl_ae.writing.csv_text import csv_pieces
from senl_ae.writing.interrupts import PLACED, held
from senl_ae.writing.manifests import (
    MANIFEST,
    PROGRAM,
    edited,
    foreign,
    is_of_system,
    manifest,
    of_system,
    read_json,
    written_in,
)
from senl_ae.writing.whole import aside_name, in_words, is_locked, keep_looks, shown, temporary_beside

DEFAULT_FOLDER = "senl-ae-results"
RUN_FILE = "run.json"
RUN_BYTES = 100_000_000
"""No run.json is larger."""
TABLES_FOLDER = "tables"
"""Where `summarize` puts its files inside the results."""


def results_folder(out: Path | None) -> Path:
    """Where results go: `--out`, else SENL_AE_RESULTS, else senl-ae-results in the working folder."""
    if out is not None:
        return out
    said = os.environ.get("SENL_AE_RESULTS", "")
    if not said.strip():
        return Path(DEFAULT_FOLDER)
    try:
        return Path(said).expanduser()
    except RuntimeError:  # no home, or nobody of that name
        raise refusal(
            "no-home",
            file=f"SENL_AE_RESULTS={shown(said)}",
            found="the home folder after ~ is not known",
            expected="the path of a folder",
            done="nothing was done; write it out",
        ) from None


def check_replaceable(folder: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Refuses a place for results that is no folder, or holds what this program did not write, inputs above all, or edited results.

    force: edited results are moved aside whole; what somebody put there or made read-only never is. Raises Refused.
    """
    wrong = _wrong_place(folder)
    if wrong is None and folder.is_dir():
        wrong = _wrong_contents(folder, inputs, force)
    if wrong is None:
        wrong = _wrong_permission(folder)
    if wrong is not None:
        raise _not_replaced(folder, *wrong)


def _not_replaced(folder: Path, code: str, found: str, expected: str, done: str) -> Refused:
    return refusal(code, found, expected, f"nothing was written; {done}", file=shown(folder))


Wrong = tuple[str, str, str, str]
"""What stands in the way of results: its code, what was found, what was expected, what to do."""


def _wrong_place(folder: Path) -> Wrong | None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return (
            "out-not-a-folder",
            "the place for the results is a file or a link",
            "a folder or a new name",
            "give another --out",
        )
    if not folder.is_dir():
        return None
    if not _ours(folder) and not all(is_of_system(path.name) for path in folder.iterdir()):
        return (
            "out-not-ours",
            "the folder holds files that senl-ae did not write",
            "a new folder, or results of an earlier run",
            "give another --out",
        )
    if os.path.ismount(folder):
        return (
            "out-is-mounted",
            "the folder is a whole disk or share, and results are put into their place by renaming",
            "a folder inside it",
            f"give --out {shown(folder / DEFAULT_FOLDER)}",
        )
    if Path.cwd().resolve().is_relative_to(folder.resolve()):
        return (
            "out-is-working-folder",
            "this is the folder in which you are, and results replace a folder as a whole",
            "a folder inside it or another one",
            f"give --out {DEFAULT_FOLDER}, or go up one folder and name this one",
        )
    return None


def _wrong_contents(folder: Path, inputs: Sequence[Path], force: bool) -> Wrong | None:
    """What keeps a folder, empty or with results, from being replaced by new ones."""
    if kept := _not_ours(folder, inputs):
        return (
            "out-holds-other-files",
            f"the folder holds {in_words(kept)}, which senl-ae did not write there",
            "nothing but results",
            "move it away, or give another --out",
        )
    written = [RUN_FILE, *_told(folder)]
    if locked := [shown(path) for path in (folder, *map(folder.joinpath, written)) if is_locked(path)]:
        return (
            "out-read-only",
            f"read-only: {in_words(locked)}",
            "results that may be replaced",
            "give another --out, or the permission to write",
        )
    if not force and (changed := _edited(folder)):
        return (
            "out-edited",
            f"{in_words(changed)}: edited since senl-ae wrote it",
            "results as they were written",
            "move it away, give another --out, or give --force to keep the folder under another name",
        )
    return None


def _wrong_permission(folder: Path) -> Wrong | None:
    parent = folder.absolute().parent
    while not os.path.lexists(parent):
        parent = parent.parent
    if not parent.is_dir():
        return ("out-not-a-folder", f"{shown(parent)} is a file", "a folder", "give another --out")
    if not os.access(parent, os.W_OK):
        return (
            "out-not-writable",
            f"no permission to write into {shown(parent)}",
            "a folder that can be written",
            "give another --out",
        )
    return None


def _ours(folder: Path) -> bool:
    return read_json(folder / RUN_FILE).get("program") == PROGRAM


def _not_ours(folder: Path, inputs: Sequence[Path]) -> list[str]:
    """Inputs that lie in a results folder, and everything in it that no run and no `summarize` wrote."""
    files = read_json(folder / RUN_FILE).get("files", ())
    within = [str(p) for p in inputs if p.resolve().is_relative_to(folder.resolve())]
    tables = {TABLES_FOLDER: [*written_in(folder / TABLES_FOLDER), MANIFEST]}
    beside = [*written_in(folder), MANIFEST] if read_json(folder / MANIFEST).get("program") == PROGRAM else []
    return within + foreign(folder, [RUN_FILE, *(files if isinstance(files, list) else ()), *beside], tables)


def _told(folder: Path) -> dict[str, Any]:
    """What the manifests in a results folder tell of its files and of the tables made from them, by name from there."""
    inside = written_in(folder / TABLES_FOLDER)
    return {
        **written_in(folder),
        **written_in(folder, RUN_FILE),
        **{f"{TABLES_FOLDER}/{name}": told for name, told in inside.items()},
    }


def _edited(folder: Path) -> list[str]:
    """Files of the run, and of the tables made from it, that are no longer as they were written."""
    return edited(folder, _told(folder))


@dataclass
class Placing:
    """Results on their way into their place."""

    new: Path
    """The folder to write them into."""
    kept: Path | None = None
    """Where the results are that were there before, if somebody had edited them."""


@contextlib.contextmanager
def whole_folder(folder: Path, inputs: Sequence[Path] = (), force: bool = False) -> Iterator[Placing]:
    """A new folder that takes the place of `folder` when the block ends well, and vanishes when it does not. Raises Refused."""
    check_replaceable(folder, inputs, force)
    with temporary_beside(folder) as scratch:
        placing = Placing(scratch / "new")
        placing.new.mkdir()
        yield placing
        check_replaceable(folder, inputs, force)  # somebody may have put a file there meanwhile
        _place(placing, folder, force)


def _place(placing: Placing, folder: Path, force: bool) -> None:
    """A signal to stop comes before or after it, and knows which."""
    with held():
        _swap_in(placing, folder.absolute(), force)
        PLACED.append(folder)


def _swap_in(placing: Placing, target: Path, force: bool) -> None:
    """Puts new results at `target`. No moment without a whole folder in place, and what was there is looked at once more when it is out.

    Files that the system made there move into the new folder. Edited results get a name of their own beside it before they leave their
    place: a run that is killed in between leaves nothing of somebody's under a name that the next one sweeps.
    """
    if not target.exists():
        os.rename(placing.new, target)
        return
    _keep_all_looks(target, placing.new)
    old = placing.new
    if _edited(target):
        old = placing.kept = aside_name(target)
        os.rename(placing.new, old)
    _trade(old, target)
    if wrong := _wrong_contents(old, (), force):
        _trade(old, target)
        if placing.kept:
            os.rename(old, placing.new)
        raise _not_replaced(target, *wrong)
    if placing.kept is None and _edited(old):
        placing.kept = aside_name(target)
        os.rename(old, placing.kept)
    if placing.kept is None:
        _move_system_files(old, target)


def _keep_all_looks(old: Path, new: Path) -> None:
    """Owner, group and permissions of a folder and of the files in it that are there again."""
    for path in new.iterdir():
        keep_looks(old / path.name, path)
    keep_looks(old, new)


def _move_system_files(old: Path, new: Path) -> None:
    for name in of_system(old, [TABLES_FOLDER]):
        if not os.path.lexists(new / name):
            (new / name).parent.mkdir(exist_ok=True)
            os.rename(old / name, new / name)


def _trade(one: Path, other: Path) -> None:
    """Two folders trade names, in one step where the system can do that."""
    if _exchange(one, other):
        return
    spare = aside_name(one)
    os.rename(other, spare)
    try:
        os.rename(one, other)
    except OSError:
        os.rename(spare, other)
        raise
    os.rename(spare, one)


def _exchange(one: Path, other: Path) -> bool:
    """Two folders trade names in one step, where the system can do that."""
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return bool(library.renameat2(-100, first, -100, second, 2) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, 2) == 0)
    return False


def write_tables(folder: Path, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """One CSV per table, UTF-8, LF."""
    for name, columns in tables.items():
        with (folder / f"{name}.csv").open("wb") as file:
            file.writelines(piece.encode("utf-8") for piece in csv_pieces(columns))


def issues_table(issues: Issues) -> dict[str, list[Any]]:
    ordered = issues.sorted()
    return {name: [getattr(issue, name) for issue in ordered] for name in COLUMNS}


def write_run(folder: Path, run: Mapping[str, Any]) -> None:
    files = sorted(p.name for p in folder.iterdir())
    text = json.dumps(
        {"program": PROGRAM, "format": FORMAT, **run, "files": files, "written": manifest(folder, files)},
        ensure_ascii=False,
        indent=2,
        sort_keys=False,
    )
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    """The facts of the run that wrote a results folder. Raises Refused where it is none of this program's, or not as it writes one."""
    path = folder / RUN_FILE
    found = _whole_json(path) if folder.is_dir() and os.path.lexists(path) else {}
    if found.get("program") != PROGRAM:
        raise refusal(
            "no-results",
            file=shown(folder),
            found="no results of senl-ae in this folder",
            expected=f"a folder with {RUN_FILE}, as `senl-ae grade` writes it",
            done="run `senl-ae grade FILES` first, or name the folder",
        )
    if (problem := misshapen(found)) is not None:
        raise unreadable(path, problem)
    return found


def _whole_json(path: Path) -> dict[str, Any]:
    """The one object of a JSON file of a results folder, told apart from all else that may stand in its place."""
    if not path.is_file():
        raise unreadable(path, "a folder or a device")
    if not 0 < path.stat().st_size <= RUN_BYTES:
        raise unreadable(path, "an empty file" if not path.stat().st_size else "a file far too large")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise unreadable(path, "no JSON") from None
    if not isinstance(found, dict):
        raise unreadable(path, "no facts of a run in it")
    return found


def changed_results(folder: Path) -> list[str]:
    """The tables of a run that are no longer as it wrote them, are gone, or were added; none where an older run kept no list of them."""
    written = read_run(folder).get("written")
    if written is None:
        return []
    tables = {name: told for name, told in written.items() if name.endswith(".csv")}
    gone = [name for name in tables if not (folder / name).is_file()]
    added = [path.name for path in sorted(folder.glob("*.csv")) if path.name not in tables]
    return [*edited(folder, tables), *gone, *added]


def check_unchanged(folder: Path, accepted: bool) -> str:
    """What is said of results that were changed after the run; empty where none was. Raises Refused unless that is accepted."""
    if not folder.is_dir() or not (changed := changed_results(folder)):
        return ""
    if not accepted:
        raise refusal(
            "results-changed",
            file=shown(folder),
            found=f"{in_words(changed)}: changed, added or removed after the run",
            expected="results as `senl-ae grade` wrote them",
            done="run `senl-ae grade` again, or give --changed-results to use them as they are",
        )
    return f"These results were changed after the run: {in_words(changed)}."


def unreadable(path: Path, found: str) -> Refused:
    """A file of a results folder that is not as this program writes it."""
    expected, done = "a file as `senl-ae grade` writes it", "run `senl-ae grade` again"
    return refusal("results-unreadable", file=shown(path), found=found, expected=expected, done=done)


def read_table(folder: Path, name: str) -> Any:
    """One CSV of the folder as a DataFrame of text, blank as empty text."""
    import pandas as pd

    path = folder / f"{name}.csv"
    if not path.is_file():
        raise unreadable(path, "no such file")
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    except ValueError as problem:
        raise unreadable(path, str(problem).splitlines()[0]) from None
    if "subject_id" not in frame.columns:
        raise unreadable(path, "no column subject_id")
    return frame
