"""An ending in capital letters is the same ending, wherever a file is written or read."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from tests.running import ROOT, SMALL, here


@pytest.mark.parametrize("name", ["x.CSV", "x.Csv", "x.XLSX"])
def test_a_study_is_simulated_into_one_file_and_graded_from_it(tmp_path: Path, name: str) -> None:
    assert here("simulate", tmp_path / name, "--subjects", "2").code == 0
    assert (tmp_path / name).is_file() and len(list(tmp_path.iterdir())) == 1
    assert here("grade", tmp_path / name, "--out", tmp_path / "r", "--no-workbook", "-q").code == 0


def test_a_template_in_capital_letters(tmp_path: Path) -> None:
    assert here("template", tmp_path / "T.XLSX").code == 0
    assert here("columns", tmp_path / "T.XLSX").code == 0


@pytest.mark.parametrize("name", ["v.Csv.GZ", "v.CSV", "v.TSV"])
def test_a_text_table_in_capital_letters(tmp_path: Path, name: str) -> None:
    text = (SMALL.replace(",", "\t") if name.endswith("TSV") else SMALL).encode("utf-8")
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("GZ") else text)
    assert here("grade", tmp_path / name, "--out", tmp_path / "r", "--no-workbook", "-q").code == 0


def test_a_grading_table_in_capital_letters_is_in_force(tmp_path: Path) -> None:
    """One that is left out in silence would be a scale that was asked for and is not graded."""
    shutil.copy(ROOT / "grading_tables" / "astct_crs_2019.toml", tmp_path / "OWN.TOML")
    done = here("scales", "list", "--tables", tmp_path)
    assert done.code == 1 and "OWN.TOML" in done.err, "its id is there already"
