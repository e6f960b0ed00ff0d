"""Which dose level a subject received where arms say it: the actual arm, else the planned one; and whom an arm says was never treated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.values.measured import is_filled
from senl_ae.read.words.listed import listed, text_of
from senl_ae.vocabulary.items import Items

ACTUAL, PLANNED = ("actual_arm", "actual_arm_code"), ("planned_arm", "planned_arm_code")
REASON = "arm_null_reason"
ARMS = (*ACTUAL, *PLANNED, REASON)
NOT_TREATED = "not_treated"
"""Among a sheet's facts: True where the arm says that the subject was never treated."""


def settle_arms(
    columns: dict[str, np.ndarray], extra: dict[str, np.ndarray], layout: Layout, rows: Rows, items: Items
) -> None:
    """Put the arms of a sheet of subjects into dose_level (as received) and planned_dose; what they say a second time is kept as text.

    Actual and planned arm are both kept, and one note says how many subjects differ. A subject without an actual arm, where others have
    one, has no dose level: what was planned is not what was received.
    """
    said = {name: columns.pop(name) for name in ARMS if name in columns}
    if not said:
        return
    actual, planned = (_first_filled([said[n] for n in names if n in said]) for names in (ACTUAL, PLANNED))
    has_actual = actual is not None and bool(is_filled(actual).any())
    received = actual if has_actual else planned
    columns[NOT_TREATED] = _not_treated([received, said.get(REASON)], items, len(rows))
    headings = {name: layout.claims(name, "subjects")[0].text for name in said}
    for name, values in said.items():
        if is_filled(values).any():
            extra[headings[name]] = values
    if received is None:
        return
    if "dose_level" not in columns or not is_filled(columns["dose_level"]).any():
        columns["dose_level"] = received
        extra.pop(headings[next(n for n in (ACTUAL if has_actual else PLANNED) if n in said)], None)
    if has_actual and planned is not None:
        _keep_planned(columns, extra, actual, planned, next(headings[n] for n in PLANNED if n in said))
        _note_differences(rows, actual, planned)


def _first_filled(columns: list[np.ndarray]) -> np.ndarray | None:
    """The text, and the code where there is no text; None when there is neither."""
    if not columns:
        return None
    first = columns[0]
    for more in columns[1:]:
        first = np.where(is_filled(first), first, more)
    return first


def _keep_planned(
    columns: dict[str, np.ndarray],
    extra: dict[str, np.ndarray],
    actual: np.ndarray | None,
    planned: np.ndarray,
    heading: str,
) -> None:
    """The planned arm stands under planned_dose, unless a column of its own says that."""
    if "planned_dose" not in columns:
        columns["planned_dose"] = planned
        extra.pop(heading, None)


def _note_differences(rows: Rows, actual: np.ndarray | None, planned: np.ndarray) -> None:
    assert actual is not None
    differ = is_filled(planned) & (np.where(is_filled(actual), actual, "") != planned)
    if differ.any():
        number = len(pd.unique(rows.subject_id[differ]))
        found = (
            f"the actual arm is not the planned one for {number} {'subject' if number == 1 else 'subjects'}"
        )
        rows.about_sheet(
            "note",
            "arms-differ",
            found,
            done="the actual arm is the dose level received; the planned one is kept beside it",
        )


def _not_treated(columns: list[np.ndarray | None], items: Items, length: int) -> np.ndarray:
    """Where one of these columns says in a listed word that the subject was never treated."""
    item = items.by_name["actual_arm"]
    found = np.zeros(length, dtype=bool)
    for values in columns:
        if values is not None:
            codes, distinct = pd.factorize(values)
            found |= np.array(
                [*(listed(text_of(v), item) == NOT_TREATED for v in distinct), False], dtype=bool
            )[codes]
    return found
