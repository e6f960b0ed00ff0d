"""The results folder: written whole or not at all, and read back."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from senl_ae.csv_text import csv_pieces
from senl_ae.issues import COLUMNS, Issues, Refused

PROGRAM = "senl-ae"
DEFAULT_FOLDER = "senl-ae-results"
RUN_FILE = "run.json"


def results_folder(out: Path | None) -> Path:
    """Where results go: `--out`, else SENL_AE_RESULTS, else senl-ae-results in the working folder."""
    return out or Path(os.environ.get("SENL_AE_RESULTS") or DEFAULT_FOLDER)


def check_replaceable(folder: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuses to write over anything that this program did not write, an input above all. Raises Refused."""
    issues = Issues()
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        issues.add(
            "refuse", "out-not-a-folder", file=str(folder), found="the place for the results is a file or a link",
            expected="a folder or a new name", done="nothing was written; give another --out",
        )
    elif folder.is_dir() and any(folder.iterdir()) and not _ours(folder):
        issues.add(
            "refuse", "out-not-ours", file=str(folder), found="the folder holds files that senl-ae did not write",
            expected="a new folder, or results of an earlier run", done="nothing was written; give another --out",
        )
    elif folder.is_dir() and (kept := _not_ours(folder, inputs)):
        issues.add(
            "refuse", "out-holds-other-files", file=str(folder), found=f"the folder holds {kept[0]}, which senl-ae did not write there",
            expected="nothing but results", done="nothing was written; move it away, or give another --out",
        )
    else:
        parent = folder.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            issues.add(
                "refuse", "out-not-writable", file=str(folder), found="no permission to write there",
                expected="a folder that can be written", done="nothing was written; give another --out",
            )
    if issues.refused:
        raise Refused(issues)


def _ours(folder: Path) -> bool:
    try:
        return json.loads((folder / RUN_FILE).read_text(encoding="utf-8")).get("program") == PROGRAM
    except (OSError, ValueError, AttributeError):
        return False


def _not_ours(folder: Path, inputs: Sequence[Path]) -> list[str]:
    """Inputs that lie in a results folder, and files that appeared there after the run. Folders are left to `summarize --out`."""
    run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8")) if _ours(folder) else {}
    added = [p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "~$"))] if "files" in run else []
    within = [str(p) for p in inputs if p.resolve().is_relative_to(folder.resolve())]
    return within + sorted(set(added) - {RUN_FILE, *run.get("files", ())})


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes when it does not."""
    check_replaceable(folder)
    target = folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        os.chmod(temporary, 0o755)
        yield temporary
        _swap_in(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap_in(new: Path, target: Path) -> None:
    """Puts `new` at `target`; what stood there is at `new` afterwards. No moment without a whole folder in place."""
    if not target.exists():
        os.rename(new, target)
        return
    if _exchange(new, target):
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    with _no_interrupts():
        os.rename(target, aside / "old")
        try:
            os.rename(new, target)
        except OSError:
            os.rename(aside / "old", target)
            raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Two folders trade names in one step, where the system can do that."""
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return bool(library.renameat2(-100, first, -100, second, 2) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, 2) == 0)
    return False


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C and termination wait until the block is done."""
    held: list[int] = []
    kinds = [signal.SIGINT, signal.SIGTERM]
    old = {kind: signal.signal(kind, lambda number, _frame: held.append(number)) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in old.items():
            signal.signal(kind, handler)
        for number in held:
            signal.raise_signal(number)


def write_tables(folder: Path, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """One CSV per table, UTF-8, LF."""
    for name, columns in tables.items():
        with (folder / f"{name}.csv").open("wb") as file:
            file.writelines(piece.encode("utf-8") for piece in csv_pieces(columns))


def issues_table(issues: Issues) -> dict[str, list[Any]]:
    ordered = issues.sorted()
    return {name: [getattr(issue, name) for issue in ordered] for name in COLUMNS}


def write_run(folder: Path, run: Mapping[str, Any]) -> None:
    text = json.dumps({**run, "files": sorted(p.name for p in folder.iterdir())}, ensure_ascii=False, indent=2, sort_keys=False)
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    """The facts of the run that wrote a results folder. Raises Refused where the folder is none of this program's."""
    if not folder.is_dir() or not _ours(folder):
        issues = Issues()
        issues.add(
            "refuse", "no-results", file=str(folder), found="no results of senl-ae in this folder",
            expected=f"a folder with {RUN_FILE}, as `senl-ae grade` writes it",
            done="run `senl-ae grade FILES` first, or name the folder",
        )
        raise Refused(issues)
    loaded: dict[str, Any] = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    return loaded


def read_table(folder: Path, name: str) -> Any:
    """One CSV of the folder as a DataFrame of text, blank as empty text."""
    import pandas as pd

    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, na_filter=False)
