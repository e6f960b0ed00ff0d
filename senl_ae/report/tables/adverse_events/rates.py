"""Subjects with an adverse event per 100 subject-days at risk, by class and term; made where it is asked for."""

from __future__ import annotations

from senl_ae.report.count.event_rows import count_rates
from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.tables.adverse_events import by_term
from senl_ae.report.tables.adverse_events.behind import behind_term
from senl_ae.report.tables.adverse_events.by_term import SHELL, numbered, rows_by_term
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE, absent, records, there
from senl_ae.report.tables.table import Counting, Table


def count(tally: Tally, counting: Counting) -> None:
    tally.window_heading(counting.cohort)
    found = records(counting)
    rows, shown = rows_by_term(tally, counting, found.counted)
    last_day = counting.cohort.subjects["window_end_day"].to_numpy(dtype=float)
    count_rates(tally, rows, SHELL if tally.mock else numbered(found, shown), last_day)


def notes(counting: Counting) -> list[str]:
    return by_term.notes(
        counting,
        lambda found: found.counted,
        (
            "n/days: subjects with the event, and subject-days at risk: to the onset of the first such event, else to the end of the "
            "subject's window, both days counted. Rate: per 100 subject-days at risk, with its exact Poisson 95% interval.",
        ),
    )


TABLE = Table(
    "ae-rates",
    "11n",
    "Adverse events per 100 subject-days at risk by class and term",
    count=count,
    needs=there,
    absent=absent,
    notes=notes,
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    further=True,
    behind=lambda counting, cell: behind_term(counting, cell, lambda found: found.counted),
    beside=(Side("n/days"), Side("Rate", n="rate"), Side("95% CI", n="rate_low", to="rate_high")),
)
