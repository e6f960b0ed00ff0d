"""What a sheet is, by its headings: rows of headings found, domains told apart, names of people refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from senl_ae.issues import Issue
from senl_ae.read.headings.heading_row import Vocabulary, find_headings
from senl_ae.read.headings.recognise import recognise
from senl_ae.read.headings.recognised import Layout
from senl_ae.settings import Settings
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import load_items
from tests.read.studies import VITALS, codes, lines, read, refusals, same_facts, told

ITEMS = load_items()


def table(
    *rows: list[object], merged: tuple[tuple[int, int, int, int], ...] = (), sheet: str = "Sheet1"
) -> RawTable:
    """A raw table of these rows; short rows are filled up with blanks."""
    width = max(len(row) for row in rows)
    columns = [
        np.array([*(row[j] if j < len(row) else None for row in rows), None], dtype=object)[:-1]
        for j in range(width)
    ]
    return RawTable("f.xlsx", sheet, columns, merged=merged)


def look(raw: RawTable, assigned: str | None = None, **settings: object) -> tuple[Layout | None, list[Issue]]:
    return recognise(raw, Vocabulary(ITEMS), Settings(**settings), assigned)


def items_of(layout: Layout | None) -> list[str]:
    assert layout is not None
    return [h.name for h in layout.headings]


DATA = ["001", "2026-03-02 10:00", 38.1, 120, 70]
HEAD = ["subject_id", "datetime", "temperature", "sbp", "dbp"]


# ---------------------------------------------------------------- where the headings are


def test_headings_below_a_title_and_blank_rows() -> None:
    layout, issues = look(table(["Study ABC-01, daily vital signs"], [], [None, "confidential"], HEAD, DATA))
    assert layout is not None and layout.data == 4 and items_of(layout) == HEAD
    assert issues == []


def test_a_row_of_units_below_the_headings() -> None:
    layout, _ = look(
        table(["Subject", "Date time", "Temp", "SBP", "DBP"], [None, None, "°F", "kPa", "(mmHg)"], DATA)
    )
    assert layout is not None and layout.data == 2
    assert [h.unit for h in layout.headings] == [None, None, "°F", "kPa", "mmHg"]


def test_two_rows_of_headings_merged() -> None:
    upper = ["Subject", "Date time", "Temp (°C)", "Blood pressure", None]
    lower = [None, None, None, "systolic", "diastolic"]
    layout, _ = look(table(upper, lower, DATA, merged=((0, 3, 0, 4), (0, 0, 1, 0))))
    assert items_of(layout) == HEAD and layout is not None and layout.data == 2


def test_two_rows_of_headings_not_merged() -> None:
    layout, _ = look(table([None, None, "Vital signs"], HEAD, DATA))
    assert items_of(layout) == HEAD
    upper = ["Subject", "Date time", "ICE", None, None, None, None]
    lower = [None, None, "orientation", "naming", "command", "writing", "attention"]
    layout, _ = look(table(upper, lower, ["001", "2026-03-02 10:00", 4, 3, 1, 1, 1]))
    assert items_of(layout)[2:] == [
        "ice_orientation",
        "ice_naming",
        "ice_command",
        "ice_writing",
        "ice_attention",
    ]


def test_a_first_data_row_of_words_is_no_row_of_headings() -> None:
    head = ["subject_id", "date", "oxygen_device", "consciousness"]
    layout, _ = look(
        table(head, ["A", "yesterday", "nasal cannula", "awake"], ["B", "today", "room air", "awake"])
    )
    assert layout is not None and layout.data == 1


def test_a_sheet_without_known_headings_has_none() -> None:
    assert find_headings(table(["weekday", "lunch"], ["Monday", "soup"]), Vocabulary(ITEMS)) is None


# ---------------------------------------------------------------- what the sheet is


@pytest.mark.parametrize(
    ("domain", "head"),
    [
        ("vitals", ["受试者编号", "测量时间", "体温(℃)", "收缩压(kPa)", "血氧饱和度"]),
        ("vitals", ["USUBJID", "DATE", "TEMP_C", "ＳＢＰ"]),
        ("neuro", ["subject id", "study day", "ICE total", "Seizure"]),
        ("interventions", ["subject id", "drug", "start date", "end date"]),
        ("interventions", ["受试者编号", "药物名称", "开始时间", "结束时间"]),
        ("labs", ["USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBDTC"]),
        ("labs", ["受试者编号", "采样时间", "血红蛋白(g/L)", "血小板", "钠"]),
        ("events", ["subject id", "AE term", "CTCAE grade", "start date"]),
        ("adjudications", ["subject id", "syndrome", "action", "start", "end", "reason"]),
        ("subjects", ["subject id", "infusion date", "dose level", "age"]),
        ("subjects", ["受试者编号", "回输日期", "剂量组", "年龄"]),
    ],
)
def test_the_headings_say_the_domain(domain: str, head: list[object]) -> None:
    layout, _ = look(table(head, ["1"] * len(head)))
    assert layout is not None and layout.domain == domain


def test_subject_columns_on_vitals_rows_are_lifted() -> None:
    layout, _ = look(table([*HEAD, "infusion date", "dose level"], [*DATA, "2026-03-01", "DL1"]))
    assert layout is not None and layout.domain == "vitals"
    assert [h.domain for h in layout.headings][-2:] == ["subjects", "subjects"]


def test_the_settings_say_what_a_heading_is() -> None:
    raw = table(["subject_id", "datetime", "wärme", "Remark"], ["1", "2026-03-02 10:00", 38, "x"])
    assert look(raw)[0] is None
    layout, _ = look(raw, columns={"Wärme": "temperature", "remark": "ignore"})
    assert items_of(layout) == ["subject_id", "datetime", "temperature", ""]


def test_a_setting_that_names_no_item_is_refused(tmp_path: Path) -> None:
    refused = refusals(tmp_path, {"v.csv": VITALS}, columns={"wärme": "temprature"})
    assert [i.code for i in refused] == ["settings-wrong"] and "temperature" in refused[0].expected


def test_a_sheet_of_measurements_without_a_subject_or_a_time_is_refused() -> None:
    for missing, word in ((0, "subject_id"), (1, "datetime")):
        head = [h for i, h in enumerate(HEAD) if i != missing]
        layout, issues = look(table(head, DATA[: len(head)], DATA[: len(head)]))
        assert layout is None and [i.severity for i in issues] == ["refuse"] and word in issues[0].expected


def test_a_misspelt_subject_heading_is_suggested() -> None:
    _, issues = look(table(["subjct_id", *HEAD[1:]], DATA))
    assert '"subjct_id"' in issues[0].done


def test_a_sheet_of_something_else_is_named_and_not_refused() -> None:
    layout, issues = look(table(["weekday", "lunch"], ["Monday", "soup"], sheet="Menu"))
    assert layout is None and [(i.severity, i.code) for i in issues] == [("note", "unknown-sheet")]
    assert '"weekday"' in issues[0].found


def test_an_unknown_heading_is_unused_with_the_nearest_known(tmp_path: Path) -> None:
    study = read(tmp_path, {"v.csv": VITALS.replace(",sbp,", ",systolc,")})
    issue = told(study, "unused-column")[0]
    assert (
        issue.column == "G"
        and '"systolc" is no known heading (3 values)' in issue.found
        and "systolic" in issue.expected
    )


def test_an_unconfirmed_name_is_noted_once_for_all_sheets(tmp_path: Path) -> None:
    head = "受试者编号,回输日期,日期,体温\n"
    study = read(
        tmp_path,
        {"a.csv": head + "1,2026-03-02,2026-03-05,38\n", "b.csv": head + "2,2026-03-02,2026-03-05,38\n"},
    )
    assert len([i for i in told(study, "unconfirmed-alias") if "受试者编号" in i.found]) == 1


# ---------------------------------------------------------------- people


@pytest.mark.parametrize(
    "heading", ["Patient name", "姓名", "患者姓名", "身份证号", "ID number", "Phone", "联系电话", "手机号"]
)
def test_columns_that_identify_people_are_refused(tmp_path: Path, heading: str) -> None:
    text = VITALS.replace(",age,", f",{heading},").replace(",44,", ",Zhang San,").replace(",8,", ",Li Si,")
    refused = refusals(tmp_path, {"v.csv": text})
    assert [i.code for i in refused] == ["personal-data"]
    assert heading in refused[0].found and "--allow-pii" in refused[0].done


def test_columns_that_identify_people_can_be_dropped_and_their_values_reach_nothing(tmp_path: Path) -> None:
    text = VITALS.replace(",age,", ",Patient name,").replace(",44,", ",Zhang San,").replace(",8,", ",Li Si,")
    study = read(tmp_path, {"v.csv": text}, allow_pii=True)
    assert codes(study) == {"personal-data-dropped"}
    everything = "".join(study.frame(n).table.to_csv() for n in ("subjects", "vitals")) + "".join(
        i.sentence() for i in study.issues.found
    )
    assert "Zhang" not in everything and "Li Si" not in everything


# ---------------------------------------------------------------- what somebody said


def test_a_sheet_may_be_assigned_or_ignored(tmp_path: Path) -> None:
    files = {"v.csv": VITALS, "old.csv": VITALS.replace("38.6", "40.1")}
    study = read(tmp_path, files, assign={"ignore": "old.csv"})
    assert len(study.vitals) == 3 and "sheet-ignored" in codes(study)
    assert [i.code for i in refusals(tmp_path, files, assign={"vitals": "Sheet9"})] == ["unknown-sheet-name"]
    assert [i.code for i in refusals(tmp_path, files, assign={"vitels": "v.csv"})] == ["unknown-domain"]
    assert "required-column-missing" in [i.code for i in refusals(tmp_path, files, assign={"labs": "v.csv"})]


def test_nothing_recognised_is_refused_with_what_was_seen(tmp_path: Path) -> None:
    refused = refusals(tmp_path, {"menu.csv": "weekday,lunch\nMonday,soup\n"})
    assert [i.code for i in refused] == ["no-table"]


def test_headings_without_rows_are_refused(tmp_path: Path) -> None:
    assert [i.code for i in refusals(tmp_path, {"v.csv": VITALS.splitlines()[0] + "\n"})] == ["no-rows"]


# ---------------------------------------------------------------- one study, many layouts


def test_layouts_of_one_study_give_the_same_facts(tmp_path: Path) -> None:
    plain = read(tmp_path, {"v.csv": VITALS})
    head, *rows = VITALS.splitlines()
    cells = [row.split(",") for row in rows]
    fahrenheit = [[*c[:5], f"{float(c[5]) * 9 / 5 + 32:.2f}", *c[6:]] for c in cells]
    variants = {
        "title": "Study,,,,,,,,,\n,,,,,,,,,\n" + VITALS,
        "units": lines(head, ",,,,,°C,mmHg,,L/min,", *rows),
        "fahrenheit": lines(head.replace("temperature", "Temp (°F)"), *(",".join(c) for c in fahrenheit)),
        "semicolons": VITALS.replace(",", ";").replace(".", ","),
        "tabs": VITALS.replace(",", "\t"),
        "chinese": lines(
            "受试者编号,回输时间,剂量组,年龄(岁),测量时间,体温(℃),收缩压(mmHg),吸氧方式,氧流量(L/min),升压药",
            *(
                row.replace("room air", "未吸氧")
                .replace("nasal cannula", "鼻导管")
                .replace("norepinephrine", "去甲肾上腺素")
                for row in rows
            ),
        ),
        "repeated headings": lines(head, rows[0], head, *rows[1:]),
    }
    for name, text in variants.items():
        encoded = text.encode("gb18030" if name == "chinese" else "utf-8")
        folder = tmp_path / name
        folder.mkdir()
        same_facts(plain, read(folder, {"v.tsv" if name == "tabs" else "v.csv": encoded}))
