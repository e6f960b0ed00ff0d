"""The words of every design, against the printed cells of their sources and against an enumeration with exact fractions."""

from __future__ import annotations

import csv
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import comb
from pathlib import Path

import numpy as np
import pytest

from senl_ae.escalation.design import WORDS, boin_bounds, design_of, over_target, words

CELLS = Path(__file__).parents[1] / "golden" / "design_cells.csv"
INTERVAL = ("boin", "mtpi", "mtpi-2", "keyboard", "i3+3")


def said(name: str, target: float, most: int, **options: object) -> list[list[str]]:
    """Words by n and x."""
    codes = words(design_of(name, target, **options), most)
    return [[WORDS[int(code)] for code in row[: n + 1]] for n, row in enumerate(codes)]


def from_to(row: list[str]) -> tuple[str, str, str]:
    """A row of words as sources print it: E up to, D from, DU from."""
    up = [x for x, word in enumerate(row) if word == "E"]
    down = [x for x, word in enumerate(row) if word in ("D", "DU")]
    closed = [x for x, word in enumerate(row) if word == "DU"]
    first, second, third = (
        str(find(of)) if of else "-" for find, of in ((max, up), (min, down), (min, closed))
    )
    return first, second, third


@pytest.mark.parametrize(
    "cell", list(csv.DictReader(CELLS.open(encoding="utf-8"))), ids=lambda c: " ".join(list(c.values())[:3])
)
def test_a_printed_cell(cell: dict[str, str]) -> None:
    row = said(cell["design"], float(cell["target"]), 12)[int(cell["n"])]
    assert from_to(row) == (cell["escalate_up_to"], cell["de_escalate_from"], cell["close_from"])


@pytest.mark.parametrize(
    ("target", "escalate", "de_escalate"),
    [
        (0.20, 0.157242, 0.238462),
        (0.25, 0.196801, 0.298392),
        (0.30, 0.236491, 0.358519),
        (0.33, 0.260377, 0.394716),
    ],
)
def test_boin_bounds(target: float, escalate: float, de_escalate: float) -> None:
    assert boin_bounds(design_of("boin", target)) == pytest.approx((escalate, de_escalate), abs=5e-7)


# ---------------------------------------------------------------- the same by plain enumeration, with exact fractions


@cache
def mass_below(n: int, x: int, rate: Fraction) -> Fraction:
    """P(p < rate) under Beta(1 + x, 1 + n - x): at least x + 1 of n + 1 uniform draws lie below it."""
    return sum(
        (comb(n + 1, k) * rate**k * (1 - rate) ** (n + 1 - k) for k in range(x + 1, n + 2)), Fraction(0)
    )


def density(n: int, x: int, low: Fraction, high: Fraction) -> Fraction:
    return (mass_below(n, x, high) - mass_below(n, x, low)) / (high - low)


def keys(t: Fraction, half: Fraction, whole: bool) -> list[tuple[Fraction, Fraction]]:
    """Intervals of the target's length, from it to both ends."""
    low, high = t - half, t + half
    laid = [(low, high)]
    edge = low
    while edge > 0:
        before = edge - 2 * half
        if before >= 0 or not whole:
            laid.append((max(before, Fraction(0)), edge))
        edge = before
    edge = high
    while edge < 1:
        after = edge + 2 * half
        if after <= 1 or not whole:
            laid.append((edge, min(after, Fraction(1))))
        edge = after
    return laid


def of_intervals(n: int, x: int, t: Fraction, laid: list[tuple[Fraction, Fraction]]) -> str:
    best = max(density(n, x, *key) for key in laid)
    highest = max(low for low, high in laid if density(n, x, low, high) == best)
    target = t - Fraction(1, 20)
    return "S" if highest == target else "E" if highest < target else "D"


def by_boin(n: int, x: int, t: Fraction) -> str:
    """The likelihood of x of n is largest at the target, at 0.6 of it, or at 1.4 of it; a tie with a wrong rate leaves the level."""
    from math import log

    def likelihood(p: float) -> float:
        return x * log(p) + (n - x) * log(1 - p)

    close, low, high = (likelihood(float(t) * part) for part in (1, 0.6, 1.4))
    return "E" if low >= close else "D" if high >= close else "S"


def by_mtpi(n: int, x: int, t: Fraction) -> str:
    low, high = t - Fraction(1, 20), t + Fraction(1, 20)
    return of_intervals(n, x, t, [(Fraction(0), low), (low, high), (high, Fraction(1))])


def by_i3(n: int, x: int, t: Fraction) -> str:
    low, high = t - Fraction(1, 20), t + Fraction(1, 20)
    if Fraction(x, n) < low:
        return "E"
    if Fraction(x, n) <= high:
        return "S"
    return "S" if Fraction(x - 1, n) < low else "D"


ENUMERATED: dict[str, tuple[int, Callable[[int, int, Fraction], str]]] = {
    "boin": (3, by_boin),
    "mtpi": (1, by_mtpi),
    "mtpi-2": (1, lambda n, x, t: of_intervals(n, x, t, keys(t, Fraction(1, 20), False))),
    "keyboard": (3, lambda n, x, t: of_intervals(n, x, t, keys(t, Fraction(1, 20), True))),
    "i3+3": (3, by_i3),
}


@pytest.mark.parametrize("name", INTERVAL)
@pytest.mark.parametrize("hundredths", [10, 15, 20, 25, 30, 33, 35, 40])
def test_every_cell_up_to_30_agrees_with_the_enumeration(name: str, hundredths: int) -> None:
    t, (least, rule) = Fraction(hundredths, 100), ENUMERATED[name]
    program = said(name, hundredths / 100, 30)
    for n in range(1, 31):
        for x in range(n + 1):
            closes = n >= least and 1 - mass_below(n, x, t) > Fraction(95, 100)
            assert program[n][x] == ("DU" if closes else rule(n, x, t)), (n, x)


def test_keyboard_has_the_cells_of_mtpi_2_without_closing_below_three() -> None:
    for target in (0.20, 0.25, 0.30, 0.33):
        ours, other = said("keyboard", target, 12), said("mtpi-2", target, 12)
        assert ours[3:] == other[3:]
        assert not [word for row in ours[1:3] for word in row if word == "DU"]


@pytest.mark.parametrize(("n", "x"), [(n, x) for n in (1, 3, 6, 12, 30) for x in range(0, n + 1, 2)])
def test_probability_above_the_target(n: int, x: int) -> None:
    exact = float(1 - mass_below(n, x, Fraction(3, 10)))
    assert over_target(np.array([n]), np.array([x]), 0.3)[0] == pytest.approx(exact, abs=1e-12)


# ---------------------------------------------------------------- options


def test_two_of_three_at_a_fifth_closes_the_level() -> None:
    assert said("boin", 0.20, 3)[3][2] == "DU"


def test_three_dlts_may_be_asked_for_before_a_level_is_closed() -> None:
    row = said("boin", 0.20, 3, eliminate_min_n=4)[3]
    assert row == ["E", "D", "D", "D"]


@pytest.mark.parametrize(("target", "plain", "asked"), [(0.20, "D", "S"), (0.25, "D", "S"), (0.30, "S", "S")])
def test_one_of_three_may_stay(target: float, plain: str, asked: str) -> None:
    assert said("boin", target, 3)[3][1] == plain
    assert said("boin", target, 3, stay_1_of_3=True)[3][1] == asked


def test_cutoff_is_strict_and_settable() -> None:
    at = float(1 - mass_below(3, 2, Fraction(1, 5)))
    assert said("boin", 0.20, 3, cutoff=at - 1e-9)[3][2] == "DU"
    assert said("boin", 0.20, 3, cutoff=at + 1e-9)[3][2] == "D"


def test_wider_bounds_move_the_words() -> None:
    """1 of 4 is 0.25: the bound itself stays, a bound of 0.28 makes it too low."""
    assert said("i3+3", 0.30, 4, e1=0.05)[4][1] == "S"
    assert said("i3+3", 0.30, 4, e1=0.02)[4][1] == "E"


def test_three_plus_three_cell_by_cell() -> None:
    table = said("3+3", 0.3, 8)
    assert [" ".join(row) for row in table[1:7]] == [
        "S S",
        "S S DU",
        "E S DU DU",
        "S S DU DU DU",
        "S S DU DU DU DU",
        "E E DU DU DU DU DU",
    ]
    assert set(table[7]) == {""}
