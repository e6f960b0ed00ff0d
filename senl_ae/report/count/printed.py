"""Numbers, grades and doses as a listing prints them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import NOT_ASSIGNED, Cohort
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.statistics import short
from senl_ae.report.count.syndromes import NE, Drivers


def numbers(values: pd.Series | np.ndarray) -> list[str]:
    """Numbers as printed, blank where missing."""
    distinct, codes = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    return spread_out(["" if np.isnan(value) else short(value) for value in distinct.tolist()], codes)


def spread_out(texts: list[str], codes: np.ndarray) -> list[str]:
    """The text of each distinct value, for every row that has it."""
    return list(np.array([*texts, ""], dtype=object)[codes])


def grades(grade: pd.Series) -> list[str]:
    return [NE if np.isnan(value) else f"{value:.0f}" for value in grade.to_numpy(dtype=float).tolist()]


def doses(values: pd.Series) -> list[str]:
    """Cell numbers as protocols write them: 3e6, 4.5e8."""
    texts = [
        "" if np.isnan(value) else f"{value:.3e}" if value >= 10_000 else f"{value:g}"
        for value in values.tolist()
    ]
    parts = (text.split("e+") for text in texts)
    return [
        part[0] if len(part) == 1 else f"{part[0].rstrip('0').rstrip('.')}e{int(part[1])}" for part in parts
    ]


def dose_levels(cohort: Cohort) -> np.ndarray:
    level = cohort.subjects["dose_level"].to_numpy(dtype=object)
    return np.where(level == "", NOT_ASSIGNED, level)


def with_ceiling(grade: str, ceiling: str) -> str:
    """A grade, and how high it could be where that is higher."""
    higher = ceiling and (grade == NE or float(ceiling) > float(grade))
    return f"{grade} (to {ceiling})" if higher else grade


def course_words(
    onset: str, peak: str, end: str, duration: str, episodes: str, outcome: str, driven_by: str
) -> str:
    """The course of a syndrome in a few words; what goes without saying (resolved, one episode) is not said."""
    if episodes in ("", "0"):
        return ""
    days = ", ".join(f"D{day}" for day in (onset, peak, end) if day) or "no dates"
    words = [
        days,
        f"{duration} d" if duration else "",
        "" if outcome == "resolved" else outcome,
        "" if episodes == "1" else f"{episodes} episodes",
        driven_by,
    ]
    return "; ".join(word for word in words if word)


def driver_words(drivers: Drivers, rules: str) -> str:
    """What drove a grade, inside a sentence: small letters but for ICE and CAPD."""
    return ", ".join(
        label if label[1].isupper() else label[0].lower() + label[1:] for label in drivers.labels(rules)
    )


def driven_by(results: ResultsFolder, syndrome: str, rules: np.ndarray) -> list[str]:
    codes, found = pd.factorize(rules)
    return spread_out([driver_words(results.drivers(syndrome), text) for text in found], codes)


def listing(fields: dict[str, list[str]]) -> Listing:
    return Listing(tuple(fields), list(zip(*fields.values(), strict=True)))
