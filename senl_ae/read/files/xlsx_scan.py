"""Whether a workbook can be opened safely, and what its cells hide: errors, formulas never calculated, hidden rows, merged ranges.

One streaming pass over the bytes of the zip, before any library sees the file. A spreadsheet library gives blanks for error cells and for
formulas without a stored value, unpacks a bomb whole, and ends the process on a stray cell at XFD1048576; so all of that is found here, in
constant memory, and by what the stream holds and never by what the zip declares. The pass looks for bytes, which is several times faster
than parsing; a sheet whose XML is not written in the usual way (no cell addresses, prefixes, single quotes) is parsed by `xlsx_parse`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

import numpy as np

from senl_ae.issues import Refused
from senl_ae.read.files.refusal import refusal

if TYPE_CHECKING:
    from senl_ae.settings import Settings

CHUNK, LONGEST_CELL = 1 << 18, 1 << 20
LAST_COLUMN = 16_384
LAST_ROW = 1_048_576
BOMB_BYTES, BOMB_RATIO = 100_000_000, 300
"""A sheet of measurements shrinks 5 to 30 times in the zip: more than this much text that shrank more than this many times is a bomb."""
BYTES_PER_CHARACTER = 10
"""A character takes at most this many bytes of XML (`&#128512;`, `&quot;`)."""

PADDING = 32
CELL = int.from_bytes(b'<c r="', "little")
STYLED = int.from_bytes(b' s="', "little")
TYPED = int.from_bytes(b" t", "little")
HIGH_BITS = np.array([0x80 << 8 * byte for byte in range(8)], np.uint64)

START = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^<>]*)')
NEVER_CALCULATED = re.compile(rb"(?:</f>|<f(?: [^<>]*)?/>)(<v ?/>|<v></v>|)</c>")
ROW_NUMBER = re.compile(rb' r="([0-9]{1,7})"')
MERGED = re.compile(rb'<mergeCell ref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"')
CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcBC]|[eE]|[fF]|1[0-9a-fA-F]));"
)
CONTROL_ESCAPE = re.compile(rb"_x00(?:0[0-8BbCcEeFf]|1[0-9A-Fa-f])_")
DECLARED_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")


@dataclass
class Cells:
    """What one XML part of a workbook holds; rows and columns counted from 0 in addresses, as numbers of them in `rows`, `columns`."""

    rows: int = 0
    columns: int = 0
    """Up to where its cells reach (cells without a value, which only carry a format, included)."""
    row_elements: int = 0
    cells: int = 0
    error_cells: set[tuple[int, int]] = field(default_factory=set)
    unstored_formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    styles: set[tuple[int, int]] = field(default_factory=set)
    """(column, number of the cell format) pairs in use; format -1 where the cheap look cannot tell."""
    usual: bool = True
    """Whether the XML is written so that the look for bytes sees everything."""
    long_text: bool = False
    """Whether a text may be longer than a cell's text may be: to be measured once it is read."""


@dataclass(frozen=True)
class Limits:
    """What a workbook may hold, and what it is called in messages."""

    file: str
    unpacked: int
    rows: int
    cell_chars: int

    @staticmethod
    def of(file: str, settings: Settings) -> Limits:
        return Limits(file, settings.max_unpacked_mb * 1_000_000, settings.max_rows, settings.max_cell_chars)


def column_number(letters: bytes) -> int:
    """The position of a spreadsheet column, A = 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def damaged(file: str, found: str) -> Refused:
    """The refusal of a workbook that is broken."""
    done = "open it in the spreadsheet program and save it again, or send it again"
    return refusal(file, "damaged-workbook", found, "a whole .xlsx workbook", done)


def stream(source: IO[bytes], part: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """The text of one part, piece by piece, as the zip really holds it: the declared size is not believed, the checksum is tested."""
    source.seek(part.header_offset)
    header = source.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise damaged(limits.file, "the zip inside is broken")
    source.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left, check = part.compress_size, 0
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        packed = source.read(min(left, 1 << 16))
        if not packed:
            raise damaged(limits.file, "the file is cut short")
        left -= len(packed)
        while packed:
            piece = inflate.decompress(packed, CHUNK) if inflate else packed
            packed = inflate.unconsumed_tail if inflate else b""
            check = zlib.crc32(piece, check)
            yield piece
    if (inflate is not None and not inflate.eof) or check != part.CRC:
        raise damaged(limits.file, f"the checksum of {part.filename} is wrong")


@dataclass
class Unpacked:
    """How many bytes a workbook has unpacked to so far; refuses before they become too many."""

    limits: Limits
    packed: int
    so_far: int = 0

    def count(self, piece: bytes) -> None:
        self.so_far += len(piece)
        if self.so_far > self.limits.unpacked or (
            self.so_far > BOMB_BYTES and self.so_far > BOMB_RATIO * self.packed
        ):
            raise refusal(
                self.limits.file,
                "unpacks-too-large",
                f"{self.packed / 1e6:.1f} MB that unpack to more than {self.so_far // 1_000_000} MB",
                f"at most {self.limits.unpacked // 1_000_000} MB, and not a zip bomb",
                "if it is a real workbook, split it, or raise max_unpacked_mb in senl-ae.toml",
            )


def scan_part(source: IO[bytes], part: zipfile.ZipInfo, limits: Limits, unpacked: Unpacked) -> Cells:
    """Look through one XML part: refuse what is dangerous, collect what its cells hide."""
    cells = Cells()
    rest = b""
    first = True
    for piece in stream(source, part, limits):
        unpacked.count(piece)
        buffer = rest + piece
        if first and len(buffer) >= 200:
            refuse_other_encodings(buffer, part.filename, limits)
            first = False
        cut = max(buffer.rfind(b"<c "), buffer.rfind(b"<row"), buffer.rfind(b"<si"))
        if cut < 0 or (cut == 0 and len(buffer) > LONGEST_CELL):
            cells.long_text = cells.long_text or len(buffer) > limits.cell_chars
            cut = buffer.rfind(b"<")
        if cut <= 0:  # one cell so far: it is looked at whole
            refuse_endless_text(buffer, limits)
            rest = buffer
            continue
        look(buffer[:cut], cells, limits, part.filename)
        rest = buffer[cut:]
    if first:
        refuse_other_encodings(rest, part.filename, limits)
    look(rest, cells, limits, part.filename)
    return cells


def refuse_other_encodings(beginning: bytes, part: str, limits: Limits) -> None:
    """XML in another encoding would hide everything from a look for bytes; no spreadsheet program writes it."""
    declared = DECLARED_ENCODING.match(beginning.removeprefix(b"\xef\xbb\xbf"))
    if (
        b"\0" in beginning[:4]
        or beginning[:2] in (b"\xff\xfe", b"\xfe\xff")
        or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"))
    ):
        raise damaged(limits.file, f"{part} is not written in UTF-8")


def refuse_endless_text(buffer: bytes, limits: Limits) -> None:
    """A text without an end is refused while it streams, long before it is a cell."""
    if len(buffer) - max(buffer.rfind(b"<"), 0) > BYTES_PER_CHARACTER * limits.cell_chars:
        raise refusal(
            limits.file,
            "cell-too-long",
            f"one text is longer than {limits.cell_chars} characters",
            f"at most {limits.cell_chars} characters in a cell",
            "shorten it, or raise max_cell_chars in senl-ae.toml",
        )


def look(chunk: bytes, cells: Cells, limits: Limits, part: str) -> None:
    """One piece of XML that ends between two cells (or tags)."""
    if not chunk:
        return
    text = np.frombuffer(chunk + b"\0" * PADDING, np.uint8)
    refuse_declarations(chunk, limits, part)
    refuse_control_characters(chunk, text[:-PADDING], limits, part)
    if len(chunk) > limits.cell_chars and not cells.long_text:
        cells.long_text = holds_long_text(chunk, limits.cell_chars)
    tag = text[:-1] == ord("<")
    second = text[1:]
    rows = np.flatnonzero(tag & (second == ord("r")))
    cells.row_elements += int((text[rows + 2] == ord("o")).sum())
    if cells.row_elements > limits.rows:
        raise refusal(
            limits.file,
            "too-many-rows",
            f"more than {limits.rows} rows",
            f"at most {limits.rows} rows in a sheet",
            "split it, or raise max_rows in senl-ae.toml",
        )
    cells.usual = cells.usual and usually_written(chunk, before_cells=not cells.cells)
    look_at_addresses(text, np.flatnonzero(tag & (second == ord("c"))), cells)
    look_for_marks(chunk, cells, formulas=bool((tag & (second == ord("f"))).any()))


def refuse_declarations(chunk: bytes, limits: Limits, part: str) -> None:
    """Document types and entities, which can expand without end or reach outside."""
    if b"!" in chunk and (b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk):
        raise refusal(
            limits.file,
            "xml-entities",
            f"{part} declares a document type or entities, which no spreadsheet program writes",
            "a workbook as a spreadsheet program saves it",
            "not opened; find out where it comes from",
        )


def holds_long_text(chunk: bytes, longest: int) -> bool:
    """Whether two tags stand further apart than a cell's text is long: jumps from tag to tag as far apart as allowed."""
    place = 0
    while place + longest < len(chunk):
        tag = chunk.rfind(b"<", place, place + longest)
        if tag < 0:
            return True
        place = tag + 1
    return False


def refuse_control_characters(chunk: bytes, text: np.ndarray, limits: Limits, part: str) -> None:
    """Bytes below space other than tab and line ends, plain or escaped: a broken export, and not to be printed or written again."""
    low = text < 32
    broken = False
    if low.any():
        found = text[low]
        broken = bool(((found != 9) & (found != 10) & (found != 13)).any())
    if not broken and b"&" in chunk:
        broken = CONTROL_REFERENCE.search(chunk) is not None
    if not broken and b"_x00" in chunk:
        broken = CONTROL_ESCAPE.search(chunk) is not None
    if broken:
        raise refusal(
            limits.file,
            "control-characters",
            f"{part} holds control characters, which no text has",
            "text and numbers",
            "export it again, or remove them (CLEAN() in the spreadsheet program)",
        )


def look_at_addresses(text: np.ndarray, at: np.ndarray, cells: Cells) -> None:
    """How far the cells reach, and which formats each column uses, from `<c r="AB12" s="3"` read eight bytes at a time.

    `at` is where the tags begin that begin with a c (`<col`, `<cfRule` too).
    """
    third = text[at + 2]
    is_cell = (third <= ord(" ")) | (third == ord(">")) | (third == ord("/"))
    at = at if is_cell.all() else at[is_cell]
    if not len(at):
        return
    cells.cells += len(at)
    words = np.ndarray(
        (len(text) - 8,), "<u8", text, strides=(1,)
    )  # the eight bytes from every place on, as one number each
    head = words[at]
    first, second = (head >> 48) & 0xFF, head >> 56
    usual = ((head & 0xFFFF_FFFF_FFFF) == CELL) & (first - 65 < 26)  # unsigned: below A is a large number
    column = first - 64
    at = at + 7
    for _ in range(2):
        more = second - 65 < 26
        if not more.any():
            break
        column = np.where(more, column * 26 + second - 64, column)
        at = at + more
        second = np.where(more, text[at], 0)
    quote, number = up_to_quote(words[at])
    where = np.flatnonzero(
        np.concatenate(([True], number[1:] != number[:-1]))
    )  # cells of one row say the same number
    row = as_number(number[where])
    usual &= (column <= LAST_COLUMN) & (quote < 8)
    if not (usual.all() and ((row > 0) & (row <= LAST_ROW)).all()):
        cells.usual = False
        return
    cells.rows, cells.columns = max(cells.rows, int(row.max())), max(cells.columns, int(column.max()))
    note_formats(words[at + quote + 1], column, cells)


def note_formats(words: np.ndarray, column: np.ndarray, cells: Cells) -> None:
    """Which cell formats each column uses; words hold the eight bytes behind the address: ` s="12" `, ` t="s">`, `><v>37.2`."""
    start = words & 0xFFFF_FFFF
    unclear = ((start & 0xFFFF) == TYPED) & (
        words >> 56 == 32
    )  # the type stands first, the format perhaps later
    styled = np.flatnonzero((start == STYLED) | unclear)
    quote, number = up_to_quote(words[styled] >> 32)
    style = np.where(unclear[styled] | (quote > 3), -1, as_number(number))
    seen = np.zeros((int(column.max()) + 1, 1001), bool)
    seen[column[styled].astype(np.int64), style] = True
    cells.styles.update((int(c) - 1, int(s) if s < 1000 else -1) for c, s in np.argwhere(seen))


def up_to_quote(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the first quotation mark stands among eight bytes (8: nowhere), and the bytes before it."""
    differs = words ^ 0x2222_2222_2222_2222
    zero = (
        (differs - 0x0101_0101_0101_0101) & ~differs & 0x8080_8080_8080_8080
    )  # the high bit of every byte that is a quotation mark
    lowest = zero & (~zero + 1)
    place = np.searchsorted(HIGH_BITS, lowest)
    return np.where(zero == 0, 8, place), words & ((lowest >> 7) - 1)


def as_number(words: np.ndarray) -> np.ndarray:
    """The whole number written in up to eight bytes of digits, first digit lowest; -1 where there is another character."""
    number = np.zeros(len(words), np.int64)
    broken = np.zeros(len(words), bool)
    while len(words) and words.any():
        digit = (words & 0xFF) - 48
        used = words > 0
        broken |= used & (digit > 9)
        number = np.where(used, number * 10 + digit.astype(np.int64), number)
        words = words >> 8
    number[broken] = -1
    return number


def usually_written(chunk: bytes, before_cells: bool) -> bool:
    """False where tags carry a prefix or single quotes, so that the look for bytes would miss marks."""
    if before_cells and (b":sheetData" in chunk or b":row " in chunk or b":c " in chunk):
        return False
    if b"'" not in chunk:
        return True
    at = chunk.find(b"='")
    while at >= 0:
        if chunk.find(b">", chunk.rfind(b"<", 0, at), at) < 0:
            return False
        at = chunk.find(b"='", at + 1)
    return True


def look_for_marks(chunk: bytes, cells: Cells, formulas: bool) -> None:
    """Error cells, formulas without a stored value, hidden rows and merged ranges."""
    at = chunk.find(b' t="e"')
    while at >= 0:
        if cell := START.match(chunk, chunk.rfind(b"<", 0, at)):
            cells.error_cells.add((int(cell[2]) - 1, column_number(cell[1])))
        at = chunk.find(b' t="e"', at + 1)
    if formulas:
        for found in NEVER_CALCULATED.finditer(chunk):
            cell = START.match(chunk, chunk.rfind(b"<c ", 0, found.start()))
            # an empty text is a stored result: =IF(A1="","",...)
            if cell and not (b't="str"' in cell[3] and found[1]):
                cells.unstored_formulas.add((int(cell[2]) - 1, column_number(cell[1])))
    at = chunk.find(b' hidden="')
    while at >= 0:
        tag = chunk[chunk.rfind(b"<", 0, at) : chunk.find(b">", at)]
        if tag.startswith(b"<row ") and chunk.startswith((b'1"', b'true"'), at + 9):
            number = ROW_NUMBER.search(tag)
            cells.hidden_rows.update([int(number[1]) - 1] if number else [])
            cells.usual = cells.usual and number is not None
        at = chunk.find(b' hidden="', at + 1)
    if b"<mergeCell " in chunk:
        cells.merged.extend(
            (int(m[2]) - 1, column_number(m[1]), int(m[4]) - 1, column_number(m[3]))
            for m in MERGED.finditer(chunk)
        )
