"""Which problems come first: a file or sheet that was not read, then what the study lacks, subjects, columns, values set aside, notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from senl_ae.issues import SEVERITIES, Issue


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its title over a list, the word that a line of it begins with, its codes."""

    title: str
    word: str
    codes: frozenset[str] = frozenset()
    thing: str = ""
    """What one problem of it is, when several stand in one line."""


KINDS = {
    "refusal": Kind("What stops grading", "refuse"),
    "sheet": Kind(
        "Whole files and sheets not read",
        "not read",
        frozenset({"unknown-sheet", "required-column-missing", "no-rows", "no-table"}),
        "sheet",
    ),
    "study": Kind(
        "What the study lacks or must confirm",
        "study",
        frozenset(
            {
                "age-without-unit",
                "arms-differ",
                "day0-disagrees",
                "day0-is-lymphodepletion",
                "day0-to-confirm",
                "fatal-disagrees",
                "no-source-oxygen",
                "no-source-vasopressors",
                "reported-only",
                "time-zone-converted",
            }
        ),
    ),
    "subject": Kind(
        "Subjects that match nothing",
        "no match",
        frozenset({"no-rows-in-window", "similar-subject-ids", "subject-not-listed", "subject-without-rows"}),
        "subject",
    ),
    "qualifier": Kind(
        "Qualifiers and headings not understood",
        "not understood",
        frozenset({"heading-not-whole", "measured-without-time", "unknown-qualifier", "unlisted-qualifier"}),
    ),
    "column": Kind(
        "Columns with values that were not used",
        "not used",
        frozenset({"unused-column", "column-without-heading", "several-values", "weight-varies"}),
        "column",
    ),
    "values": Kind("Values set aside", "set aside"),
    "note": Kind("Notes", "note"),
}
"""Every kind of problem, worst first. A code that is in none: a refusal, a value set aside or a note, as its severity says."""

RANK = {kind: rank for rank, kind in enumerate(KINDS)}
KIND_OF = {code: kind for kind, about in KINDS.items() for code in about.codes}
WHOLE_SHEET = frozenset({"unused-column", "column-ignored", "column-without-heading", "further-column"})
"""Codes whose columns stand in one line per sheet: an export has dozens of columns that no rule asks about."""
MOST_EXAMPLES, MOST_HEADINGS = 3, 40
_HEADING = re.compile(r'"[^"]+"')


@dataclass(frozen=True)
class Group:
    """Problems of one kind in one column of one sheet, with the first of them as the example.

    count: the cells, rows or columns concerned. lines: how many problems they are in issues.csv. subjects: how many subjects, 0 where it
    is about none. first: the address of the first. sentence: what was found there, expected and done. examples: the first of each
    different finding, the first one included, with their addresses. issue: the first itself.
    """

    kind: str
    severity: str
    code: str
    file: str
    sheet: str
    column: str
    count: int
    lines: int
    subjects: int
    first: str
    sentence: str
    examples: tuple[str, ...]
    issue: Issue

    @property
    def number(self) -> str:
        """How many, in words: 6 values in 3 subjects; nothing for a single one."""
        whole, in_subjects = self.code in WHOLE_SHEET, plural(self.subjects, "subject")
        if self.count == 1 or (self.count == self.subjects and self.lines == self.subjects):
            return in_subjects if self.subjects > 1 else ""
        thing = "column" if whole else "value" if self.severity == "set aside" else "time"
        return plural(self.count, thing) + (f" in {in_subjects}" if self.subjects else "")

    @property
    def word(self) -> str:
        """What a line about it begins with."""
        return self.severity if self.severity != "note" else KINDS[self.kind].word

    def line(self) -> str:
        """One line for people: where it is first, how many more there are, what was found, what was done."""
        thing, others = KINDS[self.kind].thing, self.lines - 1
        if others and self.code in WHOLE_SHEET:
            return f"{self.word}: {self.sentence}"
        of = f" ({plural(self.subjects, 'subject')})" if self.subjects > 1 and thing != "subject" else ""
        more = f" and {plural(others, thing, 'more') if thing else f'{others:,} more'}{of}" if others else ""
        return (
            f"{self.word}: {self.first}{more}: {self.sentence}"
            if self.first
            else f"{self.word}: {self.sentence}{_bracketed(more)}"
        )

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("issue", "examples")
        } | {"examples": [*self.examples]}


def plural(number: int, thing: str, before: str = "") -> str:
    """1 subject, 2 subjects, 3 more columns."""
    return f"{number:,} {before}{' ' if before else ''}{thing}{'' if number == 1 else 's'}"


def _bracketed(more: str) -> str:
    return f" [{more.strip()}]" if more else ""


def kind_of(issue: Issue) -> str:
    """Which kind a problem is of. A column without any value is no loss, whatever its heading says."""
    if issue.severity == "refuse":
        return "refusal"
    kind = KIND_OF.get(issue.code, "")
    if kind and (issue.rows or kind != "column"):
        return kind
    return "values" if issue.severity == "set aside" else "note"


def grouped(issues: Iterable[Issue]) -> list[Group]:
    """The problems as groups, worst kind first, within a kind the largest first. Their order does not depend on the order of reading."""
    alike: dict[tuple[str, ...], list[Issue]] = {}
    for issue in issues:
        kind = kind_of(issue)
        column = "" if issue.code in WHOLE_SHEET else issue.column
        alike.setdefault((kind, issue.severity, issue.code, issue.file, issue.sheet, column), []).append(
            issue
        )
    groups = [_group(key, found) for key, found in alike.items()]
    return sorted(groups, key=_order)


def _order(group: Group) -> tuple[int | str, ...]:
    where = (group.file, group.sheet, len(group.column), group.column, group.code)
    return (RANK[group.kind], SEVERITIES.index(group.severity), -group.count, *where)


def _group(key: tuple[str, ...], found: Sequence[Issue]) -> Group:
    kind, severity, code, file, sheet, column = key
    whole = code in WHOLE_SHEET and len(found) > 1
    # a column with a nearest known name is most likely a misspelling: it is told first
    ordered = sorted(
        found,
        key=lambda i: (whole and not i.expected, i.row or 0, len(i.column), i.column, i.subject_id, i.found),
    )
    first = ordered[0]
    subjects = {i.subject_id for i in found if i.subject_id}.union(*(i.subjects for i in found))
    return Group(
        kind,
        severity,
        code,
        file,
        sheet,
        column,
        count=len(found) if code in WHOLE_SHEET else sum(issue.rows for issue in found),
        lines=len(found),
        subjects=len(subjects),
        first=first.where,
        sentence=_headings(first, ordered, 12) if whole else _said(first),
        examples=_examples(ordered, whole),
        issue=first,
    )


def _examples(ordered: Sequence[Issue], whole: bool) -> tuple[str, ...]:
    """The first of each different finding in full; of the columns of a sheet the likely misspellings, and the headings of all."""
    different: dict[str, Issue] = {}
    for issue in ordered:
        if not whole or issue.expected:
            different.setdefault(issue.found, issue)
        if len(different) == MOST_EXAMPLES:
            break
    told = tuple(issue.sentence() for issue in different.values())
    return (
        (*told, f"{_headings(ordered[0], ordered, MOST_HEADINGS)}; `senl-ae columns` shows each.")
        if whole
        else told
    )


def _headings(first: Issue, ordered: Sequence[Issue], most: int) -> str:
    """The headings of columns of one sheet, as their messages begin with them, or their letters."""
    names = [quoted[0] if (quoted := _HEADING.match(issue.found)) else issue.column for issue in ordered]
    place = first.file + (f', sheet "{first.sheet}"' if first.sheet else "")
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    holding = " with values" if kind_of(first) == "column" else ""
    return f"{place}: {plural(len(names), 'column')}{holding}: {', '.join(names[:most])}{more}"


def _said(issue: Issue) -> str:
    """What was found and what was done: what was expected is left to the full message, so that the line stays short."""
    return "; ".join(part for part in (issue.found, issue.done) if part)


def worst(groups: Sequence[Group], most: int) -> tuple[list[Group], list[Group]]:
    """The groups that are said before the grades, and those that are left over. Plain notes are neither.

    At most so many, worst first, and one of every kind among them: twenty unknown sheets do not hide that a subject matches nothing.
    """
    all_told = [group for group in groups if group.kind != "note"]
    first = {group.kind: position for position, group in reversed(list(enumerate(all_told)))}
    others = [position for position in range(len(all_told)) if position not in first.values()]
    chosen = {*first.values(), *others[: max(most - len(first), 0)]}
    return [g for n, g in enumerate(all_told) if n in chosen], [
        g for n, g in enumerate(all_told) if n not in chosen
    ]


def left_over(groups: Sequence[Group]) -> str:
    """What was not shown, in words: 12 not used, 1,204 set aside."""
    parts = []
    for kind, about in KINDS.items():
        of = [group for group in groups if group.kind == kind]
        if of:
            number = sum(group.count if kind == "values" else group.lines for group in of)
            parts.append(f"{number:,} {about.word}")
    return ", ".join(parts)


def in_lines(issues: Sequence[Issue], most: int, singly: int = 12) -> tuple[list[tuple[str, str]], int]:
    """Problems as (word that it begins with, line), worst first, and how many problems are in no line.

    Few refusals are one line each, for every one has to be mended; many, and everything else, one line per group. Plain notes are counted.
    """
    groups = grouped(issues)
    refusals = [issue for issue in issues if issue.severity == "refuse"]
    lines: list[tuple[str, str, int]] = []
    if len(refusals) <= singly:
        lines += [(issue.severity, issue.sentence(), 1) for issue in refusals]
        groups = [group for group in groups if group.severity != "refuse"]
    for group in groups:
        if group.kind == "note":
            continue
        if group.severity == "refuse":
            lines.append(
                (
                    group.word,
                    group.examples[0] + (f" [and {group.lines - 1:,} more]" if group.lines > 1 else ""),
                    group.lines,
                )
            )
        else:
            lines.append((group.word, group.line().removeprefix(f"{group.word}: "), group.lines))
    return [line[:2] for line in lines[:most]], len(issues) - sum(line[2] for line in lines[:most])
