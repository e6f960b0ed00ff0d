"""`senl-ae check`: show every problem of the files and how well each subject is covered; nothing is graded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from senl_ae.commands.edge import SHOWN_ISSUES, console_of
from senl_ae.commands.options import AllowPii, Assign, Config, Files, Force, assigned, settings_of

ORDER = 2
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="Every problem of the files, and who was seen when.")(check)


def check(
    files: Files,
    config: Config = None,
    assign: Assign = None,
    csv: Annotated[
        Optional[Path], typer.Option("--csv", help="Write every problem to this CSV file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A machine-readable summary on stdout.")] = False,
    allow_pii: AllowPii = False,
    force: Force = False,
) -> None:
    """Show every problem of the files and how well each subject is covered; nothing is graded."""
    from senl_ae.checking import check_files, problem_view
    from senl_ae.settings import find_config
    from senl_ae.writing.whole import refuse_existing, write_whole

    used = config or find_config(files)
    read = [*files, *([used] if used else [])]
    if csv is not None:
        refuse_existing([csv], force, read)
    settings = settings_of(config, files, allow_pii=allow_pii or None)
    found = check_files(files, settings, assigned(assign))
    if csv is not None:
        from senl_ae.results.folder import issues_table
        from senl_ae.writing.csv_text import csv_text

        text = csv_text(issues_table(found.issues))
        write_whole(csv, lambda path: path.write_text(text, encoding="utf-8"), force, read)
    if as_json:
        print(json.dumps(found.summary()))
    else:
        from rich.text import Text

        for renderable in problem_view(found, SHOWN_ISSUES):
            console_of().print(
                renderable, soft_wrap=isinstance(renderable, Text)
            )  # one problem is one line, however long
    if found.issues.refused:
        raise typer.Exit(1)
