"""Words in cells: yes and no, devices, drugs, consciousness, seizures, scores, causes of death - English and Chinese."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senl_ae.read.words.kinds import Column, parse_column
from senl_ae.vocabulary.items import load_items

ITEMS = load_items()
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def cells(*values: Any) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def read(name: str, *values: Any) -> Column:
    return parse_column(cells(*values), ITEMS.by_name[name], ITEMS)


def word(name: str, value: Any) -> Any:
    return read(name, value).values[ITEMS.by_name[name].column][0]


def every_word() -> list[tuple[str, str, str]]:
    kinds = ("word", "device", "seizure")
    return [
        (item.name, alias, canonical)
        for item in ITEMS.by_name.values()
        if item.kind in kinds
        for canonical, aliases in item.words.items()
        for alias in (canonical, *aliases)
    ]


@pytest.mark.parametrize(("name", "alias", "canonical"), every_word())
def test_every_listed_word_is_read(name: str, alias: str, canonical: str) -> None:
    assert word(name, alias) == canonical and word(name, f" {alias.upper()} ") == canonical


@pytest.mark.parametrize("cell", ["yes", "Y", "TRUE", True, 1, "1", "是", "有", "+", "＋", 1.0, "1.0"])
def test_yes(cell: Any) -> None:
    assert word("hypotension", cell) == 1


@pytest.mark.parametrize("cell", ["no", "N", "false", False, 0, "0", "否", "无", "-", "－", "−", 0.0])
def test_no(cell: Any) -> None:
    assert word("hypotension", cell) == 0


@pytest.mark.parametrize("cell", ["maybe", 2, "-1", "10", "yes and no", "?"])
def test_neither_yes_nor_no_is_set_aside(cell: Any) -> None:
    column = read("hypotension", cell, "yes")
    assert column.set_aside.tolist() == [True, False] and [p.code for p in column.problems] == [
        "not-yes-or-no"
    ]


def test_an_unknown_word_is_set_aside_with_the_nearest_one() -> None:
    (problem,) = read("consciousness", "awake", "somnolant", "somnolant").problems
    assert (
        problem.code == "unknown-word"
        and problem.rows.tolist() == [1, 2]
        and '"somnolent"' in problem.expected
    )


def test_a_word_to_confirm_is_read_with_a_note() -> None:
    column = read("consciousness", "嗜睡")
    assert column.values["consciousness"][0] == "voice" and [
        (p.code, p.severity) for p in column.problems
    ] == [("word-to-confirm", "note")]


# ---------------------------------------------------------------- devices


@pytest.mark.parametrize(
    ("cell", "device", "flow", "upper", "fio2"),
    [
        ("鼻导管3L/min", "nasal_cannula", 3, None, None),
        ("经鼻高流量氧疗30L/min", "high_flow_nasal_cannula", 30, None, None),
        ("NC 3 L/min", "nasal_cannula", 3, None, None),
        ("nasal cannula at 6.5 L", "nasal_cannula", 6.5, None, None),
        ("2L NC", "nasal_cannula", 2, None, None),
        ("鼻导管给氧2-3L/min", "nasal_cannula", 2, 3, None),
        ("3-5 L/min", "oxygen", 3, 5, None),
        ("高流量湿化氧疗（HFNC），FiO₂ 40-50%", "high_flow_nasal_cannula", None, None, 40),
        ("Venturi 28%", "venturi", None, None, 28),
        ("venturi mask FiO2 0.28", "venturi", None, None, 28),
        ("HFNC 40 L/min 50%", "high_flow_nasal_cannula", 40, None, 50),
        ("simple mask 5 L/min", "simple_mask", 5, None, None),
        ("O2 2 L", "oxygen", 2, None, None),
        ("鼻导管、面罩", "face_mask;nasal_cannula", None, None, None),
        ("CPAP + NC", "cpap;nasal_cannula", None, None, None),
        ("拒绝吸氧", "refused", None, None, None),
        ("管氧", "artificial_airway_oxygen", None, None, None),
        ("管辅", "ventilator", None, None, None),
        ("NC 3", "nasal_cannula", 3, None, None),
        ("非重复呼吸面罩10L/min", "nonrebreather", 10, None, None),
        ("无创", "niv", None, None, None),
        ("有创", "ventilator", None, None, None),
        ("无", "room_air", None, None, None),
        ("未吸氧", "room_air", None, None, None),
    ],
)
def test_devices_with_their_flow(
    cell: str, device: str, flow: float | None, upper: float | None, fio2: float | None
) -> None:
    values = read("oxygen_device", cell).values
    got = [values["oxygen_device"][0], *(values[n][0] for n in ("oxygen_flow", "oxygen_flow_upper", "fio2"))]
    assert [None if isinstance(g, float) and math.isnan(g) else g for g in got] == [device, flow, upper, fio2]


@pytest.mark.parametrize("cell", ["foo", "pinsp", "NC 300 L/min", "canula off since", "未知装置"])
def test_an_unknown_device_is_set_aside_and_no_blank(cell: str) -> None:
    column = read("oxygen_device", cell)
    assert (
        column.values["oxygen_device"][0] is None
        and column.set_aside[0]
        and column.problems[0].severity in ("set aside", "note")
    )


@pytest.mark.skipif(not SHARED.exists(), reason="the list of devices is not on this machine")
def test_the_listed_chinese_devices_and_levels_are_known() -> None:
    means = {
        "none": {"room_air"},
        "refused": {"refused"},
        "nasal_cannula": {"nasal_cannula"},
        "facemask": {"face_mask"},
        "nonrebreather": {"nonrebreather"},
        "venturi": {"venturi"},
        "hfnc": {"high_flow_nasal_cannula"},
        "nippv": {"niv", "cpap", "bipap"},
        "imv": {"ventilator"},
        "bag-mask": {"bag_mask"},
    }
    for row in csv.DictReader((SHARED / "o2_device_map_zh.csv").open(encoding="utf-8-sig")):
        got = word("oxygen_device", row["raw_zh"])
        if row["raw_zh"] in ("pexp", "pinsp"):
            assert got is None
        else:
            assert got in means.get(row["canonical_device"], {got}) and got is not None, row["raw_zh"]
    for row in csv.DictReader((SHARED / "consciousness_map_zh.csv").open(encoding="utf-8-sig")):
        assert word("consciousness", row["raw_zh"]) is not None


# ---------------------------------------------------------------- vasopressors


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("norepinephrine", "norepinephrine"),
        ("Norad", "norepinephrine"),
        ("去甲肾上腺素", "norepinephrine"),
        ("肾上腺素", "epinephrine"),
        ("去甲肾上腺素+肾上腺素", "epinephrine;norepinephrine"),
        ("dopamine, norepinephrine", "dopamine;norepinephrine"),
        ("norepinephrine 0.1 mcg/kg/min", "norepinephrine"),
        ("norepinephrine 0.1 μg/kg/min + vasopressin 0.03 U/min", "norepinephrine;vasopressin"),
        ("norad / phenylephrine", "norepinephrine;phenylephrine"),
        ("去甲肾上腺素泵入", "norepinephrine"),
        ("异丙肾上腺素", "isoproterenol"),
        ("苯肾上腺素", "phenylephrine"),
        ("重酒石酸去甲肾上腺素注射液 0.2ug/kg/min", "norepinephrine"),
        ("血管紧张素Ⅱ", "angiotensin_ii"),
        ("nebulised epinephrine", "vasopressor_not_infused"),
        ("IM epinephrine", "vasopressor_not_infused"),
        ("雾化肾上腺素", "vasopressor_not_infused"),
        ("epinephrine 0.3 mg IM", "vasopressor_not_infused"),
        ("phenylephrine bolus for anaesthesia", "vasopressor_not_infused"),
        ("ephedrine push", "vasopressor_not_infused"),
        ("ephedrine infusion", "ephedrine"),
        ("norepinephrine and dobutamine", "dobutamine;norepinephrine"),
        ("desmopressin", "desmopressin"),
        ("none", "none"),
        ("no", "none"),
        (0, "none"),
        ("无", "none"),
        ("-", "none"),
        (False, "none"),
        ("yes", "yes"),
        ("有", "yes"),
        ("+", "yes"),
        (True, "yes"),
        (1, "1"),
        (2, "2"),
        ("2", "2"),
        ("2种", "2"),
        ("two vasopressors", "2"),
        ("3 agents", "3"),
        ("norepinephrine; none foo", "norepinephrine;unlisted"),
    ],
)
def test_vasopressors_by_name_or_count(cell: Any, expected: str) -> None:
    assert word("vasopressors", cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "foo",
        "消旋肾上腺素",
        "stopped norepinephrine",
        "去甲肾上腺素已停",
        "norepinephrinex",
        "血管活性药",
        -1,
    ],
)
def test_what_is_no_vasopressor_is_set_aside(cell: Any) -> None:
    column = read("vasopressors", cell)
    assert column.values["vasopressors"][0] is None and column.set_aside[0] and column.problems


def test_a_blank_is_not_none() -> None:
    assert word("vasopressors", None) is None and not read("vasopressors", None).set_aside.any()


@pytest.mark.parametrize(
    "agent",
    [a for a in ITEMS.agents.values() if a.category == "vasopressor" and a.name != "vasopressor_not_infused"],
    ids=lambda a: a.name,
)
def test_every_alias_of_an_agent_names_it_and_only_it(agent: Any) -> None:
    for alias in agent.aliases:
        assert (
            word("vasopressors", alias.text)
            == word("vasopressors", f"{alias.text} 0.1 ug/kg/min")
            == agent.name
        )


@pytest.mark.parametrize(
    ("cell", "agent", "category"),
    [
        ("norepinephrine", "norepinephrine", "vasopressor"),
        ("BiPAP", "bipap", "oxygen"),
        ("mechanical ventilation", "ventilator", "oxygen"),
        ("tocilizumab 8 mg/kg", "tocilizumab", "tocilizumab"),
        ("对乙酰氨基酚", "paracetamol", "antipyretic"),
        ("NC 3 L/min", "nasal_cannula", "oxygen"),
        ("dexamethasone 10mg iv", "dexamethasone", "corticosteroid"),
        ("normal saline 500 ml", "crystalloid", "fluid"),
        ("CRRT", "dialysis", "dialysis"),
        ("anakinra", "anakinra", "anticytokine"),
        ("propofol", "propofol", "sedation"),
        ("左乙拉西坦", "levetiracetam", "antiepileptic"),
        ("norepinephrine + vasopressin", "norepinephrine;vasopressin", "vasopressor;vasopressor"),
        ("meropenem", None, None),
        ("epinephrine (nebulised)", "vasopressor_not_infused", "vasopressor"),
    ],
)
def test_interventions_name_an_agent_and_its_category(
    cell: str, agent: str | None, category: str | None
) -> None:
    values = read("agent", cell).values
    assert (values["agent"][0], values["category"][0]) == (agent, category)


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("tocilizumab", "8 mg/kg", 1),
        ("tocilizumab", 0, 0),
        ("tocilizumab", "无", 0),
        ("tocilizumab", "480mg", 1),
        ("tocilizumab", 8, 1),
        ("tocilizumab", "yes", 1),
        ("corticosteroid", "dexamethasone 10 mg", 1),
        ("corticosteroid", "地塞米松10mg", 1),
        ("fluid_bolus", "20 mL/kg", 1),
        ("fluid_bolus", "NS 500 mL", 1),
        ("antipyretic", "paracetamol 500 mg", 1),
        ("anticytokine", "anakinra 100 mg", 1),
        ("antipyretic", "0 mg", 0),
    ],
)
def test_a_dose_or_yes_or_no(name: str, cell: Any, expected: float) -> None:
    assert word(name, cell) == expected


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("corticosteroid", "norepinephrine"),
        ("tocilizumab", "planned"),
        ("tocilizumab", "-1"),
        ("tocilizumab", "<8"),
    ],
)
def test_no_dose_is_set_aside(name: str, cell: str) -> None:
    assert read(name, cell).set_aside.tolist() == [True]


# ---------------------------------------------------------------- neurology


@pytest.mark.parametrize(
    ("cell", "expected", "minutes"),
    [
        ("focal seizure 1 min", "unspecified", 1),
        ("focal seizure of 1 min", "unspecified", 1),
        ("6 min", "unspecified", 6),
        ("抽搐约2分钟", "unspecified", 2),
        ("generalised seizure, resolved", "resolved", None),
        ("no", "none", None),
        ("无", "none", None),
        (0, "none", None),
        (1, "unspecified", None),
        ("yes", "unspecified", None),
        ("status epilepticus", "status", None),
        (">5 min", "prolonged", None),
        ("> 10 minutes", "prolonged", None),
        (">2 min", "unspecified", None),
        ("non-convulsive seizure, resolved", "non_convulsive_resolved", None),
        ("NCSE", "status", None),
        ("seizure 30 s", "unspecified", 0.5),
        ("1-2 min", "unspecified", 2),
        ("癫痫持续状态", "status", None),
        ("seizure lasting 6 minutes", "unspecified", 6),
        ("resolved, 2 min", "resolved", 2),
    ],
)
def test_seizures_with_their_duration(cell: Any, expected: str, minutes: float | None) -> None:
    values = read("seizure", cell).values
    lasted = values["seizure_minutes"][0]
    assert values["seizure"][0] == expected and (None if math.isnan(lasted) else lasted) == minutes


@pytest.mark.parametrize(
    "cell", ["seizure prophylaxis", "none, then focal seizure", "family history of seizure", "foo", "-1"]
)
def test_what_is_no_plain_seizure_is_set_aside(cell: str) -> None:
    assert read("seizure", cell).set_aside.tolist() == [True]


@pytest.mark.parametrize("cell", ["unable", "Unable to perform", "无法完成", "无法评估", "cannot perform"])
@pytest.mark.parametrize("name", ["ice", "capd"])
def test_unable_is_no_number_and_no_blank(name: str, cell: str) -> None:
    values = read(f"{name}_total", cell, 5, None).values
    assert values[f"{name}_unable"].tolist()[:1] == [1] and np.isnan(values[f"{name}_unable"][1:]).all()
    assert math.isnan(values[f"{name}_total"][0]) and values[f"{name}_total"][1] == 5


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("肌力5级", "none"),
        (5, "none"),
        ("5-/5", "weakness"),
        ("4", "weakness"),
        ("hemiparesis", "deep_focal"),
        ("震颤", "tremor"),
    ],
)
def test_motor_findings(cell: Any, expected: str) -> None:
    assert word("motor", cell) == expected


@pytest.mark.parametrize(
    "cell", ["Ⅲ", "Ⅲ级", "G3", "3级", "Grade 3", "grade III", 3, 3.0, "III", "３", "三级", "3度", "CTCAE 3"]
)
def test_grade_three_in_every_style(cell: Any) -> None:
    assert word("event_grade", cell) == 3


@pytest.mark.parametrize("cell", ["severe", 6, "3-2", "3-3", "2-6", "重度", -1, "3.5"])
def test_no_grade_is_set_aside(cell: Any) -> None:
    assert read("event_grade", cell).set_aside.tolist() == [True]


@pytest.mark.parametrize("cell", ["3-4", "Ⅲ-Ⅳ", "3~4级", "G3 to G4", "3至4"])
def test_a_range_of_grades_is_the_lower_one_and_what_it_may_be(cell: str) -> None:
    values = read("event_grade", cell).values
    assert values["grade"].tolist() == [3] and values["grade_upper"].tolist() == [4]
    assert read("ruled_grade", cell).set_aside.tolist() == [True]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("CRS", "CRS"),
        ("cytokine release syndrome", "CRS"),
        ("Grade 4 CRS", "CRS"),
        ("CRS grade 5", "CRS"),
        ("death due to CRS", "CRS"),
        ("multi-organ failure due to CRS", "CRS"),
        ("死于细胞因子释放综合征", "CRS"),
        ("CRS and ICANS", "CRS;ICANS"),
        ("ICANS", "ICANS"),
        ("infection with ongoing CRS", "unclear:CRS"),
        ("possible CRS", "unclear:CRS"),
        ("CRS?", "unclear:CRS"),
        ("sepsis", "sepsis"),
        ("not CRS", "not CRS"),
        ("infection after resolved CRS", "infection after resolved CRS"),
        ("Crossfit accident", "Crossfit accident"),
        (None, None),
    ],
)
def test_causes_of_death(cell: str | None, expected: str | None) -> None:
    assert word("death_cause", cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("120/80", (120, 80, None)),
        ("１２０／８０", (120, 80, None)),
        ("120/80 mmHg", (120, 80, None)),
        ("120/80(93)", (120, 80, 93)),
        ("84 / 50", (84, 50, None)),
    ],
)
def test_blood_pressure(cell: str, expected: tuple[float | None, ...]) -> None:
    values = read("bp", cell).values
    assert (
        tuple(None if math.isnan(values[n][0]) else values[n][0] for n in ("sbp", "dbp", "map")) == expected
    )


@pytest.mark.parametrize("cell", ["80/120", "12/8", "120", "foo", 120, "1200/80"])
def test_no_blood_pressure_is_set_aside(cell: Any) -> None:
    assert read("bp", cell).set_aside.tolist() == [True]


def test_a_pressure_in_kpa() -> None:
    assert (
        parse_column(cells("16/10.6"), ITEMS.by_name["bp"], ITEMS, unit="kPa").values["sbp"][0]
        == 120.0098521353
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("001", "001"),
        (7, "7"),
        (7.0, "7"),
        (" A-01 ", "A-01"),
        ("００１", "001"),
        (10000032.0, "10000032"),
        (1.5, "1.5"),
        (None, None),
    ],
)
def test_subject_ids_are_text(cell: Any, expected: str | None) -> None:
    assert word("subject_id", cell) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abcNC 去甲肾上腺素3L/min+、,.(%)", max_size=25))
def test_words_never_fail(text: str) -> None:
    for name in (
        "oxygen_device",
        "vasopressors",
        "seizure",
        "agent",
        "death_cause",
        "tocilizumab",
        "bp",
        "event_grade",
    ):
        column = read(name, text)
        assert column.set_aside[0] <= bool(column.problems)
