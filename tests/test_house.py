"""The rules of the house that a reader would otherwise have to check by hand, read from the source itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "senl_ae"
MODULES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}

FACTS = {
    "archive", "writing", "folding", "issues", "items", "problem_groups", "settings", "study", "vocabulary", "count_units", "lab_names",
    "matching", "csv_text", "__init__",
}
"""What every room may know: the vocabulary, the nouns between the rooms, the settings."""
ROOMS: dict[str, set[str]] = {
    "read": FACTS,
    "grade": FACTS,
    "results": FACTS,
    "report": FACTS | {"grade", "results"},
    "traces": FACTS | {"grade"},
    "tables_out": FACTS | {"grade", "traces"},
    "grading_run": FACTS | {"read", "grade", "report", "results", "tables_out"},
    "checking": FACTS | {"read", "grading_run"},
    "commands": FACTS | {"checking", "grading_run", "report", "results", "simulate", "template"},
    "cli": {"commands", "__init__"},
}
"""Each room, and all it may import besides itself."""
GOES_BACK = {
    ("report/explain/values.py", "read"), ("report/explain/folder.py", "grading_run"),  # `explain` reads a subject's spreadsheet rows again
    ("report/graded/workbook.py", "simulate"),  # the one place that fixes the times in a workbook's zip
}
MOST_LINES = 350
LONGER = {"simulate.py": 360, "read/xlsx_scan.py": 355}
"""Files that have outgrown a sitting; they may shrink, not grow."""

FEW_ROWS = {"grade/notes.py"}
"""Files that may go over rows one by one: those of the rulings, of which a study has a handful."""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of this package that a file imports anywhere in it, at the top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "senl_ae":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "senl_ae")


def rooms_imported(tree: ast.Module) -> set[str]:
    found = set()
    for name in imported(tree):
        part = name.split(".")[1]
        found.add(part if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file() else "__init__")
    return found


def test_imports_go_one_way() -> None:
    wrong = []
    for path, tree in TREES.items():
        room = room_of(path)
        if room in FACTS:
            allowed = FACTS
        elif room in ROOMS:
            allowed = ROOMS[room] | {room}
        else:
            continue
        back = {other for file, other in GOES_BACK if file == name_of(path)}
        wrong += [f"{name_of(path)} imports {other}" for other in sorted(rooms_imported(tree) - allowed - back)]
    assert wrong == []


def test_nothing_but_the_command_line_is_above_the_command_line() -> None:
    assert [name_of(path) for path, tree in TREES.items() if "cli" in rooms_imported(tree)] == ["__main__.py"]


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")), node


def test_only_the_command_line_prints() -> None:
    printers = {
        name_of(path) for path, tree in TREES.items() for name, call in called(tree)
        if name in ("print", "secho", "echo") or (name == "write" and ast.unparse(call.func).startswith("sys.std"))
    }
    assert {name for name in printers if not name.startswith("commands/")} == {"cli.py"}


def test_only_reading_and_results_open_data_files() -> None:
    """A workbook, a CSV or a Parquet file of a study is opened nowhere else; `report` reads the results folder in one file."""
    openers = {"read_csv", "read_excel", "read_parquet", "load_workbook", "CalamineWorkbook"}
    found = {name_of(path) for path, tree in TREES.items() if openers & {name for name, _ in called(tree)}}
    assert {name for name in found if not name.startswith(("read/", "results"))} <= {"report/count/folder.py"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_that_the_house_forbids(path: Path) -> None:
    tree, text = TREES[path], path.read_text(encoding="utf-8")
    for name, call in called(tree):
        source = ast.unparse(call.func)
        assert name not in ("iterrows", "eval", "exec"), f"line {call.lineno}: {name}"
        assert name != "itertuples" or name_of(path) in FEW_ROWS, f"line {call.lineno}: {name}"
        assert not (name == "apply" and "groupby" in source), f"line {call.lineno}: groupby(...).apply"
        by_row = any(k.arg == "axis" and ast.unparse(k.value) in ("1", "'columns'") for k in call.keywords)
        assert not (name == "apply" and by_row), f"line {call.lineno}: apply by row"
        if name == "fillna" and call.args and room_of(path) in ("read", "grade"):
            assert ast.unparse(call.args[0]) not in ("0", "0.0"), f"line {call.lineno}: missing is never 0"
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in ("everything", "Exception", "BaseException"), f"line {node.lineno}: except {caught}"
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_file_says_what_it_decides_and_fits_a_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(TREES[path])
    assert said and said.splitlines()[0].strip().endswith((".", ":")), "the first line of the module says in a sentence what it decides"
    assert len(text.splitlines()) <= LONGER.get(name_of(path), MOST_LINES)


# ---------------------------------------------------------------- no clinical number in the code

STRUCTURE = {0, 1, 2, 10, 60, 3600, 86_399, 86_400, 1e-12, 1e-9, 1e300}
"""Nothing, one, a pair, a power or decimal, seconds, the closeness of equal numbers, more than any value."""
KNOWN_NUMBERS = {
    ("episodes.py", 5): "grade 5 is death",
    ("fever_gate.py", 5): "grade 5 is death",
    ("scales.py", 5): "grades go from 1 to 5",
    ("patients.py", 3): "the column days_grade3plus",
    ("haematotoxicity.py", 3): "grade 3 and more counts as severe",
    ("neuro.py", 3): "a baseline of this grade is flagged on every row",
    ("neuro.py", 33): "unable to perform stands one above the highest CAPD",
    ("laboratory.py", 3): "a position in a tuple",
    ("timeline.py", 12): "months of a year",
    ("signs.py", 18): "the adult rules stand for an unknown age",
    ("fever_gate.py", 24): "hours within which a fever explains the waiver: a flag, no grade",
    ("interventions.py", 24): "hours for which an interval without an end raises the ceiling",
    ("lab_series.py", 7): "days before the infusion kept to fill a gap",
    ("lab_series.py", 365): "the last day of a series",
}
"""Every other number in senl_ae/grade, and why it is no threshold of a published table."""


def numbers(tree: ast.Module) -> Iterator[tuple[int, float]]:
    """(line, number) of every number in the code; not how far bits are shifted, how much of a text is shown, how often is gone round."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.LShift, ast.RShift)):
            skipped.add(id(node.right))
        elif isinstance(node, ast.Slice) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "range"):
            skipped |= {id(child) for child in ast.walk(node)}
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in skipped:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted((PACKAGE / "grade").glob("*.py")), ids=lambda p: p.name)
def test_no_threshold_is_typed_into_the_grading_code(path: Path) -> None:
    """A new number here belongs into a grading table or the settings; one that is neither is listed with its reason."""
    typed = [f"line {line}: {n:g}" for line, n in numbers(TREES[path]) if n not in STRUCTURE and (path.name, int(n)) not in KNOWN_NUMBERS]
    assert typed == []


def test_no_listed_number_has_gone() -> None:
    used = {(path.name, int(n)) for path, tree in TREES.items() if room_of(path) == "grade" for _, n in numbers(tree) if n < 1e9}
    assert set(KNOWN_NUMBERS) <= used, "take it off the list"


def test_every_file_a_stranger_reads_is_plain_english_and_tells_nothing_of_its_making() -> None:
    """No machine path in anything that is shipped."""
    told = re.compile(r"/(?:home|work|tmp|Users)/\w")
    shipped = [*MODULES, *(ROOT / "grading_tables").glob("*.toml"), *ROOT.glob("*.toml"), *ROOT.glob("*.md"), ROOT / "Makefile"]
    assert [path.name for path in shipped if told.search(path.read_text(encoding="utf-8"))] == []
