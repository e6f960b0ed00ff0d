"""What one sheet was recognised as: its domain, and what each of its headings stands for."""

from __future__ import annotations

from dataclasses import dataclass, field

from senl_ae.read.headings.heading_row import HeadingRows
from senl_ae.read.headings.rows import letter
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import HeadingMatch, Item

DOMAINS = ("vitals", "neuro", "labs", "interventions", "events", "adjudications", "subjects")
"""In the order that breaks the last ties."""

WHEN = frozenset({"datetime", "date", "time", "study_day", "cdisc_day"})
READINGS = ("visit", "timepoint", "position")
"""Columns that tell several readings of one time apart."""
SHARED = WHEN | {"subject_id", "start", "end", "planned", *READINGS}
ASIDE = {
    "vitals": ("subjects", "neuro", "labs"),
    "neuro": ("subjects", "vitals", "labs"),
    "labs": ("subjects", "vitals", "neuro"),
}
"""Further domains whose columns a sheet may hold beside its own, in the order in which a heading is looked up there."""


SYSTEM = "of the data system, no data"
"""Why a column that a data system keeps for itself stands for nothing."""


@dataclass(frozen=True)
class Heading:
    """One column of a recognised sheet: where it stands, what it says, and how that was understood."""

    index: int
    text: str
    match: HeadingMatch | None = None
    domain: str = ""
    unit: str | None = None
    why: str = ""
    nearest: str = ""
    timeless: str = ""
    """On a sheet of subjects: the domain that would know this column, had the sheet a time."""
    again: bool = False
    """A further record of an item that may have a column already: a second slot, a repeated reading, a heading known in part."""
    slot: bool = False
    """A further one by its number or its words: what it says is another drug, another reading."""
    may_be: tuple[Item, ...] = ()
    """The items that it may be of, where it is not known whole: nobody can say what its values are."""
    unit_column: int = -1
    """Index of the column that holds its unit row by row."""

    @property
    def letter(self) -> str:
        return letter(self.index)

    @property
    def name(self) -> str:
        """Name of the item; empty for a column that stands for none."""
        return self.match.item.name if self.match else ""

    @property
    def adds(self) -> str:
        """The finding that a yes in this column adds to the item's column; empty for a column that stands for the item itself."""
        return self.match.item.adds if self.match else ""

    @property
    def qualifies(self) -> bool:
        """Whether this column says something about the values beside it (status, route, specimen) and is no value itself."""
        return self.match is not None and self.match.item.kind == "qualifier"

    @property
    def column(self) -> str:
        """Name of the item's column in the frames."""
        return self.match.item.column if self.match else ""


@dataclass(frozen=True)
class Layout:
    """One recognised sheet: its domain, the index of its first data row, and all its headings.

    long: one row per test, with a column of test names and one of values.
    """

    table: RawTable
    domain: str
    data: int
    rows: HeadingRows
    headings: tuple[Heading, ...]
    long: bool = False
    further: tuple[Heading, ...] = field(default=())
    """Columns of a subject sheet that no item claims: kept as text."""

    def claims(self, column: str, domain: str | None = None) -> list[Heading]:
        """The headings that stand for one column of the frames, the first choice first."""
        found = [
            h
            for h in self.headings
            if h.column == column and (domain is None or h.domain == domain) and not h.adds
        ]
        return sorted(found, key=lambda h: (h.name != h.column, h.index))
