"""A small valid study as raw sheets, and the things people type into one cell of it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np

from senl_ae.study import RawTable

START = dt.datetime(2026, 3, 2, 10)
NAMES = ("1", "2", "3", "4")
"""Four subjects: an adult with fever and oxygen, one with a vasopressor, a child graded by CAPD, one who dies."""

Row = list[Any]


def _at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, 2 + day, hour)


def _rows(group: str) -> dict[str, list[Row]]:
    """The rows of four subjects, by sheet."""
    one, two, three, four = (f"{group}{name}" for name in NAMES)
    vitals: list[Row] = []
    for who, days in (
        (one, (36.8, 38.4, 38.9, 37.2)),
        (two, (37.0, 39.1, 38.2, 36.6)),
        (three, (38.0, 37.9, 36.9, 36.5)),
        (four, (39.5, 40.1, 39.0, 38.7)),
    ):
        for day, temperature in enumerate(days):
            for hour in (8, 20):
                measured = temperature - (0.4 if hour == 20 else 0)
                vitals.append(
                    [who, _at(day + 1, hour), measured, 118 - 4 * day, 97, "room air", None, None, None]
                )
    for row in vitals:
        if row[0] == one and row[1].day == 4:
            row[5:7] = ["nasal cannula", 3]
        if row[0] == two and row[1].day in (4, 5):
            row[3], row[7] = 84, "norepinephrine"
        if row[0] == four:
            row[5:7] = ["face mask", 8]
    ice: list[Row] = [[one, _at(d, 9), s, None, "awake", "no"] for d, s in ((1, 10), (2, 8), (3, 5), (4, 10))]
    ice += [[two, _at(d, 9), s, None, "awake", "no"] for d, s in ((1, 10), (3, 10))]
    ice += [[three, _at(d, 9), None, s, "awake", "no"] for d, s in ((1, 3), (2, 12), (3, 4))]
    ice += [
        [four, _at(d, 9), s, None, c, z] for d, s, c, z in ((1, 9, "awake", "no"), (3, 2, "voice", "yes"))
    ]
    return {
        "Subjects": [
            [one, START, "DL1", 44, "F", None, None],
            [two, START, "DL1", 61, "M", None, None],
            [three, START, "DL2", 7, "F", None, None],
            [four, START, "DL2", 55, "M", dt.datetime(2026, 3, 9), "infection"],
        ],
        "Vitals": vitals,
        "Neuro": ice,
        "Support": [
            [one, "tocilizumab", "tocilizumab", _at(3, 12), None, 8, "mg/kg", "CRS"],
            [two, "vasopressor", "norepinephrine", _at(2, 8), _at(3, 20), None, None, "hypotension"],
            [three, "antipyretic", "paracetamol", _at(1, 9), None, 15, "mg/kg", "fever"],
            [four, "oxygen", "face mask", _at(2, 6), _at(4, 18), None, None, "hypoxia"],
        ],
        "Labs": [
            [who, _at(day, 6), test, value, unit]
            for who, low in ((one, 0.4), (two, 2.1), (three, 0.08), (four, 0.9))
            for day in (1, 3)
            for test, value, unit in (("ANC", low, "10^9/L"), ("platelets", 100 * low, "10^9/L"))
        ],
        "Rulings": [
            [one, "CRS", "exclude", "hypoxia", _at(3, 7), _at(3, 23), None, "aspiration", "committee"]
        ],
    }


HEADINGS = {
    "Subjects": ["subject_id", "infusion_datetime", "dose_level", "age", "sex", "death_date", "death_cause"],
    "Vitals": [
        "subject_id",
        "datetime",
        "temperature",
        "sbp",
        "spo2",
        "oxygen_device",
        "oxygen_flow",
        "vasopressors",
        "hypotension",
    ],
    "Neuro": ["subject_id", "datetime", "ice_total", "capd_total", "consciousness", "seizure"],
    "Support": ["subject_id", "category", "agent", "start", "end", "dose", "unit", "indication"],
    "Labs": ["subject_id", "datetime", "test", "value", "unit"],
    "Rulings": ["subject_id", "syndrome", "action", "sign", "start", "end", "grade", "reason", "by"],
}
SHARED = {"subject_id", "datetime", "infusion_datetime", "start", "end", "death_date"}
"""Columns that are understood as a whole: one cell may decide how the others are read."""
FILE = "study.xlsx"


def study(groups: list[str], sheets: tuple[str, ...] = tuple(HEADINGS)) -> list[RawTable]:
    """The study with one set of four subjects per group, one below the other in every sheet."""
    tables = []
    for name in sheets:
        rows = [HEADINGS[name], *(row for group in groups for row in _rows(group)[name])]
        tables.append(
            RawTable(
                FILE,
                name,
                [np.array([row[j] for row in rows], dtype=object) for j in range(len(HEADINGS[name]))],
            )
        )
    return tables


def rows_of_group(sheet: str) -> int:
    return len(_rows("")[sheet])


@dataclass(frozen=True)
class Mutation:
    """One cell of one sheet (row 0 holds the headings; row -1 is the name of the sheet), and what is typed there."""

    sheet: str
    row: int
    column: int
    typed: Any
    error: str = ""
    """"error": a spreadsheet error such as #N/A; "formula": a formula without a stored value."""


def mutated(tables: list[RawTable], change: Mutation, offset: int = 0) -> list[RawTable]:
    """The sheets with one cell changed; `offset` is how many rows of other groups stand above."""
    out = []
    for table in tables:
        if table.sheet != change.sheet:
            out.append(table)
            continue
        if change.row < 0:
            out.append(replace(table, sheet=str(change.typed)))
            continue
        row = change.row + (offset if change.row else 0)
        column = table.columns[change.column].copy()
        column[row] = None if change.error or change.typed == "" else change.typed
        marks: dict[str, Any] = {}
        if change.error == "error":
            marks["error_cells"] = table.error_cells | {(row, change.column)}
        elif change.error == "formula":
            marks["unstored_formulas"] = table.unstored_formulas | {(row, change.column)}
        out.append(
            replace(
                table,
                columns=[*table.columns[: change.column], column, *table.columns[change.column + 1 :]],
                **marks,
            )
        )
    return out


def as_text(tables: list[RawTable]) -> list[RawTable]:
    """The same sheets as a text file holds them: every cell typed text."""

    def text(cell: Any) -> Any:
        if isinstance(cell, dt.datetime):
            return cell.strftime("%Y-%m-%d %H:%M")
        return None if cell is None else str(cell)

    return [
        replace(
            t,
            file=f"{t.sheet}.csv",
            sheet="",
            columns=[np.array([text(c) for c in column], dtype=object) for column in t.columns],
            text_dates=True,
        )
        for t in tables
    ]


TEXTS = [
    "", " ", "\u3000", "-", "--", "?", ".", "..", "/", "\\", "NA", "N/A", "na", "n.a.", "null", "None", "NaN", "nan", "inf",
    "-inf", "Infinity", "not done", "ND",
    "unknown", "UNK", "未测", "未做", "无", "有", "是", "否", "正常", "缺失", "未知", "0", "-0", "00", "1", "2", "38",
    "38,4", "38.4", "38.4℃", "38.4 C", "101.3F",
    "３８．４", "38..4", "3 8.4", "38.4*", "38.4 (axillary)", ">38", "＜0.1", "<= 90", "~38", "38-39", "3-5 L/min", "120/80",
    "120 / 80 mmHg", "１２０／８０", "1e3",
    "1E+308", "1e999", "-5", "−5", "1_000", "1,000", "1.000,5", "1 000", "9" * 40, "0x1F", "1/2", "½", "٣٨", "三十八", "Ⅲ",
    "III", "ⅳ级", "Grade 3", "3级", "5×10^5",
    "50万", "98 %", "0.97", "97%", "true", "FALSE", "Yes", "no", "y", "+", "++", "+/-", "±", "2026-03-04",
    "2026-03-04 08:00", "2026/3/4", "04/03/2026",
    "03/04/2026 08:00", "13/13/2026", "31/02/2026", "2026.03.04", "26.3.4", "2026年3月4日", "2026年3月4日 8时30分",
    "04MAR2026", "4-Mar-26", "March 4, 2026",
    "2026-03-04T08:00:00Z", "2026-03-04T08:00:00+08:00", "24:00", "25:61", "08:00", "8:00 PM", "noon", "Day 3", "D3", "3",
    "46085", "46085.333", "1900-01-00",
    "0000-00-00", "9999-12-31", "0001-01-01", "1899-12-31", "today", "now", "room air", "RA", "nasal cannula", "nc 3L",
    "鼻导管 3L/分", "面罩吸氧", "呼吸机",
    "拒绝吸氧", "high flow nasal cannula", "CPAP", "ECMO", "oxygen", "norepinephrine", "去甲肾上腺素", "肾上腺素",
    "norepinephrine + vasopressin", "去甲肾上腺素、多巴胺",
    "dobutamine", "tocilizumab 8 mg/kg", "托珠单抗", "unable", "无法完成", "intubated", "sedated", "镇静", "awake", "清醒",
    "嗜睡", "昏迷", "coma", "focal seizure 1 min",
    "status epilepticus", "癫痫持续状态", "CRS", "ICANS", "CRS, infection", "infection with ongoing CRS", "DL1", "1", "001",
    "1.0", "g1", "G1", "subject", "Erika Musterfrau",
    "张三", "13800138000", "110101190001010001", "+49 30 1234567", "erika@example.org", "=1+1", "=CMD|' /C calc'!A0",
    "@SUM(A1)", "+1", "-1+1", "'38.4", "#N/A", "#DIV/0!",
    "#REF!", "[red]38[/red]", "[/]", "[bold", "{0}", "%s", "%(x)s", "\\n", "a\nb", "a\r\nb", "a\tb", "\x00", "\x07bell",
    "\x1b[31mred\x1b[0m", "\x85", "\u2028", "\ufeff38",
    "\u200b38.4", "\u202e83", "38\u00a0.4", "e\u0301", "👩‍⚕️", "𝟛𝟠", "\U0001f600" * 50, "_xD800_", "_x0007_", "\uffff",
    "x" * 5000, "字" * 2000, "<script>alert(1)</script>", "&amp;",
    "a,b;c|d", '"', "''", "';--", "../../etc/passwd", "C:\\temp", "temperature", "subject_id", "datetime", "oxygen_device",
    "体温", "收缩压",
    "vasopressor", "oxygen", "exclude", "grade", "10^9/L", "K/uL", "mg/dL", "fortnight", "ANC", "NA", "钠",
]  # fmt: skip
VALUES: list[Any] = [
    0,
    1,
    -1,
    2,
    5,
    10,
    33,
    38,
    42,
    90,
    102,
    386,
    1200,
    46085,
    2**31,
    2**63,
    10**30,
    -(10**18),
    0.0,
    -0.0,
    0.5,
    36.6,
    37.95,
    38.0,
    1e-300,
    1e300,
    46085.25,
    math.nan,
    math.inf,
    -math.inf,
    True,
    False,
    dt.datetime(2026, 3, 4, 8),
    dt.datetime(2026, 3, 4),
    dt.datetime(1900, 1, 1),
    dt.datetime(9999, 12, 31, 23, 59, 59),
    dt.datetime(1, 1, 1),
    dt.datetime(2026, 3, 4, 8, 0, 0, 123456),
    dt.datetime(2026, 2, 20, 3),
    dt.datetime(2036, 3, 4),
    dt.date(2026, 3, 4),
    dt.date(1, 1, 1),
    dt.time(8, 30),
    dt.time(0),
    dt.time(23, 59, 59, 999999),
    dt.timedelta(hours=30),
    dt.timedelta(days=-1),
]
MORE_HEADINGS = [
    "Temp (°F)",
    "Temp (K)",
    "体温(℃)",
    "temperature ",
    "TEMPERATURE",
    "temp",
    "Name",
    "Patient Name",
    "姓名",
    "身份证号",
    "Phone",
    "住院号",
    "MRN",
    "date",
    "time",
    "Date/Time",
    "study_day",
    "VSDY",
    "USUBJID",
    "VSTESTCD",
    "VSORRES",
    "LBTESTCD",
    "value",
    "test",
    "unit",
    "bp",
    "sbp (kPa)",
    "Unnamed: 3",
    "subject id",
    "受试者编号",
    "grade",
    "term",
    "infusion_date",
    "dose_level",
    "age",
    "birth_date",
    "remark",
    "temperature.1",
]


def typed(r: Random) -> Any:
    """Something typed: mostly a thing that people do type, sometimes any text or number at all."""
    kind = r.random()
    if kind < 0.62:
        return r.choice(TEXTS)
    if kind < 0.82:
        return r.choice(VALUES)
    if kind < 0.9:
        return "".join(
            chr(
                r.choice(
                    [
                        r.randrange(32, 127),
                        r.randrange(0x4E00, 0x9FFF),
                        r.randrange(0xFF01, 0xFF5F),
                        r.randrange(1, 0x2FFF),
                    ]
                )
            )
            for _ in range(r.randrange(1, 12))
        )
    if kind < 0.96:
        return round(r.uniform(-50, 500), r.randrange(4))
    return r.choice(TEXTS) + r.choice(TEXTS)


def mutations(r: Random, number: int, *, shared: bool, names: bool = False) -> Iterator[Mutation]:
    """Random single changes: of values; with `shared` of the columns understood as a whole; with `names` of headings and sheet names."""
    places = [
        (sheet, row + 1, j)
        for sheet, headings in HEADINGS.items()
        for j, heading in enumerate(headings)
        if (heading in SHARED) == shared
        for row in range(rows_of_group(sheet))
    ]
    if names:
        places = [
            (sheet, row, j)
            for sheet, headings in HEADINGS.items()
            for j in range(len(headings))
            for row in (-1, 0, 0, 0)
        ]
    for _ in range(number):
        sheet, row, column = r.choice(places)
        what = (
            r.choice([*MORE_HEADINGS, *HEADINGS["Vitals"], typed(r), typed(r)])
            if names and r.random() < 0.7
            else typed(r)
        )
        mark = r.choice(["error", "formula"]) if row > 0 and r.random() < 0.02 else ""
        yield Mutation(sheet, row, column, what, mark)
