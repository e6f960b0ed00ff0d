"""One row of a sheet of vital signs, for the tests of single columns."""

from __future__ import annotations

from pathlib import Path

from senl_ae.study import Study
from tests.read.studies import lines, read


def row_of(
    folder: Path, headings: str, cells: str, domain: str = "vitals"
) -> tuple[dict[str, object], Study]:
    text = lines(
        f"subject_id,infusion_date,age,datetime,temperature,{headings}",
        f"P1,2026-01-01,50,2026-01-02 08:00,38.5,{cells}",
    )
    study = read(folder, {"v.csv": text})
    return study.frame(domain).table.iloc[0].to_dict(), study
