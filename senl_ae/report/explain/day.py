"""One day of one subject in full: every assessment with its values, the rules that set its grade, what is open, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.report import words
from senl_ae.report.explain.folder import (
    Folder,
    address,
    grade_cell,
    is_open,
    places,
    plain_table,
    refused,
    sources,
)
from senl_ae.report.explain.values import (
    CARRIED,
    GATE,
    INTERVAL,
    MARKS,
    Regraded,
    opened_by,
    positions,
    regraded,
    value_columns,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

LABS = "labs"
MOST_SHEETS = 3
"""Rows of so many sheets have a column each."""
MOST_TIMES = 6
RULED = ("ruling", "derived-")
"""Flags that the ruling itself says, where it is shown."""
RULING_RANK = 6
"""Rulings stand before the rules."""


def day_view(of: Folder, day: int, syndromes: Sequence[str]) -> list[RenderableType]:
    """Everything decided on a study day. Raises Refused, naming the days there are, where nothing is recorded on it."""
    from rich.text import Text

    assessments = of.rows("assessments")
    assessments = assessments[assessments["syndrome"].isin(syndromes)]
    labs = of.rows("labs") if LABS in syndromes else assessments.iloc[:0]
    days = {int(d) for table in (assessments, labs) if len(table) for d in table["study_day"] if d}
    if day not in days:
        graded = [name for name in syndromes if name != LABS]
        what = [f"nothing of {' or '.join(graded)} is recorded"] if graded else []
        what += ["no laboratory values"] if LABS in syndromes else []
        found = f"{' and '.join(what)} for subject {of.subject} on Day {day}"
        raise refused(
            "unknown-day",
            found,
            f"one of the days {ranges(sorted(days))}" if days else "a subject with records",
        )
    parts: list[RenderableType] = []
    graded = [name for name in syndromes if name != LABS]
    again = regraded(of) if graded else ""
    if isinstance(again, str) and graded:
        parts.append(
            Text(
                f"The values cannot be shown: {again}. Grades, rules and rows are those of the results folder.",
                style="yellow",
            )
        )
    for name in graded:
        of_day = assessments[
            (assessments["syndrome"] == name) & (assessments["study_day"] == str(day))
        ].reset_index(drop=True)
        parts += _syndrome(of, name, day, of_day, again if isinstance(again, Regraded) else None)
    if len(labs):
        from senl_ae.report.explain.labs import labs_day

        parts += labs_day(of, labs[labs["study_day"] == str(day)], day)
    return parts


def ranges(days: Sequence[int]) -> str:
    """Days as ranges: `0-9, 11, 14`."""
    parts: list[list[int]] = []
    for day in days:
        if parts and day == parts[-1][-1] + 1:
            parts[-1].append(day)
        else:
            parts.append([day])
    return ", ".join(
        str(p[0]) if len(p) == 1 else f"{p[0]} to {p[-1]}" if p[0] < 0 else f"{p[0]}-{p[-1]}" for p in parts
    )


def _syndrome(
    of: Folder, name: str, day: int, found: pd.DataFrame, again: Regraded | None
) -> Iterator[RenderableType]:
    from rich.text import Text

    if not len(found):
        yield Text.assemble((f"\n{name}, Day {day}", "bold"), ": no record")
        return
    columns: dict[str, list[str]] = {}
    opened: list[Sequence[str]] = [()] * len(found)
    course_at = positions(again, name, of.subject, day) if again is not None else None
    if again is not None and course_at is not None and len(course_at[1]) == len(found):
        columns = value_columns(again, *course_at)
        opened = [opened_by(course_at[0], i) for i in course_at[1].tolist()]
    gate = columns.pop(GATE) if len(set(columns.get(GATE, ()))) == 1 else []
    of_day = of.rows("daily")
    of_day = of_day[(of_day["syndrome"] == name) & (of_day["study_day"] == str(day))]
    grade = (
        grade_cell(of_day["grade"].iloc[0], of_day["grade_ceiling"].iloc[0])
        if len(of_day)
        else Text("after the window")
    )
    yield Text.assemble(
        (f"\n{name}, Day {day}, {found['datetime'].iloc[0][:10]}", "bold"),
        ": ",
        "grade " if len(of_day) else "",
        grade,
        f", the highest of {len(found)}" if len(found) > 1 else "",
        f"; fever gate {gate[0]}" if gate else "",
    )
    times = [
        "day" if row == "1" else moment[11:16]
        for row, moment in zip(found["is_day"], found["datetime"], strict=True)
    ]
    yield _assessments(times, found, columns)
    if any(mark in text for texts in columns.values() for text in texts for mark in (CARRIED, INTERVAL)):
        yield Text(MARKS, style="dim")
    yield from _where(found)
    ruled = _rulings(of, times, found)
    yield from ruled
    yield from _because(of, times, found)
    yield from _open(of, times, found, opened)
    yield from _flags(times, found, said=RULED if ruled else ())


def _assessments(times: list[str], found: pd.DataFrame, columns: dict[str, list[str]]) -> RenderableType:
    """One line per assessment: when, grade, the values its rules were asked about, the spreadsheet rows."""
    from rich.text import Text

    by_assessment = [sources(text) for text in found["source"]]
    sheets = list(dict.fromkeys((file, sheet) for place in by_assessment for file, sheet, _ in place))
    if len(sheets) <= MOST_SHEETS:
        rows = {
            f"{sheet or file}\nrow": [
                ", ".join(r for f, s, rows in place if (f, s) == (file, sheet) for r in rows)
                for place in by_assessment
            ]
            for file, sheet in sheets
        }
    else:
        rows = {
            "Rows": [
                "; ".join(f"{sheet or file} {', '.join(rows)}" for file, sheet, rows in place)
                for place in by_assessment
            ]
        }
    table = plain_table("Time", "Grade", *columns, *rows, fixed=("Time", "Grade"))
    for i, (time, grade, ceiling) in enumerate(
        zip(times, found["grade"], found["grade_ceiling"], strict=True)
    ):
        table.add_row(
            Text(time),
            grade_cell(grade, ceiling),
            *(Text(texts[i]) for texts in (*columns.values(), *rows.values())),
        )
    return table


def _where(found: pd.DataFrame) -> Iterator[RenderableType]:
    """The files and sheets that the rows are of, and what it means where an assessment has none."""
    from rich.text import Text

    if named := places(found["source"].tolist()):
        yield Text(f"Rows are those of {'; '.join(named)}.", style="dim")
    if (found["source"] == "").any():
        yield Text(
            "An assessment without a row is a date inside a support interval, or a death.", style="dim"
        )


def _rulings(of: Folder, times: list[str], found: pd.DataFrame) -> list[RenderableType]:
    """The investigators' rulings in force: what was ruled, why, by whom and when, and the grade without them."""
    from rich.text import Text

    lines: list[RenderableType] = []
    by_assessment = [
        {(f, s, row) for f, s, rows in sources(text) for row in rows} for text in found["source"]
    ]
    rulings: list[dict[str, str]] = of.rows("adjudications").to_dict("records")  # type: ignore[assignment]
    for ruling in rulings:
        at = [(f, s, row) for f, s, rows in sources(ruling["source"]) for row in rows]
        when = [time for time, places in zip(times, by_assessment, strict=True) if places.intersection(at)]
        if not when or ruling["syndrome"] != found["syndrome"].iloc[0]:
            continue
        span = "".join(
            f" {word} {ruling[end]}" for end, word in (("start", "from"), ("end", "to")) if ruling[end]
        )
        who = f", by {ruling['by']}" if ruling["by"] else ", by whom is not recorded"
        on = f" on {ruling['on']}" if ruling["on"] else ""
        why = ruling["reason"] or "no reason recorded"
        where = "; ".join(address(f, s, rows) for f, s, rows in sources(ruling["source"]))
        lines.append(
            Text.assemble(
                f"  {clock(when, times)}: ", (_ruled(ruling), "bold"), f"{span}{who}{on}: {why} ({where})"
            )
        )
    if not lines:
        return []
    derived: dict[str, list[str]] = {}
    for time, flags in zip(times, found["flags"], strict=True):
        for flag in (f for f in flags.split(";") if f.startswith("derived-")):
            derived.setdefault(flag, []).append(time)
    lines += [Text(f"  {clock(when, times)}: {words.flag_long(flag)}") for flag, when in derived.items()]
    return [Text("Ruling", style="bold"), *lines]


def _ruled(ruling: dict[str, str]) -> str:
    if ruling["action"] == "grade":
        return f"grade {ruling['grade']} ruled"
    return "all signs excluded" if ruling["sign"] == "all" else f"{words.title(ruling['sign'])} excluded"


def _because(of: Folder, times: list[str], found: pd.DataFrame) -> Iterator[RenderableType]:
    """The rules that set the grades, in words, with their ids, conditions and paper."""
    from rich.text import Text

    by_rule: dict[str, list[str]] = {}
    for time, rules in zip(times, found["rules"], strict=True):
        for rule_id in (r for r in rules.split(";") if r):
            by_rule.setdefault(rule_id, []).append(time)
    papers: dict[str, None] = {}
    if by_rule:
        yield Text("Grade because", style="bold")
    for rule_id, when in sorted(by_rule.items(), key=lambda pair: -_rank(of, pair[0])):
        known = of.rule(rule_id)
        if known is None:
            yield Text(f"  {clock(when, times)}: {of.says(rule_id)} ({rule_id})")
            continue
        scale, rule = known
        papers[words.source(scale, rule)] = None
        yield Text.assemble(
            f"  {clock(when, times)}: ", (f"grade {words.gives(rule)}", "bold"), f", {rule.says}"
        )
        yield Text(f"      {rule.id}: {words.conditions(rule)}", style="dim")
    for paper in papers:
        yield Text(f"  Source: {paper}", style="dim")


def _rank(of: Folder, rule_id: str) -> int:
    known = of.rule(rule_id)
    return (known[1].grade or 0) if known else RULING_RANK


def _open(
    of: Folder, times: list[str], found: pd.DataFrame, opened: list[Sequence[str]]
) -> Iterator[RenderableType]:
    """What the record cannot rule out, why, and what would settle it."""
    from rich.text import Text

    asked: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for time, grade, ceiling, missing, rules in zip(
        times, found["grade"], found["grade_ceiling"], found["missing"], opened, strict=True
    ):
        if is_open(grade, ceiling):
            asked.setdefault((missing, ceiling if ceiling not in ("", "0") else "", tuple(rules)), []).append(
                time
            )
    if asked:
        yield Text("Not settled", style="bold")
    for (missing, ceiling, rules), when in asked.items():
        what = f"up to grade {ceiling} is not ruled out" if ceiling else "not evaluable"
        yield Text(
            f"  {clock(when, times)}: {what}{f'; to settle it: {words.settle(missing)}' if missing else ''}"
        )
        yield from (Text(f"      {rule_id}: {of.says(rule_id)}", style="dim") for rule_id in rules)


def _flags(times: list[str], found: pd.DataFrame, said: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    by_flag: dict[str, list[str]] = {}
    for time, flags in zip(times, found["flags"], strict=True):
        for flag in (f for f in flags.split(";") if f and not f.startswith(tuple(said))):
            by_flag.setdefault(flag, []).append(time)
    if by_flag:
        yield Text("Flags", style="bold")
    for flag, when in by_flag.items():
        yield Text(f"  {clock(when, times)}: {flag}: {words.flag_long(flag)}")


def clock(when: Sequence[str], times: Sequence[str]) -> str:
    """Times of a day in short: every time, from one to another, or each."""
    if len(when) == len(times) and len(times) > 1:
        return "every time"
    first = times.index(when[0])
    if len(when) > 2 and list(times[first : first + len(when)]) == list(when):
        return f"{when[0]} to {when[-1]}"
    return (
        ", ".join(when)
        if len(when) <= MOST_TIMES
        else f"{', '.join(when[:MOST_TIMES])} and {len(when) - MOST_TIMES} more times"
    )
