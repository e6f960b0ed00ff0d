"""Ids that differ only in what nobody sees are refused between sheets until the settings say whether they are one subject or two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charting.when_study import SUBJECTS, graded, vitals
from tests.running import here


def listed(*ids: str) -> list[list[str]]:
    return [SUBJECTS[0], *([name, *SUBJECTS[1][1:]] for name in ids)]


PAIRS = [
    ("001", "1"),
    ("S-001", "s-001"),
    ("S-01", "S–01"),
    ("S 01", "S01"),
    ("S01", "S01\u200b"),
    ("A-007", "A-7"),
    ("S01\u00ad", "S01"),
    ("12", "12.0"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_alike_ids_of_two_sheets_are_refused_naming_both(tmp_path: Path, one: str, other: str) -> None:
    run = graded(tmp_path, {"subjects": listed(one), "vitals": vitals(sid=other)})
    assert run.code == 1 and "under [ids]" in run.err
    shown = [name.replace("\u200b", "\\u200b").replace("\u00ad", "\\u00ad") for name in (one, other)]
    assert all(f'"{name}"' in run.err for name in shown)


@pytest.mark.parametrize("files", [("dm", "vs"), ("受试者", "体征")])
def test_sdtm_and_chinese_sheets_are_refused_as_well(tmp_path: Path, files: tuple[str, str]) -> None:
    heads = {
        "dm": ["USUBJID", "RFXSTDTC"],
        "vs": ["USUBJID", "VSTESTCD", "VSORRES", "VSORRESU", "VSDTC"],
        "受试者": ["受试者编号", "回输日期"],
        "体征": ["受试者编号", "日期", "体温"],
    }
    rows = {
        "dm": ["01-001", "2026-05-04"],
        "vs": ["01-1", "TEMP", "38.6", "C", "2026-05-06T08:00"],
        "受试者": ["01-001", "2026-05-04"],
        "体征": ["01-1", "2026-05-06", "38.6"],
    }
    assert graded(tmp_path, {name: [heads[name], rows[name]] for name in files}).code == 1


def test_the_settings_say_that_two_spellings_are_one(tmp_path: Path) -> None:
    run = graded(tmp_path, {"subjects": listed("001"), "vitals": vitals(sid="1")}, '[ids]\n"1" = "001"\n')
    assert run.code == 0 and [(p["subject_id"], p["crs_grade"]) for p in run.patients] == [("001", "1")]


def test_the_settings_say_that_two_spellings_are_two(tmp_path: Path) -> None:
    run = graded(tmp_path, {"subjects": listed("001"), "vitals": vitals(sid="1")}, '[ids]\n"1" = "1"\n')
    assert {p["subject_id"] for p in run.patients} == {"001", "1"} and run.code == 3


def test_what_nobody_sees_can_be_written_in_the_settings(tmp_path: Path) -> None:
    run = graded(
        tmp_path,
        {"subjects": listed("S01"), "vitals": vitals(sid="S01\u200b")},
        '[ids]\n"S01\\u200b" = "S01"\n',
    )
    assert run.code == 0 and [p["crs_grade"] for p in run.patients] == ["1"]


def test_two_alike_subjects_that_a_sheet_of_subjects_lists_are_two(tmp_path: Path) -> None:
    run = graded(
        tmp_path, {"subjects": listed("001", "1"), "vitals": [*vitals(sid="001"), *vitals(sid="1")[1:]]}
    )
    assert run.code == 0 and len(run.patients) == 2 and run.told("similar-subject-ids")


@pytest.mark.parametrize(
    ("one", "other"), [("001", "002"), ("S-1", "S-10"), ("1-1", "11"), ("A", "B"), ("S-100", "S-1")]
)
def test_ids_that_differ_are_two(tmp_path: Path, one: str, other: str) -> None:
    run = graded(
        tmp_path, {"subjects": listed(one, other), "vitals": [*vitals(sid=one), *vitals(sid=other)[1:]]}
    )
    assert run.code == 0


def test_a_subject_of_one_sheet_alone_is_said_before_everything_else(tmp_path: Path) -> None:
    rows = [*vitals(), *vitals(sid="003")[1:], ["001", "2026-05-20 08:00", "99.9 X", "118", "97", "", "", ""]]
    run = graded(tmp_path, {"subjects": listed("001", "002"), "vitals": rows})
    first = [(i["severity"], i["code"], i["subject_id"]) for i in run.issues[:2]]
    assert (
        sorted(first)
        == [("set aside", "subject-not-listed", "003"), ("set aside", "subject-without-rows", "002")]
        and run.code == 3
    )


def test_a_subject_that_was_not_infused_needs_no_rows(tmp_path: Path) -> None:
    run = graded(tmp_path, {"subjects": [*listed("001"), ["002", "", "DL1", "40", "F"]], "vitals": vitals()})
    assert run.code == 0 and run.told("not-infused")


@pytest.mark.parametrize(
    ("one", "other"),
    [("S1", "S1\u200b"), ("1", "1.0"), ("a", "A"), ("001", "1"), ("S-1", "S–1"), ("S\n1", "S1"), ("CON", "con"), ("NA", "na")],
)  # fmt: skip
def test_alike_subjects_of_all_sheets_are_kept_apart_and_named(tmp_path: Path, one: str, other: str) -> None:
    both = [*vitals(sid=one), *vitals((), sid=other)[1:]]
    run = graded(tmp_path, {"subjects": listed(one, other), "vitals": both})
    assert run.code == 0 and {p["crs_grade"] for p in run.patients} == {"0", "1"}
    assert run.told("similar-subject-ids")


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [("12", "１２", "１２"), ("S1", "S1\u00a0", "S1\\u00a0"), ("é", "e\u0301", "e\u0301"), ("S 1", "S\t1", "S\\u00091"), ("S 1", "S  1", "S  1")],
)  # fmt: skip
def test_spellings_that_are_read_as_one_subject_are_said(
    tmp_path: Path, one: str, other: str, shown: str
) -> None:
    run = graded(tmp_path, {"subjects": listed(one), "vitals": [*vitals(sid=one), *vitals(sid=other)[1:]]})
    assert [p["crs_grade"] for p in run.patients] == ["1"]
    (note,) = run.told("id-spellings")
    assert f'"{shown}"' in note["found"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("x" * 255, "x" * 254 + "y"),
        ("S/1", "S-1"),
        ("1e3", "1000"),
        (".", ".."),
    ],
)
def test_odd_ids_are_two_subjects_everywhere(tmp_path: Path, one: str, other: str) -> None:
    both = [*vitals(sid=one), *vitals((), sid=other)[1:]]
    run = graded(tmp_path, {"subjects": listed(one, other), "vitals": both})
    assert run.code == 0 and sorted(p["crs_grade"] for p in run.patients) == ["0", "1"]
    out = tmp_path / "results"
    shown = [here("explain", name, out) for name in (one, other)]
    assert [ended.code for ended in shown] == [0, 0] and shown[0].out != shown[1].out
    assert here("summarize", out, "--by", "dose", "--format", "csv").code == 0
