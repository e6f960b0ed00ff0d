"""Golden cases as sentences: a record in plain words, and the grade it must have.

A case is one subject. `given` holds entries separated by ` | `:

    subject: age 5, death_date D12, death_cause CRS
    D3 08:00: temperature 38.5, sbp 120, oxygen_device nasal cannula, oxygen_flow 6      (a timed row of the vitals)
    D3: temperature 38.5                                                                 (a date-only row)
    neuro D3 08:00: ice_total 7                                                          (a row of the neurological checks)
    vasopressor norepinephrine D3 06:00 to D3 11:00 for procedure                        (an intervention; no `to`: no end)
    ruling CRS exclude all D3 to D5                                                      (an adjudication)

`then` holds entries of the same form: `D3 08:00: CRS 2`, `D3: CRS 0 ceiling 3 flag sign-without-fever`, `D3 08:00: ICANS NE`,
`patient: crs_grade 5, crs_grade_in_window 1`. A ceiling that is not named equals the grade (and is blank for NE). `no-flag X` denies one.
Day 0 is 2026-03-02; the infusion is at 10:00 unless the subject says otherwise. Adults of 40 unless said.
"""

from __future__ import annotations

import csv
import datetime
import re
from dataclasses import dataclass
from pathlib import Path

DAY_0 = datetime.date(2026, 3, 2)
MOMENT = r"D(-?\d+)(?: (\d\d:\d\d))?"
VITALS = (
    "temperature",
    "sbp",
    "dbp",
    "map",
    "spo2",
    "oxygen_device",
    "oxygen_flow",
    "fio2",
    "hypotension",
    "fluid_bolus",
    "vasopressors",
    "tocilizumab",
    "corticosteroid",
    "antipyretic",
    "anticytokine",
)
NEURO = (
    "ice_total",
    "ice_orientation",
    "ice_naming",
    "ice_command",
    "ice_writing",
    "ice_attention",
    "capd_total",
    *(f"capd_{i}" for i in range(1, 9)),
    "consciousness",
    "avpu",
    "rass",
    "gcs",
    "seizure",
    "motor",
    "cerebral_oedema",
    "icp_sign",
    "sedated",
    "unable_reason",
)
SUBJECT = (
    "age",
    "birth_date",
    "dose_level",
    "hypotension_sbp",
    "developmental_delay",
    "death_date",
    "death_cause",
    "last_contact_date",
    "cutoff_date",
    "retreatment_date",
    "conditioning_date",
    "new_therapy_date",
)
INTERVENTIONS = ("category", "agent", "start", "end", "flow", "fio2", "indication", "ongoing")
RULINGS = ("syndrome", "action", "sign", "start", "end", "grade", "reason", "by")


@dataclass(frozen=True)
class Case:
    """One row of a golden file."""

    file: str
    case: str
    study: str
    given: str
    then: str


def load(path: Path) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Case(path.name, r["case"], r["study"] or "default", r["given"], r["then"])
            for r in csv.DictReader(lines)
        ]


def moment(text: str) -> str:
    """`D3 08:00` as a date and time of the calendar."""
    found = re.fullmatch(MOMENT, text.strip())
    if not found:
        raise ValueError(f"not a moment: {text!r}")
    date = DAY_0 + datetime.timedelta(days=int(found[1]))
    return f"{date} {found[2]}" if found[2] else str(date)


def pairs(text: str) -> dict[str, str]:
    """`temperature 38.5, oxygen_device nasal cannula` as a dict."""
    out = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition(" ")
        out[name] = value.strip().replace(" and ", "; ")
    return out


@dataclass
class Rows:
    """The sheets a case writes to: sheet name -> rows."""

    sheets: dict[str, list[dict[str, str]]]

    def add(self, sheet: str, row: dict[str, str]) -> None:
        self.sheets.setdefault(sheet, []).append(row)


def given_rows(case: Case, rows: Rows) -> None:
    """The sheet rows of one case; its name is the subject's id."""
    subject = {"subject_id": case.case, "age": "40"}
    infusion = "D0 10:00"
    for entry in filter(None, (e.strip() for e in case.given.split(" | "))):
        if entry.startswith("subject:"):
            facts = pairs(entry[8:])
            infusion = facts.pop("infusion", infusion)
            subject |= {k: moment(v) if re.fullmatch(MOMENT, v) else v for k, v in facts.items()}
        elif entry.startswith("ruling "):
            _ruling(case, entry, rows)
        elif found := re.fullmatch(rf"(neuro )?({MOMENT}): (.+)", entry):
            kind = "neuro" if found[1] else "vitals"
            when, timed = moment(found[2]), bool(found[4])
            items = pairs(found[5])
            unknown = set(items) - set(NEURO if kind == "neuro" else VITALS)
            if unknown:
                raise ValueError(f"{case.case}: unknown item {unknown}")
            rows.add(
                f"{kind}_{'timed' if timed else 'daily'}",
                {"subject_id": case.case, "datetime" if timed else "date": when, **items},
            )
        else:
            _intervention(case, entry, rows)
    if subject.get("age") == "unknown":
        subject["age"] = ""
    timed = " " in infusion
    subject["infusion_datetime"] = moment(infusion)
    rows.add("subjects" if timed else "subjects_dated", subject)


def _intervention(case: Case, entry: str, rows: Rows) -> None:
    found = re.fullmatch(
        r"(?P<category>\S+) (?P<agent>.*?) ?(?P<start>D-?\d+(?: \d\d:\d\d)?)(?: to (?P<end>D-?\d+(?: \d\d:\d\d)?|now))?"
        r"(?: at (?P<flow>[\d.-]+))?(?: for (?P<indication>.+))?",
        entry,
    )
    if not found:
        raise ValueError(f"{case.case}: not understood: {entry!r}")
    row = {k: v or "" for k, v in found.groupdict().items()}
    timed = ":" in row["start"]
    row["start"] = moment(row["start"])
    row["ongoing"] = "yes" if row["end"] == "now" else ""
    row["end"] = "" if row["end"] in ("", "now") else moment(row["end"])
    rows.add(f"interventions_{'timed' if timed else 'dated'}", {"subject_id": case.case, **row})


def _ruling(case: Case, entry: str, rows: Rows) -> None:
    found = re.fullmatch(
        r"ruling (?P<syndrome>\S+) (?P<action>exclude|grade) (?P<what>\S+) (?P<start>D-?\d+(?: \d\d:\d\d)?)"
        r"(?: to (?P<end>D-?\d+(?: \d\d:\d\d)?))?",
        entry,
    )
    if not found:
        raise ValueError(f"{case.case}: not understood: {entry!r}")
    row = {
        "subject_id": case.case,
        "syndrome": found["syndrome"],
        "action": found["action"],
        "reason": "another cause",
        "by": "committee",
    }
    row["sign" if found["action"] == "exclude" else "grade"] = found["what"]
    row["start"], row["end"] = moment(found["start"]), moment(found["end"]) if found["end"] else ""
    rows.add(f"adjudications_{'timed' if ':' in found['start'] else 'dated'}", row)


HEADINGS = {
    "subjects": ("subject_id", "infusion_datetime", *SUBJECT),
    "subjects_dated": ("subject_id", "infusion_datetime", *SUBJECT),
    "vitals_timed": ("subject_id", "datetime", *VITALS),
    "vitals_daily": ("subject_id", "date", *VITALS),
    "neuro_timed": ("subject_id", "datetime", *NEURO),
    "neuro_daily": ("subject_id", "date", *NEURO),
    "interventions_timed": ("subject_id", *INTERVENTIONS),
    "interventions_dated": ("subject_id", *INTERVENTIONS),
    "adjudications_timed": ("subject_id", *RULINGS),
    "adjudications_dated": ("subject_id", *RULINGS),
}
DROPPED = {"no-oxygen": ("oxygen_device", "oxygen_flow"), "no-vasopressors": ("vasopressors",)}
"""Columns that a study of that name does not have."""


def write_study(folder: Path, cases: list[Case], study: str) -> list[Path]:
    """The cases of one study as CSV files."""
    rows = Rows({})
    for case in cases:
        given_rows(case, rows)
    out = []
    for sheet, entries in rows.sheets.items():
        headings = [h for h in HEADINGS[sheet] if h not in DROPPED.get(study, ())]
        path = folder / f"{sheet}.csv"
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, headings, restval="")
            writer.writeheader()
            writer.writerows(entries)
        out.append(path)
    return out


@dataclass(frozen=True)
class Claim:
    """What a case says must come out: of an assessment, or of the patient's figures."""

    case: Case
    when: str
    syndrome: str
    grade: str
    ceiling: str
    flags: tuple[str, ...]
    not_flags: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()


def claims(case: Case) -> list[Claim]:
    out = []
    for entry in filter(None, (e.strip() for e in case.then.split(" | "))):
        if entry.startswith("patient:"):
            out.append(Claim(case, "", "", "", "", (), (), tuple(pairs(entry[8:]).items())))
            continue
        found = re.fullmatch(
            rf"({MOMENT}): (?P<syndrome>\S+) (?P<grade>NE|\d)(?: ceiling (?P<ceiling>\d))?(?P<flags>(?: (?:no-)?flag \S+)*)",
            entry,
        )
        if not found:
            raise ValueError(f"{case.case}: not understood: {entry!r}")
        flags = re.findall(r" (no-)?flag (\S+)", found["flags"])
        grade = "" if found["grade"] == "NE" else found["grade"]
        out.append(
            Claim(
                case,
                moment(found[1]) + (":00" if found[3] else ""),
                found["syndrome"],
                grade,
                found["ceiling"] or grade,
                tuple(f for no, f in flags if not no),
                tuple(f for no, f in flags if no),
            )
        )
    return out
