"""Table 8c: every problem found in the input: where, what was found, what was expected, what was done about it."""

from __future__ import annotations

from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import listing
from senl_ae.report.tables.table import Counting, Table


def rows(counting: Counting) -> Listing:
    found = counting.results.frame("issues")
    names = {
        "severity": "Severity",
        "file": "File",
        "sheet": "Sheet",
        "row": "Row",
        "column": "Column",
        "subject_id": "Subject",
        "found": "Found",
        "expected": "Expected",
        "done": "Done",
        "code": "Code",
    }
    return listing({title: found[name].tolist() for name, title in names.items()})


TABLE = Table(
    "queries",
    "8c",
    "Queries",
    rows=rows,
    notes=lambda _: ["One line per problem found in the input."],
    kind="listing",
    first_lines=20,
)
