"""`senl-ae summarize`: tabulate incidence and severity, by dose level for one, with the number infused as the denominator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Changed, Force, Results, as_typed, unchanged

ORDER = 6
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Incidence and severity tables, by dose level.")(summarize)


def summarize(
    results: Results = None,
    by: Annotated[
        Optional[list[str]],
        typer.Option("--by", help="dose, or another subject column; may be given several times."),
    ] = None,
    table: Annotated[
        Optional[list[str]], typer.Option("--table", help="Only this table; may be given several times.")
    ] = None,
    format: Annotated[
        str, typer.Option("--format", help="terminal, xlsx, csv, json, html, docx, rtf; several with commas.")
    ] = "terminal,csv",
    out: Annotated[
        Optional[Path],
        typer.Option("--out", "-o", help="Folder for files; by default `tables` in the results folder."),
    ] = None,
    ci: Annotated[
        Optional[Literal["clopper-pearson", "wilson"]],
        typer.Option("--ci", help="Method of the intervals; by default the run's."),
    ] = None,
    window: Annotated[
        Optional[int],
        typer.Option("--window", help="Count up to this study day instead of the window's end."),
    ] = None,
    source: Annotated[
        Literal["derived", "reported", "both", "auto"],
        typer.Option("--source", help="Whose grades to count."),
    ] = "auto",
    min_pct: Annotated[
        Optional[float],
        typer.Option("--min-pct", min=0, max=100, help="Adverse events: only terms in so many % of Total."),
    ] = None,
    min_pct_in: Annotated[
        Literal["total", "any"],
        typer.Option("--min-pct-in", help="Where: in Total, or in any column."),
    ] = "total",
    rates: Annotated[bool, typer.Option("--rates", help="Adverse events per 100 days at risk too.")] = False,
    mock: Annotated[bool, typer.Option("--mock", help="Print every shell without data.")] = False,
    drop_zero_rows: Annotated[
        bool, typer.Option("--drop-zero-rows", help="Leave out rows that count nobody.")
    ] = False,
    no_ids: Annotated[bool, typer.Option("--no-ids", help="Name no subject anywhere.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Write files, print nothing.")] = False,
    changed_results: Changed = False,
    force: Force = False,
) -> None:
    """Tabulate incidence and severity, by dose level for one, with the number infused as the denominator."""
    from senl_ae.report.summary import run_summarize
    from senl_ae.report.tables.table import EventOptions
    from senl_ae.results.folder import read_run, results_folder
    from senl_ae.writing import shown

    folder = results_folder(results) if mock else unchanged(results, changed_results)
    method = ci or ("clopper-pearson" if mock else read_run(folder)["settings"].get("ci", "clopper-pearson"))
    formats = tuple(f.strip() for f in format.split(",") if f.strip())
    if quiet:
        formats = tuple(f for f in formats if f != "terminal")
    console = console_of()
    done = run_summarize(
        None if mock and not folder.is_dir() else folder,
        by=tuple(map(as_typed, by or ())),
        tables=tuple(table) if table else None,
        formats=formats,
        out=out,
        ci=method,
        window=window,
        source=source,
        ids=not no_ids,
        mock=mock,
        drop_zero_rows=drop_zero_rows,
        width=console.width,
        force=force,
        events=EventOptions(min_pct, min_pct_in, rates),
    )
    for renderable in done.renderables:
        console.print(renderable)
    if done.files and not quiet:
        console_of(stderr=True).print(
            "written: " + ", ".join(shown(f) for f in done.files), soft_wrap=True, markup=False
        )
    for path in done.aside:
        console_of(stderr=True).print(f"what stood in the way is kept: {path}", soft_wrap=True, markup=False)
