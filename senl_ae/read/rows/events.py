"""What one sheet says of reported events: every row with its dates as intervals, whatever else of it can be used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from senl_ae.arrays import Mask
from senl_ae.read.cells.columns import SET_ASIDE, distinct, spread
from senl_ae.read.cells.partial_dates import spans_of
from senl_ae.read.rows.reading import Reading, letter_of
from senl_ae.read.values.frames import Part, empty
from senl_ae.read.values.measured import is_filled
from senl_ae.read.words.listed import text_of
from senl_ae.study import FRAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES = ("pt_code", "soc_code", "llt_code")
NUMBER = re.compile(r"[0-9]+(?:\.0+)?")
"""A code as a dictionary has them; a spreadsheet may have put a decimal behind it."""
Columns = dict[str, np.ndarray]


def event_columns(reading: Reading, columns: Columns) -> tuple[Columns, Columns]:
    """The columns of the record of adverse events, and those of the events among which the syndromes look for CRS and ICANS.

    There a term that is blank is the coded one, and a grade of 3-4 is none.
    """
    n = len(reading.rows)
    blank = {c: columns.get(c, empty(c, n, "adverse_events")) for c in ("term", "pt", "grade", "grade_upper")}
    _report_codes(reading, columns)
    events = {name: column for name, column in columns.items() if not name.endswith(SET_ASIDE)}
    events |= _dates(reading, columns)
    going = columns.get("ongoing", empty("ongoing", n, "adverse_events"))
    if reading.ongoing is not None:
        going = np.where(reading.ongoing & ~is_filled(going), "yes", going)
    events["ongoing"] = going
    others = columns | {
        "term": np.where(is_filled(blank["term"]), blank["term"], blank["pt"]),
        "grade": np.where(is_filled(blank["grade_upper"]), np.nan, blank["grade"]),
    }
    known = FRAMES["events"].kinds
    return events, {n: c for n, c in others.items() if n.removesuffix(SET_ASIDE).removesuffix("~") in known}


def _dates(reading: Reading, columns: Mapping[str, np.ndarray]) -> Columns:
    """Start and end of each row as from when to when they can be, and the cells as they were typed."""
    rows, layout = reading.rows, reading.layout
    out: Columns = {}
    for column in ("start", "end"):
        claims = layout.claims(column, layout.domain)
        cells = np.full(len(rows), None, dtype=object)
        for heading in [h for h in claims if h.name == claims[0].name][::-1]:
            cells = np.where(is_filled(here := rows.cells(heading.index)), here, cells)
        spans = spans_of(cells, columns[column], columns[f"{column}_is_date"])
        codes, typed = distinct(cells)
        out |= {
            f"{column}_first": spans.first,
            f"{column}_last": spans.last,
            f"{column}_is_date": spans.is_date,
            f"{column}_precision": spans.precision,
            f"{column}_raw": spread([text_of(cell) for cell in typed], codes, object, None),
        }
    return out


def _report_codes(reading: Reading, columns: Mapping[str, np.ndarray]) -> None:
    """Codes of the dictionary that are no numbers: told, and kept as they stand."""
    for name in CODES:
        if name in columns:
            codes, typed = distinct(columns[name])
            wrong = spread([NUMBER.fullmatch(str(cell)) is None for cell in typed], codes, np.bool_, False)
            for i in np.flatnonzero(wrong).tolist():
                found = f"{name.replace('_', ' ')} {str(columns[name][i])[:40]} is no number"
                reading.rows.add(
                    "note",
                    "code-not-a-number",
                    letter_of(reading, name),
                    [i],
                    found,
                    "a number",
                    "kept as text",
                )


def event_part(reading: Reading, columns: Columns, happened: Mask) -> Part:
    """The rows of one sheet for the record of adverse events: those that happened and name something."""
    rows = reading.rows
    names = [columns.get(c, empty(c, len(rows), "adverse_events")) for c in ("term", "pt")]
    named = is_filled(names[0]) | is_filled(names[1])
    rows.add(
        "set aside",
        "event-without-term",
        letter_of(reading, "term"),
        np.flatnonzero(happened & ~named),
        "a reported event without a term",
        "the event as reported, or its coded term",
        "in no table of adverse events",
    )
    keep = happened & named
    known = FRAMES["adverse_events"].kinds
    values = {name: column[keep] for name, column in columns.items() if name in known}
    place = reading.places[reading.layout.domain]
    return Part("adverse_events", place, rows.index[keep] + 1, rows.subject_id[keep], values)
