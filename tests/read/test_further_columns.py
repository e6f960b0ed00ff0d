"""Further columns of the subjects: none is lost without a line that names it, and `--by` finds each."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import pytest

from senl_ae.issues import Refused
from senl_ae.read.subjects.further import _is_ours
from senl_ae.report.count.cohort import by_column, make_cohort
from senl_ae.report.count.folder import read_results
from tests.charting.when_study import SUBJECTS, Run, graded, vitals
from tests.running import here


def study(folder: Path, *further: tuple[str, str]) -> Run:
    """A study of one subject with these further columns, heading and value."""
    head, row = (
        [*first, *(column[i] for column in further)] for i, first in enumerate((SUBJECTS[0], SUBJECTS[1]))
    )
    return graded(folder, {"subjects": [head, row], "vitals": vitals()})


def subjects(folder: Path) -> dict[str, str]:
    with (folder / "results" / "subjects.csv").open(encoding="utf-8", newline="") as file:
        head, row, *_ = csv.reader(file)
    assert len(set(head)) == len(head)
    return dict(zip(head, row, strict=True))


def test_two_columns_of_one_heading_are_both_kept(tmp_path: Path) -> None:
    run = study(tmp_path, ("ward", "A"), ("ward", "B"), ("WARD", "C"), ("ｗａｒｄ", "D"), ("wa\u200brd", "E"))
    kept = {name: value for name, value in subjects(tmp_path).items() if value in set("ABCDE")}
    assert sorted(kept.values()) == list("ABCDE") and kept["ward"] == "A" and kept["ward (2)"] == "B"
    told = run.told("further-column-renamed")
    assert sum(f'"{name}"' in " ".join(i["done"] for i in told) for name in kept) == 4


def test_a_heading_that_looks_like_the_new_name_of_another_is_kept_too(tmp_path: Path) -> None:
    study(tmp_path, ("ward", "A"), ("ward", "B"), ("ward (2)", "C"))
    row = subjects(tmp_path)
    assert [row[name] for name in ("ward", "ward (2)")] == ["A", "B"] and "C" in row.values()


@pytest.mark.parametrize(
    "name", ["crs_days_seen", "sheet", "row", "death_day", "window_state", "age_group", "Window_End_Day"]
)
def test_a_heading_that_is_a_name_of_the_results_is_kept_beside_it(tmp_path: Path, name: str) -> None:
    run = study(tmp_path, (name, "mine"))
    assert subjects(tmp_path)[f"{name} (as given)"] == "mine" and run.told("further-column-renamed")


def test_a_heading_that_begins_with_a_line_is_kept(tmp_path: Path) -> None:
    study(tmp_path, ("_secret", "mine"), ("__", "yours"))
    assert subjects(tmp_path)["_secret"] == "mine" and "yours" in subjects(tmp_path).values()


def test_every_name_that_the_results_or_the_tables_give_a_subject_is_taken(tmp_path: Path) -> None:
    study(tmp_path)
    counted = make_cohort(read_results(tmp_path / "results"), None, "derived").subjects.columns
    own = {"subject_id", "dose", "dose_level", "age", "sex", *subjects(tmp_path), *counted}
    written_elsewhere = {"birth_date", "lymphodepletion_start"}
    assert all(_is_ours(name) or name in written_elsewhere for name in own - {"syndrome"})


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("ward\nname", "ward name"),
        ("ward\nname", "ward\nname"),
        ("ward\tname", "Ward Name"),
        ("ward  ", "ward"),
        ("ward", " ward  "),
        ("ｗａｒｄ", "ward"),
        (unicodedata.normalize("NFD", "Unité"), "Unité"),
        ("Unité", unicodedata.normalize("NFD", "unité")),
        ("ward (A)", "ward_a"),
        ("病区", "病区"),
        ("=cmd|x", "=cmd|x"),
        ("'=x", "'=x"),
        ("a/b", "A/B"),
        ("__", "__"),
    ],
)
def test_by_finds_a_heading_however_it_is_typed(tmp_path: Path, heading: str, asked: str) -> None:
    study(tmp_path, (heading, "north"))
    shown = here("summarize", tmp_path / "results", "--by", asked, "--table", "crs")
    assert shown.code == 0 and "north" in shown.out


def test_by_asks_which_of_two_is_meant(tmp_path: Path) -> None:
    study(tmp_path, ("CD4+", "north"), ("CD4-", "south"))
    assert "south" in here("summarize", tmp_path / "results", "--by", "CD4-", "--table", "crs").out
    unclear = here("summarize", tmp_path / "results", "--by", "cd4", "--table", "crs")
    assert unclear.code == 1 and "CD4+" in unclear.err and "CD4-" in unclear.err
    with pytest.raises(Refused):
        by_column(read_results(tmp_path / "results").subjects, "cd 4")


def test_columns_that_differ_by_case_are_two_tables_of_files_that_differ_by_more(tmp_path: Path) -> None:
    study(tmp_path, ("ward", "north"), ("WARD", "south"))
    done = here(
        "summarize", tmp_path / "results", "--by", "ward", "--by", "WARD (2)", "--table", "crs", "--format", "csv",
        "--out", tmp_path / "tables",
    )  # fmt: skip
    names = [path.name.casefold() for path in (tmp_path / "tables").iterdir()]
    assert done.code == 0 and len(set(names)) == len(names) and sum("ward" in name for name in names) == 2


def test_sheets_that_spell_a_heading_otherwise_have_one_column(tmp_path: Path) -> None:
    both = [
        [[*SUBJECTS[0], "ward"], [*SUBJECTS[1], "A"]],
        [[*SUBJECTS[0], "WARD"], ["002", *SUBJECTS[1][1:], "B"]],
    ]
    graded(tmp_path, {"first": both[0], "second": both[1], "vitals": vitals()})
    with (tmp_path / "results" / "subjects.csv").open(encoding="utf-8", newline="") as file:
        assert [row["ward"] for row in csv.DictReader(file)] == ["A", "B"]
