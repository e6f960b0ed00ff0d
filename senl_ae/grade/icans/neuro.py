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
UNABLE = {"ice": -1.0, "capd": 33.0}
"""By tool, what stands for "could not be performed": worse than any score."""
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


def _ranked(columns: list[Words], item: str, rules: tuple[Rule, ...]) -> tuple[Words, list[Seconds]]:
    """The words of some columns, from the mildest to the worst, and None behind them; and each column as positions in these."""
    words = sorted({w for column in columns for w in pd.unique(pd.Series(column, dtype=object).dropna())})
    ranks = word_ranks(words, item, rules) if words else {}
    ordered = sorted(words, key=lambda w: (*ranks[w], w))
    place = {w: i for i, w in enumerate(ordered)}
    codes = [
        pd.Series(column, dtype=object).map(place).fillna(-1).to_numpy(dtype=np.int64) for column in columns
    ]
    return np.array([*ordered, None], dtype=object), codes


def worst_word(columns: list[Words], item: str, rules: tuple[Rule, ...]) -> Words:
    """Row by row the worst word of several columns."""
    words, codes = _ranked(columns, item, rules)
    return words[np.maximum.reduce(codes)]


def merged_word(column: Words, rows: Rows, n: int, item: str, rules: tuple[Rule, ...]) -> Words:
    """One word per assessment: the worst of its rows."""
    words, (code,) = _ranked([column], item, rules)
    top = np.full(n, -1, dtype=np.int64)
    np.maximum.at(top, rows.of, code[rows.position])
    return words[top]


@dataclass(frozen=True)
class _Checks:
    """Row by row: whether the tool for the age is ICE, what either tool says, and why a row says nothing of the patient's own state."""

    ice_tool: Mask
    age_unknown: Mask
    tools: dict[str, _Score]
    sedated: Mask
    not_neurological: Mask

    @property
    def hidden(self) -> Mask:
        """Rows that say nothing of consciousness and of no tool: sedated, or not performed for a reason that is not neurological."""
        return self.sedated | self.not_neurological

    def usable(self, tool: str) -> Mask:
        """Rows whose score by this tool counts."""
        return (self.ice_tool if tool == "ice" else ~self.ice_tool) & ~self.hidden

    def by_tool(self, ice: Mask, capd: Mask) -> Mask:
        """What is known of either tool, for the tool of each row."""
        return np.where(self.ice_tool, ice, capd)


def _checks(study: Study, scale: Scale, a: Assessments, rows: Rows) -> _Checks:
    frame, listed = study.neuro, scale.extra["tools"]
    ice_tool, age_unknown = uses_ice(study, scale, frame.subject, date_of(frame.time))
    tools = {tool: score(frame, f"{tool}_total", listed[tool], tool == "ice") for tool in UNABLE}
    reason = frame.unable_reason
    not_neurological = (
        ~pd.isna(reason)
        & (reason != "neurological").astype(bool)
        & ~np.where(ice_tool, tools["ice"].given, tools["capd"].given)
    )
    return _Checks(ice_tool, age_unknown, tools, _sedated(study, a, rows, len(frame)), not_neurological)


def read_neuro(study: Study, scale: Scale, settings: Settings) -> Neuro:
    """Everything the neurological rows say of each assessment from the infusion on."""
    a, rows = timeline(study, "neuro", deaths(study, scale.syndrome))
    n, checks = len(a), _checks(study, scale, a, rows)
    better, worse = _as_asked(study, scale, a, rows, checks)
    demoted, flags = _against_baseline(study, a, better, checks, scale.rules)
    flags |= {name: _any(mask, rows, n) for name, mask in _marks(study.neuro, checks).items()}
    flags["day0-order-unknown"] = day0_order_unknown(study, a)
    flags["value-set-aside"] = unreadable(study, None, rows, n, "neuro")
    flags["conflicting-values"] = conflicting(study.neuro, CONFLICTING, rows, a)
    results = [better[f"{tool}_{what}"] for tool in UNABLE for what in ("score", "unable")]
    return Neuro(
        a,
        better,
        worse,
        demoted,
        tool_assessed=~np.isnan(np.fmax.reduce(results)),
        sedated=_any(checks.hidden, rows, n),
        flags=flags,
        sources=[("neuro", rows.of, rows.position)],
    )


def _as_asked(
    study: Study, scale: Scale, a: Assessments, rows: Rows, checks: _Checks
) -> tuple[dict[str, Column], dict[str, Column]]:
    """Every item that the rules may ask about, at the better and at the worse end of an incomplete score."""
    frame, n, (ice, capd) = study.neuro, len(a), checks.tools.values()

    def of(tool: str, values: Numbers, which: str) -> Numbers:
        return merged(np.where(checks.usable(tool), values, np.nan), rows, n, which)

    awake = np.where(checks.hidden, cast("Any", None), consciousness_of(frame, scale))
    consciousness = merged_word(awake, rows, n, "consciousness", scale.rules)
    minutes = merged(frame.seizure_minutes, rows, n, "max")
    better: dict[str, Column] = {
        "ice_score": of("ice", ice.best, "min"),
        "capd_score": of("capd", capd.best, "max"),
        "ice_unable": of("ice", np.where(ice.unable, 1.0, np.nan), "max"),
        "capd_unable": of("capd", np.where(capd.unable, 1.0, np.nan), "max"),
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
    worse = better | {
        "ice_score": of("ice", ice.worst, "min"),
        "capd_score": of("capd", capd.worst, "max"),
    }
    for items in (better, worse):
        items["ice_none"] = ((items["ice_score"] == 0) | (items["ice_unable"] == 1)).astype(float)
    return better, worse


def _marks(frame: NeuroRows, checks: _Checks) -> dict[str, Mask]:
    """The flags that rows bring to their assessment."""
    ice, capd = checks.tools.values()
    by_ice, by_capd = ice.given | ice.unable, capd.given | capd.unable
    return {
        "score-disagrees-with-items": checks.by_tool(ice.disagrees, capd.disagrees),
        "wrong-tool-for-age": checks.by_tool(by_capd & ~by_ice, by_ice & ~by_capd),
        "age-unknown": checks.age_unknown,
        "sedated": checks.sedated,
        "not-assessed-for-another-reason": checks.not_neurological,
        "consciousness-to-confirm": frame.consciousness == "clouded",
    }


def _any(mask: Mask, rows: Rows, n: int) -> Mask:
    return marked(rows.of[mask[rows.position]], n)


def _sedated(study: Study, a: Assessments, rows: Rows, m: int) -> Mask:
    """Rows of a sedated patient: the row says so, or says nothing and a sedation interval covers its assessment."""
    said = np.where(study.neuro.consciousness == "sedated", 1.0, study.neuro.sedated)
    during = covered(a, *support_spans(study, ("sedation",)).bounds)
    by_interval = marked(rows.position[during[rows.of]], m)
    return (said == 1) | (np.isnan(said) & by_interval)


def _against_baseline(
    study: Study, a: Assessments, better: dict[str, Column], checks: _Checks, rules: tuple[Rule, ...]
) -> tuple[dict[str, Mask], dict[str, Mask]]:
    """Where a score is no worse than the subject's own last one before the infusion, and the flags that go with it.

    A range is no worse than baseline unless its better end is worse.
    """
    base = {tool: _baseline(study, tool, checks)[a.subject] for tool in UNABLE}
    now = {
        tool: np.where(better[f"{tool}_unable"] == 1, unable, better[f"{tool}_score"])
        for tool, unable in UNABLE.items()
    }
    with np.errstate(invalid="ignore"):
        demoted = {"ice": now["ice"] >= base["ice"], "capd": now["capd"] <= base["capd"]}
    of_capd = [r for r in rules if all(c.item == "capd_score" for c in r.when)]
    by_table = evaluate(of_capd, {"capd_score": base["capd"]}, len(a))
    return demoted, {"capd-baseline-high": by_table.grade >= HIGH_BASELINE_GRADE}


def _baseline(study: Study, tool: str, checks: _Checks) -> Numbers:
    """The last score of each subject before the infusion by this tool, where it is the tool for the age and the patient not sedated.

    An incomplete one counts at its worse end. A score in doubt (of a patient who may have been sedated, or that nobody could read) is a
    baseline at the least where it lets more pass, at the most where it lets less pass.
    """
    frame, found, unable, reading = study.neuro, checks.tools[tool], UNABLE[tool], study.reading
    subject, time = frame.subject, frame.time
    infused = study.subjects.infusion[subject] != NO_TIME
    before = ~at_or_after_infusion(study.subjects, subject, time, frame.is_day) & infused
    value = np.where(found.unable, unable, found.worst)
    unread = blank_and_in_doubt(study, "neuro", f"{tool}_total") & np.isnan(value)
    unsure = cells_in_doubt(study, "neuro", "sedated", "consciousness", "unable_reason")
    doubt = (unread | unsure) & (reading != CHARTED)
    # at the most what nobody could read is better than any score
    value = np.where(unread & doubt, unable if reading == LEAST else -np.inf * unable, value)
    assessed = np.flatnonzero(before & checks.usable(tool) & ~np.isnan(value))
    order = assessed[np.argsort(time[assessed] + frame.is_day[assessed] * 86_399, kind="stable")]
    lowest = (tool == "ice") == (reading == LEAST)  # without any certain score there is none at the most
    choose = (np.fmin if lowest else np.fmax) if reading == LEAST else (np.minimum if lowest else np.maximum)
    return _last_score(subject[order], value[order], doubt[order], len(study.subjects), choose)


def _last_score(subject: Seconds, value: Numbers, doubt: Mask, n: int, choose: np.ufunc) -> Numbers:
    """Per subject the last of these scores, which stand in order of time, or what is chosen of it and of those in doubt that follow."""
    out, last, rank = np.full(n, np.nan), np.full(n, -1, dtype=np.int64), np.arange(len(subject))
    out[subject[~doubt]], last[subject[~doubt]] = value[~doubt], rank[~doubt]
    later = doubt & (rank > last[subject])
    with np.errstate(invalid="ignore"):
        choose.at(out, subject[later], value[later])
    return out
