"""Day 0: a column of the infusion, a row of the CAR-T product, else the first exposure with a note, and never the lymphodepletion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from senl_ae.study import NO_TIME, Study
from tests.read.studies import lines, read, refusals, told

DM = lines("USUBJID,RFSTDTC,RFXSTDTC,ARM,AGE", "001,2026-04-29,2026-04-29T09:00,DL1,34")
HEAD = "USUBJID,EXTRT,EXDOSE,EXSTDTC,EXENDTC"
FLUDARABINE = "001,FLUDARABINE,30,2026-04-29T09:00,2026-04-29T10:00"
PRODUCT = "001,SENL-T7,1,2026-05-04T10:30,2026-05-04T10:45"


def day_zero(study: Study, subject: int = 0) -> str:
    at = int(study.subjects["infusion"][subject])
    return "" if at == NO_TIME else str(np.datetime64(at, "s"))[:16]


def test_a_row_of_the_product_goes_before_the_first_exposure(tmp_path: Path) -> None:
    study = read(tmp_path, {"dm.csv": DM, "ex.csv": lines(HEAD, FLUDARABINE, PRODUCT)})
    assert day_zero(study) == "2026-05-04T10:30" and not told(study, "day0-to-confirm")
    assert str(np.datetime64(int(study.subjects["lymphodepletion_start"][0]), "s"))[:10] == "2026-04-29"


@pytest.mark.parametrize(
    "name",
    [
        "SENL-T7",
        "CD7 CAR-T cells",
        "CAR T",
        "Chimeric antigen receptor T cells (autologous)",
        "AXICABTAGENE CILOLEUCEL",
        "嵌合抗原受体T细胞",
        "CAR-T细胞回输",
        "tisagenlecleucel 1 bag",
    ],
)
def test_names_of_a_product(tmp_path: Path, name: str) -> None:
    study = read(
        tmp_path, {"dm.csv": DM, "ex.csv": lines(HEAD, FLUDARABINE, PRODUCT.replace("SENL-T7", name))}
    )
    assert day_zero(study) == "2026-05-04T10:30"


@pytest.mark.parametrize(
    "name",
    [
        "LEUKAPHERESIS FOR CAR-T",
        "Premedication before CAR-T",
        "CARBOPLATIN",
        "no CAR-T given",
        "CAR-T细胞采集",
        "OSCAR",
    ],
)
def test_names_that_are_no_infusion(tmp_path: Path, name: str) -> None:
    dm = DM.replace("2026-04-29T09:00", "2026-05-02T09:00")
    study = read(tmp_path, {"dm.csv": dm, "ex.csv": lines(HEAD, PRODUCT.replace("SENL-T7", name))})
    assert day_zero(study) == "2026-05-02T09:00" and len(told(study, "day0-to-confirm")) == 1


def test_a_dose_of_zero_is_no_infusion(tmp_path: Path) -> None:
    dm = DM.replace("2026-04-29T09:00", "2026-05-02T09:00")
    study = read(tmp_path, {"dm.csv": dm, "ex.csv": lines(HEAD, PRODUCT.replace("SENL-T7,1,", "SENL-T7,0,"))})
    assert day_zero(study) == "2026-05-02T09:00"


def test_an_exposure_that_is_the_lymphodepletion_is_never_day_zero(tmp_path: Path) -> None:
    other = "002,2026-05-01,2026-05-01T09:00,DL1,40"
    study = read(tmp_path, {"dm.csv": DM + other + "\n", "ex.csv": lines(HEAD, FLUDARABINE)})
    assert day_zero(study) == "" and day_zero(study, 1) == "2026-05-01T09:00"
    assert [(i.severity, i.subject_id) for i in told(study, "day0-is-lymphodepletion")] == [
        ("set aside", "001")
    ]


def test_the_first_exposure_before_the_reference_start_and_a_note_for_the_study(tmp_path: Path) -> None:
    dm = lines(
        "USUBJID,RFSTDTC,RFXSTDTC",
        "001,2026-04-29,2026-05-04",
        "002,2026-04-28,",
        "003,2026-04-27,2026-05-03",
    )
    study = read(tmp_path, {"dm.csv": dm})
    assert [day_zero(study, i)[:10] for i in range(3)] == ["2026-05-04", "2026-04-28", "2026-05-03"]
    assert ["2 subjects" in i.found or "1 subject " in i.found for i in told(study, "day0-to-confirm")] == [
        True,
        True,
    ]


def test_the_setting_settles_it(tmp_path: Path) -> None:
    files = {"dm.csv": DM, "ex.csv": lines(HEAD, FLUDARABINE, PRODUCT)}
    for setting, expected in (
        ("RFXSTDTC", "2026-04-29T09:00"),
        ("RFSTDTC", "2026-04-29T00:00"),
        ("EX", "2026-05-04T10:30"),
    ):
        study = read(tmp_path, files, day0=setting)
        assert day_zero(study) == expected and not told(study, "day0-to-confirm")
    study = read(tmp_path, {**files, "dm.csv": DM + "002,2026-05-01,2026-05-01,DL1,40\n"}, day0="EX")
    assert day_zero(study, 1) == "" and [i.subject_id for i in told(study, "not-infused")] == ["002"]
    assert [i.code for i in refusals(tmp_path, {"dm.csv": DM}, day0="EX")] == [
        "settings-wrong",
        "no-infusion-column",
    ][:1]


def test_a_column_of_the_infusion_wins_and_a_row_of_another_date_is_refused(tmp_path: Path) -> None:
    subjects = lines("subject_id,infusion_date,RFXSTDTC", "001,2026-05-04,2026-04-29")
    study = read(tmp_path, {"s.csv": subjects})
    assert day_zero(study)[:10] == "2026-05-04" and not told(study, "day0-to-confirm")
    agree = {"s.csv": subjects, "ex.csv": lines(HEAD, PRODUCT)}
    assert day_zero(read(tmp_path, agree)) == "2026-05-04T10:30"
    differ = {"s.csv": subjects, "ex.csv": lines(HEAD, PRODUCT.replace("05-04", "05-05"))}
    assert [i.code for i in refusals(tmp_path, differ)] == ["day0-disagrees"]
    assert day_zero(read(tmp_path, differ, day0="column"))[:10] == "2026-05-04"
    assert day_zero(read(tmp_path, differ, day0="EX"))[:10] == "2026-05-05"


def test_a_product_row_whose_date_cannot_be_read_is_refused(tmp_path: Path) -> None:
    files = {"dm.csv": DM, "ex.csv": lines(HEAD, PRODUCT.replace("2026-05-04T10:30", "2026-05"))}
    assert [i.code for i in refusals(tmp_path, files)] == ["infusion-unreadable"]


def test_several_rows_of_the_product_are_one_infusion_in_parts(tmp_path: Path) -> None:
    ex = lines(HEAD, FLUDARABINE, PRODUCT.replace("05-04", "05-05"), PRODUCT)
    study = read(tmp_path, {"dm.csv": DM, "ex.csv": ex})
    assert day_zero(study) == "2026-05-04T10:30" and len(told(study, "several-infusions")) == 1


def test_chinese_sheet_of_study_treatment(tmp_path: Path) -> None:
    ex = lines(
        "受试者编号,研究药物,开始时间", "001,氟达拉滨,2026-04-29 09:00", "001,CAR-T细胞,2026-05-04 10:30"
    )
    study = read(tmp_path, {"dm.csv": DM, "ex.csv": ex})
    assert day_zero(study) == "2026-05-04T10:30"
    assert study.subjects["lymphodepletion_start"][0] != NO_TIME


def test_cyclophosphamide_among_concomitant_drugs_is_no_lymphodepletion_of_the_trial(tmp_path: Path) -> None:
    cm = lines("USUBJID,CMTRT,CMSTDTC,CMENDTC", "001,CYCLOPHOSPHAMIDE,2025-01-02,2025-01-03")
    study = read(tmp_path, {"dm.csv": DM, "cm.csv": cm})
    assert study.subjects["lymphodepletion_start"][0] == NO_TIME
