"""One recognised sheet while it is read, and what all sheets are read with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.rows import Rows, spans, unmerged
from senl_ae.read.rows.identity import subject_rows
from senl_ae.read.rows.times import When, show_time
from senl_ae.read.values.frames import Part
from senl_ae.read.values.measured import not_used, note_unused
from senl_ae.study import DAY, NO_TIME, Sheet
from senl_ae.vocabulary.items import Items, fold

if TYPE_CHECKING:
    from senl_ae.settings import Settings


@dataclass
class Reading:
    """One recognised sheet while it is read: its rows, when they happened, and its places in Study.sheets by domain."""

    layout: Layout
    rows: Rows
    places: dict[str, int]
    counts: dict[str, int]
    whens: dict[str, When] = field(default_factory=dict)
    unread: dict[str, np.ndarray] = field(default_factory=dict)
    ongoing: np.ndarray | None = None

    @property
    def template(self) -> tuple[str, ...]:
        """Sheets with the same headings are one table that was split: a column is date-only in all of them or in none."""
        return (self.layout.domain, *(fold(h.text) for h in self.layout.headings))

    def apart(self) -> Reading:
        """The same sheet with nothing told of its rows yet."""
        return replace(self, rows=self.rows.apart())


@dataclass(frozen=True)
class Typed:
    """The rows of one sheet, typed, as parts of the frames of its domains, and what was found in them."""

    parts: list[Part]
    issues: list[Issue]
    needed: frozenset[int] | None = None
    """Spreadsheet rows whose time a scale could have used; None where a date in part is told row by row."""
    not_done: bool = False
    """Whether some row says that it did not happen, which is a use of it."""


@dataclass
class Workshop:
    """What all sheets are read with, and what they are read into."""

    items: Items
    settings: Settings
    sheets: list[Sheet] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    sex: dict[str, str] = field(default_factory=dict)
    """Subject -> M or F, once the subjects are known: reference ranges may differ by it."""


def start_reading(layout: Layout, shop: Workshop) -> tuple[Reading, list[Issue]]:
    """The rows of one sheet, merged cells filled, its places in Study.sheets taken; and errors and unused columns, named."""
    counts: dict[str, int] = {}
    table = unmerged(layout.table, layout.data)
    rows = subject_rows(layout, table, shop.items, counts)
    rows.report_errors([h.index for h in layout.headings if h.match is not None])
    note_unused(layout, rows)
    for planned in layout.claims("planned"):
        not_used(rows, planned, "planned, which is not when it happened")
    if layout.table.hidden:
        rows.about_sheet(
            "note", "hidden-sheet", "a hidden sheet", done="read as any other; delete it if it is not meant"
        )
    reading = Reading(layout, rows.apart(), {}, counts)
    place_in_study(reading, layout.domain, shop)
    return reading, rows.told


def place_in_study(reading: Reading, domain: str, shop: Workshop) -> int:
    """The position in Study.sheets of this sheet's rows of one domain."""
    if domain not in reading.places:
        reading.places[domain] = len(shop.sheets)
        letters = {
            h.column: h.letter
            for h in reversed(reading.layout.headings)
            if h.match is not None and h.domain in (domain, "subjects")
        }
        shop.sheets.append(Sheet(reading.layout.table.file, reading.layout.table.sheet, domain, letters))
    return reading.places[domain]


def letter_of(reading: Reading, column: str) -> str:
    claims = reading.layout.claims(column, reading.layout.domain)
    return claims[0].letter if claims else ""


def note_odd_times(rows: Rows, when: When, letter: str) -> None:
    """What does not look like the rest of a column with clock times: dates without one, in one line; and many times of exactly 00:00."""
    if not when.clock:
        return
    bare = np.flatnonzero(when.is_day())
    if len(bare) == 1:
        found = f"{show_time(int(when.seconds[bare[0]]), True)} without a clock time among date-times"
        rows.add("note", "date-among-times", letter, bare, found, "a date and time", "read as the whole date")
    elif len(bare):
        numbers = spans([int(i) + 1 for i in rows.index[bare]])
        found = f"{len(bare)} dates without a clock time among date-times (rows {numbers})"
        rows.about_sheet(
            "note", "date-among-times", found, "a date and time", "read as the whole date", letter
        )
    known = when.seconds != NO_TIME
    midnight = known & ~when.is_text & (when.seconds % DAY == 0)
    others = known & (when.seconds % DAY != 0)
    if others.any() and 2 * int(midnight.sum()) > int(known.sum()):
        found = f"{int(midnight.sum())} of {int(known.sum())} cells are at 00:00 in a column that has other clock times"
        rows.about_sheet(
            "note", "mostly-midnight", found, "times, or dates alone", "read as times at 00:00", letter
        )


def pooled(sheets: Sequence[tuple[tuple[str, ...], Mapping[str, When]]]) -> list[dict[str, bool]]:
    """Per sheet and column: whether the column has clock times, looked at over all sheets with the same headings."""
    timed: dict[tuple[tuple[str, ...], str], bool] = {}
    for template, whens in sheets:
        for column, when in whens.items():
            timed[template, column] = timed.get((template, column), False) or when.clock
    return [{column: timed[template, column] for column in whens} for template, whens in sheets]
