"""The program agrees with the scalar reading on every column and count of two thousand small studies of reported adverse events."""

from __future__ import annotations

import pytest
from ae_compare import account, compare

SMALL = 20
LARGE = 8
BATCHES = [*((seed, 4) for seed in range(SMALL)), *((seed, 240) for seed in range(SMALL, SMALL + LARGE))]
"""Seed and number of studies; few subjects make many rows of equal counts, many make rare ones meet."""


def test_there_are_two_thousand_studies() -> None:
    assert sum(studies for _, studies in BATCHES) == 2000


@pytest.mark.parametrize(("seed", "studies"), BATCHES)
def test_agrees_with_the_scalar_reading(seed: int, studies: int) -> None:
    batch, found = compare(seed, studies)
    if found:
        kind, who, where, here, there = found[0]
        pytest.fail(
            f"{len(found)} differences; {kind} of {who}, {where}: program {here!r}, oracle {there!r}\n"
            f"{account(batch, who, where)}"
        )
