"""Dates of which only a part is known (2014, 2014-01): they say when to no rule, and one line per column says so, not one per row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from senl_ae.issues import Issue, spans

PARTIAL = "date-partial"


def partial_in_lines(
    told: Sequence[Issue], needed: Mapping[tuple[str, str], Collection[int]]
) -> Iterator[Issue]:
    """All that was told, with one line per column for the single partial dates of the sheets that are named.

    needed: file and sheet -> the spreadsheet rows whose time a scale could have used. The dates of the others (a drug of no category, a
    reported event, which is kept without a time) are a note.
    """
    of: dict[tuple[str, str], list[Issue]] = {}
    for issue in told:
        if issue.code == PARTIAL and issue.row is not None and (issue.file, issue.sheet) in needed:
            of.setdefault((issue.file, issue.sheet), []).append(issue)
        else:
            yield issue
    for place, single in of.items():
        lost = [issue.severity != "note" and issue.row in needed[place] for issue in single]
        yield from _lines([issue for issue, is_lost in zip(single, lost, strict=True) if is_lost])
        rest = [issue for issue, is_lost in zip(single, lost, strict=True) if not is_lost]
        yield from _lines([replace(issue, severity="note", expected="") for issue in rest])


def _lines(told: Sequence[Issue]) -> Iterator[Issue]:
    """One line per column for these; a single one keeps its row and its words."""
    for column in dict.fromkeys(issue.column for issue in told):
        first, *more = (issue for issue in told if issue.column == column)
        if not more:
            yield first
            continue
        numbers = [issue.row for issue in (first, *more) if issue.row is not None]
        found = f"{len(numbers)} dates are only part of a date (rows {spans(numbers)}), first: {first.found}"
        yield replace(first, row=None, subject_id="", found=found, done="not used as a time")
