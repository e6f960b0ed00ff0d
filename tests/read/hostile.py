"""Makes one file per way of being hostile or broken; the big ones unpack to gigabytes and are only ever made on the fly."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>'
)
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STYLES = (
    f'<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>'
)
"""Cell formats: 0 general, 1 date and time, 2 duration, 3 date, 4 clock time."""
HEAD = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">'
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>subject_id</t></is></c><c r="B1"><v>1</v></c></row>'
BLOCK = 1 << 20


def sheet(rows: str, before: str = "", after: str = "") -> str:
    """The XML of one worksheet."""
    return f"{HEAD}{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def text_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def write_workbook(
    path: Path,
    xml: str | tuple[str, bytes, int, str],
    properties: str = "",
    more: dict[str, str] | None = None,
    sheets: str | None = None,
) -> Path:
    """A workbook with one sheet "S1", written by hand so that it can hold what no library would write.

    Its XML is given whole, or as (beginning, block, how many times the block, end): then the zip holds it packed without it ever being
    unpacked here, and declares a small size and a wrong checksum.
    """
    tags = '<sheet name="S1" sheetId="1" r:id="rId1"/>' if sheets is None else sheets
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format(
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/_rels/workbook.xml.rels": RELATIONS.format(
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        ),
        "xl/styles.xml": STYLES,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{tags}</sheets></workbook>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**parts, **(more or {})}.items():
            archive.writestr(name, text)
        if isinstance(xml, str):
            archive.writestr("xl/worksheets/sheet1.xml", xml)
        else:
            archive.writestr("xl/worksheets/sheet1.xml", packed(*xml), zipfile.ZIP_STORED)
    if not isinstance(xml, str):
        say_packed(path, "xl/worksheets/sheet1.xml")
    return path


def packed(beginning: str, block: bytes, times: int, end: str) -> bytes:
    """A deflate stream with one packed block repeated: gigabytes in a moment."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = pack.compress(beginning.encode()) + pack.flush(zlib.Z_FULL_FLUSH)
    middle = pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)
    return first + middle * times + pack.compress(end.encode()) + pack.flush()


def say_packed(path: Path, part: str) -> None:
    """Mark a part that was stored as it is as packed."""
    data = bytearray(path.read_bytes())
    for signature, before, at in ((b"PK\x03\x04", 30, 8), (b"PK\x01\x02", 46, 10)):
        start = data.find(part.encode()) - before if before == 30 else data.rfind(part.encode()) - before
        assert data[start : start + 4] == signature
        data[start + at : start + at + 2] = zipfile.ZIP_DEFLATED.to_bytes(2, "little")
    path.write_bytes(bytes(data))


def repeated(block: bytes, times: int) -> tuple[str, bytes, int, str]:
    """A worksheet whose middle is one block, many times over."""
    return HEAD + "<sheetData>" + ROW, block, times, "</sheetData></worksheet>"


def one_long_cell(megabytes: int) -> tuple[str, bytes, int, str]:
    beginning, end = sheet(cells := text_cell("A1", "a")).split(cells)
    return beginning + cells[:-15], b"a" * BLOCK, megabytes, cells[-14:] + end


def ole(stream: str) -> bytes:
    """The beginning of a compound file of old Office with a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def make_hostile(folder: Path) -> dict[str, str]:
    """Write every hostile file into the folder; file name -> the code of the one issue that it must give."""
    text = "subject_id,temperature\nS-1,38.5\n"
    page = "<html><body><table><tr><td>subject_id</td></tr></table></body></html>"
    write_workbook(folder / "whole.xlsx", sheet(ROW))
    whole = (folder / "whole.xlsx").read_bytes()
    (folder / "whole.xlsx").unlink()
    contents: dict[str, tuple[bytes, str]] = {
        "truncated.xlsx": (whole[: len(whole) // 2], "damaged-workbook"),
        "bytes_changed.xlsx": (whole[:900] + bytes(40) + whole[940:], "damaged-workbook"),
        "password.xlsx": (ole("EncryptedPackage"), "password-protected"),
        "old_format.xlsx": (ole("Workbook"), "old-xls"),
        "really_text.xlsx": (text.encode(), "really-text"),
        "really_web_page.xlsx": (page.encode(), "really-html"),
        "really_xml.xlsx": (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "really-xml",
        ),
        "really_workbook.csv": (whole, "really-workbook"),
        "really_web_page.csv": (page.encode(), "really-html"),
        "really_old_excel.csv": (ole("Workbook"), "old-xls"),
        "noise.xlsx": (bytes(range(256)) * 8, "damaged-workbook"),
        "noise.csv": (bytes(range(256)) * 8, "unknown-encoding"),
        "zeros.csv": (bytes(5000), "control-characters"),
        "control.csv": (b"subject_id,temperature\nS-1\x01,38.5\n", "control-characters"),
        "western.csv": ("subject_id,Temp (°C)\nMüller,38.5\n".encode("cp1252"), "unknown-encoding"),
        "empty.csv": (b"", "empty-file"),
        "empty.xlsx": (b"", "empty-file"),
        "blank.csv": (b"\n\n , \n,,\n", "no-data"),
        "open_quotation.csv": (
            b'subject_id,temperature\nS-1,38.5\n"S-2,38.5\nS-3,38.5\nS-4,39\n',
            "open-quotation",
        ),
        "comma_in_rows.csv": (b"subject_id,temperature\nS-1,38,5\nS-2,38,6\n", "heading-and-rows-differ"),
        "comma_in_heading.csv": (
            b"subject_id,Temp, axillary\nS-1,38.5\nS-2,38.6\n",
            "heading-and-rows-differ",
        ),
        "long_cell.csv": (b"subject_id,remark\nS-1," + b"a" * 10_000_000 + b"\n", "cell-too-long"),
        "long_cell_quoted.csv": (b'subject_id,remark\nS-1,5"' + b"a" * 10_000_000 + b"\n", "cell-too-long"),
        "many_columns.csv": (
            b",".join(b"c%d" % n for n in range(16_384)) + b"\n" + b"," * 16_383 + b"\n",
            "too-many-columns",
        ),
        "~$locked.xlsx": (b"\x05owner", "lock-file"),
        "broken.parquet": (b"PAR1 and nothing more", "damaged-parquet|parquet-not-installed"),
        "letter.docx": (whole, "unsupported-file"),
        "old.xls": (ole("Workbook"), "unsupported-file"),
        "no_extension": (text.encode(), "unsupported-file"),
    }
    for name, (data, _) in contents.items():
        (folder / name).write_bytes(data)
    codes = {name: code for name, (_, code) in contents.items()}
    codes |= make_hostile_workbooks(folder) | make_bombs(folder)
    (folder / "folder.xlsx").mkdir()
    codes |= {"folder.xlsx": "folder-given", "missing.xlsx": "missing-file"}
    if os.name == "posix":
        os.mkfifo(folder / "pipe.csv")
        codes["pipe.csv"] = "not-a-file"
    forbidden = folder / "forbidden.csv"
    forbidden.write_text(text)
    forbidden.chmod(0)
    if os.access(forbidden, os.R_OK):  # the administrator may read anything
        forbidden.unlink()
    else:
        codes["forbidden.csv"] = "no-permission"
    return codes


def make_hostile_workbooks(folder: Path) -> dict[str, str]:
    """Small workbooks, each with one thing wrong inside."""
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    heading = "".join(text_cell(f"{letters(n)}1", f"c{n}") for n in range(16_384))
    workbooks = {
        "entities.xlsx": (
            sheet(ROW).replace("?>\n", "?>" + entities, 1).replace("subject_id", "&b;"),
            "xml-entities",
        ),
        "outside_entity.xlsx": (
            sheet(ROW).replace("?>\n", "?>" + outside, 1).replace("subject_id", "&a;"),
            "xml-entities",
        ),
        "far_cell.xlsx": (sheet(ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "far-cell"),
        "far_cell_unordered.xlsx": (
            sheet('<row r="9"><c r="XFD1048576"><v>1</v></c></row>' + ROW),
            "far-cell",
        ),
        "far_cell_odd_quotes.xlsx": (sheet(ROW + "<row><c r='XFD1048576'><v>1</v></c></row>"), "far-cell"),
        "beyond_the_sheet.xlsx": (sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "damaged-workbook"),
        "many_columns.xlsx": (sheet(f'<row r="1">{heading}</row>'), "too-many-columns"),
        "control.xlsx": (sheet(ROW.replace("subject", "sub\x01ject")), "control-characters"),
        "control_reference.xlsx": (sheet(ROW.replace("subject", "sub&#x1;ject")), "control-characters"),
        "control_escape.xlsx": (sheet(ROW.replace("subject", "sub_x0001_ject")), "control-characters"),
        "cut_xml.xlsx": (sheet(ROW)[:-40], "damaged-workbook"),
        "other_encoding.xlsx": (sheet(ROW).replace("UTF-8", "UTF-7"), "damaged-workbook"),
        "no_data.xlsx": (sheet('<row r="1"><c r="A1" s="1"/></row>'), "no-data"),
    }
    for name, (xml, _) in workbooks.items():
        write_workbook(folder / name, xml)
    write_workbook(folder / "no_sheets.xlsx", sheet(ROW), sheets="")
    with zipfile.ZipFile(folder / "other_zip.xlsx", "w") as archive:
        archive.writestr("readme.txt", "not a workbook")
    with zipfile.ZipFile(folder / "binary.xlsx", "w") as archive:
        archive.writestr("xl/workbook.bin", "binary workbook")
    more = {
        "no_sheets.xlsx": "no-sheets",
        "other_zip.xlsx": "not-a-workbook",
        "binary.xlsx": "unsupported-file",
    }
    return {name: code for name, (_, code) in workbooks.items()} | more


def make_bombs(folder: Path) -> dict[str, str]:
    """Workbooks that unpack to gigabytes."""
    write_workbook(folder / "long_cell.xlsx", one_long_cell(10))
    write_workbook(folder / "bomb_cell.xlsx", one_long_cell(1000))
    write_workbook(folder / "bomb_rows.xlsx", repeated(b"<row/>" * 100_000, 500))
    write_workbook(folder / "bomb_cells.xlsx", repeated(b"<c/>" * 250_000, 400))
    write_workbook(folder / "bomb_space.xlsx", repeated(b" " * BLOCK, 300))
    write_workbook(folder / "bomb_tags.xlsx", repeated(b"<x/>" * 250_000, 400))
    strings = {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{"a" * 10_000_000}</t></si></sst>'}
    write_workbook(folder / "long_shared_text.xlsx", sheet(ROW), more=strings)
    long, large = "cell-too-long", "unpacks-too-large"
    return {
        "long_cell.xlsx": long,
        "bomb_cell.xlsx": long,
        "bomb_space.xlsx": long,
        "long_shared_text.xlsx": long,
        "bomb_rows.xlsx": "too-many-rows",
        "bomb_cells.xlsx": large,
        "bomb_tags.xlsx": large,
    }


def letters(column: int) -> str:
    """The name of a spreadsheet column, 0 = A."""
    name = ""
    while column >= 0:
        name = chr(65 + column % 26) + name
        column = column // 26 - 1
    return name
