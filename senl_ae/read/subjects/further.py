"""Which further columns of a subjects sheet are kept, and under which name each can be found again."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from senl_ae.read.headings.recognised import Heading
from senl_ae.read.headings.rows import Rows
from senl_ae.study import FRAMES
from senl_ae.vocabulary.folding import seen_alike

WRITTEN = frozenset(
    {"window_end_day", "window_end_reason", "days_expected", "window_state", "death_day", "age_group"}
    | {f"{name}_date" for name in ("death", "last_contact", "cutoff", "progression")}
    | {f"{name}_date" for name in ("retreatment", "conditioning", "new_therapy")}
)
"""What the results say of a subject beside the columns of the subjects frame, and what the tables count by."""
OF_EACH_SYNDROME = "_days_seen"
AS_GIVEN = "as given"


def _is_ours(name: str) -> bool:
    """Whether the results have a column of this name, so that one of the user's would be lost under it."""
    plain = seen_alike(name)
    return plain in WRITTEN or plain in FRAMES["subjects"].kinds or plain.endswith(OF_EACH_SYNDROME)


def further_columns(rows: Rows, columns: list[tuple[Heading, np.ndarray]]) -> dict[str, np.ndarray]:
    """Each further column under its heading; one whose name is taken is kept under another, with a note that says which.

    Taken is a name of the results, and a heading that differs from an earlier one only in case, width, spaces or what nobody sees.
    """
    kept: dict[str, np.ndarray] = {}
    seen: set[str] = set()
    for heading, texts in columns:
        ours = _is_ours(heading.text)
        name = _free(heading.text, AS_GIVEN if ours else "", seen)
        if name != heading.text:
            rows.about_sheet(
                "note",
                "further-column-renamed",
                f'"{heading.text}" is the heading of {"a column of the results" if ours else "another column"} as well',
                "a heading of its own for each further column",
                f'kept as "{name}"',
                heading.letter,
            )
        seen.add(seen_alike(name))
        kept[name] = texts
    return kept


def _free(heading: str, suffix: str, seen: Collection[str]) -> str:
    """The heading, with what makes it a name of its own."""
    name, number = f"{heading} ({suffix})" if suffix else heading, 2
    while seen_alike(name) in seen:
        name, number = f"{heading} ({suffix} {number})" if suffix else f"{heading} ({number})", number + 1
    return name
