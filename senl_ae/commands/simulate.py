"""`senl-ae simulate`: write a fictional study with plausible courses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from senl_ae.commands.options import Force, workbook_path

ORDER = 8
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Write a fictional study.")(simulate)


def simulate(
    out: Annotated[Path, typer.Argument(help="The workbook (.xlsx) or vitals CSV (.csv) to write.")],
    subjects: Annotated[int, typer.Option("--subjects", min=1, help="How many subjects.")] = 30,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    rows_per_subject: Annotated[int, typer.Option("--rows", min=1, help="Vitals rows per subject.")] = 60,
    labs: Annotated[bool, typer.Option("--labs", help="Laboratory values as well.")] = False,
    force: Force = False,
) -> None:
    """Write a fictional study with plausible courses."""
    from senl_ae.simulate.charts import simulate_study
    from senl_ae.simulate.written import write_csv, write_workbook
    from senl_ae.writing.whole import refuse_existing, write_whole

    refuse_existing([out], force)
    frames = simulate_study(subjects, seed, rows_per_subject=rows_per_subject, labs=labs)
    if out.suffix.lower() == ".csv":
        write_whole(out, lambda path: write_csv(path, frames), force)
    else:
        write_whole(workbook_path(out), lambda path: write_workbook(path, frames), force)
    print(f"written: {out}")
