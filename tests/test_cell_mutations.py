"""Whatever is typed into any one cell of a valid workbook, the program ends as documented, and nobody else's grades change unsaid.

Thousands of changes are graded in this process, many at once: each in a set of four subjects of its own, in one study. What a set does
in company is tried again alone before anything is said about it. SENL_AE_MUTATIONS multiplies the numbers,
SENL_AE_MUTATION_SEED changes them.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest

import senl_ae.read.study as reading
from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.issues import Issue, Refused
from senl_ae.read.files.tables import Tables
from senl_ae.results.folder import issues_table
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.study import InputFile, RawTable
from senl_ae.writing.csv_text import csv_text
from tests.mutations import HEADINGS, Mutation, as_text, mutated, mutations, rows_of_group, study
from tests.running import here

TIMES = int(os.environ.get("SENL_AE_MUTATIONS", "1"))
SEED = int(os.environ.get("SENL_AE_MUTATION_SEED", "7"))
SCALES = checked_scales([])
SETTINGS = Settings()
COMPARED = ("daily", "patients", "episodes")
Answers = dict[str, list[str]]
"""What each subject's rows of the results say."""


class Bench:
    """Grades raw sheets as if they had been read from a file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, text: bool) -> None:
        self.tables: list[RawTable] = []
        self.text = text
        monkeypatch.setattr(
            reading, "read_tables", lambda *_: Tables(self.tables, [InputFile("study.xlsx", 1, "0" * 64)], [])
        )
        self.base, said = self.grade(study(["g-"]))
        assert said == [] or not [i for i in said if i.severity == "refuse"]
        self.usual = Counter(self.without_row(i) for i in said)

    @staticmethod
    def without_row(issue: Issue) -> tuple[str, ...]:
        return issue.severity, issue.code, issue.column, issue.found.partition("subject")[0]

    def grade(self, tables: list[RawTable]) -> tuple[Answers, list[Issue]]:
        """Every subject's answers and the problems; no answers where the study is refused. Anything else that is raised is a crash."""
        self.tables = as_text(tables) if self.text else tables
        try:
            read = reading.read_study([], SETTINGS)
            graded, written = grade_in_memory(read, SETTINGS, SCALES)
        except Refused as refused:
            assert refused.issues.refused
            return {}, refused.issues.found
        csv_text(issues_table(graded.all_issues)).encode()
        answers: Answers = {}
        for name, table in written.items():
            text = csv_text(table)
            text.encode()
            if name in COMPARED:
                for row in csv.reader(text.splitlines()[1:]):
                    answers.setdefault(row[0], []).append("|".join([name, *row[1:]]))
        return answers, graded.all_issues.found

    def alone(self, change: Mutation) -> str:
        """What is wrong with one change, tried alone; empty where nothing is."""
        try:
            answers, said = self.grade(mutated(study(["g-"]), change))
        except (
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            AssertionError,
            RuntimeError,
        ) as error:
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
            return f"crashes with {type(error).__name__} at {place}: {str(error)[:200]}"
        lines = [i.sentence() for i in said]
        if torn := [line for line in lines if any(c < " " or c in "\x7f\x85\u2028\u2029" for c in line)]:
            return f"a message is not one clean line: {torn[0][:200]!r}"
        if not answers:
            return "" if any(i.severity == "refuse" for i in said) else "refused without a reason"
        changed = self.others_changed(answers, change, "g-")
        reasons = [i for i in said if i.row is None or i.row != change.row + 1 or change.row <= 0]
        if changed and not Counter(self.without_row(i) for i in reasons) - self.usual:
            return f"changes {changed} and no message of more than that row says why"
        return ""

    def others_changed(self, answers: Answers, change: Mutation, group: str) -> list[str]:
        """The subjects of a set, but for the one whose row was changed, whose answers are not what they were."""
        own = (
            ""
            if change.row <= 0
            else str(next(t for t in study(["g-"]) if t.sheet == change.sheet).columns[0][change.row])
        )
        return [who for who in self.base if who != own and answers.get(group + who[2:]) != self.base[who]]

    def together(self, changes: Sequence[Mutation]) -> list[str]:
        """What is wrong with these changes: tried in one study, and again alone where that study is not as it should be."""
        left, wrong = list(changes), []
        while left:
            groups = [f"s{k:03d}-" for k in range(len(left))]
            tables = study(groups)
            for k, change in enumerate(left):
                tables = mutated(tables, change, offset=k * rows_of_group(change.sheet))
            try:
                answers, said = self.grade(tables)
            except Exception:  # whichever change it is will show alone
                answers, said = {}, []
            if answers:
                suspects = [
                    c for c, group in zip(left, groups, strict=True) if self.others_changed(answers, c, group)
                ]
                remaining = []
            else:
                rows = {
                    (i.sheet or i.file.removesuffix(".csv"), i.row) for i in said if i.severity == "refuse"
                }
                suspects = [
                    c for k, c in enumerate(left) if (c.sheet, c.row + 1 + k * rows_of_group(c.sheet)) in rows
                ]
                suspects = suspects or left[: max(len(left) // 8, 1)]  # no row is named: some at a time alone
                remaining = [c for c in left if c not in suspects]
            wrong += [f"{c}: {what}" for c in suspects if (what := self.alone(c))]
            left = remaining
        return wrong


@pytest.fixture(params=["workbook", "text"])
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch, request.param == "text")


def told(wrong: list[str]) -> str:
    return f"{len(wrong)} changes:\n" + "\n".join(wrong[:25])


def in_company(bench: Bench, number: int, size: int, shared: bool) -> list[str]:
    r = Random(f"{SEED} {shared} {bench.text}")
    wrong = []
    for _ in range(number * TIMES // size):
        wrong += bench.together(list(mutations(r, size, shared=shared)))
    return wrong


def test_any_value_in_any_cell(bench: Bench) -> None:
    wrong = in_company(bench, 2304, 144, shared=False)
    assert not wrong, told(wrong)


def test_any_value_in_a_cell_of_subjects_and_times(bench: Bench) -> None:
    wrong = in_company(bench, 240, 16, shared=True)
    assert not wrong, told(wrong)


def test_any_heading_and_any_name_of_a_sheet(bench: Bench) -> None:
    r = Random(SEED)
    changes = list(mutations(r, 40 * TIMES, shared=False, names=True))
    wrong = [f"{c}: {what}" for c in changes if (what := bench.alone(c))]
    assert not wrong, told(wrong)


def test_the_study_that_is_changed_is_a_good_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The changes mean something: the four subjects have grades from none to 3, on both scales, and laboratory grades."""
    bench = Bench(monkeypatch, text=False)
    days = [line.split("|") for lines in bench.base.values() for line in lines if line.startswith("daily")]
    assert {day[4] for day in days if day[1] == "CRS"} >= {"", "0", "1", "2", "3"}
    assert {day[4] for day in days if day[1] == "ICANS"} >= {"", "0", "1", "2", "3"}
    assert not [issue for issue in bench.usual if issue[0] != "note"]
    alone = bench.base
    company, _ = bench.grade(study([f"s{k}-" for k in range(5)]))
    assert {who: company["s3-" + who[2:]] for who in alone} == alone


def typed_into(sheets: dict[str, list[list[Any]]], change: Mutation, path: Path) -> None:
    """Write the study as a workbook with one cell changed, as far as a workbook can hold it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    cell = book[change.sheet].cell(max(change.row, 0) + 1, change.column + 1)
    if change.row < 0:
        book[change.sheet].title = str(change.typed)
    else:
        cell.value = "#N/A" if change.error == "error" else "=1/0" if change.error else change.typed
    book.save(path)


def test_real_workbooks_through_the_whole_program(tmp_path: Path) -> None:
    """The same changes, fewer of them, as files through the command line: exit code, streams, all or nothing."""
    sheets = {t.sheet: [list(row) for row in zip(*t.columns, strict=True)] for t in study(["g-"])}
    r = Random(SEED)
    changes = [*mutations(r, 16 * TIMES, shared=False), *mutations(r, 6 * TIMES, shared=True)]
    changes += mutations(r, 6 * TIMES, shared=False, names=True)
    codes: Counter[int] = Counter()
    for change in changes:
        path = tmp_path / "study.xlsx"
        try:
            typed_into(sheets, change, path)
        except (
            openpyxl.utils.exceptions.IllegalCharacterError,
            ValueError,
            TypeError,
            OverflowError,
            UnicodeEncodeError,
        ):
            continue  # no spreadsheet program can hold this
        out = tmp_path / "results"
        ended = here("grade", path, "--out", out, "--no-workbook", "--strict")
        codes[ended.code] += 1
        assert ended.code in (0, 1, 3), change
        assert "internal error" not in ended.err and "Traceback" not in ended.err, change
        assert (ended.code == 1) == ("refuse: " in ended.err), change
        assert ended.code != 1 or ended.out == "", change
        assert out.exists() or ended.code == 1, change
        if out.exists():
            assert (out / "run.json").exists(), change
    assert sum(codes.values()) > 15 * TIMES and {0, 1, 3} <= set(codes), codes


def test_the_changes_reach_every_column_and_sheet() -> None:
    r = Random(SEED)
    reached = {(c.sheet, c.column) for shared in (True, False) for c in mutations(r, 2000, shared=shared)}
    assert reached == {(sheet, j) for sheet, headings in HEADINGS.items() for j in range(len(headings))}
