"""Every power of ten per volume is rescaled by rule; UCUM is read; what is no unit is none where the test has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import lines, read, told

S = lines("subject_id,infusion_date,age", "001,2026-05-04,40")
LB = "USUBJID,LBTESTCD,LBORRES,LBORRESU,LBORNRLO,LBORNRHI,LBDTC"

PLATELETS_OF_20 = [
    ("20", "10^9/L"), ("20", "10^3/uL"), ("20", "x10(9)/L"), ("20", "10*9/L"), ("20", "10E9/L"), ("20", "10⁹/L"), ("20", "10*3/uL"),
    ("20", "K/cumm"), ("20", "Thou/uL"), ("20", "Thousand/uL"), ("20", "x10(3)/mcL"), ("20", "GI/L"), ("20", "/nL"), ("20", "10^6/mL"),
    ("20", "10^3/mm^3"), ("20000", "10^3/mL"), ("20000", "1/uL"), ("20000", "10^6/L"), ("20000", "cells/mm3"), ("20000", "/µL"),
    ("2", "万/uL"), ("2", "10^4/uL"), ("20000000000", "个/L"), ("0.02", "TI/L"), ("0.02", "10^6/uL"), ("0.02", "Million/mcL"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "unit"), PLATELETS_OF_20)
def test_a_count_in_any_power_of_ten_per_volume(tmp_path: Path, value: str, unit: str) -> None:
    lb = lines(LB, f"001,PLAT,{value},{unit},,,2026-05-08T08:00")
    study = read(tmp_path, {"s.csv": S, "lb.csv": lb})
    assert study.labs["value"].tolist() == [20] and study.labs["unit"].tolist() == ["10^9/L"]


def test_the_same_unit_in_the_heading_and_in_the_cell(tmp_path: Path) -> None:
    wide = lines("subject_id,date,platelets (Thousand/uL)", "001,2026-05-08,20")
    assert read(tmp_path, {"s.csv": S, "l.csv": wide}).labs["value"].tolist() == [20]
    typed = lines("subject_id,date,platelets", "001,2026-05-08,20 Thousand/uL", "001,2026-05-09,20000 /uL")
    assert read(tmp_path, {"s.csv": S, "l.csv": typed}).labs["value"].tolist() == [20, 20]


@pytest.mark.parametrize(
    "unit", ["mg/dL", "10^9/kg", "/HPF", "10^9", "%", "NO UNITS", "10^9/min", "g/L per day"]
)
def test_what_is_no_unit_of_a_count_sets_the_value_aside_in_one_line(tmp_path: Path, unit: str) -> None:
    lb = lines(LB, *(f"001,PLAT,{n},{unit},100,300,2026-05-{n:02d}T08:00" for n in range(10, 20)))
    study = read(tmp_path, {"s.csv": S, "lb.csv": lb})
    assert not len(study.labs)
    assert [(i.severity, "10 rows" in i.found) for i in told(study, "unit-unknown")] == [("set aside", True)]


def test_molar_units_are_never_converted_and_only_counts_are_rescaled(tmp_path: Path) -> None:
    lb = lines(LB, "001,CREAT,1.0,mg/dL,,,2026-05-08T08:00", "001,ALB,38,10^3/uL,,,2026-05-08T08:00")
    study = read(tmp_path, {"s.csv": S, "lb.csv": lb})
    assert study.labs["unit"].tolist() == ["mg/dL"] and len(told(study, "unit-unknown")) == 1


@pytest.mark.parametrize("unit", ["NO UNITS", "-", "1", "ratio", "无", ""])
def test_a_test_without_a_unit_has_none(tmp_path: Path, unit: str) -> None:
    study = read(tmp_path, {"s.csv": S, "lb.csv": lines(LB, f"001,INR,1.6,{unit},0.9,1.2,2026-05-08T08:00")})
    assert study.labs["value"].tolist() == [1.6] and study.labs["uln"].tolist() == [1.2]
    assert not told(study, "unit-unknown")


@pytest.mark.parametrize(
    ("test", "value", "unit", "column", "expected"),
    [
        ("TEMP", "38.6", "Cel", "temperature", 38.6),
        ("TEMP", "101.48", "[degF]", "temperature", 38.6),
        ("SYSBP", "82", "mm[Hg]", "sbp", 82),
        ("HR", "90", "{beats}/min", "heart_rate", 90),
        ("PULSE", "90", "BEATS/MIN", "heart_rate", 90),
    ],
)
def test_ucum_units_of_vital_signs(
    tmp_path: Path, test: str, value: str, unit: str, column: str, expected: float
) -> None:
    vs = lines("USUBJID,VSTESTCD,VSORRES,VSORRESU,VSDTC", f"001,{test},{value},{unit},2026-05-06T08:00")
    assert read(tmp_path, {"s.csv": S, "vs.csv": vs}).vitals[column].tolist() == [expected]


@pytest.mark.parametrize(
    "said", ["ALT,120,[iU]/L", "CREAT,120,umol/L", "SODIUM,120,mmol/L", "HGB,12,g/dL", "SODIUM,120,meq/L"]
)
def test_ucum_units_of_tests(tmp_path: Path, said: str) -> None:
    study = read(tmp_path, {"s.csv": S, "lb.csv": lines(LB, f"001,{said},,,2026-05-08T08:00")})
    assert len(study.labs) == 1 and not told(study, "unit-unknown")


def test_a_lower_limit_of_zero_is_a_limit(tmp_path: Path) -> None:
    lb = lines(LB, "001,ALT,300,U/L,0,40,2026-05-08T08:00", "001,BILI,60,umol/L,0,21,2026-05-08T08:00")
    study = read(tmp_path, {"s.csv": S, "lb.csv": lb})
    assert study.labs["lln"].tolist() == [0, 0] and not study.issues.count("set aside")
    zero = read(tmp_path, {"s.csv": S, "lb.csv": lines(LB, "001,ALT,0,U/L,0,40,2026-05-08T08:00")})
    assert not len(zero.labs) and told(zero, "out-of-range"), "a result of 0 stays implausible"
