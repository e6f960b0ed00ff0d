"""Every count of the tables of adverse events, by dose level and Total, from records that were judged one by one.

A table is a list of rows in order; a row is (class, term, counts), where counts[column] holds n, grade3plus, possible3plus, events,
assumed, the number at each highest grade and `missing`, the subjects and the denominator.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from ae_records import courses, first_day, last_day
from ae_words import fold

Record = dict[str, Any]
Test = Callable[[Record], bool]
ANY = "Any adverse event"
TOTAL = "Total"


def percent(n: int, of: int) -> str:
    """One decimal, half up."""
    return str((Decimal(100 * n) / Decimal(of)).quantize(Decimal("0.1"), ROUND_HALF_UP)) if of else "-"


def columns(subjects: dict[str, Record]) -> dict[str, list[str]]:
    """The infused subjects of each dose level by numeric dose then label, of those without one, and of all."""
    infused = [s for s in subjects.values() if s["infused"]]
    levels = sorted({(float(s.get("dose") or "inf"), s["dose_level"]) for s in infused if s["dose_level"]})
    found = {level: [s["subject_id"] for s in infused if s["dose_level"] == level] for _, level in levels}
    without = [s["subject_id"] for s in infused if not s["dose_level"]]
    if without:
        found["Not assigned"] = without
    return {**found, TOTAL: [s["subject_id"] for s in infused]}


def events_among(records: list[Record], join: bool) -> int:
    """How many events the records stand for: by their numbers, or joined here where they have none (before the infusion)."""
    if not join:
        return len({(r["subject_id"], r["event"]) for r in records})
    named: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        named.setdefault((record["subject_id"], record["name"]), []).append(record)
    return sum(len(courses(own)) for own in named.values())


def count(records: list[Record], people: list[str], join: bool = False) -> Record:
    """One cell: a subject counts once, at the highest grade of its records here."""
    own: dict[str, list[Record]] = {}
    here = set(people)
    for record in records:
        if record["subject_id"] in here:
            own.setdefault(record["subject_id"], []).append(record)
    cell: Record = {"n": len(own), "of": len(people), "subjects": sorted(own), "missing": 0, "assumed": 0}
    cell.update(grade3plus=0, possible3plus=0, grades=dict.fromkeys(range(1, 6), 0))
    for found in own.values():
        grades = [r["grade"] for r in found if r["grade"] is not None]
        if grades:
            cell["grades"][max(grades)] += 1
        else:
            cell["missing"] += 1
        cell["grade3plus"] += bool(grades) and max(grades) >= 3
        cell["possible3plus"] += max(r["grade_ceiling"] for r in found) >= 3
        cell["assumed"] += all(r["emergent"] == "assumed" for r in found)
    cell["events"] = events_among([r for found in own.values() for r in found], join)
    return cell


def counts_by_column(records: list[Record], people: dict[str, list[str]], join: bool = False) -> Record:
    """One row: the cell of each column."""
    column_of = {who: column for column, names in people.items() if column != TOTAL for who in names}
    parted: dict[str, list[Record]] = {column: [] for column in people}
    for record in records:
        if record["subject_id"] in column_of:
            parted[column_of[record["subject_id"]]].append(record)
    parted[TOTAL] = records
    return {column: count(parted[column], who, join) for column, who in people.items()}


def term_table(
    records: list[Record],
    subjects: dict[str, Record],
    min_pct: float = 0,
    in_any: bool = False,
    join: bool = False,
) -> list[tuple[str, str, Record]]:
    """Any, then classes and their terms, the most frequent in Total first."""
    people = columns(subjects)

    def cells(kept: list[Record]) -> Record:
        return counts_by_column(kept, people, join)

    rows = [(ANY, "", cells(records))]
    classes = []
    for name in {fold(r["class"]) for r in records}:
        inside = [r for r in records if fold(r["class"]) == name]
        terms = [(t, cells([r for r in inside if r["name"] == t])) for t in {r["name"] for r in inside}]
        terms = [(t, c) for t, c in terms if frequent(c, min_pct, in_any)]
        terms.sort(key=lambda row: (-row[1][TOTAL]["n"], row[0]))
        if terms:
            classes.append((name, cells(inside), terms))
    for name, cell, terms in sorted(classes, key=lambda c: (-c[1][TOTAL]["n"], c[0])):
        rows.append((name, "", cell))
        rows += [(name, term, c) for term, c in terms]
    return rows


def frequent(cells: Record, min_pct: float, in_any: bool) -> bool:
    asked = cells.values() if in_any else [cells[TOTAL]]
    return any(c["of"] and Fraction(100 * c["n"], c["of"]) >= Fraction(str(min_pct)) for c in asked)


def counted(records: list[Record]) -> list[Record]:
    return [r for r in records if r["infused"] and r["in_window"]]


def at_least(grade: int) -> Test:
    return lambda r: r["grade"] is not None and r["grade"] >= grade


def is_related(r: Record) -> bool:
    """A missing relation counts as related."""
    return r["related"] != "no"


def is_serious(r: Record) -> bool:
    """A missing seriousness counts as not serious."""
    return r["serious"] == "yes"


FILTERED: dict[str, Test] = {
    "ae-terms": lambda r: True,
    "ae-grades": lambda r: True,
    "ae-related": is_related,
    "ae-serious": is_serious,
    "ae-fatal": lambda r: r["fatal"],
}


def tables(records: list[Record], subjects: dict[str, Record], **options: Any) -> dict[str, list]:
    """The tables of classes and terms, each of the records that it keeps."""
    made = {
        name: term_table([r for r in counted(records) if test(r)], subjects, **options)
        for name, test in FILTERED.items()
    }
    during = [r for r in records if r["infused"] and r["period"] == "lymphodepletion"]
    return {**made, "ae-lymphodepletion": term_table(during, subjects, join=True, **options)}


def not_worse(r: Record) -> bool:
    """Present before the infusion, and not worse after it as far as the record tells."""
    if "not-worse-than-baseline" in r["flags"]:
        return True
    known = r["baseline_grade"] is not None and r["grade"] is not None and r["grade"] <= r["baseline_grade"]
    return (
        known
        and r["period"] in ("before", "lymphodepletion")
        and r["emergent"] == "no"
        and (r["end_day"] is None or r["end_day"] > 0)
    )


def overview(
    records: list[Record], subjects: dict[str, Record], groups: list[Record]
) -> list[tuple[str, Record]]:
    """Subjects with at least one of each, by column; last the number of events."""
    window = counted(records)
    asked: list[tuple[str, Test]] = [
        ("event", lambda r: True),
        ("grade >= 3", at_least(3)),
        ("grade 4", lambda r: r["grade"] == 4),
        ("grade 5", lambda r: r["grade"] == 5),
        ("related", is_related),
        ("related grade >= 3", lambda r: is_related(r) and at_least(3)(r)),
        ("serious", is_serious),
        ("related serious", lambda r: is_related(r) and is_serious(r)),
        ("fatal", lambda r: r["fatal"]),
        ("dlt", lambda r: r["dlt"] == "yes"),
    ]
    for action in sorted({fold(r["action"]) for r in window if r["action"]}):
        asked.append((f"action {action}", lambda r, action=action: fold(r["action"]) == action))
    for group in groups:
        asked.append((f"interest {group['id']}", lambda r, group=group: group["id"] in r["aesi"]))
    people = columns(subjects)
    rows = [(name, counts_by_column([r for r in window if test(r)], people)) for name, test in asked]
    infused = [r for r in records if r["infused"]]
    for name, found in (
        ("lymphodepletion", [r for r in infused if r["period"] == "lymphodepletion"]),
        ("not worse", [r for r in infused if not_worse(r)]),
    ):
        rows.append((name, counts_by_column(found, people, join=True)))
    return [*rows, ("number of events", counts_by_column(window, people))]


def interest(
    records: list[Record], subjects: dict[str, Record], groups: list[Record]
) -> list[tuple[str, Record]]:
    """Of each group: any, grade >= 3, serious, its terms in their order, onset day per subject, events resolved of all events."""
    people = columns(subjects)
    made = []
    for group in groups:
        own = [r for r in counted(records) if group["id"] in r["aesi"]]
        cells = counts_by_column(own, people)
        for column, who in people.items():
            mine = [r for r in own if r["subject_id"] in who]
            cells[column]["serious"] = count([r for r in mine if is_serious(r)], who)["n"]
            cells[column]["onset"] = onset(mine)
            cells[column]["resolved"] = resolved(mine)
        names = {r["name"] for r in own}
        cells["terms"] = sorted(
            names, key=lambda t: (-len({r["subject_id"] for r in own if r["name"] == t}), t)
        )
        made.append((group["id"], cells))
    return made


def onset(records: list[Record]) -> tuple[float, int, int, int] | None:
    """Median, least and latest of the subjects' first days, and how many; what became worse after the infusion began on no earlier day."""
    days = {}
    for r in records:
        day = max(0, r["start_day"])
        days[r["subject_id"]] = min(days.get(r["subject_id"], day), day)
    return (median(days.values()), min(days.values()), max(days.values()), len(days)) if days else None


def resolved(records: list[Record]) -> int:
    """Subjects all of whose events here end in a record that says resolved."""
    events: dict[tuple, list[Record]] = {}
    for r in records:
        events.setdefault((r["subject_id"], r["event"]), []).append(r)
    open_still = {
        subject
        for (subject, _), event in events.items()
        if max(event, key=lambda r: (first_day(r), last_day(r), r["record"]))["outcome"] != "resolved"
    }
    return len({subject for subject, _ in events} - open_still)


__all__ = ["ANY", "TOTAL", "columns", "interest", "overview", "percent", "tables"]
