"""Which tables there are, in which order, and what each says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from senl_ae.report.count.cohort import COMPLETED, STILL_IN, Cohort, Group, groups_by
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.report.count.long_results import Listing, TableText, Tally
from senl_ae.report.count.statistics import CI_METHODS
from senl_ae.report.tables import agreement, incidence, laboratory, listings, management
from senl_ae.report.tables.names import BY_WORDS, TABLES


@dataclass(frozen=True)
class Counting:
    """Everything the tables are counted from."""

    results: ResultsFolder
    cohort: Cohort
    reported: Cohort | None
    """The same subjects with the investigator's grades, where both are wanted."""
    treatments: management.Treatments
    ci: str
    mock: bool


Counter = Callable[[Tally], None]


def statistics_tables(counting: Counting) -> dict[str, Counter]:
    """The tables of counts, by name: each writes its long rows into a tally."""
    cohort, results, treatments = counting.cohort, counting.results, counting.treatments
    tables: dict[str, Counter] = {
        "overview": lambda tally: incidence.overview(tally, cohort, treatments.overview()),
        "crs": lambda tally: incidence.syndrome_table(tally, cohort, results, "CRS"),
        "icans": lambda tally: incidence.syndrome_table(tally, cohort, results, "ICANS"),
        "management": lambda tally: management.management(tally, cohort, treatments),
        "crs-icans": lambda tally: management.in_time(tally, cohort, results),
        "crs-icans-grades": lambda tally: management.cross_table(tally, cohort),
    }
    if results.has("before_rulings") or counting.mock:
        tables["adjudication"] = lambda tally: agreement.before_and_after(tally, cohort, results)
    terms = cache(lambda: laboratory.terms(results, cohort))
    if laboratory_there(counting, "laboratory-worst"):
        tables["laboratory-worst"] = lambda tally: laboratory.worst_grades(tally, cohort, terms())
        tables["laboratory-shift"] = lambda tally: laboratory.shift(tally, cohort, terms())
    if laboratory_there(counting, "laboratory-cytopenia"):
        tables["laboratory-cytopenia"] = lambda tally: laboratory.cytopenia(tally, cohort, results)
    reported = counting.reported
    if reported is not None:
        tables["crs-reported"] = lambda tally: incidence.syndrome_table(tally, reported, results, "CRS")
        tables["icans-reported"] = lambda tally: incidence.syndrome_table(tally, reported, results, "ICANS")
        tables["agreement-crs"] = lambda tally: agreement.agreement(tally, cohort, reported, "CRS")
        tables["agreement-icans"] = lambda tally: agreement.agreement(tally, cohort, reported, "ICANS")
    return tables


def laboratory_there(counting: Counting, table: str) -> bool:
    """Whether the folder has what a laboratory table is counted from; a shorter window is counted from the single values."""
    results = counting.results
    shorter = counting.cohort.window < results.window_days and laboratory.FILES[table] == "lab_patients"
    return counting.mock or (results.has(laboratory.FILES[table]) and (not shorter or results.has("labs")))


def listing_tables(counting: Counting) -> dict[str, Callable[[], Listing | tuple[Listing, Listing]]]:
    """The tables of rows, by name."""
    cohort, results = counting.cohort, counting.results
    tables: dict[str, Callable[[], Listing | tuple[Listing, Listing]]] = {
        "per-patient": lambda: listings.per_patient(cohort, results, counting.treatments),
    }
    if cohort.source == "derived":
        tables["daily"] = lambda: listings.daily_grid(cohort, results)
    tables["episodes"] = lambda: listings.episodes(cohort, results)
    tables["queries"] = lambda: listings.queries(results)
    reported = counting.reported
    if reported is not None:
        tables["differences"] = lambda: agreement.differences(cohort, reported)
    if laboratory_there(counting, "laboratory-iechs"):
        tables["laboratory-iechs"] = lambda: laboratory.iechs(cohort, results)
    return tables


def tally_for(counting: Counting, table: str, by: str | None) -> Tally:
    groups: tuple[Group, ...] = groups_by(counting.cohort, by)
    if counting.mock and by is not None and len(groups) == 1:
        none = np.zeros(counting.cohort.n, dtype=bool)
        groups = (*(Group(f"{BY_WORDS.get(by, by).capitalize()} {i}", none) for i in (1, 2, 3)), *groups)
    return Tally(table, by or "", groups, counting.cohort.ids, counting.ci, counting.mock)


def table_text(counting: Counting, table: str, by: str | None) -> TableText:
    """Number, title and footnotes of a table for one set of columns."""
    number, title = TABLES[table]
    if by is not None:
        title += f" and {BY_WORDS.get(by, by)}" if " by " in title else f" by {BY_WORDS.get(by, by)}"
    text = TableText(table, number, title)
    if table in laboratory.FILES:
        text = replace(text, scale=laboratory.scale(table, counting.results.settings))
    elif counting.cohort.source == "reported" or table.endswith("-reported"):
        text = replace(text, title=f"{title}, as reported by the investigator")
    return replace(text, footnotes=tuple(_footnotes(counting, table)))


def _footnotes(counting: Counting, table: str) -> list[str]:
    cohort = counting.cohort
    if table == "daily":
        return [listings.MARKS + ".",
                "Columns are study days; Day 0 is the date of the infusion. A date's grade is the highest of its assessments."]
    if table == "queries":
        return ["One line per problem found in the input."]
    if table == "laboratory-iechs":
        return laboratory.footnotes(table, counting.results, cohort, "")
    if table in ("per-patient", "episodes", "differences"):
        notes = ["D: study day; Day 0 is the date of the infusion. NE: not evaluable. (to n): a grade up to n is not ruled out."]
        return notes + PATIENT_NOTES if table == "per-patient" else notes
    notes = [f"N: subjects infused. n (%) of N unless n/n' is shown; percentages half up. Window Day 0-{cohort.window}."]
    notes += _footnotes_by_table(counting, table)
    state = cohort.subjects["window_state"].to_numpy()
    if table not in ("crs-icans-grades", "agreement-crs", "agreement-icans"):
        completed, still_in = int((state == COMPLETED).sum()), int((state == STILL_IN).sum())
        notes.append(f"Window completed by {completed}, still in it {still_in}. Not a DLT table.")
    if counting.results.not_infused:
        notes.append(f"{len(counting.results.not_infused)} subject(s) without an infusion date, in no denominator: "
                     "see the queries.")
    return notes


PATIENT_NOTES = [
    "Days seen: days with an evaluable CRS, ICANS assessment, of the days expected in the window, and why it ended where not complete.",
    "Course: onset, peak, end; days. Onset, end, duration and outcome are of the first episode, grade, "
    "peak and what drove it of the worst.",
]
GRADE_NOTE = ("A subject counts once, at the highest grade of the episodes that began in the window, over their whole course. "
              "NE: not evaluable, which is not grade 0.")
HIGHER_NOTE = "Possibly higher: the record does not rule out a higher grade than the one it proves."
TIME_NOTE = ("Onset, duration and outcome are of the first episode, days to maximum grade from the infusion. Quartiles: SAS PCTLDEF=5. "
             "Kaplan-Meier: log-log interval; an episode ended by death never resolved; NR: not reached.")


def _footnotes_by_table(counting: Counting, table: str) -> list[str]:
    interval = f"95% CI: {CI_METHODS[counting.ci]}."
    if table in laboratory.FILES:
        return laboratory.footnotes(table, counting.results, counting.cohort, interval)
    if table == "overview":
        return [f"Subjects with at least one. {interval} Drugs and support: given in the window for any reason, premedication apart."]
    if table.startswith(("crs", "icans")) and not table.startswith("crs-icans"):
        syndrome = table.split("-")[0].upper()
        notes = [GRADE_NOTE, f"{HIGHER_NOTE} {interval}", TIME_NOTE]
        if table.endswith("-reported") or counting.cohort.source == "reported":
            notes[1] = f"No event reported counts as grade 0, an event without a grade as NE. {interval}"
            return notes
        figures = counting.cohort.figures[syndrome]
        later = int((figures["grade"] > figures["grade_in_window"]).sum())
        if later:
            notes.append(f"{later} subject(s) reached the maximum grade after the window, in an episode that began in it.")
        ruled = int(counting.results.patients["flags"].str.split(";").map(lambda flags: "ruling" in flags).sum())
        if ruled:
            notes.append(f"{ruled} subject(s) have a ruling of the adjudication, which is in force here.")
        if syndrome == "ICANS" and not counting.results.has("neuro_figures") and not counting.mock:
            notes.append("Lowest ICE, highest CAPD and seizures: the results do not hold them.")
        return [*notes, "Driven by: what set the maximum grade; one subject may have several."]
    if table == "management":
        return ["CRS, ICANS, CRS or ICANS: n (% of N; % of subjects with the event), given within an episode that began in the window; "
                "premedication apart. A yes in a daily column counts once a date. Days to tocilizumab: from the onset of its "
                "episode to the first dose."]
    if table == "crs-icans":
        return ["Place of the first ICANS onset to the CRS episodes of the window; on the same date, without clock times, it is during. "
                "Without CRS: none in the window."]
    if table.startswith("agreement"):
        return ["Kappa: linear weights (Cicchetti-Allison). Agreement of the subjects with a grade by both; NE left out."]
    if table == "adjudication":
        return ["Before: as derived from the record alone. After: with the rulings of the adjudication."]
    return [GRADE_NOTE]


