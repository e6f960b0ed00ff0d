"""The tables as a Word document: a section per table, its header and footnotes on every page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from senl_ae.issues import Issues, Refused
from senl_ae.report.layout.laid import Laid, column_weights, footer_line, header_lines, panels, together
from senl_ae.writing.archive import FIXED, write_without_time

MARGIN_MM, PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 15, 297, 210
SIZES = {"statistics": 8.5, "cross": 8.5, "listing": 6.5, "grid": 6.0}
"""Type size in points by kind of table."""


def write_docx(tables: Sequence[Laid], path: Path) -> None:
    """One A4 landscape section per table; needs python-docx, which the extra `word` brings."""
    try:
        import docx
    except ModuleNotFoundError:
        raise _not_installed() from None
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name = "Arial"
    style.paragraph_format.space_after = style.paragraph_format.space_before = docx.shared.Pt(0)
    for number, laid in enumerate(part for table in tables for part in panels(table)):
        section = document.sections[0] if number == 0 else _next_section(document)
        _set_page(section, laid)
        _add_table(document, laid)
    document.core_properties.author = "senl-ae"
    document.core_properties.title = "Tables"
    document.core_properties.created = document.core_properties.modified = FIXED
    buffer = io.BytesIO()
    document.save(buffer)
    write_without_time(buffer.getvalue(), path)


def _not_installed() -> Refused:
    issues = Issues()
    issues.add(
        "refuse",
        "format-not-installed",
        found="--format docx needs python-docx",
        done='run pip install "senl-ae[word]"',
    )
    return Refused(issues)


def _next_section(document: Any) -> Any:
    """A section on a new page; the paragraph that ends the one before is made so small that it never needs a page of its own."""
    from docx.shared import Pt

    last = document.add_paragraph()
    section = document.add_section()
    for paragraph in (last, document.paragraphs[-1]):
        paragraph.paragraph_format.line_spacing = Pt(1)
    return section


def _set_page(section: Any, laid: Laid) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(PAGE_WIDTH_MM), Mm(PAGE_HEIGHT_MM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(8)
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    for number, text in enumerate(header_lines(laid)):
        paragraph = section.header.paragraphs[0] if number == 0 else section.header.add_paragraph()
        _write(paragraph, text, 10 if number == 1 else 8, bold=number == 1)
    section.header.add_paragraph()
    for number, text in enumerate((*laid.footnotes, footer_line(laid))):
        paragraph = section.footer.paragraphs[0] if number == 0 else section.footer.add_paragraph()
        _write(paragraph, text, 7)
    _write_page_number(section.footer.add_paragraph())


def _write(paragraph: Any, text: str, size: float, bold: bool = False) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(_printable(text))
    run.font.size, run.bold = Pt(size), bold


def _printable(text: str) -> str:
    return "".join(c if c in "\t\n" or ord(c) >= 32 else " " for c in text)


def _write_page_number(paragraph: Any) -> None:
    """Page x of y, as fields that Word fills in."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _write(paragraph, "Page ", 7)
    _field(paragraph, "PAGE")
    _write(paragraph, " of ", 7)
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = paragraph.add_run("1")
    run.font.size = Pt(7)
    field.append(run._r)
    paragraph._p.append(field)


def _add_table(document: Any, laid: Laid) -> None:
    from docx.shared import Mm, Pt

    weights = column_weights(laid)
    usable: float = PAGE_WIDTH_MM - 2 * MARGIN_MM
    if laid.kind in ("statistics", "cross"):  # no wider than it needs to be
        usable = min(usable, sum(weights) * 2.1)
    widths = [Mm(usable * weight / sum(weights)) for weight in weights]
    table = document.add_table(rows=1 + max(1, len(laid.lines)), cols=len(widths))
    table.autofit = False
    size = Pt(SIZES[laid.kind])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    rows = table._tbl.tr_lst
    _fill_row(
        rows[0],
        ["\n".join(heading) for heading in ((laid.stub,), *laid.columns)],
        widths,
        size,
        laid,
        bold=True,
    )
    _repeat_on_every_page(rows[0])
    if not laid.lines:
        _fill_row(rows[1], ["None.", *("" for _ in laid.columns)], widths, size, laid)
    for row, line, keep in zip(rows[1:], laid.lines, together(laid), strict=False):
        _fill_row(
            row,
            ["\u2003" * line.indent + line.label, *line.cells],
            widths,
            size,
            laid,
            bold=line.heading,
            keep=keep,
        )


def _fill_row(
    row: Any,
    texts: Sequence[str],
    widths: Sequence[Any],
    size: Any,
    laid: Laid,
    bold: bool = False,
    keep: bool = False,
) -> None:
    """Cells by way of the XML: python-docx looks every cell up anew, which takes minutes on a long listing."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.text.paragraph import Paragraph

    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for j, (cell, text, width) in enumerate(zip(row.tc_lst, texts, widths, strict=True)):
        cell.width = width
        paragraph = Paragraph(cell.p_lst[0], cast("Any", None))
        if j and laid.kind in ("statistics", "cross", "grid"):
            paragraph.alignment = (
                WD_ALIGN_PARAGRAPH.RIGHT if laid.kind == "statistics" else WD_ALIGN_PARAGRAPH.CENTER
            )
        if keep:
            paragraph.paragraph_format.keep_with_next = True
        if text:
            run = paragraph.add_run(_printable(text))
            run.font.size, run.bold = size, bold
        else:
            paragraph.paragraph_format.line_spacing = size


def _repeat_on_every_page(row: Any) -> None:
    """The heading row, with a line under it, on every page the table goes on to."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    row.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.tc_lst:
        borders = OxmlElement("w:tcBorders")
        bottom = OxmlElement("w:bottom")
        for name, value in (("val", "single"), ("sz", "8"), ("color", "000000")):
            bottom.set(qn(f"w:{name}"), value)
        borders.append(bottom)
        cell.get_or_add_tcPr().append(borders)
