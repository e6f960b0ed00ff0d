"""Names of laboratory tests match by their set of words in any order, never by some of them; a name of two tests names both."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from senl_ae.vocabulary.items import load_items
from tests.read.studies import lines, read, told

S = lines("subject_id,infusion_date,age", "001,2026-05-04,40")

SAME = {
    "anc": [
        "Neutrophil absolute",
        "Neutrophils, absolute",
        "absolute neutrophil count",
        "Neutrophils (absolute)",
        "中性粒细胞（绝对值）",
    ],
    "alt": ["Alanine Aminotransferase (SGPT)", "ALT (SGPT)", "丙氨酸氨基转移酶(ALT)", "血清丙氨酸氨基转移酶"],
    "total_bilirubin": ["Bilirubin, Total", "Total Bilirubin, Serum"],
    "direct_bilirubin": ["Bilirubin, direct", "Bilirubin (direct)"],
    "indirect_bilirubin": ["Bilirubin (indirect)"],
    "calcium_ionized": ["Calcium (ionized)"],
    "glucose_fasting": ["Glucose, fasting"],
    "platelets": ["Platelets, absolute", "血小板计数PLT"],
    "creatinine": ["Creatinine, serum"],
    "sodium": ["Sodium level"],
    "glucose": ["Blood glucose concentration"],
    "ldh": ["Lactate Dehydrogenase (LDH)"],
    "wbc": ["White Blood Cells"],
    "potassium": ["钾(K)", "血清钾 浓度"],
}
OTHER = [
    "Hemoglobin A1c",
    "Hemoglobin (A1c)",
    "Plasma hemoglobin",
    "血浆血红蛋白",
    "Urine creatinine",
    "Creatinine, urine",
    "Glucose, CSF",
    "Albumin/Creatinine ratio",
    "Cholesterol, HDL",
    "Protein C",
    "Lymphocytes, atypical",
    "CD4 %",
    "Ery. Mean Corpuscular Hemoglobin",
    "CK-MB mass",
    "尿葡萄糖",
    "blood",
    "Platelet distribution width",
]
OPEN = [
    ("Prothrombin time INR", ["pt", "inr"]),
    ("AST/ALT", ["ast", "alt"]),
    ("Na, K", ["sodium", "potassium"]),
]


@pytest.mark.parametrize(("name", "test"), [(name, test) for test, names in SAME.items() for name in names])
def test_one_name_in_any_order(tmp_path: Path, name: str, test: str) -> None:
    found = load_items().match(name, "labs")
    assert found is not None and found.item.name == test and found.unit_known
    quoted = f'"{name}"'
    study = read(
        tmp_path,
        {"s.csv": S, "l.csv": lines("subject_id,datetime,test,value", f"001,2026-05-08 08:00,{quoted},100")},
    )
    assert not told(study, "unknown-test") and not told(study, "test-unclear")


@pytest.mark.parametrize("name", OTHER)
def test_a_word_that_is_left_over_is_another_test(tmp_path: Path, name: str) -> None:
    sheet = lines("subject_id,datetime,test,value,unit", f'001,2026-05-08 08:00,"{name}",100,mg/dL')
    study = read(tmp_path, {"s.csv": S, "l.csv": sheet})
    assert not len(study.labs.rows(pd.isna(study.labs.specimen)))


@pytest.mark.parametrize(("name", "both"), OPEN)
def test_a_name_that_leaves_two_open_names_both(tmp_path: Path, name: str, both: list[str]) -> None:
    sheet = lines(
        "subject_id,datetime,test,value", *(f'001,2026-05-{d:02d} 08:00,"{name}",100' for d in range(8, 18))
    )
    study = read(tmp_path, {"s.csv": S, "l.csv": sheet})
    assert not len(study.labs)
    issues = told(study, "test-unclear")
    assert [i.severity for i in issues] == ["set aside"] and all(test in issues[0].found for test in both)


def test_a_code_and_a_name_of_different_tests_are_set_aside(tmp_path: Path) -> None:
    head = "USUBJID,LBTESTCD,LBTEST,LBORRES,LBORRESU,LBDTC"
    lb = lines(
        head,
        "001,BILI,Direct bilirubin,80,umol/L,2026-05-08T08:00",
        "001,ALT,Alanine Aminotransferase,80,U/L,2026-05-08T08:00",
    )
    study = read(tmp_path, {"s.csv": S, "lb.csv": lb})
    assert (
        study.labs["test"].tolist() == ["alt"] and "direct_bilirubin" in told(study, "test-unclear")[0].found
    )


def test_a_column_headed_so_and_a_percentage_by_its_unit(tmp_path: Path) -> None:
    wide = lines(
        'subject_id,date,"Neutrophils, absolute (10^9/L)",Alanine aminotransferase (SGPT)',
        "001,2026-05-08,0.4,200",
    )
    assert sorted(read(tmp_path, {"s.csv": S, "l.csv": wide}).labs["test"]) == ["alt", "anc"]
    long = lines("subject_id,datetime,test,value,unit", '001,2026-05-08 08:00,"Neutrophils, auto",40,%')
    assert read(tmp_path, {"s.csv": S, "l.csv": long}).labs["test"].tolist() == ["neutrophils_percent"]
