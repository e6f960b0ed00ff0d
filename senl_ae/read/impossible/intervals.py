"""Intervals whose end cannot be (a year that is off, past the last record, weeks of support): how far they count, and that it is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import SET_ASIDE
from senl_ae.read.cells.years import FAR, days_of, nearest_year
from senl_ae.read.impossible.bounds import Bounds, Told, last_records, said
from senl_ae.read.rows.times import show_time
from senl_ae.study import DAY, NO_TIME, Sheet

OVERRUN_DAYS = 3
"""Support may run on so long after the last row of a record that ends before it, as when a patient leaves the ward."""
YEARS_OFF_DAYS = 300
"""The end of a reported event, or of oxygen at home, that lies so far after everything else has the wrong year."""
SUPPORT_COLUMNS = {
    "vasopressor": "vasopressors",
    "oxygen": "oxygen_device",
    "fluid": "fluid_bolus",
    "sedation": "sedated",
}
"""Support, and the column of vital signs or neurological checks that says so as well. Other courses of drugs may well run for weeks."""
GIVEN_COLUMNS = {name: name for name in ("tocilizumab", "corticosteroid", "antipyretic", "anticytokine")}
OTHER_CAUSE = frozenset({"airway_protection", "procedure", "seizure", "sleep_apnoea", "home", "baseline"})
"""Indications that excuse support: there a longer interval lowers the grade."""


def settle_intervals(frames: dict[str, pd.DataFrame], longest_days: int, told: Told) -> list[Issue]:
    """Let intervals with an end that cannot be count to the last date on which another row supports them, else to no end; each is said.

    Adds `end_recorded`, the end as it was recorded, where `end` is no longer that; the interval may have run on after `end`."""
    frame = frames["interventions"]
    b = told.bounds
    horizon = np.maximum(last_records(frames, len(b.ids)), np.where(b.contact < FAR, b.contact, -FAR))
    issues = list(_note_reported(frames, horizon, told))
    if not len(frame):
        return issues
    subject = frame["subject"].to_numpy(dtype=np.int64)
    start, end = (
        days_of(frame["start"].to_numpy(dtype=np.int64), FAR),
        days_of(frame["end"].to_numpy(dtype=np.int64), -FAR),
    )
    category = frame["category"].to_numpy(dtype=object).astype(str)
    going = frame["ongoing"].to_numpy(dtype=float) == 1
    excused = np.isin(frame["indication"].to_numpy(dtype=object).astype(str), list(OTHER_CAUSE))
    known = (start < FAR) & (end > -FAR) & b.infused[subject]
    lasting = excused & (start < b.infusion[subject])  # oxygen at home goes on after the record
    overrun = np.where(lasting, YEARS_OFF_DAYS, OVERRUN_DAYS)
    beyond = known & ((end > horizon[subject] + overrun) | (end > b.death[subject] + 1))
    too_long = (
        known & (end - start > longest_days) & ~going & ~lasting & np.isin(category, list(SUPPORT_COLUMNS))
    )
    backwards = known & (end < start)
    wrong = beyond | too_long | backwards
    if not wrong.any():
        return issues
    at = np.flatnonzero(wrong)
    end = np.where(backwards, start + longest_days, end)
    supported = _last_supported(frames, at, ~wrong, end, horizon)
    counted = np.where(supported > start[at], supported, -FAR)
    issues += _lines(frame, at, counted, horizon, beyond[at], longest_days, told)
    to = np.where(excused[at], np.maximum(np.minimum(horizon[subject[at]], end[at]), start[at]), counted)
    frames["interventions"] = _shortened(frame, at, to)
    _mark_both_ends(frames, frame, at, counted, excused[at], end[at], horizon, b)
    return issues


def _last_supported(
    frames: Mapping[str, pd.DataFrame],
    at: np.ndarray,
    trusted: np.ndarray,
    claimed: np.ndarray,
    horizon: np.ndarray,
) -> np.ndarray:
    """The last date, from the start of each of these intervals on, on which another row of its category says that it ran; -FAR: none.

    claimed: per row of the frame, until when it could have run."""
    frame = frames["interventions"]
    subject, category = (
        frame["subject"].to_numpy(dtype=np.int64),
        frame["category"].to_numpy(dtype=object).astype(str),
    )
    start, end = (
        days_of(frame["start"].to_numpy(dtype=np.int64), -FAR),
        days_of(frame["end"].to_numpy(dtype=np.int64), -FAR),
    )
    out = np.full(len(at), -FAR, dtype=np.int64)
    for kind in np.unique(category[at]).tolist():
        mine = np.flatnonzero(category[at] == kind)
        same = category == kind
        who, when = _rows_that_say(frames, kind)
        who = np.concatenate([who, subject[same], subject[same & trusted]])
        when = np.concatenate([when, start[same], end[same & trusted]])
        wide = 1 << 24
        key = np.sort(who[when > -FAR] * wide + when[when > -FAR] + wide // 2)
        rows = at[mine]
        last = np.minimum(claimed[rows], horizon[subject[rows]])
        before = np.searchsorted(key, subject[rows] * wide + last + wide // 2, "right") - 1
        found = (
            key[np.maximum(before, 0)] - subject[rows] * wide - wide // 2
            if len(key)
            else np.full(len(rows), -FAR)
        )
        out[mine] = np.where((before >= 0) & (found >= start[rows]), found, -FAR)
    return out


def _rows_that_say(frames: Mapping[str, pd.DataFrame], kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Subject and date of every row of vital signs or neurological checks that says that this kind of support was given."""
    column = (SUPPORT_COLUMNS | GIVEN_COLUMNS).get(kind, "")
    frame = frames["neuro" if kind == "sedation" else "vitals"]
    if column not in frame:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    value = frame[column].to_numpy()
    if kind == "vasopressor":
        says = ~pd.isna(value) & (value != "none") & (value != "0")
    elif kind == "oxygen":
        flow = frame["oxygen_flow"].to_numpy(dtype=float)
        says = (~pd.isna(value) & ~np.isin(value.astype(str), ("room_air", "refused"))) | (
            pd.isna(value) & (flow > 0)
        )
    else:
        says = value.astype(float) == 1
    says = np.asarray(says, dtype=bool)
    return frame["subject"].to_numpy(dtype=np.int64)[says], days_of(
        frame["time"].to_numpy(dtype=np.int64)[says], -FAR
    )


def _shortened(frame: pd.DataFrame, at: np.ndarray, to: np.ndarray) -> pd.DataFrame:
    """The frame with these intervals ending with a date (days since 1970; -FAR: no end), and with the end that was recorded beside it.

    One that excuses support lasts to the last record: that it ended earlier would be for the worse, and is not known."""
    end, is_date = (
        frame["end"].to_numpy(dtype=np.int64).copy(),
        frame["end_is_date"].to_numpy(dtype=bool).copy(),
    )
    recorded = np.full(len(frame), NO_TIME, dtype=np.int64)
    recorded[at] = end[at]
    end[at] = np.where(to > -FAR, to * DAY, NO_TIME)
    is_date[at] = to > -FAR
    return frame.assign(end=end, end_is_date=is_date, end_recorded=recorded)


def _mark_both_ends(
    frames: dict[str, pd.DataFrame],
    frame: pd.DataFrame,
    at: np.ndarray,
    counted: np.ndarray,
    excused: np.ndarray,
    end: np.ndarray,
    horizon: np.ndarray,
    b: Bounds,
) -> None:
    """Where an interval may have run on and so excuse or suspend what a row says, that cell is one that nobody can read.

    Also the course that an interval with a mistyped year of its start may cover."""
    subject = frame["subject"].to_numpy(dtype=np.int64)[at]
    start = days_of(frame["start"].to_numpy(dtype=np.int64)[at], FAR)
    category = frame["category"].to_numpy(dtype=object).astype(str)[at]
    late_start = (
        (start < b.infusion[subject])
        & (end >= b.infusion[subject])
        & np.isin(category, ("vasopressor", "oxygen"))
        & ~excused
    )
    for kind, column in SUPPORT_COLUMNS.items():
        widen = (category == kind) & (excused | (kind == "sedation") | late_start)
        if not widen.any() or kind == "fluid":
            continue
        # the rows that an excuse would excuse are no support for how long it lasted
        first = np.where(
            late_start, b.infusion[subject], np.where((counted > -FAR) & ~excused, counted, start) + 1
        )
        last = np.minimum(end, horizon[subject])
        domain = "neuro" if kind == "sedation" else "vitals"
        target = frames[domain]
        who, day = (
            target["subject"].to_numpy(dtype=np.int64),
            days_of(target["time"].to_numpy(dtype=np.int64), -FAR),
        )
        doubt = np.zeros(len(target), dtype=bool)
        for i in np.flatnonzero(widen).tolist():
            doubt |= (who == subject[i]) & (day >= first[i]) & (day <= last[i])
        filled = ~pd.isna(target[column].to_numpy())
        doubt &= ~filled if kind == "sedation" or late_start[category == kind].any() else filled
        name = column + SET_ASIDE
        before = target[name].to_numpy(dtype=bool) if name in target else np.zeros(len(target), dtype=bool)
        frames[domain] = target.assign(**{name: before | doubt})


def _lines(
    frame: pd.DataFrame,
    at: np.ndarray,
    counted: np.ndarray,
    horizon: np.ndarray,
    beyond: np.ndarray,
    longest_days: int,
    told: Told,
) -> Iterator[Issue]:
    """A line for each interval: what it claims, what it can be, how far it counts."""
    b = told.bounds
    subject, row, sheet = (frame[c].to_numpy()[at] for c in ("subject", "row", "sheet"))
    start, end = frame["start"].to_numpy(dtype=np.int64)[at], frame["end"].to_numpy(dtype=np.int64)[at]
    dated = frame["start_is_date"].to_numpy(dtype=bool)[at], frame["end_is_date"].to_numpy(dtype=bool)[at]
    high = np.minimum(np.maximum(horizon[subject] + 1, days_of(start, 0)), days_of(start, 0) + longest_days)
    years = nearest_year(days_of(end, 0), days_of(start, 0), high)
    for i in range(len(at)):
        name = frame["agent"].iloc[at[i]] or frame["category"].iloc[at[i]]
        who = int(subject[i])
        span = f"{name} from {show_time(int(start[i]), bool(dated[0][i]))} to {show_time(int(end[i]), bool(dated[1][i]))}"
        if beyond[i]:
            last = min(int(horizon[who]), int(b.death[who]))
            why = f"the subject's {'death' if b.death[who] == last else 'last record'} is of {said(last)}"
        elif end[i] < start[i]:
            why = "it ends before it starts"
        else:
            why = f"{end[i] // DAY - start[i] // DAY} days, more than {longest_days}, and not said to be ongoing"
        fits = (
            f"; the year {said(days_of(end[[i]], 0)[0])[:4]} may be {int(said(days_of(end[[i]], 0)[0])[:4]) + years[i]}"
            if years[i]
            else ""
        )
        until = (
            f"to {said(counted[i])}, which another row supports"
            if counted[i] > -FAR
            else "to the end of its start date"
        )
        place = told.sheets[int(sheet[i])]
        yield _implausible(
            "set aside",
            place,
            int(row[i]),
            str(b.ids[who]),
            found=f"{span}: {why}{fits}",
            done=f"it counts {until}, and may have run on; correct the end, say that it is ongoing, or raise longest_interval_days",
        )


def _implausible(severity: str, sheet: Sheet, row: int, subject: str, *, found: str, done: str) -> Issue:
    column, expected = sheet.columns.get("end", ""), "the time at which it ended"
    code = "interval-implausible"
    return Issue(severity, code, sheet.file, sheet.sheet, row, column, subject, found, expected, done)


def _note_reported(frames: Mapping[str, pd.DataFrame], horizon: np.ndarray, told: Told) -> Iterator[Issue]:
    """Reported events and rulings whose end lies years after everything else of their subject: told, and left as they are."""
    for domain in ("events", "adjudications"):
        frame = frames.get(domain)
        if frame is None or not len(frame):
            continue
        subject, end = (
            frame["subject"].to_numpy(dtype=np.int64),
            days_of(frame["end"].to_numpy(dtype=np.int64), -FAR),
        )
        start = days_of(frame["start"].to_numpy(dtype=np.int64), -FAR)
        far = np.flatnonzero(
            (end > horizon[subject] + YEARS_OFF_DAYS) & (start > -FAR) & (horizon[subject] > -FAR)
        )
        years = nearest_year(end[far], start[far], np.maximum(horizon[subject[far]], start[far]) + 31)
        for i, off in zip(far[years != 0].tolist(), years[years != 0].tolist(), strict=True):
            place, year = told.sheets[int(frame["sheet"].iloc[i])], int(said(end[i])[:4])
            yield _implausible(
                "note",
                place,
                int(frame["row"].iloc[i]),
                str(told.bounds.ids[subject[i]]),
                found=f"it ends on {said(end[i])}, years after the subject's last record; the year {year} may be {year + off}",
                done="used as it stands; correct the end",
            )
