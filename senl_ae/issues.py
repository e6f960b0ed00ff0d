"""What was wrong with the input, where, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

SEVERITIES = ("refuse", "set aside", "note")
COLUMNS = ("severity", "code", "file", "sheet", "row", "column", "subject_id", "found", "expected", "done")

ONE_BY_ONE = frozenset(
    {
        "bolus-without-assessment",
        "cause-unclear",
        "date-before-infusion",
        "day0-order-unknown",
        "death-without-date",
        "death-without-event",
        "duplicate-record",
        "end-after-death",
        "end-imputed",
        "end-missing",
        "fatal-without-grade5",
        "grade-change-records",
        "grade-missing",
        "grade45-not-serious",
        "grade5-outcome-not-fatal",
        "grade5-without-death",
        "fatal-disagrees",
        "interval-implausible",
        "no-dose-level",
        "not-coded",
        "ongoing-with-end",
        "relation-missing",
        "reported-term-unclear",
        "ruling-without-effect",
        "rulings-contradict",
        "same-term-overlap",
        "serious-missing",
        "several-infusions",
        "start-after-cutoff",
        "start-after-death",
        "start-imputed",
        "term-in-two-classes",
        "worsening-unknown",
    }
)
"""Notes each of which somebody at the site has to answer: never joined with others of their kind."""

BY_SUBJECT = frozenset({"after-death"})
"""Notes that are one line per subject, not one per column."""

MOST_TEXTS, MOST_VALUES = 12, 3
"""A joined note names so many different words; of notes with values of their own in every row, so many."""


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
    rows: int = 1
    """How many rows or cells it is about: more than one where notes were joined or a whole column is meant."""
    subjects: tuple[str, ...] = ()
    """The subjects of a joined note that is not about one subject."""

    @property
    def where(self) -> str:
        """The address in words: file, sheet and cell, as far as they are known."""
        place = self.file
        if self.sheet:
            place += f', sheet "{self.sheet}"'
        if self.row is not None:
            cell = (
                f"{self.column}{self.row}"
                if self.column.isascii() and self.column.isupper()
                else f"row {self.row}"
            )
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

    def join_notes(self) -> None:
        """Make notes that repeat from row to row one note per column: how many rows, which, and what was found there.

        Done when all sheets are read, not where a note is made: one column is reported on from several places, and the readers still need
        the row of each. Values set aside and refusals stay one per cell. Notes that were joined before are left as they are.
        """
        alike: dict[tuple[str, ...], list[Issue]] = {}
        for issue in self.found:
            if (
                issue.severity == "note"
                and issue.row is not None
                and issue.rows == 1
                and issue.code not in ONE_BY_ONE
            ):
                who = issue.subject_id if issue.code in BY_SUBJECT else ""
                key = (issue.code, issue.file, issue.sheet, issue.column, issue.expected, issue.done, who)
                alike.setdefault(key, []).append(issue)
        joined = {id(group[0]): _joined(group) for group in alike.values() if len(group) > 1}
        if joined:
            gone = {id(issue) for group in alike.values() for issue in group[1:]}
            self.found[:] = [joined.get(id(issue), issue) for issue in self.found if id(issue) not in gone]

    def sorted(self) -> list[Issue]:
        """In a fixed order that does not depend on the order of reading: worst first, then by address."""
        return sorted(
            self.found,
            key=lambda i: (
                SEVERITIES.index(i.severity),
                i.file,
                i.sheet,
                -1 if i.row is None else i.row,
                len(i.column),
                i.column,
                i.code,
                i.subject_id,
                i.found,
            ),
        )


def _joined(notes: Sequence[Issue]) -> Issue:
    """One note for several of one column: it stands at the first row, and says what was found, in how many rows and which."""
    ordered = sorted(notes, key=lambda i: (i.row or 0, i.subject_id, i.found))
    rows = sorted({i.row for i in ordered if i.row is not None})
    subjects = tuple(sorted({i.subject_id for i in ordered if i.subject_id}))
    texts: dict[str, int] = {}
    for issue in ordered:
        texts[issue.found] = texts.get(issue.found, 0) + 1
    of = f" of {len(subjects)} subjects" if len(subjects) > 1 else ""
    span = (
        f"{len(rows)} rows{of}: {spans(rows)}" if len(rows) > 1 else f"{len(ordered)} times in row {rows[0]}"
    )
    return replace(
        ordered[0],
        subject_id=subjects[0] if len(subjects) == 1 else "",
        found=f"{_told(texts)} ({span})",
        rows=len(ordered),
        subjects=subjects if len(subjects) > 1 else (),
    )


def _told(texts: dict[str, int]) -> str:
    """What several notes found, each text once with how often, what all of them begin with said once."""
    if len(texts) == 1:
        return next(iter(texts))
    heads = {text.partition(": ")[0] for text in texts}
    head = f"{heads.pop()}: " if len(heads) == 1 and all(": " in text for text in texts) else ""
    most = MOST_VALUES if len(texts) == sum(texts.values()) else MOST_TEXTS
    shown = [text.removeprefix(head) + (f" ({n} rows)" if n > 1 else "") for text, n in texts.items()]
    more = f"; and {len(shown) - most} more" if len(shown) > most else ""
    return head + "; ".join(shown[:most]) + more


def spans(rows: Iterable[int]) -> str:
    """Spreadsheet rows in words, runs joined: 4-7, 12."""
    parts: list[str] = []
    start = previous = 0
    for row in sorted(set(rows)):
        if parts and row == previous + 1:
            parts[-1] = f"{start}-{row}"
        else:
            parts.append(str(row))
            start = row
        previous = row
    return ", ".join(parts[:10]) + (" and more" if len(parts) > 10 else "")


class Refused(Exception):
    """Nothing can be graded; carries every problem found. Raised by the rooms, printed only by cli."""

    def __init__(self, issues: Issues) -> None:
        super().__init__(f"{issues.count('refuse')} problem(s)")
        self.issues = issues


def refusal(code: str, found: str, expected: str = "", done: str = "", **where: Any) -> Refused:
    """One problem that stops the run, ready to be raised."""
    issues = Issues()
    issues.add("refuse", code, found=found, expected=expected, done=done, **where)
    return Refused(issues)
