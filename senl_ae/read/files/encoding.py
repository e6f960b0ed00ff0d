"""Which characters a text table's bytes are: byte-order mark, else strict UTF-8, else GB18030 when what comes out is Chinese.

Anything else is refused, never guessed: a Western `°C` read in the wrong code is another character, and so might a name be.
"""

from __future__ import annotations

import re
from itertools import islice

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.files.refusal import refusal

CHUNK = 1 << 20
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
SAVE_AS = "save it as CSV UTF-8"


def as_utf8(data: bytes, file: str) -> tuple[bytes, list[Issue]]:
    """The file's text in UTF-8 without a byte-order mark, and a note where it was in a code that had to be found out."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_like_utf16(data):
        code = (
            "utf-16"
            if data[:2] in (b"\xff\xfe", b"\xfe\xff")
            else ("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
        )
        try:
            return data.decode(code).encode(), []
        except UnicodeDecodeError:
            raise refusal(
                file, "unknown-encoding", "broken UTF-16 text", "text in UTF-8, UTF-16 or GB18030", SAVE_AS
            ) from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.isascii():
        return data, []
    try:
        data.decode()
        return data, []
    except UnicodeDecodeError as stop:
        place = stop.start
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if not reads_as_chinese(text):
        raise refusal(
            file,
            "unknown-encoding",
            "text that is neither UTF-8 nor GB18030",
            "text in UTF-8, UTF-16 or GB18030",
            SAVE_AS,
            row=data.count(b"\n", 0, place) + 1,
        )
    note = Issue("note", "encoding-gb18030", file=file, found="text in GB18030", done="read as such")
    return text.encode(), [note]


def looks_like_utf16(data: bytes) -> bool:
    """UTF-16 without a mark: every second byte of mostly Latin text is zero."""
    sample = data[:2000]
    even, odd = sample[::2], sample[1::2]
    return (
        len(data) % 2 == 0
        and max(even.count(0), odd.count(0)) > 0.35 * len(sample)
        and min(even.count(0), odd.count(0)) == 0
    )


def reads_as_chinese(text: str) -> bool:
    """Whether text taken as GB18030 is Chinese, and not a Western file whose `°C` happens to be a rare character in it."""
    beyond = [found[0] for found in islice(re.finditer(r"[^\x00-\x7f]", text), 20_000)]
    common = sum(1 for character in beyond if is_common(character))
    return len(beyond) > 0 and common >= 0.8 * len(beyond)


def is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def lines_of(body: bytes) -> bytes:
    """Line ends as one character, whatever system wrote them."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in body else body


def refuse_control_characters(body: bytes, file: str) -> None:
    """Bytes below space other than tab and line ends: not a text table, or a broken export."""
    text = np.frombuffer(body.rstrip(b"\x1a"), np.uint8)  # an end-of-file mark of old systems
    for start in range(0, len(text), CHUNK):
        piece = text[start : start + CHUNK]
        if np.count_nonzero(piece < 32) != np.count_nonzero(piece == 10) + np.count_nonzero(piece == 9):
            break
    else:
        return
    found = CONTROL.search(body, start)
    if not found:
        return
    row = body.count(b"\n", 0, found.start()) + 1
    raise refusal(
        file,
        "control-characters",
        f"control character {found[0][0]:#04x}",
        "a text table",
        "export it again, or remove them",
        row=row,
    )
