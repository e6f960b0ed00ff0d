"""What does not fit together in the reported adverse events, or is missing: one line a finding, for the site to settle."""

from __future__ import annotations

from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import listing
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE, absent, there
from senl_ae.report.tables.table import Counting, Table

CODES = (
    "end-before-start",
    "grade5-without-death",
    "grade5-outcome-not-fatal",
    "start-after-death",
    "end-after-death",
    "ongoing-with-end",
    "end-missing",
    "duplicate-record",
    "same-term-overlap",
    "grade-change-records",
    "start-imputed",
    "end-imputed",
    "day0-order-unknown",
    "worsening-unknown",
    "grade45-not-serious",
    "death-without-event",
    "fatal-without-grade5",
    "start-after-cutoff",
    "grade-missing",
    "serious-missing",
    "relation-missing",
    "not-coded",
    "term-in-two-classes",
    "fatal-disagrees",
    "grade-0",
    "event-without-term",
    "code-not-a-number",
)
"""The codes in issues.csv that are about reported adverse events."""


def rows(counting: Counting) -> Listing:
    found = counting.results.frame("issues")
    found = found[found["code"].isin(CODES)].sort_values(["subject_id", "code"], kind="stable")
    names = {
        "subject_id": "Subject",
        "code": "Finding",
        "severity": "Severity",
        "file": "File",
        "sheet": "Sheet",
        "row": "Row",
        "found": "Found",
        "expected": "Expected",
        "done": "Done",
    }
    return listing({title: found[name].tolist() for name, title in names.items()})


TABLE = Table(
    "ae-checks",
    "11k",
    "Consistency of the reported adverse events",
    rows=rows,
    needs=there,
    absent=absent,
    notes=lambda _: [
        "One line per finding. Nothing was changed: a record counts as it was reported unless the line says otherwise."
    ],
    kind="listing",
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    first_lines=20,
)
