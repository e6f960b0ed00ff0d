"""Checkbox fields, which a data system exports as one column per choice: put together as one column of words where the words are known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import distinct, spread
from senl_ae.read.headings.heading_row import Vocabulary, as_text
from senl_ae.read.headings.partial_headings import CHECKBOX
from senl_ae.read.redcap.dictionary import Dictionary
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import fold

LABELLED = re.compile(r"(?P<field>.+?)\s*\(choice=(?P<code>.*)\)")
"""`Seizure (choice=Focal)`, as an export with labels heads one choice."""
CHECKED = frozenset({"1", "checked", "true", "yes"})


def checkboxes_as_words(
    table: RawTable, row: int, dictionary: Dictionary, vocabulary: Vocabulary
) -> RawTable:
    """The choices that are checked, side by side in the column of the first one; the others are said to be no data of their own.

    Without a dictionary the choices of `seizure___2` have no words: such columns stay as they are.
    """
    fields: dict[str, list[tuple[int, str]]] = {}
    for j, column in enumerate(table.columns):
        text = as_text(column[row]) if len(column) > row else ""
        labelled, raw = LABELLED.fullmatch(text), CHECKBOX.fullmatch(text)
        if labelled:
            fields.setdefault(labelled["field"], []).append((j, labelled["code"]))
        elif raw and (known := dictionary.of(raw["field"])) is not None:
            word = known.choices.get(raw["code"]) or known.choices.get(raw["code"].replace("_", "-", 1))
            if word:
                fields.setdefault(known.name, []).append((j, word))
    columns = list(table.columns)
    for name, choices in fields.items():
        first = choices[0][0]
        texts = [as_text(columns[j][row]) for j, _ in choices]
        columns[first] = _together(columns, row, choices)
        vocabulary.is_now[fold(texts[0])] = name
        vocabulary.system |= {fold(text) for text in texts[1:]}
        if (known := dictionary.of(name)) is not None:
            vocabulary.reads(name, known.label, known.name)
    return (
        replace(table, columns=columns, coded=table.coded - {choices[0][0] for choices in fields.values()})
        if fields
        else table
    )


def _together(columns: list[np.ndarray], row: int, choices: list[tuple[int, str]]) -> np.ndarray:
    """One column of the words that are checked in each row; blank where none is."""
    result = columns[choices[0][0]].copy()
    checked = []
    for j, _ in choices:
        codes, cells = distinct(columns[j][row + 1 :])
        checked.append(
            spread([str(cell).strip().casefold() in CHECKED for cell in cells], codes, np.bool_, False)
        )
    which, patterns = pd.factorize(pd.MultiIndex.from_arrays(checked))
    words = [
        ", ".join(word for (_, word), on in zip(choices, pattern, strict=True) if on) or None
        for pattern in patterns
    ]
    result[row + 1 :] = np.array([*words, None], dtype=object)[which]
    return result
