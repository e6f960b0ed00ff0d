"""The laboratory sheet graded: every value by the terms of one CTCAE version, per subject the worst of each term, and what series say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from senl_ae.grade.laboratory.graded_values import GradedValues
from senl_ae.grade.laboratory.haematotoxicity import haematotoxicity
from senl_ae.grade.laboratory.lab_rows import lab_rows
from senl_ae.grade.laboratory.lab_tables import lab_table, patient_table
from senl_ae.grade.laboratory.lines import graded_lines
from senl_ae.grade.laboratory.values import Names, baselines
from senl_ae.grade.rules.scales import Scale, load_scales
from senl_ae.issues import Issue
from senl_ae.settings import Settings
from senl_ae.study import Study
from senl_ae.vocabulary.items import Items, load_items


@dataclass(frozen=True)
class LabGraded:
    """The three laboratory tables of a results folder; numbers nullable, text "" where blank. `scale` is the version in force.

    issues: units and ranges that could not be used.
    """

    labs: pd.DataFrame
    lab_patients: pd.DataFrame
    haematotoxicity: pd.DataFrame
    scale: Scale
    issues: tuple[Issue, ...]


def laboratory_scale(scales: Mapping[str, Scale], version: str) -> Scale:
    """The laboratory table of the CTCAE version in force."""
    return next(s for s in scales.values() if s.course == "laboratory" and s.version == version)


def grade_laboratory(
    study: Study,
    settings: Settings,
    scales: Mapping[str, Scale] | None = None,
    items: Items | None = None,
    window_end_day: npt.ArrayLike | None = None,
    crs_end_day: npt.ArrayLike | None = None,
) -> LabGraded:
    """Grade every laboratory value and series of a study.

    window_end_day: per subject the last study day of its safety window (nan: not infused); without it the window's full length.
    crs_end_day: per subject the last study day of CRS (nan: none), shown beside the IEC-HS criteria.
    Values whose unit cannot be used are set aside with an issue and stay as ungraded lines.
    """
    scales = load_scales() if scales is None else scales
    items = load_items() if items is None else items
    scale = laboratory_scale(scales, settings.ctcae)
    flags, missing = Names(), Names()
    correction = scale.extra["terms"]["corrected_calcium"]
    rows = lab_rows(study, settings, items, flags, correction)
    base = baselines(rows)
    end = np.full(len(study.subjects), float(settings.safety_window_days))
    if window_end_day is not None:
        end = np.asarray(window_end_day, dtype=float)
    with np.errstate(invalid="ignore"):
        in_window = rows.counts & (rows.day <= end[rows.subject])
    same_as = {correction["corrected"]: correction["test"]}
    lines = graded_lines(rows, base, scale.rules, settings.policy, same_as, missing, flags)
    series = haematotoxicity(
        study,
        settings,
        scales,
        rows,
        base,
        GradedValues(lines.at, lines.directions, lines.grade),
        end=end,
        crs_end_day=None if crs_end_day is None else np.asarray(crs_end_day, dtype=float),
    )
    return LabGraded(
        lab_table(study, rows, base, lines, in_window, missing, flags),
        patient_table(study, rows, base, lines, in_window, flags),
        series,
        scale,
        rows.issues,
    )
