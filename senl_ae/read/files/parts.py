"""Which parts of a workbook's zip may be looked into, how they hang together, and which cell formats show a date without a time."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import IO
from xml.etree import ElementTree

from senl_ae.read.files.refusal import not_a_workbook, protected, refusal
from senl_ae.read.files.xlsx_scan import Limits, damaged, stream

STRUCTURE_BYTES = 16_000_000
PARTS = 10_000
BUILT_IN_DATES = {*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58}
"""Number formats without a code of their own that show a date and no time."""
BESIDE_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


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
