"""What one cell of a table of counts says: which printed statistics it is put together from, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from senl_ae.report.count.long_results import DASH, HEADING, INFUSED, Key, Printed, Side

BESIDE = ""
"""What starts a line that has a cell for each of the columns of a group."""


@dataclass(frozen=True)
class Body:
    """The printed statistics of one table for one set of groups; sides: the columns of each group, where it has more than its own."""

    found: dict[Key, Printed]
    sides: tuple[Side, ...]

    @property
    def wide(self) -> int:
        """How many columns a group has."""
        return max(1, len(self.sides))

    def said(self, row: str, level: str, statistic: str, group: str) -> str:
        """A statistic as printed; blank where the row has none of this name."""
        return self.found.get((row, level, statistic, group), ("", "", ""))[0]

    def cells(self, start: str, row: str, level: str, group: str) -> list[str]:
        """The cells of one group in the line that a statistic starts; what is no side stands in the first column of the group."""
        if start == BESIDE:
            return [_side(self, side, row, level, group) for side in self.sides]
        return [LINES[start][1](self, row, level, group), *([""] * (self.wide - 1))]


Cell = Callable[[Body, str, str, str], str]
"""Body, row, level, group -> the text of the cell."""


def heading(body: Body, group: str) -> tuple[str, ...]:
    """What stands over the columns of a group: its name, N, and how far the window is where the table counted that."""
    forms = {"N": "N = {}", "completed": "{} completed", "in window": "{} in window"}
    told = {form: body.said(HEADING, level, "n", group) for level, form in forms.items()}
    return group, *(form.format(n) for form, n in told.items() if n)


def _count(body: Body, row: str, level: str, group: str) -> str:
    n, of, of_is = body.found[row, level, "n", group]
    if n == DASH:
        return DASH
    count = n if of_is == INFUSED else f"{n}/{of or 'xx'}"
    shares = [body.said(row, level, name, group) for name in ("percent", "percent_of_event")]
    shares = [f"{share}%" for share in shares if share]
    return f"{count} ({'; '.join(shares)})" if shares else count


def _plain(name: str) -> Cell:
    return lambda body, row, level, group: body.said(row, level, name, group)


def _range(low: str, high: str) -> Cell:
    def cell(body: Body, row: str, level: str, group: str) -> str:
        ends = [body.said(row, level, name, group) for name in (low, high)]
        return DASH if ends[0] == DASH else "-".join(ends)

    return cell


def _middle(middle: str, low: str, high: str) -> Cell:
    between = _range(low, high)

    def cell(body: Body, row: str, level: str, group: str) -> str:
        value = body.said(row, level, middle, group)
        return value if value in ("", DASH) else f"{value} ({between(body, row, level, group)})"

    return cell


LINES: dict[str, tuple[str, Cell]] = {
    BESIDE: ("", _plain(BESIDE)),
    "n": ("", _count),
    "total": ("", _plain("total")),
    "kappa": ("", _plain("kappa")),
    "ci_low": ("95% CI", _range("ci_low", "ci_high")),
    "values": ("n", _plain("values")),
    "median": ("Median (min-max)", _middle("median", "min", "max")),
    "q1": ("Q1-Q3", _range("q1", "q3")),
    "km_median": ("Kaplan-Meier median (95% CI)", _middle("km_median", "km_low", "km_high")),
}
"""The statistic that starts a line, the label of the line ("" for the row's own), and how its cell is put together."""


def _side(body: Body, side: Side, row: str, level: str, group: str) -> str:
    """n (percent) [more], a range, a total, or median (min-max) [n]; blank where the row has no such figure."""
    at = level if side.level is None else side.level
    n, share, more = (body.said(row, at, name, group) for name in (side.n, side.percent, side.more))
    if n == DASH:
        return DASH
    if not n:
        median = LINES["median"][1](body, row, at, group)
        values = body.said(row, at, "values", group)
        return body.said(row, at, "total", group) or (
            f"{median} [{values}]" if median not in ("", DASH) else median
        )
    _, of, of_is = body.found[row, at, side.n, group]
    n = f"{n}/{of or 'xx'}" if side.n == "n" and of_is != INFUSED and side.percent else n
    end = body.said(row, at, side.to, group)
    text = f"{n}-{end}" if end else f"{n} ({share}%)" if share else n
    return f"{text} [{more}]" if more and n != "0" else text
