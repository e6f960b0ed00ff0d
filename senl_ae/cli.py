"""The command line: parse, call, print. Nothing clinical is decided here, and nothing else prints."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer

from senl_ae import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from senl_ae.issues import Issues
    from senl_ae.settings import Settings

app = typer.Typer(
    name="senl-ae", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
    help="Grade CAR-T toxicity from a trial's spreadsheets: the grade is what the record proves.",
)
scales_app = typer.Typer(no_args_is_help=False, invoke_without_command=True, help="List, show and check the grading tables.")
app.add_typer(scales_app, name="scales")

Files = Annotated[
    list[Path], typer.Argument(help="Spreadsheets: .xlsx .xlsm .csv .tsv .parquet, one workbook or several files.", show_default=False)]
Config = Annotated[
    Optional[Path], typer.Option("--config", help="Settings file; by default senl-ae.toml beside the input or in the working folder.")]
Tables = Annotated[Optional[list[Path]], typer.Option("--tables", help="Folder with further grading tables; may be given several times.")]
Assign = Annotated[Optional[list[str]], typer.Option("--as", help='What a sheet or file is: "vitals=Sheet3".')]
Results = Annotated[
    Optional[Path], typer.Argument(help="Results folder; by default SENL_AE_RESULTS, else senl-ae-results.", show_default=False)]
AllowPii = Annotated[bool, typer.Option("--allow-pii", help="Drop columns of names, identity and phone numbers instead of refusing them.")]

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there; never an input.")]

SHOWN_ISSUES = 20


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    asked = os.environ.get("COLUMNS", "")
    width = None if terminal else max(int(asked) if asked.isdecimal() else 0, 100)

    class Unbroken(Console):
        """A reader that has seen enough (`| head`) is no fault: the rest goes nowhere, and the exit code is that of the run."""

        def on_broken_pipe(self) -> None:
            _print_nowhere()

    return Unbroken(stderr=stderr, width=width, highlight=False, no_color=None if terminal else True, soft_wrap=False)


def _print_nowhere() -> None:
    """From here on standard output goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def main() -> None:
    """The edge: every refusal becomes lines on stderr and exit code 1; a crash becomes one line without any data of a subject."""
    from senl_ae.archive import full_disk_errors
    from senl_ae.issues import Refused
    from senl_ae.writing import shown

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no linear algebra here: threads for it would be started for nothing
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a Chinese id on a western console is no reason to stop
    sys.unraisablehook = lambda _: None  # what a library fails to tidy up after a full disk is no word to a site
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries warn of is no word to a site; the tests see it
    try:
        _run()
    except Refused as refused:
        _print_issues(refused.issues)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("senl-ae: interrupted; nothing was changed", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        _print_nowhere()
    except OSError as error:  # a full disk, a folder that is not there, a file where a folder should be
        where = shown(error.filename) if isinstance(error.filename, str) else "output"
        print(f"senl-ae: {where}: {(error.strerror or 'cannot be written').lower()}", file=sys.stderr)
        raise SystemExit(1) from None
    except full_disk_errors():
        print("senl-ae: output: no room for the temporary files of a workbook", file=sys.stderr)
        raise SystemExit(1) from None
    except MemoryError:
        print("senl-ae: not enough memory for these files; grade them in parts", file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        sys.excepthook = _one_line  # whatever gets past this is a defect


def _run() -> None:
    """The command; what it printed must have arrived before it counts as done."""
    try:
        app()
    except SystemExit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def _one_line(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
    print(f"senl-ae: internal error ({type(error).__name__} at {_where(error)}). Please report this line.", file=sys.stderr)


def _where(error: BaseException) -> str:
    """The file and line of the program where an error arose; never its text, which could hold a subject's data."""
    import traceback

    frames = [f for f in traceback.extract_tb(error.__traceback__) if f"{os.sep}senl_ae{os.sep}" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


def _print_issues(issues: Issues) -> None:
    """Problems on stderr, worst first, with a count of those that are not shown."""
    from senl_ae.report.problems_console import refusals_view

    for line in refusals_view(issues, SHOWN_ISSUES):
        _console(stderr=True).print(line, soft_wrap=True)


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """A spinner on stderr that names the step; only on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text: None
        return
    console = _console(stderr=True)
    with console.status("starting") as status:
        yield lambda text: status.update(text)


def _settings(config: Path | None, inputs: list[Path], **overrides: Any) -> Settings:
    from senl_ae.settings import load_settings

    return load_settings(config, inputs, **overrides)


def _assigned(pairs: list[str] | None) -> dict[str, str]:
    out = {}
    for pair in pairs or []:
        domain, equals, sheet = pair.partition("=")
        if not equals or not domain or not sheet:
            raise typer.BadParameter(f'{pair!r} is not of the form domain=sheet, as in "vitals=Sheet3"', param_hint="--as")
        out[domain] = sheet
    return out


def _workbook_path(path: Path) -> Path:
    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{path.name} is to be a workbook: give it the ending .xlsx", param_hint="OUT")
    return path


def _show_version(value: bool) -> None:
    if value:
        print(f"senl-ae {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    pass


@app.command()
def grade(
    files: Files,
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Results folder; default SENL_AE_RESULTS or senl-ae-results.")] = None,
    config: Config = None,
    tables: Tables = None,
    assign: Assign = None,
    workbook: Annotated[
        Optional[bool], typer.Option("--workbook/--no-workbook", help="Write graded.xlsx; by default up to 500 subjects.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 when values were set aside.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No table and no words; only problems that stop the run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A machine-readable summary on stdout.")] = False,
    allow_pii: AllowPii = False,
    force: Force = False,
) -> None:
    """Grade CRS and ICANS of every subject and write the results folder."""
    from senl_ae.grading_run import grade_files
    from senl_ae.problem_groups import grouped

    settings = _settings(config, files, allow_pii=allow_pii or None)
    with _progress(quiet or as_json) as step:
        run = grade_files(
            files, settings, out=out, tables=tables or [], assign=_assigned(assign), workbook=workbook, force=force, step=step,
        )
    groups = grouped(run.issues.found)
    if as_json:
        told = {k: run.facts[k] for k in ("version", "inputs", "counts", "scales")}
        print(json.dumps({"results": str(run.folder), **told, "groups": [group.facts() for group in groups]}))
    elif not quiet:
        from senl_ae.report.patients_console import patients_view
        from senl_ae.report.problems_console import closing_view, not_read_view

        console, stderr = _console(), _console(stderr=True)
        again = [*map(str, files), *(("--config", str(config)) if config else ()), *(w for pair in assign or () for w in ("--as", pair))]
        for line in not_read_view(groups, again, run.folder, stderr.width if sys.stderr.isatty() else max(stderr.width, 160)):
            stderr.print(line, soft_wrap=True)
        for renderable in patients_view(run.tables, run.facts):
            console.print(renderable)
        sys.stdout.flush()  # the two streams keep their order where both go to one place
        for line in closing_view(groups, run.folder):
            stderr.print(line, soft_wrap=True)
    if strict and run.issues.count("set aside"):
        raise typer.Exit(3)


@app.command()
def check(
    files: Files,
    config: Config = None,
    assign: Assign = None,
    csv: Annotated[Optional[Path], typer.Option("--csv", help="Write every problem to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A machine-readable summary on stdout.")] = False,
    allow_pii: AllowPii = False,
    force: Force = False,
) -> None:
    """Show every problem of the files and how well each subject is covered; nothing is graded."""
    from senl_ae.checking import check_files, problem_view
    from senl_ae.writing import refuse_existing, write_whole

    if csv is not None:
        refuse_existing([csv], force, files)
    settings = _settings(config, files, allow_pii=allow_pii or None)
    found = check_files(files, settings, _assigned(assign))
    if csv is not None:
        from senl_ae.csv_text import csv_text
        from senl_ae.results import issues_table

        text = csv_text(issues_table(found.issues))
        write_whole(csv, lambda path: path.write_text(text, encoding="utf-8"), force, files)
    if as_json:
        print(json.dumps(found.summary()))
    else:
        from rich.text import Text

        for renderable in problem_view(found, SHOWN_ISSUES):
            _console().print(renderable, soft_wrap=isinstance(renderable, Text))  # one problem is one line, however long
    if found.issues.refused:
        raise typer.Exit(1)


@app.command()
def columns(files: Files, config: Config = None, assign: Assign = None) -> None:
    """Show how each heading was understood, and the nearest known name of those that were not."""
    from senl_ae.checking import columns_view

    for renderable in columns_view(files, _settings(config, files), _assigned(assign)):
        _console().print(renderable)


@app.command()
def template(
    out: Annotated[Path, typer.Argument(help="The workbook to write.")],
    lang: Annotated[Literal["en", "zh"], typer.Option("--lang", help="Language of the headings.")] = "en",
    force: Force = False,
) -> None:
    """Write an empty workbook that a site can fill in: headings with units, lists of words, a sheet that explains each column."""
    from senl_ae.template import write_template
    from senl_ae.writing import write_whole

    write_whole(_workbook_path(out), lambda path: write_template(path, lang), force)
    print(f"written: {out}")


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="The subject's id.")],
    results: Results = None,
    day: Annotated[Optional[int], typer.Option("--day", help="Study day to show in full; Day 0 is the infusion.")] = None,
    syndrome: Annotated[Optional[str], typer.Option("--syndrome", help="CRS, ICANS, or labs; by default all.")] = None,
) -> None:
    """Show a subject's course day by day, or for one day the values, the rule that fired, its source and the spreadsheet rows."""
    from senl_ae.report.explain.explanation import explanation
    from senl_ae.results import results_folder

    for renderable in explanation(results_folder(results), subject, day, syndrome):
        _console().print(renderable)


@app.command()
def summarize(
    results: Results = None,
    by: Annotated[Optional[list[str]], typer.Option("--by", help="dose, or another subject column; may be given several times.")] = None,
    table: Annotated[Optional[list[str]], typer.Option("--table", help="Only this table; may be given several times.")] = None,
    format: Annotated[
        str, typer.Option("--format", help="terminal, xlsx, csv, json, html, docx, rtf; several with commas.")] = "terminal,csv",
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Folder for files; by default `tables` in the results folder.")] = None,
    ci: Annotated[
        Optional[Literal["clopper-pearson", "wilson"]], typer.Option("--ci", help="Method of the intervals; by default the run's.")] = None,
    window: Annotated[Optional[int], typer.Option("--window", help="Count up to this study day instead of the window's end.")] = None,
    source: Annotated[Literal["derived", "reported", "both", "auto"], typer.Option("--source", help="Whose grades to count.")] = "auto",
    mock: Annotated[bool, typer.Option("--mock", help="Print every shell without data.")] = False,
    drop_zero_rows: Annotated[bool, typer.Option("--drop-zero-rows", help="Leave out rows that count nobody.")] = False,
    no_ids: Annotated[bool, typer.Option("--no-ids", help="Name no subject anywhere.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Write files, print nothing.")] = False,
    force: Force = False,
) -> None:
    """Tabulate incidence and severity, by dose level for one, with the number infused as the denominator."""
    from senl_ae.report.summary import run_summarize
    from senl_ae.results import read_run, results_folder

    folder = results_folder(results)
    method = ci or ("clopper-pearson" if mock else read_run(folder)["settings"].get("ci", "clopper-pearson"))
    formats = tuple(f.strip() for f in format.split(",") if f.strip())
    if quiet:
        formats = tuple(f for f in formats if f != "terminal")
    console = _console()
    done = run_summarize(
        None if mock and not folder.is_dir() else folder, by=tuple(by or ()), tables=tuple(table) if table else None, formats=formats,
        out=out, ci=method, window=window, source=source, ids=not no_ids, mock=mock, drop_zero_rows=drop_zero_rows, width=console.width,
        force=force,
    )
    for renderable in done.renderables:
        console.print(renderable)
    if done.files and not quiet:
        _console(stderr=True).print("written: " + ", ".join(str(f) for f in done.files), soft_wrap=True, markup=False)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample study.")] = Path("senl-ae-demo"), force: Force = False,
) -> None:
    """Write the sample study, grade it, summarise it by dose level, and say what to look at next."""
    import filecmp
    import shutil

    from senl_ae.grading_run import grade_files
    from senl_ae.report.patients_console import patients_view
    from senl_ae.report.summary import run_summarize
    from senl_ae.simulate import sample_files
    from senl_ae.writing import refuse_existing, write_whole

    folder.mkdir(parents=True, exist_ok=True)
    copies = {path: folder / path.name for path in sample_files()}
    new = {path: copy for path, copy in copies.items() if not (copy.is_file() and filecmp.cmp(path, copy, shallow=False))}
    refuse_existing(new.values(), force)
    for path, copy in new.items():
        write_whole(copy, lambda made, path=path: shutil.copyfile(path, made), force)  # type: ignore[misc]
    study = next(p for p in copies.values() if p.name.endswith("_en.xlsx"))
    results = folder / "results"
    with _progress(False) as step:
        run = grade_files([study], _settings(None, [study], study="Sample study"), out=results, step=step, command="demo", force=force)
    console = _console()
    for renderable in patients_view(run.tables, run.facts):
        console.print(renderable)
    done = run_summarize(
        results, by=("dose",), tables=("crs", "icans"), formats=("terminal", "csv", "html", "xlsx"), width=console.width, ids=True,
        force=force,
    )
    for renderable in done.renderables:
        console.print(renderable)
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


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="The workbook (.xlsx) or vitals CSV (.csv) to write.")],
    subjects: Annotated[int, typer.Option("--subjects", min=1, help="How many subjects.")] = 30,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    rows_per_subject: Annotated[int, typer.Option("--rows", min=1, help="Vitals rows per subject.")] = 60,
    labs: Annotated[bool, typer.Option("--labs", help="Laboratory values as well.")] = False,
    force: Force = False,
) -> None:
    """Write a fictional study with plausible courses."""
    from senl_ae.simulate import simulate_study, write_csv, write_workbook
    from senl_ae.writing import refuse_existing, write_whole

    refuse_existing([out], force)
    frames = simulate_study(subjects, seed, rows_per_subject=rows_per_subject, labs=labs)
    if out.suffix.lower() == ".csv":
        write_whole(out, lambda path: write_csv(path, frames), force)
    else:
        write_whole(_workbook_path(out), lambda path: write_workbook(path, frames), force)
    print(f"written: {out}")


@app.command()
def settings(config: Config = None) -> None:
    """Show every setting, the value in force, its default and what it decides."""
    from senl_ae.report.settings_console import settings_view

    for renderable in settings_view(_settings(config, [])):
        _console().print(renderable)


@scales_app.callback()
def _scales(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        scales_list()


@scales_app.command("list")
def scales_list(tables: Tables = None) -> None:
    """List the scales: id, title, version, number of rules, source."""
    from senl_ae.grading_run import checked_scales
    from senl_ae.report.scales_console import scales_view

    _console().print(scales_view(checked_scales(tables or [])))


@scales_app.command("show")
def scales_show(scale: Annotated[str, typer.Argument(help="The id of the scale, or `items`.")], tables: Tables = None) -> None:
    """Show every rule of a scale: what must hold, which grade it gives, in words."""
    from senl_ae.grading_run import checked_scales
    from senl_ae.report.scales_console import items_view, scale_view

    for renderable in items_view() if scale == "items" else scale_view(checked_scales(tables or []), scale):
        _console().print(renderable)


@scales_app.command("items")
def scales_items() -> None:
    """Show the items that rules may ask about."""
    from senl_ae.report.scales_console import items_view

    for renderable in items_view():
        _console().print(renderable)


@scales_app.command("check")
def scales_check(tables: Tables = None) -> None:
    """Check every grading table; exit code 1 with one line per mistake."""
    from senl_ae.grading_run import checked_scales

    found = checked_scales(tables or [])
    print(f"{len(found)} scales, {sum(len(s.rules) for s in found.values())} rules: no mistakes")


if __name__ == "__main__":
    main()
