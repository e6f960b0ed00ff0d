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

FACTS = (
    "arrays",
    "issues",
    "interrupts",
    "leftovers",
    "manifests",
    "writing",
    "settings",
    "vocabulary",
    "scale",
    "frame",
    "study",
    "csv_text",
    "archive",
    "problem_groups",
)
"""What every room may know: the nouns between the rooms, the vocabulary, the settings, how a file is written."""
INSIDE: dict[str, tuple[str, ...]] = {
    "read": (
        "files",
        "cells",
        "words",
        "headings",
        "redcap",
        "values",
        "qualifiers",
        "rows",
        "subjects",
        "impossible",
        "coverage",
        "layouts",
        "described",
        "unused_files",
        "study",
    ),
    "grade": ("rules", "time", "graded", "crs", "icans", "course", "laboratory", "adverse_events", "study"),
    "report": (
        "words",
        "count",
        "layout",
        "tables",
        "explain",
        "graded",
        "settings_console",
        "scales_console",
        "patients_console",
        "problems_console",
        "summary",
        "who",
    ),
}
"""The rooms inside a room, from left to right: each may import those to its left, none to its right, no sibling's inside both ways."""
ROOMS: dict[str, tuple[str, ...]] = {
    "read": (),
    "grade": (),
    "results": ("grade",),
    "report": ("results",),
    "run": ("read", "grade", "report", "results"),
    "checking": ("read", "grade", "run"),
    "api": ("run", "read", "grade", "results", "report"),
    "simulate": (),
    "template_words": (),
    "template": ("template_words", "report"),
    "commands": ("checking", "grade", "run", "report", "results", "simulate", "template"),
    "cli": ("commands",),
    "__main__": ("cli",),
}
"""Each room, and all it may import besides itself and the facts."""
MOST_LINES = 350
LONGER = {
    "simulate.py": 374,
    "read/files/workbook.py": 363,
    "grade/laboratory/values.py": 372,
}
"""Files that have outgrown a sitting; they may shrink, not grow. Lines that are not blank."""

FEW_ROWS = {"grade/course/notes.py"}
"""Files that may go over rows one by one: those of the rulings, of which a study has a handful."""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = {module_of(path): path for path in MODULES}


def imported(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """The modules of this package that a file imports anywhere in it, at the top or inside a function."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "senl_ae":
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.split(".")[0] == "senl_ae"]
    for name in names:
        parts = tuple(name.split(".")[1:])
        yield parts if parts in FILES else parts[:-1]


def may_import(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a file may know another: facts, rooms on the left, and inside one room those further to the left."""
    if not other:
        return True  # the version
    if not one:
        return other == ("api",)  # the front door, opened when somebody comes
    if one and one[0] == other[0]:
        order = INSIDE.get(one[0])
        if order is None or len(one) == 1 or len(other) == 1:
            return order is None
        return order.index(other[1]) <= order.index(one[1])
    if other[0] in FACTS:
        return not one or one[0] not in FACTS or FACTS.index(other[0]) < FACTS.index(one[0])
    return bool(one) and one[0] in ROOMS and other[0] in ROOMS[one[0]]


def test_every_file_stands_in_a_room() -> None:
    tops = {name[0] for name in FILES if name}
    assert tops == {*FACTS, *ROOMS}
    for room, inside in INSIDE.items():
        assert {name[1] for name in FILES if len(name) > 1 and name[0] == room} == set(inside)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    assert [
        ".".join(other) for other in imported(TREES[path]) if not may_import(module_of(path), other)
    ] == []


def test_no_two_files_import_each_other_by_any_way() -> None:
    left = {name: {other for other in imported(TREES[path]) if other != name} for name, path in FILES.items()}
    del left[()]  # everybody may ask it for the version; what it passes on, it imports when it is asked
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    assert sorted(".".join(name) for name in left) == []


@pytest.mark.parametrize(
    "room",
    sorted({path.parent for path in MODULES} - {PACKAGE}),
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_a_room_says_in_its_first_line_what_comes_in_and_what_goes_out(room: Path) -> None:
    said = ast.get_docstring(TREES[room / "__init__.py"]) or ""
    assert " -> " in said.splitlines()[0]


def test_nothing_but_the_start_is_above_the_command_line() -> None:
    assert [name_of(path) for path, tree in TREES.items() if ("cli",) in set(imported(tree))] == [
        "__main__.py"
    ]


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield (
                (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")),
                node,
            )


def test_only_the_command_line_prints() -> None:
    printers = {
        name_of(path)
        for path, tree in TREES.items()
        for name, call in called(tree)
        if name in ("print", "secho", "echo")
        or (name == "write" and ast.unparse(call.func).startswith("sys.std"))
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
            assert caught not in ("everything", "Exception", "BaseException"), (
                f"line {node.lineno}: except {caught}"
            )
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_file_says_what_it_decides_and_fits_a_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(TREES[path])
    assert said and said.splitlines()[0].strip().endswith((".", ":")), (
        "the first line of the module says in a sentence what it decides"
    )
    assert sum(1 for line in text.splitlines() if line.strip()) <= LONGER.get(name_of(path), MOST_LINES)


# ---------------------------------------------------------------- no clinical number in the code

STRUCTURE = {0, 1, 2, 10, 60, 3600, 86_399, 86_400, 1e-12, 1e-9, 1e300}
"""Nothing, one, a pair, a power or decimal, seconds, the closeness of equal numbers, more than any value."""
KNOWN_NUMBERS = {
    ("episodes.py", 5): "grade 5 is death",
    ("fever_gate.py", 5): "grade 5 is death",
    ("scales.py", 5): "grades go from 1 to 5",
    ("figures.py", 3): "the column days_grade3plus",
    ("haematotoxicity.py", 3): "grade 3 and more counts as severe",
    ("neuro.py", 3): "a baseline of this grade is flagged on every row",
    ("neuro.py", 33): "unable to perform stands one above the highest CAPD",
    ("graded.py", 3): "a position in a tuple",
    ("timeline.py", 12): "months of a year",
    ("signs.py", 18): "the adult rules stand for an unknown age",
    ("fever_gate.py", 50): "rounds of a search, no threshold",
    ("fever_gate.py", 24): "hours within which a fever explains the waiver: a flag, no grade",
    ("support.py", 24): "hours for which an interval without an end raises the ceiling",
    ("series.py", 7): "days before the infusion kept to fill a gap",
    ("series.py", 365): "the last day of a series",
}
"""Every other number in senl_ae/grade, and why it is no threshold of a published table."""


def numbers(tree: ast.Module) -> Iterator[tuple[int, float]]:
    """(line, number) of every number in the code; not how far bits are shifted, how much of a text is shown, how often is gone round."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.LShift, ast.RShift)):
            skipped.add(id(node.right))
        elif isinstance(node, ast.Slice) or (
            isinstance(node, ast.Call) and ast.unparse(node.func) == "range"
        ):
            skipped |= {id(child) for child in ast.walk(node)}
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in skipped:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted((PACKAGE / "grade").rglob("*.py")), ids=lambda p: p.name)
def test_no_threshold_is_typed_into_the_grading_code(path: Path) -> None:
    """A new number here belongs into a grading table or the settings; one that is neither is listed with its reason."""
    typed = [
        f"line {line}: {n:g}"
        for line, n in numbers(TREES[path])
        if n not in STRUCTURE and (path.name, int(n)) not in KNOWN_NUMBERS
    ]
    assert typed == []


def test_no_listed_number_has_gone() -> None:
    used = {
        (path.name, int(n))
        for path, tree in TREES.items()
        if room_of(path) == "grade"
        for _, n in numbers(tree)
        if n < 1e9
    }
    assert set(KNOWN_NUMBERS) <= used, "take it off the list"


def test_every_file_a_stranger_reads_is_plain_english_and_tells_nothing_of_its_making() -> None:
    """No machine path in anything that is shipped."""
    told = re.compile(r"/(?:home|work|tmp|Users)/\w")
    shipped = [
        *MODULES,
        *(ROOT / "grading_tables").rglob("*.toml"),
        *ROOT.glob("*.toml"),
        *ROOT.glob("*.md"),
        ROOT / "Makefile",
    ]
    assert [path.name for path in shipped if told.search(path.read_text(encoding="utf-8"))] == []
