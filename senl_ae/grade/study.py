"""From a study to its grades: the one pure function of whole subjects that everything else stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from senl_ae.grade.adverse_events.study import grade_adverse_events
from senl_ae.grade.course.episodes import episodes_of, windows, with_unexplained_deaths
from senl_ae.grade.course.figures import days_of, figures
from senl_ae.grade.course.notes import gaps
from senl_ae.grade.course.plain import grade_by_rules
from senl_ae.grade.course.readings import grade_in_readings
from senl_ae.grade.course.reported import unclear_reports
from senl_ae.grade.crs.fever_gate import grade_signs
from senl_ae.grade.graded import Course, Graded, Syndrome
from senl_ae.grade.laboratory.graded import grade_laboratory
from senl_ae.grade.laboratory.iechs import days_of_last_episodes
from senl_ae.grade.rules.scales import Scale
from senl_ae.grade.time.doubt import certain_sources
from senl_ae.settings import Settings
from senl_ae.study import Study

COURSES = {"signs": grade_signs, "grades": grade_by_rules}


def grade_study(study: Study, settings: Settings, scales: Mapping[str, Scale]) -> Graded:
    """Grades every subject, laboratory and reported events included, and says what it found wrong; the study stays as it is.

    A subject's grades depend on its own rows and on which columns and categories the study has, never on other subjects' rows.
    """
    study = replace(study, sources=certain_sources(study))
    graded = _with_rulings_apart(_graded(study, settings, scales), settings, scales)
    issues = (*gaps(graded), *unclear_reports(study))
    if len(study.labs):
        laboratory = grade_laboratory(
            study,
            settings,
            scales,
            window_end_day=graded.windows.end_day,
            crs_end_day=days_of_last_episodes(graded, scales),
        )
        graded, issues = replace(graded, laboratory=laboratory), (*issues, *laboratory.issues)
    if len(study.adverse_events):
        labs = graded.laboratory.labs if graded.laboratory is not None else None
        events = grade_adverse_events(study, settings, graded.windows, labs)
        graded, issues = replace(graded, adverse_events=events), (*issues, *events.issues)
    return replace(graded, issues=issues)


def _with_rulings_apart(graded: Graded, settings: Settings, scales: Mapping[str, Scale]) -> Graded:
    """Where there are rulings, the same study graded without them as well, and each grade with what stood before."""
    study = graded.study
    if not len(study.adjudications):
        return graded
    unruled = _graded(replace(study, adjudications=study.adjudications.rows(slice(0))), settings, scales)
    both = {
        name: replace(ruled, course=replace(ruled.course, unruled_grade=unruled.syndromes[name].course.grade))
        for name, ruled in graded.syndromes.items()
    }
    return replace(graded, syndromes=both, unruled=unruled)


def _course(study: Study, scale: Scale, settings: Settings) -> Course:
    """The record in one reading, graded by the scale's kind of course, deaths without a cause included."""
    return with_unexplained_deaths(study, COURSES[scale.course](study, scale, settings), settings)


def _graded(study: Study, settings: Settings, scales: Mapping[str, Scale]) -> Graded:
    ends = windows(study, settings)
    syndromes: dict[str, Syndrome] = {}
    for scale in sorted(scales.values(), key=lambda s: (s.order is None, s.order or 0, s.syndrome, s.id)):
        if scale.course not in COURSES:
            continue
        course = grade_in_readings(study, scale, settings, _course)
        episodes = episodes_of(study, course, settings)
        days = days_of(course, study, ends)
        name = scale.syndrome if scale.syndrome not in syndromes else scale.id
        syndromes[name] = Syndrome(
            course, episodes, days, figures(study, course, episodes, days, ends, settings)
        )
    return Graded(study, ends, syndromes, settings.late_onset_day, scales=dict(scales))
