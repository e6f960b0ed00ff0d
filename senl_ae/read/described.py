"""How each heading of each sheet was understood: also of sheets that would be refused, and of those that are no table of the study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from senl_ae.issues import Issues, Refused
from senl_ae.read.files.tables import read_tables
from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.unrecognised import described
from senl_ae.read.layouts import look_at_all
from senl_ae.vocabulary.items import Items, load_items

if TYPE_CHECKING:
    from senl_ae.settings import Settings
    from senl_ae.study import Assign

COLUMNS = ["file", "sheet", "column", "heading", "domain", "item", "unit", "why", "nearest", "read"]
WRONG_WORDS = frozenset({"unknown-domain", "unknown-sheet-name", "settings-wrong"})
"""Refusals of what somebody said, and of no file."""


def describe_columns(
    paths: Sequence[Path], settings: Settings, *, assign: Assign | None = None, items: Items | None = None
) -> pd.DataFrame:
    """How each heading of each sheet was understood: one row per heading, blank where it stands for nothing.

    read: the sheet's domain, or blank for a sheet that is no table of the study. Raises Refused only where a file cannot be opened, or
    where the settings or --as name what is not there; sheets and columns that would be refused are shown.
    """
    files = read_tables(list(paths), settings)
    if Issues(files.issues).refused:
        raise Refused(Issues(files.issues))
    sheets = look_at_all(files.tables, items or load_items(), settings, files.issues, assign)
    wrong = [issue for issue in sheets.issues if issue.severity == "refuse" and issue.code in WRONG_WORDS]
    if wrong:
        raise Refused(Issues(wrong))
    rows: list[tuple[str, ...]] = []
    for table, layout in zip(sheets.tables, sheets.found, strict=True):
        where = (table.file, table.sheet)
        if layout is not None:
            rows += [(*where, *said, layout.domain) for said in _of_layout(layout)]
        else:
            rows += [
                (*where, *said, "") for said in described(table, sheets.vocabulary, "the sheet is not read")
            ]
    for table in sheets.dictionaries:
        said = described(table, sheets.vocabulary, "a data dictionary")
        rows += [
            (table.file, table.sheet, column, text, "", "", "", why, "", "")
            for column, text, _, _, _, why, _ in said
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_layout(layout: Layout) -> list[tuple[str, ...]]:
    return [
        (h.letter, h.text, h.domain if h.match else "", h.name, h.unit or "", h.why, h.nearest)
        for h in layout.headings
    ]
