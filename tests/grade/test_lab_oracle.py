"""Thousands of single laboratory values, at random and on every bound, through the command against a second reader of the text."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from senl_ae.vocabulary.items import load_items
from tests.grade.lab_oracle import (
    ALONE,
    COLUMNS,
    HIGH,
    INR,
    LOW,
    LOW_ONLY,
    TIMES_BASELINE,
    TIMES_LIMIT,
    VERSIONS,
    Case,
    read,
)

CASES = 4000
LIMITS = {
    "g/L": (120, 160),
    "g/dL": (12, 16),
    "10^9/L": ("1.1", 40),
    "/uL": (1100, 40000),
    "U/L": (7, 35, 40),
    "umol/L": (35, 40, 100),
    "mg/dL": ("0.1", "1.1", 35, 40),
    "mmol/L": ("1.1", "2.15", "5.1"),
    "mEq/L": ("3.5", "5.1"),
    "pH": ("7.35", "7.45"),
    "ratio": ("0.9", "1.1"),
    "s": (25, 35, 40),
}
OWN_LIMITS = {
    "platelets": (125, 350),
    "sodium": (135, 145),
    "potassium": ("3.5", "5.1"),
    "bicarbonate": (22, 28),
    "haptoglobin": ("0.3", 2),
    "fibrinogen": (2, 4),
    "ldh": (120, 250),
    "albumin": (35, 55),
    "cholesterol": ("3.1", "5.2"),
    "magnesium": ("0.7", "1.05"),
    "ck": (40, 200),
    "calcium_ionized": ("1.12", "1.3"),
    "glucose": ("3.9", "6.1"),
    "uric_acid": (150, 420),
    "triglycerides": ("0.5", "1.7"),
    "calcium": ("2.1", "2.6"),
    "calcium_corrected": ("2.1", "2.6"),
    "phosphate": ("0.9", "1.5"),
}
US_LIMITS = {
    "platelets": (125000, 350000),
    "fibrinogen": (200, 400),
    "albumin": ("3.5", "5.5"),
    "cholesterol": (100, 200),
    "magnesium": ("1.7", "2.6"),
    "glucose": (70, 110),
    "uric_acid": ("2.5", 7),
    "triglycerides": (40, 150),
    "calcium": ("8.5", "10.5"),
    "calcium_corrected": ("8.5", "10.5"),
    "phosphate": ("2.8", "4.5"),
    "haptoglobin": (30, 200),
    "creatinine": ("0.1", "1.1"),
    "total_bilirubin": ("0.1", "1.1"),
}
KEYS = sorted(
    {*LOW, *HIGH, *ALONE, *(k for of in LOW_ONLY.values() for k in of)}
    | {(t, "U/L") for t in ("alt", "ast", "alp", "ggt", "ck", "lipase", "amylase")}
    | {(t, u) for t in ("creatinine", "total_bilirubin") for u in ("umol/L", "mg/dL")}
    | {("uric_acid", u) for u in ("umol/L", "mmol/L", "mg/dL")}
    | {
        ("aptt", "s"),
        ("inr", "ratio"),
        ("fibrinogen", "g/L"),
        ("fibrinogen", "mg/dL"),
        ("eosinophils", "10^9/L"),
    },
)


def limits(test: str, unit: str) -> list[Fraction]:
    """Ranges that are usual for the test, and for multiples those whose products slip in binary."""
    if unit in ("mg/dL", "/uL", "g/dL") and test in US_LIMITS:
        return [Fraction(k) for k in US_LIMITS[test]]
    if test == "uric_acid" and unit == "mmol/L":
        return [Fraction("0.15"), Fraction("0.42")]
    return [Fraction(k) for k in OWN_LIMITS.get(test, LIMITS[unit])]


def text(x: Fraction | None) -> str:
    return "" if x is None else f"{float(x):.12g}"


def cases(version: str, n: int, seed: int) -> Iterator[Case]:
    """Random values, most of them on a bound or one step beside it."""
    rng = random.Random(seed)
    items = load_items().by_name
    while n:
        test, unit = rng.choice(KEYS)
        some = limits(test, unit)
        low, high = rng.choice(some), rng.choice(some)
        low, high = min(low, high), max(low, high)
        changed = [
            high * Fraction(rng.choice(["0.5", "1.2", "2", "5.5"])),
            low * Fraction(rng.choice(["0.4", "0.9"])),
        ]
        baseline = rng.choice([None, low, high, *changed])
        numbers = [
            Fraction(b) for table in (LOW, HIGH, LOW_ONLY[version]) for b, _ in table.get((test, unit), ())
        ]
        numbers += [Fraction(b) for _, b, _ in ALONE.get((test, unit), ())] + [low, high]
        numbers += [Fraction(k) * high for k in TIMES_LIMIT.get(test, ())] + [
            Fraction("0.5"),
            Fraction(50),
        ] * (test == "fibrinogen")
        numbers += [Fraction(k) * low for k in ("0.25", "0.5", "0.75")] * (test == "fibrinogen")
        numbers += [Fraction(k) for k in ("8.9", "13.9", "27.8", "160", "250", "500")] * (test == "glucose")
        numbers += [Fraction(k) for k in ("590", "0.59", "10")] * (test == "uric_acid")
        numbers += [3 * high] * (test in ("lipase", "amylase"))
        numbers += [Fraction(k) * m for k in INR[version] for m in (1, high)] * (test == "inr")
        above = baseline or high
        numbers += (
            [high + step / d for step in (20, 40) for d in (1, 10)] + [above + 20, above + 2]
            if test == "hemoglobin"
            else []
        )
        if baseline is not None:
            steps = TIMES_BASELINE[version].get(test, ("", ("1", "1.5", "2.5", "3")))[1]
            numbers += [Fraction(k) * baseline for k in (*steps, "0.25", "0.5", "0.75", "1")]
        x = rng.choice(numbers)
        x = rng.choice(
            [
                x,
                x,
                x * (1 + Fraction(1, 10**4)),
                x * (1 - Fraction(1, 10**4)),
                x * Fraction(rng.randint(20, 300), 100),
            ]
        )
        # what a person types, and what the program is given: at most ten digits
        x, baseline = (
            Fraction(f"{float(x):.10g}"),
            None if baseline is None else Fraction(f"{float(baseline):.10g}"),
        )
        item = items[test]
        conversion = item.conversion(unit)
        bounds = item.bounds_in(conversion.to)
        graded_in = [float(k) * conversion.times / conversion.over for k in (x, baseline) if k is not None]
        if not all(bounds["ge"] <= k <= bounds["le"] for k in graded_in):
            continue  # the reader sets aside what cannot be
        n -= 1
        said = {c: rng.random() < 0.5 for c in COLUMNS if rng.random() < 0.5}
        yield Case(
            version,
            test,
            unit,
            x,
            *rng.choice([(low, high)] * 6 + [(None, high), (low, None), (None, None)]),
            baseline,
            said,
        )


def study(folder: Path, some: list[Case]) -> list[Path]:
    """Each case a subject of its own: its baseline on the day before the infusion, its value on the day after."""
    subjects, labs = folder / "subjects.csv", folder / "labs.csv"
    with subjects.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(
            [("subject_id", "infusion_date"), *((f"S{i}", "2026-01-10") for i in range(len(some)))]
        )
    with labs.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("subject_id", "date", "test", "value", "unit", "lln", "uln", *COLUMNS))
        for i, case in enumerate(some):
            limits_of = (text(case.lln), text(case.uln))
            if case.baseline is not None:
                writer.writerow(
                    (
                        f"S{i}",
                        "2026-01-09",
                        case.test,
                        text(case.baseline),
                        case.unit,
                        *limits_of,
                        *[""] * len(COLUMNS),
                    )
                )
            said = ["" if c not in case.columns else "yes" if case.columns[c] else "no" for c in COLUMNS]
            writer.writerow((f"S{i}", "2026-01-11", case.test, text(case.x), case.unit, *limits_of, *said))
    return [subjects, labs]


def graded(
    folder: Path, some: list[Case], *settings: str
) -> dict[tuple[int, str], tuple[int | None, int | None, str, str]]:
    """What the command says of each case: subject and side -> grade, ceiling, what is missing, flags."""
    from typer.testing import CliRunner

    from senl_ae.cli import app

    (folder / "senl-ae.toml").write_text("\n".join(settings) + "\n", encoding="utf-8")
    out = folder / "results"
    result = CliRunner().invoke(
        app, ["grade", *map(str, study(folder, some)), "--out", str(out), "--no-workbook", "--quiet"]
    )
    assert result.exit_code == 0, result.output
    found: dict[tuple[int, str], tuple[int | None, int | None, str, str]] = {}
    with (out / "labs.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["study_day"] == "1" and row["term"]:
                key = (int(row["subject_id"][1:]), row["direction"])
                assert key not in found, (some[key[0]], row["term"])
                found[key] = (
                    *(int(row[c]) if row[c] else None for c in ("grade", "grade_ceiling")),
                    row["missing"],
                    row["flags"],
                )  # type: ignore[assignment]
    return found


def disagreements(folder: Path, version: str, n: int, seed: int) -> list[tuple[object, ...]]:
    some = list(cases(version, n, seed))
    found = graded(folder, some, f'ctcae = "{version}"')
    wrong: list[tuple[object, ...]] = []
    for i, case in enumerate(some):
        for side in ("low", "high"):
            wanted, have = read(case, side), found.get((i, side))
            if wanted is None and have is None:
                continue
            # a missing limit leaves the ceiling to the program: what it cannot rule out
            open_limit = case.uln is None or case.lln is None
            if (
                wanted is None
                or have is None
                or wanted[0] != have[0]
                or (wanted[1] != have[1] and not open_limit)
            ):
                known = f"x={text(case.x)} L={text(case.lln)} U={text(case.uln)} B={text(case.baseline)}"
                wrong.append(
                    (case.test, case.unit, side, known, dict(case.columns), "text", wanted, "program", have)
                )
    return wrong


@pytest.mark.parametrize("version", VERSIONS)
def test_the_command_agrees_with_a_second_reader(version: str, tmp_path: Path) -> None:
    wrong = disagreements(tmp_path, version, CASES, seed=20260115)
    assert not wrong, f"{len(wrong)} of {CASES}:\n" + "\n".join(map(str, wrong[:10]))
