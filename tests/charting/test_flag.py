"""A laboratory's own mark is never a limit; where it does not fit the limits it is named, and changes no grade."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.qualified import at, graded_labs, read_labs, table
from tests.read.studies import told


@pytest.mark.parametrize(
    ("headings", "high", "low"),
    [
        ("subject_id,datetime,test,value,unit,lln,uln,flag", "H", "L"),
        ("USUBJID,LBDTC,LBTESTCD,LBORRES,LBORRESU,LBORNRLO,LBORNRHI,LBNRIND", "HIGH", "LOW"),
        ("受试者编号,采样时间,检验项目,结果,单位,参考下限,参考上限,提示", "↑", "↓"),
    ],
)
def test_a_mark_changes_no_grade_and_is_named_where_it_does_not_fit(
    tmp_path: Path, headings: str, high: str, low: str
) -> None:
    def graded(*marks: str) -> tuple[list[object], int]:
        values = [("ALT", 300, "U/L", 5, 40), ("ALT", 30, "U/L", 5, 40), ("ALT", 20, "U/L", 5, 40)]
        study = read_labs(
            tmp_path,
            table(
                headings,
                *(("001", at(4, h), *v, m) for h, (v, m) in enumerate(zip(values, marks, strict=True))),
            ),
        )
        return graded_labs(study)["grade"].tolist(), len(told(study, "flag-disagrees"))

    plain, none = graded("", "", "")
    assert plain == [3, 0, 0] and none == 0
    assert graded(high, "", "N") == (plain, 0)
    assert graded(high, high, high) == (plain, 1)
    assert graded(low, low, "") == (plain, 1)


def test_a_mark_is_no_limit(tmp_path: Path) -> None:
    study = read_labs(
        tmp_path, table("subject_id,datetime,test,value,unit,flag", ("001", at(4), "ALT", 300, "U/L", "HH"))
    )
    assert study.labs.table["uln"].isna().all() and graded_labs(study)["grade"].isna().all()
