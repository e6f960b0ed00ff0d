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
from senl_ae.read.rows.partial_lines import partial_in_lines
from senl_ae.read.rows.reading import Reading, Workshop, letter_of, note_odd_times
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


def interval_parts(reading: Reading, shop: Workshop) -> list[Part]:
    """Interventions, events and rulings of one sheet, each from its start to its end."""
    layout, rows, domain = reading.layout, reading.rows, reading.layout.domain
    start, end = reading.whens["start"], reading.whens["end"]
    columns = {
        "start": start.seconds,
        "start_is_date": start.is_day(),
        "end": end.seconds,
        "end_is_date": end.is_day(),
    }
    for column, when in (("start", start), ("end", end)):
        note_odd_times(rows, when, letter_of(reading, column))
    keep = np.ones(len(rows), dtype=bool)
    leave = frozenset({"start", "end", "on"})
    if domain == "interventions":
        given, keep = category_and_agent(layout, rows, shop.items)
        columns |= given.columns
        leave |= {"category", "agent"}
    cells = measured(layout, domain, rows, shop.items, leave=leave)
    for name, values in cells.columns.items():
        columns[name] = values if name not in columns else np.where(is_filled(values), values, columns[name])
    if domain == "interventions":
        columns |= cells.marks()
    if domain == "adjudications" and layout.claims("on", domain):
        found = read_dates(rows, layout.claims("on", domain), shop.settings)
        columns["on"] = np.array(
            [show_time(s, True) if s != NO_TIME else None for s in found[0].seconds]
            if found
            else [None] * len(rows),
            dtype=object,
        )
    if domain == "interventions" and reading.ongoing is not None and reading.ongoing.any():
        columns["ongoing"] = np.where(reading.ongoing, 1.0, columns.get("ongoing", np.nan))
    if domain == "events":
        events, columns = event_columns(reading, columns)
    marks = qualify(layout, rows, shop.items, columns) if domain != "adjudications" else None
    happened = ~marks.nothing if marks is not None else keep
    reading.not_done = bool(marks is not None and marks.nothing.any())
    if domain != "adjudications":
        needed = keep & happened if domain == "interventions" else np.zeros(len(rows), dtype=bool)
        partial_in_lines(rows, needed=needed)
    keep &= _usable_interval(reading, columns, happened, shop.settings.longest_interval_days)
    reading.counts["rows_set_aside"] = int((happened & ~keep).sum())
    if marks is not None:
        keep &= happened
        reading.counts |= {f"rows_{reason}": number for reason, number in marks.reasons.items()}
        if domain == "interventions":
            columns["doubtful"] = marks.doubtful
    columns, old = (
        one_agent_per_row({name: column[keep] for name, column in columns.items()})
        if domain == "interventions"
        else ({n: c[keep] for n, c in columns.items()}, np.arange(int(keep.sum())))
    )
    if domain == "interventions":
        # an order that nobody can say was given does not show that such orders are charted
        shop.sources |= {
            f"interventions:{category}" for category in pd.unique(columns["category"][~columns["doubtful"]])
        }
    parts = [
        Part(domain, reading.places[domain], (rows.index[keep] + 1)[old], rows.subject_id[keep][old], columns)
    ]
    return [*parts, event_part(reading, events, happened)] if domain == "events" else parts


def _usable_interval(
    reading: Reading, columns: Mapping[str, np.ndarray], happened: np.ndarray, longest_days: int
) -> np.ndarray:
    """False for rows whose interval cannot be known: ends before it starts, cannot be read, or (interventions) has no start.

    An intervention whose end is years before its start, and would be a plausible end in another year, stays: how far it counts is
    decided when all rows are together. Of rows that did not happen nothing is said.
    """
    rows, domain = reading.rows, reading.layout.domain
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
        done = "the row is not used"
        found = f"end {last} before start {first}"
        rows.add(
            "set aside",
            "end-before-start",
            letter_of(reading, "end"),
            [i],
            found,
            "an end after the start",
            done,
        )
    keep = ~backwards
    if domain == "interventions":
        missing = columns["start"] == NO_TIME
        blank = np.flatnonzero(missing & happened & ~reading.unread["start"])
        rows.add(
            "set aside",
            "no-start",
            letter_of(reading, "start"),
            blank,
            "no start",
            "when it began",
            "the row is not used",
        )
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
