"""The sheets of graded.xlsx: patients, episodes, the daily grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from senl_ae.report.count.marks import NO_RECORD, NOT_EVALUABLE, NOT_REACHED_YET, WINDOW_ENDED
from senl_ae.report.graded.cells import (
    BLOCK_FILL,
    BOLD,
    HAIR,
    HEADING,
    HEADING_FILL,
    MIDDLE,
    SMALL,
    TITLE,
    Tables,
    finish,
    fit,
    headings,
    paint,
    put,
    put_grade,
)
from senl_ae.report.words import flag_short

CUT_OFF = "data-cut-off"
YES_NO = {1.0: "yes", 0.0: "no"}
COURSE = (
    ("grade", "grade", 7),
    ("grade_ceiling", "possible", 8.5),
    ("onset_day", "onset day", 7),
    ("peak_day", "peak day", 7),
    ("end_day", "end day", 7),
    ("duration_days", "days", 6),
    ("outcome", "outcome", 11),
    ("episodes", "episodes", 9),
    ("rules", "because", 36),
)
GIVEN = (
    ("tocilizumab_doses", "Tocilizumab doses", 12),
    ("corticosteroid", "Cortico- steroid", 8),
    ("anticytokine", "Other anti- cytokine", 9),
    ("vasopressor", "Vaso- pressor", 9),
    ("oxygen", "Oxygen, highest", 16),
    ("icu", "ICU", 6),
)


def _says(facts: Mapping[str, Any], syndrome: str, ids: Any) -> str:
    """What the rules that set a grade say."""
    says = {rule["id"]: rule["says"] for rule in facts["rules"].get(syndrome, {}).get("rules", ())}
    return "; ".join(says.get(rule_id, rule_id) for rule_id in str(ids or "").split(";") if rule_id)


def _flags(text: Any) -> str:
    return "; ".join(flag_short(flag) for flag in str(text or "").split(";") if flag)


def _possible(grade: Any, ceiling: Any) -> Any:
    """The ceiling where it is above the grade."""
    floor = grade if grade is not None and grade == grade else 0
    return ceiling if ceiling is not None and ceiling == ceiling and ceiling > floor else None


def patients(sheet: Worksheet, tables: Tables, facts: Mapping[str, Any]) -> None:
    """One row per subject."""
    table = tables["patients"]
    names = [s["syndrome"] for s in facts["scales"] if f"{s['syndrome'].lower()}_grade" in table]
    who: list[tuple[str, float]] = [
        ("Subject", 12),
        ("Dose level", 13),
        ("Dose", 11),
        ("Age", 6),
        ("Sex", 5),
        ("Infusion", 16),
        ("Window to Day", 8),
        ("Window ended", 15),
        ("Days expected", 9),
    ]
    columns = who
    for name in names:
        columns += [(f"{name} days seen", 7), *((f"{name} {label}", width) for _, label, width in COURSE)]
    columns += [
        *((label, width) for _, label, width in GIVEN),
        ("Death day", 7),
        ("Cause of death", 14),
        ("Flags", 36),
    ]
    headings(sheet, 1, [c for c, _ in columns], [w for _, w in columns])
    for row, i in enumerate(range(len(table["subject_id"])), 2):
        fields = (
            "subject_id",
            "dose_level",
            "dose",
            "age",
            "sex",
            "infusion",
            "window_end_day",
            "window_end_reason",
            "days_expected",
        )
        infused = table["infusion"][i] is not None
        for j, field in enumerate(fields, 1):
            value = table[field][i]
            cell = put(
                sheet,
                row,
                j,
                str(value)[:16] if field == "infusion" and infused else value,
                BOLD if j == 1 else None,
            )
            if field == "dose":
                cell.number_format = "#,##0"
        j = len(fields)
        for name in names:
            j = _course(
                sheet,
                row,
                j,
                facts,
                name,
                {f: table[f"{name.lower()}_{f}"][i] for f in ("days_seen", *(c for c, _, _ in COURSE))},
                infused,
            )
        for field, _, _ in GIVEN:
            j += 1
            value = table[field][i]
            number = field in ("tocilizumab_doses",)
            shown = value if number or isinstance(value, str) or value is None else YES_NO.get(float(value))
            put(sheet, row, j, shown.replace("_", " ") if isinstance(shown, str) else shown)
        put(sheet, row, j + 1, table["death_day"][i])
        put(sheet, row, j + 2, table["death_cause"][i], wrap=True)
        put(sheet, row, j + 3, _flags(table["flags"][i]), wrap=True)
        texts = [(_says(facts, name, table[f"{name.lower()}_rules"][i]), COURSE[-1][2]) for name in names]
        fit(sheet, row, [*texts, (_flags(table["flags"][i]), 36)])
    finish(sheet, 1, "B2", len(table["subject_id"]) + 1, len(columns))
    sheet.print_title_cols = "A:A"
    sheet.page_setup.fitToWidth = 2  # more than a page of columns can be read on


def _course(
    sheet: Worksheet,
    row: int,
    j: int,
    facts: Mapping[str, Any],
    name: str,
    figures: Mapping[str, Any],
    infused: bool,
) -> int:
    """The figures of one syndrome of one subject; the last column written."""
    put(sheet, row, j + 1, figures["days_seen"])
    for k, (field, _, _) in enumerate(COURSE, j + 2):
        value = figures[field]
        if field == "grade":
            if infused:
                put_grade(sheet, row, k, value)
        elif field == "grade_ceiling":
            put(sheet, row, k, _possible(figures["grade"], value)).alignment = MIDDLE
        elif field == "rules":
            put(sheet, row, k, _says(facts, name, value), wrap=True)
        else:
            put(sheet, row, k, value.replace("-", " ") if isinstance(value, str) else value, wrap=True)
    return j + 1 + len(COURSE)


def episodes(sheet: Worksheet, tables: Tables, facts: Mapping[str, Any]) -> None:
    """One row per episode."""
    table = tables["episodes"]
    columns = (
        ("Subject", 12),
        ("Dose level", 13),
        ("Syndrome", 10),
        ("No.", 5),
        ("Grade", 7),
        ("Possible", 9),
        ("Onset day", 7),
        ("Onset", 17),
        ("Peak day", 7),
        ("End day", 7),
        ("End", 17),
        ("Days", 6),
        ("Hours to clear", 8),
        ("Outcome", 12),
        ("Peak grade because", 46),
        ("Flags", 34),
    )
    headings(sheet, 1, [c for c, _ in columns], [w for _, w in columns])
    levels = dict(zip(tables["patients"]["subject_id"], tables["patients"]["dose_level"], strict=True))
    for row, i in enumerate(range(len(table["subject_id"])), 2):
        e = {name: column[i] for name, column in table.items()}
        cells = (
            e["subject_id"],
            levels.get(e["subject_id"]),
            e["syndrome"],
            e["episode"],
            None,
            _possible(e["grade"], e["grade_ceiling"]),
            e["onset_day"],
            str(e["onset"])[:16],
            e["peak_day"],
            e["end_day"],
            str(e["end"])[:16],
            e["duration_days"],
            e["duration_hours"],
            str(e["outcome"]).replace("-", " "),
            _says(facts, e["syndrome"], e["rules"]),
            _flags(e["flags"]),
        )
        for j, value in enumerate(cells, 1):
            put(sheet, row, j, value, BOLD if j == 1 else None, wrap=j > 13)
        put_grade(sheet, row, 5, e["grade"])
        fit(sheet, row, [(str(cells[j - 1] or ""), columns[j - 1][1]) for j in (14, 15, 16)])
    finish(sheet, 1, "B2", len(table["subject_id"]) + 1, len(columns))


# ---------------------------------------------------------------- the daily grid


def daily_grid(sheet: Worksheet, tables: Tables, facts: Mapping[str, Any]) -> None:
    """Subject by study day, a block per syndrome, coloured by grade."""
    last = int(facts["settings"]["safety_window_days"])
    daily, subjects = tables["daily"], tables["patients"]
    put(sheet, 1, 1, "Highest grade of each study day", TITLE)
    _legend(sheet)
    top = 3
    put(sheet, top, 1, "Subject", HEADING)
    put(sheet, top, 2, "Dose level", HEADING)
    for day in range(last + 1):
        put(sheet, top, 3 + day, day, HEADING).alignment = MIDDLE
        sheet.column_dimensions[get_column_letter(3 + day)].width = 4.1
    for j in range(1, last + 4):
        sheet.cell(top, j).fill = HEADING_FILL
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 13, 13
    marks = _marks(daily)
    row = top
    for name in dict.fromkeys(daily["syndrome"]):
        row += 1
        for j in range(1, last + 4):
            sheet.cell(row, j).fill = BLOCK_FILL
        put(sheet, row, 1, name, BOLD)
        for i, subject in enumerate(subjects["subject_id"]):
            row += 1
            put(sheet, row, 1, subject, BOLD)
            put(sheet, row, 2, subjects["dose_level"][i])
            end = subjects["window_end_day"][i]
            if end is None or end != end:
                put(sheet, row, 3, "not infused", SMALL)
                continue
            after = NOT_REACHED_YET if subjects["window_end_reason"][i] == CUT_OFF else WINDOW_ENDED
            for day in range(last + 1):
                mark = marks.get((subject, name, day), NO_RECORD) if day <= end else after
                cell = put(sheet, row, 3 + day, int(mark) if mark.isdigit() else mark)
                cell.alignment, cell.border = MIDDLE, HAIR
                paint(cell, mark)
    sheet.freeze_panes = sheet.cell(top + 1, 3)
    sheet.print_title_rows, sheet.print_title_cols = f"{top}:{top}", "A:B"


def _legend(sheet: Worksheet) -> None:
    """What the colours and marks mean, in the cells' own look."""
    column = 3
    for marks, words in (
        ("012345", "grade"),
        (("1+",), "higher not ruled out"),
        ((NOT_EVALUABLE,), "not evaluable"),
        ((NO_RECORD,), "no record"),
        ((WINDOW_ENDED,), "window ended"),
        ((NOT_REACHED_YET,), "not reached at cut-off"),
    ):
        for mark in marks:
            cell = put(sheet, 2, column, int(mark) if mark.isdigit() else mark)
            cell.alignment, cell.border = MIDDLE, HAIR
            paint(cell, mark)
            column += 1
        put(sheet, 2, column, words, SMALL)
        column += 2 + len(words) // 6


def _marks(daily: Mapping[str, Any]) -> dict[tuple[Any, str, int], str]:
    """(subject, syndrome, day) -> the mark of that day."""
    grade, ceiling = np.asarray(daily["grade"], dtype=float), np.asarray(daily["grade_ceiling"], dtype=float)
    higher = np.nan_to_num(ceiling) > np.nan_to_num(grade)
    days = np.asarray(daily["study_day"]).astype(int)
    found = {}
    for key, state, g, more in zip(
        zip(daily["subject_id"], daily["syndrome"], days.tolist(), strict=True),
        daily["state"],
        grade.tolist(),
        higher.tolist(),
        strict=True,
    ):
        mark = NO_RECORD if state == "no-record" else NOT_EVALUABLE if g != g else str(int(g))
        found[key] = mark + "+" if more and mark != NO_RECORD else mark
    return found
