"""The laboratory tables: a folder counted by hand, what adds up to what in any folder, what the terminal leaves out, what is refused."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from make_results import WINDOW, lab_patients, random_study, write_study
from rich.console import Console
from test_report_invariants import (
    check_groups_add_up,
    check_percentages,
    check_print_equals_long,
    check_subjects_are_the_count,
    counts,
)

from senl_ae.issues import Refused
from senl_ae.report.count.cohort import make_cohort
from senl_ae.report.count.folder import read_results
from senl_ae.report.count.long_results import HEADING, LongResults
from senl_ae.report.layout.laid import header_lines, layout, layouts, together
from senl_ae.report.summary import run_summarize, summarize, terminal_tables
from senl_ae.report.tables.found import families, tables_of
from senl_ae.report.tables.laboratory.shared import worst_within
from senl_ae.run import Run

GRADES = [f"Grade {g}" for g in range(5)]
LABS = families(tables_of({}))["laboratory"]
BASELINE = ": baseline "
"""Between the term and the grade at baseline, in the rows of the shift."""


def blanked(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    """Puts rows in the place of those of a results file, under its headings; what a row does not say is blank."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        headings = next(csv.reader(file))
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """Four subjects in two dose levels: A0-A3. Platelets: 4 from 1, 2 (up to 3) from 0, 0 from a missing baseline, not gradable."""
    subjects = random_study(1, 4)
    for number, subject in enumerate(subjects):
        subject |= {
            "subject_id": f"A{number}",
            "dose_level": "DL1" if number < 2 else "DL2",
            "dose": 1e6 if number < 2 else 3e6,
            "infusion": subject["first"].isoformat(),
            "window_end_day": WINDOW,
            "window_end_reason": "window-complete",
        }
    folder = write_study(tmp_path / "r", subjects)
    term = {"term": "Platelet count decreased", "direction": "low"}
    blanked(
        folder,
        "lab_patients",
        [
            {"subject_id": "A0", **term, "baseline_grade": 1, "worst_grade": 4, "worst_ceiling": 4},
            {"subject_id": "A1", **term, "baseline_grade": 0, "worst_grade": 2, "worst_ceiling": 3},
            {"subject_id": "A2", **term, "worst_grade": 0, "worst_ceiling": 0},
            {"subject_id": "A3", **term, "baseline_grade": 0},
        ],
    )
    blanked(
        folder,
        "haematotoxicity",
        [
            {
                "subject_id": "A0",
                "icaht_early": 2,
                "icaht_early_ceiling": 3,
                "icaht_late": 1,
                "days_anc_500": 8,
                "days_anc_100": 0,
                "recovery_day": 14,
                "neutropenia_day28": 0,
                "thrombocytopenia_day28": 1,
                "febrile_neutropenia": 1,
                "tumour_lysis": 0,
                "iechs_met": "ferritin@5;cytopenia@3",
                "flags": "ferritin--2-days-after-crs;iechs-criteria-together",
            },
            {
                "subject_id": "A1",
                "icaht_early": 0,
                "icaht_early_ceiling": 0,
                "days_anc_500": 0,
                "days_anc_100": 0,
                "neutropenia_day28": 1,
                "febrile_neutropenia": 0,
                "tumour_lysis": 3,
                "iechs_met": "cytopenia@2",
                "flags": "tumour-lysis-criteria-met",
            },
            {
                "subject_id": "A2",
                "icaht_early": 4,
                "icaht_early_ceiling": 4,
                "days_anc_500": 31,
                "days_anc_100": 10,
                "iechs_met": "cytopenia@2",
                "iechs_missing": "ferritin;fibrinogen",
            },
            {"subject_id": "A3", "iechs_missing": "ferritin"},
        ],
    )
    return folder


def printed(long: LongResults, table: str) -> dict[str, list[str]]:
    """The cells of a printed table, by the headings above a line and its label."""
    laid = layout(long, table, next(by for name, by in long.texts if name == table))
    found: dict[str, list[str]] = {}
    above: list[str] = []
    for line in laid.lines:
        above = [*above[: line.indent], line.label]
        found[" / ".join(above)] = list(line.cells)
    return found


def test_worst_grades_counted_by_hand(by_hand: Path) -> None:
    cells = printed(summarize(by_hand, by=("dose",), tables=("laboratory-worst",)), "laboratory-worst")
    term = "Platelet count decreased / "
    assert cells[term + "Evaluable"] == ["2 (100.0%)", "1 (50.0%)", "3 (75.0%)"]
    assert cells[term + "Any grade"] == ["2 (100.0%)", "0", "2 (50.0%)"]
    assert cells[term + "Grade >= 3"] == ["1 (50.0%)", "0", "1 (25.0%)"]
    assert cells[term + "Grade >= 3, proven or possible"] == ["2 (100.0%)", "0", "2 (50.0%)"]
    assert cells[term + "Grade >= 3 / 95% CI"] == ["1.3-98.7", "0.0-84.2", "0.6-80.6"]
    assert cells[term + "Grade 2"] == ["1 (50.0%)", "0", "1 (25.0%)"]
    assert cells[term + "Not gradable"] == ["0", "1 (50.0%)", "1 (25.0%)"]
    assert cells[term + "Possibly higher"] == ["1 (50.0%)", "0", "1 (25.0%)"]


def test_the_shift_counted_by_hand(by_hand: Path) -> None:
    cells = printed(summarize(by_hand, by=("dose",), tables=("laboratory-shift",)), "laboratory-shift")
    term = "Platelet count decreased, "
    assert cells[term + "DL1 (N = 2) / Baseline grade 0"] == ["0", "0", "1", "0", "0", "0", "1"]
    assert cells[term + "DL1 (N = 2) / Baseline grade 1"] == ["0", "0", "0", "0", "1", "0", "1"]
    assert cells[term + "DL2 (N = 2) / Baseline missing"] == ["1", "0", "0", "0", "0", "0", "1"]
    assert cells[term + "Total (N = 4) / Baseline grade 0"] == ["0", "0", "1", "0", "0", "1", "2"]
    assert cells[term + "Total (N = 4) / Baseline total"] == ["1", "0", "1", "0", "1", "1", "4"]


def test_cytopenia_counted_by_hand(by_hand: Path) -> None:
    cells = {
        name: line[0]
        for name, line in printed(
            summarize(by_hand, tables=("laboratory-cytopenia",)), "laboratory-cytopenia"
        ).items()
    }
    early, late = "Early ICAHT, Day 0-30 / ", "Late ICAHT, after Day 30 / "
    assert [
        cells[early + row] for row in ("Grade 0", "Grade 2", "Grade 4", "Not evaluable", "Possibly higher")
    ] == ["1 (25.0%)"] * 5
    assert (cells[early + "Grade >= 3"], cells[early + "Grade >= 3, proven or possible"]) == (
        "1 (25.0%)",
        "2 (50.0%)",
    )
    assert (cells[late + "Grade 1"], cells[late + "Not evaluable"], cells[late + "Grade >= 3"]) == (
        "1/1 (100.0%)",
        "3 (75.0%)",
        "0/1",
    )
    assert cells["Days with neutrophils <= 500/uL / Median (min-max)"] == "8 (0-31)"
    assert cells["Days with neutrophils <= 100/uL / Median (min-max)"] == "0 (0-10)"
    assert cells["Neutrophils above 500/uL again"] == "1/2 (50.0%)"
    assert cells["Study day of neutrophil recovery / Median (min-max)"] == "14 (14-14)"
    assert cells["Grade >= 3 at Day 28 / Neutropenia"] == "1/2 (50.0%)"
    assert cells["Grade >= 3 at Day 28 / Thrombocytopenia"] == "1/1 (100.0%)"
    assert cells["Febrile neutropenia / Present"] == "1 (25.0%)"
    assert cells["Febrile neutropenia / Not evaluable"] == "2 (50.0%)"
    assert cells["Tumour lysis, laboratory criteria / Met"] == "1 (25.0%)"
    assert cells["IEC-HS, laboratory criteria / Ferritin, required"] == "1 (25.0%)"
    assert cells["IEC-HS, laboratory criteria / Ferritin not recorded"] == "2 (50.0%)"


def test_criteria_of_iechs_name_the_days_and_never_a_grade(by_hand: Path) -> None:
    long = summarize(by_hand, tables=("laboratory-iechs",))
    assert [(row[0], *row[2:8], row[9]) for row in long.listings["laboratory-iechs"].rows] == [
        ("A0", "D5", "", "", "D3", "yes", "-2", ""),
        ("A2", "", "", "", "D2", "", "", "ferritin, fibrinogen"),
    ]
    assert any("clinical decision" in note for note in long.texts["laboratory-iechs", ""].footnotes)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_study_the_tables_add_up(seed: int, tmp_path: Path) -> None:
    subjects = random_study(seed, 1 + 2 * seed)
    folder = write_study(tmp_path / "r", subjects, seed)
    window = (None, 7)[seed % 2]
    long = summarize(folder, by=("dose", "sex"), tables=("laboratory",), window=window)
    check_groups_add_up(long)
    check_percentages(long)
    check_subjects_are_the_count(long)
    check_print_equals_long(long)
    check_rows_add_up(long)
    own = lab_patients([s for s in subjects if s["infusion"]], seed)
    found = counts(long)
    for term, row in (("Anemia", "Anemia"), ("Potassium", "Potassium (low)")):
        mine = [r for r in own if (r["term"], r["direction"]) == (term, "low")]
        seen = [
            r["worst_grade"] if r["worst_day"] is not None and r["worst_day"] <= (window or WINDOW) else None
            for r in mine
        ]
        tally = Counter("Not gradable" if g is None else f"Grade {g}" for g in seen)
        for level in (*GRADES, "Not gradable"):
            assert found["laboratory-worst", "dose_level", row, level].get("Total", 0) == tally[level], (
                row,
                level,
            )


def check_rows_add_up(long: LongResults) -> None:
    """Grades and "not gradable" add up to N, any grade is what is above 0, a shift has the worst grades of the table before."""
    found = counts(long)
    terms = {key[:3] for key in found if key[0] == "laboratory-worst" and key[2] != HEADING}
    for table, by, term in terms:
        for group, n in found[table, by, HEADING, "N"].items():
            rows = [found[table, by, term, level][group] for level in (*GRADES, "Not gradable")]
            assert sum(rows) == n
            assert found[table, by, term, "Evaluable"][group] == n - rows[5]
            assert found[table, by, term, "Any grade"][group] == sum(rows[1:5])
            assert found[table, by, term, "Grade >= 3"][group] == sum(rows[3:5])
            assert found[table, by, term, "Grade >= 3, proven or possible"][group] >= sum(rows[3:5])
            shifts = {
                key: value[group]
                for key, value in found.items()
                if key[:2] == ("laboratory-shift", by) and key[2].startswith(term + BASELINE)
            }
            across = [f"Worst {g}" for g in range(5)] + ["Not gradable"]
            for level, worst in zip(across, rows, strict=True):
                column = [
                    value for key, value in shifts.items() if key[3] == level and not key[2].endswith("total")
                ]
                assert (
                    sum(column) == worst == shifts["laboratory-shift", by, term + BASELINE + "total", level]
                )
            assert shifts["laboratory-shift", by, term + BASELINE + "total", "Total"] == n
    for by in {key[1] for key in found if key[0] == "laboratory-cytopenia"}:
        for group, n in found["laboratory-cytopenia", by, HEADING, "N"].items():
            for row in ("Early ICAHT, Day 0-30", "Late ICAHT, after Day 30"):
                assert (
                    sum(
                        found["laboratory-cytopenia", by, row, level][group]
                        for level in (*GRADES, "Not evaluable")
                    )
                    == n
                )


def test_the_terminal_says_which_terms_it_leaves_out_and_the_files_have_them(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 18), 1)
    done = run_summarize(
        folder, by=("dose",), tables=("laboratory",), formats=("terminal", "csv"), out=tmp_path / "out"
    )
    text = " ".join(str(note) for laid in terminal_tables(done.long) for note in laid.footnotes)
    assert (
        "2 term(s) without a grade of 1 or more, proven or possible, are left out, 1 of them without a grade in anybody."
        in text
    )
    file = io.StringIO()
    Console(file=file, width=100).print(*done.renderables, sep="\n")
    assert "Hypercalcemia" not in file.getvalue() and "Potassium (low)" in file.getvalue()
    assert max(map(len, file.getvalue().splitlines())) <= 100
    for name in ("10a-laboratory-worst-by-dose_level.csv", "10b-laboratory-shift-by-dose_level.csv"):
        written = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "Hypercalcemia" in written and "Potassium (high)" in written


def test_every_table_carries_the_version_of_ctcae_and_what_the_grades_are(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 9), 1)
    for source in ("derived", "reported"):
        for laid in layouts(summarize(folder, tables=("laboratory",), source=source)):
            assert "Scale: CTCAE v5.0" in header_lines(laid)[2]
            assert "derived from the record" in header_lines(laid)[2]
            assert "investigator" not in laid.text.title
            assert any("CTCAE v5.0" in note for note in laid.footnotes)
    counted = layouts(summarize(folder, tables=("10a", "10b", "10c")))
    assert all(any("expected after lymphodepletion" in note for note in laid.footnotes) for laid in counted)


def test_a_block_of_a_shift_is_not_torn_apart_and_names_its_term(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 18), 1)
    laid = layout(
        summarize(folder, by=("dose",), tables=("laboratory-shift",)), "laboratory-shift", "dose_level"
    )
    runs, length = [], 0
    for keep in together(laid):
        length += 1
        if not keep:
            runs.append(length)
            length = 0
    assert set(runs) == {8}
    assert all("(N = " in line.label and "," in line.label for line in laid.lines if line.heading)


@pytest.mark.parametrize(
    ("asked", "tables"),
    [
        ({"tables": ("laboratory",)}, set(LABS)),
        ({"tables": ("10",)}, set(LABS)),
        ({"tables": ("10b",)}, {"laboratory-shift"}),
        ({"tables": ("laboratory",), "ids": False}, set(LABS) - {"laboratory-iechs"}),
        ({"tables": ("laboratory",), "mock": True}, set(LABS)),
        ({"tables": ("agreement",), "source": "both"}, {"agreement-crs", "agreement-icans"}),
    ],
)
def test_one_name_for_several_tables(asked: dict, tables: set[str], tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 9), 1)
    assert {name for name, _ in summarize(folder, **asked).texts} == tables


def test_shells_have_one_block_for_all_terms() -> None:
    long = summarize(None, by=("dose",), tables=("laboratory",), mock=True)
    lines = layout(long, "laboratory-worst", "dose_level").lines
    assert [line.label for line in lines if line.heading] == ["Laboratory term"]
    assert lines[1].cells == ("xx (xx.x%)",) * 4


def test_rows_that_count_nobody_can_be_dropped_from_a_shift(by_hand: Path) -> None:
    cells = printed(summarize(by_hand, tables=("laboratory-shift",), drop_zero_rows=True), "laboratory-shift")
    block = "Platelet count decreased, Total (N = 4) / Baseline "
    assert [name.removeprefix(block) for name in cells if name.startswith(block)] == [
        "grade 0",
        "grade 1",
        "missing",
        "total",
    ]


def test_without_laboratory_files_the_tables_are_left_out_or_refused(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 9), 1, labs=False)
    long = summarize(folder)
    assert not {name for name, _ in long.texts} & set(LABS)
    assert long.about["Laboratory"].startswith(
        "no results in the folder; left out: laboratory-worst, laboratory-shift"
    )
    assert "Laboratory" not in summarize(folder, tables=("crs",)).about
    with pytest.raises(Refused) as refusal:
        summarize(folder, tables=("laboratory",))
    sentence = refusal.value.issues.found[0].sentence()
    assert "--table laboratory-worst: the results folder has no laboratory results; grade a study" in sentence


def test_a_shorter_window_needs_the_single_values(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 9), 1)
    (folder / "labs.csv").unlink()
    assert "laboratory-worst" not in {name for name, _ in summarize(folder, window=7).texts}
    with pytest.raises(Refused) as refusal:
        summarize(folder, window=7, tables=("laboratory",))
    assert "no labs.csv" in refusal.value.issues.found[0].sentence()


def test_worst_grades_from_the_single_values_are_those_of_the_grading(sample_run: Run) -> None:
    """What `--window` counts for a shorter window is, for the whole window, what the grading says."""
    assert sample_run.folder is not None
    results = read_results(sample_run.folder)
    cohort = make_cohort(results, None, "derived")
    patients = results.frame("lab_patients")
    keys = sorted(set(patients["term"] + "|" + patients["direction"]))
    for found, column in zip(
        worst_within(results, cohort, keys), ("worst_grade", "worst_ceiling"), strict=True
    ):
        graded = {
            (key, subject): grade
            for key, subject, grade in zip(
                patients["term"] + "|" + patients["direction"],
                patients["subject_id"],
                patients[column],
                strict=True,
            )
        }
        for key, row in zip(keys, found, strict=True):
            np.testing.assert_array_equal(row, [graded[key, subject] for subject in cohort.ids])


def test_the_sample_study_adds_up(sample_run: Run) -> None:
    long = summarize(sample_run.folder, by=("dose",), tables=("laboratory",))
    check_groups_add_up(long)
    check_print_equals_long(long)
    check_rows_add_up(long)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"tables": ("agreement",)},
            "--table agreement-crs: it compares two sources; give --source both; the study needs an events sheet.",
        ),
        (
            {"tables": ("labortory",)},
            "--table labortory: no table of this name; did you mean laboratory? There are overview",
        ),
    ],
)
def test_refusals_are_plain_sentences(asked: dict, words: str, tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 5), 1)
    with pytest.raises(Refused) as refusal:
        summarize(folder, **asked)
    sentence = refusal.value.issues.found[0].sentence()
    assert words in sentence and "?." not in sentence and "expected did" not in sentence
