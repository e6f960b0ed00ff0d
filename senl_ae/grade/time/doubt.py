"""What of a record is in doubt: cells that nobody could read, and rows whose qualifier nobody could read.

A record in doubt is graded in several readings (`readings.py`): as it is charted, where a cell in doubt is blank and a row in doubt never
was; as the least that it leaves; as the most. The functions here say what counts in the reading that a study is in.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask
from senl_ae.study import Study

CHARTED, LEAST, MOST = "charted", "least", "most"
SAYS_NOTHING = "~"
"""`consciousness~` among the cells set aside marks those that say that nothing is recorded (NA, not done): read, and in no doubt."""
ENDLESS = float(np.finfo(float).max)
"""Higher than any flow."""


def cells_in_doubt(study: Study, domain: str, *columns: str) -> Mask:
    """Rows of a domain on which one of these cells says something that nobody could read; one that says "not recorded" is none."""
    frame = study.frame(domain)
    out = np.zeros(len(frame), dtype=bool)
    for column in columns:
        if column in frame.in_doubt:
            out |= frame.in_doubt[column] & ~frame.in_doubt.get(column + SAYS_NOTHING, out & False)
    return out


def blank_and_in_doubt(study: Study, domain: str, column: str) -> Mask:
    """The same for one column, without the rows where another cell gave its value after all."""
    doubt = cells_in_doubt(study, domain, column)
    return doubt & pd.isna(study.frame(domain)[column]) if doubt.any() else doubt


def rows_given(study: Study) -> Mask:
    """Intervention rows that count as given in this reading: those in doubt only at the most."""
    return ~study.interventions.doubtful | (study.reading == MOST)


def counting(reading: str, doubtful: Mask, lifting: Mask) -> Mask:
    """Which rows of support count in a reading.

    lifting: rows that take away from a grade where they ran (excused support, sedation). At the least these ran and no other in doubt did;
    at the most it is the other way round; as charted no row in doubt ran.
    """
    return ~doubtful if reading == CHARTED else ~doubtful | (lifting == (reading == LEAST))


def certain_sources(study: Study) -> frozenset[str]:
    """What the study has a source for: a category of which every row is in doubt is no proof that it was recorded at all."""
    doubtful = study.interventions.doubtful
    if not doubtful.any():
        return study.sources
    category = study.interventions.category
    only = set(category[doubtful]) - set(category[~doubtful])
    return study.sources - {f"interventions:{name}" for name in only}
