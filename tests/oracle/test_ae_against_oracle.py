"""The program agrees with the scalar reading on every column and count of two thousand small studies of reported adverse events."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from ae_compare import account, compare

pytestmark = pytest.mark.skipif(
    find_spec("senl_ae.grade.adverse_events") is None, reason="the program does not grade reported events yet"
)

BATCHES = range(1, 81)
STUDIES = 25
"""Of a batch: each a cohort of its own, which is a column of its own in the tables."""


@pytest.mark.parametrize("seed", BATCHES)
def test_agrees_with_the_scalar_reading(seed: int) -> None:
    batch, found = compare(seed, STUDIES)
    if found:
        kind, who, where, here, there = found[0]
        pytest.fail(
            f"{len(found)} differences; {kind} of {who}, {where}: program {here!r}, oracle {there!r}\n{account(batch, who, where)}"
        )
