"""The tables as one workbook: a sheet per table that prints well, and the long results with numbers as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.archive import FIXED, save_workbook
from senl_ae.report.count.long_results import COLUMNS, LongResults, whole_numbers
from senl_ae.report.layout.laid import Laid, column_weights, footer_line, header_lines

BOLD = Font(name="Calibri", size=11, bold=True)
SMALL = Font(name="Calibri", size=9, color="FF555555")
RULE = Border(bottom=Side(style="thin"))
WRAP = Alignment(wrap_text=True, vertical="top")
RIGHT = Alignment(horizontal="right", wrap_text=True, vertical="top")
CENTRE = Alignment(horizontal="center", wrap_text=True, vertical="top")
MIDDLE = Alignment(horizontal="center", vertical="top")
HEADINGS = {"statistics": RIGHT, "cross": CENTRE}
FILLS = {
    grade: PatternFill("solid", fgColor=colour)
    for grade, colour in {
        "1": "FFFFF2CC",
        "2": "FFFFD28A",
        "3": "FFF4A582",
        "4": "FFD6604D",
        "5": "FFB2182B",
    }.items()
}
CELL_LIMIT = 32_000
"""Most characters of a cell; Excel takes 32,767."""


def write_xlsx(long: LongResults, tables: Sequence[Laid], path: Path) -> None:
    """One sheet per table in the order of printing, then the long results."""
    book = Workbook()
    book.properties.created = book.properties.modified = FIXED
    book.properties.creator = "senl-ae"
    book.remove(book.active)
    for laid in tables:
        _write_table(book.create_sheet(_sheet_name(laid, book.sheetnames)), laid)
    _write_long(book.create_sheet("Long results"), long)
    save_workbook(book, path)


@cache
def _set_in(depth: int) -> Alignment:
    """A label by how far it is set in; made once, as every style is."""
    return Alignment(horizontal="left", wrap_text=True, vertical="top", indent=2 * depth)


def _sheet_name(laid: Laid, taken: Sequence[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\]", " ", f"{laid.text.number} {laid.name}")[:31]
    return name if name not in taken else f"{name[:28]} {len(taken)}"


def _text(sheet: Worksheet, row: int, column: int, value: str) -> Any:
    """A cell that holds text whatever the text looks like; plain counts are numbers."""
    if value.isascii() and value.isdigit() and (value == "0" or value[0] != "0") and len(value) < 10:
        return sheet.cell(row, column, int(value))
    cell = sheet.cell(row, column)
    if value:
        cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", value)[:CELL_LIMIT]
        cell.data_type = "s"  # what begins with = stays text
    return cell


def _write_table(sheet: Worksheet, laid: Laid) -> None:
    for row, text in enumerate(header_lines(laid), 1):
        _text(sheet, row, 1, text).font = BOLD if row == 2 else SMALL
    top = 5
    headings = [(laid.stub,), *laid.columns]
    for j, heading in enumerate(headings, 1):
        cell = _text(sheet, top, j, "\n".join(heading))
        cell.font, cell.border, cell.alignment = BOLD, RULE, HEADINGS.get(laid.kind, WRAP) if j > 1 else WRAP
    sheet.row_dimensions[top].height = 15.0 * max(len(heading) for heading in headings)
    row = top
    for row, line in enumerate(laid.lines, top + 1):
        label = _text(sheet, row, 1, line.label)
        label.alignment = _set_in(line.indent)
        if line.heading:
            label.font = BOLD
        _write_cells(sheet, row, laid, line.cells)
    for note in (*laid.footnotes, footer_line(laid)):
        row += 1
        _text(sheet, row + 1, 1, note).font = SMALL
    _for_print(sheet, laid, top)


def _write_cells(sheet: Worksheet, row: int, laid: Laid, cells: Sequence[str]) -> None:
    for j, value in enumerate(cells, 2):
        cell = _text(sheet, row, j, value)
        cell.alignment = (
            RIGHT if laid.kind == "statistics" else MIDDLE if laid.kind in ("grid", "cross") else WRAP
        )
        if laid.kind == "grid" and j > 3 and value[:1] in FILLS:
            cell.fill = FILLS[value[:1]]


def _for_print(sheet: Worksheet, laid: Laid, top: int) -> None:
    """Landscape, one page wide, headings on every page, page x of y."""
    for j, weight in enumerate(column_weights(laid), 1):
        narrow = laid.kind == "grid" and j > 3
        sheet.column_dimensions[get_column_letter(j)].width = 4.0 if narrow else min(60.0, weight + 3)
    sheet.freeze_panes = sheet.cell(top + 1, 4 if laid.kind == "grid" else 2)
    sheet.print_title_rows = f"1:{top}"
    _one_page_wide(sheet)
    sheet.oddFooter.left.text = _in_footer(footer_line(laid))
    sheet.oddFooter.left.size = 7
    sheet.oddFooter.right.text = "Page &P of &N"
    sheet.oddFooter.right.size = 8


def _one_page_wide(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _in_footer(text: str) -> str:
    return text.replace("&", "&&")[:200]


def _write_long(sheet: Worksheet, long: LongResults) -> None:
    for j, name in enumerate(COLUMNS, 1):
        cell = _text(sheet, 1, j, name)
        cell.font, cell.border = BOLD, RULE
    columns = {name: long.frame[name].tolist() for name in COLUMNS}
    columns["denominator"] = whole_numbers(long.frame["denominator"])
    columns["value"] = [None if value != value else value for value in columns["value"]]
    columns["subjects"] = [_joined(ids) for ids in columns["subjects"]]
    for row, values in enumerate(zip(*(columns[name] for name in COLUMNS), strict=True), 2):
        for j, value in enumerate(values, 1):
            if isinstance(value, str):
                if value:
                    cell = sheet.cell(row, j, value)
                    cell.data_type = "s"
            elif value is not None:
                sheet.cell(row, j, value)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(long.frame) + 1}"
    for j, width in enumerate((16, 34, 12, 14, 26, 14, 10, 10, 12, 26, 22, 60), 1):
        sheet.column_dimensions[get_column_letter(j)].width = width
    sheet.print_title_rows = "1:1"
    sheet.print_area = (
        f"A1:{get_column_letter(len(COLUMNS) - 1)}{len(long.frame) + 1}"  # subjects would run over many pages
    )
    _one_page_wide(sheet)
    sheet.oddFooter.right.text = "Page &P of &N"


def _joined(ids: Sequence[str]) -> str:
    text = ";".join(ids)
    if len(text) <= CELL_LIMIT:
        return text
    return text[:CELL_LIMIT].rsplit(";", 1)[0] + "; and more, see long.csv"
