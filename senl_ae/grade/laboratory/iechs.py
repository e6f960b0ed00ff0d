"""Which laboratory criteria of IEC-HS a subject met, when, and which were not recorded. Never a grade: that is a clinician's to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from senl_ae.arrays import Mask, Numbers, Seconds
from senl_ae.grade.graded import Graded
from senl_ae.grade.laboratory.criteria import criterion_rows
from senl_ae.grade.laboratory.values import Baseline, LabRows
from senl_ae.grade.rules.engine import compare
from senl_ae.grade.rules.scales import Rule, Scale
from senl_ae.study import HOUR, NO_TIME, Study

if TYPE_CHECKING:
    from senl_ae.grade.laboratory.graded_values import GradedValues

CELLS = ("hemoglobin", "anc", "platelets")


def iechs_criteria(
    study: Study,
    scale: Scale,
    r: LabRows,
    base: Baseline,
    values: GradedValues,
    crs_end_day: Numbers | None,
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_], dict[int, list[str]]]:
    """Per subject the criteria met (`name@day`, those that stand closest together with ferritin), those not recorded, and flags."""
    n = len(study.subjects)
    table = scale.extra["series"]["criteria"]
    found = _found(scale, r, base, values, table)
    after = r.counts & (r.order != NO_TIME)
    met: dict[str, dict[int, Seconds]] = {}
    recorded = {
        name: np.bincount(r.subject[known & after], minlength=n) > 0 for name, (_, known) in found.items()
    }
    for name, (rows, _) in found.items():
        at = np.flatnonzero(rows & after)
        cuts = np.flatnonzero(np.diff(r.subject[at])) + 1
        met[name] = {int(r.subject[g[0]]): g for g in np.split(at, cuts) if len(g)}
    text, missing = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    flags: dict[int, list[str]] = {}
    for i in range(n):
        missing[i] = ";".join(name for name in found if not recorded[name][i])
    for i in sorted({i for of in met.values() for i in of}):
        of_subject = {name: of[i] for name, of in met.items() if i in of}
        chosen = _closest(of_subject, r, table)
        text[i] = ";".join(f"{name}@{int(r.day[row])}" for name, row in chosen.items())
        if set(table["required"]) <= set(chosen):
            words = flags.setdefault(i, [])
            if len(chosen) > len(table["required"]):
                words.append("iechs-criteria-together")
            if crs_end_day is not None and not np.isnan(crs_end_day[i]):
                words.append(f"ferritin-{int(r.day[chosen['ferritin']] - crs_end_day[i])}-days-after-crs")
    return text, missing, flags


def days_of_last_episodes(graded: Graded, scales: Mapping[str, Scale]) -> Numbers:
    """The study day on which each subject's last episode ended of the syndrome that the criteria are shown after; nan without."""
    out = np.full(len(graded.study.subjects), np.nan)
    criteria = (scale.extra.get("series", {}).get("criteria", {}) for scale in scales.values())
    after = next((c["after"] for c in criteria if "after" in c), None)
    episodes = graded.syndromes[after].episodes if after in graded.syndromes else None
    if episodes is not None:
        out[episodes.subject] = episodes.end_day  # in order: the last of each subject stays
    return out


def _found(
    scale: Scale, r: LabRows, base: Baseline, values: GradedValues, table: Mapping[str, Any]
) -> dict[str, tuple[Mask, Mask]]:
    """Per criterion the rows that prove it and the rows that say whether it is met."""
    by_term: dict[str, list[Rule]] = {}
    for rule in scale.rules:
        by_term.setdefault(rule.term, []).append(rule)
    nobody = np.full(len(r), np.nan)
    names = [name for name in (*table["required"], *table["supporting"]) if name != "cytopenia"]
    found = {name: criterion_rows(r, base, by_term[name], nobody) for name in names}
    doubled = _doubled(r, table["doubling"])
    met, known = found["ferritin"]
    found["ferritin"] = (met | doubled, known | doubled)
    found["cytopenia"] = _worse_cells(r, values)
    return found


def _doubled(r: LabRows, doubling: Mapping[str, float]) -> Mask:
    """Ferritin values at least so many times an earlier one of the hours before."""
    at = r.of("ferritin")
    at = at[r.order[at] != NO_TIME]
    out = np.zeros(len(r), dtype=bool)
    for lag in range(1, len(at)):
        now, then = at[lag:], at[:-lag]
        near = (r.subject[now] == r.subject[then]) & (
            r.order[now] - r.order[then] <= doubling["hours"] * HOUR
        )
        if not near.any():
            break
        rose = near & (r.order[now] > r.order[then]) & (r.unit[now] == r.unit[then])
        out[now[rose & compare(r.low[now], "ge", r.high[then] * doubling["times"])[0]]] = True
    return out


def _worse_cells(r: LabRows, values: GradedValues) -> tuple[Mask, Mask]:
    """Values of haemoglobin, neutrophils or platelets whose CTCAE grade is higher than that of the value before."""
    worse, known = np.zeros(len(r), dtype=bool), np.zeros(len(r), dtype=bool)
    for test in CELLS:
        at, grade = values.of(r, test, "low")
        known[at] = True
        rose = (
            (r.subject[at[1:]] == r.subject[at[:-1]])
            & (r.order[at[1:]] > r.order[at[:-1]])
            & (grade[1:] > grade[:-1])
        )
        worse[at[1:][rose]] = True
    return worse, known


def _closest(of_subject: Mapping[str, Seconds], r: LabRows, table: Mapping[str, Any]) -> dict[str, int]:
    """The largest set of criteria within the hours of each other, ferritin among them where it is met; the earliest of equals."""
    required = [name for name in table["required"] if name in of_subject]
    if len(required) < len(table["required"]):
        return {name: int(rows[0]) for name, rows in of_subject.items()}
    starts = np.unique(np.concatenate([r.order[rows] for rows in of_subject.values()]))
    first, inside = {}, {}
    for name, rows in of_subject.items():
        first[name] = np.minimum(np.searchsorted(r.order[rows], starts), len(rows) - 1)
        wait = r.order[rows[first[name]]] - starts
        inside[name] = (wait >= 0) & (wait <= table["within_hours"] * HOUR)
    size = np.sum(list(inside.values()), axis=0) * np.logical_and.reduce([inside[name] for name in required])
    best = int(np.argmax(size))
    return {name: int(rows[first[name][best]]) for name, rows in of_subject.items() if inside[name][best]}
