"""When a reported event stands: partial dates as intervals, their imputation, and the period of its start. One record at a time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

Record = dict[str, Any]
DAY = timedelta(days=1)
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
UNKNOWN = {"", "UN", "UNK", "NK", "UNKNOWN", "未知", "不详"}


@dataclass(frozen=True)
class Span:
    """What a typed date says: the first and last moment it may mean, what was unknown of it (blank, D, M), and whether it has a clock."""

    first: datetime
    last: datetime
    unknown: str = ""
    timed: bool = False


def whole_days(first: date, last: date, unknown: str) -> Span:
    return Span(datetime.combine(first, time.min), datetime.combine(last, time.max), unknown)


def read_date(typed: str) -> Span | None:
    """The interval a cell stands for; None where nothing at all is known."""
    text = typed.strip().upper().replace("T", " ") if re.match(r"\d{4}-\d\d-\d\dT", typed) else typed.strip()
    if text.upper() in UNKNOWN:
        return None
    clock = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)(:\d\d)?", text)
    if clock:
        when = datetime.fromisoformat(f"{clock[1]} {clock[2]}")
        return Span(when, when, "", True)
    parts = [p for p in re.split(r"[-/.年月日 ]", text.upper()) if p]
    if len(parts) > 1 and re.fullmatch(r"\d{4}", parts[-1]):
        parts.reverse()
    year = int(parts[0])
    month = _part(parts, 1)
    day = _part(parts, 2)
    if month is None:
        return whole_days(date(year, 1, 1), date(year, 12, 31), "M")
    if day is None:
        return whole_days(date(year, month, 1), date(year, month, monthrange(year, month)[1]), "D")
    return whole_days(date(year, month, day), date(year, month, day), "")


def _part(parts: list[str], place: int) -> int | None:
    if place >= len(parts) or parts[place] in UNKNOWN:
        return None
    return MONTHS.index(parts[place]) + 1 if parts[place] in MONTHS else int(parts[place])


def infused_by_the_clock(subject: Record) -> bool:
    return not subject["infusion_is_date"]


def is_before_infusion(when: datetime, timed: bool, subject: Record) -> bool:
    """By the clock where both sides have one, else by dates."""
    if timed and infused_by_the_clock(subject):
        return when < subject["infusion"]
    return when.date() < subject["infusion"].date()


def study_day(when: datetime | None, subject: Record) -> int | None:
    return None if when is None else (when.date() - subject["infusion"].date()).days


def imputed_end(end: Span | None, start: datetime | None, subject: Record) -> datetime | None:
    """The last date of a partial end, not after death, last contact or cut-off, nor before the start."""
    if end is None or not end.unknown:
        return None if end is None else end.last
    last = end.last.date()
    for fact in ("death", "last_contact", "cutoff"):
        if subject.get(fact) is not None:
            last = min(last, subject[fact])
    return datetime.combine(last if start is None else max(last, start.date()), time.min)


def date_record(record: Record, subject: Record) -> None:
    """Puts start, start_timed, start_imputed, start_reaches_back, end, end_imputed, end_unused on the record."""
    start, end = read_date(record["start_raw"]), read_date(record["end_raw"])
    unused = start is not None and end is not None and end.last < start.first
    used = None if unused else end
    record.update(start_span=start, end_span=end, end_unused=unused)
    record["start_imputed"] = "missing" if start is None else start.unknown
    record["end_imputed"] = "" if end is None else end.unknown
    if not subject["infused"]:
        first = start.first if start else None
        record.update(start=first, start_timed=bool(start and start.timed), start_reaches_back=False)
        record["end"] = imputed_end(used, first, subject)
        return
    ended_before = used is not None and is_before_infusion(used.last, used.timed, subject)
    infusion_date = datetime.combine(subject["infusion"].date(), time.min)
    if start is None:
        first, timed = (None, False) if ended_before else (infusion_date, False)
    elif start.unknown and start.first <= infusion_date <= start.last and not ended_before:
        first, timed = infusion_date, False
    else:
        first, timed = start.first, start.timed
    reaches = start is None or (bool(start.unknown) and start.first <= infusion_date)
    record.update(start=first, start_timed=timed, start_reaches_back=reaches)
    record["end"] = imputed_end(used, first, subject)


def period_of(record: Record, subject: Record) -> str:
    """before, lymphodepletion, infusion or late; a day-only start on Day 0 is after the infusion."""
    start = record["start"]
    if start is None:
        return "before"
    if is_before_infusion(start, record["start_timed"], subject):
        begun = subject.get("lymphodepletion_start")
        return "lymphodepletion" if begun is not None and start.date() >= begun else "before"
    day = study_day(start, subject)
    return "infusion" if day is not None and day <= subject["window_end_day"] else "late"


def order_unknown(record: Record, subject: Record) -> bool:
    """A start on Day 0, as recorded or as imputed, where one side has no clock."""
    if record["start"] is None or study_day(record["start"], subject) != 0:
        return False
    return not (record["start_timed"] and infused_by_the_clock(subject))


def window_end_day(subject: Record, planned: int = 30) -> int:
    """The last day of the safety window: 30, or the day of death, last contact or cut-off, or the day before what ends it."""
    days = [planned]
    for fact, included in (
        ("death", 0), ("last_contact", 0), ("cutoff", 0), ("retreatment", 1), ("conditioning", 1), ("new_therapy", 1),
    ):  # fmt: skip
        when = subject.get(fact)
        if when is not None:
            days.append((when - subject["infusion"].date()).days - included)
    return min(days)
