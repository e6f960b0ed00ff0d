"""values.csv holds what the rules were asked: enough to work every grade out again, by an evaluator that knows the tables alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.read.study import read_study
from senl_ae.results.folder import write_tables
from senl_ae.results.values import values_table
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.simulate.charts import simulate_study
from senl_ae.simulate.written import sample_files, write_csv
from senl_ae.study import Study
from tests.charting import test_rule2_crs, test_rule2_icans
from tests.charting.rule2 import record
from tests.results.evaluator import floor, rows, tables
from tests.running import here

SCALES = checked_scales([])
KEY = ("subject_id", "syndrome", "datetime", "study_day", "is_day")
BEFORE_RULES = {"ruling", "no-worse-than-baseline"}
"""What sets a grade beside the rules: an investigator, a score from before the infusion."""
NOT_FROM_VALUES = {"flow of a high flow cannula", "carried fever", "a baseline that cannot be read"}
"""The floor rests on what an unreadable cell may say at the least, which is no value of the record, or on a baseline in doubt."""
SUBJECTS = "subject_id,infusion_datetime,age\n1,2026-03-02 10:00,44\n2,2026-03-02 10:00,44\n"
VITALS = """subject_id,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors
1,2026-03-05 08:00,38.6,84,nasal cannula,3-7,none
1,2026-03-05 10:00,,,,,
1,2026-03-05 12:00,38.4,118,,,norepinephrine
"""
TREATMENTS = """subject_id,category,agent,start,end
1,oxygen,nonrebreather,2026-03-05 11:00,2026-03-05 13:00
1,vasopressor,norepinephrine,2026-03-05 09:30,2026-03-05 10:30
"""

Kept = tuple[list[dict[str, str]], list[dict[str, str]]]


def kept(study: Study, folder: Path) -> Kept:
    """The rows of assessments.csv and of values.csv."""
    graded, written = grade_in_memory(study, Settings(), SCALES)
    folder.mkdir(exist_ok=True)
    write_tables(folder, {"assessments": written["assessments"], "values": values_table(graded)})
    return rows(folder / "assessments.csv"), rows(folder / "values.csv")


def differing(found: Kept) -> list[tuple[Mapping[str, str], tuple[str, str]]]:
    """Assessments whose grade, or the rules that set it, are others than the values give."""
    by_syndrome = tables()
    out = []
    for assessment, values in zip(*found, strict=True):
        assert [assessment[k] for k in KEY] == [values[k] for k in KEY]
        given = floor(by_syndrome[values["syndrome"]], values)
        ruled = BEFORE_RULES.intersection(assessment["flags"].split(";"))
        if not ruled and given != (assessment["grade"], assessment["rules"]):
            out.append((assessment, given))
    return out


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_the_grades_of_the_sample_follow_from_its_values(path: Path, tmp_path: Path) -> None:
    found = kept(read_study([path], Settings()), tmp_path / "results")
    assert differing(found) == []
    assert len({row["grade"] for row in found[0]}) == 7  # blank to 5


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_grades_of_simulated_studies_follow_from_their_values(seed: int, tmp_path: Path) -> None:
    write_csv(tmp_path, simulate_study(6, seed, rows_per_subject=20))
    study = read_study(sorted(tmp_path.glob("*.csv")), Settings())
    assert differing(kept(study, tmp_path / "results")) == []


DOUBTS = [
    (name, given, cell)
    for cells in (test_rule2_crs.CELLS, test_rule2_icans.CELLS)
    for name, given, _, by_cell in cells
    for cell in by_cell
    if name not in NOT_FROM_VALUES
]


@pytest.mark.parametrize(("name", "given", "cell"), DOUBTS)
def test_the_floor_of_a_record_in_doubt_follows_from_its_values(
    name: str, given: str, cell: str, tmp_path: Path
) -> None:
    assert differing(kept(record(tmp_path, given.format(cell)), tmp_path / "results")) == []


def test_a_value_that_nobody_could_read_is_blank_and_its_worst_stands_at_the_worse_end(
    tmp_path: Path,
) -> None:
    given = "D3 08:00: temperature 38.5, sbp 80, oxygen_device cannula | D3 10:00: temperature 38.5, sbp 8OO, oxygen_device gizmo"
    values = kept(record(tmp_path, given), tmp_path / "results")[1][-1]
    assert (values["sbp"], values["oxygen_device"]) == ("", "")
    assert "oxygen_device=ventilator" in values["worse"].split(";")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("carried")
    for name, text in (("subjects", SUBJECTS), ("vitals", VITALS), ("treatments", TREATMENTS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    done = here("grade", *sorted(folder.glob("*.csv")), "--out", folder / "results", "--no-workbook")
    assert done.code == 0, done.err
    return folder / "results"


def test_values_carried_on_or_of_an_interval_name_their_rows(graded: Path) -> None:
    by_time = {row["datetime"][11:16]: row for row in rows(graded / "values.csv")}
    own, carried, interval = by_time["08:00"], by_time["10:00"], by_time["12:00"]
    assert own["carried"] == ""
    assert (own["temperature"], own["sbp"], own["oxygen_flow"], own["map"]) == ("38.6", "84", "3", "")
    assert own["worse"] == "oxygen_flow=7"
    vitals, given = "vitals.csv::2", "treatments.csv::{}"
    assert set(carried["carried"].split(";")) == {
        f"temperature={vitals}",
        f"sbp={vitals}",
        f"oxygen_device={vitals}",
        f"oxygen_flow={vitals}",
        f"vasopressors={given.format(3)}",
        f"vasopressors_together={given.format(3)}",
    }
    assert (interval["oxygen_device"], interval["vasopressors"]) == ("nonrebreather", "1")
    assert interval["carried"] == f"oxygen_device={given.format(2)}"


def test_the_run_says_which_sheet_is_what_and_keeps_its_rules(graded: Path) -> None:
    run = json.loads((graded / "run.json").read_text(encoding="utf-8"))
    assert {"file": "treatments.csv", "sheet": "", "domain": "interventions"} in run["sheets"]
    kept_rules = {rule["id"]: rule for scale in run["rules"].values() for rule in scale["rules"]}
    for table in tables().values():
        for rule in table["rule"]:
            assert kept_rules[rule["id"]]["when"] == rule["when"] or any(
                isinstance(bound, dict) for cell in rule["when"].values() for bound in cell.values()
            )
            assert kept_rules[rule["id"]]["says"] == rule["says"]
    assert "values.csv" in run["written"]


@pytest.mark.parametrize("asked", [False, True])
def test_a_large_study_keeps_its_values_only_when_asked(asked: bool, tmp_path: Path) -> None:
    with (tmp_path / "vitals.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["subject_id", "infusion_datetime", "age", "datetime", "temperature", "sbp"])
        lines.writerows(
            [f"{i:04}", "2026-03-02 10:00", 44, "2026-03-04 08:00", 38.2, 118] for i in range(501)
        )
    more = ("--values",) if asked else ()
    results = tmp_path / "results"
    assert here("grade", tmp_path / "vitals.csv", "--out", results, "--quiet", *more).code == 0
    assert (results / "values.csv").exists() == asked
    said = here("explain", "0007", results, "--day", "2", "--syndrome", "CRS")
    assert said.code == 0, said.err
    assert ("38.2" in said.out) == asked
    assert ("Grade again with `senl-ae grade FILES --values`" in said.out) != asked
    assert "crs-1-fever" in said.out
