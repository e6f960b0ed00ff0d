"""Reference ranges that the settings state, for values whose sheet brings none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from senl_ae.grade.laboratory.values import LabRows, Names
from senl_ae.grade.rules.engine import compare
from senl_ae.grade.time.timeline import age_at
from senl_ae.issues import Issue
from senl_ae.settings import Range
from senl_ae.study import Study
from senl_ae.vocabulary.items import Item, Items, fold


def with_ranges(study: Study, ranges: tuple[Range, ...], r: LabRows, items: Items, flags: Names) -> LabRows:
    """Limits for rows that bring none, from the settings, by test, unit system, sex and age; the first that fits holds."""
    if not ranges:
        return r
    sex = study.subjects.sex[r.subject]
    age = age_at(study.subjects, r.subject, r.date)
    lln, uln = r.lln.copy(), r.uln.copy()
    marks, issues = r.flags.copy(), list(r.issues)
    for entry in ranges:
        item = _item_named(items, entry.test)
        if item is None or (item.units and item.conversion(entry.unit) is None):
            issues.append(_issue(entry, item))
            continue
        if item.name not in r.tests:
            continue
        conversion = item.conversion(entry.unit)
        system = conversion.to if conversion is not None else entry.unit
        if system not in r.units:
            continue
        factor = 1.0 if conversion is None else conversion.times / conversion.over
        fits = r.usable & (r.test == r.tests.index(item.name)) & (r.unit == r.units.index(system))
        if entry.sex is not None:
            fits &= np.equal(sex, entry.sex).astype(bool)
        if entry.age_min is not None:
            fits &= compare(age, "ge", entry.age_min)[0]
        if entry.age_max is not None:
            fits &= compare(age, "le", entry.age_max)[0]
        for limit, column in ((entry.lln, lln), (entry.uln, uln)):
            if limit is not None:
                take = fits & np.isnan(column)
                column[take] = limit * factor
                marks |= flags.where(take, "range-from-settings")
    return replace(r, lln=lln, uln=uln, flags=marks, issues=tuple(issues))


def _issue(entry: Range, item: Item | None) -> Issue:
    """A range of the settings that can never apply is said, not passed over."""
    return Issue(
        "set aside",
        "range-unknown-test" if item is None else "range-unknown-unit",
        column="ranges",
        found=f"ranges in the settings: {entry.test} in {entry.unit}, which is no known {'test' if item is None else 'unit of it'}",
        expected="a known test" if item is None else ", ".join(item.known_units),
        done="this range is not used",
    )


def _item_named(items: Items, text: str) -> Item | None:
    """The laboratory test of that name or alias."""
    if text in items.by_name:
        return items.by_name[text]
    folded = fold(text)
    return next(
        (
            i
            for i in items.by_name.values()
            if "labs" in i.domains and folded in {fold(a.text) for a in i.aliases}
        ),
        None,
    )
