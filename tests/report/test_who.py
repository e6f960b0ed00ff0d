"""From any count of a printed table one command leads to its subjects, with the day, the grade, the rule and the spreadsheet rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from senl_ae.issues import Refused
from senl_ae.report.count.folder import read_results
from senl_ae.report.count.long_results import HEADING
from senl_ae.report.summary import counting_of, summarize
from senl_ae.report.tables.behind import of_cell
from senl_ae.report.tables.found import tables_of
from senl_ae.report.tables.table import EVIDENCE, Cell
from senl_ae.report.who import behind_count
from senl_ae.run import grade_files
from senl_ae.settings import Settings
from tests.running import SAMPLE, here


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("who") / "results"
    grade_files([SAMPLE], Settings(), out=out, workbook=False)
    return out


def ids(folder: Path, *place: str | None, **options: object) -> list[str]:
    """The subjects behind a cell, in order, each once."""
    return list(dict.fromkeys(behind_count(folder, *place, **options).rows["subject_id"]))  # type: ignore[arg-type]


@pytest.mark.parametrize("window", [None, 7])
def test_behind_every_count_of_every_table_stand_exactly_its_subjects(
    graded: Path, window: int | None
) -> None:
    results = read_results(graded)
    long = summarize(graded, by=("dose",), source="both", window=window)
    counting = counting_of(results, window, "both", "clopper-pearson")
    known = tables_of(results.run)
    frame = long.frame[long.frame["subjects"].map(len) > 0].drop_duplicates(
        ["table", "row", "level", "subjects"]
    )
    assert len(set(frame["table"])) >= 12 and len(frame) > 500
    for table, row, level, statistic, subjects in zip(
        *(frame[name] for name in ("table", "row", "level", "statistic", "subjects")), strict=True
    ):
        path = (*long.path(table, row), *([level] if level else []))
        rows = of_cell(counting, Cell(known[table], path, row, level, statistic, subjects))
        assert tuple(rows) == EVIDENCE
        assert set(rows["subject_id"]) == set(subjects), (table, row, level)
        if row == "Maximum grade" and level.startswith("Grade"):
            highest = rows.groupby("subject_id")["grade"].max()
            assert set(highest) == {level[-1]}, (table, row, level)
        if level.startswith("Worst ") and not row.endswith("total"):
            assert set(rows["grade"]) == {level[-1]}, (table, row, level)


def test_a_count_leads_to_the_day_the_rule_and_the_spreadsheet_row(graded: Path) -> None:
    done = here("who", graded, "--table", "2", "--row", "Maximum grade", "--level", "Grade 3")
    assert done.code == 0 and done.err == ""
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[1] == "Maximum grade / Grade 3, Total: 2 of 18 subjects infused (11.1%)"
    assert "007" in done.out and "hypotension that" in done.out and "Vitals by day 34" in done.out
    assert lines[-1].startswith("Rows are those of study_en.xlsx")


def test_a_laboratory_count_leads_to_the_worst_value(graded: Path) -> None:
    found = behind_count(graded, "laboratory-shift", "anemia: baseline grade 1", "worst 3")
    assert found.rows[["subject_id", "what", "grade", "source"]].to_numpy().tolist() == [
        ["017", "hemoglobin 77 g/L", "3", "study_en.xlsx:Labs:2723"]
    ]
    assert ids(graded, "10a", "Anemia", "Grade 3")


@pytest.mark.parametrize(
    "asked",
    [
        ("2", "any crs", None, "dl2"),
        ("CRS", "\uff21\uff2e\uff39 \uff23\uff32\uff33", None, "DL 2"),
        (" crs ", "AnyCRS", None, "\uff24\uff2c\uff12"),
    ],
)
def test_names_are_matched_whatever_their_case_width_and_spaces(graded: Path, asked: tuple) -> None:
    assert ids(graded, *asked) == ids(graded, "crs", "Any CRS", None, "DL2") != []


def test_at_least_is_not_exactly(graded: Path) -> None:
    """What differs by a sign is never taken for one another."""
    exact = ids(graded, "2", "Maximum grade", "grade 3")
    assert ids(graded, "2", "grade\u22653") == ids(graded, "2", "Grade >= 3") != exact
    assert behind_count(graded, "2", "grade 3").count.startswith("Maximum grade / Grade 3, Total")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("2", "maximum grade"), "Maximum grade / Grade 0 or Maximum grade / Grade 1"),
        (("2", "maximum grade", "grade 9"), "did you mean Grade"),
        (("2", "any icans"), "did you mean Any CRS"),
        (("2", "any crs", None, "DL9"), "There are DL1, DL2, DL3, Total"),
        (("crss", "any"), "did you mean crs"),
        (("5", "any"), "5a crs-icans or 5b crs-icans-grades"),
        (("6", "any"), "its rows name their subjects already"),
        (("9c", "CRS 1"), "--source both"),
        (("2", "any crs", None, "Total", "mean"), "There are n, percent"),
    ],
)
def test_what_is_not_one_cell_is_refused_with_the_choices(graded: Path, place: tuple, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        behind_count(graded, *place)
    assert words in refusal.value.issues.found[0].sentence()


def test_refusals_end_with_the_exit_code_of_all_refusals(graded: Path, tmp_path: Path) -> None:
    done = here("who", graded, "--table", "2", "--row", "nothing")
    assert done.code == 1 and done.out == "" and done.err.startswith("refuse: --row nothing")
    assert here("who", tmp_path, "--table", "2", "--row", "Any CRS").code == 1
    assert here("who", graded, "--table", "2").code == 2


def test_what_is_no_number_of_subjects_says_so_and_gives_those_it_is_of(graded: Path) -> None:
    spread = behind_count(graded, "2", "Study day of onset")
    assert "median" in spread.notes[0] and len(set(spread.rows["subject_id"])) == 14
    share = behind_count(graded, "2", "Any CRS", statistic="percent")
    assert "no number of subjects" in share.notes[0]
    assert ids(graded, "2", "Any CRS") == list(dict.fromkeys(share.rows["subject_id"]))


def test_the_options_of_summarize_count_the_same(graded: Path) -> None:
    for options in ({"window": 7}, {"by": "sex"}, {"source": "reported"}):
        counted = summarize(graded, tables=("crs",), **{**options, "by": (options.get("by", "dose"),)})  # type: ignore[arg-type]
        cells = counted.frame[(counted.frame["row"] == "Any CRS") & (counted.frame["statistic"] == "n")]
        assert len(cells) > 1
        for group, subjects in zip(cells["group"], cells["subjects"], strict=True):
            assert ids(graded, "crs", "Any CRS", None, group, **options) == list(subjects)


def test_why_a_higher_grade_is_open_is_told(graded: Path) -> None:
    found = behind_count(graded, "2", "Possibly higher").rows
    told = found[found["subject_id"] == "002"]
    assert [grade for grade in told["shown"] if "(<=2)" in grade]
    assert told["because"].str.contains("needs ").any()


def test_csv_holds_the_same_rows(graded: Path) -> None:
    done = here("who", graded, "--table", "icans", "--row", "Any ICANS", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.code == 0 and tuple(rows[0])[:2] == ("subject_id", "dose_level")
    assert list(dict.fromkeys(row["subject_id"] for row in rows)) == ids(graded, "icans", "Any ICANS")
    assert all(
        row["rules"].startswith("icans-") and row["source"] for row in rows if "episode" in row["what"]
    )


def test_nobody_is_said(graded: Path) -> None:
    done = here(
        "who", graded, "--table", "2", "--row", "Maximum grade", "--level", "Grade 5", "--column", "DL1"
    )
    assert done.out.splitlines()[-1] == "Nobody." and done.code == 0
    table = here(
        "who",
        graded,
        "--table",
        "2",
        "--row",
        "Maximum grade",
        "--level",
        "Grade 5",
        "--column",
        "DL1",
        "--csv",
    )
    assert len(table.out.splitlines()) == 1


def test_the_heading_can_be_asked_too(graded: Path) -> None:
    assert ids(graded, "2", HEADING, "N", "DL1") == ["001", "002", "003", "004", "005"]
