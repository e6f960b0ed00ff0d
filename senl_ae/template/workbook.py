"""An empty workbook that a site can fill in: a sheet per kind of record, headings with units, lists of words, each column explained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from senl_ae.template.sheets import REQUIRED, SHEETS
from senl_ae.template.words import GUIDE, HEADINGS_ZH, SAYS, UNITS
from senl_ae.vocabulary.items import Item, Items, fold, load_items

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ROWS = 2000
"""Lists and formats reach down to this row."""
LISTED = ("word", "yes_no", "device", "seizure")
DATES = {"datetime": "yyyy-mm-dd hh:mm", "date": "yyyy-mm-dd"}
DATE_WORDS = {"death_date": "date", "lymphodepletion_start": "date"}
NUMBERS = ("number",)
OPEN_LIST = ("device", "seizure")
"""Lists that are suggestions: a site may write more than they hold."""


@dataclass(frozen=True)
class Column:
    """One column of the template: its item, its heading, what may be written into it."""

    domain: str
    item: Item
    heading: str
    required: bool
    says: str
    words: tuple[str, ...]


def write_template(path: Path, lang: str = "en") -> None:
    """Writes the workbook. The same language gives the same bytes."""
    from openpyxl import Workbook

    from senl_ae.writing.archive import save_workbook

    columns = template_columns(lang)
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "senl-ae"
    guide = book.create_sheet(GUIDE[lang][4])
    _explain(guide, columns, lang)
    for domain, (english, chinese, _) in SHEETS.items():
        _sheet(book, english if lang == "en" else chinese, [c for c in columns if c.domain == domain])
    book.move_sheet(guide, len(SHEETS))
    book.active = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    save_workbook(book, path)


def template_columns(lang: str) -> list[Column]:
    """Every column of the template, sheet by sheet."""
    items = load_items()
    chinese = lang == "zh"
    out = []
    for domain, (_, _, names) in SHEETS.items():
        for name in names:
            item = items.by_name[name]
            words = item_words(item, chinese) if item.kind in LISTED else ()
            out.append(
                Column(
                    domain,
                    item,
                    heading(item, items, domain, chinese),
                    name in REQUIRED[domain],
                    SAYS[name][chinese],
                    words,
                )
            )
    return out


def heading(item: Item, items: Items, domain: str, chinese: bool) -> str:
    """What stands above the column: a name that is read back as this item, with its unit."""
    unit = UNITS.get(item.unit or "", (item.unit or "",) * 2)[chinese] if item.kind in NUMBERS else ""
    return _name(item, items, domain, chinese) + (
        f" ({unit})" if unit and not chinese else f"({unit})" if unit else ""
    )


def _name(item: Item, items: Items, domain: str, chinese: bool) -> str:
    if chinese:
        if item.name in HEADINGS_ZH:
            return HEADINGS_ZH[item.name]
        return next(
            (
                a.text
                for confirmed in (True, False)
                for a in item.aliases
                if a.confirmed == confirmed and _is_chinese(a.text)
            ),
            item.name,
        )
    short = items.named(item.column, domain)
    name = item.column if domain != "subjects" and short is not None and short[0] is item else item.name
    words = " ".join(part for part in name.split("_") if part != "kg")
    upper = {"sbp", "dbp", "map", "spo2", "fio2", "ice", "capd", "lln", "uln", "soc", "dlt", "icp", "id"}
    text = " ".join(w.upper() if w in upper else w for w in words.split())
    return (
        text.replace("SPO2", "SpO2").replace("FIO2", "FiO2")[:1].upper()
        + text.replace("SPO2", "SpO2").replace("FIO2", "FiO2")[1:]
    )


def item_words(item: Item, chinese: bool) -> tuple[str, ...]:
    """The listed words of an item in one language; such as are read without a question."""
    if item.kind == "yes_no":
        return ("是", "否") if chinese else ("yes", "no")
    if not chinese:
        return tuple(word.replace("_", " ") for word in item.words)
    found = []
    for word, aliases in item.words.items():
        found.append(
            next(
                (a for a in aliases if _is_chinese(a) and fold(a) not in item.to_confirm),
                word.replace("_", " "),
            )
        )
    return tuple(found)


def _is_chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


# ---------------------------------------------------------------- sheets


def _sheet(book: Workbook, name: str, columns: list[Column]) -> None:
    """One sheet to fill in: headings, formats, drop-downs, a message on each cell of a column."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    from senl_ae.report.layout.workbook import _one_page_wide

    required, optional = PatternFill("solid", fgColor="FF1F4E78"), PatternFill("solid", fgColor="FF9DB8D2")
    white, black = Font("Calibri", 11, bold=True, color="FFFFFFFF"), Font("Calibri", 11, bold=True)
    sheet = book.create_sheet(name)
    for j, column in enumerate(columns, 1):
        letter = get_column_letter(j)
        cell = sheet.cell(1, j, column.heading)
        cell.fill, cell.font = (required, white) if column.required else (optional, black)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[letter].width = max(
            11, min(24, sum(1 + _is_chinese(c) for c in column.heading) + 3)
        )
        _format(sheet, letter, column)
        _validate(sheet, f"{letter}2:{letter}{ROWS}", column)
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "B2"
    sheet.print_title_rows = "1:1"
    _one_page_wide(sheet)


def _format(sheet: Worksheet, letter: str, column: Column) -> None:
    """Ids stay text, dates show as dates."""
    kind = DATE_WORDS.get(column.item.name, column.item.kind)
    if kind in ("subject_id", "text"):
        sheet.column_dimensions[letter].number_format = "@"
    elif kind in DATES:
        dated = column.domain == "subjects" and column.item.name != "infusion_datetime"
        sheet.column_dimensions[letter].number_format = DATES["date" if dated else kind]
        sheet.column_dimensions[letter].width = 17


def _validate(sheet: Worksheet, cells: str, column: Column) -> None:
    """A drop-down for listed words, a warning outside the plausible range, and the explanation beside every cell."""
    from openpyxl.worksheet.datavalidation import DataValidation

    bounds = column.item.plausible
    if column.words:
        rule = DataValidation("list", formula1=f'"{",".join(column.words)}"', allow_blank=True)
        rule.errorStyle = "warning" if column.item.kind in OPEN_LIST else "stop"
    elif column.item.kind in NUMBERS and "ge" in bounds and "le" in bounds:
        rule = DataValidation(
            "decimal",
            operator="between",
            formula1=f"{bounds['ge']:g}",
            formula2=f"{bounds['le']:.0f}",
            allow_blank=True,
        )
        rule.errorStyle = "warning"
    else:
        rule = DataValidation(allow_blank=True)
    rule.showErrorMessage, rule.showInputMessage = bool(column.words or rule.type == "decimal"), True
    rule.promptTitle, rule.prompt = column.heading[:32], column.says[:255]
    sheet.add_data_validation(rule)
    rule.add(cells)


def _explain(sheet: Worksheet, columns: list[Column], lang: str) -> None:
    """The sheet that explains each column."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    from senl_ae.report.graded.cells import fit
    from senl_ae.report.layout.workbook import _one_page_wide

    title, lines, headings, needed, _ = GUIDE[lang]
    chinese = lang == "zh"
    wrap, bold = Alignment(vertical="top", wrap_text=True), Font("Calibri", 11, bold=True)
    sheet.cell(1, 1, title).font = Font("Calibri", 14, bold=True)
    for row, line in enumerate(lines, 2):
        sheet.cell(row, 1, line)
    top = len(lines) + 3
    widths = (16, 26, 9, 62, 12, 14, 70)
    for j, (text, width) in enumerate(zip(headings, widths, strict=True), 1):
        cell = sheet.cell(top, j, text)
        cell.font, cell.fill = bold, PatternFill("solid", fgColor="FFD9E2EC")
        sheet.column_dimensions[get_column_letter(j)].width = width
    row = top
    domains = list(SHEETS)
    for column in columns:
        row += 1
        # a number and a letter before the names: this sheet must not look like a table of the study itself
        number = 1 + domains.index(column.domain)
        letter = get_column_letter(
            1 + [c.heading for c in columns if c.domain == column.domain].index(column.heading)
        )
        bounds = column.item.plausible
        shown = f"{bounds['ge']:g} - {bounds['le']:g}" if "ge" in bounds and "le" in bounds else ""
        unit = UNITS.get(column.item.unit or "", (column.item.unit or "",) * 2)[chinese]
        cells = (
            f"{number}. {SHEETS[column.domain][chinese]}",
            f"{letter}: {column.heading}",
            needed if column.required else "",
            column.says,
            unit,
            shown,
            ", ".join(column.words),
        )
        for j, value in enumerate(cells, 1):
            sheet.cell(row, j, value or None).alignment = wrap
        fit(sheet, row, [(column.says, widths[3]), (", ".join(column.words), widths[6])])
    sheet.freeze_panes = sheet.cell(top + 1, 3)
    _one_page_wide(sheet)
