"""One run from files to the results folder: read, grade, write; every problem collected, nothing half written."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.issues import Issues
from senl_ae.results.facts import run_facts
from senl_ae.results.folder import (
    check_replaceable,
    issues_table,
    results_folder,
    whole_folder,
    write_run,
    write_tables,
)
from senl_ae.settings import Settings
from senl_ae.vocabulary.items import vocabulary_of

if TYPE_CHECKING:
    from senl_ae.grade.graded import Graded
    from senl_ae.study import Asked, Assign, Study

WORKBOOK_SUBJECTS = 500
"""Above this many subjects the workbook for people is left out unless asked for: writing cells is slow."""

Step = Callable[[str], None]


@dataclass
class Run:
    """What a run did, for whoever prints it."""

    graded: Graded
    issues: Issues
    folder: Path
    tables: Mapping[str, Mapping[str, Any]]
    facts: dict[str, Any]
    workbook: bool
    kept: Path | None = None
    """Where the results are that were there before, if somebody had edited them."""


@contextlib.contextmanager
def no_collections() -> Iterator[None]:
    """Millions of cells are made and none forms a cycle: looking for cycles meanwhile costs more than the work."""
    import gc

    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def grade_files(
    files: Sequence[Path],
    settings: Settings,
    *,
    out: Path | None = None,
    tables: Sequence[Path] = (),
    assign: Assign | None = None,
    workbook: bool | None = None,
    values: bool = False,
    command: str = "grade",
    force: bool = False,
    step: Step = lambda _: None,
) -> Run:
    """Grades the files and writes the results folder. Raises Refused where nothing can be graded; then nothing is written.

    values: what the rules were asked at every assessment is kept also of a large study.
    """
    from senl_ae.read.study import read_study

    folder = results_folder(out)
    check_replaceable(folder, files, force)
    scales = checked_scales(tables, laboratory=False)
    began = time.perf_counter()
    with no_collections(), vocabulary_of(tables):
        step("reading")
        study = read_study(list(files), settings, assign=dict(assign or {}), table_folders=tables)
        step("grading")
        if len(study.labs):
            scales = checked_scales(tables)
        graded, written = grade_in_memory(study, settings, scales, values)
        return write_graded(
            graded, written, folder, workbook=workbook, command=command, force=force, began=began, step=step
        )


def write_graded(
    graded: Graded,
    written: Mapping[str, Mapping[str, Any]],
    folder: Path,
    *,
    workbook: bool | None = None,
    command: str = "grade",
    force: bool = False,
    began: float | None = None,
    step: Step = lambda _: None,
) -> Run:
    """Writes the results folder of a graded study, whole or not at all. Raises Refused where the folder is not free for it.

    began: when the run did, by the counter of the machine; without it nothing is said of how long it took.
    """
    asked, issues = asked_of(graded.study), graded.all_issues
    facts = run_facts(graded, asked, issues, command, rules_named=written.get("labs", {}).get("rules", ()))
    wanted = workbook if workbook is not None else len(graded.study.subjects) <= WORKBOOK_SUBJECTS
    step("writing")
    with whole_folder(folder, asked.files, force) as placing:
        temporary = placing.new
        write_tables(temporary, {**written, "issues": issues_table(issues)})
        if wanted:
            from senl_ae.report.graded.workbook import write_graded_workbook

            step("writing the workbook")
            write_graded_workbook(temporary / "graded.xlsx", written, issues, facts)
        facts["time"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        if began is not None:
            facts["seconds"] = round(time.perf_counter() - began, 3)
        write_run(temporary, facts)
    return Run(graded, issues, folder, written, facts, wanted, placing.kept)


def asked_of(study: Study) -> Asked:
    """By which settings a study was read, and from which files: what it is graded by, and what the results say of it."""
    if study.asked is None:
        raise ValueError("a study that was read from files is needed")
    return study.asked


def grade_in_memory(
    study: Study, settings: Settings, scales: Mapping[str, Any], values: bool = False
) -> tuple[Graded, dict[str, Mapping[str, Any]]]:
    """A study graded by every scale, and the tables of the results folder."""
    from senl_ae.grade.study import grade_study
    from senl_ae.results.written import results_tables

    graded = grade_study(study, settings, scales)
    return graded, results_tables(graded, values)
