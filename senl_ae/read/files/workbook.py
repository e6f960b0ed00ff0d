"""Which cells a workbook holds: its sheets in order, every cell at its row and column, with the value that a person sees.

`xlsx_scan` looks first; python-calamine reads the values afterwards (a formula's stored value is its value). What calamine leaves out comes
from the look: error cells, formulas without a stored value, hidden rows, merged ranges.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from senl_ae.read.files.grid import (
    CELL_BUDGET,
    COLUMN_BUDGET,
    letters,
    refuse_long_cells,
    tidy,
    to_length,
    too_many_columns,
)
from senl_ae.read.files.opened import opened
from senl_ae.read.files.parts import (
    attribute,
    formats_without_time,
    local,
    office_document,
    relationships,
    structure,
    usable_parts,
)
from senl_ae.read.files.refusal import not_a_workbook, protected, refusal
from senl_ae.read.files.sheets_twice import refuse_twice
from senl_ae.read.files.xlsx_parse import SheetParser
from senl_ae.read.files.xlsx_scan import Cells, Limits, Unpacked, damaged, scan_part, stream
from senl_ae.study import RawTable

if TYPE_CHECKING:
    from senl_ae.settings import Settings

SPARSE_BUDGET = 4_000_000
"""Blank cells between filled ones are held in memory too: this many are, beyond four for every filled one."""


@dataclass(frozen=True)
class SheetCells:
    name: str
    cells: Cells
    only_dates: frozenset[int]
    """Columns with a cell whose format shows a date and no time."""
    part: str
    """Where inside the file the cells are."""


def read_workbook(path: Path, file: str, settings: Settings) -> list[RawTable]:
    """The filled worksheets of one .xlsx or .xlsm file, in the workbook's order; raises Refused with one line when it cannot be read."""
    limits = Limits.of(file, settings)
    try:
        with path.open("rb") as source, zipfile.ZipFile(source) as archive:
            sheets, long_text = scan_workbook(source, archive, limits)
    except (zipfile.BadZipFile, NotImplementedError):
        raise damaged(file, "the zip inside is cut short or broken") from None
    except (zlib.error, EOFError):
        raise damaged(file, "the packed data inside is broken") from None
    except (expat.ExpatError, ElementTree.ParseError, UnicodeDecodeError, ValueError):
        raise damaged(file, "the XML inside is broken") from None
    if not sheets:
        raise refusal(
            file,
            "no-sheets",
            "no worksheet",
            "a workbook with at least one sheet of rows and columns",
            "add one",
        )
    refuse_twice(file, [(sheet.name, sheet.part) for sheet in sheets])
    tables = read_sheets(path, sheets, limits, long_text)
    if not tables:
        raise refusal(
            file,
            "no-data",
            "no filled cell in any sheet",
            "headings and rows",
            "fill it, or leave the file out",
        )
    return tables


def scan_workbook(
    source: IO[bytes], archive: zipfile.ZipFile, limits: Limits
) -> tuple[list[SheetCells], bool]:
    """Look through every XML part, then find the worksheets among them, in order; and whether some text may be too long."""
    parts = usable_parts(archive, limits)
    unpacked = Unpacked(limits, sum(part.compress_size for part in parts.values()))
    found = {name: scan_part(source, part, limits, unpacked) for name, part in parts.items()}
    long_text = any(cells.long_text for cells in found.values())
    for name, cells in found.items():
        if cells.cells and too_sparse(
            cells
        ):  # in every part: whatever calamine takes for a sheet must not end the process
            found[name] = parse_exactly(source, parts[name], limits)

    def small(name: str) -> ElementTree.Element | None:
        return structure(source, parts[name], limits) if name in parts else None

    book = office_document(small("_rels/.rels")) or "xl/workbook.xml"
    root = small(book)
    if root is None:
        raise not_a_workbook(limits.file)
    folder, base = posixpath.split(book)
    targets = relationships(small(posixpath.join(folder, "_rels", f"{base}.rels")), folder)
    date_formats = formats_without_time(
        small(next((t for kind, t in targets.values() if kind == "styles"), ""))
    )
    sheets = []
    for element in root.iter():
        if local(element.tag) == "sheet":
            kind, target = targets.get(attribute(element, "id"), ("", ""))
            if kind == "worksheet" and target in found:
                cells = found[target] if found[target].usual else parse_exactly(source, parts[target], limits)
                only_dates = frozenset(
                    column for column, style in cells.styles if style in date_formats or style < 0
                )
                sheets.append(SheetCells(element.get("name", ""), cells, only_dates, target))
    return sheets, long_text


def too_sparse(cells: Cells) -> bool:
    """Whether so few cells lie so far apart that the sheet would fill the memory with blanks."""
    box = cells.rows * cells.columns
    return box > CELL_BUDGET or box > 4 * cells.cells + SPARSE_BUDGET


def parse_exactly(source: IO[bytes], part: zipfile.ZipInfo, limits: Limits) -> Cells:
    """The slower look; refuses when cells with a value really lie too far apart."""
    cells = SheetParser().parse(stream(source, part, limits))
    if too_sparse(cells):
        far = f"{letters(cells.columns - 1)}{cells.rows}"
        raise refusal(
            limits.file,
            "far-cell",
            f"{part.filename} reaches to {far} with only {cells.cells} filled cells",
            "one table without stray cells far away from it",
            f"delete the stray cells (Ctrl+End goes there: {far})",
        )
    return cells


def read_sheets(path: Path, sheets: list[SheetCells], limits: Limits, long_text: bool) -> list[RawTable]:
    """The values, by calamine, of the sheets that were looked through."""
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum

    tables = []
    try:
        with opened(path) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            hidden = {
                sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible
            }
            if names != [sheet.name for sheet in sheets]:
                raise damaged(limits.file, "its list of sheets and the sheets inside differ")
            for sheet in sheets:
                rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                grid = (
                    np.fromiter(chain.from_iterable(rows), object).reshape(len(rows), -1)
                    if rows
                    else np.empty((0, 0), object)
                )
                del rows
                table = replace(raw_table(sheet, grid, limits), hidden=sheet.name in hidden)
                del grid
                if long_text:
                    refuse_long_cells(table, limits.cell_chars)
                if table.columns:
                    tables.append(table)
    except PasswordError:
        raise protected(limits.file) from None
    except (CalamineError, ValueError):
        raise damaged(limits.file, "a sheet inside is broken") from None
    return tables


def raw_table(sheet: SheetCells, grid: np.ndarray, limits: Limits) -> RawTable:
    """A grid of values as a RawTable: blanks None, dates tidy, trailing blank rows and columns left out."""
    values: list[np.ndarray] = []
    last = 0
    for number in range(grid.shape[1]):
        cells = np.ascontiguousarray(grid[:, number])
        filled = tidy(cells, has_only_times=number not in sheet.only_dates)
        where = np.flatnonzero(filled)
        last = max(last, int(where[-1]) + 1 if len(where) else 0)
        values.append(cells if len(where) else cells[:0])
    while values and not len(values[-1]):
        values.pop()
    if sum(len(column) > 0 for column in values) > COLUMN_BUDGET:
        raise too_many_columns(limits.file, sheet.name, len(values))
    marked = (
        sheet.cells.error_cells | sheet.cells.unstored_formulas
    )  # blank for calamine, but somebody filled them
    last = max([last, *(row + 1 for row, _ in marked)])
    width = max([len(values), *(column + 1 for _, column in marked)])
    blank = np.full(last, None, object)  # one for all blank columns: a stray cell at XFD1 costs nothing
    table = [to_length(column, last) if len(column) else blank for column in values] + [blank] * (
        width - len(values)
    )

    def without_value(cells: set[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        return frozenset((row, column) for row, column in cells if table[column][row] is None)

    return RawTable(
        limits.file,
        sheet.name,
        table,
        without_value(sheet.cells.error_cells),
        without_value(sheet.cells.unstored_formulas),
        frozenset(sheet.cells.hidden_rows),
        tuple(sheet.cells.merged),
    )
