"""Series of laboratory values, worked out by hand: ICAHT, recovery, Day 28, febrile neutropenia, tumour lysis, IEC-HS criteria."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory, laboratory_scale
from senl_ae.grade.laboratory.graded_values import GradedValues
from senl_ae.grade.laboratory.haematotoxicity import haematotoxicity
from senl_ae.grade.laboratory.lab_rows import lab_rows
from senl_ae.grade.laboratory.lines import graded_lines
from senl_ae.grade.laboratory.values import Names, baselines
from senl_ae.grade.rules.scales import Condition, Scale, load_scales
from senl_ae.settings import Settings
from senl_ae.vocabulary.items import load_items
from tests.grade.laboratory_study import at, study

scales = cache(load_scales)


def counts(values: Mapping[float, float | str], test: str = "anc", **more: Any) -> list[dict[str, Any]]:
    """One count per study day; "<0.1" is a censored one."""
    rows = []
    for day, value in values.items():
        sign = str(value)[0] if str(value)[0] in "<>" else None
        rows.append(
            {
                "test": test,
                "unit": "10^9/L",
                "value": float(str(value).lstrip("<>")),
                "comparator": sign,
                "time": at(day),
                **more,
            }
        )
    return rows


def one(
    labs: Sequence[Mapping[str, Any]],
    subject: Mapping[str, Any] | None = None,
    vitals: Sequence[Mapping[str, Any]] = (),
    **settings: Any,
) -> Any:
    """The haematotoxicity row of a study of one subject."""
    data = study(labs, [{"age": 50, **(subject or {})}], vitals)
    return grade_laboratory(data, Settings(**settings), scales()).haematotoxicity.iloc[0]


def every_day(
    low_from: int, low_to: int, low: float | str = 0.3, high: float = 2.0, last: int = 30
) -> dict[float, float | str]:
    return {d: low if low_from <= d <= low_to else high for d in range(last + 1)}


# --- early ICAHT

AT_500 = [(0, 0), (1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (20, 3)]
AT_100 = [(6, 1), (7, 3), (13, 3), (14, 4)]


@pytest.mark.parametrize(("days", "grade"), AT_500)
def test_early_grade_follows_the_days_at_or_below_500(days: int, grade: int) -> None:
    row = one(counts(every_day(5, 4 + days)))
    assert (row.icaht_early, row.icaht_early_ceiling, row.days_anc_500) == (grade, grade, days)


@pytest.mark.parametrize(("days", "grade"), AT_100)
def test_early_grade_follows_the_days_at_or_below_100(days: int, grade: int) -> None:
    row = one(counts(every_day(5, 4 + days, low=0.1)))
    assert (row.icaht_early, row.days_anc_100) == (grade, days)


def test_exactly_500_per_microlitre_counts_and_501_does_not() -> None:
    assert one(counts(dict.fromkeys(range(31), 0.5) | {0: 2, 1: 2, 2: 2, 3: 2})).days_anc_500 == 27
    assert one(counts(dict.fromkeys(range(31), 0.501))).days_anc_500 == 0


def test_the_lowest_value_of_a_day_counts() -> None:
    assert one([*counts(every_day(9, 8)), *counts({10.4: 0.4})]).days_anc_500 == 1


def test_short_gaps_are_filled_on_a_line_and_long_ones_are_not() -> None:
    # 0.2 on Day 10, 0.9 on Day 17: the line reaches 0.5 on Day 13, so Days 10-13 count
    row = one(counts({**every_day(40, 40, last=9), 10: 0.2, 17: 0.9, **dict.fromkeys(range(18, 31), 2.0)}))
    assert row.days_anc_500 == 4 and row.icaht_early_ceiling == 1
    # eight days between the counts: nothing is known of Days 11-17
    row = one(counts({**every_day(40, 40, last=9), 10: 0.2, 18: 0.2, **dict.fromkeys(range(19, 31), 2.0)}))
    assert (row.days_anc_500, row.icaht_early, row.icaht_early_ceiling) == (2, 1, 3)
    assert "icaht-early-open" in row["flags"]


def test_a_longer_gap_can_be_allowed() -> None:
    values = {**every_day(40, 40, last=9), 10: 0.2, 18: 0.2, **dict.fromkeys(range(19, 31), 2.0)}
    assert one(counts(values), icaht_gap_days=8).days_anc_500 == 9


def test_a_gap_is_filled_from_a_week_before_the_infusion_on() -> None:
    values = {-7: 0.4, 1: 0.4, **dict.fromkeys(range(2, 31), 2.0)}
    assert one(counts(values), icaht_gap_days=8).days_anc_500 == 2
    assert one(counts(values), icaht_gap_days=7).days_anc_500 == 1


@pytest.mark.parametrize(("day", "ceiling"), [(-1, 0), (0, 1), (30, 1), (31, 0)])
def test_a_low_count_in_doubt_leaves_its_day_open_in_the_early_phase_alone(day: int, ceiling: int) -> None:
    row = one([*counts(every_day(40, 40)), *counts({day: 0.1}, doubtful=True)])
    assert (row.icaht_early, row.icaht_early_ceiling) == (0, ceiling)


def test_longest_run_bridges_two_days_above_but_not_three() -> None:
    low = dict.fromkeys((5, 6, 7, 10, 11, 15, 16), 0.3)
    row = one(counts({**every_day(40, 40), **low}), icaht_days="longest_run")
    assert row.days_anc_500 == 7  # Days 5-11; three days above before Day 15
    assert (
        one(counts({**every_day(40, 40), **low})).days_anc_500 == 7
    )  # cumulative: the seven low days themselves
    assert (
        one(counts({**every_day(40, 40), **low}), icaht_days="longest_run", icaht_bridge_days=3).days_anc_500
        == 12
    )


def test_never_above_500_is_grade_4_when_day_30_is_reached() -> None:
    row = one(counts(every_day(3, 30, low=0.4)))
    assert (row.icaht_early, row.icaht_early_ceiling) == (4, 4)


def test_a_run_that_starts_after_day_3_is_graded_by_its_days() -> None:
    row = one(counts(every_day(4, 30, low=0.4)))
    assert (row.icaht_early, row.icaht_early_ceiling) == (3, 3)


def test_never_above_500_until_death_is_grade_4() -> None:
    values = {d: 0.4 if d >= 2 else 2.0 for d in range(13)}
    row = one(counts(values), {"death": at(12, 20)})
    assert row.icaht_early == 4


def test_never_above_500_with_the_record_ending_early_is_open_up_to_4() -> None:
    values = {d: 0.4 if d >= 2 else 2.0 for d in range(9)}
    row = one(counts(values))
    assert (row.icaht_early, row.icaht_early_ceiling) == (2, 4)


def test_values_after_new_therapy_do_not_count() -> None:
    row = one(counts(every_day(5, 25)), {"new_therapy": at(10, 0)})
    assert row.days_anc_500 == 5  # Days 5-9


def test_a_censored_count_proves_only_what_it_proves() -> None:
    row = one(counts(every_day(5, 11, low="<0.5")))
    assert (row.days_anc_500, row.days_anc_100) == (7, 0)
    assert (row.icaht_early, row.icaht_early_ceiling) == (2, 3)
    row = one(counts(every_day(5, 11, low="<0.1")))
    assert (row.days_anc_100, row.icaht_early) == (7, 3)


def test_without_counts_nothing_is_graded() -> None:
    row = one(counts({5: 30}, test="alt"))
    assert (
        row[
            [
                "icaht_early",
                "icaht_early_ceiling",
                "icaht_late",
                "days_anc_500",
                "recovery_day",
                "neutropenia_day28",
            ]
        ]
        .isna()
        .all()
    )


def test_a_single_normal_count_does_not_prove_thirty_normal_days() -> None:
    row = one(counts({0: 3.0}))
    assert row.icaht_early == 0 and row.icaht_early_ceiling > 0


# --- late ICAHT, recovery, Day 28

LATE = [(1.51, 0), (1.5, 1), (1.01, 1), (1.0, 2), (0.51, 2), (0.5, 3), (0.11, 3), (0.1, 4)]


@pytest.mark.parametrize(("value", "grade"), LATE)
def test_late_grade_of_two_values_or_of_one_that_nothing_shows_to_be_transient(
    value: float, grade: int
) -> None:
    assert one(counts({31: value, 38: value, 45: 3})).icaht_late == grade
    transient = one(counts({31: value, 38: 3, 45: 3}))
    assert transient.icaht_late == 0 and "icaht-late-single-value" not in transient["flags"]
    for days in ({45: value}, {31: 3, 38: 3, 45: value}):
        single = one(counts(days))
        assert single.icaht_late == grade and ("icaht-late-single-value" in single["flags"]) == (grade > 0)


def test_late_starts_after_day_30() -> None:
    assert pd.isna(one(counts({29: 0.2, 30: 0.2})).icaht_late)
    assert one(counts({40: 2.0})).icaht_late == 0


def test_recovery_is_the_first_of_three_days_above_500() -> None:
    values = {**every_day(5, 12), 14: 0.4, **dict.fromkeys(range(15, 31), 1.0)}
    assert one(counts(values)).recovery_day == 15
    assert pd.isna(one(counts(every_day(5, 29))).recovery_day)
    assert pd.isna(one(counts(every_day(40, 40))).recovery_day)


def test_platelets_are_graded_only_when_asked_for() -> None:
    labs = [*counts(every_day(40, 40)), *counts(every_day(5, 11, low=49, high=200), test="platelets")]
    assert one(labs).icaht_early == 0
    assert one(labs, icaht_platelets=True).icaht_early == 2
    labs = [*counts(every_day(40, 40)), *counts(every_day(5, 5, low=19.9, high=200), test="platelets")]
    assert one(labs, icaht_platelets=True).icaht_early == 3
    labs = [*counts(every_day(40, 40)), *counts(every_day(5, 18, low=19, high=200), test="platelets")]
    assert one(labs, icaht_platelets=True).icaht_early == 4
    row = one(counts({1: 49, 2: 49}, test="platelets"), icaht_platelets=True)
    assert row.icaht_early == 1 and pd.isna(row.icaht_late)
    labs = [*counts({31: 3, 40: 3}), *counts({31: 49, 40: 49}, test="platelets")]
    assert one(labs, icaht_platelets=True).icaht_late == 2


@pytest.mark.parametrize(
    ("day", "value", "found"), [(25, 0.99, 1), (31, 0.99, 1), (28, 1.0, 0), (24, 0.1, None), (32, 0.1, None)]
)
def test_cytopenia_at_day_28_is_grade_3_or_more_within_the_visit_window(
    day: int, value: float, found: int | None
) -> None:
    row = one(counts({day: value}))
    assert (None if pd.isna(row.neutropenia_day28) else row.neutropenia_day28) == found


def test_the_visit_window_is_a_setting_and_platelets_have_their_own_column() -> None:
    row = one([*counts({24: 0.1}), *counts({28: 49}, test="platelets")], day28_window=[24, 24])
    assert row.neutropenia_day28 == 1 and pd.isna(row.thrombocytopenia_day28)
    assert one(counts({28: 49.9}, test="platelets")).thrombocytopenia_day28 == 1
    assert one(counts({28: 50}, test="platelets")).thrombocytopenia_day28 == 0


# --- febrile neutropenia


def temperatures(*readings: tuple[float, float, float]) -> list[dict[str, Any]]:
    return [{"temperature": value, "time": at(day, hour)} for day, hour, value in readings]


FEVERS = [
    ([(5, 20, 38.4)], 1),
    ([(5, 20, 38.3)], 0),
    ([(5, 20, 38.0), (5, 21, 38.0)], 1),
    ([(5, 20, 38.0), (5, 20.9, 38.0)], 0),
    ([(5, 20, 38.2), (5, 20.5, 37.9), (5, 21, 38.2)], 0),
    ([(5, 20, 37.9), (5, 22, 38.3)], 0),
]


@pytest.mark.parametrize(("readings", "found"), FEVERS)
def test_febrile_neutropenia_is_one_high_reading_or_a_lasting_one(
    readings: list[tuple[float, float, float]], found: int
) -> None:
    assert one(counts({5: 0.9}), vitals=temperatures(*readings)).febrile_neutropenia == found


COUNTS_BEFORE = [(5, 0.99, 1), (5, 1.0, 0), (4.5, 0.5, 1), (4, 0.5, None), (6, 0.5, None)]


@pytest.mark.parametrize(("count_day", "value", "found"), COUNTS_BEFORE)
def test_the_count_is_the_nearest_one_of_the_24_hours_before(
    count_day: float, value: float, found: int | None
) -> None:
    got = one(counts({count_day: value}), vitals=temperatures((5, 20, 39.0))).febrile_neutropenia
    assert (None if pd.isna(got) else got) == found


def test_no_fever_is_no_febrile_neutropenia_and_no_temperature_is_not_known() -> None:
    assert one(counts({5: 0.1}), vitals=temperatures((5, 20, 37.0))).febrile_neutropenia == 0
    assert pd.isna(one(counts({5: 0.1})).febrile_neutropenia)


# --- tumour lysis

NORMAL = {
    "uric_acid": ("umol/L", 300),
    "potassium": ("mmol/L", 4.0),
    "phosphate": ("mmol/L", 1.0),
    "calcium": ("mmol/L", 2.3),
}


def chemistry(day: float, **changed: float) -> list[dict[str, Any]]:
    return [
        {
            "test": test,
            "unit": unit,
            "value": changed.get(test, usual),
            "uln": 100 if test == "creatinine" else None,
            "time": at(day),
        }
        for test, (unit, usual) in {**NORMAL, "creatinine": ("umol/L", 80)}.items()
    ]


LYSIS = [
    ({}, 0),
    ({"uric_acid": 476}, 0),
    ({"uric_acid": 476, "potassium": 6.0}, 3),
    ({"uric_acid": 374, "potassium": 4.9}, 0),
    ({"uric_acid": 375, "potassium": 5.0}, 3),
    ({"phosphate": 1.25, "calcium": 1.725}, 3),
    ({"phosphate": 1.24, "calcium": 1.76}, 0),
    ({"phosphate": 1.45, "potassium": 6.0}, 3),
    ({"calcium": 1.725, "potassium": 6.0}, 3),
]


@pytest.mark.parametrize(("changed", "grade"), LYSIS)
def test_tumour_lysis_needs_two_criteria(changed: dict[str, float], grade: int) -> None:
    assert one([*chemistry(-1), *chemistry(3, **changed)]).tumour_lysis == grade


def test_a_child_has_a_higher_bound_for_phosphate() -> None:
    labs = chemistry(3, phosphate=2.0, uric_acid=480)
    assert one(labs, {"age": 50}).tumour_lysis == 3
    assert one(labs, {"age": 17}).tumour_lysis == 0
    assert one(chemistry(3, phosphate=2.1, uric_acid=480), {"age": 17}).tumour_lysis == 3
    assert "age-unknown" in one(labs, {"age": None})["flags"]


CREATININE = [(100, 0), (101, 1), (150, 1), (151, 2), (300, 2), (301, 3), (600, 3), (601, 4)]


@pytest.mark.parametrize(("creatinine", "grade"), CREATININE)
def test_v6_grades_tumour_lysis_by_creatinine(creatinine: float, grade: int) -> None:
    assert (
        one(chemistry(3, uric_acid=480, potassium=6.1, creatinine=creatinine), ctcae="6.0").tumour_lysis
        == grade
    )


def test_tumour_lysis_belongs_to_the_days_around_the_start_of_treatment() -> None:
    assert one(chemistry(7, uric_acid=480, potassium=6.1)).tumour_lysis == 3
    assert pd.isna(one(chemistry(8, uric_acid=480, potassium=6.1)).tumour_lysis)
    labs = chemistry(-5, uric_acid=480, potassium=6.1)
    assert one(labs, {"lymphodepletion_start": at(-5, 0)}).tumour_lysis == 3
    assert pd.isna(one(labs).tumour_lysis)


def test_too_little_measured_is_not_zero() -> None:
    labs = [row for row in chemistry(3, uric_acid=480) if row["test"] in ("uric_acid", "potassium")]
    assert pd.isna(one(labs).tumour_lysis)


# --- IEC-HS


def lab(test: str, day: float, value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {"test": test, "value": value, "unit": unit, "time": at(day), **more}


def test_iechs_criteria_that_stand_together_are_named_with_their_day() -> None:
    labs = [
        lab("ferritin", 8, 700, "ng/mL", uln=300),
        lab("ferritin", 10, 601, "ng/mL", uln=300),
        lab("alt", 11, 201, "U/L", uln=40),
        lab("fibrinogen", 12, 1.49, "g/L", lln=1.4),
        lab("anc", 9, 2.0, "10^9/L", lln=1.5),
        lab("anc", 30, 0.4, "10^9/L", lln=1.5),
    ]
    row = one(labs)
    assert row.iechs_met == "ferritin@10;transaminases@11;fibrinogen@12" and row.iechs_missing == ""
    assert "iechs-criteria-together" in row["flags"]


IECHS = [
    ([lab("ferritin", 8, 600, "ng/mL", uln=300)], ""),
    ([lab("ferritin", 8, 600.1, "ng/mL", uln=300)], "ferritin@8"),
    ([lab("ferritin", -1, 280, "ng/mL", uln=300), lab("ferritin", 8, 561, "ng/mL", uln=300)], "ferritin@8"),
    ([lab("ferritin", 7, 250, "ng/mL", uln=300), lab("ferritin", 9, 500, "ng/mL", uln=300)], "ferritin@9"),
    ([lab("ferritin", 7, 250, "ng/mL", uln=300), lab("ferritin", 9.1, 500, "ng/mL", uln=300)], ""),
    ([lab("ferritin", 7, 250, "ng/mL", uln=300), lab("ferritin", 9, 499, "ng/mL", uln=300)], ""),
    ([lab("alt", 8, 200, "U/L", uln=40)], ""),
    ([lab("alt", -1, 60, "U/L", uln=40), lab("alt", 8, 300, "U/L", uln=40)], ""),
    ([lab("ast", -1, 60, "U/L", uln=40), lab("ast", 8, 301, "U/L", uln=40)], "transaminases@8"),
    ([lab("fibrinogen", 8, 1.5, "g/L", lln=1.5)], ""),
    ([lab("fibrinogen", 8, 150, "mg/dL", lln=150)], ""),
    ([lab("fibrinogen", 8, 149, "mg/dL")], "fibrinogen@8"),
    ([lab("fibrinogen", 8, 1.8, "g/L", lln=2.0)], "fibrinogen@8"),
    (
        [lab("platelets", 7, 100, "10^9/L", lln=150), lab("platelets", 8, 74, "10^9/L", lln=150)],
        "cytopenia@8",
    ),
    ([lab("platelets", 7, 40, "10^9/L", lln=150), lab("platelets", 8, 74, "10^9/L", lln=150)], ""),
    ([lab("ferritin", -1, 200, "ng/mL", uln=300), lab("ferritin", 8, 400, "ng/mL", uln=300)], ""),
    ([lab("fibrinogen", 8, 2.0, "g/L", lln=2.0)], ""),
    ([lab("ast", 8, 200, "U/L", uln=40)], ""),
    ([lab("ast", -1, 60, "U/L", uln=40), lab("ast", 8, 300, "U/L", uln=40)], ""),
    ([lab("alt", 8, 201, "U/L", uln=40)], "transaminases@8"),
]


@pytest.mark.parametrize(("labs", "met"), IECHS)
def test_each_iechs_criterion_at_its_bound(labs: list[dict[str, Any]], met: str) -> None:
    assert one(labs).iechs_met == met


def test_what_was_not_recorded_is_named() -> None:
    assert one([lab("fibrinogen", 8, 3, "g/L", lln=2)]).iechs_missing == "ferritin;transaminases;cytopenia"
    assert (
        one([lab("ferritin", 8, 250, "ng/mL")]).iechs_missing == "ferritin;transaminases;fibrinogen;cytopenia"
    )


def test_days_from_the_end_of_crs_are_shown() -> None:
    data = study([lab("ferritin", 9, 700, "ng/mL", uln=300)])
    row = grade_laboratory(data, Settings(), scales(), crs_end_day=[6]).haematotoxicity.iloc[0]
    assert row["flags"] == "ferritin-3-days-after-crs"


# --- flipping a bound of a series table

FLIP = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}
TLS_US = {
    "uric_acid": ("mg/dL", 5.0),
    "potassium": ("mmol/L", 4.0),
    "phosphate": ("mg/dL", 3.5),
    "calcium": ("mg/dL", 9.2),
}


def cases() -> list[tuple[Sequence[Mapping[str, Any]], Mapping[str, Any], Sequence[Mapping[str, Any]]]]:
    """Subjects that stand on the bounds: (labs, subject, vitals)."""
    adult: dict[str, Any] = {"age": 50}
    found: list[Any] = [(counts(every_day(5, 4 + days)), adult, ()) for days, _ in AT_500]
    found += [(counts(every_day(5, 4 + days, low=0.1)), adult, ()) for days, _ in AT_100]
    found += [
        (counts(every_day(5, 11, low=0.5)), adult, ()),
        (counts({**every_day(5, 6), **dict.fromkeys(range(8, 11), 0.5)}), adult, ()),
    ]
    found += [(counts({31: value, 38: value, 45: 3}), adult, ()) for value, _ in LATE]
    for days in (1, 7, 14):
        for low in (49, 50, 19, 20):
            found.append(
                (
                    [
                        *counts(every_day(40, 40)),
                        *counts(every_day(5, 4 + days, low=low, high=200), test="platelets"),
                    ],
                    adult,
                    (),
                )
            )
            late = {d: low if d < 40 + days else 200 for d in range(40, 60)}
            found.append(([*counts({31: 3, 40: 3}), *counts(late, test="platelets")], adult, ()))
    for low in (100, 50, 20):
        found.append(
            ([*counts({31: 3, 40: 3}), *counts({31: low, 40: low, 41: 200}, test="platelets")], adult, ())
        )
    found += [(counts({5: 0.9}), adult, temperatures(*readings)) for readings, _ in FEVERS]
    found += [(counts({d: value}), adult, temperatures((5, 20, 39.0))) for d, value, _ in COUNTS_BEFORE]
    found += [([*chemistry(-1), *chemistry(3, **changed)], adult, ()) for changed, _ in LYSIS]
    found += [
        (chemistry(3, uric_acid=480, potassium=6.1, creatinine=value), adult, ()) for value, _ in CREATININE
    ]
    found += [
        (chemistry(3, phosphate=p, uric_acid=480), {"age": age}, ()) for p in (1.45, 2.1) for age in (17, 18)
    ]
    for low in ({"calcium": 1.75}, {"potassium": 6.0}):
        found.append((chemistry(3, uric_acid=480, **low), adult, ()))
    found.append((chemistry(3, uric_acid=476, potassium=6.1), adult, ()))
    found.append(([*chemistry(-1, calcium=2.6), *chemistry(3, calcium=1.95, uric_acid=480)], adult, ()))
    for changed in ({"uric_acid": 8.0}, {"phosphate": 4.5}, {"phosphate": 6.5}, {"calcium": 7.0}):
        us = {test: (unit, changed.get(test, usual)) for test, (unit, usual) in TLS_US.items()} | {
            "potassium": ("mmol/L", 6.5)
        }
        found += [
            ([lab(test, 3, value, unit) for test, (unit, value) in us.items()], {"age": age}, ())
            for age in (17, 18)
        ]
    found += [(labs, adult, ()) for labs, _ in IECHS]
    return found


@cache
def prepared(version: str) -> tuple[Any, ...]:
    """All cases as subjects of one study, their single values graded: what the series are worked out from."""
    subjects, labs, vitals = [], [], []
    for i, (rows, subject, readings) in enumerate(cases()):
        subjects.append(subject)
        labs += [{**row, "subject": i} for row in rows]
        vitals += [{**row, "subject": i} for row in readings]
    data, settings = study(labs, subjects, vitals), Settings(ctcae=version, icaht_platelets=True)
    scale = laboratory_scale(scales(), version)
    correction = scale.extra["terms"]["corrected_calcium"]
    r = lab_rows(data, settings, load_items(), Names(), correction)
    base = baselines(r)
    lines = graded_lines(r, base, scale.rules, "floor", {}, Names(), Names())
    directions = np.array([*(d for _, d in lines.terms), ""], dtype=object)[lines.term]
    return (
        data,
        settings,
        r,
        base,
        GradedValues(lines.at, directions, lines.grade),
    )


def cases_graded(changed: Mapping[str, Scale], version: str) -> pd.DataFrame:
    data, settings, *rest = prepared(version)
    return haematotoxicity(data, settings, changed, *rest, end=np.full(len(data.subjects), 30.0))


def mutants() -> Iterator[tuple[str, str, dict[str, Scale]]]:
    """Every series table with one of its bounds flipped: what was flipped, the CTCAE version that shows it, the tables."""
    for name, scale in scales().items():
        if scale.course != "laboratory":
            continue
        if scale.syndrome != "laboratory":
            for rule in scale.rules:
                for n, c in enumerate(rule.when):
                    if c.op in FLIP:
                        when = (*rule.when[:n], Condition(c.item, FLIP[c.op], c.value), *rule.when[n + 1 :])
                        rules = tuple(replace(r, when=when) if r is rule else r for r in scale.rules)
                        shown_by = "6.0" if rule.test == "creatinine" else "5.0"
                        yield f"{rule.id} {c.op}", shown_by, {**scales(), name: replace(scale, rules=rules)}
        if scale.version == "4.03":
            continue  # the same numbers as in the other versions
        for path, op in bounds_in(scale.extra.get("series", {})):
            extra = copy.deepcopy(scale.extra)
            here = extra["series"]
            for key in path:
                here = here[key]
            here[FLIP[op]] = here.pop(op)
            shown_by = "6.0" if scale.version == "6.0" else "5.0"
            yield f"{name} {'.'.join(path)} {op}", shown_by, {**scales(), name: replace(scale, extra=extra)}


def bounds_in(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in table.items():
        if key in FLIP:
            yield path, key
        elif isinstance(value, Mapping):
            yield from bounds_in(value, (*path, key))


def test_flipping_any_bound_of_a_series_table_changes_a_case() -> None:
    truth = {version: cases_graded(scales(), version) for version in ("5.0", "6.0")}
    survivors = [
        name for name, version, changed in mutants() if truth[version].equals(cases_graded(changed, version))
    ]
    assert not survivors
