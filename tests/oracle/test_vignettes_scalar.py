"""The cases with a known answer, put to the scalar grader itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from random_study import blank_subject, intervention, neuro_row, ruling, vitals_row
from scalar_grader import grade_subject

Record = dict[str, Any]
DAY0 = datetime(2026, 1, 10)


def at(day: int, hour: float = 8) -> datetime:
    return DAY0 + timedelta(days=day, hours=hour)


def person(**facts: Any) -> Record:
    return blank_subject("A", at(0, 6), **{"age": 40, **facts})


def row(day: int = 3, hour: float = 8, **items: Any) -> Record:
    return vitals_row(
        at(day, hour), **{"sbp": 120.0, "oxygen_device": "room_air", "vasopressors": "none", **items}
    )


def unstated(day: int, hour: float, **items: Any) -> Record:
    """A row with the oxygen and vasopressor cells blank, so that intervals speak."""
    return row(day, hour, **{"oxygen_device": None, "vasopressors": None, **items})


def crs(subject: Record, place: int = -1, **study: Any) -> tuple[Any, Any]:
    a = grade_subject(subject, study)["CRS"]["assessments"][place]
    return a["grade"], a["grade_ceiling"]


def icans(*rows: Record, place: int = -1, **facts: Any) -> tuple[Any, Any]:
    a = grade_subject({**person(**facts), "neuro": list(rows)})["ICANS"]["assessments"][place]
    return a["grade"], a["grade_ceiling"]


def neuro(day: int = 4, hour: float = 8, **items: Any) -> Record:
    return neuro_row(at(day, hour), **items)


ONE_ROW = [
    ("P1", {"temperature": 39.5, "vasopressors": "norepinephrine", "oxygen_device": "nasal_cannula", "oxygen_flow": 2.0}, (3, 3)),
    ("D1", {"temperature": 37.9}, (0, 0)), ("D2", {"temperature": 38.0}, (1, 1)),
    ("D3", {"temperature": 37.9, "sbp": 80.0, "fluid_bolus": 1.0}, (0, 0)),
    ("D4", {"temperature": 38.5, "sbp": 85.0}, (2, 2)), ("D5", {"temperature": 38.5, "fluid_bolus": 1.0}, (2, 2)),
    ("D6", {"temperature": 38.5, "oxygen_device": "nasal_cannula", "oxygen_flow": 6.0}, (2, 2)),
    ("D7", {"temperature": 38.5, "oxygen_device": "nasal_cannula", "oxygen_flow": 6.5}, (3, 3)),
    ("D8", {"temperature": 38.5, "oxygen_device": "blow_by"}, (2, 2)),
    ("D9", {"temperature": 38.5, "oxygen_device": "simple_mask", "oxygen_flow": 5.0}, (3, 3)),
    ("D10", {"temperature": 38.5, "oxygen_device": "venturi", "fio2": 28.0}, (3, 3)),
    ("D11", {"temperature": 38.5, "oxygen_device": "nonrebreather"}, (3, 3)),
    ("D12", {"temperature": 38.5, "oxygen_device": "cpap"}, (4, 4)), ("D13", {"temperature": 38.5, "oxygen_device": "bipap"}, (4, 4)),
    ("D14", {"temperature": 38.5, "oxygen_device": "ventilator"}, (4, 4)),
    ("D16", {"temperature": 38.5, "vasopressors": "norepinephrine"}, (3, 3)),
    ("D17", {"temperature": 38.5, "vasopressors": "norepinephrine;vasopressin"}, (3, 3)),
    ("D18", {"temperature": 38.5, "vasopressors": "vasopressin"}, (3, 3)),
    ("D21", {"temperature": 38.5, "vasopressors": "dobutamine;norepinephrine"}, (3, 3)),
    ("D23", {"temperature": 38.5, "vasopressors": "norepinephrine", "oxygen_device": "nasal_cannula", "oxygen_flow": 2.0}, (3, 3)),
    ("D24", {"temperature": 38.5, "oxygen_device": "bipap"}, (4, 4)),
    ("D29b", {"temperature": None, "vasopressors": "norepinephrine"}, (None, 3)),
    ("D34", {"temperature": 38.5}, (1, 1)), ("D40c", {"temperature": 38.5, "vasopressors": "2"}, (3, 4)),
    ("D40d desmopressin", {"temperature": 38.5, "vasopressors": "desmopressin"}, (1, 1)),
    ("D41 101.0 F", {"temperature": (101.0 - 32) * 5 / 9}, (1, 1)), ("D42", {"temperature": 37.95}, (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("case", "items", "answer"), ONE_ROW, ids=[c[0] for c in ONE_ROW])
def test_one_row(case: str, items: Record, answer: tuple[Any, Any]) -> None:
    assert crs({**person(), "vitals": [row(**items)]}) == answer


CHILDREN = [
    ("D35", 5, {"sbp": 78.0}, (2, 2)), ("D36", 5, {"sbp": 82.0}, (1, 1)), ("D37", 2, {"sbp": 75.0}, (1, 1)),
    ("D38", 11, {"sbp": 88.0}, (2, 2)),
    ("D39", 3, {"oxygen_device": "high_flow_nasal_cannula", "oxygen_flow": 4.0}, (2, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("case", "age", "items", "answer"), CHILDREN, ids=[c[0] for c in CHILDREN])
def test_children(case: str, age: int, items: Record, answer: tuple[int, int]) -> None:
    assert crs({**person(age=age), "vitals": [row(temperature=38.6, **items)]}) == answer


def with_support(rows: list[Record], *given: Record, **facts: Any) -> Record:
    return {**person(**facts), "vitals": rows, "interventions": list(given)}


def drip(agent: str, start: float, end: float | None, day: int = 3) -> Record:
    return intervention("vasopressor", at(day, start), agent=agent, end=None if end is None else at(day, end))


def test_vasopressor_intervals() -> None:
    fever = [unstated(3, 10.25, temperature=38.5)]
    five = with_support(fever, drip("norepinephrine", 7, 13), drip("epinephrine", 8, 13))
    assert crs(five) == (4, 4), "D19"
    three = with_support(
        fever, drip("norepinephrine", 9, 12), drip("phenylephrine", 10, 12), drip("vasopressin", 9, 12)
    )
    assert crs(three) == (4, 4), "D20"
    assert crs(with_support(fever, drip("norepinephrine", 8, 10.5), drip("epinephrine", 10, 13))) == (3, 4), (
        "D19b"
    )
    swap = grade_subject(with_support(fever, drip("dopamine", 8, 10), drip("norepinephrine", 10, 13)))["CRS"][
        "assessments"
    ]
    assert [(a["grade"], a["grade_ceiling"]) for a in swap] == [(3, 3)] * 3, "D22"
    day = vitals_row(at(3, 0), True, temperature=38.5, sbp=120.0, vasopressors="dopamine;norepinephrine")
    assert crs({**person(), "vitals": [day]}) == (3, 4), "D22b"
    unended = [unstated(3, 8, temperature=38.5), unstated(4, 8, temperature=38.5)]
    assert crs(with_support(unended, drip("norepinephrine", 9, None))) == (1, 3), "D40d"


def test_ventilated_for_a_seizure() -> None:
    tube = intervention("oxygen", at(3, 7), agent="ventilator", end=at(3, 20), indication="seizure")
    assert crs(with_support([row(temperature=38.2, spo2=99.0, oxygen_device="ventilator")], tube)) == (
        1,
        1,
    ), "D15"
    assert icans(neuro(seizure="status")) == (4, 4), "D15"


def test_fever_waived_after_treatment() -> None:
    before = [
        row(3, temperature=39.0, tocilizumab=1.0),
        row(4, temperature=36.9, oxygen_device="nasal_cannula", oxygen_flow=2.0),
    ]
    cannula = row(5, temperature=36.8, oxygen_device="nasal_cannula", oxygen_flow=3.0)
    assert crs({**person(), "vitals": [*before, cannula]}) == (2, 2), "D25"
    assert crs(
        {**person(), "vitals": [*before, row(5, temperature=36.8, vasopressors="norepinephrine")]}
    ) == (3, 3), "D26"
    assert crs({**person(), "vitals": [*before, row(5, temperature=36.8)]}) == (0, 0), "D27"
    bare = {**person(), "vitals": [{**before[0], "tocilizumab": None}, before[1], cannula]}
    assert crs(bare) == (2, 2), "D25b"
    assert crs(bare, fever_gate="strict") == (0, 2), "D25b strict"
    calm = [row(d, temperature=36.8) for d in range(4, 9)]
    late = row(9, temperature=36.8, vasopressors="norepinephrine")
    assert crs({**person(), "vitals": [before[0], *calm, late]}) == (0, 3), "D27b"
    same_day = [
        row(3, 8, temperature=38.6, antipyretic=1.0),
        row(3, 15, temperature=37.2, sbp=84.0, fluid_bolus=1.0),
    ]
    assert crs({**person(), "vitals": same_day}) == (2, 2), "D28"
    prophylaxis = intervention("corticosteroid", at(-1), agent="dexamethasone")
    assert crs(with_support([row(2, temperature=37.0, sbp=82.0)], prophylaxis)) == (0, 2), "D29"


def test_attribution() -> None:
    home = intervention("oxygen", at(-30, 0), True, agent="cpap", indication="sleep_apnoea", ongoing=1.0)
    assert crs(with_support([row(temperature=38.4, oxygen_device="cpap")], home)) == (1, 1), "D30"
    oxygen = intervention(
        "oxygen", at(-30, 0), True, agent="nasal_cannula", flow=2.0, indication="baseline", ongoing=1.0
    )
    for flow, answer in ((2.0, (1, 1)), (4.0, (2, 2))):
        found = crs(
            with_support([row(temperature=38.4, oxygen_device="nasal_cannula", oxygen_flow=flow)], oxygen)
        )
        assert found == answer, "D31-D32"
    cause = ruling("CRS", "exclude", at(3, 0), end=at(3, 0))
    assert crs({**person(), "vitals": [row(temperature=38.9, sbp=85.0)], "adjudications": [cause]}) == (
        0,
        0,
    ), "D33"


def test_death() -> None:
    dead = person(death=at(12, 0), death_cause="CRS")
    assert grade_subject({**dead, "vitals": [row(11, temperature=39.0)]})["CRS"]["patient"]["grade"] == 5, (
        "D40"
    )
    late = {
        **person(death=at(33, 0), death_cause="CRS"),
        "vitals": [row(d, temperature=38.6, sbp=85.0) for d in range(3, 33, 3)],
    }
    figures = grade_subject(late)["CRS"]["patient"]
    assert (figures["grade"], figures["grade_in_window"]) == (5, 2), "D40b"
    assert (figures["onset_day"], figures["end_day"], figures["outcome"]) == (3, 33, "fatal")


def test_carried_oxygen() -> None:
    rows = [
        row(3, 8, temperature=38.5, oxygen_device="nasal_cannula", oxygen_flow=3.0),
        unstated(3, 14, temperature=38.5),
    ]
    assert crs({**person(), "vitals": rows}) == (2, 2), "D40e"


BASE: Record = {"ice_total": 10.0}
ONE_NEURO_ROW = [
    ("P2", {"ice_total": 3.0, "seizure": "resolved"}, (3, 3)), ("P3", {"ice_total": 0.0, "consciousness": "awake"}, (3, 3)),
    ("P4", {"ice_total": 0.0, "consciousness": "unarousable"}, (4, 4)), ("P5", {**BASE, "motor": "tremor"}, (0, 0)),
    ("P5b", {**BASE, "icp_sign": "other_counted_nothing"}, (0, 0)), ("D43", {**BASE, "consciousness": "awake"}, (0, 0)),
    ("D44", {"ice_total": 7.0}, (1, 1)), ("D45", {"ice_total": 6.0}, (2, 2)), ("D46", {"ice_total": 3.0}, (2, 2)),
    ("D47", {"ice_total": 2.0}, (3, 3)), ("D48", {"ice_total": 0.0}, (3, 4)), ("D49", {"ice_total": 8.0, "consciousness": "voice"}, (2, 2)),
    ("D50", {"ice_total": 9.0, "seizure": "unspecified", "seizure_minutes": 1.0}, (3, 3)),
    ("D51", {"ice_total": 9.0, "seizure": "unspecified", "seizure_minutes": 6.0}, (4, 4)),
    ("D52", {**BASE, "icp_sign": "papilloedema"}, (4, 4)), ("D53", {**BASE, "motor": "deep_focal"}, (4, 4)),
    ("D54", {**BASE, "cerebral_oedema": "focal"}, (3, 3)), ("D54b", {**BASE, "cerebral_oedema": "diffuse"}, (4, 4)),
    ("D55", {"ice_total": 0.0, "sedated": 1.0}, (None, None)),
    ("D60b", {"ice_unable": 1, "consciousness": "awake"}, (3, 3)), ("D60b not recorded", {"ice_unable": 1}, (3, 4)),
    ("D60d", {"consciousness": "stupor"}, (4, 4)), ("D60e", {"consciousness": "awake"}, (None, None)),
    ("D62", {"ice_orientation": 4.0, "ice_naming": 3.0, "ice_command": 1.0}, (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("case", "items", "answer"), ONE_NEURO_ROW, ids=[c[0] for c in ONE_NEURO_ROW])
def test_one_neuro_row(case: str, items: Record, answer: tuple[Any, Any]) -> None:
    assert icans(neuro(**items)) == answer


def test_children_and_baselines() -> None:
    assert icans(neuro(consciousness="awake", capd_total=5.0), age=6) == (1, 1), "D56"
    assert icans(neuro(consciousness="voice", capd_total=5.0), age=6) == (2, 2), "D57"
    assert icans(neuro(capd_total=9.0), age=6) == (3, 3), "D58"
    before = neuro(-1, capd_total=11.0)
    assert icans(before, neuro(capd_total=12.0), age=6) == (3, 3), "D59"
    assert icans(before, neuro(capd_total=11.0), age=6) == (0, 3), "D59"
    assert icans(neuro(-1, ice_total=9.0), neuro(ice_total=9.0)) == (0, 1), "D59b"
    assert icans(neuro(-1, ice_total=9.0), neuro(ice_total=8.0)) == (1, 1), "D59b"
    assert icans(neuro(capd_unable=1, consciousness="unarousable"), age=6) == (4, 4), "D60"
    assert icans(neuro(capd_total=12.0), age=12.0) == (None, None), "D61"
    sedated = icans(neuro(4, 8, ice_total=5.0), neuro(4, 20, sedated=1.0, unable_reason="intubated"))
    assert sedated == (None, 4), "D60c"
