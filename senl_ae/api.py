"""What a program calls: spreadsheets -> Study -> Graded -> results folder -> counts, the same steps that the commands take.

Each function raises `senl_ae.issues.Refused` where it cannot go on, with every problem found in `.issues`; nothing is printed, nothing is
half written. Problems that do not stop a study are in `study.issues`, those that grading found in `graded.issues`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from senl_ae import run
from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.vocabulary.items import vocabulary_of

if TYPE_CHECKING:
    import pandas as pd

    from senl_ae.grade.graded import Graded
    from senl_ae.settings import Settings
    from senl_ae.study import Assign, Study

PathLikes = str | PathLike[str] | Iterable[str | PathLike[str]]
"""One path or several."""


def read_study(
    files: PathLikes,
    settings: Settings | None = None,
    *,
    assign: Assign | None = None,
    table_folders: PathLikes = (),
) -> Study:
    """Read what a trial recorded: every sheet recognised, every cell typed, or set aside with the reason; nothing is graded.

    files: one spreadsheet or several (.xlsx .xlsm .csv .tsv .parquet, also packed) that belong to one study.
    settings: how the record is read and graded. None: those of `senl-ae.toml` beside the files or in the working folder, as for
        `senl-ae grade`; `Settings()` for the defaults whatever lies there.
    assign: what a sheet or file is, where its headings do not say so: `{"vitals": "Sheet3"}`.
    table_folders: folders with further grading tables and words; the study is graded by them too.

    The frames of the study hold a row per row of the sheets: times are whole seconds since 1970-01-01 without a zone (NO_TIME where none
    was recorded), numbers are in the units of docs/columns.md and NaN where nothing was recorded, which never means normal.
    """
    from senl_ae.read.study import read_study as read
    from senl_ae.settings import load_settings

    paths, folders = _paths(files), _paths(table_folders)
    checked_scales(folders, laboratory=False)
    with run.no_collections(), vocabulary_of(folders):
        return read(paths, settings or load_settings(None, paths), assign=assign, table_folders=folders)


def grade_study(study: Study) -> Graded:
    """Grade every subject by every scale, laboratory included: the grade that the record proves and the ceiling that it leaves open.

    study: as `read_study` made it; it is graded by the settings and tables it was read with, and is not changed.

    `graded.syndromes["CRS"].episodes` has a row per episode, `.days` a row per subject and study day, `.figures` the figures per subject.
    A grade that is NaN was not evaluable, which is not 0. Notes on what the
    grades rest on are in `graded.issues`; `graded.all_issues` has those of reading too, as issues.csv does.
    """
    from senl_ae.grade.study import grade_study as grade

    asked = run.asked_of(study)
    scales = checked_scales(asked.table_folders, laboratory=len(study.labs) > 0)
    with run.no_collections(), vocabulary_of(asked.table_folders):
        return grade(study, asked.settings, scales)


def write_results(
    graded: Graded, folder: str | PathLike[str], *, workbook: bool | None = None, force: bool = False
) -> Path:
    """Write the results folder, as `senl-ae grade` does: one CSV per table, `run.json`, and `graded.xlsx` for people.

    folder: a new one, or results of an earlier run, which are replaced; anything that the program did not write is never touched.
    workbook: whether `graded.xlsx` is written; None: up to 500 subjects.
    force: results that somebody has edited since are moved aside and kept (`results.before-1`); without it they are refused.

    Returns the folder.
    """
    from senl_ae.results.written import results_tables

    with run.no_collections(), vocabulary_of(run.asked_of(graded.study).table_folders):
        return run.write_graded(
            graded, results_tables(graded), Path(folder), workbook=workbook, force=force
        ).folder


def summarize(
    folder: str | PathLike[str],
    *,
    by: str | Sequence[str] = (),
    tables: str | Sequence[str] | None = None,
    source: str = "auto",
    window: int | None = None,
    ci: str | None = None,
    ids: bool = True,
) -> pd.DataFrame:
    """Count incidence and severity from a results folder: one statistic per row, with its denominator and the subjects it counts.

    by: columns of the subjects, a set of tables each; "dose" is the dose level. Without it there is Total alone.
    tables: names or numbers of tables; None: all.
    source: whose grades are counted: "derived" from the record, "reported" by the investigator, "both", or "auto".
    window: count up to this study day instead of the window's end.
    ci: "clopper-pearson" or "wilson"; None: the run's.
    ids: whether `subjects` names who is counted.

    Columns: table, row, group_by, group, level, statistic, value, printed, denominator, denominator_is, method, subjects. A `value` that is
    NaN could not be computed; not evaluable subjects have a row of their own and stay in the denominator.
    """
    from senl_ae.report.summary import summarize as count
    from senl_ae.results.folder import read_run

    results = Path(folder)
    return count(
        results,
        by=_words(by),
        tables=None if tables is None else _words(tables),
        ci=ci or str(read_run(results)["settings"].get("ci", "clopper-pearson")),
        window=window,
        source=source,
        ids=ids,
    ).frame


def _paths(some: PathLikes) -> list[Path]:
    return [Path(some)] if isinstance(some, str | PathLike) else [Path(path) for path in some]


def _words(some: str | Sequence[str]) -> tuple[str, ...]:
    return (some,) if isinstance(some, str) else tuple(some)
