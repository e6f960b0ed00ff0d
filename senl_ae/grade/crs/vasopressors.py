"""Which vasopressors run at each assessment, and whether two of them are proven to run together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.grade.time.spans import Assessments, Mask, Seconds, cover, covered
from senl_ae.grade.time.support import after_open_end, counts_as, overlaps, roles
from senl_ae.grade.time.timeline import Numbers, Rows, unreadable
from senl_ae.settings import Settings
from senl_ae.study import Study

COUNTED, REQUIRED = "vasopressor", "vasopressin"
"""Roles: agents that count towards two; agents that show a vasopressor was required and never count towards two."""


@dataclass(frozen=True)
class Vasopressors:
    """At each assessment, at the better and the worse end of the record: counted agents running, together, and vasopressin alone.

    Counts are 0, 1 or more; `known` where the record says anything. `from_interval` pairs lead back to interventions rows; `given_by`
    are those of assessments whose own rows name no vasopressor.
    """

    running: Numbers
    together: Numbers
    alone: Numbers
    running_worst: Numbers
    together_worst: Numbers
    alone_worst: Numbers
    known: Mask
    inotrope: Mask
    differs: Mask
    from_interval: tuple[Seconds, Seconds]
    given_by: tuple[Seconds, Seconds]


@dataclass(frozen=True)
class _Cell:
    """One distinct cell of the vasopressors column: counted agents, whether vasopressin stands there, unnamed agents, inotropes."""

    counted: frozenset[str]
    required: bool
    unnamed: int
    maybe_more: bool
    inotrope: bool


def read_cell(text: str) -> _Cell:
    """What a cell says: agents joined by `;`, a count of unnamed ones, `yes` (one or more, unnamed), `none`."""
    if text == "none":
        return _Cell(frozenset(), False, 0, False, False)
    if text == "yes":
        return _Cell(frozenset(), False, 1, True, False)
    if text.isdigit():
        return _Cell(frozenset(), False, int(text), int(text) >= 2, False)
    agents, role = text.split(";"), roles()
    return _Cell(
        frozenset(a for a in agents if role.get(a) == COUNTED),
        any(role.get(a) == REQUIRED for a in agents),
        sum(a == "yes" for a in agents),
        "yes" in agents or "unlisted" in agents,
        any(role.get(a) == "inotrope" for a in agents),
    )


def vasopressors_at(
    study: Study,
    a: Assessments,
    rows: Rows,
    spans: pd.DataFrame,
    settings: Settings,
    has_source: bool,
) -> Vasopressors:
    """Vasopressors in force: the row's own cell first, else active intervals; a day assessment takes both together.

    Together is proven only by intervals (`overlaps`). Agents listed together in a cell, counts of two or more, and "yes" leave it open.
    """
    n = len(a)
    pardons = spans[spans["excused"].to_numpy(dtype=bool)]
    active = spans[~spans["excused"].to_numpy(dtype=bool)]
    own = _own_cells(study, a, rows, pardons)
    held = _held(a, active, settings)
    beyond = _held(a, after_open_end(active), settings)
    use_held = ~own["recorded"] | a.is_day
    running = own["counted"] + np.where(use_held, held["counted"], 0)
    required = own["required"] | (use_held & held["required"])
    together = np.where(use_held & held["proven"], 2.0, np.minimum(running, 1.0))
    listed = own["several"] | (a.is_day & own["recorded"] & _adds_another(own, held, n))
    possible = (use_held & (held["possible"] | held["unnamed"])) | listed
    tail = use_held
    running_worst = np.maximum(np.minimum(running, 1.0), np.where(tail, np.minimum(beyond["counted"], 1), 0))
    two_with_tail = tail & held["possible_with_tail"] & (held["counted"] + beyond["counted"] >= 2)
    together_worst = np.where(
        possible | two_with_tail | (tail & beyond["unnamed"]), 2.0, np.maximum(together, running_worst)
    )
    alone = (required & (running == 0)).astype(float)
    alone_worst = ((required | (tail & beyond["required"])) & (running_worst == 0)).astype(float)
    blank_is_none = has_source and settings.blank_means.vasopressors == "none"
    known = own["recorded"] | held["any"] if not blank_is_none else np.ones(n, dtype=bool)
    known &= ~unreadable(study, ("vasopressors",), rows, n)
    differs = own["recorded"] & held["any"] & ~a.is_day & (own["agents"] != held["agents"])
    at, row = held["pairs"]
    giving = (use_held & (own["counted"] == 0) & ~own["required"])[at]
    return Vasopressors(
        np.minimum(running, 1.0),
        together,
        alone,
        running_worst,
        together_worst,
        alone_worst,
        known,
        own["inotrope"] | held["inotrope"],
        differs,
        (at, row),
        (at[giving], row[giving]),
    )


def _own_cells(study: Study, a: Assessments, rows: Rows, pardons: pd.DataFrame) -> dict[str, np.ndarray]:
    """The vasopressors cells of each assessment's rows, taken together."""
    n = len(a)
    cell = study.vitals["vasopressors"].to_numpy(dtype=object)[rows.position]
    some = np.flatnonzero(~pd.isna(cell))
    codes, distinct = pd.factorize(cell[some])
    read = [read_cell(str(text)) for text in distinct]
    at = rows.of[some]
    names = sorted({agent for c in read for agent in c.counted})
    has = np.zeros((n, len(names)), dtype=bool)
    for i, name in enumerate(names):
        here = np.array([name in c.counted for c in read], dtype=bool)
        has[at[here[codes]], i] = True
        has[covered(a, *_bounds(pardons[pardons["agent"] == name])), i] = False
    out = {key: np.zeros(n, dtype=bool) for key in ("recorded", "required", "inotrope", "maybe_more")}
    unnamed = np.zeros(n, dtype=np.int64)
    if len(some):
        out["recorded"][at] = True
        for key, pick in (("required", "required"), ("inotrope", "inotrope"), ("maybe_more", "maybe_more")):
            out[key][at[np.array([getattr(c, pick) for c in read], dtype=bool)[codes]]] = True
        np.maximum.at(unnamed, at, np.array([c.unnamed for c in read], dtype=np.int64)[codes])
    excused_any = covered(a, *_bounds(pardons))
    unnamed[excused_any & (unnamed <= 1)] = 0
    out["maybe_more"] &= ~(excused_any & (unnamed == 0))
    out["counted"] = has.sum(axis=1) + unnamed
    out["several"] = (out["counted"] >= 2) | (out["maybe_more"] & (out["counted"] >= 1))
    out["agents"] = _joined(has, names)
    return out


def _joined(has: np.ndarray, names: list[str]) -> Seconds:
    """The agents of each assessment as one number, a bit an agent in the order of the vocabulary."""
    order = {
        name: i for i, name in enumerate(sorted(name for name, role in roles().items() if role == COUNTED))
    }
    weight = np.array([1 << order[name] for name in names], dtype=np.int64)
    return has @ weight if len(names) else np.zeros(len(has), dtype=np.int64)


def _bounds(spans: pd.DataFrame) -> tuple[Seconds, Seconds, Seconds]:
    subject, start, end = (spans[c].to_numpy(dtype=np.int64) for c in ("subject", "start_lo", "end_hi"))
    return subject, start, end


def _held(a: Assessments, spans: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    """What active intervals say of each assessment; an interval without an agent is one unnamed vasopressor."""
    n = len(a)
    agent = spans["agent"].to_numpy(dtype=object)
    counted, required = counts_as(agent, COUNTED), counts_as(agent, REQUIRED)
    unnamed = pd.isna(agent)
    at, span = cover(a, *_bounds(spans))
    out: dict[str, Any] = {}
    for key, mask in (
        ("required", required),
        ("unnamed", unnamed),
        ("inotrope", counts_as(agent, "inotrope")),
    ):
        out[key] = np.zeros(n, dtype=bool)
        out[key][at[mask[span]]] = True
    names = sorted(set(agent[counted]))
    has = np.zeros((n, len(names)), dtype=bool)
    for i, name in enumerate(names):
        has[at[(agent == name)[span]], i] = True
    out["counted"] = has.sum(axis=1) + out["unnamed"]
    out["any"] = (out["counted"] > 0) | out["required"]
    certain, possible = overlaps(spans[counted], settings.overlap_minutes)
    out["proven"] = covered(a, *(certain[c].to_numpy(dtype=np.int64) for c in ("subject", "start", "end")))
    maybe = covered(a, *(possible[c].to_numpy(dtype=np.int64) for c in ("subject", "start", "end")))
    out["possible"] = maybe & (has.sum(axis=1) >= 2)
    out["possible_with_tail"] = maybe
    out["agents"] = _joined(has, names)
    relevant = (counted | required | unnamed)[span]
    out["pairs"] = (at[relevant], spans["position"].to_numpy(dtype=np.int64)[span[relevant]])
    return out


def _adds_another(own: dict[str, np.ndarray], held: dict[str, np.ndarray], n: int) -> Mask:
    """Day assessments whose cells and intervals name different counted agents: at least two in all."""
    both = (held["counted"] > 0) & (own["counted"] > 0)
    union = own["agents"] | held["agents"]
    bits = np.zeros(n, dtype=np.int64)
    for shift in range(max(int(union.max(initial=0)).bit_length(), 1)):
        bits += (union >> shift) & 1
    return both & ((bits >= 2) | (own["maybe_more"]))
