"""Tables as files: every format from the same laid-out tables, beside the long results as CSV and JSON."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from senl_ae.csv_text import quoted, safe_text
from senl_ae.report.layout import Laid, layouts
from senl_ae.report.long_results import COLUMNS, LongResults, whole_numbers

NUMBER = re.compile(r"-?\d+(\.\d+)?|-")
"""Numbers, and the dash for "no value": a spreadsheet program has nothing to run in them."""


def write_files(long: LongResults, folder: Path, formats: Sequence[str], page_lines: int) -> list[Path]:
    """Write the formats asked for, each file whole or not at all; returns what was written, sorted by name."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        made = Path(scratch)
        write_long_csv(long, made / "long.csv")
        write_long_json(long, made / "long.json")
        laid = list(layouts(long, page_lines))
        if "csv" in formats:
            for table in laid:
                write_csv(table, made / f"{table.text.number}-{table.name}.csv")
        if "json" in formats:
            write_json(laid, made / "tables.json")
        if "xlsx" in formats:
            from senl_ae.report.workbook import write_xlsx

            write_xlsx(long, laid, made / "tables.xlsx")
        if "html" in formats:
            from senl_ae.report.page import write_html

            write_html(laid, made / "tables.html")
        if "docx" in formats:
            from senl_ae.report.word import write_docx

            write_docx(laid, made / "tables.docx")
        if "rtf" in formats:
            from senl_ae.report.rtf import write_rtf

            write_rtf(laid, made / "tables.rtf")
        written = []
        for path in sorted(made.iterdir()):
            os.replace(path, folder / path.name)
            written.append(folder / path.name)
    return written


def guarded(text: str) -> str:
    """Text that no spreadsheet program runs: an apostrophe before what begins like a formula and is no number."""
    return text if NUMBER.fullmatch(text) else safe_text(text)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    return "".join(",".join(map(quoted, row)) + "\n" for row in rows)


def write_csv(laid: Laid, path: Path) -> None:
    """The table as it is laid out, one line a row; a listing with all its columns and lines."""
    path.write_text(_csv(csv_rows(laid)), encoding="utf-8", newline="")


def csv_rows(laid: Laid) -> list[list[str]]:
    if laid.file is not None:
        return [list(laid.file.columns), *([guarded(cell) for cell in row] for row in laid.file.rows)]
    rows = [[laid.stub, *(guarded(" | ".join(heading)) for heading in laid.columns)]]
    return rows + [[guarded(line.label), *(guarded(cell) for cell in line.cells)] for line in laid.lines]


def write_long_csv(long: LongResults, path: Path) -> None:
    """The long results, one statistic a row; subjects joined by ;."""
    frame = long.frame
    columns = [frame[name].tolist() for name in COLUMNS[:6]]
    values = ["" if value != value else repr(value).removesuffix(".0") for value in frame["value"].tolist()]
    denominators = ["" if n is None else str(n) for n in whole_numbers(frame["denominator"])]
    rest = [frame["printed"].tolist(), denominators, frame["denominator_is"].tolist(), frame["method"].tolist(),
            [";".join(ids) for ids in frame["subjects"].tolist()]]
    texts = [values if column is values else [guarded(text) for text in column] for column in (*columns, values, *rest)]
    rows = zip(*texts, strict=True)
    path.write_text(_csv([list(COLUMNS), *rows]), encoding="utf-8", newline="")


def write_long_json(long: LongResults, path: Path) -> None:
    """The long results with the page header and the titles, and subjects as lists."""
    frame = long.frame
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*(frame[name].tolist() for name in COLUMNS), strict=True)]
    for row in rows:
        row["value"] = None if row["value"] != row["value"] else row["value"]
        row["subjects"] = list(row["subjects"])
    for row, denominator in zip(rows, whole_numbers(frame["denominator"]), strict=True):
        row["denominator"] = denominator
    titles = [{"table": table, "group_by": by, "number": text.number, "title": text.title, "footnotes": list(text.footnotes)}
              for (table, by), text in long.texts.items()]
    _write_json({"about": long.about, "tables": titles, "results": rows}, path)


def write_json(laid: Sequence[Laid], path: Path) -> None:
    """The laid-out tables, for programs that print them elsewhere."""
    tables = [{"table": table.text.name, "group_by": table.group_by, "number": table.text.number, "title": table.text.title,
               "columns": [list(heading) for heading in table.columns],
               "lines": [{"label": line.label, "indent": line.indent, "cells": list(line.cells)} for line in table.lines],
               "footnotes": list(table.footnotes)} for table in laid]
    _write_json({"about": laid[0].about if laid else {}, "tables": tables}, path)


def _write_json(value: object, path: Path) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="")
