"""The figures of each subject: worst grade, onset, duration, days seen, and whether "no event" is proven."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Seconds, Words
from senl_ae.grade.crs.oxygen import SUPPORT_CLASS
from senl_ae.grade.graded import Course, Episodes, Figures, GradedDays, Windows
from senl_ae.grade.time.spans import Drugs, Spans, date_of, marked
from senl_ae.grade.time.support import counts_as, drug_spans, support_spans
from senl_ae.grade.time.timeline import at_or_after_infusion, study_day
from senl_ae.settings import Settings
from senl_ae.study import DAY, NO_TIME, Study


def days_of(course: Course, study: Study, ends: Windows) -> GradedDays:
    """The grade of each subject and date of the window with an assessment."""
    a = course.a
    day = study_day(study.subjects, a.subject, a.date)
    inside = np.flatnonzero((day >= 0) & (day <= ends.end_day[a.subject]))
    if not len(inside):
        return GradedDays.without_rows()
    new = np.append(
        True, (a.subject[inside][1:] != a.subject[inside][:-1]) | (day[inside][1:] != day[inside][:-1])
    )
    starts = np.flatnonzero(new)
    grade = np.fmax.reduceat(course.grade[inside], starts)
    group = np.cumsum(new) - 1
    hit = np.flatnonzero(course.grade[inside] == grade[group])
    at = np.full(len(starts), -1, dtype=np.int64)
    at[group[hit[::-1]]] = inside[hit[::-1]]
    return GradedDays(
        subject=a.subject[inside][starts],
        study_day=day[inside][starts],
        grade=grade,
        ceiling=np.fmax.reduceat(course.ceiling[inside], starts),
        at=at,
    )


def figures(
    study: Study,
    course: Course,
    episodes: Episodes,
    days: GradedDays,
    ends: Windows,
    settings: Settings,
) -> Figures:
    """A syndrome's figures per subject, one array per column of patients.csv without its prefix; nan (or None) where blank.

    The grade is that of the worst episode begun in the window, over its whole course. Without an episode it is 0 only where the subject was
    evaluable on enough dates (`zero_needs_coverage`); else not evaluable, with the highest ceiling above 0.
    """
    n = len(study.subjects)
    last = ends.end_day[episodes.subject]
    begun = episodes.rows((episodes.onset_day <= last) & (episodes.onset_day >= 0))
    out, worst = _of_episodes(begun, n)
    count = np.bincount(begun.subject, minlength=n).astype(float)
    out["days_seen"] = np.bincount(days.subject[~np.isnan(days.grade)], minlength=n).astype(float)
    ceiling, highest_day = np.full(n, np.nan), np.full(n, np.nan)
    np.fmax.at(ceiling, days.subject, days.ceiling)
    np.fmax.at(ceiling, begun.subject, begun.ceiling)
    np.fmax.at(highest_day, days.subject, days.grade)
    has = count > 0
    proven_zero = _well_seen(course, days, ends, settings, n) & ~has
    evaluable = has | proven_zero
    out["grade"] = np.where(proven_zero, 0.0, out["grade"])
    above_zero = np.where(ceiling > 0, ceiling, np.nan)
    out["grade_ceiling"] = np.where(evaluable, np.fmax(ceiling, out["grade"]), above_zero)
    out["grade_in_window"] = np.where(has, highest_day, out["grade"])
    out["episodes"] = np.where(evaluable, count, np.nan)
    for name, at_least in (("days_grade1plus", 1), ("days_grade3plus", 3)):
        number = np.bincount(days.subject[days.grade >= at_least], minlength=n).astype(float)
        out[name] = np.where(evaluable, number, np.nan)
    uninfused = ends.end_day < 0
    for name, column in out.items():
        out[name] = np.where(uninfused, cast("Any", None if column.dtype == object else np.nan), column)
    out["rules"] = _rules_of_worst(course, worst, n)
    return out


def _of_episodes(begun: Episodes, n: int) -> tuple[Figures, Episodes]:
    """What the first and the worst of each subject's episodes say, blank where there is none; and the worst ones."""
    first = _first_of_each(begun)
    worst = _first_of_each(begun.rows(np.lexsort((-begun.grade, begun.subject))))
    out: Figures = {}
    for name, chosen in (
        ("onset_day", first),
        ("peak_day", worst),
        ("end_day", first),
        ("duration_days", first),
        ("grade", worst),
    ):
        out[name] = np.full(n, np.nan)
        out[name][chosen.subject] = chosen[name]
    out["outcome"] = np.full(n, None, dtype=object)
    out["outcome"][first.subject] = first.outcome
    return out, worst


def _first_of_each(episodes: Episodes) -> Episodes:
    """The first row of each subject."""
    return episodes.rows(np.unique(episodes.subject, return_index=True)[1])


def _well_seen(course: Course, days: GradedDays, ends: Windows, settings: Settings, n: int) -> Mask:
    """Subjects evaluable on enough of the dates from Day 0 to the coverage day or to the window's earlier end."""
    need = settings.zero_needs_coverage
    otherwise = course.scale.coverage if course.scale.coverage is not None else need.crs
    share = need.model_dump(exclude={"days"}).get(course.scale.syndrome.lower(), otherwise)
    last = np.minimum(ends.end_day, need.days)
    early = (days.study_day <= need.days) & ~np.isnan(days.grade)
    seen = np.bincount(days.subject[early], minlength=n)
    expected = last + 1
    return (expected > 0) & (seen >= share * expected - 1e-9) & (seen > 0)


def _rules_of_worst(course: Course, worst: Episodes, n: int) -> np.ndarray:
    out = np.full(n, "", dtype=object)
    out[worst.subject] = rule_ids(course, worst.peak)
    return out


def rule_ids(course: Course, at: Seconds) -> np.ndarray:
    """The ids of the rules that set the grade of these assessments, joined by `;`; "ruling" where an investigator set it."""
    text = np.full(len(at), "", dtype=object)
    grade = course.derived_grade[at]
    for rule, proven in zip(course.reading.rules, course.reading.proven, strict=True):
        if rule.grade is not None:
            text = joined(text, proven[at] & (grade == rule.grade), rule.id)
    ruled = course.grade[at] != grade
    ruled &= ~(np.isnan(course.grade[at]) & np.isnan(grade))
    return np.where(ruled, "ruling", text)


def joined(text: np.ndarray, where: Mask, word: str) -> np.ndarray:
    """Adds a word to some texts, after a `;` where something stands there already."""
    if not where.any():
        return text
    out = text.copy()
    old = text[where]
    out[where] = np.where(old == "", word, old + (";" + word))
    return out


def management(study: Study, ends: Windows) -> dict[str, np.ndarray]:
    """What each subject was given in the window: tocilizumab doses (yes/no columns count once a date), and whether any of the others.

    oxygen: the highest class (low_flow, mask, high_flow, positive_pressure); vasopressor: counted agents and vasopressin; yes as 1, no as
    0, blank where the study has no source at all.
    """
    n = len(study.subjects)
    doses = {
        name: _where_source(
            study, (name,), _count_in_window(study, treatments_of(study, (name,), (name,)), ends, n)
        )
        for name in ("tocilizumab", "corticosteroid", "anticytokine")
    }
    pressors = support_spans(study, ("vasopressor",))
    ran = _touches_window(study, pressors.rows(counts_as_pressor(pressors.agent)), ends, n)
    icu = _touches_window(study, support_spans(study, ("icu",)), ends, n)
    return {
        "tocilizumab_doses": doses.pop("tocilizumab"),
        **{name: np.where(given > 0, 1.0, given) for name, given in doses.items()},
        "vasopressor": _where_source(
            study,
            ("vasopressors", "interventions:vasopressor"),
            (ran | _named_in_cells(study, ends, n)).astype(float),
        ),
        "icu": _where_source(study, ("interventions:icu",), icu.astype(float)),
        "oxygen": _oxygen_class(study, ends, n),
    }


def counts_as_pressor(agent: Words) -> Mask:
    """Support with a vasopressor that tables count: a counted agent, vasopressin, or one that is not named."""
    counted: Mask = counts_as(agent, "vasopressor") | counts_as(agent, "vasopressin") | pd.isna(agent)
    return counted


def _where_source(study: Study, names: tuple[str, ...], values: np.ndarray) -> np.ndarray:
    known = set(names) | {f"interventions:{name}" for name in names}
    return (
        values if study.sources & known or "interventions" in study.sources else np.full(len(values), np.nan)
    )


def treatments_of(study: Study, kinds: tuple[str, ...], columns: tuple[str, ...]) -> Drugs:
    """Administrations of these drugs; a yes/no column counts once a date, and not where an intervention row of that date says the same."""
    both = drug_spans(study, kinds, columns)
    own = len(drug_spans(study, kinds, ()))
    again = pd.DataFrame({"subject": both.subject, "date": date_of(both.start)}).duplicated().to_numpy()
    return both.rows((np.arange(len(both)) < own) | ~again)


def _count_in_window(study: Study, drugs: Drugs, ends: Windows, n: int) -> np.ndarray:
    who, start = drugs.subject, drugs.start
    after = at_or_after_infusion(study.subjects, who, start, drugs.is_date)
    inside = after & (study_day(study.subjects, who, date_of(start)) <= ends.end_day[who])
    return np.bincount(who[inside], minlength=n).astype(float)


def _touches_window(study: Study, spans: Spans, ends: Windows, n: int) -> Mask:
    s, who = study.subjects, spans.subject
    infusion = s.infusion[who]
    last = (date_of(infusion) + ends.end_day[who] + 1) * DAY
    zero = np.where(s.infusion_is_date[who], date_of(infusion) * DAY, infusion)
    inside = (spans.start_lo < last) & ((spans.end_hi > zero) | (spans.start_lo >= zero))
    return marked(who[inside & (infusion != NO_TIME)], n)


def _rows_in_window(study: Study, ends: Windows) -> Mask:
    v = study.vitals
    who, time = v.subject, v.time
    after = at_or_after_infusion(study.subjects, who, time, v.is_day)
    return after & (study_day(study.subjects, who, date_of(time)) <= ends.end_day[who])


def _named_in_cells(study: Study, ends: Windows, n: int) -> Mask:
    from senl_ae.grade.crs.vasopressors import read_cell

    out = np.zeros(n, dtype=bool)
    codes, texts = pd.factorize(study.vitals.vasopressors)
    read = [read_cell(str(text)) for text in texts]
    named = np.array([*(bool(c.counted or c.required or c.unnamed) for c in read), False], dtype=bool)
    if not named.any():
        return out
    given = named[codes] & _rows_in_window(study, ends)
    out[study.vitals.subject[given]] = True
    return out


CLASS_ORDER = ("low_flow", "mask", "high_flow", "positive_pressure")


def public_class(device: object) -> str | None:
    """The class of a device in tables: low_flow, mask, high_flow, positive_pressure; None for room air."""
    kind = SUPPORT_CLASS.get(str(device))
    shown = {
        "non_invasive": "positive_pressure",
        "invasive": "positive_pressure",
        "ecmo": "positive_pressure",
        "artificial_airway": "low_flow",
    }
    return shown.get(kind or "", kind)


def _oxygen_class(study: Study, ends: Windows, n: int) -> np.ndarray:
    rank = np.full(n, -1, dtype=np.int64)
    v = study.vitals
    device, flow = v.oxygen_device, v.oxygen_flow
    device = np.where(pd.isna(device) & (flow > 0), "oxygen", device)
    order = {kind: i for i, kind in enumerate(CLASS_ORDER)}
    of = {
        d: max(order.get(public_class(part) or "", -1) for part in str(d).split(";"))
        for d in pd.unique(device)
        if d is not None
    }
    codes = pd.Series(device, dtype=object).map(of).fillna(-1).to_numpy(dtype=np.int64)
    inside = _rows_in_window(study, ends)
    np.maximum.at(rank, v.subject[inside], codes[inside])
    spans = support_spans(study, ("oxygen",))
    shown = np.array([public_class(device or "oxygen") for device in spans.agent.tolist()], dtype=object)
    for kind, i in order.items():
        hit = _touches_window(study, spans.rows(shown == kind), ends, n)
        rank = np.where(hit, np.maximum(rank, i), rank)
    words = np.array([*CLASS_ORDER, "none"], dtype=object)[rank]
    return (
        words
        if study.sources & {"oxygen_device", "oxygen_flow", "interventions:oxygen"}
        else np.full(n, None, dtype=object)
    )
