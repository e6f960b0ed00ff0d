"""Small records for rule 2 (what cannot be read must not hold up a floor that it could lower), graded through the whole program."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.study import Study
from senl_ae.writing.csv_text import number_text
from tests.golden.sentences import Case, moment, write_study

SCALES = checked_scales([], laboratory=False)
NE = ""


def record(folder: Path, given: str, settings: Settings | None = None) -> Study:
    """One subject, written as a golden sentence (`tests/golden/sentences.py`), as the program reads it."""
    return read_study(
        write_study(folder, [Case("here", "A", "default", given, "")], "default"), settings or Settings()
    )


def in_doubt(
    study: Study, which: Callable[[Any], Any] = lambda rows: rows["start"] == rows["start"]
) -> Study:
    """The same study with the status of some of its treatments unreadable; which: rows of the interventions -> a mask."""
    return replace(
        study,
        interventions=study.interventions.with_columns(doubtful=which(study.interventions.table).to_numpy()),
    )


def tables(study: Study, settings: Settings | None = None) -> dict[str, Mapping[str, Any]]:
    return grade_in_memory(study, settings or Settings(), SCALES)[1]


def assessment(study: Study, when: str, syndrome: str, settings: Settings | None = None) -> dict[str, str]:
    """One assessment (`D3 08:00`) as its row of assessments.csv: grade and ceiling as text, blank for NE."""
    table = tables(study, settings)["assessments"]
    wanted = moment(when) + (":00" if " " in when else "")
    at = next(
        i
        for i, key in enumerate(zip(table["syndrome"], table["datetime"], strict=True))
        if key == (syndrome, wanted)
    )
    return {
        name: number_text(float(table[name][at])) if name.startswith("grade") else str(table[name][at])
        for name in ("grade", "grade_ceiling", "missing", "flags", "rules", "source")
    }


def ends(study: Study, when: str, syndrome: str, settings: Settings | None = None) -> tuple[str, str]:
    found = assessment(study, when, syndrome, settings)
    return found["grade"], found["grade_ceiling"]


def sheets(folder: Path, **rows: list[list[str]]) -> Study:
    """Sheets as a site would write them, headings first."""
    for name, lines in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return read_study(sorted(folder.glob("*.csv")), Settings())
