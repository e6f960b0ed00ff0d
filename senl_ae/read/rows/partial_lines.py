"""Dates of which only a part is known (2014, 2014-01): they say when to no rule, and one line per column says so, not one per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.headings.rows import Rows, spans

PARTIAL = "date-partial"


def partial_in_lines(rows: Rows, needed: np.ndarray | None = None) -> None:
    """Put what was said of single partial dates of a sheet into one line per column.

    needed: the rows whose time a scale could have used. The dates of the others (a drug of no category, a reported event, which is kept
    without a time) are a note.
    """
    place = (rows.table.file, rows.table.sheet)
    told = [
        i for i in rows.issues.found if i.code == PARTIAL and i.row is not None and (i.file, i.sheet) == place
    ]
    if not told:
        return
    taken = {id(issue) for issue in told}
    rows.issues.found[:] = [issue for issue in rows.issues.found if id(issue) not in taken]
    wanted = set((rows.index + 1 if needed is None else rows.index[needed] + 1).tolist())
    _tell(rows, [issue for issue in told if issue.severity != "note" and issue.row in wanted])
    _tell(
        rows,
        [
            replace(issue, severity="note", expected="")
            for issue in told
            if issue.severity == "note" or issue.row not in wanted
        ],
    )


def _tell(rows: Rows, told: Sequence[Issue]) -> None:
    """One line per column for these; a single one keeps its row and its words."""
    for column in dict.fromkeys(issue.column for issue in told):
        of = [issue for issue in told if issue.column == column]
        if len(of) == 1:
            rows.issues.extend(of)
            continue
        numbers = [issue.row for issue in of if issue.row is not None]
        found = f"{len(of)} dates are only part of a date (rows {spans(numbers)}), first: {of[0].found}"
        rows.about_sheet(of[0].severity, PARTIAL, found, of[0].expected, "not used as a time", column)
