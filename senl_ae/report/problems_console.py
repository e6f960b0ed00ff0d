"""What is said about problems on the terminal: before the grades what was not read, after them the notes, instead of them the refusals."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from senl_ae.issues import Issues
from senl_ae.report.problem_groups import Group, in_lines, left_over, plural, worst

STYLES = {"refuse": "bold red", "set aside": "yellow", "note": "dim"}
NOT_READ = "bold red"
"""What was not read at all is as loud as a refusal: the grades below it are of the rest."""
MOST_LINES = 12
MOST_WORDS = 6
"""A command with more words than this is told with FILES instead of them."""
NARROWEST = 100
"""Lines are cut at the width of the terminal, but not shorter than this: what was found must still be read."""


def not_read_view(groups: Sequence[Group], again: Sequence[str], folder: Path, width: int) -> list[Text]:
    """What was not read or not used, worst first, one line each and at most twelve; nothing where all was used.

    again: the words after `senl-ae check` that read the same files the same way.
    """
    told, left = worst(groups, MOST_LINES - 2)
    lines = []
    for group in told:
        line = Text(group.line())
        line.stylize(STYLES[group.severity] if group.kind == "values" else NOT_READ, 0, len(group.word) + 1)
        line.truncate(max(width, NARROWEST), overflow="ellipsis")
        lines.append(line)
    if left:
        lines.append(Text(f"... and more: {left_over(left)}"))
    if told:
        command = shlex.join(["senl-ae", "check", *(again if len(again) <= MOST_WORDS else ["FILES"])])
        lines.append(Text(f"all of it: {command}   or {folder / 'issues.csv'}"))
    return lines


def closing_view(groups: Sequence[Group], folder: Path) -> list[Text]:
    """The notes, counted, and where everything is."""
    notes: Counter[str] = Counter()
    for group in groups:
        if group.kind == "note":
            notes[group.code] += group.lines
    lines = [Text("notes: " + ", ".join(f"{n} {code}" for code, n in sorted(notes.items())))] if notes else []
    return [*lines, Text(f"results: {folder}   all problems: {folder / 'issues.csv'}")]


def refusals_view(issues: Issues, shown: int) -> list[Text]:
    """Why nothing was done, worst first: every refusal where they are few, else one line per kind, with a count of the rest."""
    lines, left = in_lines(issues.sorted(), shown)
    view = [Text.assemble((f"{word}: ", STYLES.get(word, NOT_READ)), line) for word, line in lines]
    if left or len(lines) < len(issues.found):
        rest = f"... and {plural(left, 'problem', 'more')}; " if left else "... "
        view.append(Text(f"{rest}`senl-ae check FILES --csv OUT` writes every problem"))
    return view
