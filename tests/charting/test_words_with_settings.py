"""A device with its setting is the device; a pressure is no flow, a saturation no FiO2, and a remark is a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.cells import codes, column, is_set_aside, said
from tests.read.charted import row_of
from tests.read.studies import told


@pytest.mark.parametrize(
    ("cell", "device", "flow", "upper", "fio2"),
    [
        ("BiPAP 14/6", "bipap", None, None, None),
        ("CPAP 10", "cpap", None, None, None),
        ("CPAP 10 cmH2O", "cpap", None, None, None),
        ("CPAP 8 PEEP 5", "cpap", None, None, None),
        ("无创 IPAP14 EPAP6", "niv", None, None, None),
        ("ventilator PEEP 8 FiO2 0.5", "ventilator", None, None, 50),
        ("HFNC 50 L / 0.6", "high_flow_nasal_cannula", 50, None, 60),
        ("HFNC 50L FiO2 60%", "high_flow_nasal_cannula", 50, None, 60),
        ("HFNC 50/60", "high_flow_nasal_cannula", 50, None, 60),
        ("HFNC50L", "high_flow_nasal_cannula", 50, None, None),
        ("NC@3", "nasal_cannula", 3, None, None),
        ("NC 2-3", "nasal_cannula", 2, 3, None),
        ("2L NC", "nasal_cannula", 2, None, None),
        ("2 to 3 L NC", "nasal_cannula", 2, 3, None),
        ("NRB 15", "nonrebreather", 15, None, None),
        ("鼻导管3L/min", "nasal_cannula", 3, None, None),
        ("room air (RA)", "room_air", None, None, None),
        ("room air 97%", "room_air", None, None, None),
        ("NC 3L 95%", "nasal_cannula", 3, None, None),
        ("NC 3 SpO2 95%", "nasal_cannula", 3, None, None),
        ("鼻导管 3L/min，血氧 95%", "nasal_cannula", 3, None, None),
    ],
)
def test_numbers_beside_a_device_are_its_setting(
    cell: str, device: str, flow: float | None, upper: float | None, fio2: float | None
) -> None:
    read = said("oxygen_device", cell)
    assert [read.get(k) for k in ("oxygen_device", "oxygen_flow", "oxygen_flow_upper", "fio2")] == [
        device,
        flow,
        upper,
        fio2,
    ]


@pytest.mark.parametrize(
    "cell", ["NC 3 L/min humidified", "NC 3 L/min foo", "tolerating HFNC", "鼻导管 3L/min 已湿化"]
)
def test_what_else_stands_there_is_a_remark(cell: str) -> None:
    assert said("oxygen_device", cell)["oxygen_device"] in ("nasal_cannula", "high_flow_nasal_cannula")
    assert "remark-beside-word" in codes("oxygen_device", cell) or "flow-unit-assumed" in codes(
        "oxygen_device", cell
    )


def test_remarks_are_one_note_for_the_column() -> None:
    read = column("oxygen_device", "NC 2 L humidified", "NC 3 L humidified", "NC 3 L humidified", "NC 4 L")
    (note,) = read.problems
    assert (
        note.whole
        and note.rows.tolist() == [0, 1, 2]
        and "3 rows: NC 3 L humidified as nasal cannula (2)" in note.found
    )


@pytest.mark.parametrize(
    "cell",
    [
        "weaned to NC",
        "NC -> RA",
        "NC → HFNC",
        "NC/RA",
        "room air 2L",
        "NC 2L, HFNC tolerated",
        "mask in the room NC",
        "鼻导管湿化",
        "NC 300 L/min",
    ],
)
def test_where_two_readings_remain_the_cell_is_set_aside(cell: str) -> None:
    assert is_set_aside("oxygen_device", cell)


def test_several_listed_devices_are_several() -> None:
    assert said("oxygen_device", "HFNC/NC")["oxygen_device"] == "high_flow_nasal_cannula;nasal_cannula"


@pytest.mark.parametrize(
    "cell",
    ["home CPAP", "CPAP for OSA", "CPAP overnight", "intubated for procedure", "有创 气道保护", "CPAP prn"],
)
def test_what_may_excuse_a_device_leaves_it_open(cell: str) -> None:
    assert is_set_aside("oxygen_device", cell)


def test_in_a_study_a_setting_is_read_and_two_readings_are_not_blank(tmp_path: Path) -> None:
    row, study = row_of(tmp_path, "oxygen_device", "CPAP 10 cmH2O")
    assert row["oxygen_device"] == "cpap" and row["oxygen_flow"] != 10 and not told(study, "word-in-doubt")
    row, study = row_of(tmp_path, "oxygen_device", "BiPAP off")
    assert row["oxygen_device"] is None and study.vitals.set_aside["oxygen_device"].tolist() == [True]
