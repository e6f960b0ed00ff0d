"""What has a start and an end: interventions, reported events and rulings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.read.cells.years import days_of, nearest_year
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.qualifiers.decide import qualify
from senl_ae.read.rows.events import event_columns, event_part
from senl_ae.read.rows.reading import Reading, Typed, Workshop, letter_of, note_odd_times
from senl_ae.read.rows.times import When, show_time
from senl_ae.read.rows.when import read_dates, refuse_clocks_alone
from senl_ae.read.values.frames import Part
from senl_ae.read.values.measured import is_filled, measured, not_used
from senl_ae.read.values.treatments import category_and_agent, one_agent_per_row
from senl_ae.study import DAY, NO_TIME
from senl_ae.vocabulary.items import fold

if TYPE_CHECKING:
    from senl_ae.settings import Settings

STILL_GOING = frozenset(
    fold(text)
    for text in (
        "ongoing",
        "continuing",
        "continues",
        "still running",
        "持续",
        "继续",
        "未结束",
        "至今",
        "进行中",
        "未停",
    )
)


def ends_of(
    layout: Layout, column: str, rows: Rows, settings: Settings, infusion: np.ndarray | None = None
) -> tuple[When, np.ndarray, np.ndarray]:
    """Start or end of each row, True where the cell could not be read, and True where it says that it is still going on.

    infusion: of each row's subject, for starts that are only part of a date before it."""
    claims = layout.claims(column, layout.domain)
    first = [h for h in claims if h.name == claims[0].name] if claims else []
    for other in claims[len(first) :]:
        not_used(rows, other, f'"{first[0].text}" is read')
    going = np.zeros(len(rows), dtype=bool)
    nothing = When(np.full(len(rows), NO_TIME, dtype=np.int64), np.zeros(len(rows), dtype=bool), False)
    if not first:
        return nothing, going, going
    if column == "end":
        rows, going = _without_words(rows, first)
    found = read_dates(rows, first, settings, infusion=infusion, parts=layout.domain == "events")
    if found is None:
        refuse_clocks_alone(rows, first[0])
        return nothing, going, going
    return found[0], found[1], going


def _without_words(rows: Rows, headings: list[Heading]) -> tuple[Rows, np.ndarray]:
    """The rows with "ongoing" taken out of the end column, and which rows said so."""
    going = np.zeros(len(rows), dtype=bool)
    table = rows.table
    columns = list(table.columns)
    for heading in headings:
        cells = rows.cells(heading.index)
        words = [
            c for c in pd.unique(cells[is_filled(cells)]) if isinstance(c, str) and fold(c) in STILL_GOING
        ]
        if words:
            said = np.asarray(pd.Series(cells, dtype=object).isin(words), dtype=bool)
            going |= said
            columns[heading.index] = columns[heading.index].copy()
            columns[heading.index][rows.index[said]] = None
    return (rows if not going.any() else rows.with_columns(columns)), going


def read_intervals(reading: Reading, shop: Workshop) -> Typed:
    """Interventions, events and rulings of one sheet, each from its start to its end."""
    reading = reading.apart()
    layout, rows, domain = reading.layout, reading.rows, reading.layout.domain
    for column in ("start", "end"):
        note_odd_times(rows, reading.whens[column], letter_of(reading, column))
    columns, known = _columns(reading, shop)
    events: dict[str, np.ndarray] = {}
    if domain == "events":
        events, columns = event_columns(reading, columns)
    marks = qualify(layout, rows, shop.items, columns) if domain != "adjudications" else None
    happened = ~marks.nothing if marks is not None else known
    usable = known & _usable_interval(reading, columns, happened, shop.settings.longest_interval_days)
    keep = usable & happened
    reading.counts["rows_set_aside"] = int((happened & ~usable).sum())
    if marks is not None:
        reading.counts |= {f"rows_{reason}": number for reason, number in marks.reasons.items()}
    needed: frozenset[int] | None = None if domain == "adjudications" else frozenset()
    old = np.arange(int(keep.sum()))
    if domain == "interventions" and marks is not None:
        needed = frozenset((rows.index[known & happened] + 1).tolist())
        columns["doubtful"] = marks.doubtful
    columns = {name: column[keep] for name, column in columns.items()}
    if domain == "interventions":
        columns, old = one_agent_per_row(columns)
        # an order that nobody can say was given does not show that such orders are charted
        charted = pd.unique(columns["category"][~columns["doubtful"]])
        shop.sources |= {f"interventions:{category}" for category in charted}
    row, subject = (rows.index[keep] + 1)[old], rows.subject_id[keep][old]
    parts = [Part(domain, reading.places[domain], row, subject, columns)]
    if domain == "events":
        parts.append(event_part(reading, events, happened))
    return Typed(parts, rows.told, needed, not_done=marks is not None and bool(marks.nothing.any()))


def _columns(reading: Reading, shop: Workshop) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The typed columns of one sheet, those of its times first, and False where an intervention is none that is known."""
    layout, rows, domain = reading.layout, reading.rows, reading.layout.domain
    columns: dict[str, np.ndarray] = {}
    for name in ("start", "end"):
        when = reading.whens[name]
        columns |= {name: when.seconds, f"{name}_is_date": when.is_day()}
    known = np.ones(len(rows), dtype=bool)
    leave = frozenset({"start", "end", "on"})
    if domain == "interventions":
        given, known = category_and_agent(layout, rows, shop.items)
        columns |= given.columns
        leave |= {"category", "agent"}
    cells = measured(layout, domain, rows, shop.items, leave=leave)
    for name, values in cells.columns.items():
        columns[name] = values if name not in columns else np.where(is_filled(values), values, columns[name])
    if domain == "interventions":
        columns |= cells.marks()
        if reading.ongoing is not None and reading.ongoing.any():
            columns["ongoing"] = np.where(reading.ongoing, 1.0, columns.get("ongoing", np.nan))
    if domain == "adjudications" and layout.claims("on", domain):
        columns["on"] = _dates_ruled_on(layout, rows, shop.settings)
    return columns, known


def _dates_ruled_on(layout: Layout, rows: Rows, settings: Settings) -> np.ndarray:
    """The date that each ruling is about, as text; None where there is none."""
    found = read_dates(rows, layout.claims("on", "adjudications"), settings)
    seconds = found[0].seconds.tolist() if found else [NO_TIME] * len(rows)
    said = [show_time(s, True) if s != NO_TIME else None for s in seconds]
    return np.array([*said, None], dtype=object)[:-1]


def _usable_interval(
    reading: Reading, columns: Mapping[str, np.ndarray], happened: np.ndarray, longest_days: int
) -> np.ndarray:
    """False for rows whose interval cannot be known: ends before it starts, cannot be read, or (interventions) has no start.

    An intervention whose end is years before its start, and would be a plausible end in another year, stays: how far it counts is
    decided when all rows are together. Of rows that did not happen nothing is said.
    """
    rows, domain, done = reading.rows, reading.layout.domain, "the row is not used"
    backwards = before_start(
        columns["start"], columns["start_is_date"], columns["end"], columns["end_is_date"]
    )
    if domain == "interventions":
        at = np.flatnonzero(backwards)
        start, end = (days_of(columns[c][at], 0) for c in ("start", "end"))
        backwards[at] = nearest_year(end, start, start + longest_days) == 0
    # of a reported event the checks of adverse events say it: there the record is kept, without its end
    for i in np.flatnonzero(backwards & happened & (domain != "events")).tolist():
        first, last = (
            show_time(int(columns[c][i]), bool(columns[f"{c}_is_date"][i])) for c in ("start", "end")
        )
        found, expected = f"end {last} before start {first}", "an end after the start"
        rows.add("set aside", "end-before-start", letter_of(reading, "end"), [i], found, expected, done)
    keep = ~backwards
    if domain == "interventions":
        missing = columns["start"] == NO_TIME
        blank = np.flatnonzero(missing & happened & ~reading.unread["start"])
        letter = letter_of(reading, "start")
        rows.add("set aside", "no-start", letter, blank, "no start", "when it began", done)
        return np.asarray(keep & ~missing)
    # A ruling whose dates cannot be read could rule on anything.
    return np.asarray(
        keep & ~(reading.unread["start"] | reading.unread["end"]) if domain == "adjudications" else keep
    )


def before_start(
    start: np.ndarray, start_is_date: np.ndarray, end: np.ndarray, end_is_date: np.ndarray
) -> np.ndarray:
    """Rows that end before they start: by the clock where both have times, else by the date."""
    known = (start != NO_TIME) & (end != NO_TIME)
    by_date = start_is_date | end_is_date
    return np.asarray(known & np.where(by_date, end // DAY < start // DAY, end < start))
