"""Rows of an events sheet -> records: what each says, whether it is emergent, in the window, and which event it belongs to.

`records_of(rows, subjects, groups)` takes rows as dicts of cells as typed, and subjects by their id with: dose_level, infused, infusion,
infusion_is_date, lymphodepletion_start, death, last_contact, cutoff (dates or None) and window_end_day. It answers the records in the order
of their rows, and findings as (code, subject, row number).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ae_dates import DAY, date_record, order_unknown, period_of, study_day
from ae_words import fold, grade, outcome, relation, severity, yes_no

Record = dict[str, Any]
Finding = tuple[str, str, int]
REASONS = ("fatal", "life_threatening", "hospitalised", "disability", "congenital", "other")
INPUT = (
    "subject_id", "term", "pt", "soc", "grade", "severity", "baseline_grade", "start", "end", "ongoing", "serious", *REASONS,
    "related", "dlt", "outcome", "action", "treatment", "scale", "event_id",
)  # fmt: skip
NOT_CODED = "Not coded"
NO_CEILING = 5


def typed(row: Record, name: str) -> str:
    """A cell as text; one that is not there is blank."""
    cell = row.get(name)
    return "" if cell is None else str(cell).strip()


def read_row(row: Record) -> Record:
    """One row as a record without dates, or None-graded where no grade was given."""
    said = {name: typed(row, name) for name in INPUT}
    low, high = grade(said["grade"])
    by_severity = low is None and said["severity"] != "" and severity(said["severity"])[0] is not None
    if by_severity:
        low, high = severity(said["severity"])
    reasons = any(yes_no(said[reason]) == "yes" for reason in REASONS)
    serious = yes_no(said["serious"])
    related, unassessable = relation(said["related"])
    flags = {"grade-from-severity"} if by_severity else set()
    record: Record = {
        "subject_id": said["subject_id"], "term": said["term"], "pt": said["pt"], "soc": said["soc"],
        "grade": low, "grade_ceiling": NO_CEILING if low is None else high, "scale": said["scale"],
        "baseline_grade": grade(said["baseline_grade"])[0], "start_raw": said["start"], "end_raw": said["end"],
        "ongoing": yes_no(said["ongoing"]), "serious": "yes" if reasons else serious, "serious_typed": serious,
        "related": related, "unassessable": unassessable, "dlt": yes_no(said["dlt"]), "outcome": outcome(said["outcome"]),
        "action": said["action"], "event_id": said["event_id"], "flags": flags,
        "name": fold(said["pt"] or said["term"]), "shown": said["pt"] or said["term"],
        "class": said["soc"] if said["pt"] and said["soc"] else NOT_CODED,
    }  # fmt: skip
    fatal_reason = yes_no(said["fatal"]) == "yes"
    record["fatal"] = record["outcome"] == "fatal" or fatal_reason or low == 5
    return record


def kept_rows(rows: list[Record]) -> tuple[list[tuple[int, Record]], list[Finding]]:
    """The rows that are records: named, not grade 0, each once."""
    kept: list[tuple[int, Record]] = []
    findings: list[Finding] = []
    seen = set()
    for number, row in enumerate(rows, start=1):
        cells = tuple(typed(row, name) for name in INPUT)
        subject = cells[0]
        again = cells in seen
        seen.add(cells)
        if not (cells[1] or cells[2]):
            findings.append(("no-name", subject, number))
        elif again:
            findings.append(("duplicate-record", subject, number))
        elif grade(cells[4])[0] == 0:
            findings.append(("grade-0", subject, number))
        else:
            kept.append((number, row))
    return kept, findings


def first_day(record: Record) -> date:
    """A record of which only an end before the infusion is known began at some time before."""
    return date.min if record["start"] is None else record["start"].date()


def joins(one: Record, other: Record) -> bool:
    """Whether two records of a name are one course: the same event_id, or one starts no later than the day after the other ends."""
    if one["event_id"] and one["event_id"] == other["event_id"]:
        return True
    first, second = sorted((one, other), key=first_day)
    if first["end"] is None:
        return True
    return first_day(second) <= first["end"].date() + DAY


def courses(records: list[Record]) -> list[list[Record]]:
    """The records of one subject and name, parted into those that join, directly or through others."""
    parts: list[list[Record]] = []
    for record in records:
        touching = [part for part in parts if any(joins(record, other) for other in part)]
        parts = [part for part in parts if part not in touching]
        parts.append([r for part in touching for r in part] + [record])
    return parts


def present_at_infusion(record: Record, subject: Record) -> bool:
    """Began before the infusion and did not end two days or more before it."""
    if record["period"] not in ("before", "lymphodepletion"):
        return False
    return record["end"] is None or record["end"].date() >= subject["infusion"].date() - DAY


def emergence_after(record: Record, present: list[Record]) -> str:
    """Of a record that starts after the infusion, given those present at the infusion that it continues."""
    from_dates = (
        "assumed" if record["start_reaches_back"] or "day0-order-unknown" in record["flags"] else "yes"
    )
    if not present:
        return from_dates
    before = [r["grade"] for r in present]
    if record["grade"] is None or None in before:
        return "assumed"
    if record["grade"] <= max(before):
        record["flags"].add("not-worse-than-baseline")
        return "no"
    return from_dates


def emergence_before(record: Record, subject: Record) -> str:
    """Of a record that starts before the infusion: it worsened where its grade is above the one just before."""
    end = record["end"]
    if record["start"] is None or (end is not None and end.date() <= subject["infusion"].date()):
        return "no"
    if record["baseline_grade"] is None or record["grade"] is None:
        record["flags"].add("worsening-unknown")
        return "no"
    if record["grade"] <= record["baseline_grade"]:
        return "no"
    day = study_day(end, subject)
    return "yes" if day is not None and day <= subject["window_end_day"] else "assumed"


def is_in_window(record: Record) -> bool:
    return record["emergent"] in ("yes", "assumed") and record["period"] != "late"


def judge_name(records: list[Record], subject: Record) -> None:
    """Emergence, the window and the joining of all records of one subject and one name."""
    for record in records:
        record["period"] = period_of(record, subject)
        if order_unknown(record, subject):
            record["flags"].add("day0-order-unknown")
    for course in courses(records):
        present = [r for r in course if present_at_infusion(r, subject)]
        for record in course:
            before = record["period"] in ("before", "lymphodepletion")
            record["emergent"] = (
                emergence_before(record, subject) if before else emergence_after(record, present)
            )
            record["in_window"] = int(is_in_window(record))


def number_events(records: list[Record]) -> None:
    """Numbers the events of one subject by their first day, then their name: records in the window that join."""
    events = []
    for name in {r["name"] for r in records}:
        events += courses([r for r in records if r["name"] == name and r["in_window"]])
    events.sort(key=lambda event: (min(map(first_day, event)), event[0]["name"]))
    for number, event in enumerate(events, start=1):
        for record in event:
            record["event"] = number


def same_name_findings(records: list[Record], subject_id: str) -> list[Finding]:
    """Of each record that begins after others of its name: whether it overlaps one of them, or else follows one."""
    findings: list[Finding] = []
    for name in sorted({r["name"] for r in records}):
        own = sorted((r for r in records if r["name"] == name), key=lambda r: (first_day(r), last_day(r)))
        for i, record in enumerate(own):
            if any(overlap(earlier, record) for earlier in own[:i]):
                findings.append(("same-term-overlap", subject_id, record["row"]))
            elif any(within_a_day(earlier, record) for earlier in own[:i]):
                findings.append(("grade-change-records", subject_id, record["row"]))
    return findings


def overlap(earlier: Record, later: Record) -> bool:
    """The later one starts before the day on which the earlier one ends."""
    return first_day(later) < last_day(earlier)


def within_a_day(earlier: Record, later: Record) -> bool:
    return earlier["end"] is None or first_day(later) <= last_day(earlier) + DAY


def last_day(record: Record) -> date:
    return date.max if record["end"] is None else record["end"].date()


def two_class_findings(records: list[Record]) -> list[Finding]:
    """A coded name with two classes anywhere in the study."""
    classes: dict[str, set[str]] = {}
    for r in records:
        if r["pt"] and r["soc"]:
            classes.setdefault(r["name"], set()).add(fold(r["soc"]))
    return [
        ("term-in-two-classes", r["subject_id"], r["row"])
        for r in records
        if len(classes.get(r["name"], ())) > 1
    ]


def folded_group(group: Record) -> Record:
    lists = {part: {fold(n) for n in group.get(part, ())} for part in ("soc", "pt", "exclude_pt", "words")}
    return {"id": group["id"], **lists}


def in_groups(record: Record, groups: list[Record]) -> list[str]:
    """The groups of special interest that a record is in: by class or name as coded, or by a word of an uncoded term."""
    found = []
    term = f" {spaced(record['term'])} "
    for group in groups:
        if record["name"] in group["exclude_pt"]:
            continue
        if record["pt"]:
            inside = record["name"] in group["pt"] or fold(record["class"]) in group["soc"]
        else:
            inside = record["name"] in group["pt"] or any(f" {spaced(w)} " in term for w in group["words"])
            record["flags"] |= {"by-words"} if inside else set()
        found += [group["id"]] if inside else []
    return found


def spaced(term: str) -> str:
    """A term as words with single spaces, without punctuation."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(term)).split())


def records_of(
    rows: list[Record], subjects: dict[str, Record], groups: list[Record] | None = None
) -> tuple[list[Record], list[Finding]]:
    kept, findings = kept_rows(rows)
    folded = [folded_group(group) for group in groups or []]
    records = []
    for number, row in kept:
        record = {"row": number, **read_row(row)}
        subject = subjects.get(record["subject_id"], {"infused": False, "dose_level": ""})
        date_record(record, subject)
        record.update(
            period="", emergent="", in_window=0, event=None, dose_level=subject.get("dose_level", "")
        )
        record["infused"] = subject["infused"]
        record["start_day"] = study_day(record["start"], subject) if subject["infused"] else None
        record["end_day"] = study_day(record["end"], subject) if subject["infused"] else None
        record["aesi"] = in_groups(record, folded)
        records.append(record)
    for number, record in enumerate(records, start=1):
        record["record"] = number
    of: dict[str, list[Record]] = {}
    for record in records:
        of.setdefault(record["subject_id"], []).append(record)
    for subject_id, own in of.items():
        subject = subjects.get(subject_id, {"infused": False})
        if subject["infused"]:
            for name in {r["name"] for r in own}:
                judge_name([r for r in own if r["name"] == name], subject)
            number_events(own)
            findings += same_name_findings(own, subject_id)
    return records, findings + two_class_findings([r for r in records if r["infused"]])


__all__ = ["INPUT", "courses", "first_day", "last_day", "records_of"]
