"""Under which class and term a reported event is counted: which spellings are one name, and which of them is printed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.arrays import Whole
from senl_ae.vocabulary.event_names import folded_name

NOT_CODED = "Not coded"
"""The class of what nobody coded."""


@dataclass(frozen=True, eq=False)
class Named:
    """Names that stand once: `of` says for each record which; all else has one element a name."""

    of: Whole
    names: np.ndarray
    """As it is written most often."""
    place: Whole
    """Its place among the folded names in code-point order."""
    within: Whole
    """The class of a term; of a class, itself."""

    def __len__(self) -> int:
        return len(self.names)


def named(frame: pd.DataFrame) -> tuple[Named, Named]:
    """Classes and terms of records: the preferred term in its class, else the term as reported among those not coded."""
    coded = (frame["pt"] != "").to_numpy()
    written = np.where(coded, frame["pt"], frame["term"]).astype(object)
    soc = np.where(coded & (frame["soc"] != "").to_numpy(), frame["soc"], NOT_CODED).astype(object)
    of_class, class_keys = pd.factorize(_folded(soc), sort=True)
    of_name, name_keys = pd.factorize(_folded(written), sort=True)
    pairs, of_term = np.unique(of_class * max(len(name_keys), 1) + of_name, return_inverse=True)
    within, name = pairs // max(len(name_keys), 1), pairs % max(len(name_keys), 1)
    classes = Named(
        of_class,
        _usual(soc, of_class, len(class_keys)),
        np.arange(len(class_keys)),
        np.arange(len(class_keys)),
    )
    return classes, Named(of_term, _usual(written, of_term, len(pairs)), name, within)


def _folded(names: np.ndarray) -> np.ndarray:
    """What names compare by, each distinct spelling looked at once."""
    codes, distinct = pd.factorize(names)
    return np.array([folded_name(str(name)) for name in distinct], dtype=object)[codes]


def _usual(written: np.ndarray, of: Whole, count: int) -> np.ndarray:
    """The spelling of each name that most records have, of equals the first in code-point order."""
    spelling, distinct = pd.factorize(written, sort=True)
    key, times = np.unique(of * max(len(distinct), 1) + spelling, return_counts=True)
    order = np.lexsort((key, -times, key // max(len(distinct), 1)))
    name, first = np.unique((key // max(len(distinct), 1))[order], return_index=True)
    usual = np.full(count, "", dtype=object)
    usual[name] = np.asarray(distinct, dtype=object)[(key % max(len(distinct), 1))[order][first]]
    return usual
