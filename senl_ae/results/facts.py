"""What run.json says of a run: what was graded, by which settings, tables and rules, and what became of every row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from senl_ae import __version__
from senl_ae.grade.rules.in_force import table_files
from senl_ae.issues import SEVERITIES, Issues
from senl_ae.results.scales import rules_kept
from senl_ae.settings import flat
from senl_ae.writing.manifests import hash_of
from senl_ae.writing.whole import shown

if TYPE_CHECKING:
    from senl_ae.grade.graded import Graded
    from senl_ae.study import Asked


def run_facts(
    graded: Graded, asked: Asked, issues: Issues, command: str, rules_named: Iterable[str]
) -> dict[str, Any]:
    """Everything run.json says but the time. rules_named: the rules that grade laboratory values, as labs.csv names them."""
    study, events = graded.study, graded.adverse_events
    return {
        "program": "senl-ae",
        "version": __version__,
        "command": command,
        "study": asked.settings.study,
        "settings": flat(asked.settings),
        "inputs": [{"name": f.name, "size": f.size, "sha256": f.sha256} for f in study.inputs],
        "input_paths": [shown(path.absolute()) for path in asked.files],
        "grading_tables": [
            {"name": path.name, "size": path.stat().st_size, "sha256": hash_of(path)}
            for path in table_files(asked.table_folders)
        ],
        "table_folders": [shown(folder.absolute()) for folder in asked.table_folders],
        "scales": [s.course.scale.facts(name) for name, s in graded.syndromes.items()],
        "counts": _counts(graded, issues),
        **({} if events is None else {"aesi": [group.facts() for group in events.groups]}),
        "assign": dict(asked.assign),
        "sheets": [{"file": s.file, "sheet": s.sheet, "domain": s.domain} for s in study.sheets],
        "rules": rules_kept(graded, asked.settings.ctcae, rules_named),
    }


def _counts(graded: Graded, issues: Issues) -> dict[str, Any]:
    """Rows read and what became of each, assessments and grades, problems by severity."""
    from senl_ae.grade.course.notes import row_account

    study, events = graded.study, graded.adverse_events
    return {
        "subjects": len(study.subjects),
        "infused": int((graded.windows.end_day >= 0).sum()),
        "rows": row_account(graded),
        "assessments": {name: len(s.course.a) for name, s in graded.syndromes.items()},
        "episodes": {name: len(s.episodes) for name, s in graded.syndromes.items()},
        "issues": {severity: issues.count(severity) for severity in SEVERITIES},
        "reading": dict(sorted(study.counts.items())),
        **({} if events is None else {"adverse_events": events.counts()}),
    }
