"""What must hold of every study: order, company and calendar change nothing, and a gap in the record never makes a grade worse.

The studies are the fictional ones of the oracle's maker. Every example grades many subjects at once, each with its own change.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.writing.csv_text import csv_text

sys.path.insert(0, str(Path(__file__).parent / "oracle"))

from random_study import NEURO, PROFILES, VITALS, random_study, write_study

Sheets = dict[str, list[dict[str, str]]]
"""Rows by file, as a site would type them."""

SCALES = checked_scales([], laboratory=False)
COMPARED = ("daily", "patients", "episodes")
seeds = st.integers(0, 10**6)


def examples(number: int) -> profile:
    """A fixed and small number of examples: the same ones in every run, none of them shrunk (a smaller seed is no simpler study)."""
    return profile(
        max_examples=number,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def made(seed: int, subjects: int, kind: str = "everything", no_birth_dates: bool = False) -> Sheets:
    """A fictional study as rows."""
    study = random_study(seed, subjects, PROFILES[kind])
    for subject in study["subjects"]:
        if no_birth_dates and subject["birth_date"] is not None:
            subject["age"], subject["birth_date"] = 8, None
    with tempfile.TemporaryDirectory() as folder:
        files = write_study(Path(folder), study)
        return {path.stem: list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in files}


def write_csv_files(folder: Path, sheets: Sheets) -> list[Path]:
    paths = []
    for name, rows in sheets.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def typed(text: str) -> Any:
    """What a spreadsheet program makes of typed text: a number, a time, or text. A date alone stays text: a cell would hold midnight."""
    with contextlib.suppress(ValueError):
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M")
    try:
        return float(text)
    except ValueError:
        return text or None


def write_book(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name[:31])
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append([typed(v) if k != "subject_id" else v for k, v in row.items()])
    book.save(path)
    return path


def graded_files(paths: list[Path], settings: Settings) -> dict[str, Mapping[str, Any]]:
    return grade_in_memory(read_study(paths, settings), settings, SCALES)[1]


def graded(sheets: Sheets, settings: Settings = Settings()) -> dict[str, Mapping[str, Any]]:  # noqa: B008
    with tempfile.TemporaryDirectory() as folder:
        return graded_files(write_csv_files(Path(folder), sheets), settings)


def records(table: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a results table as they stand in its CSV."""
    return list(csv.DictReader(csv_text(table).splitlines()))


def texts(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: csv_text(tables[name]) for name in COMPARED}


def shuffled(rows: list[Any], r: Random) -> list[Any]:
    return r.sample(rows, len(rows))


# ---------------------------------------------------------------- order and place


@examples(6)
@given(seed=seeds)
def test_order_of_rows_and_of_files_changes_nothing(seed: int) -> None:
    r, sheets = Random(seed), made(seed, 14)
    other = {name: shuffled(sheets[name], r) for name in shuffled(list(sheets), r)}
    assert texts(graded(sheets)) == texts(graded(other))


@examples(4)
@given(seed=seeds)
def test_files_cut_in_two_or_joined_in_one_workbook_change_nothing(seed: int) -> None:
    r, sheets = Random(seed), made(seed, 14)
    cut: Sheets = {}
    for name, rows in sheets.items():
        some = {id(row) for row in r.sample(rows, len(rows) // 2)}
        for part, wanted in (("a", True), ("b", False)):
            if chosen := [row for row in rows if (id(row) in some) == wanted]:
                cut[f"{name}_{part}"] = chosen
    expected = texts(graded(sheets))
    assert texts(graded(cut)) == expected
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(
            Path(folder) / "all.xlsx", {name: sheets[name] for name in shuffled(list(sheets), r)}
        )
        assert texts(graded_files([book], Settings())) == expected


# ---------------------------------------------------------------- company


def subject_of(row: dict[str, str]) -> str:
    return row["subject_id"]


@examples(6)
@given(seed=seeds)
def test_grades_do_not_depend_on_the_other_subjects(seed: int) -> None:
    """One subject stays per sheet and per category of treatment, so that the study records the same things."""
    r, sheets = Random(seed), made(seed, 24)
    kept = {subject_of(rows[0]) for rows in sheets.values()}
    for name, rows in sheets.items():
        if name.startswith("interventions"):
            kept |= {subject_of(row) for row in {row["category"]: row for row in rows}.values()}
    everybody = sorted({subject_of(row) for rows in sheets.values() for row in rows})
    kept |= set(r.sample(everybody, 6))
    fewer = {name: [row for row in rows if subject_of(row) in kept] for name, rows in sheets.items()}
    before, after = graded(sheets), graded(fewer)
    for name in ("assessments", *COMPARED):
        mine = [row for row in records(before[name]) if subject_of(row) in kept]
        theirs = records(after[name])
        for row in (*mine, *theirs):
            row.pop("source", None)
        assert mine == theirs, name


# ---------------------------------------------------------------- calendar


def later(text: str, days: int) -> str:
    """A date or a date and time, moved; any other text as it is."""
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return (dt.datetime.strptime(text, form) + dt.timedelta(days=days)).strftime(form)
        except ValueError:
            pass
    return text


DATED = {
    "daily": ("date",),
    "episodes": ("onset", "peak", "end"),
    "patients": ("infusion",),
    "assessments": ("datetime",),
}


def later_result(text: str, days: int) -> str:
    return later(text[:-3], days) + ":00" if len(text) == 19 else later(text, days)


@examples(5)
@given(seed=seeds)
def test_moving_all_dates_of_a_subject_moves_its_results_and_changes_no_grade(seed: int) -> None:
    r, sheets = Random(seed), made(seed, 40, no_birth_dates=True)
    moved_by = {
        subject_of(row): r.choice([-700, -59, -1, 0, 1, 31, 365, 1000])
        for rows in sheets.values()
        for row in rows
    }
    moved = {
        name: [{k: later(v, moved_by[subject_of(row)]) for k, v in row.items()} for row in rows]
        for name, rows in sheets.items()
    }
    before, after = graded(sheets), graded(moved)
    for name, columns in DATED.items():
        expected = records(before[name])
        for row in expected:
            row.update({c: later_result(row[c], moved_by[subject_of(row)]) for c in columns})
        found = records(after[name])
        for row in (*expected, *found):
            row.pop("source", None)
        assert found == expected, name


# ---------------------------------------------------------------- what the record proves


def key_of(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["subject_id"], row["syndrome"], row["datetime"]


def proven(table: Mapping[str, Any]) -> dict[tuple[str, str, str], float]:
    """The grade of every assessment, by subject, syndrome and time; not evaluable is below 0."""
    return {key_of(row): float(row["grade"]) if row["grade"] else -1.0 for row in records(table)}


NOT_MEASURED = {"sedated", "unable_reason", "tocilizumab", "corticosteroid", "antipyretic", "anticytokine"}
"""Why something was not assessed, and drugs: without them more counts, and that is right."""

NORMAL_WORDS = {"room air", "refused", "none", "no", ""}


def says_less_without(item: str, row: Mapping[str, str]) -> bool:
    """Whether the rules themselves give less with this cell than without: it says which of two rules applies, or contradicts another cell.

    High flow cannula is grade 3, at 6 L/min and less grade 2. Blow-by is grade 2 at any flow; a flow alone is grade 3 above 6, and
    "room air" or "refused" beside a flow contradicts it. "Sedated" says why nothing was assessed. A total goes by its items where they
    disagree, and stands where items are missing.
    """
    if row[item] == "sedated":
        return True
    tool, _, part = item.partition("_")
    if tool in ("ice", "capd") and part != "total" and row.get(f"{tool}_total"):
        return True
    device, flow = row.get("oxygen_device", ""), row.get("oxygen_flow", "")
    if item == "oxygen_flow":
        return device == "high flow nasal cannula"
    return (
        item == "oxygen_device"
        and bool(flow)
        and device in ("blow by", "room air", "refused", "high flow nasal cannula")
    )


def cells_to_remove(sheets: Sheets, everything: bool) -> dict[str, list[tuple[str, int, str]]]:
    """Per subject the cells of measurements: (sheet, position, column). Not `everything`: only those with no earlier value to stand in."""
    out: dict[str, list[tuple[str, int, str]]] = {}
    for name, rows in sheets.items():
        if not name.startswith(("vitals", "neuro")):
            continue
        for position, row in enumerate(rows):
            for item, cell in row.items():
                if (
                    item in (*VITALS, *NEURO)
                    and cell
                    and item not in NOT_MEASURED
                    and (everything or cell not in NORMAL_WORDS)
                ):
                    out.setdefault(subject_of(row), []).append((name, position, item))
    return out


NO_CARRYING = Settings(carry_forward_hours={"temperature": 0, "blood_pressure": 0, "oxygen": 0})  # type: ignore[arg-type]


@examples(8)
@given(seed=seeds)
def test_removing_a_measurement_does_not_raise_the_grade_of_its_assessment(seed: int) -> None:
    """Every subject loses one cell. Nothing is carried here: where an earlier value stands for a missing one, a worse one may."""
    r, sheets = Random(seed), made(seed, 150)
    for name in [
        n for n in sheets if n.startswith("interventions")
    ]:  # support of an interval stands for a blank too
        sheets[name] = [row for row in sheets[name] if row["category"] not in ("oxygen", "vasopressor")]
        if not sheets[name]:
            del sheets[name]
    before = proven(graded(sheets, NO_CARRYING)["assessments"])
    removed = {}
    changed = {name: [dict(row) for row in rows] for name, rows in sheets.items()}
    for subject, cells in cells_to_remove(sheets, everything=True).items():
        name, position, item = r.choice(cells)
        if says_less_without(item, sheets[name][position]):
            continue
        changed[name][position][item] = ""
        removed[subject] = (name, sheets[name][position], item)
    after = proven(graded(changed, NO_CARRYING)["assessments"])
    for subject, (name, row, item) in removed.items():
        when = row.get("datetime") or row.get("date") or ""
        key = (
            subject,
            "CRS" if name.startswith("vitals") else "ICANS",
            f"{when}:00" if "datetime" in row else when,
        )
        told = {k: v for k, v in row.items() if v}
        assert after.get(key, -1.0) <= before.get(key, -1.0), (
            f"without {item} grade {before.get(key)} becomes {after.get(key)}: {told}"
        )


@pytest.mark.parametrize("kind", ["everything", "strict", "no-oxygen", "no-vasopressors", "ruled"])
def test_no_grade_is_above_its_ceiling(kind: str) -> None:
    settings = Settings(fever_gate=PROFILES[kind].get("fever_gate", "run"))
    tables = graded(made(77, 60, kind), settings)
    pairs = [
        (row["grade"], row["grade_ceiling"])
        for name in ("assessments", "daily", "episodes")
        for row in records(tables[name])
    ]
    for syndrome in ("crs", "icans"):
        pairs += [
            (row[f"{syndrome}_grade"], row[f"{syndrome}_grade_ceiling"])
            for row in records(tables["patients"])
        ]
    assert len(pairs) > 1000
    for grade, ceiling in pairs:
        assert grade == "" or (ceiling != "" and 0 <= int(grade) <= int(ceiling) <= 5), (grade, ceiling)


TOOL = tuple(item for item in NEURO if item.startswith(("ice_", "capd_")) and not item.endswith("_unable"))


@examples(4)
@given(seed=seeds, kind=st.sampled_from(["everything", "timed", "daily"]))
def test_what_was_not_measured_is_never_grade_0(seed: int, kind: str) -> None:
    """CRS 0 needs a temperature, its own or one of the 8 hours before; ICANS 0 needs ICE or CAPD."""
    sheets = made(seed, 60, kind)
    warm: dict[str, list[tuple[str, bool]]] = {}
    tested = set()
    for name, rows in sheets.items():
        for row in rows:
            when = row.get("datetime") or row.get("date") or ""
            if name.startswith("vitals") and row["temperature"]:
                warm.setdefault(subject_of(row), []).append((when, "datetime" in row))
            if name.startswith("neuro") and any(row[item] for item in TOOL):
                tested.add((subject_of(row), when))
    rulings = [row for name, rows in sheets.items() if name.startswith("adjudications") for row in rows]
    ruled = {(subject_of(row), row["syndrome"]) for row in rulings if row["action"] == "grade"}
    zeros = 0
    for row in records(graded(sheets)["assessments"]):
        if row["grade"] != "0" or (row["subject_id"], row["syndrome"]) in ruled:
            continue
        zeros += 1
        when = row["datetime"][:16]
        if row["syndrome"] == "ICANS":
            assert (row["subject_id"], when) in tested, row
            continue
        measured = warm.get(row["subject_id"], [])
        earliest = later_hours(when, -8) if row["is_day"] == "0" else when
        assert any(
            at == when or (timed and row["is_day"] == "0" and earliest <= at <= when)
            for at, timed in measured
        ), row
    assert zeros > 100


def later_hours(when: str, hours: int) -> str:
    return (dt.datetime.strptime(when, "%Y-%m-%d %H:%M") + dt.timedelta(hours=hours)).strftime(
        "%Y-%m-%d %H:%M"
    )


def test_a_state_of_not_evaluable_has_no_grade_in_any_table() -> None:
    tables = graded(made(3, 60))
    days = records(tables["daily"])
    assert {row["state"] for row in days} == {"graded", "not-evaluable", "no-record"}
    for row in days:
        assert (row["grade"] == "") == (row["state"] != "graded"), row
        assert row["state"] != "no-record" or row["grade_ceiling"] == "", row
