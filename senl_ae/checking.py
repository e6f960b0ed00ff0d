"""The site's own check: every problem of the files, how each heading was understood, and on which days each subject was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.issues import SEVERITIES, Issues, Refused
from senl_ae.report.problem_groups import KINDS as PROBLEMS
from senl_ae.report.problem_groups import Group, grouped, plural
from senl_ae.settings import FILE_NAME, Settings

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

    from senl_ae.study import Assign, InputFile

STYLES = {"refuse": "bold red", "set aside": "yellow", "note": "dim"}
COUNTED = {
    "refuse": ("refusal", " (nothing is graded)"),
    "set aside": ("value", " set aside"),
    "note": ("note", ""),
}
KINDS = ("vitals", "support", "neuro", "labs")
MOST_SUBJECTS = 30
"""Pictures of so many subjects are shown; of more, those seen worst."""
LONG_GAP = 2
"""A gap in the vital signs of more days than this is pointed out."""


@dataclass(frozen=True)
class Checked:
    """What a check found. Without a coverage the files were refused: nobody can say who was seen when."""

    files: tuple[str, ...]
    issues: Issues
    coverage: pd.DataFrame | None
    inputs: tuple[InputFile, ...] = ()
    subjects: int = 0
    infused: int = 0

    def summary(self) -> dict[str, Any]:
        """The same for programs: counts by severity and code, the problems by kind, and the days seen per subject."""
        codes = Counter((issue.severity, issue.code) for issue in self.issues.found)
        seen = [] if self.coverage is None else self.coverage.drop(columns=list(KINDS)).to_dict("records")
        return {
            "files": list(self.files),
            "refused": self.issues.refused,
            "subjects": self.subjects,
            "infused": self.infused,
            "problems": {severity: self.issues.count(severity) for severity in SEVERITIES},
            "codes": [
                {"severity": severity, "code": code, "count": n}
                for (severity, code), n in sorted(codes.items())
            ],
            "inputs": [{"name": i.name, "size": i.size, "sha256": i.sha256} for i in self.inputs],
            "groups": [group.facts() for group in grouped(self.issues.found)],
            "coverage": [{name: _plain(value) for name, value in row.items()} for row in seen],
        }


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int)) else int(value)


def check_files(files: Sequence[Path], settings: Settings, assign: Assign | None = None) -> Checked:
    """Every problem that reading and grading these files would meet; nothing is written. Problems are returned, never raised."""
    from senl_ae.grade.rules.in_force import checked_scales
    from senl_ae.grade.study import grade_study
    from senl_ae.read.study import coverage, read_study
    from senl_ae.study import NO_TIME

    names = tuple(path.name for path in files)
    try:
        study = read_study(list(files), settings, assign=dict(assign or {}))
    except Refused as refused:
        return Checked(names, refused.issues, None)
    # some problems only show when the values are put to use: a laboratory unit that no rule knows, a bolus without a blood pressure
    graded = grade_study(study, settings, checked_scales([]))
    infused = int((study.subjects.infusion != NO_TIME).sum())
    seen = coverage(study, settings.safety_window_days)
    return Checked(names, graded.all_issues, seen, tuple(study.inputs), len(study.subjects), infused)


# ---------------------------------------------------------------- problems


def problem_view(checked: Checked, shown: int = 20) -> list[RenderableType]:
    """The problems by kind, worst first, each kind of a column with its first examples, and the picture of who was seen when.

    shown: of each kind so many groups.
    """
    return [*_problems(checked, shown), *_coverage(checked)]


def _problems(checked: Checked, shown: int) -> Iterator[RenderableType]:
    from rich.text import Text

    found = checked.issues
    counts = ", ".join(plural(n, COUNTED[s][0]) + COUNTED[s][1] for s in SEVERITIES if (n := found.count(s)))
    yield Text(f"{', '.join(checked.files)}: {counts or 'no problems'}", style="bold")
    groups = grouped(found.found)
    for kind, about in PROBLEMS.items():
        of = [group for group in groups if group.kind == kind]
        if not of:
            continue
        yield Text(f"\n{about.title}", style="bold")
        for group in of[:shown]:
            yield from _entry(group)
        if len(of) > shown:
            lines = sum(group.lines for group in of[shown:])
            yield Text(
                f"  ... and {plural(lines, 'problem', 'more')} of {plural(len(of) - shown, 'kind')}.",
                style="bold",
            )
    if groups and sum(len(group.examples) for group in groups) < len(found.found):
        yield Text("\nOf each kind the first are shown; --csv FILE writes every problem.", style="bold")


def _entry(group: Group) -> Iterator[RenderableType]:
    """One group: its code, how many, in whom; below it, set in, the first of its different findings in full."""
    from rich.text import Text

    yield Text.assemble(
        "  ", (group.code, STYLES[group.severity]), f"  {group.number}" if group.number else ""
    )
    for example in group.examples:
        yield _SetIn(Text(example))


@dataclass(frozen=True)
class _SetIn:
    """A text set in from the left, wrapped at the width there is, without blanks at the end of its lines."""

    text: Text
    by: int = 6

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        from rich.text import Text

        for line in self.text.wrap(console, options.max_width - self.by):
            line.rstrip()
            yield Text(" " * self.by) + line


# ---------------------------------------------------------------- coverage


def _coverage(checked: Checked) -> Iterator[RenderableType]:
    from rich.text import Text

    if checked.coverage is None:
        yield Text("\nWho was seen when cannot be shown before the problems that stop grading are mended.")
        return
    seen = checked.coverage
    left_out = checked.subjects - checked.infused
    yield Text(
        f"\nDays with a record, from Day 0 on ({checked.subjects} subjects, {checked.infused} infused)",
        style="bold",
    )
    if not len(seen):
        return
    kinds = [kind for kind in KINDS if (seen[f"{kind}_days"] > 0).any()]
    absent = [kind for kind in KINDS if kind not in kinds]
    shown = (
        seen
        if len(seen) <= MOST_SUBJECTS
        else seen.sort_values(["vitals_days", "subject_id"], kind="stable").head(MOST_SUBJECTS)
    )
    label = max(len(str(s)) for s in shown["subject_id"])
    most = int(seen["last_day"].max())
    yield Text(" " * (label + 10) + _ruler(most), style="dim", no_wrap=True)
    for row in shown.to_dict("records"):
        for j, kind in enumerate(kinds):
            yield _line(row, kind, label if j == 0 else -label, most)
    yield Text(
        '"#": recorded; ".": no record. The days end with death, last contact or the data cut-off.',
        style="dim",
    )
    if len(seen) > len(shown):
        yield Text(
            f"Shown are the {len(shown)} subjects seen on the fewest days; {len(seen) - len(shown):,} more are not shown.",
            style="bold",
        )
    if absent:
        yield Text(f"Nobody has any record of: {', '.join(absent)}.", style="yellow")
    gaps = seen[seen["gap"] > LONG_GAP].sort_values(
        ["gap", "subject_id"], ascending=[False, True], kind="stable"
    )
    if len(gaps):
        named = ", ".join(
            f"{s} ({g} days)" for s, g in zip(gaps["subject_id"].head(12), gaps["gap"].head(12), strict=True)
        )
        more = f" and {len(gaps) - 12} more" if len(gaps) > 12 else ""
        yield Text(f"Longest gaps without vital signs: {named}{more}.", style="yellow")
    if left_out:
        yield Text(f"{plural(left_out, 'subject')} without an infusion: not shown.")


def _line(row: Mapping[Any, Any], kind: str, label: int, most: int) -> Text:
    """One kind of record of one subject: its picture and how many days."""
    from rich.text import Text

    name = str(row["subject_id"]).ljust(label) if label > 0 else " " * -label
    picture = str(row[kind])
    text = Text(f"{name}  {kind:<8}", no_wrap=True)
    text.append(picture, style="" if "#" in picture else "dim")
    text.append(
        " " * (most + 1 - len(picture)) + f"  {row[f'{kind}_days']} of {row['last_day'] + 1}", style="dim"
    )
    return text


def _ruler(last: int) -> str:
    """Every fifth day has its number over its character."""
    line = ""
    for day in range(0, last + 1, 5):
        line = line.ljust(day) + str(day)
    return line


# ---------------------------------------------------------------- columns


def columns_view(
    files: Sequence[Path], settings: Settings, assign: Assign | None = None
) -> list[RenderableType]:
    """Each sheet's headings: what each was understood as and why, or the nearest known name. Raises Refused where no file can be opened."""
    from rich.text import Text

    from senl_ae.read.study import describe_columns

    found = describe_columns(list(files), settings, assign=dict(assign or {})).fillna("")
    parts: list[RenderableType] = []
    unused = elsewhere = 0
    for (file, sheet), rows in found.groupby(["file", "sheet"], sort=False):
        read = str(rows["read"].iloc[0])
        what = (
            f": {read}"
            if read
            else ": a data dictionary"
            if (rows["why"] == "a data dictionary").all()
            else ": not understood"
        )
        parts.append(
            Text(f"\n{file}{f', sheet {chr(34)}{sheet}{chr(34)}' if sheet else ''}{what}", style="bold")
        )
        table = _table("Column", "Heading", "Understood as", "Unit", "Why")
        for row in rows.to_dict("records"):
            known = bool(row["item"])
            unused += not known and bool(read)
            elsewhere += not read
            understood = f"{row['domain']}.{row['item']}" if known else "not used" if read else "not read"
            why = row["why"] or (
                f"nearest known name: {row['nearest']}" if row["nearest"] and not known else ""
            )
            if row["why"] and row["nearest"] and not known:
                why += f"; nearest known name: {row['nearest']}"
            style = "" if known else "yellow"
            table.add_row(
                Text(row["column"]),
                Text(str(row["heading"])),
                Text(understood, style=style),
                Text(row["unit"]),
                Text(why),
            )
        parts.append(table)
    more = f"; {elsewhere} on sheets that are not read" if elsewhere else ""
    parts.append(Text(f"\n{len(found)} headings, {unused} not used{more}."))
    if unused:
        parts.append(
            Text(
                f'To settle one for the whole study, write into {FILE_NAME}:  [columns]  "HEADING" = "item", or "ignore"'
            )
        )
    return parts


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table
