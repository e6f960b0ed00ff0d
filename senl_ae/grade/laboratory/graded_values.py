"""Which grade each laboratory value has, by test and direction, for criteria that ask for grades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Numbers, Seconds
from senl_ae.grade.laboratory.values import LabRows


@dataclass(frozen=True)
class GradedValues:
    """CTCAE grades of single values that the series need: per line its position in the rows, its test, direction and grade."""

    at: Seconds
    direction: np.ndarray
    grade: Numbers

    def of(self, r: LabRows, test: str, direction: str) -> tuple[Seconds, Numbers]:
        """Positions and known grades of one test on one side."""
        if test not in r.tests:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        here = (
            (r.test[self.at] == r.tests.index(test)) & (self.direction == direction) & ~np.isnan(self.grade)
        )
        return self.at[here], self.grade[here]
