"""Headings that are not known whole: read as the one item that is left of them, or named and their rows left open."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from senl_ae.read.headings.partial_headings import PartialHeadings
from senl_ae.study import FRAMES
from senl_ae.vocabulary.items import load_items
from tests.read.studies import codes, lines, read, refusals, told
from tests.running import here

HEADINGS = PartialHeadings(load_items())

READ = [
    ("Pressor 2", "vitals", "vasopressors"),
    ("Vasopressor #2 name", "vitals", "vasopressors"),
    ("第二种升压药", "vitals", "vasopressors"),
    ("是否使用升压药", "vitals", "vasopressors"),
    ("Fluid bolus given?", "vitals", "fluid_bolus"),
    ("Fluid bolus volume (mL)", "vitals", "fluid_bolus"),
    ("O2 therapy", "vitals", "oxygen_device"),
    ("Oxygen device 2", "vitals", "oxygen_device"),
    ("Temp (oral) re-check", "vitals", "temperature"),
    ("Temp 2 (°F)", "vitals", "temperature"),
    ("第二次体温(℃)", "vitals", "temperature"),
    ("血压复测", "vitals", "bp"),
    ("SBP2", "vitals", "sbp"),
    ("norad dose", "vitals", "norepinephrine"),
    ("HFNC used?", "vitals", "high_flow"),
    ("NRB", "vitals", "reservoir_mask"),
    ("Any seizure?", "neuro", "seizure"),
    ("有无抽搐", "neuro", "seizure"),
]
MAY_BE = [
    ("Comment on temp", "vitals", "temperature"),
    ("Temp >38", "vitals", "temperature"),
    ("Seizure prophylaxis", "neuro", "seizure"),
    ("No seizure", "neuro", "seizure"),
    ("Vasopressor dose", "vitals", "vasopressors"),
    ("Pressor start time", "vitals", "vasopressors"),
    ("seizure___2", "neuro", "seizure"),
    ("ICE 2", "neuro", "ice_total"),
    ("吸氧后体温", "vitals", "temperature"),
]
NOTHING = [
    "Weight (kg)",
    "Site",
    "Remarks",
    "Notes",
    "Nurse",
    "PaO2",
    "T2",
    "CSF pressure",
    "Chief complaint",
    "Visit",
    "备注",
    "床号",
]


@pytest.mark.parametrize(("heading", "domain", "name"), READ)
def test_what_is_left_without_fillers_and_slots_is_read(heading: str, domain: str, name: str) -> None:
    part = HEADINGS.read(heading, domain)
    assert part is not None and part.match is not None and part.match.item.name == name


@pytest.mark.parametrize(("heading", "domain", "name"), MAY_BE)
def test_more_than_fillers_is_left_open(heading: str, domain: str, name: str) -> None:
    part = HEADINGS.read(heading, domain)
    assert part is not None and part.match is None and name in {item.name for item in part.may_be}


@pytest.mark.parametrize("heading", NOTHING)
def test_a_heading_without_a_sign_or_support_is_none(heading: str) -> None:
    assert HEADINGS.read(heading, "vitals") is None and HEADINGS.read(heading, "neuro") is None


def sheet(*columns: tuple[str, str], base: str = "38.6,118,room air,,,") -> str:
    """One assessment with further columns: heading and cell."""
    head, cells = ",".join(h for h, _ in columns), ",".join(c for _, c in columns)
    return lines(
        f"subject_id,infusion_date,age,datetime,temperature,sbp,oxygen_device,oxygen_flow,vasopressors,{head}",
        f"001,2026-05-04,40,2026-05-07 14:00,{base}{cells}",
    )


def first(
    tmp_path: Path, *columns: tuple[str, str], base: str = "38.6,118,room air,,,"
) -> tuple[dict[str, object], set[str]]:
    study = read(tmp_path, {"v.csv": sheet(*columns, base=base)})
    return study.vitals.table.iloc[0].to_dict(), codes(study)


def test_drugs_of_two_slots_join(tmp_path: Path) -> None:
    row, _ = first(tmp_path, ("Pressor 2", "vasopressin"), base="38.6,118,room air,,norad,")
    assert row["vasopressors"] == "norepinephrine;vasopressin"
    row, _ = first(tmp_path, ("第二种升压药", "去甲肾上腺素"))
    assert row["vasopressors"] == "norepinephrine"


@pytest.mark.parametrize(
    ("heading", "one", "two", "both"),
    [
        ("Vasopressor name", "Y", "norad", "norepinephrine"),
        ("Pressor 2", "Y", "norad", "norepinephrine;yes"),
        ("Pressor 2", "Y", "Y", "2"),
        ("Any pressor?", "Y", "Y", "yes"),
        ("Pressor 2", "norad", "norad", "norepinephrine"),
        ("Any pressor?", "none", "Y", "yes"),
    ],
)
def test_a_yes_beside_a_name_is_the_same_drug_but_for_another_slot(
    tmp_path: Path, heading: str, one: str, two: str, both: str
) -> None:
    row, _ = first(tmp_path, (heading, two), base=f"38.6,118,room air,,{one},")
    assert row["vasopressors"] == both


def test_no_in_a_second_slot_takes_nothing_away(tmp_path: Path) -> None:
    row, _ = first(tmp_path, ("Pressor 2", "none"), base="38.6,118,room air,,norad,")
    assert row["vasopressors"] == "norepinephrine"


def test_two_slots_without_a_first_column_are_read(tmp_path: Path) -> None:
    row, _ = first(tmp_path, ("Pressor 1", "norad"), ("Pressor 2", "adrenaline"))
    assert row["vasopressors"] == "epinephrine;norepinephrine"


@pytest.mark.parametrize(
    ("heading", "cell", "item", "value"),
    [
        ("Temp (oral) re-check", "39.1", "temperature", 39.1),
        ("Temp (oral) re-check", "36.9", "temperature", 38.6),
        ("SBP repeat", "84", "sbp", 84),
        ("SBP 2", "140", "sbp", 118),
        ("血压复测", "80/50", "sbp", 80),
        ("Temp 2 (°F)", "104", "temperature", 40.0),
    ],
)
def test_of_two_readings_of_a_sign_the_worse_counts(
    tmp_path: Path, heading: str, cell: str, item: str, value: float
) -> None:
    row, found = first(tmp_path, (heading, cell))
    assert (
        row[item] == pytest.approx(value)
        and "two-columns-one-item" not in found
        and "conflicting-values" not in found
    )


def test_two_whole_headings_that_differ_are_refused_as_ever(tmp_path: Path) -> None:
    assert [i.code for i in refusals(tmp_path, {"v.csv": sheet(("Temp", "36.0"))})] == [
        "two-columns-one-item"
    ]


def test_a_further_record_is_one_line(tmp_path: Path) -> None:
    text = lines(
        "subject_id,infusion_date,datetime,temperature,Temp 2",
        *(f"1,2026-03-02,2026-03-{d:02d} 08:00,38,39" for d in range(3, 20)),
    )
    assert len(told(read(tmp_path, {"v.csv": text}), "further-record")) == 1


def aside(tmp_path: Path, column: str, *columns: tuple[str, str], domain: str = "vitals") -> int:
    study = read(tmp_path, {"v.csv": sheet(*columns, base="38.6,118,room air,,none,")})
    return int(np.sum(study.frame(domain).set_aside.get(column, 0)))


@pytest.mark.parametrize(
    ("heading", "cell", "column", "domain"),
    [
        ("Temp ward chart", "39.4", "temperature", "vitals"),
        ("Pressor start time", "14:30", "vasopressors", "vitals"),
        ("Comment on temp", "39.2 at 04:00", "temperature", "vitals"),
        ("升压药备注", "去甲肾上腺素泵入", "vasopressors", "vitals"),
        ("Seizure prophylaxis", "Y", "seizure", "neuro"),
        ("seizure___2", "1", "seizure", "neuro"),
        ("SBP before dialysis", "82", "sbp", "vitals"),
        ("O2 comment", "on NC overnight", "oxygen_device", "vitals"),
        ("Hypotension treatment", "Y", "hypotension", "vitals"),
    ],
)
def test_a_value_that_could_be_of_the_item_leaves_its_row_open(
    tmp_path: Path, heading: str, cell: str, column: str, domain: str
) -> None:
    assert aside(tmp_path, column, (heading, cell), domain=domain) == 1


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Comment on temp", "taken by the night nurse"),
        ("Temp ward chart", ""),
        ("Temp ward chart", "not done"),
        ("Seizure prophylaxis", "no"),
        ("Pressor comment", "none"),
        ("升压药备注", "无"),
        ("seizure___2", "0"),
        ("Temp ward chart", "38.6"),
        ("Temp time", "08:00"),
    ],
)
def test_a_remark_a_no_a_blank_and_the_same_value_leave_nothing_open(
    tmp_path: Path, heading: str, cell: str
) -> None:
    study = read(tmp_path, {"v.csv": sheet((heading, cell), base="38.6,118,room air,,none,")})
    assert not any(np.any(mask) for name in FRAMES for mask in study.frame(name).set_aside.values())
    assert not told(study, "heading-not-whole")


def test_the_settings_say_what_a_column_is_or_that_it_is_nothing(tmp_path: Path) -> None:
    text = sheet(("Temp ward chart", "39.4"), base="38.6,118,room air,,none,")
    study = read(tmp_path, {"v.csv": text}, columns={"Temp ward chart": "ignore"})
    assert not told(study, "heading-not-whole") and len(study.vitals) == 1


def days(heading: str, cells: dict[int, str], fever: tuple[int, ...] = (2, 3)) -> str:
    """Fifteen days of a subject with fever on some, and one more column."""
    rows = [
        f"001,2026-05-04,DL1,40,2026-05-{4 + n:02d} 12:00,{38.6 if n in fever else 36.8},118,room air,none,10,none,{cells.get(n, '')}"
        for n in range(15)
    ]
    return lines(
        f"subject_id,infusion_date,dose_level,age,datetime,temperature,sbp,oxygen_device,vasopressors,ICE total,seizure,{heading}",
        *rows,
    )


def graded(tmp_path: Path, text: str) -> dict[str, str]:
    (tmp_path / "v.csv").write_text(text, encoding="utf-8")
    shutil.rmtree(tmp_path / "r", ignore_errors=True)
    done = here("grade", tmp_path / "v.csv", "--out", tmp_path / "r", "--no-workbook", "--quiet")
    assert done.code == 0, done.err
    with (tmp_path / "r" / "patients.csv").open(encoding="utf-8") as file:
        return next(csv.DictReader(file))


@pytest.mark.parametrize(
    ("heading", "cell", "which", "least", "most"),
    [
        ("Pressor two?", "norad", "crs", "1", 3),
        ("Temp ward chart", "39.0", "crs", "1", 1),
        ("SBP in theatre", "70", "crs", "1", 2),
        ("Fluid bolus by ambulance", "Y", "crs", "1", 2),
        ("seizure___2", "1", "icans", "0", 3),
        ("脑水肿筛查", "有", "icans", "0", 3),
        ("O2 in ambulance", "NRB", "crs", "1", 3),
        ("Motor screen", "hemiparesis", "icans", "0", 4),
    ],
)
def test_no_grade_beside_such_a_value_is_exact(
    tmp_path: Path, heading: str, cell: str, which: str, least: str, most: int
) -> None:
    row = graded(tmp_path, days(heading, {3: cell}))
    assert row[f"{which}_grade"] == least and int(row[f"{which}_grade_ceiling"]) >= most


def test_a_word_where_there_is_one_is_graded(tmp_path: Path) -> None:
    assert graded(tmp_path, days("Pressor 2", {3: "norad"}))["crs_grade"] == "3"
    assert graded(tmp_path, days("Fluid bolus given?", {3: "Y"}))["crs_grade"] == "2"
    assert graded(tmp_path, days("Any seizure?", {3: "Y"}))["icans_grade"] == "3"


@pytest.mark.parametrize("seed", range(12))
def test_a_column_that_no_rule_knows_changes_no_grade_without_a_line_that_names_it(
    tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    words = [
        "temp",
        "pressor",
        "O2",
        "seizure",
        "bolus",
        "SBP",
        "ward",
        "chart",
        "given",
        "2",
        "note",
        "体温",
        "升压药",
        "抽搐",
        "检查",
        "value",
        "Z",
    ]
    heading = " ".join(draw.sample(words, 3))
    cells = {n: draw.choice(["Y", "no", "39", "1", "norad", "seen", "", "70", "有"]) for n in range(15)}
    (tmp_path / "a").mkdir()
    plain = graded(tmp_path / "a", days("remark zz", {}))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "v.csv").write_text(days(heading, cells), encoding="utf-8")
    done = here("grade", tmp_path / "b" / "v.csv", "--out", tmp_path / "b" / "r", "--no-workbook", "--quiet")
    if done.code:
        assert heading in done.err
        return
    row = next(csv.DictReader((tmp_path / "b" / "r" / "patients.csv").open(encoding="utf-8")))
    same = all(
        row[c] == plain[c] for c in ("crs_grade", "crs_grade_ceiling", "icans_grade", "icans_grade_ceiling")
    )
    assert same or heading in (tmp_path / "b" / "r" / "issues.csv").read_text(encoding="utf-8")
