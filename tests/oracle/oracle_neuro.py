"""ICANS of one neurological row: each domain a function, the worst domain decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from oracle_time import Record, after_infusion, age_at, excluded, order

ICE_ITEMS = {"ice_orientation": 4, "ice_naming": 3, "ice_command": 1, "ice_writing": 1, "ice_attention": 1}
CAPD_ITEMS = {f"capd_{i}": 4 for i in range(1, 9)}
NOT_NEUROLOGICAL = {"sedated", "intubated", "language", "other_not_neurological"}
UNABLE = "unable"


def tool_of(subject: Record, when: datetime) -> str:
    """Age >= 12: ICE; under 12, or developmental delay: CAPD. Unknown age: the adult rules."""
    age = age_at(subject, when)
    return "capd" if subject.get("developmental_delay") == 1 or (age is not None and age < 12) else "ice"


def score(row: Record, tool: str) -> tuple[float, float] | str | None:
    """Lowest and highest total the row allows, "unable", or None if the tool was not done."""
    items = ICE_ITEMS if tool == "ice" else CAPD_ITEMS
    known = [row[name] for name in items if row[name] is not None]
    total = row[f"{tool}_total"]
    if known:
        low = sum(known)
        high = low + sum(most for name, most in items.items() if row[name] is None)
        if total is not None and low <= total <= high:
            return total, total
        return low, high
    if row[f"{tool}_unable"] == 1:
        return UNABLE
    return None if total is None else (total, total)


def not_assessed(row: Record) -> bool:
    """Sedated, or unable for a reason that is not neurological."""
    return (
        row["sedated"] == 1 or row["consciousness"] == "sedated" or row["unable_reason"] in NOT_NEUROLOGICAL
    )


def baseline(subject: Record, tool: str) -> tuple[float, float] | str | None:
    """The last assessed score of the tool before the infusion, not sedated."""
    last = None
    for row in sorted(subject["neuro"], key=order):
        if (
            not after_infusion(subject, row)
            and not not_assessed(row)
            and tool_of(subject, row["time"]) == tool
        ):
            found = score(row, tool)
            last = last if found is None else found
    return last


def consciousness(row: Record) -> tuple[int, int] | None:
    """Grade and ceiling of the level of consciousness; None if it was not recorded."""
    found = []
    if row["consciousness"] is not None:
        found.append(
            {"awake": (0, 0), "clouded": (0, 0), "voice": (2, 2), "touch": (3, 3)}.get(
                row["consciousness"], (4, 4)
            )
        )
    if row["avpu"] is not None:
        found.append({"A": (0, 0), "V": (2, 2), "P": (3, 4), "U": (4, 4)}[row["avpu"]])
    if row["rass"] is not None:
        rass = row["rass"]
        found.append((0, 0) if rass >= 0 else (2, 2) if rass >= -3 else (3, 3) if rass >= -4 else (4, 4))
    return max(found) if found else None


def ice_of(total: float | str, awareness: tuple[int, int] | None) -> tuple[int, int]:
    """ICE 7-9: 1; 3-6: 2; 0-2: 3; 0 or unable and unarousable: 4 (ceiling 4 if consciousness is not recorded)."""
    if total == UNABLE or total == 0:
        if awareness is None:
            return 3, 4
        return (4, 4) if awareness[0] == 4 else (3, max(3, awareness[1]))
    assert not isinstance(total, str)
    grade = 0 if total >= 10 else 1 if total >= 7 else 2 if total >= 3 else 3
    return grade, grade


def capd_of(total: float | str, awareness: tuple[int, int] | None) -> tuple[int, int]:
    """CAPD 1-8: 1 (ceiling 2 if consciousness is not recorded); >= 9: 3; unable: 4."""
    if isinstance(total, str):
        return 4, 4
    if total >= 9:
        return 3, 3
    if total < 1:
        return 0, 0
    return 1, 2 if awareness is None else 1


def no_worse(found: tuple[float, float] | str, before: tuple[float, float] | str, tool: str) -> bool:
    """Not proven worse than the subject's own baseline; "unable" is worse than any score."""
    if before == UNABLE:
        return True
    if found == UNABLE:
        return False
    assert not isinstance(found, str) and not isinstance(before, str)
    return found[1] >= before[0] if tool == "ice" else found[0] <= before[1]


def tool_domain(row: Record, subject: Record, awareness: tuple[int, int] | None) -> tuple[int, int] | None:
    """ICE or CAPD, whichever is right for the age: grade from the better end of the score, ceiling from the worse."""
    tool = tool_of(subject, row["time"])
    found = score(row, tool)
    if found is None:
        return None
    if found == UNABLE:
        grade, ceiling = ice_of(found, awareness) if tool == "ice" else capd_of(found, awareness)
    else:
        low, high = found
        if tool == "ice":
            grade, ceiling = (
                ice_of(high, awareness)[0],
                max(*ice_of(low, awareness), *ice_of(high, awareness)),
            )
        else:
            ends = [capd_of(low, awareness), capd_of(high, awareness)]
            if low < 9 and high >= 1:  # a total of 1-8 is possible
                ends.append(capd_of(min(high, 8), awareness))
            grade, ceiling = ends[0][0], max(c for _, c in ends)
    before = baseline(subject, tool)
    if before is not None and no_worse(found, before, tool):
        grade = 0
    return grade, ceiling


def seizure(row: Record) -> tuple[int, int]:
    """Resolved or <= 5 min: 3; > 5 min, status, repetitive: 4; no duration: 3, ceiling 4."""
    word, minutes = row["seizure"], row["seizure_minutes"]
    if word in (None, "none"):
        return 0, 0
    if word in ("prolonged", "status", "repetitive") or (minutes is not None and minutes > 5):
        return 4, 4
    if word in ("resolved", "non_convulsive_resolved") or minutes is not None:
        return 3, 3
    return 3, 4


def motor(row: Record) -> tuple[int, int]:
    return {"deep_focal": (4, 4), "weakness": (0, 4)}.get(row["motor"], (0, 0))


def oedema(row: Record) -> tuple[int, int]:
    imaging = {"focal": (3, 3), "diffuse": (4, 4), "unspecified": (3, 4)}.get(row["cerebral_oedema"], (0, 0))
    pressure = (
        (4, 4) if row["icp_sign"] in ("papilloedema", "cn_vi_palsy", "posturing", "cushing_triad") else (0, 0)
    )
    return max(imaging[0], pressure[0]), max(imaging[1], pressure[1])


def icans_grade(assessment: Record, subject: Record, earlier: list[Record]) -> tuple[int | None, int | None]:
    """The worst domain. Only ICE or CAPD can establish 0. Sedated soon after ICANS: not evaluable, ceiling 4."""
    row = assessment["row"]
    gone = excluded(subject, "ICANS", assessment)
    everything = "all" in gone
    silent = not_assessed(row)
    tool_name = tool_of(subject, row["time"])
    awareness = None if silent else consciousness(row)
    if awareness is not None and (everything or "consciousness" in gone):
        awareness = (0, 0)  # recorded, and with another cause
    tool = None if silent else tool_domain(row, subject, awareness)
    if tool is not None and (everything or tool_name in gone):
        tool = (0, 0)
    domains = [d for d in (tool, awareness) if d is not None]
    for name, found in (("seizure", seizure(row)), ("motor", motor(row)), ("oedema", oedema(row))):
        if not everything and name not in gone:
            domains.append(found)
    grade: int | None = max([0] + [g for g, _ in domains])
    ceiling: int | None = max([0] + [c for _, c in domains])
    if grade == 0 and tool is None:
        grade, ceiling = None, ceiling or None
        if (
            silent
            and not everything
            and any(soon_before(e, assessment) and (e["grade"] or 0) >= 1 for e in earlier)
        ):
            ceiling = 4
    return grade, ceiling


def soon_before(earlier: Record, assessment: Record) -> bool:
    """In the 24 hours before, inclusive; with a day row, the same date or the date before."""
    if earlier["is_day"] or assessment["is_day"]:
        return (assessment["time"].date() - earlier["time"].date()).days <= 1
    return assessment["time"] - earlier["time"] <= timedelta(hours=24)
