"""Rows are paths of any depth, and several statistics stand side by side under one heading, in every format."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from senl_ae.report.count.cohort import Group
from senl_ae.report.count.long_results import HEADING, INFUSED, LongResults, Side, TableText, Tally, as_frame
from senl_ae.report.layout.files import write_files
from senl_ae.report.layout.laid import Laid, layout, panels, side_by_side
from senl_ae.report.layout.terminal import render

IDS = np.array(["001", "002", "003", "004"], dtype=object)
LOW = np.array([True, True, False, False])
ALL = np.ones(4, dtype=bool)
ABOUT = dict.fromkeys(
    [
        "Study",
        "Data cut-off",
        "Population",
        "Scale",
        "Grades",
        "Program",
        "Settings",
        "Grading tables",
        "Run",
    ],
    "-",
)


def headed(
    beside: tuple[Side, ...] = (), groups: int = 2, kind: str = "statistics"
) -> tuple[Tally, TableText]:
    """An empty count of four subjects in dose levels, with its N."""
    columns = [Group("DL1", LOW), *(Group(f"DL{n}", ~LOW) for n in range(2, groups)), Group("Total", ALL)]
    tally = Tally("made", "dose_level", columns, IDS)
    for group in columns:
        n = int(group.members.sum())
        tally.value(HEADING, "N", group.name, "n", n, str(n), (n, INFUSED), "")
    return tally, TableText("made", "1", "Made", beside=beside, kind=kind)


def laid_of(tally: Tally, text: TableText) -> tuple[LongResults, Laid]:
    long = LongResults(as_frame(tally.rows), {}, {("made", "dose_level"): text}, ABOUT, tally.paths)
    return long, layout(long, "made", "dose_level")


def deep() -> tuple[LongResults, Laid]:
    tally, text = headed()
    tally.count("Any event", "", ALL)
    tally.count(("Infections",), "Sepsis", LOW, ci=True)
    tally.count(("Infections", "Viral", "Herpes"), "Zoster", ~LOW)
    tally.spread(("Infections", "Viral"), "Day", np.arange(4.0), ALL, "all")
    return laid_of(tally, text)


def test_a_row_is_set_in_by_the_depth_of_its_path_and_what_it_stands_under_has_one_line() -> None:
    long, laid = deep()
    assert [(line.indent, line.label, line.heading) for line in laid.lines] == [
        (0, "Any event", False),
        (0, "Infections", True),
        (1, "Sepsis", False),
        (2, "95% CI", False),
        (1, "Viral", True),
        (2, "Herpes", True),
        (3, "Zoster", False),
        (2, "Day", True),
        (3, "n", False),
        (3, "Median (min-max)", False),
        (3, "Q1-Q3", False),
    ]
    assert laid.lines[6].cells == ("0", "2 (50.0%)")
    spelled = long.frame[["row", "level"]].drop_duplicates().to_numpy().tolist()
    assert ["Infections: Viral: Herpes", "Zoster"] in spelled and ["Infections", "Sepsis"] in spelled


def test_rows_stand_in_the_order_in_which_they_were_counted() -> None:
    tally, text = headed()
    for name in ("Nausea", "Anaemia", "Chills"):
        tally.count("Any class", name, ALL)
    assert [line.label for line in laid_of(tally, text)[1].lines] == [
        "Any class",
        "Nausea",
        "Anaemia",
        "Chills",
    ]


def beside(groups: int = 2) -> tuple[LongResults, Laid]:
    sides = (Side("Any", more="events"), Side(">= 3", n="n_grade3plus", percent="percent_grade3plus"))
    tally, text = headed(sides, groups)
    for level in ("", "Anaemia"):
        tally.count("Blood", level, ALL)
        for group in tally.groups:
            tally.value("Blood", level, group.name, "n_grade3plus", 1, "1", (2, INFUSED), "")
            tally.value("Blood", level, group.name, "percent_grade3plus", 50, "50.0", (2, INFUSED), "")
            tally.value("Blood", level, group.name, "events", 3, "3", (None, ""), "")
    return laid_of(tally, text)


def test_statistics_stand_side_by_side_under_the_heading_of_their_group() -> None:
    laid = beside()[1]
    assert laid.columns == (
        ("DL1", "N = 2", "Any"),
        ("DL1", "N = 2", ">= 3"),
        ("Total", "N = 4", "Any"),
        ("Total", "N = 4", ">= 3"),
    )
    assert [(line.indent, line.label, line.cells[:2]) for line in laid.lines] == [
        (0, "Blood", ("2 (100.0%) [3]", "1 (50.0%)")),
        (1, "Anaemia", ("2 (100.0%) [3]", "1 (50.0%)")),
    ]


@pytest.mark.parametrize("kind", ["statistics", "cross"])
def test_a_cross_table_is_a_table_whose_levels_stand_across(kind: str) -> None:
    tally, text = headed(tuple(Side(grade, grade, percent="") for grade in ("G1", "G2")), kind=kind)
    across = [("G1", LOW), ("G2", ~LOW)]
    tally.cross([("Low", LOW), ("All", ALL)], across, under=("Anaemia",), heading=False)
    laid = laid_of(tally, text)[1]
    lines = [(line.indent, line.label, line.cells) for line in laid.lines]
    if kind == "statistics":
        assert [heading[-1] for heading in laid.columns] == ["G1", "G2", "G1", "G2"]
        assert lines[1:] == [(1, "Low", ("2", "0", "2", "0")), (1, "All", ("2", "0", "2", "2"))]
    else:
        assert laid.columns == (("G1",), ("G2",))
        assert [label for _, label, _ in lines] == [
            "Anaemia, DL1 (N = 2)",
            "Low",
            "All",
            "Anaemia, Total (N = 4)",
            "Low",
            "All",
        ]
        assert lines[4:] == [(1, "Low", ("2", "0")), (1, "All", ("2", "2"))]


def test_columns_under_one_heading_are_never_parted() -> None:
    assert list(side_by_side([10] * 6, 2, 45)) == [range(4), range(4, 6)]
    assert list(side_by_side([30] * 4, 2, 45)) == [range(2), range(2, 4)]  # too wide, and still together
    laid = beside(groups=30)[1]
    parts = list(panels(laid))
    assert len(parts) > 1 and all(len(part.columns) % 2 == 0 for part in parts)
    console = Console(width=100, record=True, file=io.StringIO())
    for part in render([laid], 100):
        console.print(part)
    printed = console.export_text()
    assert max(map(len, printed.splitlines())) <= 100
    headings = [line for line in printed.splitlines() if "Any" in line and "Blood" not in line]
    assert headings and all(line.count("Any") == line.count(">= 3") for line in headings)


@pytest.mark.parametrize("made", [deep, beside], ids=["deep", "beside"])
def test_every_format_draws_them(made: object, tmp_path: Path) -> None:
    long, laid = made()  # type: ignore[operator]
    write_files(long, tmp_path / "out", ("csv", "json", "xlsx", "html", "docx", "rtf"), 100)
    page = (tmp_path / "out" / "tables.html").read_text(encoding="utf-8")
    for depth in {line.indent for line in laid.lines} - {0}:
        assert f".in{depth} th" in page and re.search(rf'class="[^"]*in{depth}"', page)
