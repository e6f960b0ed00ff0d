"""`senl-ae who`: from a count in a printed table to its subjects, each with the day, the grade, the rule and the spreadsheet rows."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Changed, Results, as_typed, unchanged

ORDER = 6.5
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="From a count in a table to its subjects and rows.")(who)


def who(
    table: Annotated[str, typer.Option("--table", help="The table, by name or printed number.")],
    row: Annotated[str, typer.Option("--row", help="The row, as it is printed.")],
    results: Results = None,
    level: Annotated[
        Optional[str], typer.Option("--level", help="What stands under the row, or across it.")
    ] = None,
    column: Annotated[str, typer.Option("--column", help="The column: a dose level, Total.")] = "Total",
    statistic: Annotated[
        Optional[str], typer.Option("--statistic", help="Which figure, of several side by side.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="What the columns are, as for summarize.")] = "dose",
    window: Annotated[
        Optional[int], typer.Option("--window", help="Count up to this study day, as for summarize.")
    ] = None,
    source: Annotated[
        Literal["derived", "reported", "both", "auto"],
        typer.Option("--source", help="Whose grades to count, as for summarize."),
    ] = "auto",
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with rules by their ids.")] = False,
    changed_results: Changed = False,
) -> None:
    """List the subjects behind a count, counted afresh from the results: who, on which day, with which grade, by which rule and row."""
    from senl_ae.report.who import as_csv, behind_count, view

    folder = unchanged(results, changed_results)
    words = [as_typed(word) for word in (table, row, column, by)]
    of_cell = behind_count(
        folder,
        words[0],
        words[1],
        as_typed(level) if level is not None else None,
        words[2],
        as_typed(statistic) if statistic is not None else None,
        by=words[3],
        window=window,
        source=source,
    )
    if csv:
        print(as_csv(of_cell), end="")
        return
    for renderable in view(of_cell):
        console_of().print(renderable)
