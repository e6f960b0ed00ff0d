"""`senl-ae scales`: list, show and check the grading tables."""

from __future__ import annotations

from typing import Annotated

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Tables

ORDER = 10
"""Its place in the help."""
scales_app = typer.Typer(
    no_args_is_help=False, invoke_without_command=True, help="List, show and check the grading tables."
)


def add(app: typer.Typer) -> None:
    app.add_typer(scales_app, name="scales")


@scales_app.callback()
def _scales(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        scales_list()


@scales_app.command("list")
def scales_list(tables: Tables = None) -> None:
    """List the scales: id, title, version, number of rules, source."""
    from senl_ae.grade.rules.in_force import checked_scales
    from senl_ae.report.scales_console import scales_view

    console_of().print(scales_view(checked_scales(tables or [])))


@scales_app.command("show", short_help="Show every rule of a scale, in words.")
def scales_show(
    scale: Annotated[str, typer.Argument(help="The id of the scale, or `items`.")], tables: Tables = None
) -> None:
    """Show every rule of a scale: what must hold, which grade it gives, in words."""
    from senl_ae.grade.rules.in_force import checked_scales
    from senl_ae.report.scales_console import scale_view

    if scale == "items":
        return scales_items()
    for renderable in scale_view(checked_scales(tables or []), scale):
        console_of().print(renderable)


@scales_app.command("items")
def scales_items() -> None:
    """Show the items that rules may ask about."""
    from senl_ae.grade.rules.vocabulary import derived_items
    from senl_ae.report.scales_console import items_view

    for renderable in items_view(derived_items()):
        console_of().print(renderable)


@scales_app.command("check")
def scales_check(tables: Tables = None) -> None:
    """Check every grading table; exit code 1 with one line per mistake."""
    from senl_ae.grade.rules.in_force import checked_scales

    found = checked_scales(tables or [])
    print(f"{len(found)} scales, {sum(len(s.rules) for s in found.values())} rules: no mistakes")
