"""The program's answers on reported adverse events beside the scalar reading: run both on a batch of studies and say where they differ.

python tests/oracle/ae_compare.py --seed 7 --studies 50

All that depends on how the program writes its results stands here and, for the tables, in ae_compare_counts.py (`spoken` folds both sides
to one form, LABELS says how the rows of the overview are printed).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from ae_checks import findings_of  # noqa: E402
from ae_compare_counts import (  # noqa: E402
    GRADING_TABLES,
    Difference,
    all_counts,
    count_differences,
    frequent_counts,
    groups_in_force,
    interest_differences,
    overview_differences,
    people_of,
    spoken,
)
from ae_labs import lab_verdicts  # noqa: E402
from ae_random import random_batch, write_batch  # noqa: E402
from ae_records import records_of  # noqa: E402
from ae_words import fold  # noqa: E402
from compare import run_program, table  # noqa: E402

Record = dict[str, Any]
FLAGS = {
    "grade-from-severity",
    "by-words",
    "not-worse-than-baseline",
    "worsening-unknown",
    "day0-order-unknown",
}
CODES = {
    "end-before-start", "grade45-not-serious", "grade5-without-death", "death-without-event", "grade5-outcome-not-fatal",
    "fatal-without-grade5", "start-after-death", "end-after-death", "start-after-cutoff", "ongoing-with-end", "end-missing",
    "grade-missing", "serious-missing", "relation-missing", "duplicate-record", "same-term-overlap", "grade-change-records", "not-coded",
    "term-in-two-classes", "start-imputed", "end-imputed", "day0-order-unknown", "worsening-unknown",
}  # fmt: skip
PLAIN = (
    "record",
    "event",
    "start_day",
    "end_day",
    "period",
    "emergent",
    "in_window",
    "grade",
    "grade_ceiling",
    "baseline_grade",
)
WORDS = (
    "term",
    "pt",
    "soc",
    "scale",
    "start_raw",
    "start_imputed",
    "end_raw",
    "ongoing",
    "serious",
    "related",
    "dlt",
    "outcome",
)


def lab_terms_in_force() -> dict[str, tuple[str, str]]:
    """Folded name -> the laboratory term it stands for, by the first of that term's own names, and its direction."""
    data = tomllib.loads((GRADING_TABLES / "ae_lab_terms.toml").read_text(encoding="utf-8"))
    return {
        fold(name): (one["terms"][0], one["direction"])
        for one in data["term"]
        for name in (*one["terms"], *one["names"])
    }


def events_renumbered(rows: list[Record]) -> dict[tuple[str, str], int]:
    """Event numbers of each subject in the order in which they first occur: which records are together is compared, not the numbers."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["subject_id"], spoken(row["event"]))
        if key[1] and key not in found:
            found[key] = sum(k[0] == key[0] for k in found) + 1
    return found


def column_values(row: Record, events: dict[tuple[str, str], int]) -> Record:
    said = {name: spoken(row[name]) for name in (*PLAIN, *WORDS)}
    said["event"] = spoken(events.get((row["subject_id"], spoken(row["event"]))))
    for name in ("ongoing", "serious", "related", "dlt"):
        said[name] = {"1": "yes", "0": "no"}.get(said[name], said[name])
    said["soc"] = "" if said["soc"] == "not coded" else said["soc"]
    for name in ("start", "end"):
        said[name] = spoken(row[name])
    flags = row["flags"] if isinstance(row["flags"], set) else set(filter(None, row["flags"].split(";")))
    said["flags"] = " ".join(sorted(flags & FLAGS))
    aesi = row["aesi"] if isinstance(row["aesi"], list) else row["aesi"].split(";")
    said["aesi"] = " ".join(sorted(filter(None, aesi)))
    return said


def moment(value: datetime | None, timed: bool) -> Any:
    return value if value is None or timed else value.date()


def oracle_columns(record: Record) -> Record:
    end_timed = bool(record["end_span"] and record["end_span"].timed)
    return {
        **record,
        "start": moment(record["start"], record["start_timed"]),
        "end": moment(record["end"], end_timed),
    }


def record_differences(folder: Path, records: list[Record]) -> list[Difference]:
    program = table(folder, "adverse_events")
    if len(program) != len(records):
        return [("records", "all", "number of rows", str(len(program)), str(len(records)))]
    ours, theirs = events_renumbered(records), events_renumbered(program)
    found = []
    for row, record in zip(program, records, strict=True):
        here, there = column_values(row, theirs), column_values(oracle_columns(record), ours)
        here["source row"], there["source row"] = row["source"].rsplit(":", 1)[-1], str(record["row"] + 1)
        where = f"row {record['row'] + 1}: {record['shown']} {record['start_raw']}..{record['end_raw']}"
        found += [
            (f"column {name}", record["subject_id"], where, here[name], there[name])
            for name in there
            if here[name] != there[name]
        ]
    return found


def finding_key(code: str, subject: str, row: str) -> tuple[str, str, str]:
    """A name in two classes is said once for the study, a death without an event once for the subject."""
    if code == "term-in-two-classes":
        return code, "", ""
    return code, subject, "" if code == "death-without-event" else row


def issue_differences(
    folder: Path, findings: list[tuple[str, str, int]], people: dict[str, Record]
) -> list[Difference]:
    """Findings on infused subjects: what is said of the rows of others is not compared."""
    infused = {name for name, subject in people.items() if subject["infused"]}
    program = {
        finding_key(i["code"], i["subject_id"], i["row"])
        for i in table(folder, "issues")
        if i["code"] in CODES and i["subject_id"] in infused
    }
    oracle = {finding_key(c, s, str(n + 1)) for c, s, n in findings if c in CODES and s in infused}
    return [
        (
            f"issue {code}",
            subject,
            row,
            str((code, subject, row) in program),
            str((code, subject, row) in oracle),
        )
        for code, subject, row in sorted(program ^ oracle)
    ]


def derived(folder: Path, terms: dict[str, tuple[str, str]]) -> dict[str, list[Record]]:
    """The program's laboratory grades by subject: given, as far as this comparison goes."""
    found = defaultdict(list)
    for row in table(folder, "labs"):
        if row["term"]:
            found[row["subject_id"]].append({
                "term": terms.get(fold(row["term"]), (row["term"],))[0],
                "direction": row["direction"], "date": date.fromisoformat(row["datetime"][:10]),
                "grade": int(float(row["grade"])) if row["grade"] else None,
                "grade_ceiling": int(float(row["grade_ceiling"])) if row["grade_ceiling"] else 5,
            })  # fmt: skip
    return found


def lab_differences(folder: Path, records: list[Record], people: dict[str, Record]) -> list[Difference]:
    names = (
        "term",
        "direction",
        "start",
        "end",
        "reported_grade",
        "derived_grade",
        "derived_ceiling",
        "derived_date",
        "verdict",
    )
    terms = lab_terms_in_force()
    program = Counter(
        (
            r["subject_id"],
            *(spoken(r[n])[:10] if n in ("start", "end", "derived_date") else spoken(r[n]) for n in names),
        )
        for r in table(folder, "ae_labs")
    )
    oracle: Counter = Counter()
    labs = derived(folder, terms)
    for name, subject in people.items():
        if subject["infused"]:
            own = [r for r in records if r["subject_id"] == name]
            for row in lab_verdicts(own, subject, terms, labs[name]):
                oracle[(name, *(spoken(row[n]) for n in names))] += 1
    differ = [(k, "program") for k in program - oracle] + [(k, "oracle") for k in oracle - program]
    return [("ae_labs", key[0], side, " ".join(key[1:]), "") for key, side in sorted(differ)]


LEAST = [(5, False), (10, True), None, None]
"""In which batches terms are left out: below 5 % of Total, below 10 % of every column; the other half has none left out."""


def disagreements(folder: Path, batch: Record, least: tuple[float, bool] | None) -> list[Difference]:
    """Every difference; counts only where the records agree, because what follows from a difference is not another one."""
    people = people_of(batch, "dose")
    records, findings = records_of(batch["events"], people, groups_in_force())
    found = record_differences(folder, records)
    found += issue_differences(folder, findings + findings_of(records, people), people)
    found += lab_differences(folder, records, people)
    if any(kind.startswith(("column", "records")) for kind, *_ in found):
        return found
    long = all_counts(folder)
    for by in ("dose", "cohort"):
        found += count_differences(long, batch, records, by)
        found += overview_differences(long, batch, records, by)
        found += interest_differences(long, batch, records, by)
    if least:
        long = frequent_counts(folder, *least)
        found += count_differences(long, batch, records, "dose", min_pct=least[0], in_any=least[1])
    return found


def compare(seed: int, studies: int) -> tuple[Record, list[Difference]]:
    batch = random_batch(seed, studies)
    with tempfile.TemporaryDirectory() as place:
        files = write_batch(Path(place) / "study", batch)
        run_program(files, Path(place) / "results")
        return batch, disagreements(Path(place) / "results", batch, LEAST[seed % len(LEAST)])


def account(batch: Record, name: str, where: str = "") -> str:
    """A subject's facts and rows in a few readable lines; of one name only where a difference names it."""
    facts = [s for s in batch["subjects"] if s["subject_id"] == name]
    rows = [r for r in batch["events"] if r["subject_id"] == name]
    rows = [r for r in rows if fold(r["pt"] or r["term"]) in fold(where)] or rows
    lines = [" ".join(f"{k}={v}" for k, v in f.items() if v not in (None, "")) for f in facts]
    return "\n".join(lines + ["  " + " ".join(f"{k}={v}" for k, v in r.items() if v != "") for r in rows])


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Where the program and the scalar reading of adverse events differ."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--show", type=int, default=3, help="differences to print of each kind")
    asked = parser.parse_args()
    batch, found = compare(asked.seed, asked.studies)
    print(f"{len(found)} differences in {len(batch['events'])} rows of {len(batch['subjects'])} subjects")
    for kind, number in Counter(f[0] for f in found).most_common():
        print(f"\n== {kind}: {number}")
        for _, who, where, here, there in [f for f in found if f[0] == kind][: asked.show]:
            print(account(batch, who, where))
            print(f"    >> {who} {where}: program {here!r}, oracle {there!r}")


if __name__ == "__main__":
    main()
