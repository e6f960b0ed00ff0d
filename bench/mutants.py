"""Which small mistakes in the code would no test notice: a sample of mutants of some rooms, each against the tests that guard them.

Run `python bench/mutants.py --rooms senl_ae/grade --sample 300 --seed 1` (or `make mutants`). A mutant is one comparison, one operator,
one boolean, one constant or one returned value changed in one place. Each is tried in a copy of the checkout, with the tests named by
`--tests`, stopped at the first failure. Survivors are printed with their file, line and change: each is either without effect, and then
worth a word in the code, or a promise that no test guards. Exit code 1 where fewer than `--least` per cent were noticed.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
TESTS = ("tests/grade", "tests/golden", "tests/oracle", "tests/charting", "tests/test_sample.py")
COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
NAMES = {
    "fmax": "fmin",
    "fmin": "fmax",
    "maximum": "minimum",
    "minimum": "maximum",
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
}


@dataclass(frozen=True)
class Mutant:
    """One change in one place."""

    file: Path
    line: int
    change: str
    source: str


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every mutant of one file. Annotations, docstrings and the text of messages are left alone: they decide nothing."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    silent = {id(node) for top in ast.walk(tree) for part in _silent(top) for node in ast.walk(part)}
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in silent:
            continue
        for variant, change in enumerate(_changes(node)):
            mutated = copy.deepcopy(tree)
            twin = next(n for i, n in enumerate(ast.walk(mutated)) if i == index)
            list(_changes(twin, apply=variant))
            yield Mutant(
                file, getattr(node, "lineno", 0), change, ast.unparse(ast.fix_missing_locations(mutated))
            )


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node whose change would change no result."""
    for name in ("annotation", "returns"):
        part = getattr(node, name, None)
        if part is not None:
            yield part
    if isinstance(node, ast.ClassDef):
        yield from node.decorator_list
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr)) or (
        isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ):
        yield node


def _changes(node: ast.AST, apply: int | None = None) -> Iterator[str]:
    """What can be changed at a node, in words; `apply` makes the change of that number."""
    done = 0

    def now() -> bool:
        nonlocal done
        done += 1
        return apply == done - 1

    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
        yield f"{type(node.ops[0]).__name__} -> {COMPARE[type(node.ops[0])].__name__} in {ast.unparse(node)[:70]}"
        if now():
            node.ops[0] = COMPARE[type(node.ops[0])]()
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in BINARY
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        yield f"{type(node.op).__name__} -> {BINARY[type(node.op)].__name__} in {ast.unparse(node)[:70]}"
        if now():
            node.op = BINARY[type(node.op)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Invert, ast.Not)):
        yield f"without {type(node.op).__name__} in {ast.unparse(node)[:70]}"
        if now():
            node.operand = ast.UnaryOp(type(node.op)(), node.operand)  # twice over: as if it were not there
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield f"{node.attr} -> {NAMES[node.attr]}"
        if now():
            node.attr = NAMES[node.attr]
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} -> {not node.value}"
        if now():
            node.value = not node.value
    elif (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        yield f"{node.value} -> {node.value + 1}"
        if now():
            node.value = node.value + 1


def noticed(mutant: Mutant, tests: Sequence[str], scratch: Path, seconds: int) -> bool:
    """Whether any of the tests fails on a mutant. A run that does not end is noticed as well."""
    copied = Path(tempfile.mkdtemp(dir=scratch))
    try:
        for path in HERE.iterdir():
            if path.name not in (".git", ".venv", "senl_ae") and not path.name.startswith("."):
                os.symlink(path, copied / path.name)
        os.symlink(HERE.parent / "shared", copied.parent / "shared") if not (
            copied.parent / "shared"
        ).exists() else None
        shutil.copytree(HERE / "senl_ae", copied / "senl_ae", ignore=shutil.ignore_patterns("__pycache__"))
        (copied / mutant.file.relative_to(HERE)).write_text(mutant.source, encoding="utf-8")
        here = [name for name in tests if (copied / name).exists()]
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-n0",
            *here,
        ]
        env = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "SENL_AE_MUTANT": "1"}
        done = subprocess.run(
            words,
            cwd=copied,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        shutil.rmtree(copied, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=Path, nargs="*", default=[Path("senl_ae/grade")])
    parser.add_argument("--tests", nargs="*", default=list(TESTS))
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=95.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=300)
    asked = parser.parse_args()
    files = sorted(path for room in asked.rooms for path in (HERE / room).rglob("*.py")) or [
        HERE / room for room in asked.rooms
    ]
    every = [mutant for file in files for mutant in mutants_of(file)]
    chosen = random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
    print(f"{len(every)} mutants in {len(files)} files; {len(chosen)} tried", flush=True)
    survivors = []
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        runs = {
            pool.submit(noticed, mutant, asked.tests, Path(scratch), asked.seconds): mutant
            for mutant in chosen
        }
        for run in concurrent.futures.as_completed(runs):
            if not run.result():
                mutant = runs[run]
                survivors.append(mutant)
                print(f"survived: {mutant.file.relative_to(HERE)}:{mutant.line}: {mutant.change}", flush=True)
    share = 100 * (len(chosen) - len(survivors)) / max(len(chosen), 1)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed, {share:.1f} %")
    sys.exit(share < asked.least)


if __name__ == "__main__":
    main()
