"""What the tables of reported adverse events share: their records, whether there are any, and what is said under them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from senl_ae.arrays import Mask
from senl_ae.report.count.adverse_events import (
    FILE,
    MISSING_RELATION,
    MISSING_SERIOUS,
    SEVERE_FROM,
    Records,
    in_rows,
    records_of,
)
from senl_ae.report.tables.table import Counting

FAMILY = "ae"
GRADES = "as reported by the investigator"
SCALE = "as reported"
ANY = "Any adverse event"
Choose = Callable[[Records], Mask]
"""Which records a table counts."""


@lru_cache(maxsize=2)
def records(counting: Counting) -> Records:
    """Every table and every set of columns count the same records."""
    return records_of(counting.results, counting.cohort)


def there(counting: Counting) -> bool:
    """Whether the study has reported adverse events to count."""
    return counting.mock or counting.results.has(FILE)


def absent(counting: Counting) -> tuple[str, str]:
    """Why such a table cannot be made."""
    if counting.results.has("events"):
        return "the results are of a version without records of adverse events", "grade the study again"
    return "the study has no events sheet", "grade a study that has one (subject_id, term, grade, start, end)"


def subjects_in(found: Records, which: Mask) -> int:
    return len(np.unique(found.subject[which]))


COUNTED = (
    "A subject counts once in each row, at the highest grade of its records there, over their whole course; counted is what began or "
    "became worse after the infusion and in the window. Grades are the investigator's, by the scale that stands with each in the listing."
)
ORDERED = "In the order of the number of subjects in Total, then of the names."


def _derived_notes(counting: Counting) -> list[str]:
    """What is to be known where the derived syndromes stand in the place of the reported ones."""
    results = counting.results
    unknown = np.zeros(counting.cohort.n, dtype=bool)
    for name in results.syndromes:
        unknown |= results.patients[f"{name.lower()}_grade"].isna().to_numpy()
    told = [
        f"{', '.join(results.syndromes)}: as derived from the record, one event an episode, in the place of what was reported. Relation "
        "and seriousness are not derived: related, and not serious."
    ]
    if n := int(unknown.sum()):
        told.append(
            f"{n} subject(s) are not evaluable for one of them, which is not grade 0, and count only with an episode."
        )
    return told


def notes_of(counting: Counting, which: Mask) -> list[str]:
    """What is to be known of the records that a table counts: assumed, not graded, possibly worsened, relation or seriousness missing."""
    found = records(counting)
    one = in_rows(found, which, np.zeros(len(found.frame), dtype=int))
    told = []
    if counting.results.settings.get("ae_syndromes") == "derived":
        told += _derived_notes(counting)
    if n := int(one.assumed.sum()):
        told.append(
            f"{n} subject(s) count by assumption only: by their dates the event may have begun before the infusion, or may not have become "
            "worse in the window."
        )
    if n := subjects_in(found, which & np.isnan(found.grade)):
        higher = int((~(one.grade >= SEVERE_FROM) & (one.ceiling >= SEVERE_FROM)).sum())
        told.append(
            f"{n} subject(s) have a record without a grade, which counts in any grade and in no grade row; grade >= 3 is possible, and not "
            f"proven, in {higher}."
        )
    if n := subjects_in(found, which & found.has("flags", MISSING_RELATION)):
        told.append(f"{n} subject(s) have a record without a relation, which counts as related.")
    if n := subjects_in(found, which & found.has("flags", MISSING_SERIOUS)):
        told.append(
            f"{n} subject(s) have a record that does not say whether it is serious, which counts as not serious."
        )
    if n := subjects_in(found, found.worsening_unknown):
        told.append(
            f"{n} subject(s) have an event from before the infusion that possibly worsened: not counted, without a grade of before."
        )
    return told
