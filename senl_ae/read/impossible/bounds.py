"""Between which dates a subject's rows can lie, and the year that would fit one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.read.cells.years import FAR, days_of
from senl_ae.study import Sheet

CLOSE_DAYS = 60
"""Screening, or a last look after the window: rows so near are a record of the course, or of why there is none."""


@dataclass(frozen=True)
class Bounds:
    """Per subject, as days since 1970: birth and infusion (-FAR: not known), death, cut-off and last contact (FAR: not known)."""

    ids: np.ndarray
    birth: np.ndarray
    infusion: np.ndarray
    death: np.ndarray
    cutoff: np.ndarray
    contact: np.ndarray
    window_days: int

    @property
    def last(self) -> np.ndarray:
        """The last date on which a row of the subject can lie, where death, cut-off or last contact say one; else FAR."""
        return np.minimum(np.minimum(self.death, self.cutoff), self.contact)

    @property
    def infused(self) -> np.ndarray:
        return np.asarray(self.infusion > -FAR)


@dataclass(frozen=True)
class Told:
    """What the lines are written with."""

    bounds: Bounds
    sheets: list[Sheet]


def bounds_of(subjects: pd.DataFrame, window_days: int) -> Bounds:
    """The bounds that the subjects' own dates set."""

    def days(column: str, missing: int) -> np.ndarray:
        return days_of(subjects[column].to_numpy(dtype=np.int64), missing)

    return Bounds(
        subjects["subject_id"].to_numpy(),
        days("birth_date", -FAR),
        days("infusion", -FAR),
        days("death", FAR),
        days("cutoff", FAR),
        days("last_contact", FAR),
        window_days,
    )


def assessed_days(frames: Mapping[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    """Subject and date of every row of vital signs and neurological checks."""
    some = [frames[domain] for domain in ("vitals", "neuro") if domain in frames]
    subject = np.concatenate([frame["subject"].to_numpy(dtype=np.int64) for frame in some])
    return subject, np.concatenate([days_of(frame["time"].to_numpy(dtype=np.int64), -FAR) for frame in some])


def last_records(frames: Mapping[str, pd.DataFrame], subjects: int) -> np.ndarray:
    """The date of each subject's last row of any kind, starts of intervals included and their ends not; -FAR where there is none."""
    out = np.full(subjects, -FAR, dtype=np.int64)
    for domain, column in (
        ("vitals", "time"),
        ("neuro", "time"),
        ("labs", "time"),
        ("interventions", "start"),
        ("events", "start"),
    ):
        if domain in frames:
            np.maximum.at(
                out,
                frames[domain]["subject"].to_numpy(dtype=np.int64),
                days_of(frames[domain][column].to_numpy(), -FAR),
            )
    return out


def said(days: int) -> str:
    """A date for people."""
    return str(np.datetime64(int(days), "D"))
