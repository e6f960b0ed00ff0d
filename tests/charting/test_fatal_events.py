"""A reported event that killed, and a record that knows of no death, contradict each other: one issue each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.studies import lines
from tests.running import here

VITALS = lines(
    "subject_id,datetime,temperature,sbp,oxygen_device,vasopressors",
    "001,2026-05-06 08:00,38.6,118,room air,none",
)


def issues_of(folder: Path, event: str, death: str = "") -> str:
    (folder / "s.csv").write_text(
        lines("subject_id,infusion_date,age,death_date", f"001,2026-05-04,40,{death}"), encoding="utf-8"
    )
    (folder / "v.csv").write_text(VITALS, encoding="utf-8")
    (folder / "ae.csv").write_text(
        lines("USUBJID,AETERM,AETOXGR,AESTDTC,AEENDTC,AEOUT", event), encoding="utf-8"
    )
    ended = here(
        "grade", *(folder / f"{n}.csv" for n in ("s", "v", "ae")), "--out", folder / "r", "--no-workbook"
    )
    assert ended.code == 0, ended.err
    return (folder / "r" / "issues.csv").read_text(encoding="utf-8")


CONTRADICTIONS = (
    "fatal-disagrees",
    "grade5-without-death",
    "grade5-outcome-not-fatal",
    "fatal-without-grade5",
)


@pytest.mark.parametrize(
    ("event", "death", "contradicts"),
    [
        ("001,Cytokine release syndrome,5,2026-05-08,2026-05-09,RECOVERED/RESOLVED", "", True),
        ("001,Sepsis,5,2026-05-08,2026-05-09,FATAL", "", True),
        ("001,脓毒症,,2026-05-08,2026-05-09,死亡", "", True),
        ("001,Sepsis,5,2026-05-08,2026-05-09,RECOVERED/RESOLVED", "2026-05-09", True),
        ("001,Sepsis,3,2026-05-08,2026-05-09,FATAL", "2026-05-09", True),
        ("001,Sepsis,5,2026-05-08,2026-05-09,FATAL", "2026-05-09", False),
        ("001,Sepsis,4,2026-05-08,2026-05-09,RECOVERED/RESOLVED", "", False),
        ("001,Sepsis,5,2026-05-08,2026-05-09,", "2026-05-09", False),
    ],
)
def test_a_fatal_event_and_the_death_must_agree(
    tmp_path: Path, event: str, death: str, contradicts: bool
) -> None:
    told = issues_of(tmp_path, event, death)
    assert any(code in told for code in CONTRADICTIONS) == contradicts
