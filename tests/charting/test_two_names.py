"""A drug that is named twice, or named beside a category: what the names say together, and what only one of them says."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.study import Study
from tests.charting.when_study import SUBJECTS, Run, graded, vitals
from tests.read.studies import read, told

PERSON = "subject_id,infusion_datetime,dose_level,age\n001,2026-03-02 10:00,DL1,44\n"
Given = list[tuple[str | None, str, bool]]


def study_of(folder: Path, typed: str, coded: str, category: str = "") -> Study:
    row = f'001,"{typed}","{coded}",{category},2026-03-05T08:00,2026-03-05T10:00\n'
    return read(folder, {"s.csv": PERSON, "cm.csv": "USUBJID,CMTRT,CMDECOD,CMCAT,CMSTDTC,CMENDTC\n" + row})


def given(study: Study) -> Given:
    rows = study.interventions
    return sorted(zip(rows["agent"], rows["category"], rows["doubtful"], strict=True), key=str)


NE = ("norepinephrine", "vasopressor", False)


@pytest.mark.parametrize(
    ("typed", "coded"),
    [
        ("去甲肾上腺素", "NOREPINEPHRINE"), ("去甲肾上腺素", ""), ("", "NOREPINEPHRINE"), ("", "去甲肾上腺素"), ("去甲", "NOREPINEPHRINE"),
        ("Levophed 8 mcg/min", "NOREPINEPHRINE"), ("NORPINEPHRIN", "NOREPINEPHRINE"), ("NOREPINEPHRINE", "NORPINEPHRIN"),
        ("trade name X", "NOREPINEPHRINE"), ("norepinephrine", "uncoded"), ("UNK", "NOREPINEPHRINE"),
    ],
)  # fmt: skip
def test_two_names_of_one_drug_are_one_drug(tmp_path: Path, typed: str, coded: str) -> None:
    assert given(study_of(tmp_path, typed, coded)) == [NE]


@pytest.mark.parametrize(
    ("typed", "coded"),
    [
        ("norepinephrine off", "NOREPINEPHRINE"), ("norepinephrine 0 mcg/min", "NOREPINEPHRINE"), ("hydrocortisone cream", "HYDROCORTISONE"),
        ("地塞米松滴眼液", "DEXAMETHASONE"), ("norepinephrine", "norepinephrine off"),
    ],
)  # fmt: skip
def test_what_the_typed_name_denies_the_code_does_not_give(tmp_path: Path, typed: str, coded: str) -> None:
    study = study_of(tmp_path, typed, coded)
    assert given(study) == [] and told(study, "nothing-given")


@pytest.mark.parametrize(
    ("typed", "coded"),
    [("Epinephrine inhaler", "EPINEPHRINE"), ("EPINEPHRINE", "Epinephrine inhaler"), ("肾上腺素 雾化", "EPINEPHRINE"),
     ("norepinephrine (given IM)", "NOREPINEPHRINE"), ("lidocaine with epinephrine", "EPINEPHRINE"), ("EpiPen", "EPINEPHRINE")],
)  # fmt: skip
def test_a_way_that_stands_in_either_name_counts(tmp_path: Path, typed: str, coded: str) -> None:
    assert given(study_of(tmp_path, typed, coded)) == [("vasopressor_not_infused", "vasopressor", False)]


@pytest.mark.parametrize("typed", ["norepinephrine held?", "norepinephrine prn", "去甲肾上腺素 备用"])
def test_a_doubt_in_the_typed_name_stays_one(tmp_path: Path, typed: str) -> None:
    study = study_of(tmp_path, typed, "NOREPINEPHRINE")
    assert given(study) == [("norepinephrine", "vasopressor", True)] and told(study, "agent-in-doubt")


@pytest.mark.parametrize(
    "names", [("none", "NOREPINEPHRINE"), ("无", "NOREPINEPHRINE"), ("NOREPINEPHRINE", "none")]
)
def test_nothing_beside_a_drug_is_a_doubt(tmp_path: Path, names: tuple[str, str]) -> None:
    study = study_of(tmp_path, *names)
    assert given(study) == [("norepinephrine", "vasopressor", True)]
    assert [i.severity for i in told(study, "agents-disagree")] == ["set aside"]


@pytest.mark.parametrize(
    ("typed", "coded", "expected"),
    [
        ("PARACETAMOL", "NOREPINEPHRINE", [("norepinephrine", "vasopressor", True), ("paracetamol", "antipyretic", True)]),
        ("NOREPINEPHRINE", "PARACETAMOL", [("norepinephrine", "vasopressor", True), ("paracetamol", "antipyretic", True)]),
        ("Levophed", "DOPAMINE", [("dopamine", "vasopressor", False), ("norepinephrine", "vasopressor", True)]),
        ("NE + dopamine", "NOREPINEPHRINE", [("dopamine", "vasopressor", True), NE]),
        ("midodrine", "NOREPINEPHRINE", [("midodrine", "vasopressor", True), ("norepinephrine", "vasopressor", True)]),
        ("HFNC 40 L", "NASAL CANNULA", [("high_flow_nasal_cannula", "oxygen", True), ("nasal_cannula", "oxygen", True)]),
        ("tocilizumab", "dexamethasone", [("dexamethasone", "corticosteroid", True), ("tocilizumab", "tocilizumab", True)]),
    ],
)  # fmt: skip
def test_what_only_one_name_says_is_possible_never_proven(
    tmp_path: Path, typed: str, coded: str, expected: Given
) -> None:
    study = study_of(tmp_path, typed, coded)
    assert given(study) == expected and told(study, "agents-disagree")


def test_a_device_says_more_than_oxygen(tmp_path: Path) -> None:
    study = study_of(tmp_path, "nasal cannula 2 L/min", "OXYGEN")
    assert given(study) == [("nasal_cannula", "oxygen", False)] and study.interventions["flow"].tolist() == [
        2.0
    ]


@pytest.mark.parametrize("steroids", [("甲强龙", "地塞米松", ""), ("甲强龙", "METHYLPREDNISOLONE", "激素")])
def test_two_names_of_one_kind_that_no_grade_counts_are_that_kind(
    tmp_path: Path, steroids: tuple[str, str, str]
) -> None:
    study = study_of(tmp_path, *steroids)
    assert [row[1:] for row in given(study)] == [("corticosteroid", False)] and not told(
        study, "agents-disagree"
    )


@pytest.mark.parametrize("category", ["ANTIEMETICS", "GENERAL CONMED", "一般用药"])
def test_a_category_that_is_not_listed_leaves_it_to_the_agent(tmp_path: Path, category: str) -> None:
    study = study_of(tmp_path, "norepinephrine", "NOREPINEPHRINE", category)
    (note,) = told(study, "category-not-listed")
    assert given(study) == [NE] and note.severity == "note" and category in note.found
    assert not [i for i in study.issues.found if i.severity == "set aside"]


@pytest.mark.parametrize("category", ["PLANNED", "held", "取消"])
def test_a_category_that_denies_is_a_doubt(tmp_path: Path, category: str) -> None:
    study = study_of(tmp_path, "norepinephrine", "NOREPINEPHRINE", category)
    assert given(study) == [("norepinephrine", "vasopressor", True)]
    assert [i.severity for i in told(study, "category-in-doubt")] == ["set aside"]


def test_a_category_that_is_not_listed_without_a_drug_is_set_aside_as_ever(tmp_path: Path) -> None:
    study = study_of(tmp_path, "", "", "GENERAL")
    assert given(study) == [] and told(study, "unknown-word")


def treated(folder: Path, agent: str, category: str) -> Run:
    """A febrile subject, with one row of treatment during the fever and, much later, one vasopressor that is not in doubt."""
    rows = [
        ["subject_id", "agent", "category", "start", "end"],
        ["001", agent, category, "2026-05-06 07:00", "2026-05-06 09:00"],
        ["001", "norepinephrine", "vasopressor", "2026-05-17 07:00", "2026-05-17 09:00"],
    ]
    return graded(folder, {"subjects": SUBJECTS, "vitals": vitals(), "given": rows})


@pytest.mark.parametrize(
    ("agent", "category"),
    [("norepinephrine", "corticosteroid"), ("norepinephrine", "oxygen"), ("dexamethasone", "vasopressor"), ("nasal cannula", "vasopressor"),
     ("norepinephrine; dexamethasone", "vasopressor"), ("norepinephrine", "planned")],
)  # fmt: skip
def test_a_category_at_odds_with_the_agent_leaves_both_open(
    tmp_path: Path, agent: str, category: str
) -> None:
    run = treated(tmp_path, agent, category)
    floor, ceiling = run.daily[2]
    assert floor == "1" and ceiling in ("3", "4") and run.code == 3


def test_a_category_of_another_kind_leaves_a_vasopressor_proven(tmp_path: Path) -> None:
    run = treated(tmp_path, "norepinephrine", "general conmed")
    assert run.daily[2] == ("3", "3") and run.code == 0
