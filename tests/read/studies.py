"""Small fictional studies for the tests of reading: written as files, read as a study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from senl_ae.issues import Issue, Refused
from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from senl_ae.study import Study

VITALS = """subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
001,2026-03-02 10:00,DL1,44,2026-03-02 14:00,36.8,118,room air,,
001,2026-03-02 10:00,DL1,44,2026-03-05 08:00,38.6,112,nasal cannula,2,
002,2026-03-16 10:00,DL2,8,2026-03-18 20:00,38.9,84,,,norepinephrine
"""


def lines(*texts: str) -> str:
    """The text of a file of these lines."""
    return "\n".join(texts) + "\n"


def read(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    assign: Mapping[str, str] | None = None,
    **settings: Any,
) -> Study:
    """Write the files into a folder and read them all."""
    paths = []
    for name, text in files.items():
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return read_study(paths, Settings(**settings), assign=assign)


def workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], change: Callable[[Any], None] | None = None
) -> Path:
    """Write a workbook of rows; `change` is given the workbook before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change is not None:
        change(book)
    book.save(path)
    return path


def refusals(folder: Path, files: Mapping[str, str | bytes], **more: Any) -> list[Issue]:
    """The refusals that reading these files gives."""
    try:
        read(folder, files, **more)
    except Refused as refused:
        return [i for i in refused.issues.found if i.severity == "refuse"]
    return []


def told(study: Study, code: str) -> list[Issue]:
    """The issues of one code."""
    return [i for i in study.issues.sorted() if i.code == code]


def codes(study: Study) -> set[str]:
    return {i.code for i in study.issues.found}


def at(text: str) -> int:
    """Seconds since 1970 of 2026-03-02 14:00."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


def same_facts(one: Study, two: Study) -> None:
    """Both studies hold the same facts, whatever sheets and rows they came from."""
    for name in ("subjects", "vitals", "interventions", "neuro", "labs", "events", "adjudications"):
        a, b = (s.frame(name).table.drop(columns=["sheet", "row"]) for s in (one, two))
        assert len(a) == len(b), name
        for column in a.columns:
            left, right = a[column], b[column]
            assert ((left == right) | (left.isna() & right.isna())).all(), (
                name,
                column,
                left.tolist(),
                right.tolist(),
            )
