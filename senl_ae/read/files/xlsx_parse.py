"""The exact look at one sheet's XML: what `xlsx_scan` says of a sheet, said by a real parser.

Several times slower, so only for sheets that are not written in the usual way, and for sheets whose cells seem to reach too far (cells
without a value, which only carry a format, do not count here). Also the second opinion that the tests hold the quick look against.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from senl_ae.read.files.xlsx_scan import LAST_COLUMN, LAST_ROW, Cells, column_number

ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
VALUES = ("v", "is", "f")


class SheetParser:
    """Follows one sheet's XML from tag to tag; `cells` is what was found."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.row, self.column = -1, -1
        self.kind = ""
        self.formula = self.stored = self.counted = self.in_value = False

    def parse(self, pieces: Iterable[bytes]) -> Cells:
        """Raises expat.ExpatError when the XML is broken, ValueError when an address is none."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)
        return self.cells

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            self.cells.row_elements += 1
            if attributes.get("hidden") in ("1", "true"):
                self.cells.hidden_rows.add(self.row)
        elif name == "c":
            self.start_cell(attributes)
        elif name == "f":
            self.formula = True
        elif name in ("v", "is"):
            self.in_value = True
            self.stored = self.stored or self.kind == "str"
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            self.cells.merged.append((*address(first), *address(last or first)))
        if name in VALUES and not self.counted:
            self.counted = True
            self.cells.cells += 1
            self.cells.rows = max(self.cells.rows, self.row + 1)
            self.cells.columns = max(self.cells.columns, self.column + 1)

    def start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self.row, self.column = address(attributes["r"])
        else:
            self.column += 1
        if not (0 <= self.row < LAST_ROW and 0 <= self.column < LAST_COLUMN):
            raise ValueError("a cell lies outside the largest sheet there can be")
        self.kind = attributes.get("t", "")
        self.formula = self.stored = self.counted = False
        if self.kind not in ("s", "str", "inlineStr"):
            self.cells.styles.add((self.column, int(attributes.get("s", "0"))))
        if self.kind == "e":
            self.cells.error_cells.add((self.row, self.column))

    def text(self, text: str) -> None:
        if self.in_value and text:
            self.stored = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in ("v", "is"):
            self.in_value = False
        elif name == "c" and self.formula and not self.stored and self.kind != "e":
            self.cells.unstored_formulas.add((self.row, self.column))


def address(text: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell address such as C14."""
    found = ADDRESS.fullmatch(text.replace("$", "").upper())
    if not found:
        raise ValueError("a cell's address is none")
    return int(found[2]) - 1, column_number(found[1].encode())
