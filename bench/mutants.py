"""Which small mistakes in the code would no test notice: a sample of mutants of some rooms, each against the tests that guard them.

Run `python bench/mutants.py --rooms senl_ae/grade --sample 300 --seed 1` (or `make mutants`). Each mutant (`mutating.py`) is tried in a
fork of one process that has everything loaded: first with the tests of its room (`GUARDS`), then with the others, stopped at the first
failure. Tests that start a process of their own see the code as it stands. What was noticed is remembered in `--memory`, by the text of
its function, so that a run can be resumed; survivors are tried again. Mutants that change nothing anybody could observe stand with their
reason in `equivalent_mutants.txt`. Exit code 1 where fewer than `--least` per cent of the others were noticed.

A sample is drawn by a digest of seed, file, function and change: editing one function leaves the mutants of all others in the sample.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import importlib
import json
import os
import pickle
import re
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from mutating import HERE, Mutant, mutants_of

EQUIVALENT = Path(__file__).with_name("equivalent_mutants.txt")
GRADE, READ, CHARTING, ORACLE = (
    "tests/grade/test_",
    "tests/read/test_",
    "tests/charting/test_",
    "tests/oracle/test_",
)


def _files(room: str, names: str) -> tuple[str, ...]:
    return tuple(f"{room}{name}.py" for name in names.split())


LABORATORY = _files(GRADE, "series_golden laboratory laboratory_decisions laboratory_series")
COURSES = _files(GRADE, "golden tables course scales")
WORDS = _files(
    READ, "bounds_of_words bounds_of_cells cells cells_words words_as_charted charting findings_apart"
)
DATES = _files(READ, "bounds_of_cells cells_dates date_parts cells")
DOUBTS = _files(ORACLE, "doubts_against_oracle")
RULE_2 = _files(CHARTING, "rule2_crs rule2_icans rule2_property")
GUARDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "senl_ae/grade/laboratory": (
        LABORATORY,
        _files(GRADE, "laboratory_golden icaht_oracle criteria_oracle lab_oracle"),
        ("tests/test_sample.py",),
    ),
    "senl_ae/grade/course/readings": (DOUBTS, COURSES, RULE_2),
    "senl_ae/grade/time/doubt": (DOUBTS, COURSES, RULE_2),
    "senl_ae/grade/rules": (COURSES, LABORATORY, ("tests/test_sample.py",)),
    "senl_ae/grade/course/reported": (("tests/test_reported.py",), COURSES, ("tests/test_sample.py",)),
    "senl_ae/grade": (
        COURSES,
        DOUBTS,
        _files(ORACLE, "against_oracle"),
        LABORATORY,
        ("tests/results/test_values.py", "tests/charting/test_status.py"),
        ("tests/test_sample.py",),
        RULE_2,
    ),
    "senl_ae/read/cells/zones": (_files(CHARTING, "zone"), DATES, ("tests/charting",)),
    "senl_ae/read/cells/date": (DATES, WORDS, ("tests/read", "tests/charting")),
    "senl_ae/read/cells/clock": (DATES, WORDS, ("tests/read", "tests/charting")),
    "senl_ae/read": (WORDS, ("tests/read", "tests/charting")),
    "": (("tests",),),
}
"""Where a file's path begins so, its tests, in the order in which they are likely to notice; the first that fits counts."""

PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "--tb=line", "-n0")
KEPT = (
    ("tomllib", "loads"),
    ("senl_ae.read.study", "read_study"),
    ("random_study", "random_study"),
    ("scalar_grader", "grade_subject"),
)
"""What is computed once for all mutants of `grade/`: it lies before or beside what they change."""
CACHES = ("senl_ae.grade", "senl_ae.read")
"""Rooms whose caches may hold what a mutant would decide otherwise."""


def sampled(rooms: Sequence[Path], size: int, seed: int) -> tuple[list[Mutant], int]:
    """The mutants tried, and how many there are in all."""
    files = sorted(
        {p for room in rooms for p in ([HERE / room] if room.suffix else (HERE / room).rglob("*.py"))}
    )
    every = [mutant for file in files for mutant in mutants_of(file)]
    return sorted(every, key=lambda m: hashlib.sha256(f"{seed} {m.name}".encode()).digest())[:size], len(
        every
    )


def equivalents() -> dict[str, str]:
    """Mutant -> why nobody could observe it."""
    if not EQUIVALENT.exists():
        return {}
    lines = [line for line in EQUIVALENT.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {name: reason for name, _, reason in (line.rpartition(" | ") for line in lines)}


def remember_what_cannot_change(tests: Sequence[str], only_grading: bool) -> None:
    """Runs the tests once as the code stands. What no mutant of `grade/` touches - studies read, the scalar grader's answers - is kept."""
    sys.path[:0] = [str(HERE), str(HERE / "tests" / "oracle")]
    for module, name in KEPT if only_grading else ():
        found = importlib.import_module(module)
        setattr(found, name, _kept(getattr(found, name)))
    import pytest

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        code = pytest.main([*PYTEST, *tests])
    if code:
        sys.exit(f"the tests fail without any mutant: pytest {' '.join(tests)}")


def _kept(function: Any) -> Any:
    """The function with a memory: by what its arguments hold, files by their bytes. Each caller gets a copy of its own."""
    answers: dict[bytes, bytes] = {}

    def answer(*args: Any, **named: Any) -> Any:
        files = [p for arg in args if isinstance(arg, list | tuple) for p in arg if isinstance(p, Path)]
        if any(p.is_dir() or p.stat().st_size > 3_000_000 for p in files):
            return function(*args, **named)
        try:
            key = pickle.dumps((args, named, [p.read_bytes() for p in files]))
            key = key.replace(str(files[0].parent).encode(), b"") if files else key
        except (pickle.PicklingError, TypeError, AttributeError):
            return function(*args, **named)
        if key not in answers:
            answers[key] = pickle.dumps(function(*args, **named))
        return pickle.loads(answers[key])

    return answer


def start(mutant: Mutant, log: Path, seconds: int) -> int:
    """The process that tries a mutant: a fork of this one, in which everything is loaded already."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout = sys.stderr = os.fdopen(out, "w", buffering=1)
        put_in_place(mutant)
        import pytest

        for tests in guards_of(mutant.file):
            here = [name for name in tests if (HERE / name).exists()]
            code = int(pytest.main([*PYTEST, *here]) != 0)
            if code:
                break
    finally:
        os._exit(code)


def guards_of(file: str) -> tuple[tuple[str, ...], ...]:
    return next(tests for room, tests in GUARDS.items() if file.startswith(room))


def put_in_place(mutant: Mutant) -> None:
    """Gives the functions of a module the code of the mutant, wherever they were imported to, and its constants where they differ."""
    name = mutant.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    old = importlib.import_module(name)
    new = ModuleType(name)
    new.__file__ = old.__file__
    exec(compile(mutant.source(), str(HERE / mutant.file), "exec"), new.__dict__)
    loaded = [m for key, m in list(sys.modules.items()) if key.startswith(("senl_ae", "tests")) and m]
    for key, value in list(vars(new).items()):
        here = vars(old).get(key)
        if key.startswith("__"):
            continue
        if isinstance(value, type) and value.__module__ == name:
            for part, method in list(vars(value).items()):
                _new_code(vars(here).get(part), method)
                if (
                    isinstance(method, int | float | str | tuple)
                    and part in vars(here)
                    and not part.startswith("__")
                ):
                    setattr(here, part, method)
        elif (
            not _new_code(here, value)
            and not isinstance(value, ModuleType)
            and _plain(value)
            and repr(here) != repr(value)
        ):
            for module in loaded:
                if vars(module).get(key) is here:
                    setattr(module, key, value)
    for module in loaded:
        for value in list(vars(module).values()):
            if (
                not isinstance(value, type)
                and hasattr(value, "cache_clear")
                and value.__module__.startswith(CACHES)
            ):
                value.cache_clear()


def _plain(value: object) -> bool:
    return isinstance(value, int | float | str | tuple | list | dict | set | frozenset | re.Pattern)


def _new_code(old: Any, new: Any) -> bool:
    """Whether these are functions (plain, cached, properties); the old one then has the code of the new."""
    old, new = (getattr(f, "__wrapped__", getattr(f, "fget", getattr(f, "__func__", f))) for f in (old, new))
    if not isinstance(old, FunctionType) or not isinstance(new, FunctionType):
        return False
    if old.__code__.co_freevars == new.__code__.co_freevars:
        old.__code__ = new.__code__
        old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
    return True


def judged(
    chosen: Sequence[Mutant], jobs: int, seconds: int, logs: Path
) -> Iterator[tuple[Mutant, bool, float, str]]:
    """Each mutant, whether a test noticed it, seconds of work, and the line that says which. One whose time runs out was not noticed."""
    free, todo = [logs / str(i) for i in range(jobs)], list(reversed(chosen))
    running: dict[int, tuple[Mutant, Path]] = {}
    while todo or running:
        while todo and free:
            log, mutant = free.pop(), todo.pop()
            running[start(mutant, log, seconds)] = (mutant, log)
        child, status, used = os.wait3(0)
        mutant, log = running.pop(child)
        free.append(log)
        noticed = status != 0 and not os.WIFSIGNALED(status)
        yield mutant, noticed, used.ru_utime + used.ru_stime, _first_failure(log)


def _first_failure(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "no end")[:150]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=Path, nargs="*", default=[Path("senl_ae/grade")])
    parser.add_argument("--tests", nargs="*", help="these alone, in place of the rooms' own")
    parser.add_argument(
        "--only", default="", help="of all mutants, not of a sample, those whose name holds this text"
    )
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=95.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60, help="of work, at most for one mutant")
    parser.add_argument(
        "--memory", type=Path, default=HERE / ".mutants.json", help="what was already noticed"
    )
    parser.add_argument("--quick", action="store_true", help="only the tests of the mutant's own room")
    parser.add_argument("--again", action="store_true", help="try those remembered as noticed too")
    asked = parser.parse_args()
    if asked.quick:
        GUARDS.update({room: tests[:1] for room, tests in GUARDS.items()})
    if asked.tests:
        GUARDS.clear()
        GUARDS[""] = (tuple(asked.tests),)
    chosen, number = sampled(asked.rooms, asked.sample if not asked.only else 1_000_000, asked.seed)
    chosen = [m for m in chosen if asked.only in m.name]
    reasons = equivalents()
    memory = json.loads(asked.memory.read_text()) if asked.memory.exists() and not asked.again else {}

    def key(m: Mutant) -> str:
        return f"{m.around} {m.name}"

    equal = [m for m in chosen if m.name in reasons]
    todo = [m for m in chosen if m.name not in reasons and key(m) not in memory]
    print(f"{number} mutants; {len(chosen)} sampled, {len(equal)} equivalent, {len(todo)} to try", flush=True)
    if todo:
        first = {name: None for m in todo for name in guards_of(m.file)[0] if (HERE / name).exists()}
        remember_what_cannot_change(list(first), all("/grade/" in m.file for m in todo))
        gc.freeze()
    survivors, spent = 0, []
    with tempfile.TemporaryDirectory() as logs:
        for mutant, noticed, seconds, how in judged(todo, asked.jobs, asked.seconds, Path(logs)):
            spent.append(seconds)
            if noticed:
                memory[key(mutant)] = how
                asked.memory.write_text(json.dumps(memory, indent=0))
            else:
                survivors += 1
                print(
                    f"survived ({seconds:.0f} s): {mutant.file}:{mutant.line} | {mutant.function} | {mutant.change}",
                    flush=True,
                )
    judged_ones = len(chosen) - len(equal)
    share = 100 * (judged_ones - survivors) / max(judged_ones, 1)
    each = sum(spent) / max(len(spent), 1)
    print(f"{judged_ones - survivors} of {judged_ones} noticed, {share:.1f} %; {each:.1f} s of work each")
    sys.exit(share < asked.least)


if __name__ == "__main__":
    main()
