"""What the tables know of a study: the results folder, read back and nothing else.

Blank is missing, never 0. Subject ids and dose levels are text; an apostrophe that guards text against spreadsheet programs is taken off.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.csv_text import plain_text
from senl_ae.issues import Issues, Refused
from senl_ae.report.count.syndromes import Drivers, drivers_of
from senl_ae.results.folder import read_run, unreadable
from senl_ae.results.scales import with_drivers
from senl_ae.scale import given_columns

FIGURES = (
    "days_seen",
    "grade",
    "grade_ceiling",
    "grade_in_window",
    "onset_day",
    "peak_day",
    "end_day",
    "duration_days",
    "outcome",
    "episodes",
    "days_grade1plus",
    "days_grade3plus",
    "rules",
)
"""Figures per subject and syndrome; patients.csv has each with the name of the syndrome before it (`crs_grade`)."""
TEXT_FIGURES = ("outcome", "rules")

COLUMNS: dict[str, dict[str, type]] = {
    "subjects": {
        "subject_id": str,
        "dose_level": str,
        "dose": float,
        "infusion": str,
        "age": float,
        "sex": str,
        "window_end_day": float,
        "window_end_reason": str,
        "days_expected": float,
    },
    "patients": {"subject_id": str, "death_day": float, "flags": str},
    "episodes": {
        "subject_id": str,
        "syndrome": str,
        "episode": float,
        "onset": str,
        "onset_day": float,
        "peak": str,
        "peak_day": float,
        "end": str,
        "end_day": float,
        "grade": float,
        "grade_ceiling": float,
        "duration_days": float,
        "duration_hours": float,
        "outcome": str,
        "rules": str,
        "flags": str,
    },
    "treatments": {
        "subject_id": str,
        "category": str,
        "agent": str,
        "start": str,
        "start_day": float,
        "end": str,
        "end_day": float,
        "source_kind": str,
        "premedication": float,
        "class": str,
    },
    "events": {
        "subject_id": str,
        "syndrome": str,
        "grade": float,
        "onset": str,
        "onset_day": float,
        "end": str,
        "end_day": float,
        "source": str,
    },
    "issues": {
        "severity": str,
        "code": str,
        "file": str,
        "sheet": str,
        "row": str,
        "column": str,
        "subject_id": str,
        "found": str,
        "expected": str,
        "done": str,
    },
    "daily": {
        "subject_id": str,
        "syndrome": str,
        "study_day": float,
        "grade": float,
        "grade_ceiling": float,
        "state": str,
    },
    "neuro_figures": {"subject_id": str, "ice_lowest": float, "capd_highest": float, "seizure": float},
    "labs": {
        "subject_id": str,
        "study_day": float,
        "in_window": float,
        "term": str,
        "direction": str,
        "grade": float,
        "grade_ceiling": float,
    },
    "lab_patients": {
        "subject_id": str,
        "term": str,
        "direction": str,
        "baseline_grade": float,
        "worst_grade": float,
        "worst_ceiling": float,
    },
    "haematotoxicity": {
        "subject_id": str,
        "icaht_early": float,
        "icaht_early_ceiling": float,
        "icaht_late": float,
        "days_anc_500": float,
        "days_anc_100": float,
        "recovery_day": float,
        "neutropenia_day28": float,
        "thrombocytopenia_day28": float,
        "febrile_neutropenia": float,
        "tumour_lysis": float,
        "iechs_met": str,
        "iechs_missing": str,
        "flags": str,
    },
    "before_rulings": {"subject_id": str, "syndrome": str, "grade": float, "grade_ceiling": float},
}
"""What each file must bring for the tables; further columns of subjects.csv are kept as text."""
REQUIRED = ("subjects", "patients")


@dataclass(frozen=True)
class ResultsFolder:
    """The frames of one results folder. `subjects` and `patients` have the same subjects in the same order: those infused."""

    path: Path | None
    subjects: pd.DataFrame
    patients: pd.DataFrame
    not_infused: tuple[str, ...]
    run: dict[str, Any]

    def has(self, name: str) -> bool:
        return self.path is not None and (self.path / f"{name}.csv").is_file()

    def frame(self, name: str) -> pd.DataFrame:
        """One of the files that not every table needs, read when first asked for; no rows where the folder has none."""
        if name not in self._read:
            there = self.path is not None and self.has(name)
            kinds = kinds_of(self.run)[name]
            frame = (
                _read_csv(self.path / f"{name}.csv", kinds)
                if there and self.path is not None
                else _empty(kinds)
            )
            if name != "issues":  # who was not infused is in no table but that of the queries
                frame = frame[frame["subject_id"].isin(self.subjects["subject_id"])].reset_index(drop=True)
            self._read[name] = frame
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.run.get("settings") or {})

    @cached_property
    def syndromes(self) -> tuple[str, ...]:
        """The syndromes that the run graded, in the order of its scales."""
        return tuple(str(scale["syndrome"]) for scale in self.run.get("scales", ()))

    def scale(self, syndrome: str) -> dict[str, Any]:
        """What the run says of the scale that graded a syndrome; nothing where it graded none."""
        return next((dict(s) for s in self.run.get("scales", ()) if s["syndrome"] == syndrome), {})

    def drivers(self, syndrome: str) -> Drivers:
        """What can drive the grade of a syndrome."""
        return drivers_of(self.scale(syndrome))

    @property
    def window_days(self) -> int:
        """The last day of the safety window the run was graded with."""
        return int(self.settings["safety_window_days"])


def read_results(path: Path) -> ResultsFolder:
    """The study's results, or Refused with one line per thing that is not there."""
    issues = Issues()
    run = with_drivers(read_run(path))
    missing = [f"{name}.csv" for name in REQUIRED if not (path / f"{name}.csv").is_file()]
    for name in missing:
        issues.add(
            "refuse",
            "no-results",
            file=str(path),
            found=f"the folder has no {name}",
            done='name a folder that "senl-ae grade" wrote',
        )
    if missing:
        raise Refused(issues)
    kinds = kinds_of(run)
    subjects, patients = (_read_csv(path / f"{name}.csv", kinds[name]) for name in REQUIRED)
    infused = subjects["infusion"] != ""
    kept = subjects[infused].sort_values("subject_id", kind="stable").reset_index(drop=True)
    aligned = patients.set_index("subject_id").reindex(kept["subject_id"]).reset_index()
    for name in (name for name, kind in kinds["patients"].items() if kind is str and name != "subject_id"):
        aligned[name] = aligned[name].astype(object).where(aligned[name].notna(), "")
    return ResultsFolder(path, kept, aligned, tuple(sorted(subjects.loc[~infused, "subject_id"])), run)


def no_results() -> ResultsFolder:
    """A study without subjects, for empty shells."""
    run = with_drivers({"settings": {"safety_window_days": 30}})
    return ResultsFolder(None, _empty(COLUMNS["subjects"]), _empty(kinds_of(run)["patients"]), (), run)


def kinds_of(run: Mapping[str, Any]) -> dict[str, dict[str, type]]:
    """What each file of a run must bring: COLUMNS, and the columns of every syndrome that the run graded."""
    figures = {
        f"{str(scale['syndrome']).lower()}_{name}": str if name in TEXT_FIGURES else float
        for scale in run.get("scales", ())
        for name in FIGURES
    }
    given = dict.fromkeys(
        given_columns([str(scale["syndrome"]) for scale in run.get("scales", ())]).values(), str
    )
    return COLUMNS | {"patients": COLUMNS["patients"] | figures, "treatments": COLUMNS["treatments"] | given}


def _read_csv(path: Path, kinds: Mapping[str, type]) -> pd.DataFrame:
    numbers = [column for column, kind in kinds.items() if kind is float]
    as_text: defaultdict[str, str] = defaultdict(lambda: "object", dict.fromkeys(numbers, "float64"))
    try:
        frame = pd.read_csv(
            path,
            dtype=as_text,
            usecols=None if path.stem == "subjects" else (lambda column: column in kinds),
            keep_default_na=False,
            na_values={column: [""] for column in numbers},
            encoding="utf-8",
        )
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as problem:
        raise unreadable(path, str(problem)) from None
    absent = [column for column in kinds if column not in frame.columns]
    if absent:
        raise unreadable(path, f"no column {', '.join(absent)}")
    for column in frame.columns:
        if kinds.get(column) is not float:
            frame[column] = _without_guard(frame[column])
    return frame.rename(columns=plain_text)


def _without_guard(column: pd.Series) -> pd.Series:
    """Text as it was before an apostrophe was put before it for safety in spreadsheet programs."""
    codes, unique = pd.factorize(column, use_na_sentinel=True)
    words = ["" if pd.isna(word) else str(word) for word in unique] + [""]  # the last stands for missing
    return pd.Series(
        np.array([plain_text(word) for word in words], dtype=object)[codes], index=column.index, dtype=object
    )


def _empty(kinds: Mapping[str, type]) -> pd.DataFrame:
    return pd.DataFrame(
        {column: pd.Series([], dtype=object if kind is str else float) for column, kind in kinds.items()}
    )


def fingerprint(value: object) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of a value written as canonical JSON: enough to tell two settings apart in print."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
