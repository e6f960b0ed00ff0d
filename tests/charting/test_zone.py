"""Time zones: one throughout leaves the clock times as they are, several are converted to the study's zone or refused, never dropped."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from senl_ae.issues import Refused
from senl_ae.read.cells.zones import zone_of
from senl_ae.read.words.kinds import parse_clocks, parse_times
from senl_ae.settings import load_settings
from tests.charting.when_study import SUBJECTS, graded, vitals

AT = int(dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC).timestamp())


@pytest.mark.parametrize(
    ("cell", "zone"),
    [
        ("2026-05-04T10:00:00.000Z", "+00:00"),
        ("2026-05-04T10:00:00Z", "+00:00"),
        ("2026-05-04 10:00z", "+00:00"),
        ("2026-05-04 10:00 UTC", "+00:00"),
        ("2026-05-04 10:00 GMT", "+00:00"),
        ("2026-05-04T10:00:00+0800", "+08:00"),
        ("2026-05-04T10:00+08", "+08:00"),
        ("2026-05-04 10:00 (UTC+8)", "+08:00"),
        ("2026-05-04T10:00:00.123+08:00", "+08:00"),
        ("2026-05-04T10:00:00+08:00[Asia/Shanghai]", "+08:00"),
        ("20260504100000+0800", "+08:00"),
        ("20260504T100000Z", "+00:00"),
        ("2026-05-04 10:00 −05:00", "-05:00"),
        ("2026/5/4 10:00 GMT+0800", "+08:00"),
        ("04MAY2026 10:00 UTC", "+00:00"),
        ("Mon May 04 2026 10:00:00 GMT+0800 (China Standard Time)", "+08:00"),
        ("Mon, 04 May 2026 10:00:00 +0000", "+00:00"),
        ("2026年5月4日 10:00 北京时间", "北京时间"),
        ("2026-05-04 10:00 EST", "EST"),
        ("2026-05-04 10:00 AM", ""),
        ("2026-05-04 10:00", ""),
    ],
)
def test_every_spelling_of_a_zone_is_seen_and_the_time_is_read(cell: str, zone: str) -> None:
    times = parse_times(np.array([cell, None], dtype=object))
    assert (times.seconds[0], zone_of(cell)) == (AT, zone) and not times.problems
    assert (times.zone is None) == (zone == "") and (times.zone is None or times.zone.tolist() == [zone, ""])


@pytest.mark.parametrize(
    "cell",
    ["2026-05-04", "15-01-2026", "2026-05-04 ongoing", "04-MAY-2026", "10:00-16:45", "noon", "UNK", "1030"],
)
def test_what_is_no_zone_is_none(cell: str) -> None:
    assert zone_of(cell) == ""


def test_a_typed_time_and_a_clock_time_may_name_a_zone() -> None:
    assert zone_of(dt.datetime(2026, 5, 4, 10, tzinfo=dt.timezone(dt.timedelta(hours=-4)))) == "-04:00"
    assert zone_of(dt.datetime(2026, 5, 4, 10)) == ""
    clocks = parse_clocks(np.array(["10:00+08:00", "1000Z"], dtype=object))
    assert (
        clocks.seconds.tolist() == [36_000, 36_000]
        and clocks.zone is not None
        and clocks.zone.tolist() == ["+08:00", "+00:00"]
    )


def with_zone(rows: list[list[str]], zone: str, only: int = 0) -> list[list[str]]:
    """The rows with a zone behind their times: all, or every so-manyth."""
    return [
        rows[0],
        *(
            [r[0], r[1].replace(" ", "T") + ":00" + (zone if not only or i % only == 0 else ""), *r[2:]]
            for i, r in enumerate(rows[1:])
        ),
    ]


@pytest.mark.parametrize("zone", ["Z", ".000Z", "+0800", "+08:00", " UTC"])
def test_one_zone_throughout_is_one_note_and_changes_no_time(tmp_path: Path, zone: str) -> None:
    plain = graded(tmp_path, {"subjects": SUBJECTS, "vitals": vitals()})
    (tmp_path / "zoned").mkdir()
    zoned = graded(tmp_path / "zoned", {"subjects": SUBJECTS, "vitals": with_zone(vitals(), zone)})
    assert zoned.daily == plain.daily and zoned.code == 0
    assert len(zoned.told("time-zone-dropped")) == 1 and not plain.told("time-zone-dropped")


SDTM = [["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC"]]


@pytest.mark.parametrize(
    "files",
    [
        {
            "subjects": SUBJECTS,
            "vitals": [
                *with_zone(vitals(), "+08:00"),
                ["001", "2026-05-19T00:30:00Z", "36.8", "118", "97", "", "", ""],
            ],
        },
        {
            "subjects": [SUBJECTS[0], ["001", "2026-05-04T10:00:00+08:00", "DL1", "40", "F"]],
            "vitals": with_zone(vitals(), "Z"),
        },
        {
            "subjects": SUBJECTS,
            "vs": [
                *SDTM,
                *(
                    ["001", "TEMP", "36.8", "C", f"2026-05-0{n}T08:00{z}"]
                    for n, z in ((5, "Z"), (6, "+08:00"))
                ),
            ],
        },
        {
            "受试者": [["受试者编号", "回输时间", "剂量组"], ["001", "2026-05-04 10:00+08:00", "DL1"]],
            "体征": [["受试者编号", "测量时间", "体温"], ["001", "2026-05-05 10:00+09:00", "38.5"]],
        },
    ],
    ids=["in one column", "between sheets", "SDTM", "Chinese"],
)
def test_several_zones_are_refused_with_the_setting_to_add(
    tmp_path: Path, files: dict[str, list[list[str]]]
) -> None:
    run = graded(tmp_path, files)
    assert run.code == 1 and not run.patients and run.err.count("several-time-zones") <= 1
    assert 'time_zone = "Area/City"' in run.err and "different zones" in run.err


def test_several_zones_are_converted_to_the_setting(tmp_path: Path) -> None:
    """20:30 in universal time is the next morning in Shanghai: the fever is of Day 3; a row without a zone is of Shanghai."""
    rows = with_zone(vitals(fever=()), "+08:00", only=2)
    rows.append(["001", "2026-05-06T20:30:00Z", "38.6", "118", "97", "", "", ""])
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows}, 'time_zone = "Asia/Shanghai"\n')
    assert run.code == 0 and [n for n, (grade, _) in run.daily.items() if grade == "1"] == [3]
    assert len(run.told("time-zone-converted")) == 1


def test_summer_and_winter_time_are_two_offsets_of_one_zone(tmp_path: Path) -> None:
    rows = [
        ["subject_id", "datetime", "temperature", "sbp"],
        ["001", "2026-03-28T23:30:00+01:00", "38.6", "118"],
        ["001", "2026-03-30T00:30:00+02:00", "36.8", "118"],
    ]
    subjects = [SUBJECTS[0], ["001", "2026-03-28 10:00", "DL1", "40", "F"]]
    run = graded(tmp_path, {"subjects": subjects, "vitals": rows}, 'time_zone = "Europe/Berlin"\n')
    assert [n for n, (grade, _) in run.daily.items() if grade == "1"] == [0] and run.daily[2][0] == "0"


def test_a_name_whose_offset_is_not_known_cannot_be_converted(tmp_path: Path) -> None:
    rows = [
        ["subject_id", "datetime", "temperature"],
        ["001", "2026-05-05 10:00 CST", "38.6"],
        ["001", "2026-05-06 10:00 EST", "38.6"],
    ]
    run = graded(tmp_path, {"subjects": SUBJECTS, "vitals": rows}, 'time_zone = "America/Chicago"\n')
    assert run.code == 1 and "write the offset instead of CST, EST" in run.err


@pytest.mark.parametrize(
    ("name", "near"), [("Asia/Shanghia", "Asia/Shanghai"), ("Mars", ""), ("../etc", "Area/City")]
)
def test_a_zone_that_is_none_is_refused_when_the_settings_are_read(
    tmp_path: Path, name: str, near: str
) -> None:
    (tmp_path / "senl-ae.toml").write_text(f'time_zone = "{name}"\n')
    with pytest.raises(Refused) as refused:
        load_settings(tmp_path / "senl-ae.toml")
    (issue,) = refused.value.issues.found
    assert "no time zone of this name" in issue.found and near in issue.found


def test_a_machine_without_zones_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zoneinfo

    def missing(_: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError

    monkeypatch.setattr(zoneinfo, "ZoneInfo", missing)
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    (tmp_path / "senl-ae.toml").write_text('time_zone = "Asia/Shanghai"\n')
    with pytest.raises(Refused) as refused:
        load_settings(tmp_path / "senl-ae.toml")
    assert "install the Python package tzdata" in refused.value.issues.found[0].found
