"""What was given to each subject and when, against its episodes: the record behind the management tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.grade.course.figures import public_class
from senl_ae.grade.crs.oxygen_kinds import kinds_in, kinds_of
from senl_ae.grade.crs.vasopressors import read_cell
from senl_ae.grade.graded import Graded, given_columns
from senl_ae.grade.time.doubt import rows_given
from senl_ae.grade.time.spans import Seconds, date_of, merge_adjoining
from senl_ae.grade.time.support import roles, support_spans
from senl_ae.grade.time.timeline import at_or_after_infusion, study_day
from senl_ae.study import DAY, NO_TIME, Study

SUPPORT = ("vasopressor", "oxygen", "icu", "dialysis", "sedation")
"""Categories that run; all others are administrations."""
_PLAIN = [
    "subject",
    "category",
    "agent",
    "start",
    "start_is_date",
    "end",
    "end_is_date",
    "source_kind",
    "class",
]


def treatments(graded: Graded) -> pd.DataFrame:
    """One row per administration or stretch of support of infused subjects, with the episodes it falls in.

    Columns `_PLAIN` (times in seconds), start_day, end_day, given_in and one like it per further syndrome (episode numbers joined by `;`),
    premedication (1 when begun before the infusion). A yes/no column counts once a date and not where an intervention row of that
    date says the same.
    """
    study = graded.study
    given = list(given_columns(list(graded.syndromes)).values())
    rows = pd.concat([_from_interventions(study), _from_vitals(study)], ignore_index=True)
    rows = rows[
        study.subjects["infusion"].to_numpy(dtype=np.int64)[rows["subject"].to_numpy(dtype=np.int64)]
        != NO_TIME
    ]
    if rows.empty:
        return pd.DataFrame(columns=[*_PLAIN, "start_day", "end_day", *given, "premedication"])
    rows = _once_a_date(rows)
    who, start, end = (rows[c].to_numpy(dtype=np.int64) for c in ("subject", "start", "end"))
    dated = rows["start_is_date"].to_numpy(dtype=bool)
    rows["start_day"] = study_day(study.subjects, who, date_of(start))
    rows["end_day"] = study_day(
        study.subjects, who, date_of(np.where(rows["end_is_date"] | (end == start), end, end - 1))
    )
    rows["premedication"] = (~at_or_after_infusion(study.subjects, who, start, dated)).astype(int)
    for name, column in zip(graded.syndromes, given, strict=True):
        rows[column] = _episodes_met(graded, name, rows)
    order = ["subject", "start", "category", "agent", "source_kind", "end"]
    return rows.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)


def _from_interventions(study: Study) -> pd.DataFrame:
    frame = study.interventions
    frame = frame[rows_given(study) & (frame["start"].to_numpy() != NO_TIME)]
    runs = frame["category"].isin(SUPPORT).to_numpy(dtype=bool)
    start, end = frame["start"].to_numpy(dtype=np.int64), frame["end"].to_numpy(dtype=np.int64)
    spans = support_spans(study, SUPPORT)
    given = frame[~runs]
    category = given["category"].to_numpy(dtype=object)
    administrations = pd.DataFrame(
        {
            "subject": given["subject"].to_numpy(dtype=np.int64),
            "category": category,
            "agent": given["agent"].to_numpy(dtype=object),
            "start": start[~runs],
            "start_is_date": given["start_is_date"].to_numpy(dtype=bool),
            "end": np.where(end[~runs] == NO_TIME, start[~runs], end[~runs]),
            "end_is_date": np.where(
                end[~runs] == NO_TIME,
                given["start_is_date"].to_numpy(dtype=bool),
                given["end_is_date"].to_numpy(dtype=bool),
            ),
            "source_kind": "interventions",
            "class": None,
        }
    )
    agent_role = spans["agent"].map(roles())
    counts = (
        (spans["category"] != "vasopressor")
        | agent_role.isin(["vasopressor", "vasopressin"])
        | spans["agent"].isna()
    )
    spans = spans[counts.to_numpy(dtype=bool) & ~spans["excused"].to_numpy(dtype=bool)]
    same = ["subject", "category", "agent", "dated"]
    merged = merge_adjoining(spans[[*same, "start_lo", "start_hi", "end_lo", "end_hi"]], same)
    if merged.empty:
        return administrations
    dated = merged["dated"].to_numpy(dtype=bool)
    oxygen = merged["category"] == "oxygen"
    support = pd.DataFrame(
        {
            "subject": merged["subject"],
            "category": merged["category"],
            "agent": merged["agent"],
            "start": merged["start_lo"],
            "start_is_date": dated,
            "end": np.where(dated, merged["end_hi"] - DAY, merged["end_hi"]),
            "end_is_date": dated,
            "source_kind": "interventions",
            "class": [
                public_class(a if a is not None else "oxygen") if o else None
                for a, o in zip(merged["agent"], oxygen, strict=True)
            ],
        }
    )
    return pd.concat([administrations, support], ignore_index=True).astype(
        {"start_is_date": bool, "end_is_date": bool}
    )


def _from_vitals(study: Study) -> pd.DataFrame:
    """Drugs, vasopressors and oxygen of the vitals rows, each at the moment (or date) of its row."""
    v = study.vitals
    parts = []

    def add(index: Seconds, category: str, agent: object, kind: object = None) -> None:
        rows = v.iloc[index]
        parts.append(
            pd.DataFrame(
                {
                    "subject": rows["subject"].to_numpy(dtype=np.int64),
                    "category": category,
                    "agent": agent,
                    "start": rows["time"].to_numpy(dtype=np.int64),
                    "start_is_date": rows["is_day"].to_numpy(dtype=bool),
                    "end": rows["time"].to_numpy(dtype=np.int64),
                    "end_is_date": rows["is_day"].to_numpy(dtype=bool),
                    "source_kind": "vitals",
                    "class": kind,
                }
            )
        )

    for column in ("tocilizumab", "corticosteroid", "antipyretic", "anticytokine"):
        add(np.flatnonzero(v[column].to_numpy(dtype=float) == 1), column, None)
    cells = v["vasopressors"].to_numpy(dtype=object)
    for text in [t for t in pd.unique(cells) if t is not None]:
        cell = read_cell(str(text))
        index = np.flatnonzero(cells == text)
        named: list[str | None] = [*sorted(cell.counted)]
        for agent in named or ([None] if cell.unnamed or cell.required else []):
            add(index, "vasopressor", agent)
    device, flow = v["oxygen_device"].to_numpy(dtype=object), v["oxygen_flow"].to_numpy(dtype=float)
    kinds, (support_cell,) = kinds_of([(device, flow, flow)], ())
    index, kind = kinds_in(kinds, support_cell)
    for word in sorted(set(kinds.device.tolist())):
        support = public_class(word)
        if support is not None:
            add(index[(kinds.device == word)[kind]], "oxygen", word, support)
    return pd.concat(parts, ignore_index=True)[_PLAIN]


def _once_a_date(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells of one date count once, and not beside an intervention row of the same category and date."""
    date = date_of(rows["start"].to_numpy(dtype=np.int64))
    keyed = rows.assign(date=date, rank=(rows["source_kind"] == "vitals").astype(int))
    cells = keyed["source_kind"] == "vitals"
    have = keyed.loc[~cells, ["subject", "category", "date"]].drop_duplicates()
    beside = (
        keyed.merge(have.assign(there=True), on=["subject", "category", "date"], how="left")["there"]
        .notna()
        .to_numpy()
    )
    drug = ~keyed["category"].isin(SUPPORT).to_numpy(dtype=bool)
    in_order = keyed.sort_values(["subject", "category", "date", "start"], kind="stable")
    again = in_order.duplicated(["subject", "category", "agent", "class", "date"])
    return rows[~(cells.to_numpy() & ((beside & drug) | again.sort_index().to_numpy()))].reset_index(
        drop=True
    )


def _episodes_met(graded: Graded, name: str, rows: pd.DataFrame) -> np.ndarray:
    """The numbers of the episodes each row falls in, by dates where either side has no clock time."""
    text = np.full(len(rows), "", dtype=object)
    found = graded.syndromes.get(name)
    if found is None or found.episodes.empty:
        return text
    a, e = found.course.a, found.episodes
    onset, end = e["onset"].to_numpy(dtype=np.int64), e["end"].to_numpy(dtype=np.int64)
    frame = pd.DataFrame(
        {
            "subject": e["subject"].to_numpy(dtype=np.int64),
            "episode": e["episode"].to_numpy(dtype=np.int64),
            "from": np.where(a.is_day[onset], a.date[onset] * DAY, a.order[onset]),
            "to": a.order[end],
        }
    )
    begin, last = rows["start"].to_numpy(dtype=np.int64), rows["end"].to_numpy(dtype=np.int64)
    reach = np.where(rows["end_is_date"], (date_of(last) + 1) * DAY - 1, last)
    given = pd.DataFrame(
        {"subject": rows["subject"], "row": np.arange(len(rows)), "begin": begin, "reach": reach}
    )
    pairs = given.merge(frame, on="subject")
    met = pairs[(pairs["begin"] <= pairs["to"]) & (pairs["reach"] >= pairs["from"])].sort_values(
        ["row", "episode"], kind="stable"
    )
    joined = met.groupby("row")["episode"].agg(lambda numbers: ";".join(map(str, numbers)))
    text[joined.index.to_numpy(dtype=np.int64)] = joined.to_numpy(dtype=object)
    return text
