"""The laboratory of one subject: the worst grade of each term, and of a day every value with its grade, its rule and its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from senl_ae.grade.rules.scales import Factor
from senl_ae.report import words
from senl_ae.report.explain.folder import Folder, grade_cell, places, plain_table, sources

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

SEVERE = 3
CORRECTED = "calcium-corrected"
UNSAID = "corrected value graded"
Row = dict[str, str]
YES_NO = {"0": "no", "1": "yes"}


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
        table = plain_table(
            "Term",
            "Side",
            "Baseline",
            "Worst",
            "on Day",
            "Last",
            right=("Baseline", "on Day", "Last"),
            fixed=("Worst",),
        )
        for row in shown.to_dict("records"):
            table.add_row(
                *(Text(row[k]) for k in ("term", "direction", "baseline_grade")),
                grade_cell(row["worst_grade"], row["worst_ceiling"]),
                Text("" if row["worst_grade"] == "0" else row["worst_day"]),
                Text(row["last_grade"]),
            )
        yield table
    rest = len(found) - len(shown)
    if rest:
        what = (
            f"below grade {SEVERE}: --syndrome labs shows them"
            if brief
            else "without a gradable value in the window"
        )
        yield Text(f"{rest} further term{'s' if rest > 1 else ''} {what}.", style="dim")
    series = of.rows("haematotoxicity")
    if len(series) and not brief:
        figures = {str(name): str(value) for name, value in series.iloc[0].items()}
        yield Text(f"Series: {'; '.join(_series(figures))}.")
        yield from (Text(f"  {words.flag_long(flag)}") for flag in figures["flags"].split(";") if flag)


def _series(row: Row) -> Iterator[str]:
    """What the series of values say of a subject, each in words; what the record cannot tell is said too."""
    early, ceiling = (
        float(row[name]) if row[name] else None for name in ("icaht_early", "icaht_early_ceiling")
    )
    yield f"early ICAHT grade {words.grade_text(early, ceiling)}"
    yield f"late ICAHT grade {row['icaht_late']}" if row["icaht_late"] else "late ICAHT not evaluable"
    for bound in ("500", "100"):
        if days := row[f"days_anc_{bound}"]:
            yield f"ANC at or below {bound}/uL on {days} day{'' if days == '1' else 's'}"
    if row["recovery_day"]:
        yield f"ANC recovered on Day {row['recovery_day']}"
    for name in ("neutropenia", "thrombocytopenia"):
        yield f"{name} of grade 3 or more at Day 28: {YES_NO.get(row[f'{name}_day28'], 'not evaluable')}"
    yield f"febrile neutropenia: {YES_NO.get(row['febrile_neutropenia'], 'not evaluable')}"
    lysis = row["tumour_lysis"]
    yield f"tumour lysis: {'not evaluable' if not lysis else 'no' if lysis == '0' else f'grade {lysis}'}"
    met = [part.partition("@") for part in row["iechs_met"].split(";") if part]
    yield f"IEC-HS criteria met: {', '.join(f'{words.title(name)} (Day {day})' for name, _, day in met) or 'none'}"
    if row["iechs_missing"]:
        yield f"IEC-HS criteria not recorded: {', '.join(words.title(name) for name in row['iechs_missing'].split(';'))}"


def labs_day(of: Folder, found: pd.DataFrame, day: int) -> Iterator[RenderableType]:
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
            Text("\n".join(part for part in (_value(row), _corrected(of, row)) if part)),
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
    corrected = _corrected(of, row)
    value = f"{_value(row)}{', ' if corrected else ''}{corrected}"
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


def _corrected(of: Folder, row: Row) -> str:
    """Calcium corrected for the albumin of the same draw, as it was graded; where that cannot be worked out again, only that it was."""
    if CORRECTED not in row["flags"].split(";"):
        return ""
    corrections = [
        scale.extra["terms"]["corrected_calcium"] for scale in of.scales.values() if "terms" in scale.extra
    ]
    how = next((c for c in corrections if c["test"] == row["test"]), None)
    value = _in_system(row) if how is not None else None
    if how is None or value is None or value[1] not in how:
        return UNSAID
    labs = of.rows("labs")
    draw = labs[(labs["datetime"] == row["datetime"]) & (labs["test"] == how["by"])].drop_duplicates("source")
    albumin = {_in_system(other) for other in draw.to_dict("records")}
    measured = albumin.pop() if len(albumin) == 1 else None
    if measured is None or measured[1] != "g/L" or not row["datetime"]:
        return UNSAID
    by, raw, back = how[value[1]], value[0], value[2]
    shift = by["per_unit"] * (by["albumin"] - measured[0] * 10.0 ** by["albumin_power"])
    return f"corrected {words.number(round((raw + shift) * back, 10))}"


def _in_system(row: Row) -> tuple[float, str, float] | None:
    """A value in the unit it is graded in, that unit, and the factor back to the unit reported; None for a limit or an unknown unit."""
    from senl_ae.vocabulary.items import load_items

    item = load_items().by_name.get(row["test"])
    conversion = item.conversion(row["unit"]) if item is not None and row["unit"] else None
    if conversion is None or {"censored-above", "censored-below"}.intersection(row["flags"].split(";")):
        return None
    try:
        return (
            float(row["value"]) * conversion.times / conversion.over,
            conversion.to,
            conversion.over / conversion.times,
        )
    except ValueError:
        return None
