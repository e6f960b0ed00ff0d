"""What a reported record says: its name and class, its grade with what it may be, whether it was serious and related."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.frame import Frame
from senl_ae.grade.adverse_events.words import conventions, folded_codes, grades_of
from senl_ae.issues import Issue
from senl_ae.study import AdverseEvents

REASONS = tuple(column for column in AdverseEvents.kinds if column.startswith("serious_"))
"""Why an event is serious: a yes makes it so."""


class Records(Frame):
    """One row per reported record, in the order of the input.

    name: the folded name, numbered in their order; class_name: as it is written. ceiling: the highest grade that the record leaves open.
    start, end: as the tables use them, NO_TIME where there is none, *_imputed what of it was not known. day numbers are nan without a date
    or without an infusion. emergent "", period "" for subjects that were not infused. event: its number within the subject, nan for a
    record that is in none.
    """

    subject: Whole
    name: Whole
    class_name: Words
    grade: Numbers
    ceiling: Numbers
    serious: Numbers
    related: Numbers
    start: Seconds
    start_is_date: Mask
    start_imputed: Words
    start_day: Numbers
    end: Seconds
    end_is_date: Mask
    end_imputed: Words
    end_day: Numbers
    period: Words
    emergent: Words
    in_window: Mask
    event: Numbers
    aesi: Words


@dataclass(frozen=True)
class Group:
    """One group of special interest as the results name it. names: how many names it looks for."""

    id: str
    title: str
    names: int
    derived: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.title, "names": self.names, "derived": list(self.derived)}


@dataclass(frozen=True)
class GradedEvents:
    """The reported record with what was decided of it. source: its rows as they were read; flags: name -> records that bear it."""

    source: AdverseEvents
    records: Records
    names: tuple[str, ...]
    flags: dict[str, Mask]
    groups: tuple[Group, ...]
    labs: Frame
    """Beside the laboratory (`laboratory_table.py`)."""
    issues: tuple[Issue, ...]

    def counts(self) -> dict[str, int]:
        """Records, and how many of them are emergent, in the window, and there by assumption only; subjects with a record."""
        r = self.records
        assumed = r.in_window & (r.emergent == "assumed")
        return {
            "records": len(r),
            "subjects": len(np.unique(r.subject)),
            "emergent": int(((r.emergent == "yes") | (r.emergent == "assumed")).sum()),
            "in_window": int(r.in_window.sum()),
            "by_assumption": int(assumed.sum()),
        }


@dataclass(frozen=True)
class Said:
    """What the rows say apart from their dates."""

    name: Whole
    names: tuple[str, ...]
    coded: Mask
    class_name: Words
    grade: Numbers
    ceiling: Numbers
    serious: Numbers
    related: Numbers
    fatal: Mask
    """It says that the event killed: by grade, outcome or reason."""
    flags: dict[str, Mask]


def name_of(source: AdverseEvents) -> Words:
    """The name of each record as it is written: the coded term, else the reported one."""
    return np.where(pd.isna(source.pt), source.term, source.pt)


def said_by(source: AdverseEvents) -> Said:
    """Names, classes, grades, seriousness and relation of records, with the flags of what they rest on."""
    how = conventions()
    coded = ~pd.isna(source.pt)
    name, names = folded_codes(name_of(source))
    from_severity, severity_ceiling = grades_of(source.severity)
    by_severity = np.isnan(source.grade) & ~np.isnan(from_severity)
    grade = np.where(by_severity, from_severity, source.grade)
    upper = np.where(by_severity, severity_ceiling, np.fmax(source.grade_upper, source.grade))
    reason = np.any([source[column] == 1 for column in REASONS], axis=0)
    unassessable = source.related == "unassessable"
    yes = (source.related == "yes") | unassessable
    by_reason = source.serious_fatal == 1
    as_fatal = (grade == how.most) | (source.outcome == "fatal")
    flags = {
        "fatal-by-reason": by_reason & ~as_fatal,
        "grade-from-severity": by_severity,
        "relation-missing": pd.isna(source.related),
        "relation-unassessable": unassessable,
        "serious-by-reason": reason & (source.serious == 0),
        "serious-missing": np.isnan(source.serious) & ~reason,
    }
    return Said(
        name,
        tuple(names),
        coded,
        np.where(coded & ~pd.isna(source.soc), source.soc, how.not_coded).astype(object),
        grade,
        np.where(np.isnan(grade), how.most, upper),
        np.where(reason, 1.0, source.serious),
        np.where(flags["relation-missing"], np.nan, yes.astype(float)),
        as_fatal | by_reason,
        flags,
    )


def flags_text(flags: dict[str, Mask], n: int) -> Words:
    """The flags of each record in alphabetical order, joined by `;`."""
    return chained([(name, flags[name]) for name in sorted(flags)], n)


def chained(words: Sequence[tuple[str, Mask]], n: int) -> Words:
    """The words that are true of each of n rows, in their order, joined by `;`: every combination is written once."""
    if not words:
        return np.full(n, "", dtype=object)
    bits = np.stack([mask for _, mask in words], axis=1)
    codes, combinations = pd.factorize(
        bits.astype(np.int64) @ (1 << np.arange(bits.shape[1], dtype=np.int64))
    )
    first = np.full(len(combinations), 0)
    first[codes[::-1]] = np.arange(n)[::-1]
    texts = [";".join(word for (word, _), on in zip(words, bits[i], strict=True) if on) for i in first]
    return np.array([*texts, None], dtype=object)[:-1][codes]
