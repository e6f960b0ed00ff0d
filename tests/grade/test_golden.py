"""Every golden sentence holds, through the files and the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.run import failures, golden_cases

CASES = golden_cases()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return failures(tmp_path_factory.mktemp("golden"), CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{Path(c.file).stem}-{c.case}")
def test_golden_case(case, outcome) -> None:
    assert outcome[f"{case.file}:{case.case}"] == []
