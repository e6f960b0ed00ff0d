"""Tables as files: every format from the same laid-out tables, beside the long results as CSV and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from senl_ae.report.count.long_results import COLUMNS, LongResults, whole_numbers
from senl_ae.report.layout.laid import Laid, layouts
from senl_ae.writing.csv_text import number_text, quoted, safe_text
from senl_ae.writing.manifests import MANIFEST
from senl_ae.writing.whole import temporary_beside, write_among

MOST_LETTERS = 60
"""Of a file's name: a heading can be as long as anybody likes."""
NUMBER = re.compile(r"-?\d+(\.\d+)?|-")
"""Numbers, and the dash for "no value": a spreadsheet program has nothing to run in them."""


def write_files(
    long: LongResults, folder: Path, formats: Sequence[str], page_lines: int, force: bool = False
) -> tuple[list[Path], list[Path]]:
    """Write the formats asked for, each file whole or not at all; returns what was written, sorted by name, and what was moved aside.

    A file that is there and is not as an earlier `summarize` wrote it is refused, or with `force` moved aside.
    """
    with temporary_beside(folder / MANIFEST) as scratch:
        made = scratch / "made"
        made.mkdir()
        write_long_csv(long, made / "long.csv")
        write_long_json(long, made / "long.json")
        laid = list(layouts(long, page_lines))
        if "csv" in formats:
            for table in laid:
                write_csv(table, _unused(made / f"{table.text.number}-{file_name(table.name)}.csv"))
        if "json" in formats:
            write_json(laid, made / "tables.json")
        if "xlsx" in formats:
            from senl_ae.report.layout.workbook import write_xlsx

            write_xlsx(long, laid, made / "tables.xlsx")
        if "html" in formats:
            from senl_ae.report.layout.page import write_html

            write_html(laid, made / "tables.html")
        if "docx" in formats:
            from senl_ae.report.layout.word import write_docx

            write_docx(laid, made / "tables.docx")
        if "rtf" in formats:
            from senl_ae.report.layout.rtf import write_rtf

            write_rtf(laid, made / "tables.rtf")
        names = sorted(path.name for path in made.iterdir())
        aside = write_among(made, folder, force)
    return [folder / name for name in names], aside


def _unused(path: Path) -> Path:
    """A path that no other table has: two headings can be one name once it is made safe."""
    number = 2
    while path.exists():
        path, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return path


def file_name(text: str) -> str:
    """A part of a file's name out of a table's: what a file system or a shell could take for something else becomes a line."""
    return re.sub(r"[^\w.+-]+", "_", text).strip("._")[:MOST_LETTERS] or "_"


def guarded(text: str) -> str:
    """Text that no spreadsheet program runs: an apostrophe before what begins like a formula and is no number."""
    return text if NUMBER.fullmatch(text) else safe_text(text)


def _csv(names: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Columns as CSV; each distinct cell is looked at once."""
    lines = [",".join(quoted(guarded(name)) for name in names)]
    lines += map(",".join, zip(*(_cells(column) for column in columns), strict=True))
    return "\n".join(lines) + "\n"


def _cells(column: Sequence[str]) -> list[str]:
    made = {text: quoted(guarded(text)) for text in set(column)}
    return [made[text] for text in column]


def write_csv(laid: Laid, path: Path) -> None:
    """The table as it is laid out, one line a row; a listing with all its columns and lines."""
    names, rows = csv_rows(laid)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    path.write_text(_csv(names, columns), encoding="utf-8", newline="")


def csv_rows(laid: Laid) -> tuple[list[str], list[tuple[str, ...]]]:
    """Headings and rows of a table in a CSV file, before any guarding."""
    if laid.file is not None:
        return list(laid.file.columns), laid.file.rows
    return [laid.stub, *(" | ".join(heading) for heading in laid.columns)], [
        (line.label, *line.cells) for line in laid.lines
    ]


def write_long_csv(long: LongResults, path: Path) -> None:
    """The long results, one statistic a row; subjects joined by ;."""
    frame = long.frame
    columns: dict[str, list[str]] = {name: frame[name].tolist() for name in COLUMNS}
    columns["value"] = [number_text(value) for value in frame["value"].tolist()]
    columns["denominator"] = ["" if n is None else str(n) for n in whole_numbers(frame["denominator"])]
    columns["subjects"] = [";".join(ids) for ids in frame["subjects"].tolist()]
    path.write_text(_csv(COLUMNS, list(columns.values())), encoding="utf-8", newline="")


def write_long_json(long: LongResults, path: Path) -> None:
    """The long results with the page header and the titles; one statistic a line, subjects as lists."""
    frame = long.frame
    columns = {name: frame[name].tolist() for name in COLUMNS}
    columns["value"] = [None if value != value else value for value in columns["value"]]
    columns["denominator"] = whole_numbers(frame["denominator"])
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    titles = [
        {
            "table": table,
            "group_by": by,
            "number": text.number,
            "title": text.title,
            "footnotes": text.footnotes,
        }
        for (table, by), text in long.texts.items()
    ]
    _write_json({"about": long.about}, {"tables": titles, "results": rows}, path)


def write_json(laid: Sequence[Laid], path: Path) -> None:
    """The laid-out tables, for programs that print them elsewhere."""
    tables = [
        {
            "table": table.text.name,
            "group_by": table.group_by,
            "number": table.text.number,
            "title": table.text.title,
            "columns": table.columns,
            "lines": [
                {"label": line.label, "indent": line.indent, "cells": line.cells} for line in table.lines
            ],
            "footnotes": table.footnotes,
        }
        for table in laid
    ]
    _write_json({"about": laid[0].about if laid else {}}, {"tables": tables}, path)


def _write_json(facts: dict[str, object], lists: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """One entry of a list a line: quick to write, and readable."""
    parts = [f"{_json(name)}: {_json(value)}" for name, value in facts.items()]
    parts += [
        f"{_json(name)}: [\n" + ",\n".join(map(_json, entries)) + "\n]" for name, entries in lists.items()
    ]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8", newline="")


_json = json.JSONEncoder(ensure_ascii=False).encode
"""One encoder for all lines: json.dumps would make one for each."""
