"""Whether a drug ran: what a cell of a rate or a dose says, and which intervals a rate of 0 ends."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.read.words.listed import listed
from senl_ae.study import NO_TIME
from senl_ae.vocabulary.items import Item

_NUMBER = re.compile(r"(?<![\d.,a-z^*])-?\d{1,15}(?:[.,]\d{1,15})?(?!\d)")
_NOT_RUNNING = re.compile(r"\b(?:off|stop(?:ped)?|paused|held|d/c|discontinued|weaned)\b|停")
LONGEST = 120
"""Longer text is a remark."""


def rate_word(cell: Any, text: str, rate: Item) -> str | None:
    """A cell of a rate or dose in words: "zero" (0, 0.0, 0 mcg/kg/min), "runs" (a number above 0), a listed word; None: cannot be read."""
    word = listed(text, rate)
    if word is not None:
        return word
    lowered = text.casefold()[:LONGEST]
    numbers = [float(n.replace(",", ".")) for n in _NUMBER.findall(lowered)]
    if not numbers or min(numbers) < 0 or _NOT_RUNNING.search(lowered):
        return None
    if all(n == 0 for n in numbers):
        return "zero"
    return "runs" if min(numbers) > 0 else None


def end_at_zero(subject: np.ndarray, columns: dict[str, np.ndarray], zero: np.ndarray) -> None:
    """Rows of one agent that run without an end ended where the next row of it says 0 (a flowsheet); `end` is changed in place."""
    at = np.flatnonzero(zero & (columns["start"] != NO_TIME))
    if not len(at):
        return
    who = pd.MultiIndex.from_arrays(
        [pd.Series(c, dtype=object) for c in (subject, columns["category"], columns["agent"])]
    )
    code = pd.factorize(who)[0]
    open_ = np.flatnonzero(
        (columns["end"] == NO_TIME) & (columns["start"] != NO_TIME) & np.isin(code, code[at])
    )
    running = pd.DataFrame({"code": code[open_], "time": columns["start"][open_], "row": open_}).sort_values(
        "time", kind="stable"
    )
    stops = pd.DataFrame({"code": code[at], "time": columns["start"][at], "stop": at}).sort_values(
        "time", kind="stable"
    )
    # what says 0 itself may be doubtful and run on: only a later 0 ends it
    ended = pd.concat(
        [
            pd.merge_asof(some, stops, on="time", by="code", direction="forward", allow_exact_matches=exact)
            for some, exact in (
                (running[~running["row"].isin(at)], True),
                (running[running["row"].isin(at)], False),
            )
        ]
    ).dropna(subset="stop")
    rows, stop = ended["row"].to_numpy(dtype=np.int64), ended["stop"].to_numpy(dtype=np.int64)
    for column, when in (("end", "start"), ("end_is_date", "start_is_date")):
        columns[column] = columns[column].copy()
        columns[column][rows] = columns[when][stop]
    if "ongoing" in columns:
        columns["ongoing"] = columns["ongoing"].copy()
        columns["ongoing"][rows] = np.nan
