"""A no, an end or a doubt beside a listed word: never that word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.cells import is_set_aside, said
from tests.read.charted import row_of


@pytest.mark.parametrize(
    "cell",
    [
        "BiPAP off", "BiPAP stopped", "HFNC d/c", "HFNC dc'd", "weaned off HFNC", "HFNC held", "no NC", "not on HFNC", "without BiPAP", "NC refused",
        "停用无创", "未用呼吸机", "撤呼吸机", "无创 已停", "拔管", "NC?", "BiPAP standby", "HFNC if needed", "鼻导管 备用", "HFNC 必要时",
    ],
)  # fmt: skip
def test_a_device_beside_a_no_or_an_end_is_not_that_device(cell: str) -> None:
    assert is_set_aside("oxygen_device", cell)


@pytest.mark.parametrize(
    "cell",
    [
        "off oxygen",
        "no O2",
        "O2 off",
        "weaned off oxygen",
        "not on oxygen",
        "停氧",
        "未吸氧",
        "无吸氧",
        "off",
    ],
)
def test_no_oxygen_is_room_air(cell: str) -> None:
    assert said("oxygen_device", cell) == {"oxygen_device": "room_air"}


@pytest.mark.parametrize(
    ("cell", "agents"),
    [
        ("levophed off", "none"),
        ("off norepi", "none"),
        ("no norepinephrine", "none"),
        ("未用去甲肾", "none"),
        ("no pressors", "none"),
        ("stopped", "none"),
        ("norepinephrine 0", "none"),
        ("NE 0 mcg/kg/min", "none"),
        ("去甲肾上腺素 0 ug/kg/min", "none"),
        ("norepinephrine 4 mg/250 mL @ 0 mL/h", "none"),
        ("NE off, vaso 0.03", "vasopressin"),
        ("dopamine 5 + NE 0", "dopamine"),
        ("NE stopped, vaso 0.03", "unlisted;vasopressin"),
    ],
)
def test_an_agent_that_is_off_or_at_rate_0_does_not_run(cell: str, agents: str) -> None:
    assert said("vasopressors", cell)["vasopressors"] == agents


@pytest.mark.parametrize(
    "cell",
    [
        "NE weaned", "norepinephrine d/c'd", "停去甲肾", "NE, vaso, off", "norepinephrine 0.1, then stopped", "NE 0-0.1", "NE prn", "NE?",
        "norepinephrine standby", "norepinephrine ordered", "consider norepinephrine", "去甲肾上腺素 备用", "必要时多巴胺",
    ],
)  # fmt: skip
def test_whether_it_ran_before_its_end_is_not_said(cell: str) -> None:
    assert is_set_aside("vasopressors", cell)


@pytest.mark.parametrize(
    ("cell", "agents"),
    [("NE 0.1", "norepinephrine"), ("NE 0.05-0.1", "norepinephrine"), ("NE 0.9", "norepinephrine")],
)
def test_a_rate_above_0_runs(cell: str, agents: str) -> None:
    assert said("vasopressors", cell)["vasopressors"] == agents


def test_a_drugs_own_column_that_says_off_says_no(tmp_path: Path) -> None:
    assert row_of(tmp_path, "norepinephrine,vasopressin", "0.1 off,0.03")[0]["vasopressors"] == "vasopressin"
    row, study = row_of(tmp_path, "norepinephrine", "0.1 prn")
    assert row["vasopressors"] is None and study.vitals.set_aside["vasopressors"].tolist() == [True]


@pytest.mark.parametrize(
    ("name", "cell", "answer"),
    [
        ("fluid_bolus", "yes - 500 mL", 1), ("fluid_bolus", "Y (bolus x1)", 1), ("fluid_bolus", "是 500ml", 1), ("fluid_bolus", "no - refused", 0),
        ("hypotension", "有（80/50）", 1), ("hypotension", "no (MAP 70 after)", None), ("hypotension", "no, stable", None),
        ("hypotension", "yes, refused", None), ("fluid_bolus", "no (500 mL)", None), ("fluid_bolus", "yes, if needed", None),
        ("hypotension", "无创", None), ("corticosteroid", "dexamethasone held", None), ("corticosteroid", "dexamethasone 10 mg prn", None),
        ("corticosteroid", "dexamethasone 10 mg iv", 1), ("corticosteroid", "dexamethasone 0 mg", 0),
    ],
)  # fmt: skip
def test_yes_and_no_with_a_remark(name: str, cell: str, answer: float | None) -> None:
    assert said(name, cell).get(name) == answer
    assert answer is not None or is_set_aside(name, cell)
