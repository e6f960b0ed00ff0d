"""Neurological rows of fictional subjects: ICE and CAPD, whole and with items missing, and everything beside them."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from oracle_neuro import CAPD_ITEMS, ICE_ITEMS, tool_of
from oracle_time import DAY, midnight
from random_study import HALF, neuro_row

Record = dict[str, Any]


def _tool(r: Random, row: Record, tool: str, ill: bool) -> None:
    kind = r.random()
    if kind < 0.12:
        return
    if kind < 0.22 and ill:
        row[f"{tool}_unable"] = 1
        row["unable_reason"] = r.choice(
            [None, None, "neurological", "sedated", "intubated", "language", "other_not_neurological"]
        )
        return
    if kind < 0.55:
        items = ICE_ITEMS if tool == "ice" else CAPD_ITEMS
        for name, most in items.items():
            if r.random() < 0.88:
                if tool == "ice":
                    row[name] = float(r.randint(0, most) if ill and r.random() < 0.4 else most)
                else:
                    row[name] = float(r.choice([0, 1, 2, 4]) if ill and r.random() < 0.5 else 0)
        if r.random() < 0.15:
            row[f"{tool}_total"] = float(r.randint(0, 10))
        return
    well = [10, 10, 10, 9] if tool == "ice" else [0, 0, 0, 1]
    sick = [0, 0, 1, 2, 3, 6, 7, 8, 9, 10] if tool == "ice" else [0, 1, 5, 8, 9, 12, 11, 20]
    row[f"{tool}_total"] = float(r.choice(sick if ill else well))


def _awareness(r: Random, row: Record, ill: bool) -> None:
    if r.random() < 0.4:
        return
    kind = r.random()
    if kind < 0.7:
        bad = [
            "awake",
            "awake",
            "clouded",
            "voice",
            "touch",
            "vigorous_touch",
            "unarousable",
            "stupor",
            "coma",
            "sedated",
        ]
        row["consciousness"] = r.choice(bad if ill else ["awake"] * 12 + ["clouded"])
    elif kind < 0.85:
        row["avpu"] = r.choice("AVPU" if ill else "A")
    else:
        row["rass"] = float(r.choice([1, 0, -1, -3, -4, -5] if ill else [0, 1]))


def fill_neuro(r: Random, row: Record, subject: Record, ill: bool) -> None:
    tool = tool_of(subject, row["time"])
    if r.random() < 0.05:
        tool = "capd" if tool == "ice" else "ice"
    _tool(r, row, tool, ill)
    _awareness(r, row, ill)
    if not ill:
        return
    if r.random() < 0.12:
        row["seizure"] = r.choice(
            [
                "none",
                "unspecified",
                "resolved",
                "non_convulsive",
                "non_convulsive_resolved",
                "prolonged",
                "status",
                "repetitive",
            ]
        )
        if row["seizure"] == "unspecified" and r.random() < 0.7:
            row["seizure_minutes"] = float(r.choice([1, 5, 6]))
    if r.random() < 0.08:
        row["motor"] = r.choice(["none", "weakness", "deep_focal", "tremor"])
    if r.random() < 0.06:
        row["cerebral_oedema"] = r.choice(["none", "focal", "diffuse", "unspecified"])
    if r.random() < 0.05:
        row["icp_sign"] = r.choice(
            ["none", "papilloedema", "cn_vi_palsy", "posturing", "cushing_triad", "other_counted_nothing"]
        )
    if r.random() < 0.1:
        row["sedated"] = float(r.choice([0, 1]))


def add_neuro(r: Random, subject: Record) -> None:
    """Before the infusion sometimes, then a few days to weeks of rows, ill in one or two stretches."""
    start = subject["infusion"] + (17 * HALF if subject["infusion_is_date"] else timedelta(0))
    at = -r.choice([0, 0, 48, 60, 2])
    step = r.choice([[24, 24, 25], [48, 47, 49], [16, 24, 48, 96, 97], [48, 48, 96, 336, 337]])
    day_rows = r.choice([0, 0, 0.1, 1])
    ill_from = r.choice([0, 20, 96, 200, 400, 10_000])
    ill_for = r.choice([48, 100, 300])
    again = ill_from + ill_for + r.choice([47, 48, 49, 97, 300])
    seen = set()
    for _ in range(r.choice([0, 6, 12, 20, 30])):
        when = start + at * HALF
        when = when + HALF if when == midnight(when.date()) else when
        is_day = r.random() < day_rows
        when = midnight(when.date()) if is_day else when
        ill = ill_from <= at < ill_from + ill_for or again <= at < again + 60 or (at < 0 and r.random() < 0.4)
        at += r.choice(step)
        if (when, is_day) in seen or (is_day and when > midnight(start.date()) + 40 * DAY):
            continue
        seen.add((when, is_day))
        row = neuro_row(when, is_day)
        fill_neuro(r, row, subject, ill)
        subject["neuro"].append(row)
