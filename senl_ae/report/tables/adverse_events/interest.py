"""Adverse events of special interest, group by group: how many, how bad, when, how they ended, which terms, what is derived beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers
from senl_ae.report.count.adverse_events import SEVERE_FROM, Records, Rows, in_rows, per_row
from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.count.syndromes import SEVERE
from senl_ae.report.tables.adverse_events.behind import records_behind
from senl_ae.report.tables.adverse_events.groups import Interest, groups_of
from senl_ae.report.tables.adverse_events.shared import (
    COUNTED,
    FAMILY,
    GRADES,
    SCALE,
    absent,
    notes_of,
    records,
    there,
)
from senl_ae.report.tables.behind import subjects
from senl_ae.report.tables.table import Cell, Counting, Table

SHELL = (Interest("", "Group of special interest", 0, ()),)
ONSET, SERIOUS, RESOLVED = "Day of onset", "Serious", "resolved"
UNDER = ("Terms", "Derived from the record")


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    found = records(counting)
    for group in groups_of(counting.results) or (SHELL if tally.mock else ()):
        _count_group(tally, counting, found, group)


def _count_group(tally: Tally, counting: Counting, found: Records, group: Interest) -> None:
    """A group of which nothing was found stands on one line that says how many names were looked for."""
    which, n = found.counted & found.has("aesi", group.id), counting.cohort.n
    one = in_rows(found, which, np.zeros(len(found.frame), dtype=int))
    who, severe, serious = (np.zeros(n, dtype=bool) for _ in range(3))
    who[one.subject], severe[one.subject[one.grade >= SEVERE_FROM]] = True, True
    serious[found.subject[which & found.serious]] = True
    onset = np.full(n, np.nan)
    onset[one.subject] = one.onset
    heading = group.title if which.any() or tally.mock else f"{group.title} ({group.names} names looked for)"
    tally.paths[tally.table, group.title] = (heading,)
    tally.count(group.title, "", who)
    if which.any() or tally.mock:
        with_event = "subjects with such an event"
        tally.count(group.title, SEVERE, severe)
        tally.count(group.title, SERIOUS, serious)
        tally.spread(group.title, ONSET, onset, who, with_event)
        tally.count(group.title, "Resolved", resolved(found, which, n), of=who, of_is=with_event)
    further = (terms_in(found, which, n), derived(counting, group))
    for row, title, masks in zip(_rows_under(group), UNDER, further, strict=True):
        tally.paths[tally.table, row] = (heading, title)
        for name, mask in masks:
            tally.count(row, name, mask)


def resolved(found: Records, which: Mask, n: int) -> Mask:
    """The subjects whose every event of these has ended well, by the outcome of its last record."""
    at = np.flatnonzero(which)
    start, end = (found.frame[name].to_numpy(dtype=float)[at] for name in ("start_day", "end_day"))
    number = found.frame["record"].to_numpy(dtype=float)[at]
    at = at[np.lexsort((number, np.nan_to_num(end, nan=np.inf), start, found.event[at]))]
    event = found.event[at]
    last = at[np.r_[event[1:] != event[:-1], True][: len(at)]]
    well = (found.frame["outcome"] == RESOLVED).to_numpy()[last]
    every = np.bincount(found.subject[last], minlength=n)
    return (every > 0) & (np.bincount(found.subject[last[well]], minlength=n) == every)


def terms_in(found: Records, which: Mask, n: int) -> Iterator[tuple[str, Mask]]:
    """The terms of these records and who has each, the most frequent first; one that stands in two classes is one term here."""
    names, first = np.unique(found.terms.place, return_index=True)
    rows: Rows = in_rows(found, which, found.terms.place[found.terms.of])
    subjects = per_row(rows, int(names.max(initial=-1)) + 1, np.ones(len(rows.row), dtype=bool))
    spelled = dict(zip(names.tolist(), found.terms.names[first].tolist(), strict=True))
    for name in np.lexsort((np.arange(len(subjects)), -subjects)).tolist():
        if subjects[name]:
            mask = np.zeros(n, dtype=bool)
            mask[rows.subject[rows.row == name]] = True
            yield str(spelled[name]), mask


def derived(counting: Counting, group: Interest) -> Iterator[tuple[str, Mask]]:
    """Who has what is derived from the record and belongs to a group, of any grade and of grade 3 or more."""
    results, cohort = counting.results, counting.cohort
    by_name = {name.casefold(): name for name in results.syndromes}
    for told in group.derived:
        name = by_name.get(told.casefold(), told)
        if name in cohort.figures and cohort.source == "derived":
            grade = cohort.figures[name]["grade"].to_numpy(dtype=float)
        elif name not in cohort.figures and results.has("lab_patients"):
            grade = _of_term(counting, name)
        else:
            continue
        yield f"{name}, any grade", grade >= 1
        yield f"{name}, grade >= 3", grade >= SEVERE_FROM


def _of_term(counting: Counting, name: str) -> Numbers:
    """The worst derived grade of a laboratory term in each subject, whichever side it grades."""
    of_labs = counting.results.frame("lab_patients")
    rows = of_labs[of_labs["term"].str.casefold() == name.casefold()]
    who = pd.Index(counting.cohort.ids).get_indexer(pd.Index(rows["subject_id"]))
    grade = np.full(counting.cohort.n, np.nan)
    np.fmax.at(grade, who, rows["worst_grade"].to_numpy(dtype=float))
    return grade


def behind(counting: Counting, cell: Cell) -> pd.DataFrame:
    """The records of the group that a row stands under, of the term where it names one; of what is derived, the subjects alone."""
    found = records(counting)
    group = next(g for g in groups_of(counting.results) if cell.row in (g.title, *_rows_under(g)))
    which = found.counted & found.has("aesi", group.id)
    if cell.row == _rows_under(group)[1]:
        return subjects(counting, cell)
    if cell.row == _rows_under(group)[0]:
        named = np.isin(found.terms.place, found.terms.place[found.terms.names == cell.level])
        which = which & named[found.terms.of]
    if cell.level in (SERIOUS, SEVERE):
        which = which & (found.serious if cell.level == SERIOUS else found.severe)
    return records_behind(counting, cell, which)


def _rows_under(group: Interest) -> list[str]:
    """How the long results spell the further lines of a group."""
    return [f"{group.title}: {title[:1].lower()}{title[1:]}" for title in UNDER]


def notes(counting: Counting) -> list[str]:
    found = records(counting)
    of_any = np.zeros(len(found.frame), dtype=bool)
    for group in groups_of(counting.results):
        of_any |= found.counted & found.has("aesi", group.id)
    told = [
        COUNTED,
        "A record may be in several groups. The names of a group were typed by people and are no dictionary's query.",
        "Onset: study day of the first event, median (min-max) [subjects]. Resolved: by the outcome of the last record of every event, of "
        "the subjects with one. Derived: from vitals, neurological checks and laboratory values, never added in.",
    ]
    if by_words := int((of_any & found.has("flags", "by-words")).sum()):
        told.append(f"{by_words} record(s) that nobody coded were found by words.")
    return [*told, *notes_of(counting, of_any)]


TABLE = Table(
    "ae-interest",
    "11g",
    "Adverse events of special interest",
    count=count,
    needs=there,
    absent=absent,
    notes=notes,
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    behind=behind,
    beside=(Side(""),),
)
