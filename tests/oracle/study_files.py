"""A fictional study as the CSV files that a trial would hand over."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

SUBJECT_DATES = ("last_contact", "cutoff", "retreatment", "conditioning", "new_therapy")
HEADINGS = {
    "last_contact": "last_contact_date",
    "cutoff": "cutoff_date",
    "retreatment": "retreatment_date",
    "conditioning": "conditioning_date",
    "new_therapy": "new_therapy_date",
}
VITAL_NUMBERS = ("temperature", "sbp", "map", "spo2", "fio2")
VITAL_YES_NO = ("hypotension", "fluid_bolus", "tocilizumab", "corticosteroid", "antipyretic", "anticytokine")


def _clock(when: datetime | None) -> str:
    return "" if when is None else when.strftime("%Y-%m-%d %H:%M")


def _date(when: datetime | None) -> str:
    return "" if when is None else when.strftime("%Y-%m-%d")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _yes_no(value: float | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _flow(low: float | None, high: float | None) -> str:
    return _text(low) if high is None else f"{low:g}-{high:g}"


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    if not rows:
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def subject_cells(s: Record) -> dict[str, str]:
    cells = {
        "subject_id": s["subject_id"],
        "infusion_datetime": (_date if s["infusion_is_date"] else _clock)(s["infusion"]),
    }
    cells.update(
        age=_text(s["age"]), birth_date="" if s["birth_date"] is None else s["birth_date"].isoformat()
    )
    cells.update(
        hypotension_sbp=_text(s["hypotension_sbp"]), developmental_delay=_yes_no(s["developmental_delay"])
    )
    cells.update(
        death_date=(_date if s["death_is_date"] else _clock)(s["death"]),
        death_cause=_text(s["death_cause"]).replace(";", " and "),
    )
    cells.update({HEADINGS[item]: _date(s[item]) for item in SUBJECT_DATES})
    return cells


def vitals_cells(name: str, row: Record, profile: Record) -> dict[str, str]:
    cells = {
        "subject_id": name,
        "date" if row["is_day"] else "datetime": (_date if row["is_day"] else _clock)(row["time"]),
    }
    cells.update({item: _text(row[item]) for item in VITAL_NUMBERS})
    cells.update({item: _yes_no(row[item]) for item in VITAL_YES_NO})
    if profile["oxygen"]:
        device = row["oxygen_device"]
        cells.update(
            oxygen_device="" if device is None else device.replace("_", " "),
            oxygen_flow=_flow(row["oxygen_flow"], row["oxygen_flow_upper"]),
        )
    if profile["vasopressors"]:
        cells["vasopressors"] = _text(row["vasopressors"]).replace(";", " + ").replace("_", " ")
    return cells


def intervention_cells(name: str, row: Record) -> dict[str, str]:
    when = _date if row["start_is_date"] else _clock
    cells = {
        "subject_id": name,
        "category": row["category"],
        "agent": _text(row["agent"]).replace("_", " "),
        "start": when(row["start"]),
    }
    cells.update(end=when(row["end"]), flow=_flow(row["flow"], row["flow_upper"]), fio2=_text(row["fio2"]))
    cells.update(indication=_text(row["indication"]).replace("_", " "), ongoing=_yes_no(row["ongoing"]))
    return cells


def neuro_cells(name: str, row: Record) -> dict[str, str]:
    cells = {
        "subject_id": name,
        "date" if row["is_day"] else "datetime": (_date if row["is_day"] else _clock)(row["time"]),
    }
    for tool in ("ice", "capd"):
        cells[f"{tool}_total"] = "unable" if row[f"{tool}_unable"] == 1 else _text(row[f"{tool}_total"])
    for item in (
        "ice_orientation",
        "ice_naming",
        "ice_command",
        "ice_writing",
        "ice_attention",
        *(f"capd_{i}" for i in range(1, 9)),
        "avpu",
        "rass",
    ):
        cells[item] = _text(row[item])
    for item in ("consciousness", "motor", "cerebral_oedema", "icp_sign", "unable_reason"):
        cells[item] = (
            "headache" if row[item] == "other_counted_nothing" else _text(row[item]).replace("_", " ")
        )
    seizure, minutes = row["seizure"], row["seizure_minutes"]
    cells["seizure"] = (
        f"focal seizure {minutes:g} min"
        if minutes is not None
        else "yes"
        if seizure == "unspecified"
        else _text(seizure).replace("_", " ")
    )
    cells["sedated"] = _yes_no(row["sedated"])
    return cells


def ruling_cells(name: str, row: Record) -> dict[str, str]:
    when = _date if row["start_is_date"] else _clock
    cells = {
        "subject_id": name,
        "syndrome": row["syndrome"],
        "action": row["action"],
        "sign": row["sign"] if row["action"] == "exclude" else "",
    }
    cells.update(
        start=when(row["start"]),
        end=when(row["end"]),
        grade=_text(row["grade"]),
        reason="another cause",
        by="Dr Test",
        on="2026-03-01",
    )
    return cells


def write_study(folder: Path, study: Record) -> list[Path]:
    """Write the study; timed and date-only rows in files of their own, since a whole column is one or the other."""
    profile = study["profile"]
    files: dict[str, list[dict[str, str]]] = {}
    for s in study["subjects"]:
        name = s["subject_id"]
        kind = f"{'dated' if s['infusion_is_date'] else 'timed'}_death_{'dated' if s['death_is_date'] else 'timed'}"
        files.setdefault(f"subjects_{kind}", []).append(subject_cells(s))
        for row in s["vitals"]:
            files.setdefault("vitals_daily" if row["is_day"] else "vitals_timed", []).append(
                vitals_cells(name, row, profile)
            )
        for row in s["neuro"]:
            files.setdefault("neuro_daily" if row["is_day"] else "neuro_timed", []).append(
                neuro_cells(name, row)
            )
        for row in s["interventions"]:
            files.setdefault(
                "interventions_dated" if row["start_is_date"] else "interventions_timed", []
            ).append(intervention_cells(name, row))
        for row in s["adjudications"]:
            files.setdefault(
                "adjudications_dated" if row["start_is_date"] else "adjudications_timed", []
            ).append(ruling_cells(name, row))
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        _write(folder / f"{name}.csv", rows)
    settings = [
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        for key, value in study["facts"].items()
        if key not in ("oxygen_source", "vasopressor_source")
    ]
    (folder / "senl-ae.toml").write_text("\n".join(settings) + "\n", encoding="utf-8")
    return sorted(folder.glob("*.csv"))
