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
from senl_ae.results.folder import read_run, read_table, unreadable
from senl_ae.results.scales import with_drivers
from senl_ae.results.schema import kinds_of
from senl_ae.writing import shown

REQUIRED = ("subjects", "patients")
EVERYBODY = ("issues", "adverse_events")
"""Files that are listed also of subjects who were not infused; these are in no table of counts."""


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
            kinds = kinds_of(name, self.syndromes)
            frame = (
                _read_csv(self.path / f"{name}.csv", kinds)
                if there and self.path is not None
                else _empty(kinds)
            )
            if name not in EVERYBODY:
                frame = frame[frame["subject_id"].isin(self.subjects["subject_id"])].reset_index(drop=True)
            self._read[name] = frame
        return self._read[name]

    def rows(self, name: str) -> pd.DataFrame:
        """Every column of one file as text, of those infused; no rows where the folder has none."""
        whole = f"{name}, whole"
        if whole not in self._read:
            if self.path is not None and self.has(name):
                frame = read_table(self.path, name).apply(_without_guard)
            else:
                frame = pd.DataFrame({column: [] for column in kinds_of(name, self.syndromes)}, dtype=object)
            self._read[whole] = frame[frame["subject_id"].isin(self.subjects["subject_id"])].reset_index(
                drop=True
            )
        return self._read[whole]

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.run.get("settings") or {})

    @cached_property
    def syndromes(self) -> tuple[str, ...]:
        """The syndromes that the run graded, in the order of its scales."""
        return _syndromes(self.run)

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


def _syndromes(run: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(scale["syndrome"]) for scale in run.get("scales", ()))


def read_results(path: Path) -> ResultsFolder:
    """The study's results, or Refused with one line per thing that is not there."""
    issues = Issues()
    run = with_drivers(read_run(path))
    missing = [f"{name}.csv" for name in REQUIRED if not (path / f"{name}.csv").is_file()]
    for name in missing:
        issues.add(
            "refuse",
            "no-results",
            file=shown(path),
            found=f"the folder has no {name}",
            done='name a folder that "senl-ae grade" wrote',
        )
    if missing:
        raise Refused(issues)
    kinds = {name: kinds_of(name, _syndromes(run)) for name in REQUIRED}
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
    subjects, patients = (_empty(kinds_of(name, _syndromes(run))) for name in REQUIRED)
    return ResultsFolder(None, subjects, patients, (), run)


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
        raise unreadable(path, str(problem).splitlines()[0]) from None
    absent = [column for column in kinds if column not in frame.columns]
    if absent:
        raise unreadable(path, f"no column {', '.join(absent)}")
    for column in frame.columns:
        if kinds.get(column) is not float:
            frame[column] = _without_guard(frame[column])
    return frame.rename(columns=plain_text)


def _without_guard(column: pd.Series) -> pd.Series:
    """Text as it was before an apostrophe was put before it for safety in spreadsheet programs."""
    codes, unique = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=True)
    words = ["" if pd.isna(word) else str(word) for word in unique] + [""]  # the last stands for missing
    if column.dtype == object and (codes >= 0).all() and not any(word.startswith("'") for word in words):
        return column
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
