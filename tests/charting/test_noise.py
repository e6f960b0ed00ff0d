"""Set aside is what a scale needed and could not have: height, vitamins, old drugs and partial dates are a line per kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.issues import Refused
from tests.read.studies import lines, read, told

S = lines("subject_id,infusion_date,age", "001,2026-05-04,40")
DAYS = [f"2026-05-{n:02d}T08:00" for n in range(5, 15)]


def test_tests_that_no_scale_grades_are_a_note_each(tmp_path: Path) -> None:
    rows = [
        f"001,{t},{v},{u},{day}"
        for day in DAYS
        for t, v, u in (("TEMP", 36.8, "C"), ("HEIGHT", 170, "cm"), ("WEIGHT", 70, "kg"))
    ]
    study = read(tmp_path, {"s.csv": S, "vs.csv": lines("USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC", *rows)})
    assert [(i.severity, "10 rows" in i.found) for i in told(study, "unknown-test")] == [("note", True)] * 2
    assert not study.issues.count("set aside") and len(study.vitals) == 10


def test_drugs_of_no_category_are_one_note(tmp_path: Path) -> None:
    head = "USUBJID,CMTRT,CMSTDTC,CMENDTC"
    other = [
        f"001,{drug},2026-05-05,2026-05-06"
        for drug in ("MULTIVITAMIN", "AMLODIPINE", "PLACEBO", "XANOMELINE", "复合维生素")
    ]
    study = read(
        tmp_path, {"s.csv": S, "cm.csv": lines(head, *other, "001,TOCILIZUMAB,2026-05-06,2026-05-06")}
    )
    assert [i.severity for i in told(study, "agent-not-listed")] == ["note"] and len(study.interventions) == 1


def test_the_coded_name_goes_before_the_typed_one(tmp_path: Path) -> None:
    head = "USUBJID,CMTRT,CMDECOD,CMSTDTC,CMENDTC"
    given = (("LEVOPHED DRIP XX", "NOREPINEPHRINE"), ("dexamethasone", ""), ("toci", "UNCODED"))
    rows = [f"001,{typed},{coded},2026-05-05,2026-05-05" for typed, coded in given]
    study = read(tmp_path, {"s.csv": S, "cm.csv": lines(head, *rows)})
    assert sorted(study.interventions["agent"]) == ["dexamethasone", "norepinephrine", "tocilizumab"]
    assert not told(study, "agent-not-listed")


def test_partial_dates_are_a_line_per_column(tmp_path: Path) -> None:
    vs = lines(
        "USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC",
        *(f"001,TEMP,36.8,C,2026-0{n}" for n in range(1, 9)),
        f"001,TEMP,39,C,{DAYS[0]}",
    )
    study = read(tmp_path, {"s.csv": S, "vs.csv": vs})
    assert [(i.severity, "8 dates" in i.found) for i in told(study, "date-partial")] == [
        ("set aside", True)
    ] and len(study.vitals) == 1


def test_a_partial_start_counts_only_where_the_row_was_needed(tmp_path: Path) -> None:
    head = "USUBJID,CMTRT,CMSTDTC,CMENDTC"
    old = ["001,复合维生素,2026-05,", "001,AMLODIPINE,2026-05,"]
    study = read(tmp_path, {"s.csv": S, "cm.csv": lines(head, *old)})
    assert [i.severity for i in told(study, "date-partial")] == ["note"]
    study = read(tmp_path, {"s.csv": S, "cm.csv": lines(head, *old, "001,NOREPINEPHRINE,2026-05,2026-05-09")})
    assert sorted(i.severity for i in told(study, "date-partial")) == ["note", "set aside"]


def test_events_with_a_severity_and_no_grade_are_kept(tmp_path: Path) -> None:
    ae = lines(
        "USUBJID,AETERM,AESEV,AESTDTC,AEENDTC",
        "001,PRURITUS,MILD,2026-05-05,",
        "001,HEADACHE,SEVERE,2014,2014-03",
    )
    study = read(tmp_path, {"s.csv": S, "ae.csv": ae})
    assert sorted(study.events["severity"]) == ["mild", "severe"]
    assert study.events.table["grade"].isna().all() and not study.issues.count("set aside")


def test_a_file_whose_times_nobody_can_read_is_refused(tmp_path: Path) -> None:
    vs = lines("USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC", "001,TEMP,39,C,2026-05", "001,TEMP,39,C,soon")
    with pytest.raises(Refused):
        read(tmp_path, {"s.csv": S, "vs.csv": vs})
    cm = lines("USUBJID,CMTRT,CMSTDTC,CMENDTC", "001,NOREPINEPHRINE,soon,")
    with pytest.raises(Refused):
        read(tmp_path, {"s.csv": S, "cm.csv": cm})
