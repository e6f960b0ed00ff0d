"""graded.xlsx, for people: what was run, every patient, every episode, the daily grid, and the questions to the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.report.graded.cells import BOLD, SMALL, TITLE, Tables, fit, put
from senl_ae.report.graded.queries import queries
from senl_ae.report.graded.sheets import daily_grid, episodes, patients
from senl_ae.report.layout.workbook import _one_page_wide
from senl_ae.settings import Settings
from senl_ae.writing.archive import save_workbook

if TYPE_CHECKING:
    from senl_ae.issues import Issues


def write_graded_workbook(path: Path, tables: Tables, issues: Issues, facts: Mapping[str, Any]) -> None:
    """Writes graded.xlsx; the same results give the same bytes. The assessments stay in their CSV."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "senl-ae"
    _about(book.create_sheet("About"), facts)
    patients(book.create_sheet("Patients"), tables, facts)
    episodes(book.create_sheet("Episodes"), tables, facts)
    daily_grid(book.create_sheet("Daily grid"), tables, facts)
    queries(book.create_sheet("Queries"), tables, issues)
    for sheet in book.worksheets:
        wide = sheet.page_setup.fitToWidth or 1
        _one_page_wide(sheet)
        sheet.page_setup.fitToWidth = wide
        sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.4, bottom=0.6, header=0.2, footer=0.3)
        sheet.oddFooter.left.text = (
            f"senl-ae {facts.get('version', '')}  {facts.get('study', '').replace('&', '&&')}".strip()
        )
        sheet.oddFooter.center.text, sheet.oddFooter.right.text = "&A", "Page &P of &N"
        for part in (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right):
            part.size = 8
    save_workbook(book, path)


ABOUT_WIDTHS = {"A": 27, "B": 76, "C": 72}


def _about(sheet: Worksheet, facts: Mapping[str, Any]) -> None:
    """What was run on what, by which rules and settings, and how to read the other sheets."""
    for column, width in ABOUT_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    row = _section(
        sheet,
        1,
        f"Graded results{': ' + facts['study'] if facts.get('study') else ''}",
        TITLE,
        _how_to_read(facts),
    )
    scales = [
        (s["syndrome"], f"{s['title']}, {s.get('version') or s['id']}", s["source"])
        for s in facts.get("scales", ())
    ]
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
        fit(
            sheet,
            row,
            [(str(value or ""), width) for value, width in zip(line, ABOUT_WIDTHS.values(), strict=False)],
        )
    return row + 2


def _how_to_read(facts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        ("Program", f"senl-ae {facts.get('version', '')}, command {facts.get('command', '')}"),
        (
            "Patients",
            "one row per subject: the worst episode that began in the safety window, when, for how long, and why",
        ),
        ("Episodes", "one row per episode of each syndrome"),
        ("Daily grid", "the highest grade of each study day; Day 0 is the date of the infusion"),
        (
            "Queries",
            "every problem of the input, and every day whose grade could be higher, with what would settle it; for the site to answer",
        ),
        (
            "Grade, Possible",
            "the grade is what the record proves; possible is what it cannot rule out, shown where it is higher",
        ),
        ("NE", "not evaluable: not the same as grade 0"),
        (
            "Assessments",
            "every single assessment with its rules and spreadsheet rows is in assessments.csv beside this workbook",
        ),
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
        lines.append(
            (name, "(none)" if shown in ("", None) else shown, field.description if field is not None else "")
        )
    return lines
