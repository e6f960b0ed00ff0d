"""What the investigators reported as CRS or ICANS: their own grades, kept beside the derived ones and never mixed with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.grade.graded import Graded
from senl_ae.grade.time.spans import date_of
from senl_ae.grade.time.timeline import study_day
from senl_ae.study import NO_TIME, Study
from senl_ae.vocabulary.folding import whole_words, word_key
from senl_ae.vocabulary.items import load_items


def reported_events(study: Study) -> pd.DataFrame:
    """The reported events of infused subjects whose term is CRS or ICANS, whole words only, in English or Chinese.

    Columns: subject, syndrome, grade (nan where none was given), onset and end (seconds, NO_TIME where missing) with their `_is_date`,
    onset_day, end_day (nan where missing), scale as recorded, sheet and row.
    """
    item = load_items().by_name["syndrome"]
    events = study.events
    syndrome = events["term"].map(
        lambda term: item.word_of.get(word_key(str(term))) if term is not None else None
    )
    infused = (
        study.subjects["infusion"].to_numpy(dtype=np.int64)[events["subject"].to_numpy(dtype=np.int64)]
        != NO_TIME
    )
    found = events.assign(syndrome=syndrome)[syndrome.notna().to_numpy(dtype=bool) & infused]
    who = found["subject"].to_numpy(dtype=np.int64)
    out = pd.DataFrame(
        {
            "subject": who,
            "syndrome": found["syndrome"].to_numpy(dtype=object),
            "grade": found["grade"].to_numpy(dtype=float),
            "onset": found["start"].to_numpy(dtype=np.int64),
            "onset_is_date": found["start_is_date"].to_numpy(dtype=bool),
            "end": found["end"].to_numpy(dtype=np.int64),
            "end_is_date": found["end_is_date"].to_numpy(dtype=bool),
            "scale": found["scale"].to_numpy(dtype=object),
            "sheet": found["sheet"].to_numpy(dtype=np.int64),
            "row": found["row"].to_numpy(dtype=np.int64),
        }
    )
    for name in ("onset", "end"):
        time = out[name].to_numpy(dtype=np.int64)
        out[f"{name}_day"] = np.where(
            time == NO_TIME, np.nan, study_day(study.subjects, who, date_of(time)).astype(float)
        )
    return out.sort_values(["subject", "syndrome", "onset", "row"], kind="stable").reset_index(drop=True)


def only_reported(study: Study) -> bool:
    """Whether the study supplies nothing to derive grades from, only reported events."""
    return (
        not len(study.vitals)
        and not len(study.neuro)
        and not len(study.interventions)
        and len(study.events) > 0
    )


def note_reported(graded: Graded) -> None:
    """Says in the issues which terms could be CRS or ICANS and were not counted, and when nothing could be derived."""
    _note_unclear_terms(graded.study)
    _note_fatal(graded.study)
    if only_reported(graded.study):
        graded.study.issues.add(
            "note",
            "reported-only",
            found="the study supplies no vitals, interventions or neurological checks, only reported events",
            expected="vitals and neurological checks, to derive grades from",
            done="no grade was derived; `senl-ae summarize` counts the reported grades",
        )


def _note_unclear_terms(study: Study) -> None:
    """Reported terms that hold the name of a syndrome among other words: a person must say what they are."""
    item = load_items().by_name["syndrome"]
    inside = whole_words(tuple(item.spellings))
    terms = study.events["term"].dropna()
    unclear = [
        t
        for t in sorted(set(terms.astype(str)))
        if item.word_of.get(word_key(t)) is None and inside.search(t.casefold())
    ]
    for position in terms.index[terms.astype(str).isin(unclear)]:
        row = study.events.loc[position]
        sheet = study.sheets[int(row["sheet"])]
        study.issues.add(
            "note",
            "reported-term-unclear",
            file=sheet.file,
            sheet=sheet.sheet,
            row=int(row["row"]),
            column=sheet.columns.get("term", ""),
            subject_id=str(study.subjects["subject_id"].iloc[int(row["subject"])]),
            found=f'the term "{str(row["term"])[:60]}" names CRS or ICANS among other words',
            expected="CRS or ICANS, or their full names, alone",
            done="not counted as a reported CRS or ICANS",
        )


def _note_fatal(study: Study) -> None:
    """Reported events that killed, by their grade or outcome, where another record says otherwise: no death, or an outcome that is none.

    Of any term: a death that is missing is missing for every count. Each is one issue, for somebody at the site to settle.
    """
    events, item = study.events, load_items().by_name["outcome"]
    if not len(events):
        return
    most = load_items().by_name["event_grade"].plausible["le"]
    outcome = events["outcome"].map(
        lambda text: None if text is None else item.word_of.get(word_key(str(text)), "")
    )
    by_grade, fatal = (
        (events["grade"] == most).to_numpy(dtype=bool),
        (outcome == "fatal").to_numpy(dtype=bool),
    )
    died = (
        study.subjects["death"].to_numpy(dtype=np.int64)[events["subject"].to_numpy(dtype=np.int64)]
        != NO_TIME
    )
    recovered = by_grade & (outcome == "").to_numpy(dtype=bool)
    milder = fatal & (events["grade"] < most).to_numpy(dtype=bool)
    for i in np.flatnonzero(((by_grade | fatal) & ~died) | recovered | milder).tolist():
        row = events.iloc[i]
        sheet = study.sheets[int(row["sheet"])]
        said = [f"grade {row['grade']:g}"] * bool(row["grade"] == row["grade"]) + [
            f"outcome {row['outcome']}"
        ] * bool(row["outcome"])
        found = f'"{str(row["term"])[:60]}" is reported with {" and ".join(said)}' + (
            "" if died[i] else ", and no death is recorded"
        )
        study.issues.add(
            "note",
            "fatal-disagrees",
            file=sheet.file,
            sheet=sheet.sheet,
            row=int(row["row"]),
            column=sheet.columns.get("grade", "") if by_grade[i] else sheet.columns.get("outcome", ""),
            subject_id=str(study.subjects["subject_id"].iloc[int(row["subject"])]),
            found=found,
            expected="a grade, an outcome and a date of death that agree",
            done="counted as reported; the death is not taken from it",
        )
