"""Reported adverse events as the tables count them: which records count, under which class and term, and once per subject in every row.

A subject stands once in a row, at the highest grade of its records there. Nothing is graded, joined or dated here: periods, emergence
and events are those of adverse_events.csv.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Whole
from senl_ae.report.count.cohort import Cohort
from senl_ae.report.count.derived_events import with_derived
from senl_ae.report.count.event_names import NOT_CODED, Named, named
from senl_ae.report.count.folder import ResultsFolder

FILE = "adverse_events"
YES, NO = ("1", "1.0", "yes"), ("0", "0.0", "no")
SEVERE_FROM, FATAL, HIGHEST = 3, 5, 5
AFTER, LYMPHODEPLETION, LATE = "infusion", "lymphodepletion", "late"
BEFORE = ("before", LYMPHODEPLETION)
WORSENING_UNKNOWN, NOT_WORSE = "worsening-unknown", "not-worse-than-baseline"
FATAL_BY_REASON = "fatal-by-reason"
MISSING_RELATION, MISSING_SERIOUS = "relation-missing", "serious-missing"


@dataclass(frozen=True, eq=False)
class Records:
    """The records of the subjects infused, in the order of adverse_events.csv; every array has one element a record."""

    frame: pd.DataFrame
    subject: Whole
    """Position in the cohort."""
    classes: Named
    terms: Named
    """The term and the class it stands in together: a name in two classes is two terms."""
    counted: Mask
    """In the window asked for, and emergent or assumed to be."""
    assumed: Mask
    """Emergent by assumption: the record cannot tell."""

    @cached_property
    def grade(self) -> Numbers:
        return self.frame["grade"].to_numpy(dtype=float)

    @cached_property
    def ceiling(self) -> Numbers:
        """The highest grade not ruled out; without a grade, and without a known bound, the highest there is."""
        told = np.fmax(self.frame["grade_ceiling"].to_numpy(dtype=float), self.grade)
        return np.where(np.isnan(told), float(HIGHEST), told)

    @cached_property
    def event(self) -> Whole:
        """A number per event of the study; a record that is in no event has a number of its own."""
        number = self.frame["event"].to_numpy(dtype=float)
        inside = ~np.isnan(number)
        most = int(number[inside].max()) + 1 if inside.any() else 1
        own = len(self.frame) + np.arange(len(self.frame)) + most * (int(self.subject.max(initial=0)) + 1)
        return np.where(inside, self.subject * most + np.nan_to_num(number).astype(int), own)

    def says(self, column: str, words: Sequence[str]) -> Mask:
        """Whether a yes-or-no column says one of these words."""
        found: Mask = self.frame[column].astype(str).isin(words).to_numpy()
        return found

    def has(self, column: str, word: str) -> Mask:
        """Whether a column of words joined by `;` holds one of them."""
        codes, texts = pd.factorize(self.frame[column])
        held = np.array([word in str(text).split(";") for text in texts] + [False], dtype=bool)
        return held[codes]

    @cached_property
    def serious(self) -> Mask:
        return self.says("serious", YES)

    @cached_property
    def related(self) -> Mask:
        """Related unless the investigator said that it is not: a missing relation counts as one."""
        return ~self.says("related", NO)

    @cached_property
    def fatal(self) -> Mask:
        """Of grade 5, with the outcome that it was fatal, or serious for the reason that it was."""
        by_outcome = (self.frame["outcome"] == "fatal").to_numpy()
        return (self.grade == FATAL) | by_outcome | self.has("flags", FATAL_BY_REASON)

    @cached_property
    def severe(self) -> Mask:
        return self.grade >= SEVERE_FROM

    @cached_property
    def period(self) -> np.ndarray:
        return self.frame["period"].to_numpy(dtype=object)

    @cached_property
    def worsening_unknown(self) -> Mask:
        """Present before the infusion, and whether it became worse is not recorded."""
        return self.has("flags", WORSENING_UNKNOWN) & ~self.counted

    @cached_property
    def present_not_worse(self) -> Mask:
        """Present at the infusion, and its grade afterwards is not above the one before."""
        end = self.frame["end_day"].to_numpy(dtype=float)
        open_at_infusion = np.isin(self.period, BEFORE) & (np.isnan(end) | (end > 0))
        open_at_infusion &= self.frame["baseline_grade"].notna().to_numpy()
        not_above = (self.frame["emergent"] == "no").to_numpy() & ~self.has("flags", WORSENING_UNKNOWN)
        return (open_at_infusion & not_above) | self.has("flags", NOT_WORSE)


def records_of(results: ResultsFolder, cohort: Cohort) -> Records:
    """The records of the subjects infused, with what counts in the window asked for, which may be shorter than the one graded with."""
    frame = results.frame(FILE)
    if results.settings.get("ae_syndromes") == "derived":
        frame = with_derived(frame, results, cohort)
    subject = pd.Index(cohort.ids).get_indexer(pd.Index(frame["subject_id"]))
    frame, subject = frame[subject >= 0].reset_index(drop=True), subject[subject >= 0]
    day, end = (frame[name].to_numpy(dtype=float) for name in ("start_day", "end_day"))
    after = (frame["period"] == AFTER).to_numpy()
    counted = frame["in_window"].astype(str).isin(YES).to_numpy() & ~(after & (day > cohort.window))
    assumed = (frame["emergent"] == "assumed").to_numpy() | (~after & ~(end <= cohort.window))
    return Records(frame, subject, *named(frame), counted=counted, assumed=assumed & counted)


@dataclass(frozen=True, eq=False)
class Rows:
    """Subjects in rows: one element per row and subject that has a record there, sorted by row, then by subject."""

    row: Whole
    subject: Whole
    grade: Numbers
    """The highest grade of its records in the row; nan where none has a grade."""
    ceiling: Numbers
    events: Whole
    assumed: Mask
    """It counts by assumption only."""
    onset: Numbers
    """Study day of its first record in the row, Day 0 where that began before; nan where no record has one."""

    @classmethod
    def together(cls, parts: Sequence[tuple[Rows, int]]) -> Rows:
        """Several kinds of rows as one, those of each behind the number given, in rising order."""
        joined = {f.name: np.concatenate([getattr(rows, f.name) for rows, _ in parts]) for f in fields(cls)}
        return cls(**joined | {"row": np.concatenate([rows.row + first for rows, first in parts])})


def in_rows(records: Records, which: Mask, row: Whole) -> Rows:
    """The records chosen, once per subject in each row; row: the row of each record of the study."""
    at = np.flatnonzero(which)
    n = int(records.subject.max(initial=0)) + 1
    key = row[at] * n + records.subject[at]
    order = np.lexsort((records.event[at], key))
    at, key = at[order], key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
    if not len(at):
        none = np.zeros(0)
        return Rows(none.astype(int), none.astype(int), none, none, none.astype(int), none > 0, none)
    event = records.event[at]
    new_event = np.r_[True, (event[1:] != event[:-1]) | (key[1:] != key[:-1])]
    onset = np.maximum(records.frame["start_day"].to_numpy(dtype=float)[at], 0)
    return Rows(
        row=key[first] // n,
        subject=key[first] % n,
        grade=np.fmax.reduceat(records.grade[at], first),
        ceiling=np.maximum.reduceat(records.ceiling[at], first),
        events=np.add.reduceat(new_event.astype(int), first),
        assumed=np.logical_and.reduceat(records.assumed[at], first),
        onset=np.fmin.reduceat(onset, first),
    )


def per_row(rows: Rows, count: int, mask: Mask) -> Whole:
    """How many subjects of each row are in a mask over subjects in rows."""
    return np.bincount(rows.row[mask], minlength=count)


@dataclass(frozen=True)
class Shown:
    """The rows of a table by class and term, in the order of print: every class, then its terms."""

    classes: Whole
    """The class of each row."""
    terms: Whole
    """The term of each row, -1 for a row of the class."""


def in_order(records: Records, of_classes: Rows, of_terms: Rows, kept: Mask) -> Shown:
    """Classes by subjects, falling, ties by folded name; terms likewise; classes without a kept term are left out. kept: by term."""
    everyone = np.ones(len(of_classes.row), dtype=bool), np.ones(len(of_terms.row), dtype=bool)
    in_class = per_row(of_classes, len(records.classes), everyone[0])
    in_term = per_row(of_terms, len(records.terms), everyone[1])
    term = np.flatnonzero((in_term > 0) & kept)
    of = records.terms.within[term]
    order = np.lexsort((records.terms.place[term], -in_term[term], records.classes.place[of], -in_class[of]))
    term, of = term[order], of[order]
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]][: len(of)])
    return Shown(np.insert(of, starts, of[starts]), np.insert(term, starts, -1))


__all__ = ["NOT_CODED", "Records", "Rows", "Shown", "in_order", "in_rows", "per_row", "records_of"]
