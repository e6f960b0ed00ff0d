"""Consciousness and scores as nurses chart them: orientation, sedatives, two states, and why a test could not be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.charting.cells import ITEMS, is_set_aside, said
from tests.read.studies import lines, read


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("alert", "awake"), ("A&O", "awake"), ("A&Ox4", "awake"), ("AOx3", "awake"), ("A/O x3", "awake"), ("oriented x3", "awake"),
        ("alert and oriented x 3", "awake"), ("awake and alert", "awake"), ("A&Ox4, follows commands", "awake"), ("GCS 15", "awake"),
        ("lethargic, arousable to voice", "voice"), ("drowsy but rousable to voice", "voice"), ("嗜睡，呼之能应", "voice"),
        ("awake, drowsy", "voice"), ("stupor, coma", "coma"), ("awake and confused", "clouded"),
        ("sedated on propofol", "sedated"), ("propofol", "sedated"), ("RASS -4 on midazolam", "sedated"), ("sedated, awakens to voice", "sedated"),
        ("镇静中", "sedated"), ("丙泊酚镇静", "sedated"), ("右美托咪定泵入", "sedated"),
    ],
)  # fmt: skip
def test_the_listed_word_stands_first_or_last(cell: str, state: str) -> None:
    assert said("consciousness", cell)["consciousness"] == state


@pytest.mark.parametrize(
    "cell",
    ["not alert", "no longer awake", "不清醒", "神志不清", "清醒?", "awake, off sedation", "propofol off", "sedation vacation", "alert only to pain",
     "alert when stimulated", "意识清楚度下降", "previously alert", "alert to pain", "RASS -4", "drowsy or alert per family", "obtunded"],
)  # fmt: skip
def test_a_no_or_a_second_reading_is_never_the_word(cell: str) -> None:
    assert is_set_aside("consciousness", cell)


def test_the_order_of_states_has_every_state() -> None:
    item = ITEMS.by_name["consciousness"]
    assert sorted(item.worst_first) == sorted(item.words)


@pytest.mark.parametrize(
    ("cell", "answer"), [("propofol 20 mcg/kg/min", 1), ("yes - propofol", 1), ("是（丙泊酚）", 1), ("no", 0)]
)
def test_a_sedatives_name_under_sedated_is_yes(cell: str, answer: float) -> None:
    assert said("sedated", cell) == {"sedated": answer}


def test_a_sedative_that_is_off_is_no_answer() -> None:
    assert is_set_aside("sedated", "propofol off")


SEDATED = {"unable_reason": "sedated", "sedated": 1}


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("10/10", {"ice_total": 10}), ("7/10", {"ice_total": 7}), ("unable", {"ice_unable": 1}),
        ("unable (intubated)", {"ice_unable": 1, "unable_reason": "intubated"}), ("unable - sedated", {"ice_unable": 1, **SEDATED}),
        ("unable, on propofol", {"ice_unable": 1, **SEDATED}), ("unable due to aphasia", {"ice_unable": 1, "unable_reason": "neurological"}),
        ("N/A sedated", SEDATED), ("0 (sedated)", {"ice_total": 0, **SEDATED}), ("intubated", {"unable_reason": "intubated"}),
        ("无法完成（镇静）", {"ice_unable": 1, **SEDATED}), ("插管无法评估", {"ice_unable": 1, "unable_reason": "intubated"}),
    ],
)  # fmt: skip
def test_a_reason_in_the_cell_goes_with_unable(cell: str, wanted: dict[str, Any]) -> None:
    assert said("ice_total", cell) == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "unable - not sedated",
        "unable, family upset",
        "0 (intubated)",
        "unable (aphasia, intubated)",
        "unable?",
        "confused",
    ],
)
def test_a_reason_that_cannot_be_read_sets_the_cell_aside(cell: str) -> None:
    assert is_set_aside("ice_total", cell)


def test_in_a_study_the_reason_is_in_its_own_column(tmp_path: Path) -> None:
    rows = ["P1,2026-01-01,50,2026-01-02,unable (intubated),A&Ox4", "P1,2026-01-01,50,2026-01-03,9,propofol"]
    neuro = read(
        tmp_path, {"n.csv": lines("subject_id,infusion_date,age,date,ice_total,consciousness", *rows)}
    ).neuro
    assert neuro["unable_reason"].tolist() == ["intubated", None] and neuro["ice_unable"].tolist()[0] == 1
    assert neuro["consciousness"].tolist() == ["awake", "sedated"] and neuro["sedated"].tolist()[1] == 1
