"""The sample study, graded once for all tests of the screens."""

from __future__ import annotations

import pytest

from senl_ae.run import Run, grade_files
from senl_ae.settings import Settings
from senl_ae.simulate.written import sample_files


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    study = next(path for path in sample_files() if path.name.endswith("_en.xlsx"))
    return grade_files(
        [study],
        Settings.model_validate({}),
        out=tmp_path_factory.mktemp("screens") / "results",
        workbook=True,
    )
