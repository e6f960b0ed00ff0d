"""Reported events beside derived laboratory grades: what agrees, what is lower or higher, what nobody reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ae_dates import DAY
from ae_records import first_day

Record = dict[str, Any]


def verdict(reported: int | None, highest: int, grade: int | None, ceiling: int | None) -> str:
    """agrees where the two may be one grade, each from floor to ceiling; a missing reported grade is compared with nothing."""
    if grade is None:
        return "no-value"
    if reported is None:
        return "grade-missing"
    if highest < grade:
        return "reported-lower"
    return "agrees" if ceiling is None or reported <= ceiling else "reported-higher"


def highest(values: list[Record]) -> Record | None:
    """The value of the highest derived grade, the first of those; its ceiling is the highest of all that are looked at."""
    graded = [v for v in values if v["grade"] is not None]
    if not graded:
        return None
    top = min(graded, key=lambda v: (-v["grade"], v["date"]))
    return {**top, "grade_ceiling": max(v["grade_ceiling"] for v in graded)}


def of_events(
    records: list[Record], subject: Record, terms: dict[str, tuple[str, str]], labs: list[Record], days: int
) -> list[Record]:
    rows = []
    for event in sorted({r["event"] for r in records if r["event"] is not None}):
        own = [r for r in records if r["event"] == event]
        if own[0]["name"] not in terms:
            continue
        term, direction = terms[own[0]["name"]]
        start = min(map(first_day, own))
        ends = [r["end"] for r in own]
        end = None if None in ends else max(e.date() for e in ends)
        last = (
            subject["infusion"].date() + DAY * subject["window_end_day"] if end is None else end + DAY * days
        )
        near = [
            v for v in labs
            if (v["term"], v["direction"]) == (term, direction) and start - DAY * days <= v["date"] <= last
        ]  # fmt: skip
        top = highest(near)
        graded = [r for r in own if r["grade"] is not None]
        reported = max((r["grade"] for r in graded), default=None)
        above = max(r["grade_ceiling"] for r in own)
        rows.append({
            "subject_id": own[0]["subject_id"], "term": term, "direction": direction, "start": start, "end": end,
            "reported_grade": reported, "derived_grade": top and top["grade"],
            "derived_ceiling": top and top["grade_ceiling"], "derived_date": top and top["date"],
            "verdict": verdict(reported, above, top and top["grade"], top and top["grade_ceiling"]),
        })  # fmt: skip
    return rows


def runs_of(values: list[Record], least: int) -> list[list[Record]]:
    """Neighbouring values of one term that are all of the least grade or above; a value that is not graded ends no run."""
    runs: list[list[Record]] = []
    open_run = False
    for value in sorted((v for v in values if v["grade"] is not None), key=lambda v: v["date"]):
        if value["grade"] < least:
            open_run = False
            continue
        if not open_run:
            runs.append([])
        runs[-1].append(value)
        open_run = True
    return runs


def not_reported(
    records: list[Record],
    subject: Record,
    terms: dict[str, tuple[str, str]],
    labs: list[Record],
    days: int,
    least: int,
) -> list[Record]:
    rows = []
    first, last = subject["infusion"].date(), subject["infusion"].date() + DAY * subject["window_end_day"]
    for term, direction in sorted(set(terms.values())):
        own = [
            v for v in labs if (v["term"], v["direction"]) == (term, direction) and first <= v["date"] <= last
        ]
        said = [r for r in records if terms.get(r["name"]) == (term, direction)]
        for run in runs_of(own, least):
            begun, ended = run[0]["date"], run[-1]["date"]
            if not any(near(r, begun, ended, DAY * days) for r in said):
                top = highest(run)
                rows.append({
                    "subject_id": subject["subject_id"], "term": term, "direction": direction, "start": begun, "end": ended,
                    "reported_grade": None, "derived_grade": top["grade"], "derived_ceiling": top["grade_ceiling"],
                    "derived_date": top["date"], "verdict": "not-reported",
                })  # fmt: skip
    return rows


def near(record: Record, begun: date, ended: date, days: timedelta) -> bool:
    """Whether a reported record touches a run of values, with the days on either side."""
    if first_day(record) > ended + days:
        return False
    return record["end"] is None or record["end"].date() >= begun - days


def lab_verdicts(
    records: list[Record],
    subject: Record,
    terms: dict[str, tuple[str, str]],
    labs: list[Record],
    days: int = 1,
    least: int = 3,
) -> list[Record]:
    """All verdicts of one infused subject; `terms` says which folded name is which laboratory term and direction."""
    return of_events(records, subject, terms, labs, days) + not_reported(
        records, subject, terms, labs, days, least
    )
