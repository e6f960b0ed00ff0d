"""From long results to lines and columns for people; nothing is computed here, only put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from senl_ae.report.count.about import DERIVED
from senl_ae.report.count.long_results import (
    DASH,
    HEADING,
    INFUSED,
    Key,
    Listing,
    LongResults,
    Printed,
    Side,
    TableText,
)


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
    found = long.printed[table, group_by]
    groups = list(dict.fromkeys(group for _, _, _, group in found))
    if text.kind == "cross":
        return _lay_cross(long, text, group_by, found, groups)
    if text.beside:
        return _lay_beside(long, text, group_by, found, groups)
    columns = tuple(_column_heading(found, group) for group in groups)
    return Laid(
        text, group_by, "", columns, tuple(_statistics_lines(found, groups)), long.about, "statistics"
    )


PAGE_CHARACTERS = 160
"""Letters side by side on a page of A4 landscape."""


def _column_heading(found: dict[Key, Printed], group: str) -> tuple[str, ...]:
    n, completed, still_in = (
        found[HEADING, level, "n", group][0] for level in ("N", "completed", "in window")
    )
    return group, f"N = {n}", f"{completed} completed", f"{still_in} in window"


def _count_cell(found: dict[Key, Printed], row: str, level: str, group: str) -> str:
    n, of, of_is = found[row, level, "n", group]
    if n == DASH:
        return DASH
    shares = [
        found[row, level, name, group][0]
        for name in ("percent", "percent_of_event")
        if (row, level, name, group) in found
    ]
    count = n if of_is == INFUSED else f"{n}/{of or 'xx'}"
    shares = [f"{share}%" for share in shares if share]
    return f"{count} ({'; '.join(shares)})" if shares else count


def _range_cell(*names: str) -> Callable[[dict[Key, Printed], str, str, str], str]:
    def cell(found: dict[Key, Printed], row: str, level: str, group: str) -> str:
        low, high = (found[row, level, name, group][0] for name in names)
        return DASH if low == DASH else f"{low}-{high}"

    return cell


def _middle_cell(middle: str, *names: str) -> Callable[[dict[Key, Printed], str, str, str], str]:
    between = _range_cell(*names)

    def cell(found: dict[Key, Printed], row: str, level: str, group: str) -> str:
        value = found[row, level, middle, group][0]
        return DASH if value == DASH else f"{value} ({between(found, row, level, group)})"

    return cell


def _plain_cell(name: str) -> Callable[[dict[Key, Printed], str, str, str], str]:
    return lambda found, row, level, group: found[row, level, name, group][0]


LINES: dict[str, tuple[str, Callable[[dict[Key, Printed], str, str, str], str]]] = {
    "n": ("", _count_cell),
    "total": ("", _plain_cell("total")),
    "kappa": ("", _plain_cell("kappa")),
    "ci_low": ("95% CI", _range_cell("ci_low", "ci_high")),
    "values": ("n", _plain_cell("values")),
    "median": ("Median (min-max)", _middle_cell("median", "min", "max")),
    "q1": ("Q1-Q3", _range_cell("q1", "q3")),
    "km_median": ("Kaplan-Meier median (95% CI)", _middle_cell("km_median", "km_low", "km_high")),
}
"""The statistic that starts a line, the label of the line ("" for the row's own), and how its cell is put together."""


def _statistics_lines(found: dict[Key, Printed], groups: list[str]) -> Iterator[Line]:
    by_row: dict[str, list[tuple[str, str]]] = {}
    for row, level, statistic, group in found:
        if group == groups[0] and statistic in LINES and row != HEADING:
            by_row.setdefault(row, []).append((level, statistic))
    for row, entries in by_row.items():
        level, statistic = entries[0]
        own_line = level == "" and LINES[statistic][0] == ""
        if not own_line:
            yield Line(row, tuple("" for _ in groups), heading=True)
        for position, (level, statistic) in enumerate(entries):
            label, cell = LINES[statistic]
            cells = tuple(cell(found, row, level, group) for group in groups)
            if position == 0 and own_line:
                yield Line(row, cells)
            else:
                yield Line(label or level, cells, indent=2 if level and label else 1)


def _lay_beside(
    long: LongResults, text: TableText, group_by: str, found: dict[Key, Printed], groups: list[str]
) -> Laid:
    """For every group several columns side by side; a row stands under the headings of its path, set in by one each."""
    own = [side for side in text.beside if side.level is None]
    there = {level for _, level, _, _ in found}
    sides = [side for side in text.beside if side.level is None or side.level in there]
    lines: list[Line] = []
    above: tuple[str, ...] = ()
    for row, level in dict.fromkeys(
        (row, level if own else "") for row, level, _, _ in found if row != HEADING
    ):
        path = long.path(text.name, row)
        path = (*path, level) if level else path
        for depth in range(len(path) - 1):
            if path[: depth + 1] != above[: depth + 1]:
                lines.append(Line(path[depth], tuple("" for _ in groups for _ in sides), depth, heading=True))
        cells = tuple(_side_cell(found, side, row, level, group) for group in groups for side in sides)
        lines.append(Line(path[-1], cells, len(path) - 1))
        above = path
    columns = tuple(
        (
            *_column_heading(found, group)[: 2 if len(sides) > 1 else None],
            *([side.heading] if side.heading else []),
        )
        for group in groups
        for side in sides
    )
    return Laid(text, group_by, "", columns, tuple(lines), long.about, "statistics", abreast=len(sides))


def _side_cell(found: dict[Key, Printed], side: Side, row: str, level: str, group: str) -> str:
    """n (percent) [more], a range, a total, or median (min-max) [n]; blank where the row has no such figure."""
    at = level if side.level is None else side.level

    def said(statistic: str) -> str:
        return found[row, at, statistic, group][0] if (row, at, statistic, group) in found else ""

    n = said(side.n)
    if n == DASH:
        return DASH
    if not n:
        median = "" if said("median") in ("", DASH) else f"{said('median')} ({said('min')}-{said('max')})"
        return said("total") or (f"{median} [{said('values')}]" if median else said("median"))
    _, of, of_is = found[row, at, side.n, group]
    n = n if side.n != "n" or of_is == INFUSED or not side.percent else f"{n}/{of or 'xx'}"
    text = f"{n}-{said(side.to)}" if side.to else f"{n} ({said(side.percent)}%)" if said(side.percent) else n
    return f"{text} [{said(side.more)}]" if said(side.more) and n != "0" else text


def _lay_cross(
    long: LongResults, text: TableText, group_by: str, found: dict[Key, Printed], groups: list[str]
) -> Laid:
    """A cross table: for every block of rows (a term, or the whole table) one block of lines per group, the other grade across."""
    body = [
        (row, level, statistic)
        for row, level, statistic, group in found
        if row != HEADING and group == groups[0]
    ]
    across = list(dict.fromkeys(level for _, level, _ in body if level))
    blocks: dict[tuple[str, ...], list[str]] = {}
    for row in dict.fromkeys(row for row, level, _ in body if level):
        blocks.setdefault(long.path(text.name, row)[:-1], []).append(row)
    below = list(
        dict.fromkeys((row, statistic) for row, level, statistic in body if not level and statistic in LINES)
    )
    blank = tuple("" for _ in across)
    lines = []
    for block, rows in blocks.items():
        for group in groups:
            # the block in each heading: a page may begin with any of them
            heading = ", ".join([*block, f"{group} (N = {found[HEADING, 'N', 'n', group][0]})"])
            lines.append(Line(heading, blank, heading=True))
            lines += [
                Line(
                    long.path(text.name, row)[-1],
                    tuple(found[row, level, "n", group][0] for level in across),
                    indent=1,
                )
                for row in rows
            ]
            lines += [
                Line(row, (LINES[statistic][1](found, row, "", group), *blank[1:]), indent=1)
                for row, statistic in below
            ]
    columns = tuple(tuple(level.split()) if text.by_term else (level,) for level in across)
    return Laid(text, group_by, "", columns, tuple(lines), long.about, "cross")


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
    start = 0
    while start < len(laid.columns):
        stop, used = start, weights[0]
        while stop < len(laid.columns) and (
            stop == start or used + sum(weights[stop + 1 : stop + 1 + laid.abreast]) <= PAGE_CHARACTERS
        ):
            used += sum(weights[stop + 1 : stop + 1 + laid.abreast])
            stop += laid.abreast
        lines = tuple(replace(line, cells=line.cells[start:stop]) for line in laid.lines)
        yield replace(laid, columns=laid.columns[start:stop], lines=lines)
        start = stop


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
