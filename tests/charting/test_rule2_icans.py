"""Rule 2 in ICANS: a cell that may say sedated, or unable for another reason, suspends ICE at the least; at the most it says a coma."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.rule2 import NE, assessment, ends, in_doubt, record, sheets

BAD = "on drugs ?"

CELLS = [
    ("unable beside consciousness", "neuro D3 08:00: ice_total unable, consciousness {}", "D3 08:00",
     {"": ("3", "4"), "awake": ("3", "3"), "sedated": (NE, NE), "coma": ("4", "4"), BAD: (NE, "4"), "NA": ("3", "4"),
      "看不清": (NE, "4")}),
    ("ICE 10 beside consciousness", "neuro D3 08:00: ice_total 10, consciousness {}", "D3 08:00",
     {"": ("0", "0"), "awake": ("0", "0"), "voice": ("2", "2"), "镇静": (NE, NE), BAD: (NE, "4"), "未评估": ("0", "0")}),
    ("CAPD beside consciousness", "subject: age 6 | neuro D3 08:00: capd_total 5, consciousness {}", "D3 08:00",
     {"": ("1", "2"), "awake": ("1", "1"), BAD: (NE, "4")}),
    ("ICE 10 beside sedated", "neuro D3 08:00: ice_total 10, sedated {}", "D3 08:00",
     {"": ("0", "0"), "no": ("0", "0"), "yes": (NE, NE), "maybe": (NE, "0"), "NA": ("0", "0")}),
    ("ICE 5 beside sedated", "neuro D3 08:00: ice_total 5, sedated {}", "D3 08:00",
     {"no": ("2", "2"), "否": ("2", "2"), "maybe": (NE, "2")}),
    ("a seizure still counts", "neuro D3 08:00: ice_total 5, seizure status epilepticus, consciousness {}", "D3 08:00",
     {"awake": ("4", "4"), "sedated": ("4", "4"), BAD: ("4", "4")}),
    ("oedema still counts", "neuro D3 08:00: ice_total unable, cerebral_oedema focal, consciousness {}", "D3 08:00",
     {"sedated": ("3", "3"), BAD: ("3", "4")}),
    ("the reason", "neuro D3 08:00: ice_total unable, consciousness awake, unable_reason {}", "D3 08:00",
     {"": ("3", "3"), "aphasia": ("3", "3"), "intubated": (NE, NE), "gizmo": (NE, "3"), "none": ("3", "3"), "不适用": ("3", "3")}),
    ("no reason where ICE was done", "neuro D3 08:00: ice_total 8, unable_reason {}", "D3 08:00", {"": ("1", "1"), "gizmo": ("1", "1")}),
    ("a seizure that cannot be read", "neuro D3 08:00: ice_total 10, seizure {}", "D3 08:00", {"none": ("0", "0"), "gizmo": ("0", "4")}),
    ("motor that cannot be read", "neuro D3 08:00: ice_total 10, motor {}", "D3 08:00", {"tremor": ("0", "0"), "gizmo": ("0", "4")}),
    ("sedated after ICANS", "neuro D3 08:00: ice_total 5 | neuro D3 20:00: ice_total 10, sedated {}", "D3 20:00",
     {"no": ("0", "0"), "yes": (NE, "4"), "maybe": (NE, "4")}),
    ("sedated after what may be ICANS", "neuro D3 08:00: ice_total 5, sedated {} | neuro D3 20:00: sedated yes", "D3 20:00",
     {"no": (NE, "4"), "yes": (NE, NE), "maybe": (NE, "4")}),
    ("a baseline that may be sedated", "neuro D-1 08:00: ice_total 5, sedated {} | neuro D3 08:00: ice_total 5", "D3 08:00",
     {"no": ("0", "2"), "yes": ("2", "2"), "maybe": ("0", "2")}),
    ("a baseline that cannot be read", "neuro D-1 08:00: ice_total {} | neuro D3 08:00: ice_total 5", "D3 08:00",
     {"10": ("2", "2"), "5": ("0", "2"), "": ("2", "2"), "gizmo": ("0", "2")}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "when", "cells"), CELLS, ids=[c[0] for c in CELLS])
def test_a_cell_that_cannot_be_read(
    name: str, given: str, when: str, cells: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    for i, (cell, wanted) in enumerate(cells.items()):
        folder = tmp_path / str(i)
        folder.mkdir()
        assert ends(record(folder, given.format(cell)), when, "ICANS") == wanted, cell


def test_missing_names_what_would_settle_it(tmp_path: Path) -> None:
    study = record(tmp_path, "neuro D3 08:00: ice_total 10, consciousness gizmo")
    assert assessment(study, "D3 08:00", "ICANS")["missing"] == "consciousness"
    assert "value-set-aside" in assessment(study, "D3 08:00", "ICANS")["flags"]


def test_the_item_sedated_and_the_reason_are_named(tmp_path: Path) -> None:
    reason = "neuro D4 08:00: ice_total unable, consciousness awake, unable_reason gizmo"
    study = record(tmp_path, f"neuro D3 08:00: ice_total 10, sedated maybe | {reason}")
    assert assessment(study, "D3 08:00", "ICANS")["missing"] == "sedated"
    assert assessment(study, "D4 08:00", "ICANS")["missing"] == "unable_reason"


def test_an_interval_of_sedation_of_unknown_status(tmp_path: Path) -> None:
    rows = "neuro D3 08:00: ice_total 5 | neuro D3 09:00: ice_total 5, sedated no"
    study = record(tmp_path, f"sedation propofol D3 06:00 to D3 11:00 | {rows}")
    assert ends(study, "D3 08:00", "ICANS") == (NE, NE)
    found = assessment(in_doubt(study), "D3 08:00", "ICANS")
    assert (found["grade"], found["grade_ceiling"], found["missing"]) == (NE, "2", "status")
    assert ends(in_doubt(study), "D3 09:00", "ICANS") == ("2", "2"), (
        "the row says that the patient is not sedated"
    )


def test_headings_and_words_in_chinese(tmp_path: Path) -> None:
    def study(name: str, awareness: str) -> tuple[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        people = [["受试者编号", "回输日期时间", "年龄"], ["001", "2026-03-02 10:00", "40"]]
        rows = [
            ["受试者编号", "日期时间", "ICE评分", "意识"],
            ["001", "2026-03-05 08:00", "无法完成", awareness],
        ]
        return ends(sheets(folder, 受试者=people, 神经=rows), "D3 08:00", "ICANS")

    assert study("1", "清醒") == ("3", "3")
    assert study("2", "镇静") == (NE, NE)
    assert study("3", "字迹不清") == (NE, "4")
    assert study("4", "") == ("3", "4")
