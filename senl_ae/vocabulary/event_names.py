"""Which names of reported events are one name: after case, width and spaces, and British spelling as American."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from senl_ae.vocabulary.files import tables_folder
from senl_ae.vocabulary.folding import spelling

RECORDS = "adverse_events"
"""The folder of grading_tables that says how reported records are read."""


@lru_cache(maxsize=1)
def spellings() -> tuple[tuple[str, str], ...]:
    """The pairs of grading_tables/adverse_events/records.toml: as it may be written, and as it is compared."""
    text = (tables_folder() / RECORDS / "records.toml").read_text(encoding="utf-8")
    return tuple((written, compared) for written, compared in tomllib.loads(text)["spelling"])


def folded_name(name: str) -> str:
    """What a name is compared by; names are ordered by it too."""
    key = spelling(name)
    for written, compared in spellings():
        key = key.replace(written, compared)
    return key
