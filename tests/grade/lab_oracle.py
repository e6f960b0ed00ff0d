"""A second reader of single laboratory values: one value at a time, plain loops, exact fractions, bounds typed from the published text.

It shares no table and no code with the program. A case is a value with its range, its baseline and what the yes/no columns say; the answer
is the grade and the ceiling on one side (low, high), None where the value cannot be graded there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

VERSIONS = ("4.03", "5.0", "6.0")
COLUMNS = ("symptomatic", "intervention", "hospitalised", "anticoagulated", "transfused")
Steps = tuple[tuple[str, int], ...]

# below the limit is 1; strictly below each number is the grade beside it
LOW: dict[tuple[str, str], Steps] = {
    ("hemoglobin", "g/L"): (("100", 2), ("80", 3)),
    ("hemoglobin", "g/dL"): (("10", 2), ("8", 3)),
    ("hemoglobin", "mmol/L"): (("6.2", 2), ("4.9", 3)),
    ("platelets", "10^9/L"): (("75", 2), ("50", 3), ("25", 4)),
    ("platelets", "/uL"): (("75000", 2), ("50000", 3), ("25000", 4)),
    ("wbc", "10^9/L"): (("3", 2), ("2", 3), ("1", 4)),
    ("anc", "10^9/L"): (("1.5", 2), ("1", 3), ("0.5", 4)),
    ("anc", "/uL"): (("1500", 2), ("1000", 3), ("500", 4)),
    ("alc", "10^9/L"): (("0.8", 2), ("0.5", 3), ("0.2", 4)),
    ("cd4", "10^9/L"): (("0.5", 2), ("0.2", 3), ("0.05", 4)),
    ("cd4", "/uL"): (("500", 2), ("200", 3), ("50", 4)),
    ("haptoglobin", "g/L"): (),
    ("haptoglobin", "mg/dL"): (),
    ("bicarbonate", "mmol/L"): (),
    ("bicarbonate", "mEq/L"): (),
    ("potassium", "mmol/L"): (("3", 3), ("2.5", 4)),
    ("potassium", "mEq/L"): (("3", 3), ("2.5", 4)),
    ("sodium", "mmol/L"): (("130", 2), ("125", 3), ("120", 4)),
    ("calcium", "mmol/L"): (("2", 2), ("1.75", 3), ("1.5", 4)),
    ("calcium", "mg/dL"): (("8", 2), ("7", 3), ("6", 4)),
    ("calcium_corrected", "mmol/L"): (("2", 2), ("1.75", 3), ("1.5", 4)),
    ("calcium_corrected", "mg/dL"): (("8", 2), ("7", 3), ("6", 4)),
    ("calcium_ionized", "mmol/L"): (("1", 2), ("0.9", 3), ("0.8", 4)),
    ("magnesium", "mmol/L"): (("0.5", 2), ("0.4", 3), ("0.3", 4)),
    ("magnesium", "mg/dL"): (("1.2", 2), ("0.9", 3), ("0.7", 4)),
    ("glucose", "mmol/L"): (("3", 2), ("2.2", 3), ("1.7", 4)),
    ("glucose", "mg/dL"): (("55", 2), ("40", 3), ("30", 4)),
    ("albumin", "g/L"): (("30", 2), ("20", 3)),
    ("albumin", "g/dL"): (("3", 2), ("2", 3)),
    ("ph", "pH"): (("7.3", 3),),
}
LOW_ONLY: dict[str, dict[tuple[str, str], Steps]] = {
    "4.03": {
        ("sodium", "mmol/L"): (("130", 3), ("120", 4)),
        ("phosphate", "mmol/L"): (("0.8", 2), ("0.6", 3), ("0.3", 4)),
        ("phosphate", "mg/dL"): (("2.5", 2), ("2", 3), ("1", 4)),
    },
    "5.0": {},
    "6.0": {
        ("anc", "10^9/L"): (("1.5", 1), ("1", 2), ("0.5", 3), ("0.1", 4)),
        ("anc", "/uL"): (("1500", 1), ("1000", 2), ("500", 3), ("100", 4)),
        ("platelets", "10^9/L"): (("75", 2), ("50", 3), ("10", 4)),
        ("platelets", "/uL"): (("75000", 2), ("50000", 3), ("10000", 4)),
        ("alc", "10^9/L"): (),
    },
}
# above the limit is 1; strictly above each number is the grade beside it
HIGH: dict[tuple[str, str], Steps] = {
    ("ldh", "U/L"): (),
    ("potassium", "mmol/L"): (("5.5", 2), ("6", 3), ("7", 4)),
    ("potassium", "mEq/L"): (("5.5", 2), ("6", 3), ("7", 4)),
    ("sodium", "mmol/L"): (("150", 2), ("155", 3), ("160", 4)),
    ("calcium", "mmol/L"): (("2.9", 2), ("3.1", 3), ("3.4", 4)),
    ("calcium", "mg/dL"): (("11.5", 2), ("12.5", 3), ("13.5", 4)),
    ("calcium_corrected", "mmol/L"): (("2.9", 2), ("3.1", 3), ("3.4", 4)),
    ("calcium_corrected", "mg/dL"): (("11.5", 2), ("12.5", 3), ("13.5", 4)),
    ("calcium_ionized", "mmol/L"): (("1.5", 2), ("1.6", 3), ("1.8", 4)),
    ("magnesium", "mmol/L"): (("1.23", 3), ("3.30", 4)),
    ("magnesium", "mg/dL"): (("3", 3), ("8", 4)),
    ("cholesterol", "mmol/L"): (("7.75", 2), ("10.34", 3), ("12.92", 4)),
    ("cholesterol", "mg/dL"): (("300", 2), ("400", 3), ("500", 4)),
    ("ph", "pH"): (("7.5", 3),),
}
# numbers alone: the first number is included where it begins the band ("150 - 300")
ALONE: dict[tuple[str, str], tuple[tuple[str, str, int], ...]] = {
    ("triglycerides", "mmol/L"): (("ge", "1.71", 1), ("gt", "3.42", 2), ("gt", "5.7", 3), ("gt", "11.4", 4)),
    ("triglycerides", "mg/dL"): (("ge", "150", 1), ("gt", "300", 2), ("gt", "500", 3), ("gt", "1000", 4)),
    ("alc", "10^9/L"): (("gt", "4", 2), ("gt", "20", 3)),
    ("wbc", "10^9/L"): (("gt", "100", 3),),
}
# multiples of the limit (baseline normal), and of an abnormal baseline with what its first band includes
TIMES_LIMIT: dict[str, tuple[str, ...]] = {
    "alt": ("1", "3", "5", "20"),
    "ast": ("1", "3", "5", "20"),
    "alp": ("1", "2.5", "5", "20"),
    "ggt": ("1", "2.5", "5", "20"),
    "total_bilirubin": ("1", "1.5", "3", "10"),
    "ck": ("1", "2.5", "5", "10"),
    "aptt": ("1", "1.5", "2.5"),
    "creatinine": ("1", "1.5", "3", "6"),
    "lipase": ("1", "1.5", "2", "5"),
    "amylase": ("1", "1.5", "2", "5"),
}
TIMES_BASELINE: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "4.03": {},
    "5.0": {
        "alt": ("ge", ("1.5", "3", "5", "20")),
        "ast": ("ge", ("1.5", "3", "5", "20")),
        "alp": ("ge", ("2", "2.5", "5", "20")),
        "ggt": ("ge", ("2", "2.5", "5", "20")),
        "total_bilirubin": ("gt", ("1", "1.5", "3", "10")),
    },
    "6.0": {
        "alt": ("ge", ("1", "1.5", "2", "4")),
        "ast": ("ge", ("1", "1.5", "2", "4")),
        "ggt": ("ge", ("1", "1.5", "3", "10")),
        "total_bilirubin": ("ge", ("1", "1.5", "2.5", "10")),
    },
}
CALCIUM = ("calcium", "calcium_corrected", "calcium_ionized")
INR = {"4.03": ("1", "1.5", "2.5"), "5.0": ("1.2", "1.5", "2.5"), "6.0": ("1.2", "1.5", "2.5")}
# what a column raises a value beyond its limit to: (column, grade)
RAISES: dict[str, dict[tuple[str, str], tuple[tuple[str, int], ...]]] = {
    version: {
        ("hemoglobin", "low"): (("transfused", 3),),
        **{(t, side): (("symptomatic", 2), ("hospitalised", 3)) for t in CALCIUM for side in ("low", "high")},
        ("potassium", "low"): (("symptomatic", 2), ("intervention", 2), ("hospitalised", 3)),
        ("potassium", "high"): (("intervention", 2), ("hospitalised", 3))
        if version != "4.03"
        else (("hospitalised", 3),),
        ("sodium", "high"): (("intervention", 2), ("hospitalised", 3))
        if version != "4.03"
        else (("hospitalised", 3),),
    }
    for version in VERSIONS
}
RAISES["6.0"]["platelets", "low"] = (("transfused", 3),)


@dataclass(frozen=True)
class Case:
    """One value as a laboratory reports it; limits and the baseline are of the same unit. `columns` holds only what is recorded."""

    version: str
    test: str
    unit: str
    x: Fraction
    lln: Fraction | None = None
    uln: Fraction | None = None
    baseline: Fraction | None = None
    columns: Mapping[str, bool] = field(default_factory=dict)


def read(case: Case, direction: str) -> tuple[int | None, int | None] | None:
    """Grade and ceiling on one side; None where the version has no numeric term for the test on that side."""
    unknown = [c for c in COLUMNS if c not in case.columns]
    floor = grade(case, direction, {**dict.fromkeys(COLUMNS, False), **case.columns})
    if floor == "no term":
        return None
    if floor is None:
        return None, None
    tops = []
    for said in product((False, True), repeat=len(unknown)):
        answers = {**case.columns, **dict(zip(unknown, said, strict=True))}
        tops.append(grade(case, direction, answers, open_readings=True))
    return int(floor), max(int(t) for t in tops if t is not None and t != "no term")


def grade(
    case: Case, direction: str, says: Mapping[str, bool], open_readings: bool = False
) -> int | str | None:
    """The grade when every column is answered; open_readings: also what only another reading of the text would count."""
    found = low(case, open_readings) if direction == "low" else high(case, says, open_readings)
    if found is None or found == "no term":
        return found
    if direction == "low" and case.test == "sodium" and case.version != "4.03" and 125 <= case.x < 130:
        return 3 if says["symptomatic"] else 2
    grades = [int(found)]
    if grades[0] >= 1:
        for column, to in RAISES[case.version].get((case.test, direction), ()):
            if says[column]:
                grades.append(to)
    return max(grades)


def low(case: Case, open_readings: bool) -> int | str | None:
    key = (case.test, case.unit)
    if case.test == "fibrinogen":
        return fibrinogen(case, open_readings)
    if case.version == "4.03" and case.test == "bicarbonate":
        return "no term"
    steps = LOW_ONLY[case.version].get(key, LOW.get(key))
    if steps is None:
        return "no term"
    worst = max((g for bound, g in steps if case.x < Fraction(bound)), default=0)
    if worst or (case.test == "anc" and case.version == "6.0"):
        return worst  # 1.5 is the first bound of v6.0, whatever the laboratory's limit
    if case.lln is None:
        return None
    return 1 if case.x < case.lln else 0


def fibrinogen(case: Case, open_readings: bool) -> int | None:
    grades = []
    if case.lln is not None:
        for bound, g in (("1", 1), ("0.75", 2), ("0.5", 3), ("0.25", 4)):
            if case.x < Fraction(bound) * case.lln:
                grades.append(g)
    if case.x < Fraction("0.5" if case.unit == "g/L" else "50"):
        grades.append(4)
    counts = (
        case.version == "4.03"
        or open_readings
        or (case.lln is not None and case.baseline is not None and case.baseline < case.lln)
    )
    if case.version != "4.03" and case.lln is not None and case.x >= case.lln:
        counts = False  # neither reading of "if abnormal": value and baseline are both normal
    if case.baseline is not None and counts and case.x < case.baseline:
        fall = (case.baseline - case.x) / case.baseline * 100
        grades.append(1 if fall < 25 else 2 if fall < 50 else 3 if fall < 75 else 4)
    if grades:
        return max(grades)
    return None if case.lln is None else 0


def high(case: Case, says: Mapping[str, bool], open_readings: bool) -> int | str | None:
    key, x, u, b, v = (case.test, case.unit), case.x, case.uln, case.baseline, case.version
    if case.test == "hemoglobin":
        if u is None:
            return None
        above = x - (b if v == "4.03" and b is not None and b > u else u)
        if case.unit == "mmol/L":  # the steps are published in g/L alone
            return 0 if above <= 0 else 3 if open_readings else 1
        above *= 10 if case.unit == "g/dL" else 1
        return 0 if above <= 0 else 1 if above <= 20 else 2 if above <= 40 else 3
    if case.test in ("ldh",) and v == "4.03":
        return "no term"
    if case.test == "ck" and v == "6.0":
        return "no term"
    if case.test == "anc":
        return "no term" if v != "6.0" else None if u is None else int(x > u)
    if case.test == "eosinophils":
        if v == "4.03":
            return "no term"
        return None if u is None else int(x > u and (b is None or x > b))
    if case.test == "inr":
        by_baseline = (
            sum(x > Fraction(k) * b for k in ("1", "1.5", "2.5"))
            if says["anticoagulated"] and b is not None
            else 0
        )
        if v == "4.03" and u is None:
            return by_baseline or None
        return max(by_baseline, sum(x > Fraction(k) * (u if v == "4.03" else 1) for k in INR[v]))
    if case.test == "uric_acid":
        return uric_acid(case, says)
    if case.test == "glucose":
        return glucose(case, says, open_readings)
    if case.test in TIMES_LIMIT:
        return multiples(case, says, open_readings)
    if key in ALONE:
        return max(
            (
                g
                for op, bound, g in ALONE[key]
                if (x >= Fraction(bound) if op == "ge" else x > Fraction(bound))
            ),
            default=0,
        )
    if key not in HIGH:
        return "no term"
    worst = max((g for bound, g in HIGH[key] if x > Fraction(bound)), default=0)
    if worst:
        return worst
    return None if u is None else int(x > u)


def uric_acid(case: Case, says: Mapping[str, bool]) -> int | None:
    if case.version == "4.03" and case.x > Fraction(
        {"umol/L": "590", "mmol/L": "0.59", "mg/dL": "10"}[case.unit]
    ):
        return 4
    if case.uln is None:
        return None
    if case.x <= case.uln:
        return 0
    return 3 if says["symptomatic"] else 1


def glucose(case: Case, says: Mapping[str, bool], open_readings: bool) -> int | str | None:
    """Not said to be fasting: only the bounds of any glucose prove a grade; as a fasting value it could be more."""
    if case.version == "5.0":
        return "no term"
    first, second, third = (
        Fraction(k) for k in (("8.9", "13.9", "27.8") if case.unit == "mmol/L" else ("160", "250", "500"))
    )
    if case.x > third:
        return 4
    if case.x > second:
        return 3
    if open_readings:
        if says["hospitalised"] and case.uln is not None and case.x > case.uln:
            return 3
        if case.x > first:
            return 2
        if case.uln is not None and case.x > case.uln:
            return 1
    return 0


def multiples(case: Case, says: Mapping[str, bool], open_readings: bool) -> int | None:
    test, x, u, b, v = case.test, case.x, case.uln, case.baseline, case.version
    if test == "creatinine":
        grades = [] if u is None else [sum(x > Fraction(k) * u for k in TIMES_LIMIT[test])]
        unsaid = (
            v == "6.0" and case.lln is None
        )  # whether the baseline was low, and so counts, cannot be said
        if b is not None and (v != "6.0" or unsaid or b < (case.lln or 0)):
            by_baseline = (
                3 if x > 3 * b else 2 if x > Fraction("1.5") * b else 1 if v == "4.03" and x > b else 0
            )
            if unsaid and by_baseline and max(grades, default=0) == 0:
                return None
            if (by_baseline and not unsaid) or u is not None:
                grades.append(0 if unsaid else by_baseline)
        return max(grades, default=None)
    if u is None:
        return None
    if test == "alp" and v == "6.0":
        return int(x > u and (b is None or x > b))
    if b is not None and b > u and test in TIMES_BASELINE[v]:
        op, steps = TIMES_BASELINE[v][test]
        n = sum(x > Fraction(k) * b for k in steps)
        if v == "6.0" and test in ("alt", "ast") and n == 3 and b > 5 * u and not open_readings:
            return 2  # the 3 of v6.0 is for baselines up to 5 U
        return 1 if n == 0 and op == "ge" and x == Fraction(steps[0]) * b else n
    n = sum(x > Fraction(k) * u for k in TIMES_LIMIT[test])
    if test in ("lipase", "amylase") and v != "4.03":
        first = Fraction("3" if v == "6.0" and test == "lipase" else "2")
        if x > 5 * u:
            return 4 if says["symptomatic"] else 3
        if x > first * u:  # v6.0 has amylase at 2 with mild symptoms: how severe they were decides
            return 3 if says["symptomatic"] and (open_readings or v != "6.0" or test == "lipase") else 2
        return min(n, 2)
    return n
