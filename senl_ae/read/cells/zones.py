"""Which time zone a time names, and what is done about it: one throughout is left alone, several are converted or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import plain, shown
from senl_ae.read.cells.numbers import common
from senl_ae.study import NO_TIME
from senl_ae.vocabulary.items import word_key

LONGEST = 80
"""A longer text is no date-time with a zone."""
_TAIL = re.compile(
    r"\s*[\[(]?(?P<name>[a-z\u4e00-\u9fff][a-z_/\u4e00-\u9fff]*(?:/[a-z_]+)?)?\s*(?P<offset>[+-]\s?\d{1,2}(?::?\d{2})?)?[\])]?"
    r"\s*(?P<remark>[\[(][^\[\]()]{1,40}[\])])?$"
)
_CLOCK_BEFORE = re.compile(
    r"(?::\d{2}(?:[.,]\d{1,9})?|t\d{4}(?:\d{2}(?:[.,]\d{1,9})?)?|t\d{2}|\d{8}\s?\d{4}(?:\d{2}(?:\.\d+)?)?|^\d{4}(?:\d{2})?|[时点分秒])(?:\s*[ap]\.?m\.?)?$"
)
_START_OF_TAIL = re.compile(r"(?<=[\d时点分秒.m])\s*(?:[\[(]|[a-z\u4e00-\u9fff]|[+-])")
_MINUTES = (0, 15, 30, 45)
_FARTHEST_HOURS = 14


@dataclass(frozen=True)
class ZoneSeen:
    """A zone that times of one column name (empty: clock times without a zone), how many do, and the first of them."""

    zone: str
    times: int
    file: str
    sheet: str
    column: str
    row: int
    example: str = ""


def zone_of(cell: Any) -> str:
    """The time zone that a cell of a date-time names: an offset (`+08:00`), a name whose offset is not said, or nothing."""
    return _apart(cell)[1]


def without_zones(cells: Sequence[Any]) -> tuple[list[Any], np.ndarray | None]:
    """Distinct cells without the zones they name, and the zone of each (empty: none); None where no cell names one."""
    apart = [_apart(cell) for cell in cells]
    if not any(zone for _, zone in apart):
        return list(cells), None
    zones = np.empty(len(cells), dtype=object)
    zones[:] = [zone for _, zone in apart]
    return [cell for cell, _ in apart], zones


def _apart(cell: Any) -> tuple[Any, str]:
    """One cell without its zone, and the zone."""
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        return (
            (cell, "")
            if offset is None
            else (cell.replace(tzinfo=None), _signed(round(offset.total_seconds() / 60)))
        )
    if not isinstance(cell, str) or not _may_name_one(cell):
        return cell, ""
    text = plain(cell).casefold()
    for start in _START_OF_TAIL.finditer(text):
        before, tail = text[: start.start()], text[start.start() :]
        m = _TAIL.match(tail)
        if m is None or not _CLOCK_BEFORE.search(before):
            continue
        zone = _zone(m["name"] or "", (m["offset"] or "").replace(" ", ""), (m["remark"] or "")[1:-1])
        if zone:
            return before, zone
    return cell, ""


def _may_name_one(text: str) -> bool:
    """Whether a text can end in a zone: in a letter or a bracket, or in digits after a sign that stands behind a clock time."""
    if len(text) > LONGEST:
        return False
    text = text.rstrip()
    if not text[-1:].isdigit():
        return any(c.isdigit() for c in text)
    return (
        "+" in text
        or "−" in text
        or "＋" in text
        or (text.rfind("-") >= 4 and ":" in text[: text.rfind("-")])
        or "t" in text[:11].casefold()
    )


def _zone(name: str, offset: str, remark: str) -> str:
    """The zone in one spelling: +08:00 for `+0800`, `UTC+8`; +00:00 for `Z`, `UTC`, `GMT`; a listed name or Area/City as it is; or none."""
    utc = word_key(name) in common("utc") if name else False
    listed = bool(name) and (word_key(name) in common("zone_names") or ("/" in name and name.isascii()))
    if name and not (utc or listed):
        return ""
    if offset:
        digits = offset[1:].replace(":", "")
        if len(digits) == 1 and not name:
            return ""
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours > _FARTHEST_HOURS or minutes not in _MINUTES:
            return ""
        return _signed((hours * 60 + minutes) * (-1 if offset[0] == "-" else 1))
    if utc:
        return _signed(0)
    return name.upper() if listed else remark.upper() if "/" in remark else ""


def _signed(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


# ---------------------------------------------------------------- one clock for the whole study


def in_zone(seconds: np.ndarray, zones: np.ndarray, time_zone: str) -> np.ndarray:
    """Local clock times that name a zone, as the clock of `time_zone` showed them; those that name none are of it already.

    A zone whose offset nobody can tell (EST, CST) leaves its times as they are: `settle_zones` refuses it."""
    out = seconds.copy()
    codes, names = pd.factorize(zones)
    for code, name in enumerate(names):
        at = np.flatnonzero((codes == code) & (seconds != NO_TIME))
        utc = _utc(seconds[at], name) if name and len(at) else None
        if utc is not None:
            local = (
                pd.DatetimeIndex(utc.astype("datetime64[s]"))
                .tz_localize("UTC")
                .tz_convert(time_zone)
                .tz_localize(None)
            )
            out[at] = local.to_numpy().astype("datetime64[s]").astype(np.int64)
    return out


def _utc(seconds: np.ndarray, name: str) -> np.ndarray | None:
    """Local times of a zone in universal time; None where the name does not say an offset."""
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return np.asarray(seconds - (-minutes if name[0] == "-" else minutes) * 60)
    known = known_zone(name)
    if known is None:
        return None
    local = pd.DatetimeIndex(seconds.astype("datetime64[s]")).tz_localize(
        known, ambiguous=False, nonexistent="shift_forward"
    )
    return local.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)


def known_zone(name: str) -> str | None:
    """The name of a zone (Area/City) as this machine's time zone data has it, whatever its case; None when they have none such."""
    from zoneinfo import available_timezones

    return next(
        (zone for zone in available_timezones() if zone.casefold() == name.casefold() and "/" in zone), None
    )


def settle_zones(seen: Sequence[ZoneSeen], time_zone: str) -> list[Issue]:
    """Say once what the zones of a study come to: one zone, and the clock times stay as written; several, and `time_zone` must be set."""
    named = [one for one in seen if one.zone]
    if not named:
        return []
    zones = sorted({one.zone for one in named})
    first = named[0]
    where: dict[str, Any] = {"file": first.file, "sheet": first.sheet, "column": first.column}
    count = sum(one.times for one in named)
    unclear = [zone for zone in zones if zone[0] not in "+-" and known_zone(zone) is None]
    if (unclear and time_zone) or (len(zones) > 1 and not time_zone):
        told = [
            f"{zone or 'none'} ({_place(next(one for one in seen if one.zone == zone))})"
            for zone in (*zones, *_zoneless(seen))
        ]
        needed = (
            "times that name their offset, as in +08:00"
            if unclear and time_zone
            else "one zone throughout, or a setting that says which"
        )
        done = (
            f"write the offset instead of {', '.join(unclear)}"
            if unclear
            else 'add to senl-ae.toml the zone that the study is told in: time_zone = "Area/City", such as "Asia/Shanghai"'
        )
        found = f"times name different zones: {', '.join(told)}"
        return [Issue("refuse", "several-time-zones", **where, found=found, expected=needed, done=done)]
    if time_zone:
        found = f"{count} date-times name a time zone ({', '.join(zones)}), first {_place(first)}"
        done = f"converted to {time_zone}; times without a zone are of it"
        return [Issue("note", "time-zone-converted", **where, found=found, done=done)]
    others = ", others name none" if _zoneless(seen) else ""
    found = f"{first.example} and {count - 1} other date-times name the time zone {zones[0]}{others}"
    done = "the local clock times are kept as they are written"
    return [
        Issue("note", "time-zone-dropped", **where, found=found, expected="one zone throughout", done=done)
    ]


def _zoneless(seen: Sequence[ZoneSeen]) -> list[str]:
    return [""] if any(not one.zone for one in seen) else []


def _place(one: ZoneSeen) -> str:
    sheet = f' sheet "{one.sheet}"' if one.sheet else ""
    return f"{one.file}{sheet} {one.column}{one.row}: {one.example}"


def zones_in(
    rows: Any, cells: np.ndarray, zones: np.ndarray | None, clocked: np.ndarray, column: str
) -> list[ZoneSeen]:
    """What zones the times of one column name; `clocked`: rows that say a clock time, which without a zone count as one more."""
    if zones is None:
        at = np.flatnonzero(clocked)
        return [_seen(rows, cells, "", at, column)] if len(at) else []
    found = []
    codes, names = pd.factorize(zones)
    for code, name in enumerate(names):
        at = np.flatnonzero((codes == code) & clocked)
        if len(at):
            found.append(_seen(rows, cells, str(name), at, column))
    return found


def _seen(rows: Any, cells: np.ndarray, zone: str, at: np.ndarray, column: str) -> ZoneSeen:
    first = int(at[0])
    return ZoneSeen(
        zone,
        len(at),
        rows.table.file,
        rows.table.sheet,
        column,
        int(rows.index[first]) + 1,
        shown(cells[first]),
    )
