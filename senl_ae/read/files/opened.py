"""A workbook opened for its values, whatever bytes its name is made of."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any


def opened(path: Path) -> Any:
    """A workbook by the name of its file; by its content where that name is not UTF-8, which calamine cannot take."""
    from python_calamine import CalamineWorkbook

    name = str(path)
    if name.isascii() or (sys.getfilesystemencoding() == "utf-8" and not re.search("[\udc80-\udcff]", name)):
        return CalamineWorkbook.from_path(name)
    return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
