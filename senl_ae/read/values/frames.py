"""Puts the rows of all sheets of one domain into one frame: sorted, the same row once, contradictions kept and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.issues import Issues
from senl_ae.read.cells.columns import SET_ASIDE
from senl_ae.read.values.several_readings import READING, note_readings
from senl_ae.study import FRAMES, NO_TIME, Sheet

ADDRESS = ("sheet", "row")
WHEN = {
    "vitals": "time",
    "neuro": "time",
    "labs": "time",
    "interventions": "start",
    "events": "start",
    "adverse_events": "start_first",
    "adjudications": "start",
}

DUPLICATE = {"adverse_events": "duplicate-record"}
"""The code of a row that is there twice, where the domain has one of its own."""


@dataclass
class Part:
    """Rows of one domain out of one sheet: a position in Study.sheets, spreadsheet rows, subject ids, and the columns it has."""

    domain: str
    sheet: int
    row: np.ndarray
    subject_id: np.ndarray
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def take(self, mask: np.ndarray) -> Part:
        return (
            self
            if mask.all()
            else Part(
                self.domain,
                self.sheet,
                self.row[mask],
                self.subject_id[mask],
                {k: v[mask] for k, v in self.values.items()},
            )
        )


def empty(column: str, length: int, domain: str) -> np.ndarray:
    """A column that no sheet has: no time, not a date, no word or no number, as the column is declared."""
    frame = FRAMES[domain]
    return frame.blank(column, length) if column in frame.kinds else np.full(length, None, dtype=object)


def stack(domain: str, parts: Sequence[Part], position: pd.Index) -> pd.DataFrame:
    """All rows of a domain, with every column of the contract, sorted by subject, time, day rows after timed rows, sheet and row."""
    lengths = [len(part.row) for part in parts]
    columns: dict[str, np.ndarray] = {}
    ids = _joined([part.subject_id for part in parts]) if parts else np.empty(0, dtype=object)
    codes, distinct = pd.factorize(ids)
    columns["subject"] = (
        position.get_indexer(pd.Index(distinct))[codes] if len(ids) else np.empty(0, dtype=np.int64)
    )
    for name in list(FRAMES[domain].kinds)[1:]:
        if name == "sheet":
            columns[name] = np.repeat(np.array([part.sheet for part in parts], dtype=np.int64), lengths)
        elif name == "row":
            columns[name] = (
                _joined([part.row for part in parts]).astype(np.int64)
                if parts
                else np.empty(0, dtype=np.int64)
            )
        elif any(name in part.values for part in parts):
            columns[name] = _joined(
                [
                    part.values.get(name, empty(name, n, domain))
                    for part, n in zip(parts, lengths, strict=True)
                ]
            )
        else:
            columns[name] = empty(name, sum(lengths), domain)
    for name in sorted({name for part in parts for name in part.values if name.endswith(SET_ASIDE)}):
        columns[name] = np.concatenate(
            [part.values.get(name, np.zeros(n, dtype=bool)) for part, n in zip(parts, lengths, strict=True)]
        )
    if any(READING in part.values for part in parts):
        none = [np.full(n, None, dtype=object) for n in lengths]
        columns[READING] = _joined([part.values.get(READING, n) for part, n in zip(parts, none, strict=True)])
    order = _order(columns, WHEN[domain], "is_day" if "is_day" in columns else "start_is_date")
    if order is not None:
        columns = {name: column[order] for name, column in columns.items()}
    return as_frame(columns)


def _joined(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Columns one below the other; a single one is not copied."""
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def as_frame(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Columns as a frame, words kept as objects: pandas would make strings of them and turn None into NaN."""
    return pd.DataFrame(
        {
            name: pd.Series(c, dtype=object, copy=False) if c.dtype == object else c
            for name, c in columns.items()
        },
        copy=False,
    )


def take_set_aside(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Column name -> True on the rows whose cell said something that could not be used; taken out of the frame, as is the reading."""
    if READING in frame:
        del frame[READING]
    names = [name for name in frame.columns if name.endswith(SET_ASIDE)]
    return {name.removesuffix(SET_ASIDE): frame.pop(name).to_numpy() for name in names}


def _order(columns: dict[str, np.ndarray], when: str, day: str) -> np.ndarray | None:
    """Whole in order of subject, time and day; None when the rows are in order already. Ties keep the order of sheets and rows."""
    time, subject = columns[when], columns["subject"]
    if not len(time):
        return None
    known = time[time != NO_TIME]
    base = int(known.min()) if len(known) else 0
    since = np.where(time == NO_TIME, 0, time - base + 1)
    if int(since.max()) < 2**40 and int(subject.max()) < 2**21:
        key = (subject.astype(np.int64) << 42) | (since << 1) | columns[day]
        return None if (key[1:] >= key[:-1]).all() else np.argsort(key, kind="stable")
    return np.lexsort((columns[day], since, subject))


def _ties(frame: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Positions of the rows that share subject and time with a neighbour. Clean records have next to none."""
    if len(frame) < 2:
        return np.empty(0, dtype=np.int64)
    same = np.ones(len(frame) - 1, dtype=bool)
    for key in keys:
        values = frame[key].to_numpy()
        same &= values[1:] == values[:-1]
    tied = np.zeros(len(frame), dtype=bool)
    tied[1:] |= same
    tied[:-1] |= same
    return np.flatnonzero(tied)


def once(
    domain: str,
    frame: pd.DataFrame,
    sheets: Sequence[Sheet],
    names: np.ndarray,
    issues: Issues,
    counts: dict[str, int],
) -> pd.DataFrame:
    """The same row twice counts once, with a note; rows that differ are all kept."""
    day = [c for c in ("is_day", "start_is_date") if c in frame]
    tied = _ties(frame, ["subject", WHEN[domain], *day])
    if not len(tied):
        return frame
    facts = [c for c in frame.columns if c not in ADDRESS]
    some = frame.iloc[tied]
    again = some.duplicated(subset=facts).to_numpy()
    if not again.any():
        return frame
    first = some[facts].groupby(facts, dropna=False, sort=False).ngroup().to_numpy()
    first_row = pd.Series(np.arange(len(some))).groupby(first).transform("first").to_numpy()
    row, sheet, subject = (some[c].to_numpy() for c in ("row", "sheet", "subject"))
    for i in np.flatnonzero(again).tolist():
        j = int(first_row[i])
        one, two = sheets[sheet[j]], sheets[sheet[i]]
        place = f"row {row[j]}" + (
            ""
            if (one.file, one.sheet) == (two.file, two.sheet)
            else f" of {one.file}" + (f', sheet "{one.sheet}"' if one.sheet else "")
        )
        issues.add(
            "note",
            DUPLICATE.get(domain, "duplicate-row"),
            file=two.file,
            sheet=two.sheet,
            row=int(row[i]),
            subject_id=str(names[subject[i]]),
            found=f"the same {domain.replace('_', ' ')} row as {place}",
            done="counted once",
        )
    counts[f"{domain}_rows_duplicate"] = counts.get(f"{domain}_rows_duplicate", 0) + int(again.sum())
    keep = np.ones(len(frame), dtype=bool)
    keep[tied[again]] = False
    return frame[keep].reset_index(drop=True)


def name_conflicts(
    domain: str, frame: pd.DataFrame, sheets: Sequence[Sheet], names: np.ndarray, issues: Issues
) -> None:
    """Two rows of one subject and time that give one item different values: both stay (the worse one is graded), each with a note.

    Rows that differ in visit, timepoint or position are several readings of that time: one note per column.
    """
    keys = ["subject", "time", "is_day"] + (["test", "specimen", "doubtful"] if domain == "labs" else [])
    tied = _ties(frame, ["subject", "time", "is_day"])
    if not len(tied):
        return
    some = frame.iloc[tied]
    group = (
        some.groupby([*keys, *([READING] if READING in frame else [])], dropna=False, sort=False)
        .ngroup()
        .to_numpy()
    )
    columns = (
        ["value"]
        if domain == "labs"
        else [
            c
            for c in frame.columns
            if c not in (*keys, *ADDRESS, READING) and not c.endswith(("_upper", SET_ASIDE))
        ]
    )
    if READING in frame:
        note_readings(domain, some, keys, columns, sheets, issues)
    row, sheet, subject = (some[c].to_numpy() for c in ("row", "sheet", "subject"))
    test = some["test"].to_numpy(dtype=object) if domain == "labs" else None
    for column in columns:
        values = some[column].to_numpy()
        filled = ~pd.isna(values)
        distinct = pd.DataFrame(
            {"group": group[filled], "value": values[filled], "at": np.flatnonzero(filled)}
        ).drop_duplicates(["group", "value"])
        twice = distinct[distinct["group"].duplicated(keep=False)].sort_values(["group", "at"], kind="stable")
        if twice.empty:
            continue
        group_of, place = twice["group"].to_numpy(), twice["at"].to_numpy()
        starts = np.flatnonzero(np.append(True, group_of[1:] != group_of[:-1]))
        order = np.argsort(place[starts], kind="stable")  # in the order of the rows
        for start, end in zip(
            starts[order].tolist(), np.append(starts[1:], len(place))[order].tolist(), strict=True
        ):
            at = place[start:end]
            last = int(at[-1])
            where = sheets[sheet[last]]
            said = " and ".join(f"{_plain(values[i])} (row {row[i]})" for i in at[:4].tolist())
            issues.add(
                "note",
                "conflicting-values",
                file=where.file,
                sheet=where.sheet,
                row=int(row[last]),
                column=where.columns.get(column, ""),
                subject_id=str(names[subject[last]]),
                found=f"{test[last] if test is not None else column} at one time: {said}",
                expected="one value",
                done="both kept; the worse one is graded",
            )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
