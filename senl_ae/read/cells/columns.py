"""A column of raw cells taken apart into its distinct cells, and what every parser hands back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.vocabulary.folding import plain_powers

SET_ASIDE = "?"
"""`oxygen_device?` is True where the cell was not blank and yet gave nothing: it must not be taken for "none"."""

SAYS_NOTHING = "~" + SET_ASIDE
"""`oxygen_device~?` is True where such a cell says only that nothing is recorded (NA, not done, 无): it was read, and is in no doubt."""


@dataclass(frozen=True)
class Problem:
    """One thing that was wrong with cells of one column, with the positions (in the array handed in) of all cells it concerns.

    severity: "refuse" | "set aside" | "note". code: stable, kebab-case. The texts fit Issue's found, expected, done.
    """

    rows: np.ndarray
    code: str
    severity: str
    found: str
    expected: str = ""
    done: str = ""
    whole: bool = False
    """It is about a whole column, or all rows of one test in one unit, not about the single cells: one line for all of them."""


@dataclass(frozen=True)
class Column:
    """One parsed column: `values` maps frame column names (study.FRAMES) to typed arrays, all as long as the cells handed in.

    number, grade, study_day, cdisc_day, yes_no, dose -> {column: float64}, and {column + "_upper"} where the item keeps ranges
    word, text, subject_id, death_cause, agents -> {column: object (str or None)}
    device -> {column, "oxygen_flow", "oxygen_flow_upper", "fio2"} (flow and fio2 NaN unless the cell says them)
    seizure -> {"seizure": object, "seizure_minutes": float64}; blood_pressure -> {"sbp", "dbp", "map"}
    score_or_unable -> {"ice_total", "ice_unable"} or {"capd_total", "capd_unable"} (unable: float64 1 or NaN)
    agent -> {column: object, canonical names joined with ";" when one cell names several, "category": object, "flow", "flow_upper", "fio2"}
    """

    values: dict[str, np.ndarray]
    problems: list[Problem]
    set_aside: np.ndarray
    """True where the cell says something that is not used: such a cell is no blank and must not be read as "none"."""
    comparator: np.ndarray | None = None


@dataclass(frozen=True)
class Times:
    """A column of dates or date-times. `seconds` since 1970-01-01, NO_TIME where blank or set aside; a date is its midnight.

    has_text_clock: the cell wrote a clock time, 00:00 included. midnight: the cell has no clock time other than 00:00 (24:00 counts as
    another). A column is date-only when every non-blank cell is `midnight`. order: the day-month order that was proved or stated, if any
    was needed. zone: the time zone that each cell names (empty: none), None where no cell of the column names one.
    """

    seconds: np.ndarray
    has_text_clock: np.ndarray
    midnight: np.ndarray
    problems: list[Problem]
    set_aside: np.ndarray
    order: str | None = None
    zone: np.ndarray | None = None


@dataclass(frozen=True)
class Labs:
    """Values of one laboratory test: value in `unit` (canonical spelling, None when not said), comparator "<" ">" "<=" ">=" or None.

    `upper` is the upper end where the cell holds a range, else NaN."""

    value: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    comparator: np.ndarray
    problems: list[Problem]
    set_aside: np.ndarray


@dataclass(frozen=True)
class Remark:
    """What is to be said about one distinct cell; becomes a Problem with all its rows."""

    code: str
    severity: str
    found: str
    expected: str = ""
    done: str = ""
    about: str = ""
    """What this cell adds to one sentence about all such cells of the column, whose beginning is `found`."""


LONGEST = 200
"""No word, number, drug or date has more characters: a longer cell is a text, and no pattern looks at it."""


def too_long(name: str, cell: Any) -> Remark | None:
    """What is said of a cell that is too long for a word, a number or a name; None when it is not."""
    if not isinstance(cell, str) or len(cell) <= LONGEST or len(cell.strip()) <= LONGEST:
        return None
    found = f"{name}: a cell of {len(cell)} characters, which begins {shown(cell)}"
    return Remark("cell-too-long", "set aside", found, f"at most {LONGEST} characters", "not used")


def distinct(values: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """The column as (code of each row, distinct cells); a blank (None, NaN, "") has code -1.

    1, 1.0 and True are one cell to a hash table, so a column that holds True or False is told apart by hand."""
    if pd.api.types.infer_dtype(values, skipna=True) in ("mixed", "mixed-integer", "boolean"):
        booleans = np.fromiter((isinstance(v, (bool, np.bool_)) for v in values), bool, len(values))
        if booleans.any():
            values = values.copy()
            values[booleans] = ["TRUE" if v else "FALSE" for v in values[booleans]]
    codes, uniques = pd.factorize(values)
    cells = list(uniques)
    blank = [i for i, cell in enumerate(cells) if isinstance(cell, str) and not cell.strip()]
    if blank:
        codes = np.where(np.isin(codes, blank), -1, codes)
    return codes, cells


def spread(per_cell: Sequence[Any] | np.ndarray, codes: np.ndarray, dtype: Any, blank: Any) -> np.ndarray:
    """The value of each distinct cell put back on its rows."""
    table = np.empty(len(per_cell) + 1, dtype=dtype)
    for_cells = np.asarray(per_cell, dtype=dtype) if dtype is not object else None
    if for_cells is None:
        for i, v in enumerate(per_cell):
            table[i] = v
    else:
        table[:-1] = for_cells
    table[-1] = blank
    rows: np.ndarray = table[codes]
    return rows


ONE_LINE = frozenset({"code-for-missing", "score-was-a-date"})
"""Codes of notes that are one line for a whole column: the first cell, and how many others."""


def problems_of(remarks: Iterable[tuple[int, Remark]], codes: np.ndarray) -> list[Problem]:
    """Remarks about distinct cells, (code, remark), as problems with their rows; in the order of the first row concerned."""
    remarks = list(remarks)
    if not remarks:
        return []
    if any(r.code in ONE_LINE for _, r in remarks):
        rest = problems_of([r for r in remarks if r[1].code not in ONE_LINE], codes)
        return sorted([*rest, *_one_line_each(remarks, codes)], key=lambda p: int(p.rows[0]))
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    wanted = np.array([code for code, _ in remarks])
    starts, ends = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    problems = [
        Problem(order[a:b], r.code, r.severity, r.found, r.expected, r.done)
        for (_, r), a, b in zip(remarks, starts, ends, strict=True)
        if b > a and not r.about
    ]
    together: dict[tuple[str, ...], list[tuple[np.ndarray, str]]] = {}
    for (_, r), a, b in zip(remarks, starts, ends, strict=True):
        if r.about and b > a:
            together.setdefault((r.code, r.severity, r.found, r.expected, r.done), []).append(
                (order[a:b], r.about)
            )
    problems += [_of_column(said, cells) for said, cells in together.items()]
    return sorted(problems, key=lambda p: int(p.rows[0]))


def _one_line_each(remarks: Sequence[tuple[int, Remark]], codes: np.ndarray) -> list[Problem]:
    """One problem for all remarks of a kind that is said once per column, at its first row."""
    lines = []
    for kind in sorted({r.code for _, r in remarks} & ONE_LINE):
        said = {code: r for code, r in remarks if r.code == kind}
        rows = np.flatnonzero(np.isin(codes, list(said)))
        if len(rows):
            first = said[int(codes[rows[0]])]
            more = f" (and {len(rows) - 1} more cells)" if len(rows) > 1 else ""
            lines.append(
                Problem(rows[:1], kind, first.severity, first.found + more, first.expected, first.done)
            )
    return lines


MOST_NAMED = 5


def _of_column(said: tuple[str, ...], cells: list[tuple[np.ndarray, str]]) -> Problem:
    """One problem about many cells: how many rows, and the most frequent of what they say."""
    code, severity, found, expected, done = said
    rows = np.sort(np.concatenate([at for at, _ in cells]))
    return Problem(
        rows,
        code,
        severity,
        f"{found}: {most_frequent([(about, len(at)) for at, about in cells])}",
        expected,
        done,
        whole=True,
    )


def most_frequent(counted: Iterable[tuple[str, int]]) -> str:
    """How many rows, and the most frequent of what they say, each with its number: `9 rows: vitamin C (7), amlodipine (2)`."""
    cells = sorted(counted, key=lambda c: (-c[1], c[0]))
    rows = sum(n for _, n in cells)
    more = f" and {len(cells) - MOST_NAMED} others" if len(cells) > MOST_NAMED else ""
    return (
        f"{rows} {'row' if rows == 1 else 'rows'}: "
        + ", ".join(f"{about} ({n})" for about, n in cells[:MOST_NAMED])
        + more
    )


def shown(cell: Any) -> str:
    """A cell as a message shows it: one line, no control characters, cut when long."""
    text = str(cell) if not isinstance(cell, float) else f"{cell:.12g}"
    text = "".join(c if unicodedata.category(c)[0] != "C" else "�" for c in text.strip()[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def plain(text: str) -> str:
    """Text with full-width forms, odd spaces and odd minus signs made plain; `10⁵` becomes `10^5` before its exponent could be lost."""
    text = text.translate(_MINUS)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", plain_powers(text))
    return " ".join(text.split())


_MINUS = str.maketrans({"−": "-", "﹣": "-", "－": "-", "‐": "-", "‑": "-"})
