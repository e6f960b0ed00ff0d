"""A small charted study of one fictional subject, and what the whole command makes of it: for the tests of times and ids."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.running import here

DAY0 = dt.datetime(2026, 5, 4, 10)
SUBJECTS = [
    ["subject_id", "infusion_datetime", "dose_level", "age", "sex"],
    ["001", "2026-05-04 10:00", "DL1", "40", "F"],
]
HEAD = [
    "subject_id",
    "datetime",
    "temperature",
    "sbp",
    "spo2",
    "oxygen_device",
    "oxygen_flow",
    "vasopressors",
]
Rows = Sequence[Sequence[str]]


def day(n: int, hour: int = 8) -> str:
    return (DAY0.replace(hour=hour) + dt.timedelta(days=n)).strftime("%Y-%m-%d %H:%M")


def vitals(
    fever: Sequence[int] = (2, 3), sid: str = "001", at: str = "", last: int = 14, **cells: str
) -> list[list[str]]:
    """Three rows a day of ordinary vital signs, with fever on some days; `at` a time, the row's cells are changed."""
    rows = [HEAD.copy()]
    for n in range(last + 1):
        for hour in (8, 14, 20):
            rows.append(
                [sid, day(n, hour), "38.6" if n in fever else "36.8", "118", "97", "room air", "", ""]
            )
    for row in rows[1:]:
        if at and row[1] == at:
            for name, value in cells.items():
                row[HEAD.index(name)] = value
    return rows


def given(
    *rows: Sequence[str], head: Sequence[str] = ("subject_id", "agent", "start", "end")
) -> list[list[str]]:
    return [list(head), *map(list, rows)]


@dataclass(frozen=True)
class Run:
    """How the command ended, and what it wrote."""

    code: int
    err: str
    patients: list[dict[str, str]]
    daily: dict[int, tuple[str, str]]
    """Study day -> grade and ceiling of CRS of the first subject."""
    issues: list[dict[str, str]]

    def told(self, code: str) -> list[dict[str, str]]:
        return [issue for issue in self.issues if issue["code"] == code]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def graded(folder: Path, files: Mapping[str, Rows], settings: str = "") -> Run:
    """Write the files, and the settings beside them, and grade them with the whole command."""
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    (folder / "senl-ae.toml").write_text(settings, encoding="utf-8")
    out = folder / "results"
    ended = here(
        "grade", *(folder / f"{name}.csv" for name in files), "--out", out, "--no-workbook", "--strict"
    )
    if not out.exists():
        return Run(ended.code, ended.err, [], {}, [])
    patients = _read(out / "patients.csv")
    crs = [
        row
        for row in _read(out / "daily.csv")
        if row["syndrome"] == "CRS" and row["subject_id"] == patients[0]["subject_id"]
    ]
    daily = {int(row["study_day"]): (row["grade"], row["grade_ceiling"]) for row in crs}
    return Run(ended.code, ended.err, patients, daily, _read(out / "issues.csv"))
