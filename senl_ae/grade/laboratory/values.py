"""The values of the laboratory sheet, ready to be graded, the marks that stand beside them, and the baseline of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.issues import Issue
from senl_ae.study import NO_TIME, Labs

Bits = npt.NDArray[np.int64]

FARTHEST = 1e300
"""Stands for "no upper end" in a censored value: finite, so that comparisons with a tolerance stay exact."""


@dataclass
class Names:
    """Short words that rows are marked with (flags, what is missing), one bit each."""

    names: list[str] = field(default_factory=list)

    def bit(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return 1 << self.names.index(name)

    def where(self, rows: Mask, name: str) -> Bits:
        """The mark on these rows, and none on the others."""
        return np.where(rows, self.bit(name), 0)

    def words(self, bits: Bits) -> Words:
        """The marks of each row, joined with `;` in alphabetical order."""
        ordered = sorted(self.names)
        return words_of(bits, ordered, [self.names.index(name) for name in ordered])


def words_of(bits: Bits, names: Sequence[str], places: Sequence[int] | None = None) -> Words:
    """The names that each row has the bit of, joined with `;` as they stand here. places: where the bit of each is; None: in that order."""
    code, unique = pd.factorize(bits)
    of = list(zip(names, range(len(names)) if places is None else places, strict=True))
    text = np.array([";".join(name for name, i in of if int(b) >> i & 1) for b in unique], dtype=object)
    return text[code]


@dataclass(frozen=True)
class LabRows:
    """The values of a study, sorted by subject, time and test: `labs` are the rows of the sheet, the rest is beside them.

    `low` and `high` are the ends of what the value can be, in the unit system graded (equal unless censored); `labs.value` is what is
    shown, in the unit reported, and `times / over` leads from the one to the other. `unit` indexes `units`; "" is a unit not said.
    `usable` is False where the unit is unknown or impossible, or the specimen is not blood. `doubtful` marks values that may be nothing:
    they are in no baseline, series or duplicate, and prove nothing. `order` is the time in seconds, a day row at the end of its date,
    `day` the study day (nan without a time or an infusion). `before` marks values from before the baseline moment; `counts` those from
    the infusion on. `issues` are the units and ranges that could not be used.
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
    issues: tuple[Issue, ...] = ()

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
