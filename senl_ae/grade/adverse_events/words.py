"""Which words and limits reported records are read by: names folded to one spelling, severities as grades."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Numbers, Whole, Words
from senl_ae.vocabulary.event_names import RECORDS, folded_name
from senl_ae.vocabulary.files import tables_folder


@dataclass(frozen=True)
class Conventions:
    """What grading_tables/adverse_events/records.toml says. severity: word -> grade and ceiling."""

    not_coded: str
    most: float
    life_threatening: float
    joining_days: int
    severity: dict[str, tuple[float, float]]


@lru_cache(maxsize=1)
def conventions() -> Conventions:
    file = tables_folder() / RECORDS / "records.toml"
    said: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return Conventions(
        said["not_coded"],
        float(said["grades"]["most"]),
        float(said["grades"]["life_threatening"]),
        said["joining"]["days"],
        {word: (float(g["grade"]), float(g["ceiling"])) for word, g in said["severity"].items()},
    )


def folded_codes(names: Words) -> tuple[Whole, list[str]]:
    """The folded name of each row as its position in a sorted list of folded names; -1 where there is none."""
    codes, distinct = pd.factorize(names)
    keys = [folded_name(str(name)) for name in distinct]
    ordered = sorted(set(keys))
    place = {key: i for i, key in enumerate(ordered)}
    return np.array([*(place[key] for key in keys), -1], dtype=np.int64)[codes], ordered


def grades_of(severity: Words) -> tuple[Numbers, Numbers]:
    """The grade that each severity stands for, and the highest that it may be; nan without one."""
    codes, distinct = pd.factorize(severity)
    of = [conventions().severity.get(word, (np.nan, np.nan)) for word in distinct]
    table = np.array([*of, (np.nan, np.nan)], dtype=float)
    return table[codes, 0], table[codes, 1]
