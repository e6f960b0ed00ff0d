"""The sample study as a REDCap project exports it: one row per form and repeat, raw codes beside a data dictionary, or labels.

Laboratory values are left out: they are half of the study, and no grade of CRS or ICANS needs them.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

from languages import Sheets, in_english

FORMS = {
    "subjects": ("enrolment", "en"),
    "fraction": ("fraction", "fr"),
    "vitals": ("vitals", "vs"),
    "daily": ("vitals_by_day", "vd"),
    "treatments": ("treatments", "tr"),
    "treatments_by_day": ("treatments_by_day", "td"),
    "neuro": ("neuro", "ne"),
    "adjudications": ("adjudications", "ad"),
    "events": ("adverse_events", "ae"),
}
"""Sheet of the study -> the form it is entered on, and the prefix of the form's fields."""
RADIO = (
    "sex",
    "product",
    "oxygen_device",
    "tocilizumab",
    "category",
    "indication",
    "ongoing",
    "consciousness",
    "motor",
    "sedated",
    "unable_reason",
    "serious",
    "related",
    "dlt",
    "outcome",
)
CHECKBOX = ("vasopressors",)
KEYS = (
    "record_id",
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
KEY_LABELS = ("Record ID", "Event Name", "Repeat Instrument", "Repeat Instance", "Data Access Group")


def in_redcap(study: Sheets) -> dict[str, str]:
    """File name -> text: the raw export, the export with labels, and the data dictionary."""
    sheets = _with_fractions(study)
    labels = _labels(sheets)
    fields = {sheet: [n for n in labels[sheet] if n != "subject_id"] for sheet in sheets}
    words = {(s, n): _words(sheets[s], n) for s in sheets for n in fields[s] if n in (*RADIO, *CHECKBOX)}
    raw, labelled = [_headings(fields, words, None)], [_headings(fields, words, labels)]
    for sheet, row, instance in _entered(sheets):
        raw.append(_row(sheet, row, instance, fields, words, coded=True))
        labelled.append(_row(sheet, row, instance, fields, words, coded=False))
    return {
        "study_redcap.csv": _csv(raw),
        "study_redcap_labels.csv": _csv(labelled),
        "study_redcap_dictionary.csv": _csv(_dictionary(fields, words, labels)),
    }


def _with_fractions(study: Sheets) -> Sheets:
    """The study without its laboratory, a subject's second fraction on a repeated form of its own."""
    seen: set[str] = set()
    first, later = [], []
    for row in study["subjects"]:
        if row["subject_id"] in seen:
            later.append({name: row[name] for name in ("subject_id", "infusion_datetime")})
        else:
            first.append(row)
        seen.add(row["subject_id"])
    return {
        "subjects": first,
        "fraction": later,
        **{s: rows for s, rows in study.items() if s not in ("subjects", "labs")},
    }


def _labels(sheets: Sheets) -> dict[str, dict[str, str]]:
    """Sheet -> name of a field -> what the English form calls it."""
    found = {}
    for sheet, rows in sheets.items():
        english = in_english(
            {"subjects" if sheet == "fraction" else sheet: [{n: n for row in rows for n in row}]}
        )
        found[sheet] = {
            name: heading for heading, name in next(iter(english.values()))[0].items() if name is not None
        }
    return found


def _words(rows: list[dict[str, Any]], name: str) -> list[str]:
    """The words of a field in a fixed order: the code of each is its place, from 1."""
    said = {str(row[name]) for row in rows if row.get(name) is not None}
    return sorted(
        {word.strip() for text in said for word in (text.split(",") if name in CHECKBOX else [text])}
    )


def _entered(sheets: Sheets) -> list[tuple[str, dict[str, Any], int]]:
    """Every row with its form and repeat, subject by subject as REDCap exports them."""
    rows: list[tuple[str, dict[str, Any], int]] = []
    for sheet, entered in sheets.items():
        number: dict[str, int] = {}
        for row in entered:
            number[row["subject_id"]] = number.get(row["subject_id"], 0) + 1
            rows.append((sheet, row, number[row["subject_id"]]))
    return sorted(rows, key=lambda r: (r[1]["subject_id"], list(FORMS).index(r[0]), r[2]))


def _headings(
    fields: dict[str, list[str]],
    words: dict[tuple[str, str], list[str]],
    labels: dict[str, dict[str, str]] | None,
) -> list[str]:
    found = list(KEY_LABELS if labels else KEYS)
    for sheet, names in fields.items():
        form, prefix = FORMS[sheet]
        for name in names:
            if name in CHECKBOX:
                label = labels[sheet][name] if labels else ""
                found += [
                    f"{label} (choice={w})" if labels else f"{prefix}_{name}___{i}"
                    for i, w in enumerate(words[sheet, name], 1)
                ]
            else:
                found.append(labels[sheet][name] if labels else f"{prefix}_{name}")
        found.append("Complete?" if labels else f"{form}_complete")
    return found


def _row(
    sheet: str,
    row: dict[str, Any],
    instance: int,
    fields: dict[str, list[str]],
    words: dict[tuple[str, str], list[str]],
    coded: bool,
) -> list[str]:
    """One row of the export: only its own form is filled."""
    form = FORMS[sheet][0]
    once = sheet == "subjects"
    shown = form if coded else form.replace("_", " ").capitalize()
    event = ("baseline_arm_1", "follow_up_arm_1") if coded else ("Baseline", "Follow-up")
    cells = [
        row["subject_id"],
        event[0] if once else event[1],
        "" if once else shown,
        "" if once else str(instance),
        "site",
    ]
    for other, names in fields.items():
        here = other == sheet
        for name in names:
            known = words.get((other, name), [])
            if name in CHECKBOX:
                checked = {w.strip() for w in str(row.get(name) or "").split(",")} if here else set()
                yes, no = ("1", "0") if coded else ("Checked", "Unchecked")
                cells += [(yes if w in checked else no) if here else "" for w in known]
            else:
                value = _text(row.get(name)) if here else ""
                cells.append(str(known.index(value) + 1) if known and value and coded else value)
        cells.append(("2" if coded else "Complete") if here else "")
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return (
        f"{value:g}"
        if isinstance(value, float) and value < 1e6
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def _dictionary(
    fields: dict[str, list[str]], words: dict[tuple[str, str], list[str]], labels: dict[str, dict[str, str]]
) -> list[list[str]]:
    rows = [
        [
            "Variable / Field Name",
            "Form Name",
            "Section Header",
            "Field Type",
            "Field Label",
            "Choices, Calculations, OR Slider Labels",
            "Field Note",
        ],
        ["record_id", "enrolment", "", "text", "Record ID", "", ""],
    ]
    for sheet, names in fields.items():
        form, prefix = FORMS[sheet]
        for name in names:
            known = words.get((sheet, name), [])
            kind = "checkbox" if name in CHECKBOX else "radio" if known else "text"
            choices = " | ".join(f"{i}, {word}" for i, word in enumerate(known, 1))
            rows.append([f"{prefix}_{name}", form, "", kind, labels[sheet][name], choices, ""])
    return rows


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write_redcap(folder: Path, study: Sheets) -> None:
    """Write the three files into a folder."""
    for name, text in in_redcap(study).items():
        if (
            name != "study_redcap_labels.csv"
        ):  # made in the test: it is as large as the raw one, and says the same
            (folder / name).write_text(text, encoding="utf-8", newline="")
