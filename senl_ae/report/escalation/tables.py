"""What a design's rule says at every count, and how it behaves where the rates are known, as tables for people and as columns for files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from senl_ae.escalation.design import DU, WORDS, D, Design, E, boin_bounds
from senl_ae.escalation.operating import OVER, Characteristics
from senl_ae.escalation.trial import Plan
from senl_ae.report.count.long_results import TableText
from senl_ae.report.count.statistics import half_up
from senl_ae.report.layout.laid import Laid, Line

SAYS = "E escalate, S stay, D de-escalate, DU de-escalate and close the level and all above it. A rule's word is no decision."
Columns = dict[str, list[str]]


def _laid(
    name: str,
    title: str,
    stub: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
) -> Laid:
    text = TableText(name, "E1" if name == "decision-table" else "E2", title, tuple(notes), kind="statistics")
    lines = tuple(Line(first, tuple(rest)) for first, *rest in rows)
    return Laid(text, "", stub, tuple((head,) for head in heads), lines, {}, "statistics")


def decision_columns(design: Design, said: np.ndarray) -> Columns:
    """design, target, n, dlt, decision: one row per number of subjects and of DLTs among them; `said` as `design.words` has it."""
    cells = [(n, x, WORDS[int(said[n, x])]) for n in range(1, len(said)) for x in range(n + 1)]
    return {
        "design": [design.name] * len(cells),
        "target": [f"{design.target:g}"] * len(cells),
        "n": [str(n) for n, _, _ in cells],
        "dlt": [str(x) for _, x, _ in cells],
        "decision": [word for *_, word in cells],
    }


def decision_table(design: Design, said: np.ndarray) -> Laid:
    """One line per number of subjects: up to how many DLTs the rule says E, from how many D and DU; S between."""
    rows = []
    for n in range(1, len(said)):
        row = said[n, : n + 1]
        up, down, closed = (np.flatnonzero(np.isin(row, codes)) for codes in ((E,), (D, DU), (DU,)))
        bounds = [
            str(up.max()) if len(up) else "-",
            *(str(of.min()) if len(of) else "-" for of in (down, closed)),
        ]
        rows.append([str(n), *bounds])
    notes = [SAYS, f"{design.title}, target {design.target:g}. {design.source}. doi:{design.doi}"]
    if design.name == "boin":
        low, high = boin_bounds(design)
        notes.append(f"E up to a rate of {low:.6f}, D from {high:.6f} on.")
    if not design.is_three:
        notes.append(
            f"A level closes where P(rate > target) is above {design.cutoff:g}, from n = {design.eliminate_min_n} on."
        )
    heads = ("E if DLTs <=", "D if DLTs >=", "DU if DLTs >=")
    return _laid(
        "decision-table",
        f"What {design.title} says at n subjects with DLTs among them",
        "n",
        heads,
        rows,
        notes,
    )


def characteristics_columns(
    name: str, levels: Sequence[str], rates: Sequence[float], found: Characteristics
) -> Columns:
    """One row per level and one for the trial as a whole: scenario, level, rate, and every figure with its standard error."""
    columns: Columns = {key: [] for key in ("scenario", "level", "rate", "figure", "value", "standard_error")}

    def add(level: str, rate: str, figure: str, value: float, error: float | None) -> None:
        cells = (name, level, rate, figure, f"{value:.9g}", "" if error is None else f"{error:.4g}")
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)

    for i, (level, rate) in enumerate(zip(levels, rates, strict=True)):
        for figure in ("chosen", "subjects", "dlts"):
            error = None if found.error is None else float(getattr(found.error, figure)[i])
            add(level, f"{rate:g}", figure, float(getattr(found, figure)[i]), error)
    for figure in ("no_level", "review", "total"):
        error = None if found.error is None else float(getattr(found.error, figure))
        add("", "", figure, float(getattr(found, figure)), error)
    for i, share in enumerate(OVER):
        if not np.isnan(found.over[i]):
            error = None if found.error is None else found.error.over[i]
            add("", "", f"over_{100 * share:.0f}_percent", found.over[i], error)
    return columns


def characteristics_table(
    name: str, plan: Plan, levels: Sequence[str], rates: Sequence[float], found: Characteristics, how: str
) -> Laid:
    """One line per level: its rate, how often it is chosen, and how many subjects and DLTs it has in the mean."""

    def cell(figure: str, i: int, share: bool) -> str:
        scale, digits = (100, 1) if share else (1, 2)
        value = half_up(scale * float(getattr(found, figure)[i]), digits)
        if found.error is None:
            return value
        return f"{value} ({scale * float(getattr(found.error, figure)[i]):.2f})"

    rows = [
        [level, f"{rate:g}", cell("chosen", i, True), cell("subjects", i, False), cell("dlts", i, False)]
        for i, (level, rate) in enumerate(zip(levels, rates, strict=True))
    ]
    notes = [
        f"No level in {half_up(100 * found.no_level, 2)} % of trials; {half_up(found.total, 2)} subjects in the mean."
    ]
    if found.review:
        notes.append(f"Stopped for review in {half_up(100 * found.review, 2)} %.")
    if not np.isnan(found.over[0]):
        shares = " and ".join(f"{half_up(100 * value, 2)} %" for value in found.over)
        notes.append(
            f"More than 60 and 80 % of the planned subjects on levels above the target: in {shares} of trials."
        )
    if found.error is not None:
        notes.append("In brackets the standard error of each figure.")
    notes.append(f"{how}. {plan.design.title}, target {plan.design.target:g}. {plan.design.source}.")
    heads = ("rate", "chosen, %", "subjects", "DLTs")
    return _laid(
        "operating-characteristics",
        f"{name}: how the design behaves at these rates",
        "Level",
        heads,
        rows,
        notes,
    )
