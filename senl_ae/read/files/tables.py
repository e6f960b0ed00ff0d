"""Which cells the given files hold: every sheet of every workbook and every text table, in the order given.

A file that cannot be read is one issue of severity refuse and the next file is read; nothing raises. The kind of a file is what it is, not
what its name says: a workbook that is really HTML, a `.csv` that is really a workbook are named as such, never half read.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from senl_ae.issues import Issue, Refused
from senl_ae.read.files.packed import GZIP, digest_inside, text_inside
from senl_ae.read.files.refusal import protected, refusal
from senl_ae.study import InputFile, RawTable
from senl_ae.writing.whole import shown

if TYPE_CHECKING:
    from senl_ae.settings import Settings

WORKBOOKS = (".xlsx", ".xlsm")
TEXT = (".csv", ".tsv")
PARQUET = ".parquet"
PACKED = (".csv.gz", ".tsv.gz")
KNOWN = ".xlsx, .xlsm, .csv, .tsv (or .csv.gz, .tsv.gz) or .parquet"
SAVE_AS = "open it in the spreadsheet program and save it as .xlsx"
BEGINNING = 4096


@dataclass(frozen=True)
class Tables:
    """All filled tables of the given files, what the files are (name, size, SHA-256), and what was found about them."""

    tables: list[RawTable]
    inputs: list[InputFile]
    issues: list[Issue]


def read_tables(paths: Sequence[Path], settings: Settings) -> Tables:
    """The tables of these files; a file that cannot be read is one refusal among the issues.

    The same file given twice (by path or by content) is read once, with a note.
    """
    tables: list[RawTable] = []
    inputs: list[InputFile] = []
    issues: list[Issue] = []
    seen: dict[str, str] = {}
    for path, name in zip(paths, short_names(paths), strict=True):
        try:
            size = look_at_file(path, name, settings)
            with path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
            inside = digest_inside(path, name, settings) if suffix_of(path) in PACKED else digest
            if inside in seen:
                found = f"the same content as {seen[inside]}"
                issues.append(Issue("note", "file-given-twice", file=name, found=found, done="read once"))
                continue
            inputs.append(InputFile(name, size, digest))
            read, told = read_file(path, name, settings)
            tables += read
            issues += told
            seen[inside] = name
        except Refused as refused:
            issues += refused.issues.found
        except PermissionError:
            found, expected = "no permission to read it", "a file that you may read"
            issues += refusal(name, "no-permission", found, expected, "ask for access").issues.found
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            expected = "a file that can be read"
            issues += refusal(name, "unreadable-file", reason, expected, "copy it again").issues.found
    return Tables(tables, inputs, issues)


def suffix_of(path: Path) -> str:
    """What a file's name says it is: .csv, .xlsx, .csv.gz."""
    name = path.name.lower()
    return next((packed for packed in PACKED if name.endswith(packed)), path.suffix.lower())


def short_names(paths: Sequence[Path]) -> list[str]:
    """What the files are called in messages and sources: the name, with as many folders as tell two different files apart."""
    names = []
    for path in paths:
        rivals = {other.resolve() for other in paths if other.name == path.name} - {path.resolve()}
        parts, count = path.resolve().parts, 1
        while any(rival.parts[-count:] == parts[-count:] for rival in rivals):
            count += 1
        names.append("/".join(parts[-count:]) if rivals else path.name or path.resolve().name)
    return [shown(name) for name in names]


def look_at_file(path: Path, name: str, settings: Settings) -> int:
    """The size of a file that may be opened; refuses what is no file, is empty, or is too large to be one."""
    try:
        about = path.stat()
    except FileNotFoundError:
        raise refusal(name, "missing-file", "no such file", f"a {KNOWN} file", "check the path") from None
    if stat.S_ISDIR(about.st_mode):
        raise refusal(
            name,
            "folder-given",
            "a folder",
            f"a {KNOWN} file",
            f"give the files in it: {shown(path.name)}/*.xlsx".replace(": /", ": "),
        )
    if not stat.S_ISREG(about.st_mode):
        raise refusal(name, "not-a-file", "a device or pipe", f"a {KNOWN} file", "save it as a file first")
    suffix = suffix_of(path)
    if path.name.startswith("~$"):
        raise refusal(
            name,
            "lock-file",
            "a lock file that Excel leaves beside an open workbook",
            "the workbook",
            "leave this file out",
        )
    if suffix not in (*WORKBOOKS, *TEXT, *PACKED, PARQUET):
        found = f"a {suffix} file" if suffix else "a file without an extension"
        raise refusal(name, "unsupported-file", found, f"a {KNOWN} file", "save it as one of these")
    if not about.st_size:
        raise refusal(name, "empty-file", "an empty file", "headings and rows", "send the file again")
    if about.st_size > settings.max_unpacked_mb * 1_000_000:
        raise refusal(
            name,
            "file-too-large",
            f"{about.st_size // 1_000_000} MB",
            f"at most {settings.max_unpacked_mb} MB",
            "split it, or raise max_unpacked_mb in senl-ae.toml",
        )
    return about.st_size


def read_file(path: Path, name: str, settings: Settings) -> tuple[list[RawTable], list[Issue]]:
    """The tables of one file that exists, by what it is, and what was found in it. Raises Refused."""
    with path.open("rb") as source:
        beginning = source.read(BEGINNING)
    suffix = suffix_of(path)
    text = text_inside(path, name) if suffix in PACKED else None
    beginning = beginning if text is None else text[:BEGINNING]
    kind = kind_of(beginning)
    if kind == "ole":
        raise refuse_ole(path, name)
    if kind == "html":
        raise refusal(name, "really-html", f"a web page (HTML) named {suffix}", f"a {KNOWN} file", SAVE_AS)
    if kind == "xml" and suffix != PARQUET:
        raise refusal(name, "really-xml", f"an XML file named {suffix}", f"a {KNOWN} file", SAVE_AS)
    if suffix in WORKBOOKS:
        return _read_workbook(path, name, kind, beginning, settings), []
    if suffix == PARQUET:
        return [read_parquet(path, name, settings)], []
    if kind == "zip":
        raise refusal(
            name,
            "really-workbook",
            f"a workbook (or another zip file) named {suffix}",
            "a text table",
            "rename it to .xlsx",
        )
    if text is None and beginning.startswith(GZIP):
        raise refusal(
            name, "really-gzip", f"a gzip file named {suffix}", "a text table", f"rename it to {suffix}.gz"
        )
    from senl_ae.read.files.delimited import read_delimited

    table, told = read_delimited(path, name, settings, text)
    return [table], told


def _read_workbook(path: Path, name: str, kind: str, beginning: bytes, settings: Settings) -> list[RawTable]:
    """The sheets of a file that is named as a workbook, where it is one."""
    if kind == "zip":
        from senl_ae.read.files.workbook import read_workbook

        return read_workbook(path, name, settings)
    if looks_like_text(beginning):
        found, done = f"a text table named {suffix_of(path)}", f"rename it to .csv, or {SAVE_AS}"
        raise refusal(name, "really-text", found, "a .xlsx workbook", done)
    done = f"{SAVE_AS}, or send it again"
    raise refusal(name, "damaged-workbook", "no zip inside", "a whole .xlsx workbook", done)


def kind_of(beginning: bytes) -> str:
    """What a file is by its first bytes: zip, ole (old Excel, or encrypted), html, xml, or "" for anything else."""
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if beginning.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    text = beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith(
        (b"<!doctype html", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<div", b"<!--")
    ):
        return "html"
    if text.startswith(b"<?xml"):
        return "html" if b"<html" in text else "xml"
    return ""


def looks_like_text(beginning: bytes) -> bool:
    """Whether a file that should be a workbook could be a text table."""
    low = sum(byte < 32 and byte not in (9, 10, 13) for byte in beginning)
    return low == 0 or beginning.startswith((b"\xff\xfe", b"\xfe\xff"))


def refuse_ole(path: Path, name: str) -> Refused:
    """Old Excel and encrypted Excel share their first bytes: told apart by the names of the streams inside."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return protected(name)
    if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
        return refusal(name, "old-xls", "an old Excel file (.xls)", "a .xlsx workbook", SAVE_AS)
    return refusal(
        name,
        "unsupported-file",
        "an old Office file that is no workbook",
        f"a {KNOWN} file",
        "send the workbook itself",
    )


def read_parquet(path: Path, name: str, settings: Settings) -> RawTable:
    """The one table of a Parquet file; refuses with the name of the extra when pyarrow is not installed."""
    try:
        from senl_ae.read.files.parquet import read_parquet_table
    except ModuleNotFoundError:
        done = 'pip install "senl-ae[parquet]", or save it as .csv'
        raise refusal(
            name, "parquet-not-installed", "a Parquet file", "the package pyarrow, which reads it", done
        ) from None
    return read_parquet_table(path, name, settings)
