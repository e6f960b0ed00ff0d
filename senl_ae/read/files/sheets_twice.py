"""Which sheets of a workbook would be read twice: two of one name, or two names of one sheet. Refused, for every row counts once."""

from __future__ import annotations

from collections.abc import Sequence

from senl_ae.read.files.refusal import refusal


def refuse_twice(file: str, sheets: Sequence[tuple[str, str]]) -> None:
    """Refuses sheets (name, part of the file that holds the cells) that share a name, which could not be told apart, or their cells."""
    names: set[str] = set()
    cells: dict[str, str] = {}
    for name, part in sheets:
        if (alike := name.casefold().strip()) in names:
            raise refusal(
                file,
                "sheet-name-twice",
                f'two sheets are named "{name}"',
                "a name of its own for each sheet",
                "rename one of them",
            )
        if part in cells:
            raise refusal(
                file,
                "sheet-listed-twice",
                f'the sheets "{cells[part]}" and "{name}" are one sheet under two names',
                "cells of its own for each sheet",
                "the workbook is damaged: open it in the spreadsheet program, see which sheet is missing, and save it again",
            )
        names.add(alike)
        cells[part] = name
