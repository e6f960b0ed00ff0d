"""What series of values say: ICAHT, days below, recovery, Day 28 cytopenia, febrile neutropenia, tumour lysis, IEC-HS criteria."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.arrays import Mask, Numbers, Words
from senl_ae.grade.laboratory.criteria import febrile_neutropenia, tumour_lysis
from senl_ae.grade.laboratory.graded_values import GradedValues
from senl_ae.grade.laboratory.iechs import iechs_criteria
from senl_ae.grade.laboratory.series import (
    Daily,
    count_days,
    daily_lows,
    days_at,
    doubtful_low_days,
    first_recovery,
    grade_by_figures,
    second_lowest,
    unknown_days,
)
from senl_ae.grade.laboratory.values import Baseline, LabRows
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.spans import date_of
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, Study


@dataclass(frozen=True)
class Icaht:
    """ICAHT per subject: early grade and ceiling, late grade, the days counted, the day of recovery; nan where not evaluable."""

    early: Numbers
    ceiling: Numbers
    late: Numbers
    days: Mapping[str, Numbers]
    recovery: Numbers
    single_low_late: Mask


def haematotoxicity(
    study: Study,
    settings: Settings,
    scales: Mapping[str, Scale],
    r: LabRows,
    base: Baseline,
    values: GradedValues,
    *,
    end: Numbers,
    crs_end_day: Numbers | None = None,
) -> pd.DataFrame:
    """One row per subject, blank where it was not infused.

    end: last study day of each subject's window.
    crs_end_day: the last study day of CRS, shown beside the IEC-HS criteria; nan or None where there was none or it is not known.
    """
    n, infused = len(study.subjects), study.subjects.infusion != NO_TIME
    tls, day28 = _series_scale(scales, "TLS"), settings.day28_window
    icaht = grade_icaht(study, settings, _series_scale(scales, "ICAHT"), r, end)
    fever = febrile_neutropenia(
        study, _ctcae(scales, settings).extra["series"]["febrile_neutropenia"], r, end
    )
    lysis, lysis_flags = tumour_lysis(study, settings, tls, r, base)
    met, missing, iechs_flags = iechs_criteria(
        study, _series_scale(scales, "IEC-HS"), r, base, values, crs_end_day
    )
    level = study.subjects.dose_level
    figures = {
        "icaht_early": icaht.early,
        "icaht_early_ceiling": icaht.ceiling,
        "icaht_late": _not_ruled_out(r, icaht.late, ("anc",), n),
        "days_anc_500": icaht.days["days_anc_500"],
        "days_anc_100": icaht.days["days_anc_100"],
        "recovery_day": icaht.recovery,
        "neutropenia_day28": _severe_at_visit(r, values, "anc", day28, n),
        "thrombocytopenia_day28": _severe_at_visit(r, values, "platelets", day28, n),
        "febrile_neutropenia": _not_ruled_out(r, fever, ("anc",), n),
        "tumour_lysis": _not_ruled_out(r, lysis, tuple(dict.fromkeys(rule.test for rule in tls.rules)), n),
    }
    texts = {
        "iechs_met": met,
        "iechs_missing": missing,
        "flags": _flags(icaht, settings, lysis_flags, iechs_flags),
    }
    return pd.DataFrame(
        {
            "subject_id": study.subjects.subject_id,
            "dose_level": np.where(pd.isna(level), "", level),
            **{name: whole(np.where(infused, figure, np.nan)) for name, figure in figures.items()},
            **{name: np.where(infused, text, "") for name, text in texts.items()},
        }
    )


def _flags(icaht: Icaht, settings: Settings, *of_subjects: Mapping[int, list[str]]) -> Words:
    """The flags of each subject: of its ICAHT grades, and those that other criteria brought."""
    words = {
        "icaht-early-open": icaht.ceiling > icaht.early,
        "icaht-late-single-value": icaht.single_low_late,
        "icaht-with-platelets": np.full(len(icaht.early), settings.icaht_platelets),
    }
    flags = [[word for word, mask in words.items() if mask[i]] for i in range(len(icaht.early))]
    for extra in of_subjects:
        for subject, more in extra.items():
            flags[subject].extend(more)
    return np.array([";".join(sorted(set(found))) for found in flags], dtype=object)


def _not_ruled_out(r: LabRows, figure: Numbers, tests: tuple[str, ...], n: int) -> Numbers:
    """A figure of 0 made unknown where a value of its tests may be nothing or may be more: such a value proves nothing either way."""
    open_ = np.zeros(n, dtype=bool)
    for test in tests:
        open_[r.subject[r.doubtful_of(test)]] = True
    return np.where((figure == 0) & open_, np.nan, figure)


def whole(x: Numbers) -> pd.arrays.IntegerArray:
    """Whole numbers that may be blank."""
    blank = np.isnan(x)
    return pd.arrays.IntegerArray(np.where(blank, 0, x).astype(np.int64), blank)


def _series_scale(scales: Mapping[str, Scale], syndrome: str) -> Scale:
    return next(s for s in scales.values() if s.course == "laboratory" and s.syndrome == syndrome)


def _ctcae(scales: Mapping[str, Scale], settings: Settings) -> Scale:
    return next(s for s in scales.values() if s.course == "laboratory" and s.version == settings.ctcae)


def last_day_that_counts(study: Study) -> tuple[Numbers, Numbers]:
    """Per subject the last study day that counts, and the day of death (nan).

    Progression and death end the series with their date, new therapy, re-treatment and conditioning with the day before."""
    infusion = date_of(study.subjects.infusion)
    stop = np.full(len(infusion), np.inf)
    for column, day_before in (
        ("progression", 0),
        ("new_therapy", 1),
        ("retreatment", 1),
        ("conditioning", 1),
        ("death", 0),
    ):
        when = study.subjects[column]
        stop = np.where(when != NO_TIME, np.minimum(stop, date_of(when) - infusion - day_before), stop)
    death = study.subjects.death
    return stop, np.where(death != NO_TIME, date_of(death) - infusion, np.nan)


def grade_icaht(study: Study, settings: Settings, scale: Scale, r: LabRows, end: Numbers) -> Icaht:
    """Early and late ICAHT from the daily neutrophil series (and platelets where the setting says so)."""
    n = len(study.subjects)
    early, late, recovery = (scale.extra["series"][k] for k in ("early", "late", "recovery"))
    stop, death = last_day_that_counts(study)
    phase = _early_phase(settings, early["days"], stop, end)
    bound = early["neutrophils"]["days_anc_500"]
    anc = _days_below(r, "anc", early["neutrophils"], phase, settings)
    # a death after new therapy is no longer the record's to count
    died = np.where(death <= stop, death, np.nan)
    never, never_open = _never_recovered(anc.lows, bound, phase, early["never_recovered_from_day"], died)
    counted = {**anc.counted, "never_recovered": never}
    possible = {**anc.possible, "never_recovered": np.fmax(never, never_open)}
    grade = grade_by_figures(scale.rules, "ICAHT early", counted, n)
    ceiling = np.fmax(grade, grade_by_figures(scale.rules, "ICAHT early", possible, n))
    late_days = late["from_day"], settings.icaht_late_until_day
    late_grade, single = _late(scale, r, "anc", "ICAHT late", stop, late_days, late["values_needed"])
    seen = anc.seen
    if settings.icaht_platelets:
        platelets = _days_below(r, "platelets", early["platelets"], phase, settings)
        by_platelets, possible_by_platelets = (
            np.where(platelets.seen, grade_by_figures(scale.rules, "ICAHT early platelets", days, n), 0)
            for days in (platelets.counted, platelets.possible)
        )
        grade, ceiling = np.fmax(grade, by_platelets), np.fmax(ceiling, possible_by_platelets)
        seen = seen | platelets.seen
        by_platelets = _late_platelets(scale, settings, r, platelets.lows, stop, late_days)
        late_grade = np.fmax(late_grade, by_platelets)
    recovered = first_recovery(anc.lows, bound, recovery["neutrophils"], recovery["days"])
    grade, ceiling = np.where(seen, grade, np.nan), np.where(seen, ceiling, np.nan)
    days = {name: np.where(seen, number, np.nan) for name, number in anc.counted.items()}
    return Icaht(grade, ceiling, late_grade, days, recovered, single)


@dataclass(frozen=True)
class _Phase:
    """The early phase: its first and last study day, and per subject the last that counts (`stop`) and that a record is expected for."""

    first: int
    last: int
    stop: Numbers
    limit: Numbers


def _early_phase(settings: Settings, days: tuple[int, int], stop: Numbers, end: Numbers) -> _Phase:
    first, last = days
    # the subject's own end of the early phase: earlier only where the record stops before the window does
    own_end = np.where(end < settings.safety_window_days, end, last)
    return _Phase(
        first, last, stop, np.minimum(np.minimum(own_end, last), np.where(np.isfinite(stop), stop, last))
    )


@dataclass(frozen=True)
class _DaysBelow:
    """Of one test, by bound, the days of the early phase that are proven to be below, and those that could be; and the daily series."""

    counted: dict[str, Numbers]
    possible: dict[str, Numbers]
    lows: Daily
    seen: Mask
    """Subjects with any value in the early phase."""


def _days_below(
    r: LabRows, test: str, bounds: Mapping[str, Any], phase: _Phase, settings: Settings
) -> _DaysBelow:
    first, last, gap = phase.first, phase.last, settings.icaht_gap_days
    proven = daily_lows(r, test, phase.stop, gap, "high")
    possible = daily_lows(r, test, phase.stop, gap, "low")
    low_at_end = _low_at_end(possible, last, next(iter(bounds.values())))
    unknown = unknown_days(possible, phase.limit, last, gap, low_at_end)
    counted, open_ = {}, {}
    for name, bound in bounds.items():
        below = days_at(proven.days(first, last), bound)
        counted[name] = count_days(below, settings.icaht_days, settings.icaht_bridge_days)
        might = below | days_at(possible.days(first, last), bound) | unknown
        might |= doubtful_low_days(r, test, (len(phase.stop), last + 1), bound)[:, first:]
        open_[name] = np.fmax(
            counted[name], count_days(might, settings.icaht_days, settings.icaht_bridge_days)
        )
    seen = ~np.isnan(proven.days(first, last))
    return _DaysBelow(counted, open_, proven, np.asarray(seen.any(axis=1)))


def _low_at_end(daily: Daily, last_day: int, bound: Mapping[str, float]) -> Mask:
    """Whether the last value up to the end of the early phase was low."""
    values = daily.days(0, last_day)
    known = ~np.isnan(values)
    last = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    low: Mask = known.any(axis=1) & days_at(values, bound)[np.arange(len(values)), last]
    return low


def _never_recovered(
    daily: Daily, bound: Mapping[str, float], phase: _Phase, by_day: int, death: Numbers
) -> tuple[Numbers, Numbers]:
    """Whether neutrophils were low by Day 3 and never above again: proven with a value on Day 30 or a death before, else possible."""
    values = daily.days(phase.first, phase.last)
    known, low = ~np.isnan(values), days_at(values, bound)
    index = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    start = np.where(low.any(axis=1), np.argmax(low, axis=1), values.shape[1])
    above_again = (known & ~low & (index > start[:, None])).any(axis=1)
    stays = (start + phase.first <= by_day) & ~above_again
    with np.errstate(invalid="ignore"):
        complete = known[:, -1] | (death <= phase.last)
    return (stays & complete).astype(float), stays.astype(float)


def _late(
    scale: Scale,
    r: LabRows,
    test: str,
    term: str,
    stop: Numbers,
    days: tuple[int, int],
    needed: int,
) -> tuple[Numbers, Mask]:
    """The late grade from the second lowest day, or from a single low value that no later one shows to have been transient.

    Also marks the subjects whose grade rests on such a single value.
    """
    lowest, second, last, count = second_lowest(r, test, stop, *days)
    by_lowest, by_second, by_last = (
        grade_by_figures(scale.rules, term, {f"{test}_late": x}, len(stop)) for x in (lowest, second, last)
    )
    grade = np.where(count >= needed, by_second, np.where((count > 0) & (by_lowest == 0), 0.0, np.nan))
    single = (by_last > 0) & ~(grade > 0)
    return np.where(single, by_last, grade), single


def _late_platelets(
    scale: Scale, settings: Settings, r: LabRows, lows: Daily, stop: Numbers, late_days: tuple[int, int]
) -> Numbers:
    """The late grade by platelets: by the second lowest day, or by the days below where that is more."""
    (start, end), late, term = late_days, scale.extra["series"]["late"], "ICAHT late platelets"
    grade, _ = _late(scale, r, "platelets", term, stop, late_days, late["values_needed"])
    for name, bound in late["platelets"].items():
        days = count_days(
            days_at(lows.days(start, end), bound), settings.icaht_days, settings.icaht_bridge_days
        )
        by_days = grade_by_figures(scale.rules, term, {name: days}, len(stop))
        grade = np.where(by_days > 0, np.fmax(grade, by_days), grade)
    return grade


def _severe_at_visit(r: LabRows, values: GradedValues, test: str, window: tuple[int, int], n: int) -> Numbers:
    """1 where any value of the visit is of grade 3 or more by CTCAE, 0 where all are below, nan where there is none."""
    at, grade = values.of(r, test, "low")
    with np.errstate(invalid="ignore"):
        visit = (r.day[at] >= window[0]) & (r.day[at] <= window[1])
    worst = np.full(n, np.nan)
    np.fmax.at(worst, r.subject[at[visit]], grade[visit])
    return _not_ruled_out(r, np.where(np.isnan(worst), np.nan, (worst >= 3).astype(float)), (test,), n)
