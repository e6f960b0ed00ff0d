"""The tables of reported adverse events: a table counted by hand, the worked cases, what adds up to what in any study, every format."""

from __future__ import annotations

import ast
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from make_adverse_events import BLOOD, GI, GROUPS, SHELL_STUDY, nine, with_events, write_table
from make_results import random_study, write_study
from rich.cells import cell_len
from rich.console import Console

import senl_ae
from senl_ae.issues import Refused
from senl_ae.read.values.frames import DUPLICATE
from senl_ae.report.count.long_results import HEADING, LongResults
from senl_ae.report.count.statistics import poisson_interval
from senl_ae.report.layout.laid import header_lines, layout, layouts
from senl_ae.report.layout.terminal import render
from senl_ae.report.summary import run_summarize, summarize
from senl_ae.report.tables.adverse_events.checks import CODES
from senl_ae.report.tables.found import families, own_tables, tables_of
from senl_ae.report.tables.table import EventOptions
from tests.running import here

ANY = "Any adverse event"
TABLES = families(tables_of({}))["ae"]
BY_TERM = ("ae-terms", "ae-related", "ae-serious", "ae-fatal", "ae-lymphodepletion")
FORMATS = ("xlsx", "html", "docx", "rtf", "json", "csv")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_events(nine(tmp_path_factory.mktemp("shell") / "r"), SHELL_STUDY)


def lines(folder: Path, table: str, by: Sequence[str] = ("dose",), **options: Any) -> dict[str, list[str]]:
    """The printed cells of a table by label, in the order of print."""
    long = summarize(folder, by=by, tables=(table,), **options)
    laid = layout(long, *next(key for key in long.texts if key[0] == table))
    return {line.label: list(line.cells) for line in laid.lines}


def figure(
    long: LongResults, table: str, row: str, level: str, statistic: str, group: str = "Total"
) -> float:
    frame = long.frame
    at = (frame["table"] == table) & (frame["row"] == row) & (frame["level"] == level)
    return float(frame[at & (frame["statistic"] == statistic) & (frame["group"] == group)]["value"].iloc[0])


# ---------------------------------------------------------------- the table of the specification


def test_the_table_by_class_and_term_is_the_one_counted_by_hand(shell: Path) -> None:
    found = lines(shell, "ae-terms")
    assert list(found.items()) == [
        (ANY, ["1 (33.3%)", "1 (33.3%)", "3 (50.0%)", "2 (33.3%)", "4 (44.4%)", "3 (33.3%)"]),
        (BLOOD, ["0", "0", "2 (33.3%)", "2 (33.3%)", "2 (22.2%)", "2 (22.2%)"]),
        ("Anaemia", ["0", "0", "2 (33.3%)", "2 (33.3%)", "2 (22.2%)", "2 (22.2%)"]),
        ("Neutropenia", ["0", "0", "1 (16.7%)", "1 (16.7%)", "1 (11.1%)", "1 (11.1%)"]),
        (GI, ["1 (33.3%)", "1 (33.3%)", "1 (16.7%)", "0", "2 (22.2%)", "1 (11.1%)"]),
        ("Vomiting", ["1 (33.3%)", "1 (33.3%)", "1 (16.7%)", "0", "2 (22.2%)", "1 (11.1%)"]),
        ("Nausea", ["1 (33.3%)", "0", "0", "0", "1 (11.1%)", "0"]),
    ]
    long = summarize(shell, by=("dose",), tables=("ae-terms",))
    laid = layout(long, "ae-terms", "dose_level")
    assert laid.columns[:2] == (("DL1", "N = 3", "Any"), ("DL1", "N = 3", ">= 3"))
    assert [line.indent for line in laid.lines] == [0, 0, 1, 1, 0, 1, 1]
    assert figure(long, "ae-terms", ANY, "", "events") == 7
    assert figure(long, "ae-terms", BLOOD, "Neutropenia", "events") == 2
    assert figure(long, "ae-terms", BLOOD, "Anaemia", "n", "DL2") == 2
    assert "as reported by the investigator" in header_lines(laid)[2]


def test_a_least_share_leaves_out_terms_but_no_count_of_a_class(shell: Path) -> None:
    kept = lines(shell, "ae-terms", events=EventOptions(20))
    whole = lines(shell, "ae-terms")
    assert list(kept) == [ANY, BLOOD, "Anaemia", GI, "Vomiting"]
    assert all(whole[label] == cells for label, cells in kept.items())
    # nausea is in one of three subjects of DL1, neutropenia in one of six of DL2
    assert "Nausea" in lines(shell, "ae-terms", events=EventOptions(20, "any"))
    assert "Neutropenia" not in lines(shell, "ae-terms", events=EventOptions(20, "any"))
    notes = summarize(shell, tables=("ae-terms",), events=EventOptions(20)).texts["ae-terms", ""].footnotes
    assert any("at least 20 % of Total" in note for note in notes)


@pytest.mark.parametrize(
    ("least", "there"), [(22.2, True), (22.22222, True), (22.3, False), (0, True), (100, False)]
)
def test_the_least_share_is_compared_before_it_is_rounded(shell: Path, least: float, there: bool) -> None:
    """Two of nine are 22.222... per cent."""
    assert ("Anaemia" in lines(shell, "ae-terms", events=EventOptions(least))) is there


def test_one_of_sixteen_is_rounded_half_up(tmp_path: Path) -> None:
    subjects = random_study(1, 16)
    for subject in subjects:
        subject["infusion"] = subject["first"].isoformat()
    folder = write_study(tmp_path / "r", subjects, adverse=False)
    with_events(folder, [{"subject": subjects[0]["subject_id"], "pt": "Nausea", "soc": GI}])
    assert lines(folder, "ae-terms", by=())["Nausea"] == ["1 (6.3%)", "0"]


def test_grades_and_the_overview_of_the_same_study(shell: Path) -> None:
    grades = lines(shell, "ae-grades", by=())
    assert grades[ANY] == ["1 (11.1%)", "0", "2 (22.2%)", "1 (11.1%)", "0"]
    assert grades["Vomiting"] == ["1 (11.1%)", "0", "1 (11.1%)", "0", "0"]
    overview = lines(shell, "ae-overview", by=())
    assert overview[ANY] == ["4 (44.4%) [7]"]
    assert overview["Grade >= 3"] == ["3 (33.3%) [4]"]
    assert overview["Grade 4"] == ["1 (11.1%) [2]"]
    assert overview["Number of events"] == ["7"]
    assert overview["Tumour flare"] == ["0"]


# ---------------------------------------------------------------- one subject, one name


def course(**said: Any) -> dict[str, Any]:
    return {"pt": "Nausea", "soc": GI, "event": 1, **said}


GONE = {"emergent": "no", "in_window": 0}
CASES = (
    ("worse than before", [course(grade=3, period="lymphodepletion", **GONE), course(grade=4)], (1, 1, 1, 4)),
    (
        "as before",
        [course(grade=3, period="lymphodepletion", **GONE), course(grade=3, **GONE)],
        (0, 0, 0, None),
    ),
    ("ended before", [course(grade=3, period="lymphodepletion", **GONE), course(grade=2)], (1, 0, 1, 2)),
    ("grade changes", [course(grade=1), course(grade=2), course(grade=1)], (1, 0, 1, 2)),
    ("two events", [course(grade=1), course(grade=2, event=2)], (1, 0, 2, 2)),
    ("alike but for a column", [course(grade=2), course(grade=2)], (1, 0, 1, 2)),
    ("no grade", [course(grade="")], (1, 0, 1, None)),
    (
        "worse after the window",
        [course(grade=1), course(grade=3, period="late", emergent="yes", in_window=0)],
        (1, 0, 1, 1),
    ),
    ("worse from an open one", [course(grade=2, period="before", **GONE), course(grade=3)], (1, 1, 1, 3)),
)


@pytest.mark.parametrize(("name", "said", "answer"), CASES, ids=[case[0] for case in CASES])
def test_one_subject_one_name(
    name: str, said: list[dict[str, Any]], answer: tuple[int, int, int, int | None], tmp_path: Path
) -> None:
    """Subjects of any grade, of grade 3 or more, events, highest grade; the records as they stand once their emergence is decided."""
    folder = with_events(nine(tmp_path / "r"), said)
    long = summarize(folder, tables=("ae-terms", "ae-grades", "ae-overview"))
    any_grade, severe, events, highest = answer
    assert figure(long, "ae-overview", ANY, "", "n") == any_grade
    found = [figure(long, "ae-terms", ANY, "", statistic) for statistic in ("n", "n_grade3plus", "events")]
    assert found == [any_grade, severe, events]
    by_grade = long.frame[
        (long.frame["table"] == "ae-grades") & (long.frame["row"] == ANY) & (long.frame["statistic"] == "n")
    ]
    at = {row.level: row.value for row in by_grade.itertuples()}
    expected = {f"Grade {g}": float(g == highest) for g in range(1, 6)} | {
        "Grade missing": float(name == "no grade")
    }
    assert at == {level: n for level, n in expected.items() if level != "Grade missing" or n}
    assert figure(long, "ae-terms", ANY, "", "n_possible_grade3plus") == (severe or name == "no grade")


# ---------------------------------------------------------------- what is said of them


def test_names_are_one_whatever_their_spelling_and_the_usual_one_is_printed(tmp_path: Path) -> None:
    said = [
        {"subject": 1, "pt": "Diarrhoea", "soc": GI},
        {"subject": 2, "pt": "DIARRHEA", "soc": GI.upper()},
        {"subject": 3, "pt": "Ｄiarrhoea ", "soc": GI},
        {"subject": 4, "pt": "Diarrhoea", "soc": GI},
    ]
    found = lines(with_events(nine(tmp_path / "r"), said), "ae-terms", by=())
    assert {label: cells[0] for label, cells in found.items()} == dict.fromkeys(
        (ANY, GI, "Diarrhoea"), "4 (44.4%)"
    )


def test_a_name_in_two_classes_counts_in_each_and_once_above(tmp_path: Path) -> None:
    said = [{"pt": "Mouth bleeding", "soc": soc} for soc in (GI, "Vascular disorders")]
    long = summarize(with_events(nine(tmp_path / "r"), said), tables=("ae-terms",))
    assert [figure(long, "ae-terms", row, "", "n") for row in (ANY, GI, "Vascular disorders")] == [1, 1, 1]


def test_what_nobody_coded_stands_in_a_class_of_its_own(tmp_path: Path) -> None:
    said = [{"term": "felt sick"}, {"subject": 2, "pt": "Nausea"}, {"subject": 3, "pt": "Nausea", "soc": GI}]
    found = lines(with_events(nine(tmp_path / "r"), said), "ae-terms", by=())
    assert list(found) == [
        ANY,
        "Not coded",
        "felt sick",
        "Nausea",
        GI,
    ]  # Nausea of both classes has one label
    assert found["Not coded"][0] == "2 (22.2%)"


def test_order_is_by_subjects_then_by_folded_name(tmp_path: Path) -> None:
    said = [{"subject": s, "pt": pt, "soc": soc} for s, pt, soc in (
        (1, "b", "Z"), (2, "b", "Z"), (1, "a", "Z"), (3, "A b", "Y"), (4, "Aa", "Y"), (1, "x", "W"),
    )]  # fmt: skip
    assert list(lines(with_events(nine(tmp_path / "r"), said), "ae-terms")) == [
        ANY,
        "Y",
        "A b",
        "Aa",
        "Z",
        "b",
        "a",
        "W",
        "x",
    ]


def test_assumed_missing_and_possibly_worsened_are_said_in_footnotes(tmp_path: Path) -> None:
    said = [
        {"subject": 1, "pt": "Nausea", "soc": GI, "emergent": "assumed"},
        {"subject": 2, "pt": "Nausea", "soc": GI, "emergent": "assumed"},
        {"subject": 2, "pt": "Nausea", "soc": GI, "event": 7},
        {"subject": 3, "pt": "Nausea", "soc": GI, "grade": "", "related": "", "serious": "", "flags": "relation-missing;serious-missing"},
        {"subject": 4, "pt": "Rash", "soc": GI, "period": "before", **GONE, "flags": "worsening-unknown"},
    ]  # fmt: skip
    folder = with_events(nine(tmp_path / "r"), said)
    long = summarize(folder, tables=BY_TERM)
    notes = " ".join(long.texts["ae-terms", ""].footnotes)
    for words in (
        "1 subject(s) count by assumption only",
        "1 subject(s) have a record without a grade",
        "1 subject(s) have a record without a relation, which counts as related",
        "1 subject(s) have a record that does not say whether it is serious",
        "1 subject(s) have an event from before the infusion that possibly worsened",
    ):
        assert words in notes
    assert figure(long, "ae-terms", ANY, "", "n_assumed") == 1
    assert figure(long, "ae-related", ANY, "", "n") == 3  # the missing relation among them
    assert figure(long, "ae-serious", ANY, "", "n") == 0


def test_a_filtered_table_counts_the_records_that_pass_at_their_own_grade(tmp_path: Path) -> None:
    said = [
        course(grade=4, serious=0),
        course(grade=2, serious=1),
        {"subject": 2, "pt": "Rash", "soc": GI, "related": 0},
    ]
    long = summarize(with_events(nine(tmp_path / "r"), said), tables=BY_TERM)
    assert figure(long, "ae-serious", GI, "Nausea", "n") == 1
    assert figure(long, "ae-serious", GI, "Nausea", "n_grade3plus") == 0
    assert figure(long, "ae-related", ANY, "", "n") == 1
    assert figure(long, "ae-terms", ANY, "", "n") == 2


def test_fatal_is_grade_5_or_a_fatal_outcome(tmp_path: Path) -> None:
    said = [
        {"subject": 1, "pt": "Sepsis", "grade": 5},
        {"subject": 2, "pt": "Sepsis", "grade": 4, "outcome": "fatal"},
        {"subject": 3, "pt": "Rash", "grade": 4},
    ]
    assert (
        figure(
            summarize(with_events(nine(tmp_path / "r"), said), tables=("ae-fatal",)), "ae-fatal", ANY, "", "n"
        )
        == 2
    )


def test_a_shorter_window_counts_what_began_in_it(shell: Path, tmp_path: Path) -> None:
    assert lines(shell, "ae-overview", by=(), window=4)[ANY] == ["3 (33.3%) [4]"]
    before = {"pt": "Nausea", "period": "before", "start_day": -6, "end_day": 5}
    folder = with_events(nine(tmp_path / "r"), [before])
    for window, assumed in ((30, 0), (5, 0), (4, 1)):
        long = summarize(folder, tables=("ae-terms",), window=window)
        assert figure(long, "ae-terms", ANY, "", "n") == 1
        assert figure(long, "ae-terms", ANY, "", "n_assumed") == assumed


def test_special_interest_says_when_how_it_ended_and_what_was_looked_for_in_vain(tmp_path: Path) -> None:
    said = [
        {
            "subject": 1,
            "pt": "Anaemia",
            "soc": BLOOD,
            "grade": 3,
            "start_day": 4,
            "aesi": "cytopenias",
            "serious": 1,
        },
        {"subject": 2, "pt": "Anaemia", "soc": BLOOD, "grade": 1, "start_day": 9, "aesi": "cytopenias"},
        {
            "subject": 2,
            "pt": "Neutropenia",
            "soc": BLOOD,
            "start_day": 2,
            "aesi": "cytopenias;crs",
            "outcome": "not resolved",
        },
    ]
    folder = with_events(nine(tmp_path / "r"), said)
    long = summarize(folder, tables=("ae-interest",))
    laid = layout(long, "ae-interest")
    at = [line.label for line in laid.lines].index("Cytopenias")
    assert [(line.label, line.cells[0]) for line in laid.lines[at : at + 8]] == [
        ("Cytopenias", "2 (22.2%)"),
        ("Grade >= 3", "1 (11.1%)"),
        ("Serious", "1 (11.1%)"),
        ("Day of onset", "3 (2-4) [2]"),
        ("Resolved", "1/2 (50.0%)"),
        ("Terms", ""),
        ("Anaemia", "2 (22.2%)"),
        ("Neutropenia", "1 (11.1%)"),
    ]
    assert [line.label for line in laid.lines][-1] == "Tumour flare (4 names looked for)"


def test_rates_are_per_hundred_days_at_risk_with_exact_limits(tmp_path: Path) -> None:
    folder = with_events(nine(tmp_path / "r"), [{"pt": "Nausea", "soc": GI, "start_day": 4}])
    assert "ae-rates" not in {table for table, _ in summarize(folder).texts}
    assert "ae-rates" in {table for table, _ in summarize(folder, events=EventOptions(rates=True)).texts}
    assert lines(folder, "ae-rates", by=())["Nausea"] == [
        "1/253",
        "0.40",
        "0.01-2.20",
    ]  # 5 and 8 times 31 days
    assert [round(limit, 2) for limit in (*poisson_interval(0), *poisson_interval(10))] == [
        0,
        3.69,
        4.80,
        18.39,
    ]


def test_the_derived_syndromes_stand_in_the_place_of_the_reported_ones(tmp_path: Path) -> None:
    said = [
        {
            "subject": 1,
            "pt": "Cytokine release syndrome",
            "soc": "Immune system disorders",
            "grade": 1,
            "aesi": "crs",
        },
        {"subject": 2, "pt": "Nausea", "soc": GI},
    ]
    folder = with_events(nine(tmp_path / "r"), said, ae_syndromes="derived")
    long = summarize(folder, tables=("ae-terms", "crs"))
    in_words = "Cytokine release syndrome"
    assert figure(long, "ae-terms", "Immune system disorders", in_words, "n") == figure(
        long, "crs", "Any CRS", "", "n"
    )
    assert figure(long, "ae-terms", "Immune system disorders", in_words, "n_grade3plus") == figure(
        long, "crs", "Grade >= 3", "", "n"
    )
    reported = with_events(nine(tmp_path / "s"), said)
    assert (
        figure(
            summarize(reported, tables=("ae-terms",)), "ae-terms", "Immune system disorders", in_words, "n"
        )
        == 1
    )


def test_who_was_not_infused_is_listed_and_in_no_count(tmp_path: Path) -> None:
    folder = with_events(
        nine(tmp_path / "r", infused=range(1, 9)),
        [{"subject": 9, "pt": "Nausea", "in_window": 0}, {"pt": "Rash"}],
    )
    long = summarize(folder, tables=("ae",))
    assert {row[0] for row in long.listings["ae-listing"].rows} == {"S9", "S1"}
    assert figure(long, "ae-terms", ANY, "", "n") == 1


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        ("DOSE NOT CHANGED", None),
        ("NOT APPLICABLE", None),
        ("不适用", None),
        ("UNKNOWN", None),
        ("", None),
        ("DOSE REDUCED", "Dose reduced"),
        ("停用", "Withdrawn"),
    ],
)
def test_a_recorded_action_has_its_row_and_what_says_that_nothing_was_done_has_none(
    typed: str, row: str | None, tmp_path: Path
) -> None:
    """From the cell to the table, as the words of reading and of counting have to be the same."""
    subjects = "USUBJID,RFXSTDTC,ARM\n01,2026-01-10,DL1\n"
    events = f"USUBJID,AETERM,AETOXGR,AESTDTC,AEACN\n01,Nausea,2,2026-01-12,{typed}\n"
    (tmp_path / "dm.csv").write_text(subjects, encoding="utf-8")
    (tmp_path / "ae.csv").write_text(events, encoding="utf-8")
    graded = here("grade", tmp_path / "dm.csv", tmp_path / "ae.csv", "--out", tmp_path / "r", "-q")
    assert graded.code == 0
    found = lines(tmp_path / "r", "ae-overview", by=())
    assert found[ANY][0].startswith("1 ")
    of_actions = [
        label
        for label in found
        if label in ("Not applicable", "Unknown", "None", "Dose reduced", "Withdrawn")
    ]
    assert of_actions == ([row] if row else [])


def test_the_overview_tells_kinds_apart(tmp_path: Path) -> None:
    before = {"period": "before", "start_day": -6, **GONE}
    said = [
        {"subject": 1, "pt": "Nausea", "dlt": 1, "action": "dose reduced", "serious": 1},
        {"subject": 2, "pt": "Nausea", "related": "", "action": "none"},
        {"subject": 3, "pt": "Nausea", "related": 0, "serious": 1, "grade": 4},
        {"subject": 4, "pt": "Rash", "period": "lymphodepletion", "start_day": -2, "end_day": -1, **GONE},
        {"subject": 5, "pt": "Pain", "baseline_grade": 2, "end_day": 9, **before},
        {"subject": 6, "pt": "Pain", "baseline_grade": 2, "end_day": -1, **before},
        {"subject": 7, "pt": "Pain", "end_day": 9, "flags": "worsening-unknown", **before},
        {"subject": 8, "pt": "Pain", "flags": "not-worse-than-baseline", **GONE},
    ]
    found = lines(with_events(nine(tmp_path / "r"), said), "ae-overview", by=())
    assert {label: cells[0].split(" ")[0] for label, cells in found.items() if cells[0]} == {
        ANY: "3",
        "Grade >= 3": "1",
        "Grade >= 3, proven or possible": "1",
        "Grade 4": "1",
        "Grade 5": "0",
        "Grade missing": "0",
        "Related": "2",
        "Related, grade >= 3": "0",
        "Serious": "2",
        "Related and serious": "1",
        "Fatal": "0",
        "Dose-limiting, as reported": "1",
        "Dose reduced": "1",
        "Cytokine release syndrome": "0",
        "Cytopenias": "0",
        "Tumour flare": "0",
        "Began in the lymphodepletion": "1",
        "Present before, not worse": "2",
        "Number of events": "3",
    }


def test_late_events_and_findings_are_listed(tmp_path: Path) -> None:
    said = [{"pt": "Nausea"}, {"pt": "Rash", "period": "late", "start_day": 40, "in_window": 0, "grade": ""}]
    folder = with_events(nine(tmp_path / "r"), said)
    finding = {"severity": "note", "subject_id": "S1", "file": "events.xlsx", "row": "3", "found": "no grade"}
    write_table(folder, "issues", [{**finding, "code": "grade-missing"}, {**finding, "code": "out-of-range"}])
    long = summarize(folder, tables=("ae-listing", "ae-late", "ae-checks"))
    listing = long.listings["ae-listing"]
    assert len(listing.rows) == 2 and len(long.listings["ae-late"].rows) == 1
    late = dict(zip(listing.columns, long.listings["ae-late"].rows[0], strict=True))
    assert (late["Preferred term"], late["Grade"], late["Counted"], late["Start day"]) == (
        "Rash",
        "not recorded",
        "no",
        "40",
    )
    assert [row[1] for row in long.listings["ae-checks"].rows] == ["grade-missing"]


def test_a_date_that_is_known_in_part_stands_as_it_was_written(tmp_path: Path) -> None:
    said = [
        {
            "pt": "Nausea",
            "start_day": 0,
            "start": "2026-01-10",
            "start_raw": "UN-JAN-2026",
            "start_imputed": "D",
        }
    ]
    long = summarize(with_events(nine(tmp_path / "r"), said), tables=("ae-listing",))
    page = long.listings["ae-listing, page"]
    assert dict(zip(page.columns, page.rows[0], strict=True))["Start"] == "D0 2026-01-10 (UN-JAN-2026)"


# ---------------------------------------------------------------- what must hold in any study


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("studies")
    return [write_study(root / str(seed), random_study(seed, 1 + seed % 19), seed) for seed in range(24)]


def counts(long: LongResults) -> dict[tuple[str, str, str], dict[str, dict[str, float]]]:
    """(table, row, level) -> statistic -> group -> value."""
    found: dict[Any, Any] = defaultdict(lambda: defaultdict(dict))
    for row in long.frame.itertuples(index=False):
        found[row.table, row.row, row.level][row.statistic][row.group] = row.value
    return found


@pytest.mark.parametrize("seed", range(24))
def test_a_random_study_adds_up(seed: int, studies: list[Path]) -> None:
    long = summarize(studies[seed], by=("dose",), tables=(*BY_TERM, "ae-grades"), window=[None, 14][seed % 2])
    found = counts(long)
    path = {row: long.path("ae-grades", row) for table, row, _ in found if table == "ae-grades"}
    for row, steps in path.items():
        at = ("ae-terms", steps[0], steps[1] if len(steps) > 1 else "")
        for group, n in found[at]["n"].items() if row != HEADING else ():
            levels = [
                cells["n"][group]
                for (t, r, level), cells in found.items()
                if (t, r) == ("ae-grades", row) and level
            ]
            assert sum(levels) == n
            severe = [found["ae-grades", row, f"Grade {g}"]["n"][group] for g in (3, 4, 5)]
            assert sum(severe) == found[at]["n_grade3plus"][group]
    for (table, row, level), cells in found.items():
        if table not in BY_TERM or row == HEADING:
            continue
        for group, n in cells["n"].items():
            of_class, whole = found[table, row, ""], found[table, ANY, ""]
            assert n <= of_class["n"][group] <= whole["n"][group]
            assert (
                cells["n_grade3plus"][group]
                <= of_class["n_grade3plus"][group]
                <= whole["n_grade3plus"][group]
            )
            assert cells["n_grade3plus"][group] <= cells["n_possible_grade3plus"][group] <= n
            assert cells["n_assumed"][group] <= n <= cells["events"][group]
            assert table == "ae-lymphodepletion" or n <= found["ae-terms", row, level]["n"][group]
        groups = [n for group, n in cells["n"].items() if group != "Total"]
        assert sum(groups) == cells["n"]["Total"] or not groups


@pytest.mark.parametrize("seed", range(0, 24, 4))
def test_counts_are_those_of_plain_loops_and_nothing_outside_the_window_counts(
    seed: int, studies: list[Path]
) -> None:
    import csv

    with (studies[seed] / "adverse_events.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["in_window"] == "1"]
    highest: dict[str, int] = {}
    for row in rows:
        highest[row["subject_id"]] = max(highest.get(row["subject_id"], 0), int(row["grade"] or 0))
    long = summarize(studies[seed], tables=("ae-terms", "ae-grades"))
    frame = long.frame[(long.frame["row"] == ANY) & (long.frame["level"] == "")]
    said = {row.statistic: row.subjects for row in frame.itertuples()}
    assert set(said["n"]) == set(highest)
    assert set(said["n_grade3plus"]) == {subject for subject, grade in highest.items() if grade >= 3}
    assert figure(long, "ae-terms", ANY, "", "events") == len(
        {(row["subject_id"], row["event"]) for row in rows}
    )


def test_the_order_of_records_changes_no_count(studies: list[Path], tmp_path: Path) -> None:
    import csv
    import shutil

    for seed in (7, 18):
        folder = tmp_path / str(seed)
        shutil.copytree(studies[seed], folder)
        with (folder / "adverse_events.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        write_table(folder, "adverse_events", rows[::-1])
        names = ("ae-overview", *BY_TERM, "ae-grades", "ae-interest")
        long, other = (summarize(where, by=("dose",), tables=names) for where in (studies[seed], folder))
        assert long.frame.equals(other.frame)


# ---------------------------------------------------------------- every table in every format


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LongResults]:
    pytest.importorskip("docx")
    root = tmp_path_factory.mktemp("formats")
    folder = write_study(root / "r", random_study(5, 18), 5)
    events = EventOptions(rates=True)
    return root, run_summarize(
        folder, by=("dose",), tables=("ae",), formats=FORMATS, out=root / "out", events=events
    ).long


def test_every_table_has_a_file_in_its_room() -> None:
    named = {table.name for table in own_tables() if table.family == "ae"}
    asked = "overview terms grades related serious fatal interest lymphodepletion listing late checks labs"
    assert {f"ae-{name}" for name in asked.split()} <= named


def test_every_format_holds_every_table(written: tuple[Path, LongResults]) -> None:
    import docx
    import openpyxl

    root, long = written
    assert {table for table, _ in long.texts} == set(TABLES)
    page = (root / "out" / "tables.html").read_text(encoding="utf-8")
    rtf = (root / "out" / "tables.rtf").read_text(encoding="ascii")
    book = openpyxl.load_workbook(root / "out" / "tables.xlsx")
    document = docx.Document(str(root / "out" / "tables.docx"))
    in_word = "\n".join(p.text for section in document.sections for p in section.header.paragraphs)
    for laid, sheet in zip(layouts(long), book.worksheets, strict=False):
        title = header_lines(laid)[1]
        assert title in page and title in rtf and title in in_word and sheet["A2"].value == title
        stem = f"{laid.text.number}-{laid.name}.csv"
        assert (root / "out" / stem).is_file()
    assert "[red]Rash[/red]" in page and "<b>subcutaneous" not in page
    assert "laboratory toxicity" not in page.split("</title>")[0]


@pytest.mark.parametrize("by", [("dose",), ("sex",), ()])
def test_the_terminal_stays_within_100_columns(
    written: tuple[Path, LongResults], by: tuple[str, ...]
) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100)
    for laid in layouts(summarize(written[0] / "r", by=by, tables=("ae",), events=EventOptions(rates=True))):
        for renderable in render([laid], 100):
            console.print(renderable)
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= 100
    assert "[red]Rash[/red]" in out.getvalue()


def test_any_and_severe_of_a_dose_level_are_never_parted(written: tuple[Path, LongResults]) -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(*render([layout(written[1], "ae-terms", "dose_level")], 100), sep="\n")
    headings = [line for line in out.getvalue().splitlines() if ">= 3" in line and "Any" in line]
    assert headings and all(line.count("Any") == line.count(">= 3") for line in headings)


def test_a_study_without_reported_events_says_so(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "r", random_study(1, 5), adverse=False, events=False)
    long = summarize(folder)
    assert not {table for table, _ in long.texts} & set(TABLES)
    assert long.about["Adverse events"].startswith("no events sheet; left out: ae-overview")
    with pytest.raises(Refused) as refusal:
        summarize(folder, tables=("ae-terms",))
    assert "the study has no events sheet" in refusal.value.issues.found[0].sentence()


def test_shells_have_rows_and_no_figure() -> None:
    found = {
        laid.text.name: laid for laid in layouts(summarize(None, by=("dose",), mock=True, tables=("ae",)))
    }
    assert [line.label for line in found["ae-terms"].lines] == [ANY, "Class", "Term"]
    assert set(found["ae-terms"].lines[0].cells) == {"xx (xx.x%)"}
    assert found["ae-grades"].lines and found["ae-interest"].lines and found["ae-labs-verdicts"].lines
    assert GROUPS


def test_every_finding_of_the_record_is_in_the_table_of_findings() -> None:
    """The codes stand where they are set, and once more in the table: neither has one that the other does not know."""
    grade, read = (Path(senl_ae.__file__).parent / room for room in ("grade/adverse_events", "read"))
    calls = [
        node
        for file in (*grade.glob("*.py"), read / "rows" / "events.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    place = {"Finding": 0, "Issue": 1, "add": 1}
    names = [(getattr(call.func, "attr", getattr(call.func, "id", "")), call) for call in calls]
    told = [call.args[place[name]] for name, call in names if name in place and len(call.args) > 1]
    set_here = {code.value for code in told if isinstance(code, ast.Constant)} - {"aesi-table-wrong"}
    assert {"end-before-start", "grade-0", "event-without-term"} <= set_here
    assert set_here | set(DUPLICATE.values()) == set(CODES)
