"""The laboratory tables against values below, at and above every published bound (tests/golden/laboratory_*.csv)."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory, laboratory_scale
from senl_ae.grade.laboratory.grades import YES_NO, grade_term
from senl_ae.grade.laboratory.lab_rows import lab_rows
from senl_ae.grade.laboratory.lines import _applicable, _columns
from senl_ae.grade.laboratory.values import Names, baselines
from senl_ae.grade.rules.scales import Condition, Rule, load_scales
from senl_ae.settings import Settings
from senl_ae.vocabulary.items import Item, Items, load_items
from tests.grade.laboratory_study import at, study

GOLDEN = Path(__file__).parents[1] / "golden"
VERSIONS = {"4": "4.03", "5": "5.0", "6": "6.0"}
FLIP = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}


@cache
def golden(file: str) -> list[dict[str, str]]:
    with (GOLDEN / f"laboratory_{file}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@cache
def items() -> Items:
    """The vocabulary, with fasting glucose where it is not a test of its own yet."""
    known = load_items()
    if "glucose_fasting" not in known.by_name:
        fasting: Item = replace(known.by_name["glucose"], name="glucose_fasting")
        known = replace(known, by_name={**known.by_name, "glucose_fasting": fasting})
    return known


def as_study(rows: list[dict[str, str]]):
    """Each golden row is a subject of its own: a baseline the day before, where it has one, and the value on Day 1."""
    labs = []
    for i, row in enumerate(rows):
        shared = {"subject": i, **{k: row[k] for k in ("test", "unit", "lln", "uln")}}
        if row["baseline"]:
            labs.append(
                {**shared, "value": row["baseline"], "lln": row["baseline_lln"] or row["lln"], "time": at(-1)}
            )
        labs.append({**shared, "value": row["value"], "time": at(1), **{k: row[k] for k in YES_NO}})
    return study(labs, [{}] * len(rows))


@pytest.mark.parametrize("file", VERSIONS)
@pytest.mark.parametrize("policy", ["floor", "worst"])
def test_every_bound_has_the_published_grade_below_at_and_above_it(file: str, policy: str) -> None:
    rows = golden(file)
    graded = grade_laboratory(
        as_study(rows), Settings(ctcae=VERSIONS[file], policy=policy), load_scales(), items()
    ).labs
    graded = graded[graded["study_day"] == 1].set_index(["subject_id", "term", "direction"])
    grades, ceilings = graded["grade"].to_dict(), graded["grade_ceiling"].to_dict()
    wrong = []
    for i, row in enumerate(rows):
        key = (f"{i + 1:04d}", row["term"], row["direction"])
        wanted = (int(row["grade"]), int(row["ceiling"])) if policy == "floor" else (int(row["worst"]),)
        found = (grades.get(key), ceilings.get(key))[: len(wanted)]
        if found != wanted:
            wrong.append(
                (
                    row["test"],
                    row["unit"],
                    row["value"],
                    row["baseline"],
                    row["says"],
                    "wanted",
                    wanted,
                    "found",
                    found,
                )
            )
    assert not wrong, f"{len(wrong)} of {len(rows)}: {wrong[:5]}"


@cache
def by_rules(file: str):
    """Per test, unit and term: the rules, the columns of the golden rows they grade, and the grades wanted."""
    rows = golden(file)
    data = as_study(rows)
    scale = laboratory_scale(load_scales(), VERSIONS[file])
    flags = Names()
    correction = scale.extra["terms"]["corrected_calcium"]
    r = lab_rows(data, Settings(), items(), flags, correction)
    base = baselines(r)
    position = {int(s): i for i, s in enumerate(r.subject) if r.counts[i]}
    groups = defaultdict(list)
    for i, row in enumerate(rows):
        groups[row["test"], r.units[r.unit[position[i]]], row["term"], row["direction"]].append(i)
    out = []
    for (test, unit, term, direction), members in groups.items():
        rules = [
            x
            for x in _applicable(scale.rules, unit)
            if (x.test, x.term, x.direction) == (test, term, direction)
        ]
        columns = _columns(r, base, np.array([position[i] for i in members]))
        wanted = np.array([[float(rows[i]["grade"]), float(rows[i]["ceiling"])] for i in members]).T
        out.append((rules, columns, wanted))
    return scale, out


def flags_of(rules: list[Rule], columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = Names()
    graded = grade_term(rules, columns, "floor", Names(), names)
    return graded.grade, graded.ceiling, names.words(graded.flags)


@pytest.mark.parametrize("file", VERSIONS)
def test_flipping_any_bound_of_a_table_fails_a_golden_row(file: str) -> None:
    scale, groups = by_rules(file)
    survivors, flipped = [], 0
    for rule in scale.rules:
        for n, condition in enumerate(rule.when):
            if condition.op not in FLIP:
                continue
            flipped += 1
            when = (
                *rule.when[:n],
                Condition(condition.item, FLIP[condition.op], condition.value),
                *rule.when[n + 1 :],
            )
            mutant = replace(rule, when=when)
            if not any(
                _notices(rules, c, wanted, rule, mutant) for rules, c, wanted in groups if rule in rules
            ):
                survivors.append((rule.id, condition))
    assert flipped > 150
    assert not survivors


def _notices(rules: list[Rule], columns, wanted: np.ndarray, rule: Rule, mutant: Rule) -> bool:
    grade, ceiling, flags = flags_of([mutant if r is rule else r for r in rules], columns)
    same = np.array_equal(grade, wanted[0]) and np.array_equal(ceiling, wanted[1])
    return not same or (bool(rule.flag) and not np.array_equal(flags, flags_of(rules, columns)[2]))


@pytest.mark.parametrize("file", VERSIONS)
def test_every_rule_sets_a_golden_grade_or_ceiling(file: str) -> None:
    """A rule that changes nothing anywhere would be an unread line in a published table."""
    scale, groups = by_rules(file)
    idle = [
        rule.id
        for rule in scale.rules
        if not any(
            not (np.array_equal(g, w[0]) and np.array_equal(c, w[1])) or rule.flag
            for rules, columns, w in groups
            if rule in rules and len(rules) > 1
            for g, c, _ in [flags_of([r for r in rules if r is not rule], columns)]
        )
        and not any(rules == [rule] for rules, _, _ in groups)
    ]
    assert not idle
