"""Support and drugs of fictional subjects: on the edges of 60 minutes together, of 3 and 14 days before, and of dates."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from oracle_time import midnight
from random_study import AGENTS, DAY, DEVICES, HALF, OTHER_AGENTS, dodge, intervention, some_flow

Record = dict[str, Any]


def _anchor(r: Random, subject: Record) -> datetime:
    """A moment to put things near: mostly a recorded one."""
    timed = [v["time"] for v in subject["vitals"] if not v["is_day"]]
    if timed and r.random() < 0.8:
        return dodge(r.choice(timed) + r.choice([-24, -4, -2, -1, 0, 0, 1, 2, 8]) * HALF)
    return dodge(midnight(subject["infusion"].date()) + r.randrange(1, 48 * 9) * HALF)


def _interval(
    r: Random, subject: Record, category: str, start: datetime, dated: bool, **items: Any
) -> Record:
    begin = midnight(start.date()) if dated else start
    made = intervention(category, begin, dated, **items)
    kind = r.random()
    if kind < 0.18:
        return made
    if kind < 0.26:
        made["ongoing"] = 1.0
        return made
    made["end"] = (
        begin + r.choice([0, 1, 2, 3]) * DAY
        if dated
        else dodge(begin + r.choice([0, 1, 2, 3, 5, 10, 20, 48, 100]) * HALF)
    )
    if r.random() < 0.05:
        made["ongoing"] = 0.0
    return made


def add_pressors(r: Random, subject: Record, style: Record) -> None:
    for _ in range(r.choice([0, 1, 1, 2])):
        start, dated = _anchor(r, subject), r.random() < style["dated"]
        agent = r.choice([*AGENTS[:3], *AGENTS[:3], *AGENTS, *OTHER_AGENTS, None])
        why = r.choice([None, None, None, "hypotension", "procedure", "crs"])
        first = _interval(r, subject, "vasopressor", start, dated, agent=agent, indication=why)
        subject["interventions"].append(first)
        if r.random() < 0.6:  # a second agent, on the edges of 60 minutes together
            end = first["end"] or first["start"]
            shift = r.choice([-4, -3, -2, -1, 0, 1]) * HALF
            other = r.choice([agent, *AGENTS[:4], "vasopressin", "dobutamine", None])
            begin = dodge(end + shift) if not dated else end + r.choice([-2, -1, 0, 1]) * DAY
            second = _interval(
                r, subject, "vasopressor", begin, dated if r.random() < 0.85 else not dated, agent=other
            )
            subject["interventions"].append(second)


def add_oxygen(r: Random, subject: Record, style: Record) -> None:
    for _ in range(r.choice([0, 1, 1, 2])):
        start, dated = _anchor(r, subject), r.random() < style["dated"]
        device = r.choice([d for d in DEVICES if d not in ("room_air", "refused")])
        why = r.choice(
            [
                None,
                None,
                None,
                "hypoxia",
                "airway_protection",
                "seizure",
                "sleep_apnoea",
                "home",
                "baseline",
                "procedure",
            ]
        )
        made = _interval(r, subject, "oxygen", start, dated, agent=device, indication=why)
        if device in ("nasal_cannula", "high_flow_nasal_cannula", "oxygen", "simple_mask"):
            some_flow(r, made, "flow", "flow_upper")
        if why in ("airway_protection", "seizure", "sleep_apnoea", "home", "baseline", "procedure"):
            made["flow_upper"] = None
        if device == "ventilator":
            made["fio2"] = r.choice([None, 40.0, 41.0])
        subject["interventions"].append(made)
        near = [
            v
            for v in subject["vitals"]
            if v["oxygen_device"] is None and v["oxygen_flow"] is None and v["time"].date() == start.date()
        ]
        if (
            near and made["indication"] is not None and r.random() < 0.5
        ):  # the same support, or a little more, written in a row
            row = r.choice(near)
            row["oxygen_device"] = r.choice([device, device, *DEVICES])
            if made["flow"] is not None and row["oxygen_device"] not in ("room_air", "refused"):
                row["oxygen_flow"] = max(0.5, made["flow"] + r.choice([-1, 0, 0, 1]))


def add_drugs(r: Random, subject: Record, style: Record) -> None:
    """Drugs at the edges of 3 and 14 days before something recorded."""
    names = {
        "tocilizumab": "tocilizumab",
        "corticosteroid": "dexamethasone",
        "anticytokine": "siltuximab",
        "antipyretic": "paracetamol",
    }
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        category = r.choice(list(names))
        edge = 3 if category == "antipyretic" else 14
        start = _anchor(r, subject) - r.choice([0, 0, edge, edge]) * DAY + r.choice([-1, 0, 0, 1]) * HALF
        dated = r.random() < style["dated"]
        made = intervention(
            category, midnight(start.date()) if dated else dodge(start), dated, agent=names[category]
        )
        if r.random() < 0.25:
            made["end"] = made["start"] + r.choice([0, 1, 4]) * DAY
        subject["interventions"].append(made)
    if r.random() < 0.25:
        start, dated = _anchor(r, subject), r.random() < style["dated"]
        made = intervention(
            "fluid",
            midnight(start.date()) if dated else start,
            dated,
            agent="crystalloid",
            indication=r.choice(["hypotension", "hypotension", "other", None]),
        )
        if r.random() < 0.6:
            made["end"] = made["start"] + (r.choice([0, 1]) * DAY if dated else r.choice([1, 2]) * HALF)
            made["end"] = made["end"] if dated else dodge(made["end"])
        subject["interventions"].append(made)
