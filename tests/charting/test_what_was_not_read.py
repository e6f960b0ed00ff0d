"""What was not read is said before what was graded: worst first, at most twelve lines, with the command that shows all."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from senl_ae.issues import Issues
from senl_ae.report.problem_groups import KINDS, grouped, worst
from senl_ae.report.problems_console import not_read_view, refusals_view
from tests.read.studies import workbook
from tests.running import SMALL, here, run, small

FAHRENHEIT = "002,2026-03-16 10:00,DL2,8,2026-03-{day} 23:00,102.4,120,,,\n"


def said(ended_err: str) -> list[str]:
    """The lines before the grades: all but the last ones, which say where the results are."""
    return [line for line in ended_err.splitlines() if not line.startswith(("notes: ", "results: "))]


def test_the_order_is_file_subject_column_values(tmp_path: Path) -> None:
    values = "".join(FAHRENHEIT.format(day=day) for day in (18, 19, 20))
    text = (
        "\n".join(
            f"{line},{'norad' if i == 2 else ''}".replace("vasopressors,", "vasopressors,Pressure agent")
            for i, line in enumerate((SMALL + values).splitlines())
        )
        + "\n"
    )
    one = small(tmp_path, text=text)
    other = small(tmp_path, "other.csv", "Site,Director\nA,B\nC,D\n")
    stranger = small(tmp_path, "more.csv", "subject_id,datetime,temperature\n9,2026-03-05 08:00,36.8\n")
    ended = run("check", one, other, stranger, cwd=tmp_path)
    if (
        ended.code == 1
    ):  # a file that is not understood may be refused: then it is the first line of the refusal
        assert "other.csv" in here("grade", one, other, stranger, "--out", tmp_path / "r").err.splitlines()[0]
        files = [one, stranger]
    else:
        files = [one, other, stranger]
    lines = said(run("grade", *files, "--out", tmp_path / "r", cwd=tmp_path).err)
    words = [line.split(":")[0] for line in lines]
    ranks = [
        next(i for i, kind in enumerate(KINDS.values()) if kind.word == word)
        for word in words[:-1]
        if word != "set aside"
    ]
    assert ranks == sorted(ranks), lines
    assert next(line for line in lines if not line.startswith("not read")).startswith(
        "set aside: subject 9:"
    ), lines
    aside = [line for line in lines if line.startswith("set aside: vitals.csv, F")]
    assert len(aside) == 1 and "F5 and 2 more: temperature 102.4 is outside" in aside[0]
    assert (
        lines[-1].startswith("all of it: senl-ae check ") and str(tmp_path / "r" / "issues.csv") in lines[-1]
    )


def test_a_chinese_sheet_that_is_not_understood_is_the_first_line(tmp_path: Path) -> None:
    sheets = {
        "受试者": [["受试者编号", "回输时间", "剂量组", "年龄"], ["001", "2026-03-02 10:00", "DL1", 40]],
        "体征": [
            ["受试者编号", "日期时间", "体温", "收缩压", "吸氧方式", "升压药", "护理备注"],
            ["001", "2026-03-02 14:00", 36.8, 118, "", "", "好"],
        ],
        "通讯录": [["科室", "房间"], ["血液科", "12"]],
    }
    path = workbook(tmp_path / "研究.xlsx", sheets)
    ended = run("grade", path, "--as", "ignore=通讯录", "--out", tmp_path / "r", cwd=tmp_path)
    assert not any("通讯录" in line for line in said(ended.err) if not line.startswith("all of it")), (
        "said to be ignored: no loss"
    )
    assert any(
        line.startswith(("not used: ", "not understood: ")) and "护理备注" in line for line in said(ended.err)
    )
    assert "--as ignore=通讯录" in ended.err.replace("'", "")
    first = run("grade", path, "--out", tmp_path / "r", cwd=tmp_path).err.splitlines()[0]
    assert first.startswith(("not read: ", "refuse: ")) and "通讯录" in first


def test_sdtm_columns_that_nobody_asked_for_are_one_line_per_file(tmp_path: Path) -> None:
    head = "STUDYID,DOMAIN,USUBJID,VSSEQ,VSTESTCD,VSORRES,VSORRESU,VSDTC\n"
    rows = "".join(f"X,VS,001,{n},TEMP,36.8,C,2026-03-0{n}T08:00\n" for n in range(3, 7))
    vs = small(tmp_path, "vs.csv", head + rows)
    subjects = small(
        tmp_path, "subjects.csv", "subject_id,infusion_datetime,dose_level\n001,2026-03-02 10:00,DL1\n"
    )
    lines = said(run("grade", vs, subjects, "--out", tmp_path / "r", cwd=tmp_path).err)
    unused = [line for line in lines if line.startswith("not used: vs.csv")]
    assert len(unused) == 1 and all(f'"{name}"' in unused[0] for name in ("DOMAIN", "VSSEQ"))


def test_of_a_clean_study_nothing_is_said_before_the_grades(tmp_path: Path) -> None:
    ended = run("grade", small(tmp_path), "--out", tmp_path / "r", cwd=tmp_path)
    assert said(ended.err) == []


def test_quiet_says_nothing_and_json_says_the_same_groups(tmp_path: Path) -> None:
    path = small(tmp_path, text=SMALL + FAHRENHEIT.format(day=18) + FAHRENHEIT.format(day=19))
    quiet = run("grade", path, "--quiet", "--out", tmp_path / "r", cwd=tmp_path)
    assert (quiet.out, quiet.err) == ("", "")
    told = run("grade", path, "--json", "--out", tmp_path / "r", cwd=tmp_path)
    group = next(g for g in json.loads(told.out)["groups"] if g["severity"] == "set aside")
    assert told.err == ""
    assert (group["kind"], group["code"], group["column"], group["count"], group["subjects"]) == (
        "values",
        "out-of-range",
        "F",
        2,
        1,
    )
    assert "F5" in group["first"] and "102.4" in group["sentence"]
    assert (
        json.loads(run("check", path, "--json", cwd=tmp_path).out)["groups"] == json.loads(told.out)["groups"]
    )


def many(kinds: int, each: int = 40) -> Issues:
    """A study with as many kinds of values set aside, unknown sheets and a subject that matches nothing."""
    issues = Issues()
    for k in range(kinds):
        for row in range(each):
            where = {"file": "v.csv", "row": row + 2, "column": chr(65 + k), "subject_id": f"S{row % 7}"}
            issues.add("set aside", "out-of-range", **where, found="x" * 300)
        issues.add(
            "note", "unknown-sheet", file="v.xlsx", sheet=f"Sheet {k}", found="no row of known headings"
        )
    issues.add(
        "note", "subject-not-listed", subject_id="S9", found="subject S9: rows, and no infusion on any sheet"
    )
    return issues


@pytest.mark.parametrize("width", [80, 100, 160])
def test_twelve_short_lines_hold_one_of_every_kind_and_say_how_many_are_left(width: int) -> None:
    issues = many(20)
    lines = [line.plain for line in not_read_view(grouped(issues.found), ["a.csv"], Path("r"), width)]
    assert len(lines) == 12 and max(len(line) for line in lines) <= max(width, 100)
    assert [line.split(":")[0] for line in lines[:10]] == ["not read"] * 8 + ["no match", "set aside"]
    assert lines[9].startswith("set aside: v.csv, A2 and 39 more (7 subjects): ")
    assert lines[10] == "... and more: 12 not read, 760 set aside"
    assert lines[11] == "all of it: senl-ae check a.csv   or r/issues.csv"


def test_the_groups_do_not_depend_on_the_order_of_the_problems() -> None:
    issues = many(4)
    shuffled = random.Random(1).sample(issues.found, len(issues.found))
    assert grouped(shuffled) == grouped(issues.found)


def test_no_kind_hides_another() -> None:
    told, left = worst(grouped(many(30).found), 10)
    assert (
        {group.kind for group in told} == {"sheet", "subject", "values"}
        and len(told) == 10
        and len(left) == 51
    )


def test_a_column_that_is_blank_or_was_said_to_be_ignored_is_no_loss(tmp_path: Path) -> None:
    text = SMALL.replace("vasopressors\n", "vasopressors,ward,shift\n").replace(
        ",room air,,\n", ",room air,,,,day\n"
    )
    (tmp_path / "senl-ae.toml").write_text('[columns]\n"shift" = "ignore"\n', encoding="utf-8")
    text = text.replace("nasal cannula,2,\n", "nasal cannula,2,,,\n").replace(
        "norepinephrine\n", "norepinephrine,,\n"
    )
    assert said(run("grade", small(tmp_path, text=text), "--out", tmp_path / "r", cwd=tmp_path).err) == []


def test_refusals_are_each_told_while_they_are_few_and_by_kind_when_they_are_many() -> None:
    for number, lines in ((12, 12), (400, 1)):
        issues = Issues()
        for row in range(number):
            issues.add(
                "refuse",
                "infusion-unreadable",
                file="s.csv",
                row=row + 2,
                column="B",
                subject_id=str(row),
                found="unreadable",
            )
        view = [line.plain for line in refusals_view(issues, 20)]
        assert sum(line.startswith("refuse: s.csv, B") for line in view) == lines
        assert ("[and 399 more]" in view[0]) == (number == 400)
        assert (view[-1] == "... `senl-ae check FILES --csv OUT` writes every problem") == (number == 400)
    issues.add("set aside", "out-of-range", file="s.csv", row=2, column="C", found="x")
    assert [line.plain.split(":")[0] for line in refusals_view(issues, 20)][:2] == ["refuse", "set aside"]
