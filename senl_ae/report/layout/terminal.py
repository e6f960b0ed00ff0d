"""Tables on the terminal: readable at 100 columns, with or without colour, and the same when piped into a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from senl_ae.report.layout.laid import Laid, Line, side_by_side

WIDTH = 100
LABEL_WIDTH = 34
WIDE_LABEL = 48
GRADE_STYLES = {"1": "yellow", "2": "dark_orange", "3": "red", "4": "bold red", "5": "bold white on red"}


def render(tables: Iterable[Laid], width: int = WIDTH) -> list[RenderableType]:
    """What to print, table by table, and once, at the end, what stands on every page of a file."""
    parts: list[RenderableType] = []
    about: dict[str, str] = {}
    for laid in tables:
        parts.append(Text(f"\nTable {laid.text.number}. {laid.text.title}", style="bold"))
        if laid.kind == "grid":
            parts.append(_grid(laid, width))
        elif laid.kind == "listing":
            parts.append(_listing(laid, width))
        else:
            parts += _panels(laid, width)
        parts += [Text(note, style="dim") for note in laid.footnotes]
        about = laid.about
    parts += [Text("")] + [Text(f"{name}: {value}", style="dim") for name, value in about.items()]
    return parts


def _panels(laid: Laid, width: int) -> Iterable[Table]:
    """The table in as many panels as its columns need; labels stand in each."""
    longest = max((cell_len(line.label) + 2 * line.indent for line in laid.lines), default=10)
    widths = [_column_width(laid, j) for j in range(len(laid.columns))]
    room = width - 1 - sum(size + 2 for size in widths)  # what is left beside all the columns
    label = min(max(LABEL_WIDTH if width <= WIDTH else WIDE_LABEL, room), longest)
    for part in side_by_side([size + 2 for size in widths], laid.abreast, width - label - 1):
        yield _panel(laid, part, label)


def _column_width(laid: Laid, column: int) -> int:
    cells = [*laid.columns[column], *(line.cells[column] for line in laid.lines)]
    return max(cell_len(cell) for cell in cells)


def _over(laid: Laid, j: int) -> str:
    """The heading of a column; what stands over several columns side by side is said over the first."""
    if laid.abreast == 1 or j % laid.abreast == 0:
        return "\n".join(laid.columns[j])
    return "\n" * (len(laid.columns[j]) - 1) + laid.columns[j][-1]


def _panel(laid: Laid, columns: Sequence[int], label: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column(Text(laid.stub), width=label, overflow="fold")
    for j in columns:
        table.add_column(
            Text(_over(laid, j)), justify="right", no_wrap=True, min_width=_column_width(laid, j)
        )
    for line in laid.lines:
        table.add_row(_label(line), *(Text(line.cells[j]) for j in columns))
    return table


def _label(line: Line) -> RenderableType:
    # a label too long for its column goes on under its own indent
    text = Text(line.label, style="bold" if line.heading else "")
    return Padding(text, (0, 0, 0, 2 * line.indent)) if line.indent else text


def _listing(laid: Laid, width: int) -> RenderableType:
    """One line per row; columns for which there is no room stand below it, each on a line of its own, by name."""
    if not laid.lines:
        return Text("  none")
    headings = [laid.stub, *(" ".join(heading) for heading in laid.columns)]
    rows = [(line.label, *line.cells) for line in laid.lines]
    sizes = [
        max(cell_len(heading), *(cell_len(row[j]) for row in rows)) for j, heading in enumerate(headings)
    ]
    beside = list(range(len(headings)))
    while sum(sizes[j] + 2 for j in beside) > width and len(beside) > 1:
        beside.remove(max(beside[1:], key=lambda j: (sizes[j], j)))
    below = [j for j in range(len(headings)) if j not in beside]
    widths = [sizes[j] + 1 for j in beside]
    rule = "\u2500" * min(width, sum(widths) + len(widths))
    parts: list[RenderableType] = [Text(_pad([headings[j] for j in beside], widths)), Text(rule)]
    for row in rows:
        parts.append(Text(_pad([row[j] for j in beside], widths), no_wrap=True))
        parts += [Padding(Text(f"{headings[j]}: {row[j]}"), (0, 0, 0, 4)) for j in below if row[j]]
    return Group(*parts)


def _grid(laid: Laid, width: int) -> RenderableType:
    """Days side by side, two characters each, in as many panels as the width needs."""
    texts = 2  # dose level, syndrome
    days = [heading[0] for heading in laid.columns[texts:]]
    labels = [max([cell_len(laid.stub), *(cell_len(line.label) for line in laid.lines)])]
    labels += [
        max([cell_len(laid.columns[k][0]), *(cell_len(line.cells[k]) for line in laid.lines)])
        for k in range(texts)
    ]
    per_panel = max(7, (width - sum(labels) - 3) // 2)
    parts: list[RenderableType] = []
    for start in range(0, len(days), per_panel):
        part = range(start, min(start + per_panel, len(days)))
        parts.append(
            Text(
                _pad([laid.stub, *(heading[0] for heading in laid.columns[:texts])], labels)
                + _ruler([days[j] for j in part])
            )
        )
        before = ""
        for line in laid.lines:
            again = line.label == before
            text = Text(
                _pad(["" if again else line.label, "" if again else line.cells[0], line.cells[1]], labels),
                no_wrap=True,
            )
            for j in part:
                mark = line.cells[texts + j]
                text.append(f"{mark:<2}", style=GRADE_STYLES.get(mark[:1], ""))
            parts.append(text)
            before = line.label
    return Group(*parts)


def _pad(words: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(word + " " * (size - cell_len(word) + 1) for word, size in zip(words, widths, strict=True))


def _ruler(days: Sequence[str]) -> str:
    """Every fifth day has its number over its column."""
    line = ""
    for position, day in enumerate(days):
        if int(day) % 5 == 0 or position == 0:
            line = line.ljust(2 * position) + day
    return line
