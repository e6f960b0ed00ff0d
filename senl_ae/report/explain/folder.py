"""What explain reads from: a results folder and nothing else; one subject of it, the rules it was graded by, the way back to the sheets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.issues import Issues, Refused
from senl_ae.report import words
from senl_ae.report.layout.terminal import GRADE_STYLES
from senl_ae.results.folder import RUN_FILE, read_run, read_table
from senl_ae.results.folder import unreadable as not_as_written
from senl_ae.results.scales import scales_kept
from senl_ae.scale import Factor, Rule, Scale
from senl_ae.writing.csv_text import number_text, plain_text, safe_text

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table
    from rich.text import Text

LABS = "labs"
Row = dict[str, str]
UNSAID = ("fever", "died_of_this", "died_in_course")
"""Worked-out items that another column says already."""
ABOVE_ONE = ("vasopressors_together",)
"""Counts that say something new only above 1."""
BESIDE = {"oxygen_device": "oxygen_flow"}
"""An item, and the one that is shown in its column."""
GATE = words.heading("fever_gate")
CARRIED, INTERVAL, ENDS, UNKNOWN, MAYBE, UNREADABLE = "*", "+", " to ", "?", "maybe", "unreadable"
MARKS = {
    CARRIED: "* carried from an earlier row",
    INTERVAL: "+ from a treatment that was running",
    ENDS: "a to b: from what the record proves to the worst that it leaves open",
    UNKNOWN: "?: not known",
    MAYBE: "maybe: not ruled out",
}
"""What stands in the columns of values beside the values, and what it means."""
CORRECTED, CORRECTED_UNSAID = "calcium-corrected", "corrected value graded"
NO_RECORD = "."
"""What stands for a day without a record."""
_ADDRESS = re.compile(r"(.+?):([^:]*):(\d+)(?:;|$)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_CARRIED = re.compile(r"(?:^|;)([a-z0-9_]+)=(.+?):([^:]*):\d+(?=;[a-z0-9_]+=|$)")


@dataclass(frozen=True)
class Asked:
    """What the rules were asked at one assessment, item -> text: at the better end of the record, and at the worse.

    sheets: item -> the (file, sheet) that its value comes from, where it does not stand at the assessment itself.
    """

    better: dict[str, str]
    worse: dict[str, str]
    sheets: dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Folder:
    """A results folder, one subject of it, and the scales that it was graded by, each under the name of what it grades."""

    path: Path
    subject: str
    run: dict[str, Any]
    scales: dict[str, Scale]
    _read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return (self.path / f"{name}.csv").is_file()

    def rows(self, name: str) -> pd.DataFrame:
        """The subject's rows of one table, all text; no rows where the folder has no such table."""
        import pandas as pd

        if name not in self._read:
            table: pd.DataFrame = (
                read_table(self.path, name) if self.has(name) else pd.DataFrame({"subject_id": []})
            )
            self._read[name] = table[table["subject_id"] == safe_text(self.subject)].reset_index(drop=True)
        return self._read[name]

    def patient(self) -> dict[str, str]:
        return {str(name): str(value) for name, value in self.rows("patients").iloc[0].items()}

    def asked(self, found: pd.DataFrame) -> list[Asked]:
        """What the rules were asked at these rows of assessments.csv; nothing where values.csv has no such row."""
        key = ["syndrome", "datetime", "is_day"]
        rows = self.rows("values") if self.has("values") else found.iloc[:0]
        by_key = {tuple(row[k] for k in key): row for row in rows.to_dict("records")}
        return [_asked(by_key.get(tuple(row[k] for k in key), {})) for row in found.to_dict("records")]

    def rule(self, rule_id: str) -> tuple[Scale, Rule] | None:
        """The rule with this id, of whatever scale the results were graded by."""
        return next(
            ((scale, rule) for scale in self.scales.values() if (rule := scale.rule(rule_id)) is not None),
            None,
        )

    def says(self, ids: str) -> str:
        """What the rules with these ids (joined by `;`) say, in words."""
        said = []
        for rule_id in (i for i in ids.split(";") if i):
            found = self.rule(rule_id)
            said.append(
                found[1].says if found else "an investigator's ruling" if rule_id == "ruling" else rule_id
            )
        return "; ".join(said)


def _asked(row: dict[Any, str]) -> Asked:
    """A row of values.csv taken apart."""
    worse = dict(part.partition("=")[::2] for part in row.get("worse", "").split(";") if part)
    sheets: dict[str, list[tuple[str, str]]] = {}
    for item, file, sheet in _CARRIED.findall(row.get("carried", "")):
        sheets.setdefault(item, []).append((file, sheet))
    better = {str(item): text for item, text in row.items()}
    return Asked(better, better | worse, sheets)


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
    try:
        return Folder(path, subject, run, scales_kept(run))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise not_as_written(path / RUN_FILE, "its rules are not as senl-ae writes them") from None


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
    text = words.grade_text(float(grade) if grade else None, float(ceiling) if ceiling else None)
    return Text(text, style=GRADE_STYLES.get(text[:1], ""))


def is_open(grade: str, ceiling: str) -> bool:
    """Whether the record leaves something to settle: no grade, or a higher one not ruled out."""
    return not grade or bool(ceiling and int(ceiling) > int(grade))


# ---------------------------------------------------------------- what the rules were asked, as a person reads it


def value_columns(of: Folder, name: str, asked: Sequence[Asked]) -> dict[str, list[str]]:
    """Heading -> one text per assessment, for everything the scale's rules ask about that was known at any of them."""
    columns: dict[str, list[str]] = {}
    scale = of.scales.get(name)
    unreadable = scale.extra.get("unreadable", ()) if scale is not None else ()
    unread = {e["item"]: _as_written(e.get("most", "")) for e in unreadable}
    for item, conditions in (scale.asked() if scale is not None else {}).items():
        yes_no = all(c.op == "eq" and c.value in (0.0, 1.0) for c in conditions)
        if item in UNSAID or item in BESIDE.values() or (yes_no and any(c.value == 0.0 for c in conditions)):
            continue
        limit = next((c.value.of for c in conditions if isinstance(c.value, Factor)), "")
        limits = {_said(a.better.get(limit, ""), False) for a in asked} if limit else set()
        texts = [
            _ends(a, item, yes_no, limit if len(limits) > 1 else "", unread.get(item, "")) for a in asked
        ]
        if not conditions or not any(texts) or (item in ABOVE_ONE and not set(texts) - {"", "0", "1"}):
            continue
        heading, unit = words.heading(item), "" if yes_no or item in BESIDE else words.unit_of(item)
        if len(limits) == 1:
            heading += f"\nlimit {limits.pop()}"
        elif unit and not limit:
            heading += f"\n{unit}"
        columns[heading] = [t + (_mark(of, a, item) if t else "") for t, a in zip(texts, asked, strict=True)]
    return columns


def _as_written(value: str | float) -> str:
    return value if isinstance(value, str) else number_text(value)


def _said(value: str, yes_no: bool) -> str:
    """A value as a person reads it; blank where it was not recorded or a sign is not there."""
    if yes_no or not value:
        return "yes" if value == "1" else ""
    return words.number(float(value)) if _NUMBER.fullmatch(value) else words.word_short(value)


def _ends(asked: Asked, item: str, yes_no: bool, limit: str, unread: str) -> str:
    """The value of an item with what belongs beside it; both its ends where the worse is another.

    unread: the worst that a cell of it which nobody could read is graded as.
    """
    ends, beside = (asked.better, asked.worse), BESIDE.get(item, "")
    main, more = ([_said(end.get(name, ""), yes_no) for end in ends] for name in (item, beside))
    if not main[0] and unread and asked.worse.get(item) == unread:
        return UNREADABLE
    if yes_no and main[0] != main[1]:
        return MAYBE
    if main[0] == main[1]:
        text = f"{main[0]} {_range(more)} {words.unit_of(beside)}" if main[0] and any(more) else main[0]
    else:
        both = zip(main, more, strict=True)
        text = _range([f"{m} {side} {words.unit_of(beside)}" if m and side else m for m, side in both])
    return text + (f" ({_said(asked.better[limit], False)})" if text and asked.better.get(limit) else "")


def _range(ends: Sequence[str]) -> str:
    return ends[0] if ends[0] == ends[1] else f"{ends[0] or UNKNOWN}{ENDS}{ends[1] or UNKNOWN}"


def _mark(of: Folder, asked: Asked, item: str) -> str:
    """A mark where the value does not stand in a row of the assessment's own time."""
    domains = {(s["file"], s["sheet"]): s["domain"] for s in of.run.get("sheets", ())}
    found = {domains.get(place, "") for place in asked.sheets.get(item, ())}
    return "" if not found else INTERVAL if "interventions" in found else CARRIED


def rulings_at(of: Folder, found: pd.DataFrame) -> list[tuple[Row, list[int]]]:
    """The rulings in force at some of these rows of assessments.csv, each with the positions of those."""
    rows: list[Row] = of.rows("adjudications").to_dict("records")  # type: ignore[assignment]
    by_assessment = [_cells(text) for text in found["source"]]
    at = [(r, [i for i, cells in enumerate(by_assessment) if cells & _cells(r["source"])]) for r in rows]
    return [(r, here) for r, here in at if here and r["syndrome"] == found["syndrome"].iloc[0]]


def _cells(text: str) -> set[tuple[str, str, str]]:
    return {(file, sheet, row) for file, sheet, rows in sources(text) for row in rows}


def corrected(of: Folder, row: Row) -> str:
    """Calcium corrected for the albumin of the same draw, as it was graded; where that cannot be worked out again, only that it was."""
    if CORRECTED not in row["flags"].split(";"):
        return ""
    corrections = [
        scale.extra["terms"]["corrected_calcium"] for scale in of.scales.values() if "terms" in scale.extra
    ]
    how = next((c for c in corrections if c["test"] == row["test"]), None)
    value = _in_system(row) if how is not None else None
    if how is None or value is None or value[1] not in how:
        return CORRECTED_UNSAID
    labs = of.rows("labs")
    draw = labs[(labs["datetime"] == row["datetime"]) & (labs["test"] == how["by"])].drop_duplicates("source")
    albumin = {_in_system(other) for other in draw.to_dict("records")}
    measured = albumin.pop() if len(albumin) == 1 else None
    if measured is None or measured[1] != "g/L" or not row["datetime"]:
        return CORRECTED_UNSAID
    by, raw, back = how[value[1]], value[0], value[2]
    shift = by["per_unit"] * (by["albumin"] - measured[0] * 10.0 ** by["albumin_power"])
    return f"corrected {words.number(round((raw + shift) * back, 10))}"


def _in_system(row: Row) -> tuple[float, str, float] | None:
    """A value in the unit it is graded in, that unit, and the factor back to the unit reported; None for a limit or an unknown unit."""
    from senl_ae.vocabulary.items import load_items

    item = load_items().by_name.get(row["test"])
    conversion = item.conversion(row["unit"]) if item is not None and row["unit"] else None
    if conversion is None or {"censored-above", "censored-below"}.intersection(row["flags"].split(";")):
        return None
    try:
        return (
            float(row["value"]) * conversion.times / conversion.over,
            conversion.to,
            conversion.over / conversion.times,
        )
    except ValueError:
        return None
