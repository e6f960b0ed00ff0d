"""The courses of the fictional sample study, subject by subject: what happened, on which study day, at which hour.

Times are written "day hour" ("3 14:00" is Day 3 at 14:00; Day 0 is the date of the infusion). A spell overrides what is normal for the age
in every row between its two times, both included. `by_day` holds the rows of subjects who were charted once a day. Nothing here is a
patient; nothing here is a grade either: the grades worked out by hand from the rules stand in tests/test_sample.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NC, HFNC, CPAP, VENT = "Nasal cannula", "High-flow nasal cannula", "CPAP", "Mechanical ventilation"
OUTPATIENT = (16, 18, 21, 23, 25, 28, 30)


@dataclass
class Course:
    """One subject: who, when infused, and everything that was not normal."""

    id: str
    dose_level: str
    dose: float
    age: int
    sex: str
    weight: float
    disease: str
    infusion: str | None
    daily: bool = False
    spells: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    by_day: dict[int, dict[str, Any]] = field(default_factory=dict)
    hourly: list[tuple[str, str]] = field(default_factory=list)
    unseen: tuple[int, int] | None = None
    last_row: str = "30 09:00"
    outpatient: tuple[int, ...] = OUTPATIENT
    treatments: list[tuple[str, str, str, str, dict[str, Any]]] = field(default_factory=list)
    """(category, agent, start, end, further columns)"""
    neuro: dict[str, dict[str, Any]] = field(default_factory=dict)
    neuro_base: int | None = None
    neuro_last: int = 14
    facts: dict[str, Any] = field(default_factory=dict)
    fractions: tuple[str, ...] = ()
    heat: float = 0.0
    """How inflamed the laboratory looks: 0 quiet, 5 fatal."""


FOR_PRESSURE = {"indication": "Hypotension"}
DL1, DL2, DL3 = ("DL1", 5e5), ("DL2", 1e6), ("DL3", 2e6)


def fever(start: str, end: str, low: float, high: float, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return start, end, {"temperature": (low, high), **more}


def oxygen(
    start: str, end: str, device: str, flow: float | None = None, fio2: float | None = None
) -> tuple[str, str, dict[str, Any]]:
    return start, end, {"oxygen_device": device, "oxygen_flow": flow, "fio2": fio2}


def pressure(start: str, end: str, low: int, high: int) -> tuple[str, str, dict[str, Any]]:
    return start, end, {"sbp": (low, high)}


PREMEDICATION = (
    "Antipyretic",
    "Paracetamol",
    "0 10:00",
    "0 10:00",
    {"dose": 1000, "unit": "mg", "indication": "Premedication"},
)


def paracetamol(at: str) -> tuple[str, str, str, str, dict[str, Any]]:
    return "Antipyretic", "Paracetamol", at, at, {"dose": 1000, "unit": "mg", "indication": "Fever"}


def tocilizumab(at: str) -> tuple[str, str, str, str, dict[str, Any]]:
    return "Tocilizumab", "Tocilizumab", at, at, {"dose": 8, "unit": "mg/kg", "indication": "CRS"}


def bolus(start: str, end: str, dose: int) -> tuple[str, str, str, str, dict[str, Any]]:
    return "Fluid", "", start, end, {"dose": dose, "unit": "mL", "indication": "Hypotension"}


COURSES = [
    Course(
        "001",
        *DL1,
        34,
        "M",
        72,
        "B-ALL",
        "2026-01-13 10:30",
        outpatient=tuple(range(15, 31)),
        treatments=[PREMEDICATION],
        spells=[("6 18:00", "6 18:00", {"temperature": (37.9, 37.9)})],
    ),
    Course(
        "002",
        *DL1,
        58,
        "F",
        61,
        "B-NHL",
        "2026-01-20 11:00",
        daily=True,
        heat=1,
        by_day={
            3: {"temperature": 38.4, "sbp": 112},
            4: {"temperature": 39.1, "sbp": None},
            5: {"temperature": 38.2, "sbp": 108},
        },
        treatments=[
            ("Antipyretic", "Paracetamol", "3", "5", {"dose": 1000, "unit": "mg", "indication": "Fever"})
        ],
    ),
    Course(
        "003",
        *DL1,
        9,
        "F",
        27,
        "B-ALL",
        "2026-02-03 10:30",
        heat=1.5,
        neuro_base=2,
        spells=[fever("2 14:00", "3 22:00", 38.3, 39.2)],
        treatments=[
            PREMEDICATION,
            paracetamol("2 15:00"),
            paracetamol("3 08:00"),
            (
                "Corticosteroid",
                "Dexamethasone",
                "6 10:00",
                "8 10:00",
                {"dose": 5, "unit": "mg", "indication": "ICANS"},
            ),
        ],
        neuro={
            "5 09:00": {"capd_total": 6},
            "6 09:00": {"capd_total": 7, "consciousness": "Voice"},
            "7 09:00": {"capd_total": 5},
        },
    ),
    Course(
        "004",
        *DL1,
        45,
        "M",
        80,
        "B-NHL",
        "2026-02-10 10:30",
        heat=2,
        spells=[
            fever("2 18:00", "2 22:00", 38.4, 38.9),
            fever("3 02:00", "3 06:00", 37.4, 37.6),
            fever("3 10:00", "3 22:00", 38.8, 39.6),
            oxygen("3 18:00", "5 14:00", NC, 3),
        ],
        treatments=[PREMEDICATION, paracetamol("2 19:00"), paracetamol("3 11:00"), tocilizumab("3 20:00")],
    ),
    Course(
        "005",
        *DL1,
        67,
        "F",
        58,
        "MM",
        "2026-02-17 10:30",
        daily=True,
        last_row="2 23:00",
        neuro_last=1,
        facts={"remark": "Transferred on Day 3; charts of the receiving hospital not received"},
    ),
    Course(
        "006",
        *DL2,
        61,
        "M",
        77,
        "B-NHL",
        "2026-03-03 10:30",
        heat=2,
        spells=[
            fever("2 18:00", "4 10:00", 38.2, 39.0),
            fever("9 06:00", "11 02:00", 38.4, 39.5),
            pressure("10 02:00", "10 06:00", 82, 86),
        ],
        treatments=[
            PREMEDICATION,
            paracetamol("2 20:00"),
            paracetamol("9 08:00"),
            bolus("10 02:30", "10 03:30", 500),
            tocilizumab("10 04:00"),
        ],
    ),
    Course(
        "007",
        *DL2,
        52,
        "F",
        66,
        "B-ALL",
        "2026-03-10 10:30",
        daily=True,
        heat=3,
        by_day={
            3: {"temperature": 38.6, "sbp": 104},
            4: {"temperature": 39.2, "sbp": 84, "vasopressors": "Norepinephrine"},
            5: {
                "temperature": 38.4,
                "sbp": 93,
                "vasopressors": "Norepinephrine, Vasopressin",
                "oxygen_device": NC,
                "oxygen_flow": 2,
            },
            6: {"temperature": 37.4, "sbp": 101},
        },
        treatments=[
            ("Tocilizumab", "Tocilizumab", "4", "4", {"dose": 8, "unit": "mg/kg", "indication": "CRS"}),
            ("Corticosteroid", "Dexamethasone", "4", "6", {"dose": 20, "unit": "mg", "indication": "CRS"}),
            ("ICU", "", "4", "6", {"indication": "CRS"}),
        ],
    ),
    Course(
        "008",
        *DL2,
        70,
        "F",
        83,
        "MM",
        "2026-03-17 10:30",
        daily=True,
        heat=1,
        by_day={4: {"temperature": 38.3}, 5: {"temperature": 38.8}, 6: {"temperature": 38.1}},
        treatments=[
            ("Oxygen", CPAP, "-5", "", {"indication": "Sleep apnoea", "ongoing": "Yes"}),
            ("Antipyretic", "Paracetamol", "4", "6", {"dose": 1000, "unit": "mg", "indication": "Fever"}),
        ],
        facts={"every_day": {"oxygen_device": CPAP}},
    ),
    Course("009", *DL2, 11, "M", 36, "B-ALL", "2026-03-24 10:30", unseen=(5, 11), treatments=[PREMEDICATION]),
    Course(
        "010",
        *DL2,
        40,
        "M",
        75,
        "B-NHL",
        "2026-03-31 10:30",
        heat=1,
        fractions=("2026-04-01 10:30",),
        spells=[fever("4 10:00", "5 14:00", 38.1, 38.9)],
        treatments=[PREMEDICATION, paracetamol("4 12:00")],
    ),
    Course(
        "011",
        *DL2,
        12,
        "M",
        41,
        "B-ALL",
        "2026-04-07 10:30",
        heat=1.5,
        spells=[fever("2 06:00", "4 18:00", 38.2, 39.7)],
        treatments=[
            PREMEDICATION,
            paracetamol("2 08:00"),
            (
                "Antiepileptic",
                "Levetiracetam",
                "6 20:30",
                "12 09:00",
                {"dose": 1000, "unit": "mg", "indication": "Seizure"},
            ),
            (
                "Corticosteroid",
                "Dexamethasone",
                "6 21:00",
                "9 21:00",
                {"dose": 10, "unit": "mg", "indication": "ICANS"},
            ),
        ],
        neuro={
            "5 09:00": {"ice_total": 8},
            "6 09:00": {"ice_total": 5},
            "6 20:15": {"ice_total": 4, "consciousness": "Voice", "seizure": "Focal seizure 1 min"},
            "7 09:00": {"ice_total": 2},
            "8 09:00": {"ice_total": 4},
            "9 09:00": {"ice_total": 8},
        },
    ),
    Course(
        "012",
        *DL3,
        48,
        "F",
        64,
        "B-ALL",
        "2026-04-21 10:30",
        heat=5,
        last_row="9 14:00",
        neuro_last=9,
        hourly=[("3 00:00", "9 14:00")],
        spells=[
            fever("1 10:00", "9 14:00", 38.4, 40.3),
            pressure("2 10:00", "2 14:00", 80, 84),
            pressure("2 18:00", "9 14:00", 91, 104),
            oxygen("2 14:00", "3 13:00", NC, 4),
            oxygen("3 14:00", "5 07:00", HFNC, 40, 60),
            oxygen("5 08:00", "9 14:00", VENT, None, 70),
        ],
        treatments=[
            PREMEDICATION,
            paracetamol("1 11:00"),
            bolus("2 10:15", "2 11:15", 1000),
            tocilizumab("2 18:00"),
            tocilizumab("3 06:00"),
            (
                "Vasopressor",
                "Norepinephrine",
                "2 16:00",
                "9 14:20",
                {"dose": 0.3, "unit": "ug/kg/min", **FOR_PRESSURE},
            ),
            (
                "Vasopressor",
                "Epinephrine",
                "3 20:00",
                "9 14:20",
                {"dose": 0.1, "unit": "ug/kg/min", **FOR_PRESSURE},
            ),
            ("Oxygen", VENT, "5 08:00", "9 14:20", {"fio2": 70, "indication": "Hypoxia"}),
            ("Sedation", "Propofol", "5 08:00", "9 14:20", {"dose": 2, "unit": "mg/kg/h"}),
            ("ICU", "", "2 16:00", "9 14:20", {}),
            ("Dialysis", "", "7 12:00", "9 14:20", {}),
            (
                "Corticosteroid",
                "Methylprednisolone",
                "3 08:00",
                "9 08:00",
                {"dose": 1000, "unit": "mg", "indication": "CRS"},
            ),
            (
                "Anticytokine",
                "Anakinra",
                "4 08:00",
                "8 08:00",
                {"dose": 200, "unit": "mg", "indication": "CRS"},
            ),
        ],
        neuro={"3 09:00": {"ice_total": 7}, "4 09:00": {"ice_total": 4, "consciousness": "Voice"}}
        | {
            f"{d} 09:00": {
                "ice_total": None,
                "consciousness": None,
                "seizure": None,
                "motor": None,
                "sedated": "Yes",
                "unable_reason": "Intubated",
            }
            for d in range(5, 10)
        },
        facts={"death_date": "9 14:20", "death_cause": "CRS"},
    ),
    Course(
        "013",
        *DL3,
        29,
        "M",
        70,
        "B-ALL",
        "2026-04-28 10:30",
        heat=4,
        hourly=[("3 00:00", "5 00:00")],
        spells=[
            fever("1 18:00", "4 06:00", 38.3, 40.1),
            pressure("2 14:00", "2 14:00", 86, 86),
            pressure("2 18:00", "4 22:00", 92, 105),
            oxygen("2 22:00", "4 06:00", NC, 4),
            oxygen("4 07:00", "4 22:00", NC, 2),
        ],
        treatments=[
            PREMEDICATION,
            paracetamol("1 19:00"),
            bolus("2 14:30", "2 15:30", 1000),
            tocilizumab("2 20:00"),
            tocilizumab("3 12:00"),
            (
                "Vasopressor",
                "Norepinephrine",
                "3 02:00",
                "4 18:00",
                {"dose": 0.2, "unit": "ug/kg/min", **FOR_PRESSURE},
            ),
            (
                "Vasopressor",
                "Epinephrine",
                "3 10:00",
                "3 20:00",
                {"dose": 0.08, "unit": "ug/kg/min", **FOR_PRESSURE},
            ),
            (
                "Vasopressor",
                "Vasopressin",
                "3 12:00",
                "4 02:00",
                {"dose": 0.03, "unit": "U/min", **FOR_PRESSURE},
            ),
            ("ICU", "", "3 00:00", "5 00:00", {}),
            (
                "Corticosteroid",
                "Dexamethasone",
                "3 01:00",
                "6 01:00",
                {"dose": 10, "unit": "mg", "indication": "CRS"},
            ),
        ],
        neuro={"3 09:00": {"ice_total": 8}, "4 09:00": {"ice_total": 9}},
    ),
    Course(
        "014",
        *DL3,
        2,
        "F",
        12,
        "B-ALL",
        "2026-05-05 10:30",
        heat=3,
        neuro_base=4,
        spells=[
            fever("3 02:00", "5 22:00", 38.4, 39.8),
            pressure("4 18:00", "4 18:00", 75, 75),
            oxygen("4 06:00", "4 10:00", NC, 1),
            oxygen("4 14:00", "5 14:00", HFNC, 12, 40),
            oxygen("5 18:00", "6 10:00", NC, 1),
        ],
        treatments=[PREMEDICATION, paracetamol("3 03:00"), tocilizumab("4 15:00")],
    ),
    Course(
        "015",
        *DL3,
        65,
        "M",
        79,
        "B-NHL",
        "2026-05-12 10:30",
        daily=True,
        heat=1,
        by_day={
            6: {"temperature": 38.7, "sbp": 84},
            7: {"temperature": 39.0, "sbp": 88},
            8: {"temperature": 38.2, "sbp": 101},
        },
        treatments=[
            ("Fluid", "", "6", "6", {"dose": 1000, "unit": "mL", "indication": "Hypotension"}),
            ("G-CSF", "Filgrastim", "7", "10", {"dose": 300, "unit": "ug"}),
        ],
    ),
    Course(
        "016",
        *DL3,
        55,
        "F",
        68,
        "B-NHL",
        "2026-05-19 10:30",
        heat=2.5,
        spells=[fever("1 22:00", "4 14:00", 38.2, 39.6), oxygen("3 06:00", "4 06:00", NC, 3)],
        treatments=[
            PREMEDICATION,
            paracetamol("2 06:00"),
            tocilizumab("3 08:00"),
            (
                "Corticosteroid",
                "Dexamethasone",
                "6 10:00",
                "11 10:00",
                {"dose": 10, "unit": "mg", "indication": "ICANS"},
            ),
            (
                "Antiepileptic",
                "Levetiracetam",
                "5 10:00",
                "14 10:00",
                {"dose": 500, "unit": "mg", "indication": "Prophylaxis"},
            ),
        ],
        neuro={
            "5 09:00": {"ice_total": 9},
            "6 09:00": {"ice_total": 5, "consciousness": "Voice"},
            "7 09:00": {"ice_total": 1, "consciousness": "Touch"},
            "7 21:00": {"ice_total": 0, "consciousness": "Unarousable"},
            "8 09:00": {"ice_total": 0, "consciousness": "Touch"},
            "9 09:00": {"ice_total": 4},
            "10 09:00": {"ice_total": 8},
        },
    ),
    Course(
        "017",
        *DL3,
        6,
        "M",
        21,
        "B-ALL",
        "2026-05-26 10:30",
        heat=4,
        spells=[
            fever("2 10:00", "5 06:00", 38.5, 40.2),
            pressure("3 06:00", "3 06:00", 80, 80),
            oxygen("3 14:00", "3 18:00", NC, 2),
            oxygen("3 22:00", "4 18:00", HFNC, 15, 50),
            oxygen("4 22:00", "5 18:00", CPAP, None, 50),
            oxygen("5 22:00", "6 14:00", NC, 2),
        ],
        treatments=[
            PREMEDICATION,
            paracetamol("2 11:00"),
            bolus("3 07:00", "3 08:00", 250),
            tocilizumab("3 16:00"),
            tocilizumab("4 16:00"),
            ("Oxygen", CPAP, "4 19:00", "5 19:00", {"fio2": 50, "indication": "Hypoxia"}),
            ("Sedation", "Dexmedetomidine", "4 19:30", "5 12:00", {"dose": 0.5, "unit": "ug/kg/h"}),
            ("ICU", "", "3 22:00", "6 18:00", {}),
            (
                "Corticosteroid",
                "Dexamethasone",
                "4 09:00",
                "9 09:00",
                {"dose": 4, "unit": "mg", "indication": "CRS"},
            ),
        ],
        neuro={
            "5 09:00": {
                "capd_total": None,
                "consciousness": None,
                "seizure": None,
                "motor": None,
                "sedated": "Yes",
            },
            "6 09:00": {"capd_total": 11, "consciousness": "Voice"},
            "6 21:00": {"capd_total": 10, "consciousness": "Voice"},
            "7 09:00": {"capd_total": 7},
            "8 09:00": {"capd_total": 3},
        },
    ),
    Course(
        "018",
        *DL3,
        4,
        "F",
        16,
        "B-ALL",
        "2026-06-02 10:30",
        daily=True,
        heat=2,
        by_day={
            5: {"temperature": 38.5, "sbp": 88},
            6: {"temperature": 39.3, "sbp": 76, "oxygen_device": NC},
            7: {"temperature": 38.0, "sbp": 84},
        },
        treatments=[
            ("Tocilizumab", "Tocilizumab", "6", "6", {"dose": 12, "unit": "mg/kg", "indication": "CRS"}),
            ("Fluid", "", "6", "6", {"dose": 300, "unit": "mL", "indication": "Hypotension"}),
        ],
        neuro={"7 09:00": {"capd_total": 5}, "8 09:00": {"capd_total": 4}},
    ),
    Course(
        "019",
        *DL3,
        51,
        "M",
        74,
        "MM",
        None,
        facts={"remark": "Infection during lymphodepletion; not infused"},
    ),
]

RULINGS = [
    (
        "015",
        "CRS",
        "Exclude",
        "All",
        6,
        8,
        "E. coli bacteraemia, two culture sets; fever and pressure explained by it",
        "Safety committee",
        20,
    ),
]
