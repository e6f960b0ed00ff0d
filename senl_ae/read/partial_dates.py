"""Dates of which only a part is known (2014, 2014-01): they say when to no rule, and one line per column says so."""

from __future__ import annotations

from collections.abc import Sequence

from senl_ae.issues import Issue, Issues
from senl_ae.read.rows import Rows, spans

PARTIAL = "date-partial"


def take_partial(issues: Issues, since: int) -> list[Issue]:
    """Take out what was said of single partial dates since a position, to be said once per column."""
    told = [issue for issue in issues.found[since:] if issue.code == PARTIAL and issue.row is not None]
    if told:
        issues.found[since:] = [issue for issue in issues.found[since:] if issue.code != PARTIAL or issue.row is None]
    return told


def tell_partial(rows: Rows, severity: str, told: Sequence[Issue]) -> None:
    """One line per column for these; a single one keeps its row and its words."""
    for column in dict.fromkeys(issue.column for issue in told):
        of = [issue for issue in told if issue.column == column]
        if len(of) == 1:
            rows.issues.add(
                severity, PARTIAL, file=of[0].file, sheet=of[0].sheet, row=of[0].row, column=column, subject_id=of[0].subject_id,
                found=of[0].found, expected=of[0].expected if severity != "note" else "", done=of[0].done,
            )
            continue
        numbers = [issue.row for issue in of if issue.row is not None]
        found = f"{len(of)} dates are only part of a date (rows {spans(numbers)}), first: {of[0].found}"
        rows.about_sheet(severity, PARTIAL, found, of[0].expected if severity != "note" else "", "not used as a time", column)
