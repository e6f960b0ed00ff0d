"""Every cell of a file comes out at its row and column with the value that a person sees."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hostile import ROW, sheet, text_cell, write_workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senl_ae.issues import Issue, Issues
from senl_ae.read.files import delimited
from senl_ae.read.files.grid import letters
from senl_ae.read.files.tables import read_tables
from senl_ae.read.files.xlsx_parse import SheetParser
from senl_ae.read.files.xlsx_scan import Cells, Limits, Unpacked, scan_part
from senl_ae.settings import Settings
from senl_ae.study import RawTable

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(*paths: Path) -> tuple[list[RawTable], Issues]:
    read = read_tables(list(paths), Settings())
    return read.tables, Issues(read.issues)


def read_one(path: Path) -> RawTable:
    tables, issues = read(path)
    assert not issues.refused, [i.sentence() for i in issues.found]
    (table,) = tables
    assert len({len(column) for column in table.columns}) == 1
    return table


def rows_of(table: RawTable) -> list[list[Any]]:
    return [list(row) for row in zip(*table.columns, strict=True)]


def text_table(folder: Path, data: str | bytes, name: str = "vitals.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def cells(*tags: str, row: int = 1) -> str:
    return f'<row r="{row}">{"".join(tags)}</row>'


def number(address: str, value: object, style: int = 0) -> str:
    return f'<c r="{address}" s="{style}"><v>{value}</v></c>'


# ---- workbooks ------------------------------------------------------------------------------------------------------------------------


def test_row_numbers_stay_exact_above_and_between_blank_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page["B3"], page["C5"] = "subject_id", 7
    book.save(tmp_path / "a.xlsx")
    table = read_one(tmp_path / "a.xlsx")
    assert rows_of(table) == [[None] * 3, [None] * 3, [None, "subject_id", None], [None] * 3, [None, None, 7]]


def test_text_that_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    typed = ["007", "NA", "None", "null", "=1+1", " 98 % ", "1,5", "TRUE", "[red]", "体温"]
    for at, text in enumerate(typed, 1):
        page.cell(1, at, text).data_type = "s"
    page.cell(2, 1, True)
    page.cell(2, 2, 0)
    page.cell(2, 3, False)
    book.save(tmp_path / "a.xlsx")
    table = read_one(tmp_path / "a.xlsx")
    assert rows_of(table)[0] == typed
    assert rows_of(table)[1][:4] == [True, 0, False, None]
    assert type(rows_of(table)[1][0]) is bool


def test_sheets_come_in_the_workbook_order_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("Zeta", "blank", "Alpha"):
        page = book.create_sheet(name)
        if name != "blank":
            page["A1"] = name
    book.create_chartsheet("a chart")
    book["Alpha"].sheet_state = "hidden"
    del book["Sheet"]
    book.save(tmp_path / "a.xlsx")
    tables, issues = read(tmp_path / "a.xlsx")
    assert [t.sheet for t in tables] == ["Zeta", "Alpha"]
    assert not issues.found


def test_error_cells_and_formulas_without_a_value_are_known_and_blank(tmp_path: Path) -> None:
    xml = sheet(
        cells(
            text_cell("A1", "x"),
            '<c r="B1" t="e"><v>#N/A</v></c>',
            '<c r="C1" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
            '<c r="D1"><f>A1</f></c>',
            '<c r="E1"><f>A1</f><v></v></c>',
            '<c r="F1"><f t="shared" si="0"/><v/></c>',
            '<c r="G1"><f>A1</f><v>5</v></c>',
            '<c r="H1" t="str"><f>IF(A1="","","")</f><v></v></c>',
            '<c r="I1" t="str"><f>A1&amp;" t=""e"""</f><v>hidden="1" t="e"</v></c>',
        )
    )
    table = read_one(write_workbook(tmp_path / "a.xlsx", xml))
    assert rows_of(table) == [["x", None, None, None, None, None, 5, None, 'hidden="1" t="e"']]
    assert table.error_cells == {(0, 1), (0, 2)}
    assert table.unstored_formulas == {(0, 3), (0, 4), (0, 5)}


def test_hidden_rows_and_merged_ranges_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    for at in range(1, 6):
        page.append([at, f"row {at}"])
    page.row_dimensions[3].hidden = True
    page.column_dimensions["A"].hidden = True
    page.merge_cells("A4:B5")
    book.save(tmp_path / "a.xlsx")
    table = read_one(tmp_path / "a.xlsx")
    assert table.hidden_rows == {2}
    assert table.merged == ((3, 0, 4, 1),)
    assert rows_of(table)[2] == [3, "row 3"]


def test_stored_values_of_formulas_are_the_values(tmp_path: Path) -> None:
    text, truth = (
        '<c r="B1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
        '<c r="C1" t="b"><f>TRUE</f><v>1</v></c>',
    )
    xml = sheet(cells('<c r="A1"><f>37+1.5</f><v>38.5</v></c>', text, truth))
    assert rows_of(read_one(write_workbook(tmp_path / "a.xlsx", xml))) == [[38.5, "ab", True]]


@pytest.mark.parametrize(
    ("serial", "style", "value"),
    [
        ("NaN", 0, "NaN"),
        ("46023", 3, dt.date(2026, 1, 1)),
        ("46023.5", 1, dt.datetime(2026, 1, 1, 12)),
        ("46023.333333329", 1, dt.datetime(2026, 1, 1, 8)),
        ("46023.041666664", 1, dt.datetime(2026, 1, 1, 1)),
        ("46023.99999999", 1, dt.datetime(2026, 1, 2)),
        ("46023.0000001", 1, dt.datetime(2026, 1, 1)),
        ("0.25", 4, dt.time(6)),
        ("0.33333331", 4, dt.time(8)),
        ("0", 4, dt.time(0)),
        ("0.25", 2, dt.time(6)),
        ("1.5", 2, "36:00:00"),
        ("2958465.99999999", 1, dt.datetime(9999, 12, 31, 23, 59, 59)),
        ("46023", 0, 46023.0),
    ],
)
def test_serials_with_a_date_format_are_dates_to_the_whole_second(
    tmp_path: Path, serial: str, style: int, value: object
) -> None:
    table = read_one(
        write_workbook(
            tmp_path / "a.xlsx", sheet(cells(text_cell("A1", "when"), number("B1", serial, style)))
        )
    )
    assert table.columns[1][0] == value
    assert type(table.columns[1][0]) is type(value)


@pytest.mark.parametrize("flag", ['date1904="1"', 'date1904="true"', "date1904='1'"])
def test_the_1904_date_system(tmp_path: Path, flag: str) -> None:
    xml = sheet(cells(number("A1", 44561, 3), number("B1", 44561.5, 1)))
    table = read_one(write_workbook(tmp_path / "a.xlsx", xml, properties=f"<workbookPr {flag}/>"))
    assert rows_of(table) == [[dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 12)]]


def test_midnight_is_a_time_where_every_format_of_the_column_shows_the_time(tmp_path: Path) -> None:
    def column(*styles_and_serials: tuple[int, object]) -> list[object]:
        rows = "".join(
            cells(number(f"A{row}", serial, style), row=row)
            for row, (style, serial) in enumerate(styles_and_serials, 1)
        )
        return list(read_one(write_workbook(tmp_path / "a.xlsx", sheet(rows))).columns[0])

    day, noon = dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, 12)
    assert column((1, 46023), (1, 46023.5)) == [dt.datetime(2026, 1, 1), noon]
    assert [type(v) for v in column((1, 46023), (1, 46023.5))] == [dt.datetime, dt.datetime]
    assert [type(v) for v in column((3, 46023), (1, 46023.5))] == [
        dt.date,
        dt.datetime,
    ]  # a date among times: a day, not midnight
    assert column((1, 46023), (1, 46024)) == [day, dt.date(2026, 1, 2)]  # all midnights: a column of dates


def test_a_million_blank_rows_with_formats_are_cheap_and_gone(tmp_path: Path) -> None:
    blank = b"".join(b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n) for n in range(2, 40_000))
    xml = sheet(
        ROW + blank.decode() + cells(number("A1048576", 1)[:0], '<c r="B1048576" s="1"/>', row=1048576)
    )
    table = read_one(write_workbook(tmp_path / "a.xlsx", xml))
    assert rows_of(table) == [["subject_id", 1]]


def test_a_stray_value_far_to_the_right_does_not_matter(tmp_path: Path) -> None:
    xml = sheet(cells(number("A1", 1), number("XFD1", 2)) + cells(number("A2", 3), row=2))
    table = read_one(write_workbook(tmp_path / "a.xlsx", xml))
    assert len(table.columns) == 16_384
    assert (table.columns[0].tolist(), table.columns[-1].tolist(), table.columns[5].tolist()) == (
        [1, 3],
        [2, None],
        [None, None],
    )


def test_sheets_written_in_unusual_ways(tmp_path: Path) -> None:
    second = '<row r="2" hidden="1"><c r="A2"><f>B1</f></c></row>'
    usual = sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c></row>' + second)
    start, middle, end = usual.partition("<worksheet")
    prefixed = start + (middle + end).replace("</", "</x:").replace("<", "<x:").replace(
        "<x:/x:", "</x:"
    ).replace("xmlns=", "xmlns:x=")
    for name, xml in {
        "quotes": usual.replace('"', "'"),
        "prefix": prefixed,
        "attributes": usual.replace('r="B1" t="e"', 't="e" r="B1"'),
        "no_addresses": re.sub(r' r="\w+"', "", usual),
    }.items():
        table = read_one(write_workbook(tmp_path / f"{name}.xlsx", xml))
        assert rows_of(table) == [[1, None], [None, None]], name
        assert (table.error_cells, table.hidden_rows, table.unstored_formulas) == ({(0, 1)}, {1}, {(1, 0)}), (
            name
        )


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6)),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
)
GRIDS = st.lists(st.lists(VALUES, max_size=6), min_size=1, max_size=8)


def as_seen(value: Any) -> Any:
    """A value as openpyxl gives it, in the one form that both readers agree on."""
    if isinstance(value, dt.datetime):
        return value
    return (
        dt.datetime.combine(value, dt.time())
        if isinstance(value, dt.date)
        else (value if value != "" else None)
    )


def trimmed(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows without blank ends."""
    out = []
    for row in rows:
        kept = [as_seen(v) for v in row]
        while kept and kept[-1] is None:
            kept.pop()
        out.append(kept)
    while out and not out[-1]:
        out.pop()
    return out


@FEW
@given(grid=GRIDS)
def test_agrees_with_openpyxl_on_clean_sheets(tmp_path: Path, grid: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    for row, values in enumerate(grid, 1):
        for column, value in enumerate(values, 1):
            cell = book.active.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(tmp_path / "a.xlsx")
    tables, issues = read(tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True, data_only=True).active
    page.reset_dimensions()
    expected = trimmed([list(row) for row in page.iter_rows(values_only=True)])
    assert [i.code for i in issues.found] == ([] if expected else ["no-data"])
    assert (trimmed(rows_of(tables[0])) if tables else []) == expected


TAG = st.builds(
    lambda address, style, inner: f'<c r="{address}"{style}{inner}',
    st.builds(lambda c, r: f"{letters(c)}{r}", st.integers(0, 800), st.integers(1, 99_999)),
    st.sampled_from(["", ' s="0"', ' s="3"', ' s="12"', ' s="345"']),
    st.sampled_from(
        [
            "><v>1</v></c>",
            ' t="e"><v>#N/A</v></c>',
            ' t="e"><f>A1</f><v>#N/A</v></c>',
            "><f>A1</f></c>",
            "><f>A1='x'</f><v></v></c>",
            '><f t="shared" si="0"/></c>',
            '><f t="shared" si="0"/><v>1</v></c>',
            ' t="str"><f>A1</f><v></v></c>',
            ' t="str"><f>A1</f><v>x</v></c>',
            ' t="s"><v>0</v></c>',
            ' t="n"><v>2</v></c>',
            ' t="inlineStr"><is><t> t="e" hidden="1" &lt;f&gt;</t></is></c>',
            ' t="b"><v>1</v></c>',
        ]
    ),
)
ROW_TAG = st.builds(
    lambda r, h, inner: f'<row r="{r}"{h}>{"".join(inner)}</row>',
    st.integers(1, 99_999),
    st.sampled_from(["", ' hidden="1"', ' hidden="0"', ' ht="15" hidden="true" spans="1:2"']),
    st.lists(TAG, max_size=6),
)


def both_looks(path: Path) -> tuple[Cells, Cells]:
    limits = Limits.of("a.xlsx", Settings())
    with path.open("rb") as source, zipfile.ZipFile(source) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
        quick = scan_part(source, part, limits, Unpacked(limits, part.compress_size))
        source.seek(0)
        return quick, SheetParser().parse([archive.read(part)])


@FEW
@given(rows=st.lists(ROW_TAG, max_size=12), chunk=st.integers(40, 3000))
def test_the_quick_look_sees_what_a_parser_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], chunk: int
) -> None:
    monkeypatch.setattr(
        "senl_ae.read.files.xlsx_scan.CHUNK", chunk
    )  # marks are never lost between two pieces
    hidden_column = '<cols><col min="1" max="2" hidden="1"/></cols>'
    xml = sheet("".join(rows), hidden_column, '<mergeCells count="1"><mergeCell ref="A2:AB3"/></mergeCells>')
    quick, exact = both_looks(write_workbook(tmp_path / "a.xlsx", xml))
    assert quick.usual
    for name in (
        "rows",
        "columns",
        "row_elements",
        "cells",
        "error_cells",
        "unstored_formulas",
        "hidden_rows",
        "merged",
    ):
        assert getattr(quick, name) == getattr(exact, name), name
    assert {(c, s) for c, s in exact.styles if s} <= quick.styles | {
        (c, s) for c, s in exact.styles if (c, -1) in quick.styles
    }


# ---- text tables ----------------------------------------------------------------------------------------------------------------------

SIMPLE = [["subject_id", "Temp", "device"], ["001", "38.5", "room air"], ["NA", None, "鼻导管"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "\r\n".join(separator.join(cell or "" for cell in row) for row in SIMPLE) + "\r\n"
    tables, issues = read(text_table(tmp_path, text.encode(encoding)))
    assert rows_of(tables[0]) == SIMPLE
    assert tables[0].text_dates
    assert [i.code for i in issues.found] == (["encoding-gb18030"] if encoding == "gb18030" else [])


def test_decimal_commas_beside_semicolons(tmp_path: Path) -> None:
    text = "id;temp;rr\n" + "".join(f"S-{n};38,{n};1,{n}\n" for n in range(300))
    assert rows_of(read_one(text_table(tmp_path, text)))[1] == ["S-0", "38,0", "1,0"]


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n'])
def test_excels_own_separator_line_is_believed_and_stays_a_row(tmp_path: Path, first: str) -> None:
    assert rows_of(read_one(text_table(tmp_path, first + "a;b\n1,5;2\n"))) == [
        [None, None],
        ["a", "b"],
        ["1,5", "2"],
    ]


def test_blank_rows_titles_and_line_breaks_keep_record_numbers(tmp_path: Path) -> None:
    text = 'Vital signs\n\nid,remark,temp\nS-1,"two\nlines",38\n\n,,\nS-2,"a, ""b""",39\n\n\n,,\n'
    table = read_one(text_table(tmp_path, text))
    blank = [None] * 3
    assert rows_of(table) == [
        ["Vital signs", None, None],
        blank,
        ["id", "remark", "temp"],
        ["S-1", "two\nlines", "38"],
        blank,
        blank,
        ["S-2", 'a, "b"', "39"],
    ]


def test_quotation_marks_in_the_middle_of_a_field_are_text(tmp_path: Path) -> None:
    text = 'id,height,remark\nS-1,5\' 10",x\nS-2,"6\' 1""","a\nb"\n'
    assert rows_of(read_one(text_table(tmp_path, text))) == [
        ["id", "height", "remark"],
        ["S-1", "5' 10\"", "x"],
        ["S-2", "6' 1\"", "a\nb"],
    ]


@pytest.mark.parametrize("extra", ["S-3,38,6,room air", "S-3,38,6,", "S-3,38.6"])
def test_a_row_with_other_fields_than_the_heading_is_named_and_refused(tmp_path: Path, extra: str) -> None:
    text = f"title\nid,temp,device\nS-1,38.5,\n{extra}\nS-2,38.5,room air\n"
    tables, issues = read(text_table(tmp_path, text))
    assert [(i.severity, i.code, i.row) for i in issues.found] == [("refuse", "row-fields", 4)]
    assert rows_of(tables[0])[3] == [None] * 3
    assert "38" not in issues.found[0].sentence()


def test_a_footer_is_set_aside_and_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    _, footer = read(text_table(tmp_path, "id,temp,device\nS-1,38.5,\nEnd of report\n"))
    _, cut = read(text_table(tmp_path, "id,temp,device\nS-1,38.5,\nS-2,38."))
    assert [(i.severity, i.code, i.row) for i in footer.found] == [("set aside", "row-fields", 3)]
    assert [(i.severity, i.code, i.row) for i in cut.found] == [("refuse", "file-cut-short", 3)]


def test_a_separator_at_the_end_of_every_row_is_no_column(tmp_path: Path) -> None:
    assert rows_of(read_one(text_table(tmp_path, "id,temp\nS-1,38.5,\nS-2,38.6,\n"))) == [
        ["id", "temp"],
        ["S-1", "38.5"],
        ["S-2", "38.6"],
    ]
    assert rows_of(read_one(text_table(tmp_path, "id,temp,,\nS-1,38.5\nS-2,38.6\n"))) == [
        ["id", "temp"],
        ["S-1", "38.5"],
        ["S-2", "38.6"],
    ]


def test_a_letter_is_a_table_of_one_column(tmp_path: Path) -> None:
    assert (
        len(
            read_one(
                text_table(
                    tmp_path, "Dear colleague,\nplease find the table in the next message.\nBest wishes\n"
                )
            ).columns
        )
        == 1
    )


FIELD = st.text(st.sampled_from('ab1.,;\t|\n "体°'), max_size=5)


@FEW
@given(
    rows=st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=2, max_size=8), chunk=st.integers(1, 50)
)
def test_the_fast_way_reads_what_pythons_reader_reads(
    monkeypatch: pytest.MonkeyPatch, rows: list[list[str]], chunk: int
) -> None:
    monkeypatch.setattr(delimited, "CHUNK", chunk)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["id", "a heading", "b"], *rows])
    body = text.getvalue().encode()
    records = delimited.find_records(body, ord(","))
    assert records.orderly
    assert records.fields.tolist() == [3] * (len(rows) + 1)
    fast, _ = delimited.table_of_orderly_text(body, ",", records, "a.csv", Settings())
    slow, _ = delimited.table_of_any_text(body, ",", "a.csv", Settings())
    assert rows_of(fast) == rows_of(slow)
    assert trimmed(rows_of(fast)) == trimmed([["id", "a heading", "b"], *rows])


# ---- all files ------------------------------------------------------------------------------------------------------------------------


def test_files_in_the_order_given_each_once(tmp_path: Path) -> None:
    for name, text in {"b.csv": "x,y\n1,2\n", "a.csv": "x,y\n3,4\n", "copy.csv": "x,y\n1,2\n"}.items():
        text_table(tmp_path, text, name)
    paths = [tmp_path / "b.csv", tmp_path / "a.csv", tmp_path / "copy.csv", tmp_path / "." / "a.csv"]
    read = read_tables(paths, Settings())
    tables, inputs, issues = read.tables, read.inputs, read.issues
    assert [t.file for t in tables] == ["b.csv", "a.csv"]
    assert [(f.name, f.size) for f in inputs] == [("b.csv", 8), ("a.csv", 8)]
    assert inputs[0].sha256 == hashlib.sha256(b"x,y\n1,2\n").hexdigest()
    assert [(i.severity, i.code, i.file) for i in issues] == [
        ("note", "file-given-twice", "copy.csv"),
        ("note", "file-given-twice", "a.csv"),
    ]


def test_two_files_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    for folder in ("site_1", "site_2"):
        (tmp_path / folder).mkdir()
        text_table(tmp_path / folder, f"x,y\n{folder},2\n")
    tables, _ = read(tmp_path / "site_1" / "vitals.csv", tmp_path / "site_2" / "vitals.csv")
    assert [t.file for t in tables] == ["site_1/vitals.csv", "site_2/vitals.csv"]


def test_parquet(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    noon = dt.datetime(2026, 1, 1, 12, 0, 0, 700)
    columns = {
        "id": ["007", None, ""],
        "t": [38.5, float("nan"), None],
        "n": [1, None, 3],
        "at": arrow.array([noon, None, noon], arrow.timestamp("ns")),
        "day": arrow.array([dt.datetime(2026, 1, 1), None, None], arrow.timestamp("us")),
        "b": [True, None, False],
        "l": [[1], None, []],
    }
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    table = read_one(tmp_path / "a.parquet")
    at = dt.datetime(2026, 1, 1, 12)
    assert rows_of(table) == [
        ["id", "t", "n", "at", "day", "b", "l"],
        ["007", 38.5, 1, at, dt.date(2026, 1, 1), True, "[1]"],
        [None] * 7,
        [None, None, 3, at, None, False, "[]"],
    ]


def test_nothing_heavy_is_imported_before_a_file_is_read() -> None:
    code = "import sys, senl_ae.read.files.tables; print({'numpy', 'pandas', 'python_calamine', 'openpyxl', 'pyarrow'} & set(sys.modules))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "set()"
    )


def test_what_was_found_before_a_refusal_is_told_with_it(tmp_path: Path) -> None:
    text = "受试者编号,体温,备注\n一号,38.5,发热\x01患者\n".encode("gb18030")
    _, issues = read(text_table(tmp_path, text))
    assert [(i.severity, i.code) for i in issues.found] == [
        ("note", "encoding-gb18030"),
        ("refuse", "control-characters"),
    ]


def test_a_problem_of_no_known_severity_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="severity 'refused' is none of"):
        Issue("refused", "no-data")
