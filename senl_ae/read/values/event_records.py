"""Puts the rows of all sheets of reported events into one record: in the order of the input, rows that are alike in every column once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.values.frames import ADDRESS, Part, once, stack
from senl_ae.study import AdverseEvents, Sheet

DOMAIN = "adverse_events"


def events_in_order(
    parts: Sequence[Part],
    position: pd.Index,
    sheets: Sequence[Sheet],
    names: np.ndarray,
    events: pd.DataFrame,
) -> tuple[AdverseEvents, pd.DataFrame, list[Issue]]:
    """The record of adverse events, and the events of the same sheets without the rows that are there twice: one note for each."""
    every = stack(DOMAIN, [part for part in parts if part.domain == DOMAIN], position)
    record, told = once(DOMAIN, every, sheets, names)
    if told:
        here, rows, kept = (_address(frame) for frame in (events, every, record))
        again = np.isin(here, np.setdiff1d(rows, kept))
        events = events[~again].reset_index(drop=True)
    order = np.lexsort((record["row"].to_numpy(), record["sheet"].to_numpy()))
    return AdverseEvents.of(record.iloc[order].reset_index(drop=True)), events, told


def _address(frame: pd.DataFrame) -> np.ndarray:
    """One number for the sheet and the row that each record stands in."""
    sheet, row = (frame[column].to_numpy(dtype=np.int64) for column in ADDRESS)
    return np.asarray(sheet << 32 | row)
