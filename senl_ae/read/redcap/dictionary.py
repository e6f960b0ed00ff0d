"""The data dictionary of a REDCap project: what its fields are called, which form they stand on, and what their codes mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from senl_ae.read.cells.columns import distinct, spread
from senl_ae.read.words.listed import text_of
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import fold

NAME, FORM, KIND, LABEL, CHOICES = "name", "form", "kind", "label", "choices"
HEADINGS = {
    NAME: ("variablefieldname", "fieldname"),
    FORM: ("formname",),
    KIND: ("fieldtype",),
    LABEL: ("fieldlabel",),
    CHOICES: (
        "choicescalculationsorsliderlabels",
        "choicesorcalculations",
        "selectchoicesorcalculations",
        "choicescalculations",
    ),
}
"""Headings of a data dictionary, folded: as it is downloaded, and as its metadata are exported."""
CODED = ("radio", "dropdown", "yesno", "truefalse", "checkbox")
_TAG = re.compile(r"<[^<>]{1,200}>")


@dataclass(frozen=True)
class Field:
    """One field of a project. `choices`: code -> word."""

    name: str
    form: str
    kind: str
    label: str
    choices: dict[str, str]


@dataclass(frozen=True)
class Dictionary:
    """All fields of a project, by folded name and (where only one field has it) by folded label."""

    fields: dict[str, Field] = field(default_factory=dict)
    labels: dict[str, Field] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields)

    def of(self, heading: str) -> Field | None:
        """The field that a heading names, by its name or by its label."""
        return self.fields.get(fold(heading)) or self.labels.get(fold(heading))


def is_dictionary(table: RawTable) -> bool:
    """Whether a table is a data dictionary: the name, the type and the choices of fields in its first row."""
    return all(_column(table, name) is not None for name in (NAME, KIND, CHOICES))


def read_dictionary(tables: Sequence[RawTable]) -> Dictionary:
    """The fields of all data dictionaries given."""
    fields: dict[str, Field] = {}
    labels: dict[str, list[Field]] = {}
    for table in tables:
        columns = {name: _column(table, name) for name in HEADINGS}
        for i in range(1, len(table.columns[0])):
            cells = {name: table.columns[j][i] if j is not None else None for name, j in columns.items()}
            said = {name: text_of(cell) if cell is not None else "" for name, cell in cells.items()}
            if said[NAME]:
                label = " ".join(_TAG.sub(" ", said[LABEL]).split())
                found = Field(
                    said[NAME],
                    said[FORM],
                    said[KIND].casefold(),
                    label,
                    _choices(said[KIND].casefold(), said[CHOICES]),
                )
                fields[fold(said[NAME])] = found
                labels.setdefault(fold(label), []).append(found)
    return Dictionary(
        fields, {label: found[0] for label, found in labels.items() if label and len(found) == 1}
    )


def _column(table: RawTable, name: str) -> int | None:
    """Which column of a dictionary holds this."""
    firsts = [column[0] if len(column) else None for column in table.columns]
    return next(
        (j for j, cell in enumerate(firsts) if isinstance(cell, str) and fold(cell) in HEADINGS[name]), None
    )


def _choices(kind: str, text: str) -> dict[str, str]:
    """`1, Room air | 2, Nasal cannula` as code -> word."""
    if kind == "yesno":
        return {"1": "Yes", "0": "No"}
    if kind == "truefalse":
        return {"1": "True", "0": "False"}
    if kind not in CODED:
        return {}
    pairs = [part.partition(",") for part in text.split("|")]
    return {
        code.strip(): " ".join(_TAG.sub(" ", word).split())
        for code, comma, word in pairs
        if comma and code.strip()
    }


def in_words(cells: np.ndarray, choices: dict[str, str]) -> np.ndarray:
    """Codes as the words they stand for; any other cell as it is."""
    codes, found = distinct(cells)
    return spread([choices.get(text_of(cell), cell) for cell in found], codes, object, None)
