"""Table 4: what was given for CRS and ICANS."""

from __future__ import annotations

import numpy as np

from senl_ae.report.count.long_results import Tally
from senl_ae.report.count.syndromes import counted
from senl_ae.report.count.treatments import KINDS, PREMEDICATION
from senl_ae.report.tables.table import Counting, Table

SYNDROMES = ("CRS", "ICANS")
EITHER = "CRS or ICANS"
DOSES: tuple[tuple[str, float, float], ...] = (
    ("Tocilizumab, 1 dose", 1, 1),
    ("Tocilizumab, 2 doses", 2, 2),
    ("Tocilizumab, >= 3 doses", 3, np.inf),
)


def count(tally: Tally, counting: Counting) -> None:
    """What was given within the episodes of each syndrome and of either, of N and of the subjects with the event."""
    cohort, treatments = counting.cohort, counting.treatments
    tally.window_heading(cohort)
    any_of = {name: counted(cohort.figures[name]).any for name in SYNDROMES}
    sections = [
        *((name, name, with_event) for name, with_event in any_of.items()),
        (EITHER, "either", np.logical_or(*any_of.values())),
    ]
    for section, within, with_event in sections:
        also_of = (with_event, f"subjects with {section}")
        number = treatments.doses("tocilizumab", within)
        tally.count(section, "Tocilizumab", number > 0, also_of=also_of)
        for label, least, most in DOSES:
            tally.count(section, label, (number >= least) & (number <= most), also_of=also_of)
        for label, category, kind in KINDS:
            tally.count(section, label, treatments.who(category, kind, within), also_of=also_of)
    for syndrome in SYNDROMES:
        days = treatments.first_after[syndrome]
        given = f"subjects given tocilizumab in {syndrome}"
        tally.spread(f"{syndrome} onset to tocilizumab, days", "", days, ~np.isnan(days), given)
    for label, category in PREMEDICATION:
        tally.count("Premedication", label, treatments.premedicated(category))


def notes(_: Counting) -> list[str]:
    return [
        "CRS, ICANS, CRS or ICANS: n (% of N; % of subjects with the event), given within an episode that began in the window; "
        "premedication apart. A yes in a daily column counts once a date. Days to tocilizumab: from the onset of its "
        "episode to the first dose."
    ]


TABLE = Table("management", "4", "Management of CRS and ICANS", count=count, notes=notes)
