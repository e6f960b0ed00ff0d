"""`senl-ae columns`: show how each heading was understood, and the nearest known name of those that were not."""

from __future__ import annotations

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Assign, Config, Files, assigned, settings_of

ORDER = 3
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="How each heading was understood.")(columns)


def columns(files: Files, config: Config = None, assign: Assign = None) -> None:
    """Show how each heading was understood, and the nearest known name of those that were not."""
    from senl_ae.checking import columns_view

    for renderable in columns_view(files, settings_of(config, files), assigned(assign)):
        console_of().print(renderable)
