"""The derived syndromes in the place of the reported ones: where the study asks for it, never both."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from senl_ae.report.count.cohort import Cohort, window_episodes
from senl_ae.report.count.folder import ResultsFolder

FLAG = "derived"
OUTCOMES = {
    "resolved": "resolved",
    "fatal": "fatal",
    "ongoing": "not resolved",
    "ongoing-at-death": "not resolved",
}
"""How an episode ended, in the words of a reported outcome."""


def with_derived(frame: pd.DataFrame, results: ResultsFolder, cohort: Cohort) -> pd.DataFrame:
    """The records with every reported record of a graded syndrome left out, and the derived episodes of the window in their place."""
    parts = [frame[~_reported(frame, results)]]
    for syndrome in results.syndromes:
        episodes = window_episodes(results, syndrome, cohort.subjects)
        if len(episodes):
            named = frame[_is(frame, results, syndrome) & (frame["pt"] != "")]
            parts.append(_as_records(episodes, results, cohort, syndrome, named))
    return pd.concat(parts, ignore_index=True)[list(frame.columns)]


def _reported(frame: pd.DataFrame, results: ResultsFolder) -> np.ndarray:
    found = np.zeros(len(frame), dtype=bool)
    for syndrome in results.syndromes:
        found |= _is(frame, results, syndrome)
    return found


def _is(frame: pd.DataFrame, results: ResultsFolder, syndrome: str) -> np.ndarray:
    """Records that are a syndrome as reported: in its group of special interest, or so taken in events.csv."""
    codes, texts = pd.factorize(frame["aesi"])
    of_group = np.array([syndrome.lower() in str(text).split(";") for text in texts] + [False], dtype=bool)
    events = results.frame("events")
    rows = set(events.loc[events["syndrome"] == syndrome, "source"])
    of_rows = (
        frame["source"].map(lambda text: bool(rows.intersection(str(text).split(";")))).to_numpy(dtype=bool)
    )
    return np.asarray(of_group[codes] | of_rows)


def _as_records(
    episodes: pd.DataFrame, results: ResultsFolder, cohort: Cohort, syndrome: str, named: pd.DataFrame
) -> pd.DataFrame:
    """Episodes in the columns of records, coded as most of the reported ones are; relation and seriousness are not derived."""
    title = str(results.scale(syndrome).get("title") or syndrome)
    usual = named.groupby(["pt", "soc"]).size().idxmax() if len(named) else ("", "")
    pt, soc = (str(name) for name in cast("tuple[str, str]", usual))
    who = episodes["subject"].to_numpy(dtype=int)
    told = {
        "subject_id": episodes["subject_id"],
        "dose_level": cohort.subjects["dose_level"].to_numpy()[who],
        "term": title,
        "pt": pt,
        "soc": soc,
        "grade": episodes["grade"],
        "grade_ceiling": np.fmax(episodes["grade"], episodes["grade_ceiling"]),
        "scale": str(results.scale(syndrome).get("version") or ""),
        "start": episodes["onset"],
        "start_day": episodes["onset_day"],
        "end": episodes["end"],
        "end_day": episodes["end_day"],
        "period": "infusion",
        "emergent": "yes",
        "in_window": 1.0,
        "outcome": episodes["outcome"].map(OUTCOMES).fillna(""),
        "aesi": syndrome.lower(),
        "flags": FLAG,
    }
    blank = {name: np.nan if named[name].dtype.kind == "f" else "" for name in named.columns}
    return pd.DataFrame(blank | told, index=episodes.index)
