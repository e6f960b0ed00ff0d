"""A date in three columns is refused: its day is no study day."""

from __future__ import annotations

from pathlib import Path

import pytest

from senl_ae.issues import Refused
from senl_ae.read.study import read_study
from senl_ae.settings import Settings


@pytest.mark.parametrize("headings", ["Year,Month,Day", "年,月,天数"])
def test_year_month_and_day_in_three_columns_are_refused(tmp_path: Path, headings: str) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        f"subject_id,infusion_date,age,{headings},temperature,sbp\nP1,2026-01-01,50,2026,1,5,38.5,120\n",
        encoding="utf-8",
    )
    with pytest.raises(Refused) as caught:
        read_study([path], Settings())
    assert "date-in-parts" in {issue.code for issue in caught.value.issues.found}


def test_a_study_day_without_a_month_beside_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text(
        "subject_id,infusion_date,age,Day,temperature,sbp\nP1,2026-01-01,50,5,38.5,120\n", encoding="utf-8"
    )
    assert len(read_study([path], Settings()).vitals) == 1
