"""What several tables count of one syndrome: who had it and how badly, and what drove the grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

GRADES = (0, 1, 2, 3, 4, 5)
NE = "NE"
SEVERE = "Grade >= 3"
SEVERE_POSSIBLE = "Grade >= 3, proven or possible"
MAXIMUM = "Maximum grade"
HIGHER = "Possibly higher"
OTHER_DRIVER = "Other, or by ruling"
OTHER_SHORT = "ruling or other"


@dataclass(frozen=True)
class Counted:
    """The masks that several tables share, one element per subject."""

    grade: np.ndarray
    ceiling: np.ndarray
    any: np.ndarray
    severe: np.ndarray

    @property
    def higher(self) -> np.ndarray:
        """The record leaves a higher grade open."""
        return np.asarray(self.ceiling > np.nan_to_num(self.grade, nan=0.0))


def counted(figures: pd.DataFrame) -> Counted:
    """Who had the event, and who had it severely, by the grade the record proves."""
    grade = figures["grade"].to_numpy(dtype=float)
    return Counted(grade, figures["grade_ceiling"].to_numpy(dtype=float), grade >= 1, grade >= 3)


@dataclass(frozen=True)
class Drivers:
    """What can drive the grade of one syndrome, in the order of print, as its scale said when the study was graded.

    Each entry: its name, its short form, the ids of its rules.
    """

    entries: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def order(self) -> list[str]:
        return [name for name, _, _ in self.entries] + [OTHER_DRIVER]

    def labels(self, rules: str) -> list[str]:
        """What the rules that set a grade say in one or two words, in the order of the tables."""
        of = {rule: name for name, _, rules_of in self.entries for rule in rules_of}
        found = {of.get(rule, OTHER_DRIVER) for rule in rules.split(";") if rule}
        return [label for label in self.order if label in found]

    def short(self, rules: str) -> list[str]:
        """The same in fewer letters."""
        shorter = {name: short for name, short, _ in self.entries} | {OTHER_DRIVER: OTHER_SHORT}
        return [shorter[label] for label in self.labels(rules)]

    def masks(self, rules: pd.Series) -> dict[str, np.ndarray]:
        """For each thing that can drive the grade, the subjects whose maximum grade it set; one subject may have several."""
        codes, sets = pd.factorize(rules.to_numpy(dtype=object))
        labels = [self.labels(text) for text in sets]
        return {
            label: np.array([label in found for found in labels] + [False], dtype=bool)[codes]
            for label in self.order
        }


def drivers_of(scale: dict[str, object]) -> Drivers:
    """The drivers of one scale as run.json has them."""
    entries: Sequence[dict[str, object]] = scale.get("drivers") or ()  # type: ignore[assignment]
    return Drivers(tuple((str(e["name"]), str(e["short"]), tuple(e["rules"])) for e in entries))  # type: ignore[arg-type]
