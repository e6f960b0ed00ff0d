"""Subjects that have assessments and none in their course: an infusion or a calendar of another year, refused by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.years import FAR, in_other_year, nearest_year
from senl_ae.read.impossible.bounds import CLOSE_DAYS, Bounds, assessed_days, said

CALENDAR_1904_DAYS = 1462
"""The two calendars of spreadsheets count from dates so many days apart."""


def refuse_outside(frames: Mapping[str, pd.DataFrame], b: Bounds) -> tuple[np.ndarray, list[Issue]]:
    """Refuse, by name, each subject that has assessments and none between its infusion and the end of its window, nor near it.

    One with rows near it is noted. True is returned for those that are refused."""
    n = len(b.ids)
    subject, day = assessed_days(frames)
    known = day > -FAR
    first, last = np.full(n, FAR, dtype=np.int64), np.full(n, -FAR, dtype=np.int64)
    np.minimum.at(first, subject[known], day[known])
    np.maximum.at(last, subject[known], day[known])
    since = day - b.infusion[subject]
    inside = known & b.infused[subject] & (since >= 0) & (since <= b.window_days)
    near = known & b.infused[subject] & (since >= -CLOSE_DAYS) & (since <= b.window_days + CLOSE_DAYS)
    some, has_inside, has_near = (
        np.bincount(subject[mask], minlength=n) > 0 for mask in (known, inside, near)
    )
    outside = b.infused & some & ~has_inside
    issues: list[Issue] = []
    for i in np.flatnonzero(outside).tolist():
        rows = f"{said(first[i])} to {said(last[i])}" if first[i] != last[i] else f"on {said(first[i])}"
        found = f"no row of subject {b.ids[i]} lies between the infusion ({said(b.infusion[i])}) and Day {b.window_days}"
        found += f"; its rows are {rows}"
        if has_near[i]:
            done = "nothing of it can be graded; correct a date if one is wrong"
            issues.append(
                Issue("note", "no-rows-in-window", subject_id=str(b.ids[i]), found=found, done=done)
            )
            continue
        done = "correct the infusion date or the dates of the rows" + _reason(b, i, first[i], last[i])
        who, expected = str(b.ids[i]), "rows after the infusion"
        issues.append(
            Issue("refuse", "no-rows-in-course", subject_id=who, found=found, expected=expected, done=done)
        )
    return np.asarray(outside & ~has_near), issues


def _reason(b: Bounds, i: int, first: int, last: int) -> str:
    """What may have gone wrong with the dates of a subject that has no row in its course: the calendar, or the year."""
    low, high = b.infusion[i] - CLOSE_DAYS, b.infusion[i] + b.window_days
    for shift in (CALENDAR_1904_DAYS, -CALENDAR_1904_DAYS):
        if first + shift <= high and last + shift >= b.infusion[i] and first + shift >= low:
            return f"; they fit when moved by {CALENDAR_1904_DAYS} days: one of the sheets counts its days from 1904, the other from 1900"
    years = int(nearest_year(np.array([first]), np.array([low]), np.array([high]))[0])
    return (
        f"; in the year {said(in_other_year(np.array([first]), years)[0])[:4]} the rows would fit"
        if years
        else ""
    )
