"""`senl-ae settings`: show every setting, the value in force, its default and what it decides."""

from __future__ import annotations

import typer

from senl_ae.commands.edge import console_of
from senl_ae.commands.options import Config, settings_of

ORDER = 9
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Every setting, its value and its default.")(settings)


def settings(config: Config = None) -> None:
    """Show every setting, the value in force, its default and what it decides."""
    from senl_ae.report.settings_console import settings_view

    for renderable in settings_view(settings_of(config, [])):
        console_of().print(renderable)
