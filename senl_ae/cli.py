"""The command line: every command of the room `commands`, and the edge around them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated

import typer

from senl_ae import __version__, commands
from senl_ae.commands.edge import run

app = typer.Typer(
    name="senl-ae",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
    help="Grade CAR-T toxicity from a trial's spreadsheets: the grade is what the record proves.",
)


def _show_version(value: bool) -> None:
    if value:
        print(f"senl-ae {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


def _add_commands() -> None:
    """Every file of the room that adds one, in the order of the help."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    modules = [importlib.import_module(f"{commands.__name__}.{name}") for name in names]
    for module in sorted((m for m in modules if hasattr(m, "add")), key=lambda m: m.ORDER):
        module.add(app)


_add_commands()


def main() -> None:
    """Run the command that the words of the command line name."""
    run(app)


if __name__ == "__main__":
    main()
