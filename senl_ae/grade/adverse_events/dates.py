"""When a reported event began and ended as its tables use it, in which period it began, and what of that is imputed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
from senl_ae.grade.graded import Windows
from senl_ae.grade.time.spans import date_of
from senl_ae.settings import Settings
from senl_ae.study import DAY, MINUTE, NO_TIME, AdverseEvents, Subjects

FAR = 1 << 24
"""Days beyond any date: where a start or an end that is not there is put when dates are compared."""


@dataclass(frozen=True)
class Dated:
    """Start and end of every record. first: the first date that the start can be, in days (-FAR: nothing is known).

    ended_before: known to have ended before the infusion. end_unused: an end before the start, which is not used.
    """

    infused: Mask
    infusion_date: Whole
    start: Seconds
    start_is_date: Mask
    start_imputed: Words
    first: Whole
    end: Seconds
    end_is_date: Mask
    end_imputed: Words
    end_unused: Mask
    ended_before: Mask

    @property
    def start_date(self) -> Whole:
        """In days since 1970, -FAR without a start."""
        return np.where(self.start == NO_TIME, -FAR, date_of(self.start))

    @property
    def end_date(self) -> Whole:
        """In days since 1970, FAR where no end is used."""
        return np.where(self.end == NO_TIME, FAR, date_of(self.end))

    def day(self, time: Seconds) -> Numbers:
        """The study day of some times of the records; nan without a time or an infusion."""
        day = (date_of(time) - self.infusion_date).astype(float)
        return np.where((time == NO_TIME) | ~self.infused, np.nan, day)


def dates_of(source: AdverseEvents, subjects: Subjects, settings: Settings) -> Dated:
    """The start and the end of every record, parts of dates imputed by the convention `partial_dates`.

    A part of a date begins at its first date, but at the infusion where that lies inside it and the event is not known to have ended
    before; it ends at its last date, not after the last that is known of the subject. An end before the start is not used.
    """
    who = source.subject
    infusion = subjects.infusion[who]
    infused = infusion != NO_TIME
    infusion_date = date_of(infusion)
    known_end = source.end_last != NO_TIME
    unused = known_end & (source.start_first != NO_TIME) & (source.end_last < source.start_first)
    used = known_end & ~unused
    timed = ~source.end_is_date & ~subjects.infusion_is_date[who]
    ended = np.where(timed, source.end_last < infusion, date_of(source.end_last) < infusion_date)
    ended_before = used & infused & ended
    start, imputed = _starts(source, infused & ~ended_before, infusion_date, settings)
    last = np.where(used, date_of(source.end_last), FAR) * DAY
    start = np.where(imputed & (start != NO_TIME), np.minimum(start, last), start)
    whole_end = source.end_precision == ""
    last_dates = np.maximum(_last_dates(source, subjects), date_of(start) * DAY)
    end = np.where(whole_end, source.end_first, last_dates)
    missing_end = (source.end_precision == "missing") & (source.ongoing == "yes")
    return Dated(
        infused,
        infusion_date,
        start,
        imputed | source.start_is_date,
        source.start_precision,
        np.where(source.start_first == NO_TIME, -FAR, date_of(source.start_first)),
        np.where(used, end, NO_TIME),
        ~whole_end | source.end_is_date,
        np.where(unused | missing_end, "", source.end_precision).astype(object),
        unused,
        ended_before,
    )


def _starts(
    source: AdverseEvents, may_be_after: Mask, infusion_date: Whole, settings: Settings
) -> tuple[Seconds, Mask]:
    """Starts with those of which a part is known imputed, and which these are."""
    missing = source.start_precision == "missing"
    imputed = source.start_precision != ""
    inside = (date_of(source.start_first) <= infusion_date) & (infusion_date <= date_of(source.start_last))
    at_infusion = may_be_after & (missing | (imputed & inside & (settings.partial_dates == "infusion")))
    start = np.where(missing, NO_TIME, source.start_first)
    return np.where(at_infusion, infusion_date * DAY, start), imputed


def _last_dates(source: AdverseEvents, subjects: Subjects) -> Seconds:
    """The last date that each end can be, but not after death, last contact or cut-off, whichever is first."""
    last = date_of(source.end_last)
    for column in ("death", "last_contact", "cutoff"):
        known = subjects[column][source.subject]
        last = np.where(known == NO_TIME, last, np.minimum(last, date_of(known)))
    return last * DAY


@dataclass(frozen=True)
class Periods:
    """In which period each record began; after: not before the infusion; order_unknown: on Day 0 without both times."""

    name: Words
    after: Mask
    order_unknown: Mask


def periods_of(source: AdverseEvents, dated: Dated, subjects: Subjects, windows: Windows) -> Periods:
    """before, lymphodepletion, infusion (to the end of the subject's safety window) or late; "" without an infusion.

    By the clock, to the minute, where both sides have a time, else by dates: a start on Day 0 without both is after the infusion. A record
    without a start has ended before the infusion.
    """
    who = source.subject
    known = dated.infused & (dated.start != NO_TIME)
    timed = ~dated.start_is_date & ~subjects.infusion_is_date[who]
    by_clock = dated.start // MINUTE >= subjects.infusion[who] // MINUTE
    date, zero = date_of(dated.start), dated.infusion_date
    after = known & np.where(timed, by_clock, date >= zero)
    depletion = subjects.lymphodepletion_start[who]
    clocked = ~dated.start_is_date & (depletion % DAY != 0)
    begun = np.where(clocked, dated.start >= depletion, date >= date_of(depletion))
    prepared = known & ~after & (depletion != NO_TIME) & begun
    late = after & (date - zero > windows.end_day[who])
    name = np.select(
        [~dated.infused, late, after, prepared], ["", "late", "infusion", "lymphodepletion"], "before"
    )
    return Periods(name.astype(object), after, after & ~timed & (date == zero))
