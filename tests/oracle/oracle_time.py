"""When things stand: dates, day assessments, ages, support intervals. Plain loops over plain records, nothing vectorised."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

Record = dict[str, Any]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EXCUSED = {"airway_protection", "procedure", "seizure", "sleep_apnoea", "home", "baseline"}


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def place(record: Record) -> datetime:
    """Where a record stands in time: a day record at 24:00 of its date."""
    return midnight(record["time"].date()) + DAY if record["is_day"] else record["time"]


def order(record: Record) -> tuple[datetime, int]:
    """A day assessment comes before a timed 00:00 of the next date."""
    return (place(record), 0 if record["is_day"] else 1)


def apart(earlier: Record, later: Record) -> timedelta:
    """From one assessment to the next: between two day assessments the dates are subtracted."""
    if earlier["is_day"] and later["is_day"]:
        return later["time"].date() - earlier["time"].date()
    return place(later) - place(earlier)


def study_day(subject: Record, when: datetime) -> int:
    return (when.date() - subject["infusion"].date()).days


def after_infusion(subject: Record, record: Record) -> bool:
    """Graded at all: at or after the infusion; a day row of Day 0, and all of Day 0 of an infusion without a time, counts whole."""
    if record["is_day"] or subject["infusion_is_date"]:
        return record["time"].date() >= subject["infusion"].date()
    return record["time"] >= subject["infusion"]


def age_at(subject: Record, when: datetime) -> int | None:
    """Completed years at the assessment."""
    born = subject.get("birth_date")
    if born is not None:
        return when.year - born.year - ((when.month, when.day) < (born.month, born.day))
    age = subject.get("age")
    return None if age is None else int(age)


def last_record(subject: Record) -> datetime:
    """The last thing recorded for the subject: what "ongoing" runs to."""
    places = [place(r) for r in subject["vitals"] + subject["neuro"]]
    for row in subject["interventions"]:
        places.append(place({"time": row["start"], "is_day": row["start_is_date"]}))
        if row["end"] is not None:
            places.append(place({"time": row["end"], "is_day": row["end_is_date"]}))
    return max(places)


def interval(subject: Record, row: Record) -> Record:
    """One support interval: what it covers [start, end), what of it is certain, and where it may have run on."""
    first = row["start"].date()
    made: Record = {
        **row,
        "closed": False,
        "ran_on": None,
        "dated": row["start_is_date"],
        "excused": row["indication"] in EXCUSED,
    }
    made["from"] = midnight(first) if row["start_is_date"] else row["start"]
    made["sure_from"] = midnight(first) + DAY if row["start_is_date"] else row["start"]
    if row["end"] is not None:
        last = midnight(row["end"].date())
        made["to"] = last + DAY if row["end_is_date"] else row["end"]
        made["sure_to"] = last if row["end_is_date"] else row["end"]
    elif row["ongoing"] == 1:
        made["to"] = max(last_record(subject), made["from"])
        if row["start_is_date"]:  # whole dates: the date of the last record is the last date
            last = midnight((made["to"] - timedelta(seconds=1)).date())
            made["to"] = made["sure_to"] = (
                last + DAY
            )  # still running at the last record: its last date is not the day it stopped
        else:
            made["closed"], made["sure_to"] = True, made["to"]
    elif row["category"] == "fluid" and not row["start_is_date"]:
        made["to"] = made["sure_to"] = made["from"]
    else:
        made["to"] = midnight(first) + DAY
        made["sure_to"] = midnight(first) if row["start_is_date"] else made["to"]
        if row["category"] != "fluid":
            made["ran_on"] = (made["to"], made["to"] + DAY)
    return made


def _kind(one: Record) -> tuple[Any, ...]:
    if one["category"] == "oxygen":
        return (one["agent"], one["flow"], one["flow_upper"], one["fio2"], one["indication"], one["dated"])
    return (one["agent"], one["excused"], one["dated"])


def intervals(subject: Record, category: str) -> list[Record]:
    """Intervals of a category; adjoining ones of one agent (for oxygen: device and flow) are one."""
    found = sorted(
        (interval(subject, r) for r in subject["interventions"] if r["category"] == category),
        key=lambda r: r["from"],
    )
    joined: list[Record] = []
    for one in found:
        one["ran_ons"] = [one["ran_on"]] if one["ran_on"] else []
        same = [
            j
            for j in joined
            if _kind(j) == _kind(one) and one["from"] <= j["to"] and one["agent"] is not None
        ]
        if category == "fluid" or not same:
            joined.append(one)
            continue
        before = same[-1]
        before["ran_ons"] += one["ran_ons"]
        if one["to"] >= before["to"]:
            before["to"], before["closed"] = one["to"], one["closed"]
        before["sure_to"] = max(before["sure_to"], one["sure_to"])
        before["sure_from"] = min(before["sure_from"], one["sure_from"])
    return joined


def runs_at(one: Record, when: datetime) -> bool:
    """Active at an instant: half open; an interval without length is active at its instant; an ongoing one at its last record."""
    if one["from"] == one["to"]:
        return when == one["from"]
    return one["from"] <= when < one["to"] or (one["closed"] and when == one["to"])


def runs_on_date(one: Record, day: date) -> bool:
    start, stop = midnight(day), midnight(day) + DAY
    if one["from"] == one["to"]:
        return start <= one["from"] < stop
    return one["from"] < stop and (one["to"] > start or (one["closed"] and one["to"] == start))


def active(one: Record, assessment: Record, subject: Record) -> bool:
    """Active at a timed assessment, or on the date of a day assessment (not if it was over before the infusion)."""
    if not assessment["is_day"]:
        return runs_at(one, assessment["time"])
    over = (
        not subject["infusion_is_date"]
        and not one["dated"]
        and one["to"] <= subject["infusion"]
        and one["from"] < subject["infusion"]
    )
    return runs_on_date(one, assessment["time"].date()) and not over


def may_run_on(one: Record, assessment: Record) -> bool:
    """For 24 hours after the end of the start date an interval without an end may have run on."""
    for start, stop in one["ran_ons"]:
        if assessment["is_day"] and assessment["time"].date() == start.date():
            return True
        if not assessment["is_day"] and start <= assessment["time"] < stop:
            return True
    return False


def in_ruling(ruling: Record, assessment: Record) -> bool:
    """A ruling holds from start to end, both included; without an end on its start date only."""
    first, last = ruling["start"], ruling["end"]
    last_is_date = ruling["end_is_date"] if last is not None else True
    last = first if last is None else last
    when = assessment["time"]
    if assessment["is_day"]:
        return first.date() <= when.date() <= last.date()
    begun = when.date() >= first.date() if ruling["start_is_date"] else when >= first
    over = when.date() > last.date() if last_is_date else when > last
    return begun and not over


def excluded(subject: Record, syndrome: str, assessment: Record) -> set[str]:
    """Signs or domains that an adjudicator attributed to another cause."""
    gone = set()
    for ruling in subject["adjudications"]:
        if ruling["syndrome"] == syndrome and ruling["action"] == "exclude" and in_ruling(ruling, assessment):
            gone.add(ruling["sign"])
    return gone


def ruled_grade(subject: Record, syndrome: str, assessment: Record) -> int | None:
    """The grade an adjudicator set in place of floor and ceiling."""
    found = None
    for ruling in subject["adjudications"]:
        if ruling["syndrome"] == syndrome and ruling["action"] == "grade" and in_ruling(ruling, assessment):
            found = ruling["grade"]
    return found


def died_of(subject: Record, syndrome: str) -> bool:
    """The cause of death is recorded as the syndrome."""
    cause = subject.get("death_cause")
    return subject.get("death") is not None and cause is not None and syndrome in cause.split(";")


def without_date_of_death(subject: Record, syndrome: str, assessments: list[Record]) -> list[Record]:
    """The assessment of grade 5 stands in place of a day assessment of the date of death."""
    if not died_of(subject, syndrome):
        return assessments
    return [a for a in assessments if not (a["is_day"] and a["time"].date() == subject["death"].date())]
