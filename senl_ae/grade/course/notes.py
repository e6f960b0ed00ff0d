"""What a reader of the grades must know about the record as a whole: sources that are missing, records that no assessment could use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from senl_ae.grade.graded import Graded
from senl_ae.grade.time.spans import among, cover, date_of
from senl_ae.grade.time.support import bolus_spans
from senl_ae.grade.time.timeline import at_or_after_infusion
from senl_ae.issues import Issue
from senl_ae.study import NO_TIME, Study


def gaps(graded: Graded) -> Iterator[Issue]:
    """What the record leaves open: what has no source, met no assessment, lies after a death, or is missing of a subject."""
    yield from _without_source(graded)
    yield from _unmet_boluses(graded)
    yield from _after_death(graded.study)
    yield from _subject_gaps(graded.study)
    yield from _rulings_without_effect(graded)
    yield from _contradicting(graded)


def _without_source(graded: Graded) -> Iterator[Issue]:
    """Support that no sheet of the study records at all: nothing rules it out."""
    if any(s.course.scale.signs and len(s.course.a) for s in graded.syndromes.values()):
        for name, sources, items in (
            (
                "oxygen",
                {"oxygen_device", "oxygen_flow", "interventions:oxygen"},
                "an oxygen column or oxygen rows among the interventions",
            ),
            (
                "vasopressors",
                {"vasopressors", "interventions:vasopressor"},
                "a vasopressors column or vasopressor rows among the interventions",
            ),
        ):
            if not graded.study.sources & sources:
                yield Issue(
                    "note",
                    f"no-source-{name}",
                    found=f"no sheet of this study records {name}",
                    expected=items,
                    done="every assessment with an open fever gate has grade ceiling 4, because a higher grade cannot be ruled out",
                )


def _unmet_boluses(graded: Graded) -> Iterator[Issue]:
    """Fluid boluses for blood pressure that no assessment falls in: they could not count, and somebody should know."""
    study = graded.study
    of_signs = [s.course.a for s in graded.syndromes.values() if s.course.scale.signs]
    spans = bolus_spans(study)
    if not of_signs or not len(spans):
        return
    met = np.unique(np.concatenate([cover(a, *spans.bounds)[1] for a in of_signs]))
    after = at_or_after_infusion(study.subjects, spans.subject, spans.start_lo, spans.dated)
    for index in np.flatnonzero(after & ~np.isin(np.arange(len(spans)), met)):
        yield Issue(
            "note",
            "bolus-without-assessment",
            **study.address("interventions", int(spans.position[index])),
            found="a fluid bolus for blood pressure at a time without a vitals row",
            expected="vitals at that time, or an end time",
            done="it could not count as hypotension; record the pressure that it was given for",
        )


def _rulings_in_force(graded: Graded) -> Iterator[tuple[list[int], list[int]]]:
    """Per syndrome the assessments that a ruling was in force at, and which ruling."""
    for syndrome in graded.syndromes.values():
        for name, at, position in syndrome.course.sources:
            if name == "adjudications":
                yield at.tolist(), position.tolist()


def _rulings_without_effect(graded: Graded) -> Iterator[Issue]:
    """Rulings that could not be applied, or met no assessment."""
    met = {position for _, positions in _rulings_in_force(graded) for position in positions}
    row: Any
    for i, row in enumerate(graded.study.adjudications.table.itertuples(index=False)):
        found = ""
        if row.start == NO_TIME and row.end == NO_TIME:
            found = "a ruling without a start and an end"
        elif row.action == "exclude" and not isinstance(row.sign, str):
            found = "a ruling that excludes, and not what"
        elif row.action == "grade" and row.grade != row.grade:
            found = "a ruling of a grade without the grade"
        elif i not in met:
            found = "a ruling over a time without an assessment"
        if found:
            yield Issue(
                "note" if found.endswith("without an assessment") else "set aside",
                "ruling-without-effect",
                **graded.study.address("adjudications", i),
                found=found,
                expected="a start and an end that span assessments, with the sign, domain or grade",
                done="the ruling was not applied",
            )


def _contradicting(graded: Graded) -> Iterator[Issue]:
    """Rulings that give one assessment different grades."""
    rulings = graded.study.adjudications
    grade = np.where(rulings.action == "grade", rulings.grade, np.nan)
    noted: set[int] = set()
    for at, position in _rulings_in_force(graded):
        first: dict[int, int] = {}
        for a, p in zip(at, position, strict=True):
            if not np.isnan(grade[p]) and grade[first.setdefault(a, p)] != grade[p]:
                noted.add(p)
    for p in sorted(noted):
        yield Issue(
            "note",
            "rulings-contradict",
            **graded.study.address("adjudications", p),
            found="two rulings give one assessment different grades",
            expected="one ruling",
            done="the higher grade was taken",
        )


BEFORE_INFUSION = {
    "death": "death",
    "retreatment": "re-treatment",
    "conditioning": "transplant conditioning",
    "new_therapy": "new anti-cancer therapy",
    "cutoff": "data cut-off",
    "last_contact": "last contact",
}


def _subject_gaps(study: Study) -> Iterator[Issue]:
    """What the subjects sheet leaves open: a death without a date, a date before the infusion that cannot end the window, no dose level."""
    s = study.subjects
    infusion = s.infusion
    infused = infusion != NO_TIME
    for i in np.flatnonzero(infused & ~pd.isna(s.death_cause) & (s.death == NO_TIME)).tolist():
        yield Issue(
            "note",
            "death-without-date",
            **study.address("subjects", i),
            found="a cause of death and no date of death",
            expected="the date of death",
            done="no death was graded and the window was not ended; add the date of death",
        )
    for column, name in BEFORE_INFUSION.items():
        when = s[column]
        for i in np.flatnonzero(infused & (when != NO_TIME) & (date_of(when) < date_of(infusion))).tolist():
            yield Issue(
                "note",
                "date-before-infusion",
                **study.address("subjects", i),
                found=f"the date of {name} lies before the infusion",
                expected="a date on or after the infusion",
                done="it does not end the window; correct one of the dates",
            )
    for i in np.flatnonzero(infused & pd.isna(s.dose_level)).tolist():
        yield Issue(
            "note",
            "no-dose-level",
            **study.address("subjects", i),
            found="no dose level",
            expected="the dose level that was given",
            done='counted in the column "Not assigned"',
        )


def _after_death(study: Study) -> Iterator[Issue]:
    """One note per subject for vitals and neurological rows dated after the recorded death."""
    death = study.subjects.death
    late: dict[int, list[tuple[str, int]]] = {}
    for name in ("vitals", "neuro"):
        frame = study.timed(name)
        who = frame.subject
        after = (death[who] != NO_TIME) & (date_of(frame.time) > date_of(death[who]))
        for position in np.flatnonzero(after).tolist():
            late.setdefault(int(who[position]), []).append((name, position))
    for rows in late.values():
        more = f", and {len(rows) - 1} more rows" if len(rows) > 1 else ""
        yield Issue(
            "note",
            "after-death",
            **study.address(*rows[0]),
            found=f"a row dated after the subject's death{more}",
            expected="no assessment after the death",
            done="graded as it stands; correct the date of the row or of the death",
        )


def row_account(graded: Graded) -> dict[str, dict[str, int]]:
    """Per domain, how many rows there are and what became of them: every row is counted once under one named reason."""
    study = graded.study
    used = {
        name: np.zeros(len(study.frame(name)), dtype=bool)
        for name in ("vitals", "interventions", "neuro", "adjudications")
    }
    for s in graded.syndromes.values():
        for name, _, position in s.course.sources:
            if name in used:
                used[name][position] = True
    out: dict[str, dict[str, int]] = {"subjects": {"rows": len(study.subjects)}}
    infused = study.subjects.infusion != NO_TIME
    for name, mask in used.items():
        frame = study.frame(name)
        who = frame["subject"]
        column, dated = ("time", "is_day") if "time" in frame else ("start", "start_is_date")
        time = frame[column]
        after = at_or_after_infusion(study.subjects, who, time, frame[dated])
        rest = ~mask
        reasons = {
            "not-infused": rest & ~infused[who],
            "before-infusion": rest & infused[who] & ~after & (time != NO_TIME),
        }
        rest = rest & ~reasons["not-infused"] & ~reasons["before-infusion"]
        if name == "interventions":
            drugs = ~among(frame["category"], ("vasopressor", "oxygen", "fluid", "sedation"))
            reasons["treatment-record"] = rest & drugs
            reasons["met-no-assessment"] = rest & ~drugs
        elif name == "adjudications":
            reasons["met-no-assessment"] = rest
        else:
            reasons["not-graded"] = rest
        out[name] = {"rows": len(frame), "graded": int(mask.sum())} | {
            k: int(v.sum()) for k, v in reasons.items() if v.any()
        }
    for name in ("labs", "events"):
        if len(study.frame(name)):
            out[name] = {"rows": len(study.frame(name))}
    return out
