"""The tables of an escalation design that were asked for: computed, laid out, and handed back for the terminal and a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.escalation.asked import check_rates, design_asked, escalation_of, plan_asked
from senl_ae.escalation.design import words
from senl_ae.escalation.operating import drawn, exactly
from senl_ae.issues import refusal
from senl_ae.report.escalation.tables import (
    Columns,
    characteristics_columns,
    characteristics_table,
    decision_columns,
    decision_table,
)
from senl_ae.report.layout.laid import Laid
from senl_ae.settings import Escalation, small_text
from senl_ae.writing.csv_text import csv_text
from senl_ae.writing.whole import shown, write_whole

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass
class Escalated:
    """What was asked for: tables for people, and the columns of the file."""

    tables: list[Laid] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)

    def renderables(self, width: int) -> list[RenderableType]:
        from senl_ae.report.layout.terminal import render

        return render(self.tables, width)

    def write(self, path: Path, force: bool) -> None:
        """The columns as CSV. Raises Refused where the name has another ending or something stands there."""
        if path.suffix.lower() != ".csv":
            raise refusal(
                "unknown-format", f"--out {shown(path)}", "a name that ends in .csv", "nothing was written"
            )
        text = csv_text(self.columns)
        write_whole(path, lambda made: made.write_text(text, encoding="utf-8", newline=""), force)

    def add(self, laid: Laid, columns: Columns) -> None:
        self.tables.append(laid)
        for name, cells in columns.items():
            self.columns.setdefault(name, []).extend(cells)


def run_escalate(
    settings: Escalation | None,
    *,
    table: bool,
    simulate: bool,
    said: Mapping[str, Any],
    most: int = 12,
    rates: str | None = None,
    scenarios: Path | None = None,
    cohorts: int | None = None,
    trials: int | None = None,
    seed: int = 1,
    force: bool = False,
) -> Escalated:
    """The decision table (`table`), or the operating characteristics at one or several sets of rates (`simulate`). Raises Refused."""
    if table == simulate:
        raise refusal(
            "nothing-asked",
            "both or neither of --table and --simulate",
            "one of them",
            "see senl-ae escalate --help",
        )
    asked, done = escalation_of(settings, **said), Escalated()
    if table:
        design = design_asked(asked)
        cells = words(design, min(most, 6) if design.is_three else most)
        done.add(decision_table(design, cells), decision_columns(design, cells))
        return done
    if cohorts is None and asked.design != "3+3":
        raise refusal(
            "no-cohorts", "--simulate without --cohorts", "--cohorts 10, say", "nothing was simulated"
        )
    for name, p in _scenarios(rates, scenarios):
        check_rates(name, p, asked, force)
        plan = plan_asked(asked, len(p), None if asked.design == "3+3" else cohorts)
        levels = asked.levels or tuple(f"Level {i + 1}" for i in range(len(p)))
        if trials is None:
            found, how = exactly(plan, p), f"Exact: all paths summed, {len(p)} levels"
        else:
            found, how = drawn(plan, p, trials, seed), f"{trials:,} drawn trials, seed {seed}"
        how += f", cohorts of {asked.cohort_size}" + (f", at most {cohorts}" if plan.cohorts else "")
        done.add(
            characteristics_table(name, plan, levels, p, found, how),
            characteristics_columns(name, levels, p, found),
        )
    return done


def _scenarios(rates: str | None, file: Path | None) -> Iterator[tuple[str, list[float]]]:
    """Name and rates of every scenario: those of --p, or the lines of a CSV file (a name, then a rate per level)."""
    if (rates is None) == (file is None):
        raise refusal(
            "no-rates", "both or neither of --p and --scenarios", "one of them", "nothing was simulated"
        )
    if rates is not None:
        yield "Scenario", _numbers("--p", rates.split(","))
        return
    assert file is not None
    lines = [line for line in csv.reader(small_text(file).splitlines()) if any(cell.strip() for cell in line)]
    if not lines:
        raise refusal(
            "no-rates",
            f"{shown(file)}: no line",
            "a name and a rate per level in each line",
            "nothing was simulated",
        )
    for name, *cells in lines:
        if name.strip().lower() not in ("name", "scenario"):
            yield name.strip(), _numbers(f"{shown(file)}, {name.strip()}", [c for c in cells if c.strip()])


def _numbers(where: str, cells: list[str]) -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        raise refusal(
            "rates-wrong",
            f"{where}: {', '.join(cells)}",
            "numbers, as 0.05,0.15,0.30",
            "nothing was simulated",
        ) from None
