"""What a reader of the grades must know about the record as a whole: sources that are missing, records that no assessment could use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from senl_ae.grade.graded import Graded
from senl_ae.grade.time.spans import among, cover, date_of
from senl_ae.grade.time.support import bolus_spans
from senl_ae.grade.time.timeline import at_or_after_infusion
from senl_ae.settings import Settings
from senl_ae.study import NO_TIME, Study


def note_gaps(graded: Graded, settings: Settings) -> None:
    """Adds study-level and subject-level notes to the issues: what has no source, what lies after a death, what met no assessment."""
    study = graded.study
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
            if not study.sources & sources:
                study.issues.add(
                    "note",
                    f"no-source-{name}",
                    found=f"no sheet of this study records {name}",
                    expected=items,
                    done="every assessment with an open fever gate has grade ceiling 4, because a higher grade cannot be ruled out",
                )
    _unmet_boluses(graded)
    _after_death(study)
    _subject_gaps(study)
    _rulings_without_effect(graded)


def _address(study: Study, frame: str, position: int) -> dict[str, object]:
    rows = study.frame(frame)
    sheet = study.sheets[int(rows["sheet"][position])]
    return {
        "file": sheet.file,
        "sheet": sheet.sheet,
        "row": int(rows["row"][position]),
        "subject_id": str(study.subjects.subject_id[rows["subject"][position]]),
    }


def _unmet_boluses(graded: Graded) -> None:
    """Fluid boluses for blood pressure that no assessment falls in: they could not count, and somebody should know."""
    study = graded.study
    of_signs = [s.course.a for s in graded.syndromes.values() if s.course.scale.signs]
    spans = bolus_spans(study)
    if not of_signs or not len(spans):
        return
    met = np.unique(np.concatenate([cover(a, *spans.bounds)[1] for a in of_signs]))
    after = at_or_after_infusion(study.subjects, spans.subject, spans.start_lo, spans.dated)
    for index in np.flatnonzero(after & ~np.isin(np.arange(len(spans)), met)):
        study.issues.add(
            "note",
            "bolus-without-assessment",
            **_address(study, "interventions", int(spans.position[index])),
            found="a fluid bolus for blood pressure at a time without a vitals row",
            expected="vitals at that time, or an end time",
            done="it could not count as hypotension; record the pressure that it was given for",
        )


def _rulings_without_effect(graded: Graded) -> None:
    """Rulings that could not be applied, met no assessment, or contradict one another."""
    study = graded.study
    rulings = study.adjudications
    met: dict[int, set[int]] = {}
    for syndrome in graded.syndromes.values():
        for name, at, position in syndrome.course.sources:
            if name == "adjudications":
                for a, p in zip(at.tolist(), position.tolist(), strict=True):
                    met.setdefault(p, set()).add(a)
    row: Any
    for i, row in enumerate(rulings.table.itertuples(index=False)):
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
            study.issues.add(
                "note" if found.endswith("without an assessment") else "set aside",
                "ruling-without-effect",
                **_address(study, "adjudications", i),
                found=found,
                expected="a start and an end that span assessments, with the sign, domain or grade",
                done="the ruling was not applied",
            )
    _contradicting(graded)


def _contradicting(graded: Graded) -> None:
    """Notes rulings that give one assessment different grades."""
    study = graded.study
    rulings = study.adjudications
    grade = np.where(rulings.action == "grade", rulings.grade, np.nan)
    noted: set[int] = set()
    for syndrome in graded.syndromes.values():
        for name, at, position in syndrome.course.sources:
            if name != "adjudications":
                continue
            first: dict[int, int] = {}
            for a, p in zip(at.tolist(), position.tolist(), strict=True):
                if not np.isnan(grade[p]) and grade[first.setdefault(a, p)] != grade[p]:
                    noted.add(p)
    for p in sorted(noted):
        study.issues.add(
            "note",
            "rulings-contradict",
            **_address(study, "adjudications", p),
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


def _subject_gaps(study: Study) -> None:
    """What the subjects sheet leaves open: a death without a date, a date before the infusion that cannot end the window, no dose level."""
    s = study.subjects
    infusion = s.infusion
    infused = infusion != NO_TIME
    for i in np.flatnonzero(infused & ~pd.isna(s.death_cause) & (s.death == NO_TIME)):
        _note_subject(
            study,
            int(i),
            "death-without-date",
            "a cause of death and no date of death",
            "the date of death",
            "no death was graded and the window was not ended; add the date of death",
        )
    for column, name in BEFORE_INFUSION.items():
        when = s[column]
        for i in np.flatnonzero(infused & (when != NO_TIME) & (date_of(when) < date_of(infusion))):
            _note_subject(
                study,
                int(i),
                "date-before-infusion",
                f"the date of {name} lies before the infusion",
                "a date on or after the infusion",
                "it does not end the window; correct one of the dates",
            )
    for i in np.flatnonzero(infused & pd.isna(s.dose_level)):
        _note_subject(
            study,
            int(i),
            "no-dose-level",
            "no dose level",
            "the dose level that was given",
            'counted in the column "Not assigned"',
        )


def _note_subject(study: Study, position: int, code: str, found: str, expected: str, done: str) -> None:
    s = study.subjects
    number = int(s.sheet[position])
    sheet = study.sheets[number] if 0 <= number < len(study.sheets) else None
    study.issues.add(
        "note",
        code,
        file=sheet.file if sheet else "",
        sheet=sheet.sheet if sheet else "",
        row=int(s.row[position]) if sheet else None,
        subject_id=str(s.subject_id[position]),
        found=found,
        expected=expected,
        done=done,
    )


def _after_death(study: Study) -> None:
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
        study.issues.add(
            "note",
            "after-death",
            **_address(study, *rows[0]),
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
