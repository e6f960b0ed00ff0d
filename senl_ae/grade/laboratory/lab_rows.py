"""What each laboratory row says, ready to be graded: its unit system, its reference range, the ends of a censored value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Words
from senl_ae.grade.laboratory.calcium import with_corrected_calcium
from senl_ae.grade.laboratory.ranges import with_ranges
from senl_ae.grade.laboratory.unit_systems import coded, unit_systems
from senl_ae.grade.laboratory.values import FARTHEST, LabRows, Names
from senl_ae.grade.time.spans import date_of
from senl_ae.grade.time.timeline import at_or_after_infusion, before_baseline, study_day
from senl_ae.settings import Settings
from senl_ae.study import DAY, NO_TIME, Labs, Study
from senl_ae.vocabulary.items import Items

JUST = 1e-9
"""How far inside its open end a censored value is placed: "< 0.5" is compared as 0.5 x (1 - this)."""


def lab_rows(
    study: Study, settings: Settings, items: Items, flags: Names, correction: Mapping[str, Any]
) -> LabRows:
    """Every recorded value with its unit system and range; values whose unit cannot be used stay, marked, with an issue."""
    rows = _as_reported(study, settings, items, flags)
    marks = rows.flags | flags.where(_disagrees(rows), "duplicate-disagrees")
    rows = with_ranges(study, settings.ranges, replace(rows, flags=marks), items, flags)
    return with_corrected_calcium(rows, correction, flags)


def _as_reported(study: Study, settings: Settings, items: Items, flags: Names) -> LabRows:
    """The recorded values in their order, each in its unit system, with the range that its sheet brings."""
    labs, order = _sorted(study.labs.rows(~np.isnan(study.labs.value)))
    test, tests = coded(labs.test)
    s, date = study.subjects, date_of(labs.time)
    dated = (order != NO_TIME) & (s.infusion[labs.subject] != NO_TIME)
    u = unit_systems(study, labs, test, tests, items, flags)
    graded = labs.value * u.times / u.over
    low, high = _ends(graded, labs.comparator)
    from_lymphodepletion = settings.baseline == "lymphodepletion"
    by_sex = labs.set_aside.get("range_by_sex", np.zeros(len(labs), dtype=bool))
    return LabRows(
        labs=labs,
        order=order,
        date=date,
        day=np.where(dated, study_day(s, labs.subject, date).astype(float), np.nan),
        test=test,
        tests=tests,
        unit=u.unit,
        units=u.units,
        times=u.times,
        over=u.over,
        low=low,
        high=high,
        lln=labs.lln * u.times / u.over,
        uln=labs.uln * u.times / u.over,
        usable=u.usable & pd.isna(labs.specimen),
        before=before_baseline(study, from_lymphodepletion, labs.subject, labs.time, labs.is_day),
        counts=at_or_after_infusion(s, labs.subject, labs.time, labs.is_day),
        flags=u.marks
        | flags.where(labs.doubtful, "value-set-aside")
        | flags.where(by_sex, "range-by-sex-unknown")
        | flags.where(low < graded, "censored-below")
        | flags.where(high > graded, "censored-above"),
        issues=tuple(u.issues),
    )


def _sorted(labs: Labs) -> tuple[Labs, Seconds]:
    """The rows by subject, time and test, and the time that they are sorted by; what may be nothing, or is not of blood, after the rest."""
    order = np.where(labs.is_day & (labs.time != NO_TIME), (date_of(labs.time) + 1) * DAY, labs.time)
    test, tests = coded(labs.test)
    by_name = np.argsort(np.argsort(np.array(tests, dtype=object)))[test] if tests else test
    aside = ~pd.isna(labs.specimen) | labs.doubtful
    sort = np.lexsort((labs.row, labs.sheet, aside, by_name, order, labs.subject))
    return labs.rows(sort), order[sort]


def _ends(value: Numbers, comparator: Words) -> tuple[Numbers, Numbers]:
    """The lowest and the highest a value can be: "< 0.1" lies below 0.1, and that is all it says."""
    low, high = value.copy(), value.copy()
    some = np.flatnonzero(~pd.isna(comparator))
    if len(some):
        sign = comparator[some]
        v = value[some]
        low[some] = np.select(
            [sign == "<", sign == "<=", sign == ">"], [np.minimum(0, v), np.minimum(0, v), v * (1 + JUST)], v
        )
        high[some] = np.select(
            [sign == ">", sign == ">=", sign == "<"], [FARTHEST, FARTHEST, v * (1 - JUST)], v
        )
    return low, high


def _disagrees(r: LabRows) -> Mask:
    """Rows of one subject, moment and test whose values differ (the rows are sorted, those that are not known to be of blood last)."""
    out = np.zeros(len(r), dtype=bool)
    known = pd.isna(r.labs.specimen) & ~r.doubtful
    if len(r) > 1:
        same = (
            (r.subject[1:] == r.subject[:-1])
            & (r.order[1:] == r.order[:-1])
            & (r.test[1:] == r.test[:-1])
            & (r.order[1:] != NO_TIME)
        )
        differ = (
            same
            & known[1:]
            & known[:-1]
            & ((r.low[1:] != r.low[:-1]) | (r.high[1:] != r.high[:-1]) | (r.unit[1:] != r.unit[:-1]))
        )
        out[1:] |= differ
        out[:-1] |= differ
    return out
