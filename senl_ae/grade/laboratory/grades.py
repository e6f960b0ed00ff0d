"""The grade of laboratory values of one test in one unit system: what the number proves, what it leaves open, and what would settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers
from senl_ae.frame import Frame
from senl_ae.grade.laboratory.values import FARTHEST, Bits, Names
from senl_ae.grade.rules.engine import Column, Evaluation, compare, evaluate
from senl_ae.grade.rules.scales import Factor, Rule

BY_MORE_THAN_THE_NUMBER = ("split", "raise")
"""Axes of rules that a symptom, a reading or a treatment decides; all other rules need the number alone."""
YES_NO = ("symptomatic", "intervention", "hospitalised", "anticoagulated", "transfused")


@dataclass
class TermGrades:
    """Grades of one term for n rows: `grade` nan where it cannot be given. `rules` marks those that set it, by position in the list."""

    grade: Numbers
    ceiling: Numbers
    rules: Bits
    missing: Bits
    flags: Bits

    @classmethod
    def nothing(cls, n: int) -> TermGrades:
        """n rows of which nothing is known."""
        blank, unmarked = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
        return cls(blank, blank.copy(), unmarked, unmarked.copy(), unmarked.copy())


class Columns(Frame):
    """The columns one group of rows is graded from; `value` and `baseline` have two ends each, equal unless censored.

    `has_baseline_time` marks rows after the baseline moment: only they can be compared with a baseline or miss one.
    """

    low: Numbers
    high: Numbers
    lln: Numbers
    uln: Numbers
    baseline_low: Numbers
    baseline_high: Numbers
    baseline_lln: Numbers
    baseline_uln: Numbers
    has_baseline_time: Mask
    symptomatic: Numbers
    intervention: Numbers
    hospitalised: Numbers
    anticoagulated: Numbers
    transfused: Numbers


def asks_about(rule: Rule, item: str) -> bool:
    """Whether the rule looks at that column, as what is compared or as what it is compared with."""
    return any(c.item == item or (isinstance(c.value, Factor) and c.value.of == item) for c in rule.when)


def grade_term(rules: Sequence[Rule], c: Columns, policy: str, missing: Names, flags: Names) -> TermGrades:
    """The grade and ceiling of one term over all that a censored value or baseline can be: the lowest grade, the highest ceiling."""
    high_term = rules[0].direction == "high"
    mild, worse = (c.low, c.high) if high_term else (c.high, c.low)
    out = _at(rules, c, mild, c.baseline_low, policy, missing, flags)
    with np.errstate(invalid="ignore"):
        open_ended = (c.low != c.high) | (c.baseline_low < c.baseline_high)
    if open_ended.any():
        some = c.rows(open_ended)
        ends = [
            _at(rules, some, x[open_ended], b, policy, missing, flags)
            for x in (mild, worse)
            for b in (some.baseline_low, some.baseline_high)
        ]
        grade = np.minimum.reduce([e.grade for e in ends[:2]])
        top = np.fmax.reduce([np.fmax(e.grade, e.ceiling) for e in ends])
        pick = ends[0].grade == grade
        out.grade[open_ended] = np.fmax.reduce([e.grade for e in ends]) if policy == "worst" else grade
        out.ceiling[open_ended] = top
        out.rules[open_ended] = np.where(pick, ends[0].rules, ends[1].rules)
        out.flags[open_ended] = ends[0].flags
        out.missing[open_ended] = ends[0].missing | missing.where(top > grade, "uncensored value")
    return out


def _at(
    rules: Sequence[Rule],
    c: Columns,
    value: Numbers,
    baseline: Numbers,
    policy: str,
    missing: Names,
    flags: Names,
) -> TermGrades:
    """Grades at one end of the value and one end of the baseline."""
    n = len(value)
    items = _as_asked(rules, c, value, baseline)
    ev = evaluate(rules, items, n)
    ceiling, split = ev.ceiling.copy(), np.full(n, np.nan)
    not_gradable = np.zeros(n, dtype=bool)
    marks = np.zeros(n, dtype=np.int64)
    no_baseline = np.isnan(baseline)
    left_open: list[tuple[Rule, Mask]] = []
    for rule, holds, unknown in zip(rules, ev.holds, ev.unknown, strict=True):
        if rule.flag:
            # a rule without a grade is flagged where it says more than the grade does
            says_more = holds if rule.grade is not None else holds & ~(ev.grade >= rule.top)
            marks |= flags.where(says_more, rule.flag)
        if rule.axis == "split" and rule.grade is None:
            split = np.where(holds, np.fmax(split, rule.top), split)
        if not unknown.any():
            continue
        if asks_about(rule, "baseline"):
            # a missing baseline counts as normal: it proves nothing and leaves nothing open, but it is said
            marks |= flags.where(unknown & no_baseline & c.has_baseline_time, "baseline-missing")
            unknown = unknown & ~no_baseline
        if rule.axis not in BY_MORE_THAN_THE_NUMBER and rule.grade is not None:
            not_gradable |= unknown
        if rule.axis == "split":
            split = np.where(unknown, np.fmax(split, rule.top), split)
        ceiling = np.where(unknown, np.fmax(ceiling, rule.top), ceiling)
        left_open.append((rule, unknown))
    if "baseline_state" in items:
        marks |= flags.where(no_baseline & c.has_baseline_time, "baseline-missing")
        marks |= _below_first_step(rules[0].direction, items, ev.grade, flags)
    not_gradable &= np.isnan(ev.grade)
    grade = np.where(np.isnan(ev.grade), np.where(not_gradable, np.nan, 0.0), ev.grade)
    if policy == "worst":
        grade = np.where(not_gradable, grade, np.fmax(grade, split))
    ceiling = np.where(not_gradable, ev.ceiling, np.fmax(ceiling, grade))
    lacking = _lacking(left_open, items, c, grade, not_gradable, missing)
    for rule, holds in zip(rules, ev.holds, strict=True):
        if rule.missing and rule.ceiling is not None:
            lacking |= missing.where(holds & ~(grade >= rule.top), rule.missing)
    return TermGrades(grade, ceiling, _set_by(ev, grade, policy), lacking, marks)


def _as_asked(rules: Sequence[Rule], c: Columns, value: Numbers, baseline: Numbers) -> dict[str, Column]:
    """What the rules of a term ask about, by item."""
    items: dict[str, Column] = {"value": value, "lln": c.lln, "uln": c.uln, "baseline": baseline}
    items |= {name: c[name] for name in YES_NO}
    if any(asks_about(r, "baseline_state") for r in rules):
        items["baseline_state"] = baseline_state(
            rules[0].direction, baseline, c.baseline_lln, c.baseline_uln, c.lln, c.uln
        )
    if any(r.axis == "raise" for r in rules):
        items |= _limit_passed(rules, items, len(value))
    return items


def _set_by(ev: Evaluation, grade: Numbers, policy: str) -> Bits:
    """The rules that set each grade, by position: by the worst policy also a split that may hold."""
    out = np.zeros(len(grade), dtype=np.int64)
    for i, (rule, holds, unknown) in enumerate(zip(ev.rules, ev.holds, ev.unknown, strict=True)):
        sets = holds & (rule.grade == grade) if rule.grade is not None else np.zeros(len(grade), dtype=bool)
        if policy == "worst" and rule.axis == "split":
            sets = sets | ((holds | unknown) & (grade == rule.top))
        out |= np.where(sets, np.int64(1) << np.int64(i), 0)
    return out


def _lacking(
    left_open: Sequence[tuple[Rule, Mask]],
    items: Mapping[str, Column],
    c: Columns,
    grade: Numbers,
    not_gradable: Mask,
    missing: Names,
) -> Bits:
    """What would settle each rule that is left open and would say more than the grade does."""
    out = np.zeros(len(grade), dtype=np.int64)
    for rule, unknown in left_open:
        matters = unknown & ~(grade >= rule.top)
        if rule.axis in BY_MORE_THAN_THE_NUMBER:
            # first of all the limit is missing; what could raise the grade comes after
            matters &= ~not_gradable
        for name in ("lln", "uln", *YES_NO):
            if asks_about(rule, name):
                out |= missing.where(matters & np.isnan(np.asarray(items[name], dtype=float)), name)
        if asks_about(rule, "baseline_state"):
            limit = "uln" if rule.direction == "high" else "lln"
            out |= missing.where(matters & np.isnan(c[f"baseline_{limit}"]), limit)
    return out


def _limit_passed(rules: Sequence[Rule], items: Mapping[str, Column], n: int) -> dict[str, Column]:
    """The limit set out of the way where the number alone proves the term: what a column raises then needs no range (Hb 95, transfused)."""
    proven = evaluate([r for r in rules if r.axis not in BY_MORE_THAN_THE_NUMBER], items, n).grade >= 1
    limit, passed = ("uln", -FARTHEST) if rules[0].direction == "high" else ("lln", FARTHEST)
    return {limit: np.where(proven, passed, items[limit])}


def baseline_state(
    direction: str, baseline: Numbers, own_lln: Numbers, own_uln: Numbers, lln: Numbers, uln: Numbers
) -> Column:
    """Whether the baseline was beyond the limit on the side of the term, by its own range, else the row's; a missing one is normal."""
    if direction == "high":
        beyond, unknown = compare(baseline, "gt", np.where(np.isnan(own_uln), uln, own_uln))
    else:
        beyond, unknown = compare(baseline, "lt", np.where(np.isnan(own_lln), lln, own_lln))
    state = np.where(beyond, "abnormal", "normal").astype(object)
    state[unknown & ~np.isnan(baseline)] = None
    return state


def _below_first_step(direction: str, items: Mapping[str, Column], grade: Numbers, flags: Names) -> Bits:
    """Marks values beyond the limit that are grade 0 because the baseline was abnormal and they are below its first step."""
    limit, op = ("uln", "gt") if direction == "high" else ("lln", "lt")
    beyond = compare(items["value"], op, items[limit])[0]
    abnormal = np.equal(items["baseline_state"], "abnormal").astype(bool)
    return flags.where(beyond & abnormal & np.isnan(grade), "below-baseline-step")
