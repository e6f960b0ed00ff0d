"""`senl-ae grade`: grade CRS and ICANS of every subject and write the results folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from senl_ae.commands.edge import console_of, progress
from senl_ae.commands.options import AllowPii, Assign, Config, Files, Force, Tables, assigned, settings_of

ORDER = 1
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Grade every subject and write the results folder.")(grade)


def grade(
    files: Files,
    out: Annotated[
        Optional[Path],
        typer.Option("--out", "-o", help="Results folder; by default senl-ae-results, or SENL_AE_RESULTS."),
    ] = None,
    config: Config = None,
    tables: Tables = None,
    assign: Assign = None,
    workbook: Annotated[
        Optional[bool],
        typer.Option("--workbook/--no-workbook", help="Write graded.xlsx; by default up to 500 subjects."),
    ] = None,
    values: Annotated[
        bool,
        typer.Option(
            "--values",
            help="Write values.csv also above 500 subjects: what the rules were asked, for explain.",
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 when values were set aside.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No table and no words; only problems that stop the run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A machine-readable summary on stdout.")] = False,
    allow_pii: AllowPii = False,
    force: Force = False,
) -> None:
    """Grade CRS and ICANS of every subject and write the results folder."""
    from senl_ae.report.problem_groups import grouped
    from senl_ae.run import grade_files

    settings = settings_of(config, files, allow_pii=allow_pii or None)
    with progress(quiet or as_json) as step:
        run = grade_files(
            files,
            settings,
            out=out,
            tables=tables or [],
            assign=assigned(assign),
            workbook=workbook,
            values=values,
            force=force,
            step=step,
        )
    groups = grouped(run.issues.found)
    if as_json:
        told = {k: run.facts[k] for k in ("version", "inputs", "counts", "scales")}
        told |= {"kept": str(run.kept)} if run.kept else {}
        print(json.dumps({"results": str(run.folder), **told, "groups": [group.facts() for group in groups]}))
    elif not quiet:
        from senl_ae.report.patients_console import patients_view
        from senl_ae.report.problems_console import closing_view, not_read_view

        console, stderr = console_of(), console_of(stderr=True)
        again = [
            *map(str, files),
            *(("--config", str(config)) if config else ()),
            *(w for pair in assign or () for w in ("--as", pair)),
        ]
        for line in not_read_view(
            groups, again, run.folder, stderr.width if sys.stderr.isatty() else max(stderr.width, 160)
        ):
            stderr.print(line, soft_wrap=True)
        for renderable in patients_view(run.tables, run.facts):
            console.print(renderable)
        sys.stdout.flush()  # the two streams keep their order where both go to one place
        for line in closing_view(groups, run.folder):
            stderr.print(line, soft_wrap=True)
        if run.kept:
            stderr.print(f"the edited results are kept: {run.kept}", soft_wrap=True, markup=False)
    if strict and run.issues.count("set aside"):
        raise typer.Exit(3)
