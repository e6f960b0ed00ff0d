"""Single laboratory values: units, ranges, baselines, censored values, ceilings, flags, and what a subject's worst grade is."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory, laboratory_scale
from senl_ae.grade.laboratory.grades import YES_NO, Columns, grade_term
from senl_ae.grade.laboratory.values import Names
from senl_ae.grade.rules.scales import Factor, Rule, load_scales
from senl_ae.results.schema import Syndromes, columns_of
from senl_ae.settings import Settings
from tests.grade.laboratory_study import at, study

scales = cache(load_scales)
ALT = {"test": "alt", "unit": "U/L", "lln": 7, "uln": 40}
ANC = {"test": "anc", "unit": "10^9/L", "lln": 1.8, "uln": 7.5}


def graded(labs: list[dict[str, Any]], subjects: list[dict[str, Any]] | None = None, **settings: Any) -> Any:
    labs = [{"time": at(1), **row} for row in labs]
    return grade_laboratory(study(labs, subjects or [{}]), Settings(**settings), scales())


def last(
    labs: list[dict[str, Any]],
    direction: str | None = None,
    subject: dict[str, Any] | None = None,
    **settings: Any,
) -> pd.Series:
    """The line of the last value, on one side where it has two."""
    lines = graded(labs, [subject or {}], **settings).labs
    return (lines if direction is None else lines[lines["direction"] == direction]).iloc[-1]


def value(row: pd.Series) -> tuple[int | None, int | None]:
    return tuple(None if pd.isna(row[c]) else int(row[c]) for c in ("grade", "grade_ceiling"))  # type: ignore[return-value]


# --- units


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (0.4, "10^9/L"),
        (0.4, "x10E9/L"),
        (0.4, "G/L"),
        (0.4, "K/uL"),
        (0.4, "10*3/µL"),
        (0.4, "×10⁹/L"),
        (400, "/mm3"),
        (400, "个/μL"),
        (400, "cells/uL"),
    ],
)
def test_counts_are_rescaled_by_exact_powers_of_ten(number: float, unit: str) -> None:
    row = last([{**ANC, "lln": None, "uln": None, "value": number, "unit": unit}])
    assert value(row) == (4, 4) and row["value"] == number and row["unit"] == unit


def test_a_range_is_rescaled_with_its_value_and_shown_as_typed() -> None:
    row = last(
        [{"test": "hemoglobin", "unit": "g/dL", "value": 11.9, "lln": 12, "uln": 16, "transfused": 0}], "low"
    )
    assert value(row) == (1, 1) and (row["lln"], row["uln"]) == (12, 16)


def test_magnesium_is_graded_in_the_unit_reported() -> None:
    assert value(last([{"test": "magnesium", "unit": "mg/dL", "value": 0.95, "lln": 1.8}], "low"))[0] == 2
    assert value(last([{"test": "magnesium", "unit": "mmol/L", "value": 0.391, "lln": 0.75}], "low"))[0] == 3


def test_an_impossible_unit_is_set_aside_and_the_line_stays() -> None:
    data = study(
        [
            {**ANC, "value": 3, "unit": "mg/dL", "time": at(1)},
            {**ANC, "value": 3, "unit": "mg/dL", "time": at(2)},
        ]
    )
    graded = grade_laboratory(data, Settings(), scales())
    lines = graded.labs
    assert lines["grade"].isna().all() and lines["flags"].tolist() == ["unit-impossible"] * 2
    (issue,) = graded.issues
    assert data.issues.found == []
    assert (issue.severity, issue.code, issue.row) == (
        "set aside",
        "unit-impossible",
        2,
    ) and "10^9/L" in issue.expected


def test_an_unknown_spelling_is_an_issue_of_its_own() -> None:
    data = study([{**ANC, "value": 3, "unit": "furlongs", "time": at(1)}])
    graded = grade_laboratory(data, Settings(), scales())
    assert graded.labs["flags"].tolist() == ["unit-unknown"]
    assert [issue.code for issue in graded.issues] == ["unit-unknown"]


def test_without_a_unit_only_the_rows_own_range_can_grade() -> None:
    row = last([{**ANC, "value": 0.3, "unit": None}])
    assert value(row) == (None, None) and row["missing"] == "unit"
    assert value(last([{**ALT, "value": 130, "unit": None}])) == (2, 2)
    row = last([{"test": "fibrinogen", "value": 0.9, "lln": 2.0}])
    assert value(row) == (3, 4) and row["missing"] == "unit"


# --- ranges


def test_without_a_limit_only_grades_that_need_none() -> None:
    assert value(last([{**ANC, "value": 1.4, "lln": None}]))[0] == 2
    row = last([{**ANC, "value": 1.6, "lln": None}])
    assert value(row) == (None, None) and row["missing"] == "lln"
    row = last([{**ALT, "value": 1000, "uln": None}])
    assert value(row) == (None, None) and row["missing"] == "uln"


def test_ranges_come_from_the_settings_by_sex_and_age() -> None:
    ranges = [
        {"test": "ALT", "unit": "U/L", "uln": 50, "sex": "M", "age_min": 18},
        {"test": "ALT", "unit": "U/L", "uln": 40, "sex": "F", "age_min": 18},
        {"test": "alt", "unit": "U/L", "uln": 30, "age_max": 17},
    ]
    bare = {**ALT, "lln": None, "uln": None, "value": 45}
    for subject, grade, limit in (
        ({"sex": "M", "age": 40}, 0, 50),
        ({"sex": "F", "age": 18}, 1, 40),
        ({"sex": "M", "age": 17.9}, 1, 30),
    ):
        row = last([bare], subject=subject, ranges=ranges)
        assert (value(row)[0], row["uln"], row["flags"]) == (
            grade,
            limit,
            "baseline-missing;range-from-settings",
        )
    assert value(last([bare], subject={"age": 40}, ranges=ranges)) == (
        None,
        None,
    )  # sex not known: no range fits
    assert (
        value(last([{**bare, "uln": 44}], subject={"sex": "M", "age": 40}, ranges=ranges))[0] == 1
    )  # the row's own range goes first


def test_a_range_in_another_molar_system_is_not_converted() -> None:
    ranges = [{"test": "creatinine", "unit": "umol/L", "uln": 100}]
    assert value(last([{"test": "creatinine", "unit": "mg/dL", "value": 3}], ranges=ranges)) == (None, None)
    ranges = [{"test": "hemoglobin", "unit": "g/L", "lln": 120}]
    assert last([{"test": "hemoglobin", "unit": "g/dL", "value": 11}], "low", ranges=ranges)["lln"] == 12


@pytest.mark.parametrize("uln", [0.1, 1.1, 35, 40])
@pytest.mark.parametrize(("times", "at_bound", "above"), [(1, 0, 1), (1.5, 1, 2), (3, 2, 3), (10, 3, 4)])
def test_products_of_a_limit_have_no_binary_slips(
    uln: float, times: float, at_bound: int, above: int
) -> None:
    typed = float(f"{uln * times:.10g}")  # as a person writes it: 1.65, not 1.6500000000000001
    rows = {"test": "total_bilirubin", "unit": "mg/dL", "uln": uln}
    assert value(last([{**rows, "value": typed}]))[0] == at_bound
    assert value(last([{**rows, "value": typed + 0.001}]))[0] == above


def test_a_grade_inside_the_laboratorys_own_range_is_flagged() -> None:
    assert last([{**ANC, "value": 1.4, "lln": 1.2}])["flags"] == "within-range"
    assert last([{**ANC, "value": 1.1, "lln": 1.2}])["flags"] == ""
    row = last([{"test": "inr", "value": 1.3, "uln": 1.3, "anticoagulated": 0}])
    assert value(row) == (1, 1) and row["flags"] == "within-range"


# --- censored values


@pytest.mark.parametrize(
    ("sign", "number", "grades"),
    [
        ("<", 0.5, (4, 4)),
        ("<=", 0.5, (3, 4)),
        ("<", 1.0, (3, 4)),
        (">", 0.4, (0, 4)),
        (">", 0.5, (0, 3)),
        (">=", 1.5, (0, 1)),
        (">", 1.8, (0, 0)),
    ],
)
def test_a_censored_value_proves_only_what_it_proves(
    sign: str, number: float, grades: tuple[int, int]
) -> None:
    row = last([{**ANC, "value": number, "comparator": sign}])
    assert value(row) == grades
    assert ("censored-below" if "<" in sign else "censored-above") in row["flags"]
    assert (row["missing"] == "uncensored value") == (grades[0] != grades[1])


def test_a_censored_baseline_leaves_open_what_it_leaves_open() -> None:
    base = {**ALT, "value": 100, "comparator": ">", "time": at(-1)}
    assert value(last([base, {**ALT, "value": 400}])) == (0, 2)  # 4 times 100 at most
    assert value(last([{**base, "comparator": "<", "value": 5}, {**ALT, "value": 130}])) == (
        2,
        2,
    )  # normal for certain


# --- baselines


def test_the_baseline_is_the_last_value_before_the_lymphodepletion() -> None:
    labs = [{**ALT, "value": v, "time": at(d)} for d, v in ((-7, 20), (-6, 50), (-3, 100), (2, 160))]
    subject = {"lymphodepletion_start": at(-5, 0)}
    row = last(labs, subject=subject)
    assert row["baseline"] == 50 and value(row)[0] == 2
    row = last(labs, subject=subject, baseline="infusion")
    assert row["baseline"] == 100 and value(row)[0] == 1
    assert last(labs)["baseline"] == 100  # no start given
    lines = graded(labs, [subject]).labs
    assert lines["grade"].tolist() == [
        0,
        1,
        1,
        2,
    ]  # the baseline row by the range; Day -3 already by the baseline


def test_a_value_of_the_date_of_the_lymphodepletion_is_not_before_it() -> None:
    labs = [{**ALT, "value": 100, "time": at(-5, 6)}, {**ALT, "value": 130}]
    row = last(labs, subject={"lymphodepletion_start": at(-5, 0)})
    assert np.isnan(row["baseline"]) and value(row)[0] == 2 and row["flags"] == "baseline-missing"


def test_a_value_before_the_infusion_on_its_date_is_a_baseline_when_both_have_times() -> None:
    labs = [{**ALT, "value": 100, "time": at(0, 8)}, {**ALT, "value": 130}]
    assert last(labs)["baseline"] == 100
    assert np.isnan(last(labs, subject={"infusion": at(0, 0), "infusion_is_date": True})["baseline"])
    labs[0] = {**labs[0], "time": at(0, 0), "is_day": True}
    assert np.isnan(last(labs)["baseline"])


def test_an_abnormal_baseline_and_a_value_below_its_first_step_is_0_with_the_reason() -> None:
    row = last([{**ALT, "value": 60, "time": at(-1)}, {**ALT, "value": 89}])
    assert value(row) == (0, 0) and row["flags"] == "below-baseline-step"


def test_a_missing_or_low_baseline_counts_as_normal() -> None:
    assert last([{**ALT, "value": 130}])["flags"] == "baseline-missing"
    row = last([{**ALT, "value": 5, "time": at(-1)}, {**ALT, "value": 130}])
    assert value(row)[0] == 2 and row["flags"] == ""


def test_a_baseline_in_another_unit_system_cannot_be_used() -> None:
    rows = {"test": "creatinine", "value": 1.0, "unit": "mg/dL", "uln": 1.2}
    row = last([{**rows, "time": at(-1)}, {**rows, "value": 90, "unit": "umol/L", "uln": 106}])
    assert value(row) == (0, 0) and row["flags"] == "baseline-in-other-unit;baseline-missing"
    row = last([{**rows, "value": 10, "unit": "mg/L", "time": at(-1)}, {**rows, "value": 1.6, "uln": 2}])
    assert value(row)[0] in (0, 2)  # a power of ten where the vocabulary reads mg/L, else another unit


def test_creatinine_by_the_baseline_without_a_limit() -> None:
    rows = {"test": "creatinine", "unit": "mg/dL"}
    row = last([{**rows, "value": 0.5, "time": at(-1)}, {**rows, "value": 0.8}])
    assert value(row) == (2, 4) and row["missing"] == "uln"


def test_a_baseline_row_is_not_compared_with_itself() -> None:
    lines = graded([{**ALT, "value": 100, "time": at(-1)}]).labs
    assert (lines["grade"].item(), lines["flags"].item()) == (1, "")


def test_fibrinogen_readings_differ() -> None:
    rows = {"test": "fibrinogen", "unit": "g/L", "lln": 2}
    row = last([{**rows, "value": 4, "time": at(-1)}, {**rows, "value": 1.9}])
    assert value(row) == (1, 3) and row["flags"] == "fibrinogen-readings-differ"
    assert value(last([{**rows, "value": 4, "time": at(-1)}, {**rows, "value": 1.9}], policy="worst"))[0] == 3


# --- calcium


@pytest.mark.parametrize(
    ("calcium", "unit", "albumin", "albumin_unit", "grade"),
    [
        (1.9, "mmol/L", 30, "g/L", 0),
        (1.9, "mmol/L", 3.0, "g/dL", 0),
        (1.79, "mmol/L", 30, "g/L", 2),
        (1.8, "mmol/L", 30, "g/L", 1),
        (1.8, "mmol/L", 30.9, "g/L", 2),
        (7.2, "mg/dL", 3.0, "g/dL", 1),
        (7.19, "mg/dL", 30, "g/L", 2),
    ],
)
def test_calcium_is_corrected_for_the_albumin_of_the_same_draw(
    calcium: float,
    unit: str,
    albumin: float,
    albumin_unit: str,
    grade: int,
) -> None:
    limit = 2.1 if unit == "mmol/L" else 8.5
    labs = [
        {"test": "calcium", "value": calcium, "unit": unit, "lln": limit},
        {"test": "albumin", "value": albumin, "unit": albumin_unit},
    ]
    lines = graded(labs).labs
    row = lines[(lines["test"] == "calcium") & (lines["direction"] == "low")].iloc[0]
    assert row["grade"] == grade and row["flags"] == "calcium-corrected" and row["value"] == calcium


def test_calcium_without_albumin_is_graded_as_reported() -> None:
    labs = [{"test": "calcium", "value": 1.9, "unit": "mmol/L", "lln": 2.1}]
    labs.append({"test": "albumin", "value": 30, "unit": "g/L", "time": at(1, 9)})
    lines = graded(labs).labs
    row = lines[(lines["test"] == "calcium") & (lines["direction"] == "low")].iloc[0]
    assert row["grade"] == 2 and row["flags"] == "calcium-uncorrected"
    assert (
        value(last([{"test": "calcium_corrected", "value": 1.9, "unit": "mmol/L", "lln": 2.1}], "low"))[0]
        == 2
    )


# --- ceilings, policy, duplicates


def test_a_band_split_by_symptoms_is_the_lower_grade_with_the_higher_as_ceiling() -> None:
    row = {"test": "sodium", "unit": "mmol/L", "value": 127, "lln": 135}
    found = last([row], "low")
    assert (
        value(found) == (2, 3)
        and found["missing"] == "symptomatic"
        and found["rules"] == "hyponatremia-2-mmol-l"
    )
    assert value(last([{**row, "symptomatic": 0}], "low")) == (2, 2)
    found = last([{**row, "symptomatic": 1}], "low")
    assert value(found) == (3, 3) and found["rules"] == "hyponatremia-3-symptomatic"
    found = last([row], "low", policy="worst")
    assert value(found) == (3, 3) and found["rules"] == "hyponatremia-3-symptomatic"


def test_what_a_treatment_could_raise_is_only_the_ceiling_even_for_the_worst_reading() -> None:
    row = {"test": "hemoglobin", "unit": "g/L", "value": 110, "lln": 120}
    assert value(last([row], "low")) == value(last([row], "low", policy="worst")) == (1, 3)
    assert value(last([{**row, "transfused": 0}], "low")) == (1, 1)


def test_inr_by_the_baseline_needs_an_anticoagulant() -> None:
    labs = [
        {"test": "inr", "unit": "", "value": 0.7, "time": at(-1)},
        {"test": "inr", "unit": "", "value": 1.1},
    ]
    assert value(last(labs)) == (0, 2)
    assert value(last(labs, policy="worst")) == (2, 2)
    assert value(last([labs[0], {**labs[1], "anticoagulated": 0}])) == (0, 0)
    assert value(last([labs[0], {**labs[1], "anticoagulated": 1}])) == (2, 2)


def test_two_values_of_one_moment_are_both_kept_and_flagged() -> None:
    result = graded(
        [{**ANC, "value": 0.4}, {**ANC, "value": 0.6}, {**ALT, "value": 20}, {**ALT, "value": 20}]
    )
    assert result.labs["flags"].str.contains("duplicate-disagrees").tolist() == [False, False, True, True]
    patients = result.lab_patients.set_index("term")
    assert patients.loc["Neutrophil count decreased", "worst_grade"] == 4


def test_a_value_no_term_grades_has_one_line_with_a_blank_term() -> None:
    row = last([{"test": "ferritin", "unit": "ng/mL", "value": 5000, "uln": 300}])
    assert row["term"] == "" and value(row) == (None, None) and row["value"] == 5000


# --- the tables


def test_the_columns_are_those_of_the_contract_whatever_there_is() -> None:
    for labs in ([], [{**ANC, "value": 1}]):
        result = graded(labs)
        for name in ("labs", "lab_patients", "haematotoxicity"):
            declared = [column.name for column in columns_of(name, Syndromes((), ()))]
            assert list(getattr(result, name).columns) == declared
        assert len(result.haematotoxicity) == 1


def test_per_subject_the_worst_of_the_window_its_day_the_baseline_and_the_last() -> None:
    labs = [
        {**ANC, "value": v, "time": at(d)} for d, v in ((-1, 1.7), (3, 0.4), (5, 0.3), (20, 1.2), (31, 0.1))
    ]
    row = graded(labs).lab_patients.iloc[0]
    assert (row.baseline_grade, row.worst_grade, row.worst_day, row.last_grade) == (1, 4, 3, 2)
    shorter = grade_laboratory(study(labs), Settings(), scales(), window_end_day=[2]).lab_patients.iloc[0]
    assert pd.isna(shorter.worst_grade) and shorter.baseline_grade == 1


def test_every_infused_subject_has_a_row_for_every_term_and_the_others_have_none() -> None:
    labs = [{**ANC, "value": 0.4, "subject": 0}, {**ANC, "value": 0.4, "subject": 2}]
    result = graded(labs, [{}, {}, {"infusion": None}])
    assert result.lab_patients["subject_id"].tolist() == ["0001", "0002"]
    assert result.lab_patients["worst_grade"].isna().tolist() == [False, True]
    assert result.haematotoxicity["subject_id"].tolist() == ["0001", "0002", "0003"]
    assert (
        result.haematotoxicity["icaht_early"].isna().tolist()[2]
        and result.haematotoxicity["flags"].tolist()[2] == ""
    )
    uninfused = result.labs[result.labs["subject_id"] == "0003"].iloc[0]
    assert uninfused["grade"] == 4 and uninfused["in_window"] == 0 and pd.isna(uninfused["study_day"])


def test_a_line_leads_back_to_its_row_and_a_day_row_has_no_clock_time() -> None:
    row = last([{**ANC, "value": 1, "time": at(1, 0), "is_day": True}])
    assert row["source"] == "labs.csv:labs:2" and row["datetime"] == "2024-10-05" and row["study_day"] == 1
    assert last([{**ANC, "value": 1}])["datetime"] == "2024-10-05 08:00:00"


def test_a_value_without_a_time_is_graded_by_its_range_and_stands_in_no_window() -> None:
    lines = graded([{**ALT, "value": 60, "time": at(-1)}, {**ALT, "value": 130, "time": None}]).labs
    row = lines[lines["datetime"] == ""].iloc[0]
    assert (
        value(row) == (2, 2)
        and row["in_window"] == 0
        and pd.isna(row["study_day"])
        and np.isnan(row["baseline"])
    )


def test_the_order_of_the_rows_changes_nothing() -> None:
    labs = [
        {**t, "value": v, "time": at(d)}
        for t in (ALT, ANC)
        for d, v in ((-1, 60), (1, 100), (1, 0.4), (2, 300))
    ]
    data, shuffled = study(labs), study(labs)
    order = np.random.default_rng(3).permutation(len(labs))
    shuffled = replace(shuffled, labs=shuffled.labs.rows(order))
    first, second = (grade_laboratory(d, Settings(), scales()) for d in (data, shuffled))
    for name in ("labs", "lab_patients", "haematotoxicity"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


# --- a walk over all thresholds


def bounds(rules: list[Rule], known: dict[str, float]) -> list[float]:
    out = set()
    for rule in rules:
        for c in rule.when:
            if c.item == "value":
                out.add(
                    c.value.times * known[c.value.of] + c.value.plus
                    if isinstance(c.value, Factor)
                    else float(c.value)
                )  # type: ignore[arg-type]
    return sorted(out)


@pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
def test_a_walk_over_all_thresholds_has_no_gap_and_no_grade_that_rises_and_falls_again(version: str) -> None:
    groups: dict[tuple[str, ...], list[Rule]] = defaultdict(list)
    for rule in laboratory_scale(scales(), version).rules:
        groups[rule.test, rule.term, rule.direction].append(rule)
    for key, rules in groups.items():
        for unit in {r.unit for r in rules if r.unit} or {""}:
            some = [r for r in rules if r.unit in ("", unit)]
            absolute = [
                float(c.value)
                for r in some
                for c in r.when
                if c.item == "value" and not isinstance(c.value, Factor)
            ]
            middle = (min(absolute) + max(absolute)) / 2 if absolute else 40.0
            for baseline, answer in itertools.product((None, 0.5, 1.5, 8.0), (None, 0.0, 1.0)):
                known = {
                    "lln": middle * 1.2,
                    "uln": middle * 0.8 if key[2] == "high" else middle * 2,
                    "baseline": middle * (baseline or 1),
                }
                edges = np.array(bounds(some, known))
                between = [(edges[1:] + edges[:-1]) / 2, edges[:1] / 2, edges[-1:] * 2]
                walk = np.unique(np.concatenate([edges, edges * (1 - 1e-6), edges * (1 + 1e-6), *between]))
                n = len(walk)
                full = {name: np.full(n, x) for name, x in known.items()}
                base = full["baseline"] if baseline is not None else np.full(n, np.nan)
                c = Columns(
                    low=walk,
                    high=walk,
                    lln=full["lln"],
                    uln=full["uln"],
                    baseline_low=base,
                    baseline_high=base,
                    baseline_lln=full["lln"],
                    baseline_uln=full["uln"],
                    has_baseline_time=np.ones(n, dtype=bool),
                    **{
                        name: np.full(n, np.nan if answer is None else answer, dtype=float) for name in YES_NO
                    },
                )
                found = grade_term(some, c, "floor", Names(), Names())
                for grades in (found.grade, found.ceiling):
                    assert not np.isnan(grades).any(), (key, unit)
                    steps = np.diff(grades if key[2] == "high" else grades[::-1])
                    assert (steps >= 0).all(), (key, unit, baseline, answer, walk, grades)
