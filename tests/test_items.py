"""The vocabulary: what it knows, how headings are understood, and that a broken table is refused with a name to mend it by."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senl_ae.study import FRAMES
from senl_ae.vocabulary.entries import KINDS
from senl_ae.vocabulary.items import (
    Items,
    TableError,
    fold,
    fold_unit,
    load_items,
    split_unit,
    tables_folder,
    word_key,
)

ITEMS = load_items()
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "aliases_zh_en.csv"


def write(folder: Path, text: str) -> tuple[Path, ...]:
    (folder / "items.toml").write_text(text, encoding="utf-8")
    return (folder,)


# ---------------------------------------------------------------- folding


@pytest.mark.parametrize(
    "spellings",
    [
        (["Temp", "(°C)"][0], "TEMP", "temp", "ｔｅｍｐ", " Temp ", "T-e_m.p"),
        ("SpO2", "SPO₂", "spo_2", "Ｓｐｏ２"),
        ("收缩压", " 收缩压 ", "收缩压："),
        ("IL-6", "il6", "IL_6"),
    ],
)
def test_spellings_fold_to_one_text(spellings: tuple[str, ...]) -> None:
    assert len({fold(s) for s in spellings}) == 1


def test_folding_keeps_what_tells_a_count_from_a_percentage() -> None:
    assert fold("NEUT#") != fold("NEUT%") != fold("NEUT")


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    split_unit(text), fold_unit(text), word_key(text)


@pytest.mark.parametrize(
    "unit",
    ["10^9/L", "10*9/L", "×10⁹/L", "10E9/L", "x10e9/l", "1e9/L", "10^9个/L", "10⁹／Ｌ", "10^9/l", "*10^9/L"],
)
def test_ways_of_writing_a_power_of_ten_are_one_unit(unit: str) -> None:
    assert fold_unit(unit) == "10^9/l"


def test_a_word_with_digits_keeps_its_signs() -> None:
    assert word_key("-1") != word_key("1") and word_key("5-/5") != word_key("5/5") and word_key("1.0") == "1"


# ---------------------------------------------------------------- the table


def test_every_column_of_the_contract_is_an_item() -> None:
    derived = {
        "sheet",
        "row",
        "subject",
        "is_day",
        "infusion_is_date",
        "death_is_date",
        "start_is_date",
        "end_is_date",
        "time",
        "oxygen_flow_upper",
        "flow_upper",
        "ice_unable",
        "capd_unable",
        "comparator",
        "doubtful",
        "end_recorded",
        "grade_upper",
        *(f"{end}_{part}" for end in ("start", "end") for part in ("first", "last", "precision", "raw")),
    }
    for domain, frame in FRAMES.items():
        known = {item.column for item in ITEMS.in_domain("events" if domain == "adverse_events" else domain)}
        assert set(frame.kinds) - derived - known == set(), domain


def test_temperature_and_its_neighbours_have_the_plausible_range_of_the_contract() -> None:
    assert ITEMS.by_name["temperature"].plausible == {"ge": 30, "le": 45}
    for item in ITEMS.by_name.values():
        assert item.kind in KINDS
        low, high = item.plausible.get("ge"), item.plausible.get("le")
        assert low is None or high is None or low < high, item.name


@pytest.mark.parametrize(
    ("item", "unit", "value", "expected"),
    [
        ("temperature", "°F", 100.4, 38.0),
        ("temperature", "℉", 101.0, 38.3333333333),
        ("sbp", "kPa", 12.0, 90.0073891015),
        ("spo2", "fraction", 0.97, 97.0),
        ("weight_kg", "lb", 100.0, 45.359237),
        ("weight_kg", "斤", 100.0, 50.0),
        ("age", "月", 18.0, 1.5),
        ("oxygen_flow", "mL/min", 500.0, 0.5),
        ("dose", "×10^6/kg", 2.5, 2.5e6),
        ("hemoglobin", "g/dL", 7.9, 79.0),
        ("wbc", "/uL", 500.0, 0.5),
        ("wbc", "K/uL", 5.0, 5.0),
        ("fibrinogen", "mg/dL", 50.0, 0.5),
        ("sodium", "mEq/L", 135.0, 135.0),
        ("crp", "mg/dL", 1.5, 15.0),
    ],
)
def test_units_convert_by_exact_factors(item: str, unit: str, value: float, expected: float) -> None:
    conversion = ITEMS.by_name[item].conversion(unit)
    assert conversion is not None and conversion.apply(value) == expected


@pytest.mark.parametrize(
    "test",
    [
        "calcium",
        "magnesium",
        "glucose",
        "creatinine",
        "total_bilirubin",
        "triglycerides",
        "uric_acid",
        "cholesterol",
    ],
)
def test_molar_units_are_never_converted(test: str) -> None:
    item = ITEMS.by_name[test]
    mass, molar = item.conversion("mg/dL"), item.conversion(item.unit)
    assert (
        mass is not None
        and molar is not None
        and mass.is_identity
        and mass.to == "mg/dL"
        and molar.to == item.unit
    )
    assert item.conversion("furlong") is None and item.bounds_in("mg/dL")


@pytest.mark.parametrize(
    "test",
    [
        "sodium",
        "potassium",
        "anc",
        "alc",
        "wbc",
        "hemoglobin",
        "platelets",
        "alt",
        "ast",
        "alp",
        "ggt",
        "total_bilirubin",
        "creatinine",
        "inr",
        "aptt",
        "fibrinogen",
        "lipase",
        "amylase",
        "ck",
        "calcium",
        "calcium_ionized",
        "magnesium",
        "phosphate",
        "glucose",
        "albumin",
        "uric_acid",
        "triglycerides",
        "cholesterol",
        "ferritin",
        "ldh",
        "haptoglobin",
        "cd4",
        "eosinophils",
        "bicarbonate",
        "ph",
        "crp",
        "il6",
        "d_dimer",
        "igg",
        "procalcitonin",
        "plateletcrit",
    ],
)
def test_laboratory_tests_have_one_name_each(test: str) -> None:
    assert ITEMS.tests[test].kind == "number"


@pytest.mark.skipif(not SHARED.exists(), reason="the list of aliases is not on this machine")
def test_aliases_of_the_laboratory_list_are_known() -> None:
    unknown = []
    for row in csv.DictReader(SHARED.open(encoding="utf-8-sig")):
        if row["kind"] not in ("lab", "cytokine"):
            continue
        for alias in filter(None, (row["aliases_en"] + "|" + row["aliases_zh"]).split("|")):
            if ITEMS.match(alias, "labs", row["unit_cn"]) is None:
                unknown.append((row["canonical_name"], alias))
    assert {name for name, _ in unknown} <= {"nk_activity", "lvef"}


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize(
    ("heading", "domain", "item", "unit"),
    [
        ("Temp (°C)", "vitals", "temperature", "°C"),
        ("体温(℃)", "vitals", "temperature", "°C"),
        ("TEMP_C", "vitals", "temperature", "C"),
        ("temperature", "vitals", "temperature", None),
        ("Temp_F", "vitals", "temperature", "F"),
        ("体温℃", "vitals", "temperature", "C"),
        ("Ｔｅｍｐ（℃）", "vitals", "temperature", "°C"),
        ("T", "vitals", "temperature", None),
        ("P", "vitals", "pulse", None),
        ("R", "vitals", "resp_rate", None),
        ("D", "vitals", "study_day", None),
        ("Sp02", "vitals", "spo2", None),
        ("SBP (kPa)", "vitals", "sbp", "kPa"),
        ("收缩压[mmHg]", "vitals", "sbp", "mmHg"),
        ("FiO2%", "vitals", "fio2", "%"),
        ("氧流量(升/分)", "vitals", "oxygen_flow", "升/分"),
        ("HR bpm", "vitals", "heart_rate", "bpm"),
        ("SYSBP", "vitals", "sbp", None),
        ("VSDY", "vitals", "cdisc_day", None),
        ("USUBJID", "vitals", "subject_id", None),
        ("cohort", "subjects", "cohort", None),
        ("Dose level", "subjects", "dose_level", None),
        ("dose (x10^6 cells/kg)", "subjects", "dose", "x10^6 cells/kg"),
        ("年龄(岁)", "subjects", "age", "岁"),
        ("age_months", "subjects", "age", "months"),
        ("★白细胞", "labs", "wbc", None),
        ("WBC(×10⁹/L)", "labs", "wbc", "×10^9/L"),
        ("NA", "labs", "sodium", None),
        ("K", "labs", "potassium", None),
        ("creatinine_mg_dl", "labs", "creatinine", "mg/dl"),
        ("NEUT#", "labs", "anc", None),
        ("NEUT%", "labs", "neutrophils_percent", None),
        ("PCT (ng/mL)", "labs", "procalcitonin", "ng/mL"),
        ("PCT(%)", "labs", "plateletcrit", "%"),
        ("CA", "labs", "calcium", None),
        ("ICE总分", "neuro", "ice_total", None),
        ("定向(年月城市医院)", "neuro", "ice_orientation", None),
        ("domain", "adjudications", "sign", None),
        ("AETERM", "events", "term", None),
        ("LBTESTCD", "labs", "test", None),
        ("VSORRES", "long_vitals", "value", None),
    ],
)
def test_headings_are_understood(heading: str, domain: str, item: str, unit: str | None) -> None:
    match = ITEMS.match(heading, domain)
    assert match is not None and match.unit_known and (match.item.name, match.unit) == (item, unit)


def test_a_unit_column_tells_procalcitonin_from_plateletcrit() -> None:
    named = [ITEMS.match("PCT", "labs", unit) for unit in ("ng/mL", "%", None)]
    assert [m.item.name if m else None for m in named] == ["procalcitonin", "plateletcrit", None]


def test_an_unknown_unit_is_said_to_be_unknown_and_a_remark_is_none() -> None:
    unknown, remark = ITEMS.match("Temp (Rankine)", "vitals"), ITEMS.match("Temp (axillary)", "vitals")
    assert unknown and not unknown.unit_known and unknown.item.known_units == ["C", "F"]
    assert remark and remark.unit_known and (remark.unit, remark.remark) == (None, "axillary")


def test_unconfirmed_names_and_hospital_numbers_are_told() -> None:
    unconfirmed, hospital = ITEMS.match("回输日期", "subjects"), ITEMS.match("住院号", "vitals")
    assert unconfirmed and not unconfirmed.alias.confirmed
    assert hospital and hospital.alias.hospital_number and hospital.item.name == "subject_id"
    plain = ITEMS.match("体温", "vitals")
    assert plain and plain.alias.confirmed


def test_the_nearest_name_is_told() -> None:
    assert ITEMS.nearest("temprature", "vitals") == "temperature"
    assert ITEMS.nearest("qqqqqqq", "vitals") is None


@pytest.mark.parametrize(
    "heading",
    [
        "Name",
        "患者姓名",
        "身份证号",
        "手机号码",
        "Phone",
        "Patient name",
        "e-mail",
        "家庭地址",
        "initials",
        "姓名缩写",
    ],
)
def test_names_and_identity_numbers_are_recognised(heading: str) -> None:
    assert ITEMS.is_pii(heading)


@pytest.mark.parametrize(
    "heading", ["AE名称", "drug name", "site", "住院号", "医院名称", "temperature", "subject_id", "项目名称"]
)
def test_other_headings_are_no_identity(heading: str) -> None:
    assert not ITEMS.is_pii(heading)


@given(st.text(max_size=40), st.sampled_from(["vitals", "labs", "subjects", "neuro"]))
def test_no_heading_makes_it_fail(heading: str, domain: str) -> None:
    ITEMS.match(heading, domain)
    ITEMS.is_pii(heading)


# ---------------------------------------------------------------- agents


@pytest.mark.parametrize(
    ("agent", "role"),
    [
        ("norepinephrine", "vasopressor"),
        ("epinephrine", "vasopressor"),
        ("phenylephrine", "vasopressor"),
        ("dopamine", "vasopressor"),
        ("angiotensin_ii", "vasopressor"),
        ("metaraminol", "vasopressor"),
        ("ephedrine", "vasopressor"),
        ("vasopressin", "vasopressin"),
        ("terlipressin", "vasopressin"),
        ("dobutamine", "inotrope"),
        ("milrinone", "inotrope"),
        ("levosimendan", "inotrope"),
        ("desmopressin", "not_vasopressor"),
        ("vasopressor_not_infused", "not_vasopressor"),
        ("tocilizumab", "tocilizumab"),
        ("siltuximab", "anticytokine"),
        ("anakinra", "anticytokine"),
        ("ruxolitinib", "anticytokine"),
        ("etanercept", "anticytokine"),
        ("emapalumab", "anticytokine"),
        ("dexamethasone", "corticosteroid"),
        ("paracetamol", "antipyretic"),
        ("metamizole", "antipyretic"),
        ("ibuprofen", "antipyretic"),
        ("propofol", "sedation"),
        ("levetiracetam", "antiepileptic"),
        ("g_csf", "g-csf"),
    ],
)
def test_drugs_play_the_part_the_rules_give_them(agent: str, role: str) -> None:
    assert ITEMS.agents[agent].role == role


# ---------------------------------------------------------------- broken tables


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "number"\nplausable = { ge = 1 }',
            "unknown key 'plausable'; did you mean 'plausible'",
        ),
        ('[item.x]\ndomains = ["vitals"]\nkind = "numbr"', "kind 'numbr'; did you mean 'number'"),
        ('[item.x]\ndomains = ["vital"]\nkind = "number"', "domain 'vital'; did you mean 'vitals'"),
        ('[item.x]\nkind = "number"', "domains are missing"),
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "number"\nplausible = { min = 1 }',
            "unknown key 'min'; allowed: ge, gt, le, lt",
        ),
        ('[item.x]\ndomains = ["vitals"]\nkind = "number"\nplausible = { ge = "1" }', "the bound ge is '1'"),
        (
            '[item.temperature]\ndomains = ["vitals"]\nkind = "number"',
            "item temperature: defined already in grading_tables/vocabulary/vitals.toml",
        ),
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "number"\naliases = ["体温"]',
            "means both temperature and x",
        ),
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "word"\n[item.x.words]\na = ["z"]\nb = ["Z"]',
            "means both a and b",
        ),
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "number"\nunit = "C"\nunits = { F = { plus = 1 } }',
            "unknown key 'plus'",
        ),
        (
            '[item.x]\ndomains = ["vitals"]\nkind = "number"\nunit = "C"\nunits = { celsius = { times = 2 } }',
            "has two meanings",
        ),
        ('[agent.x]\ncategory = "vasopresor"', "category 'vasopresor'; did you mean 'vasopressor'"),
        ('[agent.x]\ncategory = "fluid"\nrole = "inotrop"', "role 'inotrop'; did you mean 'inotrope'"),
        ('[agent.x]\ncategory = "fluid"\naliases = ["norad"]', "means both norepinephrine and x"),
        ("[items.x]", "unknown key 'items'; did you mean 'item'"),
        ("[item.x\n", "cannot be read"),
    ],
)
def test_a_broken_table_is_refused_with_the_entry_and_the_nearest_name(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(TableError, match=r"items\.toml") as refusal:
        load_items(write(tmp_path, text))
    assert said in str(refusal.value)


def test_a_folder_from_outside_adds_an_item(tmp_path: Path) -> None:
    more = load_items(
        write(
            tmp_path,
            '[item.lactate_trend]\ndomains = ["vitals"]\nkind = "number"\naliases = ["乳酸趋势"]\nplausible = { ge = 0 }',
        )
    )
    found = more.match("乳酸趋势", "vitals")
    assert (
        isinstance(more, Items)
        and found
        and found.item.name == "lactate_trend"
        and "lactate_trend" not in ITEMS.by_name
    )


def test_loading_is_light_and_quick() -> None:
    heavy = "[m for m in ('pandas', 'numpy', 'pydantic') if m in sys.modules]"
    code = f"import sys; from senl_ae.vocabulary.items import load_items; load_items(); print(*{heavy})"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tables_folder().parent
    )
    assert ran.stdout.strip() == ""
    start = time.perf_counter()
    load_items((Path("/nonexistent"),))
    assert time.perf_counter() - start < 1.0
