"""What `senl-ae grade` ends with: every subject on one line, its grades, when, for how long, what drove them, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from senl_ae.report.count.syndromes import Drivers, drivers_of
from senl_ae.report.layout.terminal import GRADE_STYLES
from senl_ae.report.words import flag_short, grade_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

MOST = 60
"""So many subjects are shown; of more, the worst."""
MAIN = 2
"""Of so many syndromes, the first of the run, the course is shown; of further ones the grade."""


def patients_view(tables: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> list[RenderableType]:
    """The table of patients and a caption that counts them. `tables` and `facts` are those of the run."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    patients = {name: np.asarray(column) for name, column in tables["patients"].items()}
    scales = facts.get("scales", ())
    main = {str(scale["syndrome"]): drivers_of(scale) for scale in scales[:MAIN]}
    others = [str(scale["syndrome"]).lower() for scale in scales[MAIN:]]
    shown = _shown(patients, [*main])
    letters = _letters(patients["flags"][shown])
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("Subject", overflow="fold", max_width=20)
    table.add_column("Dose level", overflow="fold", max_width=14)
    for name in main:
        table.add_column(name, no_wrap=True)
        table.add_column("Onset", no_wrap=True)
        table.add_column("Driven by", overflow="fold", min_width=13)
    for name in others:
        table.add_column(_title(name, facts), no_wrap=True)
    table.add_column("Flags", overflow="fold")
    for i in shown:
        cells: list[Text] = [
            Text(str(patients["subject_id"][i])),
            Text(_text(patients["dose_level"][i]) or "-"),
        ]
        for name, drivers in main.items():
            cells += _course(patients, name, drivers, i)
        cells += [_grade(patients, name, i) for name in others]
        cells.append(Text(" ".join(letters[flag] for flag in _text(patients["flags"][i]).split(";") if flag)))
        table.add_row(*cells)
    lines: list[RenderableType] = [table]
    if letters:
        lines.append(
            Text(
                "Flags: "
                + "; ".join(f"{letter} {flag_short(flag)}" for flag, letter in letters.items())
                + ".",
                style="dim",
            )
        )
    lines.append(
        Text(
            "NE: not evaluable, which is not 0. (<=n): the record proves the first grade and cannot rule out n. D: study day of "
            "the first episode's onset, and how many days it lasted (+ not ended).",
            style="dim",
        )
    )
    left = len(patients["subject_id"]) - len(shown)
    if left:
        lines.append(
            Text(
                f"Shown are the {len(shown)} worst courses; {left:,} more subjects stand in patients.csv.",
                style="bold",
            )
        )
    return [*lines, Text(""), *(Text(line) for line in caption(patients, facts))]


def _letters(flags: np.ndarray) -> dict[str, str]:
    """A letter for each flag that occurs, in alphabetical order."""
    found = sorted({flag for text in flags.tolist() for flag in _text(text).split(";") if flag})
    return {
        flag: chr(ord("a") + i) if i < 26 else f"{chr(ord('a') + i // 26 - 1)}{chr(ord('a') + i % 26)}"
        for i, flag in enumerate(found)
    }


def caption(patients: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> list[str]:
    """How many subjects, how many of each grade, how many not settled, and by which scales."""
    counts = facts.get("counts", {})
    infused = np.array([_text(day) != "" for day in patients["infusion"]], dtype=bool)
    total = len(infused)
    lines = [f"{total} subject{'s' if total != 1 else ''}, {int(infused.sum())} infused."]
    for name in (str(scale["syndrome"]) for scale in facts.get("scales", ())):
        grade = patients[f"{name.lower()}_grade"].astype(float)[infused]
        ceiling = patients[f"{name.lower()}_grade_ceiling"].astype(float)[infused]
        higher = int((np.nan_to_num(ceiling) > np.nan_to_num(grade)).sum())
        by_grade = ", ".join(
            f"{int((grade == g).sum())} of grade {g}" for g in range(1, 6) if (grade == g).any()
        )
        lines.append(
            f"{name}: any grade {int((grade >= 1).sum())}, grade >= 3 {int((grade >= 3).sum())}, "
            f"not evaluable {int(np.isnan(grade).sum())}, possibly higher {higher}"
            + (f"; {by_grade}." if by_grade else ".")
        )
    if events := counts.get("adverse_events"):
        lines.append(
            f"Adverse events as reported: {events['records']:,} records of {events['subjects']:,} "
            f"subject{'s' if events['subjects'] != 1 else ''}, {events['emergent']:,} "
            f"emergent, {events['in_window']:,} in the window, {events['by_assumption']:,} of them by assumption only."
        )
    rows = {
        domain: found.get("rows") for domain, found in counts.get("rows", {}).items() if found.get("rows")
    }
    if rows:
        lines.append("Rows read: " + ", ".join(f"{n:,} {domain}" for domain, n in rows.items()) + ".")
    scales = [f"{s['syndrome']} {s.get('version') or s['id']}" for s in facts.get("scales", ())]
    if scales:
        lines.append(f"Scales: {', '.join(scales)}. senl-ae {facts.get('version', '')}".rstrip() + ".")
    return lines


def _shown(patients: Mapping[str, np.ndarray], main: Sequence[str]) -> list[int]:
    """All subjects in the table's order, or of many the worst first: by grade, then by what is left open."""
    n = len(patients["subject_id"])
    if n <= MOST:
        return list(range(n))
    keys = []
    for name in ("grade_ceiling", "grade"):
        columns = [patients[f"{s.lower()}_{name}"].astype(float) for s in main]
        worst = np.nan_to_num(np.fmax.reduce(columns), nan=-1.0)
        keys += [np.nan_to_num(np.add.reduce([np.nan_to_num(c) for c in columns])), worst]
    return sorted(
        np.lexsort([-key for key in keys])[:MOST].tolist(),
        key=lambda i: tuple(-key[i] for key in reversed(keys)),
    )


def _course(patients: Mapping[str, np.ndarray], name: str, drivers: Drivers, i: int) -> list[Text]:
    """Grade, when it began and how long it lasted, what drove it."""
    from rich.text import Text

    prefix = name.lower()
    onset, days = (patients[f"{prefix}_{figure}"][i] for figure in ("onset_day", "duration_days"))
    rules, outcome = _text(patients[f"{prefix}_rules"][i]), _text(patients[f"{prefix}_outcome"][i])
    more = (
        "+" if outcome.startswith("ongoing") else ""
    )  # an episode that did not end has at least so many days
    when = f"D{onset:.0f}, {days:.0f}{more} d" if onset == onset and days == days else ""
    words = "; ".join(drivers.short(rules))
    return [_grade(patients, prefix, i), Text(when), Text(words)]


def _grade(patients: Mapping[str, np.ndarray], prefix: str, i: int) -> Text:
    from rich.text import Text

    if not _text(patients["infusion"][i]):
        return Text("-")
    grade, ceiling = float(patients[f"{prefix}_grade"][i]), float(patients[f"{prefix}_grade_ceiling"][i])
    text = grade_text(grade, ceiling)
    return Text(text, style=GRADE_STYLES.get(text[:1], ""))


def _title(prefix: str, facts: Mapping[str, Any]) -> str:
    return next((s["syndrome"] for s in facts.get("scales", ()) if s["syndrome"].lower() == prefix), prefix)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)
