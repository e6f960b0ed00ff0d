"""The words of the sample study: one table of facts, written as an English site and as a Chinese site would.

headings.csv holds sheet names (column blank) and headings (sheet blank: on every sheet), words.csv what stands in the cells.
"""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

Sheets = dict[str, list[dict[str, Any]]]

HERE = Path(__file__).resolve().parent
ORDER = {
    "subjects": "subject_id site dose_level dose age sex weight_kg disease product lymphodepletion_start infusion_datetime death_date "
    "death_cause last_contact_date cutoff_date remark",
    "vitals": "subject_id datetime temperature sbp dbp bp heart_rate resp_rate spo2 oxygen_device oxygen_flow fio2",
    "daily": "subject_id date temperature sbp dbp spo2 oxygen_device oxygen_flow vasopressors tocilizumab",
    "treatments": "subject_id category agent start end dose unit fio2 indication",
    "treatments_by_day": "subject_id category agent start end dose unit indication ongoing",
    "neuro": "subject_id datetime ice_total capd_total consciousness seizure motor sedated unable_reason",
    "labs": "subject_id datetime test value unit lln uln",
    "adjudications": "subject_id syndrome action sign start end reason by on",
    "events": "subject_id term pt soc grade baseline_grade start end ongoing serious related dlt outcome scale",
}
TYPED_DATES = {
    ("subjects", "lymphodepletion_start"): "%Y年{m}月{d}日",
    ("subjects", "infusion_datetime"): "%Y年{m}月{d}日 %H:%M",
    ("daily", "date"): "%Y年{m}月{d}日",
    ("treatments", "start"): "%Y/{m}/{d} %H:%M",
    ("treatments", "end"): "%Y/{m}/{d} %H:%M",
    ("treatments_by_day", "start"): "%Y.{m}.{d}",
    ("treatments_by_day", "end"): "%Y.{m}.{d}",
    ("neuro", "datetime"): "%Y-%m-%d %H:%M",
}
"""Columns that the Chinese site types as text, and how; the others are dates of the spreadsheet program."""


def _table(name: str) -> list[list[str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _headed(study: Sheets, language: int) -> Sheets:
    """Columns in the order a person expects, under the names and headings of one language (2 English, 3 Chinese)."""
    headings = {(row[0], row[1]): row[language] for row in _table("headings.csv")}
    out: Sheets = {}
    for sheet, rows in study.items():
        names = [n for n in ORDER[sheet].split() if any(n in row for row in rows)]
        titles = {n: headings.get((sheet, n)) or headings["", n] for n in names}
        out[headings[sheet, ""]] = [{titles[n]: row.get(n) for n in names} for row in rows]
    return out


def in_english(study: Sheets) -> Sheets:
    return _headed(study, 2)


def in_chinese(study: Sheets) -> Sheets:
    """The same facts as a Chinese site would type them: its words, its dates, pressure as 118/72, the dose as 5×10^5."""
    words = {row[0]: row[1] for row in _table("words.csv")}
    return _headed(
        {sheet: [_chinese_row(sheet, row, words) for row in rows] for sheet, rows in study.items()}, 3
    )


def _chinese_row(sheet: str, row: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    out = {}
    for name, value in row.items():
        style = TYPED_DATES.get((sheet, name))
        if isinstance(value, str) and name != "subject_id":
            value = words.get(value, value)
        elif isinstance(value, date | datetime) and style:
            value = value.strftime(style.replace("{m}", str(value.month)).replace("{d}", str(value.day)))
        elif sheet == "subjects" and name == "dose":
            value = f"{value / 1e5:g}×10^5"
        out[name] = value
    if sheet == "vitals":
        out["bp"] = f"{row['sbp']}/{row['dbp']}"
        del out["sbp"], out["dbp"]
    return out
