"""A subject's adverse events as reported, on their days, beside what was derived on the same days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.csv_text import plain_text
from senl_ae.report.explain.folder import Folder, Row, address, grade_cell, plain_table, sources

if TYPE_CHECKING:
    from rich.console import RenderableType

FILE = "adverse_events"
MOST_SHOWN = 40
COUNTS = {"yes": "yes", "assumed": "yes, assumed"}
WHY_NOT = {
    "late": "no, after the window",
    "lymphodepletion": "no, in the lymphodepletion",
    "before": "no, before",
}
"""Why a record is in no count of the window, by its period; of one that began in the window: it is not worse than before."""


def reported(of: Folder) -> list[Row]:
    """The records of the subject by their first day, those without one last."""
    rows: list[Row] = of.rows(FILE).to_dict("records") if of.has(FILE) else []  # type: ignore[assignment]
    return sorted(rows, key=lambda row: (row["start_day"] == "", _day(row["start_day"]), int(row["record"])))


def beginning(of: Folder) -> dict[int, str]:
    """Study day -> what was reported to begin on it, each with its grade and its last day."""
    found: dict[int, list[str]] = {}
    for row in reported(of):
        if row["start_day"]:
            found.setdefault(_day(row["start_day"]), []).append(_short(row))
    return {day: "; ".join(said) for day, said in found.items()}


def events_view(of: Folder, syndromes: Sequence[str], day: int | None = None) -> Iterator[RenderableType]:
    """Every record, or with a day those of it, with the highest derived grade of its days, whether it counts, and the rows it stands in."""
    from rich.text import Text

    rows = [row for row in reported(of) if day is None or _is_on(row, day)]
    if not rows:
        return
    yield Text(f"\nAdverse events as reported{'' if day is None else f', Day {day}'}", style="bold")
    names = ("Days", "Term", "Grade", *syndromes, "Serious", "Counts", "Rows")
    table = plain_table(*names, fixed=("Days", "Grade", *syndromes))
    for row in rows[:MOST_SHOWN]:
        table.add_row(
            Text(_days(row)),
            Text(_name(row)),
            _grade(row),
            *(_derived(of, name, row) for name in syndromes),
            Text({"1": "yes", "0": "no"}.get(row["serious"], "")),
            Text(_counts(row)),
            Text("; ".join(address(*where) for where in sources(row["source"]))),
        )
    yield table
    if syndromes:
        yield Text(
            f"{', '.join(syndromes)}: the highest grade derived on the days of the event.",
            style="dim",
        )
    if len(rows) > MOST_SHOWN:
        yield Text(f"{len(rows) - MOST_SHOWN} more in {FILE}.csv.", style="dim")


def _day(text: str) -> int:
    return int(text) if text else 0


def _is_on(row: Row, day: int) -> bool:
    """Whether an event was there on a day; one without an end goes on."""
    if not row["start_day"]:
        return False
    return _day(row["start_day"]) <= day and (not row["end_day"] or day <= _day(row["end_day"]))


def _name(row: Row) -> str:
    return plain_text(row["pt"] or row["term"])


def _short(row: Row) -> str:
    grade = f" {row['grade']}" if row["grade"] else ", no grade"
    to = row["end_day"]
    until = " (no end)" if not to else f" (to {to})" if to != row["start_day"] else ""
    return f"{_name(row)}{grade}{until}"


def _days(row: Row) -> str:
    """First and last day; ? where one is not known, ~ where it is a day that a partial date was put to."""
    first = f"{'~' if row['start_imputed'] else ''}{row['start_day'] or '?'}"
    last = f"{'~' if row['end_imputed'] and row['end_day'] else ''}{row['end_day']}"
    return first if first == last else f"{first} to {last}" if last else f"{first}, no end"


def _grade(row: Row) -> RenderableType:
    from rich.text import Text

    return grade_cell(row["grade"], row["grade_ceiling"]) if row["grade"] else Text("none")


def _derived(of: Folder, syndrome: str, row: Row) -> RenderableType:
    """The highest grade derived on the days of an event; of days without a record, none."""
    daily = of.rows("daily")
    daily = daily[(daily["syndrome"] == syndrome) & (daily["state"] != "no-record")]
    on = daily[[_is_on(row, int(day)) for day in daily["study_day"]]]
    highest = {
        name: max((text for text in on[name] if text), default="") for name in ("grade", "grade_ceiling")
    }
    return grade_cell(highest["grade"], highest["grade_ceiling"], "graded" if len(on) else "no-record")


def _counts(row: Row) -> str:
    """Whether a record is in the counts of the window, and if not, why."""
    if row["in_window"] == "1":
        return COUNTS.get(row["emergent"], "yes")
    return WHY_NOT.get(row["period"], "no, not worse than before" if row["emergent"] == "no" else "no")
