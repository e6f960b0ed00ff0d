"""Writes the reference pages of docs/ from the grading tables and the schema: what stands there cannot drift from what grades.

Also the picture of the rooms in docs/architecture.md, from the first line of each. Run `make docs` after a change to a table, or to a room;
a test compares the committed pages with what this makes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from senl_ae.grade.rules.scales import load_scales
from senl_ae.grade.rules.vocabulary import derived_items
from senl_ae.report import words
from senl_ae.report.scales_console import grouped, limits, says
from senl_ae.results.schema import Column, Syndromes, columns_of, schema
from senl_ae.scale import Scale
from senl_ae.template.sheets import REQUIRED, SHEETS
from senl_ae.vocabulary.items import Item, load_items

HERE = Path(__file__).resolve().parent
MADE = "<!-- made by docs/make_reference.py from grading_tables/; change the tables, not this page -->"
ROOMS = re.compile(r"(<!-- rooms: [^\n]* -->\n```text\n).*?(```)", re.DOTALL)
EXTRA_NAMES = 12
"""So many names of a column are listed; `senl-ae columns FILE` shows how any heading is read."""


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"written: {name}")


def pages() -> dict[str, str]:
    """File name -> text."""
    architecture = (HERE / "architecture.md").read_text(encoding="utf-8")
    return {
        "scales.md": "\n".join(_scales()) + "\n",
        "columns.md": "\n".join(_columns()) + "\n",
        "results.md": "\n".join(_results()) + "\n",
        "architecture.md": ROOMS.sub(lambda m: m[1] + "\n".join(_rooms()) + "\n" + m[2], architecture),
    }


HOLDS = {
    "text": "text",
    "word": "one of a few words",
    "words": "words joined with `;`",
    "grade": "grade, 0 to 5",
    "whole": "whole number",
    "number": "number",
    "yes": "1 or 0",
    "time": "date and time, or a date",
    "date": "date",
    "rows": "`file:sheet:row`, joined with `;`",
    "item": "number or word",
}


def _results() -> Iterator[str]:
    yield from (
        "# The files of the results",
        "",
        "<!-- made by docs/make_reference.py from senl_ae/results/schema.toml; change that, not this page -->",
        "",
        "UTF-8, comma, one heading row. Blank is never zero and never normal: the last column says what it means. A column of a",
        "syndrome stands there once for each, CRS and ICANS first. Text that a spreadsheet program would run has an apostrophe before it.",
    )
    syndromes = Syndromes(("CRS", "ICANS"), ("CRS", "ICANS"))
    for name, file in schema().items():
        yield from ("", f"## {name}.csv", "", f"One row per {file.row}.", "")
        columns = columns_of(name, syndromes)
        rest = Column("...", file.rest, FURTHER[file.rest], "not known") if file.rest else None
        last = [column for column in columns if column.last]
        shown = [*(c for c in columns if not c.last), *([rest] if rest else []), *last]
        yield from _table(
            ("Column", "What it is", "Holds", "Unit", "Blank means"),
            [
                (f"`{c.name}`", c.label, HOLDS[c.holds], c.unit, "" if c.blank == "never" else c.blank)
                for c in shown
            ],
        )


FURTHER = {
    "text": "Further columns of the subjects, as the study names them",
    "item": "Each item that the rules ask, as at the better end of what the record leaves open",
}


def _rooms() -> Iterator[str]:
    """Every room, and those inside it, in the order in which they may know each other: that of the test which holds the code to it."""
    sys.path.insert(0, str(HERE.parent))
    from tests.test_house import FACTS, INSIDE, ROOMS

    for room in (*FACTS, *ROOMS):
        yield _room(f"{room}", 0)
        for inside in INSIDE.get(room, ()):
            yield _room(f"{room}/{inside}", 2)


def _room(name: str, indent: int) -> str:
    place = HERE.parent / "senl_ae" / name
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    said = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0]
    called = " " * indent + file.relative_to(HERE.parent / "senl_ae" / name.rpartition("/")[0]).as_posix()
    return f"{called.removesuffix('__init__.py'):22} {said}"


def _scales() -> Iterator[str]:
    scales = sorted(load_scales().values(), key=lambda s: (s.course == "laboratory", s.id))
    yield from (
        "# Grading scales",
        "",
        MADE,
        "",
        "Every rule the program grades by. Rules are OR, what stands in one is AND, the highest grade wins. "
        "`2 (<=4)`: grade 2 is proven and 4 is not ruled out; `<=4`: nothing is proven, 4 is not ruled out.",
        "",
    )
    yield from _table(
        ("Scale", "Grades", "Version", "Rules", "Table"),
        [
            (
                f"[{s.id}](#{s.id.replace('.', '')})",
                f"{s.syndrome}: {s.title}",
                s.version,
                str(len(s.rules)),
                s.file,
            )
            for s in scales
        ],
    )
    for scale in scales:
        yield from _scale(scale)
    yield from (
        "",
        "## Items that rules ask about",
        "",
        "Worked out from the record; the others are the columns of [columns.md](columns.md).",
        "",
    )
    yield from _table(
        ("Item", "What it says", "Words"),
        [(f"`{n}`", meaning, ", ".join(listed)) for n, (listed, meaning) in derived_items().items()],
    )


def _scale(scale: Scale) -> Iterator[str]:
    yield from (
        "",
        f"## {scale.id}",
        "",
        f"{scale.title}{f', {scale.version}' if scale.version else ''}. Source: {words.source(scale)}.",
        "",
    )
    rows = [
        (heading if i == 0 else "", words.gives(rule), says(rule), words.conditions(rule), f"`{rule.id}`")
        for heading, rules in grouped(scale).items()
        for i, rule in enumerate(rules)
    ]
    yield from _table(("", "Grade", "Means", "Holds when", "Rule"), rows)
    if limits(scale):
        yield from ("", *(f"- {line}" for line in limits(scale)))


def _columns() -> Iterator[str]:
    items = load_items()
    yield from (
        "# Columns",
        "",
        MADE,
        "",
        "What each kind of sheet may hold. A heading matches after folding case, width, spaces, punctuation and a unit in "
        "brackets, by any of its names; `senl-ae template FILE.xlsx` writes a workbook with these columns. Names marked `?` are read "
        "with a note that somebody should confirm.",
        "",
    )
    for domain, (english, chinese, _) in SHEETS.items():
        yield from (f"## {domain}", "", f"Sheet {english} ({chinese}) of the template.", "")
        rows = [
            _row(item, item.name in REQUIRED[domain]) for item in items.in_domain(domain) if not item.is_lab
        ]
        yield from _table(("Column", "Holds", "Unit (also read)", "Plausible", "Words", "Other names"), rows)
        yield ""
    yield from (
        "## Laboratory tests",
        "",
        "As rows (`test`, `value`, `unit`) or as columns of their own.",
        "",
    )
    yield from _table(
        ("Test", "Holds", "Unit (also read)", "Plausible", "Words", "Other names"),
        [_row(item, False) for item in items.tests.values()],
    )


def _row(item: Item, required: bool) -> tuple[str, ...]:
    units = [item.unit or "", *(f"({u})" for u in item.units_said if u != item.unit)]
    bounds = ", ".join(f"{words.OPERATORS[op]} {words.number(b)}" for op, b in item.plausible.items())
    names = [a.text + ("" if a.confirmed else " ?") for a in item.aliases if a.text != item.name]
    more = f" and {len(names) - EXTRA_NAMES} more" if len(names) > EXTRA_NAMES else ""
    holds = item.says or {"yes_no": "yes or no", "number": "a number"}.get(
        item.kind, item.kind.replace("_", " ")
    )
    return (
        f"**{item.name}**" + (" (required)" if required else ""),
        holds,
        " ".join(u for u in units if u),
        bounds,
        ", ".join(item.words),
        ", ".join(names[:EXTRA_NAMES]) + more,
    )


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|" + " --- |" * len(headings)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


if __name__ == "__main__":
    main()
