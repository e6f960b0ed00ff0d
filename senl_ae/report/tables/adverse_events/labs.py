"""Reported adverse events against the laboratory: one line per event or run of values, and whether the two grades agree."""

from __future__ import annotations

from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import listing, numbers, with_ceiling
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE
from senl_ae.report.tables.table import Counting, Table

FILE = "ae_labs"


def there(counting: Counting) -> bool:
    return counting.mock or counting.results.has(FILE)


def absent(counting: Counting) -> tuple[str, str]:
    return (
        "nothing reported was compared with the laboratory",
        "grade a study that has both an events sheet and laboratory values",
    )


def rows(counting: Counting) -> Listing:
    found = counting.results.frame(FILE)
    derived = [
        with_ceiling(grade, ceiling) if grade or ceiling else ""
        for grade, ceiling in zip(
            numbers(found["derived_grade"]), numbers(found["derived_ceiling"]), strict=True
        )
    ]
    fields = {
        "Subject": found["subject_id"].tolist(),
        "Laboratory term": found["term"].tolist(),
        "Side": found["direction"].tolist(),
        "Reported as": found["pt"].tolist(),
        "Start": found["start"].tolist(),
        "End": found["end"].tolist(),
        "Reported": numbers(found["reported_grade"]),
        "Derived": derived,
        "on": found["derived_date"].tolist(),
        "Verdict": found["verdict"].tolist(),
        "Event": found["source_event"].str.replace(";", "; ").tolist(),
        "Value": found["source_lab"].str.replace(";", "; ").tolist(),
    }
    return listing(fields)


def notes(counting: Counting) -> list[str]:
    settings = counting.results.settings
    days, least = settings.get("ae_lab_days", 1), settings.get("ae_lab_min_grade", 3)
    return [
        "Each event that is named like a laboratory term, against the highest derived grade "
        f"from {days} day(s) before its start to {days} day(s) after its end; and each run of values of grade >= {least} that "
        "nobody reported. Reported higher: a treatment may explain it. Neither side is changed.",
    ]


TABLE = Table(
    "ae-labs",
    "11m",
    "Adverse events against the laboratory",
    rows=rows,
    needs=there,
    absent=absent,
    notes=notes,
    kind="listing",
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    first_lines=40,
)
