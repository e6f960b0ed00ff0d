"""The empty workbook: it reads back as itself, in both languages, with every word of every list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from senl_ae.checking import check_files
from senl_ae.read.study import describe_columns, read_study
from senl_ae.settings import Settings
from senl_ae.template import Column, template_columns, write_template
from senl_ae.template_words import GUIDE, SAYS, SHEETS

SETTINGS = Settings.model_validate({})
LANGUAGES = ("en", "zh")
INFUSED = dt.datetime(2026, 1, 5, 10)
DAY = dt.datetime(2026, 1, 7, 8)
EVENT = {
    "subject_id": "001",
    "term": "CRS",
    "preferred_term": "Cytokine release syndrome",
    "event_grade": 2,
    "start": DAY,
    "end": DAY.replace(day=9),
    "serious": "no",
    "related": "yes",
}


def first(columns: list[Column], domain: str, name: str) -> str:
    return next(c for c in columns if c.domain == domain and c.item.name == name).words[0]


def plain_rows(columns: list[Column]) -> dict[str, list[dict[str, Any]]]:
    """A few rows as a site would write them."""
    at = {"subject_id": "001", "datetime": DAY}
    return {
        "subjects": [
            {
                "subject_id": "001",
                "infusion_datetime": INFUSED,
                "dose_level": "DL1",
                "dose": 1e6,
                "age": 40,
                "weight_kg": 61.5,
            }
        ],
        "vitals": [
            at
            | {
                "temperature": 38.5,
                "sbp": 85,
                "dbp": 50,
                "spo2": 91,
                "oxygen_flow": 3,
                "vasopressors": "norepinephrine; epinephrine",
            }
        ],
        "neuro": [at | {"ice_total": 8}],
        "labs": [at | {"test": "ALT", "value": 55, "unit": "U/L", "lln": 7, "uln": 40}],
        "interventions": [
            {
                "subject_id": "001",
                "category": first(columns, "interventions", "category"),
                "agent": "norepinephrine",
                "start": DAY,
                "end": DAY.replace(hour=20),
            },
        ],
        "events": [EVENT],
        "adjudications": [
            {
                "subject_id": "001",
                "syndrome": "CRS",
                "action": first(columns, "adjudications", "action"),
                "sign": first(columns, "adjudications", "sign"),
                "start": DAY,
                "end": DAY,
                "reason": "infection",
                "by": "PI",
            },
        ],
    }


def fill(path: Path, lang: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    columns = template_columns(lang)
    book = load_workbook(path)
    for domain, (english, chinese, _) in SHEETS.items():
        sheet = book[english if lang == "en" else chinese]
        names = [c.item.name for c in columns if c.domain == domain]
        for number, row in enumerate(rows.get(domain, []), 2):
            for name, value in row.items():
                sheet.cell(number, names.index(name) + 1, value)
    book.save(path)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_heading_reads_back_as_its_item(tmp_path: Path, lang: str) -> None:
    write_template(tmp_path / "t.xlsx", lang)
    found = describe_columns([tmp_path / "t.xlsx"], SETTINGS)
    columns = template_columns(lang)
    found = found[
        found["sheet"].isin([SHEETS[column.domain][lang == "zh"] for column in columns])
    ]  # not the sheet that explains them
    assert not found["item"].isna().any()
    read = {(row["sheet"], row["heading"]): (row["domain"], row["item"]) for row in found.to_dict("records")}
    assert len(read) == len(columns)
    for column in columns:
        assert read[SHEETS[column.domain][lang == "zh"], column.heading] == (column.domain, column.item.name)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_few_rows_are_read_without_a_problem(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, lang)
    fill(path, lang, plain_rows(template_columns(lang)))
    checked = check_files([path], SETTINGS)
    assert [i.sentence() for i in checked.issues.found if i.severity != "note"] == []
    # Chinese names without a document behind them are read with a note; the sheet of explanations is no table
    assert {i.code for i in checked.issues.found} <= {
        "unknown-sheet",
        *(("unconfirmed-alias",) if lang == "zh" else ()),
    }
    study = read_study([path], SETTINGS)
    assert study.subjects["subject_id"].tolist() == ["001"]
    assert study.vitals["temperature"].tolist() == [38.5]
    assert len(study.labs) == len(study.events) == len(study.adjudications) == len(study.interventions) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_of_every_list_is_read(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, lang)
    columns = template_columns(lang)
    rows = plain_rows(columns)
    listed = 0
    for column in columns:
        for k, word in enumerate(column.words):
            row = dict(rows[column.domain][0]) | {column.item.name: word}
            if column.domain == "subjects":
                row["subject_id"] = f"S{listed}"
            else:
                when = DAY + dt.timedelta(days=k % 20, minutes=listed)
                row |= {key: when for key in ("datetime", "start", "end") if key in row}
            if column.item.name == "category":
                row["agent"] = None
            rows[column.domain].append(row)
            listed += 1
    fill(path, lang, rows)
    checked = check_files([path], SETTINGS)
    assert listed > 90
    # the word "grade" alone names no grade; the subjects made up here stand on the sheet of subjects alone
    heard = [
        i for i in checked.issues.found if i.code not in ("ruling-without-effect", "subject-without-rows")
    ]
    assert [i.sentence() for i in heard if i.severity != "note" or i.code == "word-to-confirm"] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lists_formats_and_explanations(tmp_path: Path, lang: str) -> None:
    write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(tmp_path / "t.xlsx")
    columns = template_columns(lang)
    for domain, (english, chinese, _) in SHEETS.items():
        sheet = book[english if lang == "en" else chinese]
        assert sheet.freeze_panes == "B2"
        rules = {str(rule.sqref).split("2:")[0]: rule for rule in sheet.data_validations.dataValidation}
        for cell, column in zip(sheet[1], [c for c in columns if c.domain == domain], strict=True):
            rule = rules[cell.column_letter]
            assert rule.prompt == column.says
            if column.words:
                assert (
                    rule.type == "list" and len(rule.formula1) <= 257
                )  # 255 characters between the quotes is what Excel takes
                assert rule.formula1.strip('"').split(",") == list(column.words)
    guide = book[GUIDE[lang][4]]
    text = "\n".join(str(cell.value) for row in guide.iter_rows() for cell in row if cell.value)
    for column in columns:
        assert column.heading in text and column.says in text
    assert (lang == "zh") == ("受试者" in text)


def test_the_same_bytes(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx", "zh")
    write_template(tmp_path / "b.xlsx", "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_everything_is_said_in_both_languages() -> None:
    names = {name for _, _, columns in SHEETS.values() for name in columns}
    assert names == set(SAYS)
    for english, chinese in SAYS.values():
        assert english.isascii() and any("一" <= c <= "鿿" for c in chinese)
