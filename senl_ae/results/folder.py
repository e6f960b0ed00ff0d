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
from senl_ae.writing import edited, foreign, in_words, manifest, read_json, shown, temporary_beside

PROGRAM = "senl-ae"
DEFAULT_FOLDER = "senl-ae-results"
RUN_FILE = "run.json"
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
    with temporary_beside(target) as temporary:
        yield temporary
        check_replaceable(folder, inputs, force)  # somebody may have put a file there meanwhile
        os.chmod(temporary, 0o755)
        _swap_in(temporary, folder)


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
        {**run, "files": files, "written": manifest(folder, files)},
        ensure_ascii=False,
        indent=2,
        sort_keys=False,
    )
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    """The facts of the run that wrote a results folder. Raises Refused where the folder is none of this program's."""
    if not folder.is_dir() or not _ours(folder):
        issues = Issues()
        issues.add(
            "refuse",
            "no-results",
            file=shown(folder),
            found="no results of senl-ae in this folder",
            expected=f"a folder with {RUN_FILE}, as `senl-ae grade` writes it",
            done="run `senl-ae grade FILES` first, or name the folder",
        )
        raise Refused(issues)
    run = read_json(folder / RUN_FILE)
    if not isinstance(run.get("settings"), dict) or not isinstance(run.get("scales", []), list):
        raise unreadable(folder / RUN_FILE, "no settings of a run in it")
    return run


def unreadable(path: Path, found: str) -> Refused:
    """A file of a results folder that is not as this program writes it."""
    issues = Issues()
    issues.add(
        "refuse",
        "results-unreadable",
        file=shown(path),
        found=found,
        expected="a file as senl-ae grade writes it",
        done="run senl-ae grade again",
    )
    return Refused(issues)


def read_table(folder: Path, name: str) -> Any:
    """One CSV of the folder as a DataFrame of text, blank as empty text."""
    import pandas as pd

    try:
        return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, na_filter=False)
    except (ValueError, FileNotFoundError) as problem:
        raise unreadable(folder / f"{name}.csv", str(problem).splitlines()[0]) from None
