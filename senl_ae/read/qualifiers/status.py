"""What a cell says about whether something was given, and until when something ran that was stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import numpy as np

from senl_ae.read.cells.numbers import said_by
from senl_ae.read.words.drugs import without_amounts
from senl_ae.read.words.listed import listed, yes_or_no
from senl_ae.study import DAY, NO_TIME
from senl_ae.vocabulary.items import Item

_A_TIME = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}.{0,20}|\d{1,2}:\d{2}(?::\d{2})?")


def given_word(cell: Any, text: str, status: Item) -> str | None:
    """A cell of "given?" in words of status: yes and no, a dose above 0 or of 0, the time it was given; None where it cannot be read."""
    word = listed(text, status)
    if word is not None:
        return word
    answer = yes_or_no(text)
    if answer is not None:
        return "given" if answer else "not_given"
    if isinstance(cell, (date, time)) or (len(text) <= 40 and _A_TIME.fullmatch(text)):
        return "given"
    said = said_by(cell)
    is_dose = said.unit is None or not re.sub(
        r"[\s/()]", "", without_amounts("1 " + said.unit.casefold()[:40])
    )
    if not said.problem and not said.comparator and is_dose and said.value >= 0:
        return "given" if said.value > 0 else "not_given"
    return None


def stopped(columns: Mapping[str, np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of rows that say that they were stopped: those stopped before they started, and those without a time at which they were."""
    if "end" not in columns:
        return np.zeros(len(rows), dtype=bool), rows.copy()
    start, end = columns["start"], columns["end"]
    known = (start != NO_TIME) & (end != NO_TIME)
    by_date = columns["start_is_date"] | columns["end_is_date"]
    before = known & np.where(by_date, end // DAY < start // DAY, end < start)
    return rows & before, rows & (end == NO_TIME)
