"""What was given in the window and in the episodes that began in it: the administrations that the tables count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort, reported_events, window_episodes
from senl_ae.report.count.folder import ResultsFolder
from senl_ae.scale import given_columns

KINDS = (
    ("Corticosteroid", "corticosteroid", ""),
    ("Other anticytokine", "anticytokine", ""),
    ("Vasopressor", "vasopressor", ""),
    ("Oxygen, any", "oxygen", ""),
    ("Oxygen, low flow", "oxygen", "low_flow"),
    ("Oxygen, mask", "oxygen", "mask"),
    ("Oxygen, high flow", "oxygen", "high_flow"),
    ("Oxygen, positive pressure", "oxygen", "positive_pressure"),
    ("Intensive care", "icu", ""),
)
"""Label, category and class as treatments.csv has them."""
PREMEDICATION = (
    ("Tocilizumab", "tocilizumab"),
    ("Corticosteroid", "corticosteroid"),
    ("Other anticytokine", "anticytokine"),
)


@dataclass(frozen=True)
class Treatments:
    """The administrations and support intervals that count, as arrays of one length; `subject` is a position among the subjects."""

    subject: np.ndarray
    category: np.ndarray
    kind: np.ndarray
    premedication: np.ndarray
    within: dict[str, np.ndarray]
    """By syndrome, and either: given in an episode that began in the window; window: given in the window, or in such an episode."""
    first_after: dict[str, np.ndarray]
    """By syndrome, per subject: days from the onset of the episode to the first tocilizumab in one; not a number without."""
    given: pd.DataFrame
    """The same as treatments.csv has them."""
    n: int

    def doses(self, category: str, within: str, kind: str = "") -> np.ndarray:
        """How many administrations each subject had, premedication apart."""
        wanted = (self.category == category) & self.within[within] & ~self.premedication
        if kind:
            wanted &= self.kind == kind
        return np.bincount(self.subject[wanted], minlength=self.n)

    def who(self, category: str, kind: str = "", within: str = "window") -> np.ndarray:
        """The subjects who were given it: within an episode, or at any time of the window."""
        return self.doses(category, within, kind) > 0

    def premedicated(self, category: str) -> np.ndarray:
        return (
            np.bincount(self.subject[(self.category == category) & self.premedication], minlength=self.n) > 0
        )

    def overview(self) -> dict[str, np.ndarray]:
        """What the overview counts: given in the window, for whatever reason, premedication apart."""
        return {
            "Tocilizumab": self.who("tocilizumab"),
            "Corticosteroid": self.who("corticosteroid"),
            "Vasopressor": self.who("vasopressor"),
            "Positive-pressure ventilation": self.who("oxygen", "positive_pressure"),
            "Intensive care": self.who("icu"),
        }


def find_treatments(results: ResultsFolder, cohort: Cohort) -> Treatments:
    """Which administrations fall in the window and in its episodes; a yes/no column of the vitals counts once a date."""
    given = _once_a_date(results.frame("treatments"))
    position = pd.Series(np.arange(cohort.n), index=cohort.subjects["subject_id"])
    given = given.assign(subject=position.reindex(given["subject_id"]).to_numpy(dtype=int))
    subject, start = given["subject"].to_numpy(), given["start_day"].to_numpy()
    category = given["category"].to_numpy(dtype=object)
    # support that began before the infusion is no premedication
    premedication = (given["premedication"] == 1).to_numpy() & np.isin(
        category, [name for _, name in PREMEDICATION]
    )
    within, first_after = {}, {}
    for syndrome, column in given_columns(results.syndromes).items():
        if cohort.source == "reported":
            links = _linked_by_day(given, reported_events(results, syndrome, cohort.subjects))
        else:
            links = _linked(given, column, window_episodes(results, syndrome, cohort.subjects))
        within[syndrome] = np.isin(np.arange(len(given)), links["treatment"])
        dose = links["treatment"].to_numpy()
        links = links.assign(start=start[dose], after=start[dose] - links["onset_day"].to_numpy())
        links = links[(category[dose] == "tocilizumab") & ~premedication[dose]]
        first = links.sort_values(["subject", "start"], kind="stable").drop_duplicates("subject")
        first_after[syndrome] = np.full(cohort.n, np.nan)
        first_after[syndrome][first["subject"].to_numpy(dtype=int)] = first["after"]
    within["either"] = np.logical_or.reduce([np.zeros(len(given), dtype=bool), *within.values()])
    last = np.where(np.isnan(given["end_day"]), start, given["end_day"])
    within["window"] = (
        (start <= cohort.subjects["window_end_day"].to_numpy()[subject]) & (last >= 0)
    ) | within["either"]
    return Treatments(
        subject,
        category,
        given["class"].to_numpy(dtype=object),
        premedication,
        within,
        first_after,
        given,
        cohort.n,
    )


def _once_a_date(treatments: pd.DataFrame) -> pd.DataFrame:
    """A yes in the vitals says that a drug was given that day, once; where an administration of that date is recorded, it is that one."""
    day = treatments["start"].str[:10]
    from_vitals = treatments["source_kind"] == "vitals"
    drug = treatments["category"] != "oxygen"
    keyed = treatments.assign(day=day)
    twice = keyed.duplicated(["subject_id", "category", "day"]) & from_vitals & drug
    recorded = pd.MultiIndex.from_frame(keyed.loc[~from_vitals, ["subject_id", "category", "day"]])
    known = (
        pd.MultiIndex.from_frame(keyed[["subject_id", "category", "day"]]).isin(recorded) & from_vitals & drug
    )
    # a vitals row before its intervention in the file is not "twice", but it is "known"
    return treatments[~(twice | known)].reset_index(drop=True)


def _linked(given: pd.DataFrame, column: str, episodes: pd.DataFrame) -> pd.DataFrame:
    """Treatment by window episode it was given in: treatment (row of `given`), subject, onset_day."""
    named = given[column].str.split(";").explode()
    named = named[named.fillna("") != ""]
    links = pd.DataFrame(
        {"treatment": named.index.to_numpy(dtype=int), "episode": named.astype(float).to_numpy()}
    )
    links["subject"] = given["subject"].to_numpy()[links["treatment"]]
    return links.merge(episodes[["subject", "episode", "onset_day"]], on=["subject", "episode"])


def _linked_by_day(given: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The same for reported events, which carry dates only: from the day of onset to the day of the end."""
    pairs = given[["subject", "start_day", "end_day"]].rename(
        columns={"start_day": "from_day", "end_day": "to_day"}
    )
    pairs = pairs.assign(treatment=np.arange(len(given))).merge(
        events[["subject", "onset_day", "end_day"]], on="subject"
    )
    last = pairs["to_day"].fillna(pairs["from_day"])
    overlaps = (pairs["from_day"] <= pairs["end_day"].fillna(np.inf)) & (last >= pairs["onset_day"])
    return pairs.loc[overlaps, ["treatment", "subject", "onset_day"]]
