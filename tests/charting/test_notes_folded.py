"""Notes that repeat from row to row are one line per column; what somebody has to act on stays one line per cell or row."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from openpyxl import load_workbook

from senl_ae.issues import Issues, spans
from tests.read.studies import lines, read, told
from tests.running import here, small

HEAD = "subject_id,infusion_datetime,dose_level,age,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors"


def vitals(*rows: str) -> str:
    return lines(
        HEAD,
        *(f"{who},2026-03-02 10:00,DL1,44,{rest}" for who, _, rest in (row.partition(",") for row in rows)),
    )


def test_a_word_for_missing_in_many_rows_is_one_note_with_their_number_and_rows(tmp_path: Path) -> None:
    rows = [
        f"00{n % 2 + 1},2026-03-0{n} 08:00,{'n/d' if n < 7 else 'not done' if n == 7 else 36.8},118,,,"
        for n in range(3, 10)
    ]
    note, *others = [
        i for i in told(read(tmp_path, {"v.csv": vitals(*rows)}), "said-missing") if i.column == "F"
    ]
    assert not others and (note.row, note.subject_id, note.rows) == (2, "", 5)
    assert note.found == "temperature: n/d (4 rows); not done (5 rows of 2 subjects: 2-6)"
    assert note.subjects == ("001", "002")


def test_one_row_is_told_as_it_was(tmp_path: Path) -> None:
    (note,) = told(
        read(
            tmp_path, {"v.csv": vitals("001,2026-03-03 08:00,n/d,118,,,", "001,2026-03-04 08:00,37,118,,,")}
        ),
        "said-missing",
    )
    assert (note.row, note.subject_id, note.rows, note.found) == (2, "001", 1, "temperature: n/d")


def test_values_that_differ_in_every_row_are_the_first_three_and_a_count(tmp_path: Path) -> None:
    rows = [
        f"001,2026-03-0{day} 08:00,{value},118,,,"
        for day in range(3, 9)
        for value in (f"36.{day}", f"37.{day}")
    ]
    (note,) = told(read(tmp_path, {"v.csv": vitals(*rows)}), "conflicting-values")
    assert (note.row, note.subject_id, note.rows) == (3, "001", 6)
    assert (
        note.found.startswith("temperature at one time: 36.3 (row 2) and 37.3 (row 3); 36.4")
        and note.found.count(" and 37.") == 3
    )
    assert "and 3 more (6 rows: 3, 5, 7, 9, 11, 13)" in note.found


def test_chinese_words_to_confirm_are_one_note_per_column_and_reading(tmp_path: Path) -> None:
    rows = [
        f"001,2026-03-0{n} 08:00,36.8,118,{'家用呼吸机' if n % 2 else 'room air'},,,抽搐{n}次"
        for n in range(3, 9)
    ]
    text = vitals(*rows).replace("vasopressors", "vasopressors,seizure")
    notes = {i.column: i for i in told(read(tmp_path, {"v.csv": text}), "word-to-confirm")}
    assert sorted(notes) == ["H", "K"] and [notes[c].rows for c in "HK"] == [3, 6]
    assert "家用呼吸机 (3 rows: 2, 4, 6)" in notes["H"].found
    assert "抽搐3次; 抽搐4次; 抽搐5次; and 3 more (6 rows: 2-7)" in notes["K"].found


def test_rows_of_an_sdtm_export_that_stand_twice_are_one_note(tmp_path: Path) -> None:
    vs = [
        "USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC",
        *[f"001,TEMP,36.{n},C,2026-03-0{n}T08:00" for n in (3, 3, 4, 4, 5, 5, 6)],
    ]
    subjects = lines("subject_id,infusion_datetime", "001,2026-03-02 10:00")
    (note,) = told(read(tmp_path, {"vs.csv": lines(*vs), "s.csv": subjects}), "duplicate-row")
    assert (note.row, note.rows) == (3, 3) and "(3 rows: 3, 5, 7)" in note.found


def test_values_set_aside_stay_one_line_per_cell(tmp_path: Path) -> None:
    rows = [f"001,2026-03-0{n} 08:00,102.4,118,,," for n in range(3, 9)]
    study = read(tmp_path, {"v.csv": vitals(*rows)})
    assert [i.row for i in told(study, "out-of-range")] == [2, 3, 4, 5, 6, 7]


def test_notes_that_a_site_answers_one_by_one_are_never_joined() -> None:
    issues = Issues()
    for row in (2, 3, 4):
        issues.add(
            "note", "bolus-without-assessment", file="t.csv", row=row, subject_id=str(row), found="a bolus"
        )
        issues.add(
            "note",
            "after-death",
            file="v.csv",
            row=row,
            subject_id=str(row // 3),
            found="a row dated after the subject's death",
        )
    issues.join_notes()
    assert [i.row for i in issues.sorted() if i.code == "bolus-without-assessment"] == [2, 3, 4]
    assert [(i.row, i.subject_id, i.rows) for i in issues.sorted() if i.code == "after-death"] == [
        (2, "0", 1),
        (3, "1", 2),
    ]


def test_joining_does_not_depend_on_the_order_and_joins_once() -> None:
    def joined(seed: int) -> list[object]:
        issues = Issues()
        for row in random.Random(seed).sample(range(2, 40), 38):
            issues.add(
                "note",
                "said-missing",
                file="v.csv",
                row=row,
                column="C",
                subject_id=f"S{row % 3}",
                found=f"sbp: {row % 4}",
            )
        issues.join_notes()
        once = list(issues.found)
        issues.add("note", "said-missing", file="v.csv", row=99, column="C", subject_id="S1", found="sbp: 1")
        issues.join_notes()
        assert issues.found[:-1] == once and issues.found[-1].rows == 1, "what was joined stays as it is"
        return list(issues.sorted())

    assert joined(1) == joined(2) == joined(3)


def test_rows_in_words() -> None:
    assert spans([12, 4, 5, 6, 7, 7]) == "4-7, 12" and spans([]) == "" and spans([3]) == "3"
    assert spans(range(2, 60, 2)).endswith("20 and more")


def test_the_file_of_problems_and_the_terminal_count_the_same(tmp_path: Path) -> None:
    rows = [f"001,2026-03-{n:02d} 08:00,n/d,118,room air,3," for n in range(3, 28)]
    ended = here("grade", small(tmp_path, text=vitals(*rows)), "--out", tmp_path / "r", "--no-workbook")
    with (tmp_path / "r" / "issues.csv").open(encoding="utf-8", newline="") as file:
        found = [row["code"] for row in csv.DictReader(file) if row["severity"] == "note"]
    assert sorted(found) == ["device-and-flow-disagree", "said-missing"]
    assert "notes: 1 device-and-flow-disagree, 1 said-missing" in ended.err


def test_queries_are_values_then_open_grades_then_notes_with_columns_of_a_sheet_in_one_line(
    tmp_path: Path,
) -> None:
    rows = [
        f"001,2026-03-{n:02d} 08:00,{'102.4' if n == 9 else 'n/d'},118,room air,,,x,y,z" for n in range(3, 12)
    ]
    text = vitals(*rows).replace("vasopressors", "vasopressors,ward,nurse,shift")
    here("grade", small(tmp_path, text=text), "--out", tmp_path / "r", "--workbook")
    sheet = load_workbook(tmp_path / "r" / "graded.xlsx")["Queries"]
    found = [(row[1], str(row[9])) for row in sheet.iter_rows(min_row=2, values_only=True)]
    kinds = [kind for kind, _ in found]
    assert kinds[0] == "set aside" and kinds == sorted(kinds, key=("set aside", "open grade", "note").index)
    notes = [text for kind, text in found if kind == "note"]
    assert (
        len(notes) == 2
        and all(f'"{heading}"' in notes[0] for heading in ("ward", "nurse", "shift"))
        and "8 rows" in notes[1]
    )
