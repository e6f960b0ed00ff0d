"""How designs behave over whole trials: printed figures to their digits, a second way to sum them, drawn trials, and the level chosen."""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
import pytest

from senl_ae.escalation.design import Design, design_of, words
from senl_ae.escalation.mtd import chosen, estimates
from senl_ae.escalation.operating import Characteristics, drawn, exactly
from senl_ae.escalation.trial import Plan

RISING = (0.05, 0.15, 0.30, 0.45, 0.60)


def plan_of(design: Design, levels: int, cohorts: int | None, stop_n: int | None = None) -> Plan:
    most = 3 * cohorts if cohorts else 6
    return Plan(design, levels, words(design, most), 3, cohorts, stop_n=stop_n)


@cache
def exact(
    name: str, target: float, rates: tuple[float, ...], cohorts: int | None, stop_n: int | None = None
) -> Characteristics:
    return exactly(plan_of(design_of(name, target), len(rates), cohorts, stop_n), rates)


def printed(values: np.ndarray | float, digits: int, share: bool = False) -> str:
    return " ".join(f"{v * (100 if share else 1):.{digits}f}" for v in np.atleast_1d(values))


A = ("boin", 0.30, RISING, 10)
B = (*A, 12)
C = ("boin", 0.25, (0.10, 0.25, 0.40), 6)
HIGH = ("boin", 0.30, (0.30, 0.40, 0.50, 0.60, 0.70), 10)


@pytest.mark.parametrize(
    ("asked", "levels", "subjects", "none", "n", "over"),
    [
        (A, "1.169 23.206 54.633 19.370 1.600", "4.175 9.097 11.159 4.751 0.813", "0.021", "29.995", "3.436"),
        (B, "1.720 25.949 53.169 17.718 1.423", "3.999 7.342 8.873 4.269 0.781", "0.021", "25.265", "1.103"),
        (C, "22.882 57.726 19.114", "7.867 7.039 3.062", "0.279", "17.968", "3.203"),
        (HIGH, "55.139 22.526 4.131 0.395 0.016", "17.251 7.250 1.831 0.246 0.016", "17.792", "26.593", "23.030"),
    ],
)  # fmt: skip
def test_printed_characteristics(
    asked: tuple[str, float, tuple[float, ...], int], levels: str, subjects: str, none: str, n: str, over: str
) -> None:
    found = exact(*asked)
    assert printed(found.chosen, 3, share=True) == levels
    assert printed(found.subjects, 3) == subjects
    assert (printed(found.no_level, 3, share=True), printed(found.total, 3)) == (none, n)
    assert printed(found.over[0], 3, share=True) == over


@pytest.mark.parametrize(
    ("name", "levels", "subjects", "over"),
    [
        ("mtpi", "1.2 24.1 54.6 18.8 1.4", "4.05 8.89 11.74 4.64 0.69", "6.4"),
        *(
            (name, "1.2 22.7 54.8 19.6 1.6", "4.17 9.07 11.18 4.77 0.81", "3.4")
            for name in ("mtpi-2", "keyboard", "i3+3")
        ),
    ],
)
def test_printed_characteristics_of_the_other_interval_designs(
    name: str, levels: str, subjects: str, over: str
) -> None:
    found = exact(name, 0.30, RISING, 10)
    close = np.abs(100 * found.chosen - [float(v) for v in levels.split()])
    assert close.max() <= 0.051  # 19.650 is printed as 19.6
    assert printed(found.subjects, 2) == subjects
    assert (printed(found.no_level, 2, share=True), printed(found.total, 1)) == ("0.02", "30.0")
    assert printed(found.over[0], 1, share=True) == over


@pytest.mark.parametrize(
    ("fill", "levels", "subjects", "none", "n"),
    [
        (True, "20.1 42.9 27.7 6.1 0.4", "3.94 4.89 4.10 1.84 0.37", "2.8", "15.15"),
        (False, "18.1 40.1 30.0 8.8 0.4", "3.41 3.87 3.42 1.65 0.37", "2.7", "12.73"),
    ],
)
def test_printed_characteristics_of_three_plus_three(
    fill: bool, levels: str, subjects: str, none: str, n: str
) -> None:
    found = exactly(plan_of(design_of("3+3", 0.3, allow_fill=fill), 5, None), RISING)
    assert printed(found.chosen, 1, share=True) == levels
    assert np.abs(found.subjects - [float(v) for v in subjects.split()]).max() <= 0.0051
    assert printed(found.no_level, 1, share=True) == none
    assert found.total == pytest.approx(float(n), abs=0.0051)


@pytest.mark.parametrize(
    ("rate", "passes"), [(0.1, 0.906), (0.2, 0.709), (0.3, 0.494), (0.4, 0.309), (0.5, 0.172)]
)
def test_chance_to_pass_a_level_under_three_plus_three(rate: float, passes: float) -> None:
    """Whoever passes the first level meets a second one that nobody survives, and comes back to the first."""
    design = design_of("3+3", 0.3, allow_fill=False)
    found = exactly(plan_of(design, 2, None), (rate, 1.0))
    assert found.subjects[1] / 3 == pytest.approx(passes, abs=5e-4)


@pytest.mark.parametrize("asked", [A, B, C, HIGH, ("i3+3", 0.25, RISING, 6), ("3+3", 0.3, RISING, None)])
def test_what_is_summed_adds_up(asked: tuple[str, float, tuple[float, ...], int | None]) -> None:
    found = exact(*asked)
    assert found.chosen.sum() + found.no_level + found.review == pytest.approx(1, abs=1e-12)
    assert found.subjects.sum() == pytest.approx(found.total, abs=1e-9)
    assert found.dlts == pytest.approx(
        found.subjects * asked[2], abs=1e-9
    )  # each subject has its level's rate


@pytest.mark.parametrize("name", ["boin", "mtpi", "mtpi-2", "keyboard", "i3+3"])
def test_agrees_with_a_walk_over_every_path(name: str) -> None:
    """Three levels, four cohorts of two: each path walked by itself, with the rule read from its words."""
    design, rates = design_of(name, 0.30), (0.1, 0.35, 0.6)
    said = words(design, 8)
    plan = Plan(design, 3, said, 2, 4)
    shares, subjects = np.zeros(4), np.zeros(3)

    def walk(at: int, counts: tuple[tuple[int, int], ...], left: int, weight: float) -> None:
        if not left:
            return end(counts, weight)
        for k in range(3):
            chance = weight * comb(2, k) * rates[at] ** k * (1 - rates[at]) ** (2 - k)
            n, x = counts[at]
            after = (*counts[:at], (n + 2, x + k), *counts[at + 1 :])
            word = said[n + 2, x + k]
            closed = [i for i, (a, b) in enumerate(after) if a and said[a, b] == -2]
            if left == 1:
                end(after, chance)
            elif word == -2 and at == 0:
                stop(after, chance, 3)
            elif word < 0:
                walk(max(at - 1, 0), after, left - 1, chance)
            else:
                up = word == 1 and at < 2 and not [c for c in closed if c <= at + 1]
                walk(at + up, after, left - 1, chance)

    def end(counts: tuple[tuple[int, int], ...], weight: float) -> None:
        n, x = (np.array([[pair[i] for pair in counts]]) for i in (0, 1))
        stop(counts, weight, int(chosen(design, said, n, x)[0]) % 4)

    def stop(counts: tuple[tuple[int, int], ...], weight: float, which: int) -> None:
        shares[which] += weight
        subjects[:] += [weight * n for n, _ in counts]

    walk(0, ((0, 0),) * 3, 4, 1.0)
    found = exactly(plan, rates)
    assert found.chosen == pytest.approx(shares[:3], abs=1e-12)
    assert (found.no_level, list(found.subjects)) == (pytest.approx(shares[3]), pytest.approx(list(subjects)))


@pytest.mark.parametrize("asked", [A, B, HIGH, ("3+3", 0.3, RISING, None)])
def test_drawn_trials_lie_within_four_standard_errors(
    asked: tuple[str, float, tuple[float, ...], int | None],
) -> None:
    name, target, rates, cohorts, *stop = asked
    plan = plan_of(design_of(name, target), len(rates), cohorts, *stop)
    summed, found = exact(*asked), drawn(plan, rates, 20_000, seed=7)
    assert found.error is not None
    for figure in ("chosen", "subjects", "dlts"):
        ours, true, error = (getattr(of, figure) for of in (found, summed, found.error))
        assert (np.abs(ours - true) <= 4 * error + 1e-4).all(), figure
    assert abs(found.no_level - summed.no_level) <= 4 * found.error.no_level + 1e-4
    again = drawn(plan, rates, 20_000, seed=7)
    assert (again.chosen == found.chosen).all() and (again.subjects == found.subjects).all()


# ---------------------------------------------------------------- the level chosen


def select(n: list[int], x: list[int], target: float = 0.30, **options: object) -> int:
    design = design_of("boin", target, **options)
    return int(chosen(design, words(design, max(*n, 1)), np.array([n]), np.array([x]))[0])


def test_chosen_levels_of_the_contract() -> None:
    n, x = np.array([[3, 3, 15, 9, 0]]), np.array([[0, 0, 4, 4, 0]])
    assert printed(estimates(n, x, n > 0)[0][:4], 3) == "0.016 0.016 0.268 0.445"
    assert np.isnan(estimates(n, x, n > 0)[0][4])
    assert select([3, 3, 15, 9, 0], [0, 0, 4, 4, 0]) == 2
    n, x = np.array([[3, 6, 6]]), np.array([[1, 1, 3]])
    assert [f"{v:.3f}" for v in estimates(n, x, n > 0)[0]] == ["0.217", "0.217", "0.500"]
    assert select([3, 6, 6], [1, 1, 3]) == 1


def test_a_closed_level_and_all_above_it_are_never_chosen() -> None:
    assert select([3, 3, 6], [0, 3, 1]) == 0
    assert select([3, 3, 6], [3, 0, 2]) == -1  # the lowest is closed: none


def test_of_equally_near_levels_the_highest_below_the_target_else_the_lowest() -> None:
    assert select([3, 3, 0], [0, 0, 0]) == 1
    assert select([3, 3], [2, 2], 0.5) == 0


def test_bound_mtd_leaves_out_estimates_above_the_bound() -> None:
    assert select([6, 6], [0, 3]) == 1  # 0.5 is nearer to 0.3 than 0.008
    assert select([6, 6], [0, 3], bound_mtd=True) == 0


def test_extra_safe_gives_up_the_lowest_level_earlier() -> None:
    """2 of 3: the rate is above 0.30 with probability 0.916, between 0.90 and 0.95."""
    assert select([3, 0], [2, 0]) == 0
    assert select([3, 0], [2, 0], extra_safe=True) == -1


def test_estimates_are_those_of_a_textbook_isotonic_regression() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    draw = np.random.default_rng(3)
    n = draw.integers(0, 16, (300, 6))
    x = draw.binomial(n, draw.uniform(0, 0.7, (300, 6)))
    found = estimates(n, x, n > 0)
    for i in range(300):
        tried = n[i] > 0
        if not tried.any():
            continue
        a, b = n[i][tried], x[i][tried]
        weights = 1 / ((b + 0.05) * (a - b + 0.05) / ((a + 0.1) ** 2 * (a + 1.1)))
        answer = optimize.isotonic_regression((b + 0.05) / (a + 0.1), weights=weights).x
        assert found[i][tried] == pytest.approx(answer, abs=1e-9)
