"""`senl-ae escalate`: what a design's published rule says at every count, and how it behaves where the rates are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Config, Force, settings_of

ORDER = 7
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="What a dose-escalation design says, and how it behaves.")(escalate)


def escalate(
    table: Annotated[
        bool, typer.Option("--table", help="The decision table of the design; needs no data.")
    ] = False,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Operating characteristics at the rates of --p.")
    ] = False,
    design: Annotated[
        Optional[str], typer.Option(help="boin, mtpi, mtpi-2, keyboard, i3+3 or 3+3; else the settings'.")
    ] = None,
    target: Annotated[
        Optional[float], typer.Option(help="The rate of DLTs aimed at; else the settings'.")
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=1, max=200, help="Largest number of subjects in the table.")
    ] = 12,
    p: Annotated[
        Optional[str], typer.Option("--p", help="The rate of each level, as 0.05,0.15,0.30.")
    ] = None,
    scenarios: Annotated[
        Optional[Path], typer.Option(help="A CSV file of scenarios: name, then a rate per level.")
    ] = None,
    cohorts: Annotated[
        Optional[int], typer.Option(min=1, max=60, help="Cohorts of a trial; 3+3 ends by itself.")
    ] = None,
    stop_n: Annotated[
        Optional[int], typer.Option(min=1, help="Stop when the level that the rule stays at has so many.")
    ] = None,
    trials: Annotated[
        Optional[int],
        typer.Option(min=2, max=5_000_000, help="Draw so many trials instead of summing all paths."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the drawn trials.")] = 1,
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Write a .csv as well.")] = None,
    config: Config = None,
    force: Force = False,
) -> None:
    """Say what a design's published rule says at every number of subjects and DLTs, and how it behaves where the rates are known.

    No data are read, and nothing is decided: people decide doses.
    """
    from senl_ae.report.escalation.run import run_escalate

    done = run_escalate(
        settings_of(config, []).escalation,
        table=table,
        simulate=simulate,
        said={"design": design, "target": target, "stop_n": stop_n},
        most=most,
        rates=p,
        scenarios=scenarios,
        cohorts=cohorts,
        trials=trials,
        seed=seed,
        force=force,
    )
    console = console_of()
    for renderable in done.renderables(console.width):
        console.print(renderable)
    if out is not None:
        done.write(out, force)
        print(f"written: {out}")
