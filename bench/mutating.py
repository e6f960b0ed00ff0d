"""Which mutants a file has: one comparison, one operator, one boolean, one constant or one function's name changed in one place."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
WIDEST = 90
"""Letters of the code around a change that its name shows."""
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
    """One change in one place: the node at a position of the walk over the file's tree, and which of its changes."""

    file: str
    function: str
    line: int
    change: str
    node: int
    variant: int
    text: str = field(repr=False)
    """The file as it was when the mutant was found."""
    around: str
    """A digest of the function (or class) around the change: what was decided of a mutant holds as long as this does."""

    @property
    def name(self) -> str:
        """What stays the same while other functions are edited."""
        return f"{self.file} | {self.function} | {self.change}"

    def source(self) -> str:
        tree = ast.parse(self.text)
        node = next(n for i, n in enumerate(ast.walk(tree)) if i == self.node)
        list(_changes(node, apply=self.variant))
        return ast.unparse(ast.fix_missing_locations(tree))


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every mutant of one file. Annotations, docstrings and the text of messages are left alone: they decide nothing."""
    tree = ast.parse(whole := file.read_text(encoding="utf-8"))
    silent = {id(node) for top in ast.walk(tree) for part in _silent(top) for node in ast.walk(part)}
    above = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    around = {}
    for top in tree.body:
        digest = hashlib.sha256(ast.unparse(top).encode()).hexdigest()[:12]
        around |= dict.fromkeys(map(id, ast.walk(top)), digest)
    path, seen = str(file.relative_to(HERE)), Counter[tuple[str, str]]()
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in silent:
            continue
        for variant, change in enumerate(_changes(node)):
            function, text = _place(node, above)
            words = f"{change} in {text}"
            seen[function, words] += 1
            again = seen[function, words]
            words += f" ({again})" if again > 1 else ""
            line = getattr(node, "lineno", 0)
            yield Mutant(path, function, line, words, index, variant, whole, around[id(node)])


def _place(node: ast.AST, above: dict[int, ast.AST]) -> tuple[str, str]:
    """The function a node stands in, and the widest expression around it that fits on half a line."""
    text, names, growing = ast.unparse(node), list[str](), True
    up = above.get(id(node))
    while up is not None:
        if growing and isinstance(up, ast.expr | ast.Assign | ast.Return | ast.keyword):
            wider = ast.unparse(up)
            growing = len(wider) <= WIDEST
            text = wider if growing else text
        if isinstance(up, ast.FunctionDef | ast.ClassDef):
            names.append(up.name)
        up = above.get(id(up))
    return ".".join(reversed(names)) or "-", " ".join(text.split())[:WIDEST]


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
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: lengths that always agree
        yield node


def _changes(node: ast.AST, apply: int | None = None) -> Iterator[str]:
    """What can be changed at a node, in words; `apply` makes the change of that number."""
    done = 0

    def now() -> bool:
        nonlocal done
        done += 1
        return apply == done - 1

    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
        yield f"{type(node.ops[0]).__name__} -> {COMPARE[type(node.ops[0])].__name__}"
        if now():
            node.ops[0] = COMPARE[type(node.ops[0])]()
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in BINARY
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        yield f"{type(node.op).__name__} -> {BINARY[type(node.op)].__name__}"
        if now():
            node.op = BINARY[type(node.op)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Invert, ast.Not)):
        yield f"without {type(node.op).__name__}"
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
