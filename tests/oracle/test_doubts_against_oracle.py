"""With one thing in doubt the program gives the least grade and the highest ceiling of all that the record may say, graded by hand."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from doubts import UNREADABLE, cell_in_doubt, least_and_most, status_in_doubt
from random_study import PROFILES, random_study, write_study
from study_files import intervention_cells, neuro_cells, vitals_cells

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.grade.study import grade_study
from senl_ae.read.study import read_study
from senl_ae.settings import Settings
from senl_ae.study import Study

Record = dict[str, Any]
SCALES = checked_scales([], laboratory=False)
EPOCH = datetime(1970, 1, 1)


def ends(study: Study, settings: Settings) -> dict[tuple[Any, ...], tuple[float | None, float | None]]:
    """The program's grade and ceiling by subject, syndrome, time and kind of assessment; None where blank."""
    out = {}
    graded = grade_study(study, settings, SCALES)
    names = graded.study.subjects.subject_id
    for syndrome, found in graded.syndromes.items():
        a = found.course.a
        moments = np.where(a.is_day, a.date * 86_400, a.order).tolist()
        for who, moment, is_day, grade, ceiling in zip(
            a.subject, moments, a.is_day, found.course.grade, found.course.ceiling, strict=True
        ):
            pair = tuple(None if np.isnan(x) else float(x) for x in (grade, ceiling))
            out[str(names[who]), syndrome, EPOCH + timedelta(seconds=moment), bool(is_day)] = pair
    return out  # type: ignore[return-value]


def put_out_of_sight(files: list[Path], sheet: str, cells: Mapping[str, str], item: str, text: str) -> None:
    """The one row with these cells gets a text in one of them that nobody can read."""
    for path in (p for p in files if p.stem.startswith(sheet)):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [row for row in rows if all(row.get(name) == cell for name, cell in cells.items())]
        if found:
            found[0][item] = text
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
            return
    raise AssertionError(f"no row of {sheet} with {cells}")


def compared(
    program: Mapping[tuple[Any, ...], Any], name: str, wanted: Mapping[tuple[Any, ...], Any]
) -> list[str]:
    """Where the two differ: -1 stands for not evaluable."""
    out = []
    for key, pair in wanted.items():
        found = program.get((name, *key))
        if found is not None:  # an assessment that only some of the readings have
            here, there = ([-1 if x is None else x for x in p] for p in (found, pair))
            if here != there:
                loose = here[0] <= there[0] and here[1] >= there[1]
                out.append(
                    f"{'wider' if loose else 'WRONG'}: {name} {key}: program {here}, all readings {there}"
                )
    return out


@pytest.mark.parametrize(("kind", "seed"), [("everything", 31), ("timed", 32), ("daily", 33)])
def test_one_cell_in_doubt(kind: str, seed: int, tmp_path: Path) -> None:
    r, study = Random(seed), random_study(seed, 40, PROFILES[kind])
    files, wanted = write_study(tmp_path, study), {}
    writers = {"neuro": neuro_cells, "interventions": intervention_cells}
    writers["vitals"] = lambda name, row: vitals_cells(name, row, PROFILES[kind])
    for subject in study["subjects"]:
        found = cell_in_doubt(r, subject)
        if found is not None:
            (sheet, i, item), readings = found
            cells = writers[sheet](subject["subject_id"], subject[sheet][i])
            put_out_of_sight(files, sheet, cells, item, r.choice(UNREADABLE))
            wanted[subject["subject_id"]] = least_and_most(readings, study["facts"])
    program = ends(read_study(files, Settings()), Settings())
    assert (
        len(wanted) > 25
        and [line for name, ends_of in wanted.items() for line in compared(program, name, ends_of)] == []
    )


@pytest.mark.parametrize(("kind", "seed"), [("everything", 41), ("timed", 42), ("daily", 43)])
def test_one_treatment_of_unknown_status(kind: str, seed: int, tmp_path: Path) -> None:
    """The program may be wider in two places: at the start of such a treatment, and where oxygen before the infusion is in doubt."""
    r, made = Random(seed), random_study(seed, 60, PROFILES[kind])
    study = read_study(write_study(tmp_path, made), Settings())
    doubt, wanted = np.zeros(len(study.interventions), dtype=bool), {}
    rows, names = study.interventions, study.subjects["subject_id"].tolist()
    for subject in made["subjects"]:
        found = status_in_doubt(r, subject)
        if found is not None:
            i, readings = found
            row = subject["interventions"][i]
            start = int((row["start"] - EPOCH).total_seconds())
            mine = (rows["subject"] == names.index(subject["subject_id"])) & (rows["start"] == start)
            same = mine & (rows["category"] == row["category"])
            if same.sum() == 1:
                doubt |= same
                wanted[subject["subject_id"]] = least_and_most(readings, made["facts"])
    program = ends(replace(study, interventions=rows.with_columns(doubtful=doubt)), Settings())
    differ = [line for name, ends_of in wanted.items() for line in compared(program, name, ends_of)]
    assert len(wanted) > 15 and [line for line in differ if line.startswith("WRONG")] == []
    assert len(differ) <= 0.03 * sum(len(ends_of) for ends_of in wanted.values()), differ
