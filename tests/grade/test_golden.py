"""Every golden sentence holds, through the files and the whole program."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.golden.run import by_study, check, golden_cases, graded_tables, read_cases
from tests.golden.sentences import Case

STUDIES = by_study(golden_cases())


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """The graded tables of a study, read and graded when its first case asks."""
    folder = tmp_path_factory.mktemp("golden")

    @cache
    def of(study: str) -> Any:
        return graded_tables(read_cases(folder, STUDIES[study]))[study]

    return of


@pytest.mark.parametrize(
    "case",
    [case for cases in STUDIES.values() for case in cases],
    ids=lambda c: f"{Path(c.file).stem}-{c.case}",
)
def test_golden_case(case: Case, tables: Callable[[str], Any]) -> None:
    assert check(case, tables(case.study)) == []
