"""The queries of graded.xlsx: every problem of the input, and every day whose grade could be higher, for the site to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.issues import ONE_BY_ONE, Issue
from senl_ae.report.explain.folder import sources
from senl_ae.report.graded.cells import BOLD, SMALL, Tables, finish, fit, headings, put
from senl_ae.report.problem_groups import RANK, grouped, kind_of
from senl_ae.report.words import settle

if TYPE_CHECKING:
    from senl_ae.issues import Issues

MOST_QUERIES = 20_000
"""Writing cells is slow: of more, the first, and a line that says where the others are."""


def queries(sheet: Worksheet, tables: Tables, issues: Issues) -> None:
    """Every problem of the input and every day that could be graded higher, with room for the site's answer."""
    columns = (
        ("No.", 6),
        ("Kind", 11),
        ("Subject", 11),
        ("Syndrome", 10),
        ("Day", 6),
        ("File", 17),
        ("Sheet", 14),
        ("Row", 7),
        ("Column", 8),
        ("Found", 46),
        ("Expected, or what would settle it", 38),
        ("What was done", 32),
        ("Answer", 28),
    )
    headings(sheet, 1, [c for c, _ in columns], [w for _, w in columns])
    problems = issues.sorted()
    to_answer = [i for i in problems if i.severity != "note"]
    to_answer.sort(
        key=lambda i: RANK[kind_of(i)]
    )  # a sheet that was not read before a value in it; the order within is kept
    one_by_one, together = _notes([i for i in problems if i.severity == "note"])
    ordered = [*map(_line, to_answer), *_open_days(tables), *map(_line, one_by_one), *together]
    for number, line in enumerate(ordered[:MOST_QUERIES], 1):
        put(sheet, number + 1, 1, number)
        for j, value in enumerate(line, 2):
            put(sheet, number + 1, j, value, wrap=j >= 6)
        fit(sheet, number + 1, [(str(line[j - 2] or ""), columns[j - 1][1]) for j in (6, 7, 10, 11, 12)])
    left = len(ordered) - MOST_QUERIES
    if left > 0:
        put(sheet, MOST_QUERIES + 2, 1, f"{left:,} more: see issues.csv and assessments.csv", BOLD)
    if not ordered:
        put(sheet, 2, 2, "none", SMALL).alignment = Alignment(horizontal="left")
    finish(sheet, 1, "D2", min(len(ordered), MOST_QUERIES) + 1, len(columns))


def _line(issue: Issue) -> Sequence[Any]:
    """One problem as a line of the sheet."""
    where = (issue.file, issue.sheet, issue.row, issue.column)
    return (issue.severity, issue.subject_id, "", None, *where, issue.found, issue.expected, issue.done)


def _notes(notes: Sequence[Issue]) -> tuple[list[Issue], list[Sequence[Any]]]:
    """The notes that a site answers one by one, and of all others a line per kind: pages of them would hide the queries."""
    one_by_one = [i for i in notes if (i.subject_id and i.rows == 1) or i.code in ONE_BY_ONE]
    alone = set(map(id, one_by_one))
    rest = [i for i in notes if id(i) not in alone]
    one_by_one.sort(key=lambda i: RANK[kind_of(i)])
    lines: list[Sequence[Any]] = []
    for group in grouped(rest):
        several = (
            "note",
            "",
            "",
            None,
            group.file,
            group.sheet,
            None,
            group.column,
            " ".join(group.examples),
            "",
            "",
        )
        lines.append(_line(group.issue) if group.lines == 1 else several)
    return one_by_one, lines


def _open_days(tables: Tables) -> list[Sequence[Any]]:
    """One line per day of the window whose ceiling is above its grade: what it is, what would settle it, where to look."""
    daily, all_of = tables["daily"], tables["assessments"]
    grade, ceiling = np.asarray(daily["grade"], dtype=float), np.asarray(daily["grade_ceiling"], dtype=float)
    at = np.flatnonzero(np.nan_to_num(ceiling) > np.nan_to_num(grade))
    days = np.asarray(daily["study_day"]).astype(int)
    top = {(daily["subject_id"][i], daily["syndrome"][i], int(days[i])): float(ceiling[i]) for i in at}
    wants: dict[Any, dict[str, None]] = {}
    rows: dict[Any, dict[tuple[str, str, str], None]] = {}
    of_day = np.asarray(all_of["study_day"]).astype(int)
    opened = np.asarray(all_of["grade_ceiling"], dtype=float)
    for i in np.flatnonzero(opened > 0):
        key = (all_of["subject_id"][i], all_of["syndrome"][i], int(of_day[i]))
        if top.get(key) == opened[i]:
            wants.setdefault(key, {})[settle(all_of["missing"][i] or "")] = None
            rows.setdefault(key, {}).update(
                {(f, s, r): None for f, s, numbers in sources(all_of["source"][i] or "") for r in numbers}
            )
    lines: list[Sequence[Any]] = []
    for i in at:
        key = (daily["subject_id"][i], daily["syndrome"][i], int(days[i]))
        where = list(rows.get(key, {})) or [("", "", "")]
        found = (
            f"grade {grade[i]:.0f} on {daily['date'][i]}"
            if grade[i] == grade[i]
            else f"not evaluable on {daily['date'][i]}"
        )
        found += f"; up to {ceiling[i]:.0f} is not ruled out" + (
            f" (rows {', '.join(w[2] for w in where[:12])})" if len(where) > 1 else ""
        )
        needs = "; ".join(w for w in wants.get(key, {}) if w)
        lines.append(
            (
                "open grade",
                key[0],
                key[1],
                key[2],
                where[0][0],
                where[0][1],
                int(where[0][2]) if where[0][2] else None,
                "",
                found,
                needs,
                "counted as the grade that is proven",
            )
        )
    return lines
