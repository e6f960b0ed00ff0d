"""Words and numbers as wards write them, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.charted import row_of
from tests.read.studies import lines, read, told


@pytest.mark.parametrize(
    ("heading", "cell", "column", "word"),
    [
        ("consciousness", "V", "consciousness", "voice"),
        ("consciousness", "A", "consciousness", "awake"),
        ("consciousness", "U", "consciousness", "unarousable"),
        ("consciousness", "P", "avpu", "P"),
        ("consciousness", "P", "consciousness", None),
        ("意识", "嗜睡状态", "consciousness", "voice"),
        ("意识", "神志清", "consciousness", "awake"),
        ("consciousness", "opens eyes to voice", "consciousness", "voice"),
        ("seizure", "GTC 10 min", "seizure_minutes", 10),
        ("seizure", "2 seizures", "seizure", "unspecified"),
        ("seizure", "抽搐2次", "seizure", "unspecified"),
        ("icp_sign", "papilloedema and headache", "icp_sign", "papilloedema"),
        ("icp_sign", "headache", "icp_sign", "other_counted_nothing"),
        ("consciousness", "obtunded", "consciousness", None),
    ],
)
def test_words_of_neurological_checks(
    tmp_path: Path, heading: str, cell: str, column: str, word: object
) -> None:
    text = lines(
        f"subject_id,infusion_date,age,date,ice_total,{heading}", f"P1,2026-01-01,50,2026-01-02,9,{cell}"
    )
    study = read(tmp_path, {"n.csv": text})
    assert study.neuro.table.iloc[0][column] == word
    if cell in ("2 seizures", "抽搐2次", "嗜睡状态"):
        assert told(study, "word-to-confirm")
    if cell == "obtunded":
        assert told(study, "unknown-word")


@pytest.mark.parametrize(
    ("headings", "cells", "column", "value"),
    [
        ("bp", "88-50", "sbp", 88),
        ("bp", "88-50", "dbp", 50),
        ("sbp", "88·5", "sbp", 88.5),
        ("sbp", "88。5", "sbp", 88.5),
    ],
)
def test_numbers_as_wards_write_them(
    tmp_path: Path, headings: str, cells: str, column: str, value: float
) -> None:
    assert row_of(tmp_path, headings, cells)[0][column] == value


def test_a_rising_pair_is_no_blood_pressure(tmp_path: Path) -> None:
    assert told(row_of(tmp_path, "bp", "50-88")[1], "out-of-range")


NAME_IT = 'not used. Name the column "sbp ({})"'


@pytest.mark.parametrize(
    ("headings", "cells", "found", "done"),
    [
        (
            "SBP (kPa)",
            "120",
            "sbp 120 kPa is 900.1 mmHg, outside 30-300 mmHg, and looks like mmHg",
            NAME_IT.format("mmHg"),
        ),
        ("SBP (kPa)", "998", "sbp 998 kPa is 7486 mmHg, outside 30-300 mmHg", "not used"),
        ("SBP", "12", "sbp 12 is outside 30-300 mmHg and looks like kPa", NAME_IT.format("kPa")),
    ],
)
def test_a_value_out_of_range_is_told_as_read_and_as_converted(
    tmp_path: Path, headings: str, cells: str, found: str, done: str
) -> None:
    (issue,) = told(row_of(tmp_path, headings, cells)[1], "out-of-range")
    assert (issue.found, issue.expected, issue.done) == (found, "30-300 mmHg", done)


def test_a_celsius_value_in_a_fahrenheit_column_is_recognised(tmp_path: Path) -> None:
    study = read(
        tmp_path, {"v.csv": lines("subject_id,infusion_date,date,Temp (°F)", "1,2026-01-01,2026-01-02,38.5")}
    )
    (issue,) = told(study, "out-of-range")
    assert issue.found == "temperature 38.5 °F is 3.611 C, outside 30-45 C, and looks like Celsius"


def test_a_range_is_not_one_temperature(tmp_path: Path) -> None:
    study = read(
        tmp_path, {"v.csv": lines("subject_id,infusion_date,date,temp", "1,2026-01-01,2026-01-02,36-38.5")}
    )
    (issue,) = told(study, "range-not-number")
    assert "either end" in issue.found


def test_a_home_ventilator_is_no_proof_of_new_positive_pressure(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "吸氧方式", "家用呼吸机")
    assert row["oxygen_device"] == "oxygen" and told(study, "word-to-confirm")


@pytest.mark.parametrize(
    ("cell", "device"),
    [
        ("intubated", "artificial_airway_oxygen"),
        ("气管插管", "artificial_airway_oxygen"),
        ("tracheostomy", "artificial_airway_oxygen"),
        ("intubated and ventilated", "ventilator"),
        ("气管插管接呼吸机", "ventilator"),
        ("SIMV", "ventilator"),
        ("非再吸入面罩", "nonrebreather"),
        ("air", "room_air"),
        ("not on oxygen", "room_air"),
        ("NP 2L", "nasal_cannula"),
        ("oxygen hood", "oxygen"),
    ],
)
def test_words_of_oxygen(tmp_path: Path, cell: str, device: str) -> None:
    assert row_of(tmp_path, "oxygen_device", cell)[0]["oxygen_device"] == device


def test_a_flow_above_a_bound_is_a_range(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "oxygen_device,oxygen_flow", "NC,>6")
    assert (row["oxygen_flow"], row["oxygen_flow_upper"]) == (6, 80) and not told(study, "comparator")
    row, _ = row_of(tmp_path, "oxygen_device,oxygen_flow", "NC,<=6")
    assert (row["oxygen_flow"], row["oxygen_flow_upper"]) == (0, 6)


def test_two_pressures_in_one_row_count_as_the_lower_one(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "bp,sbp", "80/50,120")
    assert row["sbp"] == 80 and told(study, "conflicting-values")


@pytest.mark.parametrize(
    ("headings", "cells"),
    [("vasopressors,norepinephrine", "no,0.1"), ("vasopressors,norepinephrine", "NE,0")],
)
def test_a_drug_column_at_odds_with_the_list_is_noted(tmp_path: Path, headings: str, cells: str) -> None:
    row, study = row_of(tmp_path, headings, cells)
    assert row["vasopressors"] == "norepinephrine" and len(told(study, "conflicting-values")) == 1


def test_the_side_of_a_finding_says_that_it_is_there(tmp_path: Path) -> None:
    text = lines("subject_id,infusion_date,date,ice_total,偏瘫", "1,2026-01-01,2026-01-02,10,左侧")
    assert read(tmp_path, {"n.csv": text}).neuro["motor"][0] == "deep_focal"
    assert row_of(tmp_path, "norepinephrine", "stopped")[0]["vasopressors"] is None


@pytest.mark.parametrize(("cell", "answer"), [("√", 1), ("×", 0), ("阳性", 1), ("阴性", 0)])
def test_marks_of_a_form_are_yes_and_no(tmp_path: Path, cell: str, answer: float) -> None:
    assert row_of(tmp_path, "hypotension", cell)[0]["hypotension"] == answer


def test_half_a_point_is_no_score(tmp_path: Path) -> None:
    study = read(
        tmp_path, {"n.csv": lines("subject_id,infusion_date,date,ice_total", "1,2026-01-01,2026-01-02,9.5")}
    )
    assert told(study, "not-whole") and study.neuro.table["ice_total"].isna().all()
