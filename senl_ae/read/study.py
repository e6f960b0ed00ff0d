"""Files -> Study: every sheet recognised, every cell typed or accounted for, every row under its subject and its time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from senl_ae.issues import Issues, Refused
from senl_ae.read.cells.zones import settle_zones
from senl_ae.read.coverage import coverage
from senl_ae.read.described import describe_columns
from senl_ae.read.files.tables import read_tables
from senl_ae.read.headings.rows import Rows
from senl_ae.read.impossible.times import settle_impossible_times
from senl_ae.read.layouts import recognise_all
from senl_ae.read.rows.assessments import assessment_parts
from senl_ae.read.rows.intervals import ends_of, interval_parts
from senl_ae.read.rows.reading import Reading, Workshop, pooled, start_reading
from senl_ae.read.rows.times import When
from senl_ae.read.rows.when import read_when
from senl_ae.read.subjects.facts import read_subjects
from senl_ae.read.subjects.ids import name_subjects
from senl_ae.read.unused_files import refuse_files_without_use
from senl_ae.read.values.event_records import events_in_order
from senl_ae.read.values.frames import Part, name_conflicts, once, stack, take_set_aside
from senl_ae.study import FRAMES, NO_TIME, Asked, Assign, InputFile, Study, Subjects
from senl_ae.vocabulary.items import Items, load_items

if TYPE_CHECKING:
    from senl_ae.settings import Settings

__all__ = ["coverage", "describe_columns", "read_study"]

INTERVALS = ("interventions", "events", "adjudications")
FRAME_DOMAINS = ("vitals", "interventions", "neuro", "labs", "events", "adjudications")


def read_study(
    paths: Sequence[Path],
    settings: Settings,
    *,
    assign: Assign | None = None,
    items: Items | None = None,
    table_folders: Sequence[Path] = (),
) -> Study:
    """Read all files into one study. Raises Refused, with every problem found, when nothing can be graded."""
    issues = Issues()
    shop = Workshop(items or load_items(), settings, issues)
    sheets, inputs = read_tables(list(paths), settings, issues)
    readings = [
        start_reading(layout, shop) for layout in recognise_all(sheets, shop.items, settings, issues, assign)
    ]
    name_subjects(readings, shop)
    subjects = read_subjects(readings, shop)
    shop.sex = {name: sex for name, sex in zip(subjects["subject_id"], subjects["sex"], strict=True) if sex}
    _read_times(readings, subjects, shop)
    parts = [part for reading in readings for part in _parts(reading, shop)]
    refuse_files_without_use(readings, issues)
    if issues.refused:
        issues.join_notes()
        raise Refused(issues)
    asked = Asked(tuple(paths), settings, dict(assign or {}), tuple(table_folders))
    study = _study(subjects, parts, readings, inputs, shop, asked)
    issues.join_notes()
    if issues.refused:
        raise Refused(issues)
    return study


def _read_times(readings: Sequence[Reading], subjects: pd.DataFrame, shop: Workshop) -> None:
    """When every row happened; whether a column is date-only is decided over all sheets with the same headings."""
    for reading in readings:
        _read_whens(reading, subjects, shop)
    for reading, timed in zip(readings, pooled([(r.template, r.whens) for r in readings]), strict=True):
        reading.whens = {
            column: When(w.seconds, w.is_text, timed[column]) for column, w in reading.whens.items()
        }
    settle_zones(
        [seen for reading in readings for seen in reading.rows.zones], shop.settings.time_zone, shop.issues
    )


def _parts(reading: Reading, shop: Workshop) -> list[Part]:
    """The rows of one sheet, typed, as parts of the frames of its domains."""
    if reading.layout.domain in INTERVALS:
        return interval_parts(reading, shop)
    return assessment_parts(reading, shop) if reading.layout.domain != "subjects" else []


def _read_whens(reading: Reading, subjects: pd.DataFrame, shop: Workshop) -> None:
    """When the rows of one sheet happened, started and ended; the column rule comes later, over all sheets."""
    layout, rows = reading.layout, reading.rows
    if layout.domain == "subjects":
        return
    if layout.domain in INTERVALS:
        for column in ("start", "end"):
            infusion = _infusions(rows, subjects) if column == "start" else None
            reading.whens[column], reading.unread[column], going = ends_of(
                layout, column, rows, shop.settings, infusion
            )
            reading.ongoing = going if column == "end" else None
        return
    by_day = layout.claims("study_day") or layout.claims("cdisc_day")
    infusion = _infusions(rows, subjects) if by_day else np.full(len(rows), NO_TIME, dtype=np.int64)
    reading.whens["time"], reading.unread["time"] = read_when(
        layout, rows, infusion, shop.items, shop.settings
    )


def _infusions(rows: Rows, subjects: pd.DataFrame) -> np.ndarray:
    """The infusion of each row's subject, in seconds; NO_TIME where there was none."""
    codes, distinct = pd.factorize(rows.subject_id)
    known = subjects.set_index("subject_id")["infusion"].reindex(distinct).to_numpy()
    return known[codes].astype(np.int64) if len(codes) else np.full(len(rows), NO_TIME, dtype=np.int64)


def _study(
    subjects: pd.DataFrame,
    parts: Sequence[Part],
    readings: Sequence[Reading],
    inputs: list[InputFile],
    shop: Workshop,
    asked: Asked,
) -> Study:
    """The frames, sorted, each row once, with the account of the rows that are not in them."""
    names = subjects["subject_id"].to_numpy()
    position = pd.Index(names)
    counts: dict[str, int] = {}
    for reading in readings:
        for reason, number in reading.counts.items():
            key = f"{reading.layout.domain}_{reason}"
            counts[key] = counts.get(key, 0) + number
    frames = {
        domain: stack(domain, [part for part in parts if part.domain == domain], position)
        for domain in FRAME_DOMAINS
    }
    adverse_events = events_in_order(parts, position, shop.sheets, names, shop.issues, frames, counts)
    settle_impossible_times(frames, subjects, counts, shop)
    kept: dict[str, Any] = {}
    for domain in FRAME_DOMAINS:
        frame = once(domain, frames[domain], shop.sheets, names, shop.issues, counts)
        if domain in ("vitals", "neuro", "labs"):
            name_conflicts(domain, frame, shop.sheets, names, shop.issues)
        set_aside = take_set_aside(frame)
        counts[f"{domain}_rows_in_study"] = len(frame) - counts.pop(f"{domain}_rows_further", 0)
        kept[domain] = FRAMES[domain].of(frame).marked(set_aside)
    counts["subjects"] = len(subjects)
    return Study(
        Subjects.of(subjects),
        **kept,
        sheets=shop.sheets,
        sources=frozenset(shop.sources),
        inputs=inputs,
        issues=shop.issues,
        counts=counts,
        adverse_events=adverse_events,
        asked=asked,
    )
