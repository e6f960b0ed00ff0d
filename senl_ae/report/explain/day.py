"""One day of one subject in full: every assessment and value, what it was graded from, the rules that set its grade, what is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.report import words
from senl_ae.report.explain.events import events_view
from senl_ae.report.explain.folder import (
    GATE,
    LABS,
    MARKS,
    Asked,
    Folder,
    Row,
    address,
    corrected,
    grade_cell,
    is_open,
    places,
    plain_table,
    refused,
    rulings_at,
    sources,
    value_columns,
)
from senl_ae.results.values import rules_possible
from senl_ae.scale import Factor

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

MOST_SHEETS = 3
"""Rows of so many sheets have a column each."""
MOST_TIMES = 6
RULED = ("ruling", "derived-")
"""Flags that the ruling itself says, where it is shown."""
RULING_RANK = 6
"""Rulings stand before the rules."""
NO_VALUES = (
    "The values are not shown: these results hold none. Grade again with `senl-ae grade FILES --values`."
)


def day_view(of: Folder, day: int, syndromes: Sequence[str]) -> list[RenderableType]:
    """Everything decided on a study day. Raises Refused, naming the days there are, where nothing is recorded on it."""
    from rich.text import Text

    assessments = of.rows("assessments")
    assessments = assessments[assessments["syndrome"].isin(syndromes)]
    labs = of.rows("labs") if LABS in syndromes else assessments.iloc[:0]
    days = {int(d) for table in (assessments, labs) if len(table) for d in table["study_day"] if d}
    graded = [name for name in syndromes if name != LABS]
    if day not in days:
        what = [f"nothing of {' or '.join(graded)} is recorded"] if graded else []
        what += ["no laboratory values"] if LABS in syndromes else []
        found = f"{' and '.join(what)} for subject {of.subject} on Day {day}"
        raise refused(
            "unknown-day",
            found,
            f"one of the days {ranges(sorted(days))}" if days else "a subject with records",
        )
    parts: list[RenderableType] = []
    if graded and not of.has("values"):
        parts.append(Text(NO_VALUES, style="yellow"))
    of_day = assessments[assessments["study_day"] == str(day)]
    for name in graded:
        parts += _syndrome(of, name, day, of_day[of_day["syndrome"] == name].reset_index(drop=True))
    parts += events_view(of, graded, day) if graded else ()
    if len(labs):
        parts += _labs(of, labs[labs["study_day"] == str(day)], day)
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


def _syndrome(of: Folder, name: str, day: int, found: pd.DataFrame) -> Iterator[RenderableType]:
    from rich.text import Text

    if not len(found):
        yield Text.assemble((f"\n{name}, Day {day}", "bold"), ": no record")
        return
    asked = of.asked(found)
    columns = value_columns(of, name, asked)
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
    shown = "\n".join(text for texts in columns.values() for text in texts)
    if meant := [meaning for mark, meaning in MARKS.items() if mark in shown]:
        yield Text(f"{'; '.join(meant)}.", style="dim")
    yield from _where(found)
    ruled = _rulings(of, times, found)
    yield from ruled
    yield from _because(of, times, found)
    yield from _open(of, name, times, found, asked)
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
    for ruling, at in rulings_at(of, found):
        span = "".join(
            f" {word} {ruling[end]}" for end, word in (("start", "from"), ("end", "to")) if ruling[end]
        )
        who = f", by {ruling['by']}" if ruling["by"] else ", by whom is not recorded"
        on = f" on {ruling['on']}" if ruling["on"] else ""
        why = ruling["reason"] or "no reason recorded"
        where = "; ".join(address(*place) for place in sources(ruling["source"]))
        when = clock([times[i] for i in at], times)
        lines.append(
            Text.assemble(f"  {when}: ", (_ruled(ruling), "bold"), f"{span}{who}{on}: {why} ({where})")
        )
    if not lines:
        return []
    derived = {f: when for f, when in _at(times, found["flags"]).items() if f.startswith("derived-")}
    lines += [Text(f"  {clock(when, times)}: {words.flag_long(flag)}") for flag, when in derived.items()]
    return [Text("Ruling", style="bold"), *lines]


def _ruled(ruling: Row) -> str:
    if ruling["action"] == "grade":
        return f"grade {ruling['grade']} ruled"
    return "all signs excluded" if ruling["sign"] == "all" else f"{words.title(ruling['sign'])} excluded"


def _at(times: Sequence[str], texts: Iterable[str]) -> dict[str, list[str]]:
    """Each part of texts joined by `;`, with the times at which it stands."""
    found: dict[str, list[str]] = {}
    for time, text in zip(times, texts, strict=True):
        for part in (p for p in text.split(";") if p):
            found.setdefault(part, []).append(time)
    return found


def _because(of: Folder, times: list[str], found: pd.DataFrame) -> Iterator[RenderableType]:
    """The rules that set the grades, in words, with their ids, conditions and paper."""
    from rich.text import Text

    by_rule = _at(times, found["rules"])
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
    of: Folder, name: str, times: list[str], found: pd.DataFrame, asked: Sequence[Asked]
) -> Iterator[RenderableType]:
    """What the record cannot rule out, why, and what would settle it."""
    from rich.text import Text

    opened = _opened_by(of, name, found, asked)
    questions: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for i, (grade, ceiling, missing) in enumerate(
        zip(found["grade"], found["grade_ceiling"], found["missing"], strict=True)
    ):
        if is_open(grade, ceiling):
            left = ceiling if ceiling not in ("", "0") else ""
            questions.setdefault((missing, left, opened[i]), []).append(times[i])
    if questions:
        yield Text("Not settled", style="bold")
    for (missing, ceiling, rules), when in questions.items():
        what = f"up to grade {ceiling} is not ruled out" if ceiling else "not evaluable"
        yield Text(
            f"  {clock(when, times)}: {what}{f'; to settle it: {words.settle(missing)}' if missing else ''}"
        )
        yield from (Text(f"      {rule_id}: {of.says(rule_id)}", style="dim") for rule_id in rules)


def _opened_by(of: Folder, name: str, found: pd.DataFrame, asked: Sequence[Asked]) -> list[tuple[str, ...]]:
    """By assessment the ids of the rules that keep a higher grade possible: what holds at either end, and no ruling excludes it."""
    rulings = rulings_at(of, found)
    holding = rules_possible(of.scales.get(name), [a.better for a in asked], [a.worse for a in asked])
    opened = []
    for i, (grade, ceiling) in enumerate(zip(found["grade"], found["grade_ceiling"], strict=True)):
        floor, signs = int(grade or 0), {ruling["sign"] for ruling, at in rulings if i in at}
        left = [r for r in holding[i] if not signs & {"all", r.axis.removesuffix("-record")}]
        higher = [r.id for r in left if max(r.grade or 0, r.ceiling or 0) > floor]
        opened.append(tuple(higher) if int(ceiling or 0) > floor else ())
    return opened


def _flags(times: list[str], found: pd.DataFrame, said: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    by_flag = {f: when for f, when in _at(times, found["flags"]).items() if not f.startswith(tuple(said))}
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


def _labs(of: Folder, found: pd.DataFrame, day: int) -> Iterator[RenderableType]:
    """Every value of a day: test, value, range, term, grade, the rule in words, the row."""
    from rich.text import Text

    if not len(found):
        yield Text.assemble((f"\nLaboratory, Day {day}", "bold"), ": no record")
        return
    yield Text(f"\nLaboratory, Day {day}", style="bold")
    rows: list[Row] = found.to_dict("records")  # type: ignore[assignment]
    higher = [row for row in rows if row["term"] and row["grade"] != "0"]
    baselines = [row["baseline"] if _by_baseline(of, row) else "" for row in higher]
    beside = ("Baseline",) if any(baselines) else ()
    fixed = ("Time", "Grade", "Value", "Range", *beside)
    table = plain_table(
        "Time", "Test", "Value", "Range", *beside, "Term", "Grade", "Because", "Row", fixed=fixed
    )
    papers: dict[str, None] = {}
    for row, baseline in zip(higher, baselines, strict=True):
        papers |= {
            words.source(*known): None
            for r in row["rules"].split(";")
            if r and (known := of.rule(r)) is not None
        }
        table.add_row(
            Text(row["datetime"][11:16] or "day"),
            Text(words.title(row["test"])),
            Text("\n".join(part for part in (_value(row), corrected(of, row)) if part)),
            Text(_range(row)),
            *(Text(baseline) for _ in beside),
            Text(row["term"]),
            grade_cell(row["grade"], row["grade_ceiling"]),
            Text(of.says(row["rules"])),
            Text(_row(row)),
        )
    if higher:
        yield table
        yield from (Text(f"Source: {paper}", style="dim") for paper in papers)
    above = {(row["test"], row["source"]) for row in higher}
    normal = [row for row in rows if row["term"] and (row["test"], row["source"]) not in above]
    for label, left in (("Grade 0", normal), ("Graded by no term", [row for row in rows if not row["term"]])):
        if left:
            yield Text(f"{label}: {'; '.join(dict.fromkeys(_in_short(of, row) for row in left))}.")
    yield from (Text(f"  {note}") for note in _notes(rows))
    yield Text(f"Rows are those of {'; '.join(places(found['source'].tolist()))}.", style="dim")


def _notes(rows: Sequence[Row]) -> list[str]:
    """Flags explained, and what would settle what is open."""
    notes: dict[str, None] = {}
    for row in rows:
        test = words.title(row["test"])
        notes |= {f"{test}: {words.flag_long(flag)}": None for flag in row["flags"].split(";") if flag}
        if row["missing"] and row["grade_ceiling"] and row["grade_ceiling"] > (row["grade"] or "0"):
            notes[
                f"{test}, up to grade {row['grade_ceiling']} not ruled out; to settle it: {words.settle(row['missing'])}"
            ] = None
    return list(notes)


def _value(row: Row) -> str:
    return f"{row['value']} {row['unit']}".strip()


def _range(row: Row) -> str:
    lln, uln = row["lln"], row["uln"]
    return f"{lln}-{uln}" if lln and uln else f">= {lln}" if lln else f"<= {uln}" if uln else ""


def _row(row: Row) -> str:
    return ", ".join(number for _, _, rows in sources(row["source"]) for number in rows)


def _in_short(of: Folder, row: Row) -> str:
    graded = corrected(of, row)
    value = f"{_value(row)}{', ' if graded else ''}{graded}"
    # a value beyond its limit is of grade 0 where the baseline allows it: then the baseline belongs beside it
    allowed = row["baseline"] and "below-baseline-step" in row["flags"].split(";")
    baseline = f"; baseline {row['baseline']}" if allowed else ""
    return f"{words.title(row['test'])} {value} ({_range(row) or 'no range'}{baseline}; row {_row(row)})"


def _by_baseline(of: Folder, row: Row) -> bool:
    """Whether a rule that set the grade of a row looks at the value before treatment."""
    found = [known[1] for rule_id in row["rules"].split(";") if (known := of.rule(rule_id)) is not None]
    asked = [c for rule in found for c in rule.when]
    return any(
        c.item.startswith("baseline") or (isinstance(c.value, Factor) and c.value.of == "baseline")
        for c in asked
    )
