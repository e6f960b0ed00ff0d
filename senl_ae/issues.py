"""What was wrong with the input, where, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SEVERITIES = ("refuse", "set aside", "note")
COLUMNS = ("severity", "code", "file", "sheet", "row", "column", "subject_id", "found", "expected", "done")


@dataclass(frozen=True)
class Issue:
    """One problem: where it stands, what was found, what was expected, what was done or is to be done."""

    severity: str
    code: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    subject_id: str = ""
    found: str = ""
    expected: str = ""
    done: str = ""

    @property
    def where(self) -> str:
        """The address in words: file, sheet and cell, as far as they are known."""
        place = self.file
        if self.sheet:
            place += f', sheet "{self.sheet}"'
        if self.row is not None:
            cell = f"{self.column}{self.row}" if self.column.isascii() and self.column.isupper() else f"row {self.row}"
            place += f", {cell}" if place else cell
        elif self.column:
            place += f", column {self.column}" if place else f"column {self.column}"
        return place

    def sentence(self) -> str:
        """One line for people: where, what was found, what was expected, what was done."""
        parts = [f"{self.where}: {self.found}" if self.where else self.found]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.done:
            parts.append(self.done)
        return "; ".join(p for p in parts if p) + "."


@dataclass
class Issues:
    """The problems of one run, collected and never thrown: all of them are found before anybody is told."""

    found: list[Issue] = field(default_factory=list)

    def add(self, severity: str, code: str, **where: Any) -> None:
        """Note one problem. severity is refuse, set aside or note; the rest are Issue's fields."""
        if severity not in SEVERITIES:
            raise ValueError(f"severity {severity!r} is none of {SEVERITIES}")
        self.found.append(Issue(severity, code, **where))

    def extend(self, issues: Iterable[Issue]) -> None:
        self.found.extend(issues)

    @property
    def refused(self) -> bool:
        """Whether anything found means that nothing can be graded."""
        return any(i.severity == "refuse" for i in self.found)

    def count(self, severity: str) -> int:
        return sum(i.severity == severity for i in self.found)

    def sorted(self) -> list[Issue]:
        """In a fixed order that does not depend on the order of reading: worst first, then by address."""
        return sorted(
            self.found,
            key=lambda i: (
                SEVERITIES.index(i.severity), i.file, i.sheet, -1 if i.row is None else i.row,
                len(i.column), i.column, i.code, i.subject_id, i.found,
            ),
        )


class Refused(Exception):
    """Nothing can be graded; carries every problem found. Raised by the rooms, printed only by cli."""

    def __init__(self, issues: Issues) -> None:
        super().__init__(f"{issues.count('refuse')} problem(s)")
        self.issues = issues
