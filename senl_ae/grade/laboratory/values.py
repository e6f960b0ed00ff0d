"""What each laboratory row says, ready to be graded: its unit system, its reference range, the ends of a censored value, its baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.grade.rules.engine import compare
from senl_ae.grade.time.spans import date_of, packed
from senl_ae.grade.time.timeline import age_at, at_or_after_infusion, before_baseline, study_day
from senl_ae.settings import Range, Settings
from senl_ae.study import DAY, NO_TIME, Labs, Study
from senl_ae.vocabulary.items import Item, Items, fold, fold_unit

Bits = npt.NDArray[np.int64]

FARTHEST = 1e300
"""Stands for "no upper end" in a censored value: finite, so that comparisons with a tolerance stay exact."""
JUST = 1e-9
"""How far inside its open end a censored value is placed: "< 0.5" is compared as 0.5 x (1 - this)."""


@dataclass
class Names:
    """Short words that rows are marked with (flags, what is missing), one bit each."""

    names: list[str] = field(default_factory=list)

    def bit(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return 1 << self.names.index(name)

    def words(self, bits: Bits) -> Words:
        """The marks of each row, joined with `;` in alphabetical order."""
        code, unique = pd.factorize(bits)
        text = np.array(
            [";".join(sorted(n for i, n in enumerate(self.names) if int(b) >> i & 1)) for b in unique],
            dtype=object,
        )
        return text[code]


@dataclass
class LabRows:
    """The values of a study, sorted by subject, time and test: `labs` are the rows of the sheet, the rest is beside them.

    `low` and `high` are the ends of what the value can be, in the unit system graded (equal unless censored); `labs.value` is what is
    shown, in the unit reported, and `times / over` leads from the one to the other. `unit` indexes `units`; "" is a unit not said.
    `usable` is False where the unit is unknown or impossible, or the specimen is not blood. `doubtful` marks values that may be nothing:
    they are in no baseline, series or duplicate, and prove nothing. `order` is the time in seconds, a day row at the end of its date,
    `day` the study day (nan without a time or an infusion). `before` marks values from before the baseline moment; `counts` those from
    the infusion on.
    """

    labs: Labs
    order: Seconds
    date: Seconds
    day: Numbers
    test: Whole
    tests: list[str]
    unit: Whole
    units: list[str]
    times: Numbers
    over: Numbers
    low: Numbers
    high: Numbers
    lln: Numbers
    uln: Numbers
    usable: Mask
    before: Mask
    counts: Mask
    flags: Bits

    def __len__(self) -> int:
        return len(self.labs)

    @property
    def subject(self) -> Whole:
        return self.labs.subject

    @property
    def is_day(self) -> Mask:
        return self.labs.is_day

    @property
    def doubtful(self) -> Mask:
        return self.labs.doubtful

    def of(self, test: str) -> Seconds:
        """Positions of the usable values of one test that prove something."""
        return self._of(test, ~self.doubtful)

    def doubtful_of(self, test: str) -> Seconds:
        """Positions of the usable values of one test that may be nothing."""
        return self._of(test, self.doubtful)

    def _of(self, test: str, which: Mask) -> Seconds:
        if test not in self.tests:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero((self.test == self.tests.index(test)) & self.usable & which)


@dataclass(frozen=True)
class Baseline:
    """The baseline of each row's subject, test and unit system: both ends of it, its own range; nan where there is none.

    `row` is the position of the baseline row (-1: none); `is_baseline` marks the rows that are one; `elsewhere` rows whose only baseline is
    in another unit.
    """

    low: Numbers
    high: Numbers
    lln: Numbers
    uln: Numbers
    row: Seconds
    is_baseline: Mask
    elsewhere: Mask


def lab_rows(
    study: Study, settings: Settings, items: Items, flags: Names, correction: Mapping[str, Any]
) -> LabRows:
    """Every recorded value with its unit system and range; values whose unit cannot be used stay, marked, with an issue."""
    labs = study.labs.rows(~np.isnan(study.labs.value))
    test, tests = _coded(labs.test)
    by_name = np.argsort(np.argsort(np.array(tests, dtype=object)))[test] if tests else test
    order = np.where(labs.is_day & (labs.time != NO_TIME), (date_of(labs.time) + 1) * DAY, labs.time)
    aside = ~pd.isna(labs.specimen) | labs.doubtful
    sort = np.lexsort((labs.row, labs.sheet, aside, by_name, order, labs.subject))
    labs, test, order = labs.rows(sort), test[sort], order[sort]
    elsewhere, doubtful = ~pd.isna(labs.specimen), labs.doubtful
    s, date = study.subjects, date_of(labs.time)
    dated = (order != NO_TIME) & (s.infusion[labs.subject] != NO_TIME)
    u = _unit_systems(study, labs, test, tests, items, flags)
    graded = labs.value * u.times / u.over
    low, high = _ends(graded, labs.comparator)
    from_lymphodepletion = settings.baseline == "lymphodepletion"
    rows = LabRows(
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
        usable=u.usable & ~elsewhere,
        before=before_baseline(study, from_lymphodepletion, labs.subject, labs.time, labs.is_day),
        counts=at_or_after_infusion(s, labs.subject, labs.time, labs.is_day),
        flags=u.marks,
    )
    rows.flags |= np.where(doubtful, flags.bit("value-set-aside"), 0) | np.where(
        _by_sex(labs), flags.bit("range-by-sex-unknown"), 0
    )
    rows.flags |= np.where(low < graded, flags.bit("censored-below"), 0) | np.where(
        high > graded, flags.bit("censored-above"), 0
    )
    rows.flags |= np.where(_disagrees(rows, ~elsewhere & ~doubtful), flags.bit("duplicate-disagrees"), 0)
    _fill_ranges(study, settings.ranges, rows, items, flags)
    _correct_calcium(rows, correction, flags)
    return rows


def _by_sex(labs: Labs) -> Mask:
    """Rows whose range differs by a sex that is not recorded."""
    return labs.set_aside.get("range_by_sex", np.zeros(len(labs), dtype=bool))


def _coded(values: Words) -> tuple[Seconds, list[str]]:
    code, unique = pd.factorize(values, use_na_sentinel=False)
    return code.astype(np.int64), ["" if pd.isna(u) else str(u) for u in unique]


@dataclass(frozen=True)
class _Units:
    """The unit system of each row (`units[unit]`), what leads to it (`times / over`), and marks where the unit is of no use."""

    unit: Whole
    units: list[str]
    times: Numbers
    over: Numbers
    usable: Mask
    marks: Bits


def _unit_systems(
    study: Study, labs: Labs, test: Whole, tests: list[str], items: Items, flags: Names
) -> _Units:
    """The unit system of each row and the exact power of ten that leads to it; a unit the test cannot have is set aside."""
    # the units of another specimen than blood are its own: nobody grades it
    reported = labs.unit.copy()
    reported[~pd.isna(labs.specimen)] = None
    said, spellings = _coded(reported)
    width = max(len(spellings), 1)
    pair, pairs = pd.factorize(test * width + said)
    known_anywhere = {folded for item in items.by_name.values() for folded in item.units}
    systems, times, over, usable, marks = [], [], [], [], []
    for number, code in enumerate(pairs):
        name, spelling = tests[code // width], spellings[code % width]
        item = items.by_name.get(name)
        conversion = item.conversion(spelling) if item is not None and spelling else None
        bad = item is not None and bool(item.units) and bool(spelling) and conversion is None
        systems.append(conversion.to if conversion is not None else ("" if bad else spelling))
        times.append(conversion.times if conversion is not None else 1.0)
        over.append(conversion.over if conversion is not None else 1.0)
        usable.append(not bad)
        marks.append(0)
        if bad:
            impossible = fold_unit(spelling) in known_anywhere
            marks[-1] = flags.bit("unit-impossible" if impossible else "unit-unknown")
            _unit_issue(
                study,
                labs.rows(pair == number),
                name,
                spelling,
                item.known_units if item is not None else [],
                impossible,
            )
    units = list(dict.fromkeys(systems))
    index = np.array([units.index(s) for s in systems], dtype=np.int64)
    return _Units(
        unit=index[pair],
        units=units,
        times=np.array(times, dtype=float)[pair],
        over=np.array(over, dtype=float)[pair],
        usable=np.array(usable, dtype=bool)[pair],
        marks=np.array(marks, dtype=np.int64)[pair],
    )


def _unit_issue(
    study: Study, labs: Labs, test: str, spelling: str, known: list[str], impossible: bool
) -> None:
    """One issue per sheet, test and unit, at the first row that has it."""
    for sheet in np.unique(labs.sheet):
        place, here = study.sheets[sheet], labs.row[labs.sheet == sheet]
        first, n = int(here.min()), len(here)
        study.issues.add(
            "set aside",
            "unit-impossible" if impossible else "unit-unknown",
            file=place.file,
            sheet=place.sheet,
            row=first,
            column=place.columns.get("unit", "") or "unit",
            found=f"{test} in {spelling!r}" + (f" ({n} rows, this is the first)" if n > 1 else ""),
            expected=", ".join(known),
            done="not graded; kept in labs.csv",
        )


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


def _disagrees(r: LabRows, known: Mask) -> Mask:
    """Rows of one subject, moment and test whose values differ (the rows are sorted, those that are not known to be of blood last)."""
    out = np.zeros(len(r), dtype=bool)
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


def _fill_ranges(study: Study, ranges: tuple[Range, ...], r: LabRows, items: Items, flags: Names) -> None:
    """Limits for rows that bring none, from the settings, by test, unit system, sex and age; the first that fits holds."""
    if not ranges:
        return
    sex = study.subjects.sex[r.subject]
    age = age_at(study.subjects, r.subject, r.date)
    open_low, open_high = np.isnan(r.lln), np.isnan(r.uln)
    for entry in ranges:
        item = _item_named(items, entry.test)
        if item is None or (item.units and item.conversion(entry.unit) is None):
            _range_issue(study, entry, item)
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
        for limit, column, blank in ((entry.lln, r.lln, open_low), (entry.uln, r.uln, open_high)):
            if limit is not None:
                take = fits & blank
                column[take] = limit * factor
                blank &= ~take
                r.flags |= np.where(take, flags.bit("range-from-settings"), 0)


def _range_issue(study: Study, entry: Range, item: Item | None) -> None:
    """A range of the settings that can never apply is said, not passed over."""
    study.issues.add(
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


def _correct_calcium(r: LabRows, correction: Mapping[str, Any], flags: Names) -> None:
    """Total calcium as it would be at a normal albumin, from the albumin of the same draw; without one, as reported with a flag."""
    calcium, albumin = r.of(correction["test"]), r.of(correction["by"])
    if not len(calcium):
        return
    in_grams = np.array([u == "g/L" for u in r.units], dtype=bool)[r.unit[albumin]] & (
        r.low[albumin] == r.high[albumin]
    )
    albumin = albumin[in_grams & (r.order[albumin] != NO_TIME)]
    key = packed(r.subject, r.order)
    draw = np.unique(key[albumin])
    smallest, largest = np.full(len(draw), np.inf), np.full(len(draw), -np.inf)
    at = np.searchsorted(draw, key[albumin])
    np.minimum.at(smallest, at, r.low[albumin])
    np.maximum.at(largest, at, r.low[albumin])
    same = np.searchsorted(draw, key[calcium])
    found = same < len(draw)
    found[found] = draw[same[found]] == key[calcium][found]
    measured = np.full(len(calcium), np.nan)
    measured[found] = np.where(smallest == largest, smallest, np.nan)[same[found]]
    shift = np.full(len(calcium), np.nan)
    for system, by in correction.items():
        if isinstance(by, dict) and system in r.units:
            here = r.unit[calcium] == r.units.index(system)
            power = float(10 ** abs(by["albumin_power"]))
            scaled = measured / power if by["albumin_power"] < 0 else measured * power
            shift[here] = by["per_unit"] * (by["albumin"] - scaled[here])
    corrected = ~np.isnan(shift)
    where = calcium[corrected]
    r.low[where] = _tidy(r.low[where] + shift[corrected])
    r.high[where] = np.where(r.high[where] == FARTHEST, FARTHEST, _tidy(r.high[where] + shift[corrected]))
    r.flags[where] |= flags.bit("calcium-corrected")
    r.flags[calcium[~corrected]] |= flags.bit("calcium-uncorrected")


def _tidy(x: Numbers) -> Numbers:
    """Ten decimals: a sum of decimals such as 1.9 + 0.02 x 5 is then exactly the 2.0 that it is on paper."""
    return np.round(x, 10)


def baselines(r: LabRows) -> Baseline:
    """The last value before the baseline moment, per subject, test and unit system, for the rows after it."""
    n = len(r)
    nothing = np.full(n, np.nan)
    tests, units = len(r.tests), len(r.units)
    key = (r.subject * tests + r.test) * units + r.unit
    candidates = np.flatnonzero(r.before & r.usable & ~r.doubtful)
    row = np.full(n, -1, dtype=np.int64)
    is_baseline = np.zeros(n, dtype=bool)
    elsewhere = np.zeros(n, dtype=bool)
    if not len(candidates):
        return Baseline(nothing, nothing, nothing, nothing, row, is_baseline, elsewhere)
    # the latest; of several at that moment the lowest, whatever the order of the rows
    latest = candidates[np.lexsort((-r.low[candidates], r.order[candidates], key[candidates]))]
    last = np.concatenate((key[latest][1:] != key[latest][:-1], [True]))
    chosen = latest[last]
    chosen_key = key[chosen]
    is_baseline[chosen] = True
    at = np.minimum(np.searchsorted(chosen_key, key), len(chosen) - 1)
    has = (chosen_key[at] == key) & ~r.before & (r.order != NO_TIME)
    row[has] = chosen[at[has]]
    elsewhere = ~has & ~r.before & np.isin(key // units, chosen_key // units)

    def take(column: Numbers) -> Numbers:
        return np.where(row >= 0, column[np.maximum(row, 0)], np.nan)

    return Baseline(take(r.low), take(r.high), take(r.lln), take(r.uln), row, is_baseline, elsewhere)
