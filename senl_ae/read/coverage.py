"""On which study days each subject was seen: vital signs, support, neurological checks, laboratory values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.study import DAY, NO_TIME, Study, Subjects

SUPPORT = ("oxygen_device", "oxygen_flow", "vasopressors", "fluid_bolus", "hypotension")
KINDS = ("vitals", "support", "neuro", "labs")
SEEN, NOT_SEEN = "#", "."


def coverage(study: Study, last_day: int = 30) -> pd.DataFrame:
    """One row per infused subject: for each kind of record the days 0 to `last_day` as a picture (`#` recorded, `.` not) and a count.

    The days end with death or last contact where these come earlier. `gap` is the longest run of days without vital signs.
    """
    subjects = study.subjects
    infusion = subjects.infusion
    infused = np.flatnonzero(infusion != NO_TIME)
    seen = {kind: np.zeros((len(subjects), last_day + 1), dtype=bool) for kind in KINDS}
    day0 = infusion // DAY
    for kind, frame in (("vitals", study.vitals), ("neuro", study.neuro), ("labs", study.labs)):
        _mark(seen[kind], frame.subject, frame.time, day0, infusion)
    charted = study.vitals.table[list(SUPPORT)].notna().any(axis=1).to_numpy()
    _mark(seen["support"], study.vitals.subject[charted], study.vitals.time[charted], day0, infusion)
    given = study.interventions
    given = given.rows(np.isin(given.category.astype(str), ("oxygen", "vasopressor", "fluid")))
    for subject, start, end in zip(given.subject, given.start, given.end, strict=True):
        if infusion[subject] != NO_TIME and start != NO_TIME:
            first, last = (
                start // DAY - day0[subject],
                max(end if end != NO_TIME else start, start) // DAY - day0[subject],
            )
            seen["support"][subject, max(first, 0) : max(min(last, last_day) + 1, 0)] = True
    last = _last_days(subjects, day0, last_day)
    rows = []
    for i in infused:
        days = int(last[i]) + 1
        pictures = {
            kind: "".join(SEEN if there else NOT_SEEN for there in seen[kind][i, :days]) for kind in KINDS
        }
        rows.append(
            {
                "subject_id": subjects.subject_id[i],
                "last_day": int(last[i]),
                **pictures,
                **{f"{kind}_days": picture.count(SEEN) for kind, picture in pictures.items()},
                "gap": max(len(run) for run in pictures["vitals"].split(SEEN)) if days else 0,
            }
        )
    columns = ["subject_id", "last_day", *KINDS, *(f"{kind}_days" for kind in KINDS), "gap"]
    return pd.DataFrame(rows, columns=columns)


def _mark(
    seen: np.ndarray, subject: np.ndarray, time: np.ndarray, day0: np.ndarray, infusion: np.ndarray
) -> None:
    """Mark the study days of rows in a grid of subjects by days."""
    known = (time != NO_TIME) & (infusion[subject] != NO_TIME)
    day = time[known] // DAY - day0[subject[known]]
    inside = (day >= 0) & (day < seen.shape[1])
    seen[subject[known][inside], day[inside]] = True


def _last_days(subjects: Subjects, day0: np.ndarray, last_day: int) -> np.ndarray:
    """The last study day to look at: of the window, or of death, last contact or cut-off before it."""
    last = np.full(len(subjects), last_day, dtype=np.int64)
    for column in ("death", "last_contact", "cutoff"):
        at = subjects[column]
        days = np.where(at == NO_TIME, last_day, at // DAY - day0)
        last = np.minimum(last, np.maximum(days, 0))
    return last
