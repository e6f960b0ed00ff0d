"""What the neurological checks say at each assessment: the tool for the age, its score as a range, consciousness, sedation, baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Words
from senl_ae.frame import Frame
from senl_ae.grade.rules.engine import Column, compare, evaluate
from senl_ae.grade.rules.scales import Rule, Scale
from senl_ae.grade.time.doubt import CHARTED, LEAST, blank_and_in_doubt, cells_in_doubt
from senl_ae.grade.time.spans import Assessments, Sources, covered, date_of, marked
from senl_ae.grade.time.support import support_spans
from senl_ae.grade.time.timeline import (
    Rows,
    age_at,
    at_or_after_infusion,
    conflicting,
    day0_order_unknown,
    deaths,
    merged,
    timeline,
    unreadable,
)
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, Study
from senl_ae.study import Neuro as NeuroRows

CONFLICTING = (
    "ice_total",
    "capd_total",
    "consciousness",
    "avpu",
    "rass",
    "seizure",
    "motor",
    "cerebral_oedema",
    "icp_sign",
    "sedated",
)
ICE_UNABLE, CAPD_UNABLE = -1.0, 33.0
"""Worse than any score of the tool."""
HIGH_BASELINE_GRADE = 3
"""A CAPD before the infusion that by the table would be this grade is flagged on every row."""


@dataclass(frozen=True)
class Neuro:
    """The assessments of the neurological sheet and what the rules may ask of each, at either end of an incomplete score.

    demoted: axis -> where the score is no worse than the subject's own before the infusion. tool_assessed: its tool gave a result.
    """

    a: Assessments
    better: dict[str, Column]
    worse: dict[str, Column]
    demoted: dict[str, Mask]
    tool_assessed: Mask
    sedated: Mask
    flags: dict[str, Mask] = field(default_factory=dict)
    sources: Sources = field(default_factory=list)


@dataclass(frozen=True)
class _Score:
    """A total row by row, between what the items prove and what the missing ones leave open; unable where it could not be performed."""

    best: Numbers
    worst: Numbers
    unable: Mask
    disagrees: Mask

    @property
    def given(self) -> Mask:
        return ~np.isnan(self.best)


def score(frame: Frame, total: str, items: dict[str, int], high_is_good: bool) -> _Score:
    """The total of a tool: from its items, or as recorded where no item contradicts it.

    Items missing: the total lies between their sum and the sum plus what is missing. A recorded total outside that range gives way to the
    items, and the row is marked.
    """
    matrix = np.column_stack([frame[name] for name in items])
    most = np.array(list(items.values()), dtype=float)
    some = ~np.isnan(matrix)
    low = np.where(some.any(axis=1), np.nansum(matrix, axis=1), np.nan)
    high = low + (~some * most).sum(axis=1)
    recorded = frame[total]
    with np.errstate(invalid="ignore"):
        fits = np.isnan(low) | ((recorded >= low) & (recorded <= high))
    use_total = ~np.isnan(recorded) & fits
    low, high = np.where(use_total, recorded, low), np.where(use_total, recorded, high)
    unable = (frame[total.replace("_total", "_unable")] == 1) & np.isnan(low)
    best, worst = (high, low) if high_is_good else (low, high)
    return _Score(best, worst, unable, ~np.isnan(recorded) & ~fits)


def uses_ice(study: Study, scale: Scale, subject: Seconds, date: Seconds) -> tuple[Mask, Mask]:
    """Whose tool is ICE at that date (old enough, or of unknown age, and no developmental delay), and where the age is unknown."""
    age = age_at(study.subjects, subject, date)
    delay = study.subjects.developmental_delay[subject] == 1
    old_enough, unknown = meets(age, scale.extra["tools"]["ice_from_age"])
    return (old_enough | unknown) & ~delay, unknown & ~delay


def meets(x: Column, cell: dict[str, object]) -> tuple[Mask, Mask]:
    """Whether values meet every bound of a table's cell, and where they are unknown."""
    true, unknown = zip(*(compare(x, op, bound) for op, bound in cell.items()), strict=True)
    return np.logical_and.reduce(true), np.logical_or.reduce(unknown)


def consciousness_of(frame: NeuroRows, scale: Scale) -> Words:
    """The worst of what consciousness, AVPU and RASS say in each row, ranked by the scale's own rules; None where nothing is recorded."""
    stated = frame.consciousness
    columns: list[Any] = [np.where(stated == "sedated", cast("Any", None), stated)]
    for entry in scale.extra["states"]:
        item = next(k for k in entry if k != "state")
        applies, _ = meets(frame[item], entry[item])
        if applies.any():
            columns.append(np.where(applies, entry["state"], None))
    return worst_word(columns, "consciousness", scale.rules)


def word_ranks(words: list[object], item: str, rules: tuple[Rule, ...]) -> dict[object, tuple[float, float]]:
    """How bad each listed word is by itself: the grade and the ceiling that the rules give it."""
    alone = [r for r in rules if any(c.item == item for c in r.when)]
    found = evaluate(
        alone,
        {item: np.array(words, dtype=object), "seizure_minutes_recorded": np.zeros(len(words))},
        len(words),
    )
    ceiling = np.fmax(found.grade, found.ceiling)
    return {
        w: (float(np.nan_to_num(g)), float(np.nan_to_num(c)))
        for w, g, c in zip(words, found.grade, ceiling, strict=True)
    }


def worst_word(columns: list[Words], item: str, rules: tuple[Rule, ...]) -> Words:
    """Row by row the worst word of several columns."""
    words = sorted({w for column in columns for w in pd.unique(pd.Series(column, dtype=object).dropna())})
    if not words:
        return np.full(len(columns[0]), None, dtype=object)
    ordered = sorted(words, key=lambda w: (*word_ranks(words, item, rules)[w], w))
    rank = {w: i for i, w in enumerate(ordered)}
    codes = [
        pd.Series(column, dtype=object).map(rank).fillna(-1).to_numpy(dtype=np.int64) for column in columns
    ]
    return np.array([*ordered, None], dtype=object)[np.maximum.reduce(codes)]


def merged_word(column: Words, rows: Rows, n: int, item: str, rules: tuple[Rule, ...]) -> Words:
    """One word per assessment: the worst of its rows."""
    words = sorted(pd.unique(pd.Series(column, dtype=object).dropna()))
    if not words:
        return np.full(n, None, dtype=object)
    ordered = sorted(words, key=lambda w: (*word_ranks(words, item, rules)[w], w))
    code = (
        pd.Series(column, dtype=object)
        .map({w: i for i, w in enumerate(ordered)})
        .fillna(-1)
        .to_numpy(dtype=np.int64)
    )
    top = np.full(n, -1, dtype=np.int64)
    np.maximum.at(top, rows.of, code[rows.position])
    return np.array([*ordered, None], dtype=object)[top]


def read_neuro(study: Study, scale: Scale, settings: Settings) -> Neuro:
    """Everything the neurological rows say of each assessment from the infusion on."""
    frame = study.neuro
    a, rows = timeline(study, "neuro", deaths(study, scale.syndrome))
    n, m, tools = len(a), len(frame), scale.extra["tools"]
    subject, time = frame.subject, frame.time
    ice_tool, age_unknown = uses_ice(study, scale, subject, date_of(time))
    ice, capd = (
        score(frame, "ice_total", tools["ice"], True),
        score(frame, "capd_total", tools["capd"], False),
    )
    sedated = _sedated(study, a, rows, m)
    reason = frame.unable_reason
    not_neurological = (
        ~pd.isna(reason) & (reason != "neurological") & ~np.where(ice_tool, ice.given, capd.given)
    )
    hidden = sedated | not_neurological.astype(bool)
    ice_ok, capd_ok = ice_tool & ~hidden, ~ice_tool & ~hidden

    def best(values: Numbers, keep: Mask, which: str) -> Numbers:
        return merged(np.where(keep, values, np.nan), rows, n, which)

    awake = np.where(hidden, cast("Any", None), consciousness_of(frame, scale))
    consciousness = merged_word(awake, rows, n, "consciousness", scale.rules)
    minutes = merged(frame.seizure_minutes, rows, n, "max")
    better: dict[str, Column] = {
        "ice_score": best(ice.best, ice_ok, "min"),
        "capd_score": best(capd.best, capd_ok, "max"),
        "ice_unable": best(np.where(ice.unable, 1.0, np.nan), ice_ok, "max"),
        "capd_unable": best(np.where(capd.unable, 1.0, np.nan), capd_ok, "max"),
        "consciousness": consciousness,
        "consciousness_recorded": (~pd.isna(consciousness)).astype(float),
        "seizure_minutes": minutes,
        "seizure_minutes_recorded": (~np.isnan(minutes)).astype(float),
        "gcs": merged(frame.gcs, rows, n, "min"),
        "rass": merged(frame.rass, rows, n, "min"),
        "died_of_this": a.death.astype(float),
        "died_in_course": np.zeros(n),
        "sedated_after_icans": np.zeros(n),
    }
    for word in ("seizure", "motor", "cerebral_oedema", "icp_sign"):
        better[word] = merged_word(frame[word], rows, n, word, scale.rules)
    better["ice_none"] = ((better["ice_score"] == 0) | (better["ice_unable"] == 1)).astype(float)
    worse = better | {
        "ice_score": best(ice.worst, ice_ok, "min"),
        "capd_score": best(capd.worst, capd_ok, "max"),
    }
    worse["ice_none"] = ((worse["ice_score"] == 0) | (worse["ice_unable"] == 1)).astype(float)
    demoted, flags = _against_baseline(study, a, better, (ice, ice_ok), (capd, capd_ok), scale.rules)
    by_ice, by_capd = ice.given | ice.unable, capd.given | capd.unable
    wrong_tool = np.where(ice_tool, by_capd & ~by_ice, by_ice & ~by_capd)
    for name, mask in (
        ("score-disagrees-with-items", np.where(ice_tool, ice.disagrees, capd.disagrees)),
        ("wrong-tool-for-age", wrong_tool),
        ("age-unknown", age_unknown),
        ("sedated", sedated),
        ("not-assessed-for-another-reason", not_neurological),
        ("consciousness-to-confirm", frame.consciousness == "clouded"),
    ):
        flags[name] = _any(np.asarray(mask, dtype=bool), rows, n)
    flags["day0-order-unknown"] = day0_order_unknown(study, a)
    flags["value-set-aside"] = unreadable(study, None, rows, n, "neuro")
    flags["conflicting-values"] = conflicting(frame, CONFLICTING, rows, a)
    tool = ~np.isnan(
        np.fmax(
            np.fmax(better["ice_score"], better["ice_unable"]),
            np.fmax(better["capd_score"], better["capd_unable"]),
        )
    )
    return Neuro(
        a,
        better,
        worse,
        demoted,
        tool_assessed=tool,
        sedated=_any(hidden, rows, n),
        flags=flags,
        sources=[("neuro", rows.of, rows.position)],
    )


def _any(mask: Mask, rows: Rows, n: int) -> Mask:
    return marked(rows.of[mask[rows.position]], n)


def _sedated(study: Study, a: Assessments, rows: Rows, m: int) -> Mask:
    """Rows of a sedated patient: the row says so, or says nothing and a sedation interval covers its assessment."""
    said = np.where(study.neuro.consciousness == "sedated", 1.0, study.neuro.sedated)
    during = covered(a, *support_spans(study, ("sedation",)).bounds)
    by_interval = marked(rows.position[during[rows.of]], m)
    return (said == 1) | (np.isnan(said) & by_interval)


def _against_baseline(
    study: Study,
    a: Assessments,
    better: dict[str, Column],
    ice: tuple[_Score, Mask],
    capd: tuple[_Score, Mask],
    rules: tuple[Rule, ...],
) -> tuple[dict[str, Mask], dict[str, Mask]]:
    """Where a score is no worse than the subject's own last one before the infusion, and the flags that go with it.

    Only scores of the tool for the subject's age at the time, not sedated, make a baseline. A range is no worse than baseline unless its
    better end is worse; an incomplete baseline counts at its worse end. A score in doubt (of a patient who may have been sedated,
    or that nobody could read) is a baseline at the least where it lets more pass, at the most where it lets less pass.
    """
    frame = study.neuro
    subject, time = frame.subject, frame.time
    infused = study.subjects.infusion[subject] != NO_TIME
    before = ~at_or_after_infusion(study.subjects, subject, time, frame.is_day) & infused
    n_subjects, reading = len(study.subjects), study.reading
    unsure = cells_in_doubt(study, "neuro", "sedated", "consciousness", "unable_reason") & (
        reading != CHARTED
    )
    base = {}
    for name, (tool, usable), unable in (("ice", ice, ICE_UNABLE), ("capd", capd, CAPD_UNABLE)):
        value = np.where(tool.unable, unable, tool.worst)
        unread = blank_and_in_doubt(study, "neuro", f"{name}_total") & np.isnan(value) & (reading != CHARTED)
        value = np.where(
            unread, unable if reading == LEAST else -np.inf * unable, value
        )  # at the most better than any score
        doubt = unread | unsure
        assessed = np.flatnonzero(before & usable & ~np.isnan(value))
        order = assessed[np.argsort(time[assessed] + frame.is_day[assessed] * 86_399, kind="stable")]
        lowest = (name == "ice") == (reading == LEAST)  # without any certain score there is none at the most
        choose = (
            (np.fmin if lowest else np.fmax) if reading == LEAST else (np.minimum if lowest else np.maximum)
        )
        base[name] = _last_score(subject[order], value[order], doubt[order], n_subjects, choose)
    ice_base, capd_base = base["ice"][a.subject], base["capd"][a.subject]
    ice_now = np.where(
        np.isnan(better["ice_score"]),
        np.where(better["ice_unable"] == 1, ICE_UNABLE, np.nan),
        better["ice_score"],
    )
    ice_now = np.where(better["ice_unable"] == 1, ICE_UNABLE, ice_now)
    capd_now = np.where(better["capd_unable"] == 1, CAPD_UNABLE, better["capd_score"])
    with np.errstate(invalid="ignore"):
        demoted = {"ice": ice_now >= ice_base, "capd": capd_now <= capd_base}
    by_table = evaluate(
        [r for r in rules if all(c.item == "capd_score" for c in r.when)], {"capd_score": capd_base}, len(a)
    )
    return demoted, {"capd-baseline-high": by_table.grade >= HIGH_BASELINE_GRADE}


def _last_score(subject: Seconds, value: Numbers, doubt: Mask, n: int, choose: np.ufunc) -> Numbers:
    """Per subject the last of these scores, which stand in order of time, or what is chosen of it and of those in doubt that follow."""
    out, last, rank = np.full(n, np.nan), np.full(n, -1, dtype=np.int64), np.arange(len(subject))
    out[subject[~doubt]], last[subject[~doubt]] = value[~doubt], rank[~doubt]
    later = doubt & (rank > last[subject])
    with np.errstate(invalid="ignore"):
        choose.at(out, subject[later], value[later])
    return out
