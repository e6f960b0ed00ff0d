"""The laboratory of one subject: the worst grade of each term, and of a day every value with its grade, its rule and its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.report import words
from senl_ae.report.explain_folder import Folder, grade_cell, places, plain_table, sources

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

SEVERE = 3
Row = dict[str, str]


def labs_course(of: Folder, brief: bool) -> Iterator[RenderableType]:
    """The worst grade of each term in the window; in brief only the severe ones and how many others there are."""
    from rich.text import Text

    found = of.rows("lab_patients")
    if not len(found):
        if not brief:
            yield Text("\nNo laboratory values.")
        return
    worst = [float(g) if g else -1.0 for g in found["worst_grade"]]
    shown = found[[g >= (SEVERE if brief else 0) for g in worst]]
    yield Text("\nLaboratory, worst grade in the window", style="bold")
    if len(shown):
        table = plain_table("Term", "Side", "Baseline", "Worst", "on Day", "Last", right=("Baseline", "on Day", "Last"), fixed=("Worst",))
        for row in shown.to_dict("records"):
            table.add_row(
                *(Text(row[k]) for k in ("term", "direction", "baseline_grade")),
                grade_cell(row["worst_grade"], row["worst_ceiling"]),
                *(Text(row[k]) for k in ("worst_day", "last_grade")),
            )
        yield table
    rest = len(found) - len(shown)
    if rest:
        what = f"below grade {SEVERE}: --syndrome labs shows them" if brief else "without a gradable value in the window"
        yield Text(f"{rest} further term{'s' if rest > 1 else ''} {what}.", style="dim")
    series = of.rows("haematotoxicity")
    if len(series) and not brief:
        said = [
            f"{words.title(str(name)).replace('icaht', 'ICAHT').replace('anc', 'ANC')}: {value}"
            for name, value in series.iloc[0].items()
            if value and name not in ("subject_id", "dose_level", "flags")
        ]
        yield Text("Series: " + "; ".join(said) + ".")


def labs_day(of: Folder, found: pd.DataFrame, day: int) -> Iterator[RenderableType]:
    """Every value of a day: test, value, range, term, grade, the rule in words, the row."""
    from rich.text import Text

    if not len(found):
        yield Text.assemble((f"\nLaboratory, Day {day}", "bold"), ": no record")
        return
    yield Text(f"\nLaboratory, Day {day}", style="bold")
    rows: list[Row] = found.to_dict("records")  # type: ignore[assignment]
    higher = [row for row in rows if row["term"] and row["grade"] != "0"]
    table = plain_table("Time", "Test", "Value", "Range", "Term", "Grade", "Because", "Row", fixed=("Time", "Grade", "Value", "Range"))
    papers: dict[str, None] = {}
    for row in higher:
        papers |= {words.source(*known): None for r in row["rules"].split(";") if r and (known := of.rule(r)) is not None}
        table.add_row(
            Text(row["datetime"][11:16] or "day"),
            Text(words.title(row["test"])),
            Text(_value(row)),
            Text(_range(row)),
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
            yield Text(f"{label}: {'; '.join(dict.fromkeys(_in_short(row) for row in left))}.")
    yield from (Text(f"  {note}") for note in _notes(rows))
    yield Text(f"Rows are those of {'; '.join(places(found['source'].tolist()))}.", style="dim")


def _notes(rows: Sequence[Row]) -> list[str]:
    """Flags explained, and what would settle what is open."""
    notes: dict[str, None] = {}
    for row in rows:
        test = words.title(row["test"])
        notes |= {f"{test}: {words.flag_long(flag)}": None for flag in row["flags"].split(";") if flag}
        if row["missing"] and row["grade_ceiling"] and row["grade_ceiling"] > (row["grade"] or "0"):
            notes[f"{test}, up to grade {row['grade_ceiling']} not ruled out; to settle it: {words.settle(row['missing'])}"] = None
    return list(notes)


def _value(row: Row) -> str:
    return f"{row['value']} {row['unit']}".strip()


def _range(row: Row) -> str:
    lln, uln = row["lln"], row["uln"]
    return f"{lln}-{uln}" if lln and uln else f">= {lln}" if lln else f"<= {uln}" if uln else ""


def _row(row: Row) -> str:
    return ", ".join(number for _, _, rows in sources(row["source"]) for number in rows)


def _in_short(row: Row) -> str:
    return f"{words.title(row['test'])} {_value(row)} ({_range(row) or 'no range'}; row {_row(row)})"
