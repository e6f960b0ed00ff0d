"""Puts the rows of all sheets of reported events into one record: in the order of the input, rows that are alike in every column once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from senl_ae.issues import Issues
from senl_ae.read.values.frames import ADDRESS, Part, once, stack
from senl_ae.study import AdverseEvents, Sheet

DOMAIN = "adverse_events"


def events_in_order(
    parts: Sequence[Part],
    position: pd.Index,
    sheets: Sequence[Sheet],
    names: np.ndarray,
    issues: Issues,
    frames: dict[str, pd.DataFrame],
    counts: dict[str, int],
) -> AdverseEvents:
    """The record of adverse events. Rows that are there twice are taken out of `frames` too, and counted: nothing tells of them again."""
    told: dict[str, int] = {}
    every = stack(DOMAIN, [part for part in parts if part.domain == DOMAIN], position)
    record = once(DOMAIN, every, sheets, names, issues, told)
    if told:
        events, rows, kept = (_address(frame) for frame in (frames["events"], every, record))
        again = np.isin(events, np.setdiff1d(rows, kept))
        frames["events"] = frames["events"][~again].reset_index(drop=True)
        counts["events_rows_duplicate"] = int(again.sum())
    order = np.lexsort((record["row"].to_numpy(), record["sheet"].to_numpy()))
    return AdverseEvents.of(record.iloc[order].reset_index(drop=True))


def _address(frame: pd.DataFrame) -> np.ndarray:
    """One number for the sheet and the row that each record stands in."""
    sheet, row = (frame[column].to_numpy(dtype=np.int64) for column in ADDRESS)
    return np.asarray(sheet << 32 | row)
