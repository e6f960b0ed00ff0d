"""Workbooks and Word documents whose bytes depend on their contents alone, not on the time of writing."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

FIXED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands for "created" and "modified": the time of the run is said on the pages."""


def write_without_time(packed: bytes, path: Path) -> None:
    """Write a zip archive again with one fixed time for all its parts, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            fixed = zipfile.ZipInfo(part.filename, FIXED.timetuple()[:6])
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, source.read(part))
    path.write_bytes(buffer.getvalue())
