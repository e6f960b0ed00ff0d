"""The tables as RTF, written plainly: a section per table, its header and footnotes on every page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from senl_ae.report.layout.laid import Laid, Line, column_weights, footer_line, header_lines, panels, together

TWIPS_PER_MM = 56.7
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 16838, 11906, 850
"""A4 landscape in twips."""
SIZES = {"statistics": 17, "cross": 17, "listing": 13, "grid": 12}
"""Type size in half points by kind of table."""
TINY = r"\pard\plain\fs2\par"
"""A paragraph before the table, without which LibreOffice takes the section for part of the one before; and one after it."""
NEW_PAGE = r"\pard\plain\pagebb\fs2\par"
HEADER_POINTS = 50
NOTE_CHARACTERS = 230
"""Letters of a footnote that fit on one line."""
BEGIN = r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fswiss Arial;}}"


def write_rtf(tables: Sequence[Laid], path: Path) -> None:
    """One A4 landscape section per table."""
    page = rf"\paperw{PAGE_WIDTH}\paperh{PAGE_HEIGHT}\margl{MARGIN}\margr{MARGIN}\margt{MARGIN}\margb{MARGIN}\landscape"
    sections = "\\sect\n".join(_section(part) for laid in tables for part in panels(laid))
    path.write_text(f"{BEGIN}\n{page}\n{sections}}}\n", encoding="ascii", newline="")


def escaped(text: str) -> str:
    """Text for RTF: its own marks escaped, everything outside ASCII as a numbered character."""
    parts = []
    for character in text:
        code = ord(character)
        if character in "\\{}":
            parts.append("\\" + character)
        elif character == "\n":
            parts.append(r"\line ")
        elif 32 <= code < 127:
            parts.append(character)
        elif code < 32 or code == 127:
            parts.append(" ")
        else:
            units = character.encode("utf-16-le")
            for k in range(0, len(units), 2):
                unit = int.from_bytes(units[k : k + 2], "little")
                parts.append(rf"\u{unit - 65536 if unit > 32767 else unit}?")
    return "".join(parts)


def _section(laid: Laid) -> str:
    study, title, scale = (escaped(line) for line in header_lines(laid))
    header = rf"{{\header\pard\plain\f0\fs16 {study}\par\pard\b\fs20 {title}\b0\par\pard\fs16 {scale}\par\pard\par}}"
    notes = "".join(rf"\pard\f0\fs14 {escaped(note)}\par" for note in (*laid.footnotes, footer_line(laid)))
    pages = r"\pard\qr\fs14 Page {\field{\*\fldinst PAGE}{\fldrslt 1}} of {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}\par"
    footer = rf"{{\footer\pard\plain{notes}{pages}}}"
    return (
        rf"\sectd\sbkpage\lndscpsxn\pgwsxn{PAGE_WIDTH}\pghsxn{PAGE_HEIGHT}\marglsxn{MARGIN}\margrsxn{MARGIN}\headery400\footery400"
        f"\n{header}\n{footer}\n{TINY}\n{_table(laid)}{TINY}\n"
    )


def _table(laid: Laid) -> str:
    """The rows, page by page, each page under its own headings: Word would repeat a heading row, LibreOffice does not."""
    edges = _edges(laid)
    size = SIZES[laid.kind]
    headings = ["\n".join(heading) for heading in ((laid.stub,), *laid.columns)]
    lines = laid.lines or (Line("None.", tuple("" for _ in laid.columns)),)
    heading = _row(headings, edges, size, laid)
    room = _room(laid) - _height(headings, edges, size)
    parts = [heading]
    left = room
    for block in _blocks(lines, laid):
        heights = [_height([line.label, *line.cells], edges, size) for line in block]
        if sum(heights) > left and left < room:
            parts += [NEW_PAGE, heading]
            left = room
        for line, height in zip(block, heights, strict=True):
            if height > left and left < room:
                parts += [NEW_PAGE, heading]
                left = room
            parts.append(_row([line.label, *line.cells], edges, size, laid, line))
            left -= height
    return "\n".join(parts) + "\n"


def _blocks(lines: Sequence[Line], laid: Laid) -> list[list[Line]]:
    """Lines that should stand on one page."""
    blocks: list[list[Line]] = [[]]
    for line, keep in zip(lines, together(laid) or [False], strict=True):
        blocks[-1].append(line)
        if not keep:
            blocks.append([])
    return [block for block in blocks if block]


def _room(laid: Laid) -> float:
    """Points for rows on a page, between the header and the footnotes."""
    note_lines = sum(math.ceil(len(note) / NOTE_CHARACTERS) for note in (*laid.footnotes, footer_line(laid)))
    return (PAGE_HEIGHT - 2 * MARGIN) / 20 - HEADER_POINTS - 8.5 * (note_lines + 1)


def _height(texts: Sequence[str], edges: Sequence[int], size: int) -> float:
    """Points a row will take: as many lines as its fullest cell needs, by the average width of a letter."""
    widths = [edge - before for edge, before in zip(edges, (0, *edges[:-1]), strict=True)]
    letter = size / 2 * 20 * 0.55
    needed = max(
        sum(max(1, math.ceil(len(part) * letter / max(width - 80, letter))) for part in text.split("\n"))
        if text
        else 1
        for text, width in zip(texts, widths, strict=True)
    )
    return needed * size / 2 * 1.15


def _edges(laid: Laid) -> list[int]:
    """The right edge of each column in twips."""
    weights = column_weights(laid)
    usable: float = PAGE_WIDTH - 2 * MARGIN
    if laid.kind in ("statistics", "cross"):  # no wider than it needs to be
        usable = min(usable, sum(weights) * 2.1 * TWIPS_PER_MM)
    total, edges = 0.0, []
    for weight in weights:
        total += usable * weight / sum(weights)
        edges.append(round(total))
    return edges


def _row(texts: Sequence[str], edges: Sequence[int], size: int, laid: Laid, line: Line | None = None) -> str:
    """One row; without a line it is the heading."""
    border = "" if line else r"\clbrdrb\brdrs\brdrw15"
    start = r"\trowd" + ("" if line else r"\trhdr") + r"\trgaph40\trkeep"
    cells = "".join(rf"{border}\clvertal{'t' if line else 'b'}\cellx{edge}" for edge in edges)
    align = {"statistics": r"\qr", "cross": r"\qc", "grid": r"\qc"}.get(laid.kind, "")
    strong = ("\\b ", "\\b0 ") if line is None or line.heading else ("", "")
    indent = line.indent if line else 0
    contents = []
    for j, text in enumerate(texts):
        place = align if j else (rf"\li{indent * 200}" if indent else "")
        contents.append(rf"\pard\plain\intbl\f0\fs{size}{place} {strong[0]}{escaped(text)}{strong[1]}\cell")
    return f"{start}{cells}\n" + "\n".join(contents) + "\\row"
