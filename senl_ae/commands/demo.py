"""`senl-ae demo`: write the sample study, grade it, summarise it by dose level, and say what to look at next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from senl_ae.commands.edge import console_of, progress
from senl_ae.commands.options import Force, settings_of

ORDER = 7
"""Its place in the help."""


def add(app: typer.Typer) -> None:
    app.command(short_help="The sample study, graded and summarised.")(demo)


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample study.")] = Path("senl-ae-demo"),
    force: Force = False,
) -> None:
    """Write the sample study, grade it, summarise it by dose level, and say what to look at next."""
    import shutil

    from senl_ae.report.patients_console import patients_view
    from senl_ae.report.summary import run_summarize
    from senl_ae.results.folder import check_replaceable
    from senl_ae.run import grade_files
    from senl_ae.simulate.written import sample_files
    from senl_ae.writing.manifests import MANIFEST
    from senl_ae.writing.whole import refuse_strange_folder, temporary_beside, write_among

    samples = sample_files()
    study = next(folder / path.name for path in samples if path.name.endswith("_en.xlsx"))
    results = folder / "results"
    refuse_strange_folder(folder, [*(path.name for path in samples), MANIFEST], [results.name], force)
    check_replaceable(results, [study], force)
    settings = settings_of(None, [study], study="Sample study")
    with temporary_beside(folder / MANIFEST) as scratch:
        made = scratch / "made"
        made.mkdir()
        for path in samples:
            shutil.copyfile(path, made / path.name)
        kept = write_among(made, folder, force)
    with progress(False) as step:
        run = grade_files(
            [study],
            settings,
            out=results,
            step=step,
            command="demo",
            force=force,
        )
    console = console_of()
    for renderable in patients_view(run.tables, run.facts):
        console.print(renderable)
    done = run_summarize(
        results,
        by=("dose",),
        tables=("crs", "icans"),
        formats=("terminal", "csv", "html", "xlsx"),
        width=console.width,
        ids=True,
        force=force,
    )
    for renderable in done.renderables:
        console.print(renderable)
    for path in [*kept, *([run.kept] if run.kept else [])]:
        console_of(stderr=True).print(f"what stood in the way is kept: {path}", soft_wrap=True, markup=False)
    worst = run.tables["patients"]["crs_grade"]
    at = max(range(len(worst)), key=lambda i: (worst[i] == worst[i]) * worst[i] if worst[i] != 5 else 0)
    first = str(run.tables["patients"]["subject_id"][at])
    console.print("\nWhat to look at next:", markup=False)
    for line in (
        f"{study}: the spreadsheet that was graded; its Chinese twin lies beside it",
        f"{results / 'graded.xlsx'}: patients, episodes, the daily grid and the queries, for people",
        f"{results / 'tables'}: the tables as HTML, workbook and CSV",
        f"senl-ae explain {first} {results}: why each day has its grade, down to the spreadsheet row",
        "senl-ae check FILE, then senl-ae grade FILE: your own study",
    ):
        console.print(f"  {line}", soft_wrap=True, markup=False)
