"""How long a grade lasted: the worked cases of the contract, and a scalar reading of its text on random records."""

from __future__ import annotations

import random
from math import inf, isnan, nan

import numpy as np
import pytest

from senl_ae.grade.dlt.spells import Graded, spells_of

Row = tuple[float, float, float, float]
"""Start and end in hours since the infusion, grade (nan: NE), ceiling (nan: none)."""


def record(rows: list[Row], death: float = inf) -> Graded:
    columns = np.array(rows, dtype=float).reshape(-1, 4).T
    n = len(rows)
    return Graded(np.zeros(n, dtype=np.int64), *columns, np.zeros(n), np.full(n, death))


def days(grades: str) -> list[Row]:
    """One row a date from Day 0 on, as "0 3 3 NE 2"."""
    of = [nan if g == "NE" else float(g) for g in grades.split()]
    return [(24.0 * i, 24.0 * (i + 1), g, nan) for i, g in enumerate(of)]


def timed(**at: float) -> list[Row]:
    return [(float(h[1:]), float(h[1:]), g, nan) for h, g in at.items()]


def figures(
    rows: list[Row], least: float = 3, below: float | None = None, death: float = inf
) -> list[tuple[float, float]]:
    found = spells_of(record(rows, death), least, least if below is None else below)
    return list(zip(found.floor.tolist(), found.ceiling.tolist(), strict=True))


HOURLY = [(float(h), float(h), 3.0 if 58 <= h <= 131 else 1.0, nan) for h in range(160)]
ONCE = [(34, 34, 1, nan), (40, 40, 3, nan), (100, 100, 3, nan), (111, 111, 3, nan), (118, 118, 2, nan)]


@pytest.mark.parametrize(
    ("rows", "below", "expected"),
    [
        (HOURLY, 3, (73, 75)),
        (ONCE, 3, (71, 84)),
        ([*ONCE[:3], (112.5, 112.5, 3, nan), ONCE[4]], 3, (72.5, 84)),
        (days("0 3 3 3 2"), 3, (24, 72)),
        (days("0 3 3 3 3 2"), 3, (48, 96)),
        (days("0 3 3 3 3 3 2"), 3, (72, 120)),
        (days("0 3 3 3 3 3 3 2"), 3, (96, 144)),
        (days("0 3 3 NE NE 3 2"), 3, (72, 120)),
        (days("0 3 3"), 3, (0, inf)),
        (days("3 0"), 3, (0, 24)),
        (days("0 2 3 3 2 2 1"), 2, (48, 96)),
    ],
)
def test_worked_cases(rows: list[Row], below: float, expected: tuple[float, float]) -> None:
    assert figures(rows, 3, below) == [expected]


def test_laboratory_case_in_days() -> None:
    rows = [(24.0 * d, 24.0 * d, g, nan) for d, g in ((2, 2), (5, 4), (20, 4), (34, 4), (40, 3))]
    [(floor, ceiling)] = figures(rows, 4)
    assert (floor / 24, ceiling / 24) == (29, 38)


def test_death_ends_what_nothing_else_ends() -> None:
    assert figures(days("0 3 3"), death=100) == [(0, 76)]


def test_a_ceiling_makes_a_spell_possible_and_never_proves_it() -> None:
    found = spells_of(
        record([(0, 0, 1, nan), (5, 5, nan, 3), (9, 9, nan, nan), (10, 10, 3, nan), (30, 30, 1, nan)]), 3, 3
    )
    assert (found.floor[0], found.ceiling[0], found.grade[0]) == (0, 30, 3)
    assert (found.first[0], found.onset[0], found.last[0]) == (1, 3, 3)
    only = spells_of(record([(0, 0, 1, nan), (5, 5, 2, 4), (30, 30, 1, nan)]), 3, 3)
    assert isnan(only.grade[0]) and (only.highest[0], only.onset[0], only.ceiling[0]) == (4, 1, 30)


def test_nothing_graded_has_no_spell() -> None:
    assert len(spells_of(record([]), 3, 3)) == 0
    assert len(spells_of(record([(0, 0, nan, nan), (1, 1, 2, nan)]), 3, 3)) == 0


# ---------------------------------------------------------------- a scalar reading of the text


def scalar(
    rows: list[Row], least: float, below: float, death: float
) -> list[tuple[float, float, float, int]]:
    """Floor, ceiling, highest proven grade, onset of every possible spell of one series, row by row."""
    known = [
        (i, max(g if not isnan(g) else c, c if not isnan(c) else g)) for i, (_, _, g, c) in enumerate(rows)
    ]
    known = [(i, h) for i, h in known if not isnan(h)]
    found, k = [], 0
    while k < len(known):
        if known[k][1] < least:
            k += 1
            continue
        e = k
        while e + 1 < len(known) and known[e + 1][1] >= below:
            e += 1
        before = rows[known[k - 1][0]][1] if k else 0.0
        after = rows[known[e + 1][0]][0] if e + 1 < len(known) else death
        floors, onset, grade, proven = [0.0], None, nan, None
        for i, _ in known[k : e + 1]:
            g = rows[i][2]
            if isnan(g):
                continue
            if g < below:
                proven = None
            elif proven is not None or g >= least:
                proven = i if proven is None else proven
                floors.append(max(rows[i][0] - rows[proven][1], 0))
            if g >= least:
                onset = i if onset is None else onset
                grade = g if isnan(grade) else max(grade, g)
        found.append((max(floors), max(after - before, 0), grade, known[k][0] if onset is None else onset))
        k = e + 1
    return found


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_the_scalar_reading(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(25):
        series, rows, deaths = [], [], []
        expected: list[tuple[float, float, float, int]] = []
        least, below = draw.choice([(3, 3), (3, 2), (4, 4), (4, 2), (1, 1)])
        for subject in range(draw.randint(1, 4)):
            at, own = 0.0, []
            for _ in range(draw.randint(0, 14)):
                at += draw.choice([1, 6, 24])
                grade = draw.choice([nan, 0, 1, 2, 3, 3, 4])
                top = (
                    draw.choice([nan, nan, 2, 3, 4])
                    if isnan(grade)
                    else draw.choice([nan, nan, min(grade + 1, 4)])
                )
                dated = draw.random() < 0.3
                own.append((at, at + (24 if dated else 0), float(grade), float(top)))
                at += 24 if dated else 0
            death = draw.choice([inf, at + 10])
            expected += [(f, c, g, o + len(rows)) for f, c, g, o in scalar(own, least, below, death)]
            series += [subject] * len(own)
            deaths += [death] * len(own)
            rows += own
        columns = np.array(rows, dtype=float).reshape(-1, 4).T
        a = Graded(
            np.array(series, dtype=np.int64), *columns, np.zeros(len(rows)), np.array(deaths, dtype=float)
        )
        found = spells_of(a, least, below)
        ours = list(
            zip(
                found.floor.tolist(),
                found.ceiling.tolist(),
                found.grade.tolist(),
                found.onset.tolist(),
                strict=True,
            )
        )
        assert str(ours) == str(expected)
