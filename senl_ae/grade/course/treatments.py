"""What was given to each subject and when, against its episodes: the record behind the management tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Seconds, Whole, Words
from senl_ae.frame import Frame
from senl_ae.grade.course.figures import counts_as_pressor, public_class
from senl_ae.grade.crs.oxygen_kinds import kinds_in, kinds_of
from senl_ae.grade.crs.vasopressors import read_cell
from senl_ae.grade.graded import Graded
from senl_ae.grade.time.doubt import rows_given
from senl_ae.grade.time.spans import among, date_of, merge_adjoining
from senl_ae.grade.time.support import support_spans
from senl_ae.grade.time.timeline import at_or_after_infusion, study_day
from senl_ae.scale import given_columns
from senl_ae.study import DAY, NO_TIME, Study

SUPPORT = ("vasopressor", "oxygen", "icu", "dialysis", "sedation")
"""Categories that run; all others are administrations."""


class Treatments(Frame):
    """Administrations and stretches of support. source_kind: the sheet they stand on; device_class: of oxygen, as tables name it."""

    subject: Whole
    category: Words
    agent: Words
    start: Seconds
    start_is_date: Mask
    end: Seconds
    end_is_date: Mask
    source_kind: Words
    device_class: Words


def treatments(graded: Graded) -> Treatments:
    """One row per administration or stretch of support of infused subjects, with the episodes it falls in.

    With further columns: start_day, end_day, given_in and one like it per further syndrome (episode
    numbers joined by `;`), premedication (1 when begun before the infusion). A yes/no column counts once a date and not where an
    intervention row of that date says the same.
    """
    study = graded.study
    given = list(given_columns(list(graded.syndromes)).values())
    t = Treatments.joined([*_from_interventions(study), *_from_vitals(study)])
    t = _once_a_date(t.rows(study.subjects.infusion[t.subject] != NO_TIME))
    last = np.where(t.end_is_date | (t.end == t.start), t.end, t.end - 1)
    after = at_or_after_infusion(study.subjects, t.subject, t.start, t.start_is_date)
    t = t.with_columns(
        start_day=study_day(study.subjects, t.subject, date_of(t.start)),
        end_day=study_day(study.subjects, t.subject, date_of(last)),
        premedication=(~after).astype(np.int64),
        **{
            column: _episodes_met(graded, name, t)
            for name, column in zip(graded.syndromes, given, strict=True)
        },
    )
    order = ["subject", "start", "category", "agent", "source_kind", "end"]
    return t.rows(t.table.sort_values(order, kind="stable", na_position="first").index.to_numpy())


def _from_interventions(study: Study) -> list[Treatments]:
    """Drugs as they were given, and support in the stretches that it ran."""
    frame = study.interventions
    started = rows_given(study) & (frame.start != NO_TIME)
    given = frame.rows(started & ~among(frame.category, SUPPORT))
    once = given.end == NO_TIME
    administrations = Treatments(
        subject=given.subject,
        category=given.category,
        agent=given.agent,
        start=given.start,
        start_is_date=given.start_is_date,
        end=np.where(once, given.start, given.end),
        end_is_date=np.where(once, given.start_is_date, given.end_is_date),
        source_kind=_all("interventions", len(given)),
        device_class=_all(None, len(given)),
    )
    spans = support_spans(study, SUPPORT)
    counts = (spans.category != "vasopressor") | counts_as_pressor(spans.agent)
    merged = merge_adjoining(spans.rows(counts & ~spans.excused), ("subject", "category", "agent", "dated"))
    shown = [
        public_class(agent or "oxygen") if category == "oxygen" else None
        for agent, category in zip(merged.agent, merged.category, strict=True)
    ]
    support = Treatments(
        subject=merged.subject,
        category=merged.category,
        agent=merged.agent,
        start=merged.start_lo,
        start_is_date=merged.dated,
        end=np.where(merged.dated, merged.end_hi - DAY, merged.end_hi),
        end_is_date=merged.dated,
        source_kind=_all("interventions", len(merged)),
        device_class=np.array(shown, dtype=object),
    )
    return [administrations, support]


def _all(word: str | None, n: int) -> Words:
    return np.full(n, word, dtype=object)


def _from_vitals(study: Study) -> list[Treatments]:
    """Drugs, vasopressors and oxygen of the vitals rows, each at the moment (or date) of its row."""
    v = study.vitals
    parts: list[Treatments] = []

    def add(at: Whole, category: str, agent: str | None, kind: str | None = None) -> None:
        parts.append(
            Treatments(
                subject=v.subject[at],
                category=_all(category, len(at)),
                agent=_all(agent, len(at)),
                start=v.time[at],
                start_is_date=v.is_day[at],
                end=v.time[at],
                end_is_date=v.is_day[at],
                source_kind=_all("vitals", len(at)),
                device_class=_all(kind, len(at)),
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
    return parts


def _once_a_date(t: Treatments) -> Treatments:
    """Cells of one date count once, and not beside an intervention row of the same category and date."""
    cells, drug = t.source_kind == "vitals", ~among(t.category, SUPPORT)
    keyed = t.table.assign(date=date_of(t.start))
    of_date = keyed[["subject", "category", "date"]]
    have = of_date[~cells].drop_duplicates().assign(there=True)
    beside = of_date.merge(have, on=list(of_date.columns), how="left")["there"].notna().to_numpy()
    in_order = keyed.sort_values(["subject", "category", "date", "start"], kind="stable")
    again = (
        in_order.duplicated(["subject", "category", "agent", "device_class", "date"]).sort_index().to_numpy()
    )
    return t.rows(~(cells & ((beside & drug) | again)))


def _episodes_met(graded: Graded, name: str, t: Treatments) -> Words:
    """The numbers of the episodes each row falls in, by dates where either side has no clock time."""
    text = _all("", len(t))
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
    reach = np.where(t.end_is_date, (date_of(t.end) + 1) * DAY - 1, t.end)
    given = pd.DataFrame({"subject": t.subject, "row": np.arange(len(t)), "begin": t.start, "reach": reach})
    pairs = given.merge(frame, on="subject")
    met = pairs[(pairs["begin"] <= pairs["to"]) & (pairs["reach"] >= pairs["from"])].sort_values(
        ["row", "episode"], kind="stable"
    )
    joined = met.groupby("row")["episode"].agg(lambda numbers: ";".join(map(str, numbers)))
    text[joined.index.to_numpy(dtype=np.int64)] = joined.to_numpy(dtype=object)
    return text
