"""Why a subject has its grades: the course day by day, and from any day down to the values, the rules and the spreadsheet rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.report.explain.events import beginning, events_view
from senl_ae.report.explain.folder import (
    LABS,
    Folder,
    Row,
    address,
    grade_cell,
    is_open,
    open_folder,
    plain_table,
    refused,
)
from senl_ae.report.words import flag_long, grade_text, settle, title
from senl_ae.results.folder import read_run

if TYPE_CHECKING:
    from rich.console import RenderableType

ENDS = {
    "window-complete": "complete",
    "data-cut-off": "data cut-off",
    "lost-to-follow-up": "lost to follow-up",
    "new-therapy": "new therapy",
}
SHOWN_ISSUES = 10
SEVERE = 3
YES_NO = {"0": "no", "1": "yes"}
POINTS = ("grade", "grade_ceiling", "state", "rules")


def explanation(
    folder: Path, subject: str, day: int | None = None, syndrome: str | None = None
) -> list[RenderableType]:
    """The course of a subject, or with a day everything that was decided on it. Raises Refused for a subject or day that is not there."""
    syndromes = _wanted(read_run(folder), syndrome)
    of = open_folder(folder, subject)
    if day is not None:
        from senl_ae.report.explain.day import day_view

        return [*heading(of, of.patient()), *day_view(of, day, syndromes)]
    return list(_course(of, syndromes))


def _wanted(run: dict[str, Any], asked: str | None) -> list[str]:
    """The syndromes to show; all of the run, and the laboratory, when none is named."""
    known = [*(scale["syndrome"] for scale in run.get("scales", ())), LABS]
    if asked is None:
        return known
    for name in known:
        if name.lower() == asked.strip().lower():
            return [name]
    raise refused("unknown-syndrome", f"--syndrome {asked}", f"one of {', '.join(known)}")


def heading(of: Folder, patient: dict[str, str]) -> Iterator[RenderableType]:
    """Who it is: dose level, age, infusion, window."""
    from rich.text import Text

    facts = [f"dose level {patient['dose_level']}" if patient["dose_level"] else "dose level not assigned"]
    facts += [
        f"{label} {patient[name]}"
        for name, label in (("age", "age"), ("sex", "sex"), ("infusion", "infused"))
        if patient[name]
    ]
    if patient["window_end_day"]:
        why = patient["window_end_reason"]
        facts.append(f"window Day 0-{patient['window_end_day']} ({ENDS.get(why, why)})")
    if patient["death_day"]:
        cause = f" of {patient['death_cause']}" if patient["death_cause"] else ", cause not recorded"
        facts.append(f"died on Day {patient['death_day']}{cause}")
    yield Text.assemble((f"Subject {of.subject}", "bold"), f": {', '.join(facts)}")
    if not of.scales:
        yield Text(
            "These results are of an earlier version and do not keep their rules: rules are shown by their ids. Grade again.",
            style="yellow",
        )


def _course(of: Folder, syndromes: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    patient = of.patient()
    graded = [name for name in syndromes if name != LABS]
    yield from heading(of, patient)
    if not patient["infusion"]:
        yield Text("No infusion is recorded: nothing is graded.")
        return
    if graded:
        yield _days(of, graded, patient)
        yield Text('NE: not evaluable. ".": no record. (<=n): a grade up to n is not ruled out.', style="dim")
        yield from _after_window(of, graded)
        yield from _episodes(of, graded)
        yield from _figures(graded, patient)
        yield from events_view(of, graded)
    if LABS in syndromes:
        yield from _labs(of, brief=len(syndromes) > 1)
    if graded:
        yield from _flags(patient)
        yield from _problems(of)
    yield Text(f"\nOne day in full: senl-ae explain {of.subject} {of.path} --day N", style="dim")


def _days(of: Folder, syndromes: Sequence[str], patient: dict[str, str]) -> RenderableType:
    """One line a day, syndromes side by side, with what was reported to begin; days that say the same as the one before share its line."""
    from rich.text import Text

    begins = beginning(of)
    table = plain_table(
        "Day",
        "Date",
        *(c for name in syndromes for c in (name, f"why {name}")),
        *(["Reported"] if begins else []),
        fixed=("Day", "Date", *syndromes),
    )
    by_day: dict[int, dict[str, dict[str, str]]] = {}
    for record in of.rows("daily").to_dict("records"):
        by_day.setdefault(int(record["study_day"]), {})[record["syndrome"]] = {
            str(name): value for name, value in record.items()
        }
    needs = _needs(of)
    lines: list[tuple[list[int], str, tuple[tuple[str, ...], ...]]] = []
    for day, found in sorted(by_day.items()):
        said = tuple(
            (*(found.get(name, {}).get(point, "") for point in POINTS), needs.get((name, day), ""))
            for name in syndromes
        )
        if lines and lines[-1][2] == said and day not in begins and lines[-1][0][-1] not in begins:
            lines[-1][0].append(day)
        else:
            lines.append(([day], next(iter(found.values()))["date"], said))
    for days, date, said in lines:
        cells = [Text(f"{days[0]}" if len(days) == 1 else f"{days[0]}-{days[-1]}"), Text(date)]
        for grade, ceiling, state, rules, missing in said:
            why = Text(of.says(rules))
            if missing and state != "no-record" and is_open(grade, ceiling):
                why.append(f"{'; ' if rules else ''}needs {settle(missing)}", style="dim")
            cells += [grade_cell(grade, ceiling, state), why]
        table.add_row(*cells, *([Text(begins.get(days[0], ""))] if begins else []))
    last, whole = int(patient["window_end_day"]), int(of.run["settings"].get("safety_window_days", 0))
    if last < whole:
        after = f"{last + 1}-{whole}" if last + 1 < whole else str(whole)
        why_ended = ENDS.get(patient["window_end_reason"], patient["window_end_reason"])
        table.add_row(Text(after), Text(""), Text("x"), Text(f"window ended: {why_ended}"))
    return table


def _needs(of: Folder) -> dict[tuple[str, int], str]:
    """What would settle each day: what the assessments with its highest ceiling (or none) lack."""
    found: dict[tuple[str, int], tuple[float, str]] = {}
    rows = of.rows("assessments")
    for name, day, ceiling, missing in zip(
        rows["syndrome"], rows["study_day"], rows["grade_ceiling"], rows["missing"], strict=True
    ):
        rank = float(ceiling) if ceiling else -1.0
        if missing and rank >= found.get((name, int(day)), (-2.0, ""))[0]:
            found[name, int(day)] = (rank, missing)
    return {key: missing for key, (_, missing) in found.items()}


def _after_window(of: Folder, syndromes: Sequence[str]) -> Iterator[RenderableType]:
    """What was graded after the window: it counts for episodes that began in it."""
    from rich.text import Text

    rows = of.rows("assessments")
    late = rows[(rows["in_window"] == "0") & (rows["grade"].isin(list("12345")))]
    for name in syndromes:
        found = late[late["syndrome"] == name]
        if len(found):
            days = sorted({int(d) for d in found["study_day"]})
            yield Text(
                f"After the window: {name} up to grade {max(found['grade'])} on Day {', '.join(map(str, days))}."
            )


def _episodes(of: Folder, syndromes: Sequence[str]) -> Iterator[RenderableType]:
    from rich.text import Text

    found = of.rows("episodes")
    found = found[found["syndrome"].isin(syndromes)]
    yield Text("\nEpisodes" if len(found) else "\nNo episodes.", style="bold")
    for e in found.to_dict("records"):
        days = f"{e['duration_days']} day{'' if e['duration_days'] == '1' else 's'}"
        hours = (
            f" ({float(e['duration_hours']):g} h to the first clear assessment)"
            if e["duration_hours"]
            else ""
        )
        span = f", Day {e['onset_day']} ({e['onset'][:16]}) to Day {e['end_day']} ({e['end'][:16]}), {days}{hours}, "
        yield Text.assemble(
            f"  {e['syndrome']} {e['episode']}: grade ",
            grade_cell(e["grade"], e["grade_ceiling"]),
            span,
            f"{e['outcome'].replace('-', ' ')}; peak on Day {e['peak_day']}: {of.says(e['rules'])}",
        )


def _figures(syndromes: Sequence[str], patient: dict[str, str]) -> Iterator[RenderableType]:
    """The grade that counts in the tables, and how well the subject was seen."""
    from rich.text import Text

    for name in syndromes:
        prefix = name.lower()
        if f"{prefix}_grade" not in patient:
            continue
        grade = grade_text(
            *(
                float(patient[f"{prefix}_{k}"]) if patient[f"{prefix}_{k}"] else None
                for k in ("grade", "grade_ceiling")
            )
        )
        seen = f"seen on {patient[f'{prefix}_days_seen'] or 0} of {patient['days_expected']} days"
        why = (
            ""
            if patient[f"{prefix}_grade"]
            else ": no episode, and seen on too few days to say that there was none"
        )
        yield Text(f"{name} in the tables: {grade} ({seen}){why}.")


def _flags(patient: dict[str, str]) -> Iterator[RenderableType]:
    from rich.text import Text

    flags = [flag for flag in patient["flags"].split(";") if flag]
    if flags:
        yield Text("\nFlags", style="bold")
        yield from (Text(f"  {flag}: {flag_long(flag)}") for flag in flags)


def _problems(of: Folder) -> Iterator[RenderableType]:
    """The problems found in this subject's rows, notes apart."""
    from rich.text import Text

    found = of.rows("issues")
    if not len(found):
        return
    aside = found[found["severity"] != "note"]
    notes = len(found) - len(aside)
    if len(aside):
        yield Text("\nValues set aside", style="bold")
    for issue in aside.head(SHOWN_ISSUES).to_dict("records"):
        column = f" {issue['column']}" if issue["column"] else ""
        yield Text(
            f"  {address(issue['file'], issue['sheet'], [issue['row']])}{column}: {issue['found']}; {issue['done']}"
        )
    more = [f"{len(aside) - SHOWN_ISSUES} more set aside"] if len(aside) > SHOWN_ISSUES else []
    more += [f"{notes} note{'s' if notes > 1 else ''}"] if notes else []
    if more:
        yield Text(f"{' and '.join(more)} in issues.csv.", style="dim")


def _labs(of: Folder, brief: bool) -> Iterator[RenderableType]:
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
        yield from (Text(f"  {flag_long(flag)}") for flag in figures["flags"].split(";") if flag)


def _series(row: Row) -> Iterator[str]:
    """What the series of values say of a subject, each in words; what the record cannot tell is said too."""
    early, ceiling = (
        float(row[name]) if row[name] else None for name in ("icaht_early", "icaht_early_ceiling")
    )
    yield f"early ICAHT grade {grade_text(early, ceiling)}"
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
    yield f"IEC-HS criteria met: {', '.join(f'{title(name)} (Day {day})' for name, _, day in met) or 'none'}"
    if row["iechs_missing"]:
        yield f"IEC-HS criteria not recorded: {', '.join(title(name) for name in row['iechs_missing'].split(';'))}"
