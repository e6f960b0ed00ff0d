"""Which files the vocabulary stands in, and that each holds only what is known there."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class TableError(ValueError):
    """A grading table cannot be used as it stands: the message names the file, the entry and the nearest allowed name."""


def tables_folder() -> Path:
    """Where the grading tables are: inside the package when installed from a wheel, else beside pyproject.toml."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "grading_tables", package.parent / "grading_tables"):
        if folder.is_dir():
            return folder
    raise TableError(
        f"the folder grading_tables is neither in {package} nor beside it: install senl-ae again"
    )


LAST = 1_000_000
"""The order of a file that asks for none."""


def vocabulary_files(folder: Path) -> list[Path]:
    """The files of a folder of grading tables that hold vocabulary: `items.toml`, and everything in `vocabulary/`."""
    own = [path for path in tables_in(folder) if path.stem.lower() == "items"]
    return [*own, *tables_in(folder / "vocabulary")]


def tables_in(folder: Path) -> list[Path]:
    """The tables of a folder, by name; an ending in capital letters is the same ending."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() == ".toml") if folder.is_dir() else []


def read_vocabulary(folder: Path) -> dict[str, dict[str, Any]]:
    """The vocabulary files of a folder as they stand, by the name to call them by, in the order that they ask for."""
    tables = {
        said(file, folder): _read(file, said(file, folder), folder == tables_folder())
        for file in vocabulary_files(folder)
    }
    for file, table in tables.items():
        if type(table.get("order", 0)) is not int:
            raise TableError(f"{file}, order: {table['order']!r}, expected a whole number")
    return dict(sorted(tables.items(), key=lambda each: each[1].get("order", LAST)))


def said(file: Path, folder: Path) -> str:
    """A file by the folder of tables that it is in, as messages name it: `grading_tables/vocabulary/vitals.toml`."""
    return Path(folder.name, file.relative_to(folder)).as_posix()


def _read(file: Path, name: str, own: bool) -> dict[str, Any]:
    """A file as TOML; one of somebody's is looked at before it is opened, as his settings are."""
    try:
        if own:
            return tomllib.loads(file.read_text(encoding="utf-8"))
        from senl_ae.settings import (
            small_text,
        )  # settings take long to import, and the program's own files need none of it

        return tomllib.loads(small_text(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
        raise TableError(f"{name} cannot be read: {e}") from e


def check_keys(entry: Any, allowed: Iterable[str], file: str, where: str) -> None:
    """Refuses a key that is not known at this place, with the nearest one that is."""
    if not isinstance(entry, dict):
        raise TableError(f"{file}, {where}: expected a table of {', '.join(allowed)}")
    for key in entry:
        if key not in allowed:
            raise TableError(f"{file}, {where}: unknown key {key!r}{hint(key, allowed)}")


def hint(word: str, allowed: Iterable[str]) -> str:
    """The end of a message about a word that is not allowed: the nearest one, else all."""
    allowed = list(allowed)
    close = difflib.get_close_matches(word, allowed, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; allowed: {', '.join(allowed)}"
