"""Several readings of one item at one time: by visit, timepoint or position. They are kept, the worst is graded, and one note says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.headings.recognised import READINGS, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.study import Sheet

READING = "reading@"
"""Visit, timepoint and position of a row, joined: rows of one time that differ in it are several readings, no contradiction."""
BETWEEN = ", "


def readings_of(layout: Layout, rows: Rows) -> np.ndarray | None:
    """What tells each row apart from others of its time; None on a sheet that has no such column."""
    headings = [h for column in READINGS for h in layout.claims(column)]
    joined: np.ndarray | None = None
    for heading in headings:
        codes, distinct = pd.factorize(rows.cells(heading.index))
        said = np.array([*(str(cell).strip() for cell in distinct), ""], dtype=object)[codes]
        joined = said if joined is None else joined + BETWEEN + said
    return joined


def note_readings(
    domain: str,
    tied: pd.DataFrame,
    keys: Sequence[str],
    columns: Sequence[str],
    sheets: Sequence[Sheet],
) -> Iterator[Issue]:
    """Say once per column (per test of a laboratory) at how many times readings differ. tied: the rows that share subject and time."""
    group = tied.groupby(list(keys), dropna=False, sort=False).ngroup().to_numpy()
    reading, sheet = tied[READING].to_numpy(dtype=object), tied["sheet"].to_numpy()
    test = tied["test"].to_numpy(dtype=object) if domain == "labs" else None
    for column in columns:
        values = tied[column].to_numpy()
        filled = ~pd.isna(values)
        told = pd.DataFrame(
            {
                "group": group[filled],
                "value": values[filled],
                "reading": reading[filled],
                "sheet": sheet[filled],
            }
        )
        told = told.assign(name=test[filled] if test is not None else column)
        several = told.groupby("group")[["value", "reading"]].nunique(dropna=False)
        of = told[told["group"].isin(several.index[(several > 1).all(axis=1)])]
        for _, rows in of.groupby(["name", "sheet"], sort=True):
            name, where, times = (
                rows["name"].iloc[0],
                sheets[int(rows["sheet"].iloc[0])],
                rows["group"].nunique(),
            )
            yield Issue(
                "note",
                "several-readings",
                file=where.file,
                sheet=where.sheet,
                column=where.columns.get(column, ""),
                found=f"{name}: {times} {'time has' if times == 1 else 'times have'} readings of several visits, timepoints or positions "
                "that differ",
                done="all kept; the worst is graded",
            )
