"""Writes laboratory_4.csv, laboratory_5.csv and laboratory_6.csv: values below, at and above every published bound, and their grade.

laboratory_bands.txt has the published terms band by band, both ends written out, independently of the grading tables (which keep one bound
per grade): the grades expected come from there, never from the program. Run this after a correction and read the difference:

    python tests/golden/laboratory_bands.py
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("symptomatic", "intervention", "hospitalised", "anticoagulated", "transfused")
FIELDS = (
    "test",
    "unit",
    "lln",
    "uln",
    "baseline",
    "baseline_lln",
    "value",
    *COLUMNS,
    "term",
    "direction",
    "grade",
    "ceiling",
    "worst",
    "says",
)

EXPRESSION = r"[0-9.]*[LUB](?:\+[0-9.]+)?|[0-9.]+"
BAND = re.compile(rf"(?:({EXPRESSION})(<=|<))?x(?:(<=|<|>=|>)({EXPRESSION}))?")


class Band:
    """One published band: which grade, between which bounds, for which baseline, and what must be known for it."""

    def __init__(self, text: str) -> None:
        grade, rest = text.strip().split(":", 1)
        self.grade, self.text = int(grade), text.strip()
        self.possible = " possible" in rest
        self.split = re.search(r"\?(\w*)", rest)
        self.raised = re.search(r"!(\w+)", rest)
        self.needs = (self.split and self.split[1]) or (self.raised and self.raised[1]) or ""
        state = re.search(r"\[(.+?)\]", rest)
        self.state = state[1] if state else ""
        self.parts = [
            BAND.search(p)
            for p in rest.split("[")[0].split("?")[0].split("!")[0].replace("possible", "").split("&")
        ]

    def bounds(self) -> list[str]:
        return [g for m in self.parts for g in (m[1], m[4]) if g]

    def holds(self, x: Decimal, known: dict[str, Decimal | None]) -> bool:
        for m in self.parts:
            for bound, op, flip in ((m[1], m[2], True), (m[4], m[3], False)):
                if not bound:
                    continue
                b = evaluate(bound, known)
                if b is None or not compare(b, op, x, flip):
                    return False
        return self.fits(known)

    def fits(self, known: dict[str, Decimal | None]) -> bool:
        b, up = known["B"], known["U"]
        if self.state == "normal":
            return b is None or b <= up
        if self.state == "abnormal":
            return b is not None and b > up
        if self.state == "low":
            return b is not None and b < known["BL"]
        if self.state == "not low":
            return b is not None and b >= known["BL"]
        if self.state == "up to 5 U":
            return b is not None and up < b <= 5 * up
        if self.state == "above 5 U":
            return b is not None and b > 5 * up
        return True


def evaluate(text: str, known: dict[str, Decimal | None]) -> Decimal | None:
    m = re.fullmatch(r"([0-9.]*)([LUB])?(?:\+([0-9.]+))?", text)
    if not m[2]:
        return Decimal(m[1])
    base = known[m[2]]
    return None if base is None else Decimal(m[1] or 1) * base + Decimal(m[3] or 0)


def compare(bound: Decimal, op: str, x: Decimal, bound_first: bool) -> bool:
    left, right = (bound, x) if bound_first else (x, bound)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


def expected(
    bands: list[Band], x: Decimal, known: dict[str, Decimal | None], columns: dict[str, str]
) -> tuple[int, int, int]:
    """What the bands say: the grade proven, the highest that is possible, and the grade of the worst-case reading."""
    grade = ceiling = worst = 0
    for band in bands:
        if not band.holds(x, known):
            continue
        answer = columns.get(band.needs, "") if band.needs else "1"
        if answer == "0":
            continue
        ceiling = max(ceiling, band.grade)
        if answer == "1" and not band.possible:
            grade = max(grade, band.grade)
        if band.split or (answer == "1" and not band.possible):
            worst = max(worst, band.grade)
    return grade, ceiling, max(worst, grade)


def around(bound: Decimal) -> list[Decimal]:
    step = Decimal(1).scaleb(bound.normalize().adjusted() - 3)
    return [bound - step, bound, bound + step]


def cases(line: str) -> list[dict[str, object]]:
    versions, test, unit, low, up, baselines, term, direction, text = (p.strip() for p in line.split("|"))
    bands = [Band(t) for t in text.split(";")]
    asked = sorted({b.needs for b in bands if b.needs})
    rows = []
    for said in ["", *baselines.split()]:
        base, _, own = said.partition(
            "@"
        )  # 1.6@2 is a baseline of 1.6 from a laboratory whose lower limit is 2
        known = {
            "L": Decimal(low) if low else None,
            "U": Decimal(up) if up else None,
            "B": Decimal(base) if base else None,
        }
        known["BL"] = Decimal(own) if own else known["L"]
        points: set[Decimal] = set()
        for band in bands:
            if not band.fits(known):
                continue
            for bound in band.bounds():
                at = evaluate(bound, known)
                if at is not None:
                    points.update(around(at))
        none = dict.fromkeys(asked, "0")
        for answers in (
            [dict.fromkeys(asked, ""), none, *({**none, a: "1"} for a in asked)] if asked else [none]
        ):
            for x in sorted(points):
                grade, ceiling, worst = expected(bands, x, known, answers)
                holding = [b.text for b in bands if b.holds(x, known) and b.grade == max(grade, ceiling)]
                rows.append(
                    {
                        "versions": versions,
                        "test": test,
                        "unit": unit,
                        "lln": low,
                        "uln": up,
                        "baseline": base,
                        "baseline_lln": own,
                        "value": f"{x:f}",
                        **answers,
                        "term": term,
                        "direction": direction,
                        "grade": grade,
                        "ceiling": ceiling,
                        "worst": worst,
                        "says": " or ".join(holding) or "no band",
                    }
                )
    return rows


def main() -> None:
    lines = (HERE / "laboratory_bands.txt").read_text(encoding="utf-8").splitlines()
    everything = [row for line in lines if line and not line.startswith("#") for row in cases(line)]
    for version in "456":
        with (HERE / f"laboratory_{version}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, extrasaction="ignore", restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in everything if version in row["versions"])


if __name__ == "__main__":
    main()
