"""What `summarize` takes, refuses and leaves out; golden tables of a small study."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from make_results import random_study, write_study

from senl_ae.issues import Refused
from senl_ae.report.count.long_results import HEADING
from senl_ae.report.layout.files import csv_rows, guarded
from senl_ae.report.layout.laid import layout, layouts
from senl_ae.report.summary import run_summarize, summarize
from senl_ae.report.tables.found import own_tables

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("small") / "results", random_study(1, 18), 1)


def cell(folder: Path, table: str, row: str, column: str, **options: object) -> str:
    """What stands in a printed table."""
    long = summarize(folder, tables=(table,), **options)  # type: ignore[arg-type]
    key = next(key for key in long.texts if key[0] == table)
    laid = layout(long, *key)
    j = [heading[0] for heading in laid.columns].index(column)
    return next(line.cells[j] for line in laid.lines if line.label == row)


def test_dose_levels_stand_in_the_order_of_their_dose(small: Path) -> None:
    long = summarize(small, by=("dose",), tables=("overview",))
    headings = [heading[0] for heading in layout(long, "overview", "dose_level").columns]
    assert headings == ["DL-1", "DL1", "DL2", "DL10", "Not assigned", "Total"]


def test_without_by_there_is_total_alone(small: Path) -> None:
    laid = layout(summarize(small, tables=("crs",)), "crs")
    assert [heading[0] for heading in laid.columns] == ["Total"]
    assert laid.columns[0][1] == "N = 17"
    assert laid.text.title == "Cytokine release syndrome by maximum grade"


def test_age_groups(small: Path) -> None:
    long = summarize(small, by=("age",), tables=("crs",))
    headings = [heading[0] for heading in layout(long, "crs", "age_group").columns]
    assert headings == ["<12", "12-17", "18-64", ">=65", "Not recorded", "Total"]


def test_a_column_of_the_sheet_can_group_and_its_text_is_harmless(small: Path) -> None:
    long = summarize(small, by=("SITE",), tables=("crs",))
    laid = layout(long, "crs", "site")
    assert [heading[0] for heading in laid.columns] == ["007", "=SUM(1)", "[red]East[/red]", "Total"]
    assert guarded(csv_rows(laid)[0][2]).startswith("'=SUM(1)")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"by": ("sexx",)}, "did you mean sex"),
        ({"by": ("subject_id",)}, "no such column"),
        ({"tables": ("crss",)}, "did you mean crs"),
        ({"source": "wrong"}, "one of auto"),
        ({"window": 40}, "longer than the 30 days"),
        ({"ids": False, "tables": ("per-patient",)}, "names subjects"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(small: Path, asked: dict, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        summarize(small, **asked)
    assert words in refusal.value.issues.found[0].sentence()


def test_an_unknown_format_is_refused(small: Path) -> None:
    with pytest.raises(Refused) as refusal:
        run_summarize(small, formats=("pdf",))
    assert "one of terminal" in refusal.value.issues.found[0].sentence()


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Refused):
            summarize(folder)


def test_a_results_file_that_lost_a_column_is_refused(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(2, 4))
    text = (folder / "patients.csv").read_text(encoding="utf-8").replace("crs_grade_ceiling", "something")
    (folder / "patients.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        summarize(folder)
    assert "no column crs_grade_ceiling" in refusal.value.issues.found[0].sentence()


def test_tables_by_number(small: Path) -> None:
    assert {table for table, _ in summarize(small, tables=("2", "8b")).texts} == {"crs", "episodes"}
    assert {table for table, _ in summarize(small, tables=("5",)).texts} == {"crs-icans", "crs-icans-grades"}


def test_every_table_is_there_for_both_sources(small: Path) -> None:
    assert {table for table, _ in summarize(small, by=("dose",), source="both").texts} == set(TABLES)


def test_without_ids_no_subject_is_named_anywhere(small: Path, tmp_path: Path) -> None:
    done = run_summarize(
        small, by=("dose",), ids=False, source="both", formats=("csv", "json", "html", "rtf"), out=tmp_path
    )
    assert not {table for table, _ in done.long.texts} & set(LISTINGS)
    for path in done.files:
        text = path.read_text(encoding="utf-8")
        assert not any(f"S{number:03d}" in text for number in range(1, 19)), path.name


def test_rows_that_count_nobody_can_be_dropped(small: Path) -> None:
    whole, short = (summarize(small, tables=("crs",), drop_zero_rows=drop) for drop in (False, True))
    labels = [[line.label for line in layout(long, "crs").lines] for long in (whole, short)]
    assert "Grade 5" in labels[0] and "Grade 5" not in labels[1]
    assert (whole.frame["row"] == HEADING).sum() == (short.frame["row"] == HEADING).sum()


def test_shells_have_no_data_and_need_no_results(small: Path) -> None:
    for folder in (None, small):
        long = summarize(folder, by=("dose",), mock=True)
        assert long.frame["value"].isna().all()
        assert not any(long.frame["subjects"])
        cells = {cell for laid in layouts(long) for line in laid.lines for cell in line.cells}
        assert not any(character.isdigit() for cell in cells for character in cell)
        assert {"crs", "icans", "overview", "management", "per-patient", "queries"} <= {
            table for table, _ in long.texts
        }
        assert "xx (xx.x%)" in cells
        assert "xx/xx (xx.x%)" in cells


def test_a_shorter_window_counts_fewer_onsets(small: Path) -> None:
    assert cell(small, "crs", "Any CRS", "Total") == "15 (88.2%)"
    assert cell(small, "crs", "Any CRS", "Total", window=2) == "5 (29.4%)"


def test_wilson_intervals(small: Path) -> None:
    assert cell(small, "crs", "95% CI", "Total") == "63.6-98.5"
    assert cell(small, "crs", "95% CI", "Total", ci="wilson") == "65.7-96.7"


def test_a_study_of_reported_events_alone_is_summarised_from_them(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(5, 12), 5)
    with (folder / "patients.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    blank = [
        {name: "" if name[:4] in ("crs_", "ican") else value for name, value in row.items()} for row in rows
    ]
    with (folder / "patients.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(blank)
    long = summarize(folder, by=("dose",))
    assert long.about["Grades"] == "as reported by the investigator"
    assert "daily" not in {table for table, _ in long.texts}
    with (folder / "events.csv").open(encoding="utf-8", newline="") as file:
        events = [row for row in csv.DictReader(file) if row["syndrome"] == "CRS" and row["grade"]]
    assert cell(folder, "crs", "Any CRS", "Total").split(" ")[0] == str(
        len({row["subject_id"] for row in events})
    )


def test_agreement_of_derived_and_reported(small: Path) -> None:
    long = summarize(small, source="both", tables=("9",))
    frame = long.frame[long.frame["table"] == "agreement-crs"]
    body = frame[(frame["level"].str.startswith("Reported")) & (frame["row"] != "Total")]
    assert body["value"].sum() == 17
    exact = frame[(frame["row"] == "Exact agreement") & (frame["statistic"] == "n")].iloc[0]
    diagonal = sum(
        body[(body["row"] == f"Derived {g}") & (body["level"] == f"Reported {g}")]["value"].sum()
        for g in range(6)
    )
    assert exact["value"] == diagonal
    differing = {row[0] for row in long.listings["differences"].rows if row[2] == "CRS"}
    beside = {
        s for row in body.itertuples() if row.row.split()[1] != row.level.split()[1] for s in row.subjects
    }
    assert differing == beside


def test_subjects_not_infused_are_in_no_denominator(tmp_path: Path) -> None:
    subjects = random_study(3, 6)
    for position, subject in enumerate(subjects):
        subject["infusion"] = "" if position == 2 else subject["first"].isoformat()
    long = summarize(write_study(tmp_path / "r", subjects), tables=("crs", "per-patient"))
    assert long.printed["crs", ""][HEADING, "N", "n", "Total"][0] == "5"
    assert subjects[2]["subject_id"] not in {row[0] for row in long.listings["per-patient"].rows}
    assert any("1 subject(s) without an infusion date" in note for note in long.texts["crs", ""].footnotes)


def test_nobody_infused_prints_no_percentage(tmp_path: Path) -> None:
    subjects = random_study(3, 2)
    for subject in subjects:
        subject["infusion"] = ""
    long = summarize(write_study(tmp_path / "r", subjects), by=("dose",))
    cells = {
        cell
        for laid in layouts(long)
        if laid.kind == "statistics"
        for line in laid.lines
        for cell in line.cells
    }
    assert cells <= {"-", "", "0"}


def test_numeric_looking_subject_columns_stay_text(tmp_path: Path) -> None:
    long = summarize(write_study(tmp_path / "r", random_study(1, 9)), by=("site",), tables=("crs",))
    assert "007" in set(long.frame["group"])


TABLES = [table.name for table in own_tables() if not table.further]
LISTINGS = [table.name for table in own_tables() if table.is_listing]
GOLDEN_TABLES = [table.name for table in own_tables() if not table.name.endswith("-reported")]


@pytest.mark.parametrize("name", GOLDEN_TABLES)
def test_golden_tables(name: str, small: Path) -> None:
    """A small study, table by table. After a change that is meant: SENL_AE_WRITE_GOLDEN=1 pytest, and read the difference."""
    long = summarize(small, by=("dose",), tables=(name,), source="both")
    laid = layout(long, *next(key for key in long.texts if key[0] == name))
    names, rows = csv_rows(laid)
    lines = [laid.text.title, *(" | ".join(row) for row in [names, *rows]), *laid.footnotes]
    if laid.file is not None:
        lines += ["", "as laid out:", *(" | ".join([line.label, *line.cells]) for line in laid.lines)]
    text = "\n".join(lines) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("SENL_AE_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_long_results_are_beside_every_file(small: Path, tmp_path: Path) -> None:
    done = run_summarize(small, by=("dose",), tables=("crs",), formats=("csv",), out=tmp_path)
    assert [path.name for path in done.files] == ["2-crs-by-dose_level.csv", "long.csv", "long.json"]
    loaded = json.loads((tmp_path / "long.json").read_text(encoding="utf-8"))
    with (tmp_path / "long.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(loaded["results"]) == len(done.long.frame)
    for row, entry in zip(rows, loaded["results"], strict=True):
        assert row["subjects"] == ";".join(entry["subjects"])
        assert row["printed"] == entry["printed"]
        assert row["value"] == "" if entry["value"] is None else float(row["value"]) == entry["value"]
