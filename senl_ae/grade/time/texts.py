"""How moments and the rows that say something are written in results: one text for each, whichever table it stands in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Seconds, Whole, Words
from senl_ae.grade.time.spans import date_of
from senl_ae.study import DAY, HOUR, MINUTE, NO_TIME, Study


def moments(seconds: Seconds, is_date: Any) -> Words:
    """Times as text: `2026-01-15 08:00:00`, or `2026-01-15` where only the date is known; blank where missing.

    Dates and times of day are few however many the moments: each is written once.
    """
    known, dated = seconds != NO_TIME, np.broadcast_to(np.asarray(is_date, dtype=bool), seconds.shape)
    date = date_of(np.where(known, seconds, 0))
    days, day_texts = pd.factorize(date)
    clocks, clock_values = pd.factorize(np.where(dated | ~known, -1, seconds - date * DAY))
    clock_texts = [
        f" {t // HOUR:02}:{t // MINUTE % 60:02}:{t % MINUTE:02}" if t >= 0 else ""
        for t in clock_values.tolist()
    ]
    text = _texts(np.datetime_as_string(day_texts.astype("datetime64[D]")))[days]
    if len(clock_texts) > 1 or clock_texts != [""]:
        text = text + _texts(clock_texts)[clocks]
    text[~known] = None
    return text


def _texts(words: Any) -> np.ndarray:
    return np.array(words, dtype=object)


def addresses(study: Study, sheet: Whole, row: Whole) -> Words:
    """Each of these rows as `file:sheet:row`."""
    sheets = _texts([f"{s.file}:{s.sheet}:" for s in study.sheets] or [""])
    found: Words = sheets[sheet] + _texts([str(number) for number in row.tolist()])
    return found
