"""One study rewritten in the layouts that sites use: every one of them gives the same grade on every day, byte for byte."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from senl_ae.run import grade_files
from senl_ae.settings import Settings
from tests.read.studies import workbook

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
TIMED, DAILY, NEURO = "Vitals", "Vitals by day", "Neuro"

Sheets = dict[str, list[list[Any]]]


@cache
def _book(name: str) -> Sheets:
    book = openpyxl.load_workbook(SAMPLE / name, read_only=True)
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    return {
        name: [[*row, *[None] * (len(rows[0]) - len(row))] for row in rows if any(c is not None for c in row)]
        for name, rows in sheets.items()
        if name not in ("Labs", "检验")  # no grade of a day comes from them
    }


def study(name: str = "study_en.xlsx") -> Sheets:
    return {sheet: [list(row) for row in rows] for sheet, rows in _book(name).items()}


def turned(
    sheets: Sheets, where: tuple[str, ...], column: str, heading: str, cell: Callable[[Any], Any]
) -> Sheets:
    """A column of some sheets under another heading, its filled cells written another way."""
    for name in where:
        head, *rows = sheets[name]
        if column in head:
            at = head.index(column)
            head[at] = heading
            for row in rows:
                row[at] = None if row[at] is None else cell(row[at])
    return sheets


def taken_apart(
    sheets: Sheets,
    where: tuple[str, ...],
    column: str,
    headings: list[str],
    cells: Callable[[list[Any], int], list[Any]],
) -> Sheets:
    """A column of some sheets as several columns."""
    for name in where:
        head, *rows = sheets[name]
        at = head.index(column)
        sheets[name] = [
            head[:at] + headings + head[at + 1 :],
            *(row[:at] + cells(row, at) + row[at + 1 :] for row in rows),
        ]
    return sheets


def as_text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == dt.time() else "%Y-%m-%d %H:%M")
    return "" if cell is None else str(cell)


def as_files(
    folder: Path,
    sheets: Sheets,
    *,
    ending: str = "csv",
    mark: str = ",",
    encoding: str = "utf-8",
    comma: bool = False,
) -> list[Path]:
    """Every sheet as a file of its own."""
    paths = []
    for name, rows in sheets.items():
        texts = [
            [as_text(c).replace(".", ",") if comma and isinstance(c, float) else as_text(c) for c in row]
            for row in rows
        ]
        quoted = [[f'"{t}"' if mark in t or "\n" in t else t for t in row] for row in texts]
        path = folder / f"{name}.{ending}"
        path.write_bytes("\r\n".join(mark.join(row) for row in quoted).encode(encoding))
        paths.append(path)
    return paths


def as_workbook(folder: Path, sheets: Sheets) -> list[Path]:
    return [workbook(folder / "study.xlsx", sheets)]


# ---------------------------------------------------------------- the layouts


def long_sdtm(folder: Path) -> list[Path]:
    sheets = study()
    tests = {
        "Temp (°C)": ("TEMP", "C"), "Tmax (°C)": ("TEMP", "C"), "SBP (mmHg)": ("SYSBP", "mmHg"), "DBP (mmHg)": ("DIABP", "mmHg"),
        "Heart rate (bpm)": ("HR", "beats/min"), "Resp rate (breaths/min)": ("RESP", "breaths/min"), "SpO2 (%)": ("OXYSAT", "%"),
        "Oxygen device": ("O2_DEVICE", None), "Oxygen flow (L/min)": ("O2_FLOW", "L/min"), "FiO2 (%)": ("FIO2", "%"),
        "Vasopressors": ("VASOPRESSORS", None), "Tocilizumab": ("TOCILIZUMAB", None),
    }  # fmt: skip
    for name in (TIMED, DAILY):
        head, *rows = sheets[name]
        sheets[name] = [["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC"]]
        for row in rows:
            when = row[1].isoformat()[: 10 if name == DAILY else 16]
            sheets[name] += [
                [row[0], *tests[h][:1], c, tests[h][1], when]
                for h, c in zip(head[2:], row[2:], strict=True)
                if c is not None
            ]
    return as_files(folder, sheets)


def fahrenheit(folder: Path) -> list[Path]:
    sheets = turned(study(), (TIMED,), "Temp (°C)", "Temp (°F)", lambda c: round(c * 9 / 5 + 32, 2))
    return as_workbook(
        folder, turned(sheets, (DAILY,), "Tmax (°C)", "Tmax (℉)", lambda c: round(c * 9 / 5 + 32, 2))
    )


def kilopascal(folder: Path) -> list[Path]:
    sheets = study()
    for column in ("SBP", "DBP"):
        turned(sheets, (TIMED, DAILY), f"{column} (mmHg)", f"{column} (kPa)", lambda c: c * 0.133322387415)
    return as_workbook(folder, sheets)


def pressure_pair(folder: Path) -> list[Path]:
    sheets = study()
    for name in (TIMED, DAILY):
        head = sheets[name][0]
        at = head.index("SBP (mmHg)")
        pair = [None if r[at] is None else f"{r[at]}/{r[at + 1]}" for r in sheets[name][1:]]
        sheets[name] = [[*head[:at], "BP (mmHg)", *head[at + 2 :]]] + [
            [*r[:at], p, *r[at + 2 :]] for r, p in zip(sheets[name][1:], pair, strict=True)
        ]
    return as_workbook(folder, sheets)


def decimal_comma(folder: Path) -> list[Path]:
    return as_files(folder, study(), mark=";", comma=True)


def study_days(folder: Path) -> list[Path]:
    sheets = study()
    infusion = {
        r[0]: r[10].date() for r in reversed(sheets["Subjects"][1:]) if r[10] is not None
    }  # the first of two fractions
    for name, column in ((TIMED, "Date time"), (DAILY, "Date"), (NEURO, "Date time")):
        sheets[name] = [r for r in sheets[name] if r[0] in infusion or r[0] == "Subject ID"]
        clock = [] if name == DAILY else ["Time"]
        taken_apart(
            sheets, (name,), column, ["Study day", *clock],
            lambda r, at, c=clock: [(r[at].date() - infusion[r[0]]).days, *([r[at].strftime("%H%M")] if c else [])],
        )  # fmt: skip
    return as_workbook(folder, sheets)


def split(folder: Path) -> list[Path]:
    sheets = study()
    for name in (TIMED, NEURO):
        head, *rows = sheets.pop(name)
        for part in range(3):
            sheets[f"{name} {part}"] = [head, *rows[part::3]]
    return as_files(folder, sheets)


def chinese(folder: Path) -> list[Path]:
    return [SAMPLE / "study_zh.xlsx"]


def chinese_gb18030(folder: Path) -> list[Path]:
    return as_files(folder, study("study_zh.xlsx"), encoding="gb18030")


def utf16(folder: Path) -> list[Path]:
    return as_files(folder, study(), ending="tsv", mark="\t", encoding="utf-16")


def two_rows_of_headings(folder: Path) -> list[Path]:
    sheets = study()
    for name in (TIMED, DAILY):
        upper = [
            {"SBP (mmHg)": "Blood pressure", "DBP (mmHg)": "Blood pressure"}.get(h) for h in sheets[name][0]
        ]
        turned(sheets, (name,), "SBP (mmHg)", "Systolic (mmHg)", int)
        turned(sheets, (name,), "DBP (mmHg)", "Diastolic (mmHg)", int)
        sheets[name].insert(0, upper)
    return as_workbook(folder, sheets)


def titles_and_blanks(folder: Path) -> list[Path]:
    sheets = study()
    for name, rows in sheets.items():
        head, *data = rows
        blanks = [row for i, r in enumerate(data) for row in ([[None] * len(head), r] if i % 7 == 0 else [r])]
        sheets[name] = [
            ["SENL-B19, data cut of September 2026"],
            [],
            [f"{name}: as charted"],
            [],
            head,
            *blanks,
        ]
    return as_workbook(folder, sheets)


def date_and_time(folder: Path) -> list[Path]:
    def parts(row: list[Any], at: int) -> list[Any]:
        return [row[at].date(), row[at].time()]

    return as_workbook(folder, taken_apart(study(), (TIMED, NEURO), "Date time", ["Date", "Time"], parts))


def clocks_without_colons(folder: Path) -> list[Path]:
    def parts(row: list[Any], at: int) -> list[Any]:
        return [row[at].date().isoformat(), row[at].strftime("%H%M")]

    return as_files(folder, taken_apart(study(), (TIMED, NEURO), "Date time", ["Date", "hhmm"], parts))


def day_month_year(folder: Path) -> list[Path]:
    sheets = turned(study(), (TIMED, NEURO), "Date time", "Date time", lambda c: c.strftime("%d/%m/%Y %H:%M"))
    return as_files(folder, turned(sheets, (DAILY,), "Date", "Date", lambda c: c.strftime("%d.%m.%Y")))


def one_column_per_drug(folder: Path) -> list[Path]:
    sheets = study()
    given = [
        {a.strip() for a in (r[8] or "").replace("+", ",").replace(";", ",").split(",")}
        for r in sheets[DAILY][1:]
    ]
    agents = sorted(set().union(*given) - {""})
    assert "Norepinephrine" in agents

    def doses(row: list[Any], at: int) -> list[Any]:
        return [0.1 if agent in (row[at] or "") else 0 for agent in agents]

    return as_workbook(folder, taken_apart(sheets, (DAILY,), "Vasopressors", agents, doses))


def shuffled(folder: Path) -> list[Path]:
    sheets = {
        name: [[*rows[0][::-1], "Nurse"], *([*r[::-1], "N"] for r in reversed(rows[1:]))]
        for name, rows in study().items()
    }
    return as_workbook(folder, dict(reversed(sheets.items())))


LAYOUTS = [
    long_sdtm, fahrenheit, kilopascal, pressure_pair, decimal_comma, study_days, split, chinese, chinese_gb18030, utf16,
    two_rows_of_headings, titles_and_blanks, date_and_time, clocks_without_colons, day_month_year, one_column_per_drug, shuffled,
]  # fmt: skip


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return graded([SAMPLE / "study_en.xlsx"], tmp_path_factory.mktemp("sample"))


def graded(paths: list[Path], folder: Path) -> bytes:
    return (
        grade_files(paths, Settings(), out=folder / "results", workbook=False).folder / "daily.csv"
    ).read_bytes()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_layout_of_one_study_gives_the_same_grades(
    layout: Callable[[Path], list[Path]], tmp_path: Path, daily: bytes
) -> None:
    assert daily.count(b"\n") > 500
    assert graded(layout(tmp_path), tmp_path) == daily
