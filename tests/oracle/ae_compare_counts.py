"""The program's tables of adverse events beside the scalar counts: order of rows, every figure, overview, groups of special interest."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import tempfile
import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ae_counts import columns, interest, overview, percent, tables
from ae_words import fold

Record = dict[str, Any]
Difference = tuple[str, str, str, str, str]
"""Kind, subject or column, where, the program's answer, the oracle's."""

GRADING_TABLES = Path(__file__).resolve().parents[2] / "grading_tables"


GROUPED = {"dose": "dose_level", "cohort": "cohort"}
"""What `--by` is called in the long results."""
TABLES = ("ae-terms", "ae-grades", "ae-related", "ae-serious", "ae-fatal", "ae-lymphodepletion")


def groups_in_force() -> list[Record]:
    """The groups of special interest as their files say, in the order of their names."""
    return [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(GRADING_TABLES.rglob("aesi_*.toml"))]


def spoken(value: Any) -> str:
    """One form for both sides: numbers, moments to the minute, words folded; blank as blank."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:16].replace("T", " ")
    return spoken_text(str(value))


@cache
def spoken_text(value: str) -> str:
    text = re.sub(r"^(\d{4}-\d\d-\d\d \d\d:\d\d):00$", r"\1", value.strip())
    with contextlib.suppress(ValueError):
        return f"{float(text):g}"
    return fold(text.replace("_", " "))


def all_counts(folder: Path) -> list[dict[str, str]]:
    """Every table by dose level and by cohort."""
    named = (word for name in (*TABLES, "ae-overview", "ae-interest") for word in ("--table", name))
    return summarize(folder, "--by", "dose", "--by", "cohort", *named)


def frequent_counts(folder: Path, min_pct: float, in_any: bool) -> list[dict[str, str]]:
    """The tables of terms by dose level without the terms that too few have."""
    named = (word for name in TABLES for word in ("--table", name))
    asked = ("--min-pct", str(min_pct), *(("--min-pct-in", "any") if in_any else ()))
    return summarize(folder, "--by", "dose", *asked, *named)


def summarize(folder: Path, *words: str) -> list[dict[str, str]]:
    """The long results of `senl-ae summarize FOLDER WORDS`."""
    from senl_ae.cli import app

    with tempfile.TemporaryDirectory() as out:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                app(
                    ["summarize", str(folder), *words, "--format", "csv", "--out", f"{out}/t"],
                    standalone_mode=False,
                )
        except SystemExit as stop:
            if stop.code:
                raise RuntimeError(f"no tables: {said.getvalue()[:2000]}") from None
        with Path(out, "t", "long.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def term_answers(
    name: str, rows: list[tuple[str, str, Record]]
) -> tuple[list[tuple[str, str]], dict[tuple, str]]:
    """The order of the rows, and every figure by (row, level, column, statistic)."""
    order, figures = [], {}
    for soc, term, cells in rows:
        row, level = (soc, term) if name != "ae-grades" else (": ".join(filter(None, (soc, term))), "")
        order.append((fold(row), fold(level)))
        for column, c in cells.items():
            key = (fold(row), fold(level), column)
            if name == "ae-grades":
                for grade, n in c["grades"].items():
                    figures[key[0], fold(f"Grade {grade}"), column, "n"] = str(n)
                if any(x["missing"] for x in cells.values()):
                    figures[key[0], fold("Grade missing"), column, "n"] = str(c["missing"])
                continue
            figures[(*key, "n")] = str(c["n"])
            figures[(*key, "percent")] = percent(c["n"], c["of"])
            figures[(*key, "n_grade3plus")] = str(c["grade3plus"])
            figures[(*key, "percent_grade3plus")] = percent(c["grade3plus"], c["of"])
            figures[(*key, "events")] = str(c["events"])
            figures[(*key, "n_assumed")] = str(c["assumed"])
    return order, figures


def table_differences(name: str, by: str, long: list[dict[str, str]], rows: list) -> list[Difference]:
    """Order of the rows, then every figure that both sides have or should have."""
    order, figures = term_answers(name, rows)
    own = [
        r for r in long if (r["table"], r["group_by"]) == (name, GROUPED[by]) and r["row"] != "Column heading"
    ]
    asked = {key[3] for key in figures}
    program = {
        (fold(r["row"]), fold(r["level"]), r["group"], r["statistic"]): spoken(
            r["printed"] if r["statistic"].startswith("percent") else r["value"]
        )
        for r in own
        if r["statistic"] in asked
    }
    seen = list(dict.fromkeys((k[0], "" if name == "ae-grades" else k[1]) for k in program))
    found: list[Difference] = []
    if seen != order:
        first = next(
            (i for i, (a, b) in enumerate(zip(seen, order, strict=False)) if a != b),
            min(len(seen), len(order)),
        )
        found.append(
            (f"{name} order", by, f"row {first}", str(seen[first : first + 2]), str(order[first : first + 2]))
        )
    for key in sorted(set(program) | set(figures)):
        here, there = program.get(key, "absent"), figures.get(key, "absent")
        there = spoken(there) if there != "absent" else there
        if (name, key[3]) == ("ae-lymphodepletion", "events"):
            continue  # what begins before the infusion is in no event of the window
        if here != there and not ({here, there} <= {"absent", "", "-", "0"}):
            found.append((f"{name} {key[3]}", f"{by}={key[2]}", f"{key[0]} / {key[1]}", here, there))
    return found


def people_of(batch: Record, by: str) -> dict[str, Record]:
    """The subjects with what `--by` parts them by in the place of the dose level."""
    if by == "dose":
        return {s["subject_id"]: s for s in batch["subjects"]}
    return {s["subject_id"]: {**s, "dose_level": s[by], "dose": "1"} for s in batch["subjects"]}


def count_differences(
    long: list[dict[str, str]], batch: Record, records: list[Record], by: str, **options: Any
) -> list[Difference]:
    found: list[Difference] = []
    for name, rows in tables(records, people_of(batch, by), **options).items():
        found += table_differences(name, by, long, rows)
    return found


LABELS = {
    "event": "Any adverse event", "grade >= 3": "Grade >= 3", "grade 4": "Grade 4", "grade 5": "Grade 5", "related": "Related",
    "related grade >= 3": "Related, grade >= 3", "serious": "Serious", "related serious": "Related and serious", "fatal": "Fatal",
    "dlt": "Dose-limiting, as reported", "lymphodepletion": "Began in the lymphodepletion",
    "not worse": "Present before, not worse", "number of events": "Number of events",
}  # fmt: skip
"""How the rows of the overview are printed."""


def overview_differences(
    long: list[dict[str, str]], batch: Record, records: list[Record], by: str
) -> list[Difference]:
    people, groups = people_of(batch, by), groups_in_force()
    long = [r for r in long if r["table"] == "ae-overview" and r["group_by"] == GROUPED[by]]
    program = {
        (fold(r["level"] or r["row"]), r["group"], r["statistic"]): spoken(r["value"])
        for r in long
        if r["row"] != "Column heading"
    }
    titles = {f"interest {g['id']}": g["title"] for g in groups}
    found: list[Difference] = []
    for name, cells in overview(records, people, groups):
        label = fold(LABELS.get(name) or titles.get(name) or name)
        for column, c in cells.items():
            wanted = {"n": c["n"], "events": c["events"]}
            if name in ("lymphodepletion", "not worse"):
                wanted = {"n": c["n"]}  # what is not in the window is in no event
            if name == "number of events":
                wanted = {"total": c["events"]}
            for statistic, value in wanted.items():
                here = program.get((label, column, statistic), "absent")
                if here != str(value):
                    found.append((f"ae-overview {name}", f"{by}={column}", statistic, here, str(value)))
    return found


def interest_differences(
    long: list[dict[str, str]], batch: Record, records: list[Record], by: str
) -> list[Difference]:
    people, groups = people_of(batch, by), groups_in_force()
    long = [r for r in long if r["table"] == "ae-interest" and r["group_by"] == GROUPED[by]]
    program: dict[tuple, str] = {}
    for r in long:
        program.setdefault((fold(r["row"]), fold(r["level"]), r["group"], r["statistic"]), spoken(r["value"]))
    titles = {g["id"]: fold(g["title"]) for g in groups}
    found: list[Difference] = []
    for group, cells in interest(records, people, groups):
        for column in columns(people):
            c = cells[column]
            wanted: dict[tuple[str, str], Any] = {
                ("", "n"): c["n"],
                ("grade >= 3", "n"): c["grade3plus"],
                ("serious", "n"): c["serious"],
                ("resolved", "n"): c["resolved"],
            }
            if c["onset"]:
                names = ("median", "min", "max", "values")
                wanted |= {("day of onset", n): v for n, v in zip(names, c["onset"], strict=True)}
            for (level, statistic), value in wanted.items():
                here = program.get((titles[group], level, column, statistic), "0")
                if here != spoken(value):
                    found.append(
                        (f"ae-interest {level} {statistic}", f"{by}={column}", group, here, spoken(value))
                    )
            terms = [k[1] for k in program if k[0] == f"{titles[group]}: terms" and k[2:] == (column, "n")]
            if terms != cells["terms"]:
                found.append(("ae-interest terms", f"{by}={column}", group, str(terms), str(cells["terms"])))
    return found
