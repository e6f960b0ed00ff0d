"""A drug counts by the routes by which it acts: a vasopressor into a vein, a steroid wherever it reaches the whole body."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.study import Study
from tests.charting.qualified import SUBJECTS, at, patient, table, vitals
from tests.read.studies import read, told

EN = "subject_id,agent,start,end,route"
SDTM = "USUBJID,CMTRT,CMSTDTC,CMENDTC,CMROUTE"
ZH = "受试者编号,药物,开始时间,结束时间,给药途径"
PRESSOR = [
    (
        EN,
        "epinephrine",
        ["IV", "IV infusion", "continuous IV infusion", "iv push", "central line", ""],
        ["IM", "inhaled", "nebulised", "topical", "nasal", "eye", "PO", "subcut"],
    ),
    (
        SDTM,
        "EPINEPHRINE",
        ["INTRAVENOUS", "INTRAVENOUS DRIP"],
        ["INTRAMUSCULAR", "RESPIRATORY (INHALATION)", "SUBCUTANEOUS", "OPHTHALMIC"],
    ),
    (ZH, "肾上腺素", ["静滴", "泵入", "静脉泵入"], ["肌注", "雾化吸入", "皮下注射", "滴眼"]),
]
STEROID = [
    (EN, "hydrocortisone", ["IV", "oral", "IM", ""], ["topical", "inhaled", "eye drops", "ear", "nasal"]),
    (
        SDTM,
        "HYDROCORTISONE",
        ["INTRAVENOUS", "ORAL", "INTRAMUSCULAR"],
        ["TOPICAL", "AURICULAR (OTIC)", "NASAL"],
    ),
    (ZH, "地塞米松", ["静推", "口服", "肌注"], ["外用", "雾化", "滴眼", "滴耳"]),
]


def run(folder: Path, headings: str, agent: str, routes: list[str]) -> Study:
    rows = [("001", agent, at(3, 6 + i), at(3, 20), route) for i, route in enumerate(routes)]
    return read(
        folder, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "drugs.csv": table(headings, *rows)}
    )


@pytest.mark.parametrize(("headings", "agent", "counts", "never"), PRESSOR + STEROID)
def test_a_drug_counts_by_its_routes_only(
    tmp_path: Path, headings: str, agent: str, counts: list[str], never: list[str]
) -> None:
    study = run(tmp_path, headings, agent, counts)
    assert len(study.interventions) == len(counts) and not study.interventions["doubtful"].any()
    study = run(tmp_path, headings, agent, never)
    assert len(study.interventions) == 0 and study.counts["interventions_rows_route"] == len(never)
    assert len(told(study, "route-does-not-count")) == 1 and not any(
        s.startswith("interventions:") for s in study.sources
    )


def test_a_route_that_is_not_listed_is_doubtful_where_it_matters(tmp_path: Path) -> None:
    assert run(tmp_path, EN, "epinephrine", ["xyz", "IV or IM", "IV"]).interventions["doubtful"].tolist() == [
        True,
        True,
        False,
    ]
    assert run(tmp_path, EN, "midazolam", ["xyz", "nasal"]).interventions["doubtful"].tolist() == [
        False,
        False,
    ]
    assert not told(run(tmp_path, EN, "midazolam", ["xyz"]), "unlisted-qualifier")


def test_an_antipyretic_counts_by_the_rectum_and_ephedrine_only_as_an_infusion(tmp_path: Path) -> None:
    assert len(run(tmp_path, EN, "paracetamol", ["PR", "oral", "topical"]).interventions) == 2
    assert len(run(tmp_path, EN, "ephedrine", ["IV infusion", "IV push"]).interventions) == 1


def test_epinephrine_by_inhaler_or_into_a_muscle_is_no_crs_3_and_a_cream_no_steroid(tmp_path: Path) -> None:
    def grade(name: str, headings: str, *rows: tuple[object, ...]) -> dict[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        return patient(
            folder, {"subjects.csv": SUBJECTS, "vitals.csv": vitals(), "cm.csv": table(headings, *rows)}
        )

    for route, crs in (("INTRAMUSCULAR", "1"), ("INHALED", "1"), ("INTRAVENOUS", "3")):
        assert (
            grade(route, SDTM, ("001", "EPINEPHRINE", "2026-05-07T09:00", "2026-05-07T09:45", route))[
                "crs_grade"
            ]
            == crs
        )
    row = ("001", "HYDROCORTISONE", "2026-05-04", "2026-05-30")
    assert grade("cream", SDTM, (*row, "TOPICAL"))["corticosteroid"] in ("", "0")
    assert grade("drip", SDTM, (*row, "INTRAVENOUS"))["corticosteroid"] == "1"
