"""Only blood is graded: a value of urine or spinal fluid is kept, and is in no term, baseline, series or duplicate."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from senl_ae.read.qualifiers.decide import FUNCTIONS, OF_LIMITS
from senl_ae.vocabulary.items import load_items
from tests.charting.qualified import (
    SUBJECTS,
    at,
    graded_labs,
    grades,
    patient,
    read_labs,
    rows_of,
    table,
    vitals,
)
from tests.read.studies import told

EN = "subject_id,datetime,test,value,unit,lln,uln,specimen"
SDTM = "USUBJID,LBDTC,LBTESTCD,LBORRES,LBORRESU,LBORNRLO,LBORNRHI,LBSPEC"
ZH = "受试者编号,采样时间,检验项目,结果,单位,参考下限,参考上限,标本类型"


def test_every_qualifier_of_the_vocabulary_has_its_function() -> None:
    named = {item.column for item in load_items().by_name.values() if item.kind == "qualifier"}
    assert named == set(FUNCTIONS) | set(OF_LIMITS)


@pytest.mark.parametrize(
    ("headings", "test", "other", "word", "blood"),
    [
        (EN, "glucose", "CSF", "csf", "venous blood"),
        (EN, "glucose", "Urine, random", "urine", "Serum/Plasma"),
        (SDTM, "GLUC", "CEREBROSPINAL FLUID", "csf", "SERUM"),
        (SDTM, "GLUC", "ASCITES FLUID", "ascites", "WHOLE BLOOD"),
        (ZH, "葡萄糖", "脑脊液", "csf", "血清"),
        (ZH, "葡萄糖", "胸水", "pleural", "静脉血"),
        (ZH, "葡萄糖", "骨髓", "marrow", ""),
    ],
)
def test_only_blood_is_graded(
    tmp_path: Path, headings: str, test: str, other: str, word: str, blood: str
) -> None:
    quote = f'"{other}"' if "," in other else other
    study = read_labs(
        tmp_path,
        table(
            headings,
            ("001", at(4), test, 2.1, "mmol/L", 3.9, 6.1, quote),
            ("001", at(5), test, 2.6, "mmol/L", 3.9, 6.1, blood),
        ),
    )
    labs = graded_labs(study)
    assert labs[labs["specimen"] == word][["term", "value"]].to_numpy().tolist() == [["", 2.1]]
    assert (
        labs[labs["specimen"] == word]["grade"].isna().all()
        and labs[labs["specimen"] == word]["grade_ceiling"].isna().all()
    )
    hypoglycemia = labs[labs["term"] == "Hypoglycemia"]
    assert (
        hypoglycemia["value"].tolist() == [2.6]
        and hypoglycemia["grade"].tolist() == [2]
        and hypoglycemia["specimen"].tolist() == [""]
    )


def test_a_specimen_in_the_name_of_a_test_or_in_a_heading(tmp_path: Path) -> None:
    names = [
        "Urine creatinine",
        '"Creatinine, urine"',
        "CSF-GLU",
        "尿葡萄糖",
        "24h urine calcium",
        "U-Na",
        "UCREA",
        "脑脊液白细胞",
        "Creatinine (urine)",
    ]
    study = read_labs(
        tmp_path,
        table(
            "subject_id,datetime,test,value,unit", *(("001", at(4, i), n, 3, "") for i, n in enumerate(names))
        ),
    )
    assert study.labs["specimen"].tolist() == [
        "urine",
        "urine",
        "csf",
        "urine",
        "urine",
        "urine",
        "urine",
        "csf",
        "urine",
    ]
    wide = read_labs(
        tmp_path,
        table(
            "subject_id,datetime,WBC (10^9/L),CSF WBC (10^6/L),Urine creatinine (mmol/24h)",
            ("001", at(4), 0.9, 2, 8),
        ),
    )
    assert sorted(zip(wide.labs["test"], wide.labs.table["specimen"].fillna(""), strict=True)) == [
        ("creatinine", "urine"),
        ("wbc", ""),
        ("wbc", "csf"),
    ]


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("Urea", "urea"),
        ("uric acid", "uric_acid"),
        ("Blood urea nitrogen", "urea"),
        ("尿素", "urea"),
        ("尿酸", "uric_acid"),
        ("血尿素氮", "urea"),
        ("whole blood glucose", "glucose"),
        ("Serum creatinine", "creatinine"),
        ("S-Na", "sodium"),
        ("血糖", "glucose"),
        ("血清钾", "potassium"),
    ],
)
def test_names_of_blood_tests_are_no_specimens(name: str, test: str) -> None:
    match = load_items().match(name, "labs")
    assert match is not None and match.item.name == test and match.specimen is None


def test_a_category_of_tests_tells_the_specimen_only_where_it_names_one(tmp_path: Path) -> None:
    headings = "USUBJID,LBDTC,LBTESTCD,LBCAT,LBORRES,LBORRESU,LBORNRLO,LBORNRHI"
    rows = [
        ("001", at(4, h), "GLUC", c, 2.1, "mmol/L", 3.9, 6.1)
        for h, c in enumerate(["URINALYSIS", "CHEMISTRY", "", "PANEL 7"])
    ]
    study = read_labs(tmp_path, table(headings, *rows))
    assert study.labs["specimen"].tolist() == ["urine", None, None, None] and not study.labs["doubtful"].any()
    assert "PANEL 7" in told(study, "unknown-qualifier")[0].found


def test_ph_is_graded_of_arterial_and_venous_blood_only(tmp_path: Path) -> None:
    rows = [
        ("001", at(4, h), "pH", 7.1, "", 7.35, 7.45, s)
        for h, s in enumerate(["arterial", "venous", "capillary", "urine"])
    ]
    labs = graded_labs(read_labs(tmp_path, table(EN, *rows)))
    acidosis = labs[labs["term"] == "Acidosis"]
    assert len(acidosis) == 2 and labs[labs["term"] == ""]["specimen"].tolist() == ["capillary", "urine"]


def test_a_word_that_is_not_listed_proves_nothing_and_raises_the_ceiling(tmp_path: Path) -> None:
    rows = [
        ("001", at(4, h), "glucose", 2.1, "mmol/L", 3.9, 6.1, s)
        for h, s in enumerate(["serum", "xyz", "xyz"])
    ]
    study = read_labs(tmp_path, table(EN, *rows))
    labs = graded_labs(study)
    low = labs[labs["term"] == "Hypoglycemia"]
    assert low["grade"].fillna(-1).tolist() == [3, -1, -1] and low["grade_ceiling"].tolist() == [3, 3, 3]
    assert low["flags"].str.contains("value-set-aside").tolist() == [False, True, True]
    issue = told(study, "unlisted-qualifier")
    assert (
        len(issue) == 1
        and "xyz" in issue[0].found
        and "2 rows" in issue[0].found
        and issue[0].severity == "set aside"
    )


def test_of_two_columns_that_disagree_the_one_that_is_not_blood_holds(tmp_path: Path) -> None:
    headings = "USUBJID,LBDTC,LBTESTCD,LBCAT,LBSPEC,LBORRES,LBORRESU"
    study = read_labs(tmp_path, table(headings, ("001", at(4), "GLUC", "URINALYSIS", "SERUM", 2.1, "mmol/L")))
    assert study.labs["specimen"].tolist() == ["urine"] and len(told(study, "specimen-disagrees")) == 1


def test_other_specimens_are_in_no_baseline_duplicate_or_series(tmp_path: Path) -> None:
    def row(day: int, value: float, specimen: str, hour: int = 8) -> tuple[object, ...]:
        return ("001", at(day, hour), "creatinine", value, "umol/L", 45, 84, specimen)

    rows = [
        row(-1, 60, "serum"),
        row(-1, 8000, "urine", 9),
        row(-1, 20, "xyz", 10),
        row(3, 130, "serum"),
        row(3, 9000, "urine"),
        row(3, 20, "xyz"),
    ]
    labs = graded_labs(read_labs(tmp_path, table(EN, *rows)))
    creatinine = labs[(labs["term"] == "Creatinine increased") & (labs["value"] == 130)].iloc[0]
    assert (
        creatinine["baseline"] == 60 and creatinine["grade"] == 2 and "duplicate" not in creatinine["flags"]
    )
    anc = [
        ("001", at(day), "ANC", 0.1, "10^9/L", "", "", specimen) for day in range(15) for specimen in ("CSF",)
    ]
    figures = tmp_path / "series"
    figures.mkdir()
    patient(figures, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "labs.csv": table(EN, *anc)})
    assert rows_of(figures / "out" / "haematotoxicity.csv")[0]["days_anc_500"] == ""


def test_values_of_urine_are_kept_as_written(tmp_path: Path) -> None:
    """Neither the plausible limits nor the units of blood hold for them, and no word among them is a fault."""
    rows = [
        ("001", at(4), "pH", 5.5, "", "", "", "urine"),
        ("001", at(4), "creatinine", 9.8, "mmol/24h", "", "", "urine"),
        ("001", at(4), "glucose", "negative", "", "", "", "urine"),
    ]
    study = read_labs(tmp_path, table(EN, *rows))
    assert dict(zip(study.labs["test"], study.labs["value"], strict=True)) == {"ph": 5.5, "creatinine": 9.8}
    assert [i.code for i in study.issues.found if i.severity == "set aside"] == []


def test_a_column_of_sample_numbers_is_no_specimen(tmp_path: Path) -> None:
    headings = EN.replace("specimen", "sample")
    study = read_labs(
        tmp_path,
        table(
            headings, *(("001", at(4, h), "glucose", 2.1, "mmol/L", 3.9, 6.1, f"S00{h}") for h in range(4))
        ),
    )
    assert grades(study)["Hypoglycemia"] == 3 and not study.labs["doubtful"].any()


def test_the_last_column_of_the_results_is_the_specimen(tmp_path: Path) -> None:
    patient(
        tmp_path,
        {
            "subjects.csv": SUBJECTS,
            "vitals.csv": vitals(),
            "labs.csv": table(EN, ("001", at(4), "glucose", 2.1, "mmol/L", 3.9, 6.1, "CSF")),
        },
    )
    labs = pd.read_csv(tmp_path / "out" / "labs.csv", keep_default_na=False)
    assert (
        labs.columns[-1] == "specimen"
        and labs["specimen"].tolist() == ["csf"]
        and labs["term"].tolist() == [""]
    )


def test_doubtful_counts_are_in_no_series_and_leave_it_open(tmp_path: Path) -> None:
    columns = ("icaht_early", "icaht_early_ceiling", "febrile_neutropenia", "neutropenia_day28")

    def series(specimen: str) -> list[str]:
        folder = tmp_path / specimen
        folder.mkdir()
        values = ((3.0, "blood", 8), (0.1, specimen, 12))
        counts = [("001", at(d, h), "ANC", v, "10^9/L", 1.8, 6.3, s) for d in range(31) for v, s, h in values]
        patient(folder, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "labs.csv": table(EN, *counts)})
        return [rows_of(folder / "out" / "haematotoxicity.csv")[0][c] for c in columns]

    assert series("serum") == ["4", "4", "1", "1"]
    assert series("CSF") == ["0", "0", "0", "0"]
    assert series("xyz") == ["0", "4", "", ""]
