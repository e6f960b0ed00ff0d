"""What explain reads from: a results folder, one subject of it, and the rules in force, with the way back to spreadsheet rows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.csv_text import plain_text, safe_text
from senl_ae.grade.rules.scales import Rule, Scale
from senl_ae.issues import Issues, Refused
from senl_ae.report.layout.terminal import GRADE_STYLES
from senl_ae.report.words import grade_text
from senl_ae.results.folder import read_run, read_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table
    from rich.text import Text

NO_RECORD = "."
"""What stands for a day without a record."""
_ADDRESS = re.compile(r"(.+?):([^:;]*):(\d+)(?:;|$)")


@dataclass(frozen=True)
class Folder:
    """A results folder, one subject of it, and the scales that it was graded by."""

    path: Path
    subject: str
    run: dict[str, Any]
    scales: dict[str, Scale]
    tables_changed: bool
    tables_missing: tuple[str, ...] = ()
    """Grading tables of the run that are not found here (a folder given with --tables): their rules are known by id alone."""
    _read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def rows(self, name: str) -> pd.DataFrame:
        """The subject's rows of one table, all text; no rows where the folder has no such table."""
        import pandas as pd

        if name not in self._read:
            table: pd.DataFrame = (
                read_table(self.path, name)
                if (self.path / f"{name}.csv").is_file()
                else pd.DataFrame({"subject_id": []})
            )
            self._read[name] = table[table["subject_id"] == safe_text(self.subject)].reset_index(drop=True)
        return self._read[name]

    def patient(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self.rows("patients").iloc[0].items()}

    def rule(self, rule_id: str) -> tuple[Scale, Rule] | None:
        """The rule with this id, of whatever scale is in force."""
        return next(
            ((scale, rule) for scale in self.scales.values() if (rule := scale.rule(rule_id)) is not None),
            None,
        )

    def says(self, ids: str) -> str:
        """What the rules with these ids (joined by `;`) say, in words."""
        words = []
        for rule_id in (i for i in ids.split(";") if i):
            found = self.rule(rule_id)
            words.append(
                found[1].says if found else "an investigator's ruling" if rule_id == "ruling" else rule_id
            )
        return "; ".join(words)


def open_folder(path: Path, subject: str) -> Folder:
    """The folder with one subject of it. Raises Refused where either is not there."""
    run = read_run(path)
    ids = [plain_text(i) for i in read_table(path, "patients")["subject_id"].tolist()]
    if subject not in ids:
        near = [i for i in ids if i.casefold().endswith(subject.casefold())][:3] or difflib.get_close_matches(
            subject, ids, 3, 0.4
        )
        nearest = f", the nearest {' or '.join(near)}" if near else ""
        raise refused(
            "unknown-subject",
            f"no subject {subject} in {path}",
            f"one of the {len(ids)} ids in patients.csv{nearest}",
        )
    return Folder(path, subject, run, *_scales_of(run))


def _scales_of(run: dict[str, Any]) -> tuple[dict[str, Scale], bool, tuple[str, ...]]:
    """The scales of the run, whether a table is no longer the one it was graded with, and which are not found."""
    import hashlib

    from senl_ae.grade.rules.in_force import checked_scales, table_files

    folders = [Path(p) for p in run.get("table_folders", ()) if Path(p).is_dir()]
    now = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in table_files(folders)}
    tables = run.get("grading_tables", ())
    changed = any(t["name"] in now and now[t["name"]] != t["sha256"] for t in tables)
    missing = tuple(t["name"] for t in tables if t["name"] not in now)
    graded_by = {scale["id"] for scale in run.get("scales", ())}
    ctcae = run["settings"].get("ctcae")
    # versions of one laboratory table share the ids of their rules: only the one in force explains them
    in_force = {
        name: scale
        for name, scale in checked_scales(folders).items()
        if (
            scale.version == ctcae
            if scale.syndrome == "laboratory"
            else name in graded_by or scale.course == "laboratory"
        )
    }
    return in_force, changed, missing


def refused(code: str, found: str, expected: str) -> Refused:
    issues = Issues()
    issues.add("refuse", code, found=found, expected=expected)
    return Refused(issues)


def sources(text: str) -> list[tuple[str, str, list[str]]]:
    """`file:sheet:row;...` as (file, sheet, rows), in order of appearance."""
    found: dict[tuple[str, str], list[str]] = {}
    for file, sheet, row in _ADDRESS.findall(text):
        found.setdefault((file, sheet), []).append(row)
    return [(file, sheet, rows) for (file, sheet), rows in found.items()]


def address(file: str, sheet: str, rows: Sequence[str] = ()) -> str:
    """Rows of a sheet as a person looks them up."""
    where = f'{file}, sheet "{sheet}"' if sheet else file
    rows = [row for row in rows if row]
    return where + (f", row{'s' if len(rows) > 1 else ''} {', '.join(rows)}" if rows else "")


def places(texts: Sequence[str]) -> list[str]:
    """The files and sheets that rows stand in."""
    return sorted({address(file, sheet) for text in texts for file, sheet, _ in sources(text)})


def plain_table(*columns: str, right: Sequence[str] = (), fixed: Sequence[str] = ()) -> Table:
    """A table without frames, as all of explain uses."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(
            name, justify="right" if name in right else "left", no_wrap=name in fixed, overflow="fold"
        )
    return table


def grade_cell(grade: str, ceiling: str, state: str = "graded") -> Text:
    """A grade as a cell: coloured, with what it leaves open; `.` where there is no record."""
    from rich.text import Text

    if state == "no-record":
        return Text(NO_RECORD)
    text = grade_text(float(grade) if grade else None, float(ceiling) if ceiling else None)
    return Text(text, style=GRADE_STYLES.get(text[:1], ""))


def is_open(grade: str, ceiling: str) -> bool:
    """Whether the record leaves something to settle: no grade, or a higher one not ruled out."""
    return not grade or bool(ceiling and int(ceiling) > int(grade))
