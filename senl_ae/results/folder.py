"""The results folder: written whole or not at all, and read back."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from senl_ae.csv_text import csv_pieces
from senl_ae.interrupts import PLACED, held
from senl_ae.issues import COLUMNS, Issues, Refused
from senl_ae.results.shape import FORMAT, misshapen
from senl_ae.writing import PREFIX, edited, foreign, in_words, manifest, read_json, shown, temporary_beside

PROGRAM = "senl-ae"
DEFAULT_FOLDER = "senl-ae-results"
RUN_FILE = "run.json"
RUN_BYTES = 100_000_000
"""No run.json is larger."""
TABLES_FOLDER, MANIFEST = "tables", "manifest.json"
"""Where `summarize` puts its files inside the results, and what lists them there."""


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
        raise _refused(
            "no-home",
            file=f"SENL_AE_RESULTS={shown(said)}",
            found="the home folder after ~ is not known",
            expected="the path of a folder",
            done="nothing was done; write it out",
        ) from None


def _refused(code: str, **where: str) -> Refused:
    issues = Issues()
    issues.add("refuse", code, **where)
    return Refused(issues)


def check_replaceable(folder: Path, inputs: Sequence[Path] = (), force: bool = False) -> None:
    """Refuses to write over anything that this program did not write, an input above all, or that was edited since. Raises Refused.

    force: files of an earlier run are replaced also where somebody has edited them; what the program did not write never is.
    """
    issues = Issues()
    where = {"file": shown(folder)}
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        issues.add(
            "refuse",
            "out-not-a-folder",
            **where,
            found="the place for the results is a file or a link",
            expected="a folder or a new name",
            done="nothing was written; give another --out",
        )
    elif folder.is_dir() and any(folder.iterdir()) and not _ours(folder):
        issues.add(
            "refuse",
            "out-not-ours",
            **where,
            found="the folder holds files that senl-ae did not write",
            expected="a new folder, or results of an earlier run",
            done="nothing was written; give another --out",
        )
    elif folder.is_dir() and (kept := _not_ours(folder, inputs)):
        issues.add(
            "refuse",
            "out-holds-other-files",
            **where,
            found=f"the folder holds {in_words(kept)}, which senl-ae did not write there",
            expected="nothing but results",
            done="nothing was written; move it away, or give another --out",
        )
    elif folder.is_dir() and not force and (changed := _edited(folder)):
        issues.add(
            "refuse",
            "out-edited",
            **where,
            found=f"{in_words(changed)}: edited since senl-ae wrote it",
            expected="results as they were written",
            done="nothing was written; move it away, give another --out, or give --force to replace it",
        )
    else:
        parent = folder.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            issues.add(
                "refuse",
                "out-not-writable",
                **where,
                found="no permission to write there",
                expected="a folder that can be written",
                done="nothing was written; give another --out",
            )
    if issues.refused:
        raise Refused(issues)


def _ours(folder: Path) -> bool:
    return read_json(folder / RUN_FILE).get("program") == PROGRAM


def _not_ours(folder: Path, inputs: Sequence[Path]) -> list[str]:
    """Inputs that lie in a results folder, and everything in it that no run and no `summarize` wrote."""
    run = read_json(folder / RUN_FILE)
    within = [str(p) for p in inputs if p.resolve().is_relative_to(folder.resolve())]
    tables = {TABLES_FOLDER: [*tables_written(folder / TABLES_FOLDER), MANIFEST]}
    return within + foreign(folder, [RUN_FILE, *run.get("files", ())], tables)


def _edited(folder: Path) -> list[str]:
    """Files of the run, and of the tables made from it, that are no longer as they were written."""
    inside = edited(folder / TABLES_FOLDER, tables_written(folder / TABLES_FOLDER))
    return edited(folder, read_json(folder / RUN_FILE).get("written", {})) + [
        f"{TABLES_FOLDER}/{name}" for name in inside
    ]


def tables_written(folder: Path) -> dict[str, Any]:
    """What `summarize` wrote into a folder, by its manifest: file name -> size and hash."""
    found = read_json(folder / MANIFEST)
    written = found.get("written")
    return written if found.get("program") == PROGRAM and isinstance(written, dict) else {}


@contextlib.contextmanager
def whole_folder(folder: Path, inputs: Sequence[Path] = (), force: bool = False) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes when it does not."""
    check_replaceable(folder, inputs, force)
    target = folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _told_as(folder), temporary_beside(target) as temporary:
        yield temporary
        check_replaceable(folder, inputs, force)  # somebody may have put a file there meanwhile
        os.chmod(temporary, 0o755)
        _swap_in(temporary, folder)


@contextlib.contextmanager
def _told_as(folder: Path) -> Iterator[None]:
    """An error of the system about the temporary folder is one about the folder that was asked for."""
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and f"{os.sep}{PREFIX}" in error.filename:
            error.filename = str(folder)
        raise


def _swap_in(new: Path, folder: Path) -> None:
    """Puts `new` at `folder`, and what stood there goes. A signal to stop comes before or after it, and knows which."""
    with held():
        _trade(new, folder.absolute())
        PLACED.append(folder)
        shutil.rmtree(new, ignore_errors=True)


def _trade(new: Path, target: Path) -> None:
    """Puts `new` at `target`; what stood there is at `new` afterwards. No moment without a whole folder in place."""
    if not target.exists():
        os.rename(new, target)
        return
    if _exchange(new, target):
        return
    with temporary_beside(target) as aside:
        os.rename(target, aside / "old")
        try:
            os.rename(new, target)
        except OSError:
            os.rename(aside / "old", target)
            raise


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
        raise _refused(
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
        raise _refused(
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
    return _refused("results-unreadable", file=shown(path), found=found, expected=expected, done=done)


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
