"""Which cells a text table (.csv, .tsv) holds: every field as text, in the column and the row where it stands.

The separator (comma, semicolon, tab, bar) is the one that cuts the rows most evenly; `38,4` beside semicolons stays one number.

A row is a record: row 1 is the first, and a field that holds line breaks between quotation marks does not begin a new one (a spreadsheet
program counts the same way). What is made of a row with another number of fields than the heading, `ragged` says.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from senl_ae.issues import Issue, Refused
from senl_ae.read.files.encoding import as_utf8, lines_of, refuse_control_characters
from senl_ae.read.files.grid import refuse_long_cells
from senl_ae.read.files.ragged import SAMPLE_ROWS, cut_records, finish, settle
from senl_ae.read.files.refusal import keeping, refusal, too_many_rows
from senl_ae.study import RawTable

if TYPE_CHECKING:
    from senl_ae.settings import Settings

SEPARATORS = (";", "\t", "|", ",")
UNIT_SEPARATOR = "\x1f"
"""Stands for no separator at all: a file of one column. It cannot be in the text, which holds no control characters."""
CHUNK = 1 << 20
SAMPLE_BYTES, BEGINNING = 1 << 16, 4096
EXCEL_HINT = re.compile(rb'"?sep=(.)"?(?=\n|$)', re.IGNORECASE)
NOTHING = b' \t\n,;|"'


@dataclass(frozen=True)
class Records:
    """Where the records of a text table end and how many fields each has; `orderly` when quotation marks only stand around fields."""

    ends: np.ndarray
    fields: np.ndarray
    longest: int
    orderly: bool


def read_delimited(
    path: Path, file: str, settings: Settings, text: bytes | None = None
) -> tuple[RawTable, list[Issue]]:
    """The one table of a .csv or .tsv file (its sheet has no name), and what was found in it; raises Refused when it cannot be read.

    text: what is in it, where it is packed (.csv.gz).
    """
    body, told = as_utf8(path.read_bytes() if text is None else text, file)
    with keeping(told):
        table, more = _table(lines_of(body), path.name.lower(), file, settings)
    return table, [*told, *more]


def _table(body: bytes, name: str, file: str, settings: Settings) -> tuple[RawTable, list[Issue]]:
    """The table of a text in UTF-8."""
    refuse_control_characters(body, file)
    body = body.rstrip(b"\x1a")
    if body.endswith(b"\n\n"):
        body = body.rstrip(b"\n") + b"\n"
    if not body[:BEGINNING].translate(None, NOTHING) and not body.translate(None, NOTHING):
        raise _no_data(file)
    separator, body = find_separator(body, prefer_tab=".tsv" in name[-7:])
    if not body.translate(None, NOTHING):
        raise _no_data(file)
    records = find_records(body, ord(separator))
    if len(records.ends) > settings.max_rows:
        raise too_many_rows(file, len(records.ends), settings)
    if records.orderly:
        table, told = table_of_orderly_text(body, separator, records, file, settings)
    else:
        table, told = table_of_any_text(body, separator, file, settings)
    with keeping(told):
        if records.longest > settings.max_cell_chars:
            refuse_long_cells(table, settings.max_cell_chars)
        if not table.columns:
            raise _no_data(file)
    return table, told


def _no_data(file: str) -> Refused:
    return refusal(file, "no-data", "no filled cell", "headings and rows", "fill it, or leave the file out")


def find_separator(body: bytes, prefer_tab: bool) -> tuple[str, bytes]:
    """The separator that cuts most rows into the same number of fields, and more fields when two cut equally well.

    Excel's own first line `sep=;` is believed, and left as a blank row.
    """
    if hint := EXCEL_HINT.match(body):
        return hint[1].decode(), body[hint.end() :]
    lines = body[:SAMPLE_BYTES].decode(errors="ignore").split("\n")
    lines = lines[:-1] if len(body) > SAMPLE_BYTES and len(lines) > 1 else lines
    best, found = (0.0, 0), UNIT_SEPARATOR
    for separator in sorted(SEPARATORS, key=lambda s: not (prefer_tab and s == "\t")):
        widths = [
            len(row)
            for row in csv.reader((line + "\n" for line in lines[:SAMPLE_ROWS]), delimiter=separator)
            if any(row)
        ]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        evenly = widths.count(usual)
        if evenly < 2 and evenly < len(widths) / 2:
            continue  # one row with a comma does not make a letter a table
        if usual > 1 and (score := (round(evenly / len(widths), 3), usual)) > best:
            best, found = score, separator
    return found, body


def find_records(body: bytes, separator: int) -> Records:
    """Record ends and field counts, from the places of line ends, separators and quotation marks."""
    text = np.frombuffer(body, np.uint8)
    ends, fields = [], []
    before, longest, last, quoted, orderly = 0, 0, -1, 0, True
    for start in range(0, len(text), CHUNK):
        piece = text[start : start + CHUNK]
        at = np.flatnonzero((piece == 10) | (piece == separator) | (piece == 34)) + start
        kind = text[at]
        quotes = kind == 34
        if quoted or quotes.any():
            open_before = (np.cumsum(quotes) - quotes + quoted) & 1
            orderly = orderly and in_order(text, at[quotes], open_before[quotes], separator)
            quoted = (quoted + int(quotes.sum())) & 1
            outside = ~quotes & (open_before == 0)
            at, kind = at[outside], kind[outside]
        if not len(at):
            continue
        longest = max(longest, int(np.diff(at, prepend=last).max()))
        last = int(at[-1])
        line_ends = np.flatnonzero(kind == 10)
        ends.append(at[line_ends])
        fields.append(np.diff(line_ends, prepend=-1 - before) if len(line_ends) else line_ends)
        before = len(at) - 1 - int(line_ends[-1]) if len(line_ends) else before + len(at)
    if last < len(text) - 1 or before:
        ends.append(np.array([len(text)]))
        fields.append(np.array([before + 1]))
        longest = max(longest, len(text) - last)
    return Records(np.concatenate(ends), np.concatenate(fields), longest, orderly and not quoted)


def in_order(text: np.ndarray, at: np.ndarray, is_open: np.ndarray, separator: int) -> bool:
    """Whether quotation marks open at the beginning of a field and close at its end (or stand doubled inside)."""
    opening, closing = at[is_open == 0], at[is_open == 1]
    before = text[opening[opening > 0] - 1]
    after = text[closing[closing < len(text) - 1] + 1]
    return bool(all(((near == 10) | (near == 34) | (near == separator)).all() for near in (before, after)))


def table_of_orderly_text(
    body: bytes, separator: str, records: Records, file: str, settings: Settings
) -> tuple[RawTable, list[Issue]]:
    """The fields by pandas' tokenizer, as text, nothing inferred."""
    import pandas as pd

    if records.longest > 4 * settings.max_cell_chars:  # in bytes; refused before anything is made of it
        raise too_long(file, settings)

    def record(number: int) -> list[str]:
        start = int(records.ends[number - 1]) + 1 if number else 0
        return next(csv.reader([body[start : int(records.ends[number])].decode()], delimiter=separator), [])

    blank = np.diff(records.ends, prepend=-1) == 1
    rows = settle(records.fields, blank, record, body.endswith(b"\n"), file)
    text = cut_records(body, records.ends, rows, record, separator) if rows.cut else body
    frame = pd.read_csv(
        io.BytesIO(text),
        sep=separator,
        header=None,
        names=range(rows.width),
        dtype=object,
        keep_default_na=False,
        na_filter=False,
        index_col=False,
        skip_blank_lines=False,
        low_memory=False,
        encoding="utf-8",
        engine="c",
    )
    if len(frame) != len(records.ends):  # never seen; row numbers must be right whatever the text
        return table_of_any_text(body, separator, file, settings)
    columns = []
    for number in range(rows.width):
        column = frame[number].to_numpy()
        column.flags.writeable = True  # the frame is nobody else's and goes away
        columns.append(column)
    return finish(columns, rows, file)


def table_of_any_text(
    body: bytes, separator: str, file: str, settings: Settings
) -> tuple[RawTable, list[Issue]]:
    """The same by Python's own reader, for text with quotation marks in the middle of fields (`5' 10"`)."""
    text = body.decode()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines = text.count("\n") + (not text.endswith("\n"))
    fields: list[list[str]] = []
    last_line = 0
    try:
        for row in reader:
            fields.append(row or [""])
            if reader.line_num - last_line > 1 and reader.line_num >= lines:
                refuse_open_quotation(text, last_line, separator, file, len(fields))
            last_line = reader.line_num
    except csv.Error:
        raise too_long(file, settings) from None
    widths = np.fromiter(map(len, fields), np.int64, len(fields))
    rows = settle(widths, np.zeros(len(fields), bool), fields.__getitem__, body.endswith(b"\n"), file)
    for number, keep in rows.cut:
        fields[number] = fields[number][:keep]
    columns = []
    for column in islice(zip_longest(*fields, fillvalue=""), rows.width):
        columns.append(np.fromiter(column, object, len(fields)))
    return finish(columns, rows, file)


def refuse_open_quotation(text: str, line: int, separator: str, file: str, row: int) -> None:
    """A quotation mark that is never closed swallows the rest of the file into one cell."""
    rest = text.split("\n", line)[line]
    try:
        list(csv.reader(io.StringIO(rest, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise refusal(
            file,
            "open-quotation",
            "a quotation mark that is never closed",
            "quotation marks in pairs",
            "close it or remove it",
            row=row,
        ) from None


def too_long(file: str, settings: Settings) -> Refused:
    return refusal(
        file,
        "cell-too-long",
        f"one text is longer than {settings.max_cell_chars} characters",
        f"at most {settings.max_cell_chars} characters in a cell",
        "shorten it, or raise max_cell_chars in senl-ae.toml",
    )
