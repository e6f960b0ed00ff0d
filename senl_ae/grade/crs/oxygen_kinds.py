"""What records of oxygen say: each distinct device and flow is ranked once by the scale's own rules, and records point at their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Seconds, Words
from senl_ae.grade.rules.engine import Evaluation, evaluate
from senl_ae.grade.rules.scales import Rule
from senl_ae.grade.time.spans import steps

Records = tuple[Words, Numbers, Numbers]
"""Device (None: not said), flow and the upper end of the flow, row by row."""

NO_SUPPORT = ("room_air", "refused")
EXCUSED = "excused"
"""Stands for a device that is not due to the syndrome: support, of grade 0."""


@dataclass(frozen=True)
class Kinds:
    """The kinds of oxygen in a study: a device with the range of its flow.

    grade: by the lower end of the flow; worst: the highest that the upper end leaves open. The second half repeats the first as excused.
    `listed[first[c] : first[c] + count[c]]` are the kinds of cell c: several devices written in one cell are several kinds.
    """

    device: Words
    flow: Numbers
    upper: Numbers
    grade: Numbers
    worst: Numbers
    listed: Seconds
    first: Seconds
    count: Seconds

    def excused(self, kind: Seconds) -> Seconds:
        return kind + len(self.device) // 2

    def ranked_by(self, *figures: Numbers) -> Seconds:
        """Kinds from the least to the most by these figures; of equals support before none, then the higher flow, then by name."""
        support = ~np.isin(self.device.astype(str), NO_SUPPORT)
        flow, upper = np.nan_to_num(self.flow, nan=-np.inf), np.nan_to_num(self.upper, nan=-np.inf)
        order: Seconds = np.lexsort((upper, self.device.astype(str), flow, support, *reversed(figures)))
        return order


@dataclass(frozen=True)
class Candidates:
    """Records of oxygen that an assessment could be graded from: the assessment, the kind, the interventions row (-1: vitals)."""

    at: Seconds
    kind: Seconds
    origin: Seconds
    pardoned: Mask
    """What was excused when it was written stays so while it is carried."""

    def __len__(self) -> int:
        return len(self.at)

    def those(self, which: Mask | Seconds) -> Candidates:
        return Candidates(self.at[which], self.kind[which], self.origin[which], self.pardoned[which])


def together(parts: Sequence[Candidates]) -> Candidates:
    """All candidates of several sources."""
    return Candidates(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("at", "kind", "origin", "pardoned"))
    )


def candidates(kinds: Kinds, at: Seconds, cell: Seconds, origin: Seconds) -> Candidates:
    """One candidate per device of each record's cell; none of a blank one."""
    index, kind = kinds_in(kinds, cell)
    return Candidates(at[index], kind, origin[index], np.zeros(len(index), dtype=bool))


def kinds_in(kinds: Kinds, cell: Seconds) -> tuple[Seconds, Seconds]:
    """Pairs (record, kind) for the cells of records; -1 is a blank cell."""
    index = np.flatnonzero(cell >= 0)
    count = kinds.count[cell[index]]
    index = np.repeat(index, count)
    return index, kinds.listed[kinds.first[cell[index]] + steps(count)]


def kinds_of(records: Sequence[Records], rules: Sequence[Rule]) -> tuple[Kinds, list[Seconds]]:
    """The kinds of oxygen among several sets of records, and for each set the cell of every record (-1: nothing said).

    A flow without a device is oxygen by an unnamed one, a flow of 0 room air.
    """
    device, flow, upper = (np.concatenate([r[i] for r in records]) for i in range(3))
    lone = np.flatnonzero(pd.isna(device) & ~np.isnan(flow))
    device[lone] = np.where(flow[lone] == 0, "room_air", "oxygen").astype(object)
    codes, devices = pd.factorize(device)
    said = np.flatnonzero(codes >= 0)
    flows, flow_values = pd.factorize(flow[said], use_na_sentinel=False)
    uppers, upper_values = pd.factorize(
        np.where(np.isnan(upper[said]), flow[said], upper[said]), use_na_sentinel=False
    )
    wide, wider = max(len(flow_values), 1), max(len(upper_values), 1)
    cell = np.full(len(device), -1, dtype=np.int64)
    cell[said], distinct = pd.factorize((codes[said] * wide + flows) * wider + uppers)
    kinds: dict[tuple[str, int, int], int] = {}
    listed: list[int] = []
    count: list[int] = []
    for code in distinct.tolist():
        words = str(devices[code // wider // wide]).split(";")
        listed += [kinds.setdefault((word, code // wider % wide, code % wider), len(kinds)) for word in words]
        count.append(len(words))
    names = np.array([word for word, _, _ in kinds], dtype=object)
    low = flow_values[[f for _, f, _ in kinds]] if kinds else np.zeros(0)
    high = upper_values[[u for _, _, u in kinds]] if kinds else np.zeros(0)
    grade, worst = _grades(rules, names, low).grade, _grades(rules, names, high)
    counts, none = np.array(count, dtype=np.int64), np.zeros(len(names))
    found = Kinds(
        np.concatenate([names, np.full(len(names), EXCUSED, dtype=object)]),
        np.tile(low, 2),
        np.tile(high, 2),
        np.concatenate([np.nan_to_num(grade, nan=0.0), none]),
        np.concatenate([np.nan_to_num(np.fmax(worst.grade, worst.ceiling), nan=0.0), none]),
        np.array(listed, dtype=np.int64),
        np.cumsum(counts) - counts,
        counts,
    )
    return found, np.split(cell, np.cumsum([len(r[0]) for r in records])[:-1])


def _grades(rules: Sequence[Rule], device: Words, flow: Numbers) -> Evaluation:
    items = {
        "oxygen_device": device,
        "oxygen_flow": flow,
        "oxygen_flow_recorded": (~np.isnan(flow)).astype(float),
    }
    return evaluate(rules, items, len(device))
