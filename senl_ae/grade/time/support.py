"""How long support ran and when drugs were given: intervals with an earliest and a latest reading, half open, joined where they adjoin."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Seconds, Whole, Words
from senl_ae.grade.time.doubt import (
    CHARTED,
    ENDLESS,
    LEAST,
    MOST,
    blank_and_in_doubt,
    counting,
    rows_given,
)
from senl_ae.grade.time.spans import Drugs, Spans, Stretches, among, date_of, merge_adjoining, packed
from senl_ae.grade.time.timeline import last_record
from senl_ae.study import DAY, HOUR, NO_TIME, Interventions, Study
from senl_ae.vocabulary.items import load_items, per_vocabulary

EXCUSED = ("airway_protection", "procedure", "seizure", "sleep_apnoea", "home", "baseline")
"""Indications whose support is not due to the syndrome."""
OPEN_END_HOURS = 24
"""How long after an interval whose end was not recorded it may still have run."""


@per_vocabulary
def roles() -> dict[str, str]:
    """What each agent counts as: vasopressor, vasopressin, inotrope, antipyretic, anticytokine and so on."""
    return {name: agent.role for name, agent in load_items().agents.items()}


def counts_as(agent: Words, role: str) -> Mask:
    """Which agents count as this role; none that is not named."""
    return among(agent, [name for name, r in roles().items() if r == role])


def support_spans(study: Study, categories: tuple[str, ...], every: bool = False) -> Spans:
    """Intervals of support of these categories that count in this reading of the record, one row each.

    No recorded end: to the end of the start date, `open_end`; a recorded end that cannot be (`end_recorded`): to the end of the date that
    counts, `open_end` too. Ongoing: to the subject's last record, that one included. every: with those in doubt that do not count here
    (`doubtful`, `counts`).
    """
    wanted = among(study.interventions.category, categories) & (study.interventions.start != NO_TIME)
    frame = _as_read(study, wanted)
    if not every:
        frame = frame.rows(frame.counts)
    start, end, start_is_date = frame.start, frame.end, frame.start_is_date
    # in doubt it is no record of the others, and one of itself
    last = np.maximum(_last_of(study, frame.subject, frame.going_on), start + 1)
    end_of_start_date = (date_of(start) + 1) * DAY
    missing = (end == NO_TIME) & ~frame.going_on
    open_end = missing | (frame.end_recorded != NO_TIME)
    last = np.where(start_is_date, (date_of(last - 1) + 1) * DAY, last)
    recorded = np.where(frame.end_is_date, (date_of(end) + 1) * DAY, end)
    end_hi = np.where(missing, end_of_start_date, np.where(frame.going_on, last, recorded))
    exact = frame.end_is_date & ~frame.going_on & (~open_end | start_is_date)
    end_lo = np.where(exact & ~missing, end, np.where(missing & start_is_date, start, end_hi))
    return Spans(
        subject=frame.subject,
        category=frame.category,
        agent=frame.agent,
        start_lo=start,
        start_hi=np.where(start_is_date, end_of_start_date, start),
        end_lo=end_lo,
        end_hi=end_hi,
        dated=start_is_date & (frame.end_is_date | (end == NO_TIME)),
        open_end=open_end,
        flow=frame.flow,
        flow_upper=frame.flow_upper,
        fio2=frame.fio2,
        indication=frame.indication,
        excused=frame.excused,
        doubtful=frame.doubtful,
        counts=frame.counts,
        position=frame.position,
    )


class _AsRead(Interventions):
    """Intervention rows in one reading of the record: what excuses, what counts, what goes on."""

    excused: Mask
    counts: Mask
    going_on: Mask
    position: Whole


def _as_read(study: Study, wanted: Mask) -> _AsRead:
    """The wanted rows in this reading of the record.

    A cell in doubt lowers at the least: an indication excuses, a flow is low, what may go on has ended; of what lifts a grade (excused
    support, sedation) the flow is high and it goes on. At the most all of it is the other way round.
    """
    frame, reading = study.interventions.rows(wanted), study.reading
    no_reason, no_ongoing, no_flow = (
        blank_and_in_doubt(study, "interventions", name)[wanted] for name in ("indication", "ongoing", "flow")
    )
    indication, flow, no_end = frame.indication, frame.flow, frame.end == NO_TIME
    excused = among(indication, EXCUSED) | (no_reason & (frame.category != "fluid") & (reading == LEAST))
    lifting = excused | (frame.category == "sedation")
    going_on = (frame.ongoing == 1) & no_end
    if reading != CHARTED:
        longer = lifting == (reading == LEAST)
        going_on |= no_ongoing & longer & no_end
        flow = np.where(no_flow, np.where(longer, ENDLESS, 0.0), flow)
    if reading == MOST:
        indication = np.where(no_reason & (frame.category == "fluid"), "hypotension", indication)
    columns = {name: frame[name] for name in frame.names} | {
        "indication": indication,
        "flow": flow,
        "excused": excused,
        "counts": counting(reading, frame.doubtful, lifting),
        "going_on": going_on,
        "position": np.flatnonzero(wanted),
    }
    return _AsRead(**columns)


def _last_of(study: Study, subject: Whole, ongoing: Mask) -> Seconds:
    """Until when the subject of each row is on record; looked up only where something is ongoing."""
    return last_record(study)[subject] if ongoing.any() else np.full(len(subject), NO_TIME, dtype=np.int64)


def in_course(study: Study, spans: Spans) -> Spans:
    """Spans without those that ended before the infusion, where clock times prove that they did."""
    infusion = study.subjects.infusion[spans.subject]
    timed = ~study.subjects.infusion_is_date[spans.subject] & (infusion != NO_TIME)
    before = timed & (np.maximum(_reach(spans), spans.start_lo + 1) <= infusion)
    return spans.rows(~before)


def _reach(spans: Spans) -> Seconds:
    """Until when each may have run; what has no end, some hours longer."""
    return np.where(spans.open_end, spans.end_hi + OPEN_END_HOURS * HOUR, spans.end_hi)


def bolus_spans(study: Study) -> Spans:
    """Fluid boluses given for blood pressure: from start to end, without an end at the start alone; none from before the infusion."""
    spans = support_spans(study, ("fluid",))
    spans = spans.rows(spans.indication == "hypotension")
    moment = spans.open_end & ~spans.dated
    end = np.where(moment, spans.start_lo, spans.end_hi)
    return in_course(study, spans.with_columns(end_hi=end, open_end=np.zeros(len(spans), dtype=bool)))


def after_open_end(spans: Spans) -> Spans:
    """The hours after an interval without an end in which it may still have run: spans of their own, possible but never proven."""
    out = spans.rows(spans.open_end)
    return out.with_columns(start_lo=out.end_hi, start_hi=out.end_hi, end_lo=_reach(out), end_hi=_reach(out))


def overlaps(counted: Spans, shortest_minutes: float) -> tuple[Stretches, Stretches]:
    """When two counted vasopressors ran together: proven stretches, possible stretches.

    counted: spans of counted agents. Together is proven by an overlap of at least `shortest_minutes` of what certainly ran, and then
    for the whole overlap; possible wherever their widest readings overlap at all.
    """
    sure = merge_adjoining(counted, ("subject", "agent"))
    wide = merge_adjoining(counted.with_columns(end_hi=_reach(counted)), ("subject", "agent"))
    certain = _pairs(sure, sure.start_hi, sure.end_lo)
    possible = _pairs(wide, wide.start_lo, wide.end_hi)
    long_enough = certain.end - certain.start >= max(shortest_minutes * 60, 1)
    return certain.rows(long_enough), possible


def _pairs(spans: Spans, start: Seconds, end: Seconds) -> Stretches:
    """Every overlap of two different agents of one subject, each taken from `start` to `end`; one without length lasts a second."""
    end = np.maximum(end, start + (spans.start_lo == spans.end_hi))
    plain = pd.DataFrame({"subject": spans.subject, "agent": spans.agent, "start": start, "end": end})
    several = plain[plain.groupby("subject")["agent"].transform("nunique") > 1] if len(plain) else plain
    both = several.merge(several, on="subject", suffixes=("", "_other"))
    both = both[both["agent"] < both["agent_other"]]
    out = Stretches(
        subject=both["subject"].to_numpy(dtype=np.int64),
        start=both[["start", "start_other"]].max(axis="columns").to_numpy(dtype=np.int64),
        end=both[["end", "end_other"]].min(axis="columns").to_numpy(dtype=np.int64),
    )
    return out.rows(out.end > out.start)


def drug_spans(
    study: Study,
    roles_or_categories: tuple[str, ...],
    vitals_columns: tuple[str, ...],
    *,
    widest: bool = False,
) -> Drugs:
    """When drugs of these kinds were given, before or after the infusion.

    widest: an end that cannot be stands as it was recorded, for what the drug may have hidden.

    From intervention rows (by agent's role or by category; none that is in doubt, except at the most) and from yes/no columns of the
    vitals. Without an end it is one administration; with one it is a course to that end.
    """
    frame, vitals = study.interventions, study.vitals
    of_role = [name for name, role in roles().items() if role in roles_or_categories]
    wanted = among(frame.category, roles_or_categories) | among(frame.agent, of_role)
    wanted &= rows_given(study) & (frame.start != NO_TIME)
    rows, unread = frame.rows(wanted), blank_and_in_doubt(study, "interventions", "ongoing")[wanted]
    start, end = rows.start, rows.end
    end = np.where(rows.end_recorded != NO_TIME, rows.end_recorded, end) if widest else end
    ongoing = ((rows.ongoing == 1) | (unread & (study.reading == MOST))) & (end == NO_TIME)
    last = np.maximum(_last_of(study, rows.subject, ongoing), start)
    parts = [
        Drugs(
            subject=rows.subject,
            start=start,
            end=np.where(ongoing, last, np.where(end == NO_TIME, start, end)),
            is_date=rows.start_is_date | ((end != NO_TIME) & rows.end_is_date),
        )
    ]
    for column in vitals_columns:
        at = np.flatnonzero(vitals[column] == 1)
        time = vitals.time[at]
        parts.append(Drugs(subject=vitals.subject[at], start=time, end=time, is_date=vitals.is_day[at]))
    return Drugs.joined(parts)


def latest_end_of_started(drugs: Stretches, subject: Whole, moment: Seconds) -> Seconds:
    """Of a subject's drugs begun at or before each moment, the latest end; NO_TIME where none had begun."""
    if not len(drugs):
        return np.full(len(subject), NO_TIME, dtype=np.int64)
    drugs = drugs.rows(np.lexsort((drugs.end, drugs.start, drugs.subject)))
    who = drugs.subject
    key = packed(who, drugs.start)
    # never falls within a subject, and starts anew above the last with the next
    reach = np.maximum.accumulate(packed(who, drugs.end))
    at = np.searchsorted(key, packed(subject, moment), "right") - 1
    found = (at >= 0) & (who[np.maximum(at, 0)] == subject)
    return np.where(
        found, reach[np.maximum(at, 0)] - packed(subject, np.zeros(len(subject), dtype=np.int64)), NO_TIME
    )
