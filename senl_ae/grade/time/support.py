"""How long support ran and when drugs were given: intervals with an earliest and a latest reading, half open, joined where they adjoin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.grade.time.doubt import (
    CHARTED,
    ENDLESS,
    LEAST,
    MOST,
    blank_and_in_doubt,
    counting,
    reading_of,
    rows_given,
    rows_in_doubt,
)
from senl_ae.grade.time.spans import Mask, Seconds, date_of, merge_adjoining
from senl_ae.grade.time.timeline import last_record
from senl_ae.study import DAY, HOUR, NO_TIME, Study
from senl_ae.vocabulary.items import load_items, per_vocabulary

EXCUSED = ("airway_protection", "procedure", "seizure", "sleep_apnoea", "home", "baseline")
"""Indications whose support is not due to the syndrome."""
OPEN_END_HOURS = 24
"""How long after an interval whose end was not recorded it may still have run."""

SPAN_COLUMNS = (
    "subject",
    "category",
    "agent",
    "start_lo",
    "start_hi",
    "end_lo",
    "end_hi",
    "dated",
    "open_end",
    "flow",
    "flow_upper",
    "fio2",
    "indication",
    "excused",
    "doubtful",
    "counts",
    "position",
)


@per_vocabulary
def roles() -> dict[str, str]:
    """What each agent counts as: vasopressor, vasopressin, inotrope, antipyretic, anticytokine and so on."""
    return {name: agent.role for name, agent in load_items().agents.items()}


def counts_as(agent: npt.NDArray[np.object_], role: str) -> Mask:
    known = [name for name, r in roles().items() if r == role]
    return np.isin(agent.astype(str), known)


def support_spans(study: Study, categories: tuple[str, ...], every: bool = False) -> pd.DataFrame:
    """Intervals of support of these categories that count in this reading of the record, one row each, as `SPAN_COLUMNS`.

    A date-only start or end has an earliest and a latest reading (`_lo`, `_hi`); `dated` marks intervals without any clock time. No
    recorded end: to the end of the start date, `open_end`; a recorded end that cannot be (`end_recorded`): to the end of the date that
    counts, `open_end` too. Ongoing: to the subject's last record, that one included. every: with those in doubt that do not count here
    (`doubtful`, `counts`).
    """
    frame = study.interventions
    frame = _as_read(
        study, frame["category"].isin(categories).to_numpy() & (frame["start"].to_numpy() != NO_TIME)
    )
    if not every:
        frame = frame[frame["counts"].to_numpy(dtype=bool)]
    start, end = frame["start"].to_numpy(dtype=np.int64), frame["end"].to_numpy(dtype=np.int64)
    start_is_date = frame["start_is_date"].to_numpy(dtype=bool)
    end_is_date = frame["end_is_date"].to_numpy(dtype=bool)
    ongoing = frame["going_on"].to_numpy(dtype=bool)
    last = _last_of(study, frame["subject"].to_numpy(dtype=np.int64), ongoing)
    end_of_start_date = (date_of(start) + 1) * DAY
    missing = (end == NO_TIME) & ~ongoing
    open_end = missing | (frame["end_recorded"].to_numpy(dtype=np.int64) != NO_TIME)
    last = np.where(start_is_date, (date_of(last - 1) + 1) * DAY, last)
    end_hi = np.where(
        missing,
        end_of_start_date,
        np.where(ongoing, last, np.where(end_is_date, (date_of(end) + 1) * DAY, end)),
    )
    exact = end_is_date & ~ongoing & (~open_end | start_is_date)
    end_lo = np.where(exact & ~missing, end, np.where(missing & start_is_date, start, end_hi))
    return pd.DataFrame(
        {
            "subject": frame["subject"].to_numpy(dtype=np.int64),
            "category": frame["category"].to_numpy(dtype=object),
            "agent": frame["agent"].to_numpy(dtype=object),
            "start_lo": start,
            "start_hi": np.where(start_is_date, end_of_start_date, start),
            "end_lo": end_lo,
            "end_hi": end_hi,
            "dated": start_is_date & (end_is_date | (end == NO_TIME)),
            "open_end": open_end,
            "flow": frame["flow"].to_numpy(dtype=float),
            "flow_upper": frame["flow_upper"].to_numpy(dtype=float),
            "fio2": frame["fio2"].to_numpy(dtype=float),
            "indication": frame["indication"].to_numpy(dtype=object),
            **{name: frame[name].to_numpy(dtype=bool) for name in ("excused", "doubtful", "counts")},
            "position": frame["position"].to_numpy(dtype=np.int64),
        },
        columns=list(SPAN_COLUMNS),
    )


def _as_read(study: Study, wanted: Mask) -> pd.DataFrame:
    """Intervention rows in this reading of the record, with excused, doubtful, counts, going_on and position.

    A cell in doubt lowers at the least: an indication excuses, a flow is low, what may go on has ended; of what lifts a grade (excused
    support, sedation) the flow is high and it goes on. At the most all of it is the other way round.
    """
    frame, reading = study.interventions[wanted], reading_of(study)
    category, indication = (frame[name].to_numpy(dtype=object) for name in ("category", "indication"))
    unread = {
        name: blank_and_in_doubt(study, "interventions", name)[wanted]
        for name in ("indication", "ongoing", "flow")
    }
    doubtful, no_end = rows_in_doubt(study)[wanted], frame["end"].to_numpy() == NO_TIME
    excused = np.isin(indication.astype(str), EXCUSED)
    excused |= unread["indication"] & (category != "fluid") & (reading == LEAST)
    lifting = excused | (category == "sedation")
    going_on = (frame["ongoing"].to_numpy(dtype=float) == 1) & no_end
    flow = frame["flow"].to_numpy(dtype=float)
    if reading != CHARTED:
        longer = lifting == (reading == LEAST)
        going_on |= unread["ongoing"] & longer & no_end
        flow = np.where(unread["flow"], np.where(longer, ENDLESS, 0.0), flow)
    if reading == MOST and unread["indication"].any():
        indication = np.where(unread["indication"] & (category == "fluid"), "hypotension", indication)
    counts = counting(reading, doubtful, lifting)
    return frame.assign(
        indication=indication,
        excused=excused,
        doubtful=doubtful,
        counts=counts,
        going_on=going_on,
        flow=flow,
        position=np.flatnonzero(wanted),
    )


def _last_of(study: Study, subject: Seconds, ongoing: Mask) -> Seconds:
    """Until when the subject of each row is on record; looked up only where something is ongoing."""
    return last_record(study)[subject] if ongoing.any() else np.full(len(subject), NO_TIME, dtype=np.int64)


def in_course(study: Study, spans: pd.DataFrame) -> pd.DataFrame:
    """Spans without those that ended before the infusion, where clock times prove that they did."""
    who = spans["subject"].to_numpy(dtype=np.int64)
    infusion = study.subjects["infusion"].to_numpy(dtype=np.int64)[who]
    timed = ~study.subjects["infusion_is_date"].to_numpy(dtype=bool)[who] & (infusion != NO_TIME)
    start, end = spans["start_lo"].to_numpy(dtype=np.int64), spans["end_hi"].to_numpy(dtype=np.int64)
    reach = np.where(spans["open_end"].to_numpy(dtype=bool), end + OPEN_END_HOURS * HOUR, end)
    before = timed & (np.maximum(reach, start + 1) <= infusion)
    return spans[~before]


def bolus_spans(study: Study) -> pd.DataFrame:
    """Fluid boluses given for blood pressure: from start to end, without an end at the start alone; none from before the infusion."""
    spans = support_spans(study, ("fluid",))
    spans = spans[(spans["indication"] == "hypotension").to_numpy(dtype=bool)]
    moment = (spans["open_end"] & ~spans["dated"]).to_numpy(dtype=bool)
    end = np.where(
        moment, spans["start_lo"].to_numpy(dtype=np.int64), spans["end_hi"].to_numpy(dtype=np.int64)
    )
    return in_course(study, spans.assign(end_hi=end, open_end=False))


def after_open_end(spans: pd.DataFrame) -> pd.DataFrame:
    """The hours after an interval without an end in which it may still have run: spans of their own, possible but never proven."""
    out = spans[spans["open_end"].to_numpy(dtype=bool)].copy()
    out["start_lo"] = out["start_hi"] = out["end_hi"]
    out["end_lo"] = out["end_hi"] = out["end_hi"] + OPEN_END_HOURS * HOUR
    return out


def overlaps(counted: pd.DataFrame, shortest_minutes: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """When two counted vasopressors ran together: (proven spans, possible spans), each with subject, start, end.

    counted: spans of counted agents. Together is proven by an overlap of at least `shortest_minutes` of what certainly ran, and then
    for the whole overlap; possible wherever their widest readings overlap at all.
    """
    with_reach = counted.copy()
    with_reach["end_hi"] = np.where(
        counted["open_end"], counted["end_hi"] + OPEN_END_HOURS * HOUR, counted["end_hi"]
    )
    certain = _pairs(
        merge_adjoining(counted[["subject", "agent", *_BOUNDS]], ["subject", "agent"]), "start_hi", "end_lo"
    )
    possible = _pairs(
        merge_adjoining(with_reach[["subject", "agent", *_BOUNDS]], ["subject", "agent"]),
        "start_lo",
        "end_hi",
    )
    length = certain["end"].to_numpy() - certain["start"].to_numpy()
    return certain[length >= max(shortest_minutes * 60, 1)], possible


_BOUNDS = ["start_lo", "start_hi", "end_lo", "end_hi"]


def _pairs(spans: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """Every overlap of two different agents of one subject, as subject, start, end."""
    if len(spans):
        at_least = spans[start].to_numpy(dtype=np.int64) + (spans["start_lo"] == spans["end_hi"])
        spans = spans.assign(**{end: np.maximum(spans[end].to_numpy(dtype=np.int64), at_least)})
    several = spans[spans.groupby("subject")["agent"].transform("nunique") > 1] if len(spans) else spans
    plain = several[["subject", "agent", start, end]]
    both = plain.merge(plain, on="subject", suffixes=("", "_other"))
    both = both[both["agent"] < both["agent_other"]]
    out = pd.DataFrame(
        {
            "subject": both["subject"].to_numpy(dtype=np.int64),
            "start": np.maximum(
                both[start].to_numpy(dtype=np.int64), both[f"{start}_other"].to_numpy(dtype=np.int64)
            ),
            "end": np.minimum(
                both[end].to_numpy(dtype=np.int64), both[f"{end}_other"].to_numpy(dtype=np.int64)
            ),
        }
    )
    return out[out["end"] > out["start"]]


def drug_spans(
    study: Study,
    roles_or_categories: tuple[str, ...],
    vitals_columns: tuple[str, ...],
    *,
    widest: bool = False,
) -> pd.DataFrame:
    """When drugs of these kinds were given, before or after the infusion: subject, start, end, is_date.

    widest: an end that cannot be stands as it was recorded, for what the drug may have hidden.

    From intervention rows (by agent's role or by category; none that is in doubt, except at the most) and from yes/no columns of the
    vitals. Without an end it is one administration; with one it is a course to that end. `is_date` where either end has no clock time.
    """
    frame = study.interventions
    agent_role = frame["agent"].map(roles()).to_numpy(dtype=object)
    wanted = frame["category"].isin(roles_or_categories).to_numpy() | np.isin(
        agent_role.astype(str), roles_or_categories
    )
    wanted &= rows_given(study) & (frame["start"].to_numpy() != NO_TIME)
    rows, unread = frame[wanted], blank_and_in_doubt(study, "interventions", "ongoing")[wanted]
    start, end = rows["start"].to_numpy(dtype=np.int64), rows["end"].to_numpy(dtype=np.int64)
    recorded = rows["end_recorded"].to_numpy(dtype=np.int64)
    end = np.where(recorded != NO_TIME, recorded, end) if widest else end
    ongoing = ((rows["ongoing"].to_numpy(dtype=float) == 1) | (unread & (reading_of(study) == MOST))) & (
        end == NO_TIME
    )
    last = np.maximum(_last_of(study, rows["subject"].to_numpy(dtype=np.int64), ongoing), start)
    parts = [
        pd.DataFrame(
            {
                "subject": rows["subject"].to_numpy(dtype=np.int64),
                "start": start,
                "end": np.where(ongoing, last, np.where(end == NO_TIME, start, end)),
                "is_date": rows["start_is_date"].to_numpy(dtype=bool)
                | ((end != NO_TIME) & rows["end_is_date"].to_numpy(dtype=bool)),
            }
        )
    ]
    vitals = study.vitals
    for column in vitals_columns:
        given = vitals[vitals[column].to_numpy(dtype=float) == 1]
        parts.append(
            pd.DataFrame(
                {
                    "subject": given["subject"].to_numpy(dtype=np.int64),
                    "start": given["time"].to_numpy(dtype=np.int64),
                    "end": given["time"].to_numpy(dtype=np.int64),
                    "is_date": given["is_day"].to_numpy(dtype=bool),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def latest_end_of_started(drugs: pd.DataFrame, subject: Seconds, moment: Seconds) -> Seconds:
    """Of a subject's drugs begun at or before each moment, the latest end; NO_TIME where none had begun."""
    from senl_ae.grade.time.spans import packed

    if drugs.empty:
        return np.full(len(subject), NO_TIME, dtype=np.int64)
    drugs = drugs.sort_values(["subject", "start", "end"], kind="stable")
    who, start, end = (drugs[c].to_numpy(dtype=np.int64) for c in ("subject", "start", "end"))
    key = packed(who, start)
    reach = np.maximum.accumulate(
        packed(who, end)
    )  # never falls within a subject, and starts anew above the last with the next
    at = np.searchsorted(key, packed(subject, moment), "right") - 1
    found = (at >= 0) & (who[np.maximum(at, 0)] == subject)
    return np.where(
        found, reach[np.maximum(at, 0)] - packed(subject, np.zeros(len(subject), dtype=np.int64)), NO_TIME
    )
