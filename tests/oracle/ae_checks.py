"""What a reader of the log is asked to look at: findings on single records and on deaths, by code."""

from __future__ import annotations

from typing import Any

from ae_records import Finding

Record = dict[str, Any]


def check_record(r: Record, subject: Record) -> list[str]:
    """Codes of one record of an infused subject."""
    start, end = r["start_span"], r["end_span"]
    death = subject.get("death")
    last = [subject[f] for f in ("last_contact", "cutoff") if subject.get(f) is not None]
    found = {
        "end-before-start": r["end_unused"],
        "grade5-without-death": r["grade"] == 5 and death is None,
        "grade5-outcome-not-fatal": r["grade"] == 5 and r["outcome"] not in ("", "fatal"),
        "fatal-without-grade5": r["outcome"] == "fatal" and r["grade"] in (1, 2, 3, 4),
        "start-after-death": death is not None and start is not None and start.first.date() > death,
        "end-after-death": death is not None and end is not None and end.first.date() > death,
        "start-after-cutoff": bool(last) and start is not None and start.first.date() > min(last),
        "ongoing-with-end": r["ongoing"] == "yes" and end is not None,
        "end-missing": end is None and r["ongoing"] != "yes" and not r["fatal"],
        "grade45-not-serious": r["grade"] in (4, 5) and r["serious"] == "no",
        "grade-missing": r["grade"] is None,
        "serious-missing": r["serious"] == "",
        "relation-missing": r["related"] == "",
        "not-coded": not r["pt"],
        "start-imputed": r["start_imputed"] != "",
        "end-imputed": r["end_imputed"] != "",
        "day0-order-unknown": "day0-order-unknown" in r["flags"],
        "worsening-unknown": "worsening-unknown" in r["flags"],
    }
    return [code for code, holds in found.items() if holds]


def findings_of(records: list[Record], subjects: dict[str, Record]) -> list[Finding]:
    """Every finding on the records of infused subjects, then deaths that no record explains (row 0)."""
    findings = []
    for r in records:
        if r["infused"]:
            findings += [
                (code, r["subject_id"], r["row"]) for code in check_record(r, subjects[r["subject_id"]])
            ]
    explained = {r["subject_id"] for r in records if r["fatal"]}
    for subject_id, subject in subjects.items():
        if subject["infused"] and subject.get("death") is not None and subject_id not in explained:
            findings.append(("death-without-event", subject_id, 0))
    return findings
