"""Which vasopressors run at each assessment, and whether two of them are proven to run together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Whole
from senl_ae.grade.time.spans import Assessments, Spans, cover, covered, marked
from senl_ae.grade.time.support import after_open_end, counts_as, overlaps, roles
from senl_ae.grade.time.timeline import Rows, unreadable
from senl_ae.settings import Settings
from senl_ae.study import Study

COUNTED, REQUIRED = "vasopressor", "vasopressin"
"""Roles: agents that count towards two; agents that show a vasopressor was required and never count towards two."""
SOURCES = {"vasopressors", "interventions:vasopressor"}
"""What of a study may say that there is no vasopressor."""


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
    from_interval: tuple[Whole, Whole]
    given_by: tuple[Whole, Whole]


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


@dataclass(frozen=True)
class _Recorded:
    """What one kind of record says at each assessment: counted agents (`agents` as bits), and what else it names."""

    counted: Whole
    agents: Whole
    required: Mask
    inotrope: Mask


@dataclass(frozen=True)
class _Own(_Recorded):
    """The cells of an assessment's own rows. maybe_more: an open number of agents."""

    recorded: Mask
    maybe_more: Mask

    @property
    def several(self) -> Mask:
        return (self.counted >= 2) | (self.maybe_more & (self.counted >= 1))


@dataclass(frozen=True)
class _Held(_Recorded):
    """Active intervals.

    proven, overlapping: where two counted agents certainly, or possibly, ran together. pairs: (assessment, row).
    """

    unnamed: Mask
    """An agent that is not named."""
    proven: Mask
    overlapping: Mask
    pairs: tuple[Whole, Whole]

    @property
    def any(self) -> Mask:
        return (self.counted > 0) | self.required


def vasopressors_at(
    study: Study, a: Assessments, rows: Rows, spans: Spans, settings: Settings
) -> Vasopressors:
    """Vasopressors in force: the row's own cell first, else active intervals; a day assessment takes both together.

    Together is proven only by intervals (`overlaps`). Agents listed together in a cell, counts of two or more, and "yes" leave it open.
    """
    n = len(a)
    pardons, active = spans.rows(spans.excused), spans.rows(~spans.excused)
    own = _own_cells(study, a, rows, pardons)
    held = _held(a, active, settings)
    beyond = _held(a, after_open_end(active), settings)
    use_held = ~own.recorded | a.is_day
    running = own.counted + np.where(use_held, held.counted, 0)
    required = own.required | (use_held & held.required)
    together = np.where(use_held & held.proven, 2.0, np.minimum(running, 1.0))
    listed = own.several | (a.is_day & own.recorded & _adds_another(own, held))
    possible = (use_held & held.unnamed) | listed
    running_worst = np.maximum(np.minimum(running, 1.0), np.where(use_held, np.minimum(beyond.counted, 1), 0))
    two_with_tail = use_held & held.overlapping & (held.counted + beyond.counted >= 2)
    together_worst = np.where(
        possible | two_with_tail | (use_held & beyond.unnamed), 2.0, np.maximum(together, running_worst)
    )
    alone = (required & (running == 0)).astype(float)
    alone_worst = ((required | (use_held & beyond.required)) & (running_worst == 0)).astype(float)
    blank_is_none = bool(study.sources & SOURCES) and settings.blank_means.vasopressors == "none"
    known = own.recorded | held.any if not blank_is_none else np.ones(n, dtype=bool)
    at, row = held.pairs
    giving = (use_held & (own.counted == 0) & ~own.required)[at]
    return Vasopressors(
        running=np.minimum(running, 1.0),
        together=together,
        alone=alone,
        running_worst=running_worst,
        together_worst=together_worst,
        alone_worst=alone_worst,
        known=known & ~unreadable(study, ("vasopressors",), rows, n),
        inotrope=own.inotrope | held.inotrope,
        differs=own.recorded & held.any & ~a.is_day & (own.agents != held.agents),
        from_interval=held.pairs,
        given_by=(at[giving], row[giving]),
    )


def _own_cells(study: Study, a: Assessments, rows: Rows, pardons: Spans) -> _Own:
    """The vasopressors cells of each assessment's rows, taken together, without what is excused."""
    n = len(a)
    cell = study.vitals.vasopressors[rows.position]
    some = np.flatnonzero(~pd.isna(cell))
    codes, distinct = pd.factorize(cell[some])
    read = [read_cell(str(text)) for text in distinct]
    at = rows.of[some]

    def where(said: list[bool]) -> Mask:
        return marked(at[np.array(said, dtype=bool)[codes]], n)

    names = sorted({agent for c in read for agent in c.counted})
    has = np.zeros((n, len(names)), dtype=bool)
    for i, name in enumerate(names):
        excused = covered(a, *pardons.rows(pardons.agent == name).bounds)
        has[:, i] = where([name in c.counted for c in read]) & ~excused
    unnamed = np.zeros(n, dtype=np.int64)
    np.maximum.at(unnamed, at, np.array([c.unnamed for c in read], dtype=np.int64)[codes])
    excused_any = covered(a, *pardons.bounds)
    unnamed[excused_any & (unnamed <= 1)] = 0
    return _Own(
        counted=has.sum(axis=1) + unnamed,
        agents=_joined(has, names),
        required=where([c.required for c in read]),
        inotrope=where([c.inotrope for c in read]),
        recorded=marked(at, n),
        maybe_more=where([c.maybe_more for c in read]) & ~(excused_any & (unnamed == 0)),
    )


def _joined(has: np.ndarray, names: list[str]) -> Whole:
    """The agents of each assessment as one number, a bit an agent in the order of the vocabulary."""
    order = {
        name: i for i, name in enumerate(sorted(name for name, role in roles().items() if role == COUNTED))
    }
    weight = np.array([1 << order[name] for name in names], dtype=np.int64)
    return has @ weight if len(names) else np.zeros(len(has), dtype=np.int64)


def _held(a: Assessments, spans: Spans, settings: Settings) -> _Held:
    """What active intervals say of each assessment; an interval without an agent is one unnamed vasopressor."""
    n, agent = len(a), spans.agent
    counted, required, unnamed = counts_as(agent, COUNTED), counts_as(agent, REQUIRED), pd.isna(agent)
    at, span = cover(a, *spans.bounds)
    names = sorted(set(agent[counted]))
    has = np.zeros((n, len(names)), dtype=bool)
    for i, name in enumerate(names):
        has[at[(agent == name)[span]], i] = True
    no_name = marked(at[unnamed[span]], n)
    certain, possible = overlaps(spans.rows(counted), settings.overlap_minutes)
    relevant = (counted | required | unnamed)[span]
    return _Held(
        counted=has.sum(axis=1) + no_name,
        agents=_joined(has, names),
        required=marked(at[required[span]], n),
        inotrope=marked(at[counts_as(agent, "inotrope")[span]], n),
        unnamed=no_name,
        proven=covered(a, *certain.bounds),
        overlapping=covered(a, *possible.bounds),
        pairs=(at[relevant], spans.position[span[relevant]]),
    )


def _adds_another(own: _Own, held: _Held) -> Mask:
    """Day assessments whose cells and intervals name different counted agents: at least two in all."""
    both = (held.counted > 0) & (own.counted > 0)
    union = own.agents | held.agents
    bits = np.zeros(len(union), dtype=np.int64)
    for shift in range(max(int(union.max(initial=0)).bit_length(), 1)):
        bits += (union >> shift) & 1
    return both & ((bits >= 2) | own.maybe_more)
