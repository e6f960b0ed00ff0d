"""Runs golden cases through the program: all cases of one study in one go, as files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from senl_ae.grade.rules.in_force import checked_scales
from senl_ae.read.study import read_study
from senl_ae.run import grade_in_memory
from senl_ae.settings import Settings
from senl_ae.study import Study
from senl_ae.writing.csv_text import number_text
from tests.golden.sentences import Case, Claim, claims, load, write_study

HERE = Path(__file__).parent
SETTINGS: Mapping[str, Settings] = {
    "strict": Settings(fever_gate="strict"),
    "blank-unknown": Settings(blank_means={"oxygen": "unknown", "vasopressors": "unknown"}),
}


def golden_cases() -> list[Case]:
    return [case for name in ("crs.csv", "icans.csv") for case in load(HERE / name)]


def by_study(cases: list[Case]) -> dict[str, list[Case]]:
    out: dict[str, list[Case]] = {}
    for case in cases:
        out.setdefault(case.study, []).append(case)
    return out


def read_cases(folder: Path, cases: list[Case]) -> dict[str, Study]:
    studies = {}
    for name, some in by_study(cases).items():
        place = folder / name
        place.mkdir()
        studies[name] = read_study(write_study(place, some, name), SETTINGS.get(name, Settings()))
    return studies


def graded_tables(
    studies: Mapping[str, Study], scales: Mapping[str, Any] | None = None
) -> dict[str, Mapping[str, Any]]:
    scales = scales if scales is not None else checked_scales([])
    return {
        name: grade_in_memory(study, SETTINGS.get(name, Settings()), scales)[1]
        for name, study in studies.items()
    }


def check(case: Case, tables: Mapping[str, Any]) -> list[str]:
    """What of a case does not hold, in words."""
    out = []
    for claim in _claims(case):
        out += (
            _check_patient(claim, tables["patients"])
            if claim.figures
            else _check_assessment(claim, tables["assessments"])
        )
    return out


@cache
def _claims(case: Case) -> tuple[Claim, ...]:
    return tuple(claims(case))


def _check_patient(claim: Claim, patients: Mapping[str, Any]) -> list[str]:
    at = list(patients["subject_id"]).index(claim.case.case)
    out = []
    for name, expected in claim.figures:
        value = patients[name][at]
        found = value if isinstance(value, str) else "" if value is None else number_text(float(value))
        if found != expected:
            out.append(f"{claim.case.case}: {name} is {found!r}, not {expected!r}")
    return out


def _check_assessment(claim: Claim, table: Mapping[str, Any]) -> list[str]:
    index = _index(table)
    at = index.get((claim.case.case, claim.syndrome, claim.when))
    if at is None:
        return [f"{claim.case.case}: no assessment at {claim.when}"]
    found = [number_text(float(table[name][at])) for name in ("grade", "grade_ceiling")]
    out = []
    if found != [claim.grade, claim.ceiling]:
        wanted = f"not {claim.grade or 'NE'} ceiling {claim.ceiling}"
        out.append(f"{claim.case.case} {claim.when}: grade {found[0] or 'NE'} ceiling {found[1]}, {wanted}")
    flags = str(table["flags"][at]).split(";")
    out += [
        f"{claim.case.case} {claim.when}: flag {f} is missing from {flags}"
        for f in claim.flags
        if f not in flags
    ]
    out += [f"{claim.case.case} {claim.when}: flag {f} is there" for f in claim.not_flags if f in flags]
    return out


_INDEXES: dict[int, dict[tuple[str, str, str], int]] = {}


def _index(table: Mapping[str, Any]) -> dict[tuple[str, str, str], int]:
    key = id(table)
    if key not in _INDEXES:
        _INDEXES.clear()
        _INDEXES[key] = {
            k: i
            for i, k in enumerate(zip(table["subject_id"], table["syndrome"], table["datetime"], strict=True))
        }
    return _INDEXES[key]
