"""Random neutrophil courses against a second reader of ICAHT and of recovery: one subject at a time, plain loops, exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.settings import Settings
from tests.grade.laboratory_study import at, study

LOW, VERY_LOW = Fraction("0.5"), Fraction("0.1")


def line(counts: dict[int, Fraction], gap: int = 7) -> dict[int, Fraction]:
    """The lowest count of each day, gaps of at most `gap` days filled on a straight line."""
    out = dict(counts)
    days = sorted(counts)
    for a, b in pairwise(days):
        if b - a <= gap:
            for d in range(a + 1, b):
                out[d] = counts[a] + (counts[b] - counts[a]) * Fraction(d - a, b - a)
    return out


def longest_run(days: list[int], bridge: int = 2) -> int:
    """The longest run of low days, at most `bridge` days above within it counted too."""
    best = start = 0
    for i, day in enumerate(days):
        if i == 0 or day - days[i - 1] - 1 > bridge:
            start = day
        best = max(best, day - start + 1)
    return best


def read(
    counts: dict[int, Fraction], death: int | None, new_therapy: int | None, method: str
) -> dict[str, int | None]:
    """Early and late grade, days below, day of recovery; None where nothing is known."""
    stop = min(
        [
            400,
            *([death] if death is not None else []),
            *([new_therapy - 1] if new_therapy is not None else []),
        ]
    )
    known = line({d: x for d, x in counts.items() if d <= stop})
    early = {d: x for d, x in known.items() if 0 <= d <= 30}
    days_500 = sorted(d for d, x in early.items() if x <= LOW)
    days_100 = sorted(d for d, x in early.items() if x <= VERY_LOW)
    n500, n100 = (len(d) if method == "cumulative" else longest_run(d) for d in (days_500, days_100))
    grade = 3 if n500 >= 14 else 2 if n500 >= 7 else 1 if n500 >= 1 else 0
    grade = max(grade, 4 if n100 >= 14 else 3 if n100 >= 7 else 0)
    if days_500 and days_500[0] <= 3 and all(x <= LOW for d, x in early.items() if d >= days_500[0]):
        died = death is not None and death <= stop and death <= 30
        if 30 in early or died:
            grade = 4
    measured = sorted(x for d, x in counts.items() if 31 <= d <= stop)
    late: int | None = 0 if measured else None

    def depth(x: Fraction) -> int:
        return 4 if x <= VERY_LOW else 3 if x <= LOW else 2 if x <= 1 else 1 if x <= Fraction("1.5") else 0

    if len(measured) >= 2:
        late = depth(measured[1])
    if measured and not late:  # a single low value counts where no later one shows that it was transient
        late = depth(counts[max(d for d in counts if 31 <= d <= stop)])
    fell = min((d for d, x in known.items() if d >= 0 and x <= LOW), default=None)
    recovery = None
    if fell is not None:
        after = (d for d in sorted(known) if d > fell)
        recovery = next(
            (d for d in after if all(known.get(d + k, Fraction(0)) > LOW for k in range(3))), None
        )
    if not early:
        return {
            "icaht_early": None,
            "icaht_late": late,
            "days_anc_500": None,
            "days_anc_100": None,
            "recovery_day": recovery,
        }
    return {
        "icaht_early": grade,
        "icaht_late": late,
        "days_anc_500": n500,
        "days_anc_100": n100,
        "recovery_day": recovery,
    }


def course(rng: random.Random) -> tuple[dict[int, Fraction], int | None, int | None]:
    """A fall, a nadir and a recovery, measured daily or every few days, with values that stand on the bounds."""
    fall, rise = rng.randint(-1, 8), rng.randint(6, 45)
    often = rng.choice((1, 1, 2, 3, 7, 8, 9))
    counts = {}
    day = rng.randint(-3, 2)
    while day <= rng.choice((29, 30, 31, 60)):
        low = rng.choice(("0", "0.1", "0.11", "0.3", "0.5", "0.5"))
        counts[day] = Fraction(
            low if fall <= day <= rise else rng.choice(("0.51", "0.6", "1.0", "1.5", "1.51", "4"))
        )
        day += often + (rng.random() < 0.2)
    death = rng.choice((None, None, None, rng.randint(5, 50)))
    new_therapy = rng.choice((None, None, None, rng.randint(5, 50)))
    return counts, death, new_therapy


@pytest.mark.parametrize("method", ["cumulative", "longest_run"])
def test_random_courses_agree_with_a_second_reader(method: str) -> None:
    rng = random.Random(7)
    some = [course(rng) for _ in range(1500)]
    labs: list[dict[str, Any]] = []
    subjects: list[dict[str, Any]] = []
    for i, (counts, death, new_therapy) in enumerate(some):
        subjects.append(
            {
                "death": None if death is None else at(death, 20),
                "new_therapy": None if new_therapy is None else at(new_therapy, 0),
            }
        )
        for day, x in counts.items():
            labs.append({"subject": i, "test": "anc", "unit": "10^9/L", "value": float(x), "time": at(day)})
            if day >= 0:
                labs.append(
                    {
                        "subject": i,
                        "test": "anc",
                        "unit": "10^9/L",
                        "value": float(x) + 0.4,
                        "time": at(day, 15),
                    }
                )
    found = grade_laboratory(study(labs, subjects), Settings(icaht_days=method)).haematotoxicity
    wrong = []
    for i, case in enumerate(some):
        wanted = read(*case, method)
        row = found.iloc[i]
        have = {name: None if pd.isna(row[name]) else int(row[name]) for name in wanted}
        if have != wanted:
            wrong.append((case, "text", wanted, "program", have))
        top = row["icaht_early_ceiling"]
        assert pd.isna(top) or have["icaht_early"] is None or top >= have["icaht_early"]
    assert not wrong, f"{len(wrong)} of {len(some)}: {wrong[:3]}"
