"""graded.xlsx, for people: what was run, every patient, every episode, the daily grid, and the questions to the site."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.report.listings import NO_RECORD, NOT_EVALUABLE, NOT_REACHED_YET, WINDOW_ENDED
from senl_ae.report.workbook import CELL_LIMIT, FILLS, _one_page_wide
from senl_ae.settings import Settings

if TYPE_CHECKING:
    from senl_ae.grade.pipeline import Graded
    from senl_ae.issues import Issues

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
    NOT_EVALUABLE: PatternFill("lightUp", fgColor="FF9A9A9A", bgColor="FFFFFFFF"), WINDOW_ENDED: PatternFill("solid", fgColor="FFBFBFBF"),
    NOT_REACHED_YET: PatternFill("solid", fgColor="FFE4E4E4"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_graded_workbook(path: Path, graded: Graded, tables: Tables, issues: Issues, facts: Mapping[str, Any]) -> None:
    """Writes graded.xlsx; the same results give the same bytes. The assessments stay in their CSV."""
    from senl_ae.report.graded_sheets import daily_grid, episodes, patients, queries
    from senl_ae.simulate import fix_times

    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    book.properties.creator = "senl-ae"
    _about(book.create_sheet("About"), facts)
    patients(book.create_sheet("Patients"), graded, tables)
    episodes(book.create_sheet("Episodes"), graded, tables)
    daily_grid(book.create_sheet("Daily grid"), tables, facts)
    queries(book.create_sheet("Queries"), tables, issues)
    for sheet in book.worksheets:
        wide = sheet.page_setup.fitToWidth or 1
        _one_page_wide(sheet)
        sheet.page_setup.fitToWidth = wide
        sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.4, bottom=0.6, header=0.2, footer=0.3)
        sheet.oddFooter.left.text = f"senl-ae {facts.get('version', '')}  {facts.get('study', '').replace('&', '&&')}".strip()
        sheet.oddFooter.center.text, sheet.oddFooter.right.text = "&A", "Page &P of &N"
        for part in (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right):
            part.size = 8
    temporary = path.with_name(path.name + ".part")
    book.save(temporary)
    fix_times(temporary, path)


# ---------------------------------------------------------------- cells


def put(sheet: Worksheet, row: int, column: int, value: Any, font: Font | None = None, wrap: bool = False) -> Any:
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


def finish(sheet: Worksheet, top: int, freeze: str, last_row: int, columns: int, filters: bool = True) -> None:
    """Frozen headings, repeated on every printed page, with filters."""
    sheet.freeze_panes = freeze
    sheet.print_title_rows = f"1:{top}"
    if filters:
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(columns)}{max(last_row, top)}"


# ---------------------------------------------------------------- about


ABOUT_WIDTHS = {"A": 27, "B": 76, "C": 72}


def _about(sheet: Worksheet, facts: Mapping[str, Any]) -> None:
    """What was run on what, by which rules and settings, and how to read the other sheets."""
    for column, width in ABOUT_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    row = _section(sheet, 1, f"Graded results{': ' + facts['study'] if facts.get('study') else ''}", TITLE, _how_to_read(facts))
    scales = [(s["syndrome"], f"{s['title']}, {s.get('version') or s['id']}", s["source"]) for s in facts.get("scales", ())]
    row = _section(sheet, row, "Scales", BOLD, scales)
    row = _section(sheet, row, "Input files", BOLD, _files(facts.get("inputs", ())))
    row = _section(sheet, row, "Counts", BOLD, _counts(facts.get("counts", {})))
    row = _section(sheet, row, "Settings in force", BOLD, _settings(facts.get("settings", {})))
    _section(sheet, row, "Grading tables", BOLD, _files(facts.get("grading_tables", ())))


def _section(sheet: Worksheet, row: int, title: str, font: Font, lines: Sequence[Sequence[Any]]) -> int:
    put(sheet, row, 1, title, font)
    for line in lines:
        row += 1
        for j, value in enumerate(line, 1):
            cell = put(sheet, row, j, value, SMALL if j > 2 else None, wrap=True)
            cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="left")
        fit(sheet, row, [(str(value or ""), width) for value, width in zip(line, ABOUT_WIDTHS.values(), strict=False)])
    return row + 2


def _how_to_read(facts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        ("Program", f"senl-ae {facts.get('version', '')}, command {facts.get('command', '')}"),
        ("Patients", "one row per subject: the worst episode that began in the safety window, when, for how long, and why"),
        ("Episodes", "one row per episode of each syndrome"),
        ("Daily grid", "the highest grade of each study day; Day 0 is the date of the infusion"),
        ("Queries", "every problem of the input, and every day whose grade could be higher, with what would settle it; for the site to answer"),
        ("Grade, Possible", "the grade is what the record proves; possible is what it cannot rule out, shown where it is higher"),
        ("NE", "not evaluable: not the same as grade 0"),
        ("Assessments", "every single assessment with its rules and spreadsheet rows is in assessments.csv beside this workbook"),
    ]


def _files(files: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [(f["name"], f"SHA-256 {f['sha256']}", f"{f['size']:,} bytes") for f in files]


def _counts(counts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    lines: list[tuple[Any, ...]] = [("Subjects", counts.get("subjects")), ("Infused", counts.get("infused"))]
    for domain, found in counts.get("rows", {}).items():
        rest = ", ".join(f"{n:,} {reason}" for reason, n in found.items() if reason != "rows")
        lines.append((f"Rows of {domain}", found.get("rows"), rest))
    for what in ("assessments", "episodes", "issues"):
        lines += [(f"{what.capitalize()}: {name}", n) for name, n in counts.get(what, {}).items()]
    return lines


def _settings(settings: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    lines = []
    for name, value in settings.items():
        field = Settings.model_fields.get(name)
        shown = ", ".join(f"{k} = {v}" for k, v in value.items()) if isinstance(value, dict) else value
        shown = "; ".join(map(str, shown)) if isinstance(shown, (list, tuple)) else shown
        lines.append((name, "(none)" if shown in ("", None) else shown, field.description if field is not None else ""))
    return lines
