"""Which grading tables are in force: those of the program and of the folders named, or a refusal with every mistake in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from senl_ae.issues import Issues, Refused
from senl_ae.vocabulary.files import tables_folder, tables_in, vocabulary_files

BESIDE = ("adverse_events", "escalation")
"""The folders, beside the scales, of what reported records are read by and of what designs of escalation say."""


def checked_scales(tables: Sequence[Path], laboratory: bool = True) -> dict[str, Any]:
    """The scales in force (laboratory tables only where asked for); raises Refused with one issue per mistake in a table or its words."""
    from senl_ae.grade.rules.scales import load_scales
    from senl_ae.vocabulary.items import TableError, load_items, vocabulary_of

    try:
        with vocabulary_of(tables):
            load_items()
            return load_scales(tables, laboratory)
    except TableError as error:
        issues = Issues()
        for line in str(error).splitlines():
            issues.add(
                "refuse",
                "grading-table-wrong",
                found=line,
                expected="a table that `senl-ae scales check` accepts",
                done="nothing was graded",
            )
        raise Refused(issues) from None


def table_files(tables: Sequence[Path]) -> list[Path]:
    """Every file that decides a grade or a count: the scales and groups of the program and of the folders named, the words of each."""
    return [
        path
        for folder in (tables_folder(), *tables)
        for path in dict.fromkeys(
            [
                *tables_in(folder),
                *vocabulary_files(folder),
                *(p for name in BESIDE for p in tables_in(folder / name)),
            ]
        )
    ]
