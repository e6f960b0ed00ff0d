"""Workbooks and Word documents whose bytes depend on their contents alone, not on the time of writing."""

from __future__ import annotations

import errno
import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook

FIXED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands for "created" and "modified": the time of the run is said on the pages."""
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def save_workbook(book: Workbook, path: Path) -> None:
    """Write a workbook; raises OSError where the disk is full or a file may not grow so large, whatever library finds it out."""
    buffer = io.BytesIO()
    try:
        book.save(buffer)
    except full_disk_errors() as error:
        raise OSError(errno.ENOSPC, "no room for the temporary files of a workbook") from error
    write_without_time(buffer.getvalue(), path)


def full_disk_errors() -> tuple[type[Exception], ...]:
    """How the XML library under openpyxl, where it is installed, says that it could not write."""
    try:
        from lxml.etree import SerialisationError
    except ImportError:
        return ()
    return (SerialisationError,)


def write_without_time(packed: bytes, path: Path) -> None:
    """Write a zip archive again with one fixed time for all its parts, in their order, and in the properties of a document."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "docProps/core.xml":
                content = _STAMP.sub(FIXED.isoformat().encode() + b"Z", content)
            fixed = zipfile.ZipInfo(part.filename, FIXED.timetuple()[:6])
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o644 << 16
            target.writestr(fixed, content)
    path.write_bytes(buffer.getvalue())
