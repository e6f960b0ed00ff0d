"""The search for the gate ends with one that agrees with its runs, or says that it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.grade.crs import fever_gate
from tests.running import here

ROWS = """subject_id,infusion_datetime,datetime,temperature,sbp,oxygen_device,vasopressors,age
001,2026-03-02 10:00,2026-03-03 08:00,39.0,118,room air,no,44
001,2026-03-02 10:00,2026-03-04 08:00,36.8,118,room air,no,44
001,2026-03-02 10:00,2026-03-04 20:00,36.8,118,room air,no,44
001,2026-03-02 10:00,2026-03-05 08:00,36.7,118,room air,no,44
001,2026-03-02 10:00,2026-03-05 20:00,36.7,118,room air,no,44
001,2026-03-02 10:00,2026-03-06 08:00,36.7,118,room air,no,44
001,2026-03-02 10:00,2026-03-09 08:00,36.9,82,room air,no,44
001,2026-03-02 10:00,2026-03-10 08:00,39.2,118,room air,no,44
"""
"""Two runs: the widest gate is open between them, the true one is closed until the second fever."""


def test_a_gate_that_does_not_settle_is_said_and_nothing_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, out = tmp_path / "v.csv", tmp_path / "r"
    sheet.write_text(ROWS, encoding="utf-8")
    assert here("grade", sheet, "--out", out, "-q").code == 0
    monkeypatch.setattr(fever_gate, "ROUNDS", 1)
    done = here("grade", sheet, "--out", tmp_path / "r2", "-q")
    assert done.code == 1
    assert "did not settle in 1 round" in done.err and len(done.err.splitlines()) == 1
    assert not (tmp_path / "r2").exists()
