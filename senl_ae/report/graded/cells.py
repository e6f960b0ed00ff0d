"""Cells of graded.xlsx and of the template: what is a number, what is text, how a grade looks, how high a row must be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.report.count.marks import NOT_EVALUABLE, NOT_REACHED_YET, WINDOW_ENDED
from senl_ae.report.layout.workbook import CELL_LIMIT, FILLS

Tables = Mapping[str, Mapping[str, Any]]

FACE = "Calibri"
TITLE, BOLD, SMALL = Font(FACE, 14, bold=True), Font(FACE, 11, bold=True), Font(FACE, 9, color="FF555555")
HEADING, HEADING_FILL = Font(FACE, 11, bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F4E78")
BLOCK_FILL = PatternFill("solid", fgColor="FFD9E2EC")
TOP, WRAP = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
MIDDLE = Alignment(horizontal="center", vertical="top")
HAIR = Border(*(Side(style="hair", color="FFB0B0B0"),) * 4)
WHITE_ON = {grade: Font(FACE, 11, color="FFFFFFFF", bold=True) for grade in ("4", "5")}
LINE = 15.0
"""Height of one line, points."""
PLACES_PER_WIDTH = 1.1
"""Small letters are narrower than the figures by which a column's width is measured."""
ZERO_FILL = PatternFill("solid", fgColor="FFEAF4EA")
MARK_FILLS = {
    NOT_EVALUABLE: PatternFill("lightUp", fgColor="FF9A9A9A", bgColor="FFFFFFFF"),
    WINDOW_ENDED: PatternFill("solid", fgColor="FFBFBFBF"),
    NOT_REACHED_YET: PatternFill("solid", fgColor="FFE4E4E4"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def put(
    sheet: Worksheet, row: int, column: int, value: Any, font: Font | None = None, wrap: bool = False
) -> Any:
    """A cell: numbers as numbers, text as text whatever it looks like, nothing for what is missing."""
    if value is None or value == "" or value != value:
        return sheet.cell(row, column)
    cell = sheet.cell(row, column)
    if isinstance(value, (bool, np.bool_)):
        value = "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        number = float(value)
        cell.value = int(number) if number.is_integer() and abs(number) < 1e15 else number
        cell.alignment = MIDDLE
    else:
        cell.value = _CONTROL.sub(" ", str(value))[:CELL_LIMIT]
        cell.data_type = "s"  # what begins with = + - @ stays text
        cell.alignment = WRAP if wrap else TOP
    if font is not None:
        cell.font = font
    return cell


def put_grade(sheet: Worksheet, row: int, column: int, grade: Any) -> None:
    """A grade, coloured; NE where there is none."""
    known = grade is not None and grade == grade
    cell = put(sheet, row, column, int(grade) if known else "NE")
    cell.alignment = MIDDLE
    paint(cell, str(int(grade)) if known else NOT_EVALUABLE)


def paint(cell: Any, mark: str) -> None:
    """The colour of a grade or a mark."""
    fill = FILLS.get(mark[:1]) or MARK_FILLS.get(mark[:1]) or (ZERO_FILL if mark[:1] == "0" else None)
    if fill is not None:
        cell.fill = fill
    if mark[:1] in WHITE_ON:
        cell.font = WHITE_ON[mark[:1]]


def headings(sheet: Worksheet, row: int, names: Sequence[str], widths: Sequence[float]) -> None:
    """One row of headings, wrapped, with the widths of its columns."""
    for j, (name, width) in enumerate(zip(names, widths, strict=True), 1):
        cell = put(sheet, row, j, name, HEADING, wrap=True)
        cell.fill, cell.alignment = HEADING_FILL, Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(j)].width = width
    fit(sheet, row, list(zip(names, widths, strict=True)))


def fit(sheet: Worksheet, row: int, texts: Sequence[tuple[str, float]]) -> None:
    """A row as high as its longest wrapped text needs, given the width of each one's column: not every program works it out itself."""
    lines = max((_lines(text, width) for text, width in texts), default=1)
    if lines > 1:
        sheet.row_dimensions[row].height = LINE * lines + 1


def _lines(text: str, width: float) -> int:
    """About how many lines a text takes in a column, broken between words; a Chinese character takes two places."""
    room = max(int(width * PLACES_PER_WIDTH), 1)
    lines, used = 1, 0
    for word in text.split():
        size = sum(1 + (ord(c) > 0x2E7F) for c in word)
        if used and used + 1 + size > room:
            lines, used = lines + 1, size
        else:
            used += size + (1 if used else 0)
        lines, used = lines + (used - 1) // room if used else lines, (used - 1) % room + 1 if used else 0
    return lines


def finish(
    sheet: Worksheet, top: int, freeze: str, last_row: int, columns: int, filters: bool = True
) -> None:
    """Frozen headings, repeated on every printed page, with filters."""
    sheet.freeze_panes = freeze
    sheet.print_title_rows = f"1:{top}"
    if filters:
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(columns)}{max(last_row, top)}"
