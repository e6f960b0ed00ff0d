"""Which cells a workbook holds: its sheets in order, every cell at its row and column, with the value that a person sees.

`xlsx_scan` looks first; python-calamine reads the values afterwards (a formula's stored value is its value). What calamine leaves out comes
from the look: error cells, formulas without a stored value, hidden rows, merged ranges.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from senl_ae.issues import Refused
from senl_ae.read.files.opened import opened
from senl_ae.read.files.refusal import not_a_workbook, protected, refusal
from senl_ae.read.files.sheets_twice import refuse_twice
from senl_ae.read.files.xlsx_parse import SheetParser
from senl_ae.read.files.xlsx_scan import Cells, Limits, Unpacked, damaged, scan_part, stream
from senl_ae.study import RawTable

if TYPE_CHECKING:
    from senl_ae.settings import Settings

CELL_BUDGET = 60_000_000
SPARSE_BUDGET = 4_000_000
"""Blank cells between filled ones are held in memory too: this many are, beyond four for every filled one."""
COLUMN_BUDGET = 2_000
STRUCTURE_BYTES = 16_000_000
PARTS = 10_000
BUILT_IN_DATES = {*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58}
"""Number formats without a code of their own that show a date and no time."""
BESIDE_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


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


def usable_parts(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The XML parts of a workbook, by name in lower case. Pictures and macros are never unpacked."""
    entries = archive.infolist()
    parts = {
        entry.filename.lower().lstrip("/"): entry
        for entry in entries
        if entry.filename.lower().endswith((".xml", ".rels"))
    }
    names = {entry.filename.lower() for entry in entries}
    if "xl/workbook.bin" in names:
        raise refusal(
            limits.file,
            "unsupported-file",
            "a binary workbook (.xlsb)",
            "an .xlsx workbook",
            "save it as .xlsx",
        )
    if "mimetype" in names and "content.xml" in names:
        raise refusal(
            limits.file, "unsupported-file", "an OpenDocument file", "an .xlsx workbook", "save it as .xlsx"
        )
    if not any(name.startswith("xl/") for name in parts):
        raise not_a_workbook(limits.file)
    if any(entry.flag_bits & 1 for entry in entries):
        raise protected(limits.file)
    if len(names) != len(entries) or len(entries) > PARTS:
        raise damaged(limits.file, "the zip inside lists a part twice, or far too many parts")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in parts.values()):
        raise damaged(limits.file, "the zip inside is packed in a way that no spreadsheet program uses")
    return parts


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


def letters(column: int) -> str:
    """The name of a spreadsheet column, 0 = A."""
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name


def structure(source: IO[bytes], part: zipfile.ZipInfo, limits: Limits) -> ElementTree.Element:
    """A small part (list of sheets, formats) as a tree; already looked through for declarations, so nothing in it expands."""
    text = bytearray()
    for piece in stream(source, part, limits):
        text += piece
        if len(text) > STRUCTURE_BYTES:
            raise damaged(limits.file, f"{part.filename} is far too large")
    return ElementTree.fromstring(bytes(text))


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str:
    """An attribute by its name within its namespace (`r:id`); a plain one of the same name does not count."""
    return next((value for key, value in element.items() if key.endswith("}" + name)), "")


def relationships(root: ElementTree.Element | None, folder: str) -> dict[str, tuple[str, str]]:
    """Relationship id -> (kind, name of the part in lower case)."""
    found = {}
    for element in root if root is not None else ():
        target = element.get("Target", "")
        name = (
            target.lstrip("/")
            if target.startswith("/")
            else posixpath.normpath(posixpath.join(folder, target))
        )
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], name.lower())
    return found


def office_document(root: ElementTree.Element | None) -> str:
    """Where the workbook's own part is."""
    return next((name for kind, name in relationships(root, "").values() if kind == "officeDocument"), "")


def formats_without_time(styles: ElementTree.Element | None) -> set[int]:
    """Numbers of the cell formats that show a date and no time of day: there, and only there, midnight means "no time given"."""
    if styles is None:
        return set()
    codes = [
        (e.get("numFmtId", "-1"), e.get("formatCode", "")) for e in styles.iter() if local(e.tag) == "numFmt"
    ]
    own = {int(number): BESIDE_CODE.sub("", code).lower() for number, code in codes}
    found = set()
    cell_formats = next((e for e in styles if local(e.tag) == "cellXfs"), ())
    for number, element in enumerate(cell_formats):
        identity = int(element.get("numFmtId", "0"))
        code = own.get(identity)
        if (code is None and identity in BUILT_IN_DATES) or (
            code is not None and set(code) & set("yd") and not set(code) & set("hs")
        ):
            found.add(number)
    return found


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


def to_length(cells: np.ndarray, length: int) -> np.ndarray:
    """A column cut, or filled up with blanks."""
    return (
        cells[:length]
        if len(cells) >= length
        else np.concatenate([cells, np.full(length - len(cells), None, object)])
    )


def too_many_columns(file: str, sheet: str, columns: int) -> Refused:
    most = f"at most {COLUMN_BUDGET} filled columns"
    return refusal(
        file,
        "too-many-columns",
        f"{columns} columns",
        most,
        "remove the columns that are not needed",
        sheet=sheet,
    )


def tidy(cells: np.ndarray, has_only_times: bool) -> np.ndarray:
    """Change one column in place to what RawTable holds; returns which cells are filled.

    Excel keeps times as fractions of a day: they are rounded to the whole second. A whole number of days comes as a date; in a column
    with times of day whose formats all show the time, it was typed as midnight, and becomes one.
    """
    filled = np.ones(len(cells), bool)
    empty = np.flatnonzero(~cells.astype(bool))  # also 0, False
    empty = empty[cells[empty] == ""]
    cells[empty] = None
    filled[empty] = False
    kinds = set(map(type, cells))
    if float in kinds:
        cells[cells != cells] = "NaN"  # a number that is none: text for whoever reads numbers, not a blank
    if not kinds & {dt.datetime, dt.time, dt.timedelta}:
        return filled
    kind = np.frompyfunc(type, 1, 1)(cells)
    spans = np.flatnonzero(kind == dt.timedelta)
    cells[spans] = as_objects([span_of_time(span) for span in cells[spans]])
    timed = np.flatnonzero((kind == dt.datetime) | (kind == dt.time))
    noisy = timed[np.fromiter(map(attrgetter("microsecond"), cells[timed]), np.int64, len(timed)) > 0]
    cells[noisy] = as_objects([whole_second(time) for time in cells[noisy]])
    if dt.datetime in kinds and has_only_times:
        midnights = np.flatnonzero(kind == dt.date)
        cells[midnights] = as_objects([dt.datetime.combine(date, dt.time()) for date in cells[midnights]])
    return filled


def as_objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def span_of_time(span: dt.timedelta) -> dt.time | str:
    """A cell formatted as a duration: a clock time within a day, the text a person sees beyond it."""
    seconds = round(span.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return dt.time(hours, minutes, rest) if 0 <= hours < 24 else f"{hours}:{minutes:02}:{rest:02}"


def whole_second(time: dt.datetime | dt.time) -> dt.datetime | dt.time:
    """The nearest whole second."""
    late = time.microsecond >= 500_000
    if isinstance(time, dt.time):
        return (
            dt.datetime.combine(dt.date(2000, 1, 1), time.replace(microsecond=0)) + dt.timedelta(seconds=late)
        ).time()
    return time.replace(microsecond=0) + dt.timedelta(seconds=late and time.year < dt.MAXYEAR)


def refuse_long_cells(table: RawTable, most: int) -> None:
    """Texts longer than a cell may hold, now that they can be measured."""
    for number, column in enumerate(table.columns):
        lengths = np.fromiter(
            (len(cell) if type(cell) is str else 0 for cell in column), np.int64, len(column)
        )
        if len(lengths) and lengths.max() > most:
            raise refusal(
                table.file,
                "cell-too-long",
                f"a text of {lengths.max()} characters",
                f"at most {most} characters in a cell",
                "shorten it, or raise max_cell_chars in senl-ae.toml",
                sheet=table.sheet,
                row=int(lengths.argmax()) + 1,
                column=letters(number),
            )
