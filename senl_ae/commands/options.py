"""The arguments and options that several commands have, and what is made of their words."""

from __future__ import annotations

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


def assigned(pairs: list[str] | None) -> dict[str, str | list[str]]:
    out: dict[str, list[str]] = {}
    for pair in pairs or []:
        domain, equals, sheet = pair.partition("=")
        if not equals or not domain or not sheet:
            raise typer.BadParameter(
                f'{pair!r} is not of the form domain=sheet, as in "vitals=Sheet3"', param_hint="--as"
            )
        out.setdefault(domain, []).append(sheet)
    return {domain: names[0] if len(names) == 1 else names for domain, names in out.items()}


def workbook_path(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(
            f"{path.name} is to be a workbook: give it the ending .xlsx", param_hint="OUT"
        )
    return path
