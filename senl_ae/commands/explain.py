"""`senl-ae explain`: why a subject has its grades, from the course down to the rules and the spreadsheet rows."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Changed, Results, as_typed, unchanged

ORDER = 5
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Why a subject has its grades, down to the row.")(explain)


def explain(
    subject: Annotated[str, typer.Argument(help="The subject's id.")],
    results: Results = None,
    day: Annotated[
        Optional[int], typer.Option("--day", help="Study day to show in full; Day 0 is the infusion.")
    ] = None,
    syndrome: Annotated[
        Optional[str], typer.Option("--syndrome", help="CRS, ICANS, or labs; by default all.")
    ] = None,
    changed_results: Changed = False,
) -> None:
    """Show a subject's course day by day, or for one day the values, the rule that fired, its source and the spreadsheet rows."""
    from senl_ae.report.explain.explanation import explanation

    for renderable in explanation(unchanged(results, changed_results), as_typed(subject), day, syndrome):
        console_of().print(renderable)
