"""The rows of measurements of one sheet: vital signs, neurological checks, laboratory values, each at its time."""

from __future__ import annotations

import numpy as np

from senl_ae.read.cells.columns import SET_ASIDE
from senl_ae.read.headings.recognised import ASIDE, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.qualifiers.decide import note_values_of_nothing, qualify
from senl_ae.read.qualifiers.nouns import Marks, doubted
from senl_ae.read.rows.long_layout import long_columns, read_long, read_wide_labs
from senl_ae.read.rows.reading import Reading, Typed, Workshop, letter_of, note_odd_times, place_in_study
from senl_ae.read.values.frames import Part
from senl_ae.read.values.further_records import with_rows
from senl_ae.read.values.measured import is_filled, measured
from senl_ae.read.values.several_readings import READING, readings_of
from senl_ae.study import NO_TIME

SAYS_HOW = frozenset({"test", "value", "unit", "comparator", "specimen", "doubtful"})
"""Columns that say how something was measured, and not that it was."""


def read_assessments(reading: Reading, shop: Workshop) -> Typed:
    """Vitals, neurological checks and laboratory values of one sheet: of its own domain and of those beside it."""
    reading = reading.apart()
    layout, when = reading.layout, reading.whens["time"]
    note_odd_times(reading.rows, when, letter_of(reading, "datetime") or letter_of(reading, "date"))
    marks = qualify(layout, reading.rows, shop.items)
    note_values_of_nothing(layout, reading.rows, marks)
    reading.counts |= {f"rows_{reason}": number for reason, number in marks.reasons.items()}
    rows = _timed_rows(reading, when.seconds, reading.unread["time"], marks.nothing)
    kept = (when.seconds != NO_TIME) & ~marks.nothing
    time, is_day, marks = when.seconds[kept], when.is_day()[kept], marks.take(kept)
    found: dict[str, tuple[np.ndarray, dict[str, np.ndarray]]] = {}
    if layout.long:
        found = read_long(layout, rows, shop, marks, reading.counts)
        if "neuro" in found:
            found["neuro"] = (found["neuro"][0], _consciousness_apart(found["neuro"][1]))
    for domain in (layout.domain, *ASIDE[layout.domain]) if not layout.long else ():
        if domain == "subjects":
            continue
        at, columns = _wide(reading, domain, rows, shop, marks)
        if columns and (domain == layout.domain or len(at)):
            found[domain] = (at, columns)
    if layout.long and "labs" in found:
        flags = measured(
            layout, "labs", rows, shop.items, leave=frozenset({"test", "value", "unit", "lln", "uln"})
        )
        at, columns = found["labs"]
        columns |= {name: column[at] for name, column in flags.columns.items()}
    readings = readings_of(layout, rows)
    parts = []
    for domain, (at, columns) in found.items():
        columns |= doubted(domain, columns, marks.doubtful[at])
        place = place_in_study(reading, domain, shop)
        shop.sources |= {
            name
            for name in columns
            if name not in SAYS_HOW and not name.endswith(("_upper", SET_ASIDE)) and _tells(layout, name)
        }
        shop.sheets[place].columns.update({"value": long_columns(layout).value.letter} if layout.long else {})
        columns |= {"time": time[at], "is_day": is_day[at]} | (
            {READING: readings[at]} if readings is not None else {}
        )
        parts.append(Part(domain, place, rows.index[at] + 1, rows.subject_id[at], columns))
    return Typed(parts, reading.rows.told, frozenset((reading.rows.index + 1).tolist()))


def _tells(layout: Layout, column: str) -> bool:
    """Whether a sheet records where there is none of an item at all: a column of CPAP alone does not tell who had a nasal cannula."""
    told = "oxygen_device" if column == "oxygen_flow" else column
    apart = [h.match.item for h in layout.headings if h.match is not None and h.adds and h.column == told]
    return (
        not apart
        or bool(layout.claims(column) or layout.claims(told))
        or any(item.tells_none for item in apart)
    )


def _timed_rows(reading: Reading, seconds: np.ndarray, unread: np.ndarray, nothing: np.ndarray) -> Rows:
    """The rows that have a time; the others are set aside, but for those that did not happen."""
    missing = (seconds == NO_TIME) & ~nothing
    reading.counts["rows_without_time"] = int(missing.sum())
    reading.rows.add(
        "set aside",
        "row-without-time",
        "",
        np.flatnonzero(missing & ~unread),
        "a row without a date or time",
        "a date, a date and time, or a study day",
        "the row is not used",
    )
    return reading.rows.take(~missing & ~nothing)


def _wide(
    reading: Reading, domain: str, rows: Rows, shop: Workshop, marks: Marks
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The columns of one domain of a sheet with one row per time; of a domain beside its own only the rows that say something."""
    layout = reading.layout
    if domain == "labs":
        at, columns = read_wide_labs(layout, rows, marks)
        flags = measured(
            layout, "labs", rows, shop.items, leave=frozenset({"test", "value", "unit", "lln", "uln"})
        )
        shop.sheets[place_in_study(reading, "labs", shop)].columns.update(
            {h.name: h.letter for h in layout.headings if h.domain == "labs"}
        ) if columns else None
        return at, columns | ({name: column[at] for name, column in flags.columns.items()} if columns else {})
    values = measured(layout, domain, rows, shop.items)
    if not values.columns and not values.set_aside and not values.more:
        return np.empty(0, dtype=np.int64), {}
    columns = _consciousness_apart(dict(values.columns)) if domain == "neuro" else dict(values.columns)
    if domain == "vitals":
        _note_flow_on_room_air(rows, columns, values.letters)
    columns |= values.marks()
    shop.sheets[place_in_study(reading, domain, shop)].columns.update(values.letters)
    at = np.arange(len(rows))
    if domain != layout.domain:
        said = [
            is_filled(column) if not name.endswith(SET_ASIDE) else column for name, column in columns.items()
        ]
        at = np.flatnonzero(np.any(said, axis=0))
    if domain == layout.domain:
        reading.counts["rows_further"] = sum(int(mask.sum()) for mask, _ in values.more)
    return with_rows(
        at,
        {name: column[at] for name, column in columns.items()} if len(at) < len(rows) else columns,
        values.more,
        domain,
    )


def _note_flow_on_room_air(rows: Rows, columns: dict[str, np.ndarray], letters: dict[str, str]) -> None:
    """Room air, and a flow beside it: one of the two is wrong, and which one only the site can say."""
    device, flow = columns.get("oxygen_device"), columns.get("oxygen_flow")
    if device is None or flow is None:
        return
    odd = np.flatnonzero((device == "room_air") & (flow > 0))
    done = "read as room air"
    for i in odd.tolist():
        found = f"room air, and an oxygen flow of {flow[i]:g} L/min"
        rows.add(
            "note",
            "device-and-flow-disagree",
            letters.get("oxygen_flow", ""),
            [i],
            found,
            "a device, or no flow",
            done,
        )


def _consciousness_apart(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """ "Sedated" and the letter P of AVPU written under consciousness go to columns of their own; what stands there already goes first."""
    word = columns.get("consciousness")
    if word is None:
        return columns
    if (word == "sedated").any():
        own = columns.get("sedated", np.full(len(word), np.nan))
        columns["sedated"] = np.where((word == "sedated") & np.isnan(own), 1.0, own)
    if (word == "P").any():
        own = columns.get("avpu", np.full(len(word), None, dtype=object))
        columns["avpu"] = np.where((word == "P") & ~is_filled(own), "P", own)
        columns["consciousness"] = word.copy()
        columns["consciousness"][word == "P"] = None
    return columns
