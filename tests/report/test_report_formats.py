"""Terminal, workbook, page, Word and RTF: complete, safe, reproducible."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from make_results import random_study, write_study
from rich.cells import cell_len
from rich.console import Console

from senl_ae.report.count.long_results import LongResults
from senl_ae.report.layout.files import guarded
from senl_ae.report.layout.laid import footer_line, layout, layouts, panels
from senl_ae.report.layout.rtf import escaped
from senl_ae.report.layout.terminal import WIDTH, render
from senl_ae.report.summary import run_summarize, summarize

FORMATS = ("xlsx", "html", "docx", "rtf", "json", "csv")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    subjects = random_study(1, 18)
    subjects[0]["subject_id"] = "[red]=S001&<b>\\{}\u5f20"
    return write_study(tmp_path_factory.mktemp("small") / "results", subjects, 1)


@pytest.fixture(scope="module")
def written(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LongResults]:
    pytest.importorskip("docx")
    out = tmp_path_factory.mktemp("out")
    return out, run_summarize(small, by=("dose",), source="both", formats=FORMATS, out=out).long


def test_the_same_results_give_the_same_bytes(
    small: Path, written: tuple[Path, LongResults], tmp_path: Path
) -> None:
    again = run_summarize(small, by=("dose",), source="both", formats=FORMATS, out=tmp_path)
    for path in again.files:
        assert path.read_bytes() == (written[0] / path.name).read_bytes(), path.name


def test_the_terminal_stays_within_100_columns_and_prints_markup_as_it_is(small: Path) -> None:
    out = io.StringIO()
    console = Console(file=out, width=WIDTH)
    for laid in layouts(summarize(small, by=("dose",), source="both")):
        for renderable in render([laid], WIDTH):
            console.print(renderable)
    text = out.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert "[red]=S001&<b>" in text
    assert "\x1b" not in text


def test_a_table_too_wide_goes_on_in_a_second_panel(small: Path) -> None:
    laid = layout(summarize(small, by=("site", "dose"), tables=("management",)), "management", "dose_level")
    out = io.StringIO()
    Console(file=out, width=100).print(*render([laid], 100), sep="\n")
    text = out.getvalue()
    assert text.count("CRS onset to tocilizumab, days") == 2
    for heading in laid.columns:
        assert heading[0] in text
    assert sum(line.cells[0] in text for line in laid.lines) == len(laid.lines)


def test_every_cell_is_in_the_workbook_the_page_and_the_documents(written: tuple[Path, LongResults]) -> None:
    import docx

    out, long = written
    book = openpyxl.load_workbook(out / "tables.xlsx")
    document = docx.Document(str(out / "tables.docx"))
    page = (out / "tables.html").read_text(encoding="utf-8")
    rtf = (out / "tables.rtf").read_text(encoding="ascii")
    for number, laid in enumerate(layouts(long)):
        sheet = book.worksheets[number]
        rows = [
            ["" if value is None else str(value) for value in row]
            for row in sheet.iter_rows(min_row=6, values_only=True)
        ]
        for row, line in zip(rows, laid.lines, strict=False):
            assert row[: len(line.cells) + 1] == [line.label, *line.cells]
    for number, laid in enumerate(part for whole in layouts(long) for part in panels(whole)):
        table = document.tables[number]
        cells = [cell.text for cell in table._cells]
        width = len(laid.columns) + 1
        for position, line in enumerate(laid.lines, 1):
            row = cells[position * width : (position + 1) * width]
            assert [text.strip("\u2003") for text in row] == [line.label, *line.cells]
        for line in laid.lines:
            for cell in (line.label, *line.cells):
                assert escaped(cell) + "\\b0 \\cell" in rtf or escaped(cell) + "\\cell" in rtf
        section = document.sections[number]
        header = "\n".join(paragraph.text for paragraph in section.header.paragraphs)
        footer = "\n".join(paragraph.text for paragraph in section.footer.paragraphs)
        assert f"Table {laid.text.number}. {laid.text.title}" in header
        assert all(note in footer for note in (*laid.footnotes, footer_line(laid)))
        assert page.count(laid.text.title.replace("'", "&#x27;")) >= 2


def test_the_workbook_prints_well_and_runs_nothing(written: tuple[Path, LongResults]) -> None:
    out, long = written
    book = openpyxl.load_workbook(out / "tables.xlsx")
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert "&P of &N" in sheet.oddFooter.right.text
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    sheet = book["Long results"]
    headings = [cell.value for cell in sheet[1]]
    values = [row[headings.index("value")] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert all(value is None or isinstance(value, (int, float)) for value in values)
    assert len(values) == len(long.frame)
    with zipfile.ZipFile(out / "tables.xlsx") as archive:
        assert {part.date_time for part in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}


class Links(HTMLParser):
    """What a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.targets += [found[name] or "" for name in ("src", "href") if name in found]
        self.anchors += [found["id"] or ""] if "id" in found else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_fetches_nothing_and_its_links_lead_somewhere(written: tuple[Path, LongResults]) -> None:
    text = (written[0] / "tables.html").read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    assert links.open == []
    assert all(target.startswith("#") and target[1:] in links.anchors for target in links.targets)
    assert len(set(links.anchors)) == len(links.anchors)
    assert "http" not in text and "@import" not in text and "url(" not in text
    assert "[red]=S001&amp;&lt;b&gt;" in text


def test_rtf_is_plain_ascii_with_balanced_braces(written: tuple[Path, LongResults]) -> None:
    text = (written[0] / "tables.rtf").read_text(encoding="ascii")
    bare = text.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")
    parts = [part for laid in layouts(written[1]) for part in panels(laid)]
    assert text.count("\\sectd") == len(parts) >= len(written[1].texts)
    assert escaped("\u5f20{}\\\U0001f600") == r"\u24352?\{\}\\\u-10179?\u-8704?"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        ("-", "-"),
        ("-1", "-1"),
        ("2 (3.0%)", "2 (3.0%)"),
        ("-1+2", "'-1+2"),
    ],
)
def test_text_that_begins_like_a_formula_is_guarded(text: str, safe: str) -> None:
    assert guarded(text) == safe


def test_no_csv_cell_begins_like_a_formula(written: tuple[Path, LongResults]) -> None:
    import csv

    for path in written[0].glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                assert not any(re.match(r"[=+@\t\r]|-[^\d]", cell) for cell in row), path.name


def test_scipy_and_the_writers_are_imported_only_where_used() -> None:
    code = "import sys, senl_ae.report.summary; print([m for m in ('scipy', 'openpyxl', 'docx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_table_too_wide_for_a_page_goes_on_in_a_second_part(small: Path) -> None:
    laid = layout(summarize(small, by=("dose",), tables=("management",)), "management", "dose_level")
    wide = replace(
        laid,
        columns=laid.columns * 3,
        lines=tuple(replace(line, cells=line.cells * 3) for line in laid.lines),
    )
    parts = list(panels(wide))
    assert len(parts) > 2
    assert [heading for part in parts for heading in part.columns] == list(wide.columns)
    for k, line in enumerate(wide.lines):
        assert [cell for part in parts for cell in part.lines[k].cells] == list(line.cells)


def flat_docx(path: Path) -> str:
    """What a Word document says, in lines: header, table, footer."""
    import docx

    document = docx.Document(str(path))
    lines = []
    for section, table in zip(document.sections, document.tables, strict=True):
        lines += [f"header: {paragraph.text}" for paragraph in section.header.paragraphs]
        lines += [" | ".join(cell.text.replace("\n", " / ") for cell in row.cells) for row in table.rows]
        lines += [f"footer: {paragraph.text}" for paragraph in section.footer.paragraphs]
    return "\n".join(lines) + "\n"


def flat_xlsx(path: Path) -> str:
    """What a workbook holds, in lines: sheet, print set-up, cells."""
    lines = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        lines.append(
            f"sheet {sheet.title}: freeze {sheet.freeze_panes}, repeat {sheet.print_title_rows}, {sheet.page_setup.orientation}"
        )
        lines += [
            " | ".join("" if value is None else repr(value) for value in row)
            for row in sheet.iter_rows(values_only=True)
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["terminal", "csv", "long.csv", "json", "html", "rtf", "docx", "xlsx"])
def test_golden_formats(name: str, tmp_path: Path) -> None:
    """One short table in every format. After a change that is meant: SENL_AE_WRITE_GOLDEN=1 pytest, and read the difference."""
    pytest.importorskip("docx")
    folder = write_study(tmp_path / "results", random_study(1, 9), 1)
    done = run_summarize(
        folder, by=("sex",), tables=("crs-icans",), formats=("terminal", *FORMATS), out=tmp_path / "out"
    )
    out = tmp_path / "out"
    if name == "terminal":
        stream = io.StringIO()
        Console(file=stream, width=100).print(*done.renderables, sep="\n")
        text = stream.getvalue()
    elif name in ("docx", "xlsx"):
        text = (flat_docx if name == "docx" else flat_xlsx)(out / f"tables.{name}")
    else:
        path = {"csv": "5a-crs-icans-by-sex.csv", "long.csv": "long.csv"}.get(name, f"tables.{name}")
        text = re.sub(
            r"<style>.*</style>", "<style></style>", (out / path).read_text(encoding="utf-8"), flags=re.DOTALL
        )
    golden = Path(__file__).parent / "golden" / "formats" / f"{name}.txt"
    if os.environ.get("SENL_AE_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
