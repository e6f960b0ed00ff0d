"""What was given to each subject and when, against its episodes: the record behind the management tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Seconds
from senl_ae.grade.course.figures import public_class
from senl_ae.grade.crs.oxygen_kinds import kinds_in, kinds_of
from senl_ae.grade.crs.vasopressors import read_cell
from senl_ae.grade.graded import Graded, given_columns
from senl_ae.grade.time.doubt import rows_given
from senl_ae.grade.time.spans import among, date_of, merge_adjoining
from senl_ae.grade.time.support import counts_as, support_spans
from senl_ae.grade.time.timeline import at_or_after_infusion, study_day
from senl_ae.study import DAY, NO_TIME, Study

SUPPORT = ("vasopressor", "oxygen", "icu", "dialysis", "sedation")
"""Categories that run; all others are administrations."""


def columns(graded: Graded) -> list[str]:
    """The columns of treatments.csv: the syndromes that have a place of their own before what else is known, the others at the end."""
    given = given_columns(list(graded.syndromes))
    placed = [column for name, column in given.items() if name in graded.in_order]
    return [
        "subject_id",
        "category",
        "agent",
        "start",
        "start_day",
        "end",
        "end_day",
        "source_kind",
        *placed,
        "premedication",
        "class",
        *(column for column in given.values() if column not in placed),
    ]


def treatments(graded: Graded) -> pd.DataFrame:
    """One row per administration or stretch of support of infused subjects, with the episodes it falls in.

    Columns: those of `_from_vitals` (times in seconds), start_day, end_day, given_in and one like it per further syndrome (episode
    numbers joined by `;`), premedication (1 when begun before the infusion). A yes/no column counts once a date and not where an
    intervention row of that date says the same.
    """
    study = graded.study
    given = list(given_columns(list(graded.syndromes)).values())
    rows = pd.concat([_from_interventions(study), _from_vitals(study)], ignore_index=True)
    rows = rows[study.subjects.infusion[rows["subject"].to_numpy(dtype=np.int64)] != NO_TIME]
    if rows.empty:
        return pd.DataFrame(columns=[*rows.columns, "start_day", "end_day", *given, "premedication"])
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
    started = rows_given(study) & (frame.start != NO_TIME)
    given = frame.rows(started & ~among(frame.category, SUPPORT))
    once = given.end == NO_TIME
    administrations = pd.DataFrame(
        {
            "subject": given.subject,
            "category": given.category,
            "agent": given.agent,
            "start": given.start,
            "start_is_date": given.start_is_date,
            "end": np.where(once, given.start, given.end),
            "end_is_date": np.where(once, given.start_is_date, given.end_is_date),
            "source_kind": "interventions",
            "class": None,
        }
    )
    spans = support_spans(study, SUPPORT)
    counts = (
        (spans.category != "vasopressor")
        | counts_as(spans.agent, "vasopressor")
        | counts_as(spans.agent, "vasopressin")
        | pd.isna(spans.agent)
    )
    merged = merge_adjoining(spans.rows(counts & ~spans.excused), ("subject", "category", "agent", "dated"))
    if not len(merged):
        return administrations
    support = pd.DataFrame(
        {
            "subject": merged.subject,
            "category": merged.category,
            "agent": merged.agent,
            "start": merged.start_lo,
            "start_is_date": merged.dated,
            "end": np.where(merged.dated, merged.end_hi - DAY, merged.end_hi),
            "end_is_date": merged.dated,
            "source_kind": "interventions",
            "class": [
                public_class(agent or "oxygen") if category == "oxygen" else None
                for agent, category in zip(merged.agent, merged.category, strict=True)
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
        parts.append(
            pd.DataFrame(
                {
                    "subject": v.subject[index],
                    "category": category,
                    "agent": agent,
                    "start": v.time[index],
                    "start_is_date": v.is_day[index],
                    "end": v.time[index],
                    "end_is_date": v.is_day[index],
                    "source_kind": "vitals",
                    "class": kind,
                }
            )
        )

    for column in ("tocilizumab", "corticosteroid", "antipyretic", "anticytokine"):
        add(np.flatnonzero(v[column] == 1), column, None)
    cells = v.vasopressors
    for text in [t for t in pd.unique(cells) if t is not None]:
        cell = read_cell(str(text))
        index = np.flatnonzero(cells == text)
        named: list[str | None] = [*sorted(cell.counted)]
        for agent in named or ([None] if cell.unnamed or cell.required else []):
            add(index, "vasopressor", agent)
    device, flow = v.oxygen_device, v.oxygen_flow
    kinds, (support_cell,) = kinds_of([(device, flow, flow)], ())
    index, kind = kinds_in(kinds, support_cell)
    for word in sorted(set(kinds.device.tolist())):
        support = public_class(word)
        if support is not None:
            add(index[(kinds.device == word)[kind]], "oxygen", word, support)
    return pd.concat(parts, ignore_index=True)


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
    if found is None or not len(found.episodes):
        return text
    a, e = found.course.a, found.episodes
    frame = pd.DataFrame(
        {
            "subject": e.subject,
            "episode": e.episode,
            "from": np.where(a.is_day[e.onset], a.date[e.onset] * DAY, a.order[e.onset]),
            "to": a.order[e.end],
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
