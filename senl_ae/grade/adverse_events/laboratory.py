"""Whether the laboratory values bear out what was reported: reported events against derived grades, and severe values nobody reported."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Whole, Words
from senl_ae.grade.adverse_events.dates import FAR
from senl_ae.grade.adverse_events.records import Records
from senl_ae.settings import Settings
from senl_ae.vocabulary.event_names import folded_name
from senl_ae.vocabulary.files import TableError, check_keys, tables_folder


@lru_cache(maxsize=1)
def lab_terms() -> dict[str, tuple[tuple[str, str], ...]]:
    """Folded name -> the laboratory terms that it is, with their side; a term is named as any version of CTCAE names it.

    Raises TableError where the file cannot be used."""
    file = tables_folder() / "ae_lab_terms.toml"
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for entry in tomllib.loads(file.read_text(encoding="utf-8"))["term"]:
        check_keys(entry, ("terms", "direction", "names"), file.name, f"term {entry.get('terms')}")
        for name in [*entry["terms"], *entry["names"]]:
            key = folded_name(name)
            if key in found:
                raise TableError(f"{file.name}: {name!r} is two laboratory terms")
            found[key] = tuple((term, entry["direction"]) for term in entry["terms"])
    return found


@dataclass(frozen=True)
class Events:
    """The events of the window, one row each, dates in days: an end that is open is the end of the window. row: its first record."""

    subject: Whole
    name: Whole
    start: Whole
    end: Whole
    open_end: Mask
    grade: Numbers
    ceiling: Numbers
    row: Whole


@dataclass(frozen=True)
class Values:
    """Graded laboratory values with a date, sorted by subject, term and date. term: position in `terms`."""

    subject: Whole
    term: Whole
    date: Whole
    grade: Numbers
    ceiling: Numbers
    in_window: Mask
    source: Words
    terms: list[tuple[str, str]]
    order: Whole


def graded_values(labs: pd.DataFrame, ids: Words) -> Values:
    """The values of a study that have a grade, out of the table of laboratory results. ids: of the subjects, in their order."""
    term, side = labs["term"].to_numpy(dtype=object), labs["direction"].to_numpy(dtype=object)
    grade = labs["grade"].to_numpy(dtype=float, na_value=np.nan)
    time = labs["datetime"].to_numpy(dtype=object)
    at = np.flatnonzero(~np.isnan(grade) & (term != "") & (time != ""))
    codes, pairs = pd.factorize(pd.MultiIndex.from_arrays([term[at], side[at]]))
    days, texts = pd.factorize(time[at])
    dates = np.array([str(text)[: len("2026-01-10")] for text in texts], dtype="datetime64[D]").astype(
        np.int64
    )
    subject = pd.Index(ids).get_indexer(pd.Index(labs["subject_id"].to_numpy(dtype=object)[at]))
    date = dates[days] if len(dates) else np.zeros(0, dtype=np.int64)
    order = np.lexsort((at, date, codes, subject))
    ceiling = labs["grade_ceiling"].to_numpy(dtype=float, na_value=np.nan)
    chosen = at[order]
    return Values(
        subject[order].astype(np.int64),
        codes[order].astype(np.int64),
        date[order],
        grade[chosen],
        np.fmax(ceiling[chosen], grade[chosen]),
        labs["in_window"].to_numpy(dtype=float, na_value=0)[chosen] == 1,
        labs["source"].to_numpy(dtype=object)[chosen],
        list(pairs),
        chosen,
    )


Columns = dict[str, np.ndarray]


def against_events(
    events: Events, names: tuple[str, ...], values: Values, settings: Settings
) -> tuple[Columns, Whole]:
    """For every event that is a laboratory term the highest derived grade of its days; also the events, one row per event and term."""
    event, term = _pairs(events.name, names, values.terms)
    low = events.start[event] - settings.ae_lab_days
    high = events.end[event] + np.where(events.open_end[event], 0, settings.ae_lab_days)
    key = _key(values.subject, values.term, values.date, len(values.terms))
    left = np.searchsorted(key, _key(events.subject[event], term, low, len(values.terms)), "left")
    right = np.searchsorted(key, _key(events.subject[event], term, high, len(values.terms)), "right")
    count = np.maximum(right - left, 0)
    pair = np.repeat(np.arange(len(event)), count)
    at = np.repeat(left - np.append(0, np.cumsum(count))[:-1], count) + np.arange(int(count.sum()))
    found = _highest(pair, at, values, len(event))
    grade, derived, ceiling = events.grade[event], found["derived_grade"], found["derived_ceiling"]
    verdict = np.select(
        [np.isnan(derived), np.isnan(grade), grade < derived, grade > ceiling],
        ["no-value", "grade-missing", "reported-lower", "reported-higher"],
        "agrees",
    )
    # a grade that may be higher than reported is no contradiction
    verdict = np.where((verdict == "reported-lower") & (events.ceiling[event] >= derived), "agrees", verdict)
    return found | {"term": term, "verdict": verdict.astype(object)}, event


def _pairs(name: Whole, names: tuple[str, ...], terms: list[tuple[str, str]]) -> tuple[Whole, Whole]:
    """Positions of rows whose name is a laboratory term, and that term as a number; a term without any value takes a number behind."""
    known, number = lab_terms(), {term: i for i, term in enumerate(terms)}
    of_name: list[list[int]] = []
    for key in names:
        here = known.get(key, ())
        present = [number[term] for term in here if term in number]
        if here and not present:  # none of its values was measured: the first of its names stands for it
            number[here[0]] = len(terms)
            terms.append(here[0])
            present = [number[here[0]]]
        of_name.append(present)
    count = np.array([len(here) for here in of_name], dtype=np.int64)
    offset = np.cumsum(count) - count
    flat = np.array([term for here in of_name for term in here], dtype=np.int64)
    rows = np.repeat(np.arange(len(name)), count[name])
    place = np.arange(len(rows)) - np.repeat(np.cumsum(count[name]) - count[name], count[name])
    return rows, flat[offset[name[rows]] + place]


def _key(subject: Whole, term: Whole, date: Whole, terms: int) -> Whole:
    """One sortable number per subject, term and date."""
    return (subject * (terms + 1) + term) * (FAR << 2) + date


def _nothing(n: int) -> Columns:
    return {
        "derived_grade": np.full(n, np.nan),
        "derived_ceiling": np.full(n, np.nan),
        "derived_date": np.full(n, FAR, dtype=np.int64),
        "source_lab": np.full(n, "", dtype=object),
    }


def _highest(pair: Whole, at: Whole, values: Values, n: int) -> Columns:
    """Of the values of each pair the highest grade, the highest that any of them may be, and the first value with that grade."""
    out = _nothing(n)
    if not len(at):
        return out
    np.fmax.at(out["derived_grade"], pair, values.grade[at])
    np.fmax.at(out["derived_ceiling"], pair, values.ceiling[at])
    top = np.flatnonzero(values.grade[at] == out["derived_grade"][pair])
    first = top[np.unique(pair[top], return_index=True)[1]]
    out["derived_date"][pair[first]] = values.date[at[first]]
    out["source_lab"][pair[first]] = values.source[at[first]]
    return out


def not_reported(
    values: Values, records: Records, names: tuple[str, ...], start: Whole, end: Whole, settings: Settings
) -> Columns:
    """Runs of severe values of one subject and term in the window without a reported record of that term on their days.

    start, end: of every record, in days.
    """
    severe = values.in_window & (values.grade >= settings.ae_lab_min_grade)
    key = values.subject * (len(values.terms) + 1) + values.term
    new = np.append(True, (key[1:] != key[:-1]) | ~severe[:-1])[: len(key)]
    at = np.flatnonzero(severe)
    if not len(at):
        return _nothing(0) | {c: np.zeros(0, dtype=np.int64) for c in ("subject", "term", "start", "end")}
    run = np.cumsum(new)[at]
    _, first, pair = np.unique(run, return_index=True, return_inverse=True)
    last = np.append(first[1:], len(at)) - 1
    found = _highest(pair, at, values, len(first)) | {
        "subject": values.subject[at[first]],
        "term": values.term[at[first]],
        "start": values.date[at[first]],
        "end": values.date[at[last]],
    }
    record, term = _pairs(records.name, names, values.terms)
    runs = pd.DataFrame({c: found[c] for c in ("subject", "term", "start", "end")}).assign(
        run=np.arange(len(first))
    )
    told = pd.DataFrame(
        {
            "subject": records.subject[record],
            "term": term,
            "from": start[record] - settings.ae_lab_days,
            "to": np.minimum(end[record], FAR) + settings.ae_lab_days,
        }
    )
    both = runs.merge(told, on=["subject", "term"])
    met = both.loc[(both["from"] <= both["end"]) & (both["to"] >= both["start"]), "run"].unique()
    rest = np.setdiff1d(runs["run"].to_numpy(), met)
    return {column: array[rest] for column, array in found.items()}
