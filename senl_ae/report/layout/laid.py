"""From long results to lines and columns for people; nothing is computed here, only put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from senl_ae.report.count.about import DERIVED
from senl_ae.report.count.long_results import HEADING, Key, Listing, LongResults, Path, Side, TableText
from senl_ae.report.layout.cells import BESIDE, LINES, Body, heading

PAGE_CHARACTERS = 160
"""Letters side by side on a page of A4 landscape."""


@dataclass(frozen=True)
class Line:
    """One printed line: its label, how far it is set in, one cell per column."""

    label: str
    cells: tuple[str, ...] = ()
    indent: int = 0
    heading: bool = False


@dataclass(frozen=True)
class Laid:
    """One table as every format prints it."""

    text: TableText
    group_by: str
    stub: str
    """Heading of the first column."""
    columns: tuple[tuple[str, ...], ...]
    """The heading of each further column, line by line."""
    lines: tuple[Line, ...]
    about: dict[str, str]
    kind: str
    """statistics, cross, listing or grid"""
    file: Listing | None = None
    """What a CSV file holds where that is more than the page."""
    left_out: int = 0
    """Lines of a listing that this page does not show."""
    notes: tuple[str, ...] = field(default=())
    abreast: int = 1
    """So many columns stand under one heading and are not parted."""

    @property
    def name(self) -> str:
        return f"{self.text.name}-by-{self.group_by}" if self.group_by else self.text.name

    @property
    def footnotes(self) -> tuple[str, ...]:
        more = (
            (f"The first {len(self.lines):,} lines; {self.left_out:,} more are in {self.text.name}.csv.",)
            if self.left_out
            else ()
        )
        return self.text.footnotes + self.notes + more


def layouts(long: LongResults, limit: int | None = None) -> Iterator[Laid]:
    """Every table there is, in the order of printing; listings cut off at `limit` lines."""
    for table, group_by in long.texts:
        yield layout(long, table, group_by, limit)


def layout(long: LongResults, table: str, group_by: str = "", limit: int | None = None) -> Laid:
    """One table for print, made from its long rows alone."""
    text = long.texts[table, group_by]
    if table in long.listings:
        return _lay_listing(long, text, limit)
    return _lay_counted(long, text, group_by)


def _lay_counted(long: LongResults, text: TableText, group_by: str) -> Laid:
    """A table of statistics: rows set in by the depth of their path, groups across; in a cross table the groups stand below each other."""
    found = long.printed[text.name, group_by]
    groups = list(dict.fromkeys(group for _, _, _, group in found))
    body = Body(found, _sides(text, found))
    rows = _rows(long, text.name, body)
    if text.kind == "cross":
        lines = _groups_below(rows, body, groups)
        columns = tuple(
            tuple(side.heading.split()) if text.by_term else (side.heading,) for side in body.sides
        )
        return Laid(text, group_by, "", columns, tuple(lines), long.about, text.kind)
    # several columns to a group leave no room for how far its window is, which a footnote says too
    over = {group: heading(body, group)[: 2 if len(body.sides) > 1 else None] for group in groups}
    below = [(side.heading,) if side.heading else () for side in body.sides] or [()]
    columns = tuple((*over[group], *words) for group in groups for words in below)
    lines = _lines(rows, body, groups)
    return Laid(text, group_by, "", columns, tuple(lines), long.about, text.kind, abreast=len(below))


def _sides(text: TableText, found: Iterable[Key]) -> tuple[Side, ...]:
    """The columns of each group: those the table names, or of a cross table every level; none where a group is one column."""
    levels = dict.fromkeys(level for row, level, _, _ in found if level and row != HEADING)
    if text.kind == "cross":
        return tuple(Side(level, level, percent="") for level in levels)
    return tuple(side for side in text.beside if side.level is None or side.level in levels)


@dataclass(frozen=True)
class _Row:
    """Where a row stands in the long results, and the statistics that start a line of it; BESIDE: a line with a cell per side."""

    row: str
    level: str
    starts: dict[str, None] = field(default_factory=dict)


def _rows(long: LongResults, table: str, body: Body) -> dict[Path, _Row]:
    """Path -> row, in the order of counting; a level that stands across is no step of the path."""
    across = {side.level for side in body.sides}
    rows: dict[Path, _Row] = {}
    for row, level, statistic, _ in body.found:
        start = BESIDE if across & {None, level} else statistic
        if row == HEADING or start not in LINES:
            continue
        level = "" if level in across else level
        path = (*long.path(table, row), *([level] if level else []))
        rows.setdefault(path, _Row(row, level)).starts[start] = None
    return rows


def _lines(rows: Mapping[Path, _Row], body: Body, groups: Sequence[str]) -> Iterator[Line]:
    """A line for every row and for every row that others stand under, each set in by one more than the one it stands under."""
    below: dict[Path, dict[Path, None]] = {}
    for path in rows:
        for depth in range(len(path)):
            below.setdefault(path[:depth], {})[path[: depth + 1]] = None

    def lines(path: Path) -> Iterator[Line]:
        depth, row = len(path) - 1, rows.get(path, _Row("", ""))
        starts = list(row.starts)
        if not starts or LINES[starts[0]][0]:
            yield Line(path[-1], ("",) * (len(groups) * body.wide), depth, heading=True)
        for position, start in enumerate(starts):
            label = LINES[start][0]
            cells = tuple(cell for group in groups for cell in body.cells(start, row.row, row.level, group))
            yield Line(label or path[-1], cells, depth + (1 if label or position else 0))
        for further in below.get(path, ()):
            yield from lines(further)

    for path in below.get((), ()):
        yield from lines(path)


def _groups_below(rows: Mapping[Path, _Row], body: Body, groups: Sequence[str]) -> Iterator[Line]:
    """For every block of rows its lines once per group, each time under a heading of their own: a page may begin with any of them."""
    blocks: dict[Path, dict[Path, _Row]] = {}
    for path, row in rows.items():
        blocks.setdefault(path[:-1], {})[path[-1:]] = row
    for block, within in blocks.items():
        for group in groups:
            words = ", ".join([*block, "{} ({})".format(*heading(body, group))])
            yield Line(words, ("",) * body.wide, heading=True)
            for line in _lines(within, body, [group]):
                yield replace(line, indent=line.indent + 1)


def _lay_listing(long: LongResults, text: TableText, limit: int | None) -> Laid:
    listing = long.listings[text.name]
    page = long.listings.get(f"{text.name}, page", listing)
    shown = page.rows if limit is None else page.rows[:limit]
    lines = tuple(Line(row[0], tuple(row[1:])) for row in shown)
    return Laid(
        text,
        "",
        page.columns[0],
        tuple((column,) for column in page.columns[1:]),
        lines,
        long.about,
        text.kind,
        file=listing,
        left_out=len(page.rows) - len(shown),
    )


def header_lines(laid: Laid) -> tuple[str, str, str]:
    """What stands at the top of every page: the study and its cut-off, the table, who is counted and by which scale."""
    about = laid.about
    own = laid.text.scale, laid.text.grades or DERIVED
    scale, grades = own if laid.text.scale else (about["Scale"], about["Grades"])
    return (
        f"Study: {about['Study']}    Data cut-off: {about['Data cut-off']}",
        f"Table {laid.text.number}. {laid.text.title}",
        f"Population: {about['Population']}. Scale: {scale}. Grades {grades}.",
    )


def footer_line(laid: Laid) -> str:
    """What stands at the foot of every page, under the footnotes: what the numbers came from."""
    about = laid.about
    return f"{about['Program']}. Settings {about['Settings']}, grading tables {about['Grading tables']}. Run {about['Run']}."


def together(laid: Laid) -> list[bool]:
    """For each line whether it should stand on the same page as the next: a block is its heading and what is set in below it."""
    if laid.kind in ("listing", "grid"):
        return [False for _ in laid.lines]
    return [after.indent > 0 for after in laid.lines[1:]] + [False for _ in laid.lines[-1:]]


def panels(laid: Laid) -> Iterator[Laid]:
    """A table that is too wide for a page in parts that are not, each with the labels; all others as they are."""
    weights = column_weights(laid)
    if laid.kind not in ("statistics", "cross") or sum(weights) <= PAGE_CHARACTERS:
        yield laid
        return
    for part in side_by_side(weights[1:], laid.abreast, PAGE_CHARACTERS - weights[0]):
        lines = tuple(replace(line, cells=line.cells[part.start : part.stop]) for line in laid.lines)
        yield replace(laid, columns=laid.columns[part.start : part.stop], lines=lines)


def side_by_side(widths: Sequence[float], abreast: int, room: float) -> Iterator[range]:
    """Which columns stand side by side, as many as there is room for; those under one heading are not parted."""
    start = stop = 0
    used = 0.0
    while stop < len(widths):
        more = sum(widths[stop : stop + abreast])
        if stop > start and used + more > room:
            yield range(start, stop)
            start, used = stop, 0.0
        used += more
        stop += abreast
    yield range(start, stop)


def column_weights(laid: Laid) -> list[float]:
    """How wide each column is to the others: as wide as its cells, long text wrapped."""
    texts = [[laid.stub, *("  " * line.indent + line.label for line in laid.lines)]]
    texts += [[*heading, *(line.cells[j] for line in laid.lines)] for j, heading in enumerate(laid.columns)]
    widest = [
        40 if laid.kind == "statistics" or (laid.kind == "cross" and j == 0) else 22
        for j in range(len(texts))
    ]
    padding = {"listing": 4.0, "cross": 3.0, "statistics": 1.0}.get(laid.kind, 0.0)
    return [
        max(3.0, padding + max(min(most, max(len(text) for text in column)), _longest_word(column)))
        for most, column in zip(widest, texts, strict=True)
    ]


def _longest_word(column: list[str]) -> float:
    return min(24.0, max((len(word) for text in column for word in text.split()), default=1))
