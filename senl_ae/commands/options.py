"""The arguments and options that several commands have, and what is made of their words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from senl_ae.settings import Settings

Files = Annotated[
    list[Path],
    typer.Argument(
        help="Spreadsheets: .xlsx .xlsm .csv .tsv .csv.gz .parquet, one workbook or several files.",
        show_default=False,
    ),
]
Config = Annotated[
    Optional[Path],
    typer.Option(
        "--config", help="Settings file; by default senl-ae.toml beside the input or in the working folder."
    ),
]
Tables = Annotated[
    Optional[list[Path]],
    typer.Option(
        "--tables", help="Folder with further grading tables and words; may be given several times."
    ),
]
Assign = Annotated[
    Optional[list[str]], typer.Option("--as", help='What a sheet or file is: "vitals=Sheet3".')
]
Results = Annotated[
    Optional[Path],
    typer.Argument(
        help="Results folder; by default senl-ae-results, or SENL_AE_RESULTS.", show_default=False
    ),
]
Changed = Annotated[
    bool,
    typer.Option("--changed-results", help="Use results as they are that were changed after the run."),
]
AllowPii = Annotated[
    bool,
    typer.Option(
        "--allow-pii", help="Drop columns of names, identity and phone numbers instead of refusing them."
    ),
]

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there; never an input.")]


def settings_of(config: Path | None, inputs: list[Path], **overrides: Any) -> Settings:
    from senl_ae.settings import load_settings

    return load_settings(config, inputs, **overrides)


def as_typed(word: str) -> str:
    """A word of the command line that is no path: as UTF-8 where its bytes are, whatever the locale takes them for."""
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        return word


def assigned(pairs: list[str] | None) -> dict[str, str | list[str]]:
    out: dict[str, list[str]] = {}
    for pair in pairs or []:
        domain, equals, sheet = as_typed(pair).partition("=")
        if not equals or not domain or not sheet:
            raise typer.BadParameter(
                f'{pair!r} is not of the form domain=sheet, as in "vitals=Sheet3"', param_hint="--as"
            )
        out.setdefault(domain, []).append(sheet)
    return {domain: names[0] if len(names) == 1 else names for domain, names in out.items()}


def unchanged(results: Path | None, accepted: bool) -> Path:
    """The results folder, whose tables are as the run wrote them; or, where that is accepted, a line on stderr that they are not."""
    from senl_ae.results.folder import check_unchanged, results_folder

    folder = results_folder(results)
    if said := check_unchanged(folder, accepted):
        from senl_ae.commands.edge import console_of

        console_of(stderr=True).print(said, soft_wrap=True, markup=False)
    return folder


def workbook_path(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(
            f"{path.name} is to be a workbook: give it the ending .xlsx", param_hint="OUT"
        )
    return path
