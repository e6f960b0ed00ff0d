"""A drug's name with strength, salt, form, brand, carrier or rate is the drug; by another route it is not; a vitamin is one note."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.study import Study
from tests.charting.cells import said
from tests.read.studies import read, told

SUBJECTS = "subject_id,infusion_datetime,dose_level,age\n001,2026-03-02 10:00,DL1,44\n"


def given(folder: Path, *agents: str, category: str = "") -> Study:
    rows = "".join(f'001,{category},"{agent}",2026-03-05 08:00,2026-03-05 10:00\n' for agent in agents)
    return read(folder, {"s.csv": SUBJECTS, "i.csv": "subject_id,category,agent,start,end\n" + rows})


NOREPINEPHRINE = [
    "Norepinephrine bitartrate 4 mg/4 mL inj", "norepinephrine (LEVOPHED) 16 mg in 250 mL D5W", "Levophed 8 mcg/min", "norepinephrine 0.15", "NE@0.1",
    "Nor-epinephrine", "NOR-ADRENALINE", "去甲肾", "去甲肾上腺素注射液 8mg+NS 50ml 泵入", "重酒石酸去甲肾上腺素注射液", "norepinephrine bag change",
    "Norepinephrine Bitartrate 0.1 mcg/kg/min (IV infusion)", "NE mcg/kg/min 0.1",
]  # fmt: skip


@pytest.mark.parametrize("cell", NOREPINEPHRINE)
def test_whatever_a_pharmacy_adds_it_is_norepinephrine(tmp_path: Path, cell: str) -> None:
    assert said("vasopressors", cell)["vasopressors"] == "norepinephrine"
    row = given(tmp_path, cell).interventions.table.iloc[0]
    assert (row["agent"], row["category"], row["doubtful"]) == ("norepinephrine", "vasopressor", False)


@pytest.mark.parametrize(
    ("cell", "agents"),
    [
        ("PHENYLEPHRINE HCL", "phenylephrine"),
        ("dopamine 5 + NE 0.1", "dopamine;norepinephrine"),
        ("hydrocortisone sodium succinate 100 mg", "hydrocortisone"),
        ("甲泼尼龙琥珀酸钠 40mg 静滴", "methylprednisolone"),
        ("methylprednisolone 40 mg po", "methylprednisolone"),
        ("dexamethasone + ondansetron", "dexamethasone"),
    ],
)
def test_other_drugs_with_what_stands_around_them(cell: str, agents: str) -> None:
    assert said("agent", cell)["agent"] == agents and "in_doubt" not in said("agent", cell)


@pytest.mark.parametrize(
    "cell",
    [
        "epinephrine nebulised", "epinephrine inhaler", "epinephrine 0.3 mg IM", "epinephrine, IM", "肾上腺素 肌注", "肾上腺素雾化", "EpiPen",
        "phenylephrine eye drops", "phenylephrine nasal spray", "lidocaine with epinephrine", "phenylephrine tablet",
    ],
)  # fmt: skip
def test_a_vasopressor_by_another_way_is_not_infused(tmp_path: Path, cell: str) -> None:
    assert said("vasopressors", cell)["vasopressors"] == "vasopressor_not_infused"
    assert given(tmp_path, cell, category="vasopressor").interventions["agent"].tolist() == [
        "vasopressor_not_infused"
    ]


def test_midodrine_is_taken_by_mouth() -> None:
    assert (
        said("vasopressors", "midodrine oral")["vasopressors"]
        == said("vasopressors", "米多君 5mg")["vasopressors"]
        == "midodrine"
    )


@pytest.mark.parametrize(
    "cell",
    ["hydrocortisone cream", "dexamethasone eye drops", "prednisolone acetate ophthalmic", "methylprednisolone topical", "地塞米松 滴眼液",
     "氢化可的松乳膏", "norepinephrine 0 mcg/min", "norepinephrine off", "none"],
)  # fmt: skip
@pytest.mark.parametrize("category", ["", "corticosteroid"])
def test_a_local_drug_or_one_that_does_not_run_is_a_row_of_nothing(
    tmp_path: Path, cell: str, category: str
) -> None:
    study = given(tmp_path, cell, category=category)
    assert len(study.interventions) == 0 and told(study, "nothing-given")
    assert not [i for i in study.issues.found if i.severity == "set aside"]


def test_a_cream_is_no_steroid_in_a_column_of_steroids() -> None:
    assert said("corticosteroid", "hydrocortisone cream") == {"corticosteroid": 0}


def test_drugs_of_no_category_are_one_note_for_the_column(tmp_path: Path) -> None:
    study = given(tmp_path, *["MULTIVITAMIN"] * 3, "AMLODIPINE", "plasma exchange", "norepinephrine 0.1")
    (note,) = told(study, "agent-not-listed")
    assert (
        note.severity == "note"
        and note.row is None
        and "5 rows: MULTIVITAMIN (3), AMLODIPINE (1)" in note.found
    )
    assert study.interventions["agent"].tolist() == ["norepinephrine"]
    assert not [i for i in study.issues.found if i.severity == "set aside"]


def test_an_unknown_name_under_vasopressors_is_one_without_a_name(tmp_path: Path) -> None:
    study = given(tmp_path, "pressor X", category="vasopressor")
    assert (
        study.interventions["agent"].tolist() == [None]
        and told(study, "agent-not-listed")[0].severity == "set aside"
    )


@pytest.mark.parametrize(
    "cell",
    ["norepinephrine prn", "norepinephrine standby", "norepinephrine d/c'd", "BiPAP off", "HFNC if needed", "vasopressin level",
     "allergy to dopamine", "phenylephrine/guaifenesin", "去甲肾上腺素 备用", "停用去甲肾上腺素", "消旋肾上腺素"],
)  # fmt: skip
def test_what_may_not_have_run_is_doubtful(tmp_path: Path, cell: str) -> None:
    study = given(tmp_path, cell)
    assert (
        study.interventions["doubtful"].tolist() == [True]
        and told(study, "agent-in-doubt")[0].severity == "set aside"
    )


def test_of_two_drugs_in_a_cell_only_one_may_be_in_doubt(tmp_path: Path) -> None:
    rows = given(tmp_path, "norepinephrine 0.1; vasopressin prn").interventions
    assert dict(zip(rows["agent"], rows["doubtful"], strict=True)) == {
        "norepinephrine": False,
        "vasopressin": True,
    }


@pytest.mark.parametrize(
    "cell",
    ["PE ruled out", "albumin-bound paclitaxel", "KCl 20 mmol in NS 500 mL", "levothyroxine", "levofloxacin"],
)
def test_a_short_or_hidden_name_is_not_a_drug(cell: str) -> None:
    assert said("agent", cell) == {}


def test_a_name_and_its_standard_name_are_one_row(tmp_path: Path) -> None:
    rows = "001,MULTIVITAMIN,VITAMINS,2026-03-05\n001,norepinefrin,NOREPINEPHRINE,2026-03-05\n"
    study = read(tmp_path, {"s.csv": SUBJECTS, "cm.csv": "USUBJID,CMTRT,CMDECOD,CMSTDTC\n" + rows})
    (note,) = told(study, "agent-not-listed")
    assert "1 row: MULTIVITAMIN (1)" in note.found and not told(study, "agent-misspelt")
    assert study.interventions["agent"].tolist() == ["norepinephrine"]
