"""What in the reported record contradicts itself or is missing, one finding for each record, for somebody at the site to settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Whole, Words
from senl_ae.grade.adverse_events.dates import FAR, Dated
from senl_ae.grade.adverse_events.emergence import Emergence
from senl_ae.grade.adverse_events.records import Said, name_of
from senl_ae.grade.adverse_events.words import conventions
from senl_ae.grade.time.spans import date_of
from senl_ae.issues import Issue
from senl_ae.study import NO_TIME, AdverseEvents, Study
from senl_ae.vocabulary.event_names import folded_name

SHOWN = 60
"""So many characters of a term are shown."""
ASK = "ask the site"


@dataclass(frozen=True)
class Finding:
    """One kind of finding: the records it is true of, the column it is about, what to say of one record.

    whole: where a sheet has no such column at all, one line says so for all its records.
    """

    code: str
    where: Mask
    column: str
    found: str
    expected: str
    done: str
    severity: str = "note"
    whole: bool = False


def checks(
    study: Study, source: AdverseEvents, said: Said, dated: Dated, emergence: Emergence
) -> list[Issue]:
    """Every finding of the reported record, in the order of the codes, records in the order of the input."""
    findings = [
        *_of_dates(study, source, dated),
        *_of_ends(source, said),
        *_of_deaths(study, source, said),
        *_of_blanks(said),
        *_of_courses(emergence),
        *_of_imputation(dated, emergence),
    ]
    names = name_of(source)
    told = [issue for finding in findings for issue in _issues(study, source, names, finding)]
    return [*told, *_deaths_without_event(study, source, said), *_two_classes(study, source, said)]


def _last_known(study: Study, columns: Sequence[str], who: Whole) -> Whole:
    """The earliest of some dates of each record's subject, in days; FAR where none is known."""
    known = [np.where(study.subjects[c] == NO_TIME, FAR, date_of(study.subjects[c])) for c in columns]
    earliest: Whole = np.minimum.reduce(known)[who]
    return earliest


def _of_dates(study: Study, source: AdverseEvents, dated: Dated) -> Iterator[Finding]:
    """Ends before starts, and dates after the last that is known of the subject, each at the earliest that it can be."""
    yield Finding(
        "end-before-start",
        dated.end_unused,
        "end",
        "ends ({end_raw}) before it starts ({start_raw})",
        "an end after the start",
        "both kept; the end is not used",
        "set aside",
    )
    death = _last_known(study, ["death"], source.subject)
    seen = _last_known(study, ["last_contact", "cutoff"], source.subject)
    starts, ends = (
        np.where(source[f"{c}_first"] == NO_TIME, -FAR, date_of(source[f"{c}_first"]))
        for c in ("start", "end")
    )
    kept = f"kept as reported; {ASK}"
    yield Finding(
        "start-after-death", starts > death, "start", "starts ({start_raw}) after the death", "", kept
    )
    yield Finding("end-after-death", ends > death, "end", "ends ({end_raw}) after the death", "", kept)
    yield Finding(
        "start-after-cutoff",
        starts > seen,
        "start",
        "starts ({start_raw}) after the last contact or the cut-off",
        "",
        kept,
    )


def _of_ends(source: AdverseEvents, said: Said) -> Iterator[Finding]:
    """Ends beside "ongoing", and records of which nothing says how they ended."""
    going, no_end = source.ongoing == "yes", source.end_precision == "missing"
    yield Finding(
        "ongoing-with-end",
        going & ~no_end,
        "ongoing",
        "is said to be ongoing, and to end ({end_raw})",
        "one of the two",
        f"the end is used; {ASK}",
    )
    yield Finding(
        "end-missing",
        no_end & ~going & ~said.fatal,
        "end",
        "has no end, and is not said to be ongoing",
        "an end, or ongoing",
        f"taken as ongoing; {ASK}",
        whole=True,
    )


def _of_deaths(study: Study, source: AdverseEvents, said: Said) -> Iterator[Finding]:
    """Grades, outcomes, seriousness and dates of death that disagree."""
    how = conventions()
    five, fatal = said.grade == how.most, source.outcome == "fatal"
    alive = study.subjects.death[source.subject] == NO_TIME
    kept = f"counted as reported; {ASK}"
    severe = (said.grade >= how.life_threatening) & (said.serious == 0)
    yield Finding("grade45-not-serious", severe, "serious", "has grade 4 or 5 and is not serious", "", kept)
    yield Finding(
        "grade5-without-death",
        five & alive,
        "grade",
        "has grade 5, and no death is recorded",
        "a date of death",
        f"counted as reported; the death is not taken from it; {ASK}",
    )
    other = five & ~fatal & ~pd.isna(source.outcome)
    yield Finding("grade5-outcome-not-fatal", other, "outcome", "has grade 5 and outcome {outcome}", "", kept)
    graded = fatal & (said.grade < how.most)
    yield Finding("fatal-without-grade5", graded, "grade", "has outcome fatal and a grade below 5", "", kept)
    yield Finding(
        "fatal-disagrees",
        fatal & alive & ~five,
        "outcome",
        "is reported with outcome fatal, and no death is recorded",
        "an outcome and a date of death that agree",
        f"counted as reported; the death is not taken from it; {ASK}",
    )


def _of_blanks(said: Said) -> Iterator[Finding]:
    """Blanks that the tables count by a convention."""
    yield Finding(
        "grade-missing",
        np.isnan(said.grade),
        "grade",
        "has no grade",
        "a grade",
        f'counted in "any grade", in no grade; {ASK}',
    )
    yield Finding(
        "serious-missing",
        said.flags["serious-missing"],
        "serious",
        "is not said to be serious or not",
        "yes or no",
        f"counted as not serious; {ASK}",
        whole=True,
    )
    yield Finding(
        "relation-missing",
        said.flags["relation-missing"],
        "related",
        "has no relation",
        "related or not",
        f"counted as related; {ASK}",
        whole=True,
    )
    yield Finding(
        "not-coded",
        ~said.coded,
        "pt",
        "is not coded",
        "a coded term (pt)",
        f"counted by the term as reported, in the class {conventions().not_coded}",
        whole=True,
    )


def _of_courses(emergence: Emergence) -> Iterator[Finding]:
    """Rows of one name that overlap, and those that follow each other, which is how a change of grade is written."""
    course = emergence.course
    yield Finding(
        "same-term-overlap",
        course.overlaps,
        "start",
        "overlaps another record of the same name and subject",
        "records that follow each other",
        f"counted as one event; {ASK}",
    )
    yield Finding(
        "grade-change-records",
        course.follows & ~course.overlaps,
        "start",
        "follows another record of the same name and subject",
        "",
        "counted as one event: a change of grade",
    )


def _of_imputation(dated: Dated, emergence: Emergence) -> Iterator[Finding]:
    """Dates of which only a part is known, and what they or missing times leave open."""
    yield Finding(
        "start-imputed",
        dated.start_imputed != "",
        "start",
        "has a start of which {start_precision} is not known: {start_raw}",
        "a whole date",
        f"taken as the infusion where it may be that, else as the first date that it can be; {ASK}",
    )
    part = (dated.end_imputed != "") & (dated.end_imputed != "missing")
    yield Finding(
        "end-imputed",
        part,
        "end",
        "has an end of which {end_precision} is not known: {end_raw}",
        "a whole date",
        f"taken as the last date that it can be; {ASK}",
    )
    yield Finding(
        "day0-order-unknown",
        emergence.flags["day0-order-unknown"],
        "start",
        "starts on the date of the infusion, before or after it",
        "times of both",
        f"assumed to have begun after it; {ASK}",
    )
    yield Finding(
        "worsening-unknown",
        emergence.flags["worsening-unknown"],
        "baseline_grade",
        "began before the infusion and lasted beyond it",
        "the grade just before the infusion",
        f"not counted: it may have become worse; {ASK}",
    )


UNKNOWN = {"D": "the day", "M": "the month", "missing": "the whole"}
"""What of a date is not known, in words."""


def _issues(study: Study, source: AdverseEvents, names: Words, finding: Finding) -> list[Issue]:
    """One issue for each record of a finding; for those of a sheet without the column, one for the sheet."""
    at = np.flatnonzero(finding.where)
    lacks = np.array([finding.whole and finding.column not in s.columns for s in study.sheets], dtype=bool)
    of_sheets = np.unique(source.sheet[at[lacks[source.sheet[at]]]]).tolist()
    whole = [_of_sheet(study, finding, s, int((source.sheet[at] == s).sum())) for s in of_sheets]
    at = at[~lacks[source.sheet[at]]]
    letters = [sheet.columns.get(finding.column, "") for sheet in study.sheets]
    asked = [name for _, name, _, _ in Formatter().parse(finding.found) if name]
    said = [[_shown(value) for value in source[column][at].tolist()] for column in asked]
    told = [
        finding.found.format(**dict(zip(asked, values, strict=True))) for values in zip(*said, strict=True)
    ]
    return whole + [
        Issue(
            finding.severity,
            finding.code,
            study.sheets[sheet].file,
            study.sheets[sheet].sheet,
            row,
            letters[sheet],
            who,
            f'"{str(name)[:SHOWN]}" {text}',
            finding.expected,
            finding.done,
        )
        for sheet, row, who, name, text in zip(
            source.sheet[at].tolist(),
            source.row[at].tolist(),
            study.subjects.subject_id[source.subject[at]].tolist(),
            names[at].tolist(),
            told or [finding.found] * len(at),
            strict=True,
        )
    ]


def _shown(value: Any) -> str:
    """What a row says in a column, for the text of a finding."""
    return (
        "blank"
        if value is None
        else f"{value:g}"
        if isinstance(value, float)
        else UNKNOWN.get(value, str(value))
    )


def _of_sheet(study: Study, finding: Finding, number: int, rows: int) -> Issue:
    """One line for a sheet that has no column of it."""
    sheet = study.sheets[number]
    return Issue(
        finding.severity,
        finding.code,
        sheet.file,
        sheet.sheet,
        found=f"the sheet has no column {finding.column}: each of its {rows} reported events {finding.found}",
        expected=finding.expected,
        done=finding.done,
        rows=rows,
    )


def _deaths_without_event(study: Study, source: AdverseEvents, said: Said) -> Iterator[Issue]:
    """Infused subjects that died and of whom no reported event is fatal."""
    s = study.subjects
    told = np.zeros(len(s), dtype=bool)
    told[source.subject[said.fatal]] = True
    for i in np.flatnonzero((s.death != NO_TIME) & (s.infusion != NO_TIME) & ~told).tolist():
        yield Issue(
            "note",
            "death-without-event",
            **study.address("subjects", i, "death_date"),
            found="a death is recorded, and no reported event has grade 5 or a fatal outcome",
            expected="the event that was fatal",
            done=f"no event is taken from it; {ASK}",
        )


def _two_classes(study: Study, source: AdverseEvents, said: Said) -> Iterator[Issue]:
    """Coded names that stand in two classes: each at its first record in a second one."""
    at = np.flatnonzero(said.coded & ~pd.isna(source.soc))
    codes, classes = pd.factorize(source.soc[at])
    keys = np.array([folded_name(str(name)) for name in classes], dtype=object)
    pairs = pd.DataFrame({"at": at, "name": said.name[at], "class": keys[codes] if len(at) else keys})
    first = pairs.drop_duplicates(["name", "class"])
    again = first[first["name"].duplicated()].drop_duplicates("name")
    one = first.drop_duplicates("name").set_index("name")["at"]
    for i, name in zip(again["at"].tolist(), again["name"].tolist(), strict=True):
        yield Issue(
            "note",
            "term-in-two-classes",
            **study.address(source, i, "soc"),
            found=f'"{str(source.pt[i])[:SHOWN]}" stands in "{source.soc[int(one[name])]}" and in "{source.soc[i]}"',
            expected="one class",
            done="counted in each as recorded, and once above them",
        )
