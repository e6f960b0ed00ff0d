"""The broken files: one fault each in a table of two subjects that is sound otherwise, and the message each must give."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from senl_ae.writing.archive import save_workbook

VITALS = """subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,spo2,oxygen_device,oxygen_flow,vasopressors
101,2026-03-02 10:00,DL1,44,2026-03-02 14:00,36.8,118,98,room air,,
101,2026-03-02 10:00,DL1,44,2026-03-15 08:00,38.6,112,95,nasal cannula,2,
101,2026-03-02 10:00,DL1,44,2026-03-15 20:00,38.9,104,94,nasal cannula,3,norepinephrine
102,2026-03-16 10:00,DL2,8,2026-03-16 14:00,36.6,102,99,room air,,
102,2026-03-16 10:00,DL2,8,2026-03-17 08:00,38.2,98,97,room air,,
102,2026-03-16 10:00,DL2,8,2026-03-17 20:00,37.4,101,98,room air,,
"""
SUBJECTS = """subject_id,infusion_datetime,dose_level,age
101,2026-03-02 10:00,DL1,44
102,2026-03-16 10:00,DL2,8
"""
NEURO = """subject_id,infusion_datetime,dose_level,age,datetime,ice_total,capd_total,consciousness
101,2026-03-02 10:00,DL1,44,2026-03-02 14:00,10,,awake
101,2026-03-02 10:00,DL1,44,2026-03-15 08:00,8,,awake
102,2026-03-16 10:00,DL2,8,2026-03-16 14:00,,2,awake
102,2026-03-16 10:00,DL2,8,2026-03-17 08:00,,6,awake
"""
SDTM = """USUBJID,RFXSTDTC,ACTARM,AGE,VSTESTCD,VSORRES,VSORRESU,VSDY
101,2026-03-02,DL1,44,TEMP,36.8,C,1
101,2026-03-02,DL1,44,TEMP,38.6,C,4
102,2026-03-16,DL2,8,TEMP,36.6,C,1
102,2026-03-16,DL2,8,TEMP,38.2,C,2
"""


def but(text: str, *changes: tuple[str, str]) -> bytes:
    """The table with some text replaced; each change must find something."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} is not in the table")
        text = text.replace(old, new)
    return text.encode()


def without(text: str, *columns: str) -> list[list[str]]:
    """The table's cells without some columns."""
    rows = list(csv.reader(io.StringIO(text)))
    kept = [i for i, heading in enumerate(rows[0]) if heading not in columns]
    return [[row[i] for i in kept] for row in rows]


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def with_column(text: str, heading: str, values: list[str], at: int = 1) -> bytes:
    rows = list(csv.reader(io.StringIO(text)))
    return as_csv(
        [[*row[:at], value, *row[at:]] for row, value in zip(rows, [heading, *values], strict=True)]
    )


def book(folder: Path, change: Callable[[Workbook], Any], tables: dict[str, str] | None = None) -> bytes:
    """A workbook of the tables (numbers as numbers, the rest as text), after one change."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, text in (tables or {"Vitals": VITALS}).items():
        sheet = made.create_sheet(name)
        for row in csv.reader(io.StringIO(text)):
            sheet.append(
                [
                    float(c) if c.replace(".", "", 1).isdigit() and i > 0 else c or None
                    for i, c in enumerate(row)
                ]
            )
    change(made)
    path = folder / "making.xlsx"
    save_workbook(made, path)
    content = path.read_bytes()
    path.unlink()
    return content


def set_cell(address: str, value: object, sheet: int = 0) -> Callable[[Workbook], None]:
    def change(made: Workbook) -> None:
        made.worksheets[sheet][address] = value

    return change


def add_sheet(name: str, rows: list[list[object]]) -> Callable[[Workbook], None]:
    def change(made: Workbook) -> None:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)

    return change


def with_part(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, change(data) if info.filename == part else data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def faults(folder: Path) -> dict[str, bytes]:
    """Every broken file; workbooks are made in `folder`."""
    return table_faults() | value_faults() | workbook_faults(folder) | not_workbooks(folder)


def table_faults() -> dict[str, bytes]:
    """Faults of whole columns and tables."""
    day_first = [("2026-03-02 14:00", "02/03/2026 14:00"), ("2026-03-16 14:00", "06/03/2026 14:00")]
    late = [
        ("2026-03-15 08", "04/03/2026 08"),
        ("2026-03-15 20", "04/03/2026 20"),
        ("2026-03-17 08", "07/03/2026 08"),
        ("2026-03-17 20", "07/03/2026 20"),
    ]
    both = [
        ("2026-03-15 08", "15/03/2026 08"),
        ("2026-03-15 20", "03/15/2026 20"),
        ("2026-03-17 08", "17/03/2026 08"),
        ("2026-03-17 20", "17/03/2026 20"),
    ]
    names = ["Anna Beispiel", "Anna Beispiel", "Anna Beispiel", "Ben Muster", "Ben Muster", "Ben Muster"]
    return {
        "no_infusion_column.csv": as_csv(without(VITALS, "infusion_datetime")),
        "no_subject_column.csv": as_csv(without(VITALS, "subject_id")),
        "no_time_column.csv": as_csv(without(VITALS, "datetime")),
        "unknown_unit_in_heading.csv": but(VITALS, (",temperature,", ",Temp (K),")),
        "ambiguous_dates.csv": but(VITALS, *day_first, *late),
        "contradictory_dates.csv": but(VITALS, *day_first, *both),
        "patient_names.csv": with_column(VITALS, "Patient name", names),
        "identity_numbers.csv": with_column(VITALS, "身份证号", ["110101190001010001"] * 6),
        "phone_numbers.csv": with_column(VITALS, "Phone", ["+49 30 0000000"] * 6),
        "age_not_constant.csv": but(VITALS, ("DL1,44,2026-03-15 20", "DL1,45,2026-03-15 20")),
        "dose_level_not_constant.csv": but(VITALS, ("DL2,8,2026-03-17 20", "DL3,8,2026-03-17 20")),
        "two_temperature_columns.csv": with_column(
            VITALS, "Temp", ["36.9", "38.0", "38.1", "36.6", "38.2", "37.4"], 6
        ),
        "misspelt_heading.csv": but(VITALS, (",temperature,", ",temprature,")),
        "study_day_zero_in_vsdy.csv": but(SDTM, ("C,2\n", "C,0\n")),
        "no_table.csv": b"Dear colleague,\nplease find the vital signs of this week in the next message.\nBest wishes\n",
        "header_only.csv": VITALS.splitlines(keepends=True)[0].encode(),
        "empty.csv": b"",
        "shifted_rows.csv": but(
            VITALS,
            (",38.6,", ",38,6,"),
            (",38.9,", ",38,9,"),
            (",36.8,", ",36,8,"),
            (",36.6,", ",36,6,"),
            (",38.2,", ",38,2,"),
            (",37.4,", ",37,4,"),
        ),
        "one_shifted_row.csv": but(VITALS, (",38.6,", ",38,6,")),
        "nul_bytes.csv": but(VITALS, ("room air", "room\0air")),
    }


def value_faults() -> dict[str, bytes]:
    """Faults of single cells and rows."""
    row = "101,2026-03-02 10:00,DL1,44,2026-03-15 08:00,38.6,112,95,nasal cannula,2,\n"
    fahrenheit = [
        (",36.8,", ",98.2,"),
        (",38.6,", ",101.5,"),
        (",38.9,", ",102.0,"),
        (",36.6,", ",97.9,"),
        (",38.2,", ",100.8,"),
        (",37.4,", ",99.3,"),
    ]
    interventions = "subject_id,infusion_datetime,dose_level,age,category,agent,start,end\n"
    interventions += "101,2026-03-02 10:00,DL1,44,vasopressor,{},{},{}\n"
    pressor = ("norepinephrine", "2026-03-15 20:00", "2026-03-16 04:00")
    labs = (
        "subject_id,infusion_datetime,dose_level,age,datetime,test,value,unit,lln,uln\n"
        "101,2026-03-02 10:00,DL1,44,2026-03-01 08:00,ANC,3.1,10^9/L,1.8,6.3\n"
        "101,2026-03-02 10:00,DL1,44,2026-03-09 08:00,ANC,0.4,{},1.8,6.3\n"
    )
    return {
        "fahrenheit_without_unit.csv": but(VITALS, *fahrenheit),
        "temperature_386.csv": but(VITALS, (",38.6,", ",386,")),
        "sbp_1200.csv": but(VITALS, (",112,", ",1200,")),
        "negative_flow.csv": but(VITALS, ("nasal cannula,2,", "nasal cannula,-2,")),
        "text_for_a_number.csv": but(VITALS, (",38.6,", ",felt warm,")),
        "oxygen_device_unknown.csv": but(VITALS, ("nasal cannula,3", "wall unit,3")),
        "vasopressor_unknown.csv": but(VITALS, ("norepinephrine", "norepinefrin")),
        "yes_no_unclear.csv": with_column(
            VITALS, "fluid_bolus", ["no", "no", "perhaps", "no", "no", "no"], 7
        ),
        "ice_11.csv": but(NEURO, (",8,,awake", ",11,,awake")),
        "capd_40.csv": but(NEURO, (",,6,awake", ",,40,awake")),
        "consciousness_unknown.csv": but(NEURO, (",8,,awake", ",8,,grumpy")),
        "subject_id_missing.csv": but(
            VITALS, ("101,2026-03-02 10:00,DL1,44,2026-03-15 08", ",,,,2026-03-15 08")
        ),
        "time_missing.csv": but(VITALS, ("2026-03-15 08:00,", ",")),
        "date_among_times.csv": but(VITALS, ("2026-03-15 08:00,", "2026-03-15,")),
        "impossible_date.csv": but(VITALS, ("2026-03-15 08:00,", "2026-02-30 08:00,")),
        "impossible_clock_time.csv": but(VITALS, ("2026-03-15 08:00,", "2026-03-15 27:80,")),
        "duplicate_row.csv": but(VITALS, (row, row + row)),
        "conflicting_rows.csv": but(VITALS, (row, row + row.replace("38.6", "37.2"))),
        "end_before_start.csv": interventions.format(
            "norepinephrine", "2026-03-15 20:00", "2026-03-15 04:00"
        ).encode(),
        "intervention_without_start.csv": interventions.format(pressor[0], "", pressor[2]).encode(),
        "agent_unknown.csv": interventions.format("norepinefrin", *pressor[1:]).encode(),
        "lab_unit_unknown.csv": labs.format("furlongs").encode(),
    }


def workbook_faults(folder: Path) -> dict[str, bytes]:
    """Faults that only a workbook can have."""
    sound = book(folder, lambda made: None)
    far = book(folder, set_cell("XFD1048576", "here"))
    bomb = b'<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    sheet = "xl/worksheets/sheet1.xml"
    two_rows = "," * 10 + "\n" + VITALS.replace("temperature,sbp", "value,value", 1)
    return {
        "error_cell.xlsx": book(folder, set_cell("G3", "#N/A")),
        "formula_without_value.xlsx": book(folder, set_cell("F3", "=F2+1.8")),
        "unrecognised_sheet.xlsx": book(
            folder, add_sheet("Menu", [["weekday", "lunch"], ["Monday", "soup"]])
        ),
        "two_row_headings_without_meaning.xlsx": book(folder, lambda made: None, {"Vitals": two_rows}),
        "empty_workbook.xlsx": book(folder, lambda made: None, {"Sheet1": ""}),
        "header_only.xlsx": book(folder, lambda made: None, {"Vitals": VITALS.splitlines()[0]}),
        "far_cell.xlsx": far,
        "xml_entities.xlsx": with_part(sound, sheet, lambda xml: bomb + xml),
        "truncated.xlsx": sound[: len(sound) * 2 // 3],
        "damaged_part.xlsx": with_part(sound, sheet, lambda xml: xml[: len(xml) // 2]),
        "conflicting_subjects.xlsx": book(
            folder, set_cell("C2", "DL2"), {"Subjects": SUBJECTS, "Vitals": VITALS}
        ),
    }


def not_workbooks(folder: Path) -> dict[str, bytes]:
    """Files that are something else than their name says."""
    html = b"<html><body><table><tr><td>subject_id</td><td>temperature</td></tr><tr><td>101</td><td>38.6</td></tr></table></body></html>\n"
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    sound = book(folder, lambda made: None)
    return {
        "renamed_csv.xlsx": VITALS.encode(),
        "renamed_html.xlsx": html,
        "renamed_html.csv": html,
        "old_excel.xls": old + "Workbook".encode("utf-16-le") + bytes(496),
        "password.xlsx": old + "EncryptedPackage".encode("utf-16-le") + bytes(480),
        "renamed_workbook.csv": sound,
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(64),
    }


def write_faults(folder: Path) -> None:
    """Writes the broken files beside expected.csv, which says by hand what each must be answered with."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in faults(folder).items():
        (folder / name).write_bytes(content)
