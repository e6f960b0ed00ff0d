"""One run from files to the results folder: read, grade, write; every problem collected, nothing half written."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae import __version__
from senl_ae.grade.rules.in_force import checked_scales, table_files
from senl_ae.issues import Issues
from senl_ae.results.folder import (
    check_replaceable,
    issues_table,
    results_folder,
    whole_folder,
    write_run,
    write_tables,
)
from senl_ae.results.scales import rules_kept
from senl_ae.settings import Settings, flat
from senl_ae.vocabulary.items import vocabulary_of
from senl_ae.writing import shown

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
    asked, issues = asked_of(graded.study), graded.study.issues
    facts = run_facts(graded, asked, command) | {
        "rules": rules_of(graded, asked.settings, written.get("labs", {}).get("rules", ())),
    }
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
    graded = graded_study(study, settings, scales)
    return graded, results_tables(graded, values)


def graded_study(study: Study, settings: Settings, scales: Mapping[str, Any]) -> Graded:
    """A study graded by every scale, laboratory included, with the notes on what the grades rest on."""
    from senl_ae.grade.course.notes import note_gaps
    from senl_ae.grade.course.reported import note_reported
    from senl_ae.grade.study import grade_study

    graded = grade_study(study, settings, scales)
    note_gaps(graded, settings)
    note_reported(graded)
    if len(study.labs):
        from senl_ae.grade.laboratory.graded import grade_laboratory

        laboratory = grade_laboratory(
            study,
            settings,
            scales,
            window_end_day=graded.windows.end_day,
            crs_end_day=_last_days(graded, scales),
        )
        graded = replace(graded, laboratory=laboratory)
    if len(study.adverse_events):
        from senl_ae.grade.adverse_events.study import grade_adverse_events

        labs = graded.laboratory.labs if graded.laboratory is not None else None
        adverse_events = grade_adverse_events(study, settings, graded.windows, labs)
        study.issues.extend(adverse_events.issues)
        graded = replace(graded, adverse_events=adverse_events)
    study.issues.join_notes()
    return graded


def results_tables(graded: Graded, values: bool = False) -> dict[str, Mapping[str, Any]]:
    """The tables of the results folder but the issues: name -> its columns in order.

    values: what the rules were asked at every assessment is kept also of a large study.
    """
    from senl_ae.results.adverse_events import adverse_event_tables
    from senl_ae.results.schema import in_order
    from senl_ae.results.tables import adjudications_table, all_tables, before_rulings_table, syndromes_of
    from senl_ae.results.values import MOST_SUBJECTS, values_table

    written: dict[str, Mapping[str, Any]] = dict(all_tables(graded))
    if graded.unruled is not None:
        written["before_rulings"] = before_rulings_table(graded.unruled)
        written["adjudications"] = adjudications_table(graded)
    for name in ("labs", "lab_patients", "haematotoxicity") if graded.laboratory is not None else ():
        frame = getattr(graded.laboratory, name)
        written[name] = {column: _plain_numbers(frame[column]) for column in frame.columns}
    if graded.adverse_events is not None:
        written |= adverse_event_tables(graded)
    if values or len(graded.study.subjects) <= MOST_SUBJECTS:
        written["values"] = values_table(graded)
    syndromes = syndromes_of(graded)
    return {name: in_order(name, table, syndromes) for name, table in written.items()}


def _plain_numbers(column: Any) -> Any:
    """A column of a laboratory table as an array; whole numbers that may be blank as numbers with nan."""
    return (
        column.to_numpy(dtype=float, na_value=float("nan"))
        if str(column.dtype) == "Int64"
        else column.to_numpy()
    )


def _last_days(graded: Graded, scales: Mapping[str, Any]) -> Any:
    """The study day on which each subject's last episode ended of the syndrome that laboratory criteria are shown after; nan without."""
    import numpy as np

    out = np.full(len(graded.study.subjects), np.nan)
    criteria = (scale.extra.get("series", {}).get("criteria", {}) for scale in scales.values())
    after = next((c["after"] for c in criteria if "after" in c), None)
    episodes = graded.syndromes[after].episodes if after in graded.syndromes else None
    if episodes is not None and len(episodes):
        out[episodes.subject] = episodes.end_day  # in order: the last of each subject stays
    return out


def run_facts(graded: Graded, asked: Asked, command: str) -> dict[str, Any]:
    """Everything run.json says but the time: what was run on what, by which rules, and how many."""
    study = graded.study
    grading = []
    for path in table_files(asked.table_folders):
        content = path.read_bytes()
        grading.append(
            {"name": path.name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        )
    return {
        "program": "senl-ae",
        "version": __version__,
        "command": command,
        "study": asked.settings.study,
        "settings": flat(asked.settings),
        "inputs": [{"name": f.name, "size": f.size, "sha256": f.sha256} for f in study.inputs],
        "input_paths": [shown(path.absolute()) for path in asked.files],
        "grading_tables": grading,
        "table_folders": [shown(folder.absolute()) for folder in asked.table_folders],
        "scales": [s.course.scale.facts(name) for name, s in graded.syndromes.items()],
        "counts": counts(graded),
        **(
            {"aesi": [g.facts() for g in events.groups]}
            if (events := graded.adverse_events) is not None
            else {}
        ),
        "assign": dict(asked.assign),
        "sheets": [{"file": s.file, "sheet": s.sheet, "domain": s.domain} for s in study.sheets],
    }


def rules_of(graded: Graded, settings: Settings, named: Any) -> dict[str, Any]:
    """The rules that explain the results. Versions of one laboratory table share their ids: only the version in force is kept."""
    return rules_kept(
        {name: s.course.scale for name, s in graded.syndromes.items()},
        {
            scale.id: scale
            for scale in graded.scales.values()
            if scale.course == "laboratory"
            and (scale.syndrome != "laboratory" or scale.version == settings.ctcae)
        },
        named,
    )


def counts(graded: Graded) -> dict[str, Any]:
    """Rows read and what became of each, assessments and grades, problems by severity."""
    from senl_ae.grade.course.notes import row_account

    study = graded.study
    out: dict[str, Any] = {
        "subjects": len(study.subjects),
        "infused": int((graded.windows.end_day >= 0).sum()),
        "rows": row_account(graded),
        "assessments": {name: len(s.course.a) for name, s in graded.syndromes.items()},
        "episodes": {name: len(s.episodes) for name, s in graded.syndromes.items()},
        "issues": {severity: study.issues.count(severity) for severity in ("refuse", "set aside", "note")},
        "reading": dict(sorted(study.counts.items())),
    }
    if graded.adverse_events is not None:
        out["adverse_events"] = graded.adverse_events.counts()
    return out
