"""The text inside a .csv.gz or .tsv.gz: unpacked as a stream, never further than the limit, so that a small file cannot fill the memory."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from senl_ae.read.files.refusal import refusal

if TYPE_CHECKING:
    from senl_ae.settings import Settings

GZIP = b"\x1f\x8b"
SUFFIX = ".gz"
PIECE = 1 << 20


def digest_inside(path: Path, file: str, settings: Settings) -> str:
    """SHA-256 of the unpacked text, which is only counted here; refuses what is damaged, is no gzip file, or unpacks to too much."""
    digest, size, most = hashlib.sha256(), 0, settings.max_unpacked_mb * 1_000_000
    for piece in _pieces(path, file):
        size += len(piece)
        if size > most:
            raise refusal(
                file,
                "unpacks-too-large",
                f"unpacks to more than {settings.max_unpacked_mb} MB",
                f"at most {settings.max_unpacked_mb} MB",
                "split it, or raise max_unpacked_mb in senl-ae.toml",
            )
        digest.update(piece)
    if not size:
        raise refusal(file, "empty-file", "an empty file inside", "headings and rows", "send the file again")
    return digest.hexdigest()


def text_inside(path: Path, file: str) -> bytes:
    """The unpacked text of a file that was looked at by `digest_inside`."""
    return b"".join(_pieces(path, file))


def _pieces(path: Path, file: str) -> Iterator[bytes]:
    with path.open("rb") as source:
        if source.read(2) != GZIP:
            done = "take .gz from its name if it is text"
            raise refusal(file, "not-gzip", "no gzip file, in spite of its name", "a whole .gz file", done)
    try:
        with gzip.open(path, "rb") as inside:
            while piece := inside.read(PIECE):
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise refusal(
            file, "damaged-gzip", "a damaged or cut gzip file", "a whole .gz file", "send it again"
        ) from None
