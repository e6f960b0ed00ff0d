"""Files -> Study: every sheet recognised, every cell typed or accounted for, every row under its subject and its time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from senl_ae.issues import Issue, Issues, Refused
from senl_ae.read.cells.zones import settle_zones
from senl_ae.read.coverage import coverage
from senl_ae.read.described import describe_columns
from senl_ae.read.files.tables import read_tables
from senl_ae.read.headings.rows import Rows
from senl_ae.read.impossible.times import settle_impossible_times
from senl_ae.read.layouts import look_at_all
from senl_ae.read.rows.assessments import read_assessments
from senl_ae.read.rows.intervals import ends_of, read_intervals
from senl_ae.read.rows.partial_lines import partial_in_lines
from senl_ae.read.rows.reading import Reading, Typed, Workshop, pooled, start_reading
from senl_ae.read.rows.times import When
from senl_ae.read.rows.when import read_when
from senl_ae.read.subjects.facts import read_subjects
from senl_ae.read.subjects.ids import name_subjects
from senl_ae.read.unused_files import refuse_files_without_use
from senl_ae.read.values.event_records import events_in_order
from senl_ae.read.values.frames import name_conflicts, once, stack, take_set_aside
from senl_ae.study import FRAMES, NO_TIME, Asked, Assign, Study, Subjects
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
    shop = Workshop(items or load_items(), settings)
    files = read_tables(list(paths), settings)
    sheets = look_at_all(files.tables, shop.items, settings, files.issues, assign)
    found = Issues([*files.issues, *sheets.issues])
    readings = []
    for layout in sheets.layouts:
        reading, told = start_reading(layout, shop)
        readings.append(reading)
        found.extend(told)
    found.extend(name_subjects(readings, settings.ids))
    subjects, told = read_subjects(readings, shop, refused=found.refused)
    found.extend(told)
    shop.sex = {name: sex for name, sex in zip(subjects["subject_id"], subjects["sex"], strict=True) if sex}
    found.extend(_read_times(readings, subjects, shop))
    typed = [_typed(reading, shop) for reading in readings]
    found = Issues(_with_lines(found.found, readings, typed))
    found.extend(refuse_files_without_use(readings, [one.not_done for one in typed], found.found))
    if not found.refused:
        study, told = _frames(subjects, typed, readings, shop)
        found.extend(told)
    found.join_notes()
    if found.refused:
        raise Refused(found)
    asked = Asked(tuple(paths), settings, dict(assign or {}), tuple(table_folders))
    return Study(**study, inputs=files.inputs, issues=found, asked=asked)


def _read_times(readings: Sequence[Reading], subjects: pd.DataFrame, shop: Workshop) -> list[Issue]:
    """When every row happened; whether a column is date-only is decided over all sheets with the same headings."""
    issues = [issue for reading in readings for issue in _read_whens(reading, subjects, shop)]
    for reading, timed in zip(readings, pooled([(r.template, r.whens) for r in readings]), strict=True):
        reading.whens = {
            column: When(w.seconds, w.is_text, timed[column]) for column, w in reading.whens.items()
        }
    zones = [seen for reading in readings for seen in reading.rows.zones]
    return [*issues, *settle_zones(zones, shop.settings.time_zone)]


def _typed(reading: Reading, shop: Workshop) -> Typed:
    """The rows of one sheet, typed, as parts of the frames of its domains."""
    if reading.layout.domain in INTERVALS:
        return read_intervals(reading, shop)
    return read_assessments(reading, shop) if reading.layout.domain != "subjects" else Typed([], [])


def _with_lines(found: Sequence[Issue], readings: Sequence[Reading], typed: Sequence[Typed]) -> list[Issue]:
    """All that was found, with a line per column for the dates that are known in part."""
    needed = {
        (reading.layout.table.file, reading.layout.table.sheet): one.needed
        for reading, one in zip(readings, typed, strict=True)
        if one.needed is not None
    }
    return list(partial_in_lines([*found, *(issue for one in typed for issue in one.issues)], needed))


def _read_whens(reading: Reading, subjects: pd.DataFrame, shop: Workshop) -> list[Issue]:
    """When the rows of one sheet happened, started and ended; the column rule comes later, over all sheets."""
    layout, rows = reading.layout, reading.rows.apart()
    if layout.domain == "subjects":
        return []
    if layout.domain in INTERVALS:
        for column in ("start", "end"):
            infusion = _infusions(rows, subjects) if column == "start" else None
            reading.whens[column], reading.unread[column], going = ends_of(
                layout, column, rows, shop.settings, infusion
            )
            reading.ongoing = going if column == "end" else None
        return rows.told
    by_day = layout.claims("study_day") or layout.claims("cdisc_day")
    infusion = _infusions(rows, subjects) if by_day else np.full(len(rows), NO_TIME, dtype=np.int64)
    reading.whens["time"], reading.unread["time"] = read_when(
        layout, rows, infusion, shop.items, shop.settings
    )
    return rows.told


def _infusions(rows: Rows, subjects: pd.DataFrame) -> np.ndarray:
    """The infusion of each row's subject, in seconds; NO_TIME where there was none."""
    codes, distinct = pd.factorize(rows.subject_id)
    known = subjects.set_index("subject_id")["infusion"].reindex(distinct).to_numpy()
    return known[codes].astype(np.int64) if len(codes) else np.full(len(rows), NO_TIME, dtype=np.int64)


def _frames(
    subjects: pd.DataFrame, typed: Sequence[Typed], readings: Sequence[Reading], shop: Workshop
) -> tuple[dict[str, Any], list[Issue]]:
    """The frames of a study, sorted, each row once, with the account of the rows that are not in them."""
    names = subjects["subject_id"].to_numpy()
    position = pd.Index(names)
    counts: dict[str, int] = {}
    for reading in readings:
        for reason, number in reading.counts.items():
            key = f"{reading.layout.domain}_{reason}"
            counts[key] = counts.get(key, 0) + number
    parts = [part for one in typed for part in one.parts]
    frames = {
        domain: stack(domain, [part for part in parts if part.domain == domain], position)
        for domain in FRAME_DOMAINS
    }
    adverse_events, frames["events"], issues = events_in_order(
        parts, position, shop.sheets, names, frames["events"]
    )
    if issues:
        counts["events_rows_duplicate"] = len(issues)
    stacked = {domain: len(frame) for domain, frame in frames.items()}
    issues += settle_impossible_times(frames, subjects, shop)
    kept: dict[str, Any] = {}
    for domain in FRAME_DOMAINS:
        if lost := stacked[domain] - len(frames[domain]):
            counts[f"{domain}_rows_of_an_impossible_date"] = lost
        frame, twice = once(domain, frames[domain], shop.sheets, names)
        issues += twice
        if twice:
            counts[f"{domain}_rows_duplicate"] = counts.get(f"{domain}_rows_duplicate", 0) + len(twice)
        if domain in ("vitals", "neuro", "labs"):
            issues += name_conflicts(domain, frame, shop.sheets, names)
        set_aside = take_set_aside(frame)
        counts[f"{domain}_rows_in_study"] = len(frame) - counts.pop(f"{domain}_rows_further", 0)
        kept[domain] = FRAMES[domain].of(frame).marked(set_aside)
    counts["subjects"] = len(subjects)
    kept |= {"sheets": shop.sheets, "sources": frozenset(shop.sources), "counts": counts}
    return {"subjects": Subjects.of(subjects), "adverse_events": adverse_events, **kept}, issues
