"""`senl-ae template`: an empty workbook that a site can fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from senl_ae.commands.options import Force, workbook_path

ORDER = 4
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Write an empty workbook to fill in.")(template)


def template(
    out: Annotated[Path, typer.Argument(help="The workbook to write.")],
    lang: Annotated[Literal["en", "zh"], typer.Option("--lang", help="Language of the headings.")] = "en",
    force: Force = False,
) -> None:
    """Write an empty workbook that a site can fill in: headings with units, lists of words, a sheet that explains each column."""
    from senl_ae.template.workbook import write_template
    from senl_ae.writing.whole import write_whole

    write_whole(workbook_path(out), lambda path: write_template(path, lang), force)
    print(f"written: {out}")
