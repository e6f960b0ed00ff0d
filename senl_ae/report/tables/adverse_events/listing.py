"""Every adverse event as it was reported, one line a record, with whether and why it counts and the rows it stands in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from senl_ae.report.count.adverse_events import FILE
from senl_ae.report.count.cohort import NOT_ASSIGNED
from senl_ae.report.count.long_results import Listing
from senl_ae.report.count.printed import listing, numbers
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE, absent, there
from senl_ae.report.tables.table import Counting, Rows, Table

SAID = {"1": "yes", "1.0": "yes", "0": "no", "0.0": "no", "nan": ""}
DATES = (("Start", "start"), ("End", "end"))


def listed(frame: pd.DataFrame) -> Rows:
    """Records line by line: every column for the files; for a page the same drawn together."""
    missing = frame["grade"].isna().to_numpy()
    fields = {
        "Subject": frame["subject_id"].tolist(),
        "Dose level": frame["dose_level"].replace("", NOT_ASSIGNED).tolist(),
        "Record": numbers(frame["record"]),
        "Event": numbers(frame["event"]),
        "Class": frame["soc"].tolist(),
        "Preferred term": frame["pt"].tolist(),
        "Term as reported": frame["term"].tolist(),
        "Grade": [
            "not recorded" if no else text for no, text in zip(missing, numbers(frame["grade"]), strict=True)
        ],
        "Ceiling": numbers(frame["grade_ceiling"]),
        "Grade before": numbers(frame["baseline_grade"]),
        "Scale": frame["scale"].tolist(),
    }
    for title, name in DATES:
        fields[title] = frame[name].tolist()
        fields[f"{title} as written"] = frame[f"{name}_raw"].tolist()
        fields[f"{title} not known"] = frame[f"{name}_imputed"].tolist()
        fields[f"{title} day"] = numbers(frame[f"{name}_day"])
    fields |= {
        "Ongoing": _said(frame["ongoing"]),
        "Period": frame["period"].tolist(),
        "Emergent": frame["emergent"].tolist(),
        "Counted": _said(frame["in_window"]),
        "Serious": _said(frame["serious"]),
        "Related": _said(frame["related"]),
        "Dose-limiting": _said(frame["dlt"]),
        "Outcome": _words(frame["outcome"]),
        "Action": _words(frame["action"]),
        "Special interest": _words(frame["aesi"]),
        "Flags": _words(frame["flags"]),
        "Source": frame["source"].str.replace(";", "; ").tolist(),
    }
    return listing(fields), _page(fields)


def _said(column: pd.Series) -> list[str]:
    """yes, no, or nothing where it was not recorded."""
    return [SAID.get(str(value), str(value)) for value in column.tolist()]


def _words(column: pd.Series) -> list[str]:
    return column.str.replace(";", ", ").tolist()


def _page(fields: dict[str, list[str]]) -> Listing:
    page = {name: fields[name] for name in ("Subject", "Dose level")}
    page["Class"] = fields["Class"]
    page["Term (as reported)"] = _each(
        fields,
        ("Preferred term", "Term as reported"),
        lambda pt, term: (
            term if not pt else pt if pt.casefold() == term.casefold() or not term else f"{pt} ({term})"
        ),
    )
    page["Grade"] = _each(fields, ("Grade", "Ceiling", "Grade before"), _grade)
    for title, _ in DATES:
        page[title] = _each(
            fields, (f"{title} day", title, f"{title} as written", f"{title} not known"), _when
        )
    page["Period"] = fields["Period"]
    page["Counts"] = _each(
        fields,
        ("Counted", "Emergent"),
        lambda counted, emergent: (
            f"{counted} (assumed)" if counted == "yes" and emergent == "assumed" else counted
        ),
    )
    for name in ("Serious", "Related"):
        page[name] = fields[name]
    page["Outcome"] = _each(fields, ("Outcome", "Action", "Dose-limiting"), _ended)
    return listing(page | {name: fields[name] for name in ("Flags", "Source")})


def _each(fields: dict[str, list[str]], names: Sequence[str], of: Callable[..., str]) -> list[str]:
    return [of(*values) for values in zip(*(fields[name] for name in names), strict=True)]


def _grade(grade: str, ceiling: str, before: str) -> str:
    text = grade if not ceiling or ceiling == grade else f"{grade} (to {ceiling})"
    return f"{text}, before {before}" if before else text


def _when(day: str, date: str, written: str, unknown: str) -> str:
    """The study day and the date; where a part was not known, as it was written."""
    text = f"D{day} {date[:16]}" if day else date[:16]
    return f"{text} ({written or 'missing'})".strip() if unknown and date else text or written


def _ended(outcome: str, action: str, limiting: str) -> str:
    return "; ".join(
        word
        for word in (
            outcome,
            "" if action == "none" else action,
            "dose-limiting" if limiting == "yes" else "",
        )
        if word
    )


def rows(counting: Counting) -> Rows:
    return listed(counting.results.frame(FILE))


NOTE = (
    "One line per record, also of subjects not infused and of events that do not count. D: study day; Day 0 is the date of the infusion. "
    "A date in brackets is as it was written: only a part of it is known. (to n): a grade up to n is not ruled out; before n: grade just "
    "before the infusion."
)

TABLE = Table(
    "ae-listing",
    "11i",
    "Adverse events as reported",
    rows=rows,
    needs=there,
    absent=absent,
    notes=lambda _: [NOTE],
    kind="listing",
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    first_lines=40,
)
