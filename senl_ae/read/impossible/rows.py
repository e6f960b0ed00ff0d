"""Rows whose date cannot be (before birth, years from the infusion, after the last contact): told, never graded unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.years import FAR, in_other_year, nearest_year
from senl_ae.read.impossible.bounds import CLOSE_DAYS, Bounds, Told, assessed_days, said
from senl_ae.read.impossible.outside_course import refuse_outside
from senl_ae.read.values.frames import WHEN
from senl_ae.study import DAY, NO_TIME, Sheet

LONG_BEFORE_DAYS = 400
"""A row so long before the infusion is no part of its preparation."""
ALONE_DAYS = 30
"""A row with no other one of its subject within so many days, in another year than all others."""
ALONE_ROWS = 3
LINES = 20
"""So many rows of one subject and sheet get a line each; the others are one line."""
LINE_EACH = ("vitals", "neuro", "interventions")
SIGNS = (
    "vasopressors",
    "oxygen_device",
    "oxygen_flow",
    "hypotension",
    "fluid_bolus",
    "tocilizumab",
    "temperature",
    "sbp",
    "category",
    "agent",
    "ice_total",
    "capd_total",
    "consciousness",
    "seizure",
    "motor",
)
"""What a row may hold that somebody must know of."""
SUPPORT = frozenset({"vasopressor", "oxygen", "fluid", "sedation"})


def settle_rows(frames: dict[str, pd.DataFrame], told: Told) -> list[Issue]:
    """Refuse subjects none of whose rows lies in their course; take rows whose date cannot be out of the frames, each with a line."""
    refused, issues = refuse_outside(frames, told.bounds)
    subject, day = assessed_days(frames)
    order = np.lexsort((day, subject)) if len(day) and not _sorted(subject, day) else slice(None)
    seen = (subject[order], day[order])
    for domain in ("vitals", "neuro", "labs", "interventions", "events"):
        if domain in frames:
            frames[domain], more = _settle(domain, frames[domain], seen, refused, told)
            issues += more
    return [*issues, *_note_late(frames, told.bounds)]


def _sorted(subject: np.ndarray, day: np.ndarray) -> bool:
    return bool(
        ((subject[1:] > subject[:-1]) | ((subject[1:] == subject[:-1]) & (day[1:] >= day[:-1]))).all()
    )


def _settle(
    domain: str, frame: pd.DataFrame, seen: tuple[np.ndarray, np.ndarray], refused: np.ndarray, told: Told
) -> tuple[pd.DataFrame, list[Issue]]:
    """One frame without the rows whose date cannot be, and what is said of them."""
    b = told.bounds
    subject, time = frame["subject"].to_numpy(dtype=np.int64), frame[WHEN[domain]].to_numpy(dtype=np.int64)
    if not len(time):
        return frame, []
    day = np.where(time == NO_TIME, 0, time // DAY)
    usable = (time != NO_TIME) & ~refused[subject]
    unborn = usable & (day < b.birth[subject])
    before = (
        usable
        & ~unborn
        & b.infused[subject]
        & (day < b.infusion[subject] - LONG_BEFORE_DAYS)
        & ~_reaches_course(domain, frame, b)
    )
    late = usable & ~unborn & (day > b.last[subject] + 1)
    years = np.zeros(len(day), dtype=np.int64)
    for doubted, lead in ((unborn | before, CLOSE_DAYS), (late, 0)):
        at = np.flatnonzero(doubted)
        if len(at):
            years[at] = nearest_year(day[at], b.infusion[subject[at]] - lead, _latest(b)[subject[at]])
    late &= years != 0
    alone, visits = _alone(domain, frame, day, usable & ~unborn & ~before & ~late, seen, b)
    years[alone] = np.where(day[alone] < b.infusion[subject[alone]], 1, -1)
    ordinary = before & ~_assessed(domain, frame)
    wrong = unborn | (before & ~ordinary) | late | alone
    old = "lie more than 400 days before the infusion"
    a_year_off = "lie about a year from all others of their subject: visits, or a mistyped year"
    of_no_life = "lie before birth, or after the last that is known of the subject"
    issues = [
        *_one_note(domain, frame, ordinary, old, told),
        *_one_note(domain, frame, visits, a_year_off, told),
    ]
    if domain == "events":
        return frame, [*issues, *_one_note(domain, frame, wrong, of_no_life, told)]
    if not wrong.any():
        return frame, issues
    issues += _lines(frame, np.flatnonzero(wrong), day, years, told)
    return frame[~wrong].reset_index(drop=True), issues


def _latest(b: Bounds) -> np.ndarray:
    """Until when a row of each subject can lie: a day after the last that is known of it, else somewhat after its window."""
    last = np.where(b.last < FAR, b.last + 1, b.infusion + b.window_days + CLOSE_DAYS)
    return np.maximum(last, b.infusion)


def _assessed(domain: str, frame: pd.DataFrame) -> np.ndarray:
    """Rows that a grade could rest on; an old laboratory value or an old medication is ordinary."""
    if domain != "interventions":
        return np.full(len(frame), domain in ("vitals", "neuro"))
    return np.isin(frame["category"].to_numpy(dtype=object).astype(str), list(SUPPORT))


def _reaches_course(domain: str, frame: pd.DataFrame, b: Bounds) -> np.ndarray:
    """Intervals that last to the infusion or beyond, as oxygen at home does, whenever they began."""
    if domain != "interventions":
        return np.zeros(len(frame), dtype=bool)
    end, going = frame["end"].to_numpy(dtype=np.int64), frame["ongoing"].to_numpy(dtype=float) == 1
    return np.asarray(
        going | ((end != NO_TIME) & (end // DAY >= b.infusion[frame["subject"].to_numpy(dtype=np.int64)]))
    )


def _alone(
    domain: str,
    frame: pd.DataFrame,
    day: np.ndarray,
    usable: np.ndarray,
    seen: tuple[np.ndarray, np.ndarray],
    b: Bounds,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that stand alone about a year from all others, and would stand among them in the next year, or in the one before.

    Such a row after the course that nothing bounds may be a visit: mistyped only where it holds support. Returns both kinds."""
    out, visits = np.zeros(len(day), dtype=bool), np.zeros(len(day), dtype=bool)
    if domain not in LINE_EACH:
        return out, visits
    subject = frame["subject"].to_numpy(dtype=np.int64)
    infusion = b.infusion[subject]
    early = usable & b.infused[subject] & (day < infusion - CLOSE_DAYS) & ~_reaches_course(domain, frame, b)
    late = usable & b.infused[subject] & (day > infusion + b.window_days + CLOSE_DAYS)
    at = np.flatnonzero((early | late) & _assessed(domain, frame))
    if not len(at):
        return out, visits
    moved = in_other_year(day[at], np.where(early[at], 1, -1))
    around = _rows_between(seen, subject[at], day[at] - ALONE_DAYS, day[at] + ALONE_DAYS)
    that_day = _rows_between(seen, subject[at], day[at], day[at])
    beside = _rows_between(seen, subject[at], moved - 1, moved + 1)
    in_course = (moved >= infusion[at]) & (moved <= infusion[at] + b.window_days)
    odd = at[in_course & (beside > 0) & (around == that_day) & (that_day <= ALONE_ROWS)]
    holds = early[odd] | _holds_support(domain, frame.iloc[odd])
    out[odd[holds]], visits[odd[~holds]] = True, True
    return out, visits


def _rows_between(
    seen: tuple[np.ndarray, np.ndarray], subject: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """How many assessments each subject has from one date to another."""
    wide = 1 << 24
    key = seen[0] * wide + np.maximum(seen[1], -wide // 2) + wide // 2
    return np.searchsorted(key, subject * wide + last + wide // 2, "right") - np.searchsorted(
        key, subject * wide + first + wide // 2, "left"
    )


def _holds_support(domain: str, frame: pd.DataFrame) -> np.ndarray:
    """Rows that say that something was given: support, a drug, fluid."""
    if domain == "neuro":
        return np.zeros(len(frame), dtype=bool)
    if domain == "interventions":
        return _assessed(domain, frame)
    pressor, device = (
        frame["vasopressors"].to_numpy(dtype=object),
        frame["oxygen_device"].to_numpy(dtype=object),
    )
    given = (~pd.isna(pressor) & (pressor != "none")) | (~pd.isna(device) & (device != "room_air"))
    return np.asarray(
        given
        | (frame["oxygen_flow"].to_numpy(dtype=float) > 0)
        | (frame["fluid_bolus"].to_numpy(dtype=float) == 1)
    )


# ---------------------------------------------------------------- what is said


def _lines(
    frame: pd.DataFrame, at: np.ndarray, day: np.ndarray, years: np.ndarray, told: Told
) -> Iterator[Issue]:
    """A line per row, with the subject, the date, what the row holds, and the year that would fit; many rows of one subject are one."""
    subject, row, sheet = (frame[c].to_numpy() for c in ("subject", "row", "sheet"))
    many = (
        pd.Series(at).groupby([subject[at], sheet[at]]).cumcount().to_numpy()
        if len(at)
        else np.empty(0, dtype=np.int64)
    )
    for i, nth in zip(at[many < LINES].tolist(), many[many < LINES].tolist(), strict=True):
        who = told.bounds.ids[subject[i]]
        alike = int(((subject[at] == subject[i]) & (sheet[at] == sheet[i])).sum()) if nth == LINES - 1 else 0
        more = f"; {alike - LINES} more rows of this subject likewise" if alike > LINES else ""
        fits = said(in_other_year(day[[i]], int(years[i]))[0]) if years[i] else ""
        found = f"subject {who}: a row of {said(day[i])}, {_beyond(told.bounds, int(subject[i]), int(day[i]))}{_holding(frame, i)}{more}"
        expected = f"a date of the course; {fits} would fit" if fits else "a date of the course"
        where = told.sheets[int(sheet[i])]
        place, done = (where.file, where.sheet, int(row[i])), "the row is not graded; correct the date"
        yield Issue(
            "set aside", "date-implausible-row", *place, _letter(where), str(who), found, expected, done
        )


def _letter(sheet: Sheet) -> str:
    return next(
        (
            sheet.columns[c]
            for c in ("datetime", "date", "start", "study_day", "cdisc_day")
            if c in sheet.columns
        ),
        "",
    )


def _beyond(b: Bounds, i: int, day: int) -> str:
    """Which bound a date lies beyond."""
    if day < b.birth[i]:
        return f"before the birth on {said(b.birth[i])}"
    for bound, name in ((b.death, "death"), (b.cutoff, "data cut-off"), (b.contact, "last contact")):
        if bound[i] < FAR and day > bound[i] + 1:
            return f"after the {name} on {said(bound[i])}"
    away = day - b.infusion[i]
    return f"{abs(away)} days {'after' if away > 0 else 'before'} the infusion on {said(b.infusion[i])}"


def _holding(frame: pd.DataFrame, i: int) -> str:
    """What the row says, for the signs that a grade could rest on."""
    held: list[str] = []
    for name in SIGNS:
        value: Any = frame[name].iloc[i] if name in frame else None
        if value is not None and value == value:
            held.append(
                f"{name.replace('_', ' ')} {value:g}"
                if isinstance(value, float)
                else f"{name.replace('_', ' ')} {value}"
            )
    return f"; it holds {', '.join(held)}" if held else ""


def _one_note(domain: str, frame: pd.DataFrame, rows: np.ndarray, what: str, told: Told) -> Iterator[Issue]:
    """One note per sheet for these rows, which are ordinary and only old."""
    at = np.flatnonzero(rows)
    for place in np.unique(frame["sheet"].to_numpy()[at]).tolist():
        here = at[frame["sheet"].to_numpy()[at] == place]
        sheet = told.sheets[int(place)]
        found = f"{len(here)} {domain} rows {what}, first in row {int(frame['row'].iloc[here[0]])}"
        place = (sheet.file, sheet.sheet, None, _letter(sheet))
        yield Issue("note", "rows-of-old-date", *place, found=found, done="used as they stand")


def _note_late(frames: Mapping[str, pd.DataFrame], b: Bounds) -> Iterator[Issue]:
    """One note per subject for rows more than a day after its data cut-off or last contact that no other year would explain."""
    bound = np.minimum(b.cutoff, b.contact)
    subject, day = assessed_days(frames)
    late = np.flatnonzero((day > bound[subject] + 1) & (day > -FAR))
    for i in np.unique(subject[late]).tolist():
        days = day[late[subject[late] == i]]
        name, at = (
            ("data cut-off", b.cutoff[i]) if b.cutoff[i] <= b.contact[i] else ("last contact", b.contact[i])
        )
        yield Issue(
            "note",
            "rows-after-end",
            subject_id=str(b.ids[i]),
            expected="no row after it",
            found=f"subject {b.ids[i]}: {len(days)} rows after the {name} on {said(at)}, {said(days.min())} to {said(days.max())}",
            done="graded as they stand; the window ends before them",
        )
