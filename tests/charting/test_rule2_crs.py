"""Rule 2 in CRS: a cell or a status that cannot be read lowers the grade to the least that it leaves and raises the ceiling to the most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from senl_ae.settings import Settings
from tests.charting.rule2 import NE, assessment, ends, in_doubt, record, sheets, tables

FEVER = "temperature 38.5, sbp 120"
CANNULA = "oxygen_device nasal cannula, oxygen_flow 2"
DRIP = "vasopressor norepinephrine D3 06:00 to D3 11:00"
BAD = "gizmo"

CELLS = [
    # a device that cannot be read may be room air, which ends what was carried, or a ventilator
    ("carried cannula", f"D3 08:00: {FEVER}, {CANNULA} | D3 12:00: {FEVER}, oxygen_device {{}}", "D3 12:00",
     {"": ("2", "2"), "room air": ("1", "1"), "看不清": ("1", "4"), "NA": ("2", "4")}),
    ("and on", f"D3 08:00: {FEVER}, {CANNULA} | D3 12:00: {FEVER}, oxygen_device {{}} | D3 14:00: {FEVER}",
     "D3 14:00", {"": ("2", "2"), "room air": ("1", "1"), BAD: ("1", "4")}),
    ("interval of oxygen", f"oxygen nonrebreather D3 06:00 to D3 11:00 | D3 08:00: {FEVER}, oxygen_device {{}}", "D3 08:00",
     {"": ("3", "3"), "room air": ("1", "1"), BAD: ("1", "4")}),
    ("flow beside it", f"D3 08:00: {FEVER}, oxygen_flow 8, oxygen_device {{}}", "D3 08:00",
     {"": ("3", "3"), "blow by": ("2", "2"), BAD: ("1", "4")}),
    ("flow of a high flow cannula", f"D3 08:00: {FEVER}, oxygen_device HFNC, oxygen_flow {{}}", "D3 08:00",
     {"": ("3", "3"), "5": ("2", "2"), "40": ("3", "3"), BAD: ("2", "3")}),
    ("flow of a cannula", f"D3 08:00: {FEVER}, oxygen_device nasal cannula, oxygen_flow {{}}", "D3 08:00",
     {"5": ("2", "2"), BAD: ("2", "3")}),
    # the vasopressors of a row go before an interval: a cell that cannot be read may say none
    ("interval of a vasopressor", f"{DRIP} | D3 08:00: {FEVER}, vasopressors {{}}", "D3 08:00",
     {"": ("3", "3"), "none": ("1", "1"), "无": ("1", "1"), BAD: ("1", "4"), "去甲肾上腺素": ("3", "3")}),
    # a temperature may be below 38.0 and may be the fever that opens the gate
    ("carried fever", f"D3 08:00: {FEVER} | D3 12:00: sbp 120, temperature {{}}", "D3 12:00",
     {"": ("1", "1"), "37.0": ("0", "0"), "386": ("0", "1"), "未测": ("1", "1")}),
    ("nothing carried", "D3 08:00: sbp 120, temperature {}", "D3 08:00", {"": (NE, NE), "37.0": ("0", "0"), "386": (NE, "1")}),
    ("opens the gate", "D3 08:00: sbp 120, temperature {} | D4 08:00: temperature 37.0, sbp 80", "D4 08:00",
     {"37.0": ("0", "0"), "38.6": ("2", "2"), "386": ("0", "2")}),
    ("ends the run", f"D3 08:00: {FEVER} | D4 08:00: temperature 37.0, sbp 120"
     " | D5 08:00: sbp 120, temperature {} | D6 08:00: temperature 37.0, sbp 80",
     "D6 08:00", {"37.0": ("0", "0"), "38.6": ("2", "2"), "36..8.": ("0", "2")}),
    ("carried pressure", "D3 08:00: temperature 38.5, sbp 80 | D3 10:00: temperature 38.5, sbp {}", "D3 10:00",
     {"": ("2", "2"), "120": ("1", "1"), "8OO": ("1", "2")}),
    ("bolus interval", f"fluid crystalloid D3 07:00 to D3 09:00 for hypotension | D3 08:00: {FEVER}, fluid_bolus {{}}", "D3 08:00",
     {"": ("2", "2"), "no": ("1", "1"), "perhaps": ("1", "2")}),
    # what excuses
    ("indication of a vasopressor", f"{DRIP} for {{}} | D3 08:00: {FEVER}", "D3 08:00",
     {"hypotension": ("3", "3"), "procedure": ("1", "1"), BAD: ("1", "3"), "none": ("3", "3"), "不详": ("3", "3")}),
    ("indication of a bolus", f"fluid crystalloid D3 07:00 to D3 09:00 for {{}} | D3 08:00: {FEVER}", "D3 08:00",
     {"hypotension": ("2", "2"), "other": ("1", "1"), BAD: ("1", "2")}),
    ("an interval that may pardon a row", f"oxygen nasal cannula D3 06:00 to D3 11:00 at 3 for {{}} | D3 08:00: {FEVER}, {CANNULA}",
     "D3 08:00", {"hypoxia": ("2", "2"), "home": ("1", "1"), BAD: ("1", "2")}),
    ("oxygen from before", f"D0 08:00: oxygen_device {{}} | D3 08:00: {FEVER}, {CANNULA}", "D3 08:00",
     {"": ("2", "2"), "room air": ("2", "2"), "nonrebreather": ("1", "1"), BAD: ("1", "2")}),
    ("until room air", f"D0 08:00: oxygen_device {{}} | D3 08:00: {FEVER}, oxygen_device room air | D3 09:00: {FEVER}, {CANNULA}",
     "D3 09:00", {"nonrebreather": ("2", "2"), BAD: ("2", "2")}),
    ("which a cell may end", "D0 08:00: oxygen_device cpap | D3 08:00: temperature 38.5, sbp 120, oxygen_device {}"
     f" | D3 20:00: {FEVER}, oxygen_device cpap", "D3 20:00", {"cpap": ("1", "1"), "room air": ("4", "4"), BAD: ("1", "4")}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "when", "cells"), CELLS, ids=[c[0] for c in CELLS])
def test_a_cell_that_cannot_be_read(
    name: str, given: str, when: str, cells: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    for i, (cell, wanted) in enumerate(cells.items()):
        folder = tmp_path / str(i)
        folder.mkdir()
        assert ends(record(folder, given.format(cell).replace(" for  |", " |")), when, "CRS") == wanted, cell


def test_missing_names_what_would_settle_it(tmp_path: Path) -> None:
    study = record(tmp_path, f"{DRIP} for gizmo | D3 08:00: {FEVER}, vasopressors norepinephrine")
    assert assessment(study, "D3 08:00", "CRS")["missing"] == "indication"
    doubtful = assessment(in_doubt(study), "D3 08:00", "CRS")
    assert doubtful["missing"] == "indication;status" and "doubtful-treatment" in doubtful["flags"]
    assert "interventions_timed.csv" in doubtful["source"]


def test_a_cell_that_widens_a_later_assessment_is_named_there(tmp_path: Path) -> None:
    study = record(tmp_path, "D3 08:00: sbp 120, temperature 386 | D4 08:00: temperature 37.0, sbp 80")
    assert assessment(study, "D4 08:00", "CRS")["missing"] == "temperature"


DRIPS = f"{DRIP} | vasopressor epinephrine D3 06:00 to D3 11:00 | D3 05:00: {FEVER} | D3 08:00: {FEVER}"


def test_a_treatment_of_unknown_status_proves_nothing_and_raises_the_ceiling(tmp_path: Path) -> None:
    study = record(tmp_path, DRIPS)
    assert ends(study, "D3 08:00", "CRS") == ("4", "4")
    assert ends(in_doubt(study, lambda rows: rows["agent"] == "epinephrine"), "D3 08:00", "CRS") == ("3", "4")
    assert ends(in_doubt(study), "D3 08:00", "CRS") == ("1", "4")
    assert ends(in_doubt(study), "D3 06:00", "CRS") == ("1", "4"), (
        "its start is an assessment, graded from the rest"
    )


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (f"oxygen cpap D3 06:00 to D3 11:00 | D3 08:00: {FEVER}", ("1", "4")),
        (f"fluid crystalloid D3 07:00 to D3 09:00 for hypotension | D3 08:00: {FEVER}", ("1", "2")),
        # in doubt it may have taken the place of what was carried, or not
        (f"oxygen nasal cannula D3 07:30 to D3 09:00 at 2 | D3 07:00: {FEVER}, oxygen_device NRB | D3 08:00: {FEVER}", ("2", "3")),
        # an excused interval in doubt may pardon its row, or not
        (f"oxygen cpap D3 07:30 to D3 09:00 for sleep apnoea | D3 08:00: {FEVER}, oxygen_device cpap", ("1", "4")),
        # without an end, for a day after its start date
        (f"vasopressor norepinephrine D2 08:00 | D3 08:00: {FEVER}", ("1", "3")),
    ],
)  # fmt: skip
def test_support_of_unknown_status(given: str, wanted: tuple[str, str], tmp_path: Path) -> None:
    assert ends(in_doubt(record(tmp_path, given)), "D3 08:00", "CRS") == wanted


def test_it_keeps_a_run_from_being_clear_and_starts_none(tmp_path: Path) -> None:
    study = record(tmp_path, f"{DRIP} | D3 08:00: temperature 37.0, sbp 120")
    assert ends(in_doubt(study), "D3 08:00", "CRS") == ("0", "0"), "no fever, no gate"
    table = tables(in_doubt(study))
    assert len(table["episodes"]["grade"]) == 0 and table["patients"]["vasopressor"][0] != 1


def test_a_category_of_unknown_status_alone_is_no_source(tmp_path: Path) -> None:
    heads = ["subject_id", "infusion_datetime", "age", "datetime", "temperature", "sbp", "oxygen_device"]
    vitals = [
        heads,
        *[
            ["A", "2026-03-02 10:00", "40", f"2026-03-05 {h}:00", "38.5", "120", "room air"]
            for h in ("08", "20")
        ],
    ]
    drip = ["A", "vasopressor", "norepinephrine", "2026-03-05 07:00", "2026-03-05 09:00"]
    given = [["subject_id", "category", "agent", "start", "end"], drip]
    study = sheets(tmp_path, vitals=vitals, given=given)
    assert ends(study, "D3 20:00", "CRS") == ("1", "1")
    assert ends(in_doubt(study), "D3 20:00", "CRS") == ("1", "4")
    assert np.isnan(tables(in_doubt(study))["patients"]["vasopressor"][0])


def test_a_drug_of_unknown_status_hides_a_fever_only_for_the_ceiling_and_counts_as_not_given(
    tmp_path: Path,
) -> None:
    drugs = "tocilizumab tocilizumab D2 08:00 | corticosteroid dexamethasone D2 08:00"
    study = record(tmp_path, f"{drugs} | D3 08:00: temperature 37.0, sbp 80")
    assert ends(study, "D3 08:00", "CRS") == ends(in_doubt(study), "D3 08:00", "CRS") == ("0", "2")
    patients = tables(in_doubt(study))["patients"]
    assert patients["tocilizumab_doses"][0] != 1 and patients["corticosteroid"][0] != 1
    assert len(tables(in_doubt(study))["treatments"]["category"]) == 0
    assert tables(study)["patients"]["tocilizumab_doses"][0] == 1


def test_a_drug_of_unknown_status_explains_no_waiver_of_the_strict_gate(tmp_path: Path) -> None:
    strict = Settings(fever_gate="strict")
    given = f"tocilizumab tocilizumab D3 20:00 | D3 08:00: {FEVER} | D5 08:00: temperature 37.0, sbp 80"
    study = record(tmp_path, given, strict)
    assert ends(study, "D5 08:00", "CRS", strict) == ("2", "2")
    assert ends(in_doubt(study), "D5 08:00", "CRS", strict) == ("0", "2")


def test_a_ruling_stands_over_every_reading(tmp_path: Path) -> None:
    study = record(tmp_path, f"{DRIP} | D3 08:00: {FEVER} | ruling CRS grade 2 D3 to D3")
    assert ends(in_doubt(study), "D3 08:00", "CRS") == ("2", "2")


def test_headings_and_words_in_chinese(tmp_path: Path) -> None:
    def study(name: str, device: str, agent: str) -> tuple[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        heads = [
            "受试者编号",
            "回输日期时间",
            "年龄",
            "日期时间",
            "体温(℃)",
            "收缩压",
            "吸氧方式",
            "氧流量",
            "升压药",
        ]
        who = ["001", "2026-03-02 10:00", "40"]
        rows = [
            [*who, "2026-03-05 08:00", "38.6", "120", "鼻导管", "2", ""],
            [*who, "2026-03-05 12:00", "38.6", "120", device, "", agent],
        ]
        return ends(sheets(folder, 体征=[heads, *rows]), "D3 12:00", "CRS")

    assert study("1", "", "无") == ("2", "2")
    assert study("2", "字迹不清", "无") == ("1", "4")
    assert study("3", "未吸氧", "字迹不清") == ("1", "4")
    assert study("4", "未吸氧", "去甲肾上腺素") == ("3", "3")
