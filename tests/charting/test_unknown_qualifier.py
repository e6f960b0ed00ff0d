"""A column that no rule knows never changes a grade, and where it may say something of the values beside it a note of its own names it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senl_ae.study import Study
from tests.charting.qualified import SUBJECTS, at, graded_labs, read_labs, table, vitals
from tests.read.studies import read, same_facts, told

LABS = "subject_id,datetime,test,value,unit,lln,uln"


def beside_vitals(folder: Path, heading: str, cells: list[str]) -> Study:
    plain = vitals().splitlines()
    rows = [f"{row},{cells[i % len(cells)]}" for i, row in enumerate(plain[1:])]
    return read(
        folder, {"subjects.csv": SUBJECTS, "vitals.csv": "\n".join([f"{plain[0]},{heading}", *rows]) + "\n"}
    )


@pytest.mark.parametrize(
    ("heading", "cells", "shown"),
    [
        ("Materiale", ["csf"], "csf"),
        ("Ordrestatus", ["annuleret", "givet"], "annuleret"),
        ("Validity state", ["ok", "bad", "ok"], "bad"),
        ("测量方法说明", ["电子", "水银"], "水银"),
        ("ZZFLAG", ["x", "y", "y"], "x"),
    ],
)
def test_a_column_like_a_qualifier_is_named_apart(
    tmp_path: Path, heading: str, cells: list[str], shown: str
) -> None:
    study = beside_vitals(tmp_path, heading, cells)
    note = told(study, "unknown-qualifier")
    assert (
        len(note) == 1 and heading in note[0].found and shown in note[0].found and "45 rows" in note[0].found
    )
    assert not told(study, "unused-column")


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Height", ["170"]),
        ("Remarks of the ward", [f"text {i} of its own" for i in range(45)]),
        ("Fed", ["2026-05-06"]),
    ],
)
def test_an_ordinary_column_stays_among_the_unused(tmp_path: Path, heading: str, cells: list[str]) -> None:
    study = beside_vitals(tmp_path, heading, cells)
    assert len(told(study, "unused-column")) == 1 and not told(study, "unknown-qualifier")


def test_nothing_that_may_name_somebody_is_shown(tmp_path: Path) -> None:
    nurses = beside_vitals(tmp_path, "Nurse state", ["Erika Muster", "Max Muster"])
    assert "Muster" not in told(nurses, "unknown-qualifier")[0].found
    once = beside_vitals(tmp_path, "Condition seen", [f"remark {i}" for i in range(45)])
    assert "remark" not in told(once, "unknown-qualifier")[0].found
    numbers = beside_vitals(tmp_path, "Sample type code", ["id 13800138000", "id 13800138001"])
    assert "138" not in told(numbers, "unknown-qualifier")[0].found


WORDS = st.sampled_from(
    [
        "",
        "cancelled",
        "csf",
        "urine",
        "IM",
        "0",
        "no",
        "xyz",
        "H",
        "取消",
        "尿",
        "1.5-2",
        "38.9",
        "norepinephrine",
    ]
)
HEADINGS = st.text(st.sampled_from("qxzwkj"), min_size=5, max_size=9).map(lambda s: f"{s} of it")


THREE = [
    ("001", at(4, 0), "glucose", 2.1, "mmol/L", 3.9, 6.1),
    ("001", at(4, 1), "ALT", 300, "U/L", 5, 40),
    ("001", at(4, 2), "ANC", 0.4, "10^9/L", 1.8, 6.3),
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, pd.DataFrame]:
    """Three values with nothing beside them, read and graded."""
    study = read_labs(tmp_path_factory.mktemp("plain"), table(LABS, *THREE))
    return study, graded_labs(study)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(heading=HEADINGS, cells=st.lists(WORDS, min_size=3, max_size=3))
def test_an_unknown_column_changes_nothing_and_is_named(
    plain: tuple[Study, pd.DataFrame], heading: str, cells: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        more = read_labs(
            Path(folder),
            table(f"{LABS},{heading}", *((*row, cell) for row, cell in zip(THREE, cells, strict=True))),
        )
    same_facts(plain[0], more)
    assert plain[1].equals(graded_labs(more))
    assert any(
        heading in i.found for i in more.issues.found if i.code in ("unknown-qualifier", "unused-column")
    )


GARBAGE = st.sampled_from(["#?", "zzz", "qwerty uiop", "？", "abc%", "说不清", "x/y/z", "unclear"])


@pytest.fixture(scope="module")
def floors() -> dict[tuple[str, str], list[int]]:
    """What was graded already: specimen and status -> the grades."""
    return {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    word=st.sampled_from(["serum", "CSF", "urine", "", "尿"]),
    status=st.sampled_from(["done", "NOT DONE", "", "cancelled"]),
    text=GARBAGE,
    which=st.booleans(),
)
def test_a_qualifier_that_cannot_be_read_never_raises_a_grade_of_the_laboratory(
    floors: dict[tuple[str, str], list[int]], word: str, status: str, text: str, which: bool
) -> None:
    def floor(specimen: str, done: str) -> list[int]:
        row = ("001", at(4), "glucose", 2.1, "mmol/L", 3.9, 6.1, specimen, done)
        if (specimen, done) not in floors:
            with tempfile.TemporaryDirectory() as folder:
                labs = graded_labs(read_labs(Path(folder), table(f"{LABS},specimen,status", row)))
            floors[specimen, done] = labs["grade"].dropna().astype(int).tolist()
        return floors[specimen, done]

    before = floor(word, status)
    after = floor(*((text, status) if which else (word, text)))
    assert max(after, default=0) <= max(before, default=0)


ORDER = "subject_id,category,agent,start,end,status,rate,route"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from(["given", "held", "", "stopped"]),
            st.sampled_from(["0.1", "0", ""]),
            st.sampled_from(["IV", "IM", ""]),
            st.booleans(),
        ),
        min_size=3,
        max_size=3,
    ),
    row=st.integers(0, 2),
    column=st.integers(0, 2),
    text=GARBAGE,
)
def test_a_qualifier_that_cannot_be_read_never_proves_more_support(
    cells: list[tuple[str, str, str, bool]], row: int, column: int, text: str
) -> None:
    def proven(orders: list[tuple[str, str, str, bool]]) -> set[int]:
        """The hours of Day 3 in which the vasopressor certainly ran; without an end to the end of the date."""
        rows = [
            (
                "001",
                "vasopressor",
                "norepinephrine",
                at(3, 6 + 4 * i),
                at(3, 8 + 4 * i) if o[3] else "",
                *o[:3],
            )
            for i, o in enumerate(orders)
        ]
        with tempfile.TemporaryDirectory() as folder:
            study = read(
                Path(folder),
                {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "orders.csv": table(ORDER, *rows)},
            )
        sure = study.interventions.rows(~study.interventions.doubtful)
        return {
            h
            for a, b in zip(sure.start // 3600, sure.end // 3600, strict=True)
            for h in range(a, b if b > 0 else (a // 24 + 1) * 24)
        }

    changed = [
        tuple(text if (i, j) == (row, column) else cell for j, cell in enumerate(order))
        for i, order in enumerate(cells)
    ]
    assert proven(changed) <= proven(cells)  # type: ignore[arg-type]
