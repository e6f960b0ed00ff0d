"""Who was in the study: one row per subject, out of subject sheets and of subject columns repeated on other sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.rows.times import show_time
from senl_ae.read.values.frames import as_frame
from senl_ae.study import DAY, NO_TIME, Sheet, Subjects
from senl_ae.vocabulary.folding import seen_alike

DATED = {
    "infusion": "infusion_is_date",
    "death": "death_is_date",
    "first_exposure": "first_exposure_is_date",
    "reference_start": "reference_start_is_date",
}
SHOWN = 10
"""So many subjects are named in one message."""


@dataclass
class Facts:
    """What one sheet says about its subjects. lifted: subject columns repeated on the rows of another domain."""

    sheet: int
    lifted: bool
    row: np.ndarray
    subject_id: np.ndarray
    values: dict[str, np.ndarray] = field(default_factory=dict)
    extra: dict[str, np.ndarray] = field(default_factory=dict)


def build_subjects(
    facts: Sequence[Facts], ids: Sequence[str], sheets: Sequence[Sheet]
) -> tuple[pd.DataFrame, list[Issue]]:
    """One row per subject, sorted by subject_id: every id seen on any sheet, with what the sheets agree on.

    A subject with several infusion times was infused in fractions: the first counts, noted. Any other contradiction is refused.
    """
    names = np.array(sorted(set(ids)), dtype=object)
    position = pd.Index(names)
    frame: dict[str, np.ndarray] = {"subject_id": names}
    for column in Subjects.kinds:
        frame.setdefault(column, Subjects.blank(column, len(names)))
    frame["sheet"], frame["row"] = np.full(len(names), -1), np.zeros(len(names), dtype=np.int64)
    for fact in reversed(facts):
        at = position.get_indexer(pd.Index(fact.subject_id))
        if not fact.lifted:
            frame["sheet"][at[::-1]], frame["row"][at[::-1]] = fact.sheet, fact.row[::-1]
    issues: list[Issue] = []
    for column in Subjects.kinds:
        if any(column in fact.values for fact in facts) and column not in DATED.values():
            issues += _settle(column, facts, position, frame, sheets)
    issues += _extra(facts, position, frame, sheets)
    return as_frame(frame), issues


def _said(column: str, facts: Sequence[Facts], position: pd.Index, *, extra: bool = False) -> pd.DataFrame:
    """Everything any sheet says in one column, blanks left out, the same thing once per sheet and subject."""
    told = []
    for number, fact in enumerate(facts):
        values = (fact.extra if extra else fact.values).get(column)
        if values is None:
            continue
        filled = values != NO_TIME if _is_time(column) and not extra else ~pd.isna(values)
        flag = fact.values.get(DATED.get(column, ""), np.zeros(len(values), dtype=bool))
        rows = pd.DataFrame(
            {
                "subject": position.get_indexer(pd.Index(fact.subject_id[filled])),
                "value": values[filled],
                "is_date": flag[filled],
                "row": fact.row[filled],
            }
        )
        told.append(
            rows.drop_duplicates(["subject", "value", "is_date"]).assign(
                sheet=fact.sheet, lifted=fact.lifted, number=number
            )
        )
    return (
        pd.concat(told, ignore_index=True)
        if told
        else pd.DataFrame(columns=["subject", "value", "is_date", "row", "sheet", "lifted", "number"])
    )


def _settle(
    column: str,
    facts: Sequence[Facts],
    position: pd.Index,
    frame: dict[str, np.ndarray],
    sheets: Sequence[Sheet],
) -> list[Issue]:
    """One value per subject for one column, or a refusal that names the subjects."""
    said = _said(column, facts, position)
    if column in DATED:
        said = _without_bare_dates(said)
    distinct = said.drop_duplicates(["subject", "value", "is_date"])
    several = distinct[distinct["subject"].duplicated(keep=False)]
    told: list[Issue] = []
    if len(several):
        if column == "infusion" and _in_fractions(said, several):
            told = list(_note_fractions(several, position, sheets))
        else:
            told = [_refusal(column, said[said["subject"].isin(several["subject"])], position, sheets)]
    # Earliest first, so that of several infusions the first one counts.
    distinct = (
        distinct.sort_values(["subject", "value"], kind="stable")
        if len(several) and column == "infusion"
        else distinct
    )
    first = distinct.drop_duplicates("subject")
    at = first["subject"].to_numpy(dtype=np.int64)
    frame[column][at] = first["value"].to_numpy()
    if column in DATED:
        frame[DATED[column]][at] = first["is_date"].to_numpy(dtype=bool)
    return told


def _without_bare_dates(said: pd.DataFrame) -> pd.DataFrame:
    """A date without a time and a time on that date are no contradiction: the time says more."""
    if not len(said):
        return said
    date = said["value"] // DAY
    timed = ~said["is_date"].to_numpy(dtype=bool)
    has_time = set(zip(said["subject"][timed], date[timed], strict=True))
    told = np.array([pair in has_time for pair in zip(said["subject"], date, strict=True)], dtype=bool)
    kept: pd.DataFrame = said.loc[timed | ~told]
    return kept


def _in_fractions(said: pd.DataFrame, several: pd.DataFrame) -> bool:
    """Whether several infusion times are rows of subject sheets (a dose given in fractions), and no other sheet contradicts them."""
    own = said[~said["lifted"].astype(bool)]
    known = set(zip(own["subject"], own["value"], strict=True))
    lifted = several[several["lifted"].astype(bool)]
    return bool(len(own)) and all(
        pair in known for pair in zip(lifted["subject"], lifted["value"], strict=True)
    )


def _note_fractions(several: pd.DataFrame, position: pd.Index, sheets: Sequence[Sheet]) -> Iterator[Issue]:
    """A note per subject with the times of all its infusions."""
    for subject in several["subject"].unique().tolist():
        rows = several[several["subject"] == subject].sort_values(["value", "is_date"], kind="stable")
        yield several_infusions(str(position[int(subject)]), rows["value"], rows, sheets)


def several_infusions(subject: str, seconds: pd.Series, rows: pd.DataFrame, sheets: Sequence[Sheet]) -> Issue:
    """The note on a subject with several infusions. seconds: their times; rows: `is_date`, and where each is written (`sheet`, `row`)."""
    sheet = sheets[int(rows["sheet"].iloc[0])]
    times = ", ".join(show_time(int(t), bool(d)) for t, d in zip(seconds, rows["is_date"], strict=True))
    place = (sheet.file, sheet.sheet, int(rows["row"].max()), "", subject)
    done = "the first one is Day 0; a later one that is a re-treatment belongs in retreatment_date"
    return Issue("note", "several-infusions", *place, f"infusions at {times}", done=done)


def _refusal(column: str, said: pd.DataFrame, position: pd.Index, sheets: Sequence[Sheet]) -> Issue:
    """A subject column that contradicts itself: within one sheet's rows, or between sheets."""
    subjects = [str(position[int(s)]) for s in sorted(said["subject"].unique())]
    first = said[said["subject"] == said["subject"].min()].drop_duplicates("value")
    told = zip(first["value"], first["is_date"], first["sheet"], first["row"], strict=True)
    shown = " and ".join(
        f"{show(column, value, day)} ({_place(sheets[int(sheet)])}row {int(row)})"
        for value, day, sheet, row in told
    )
    sheet = sheets[int(said["sheet"].iloc[0])]
    within = said.groupby(["subject", "sheet"]).size().max() > 1 and bool(said["lifted"].any())
    more = f" and {len(subjects) - SHOWN} more" if len(subjects) > SHOWN else ""
    return Issue(
        "refuse",
        "subject-column-varies" if within else "conflicting-subject",
        file=sheet.file,
        sheet=sheet.sheet,
        column=sheet.columns.get(column, ""),
        subject_id=subjects[0] if len(subjects) == 1 else "",
        found=f"{column} has more than one value for subject {', '.join(subjects[:SHOWN])}{more}: {shown}",
        expected="one value per subject",
        done="make the rows agree, or leave the column blank where it is wrong",
    )


def _place(sheet: Sheet) -> str:
    return f'sheet "{sheet.sheet}", ' if sheet.sheet else f"{sheet.file}, "


def _extra(
    facts: Sequence[Facts],
    position: pd.Index,
    frame: dict[str, np.ndarray],
    sheets: Sequence[Sheet],
) -> Iterator[Issue]:
    """Further columns of subject sheets, kept as text under their own headings when each subject has one value there.

    Headings of two sheets that are spelled alike are one column, under the spelling of the first.
    """
    first_spelling: dict[str, str] = {}
    for fact in facts:
        for name in list(fact.extra):
            fact.extra[first_spelling.setdefault(seen_alike(name), name)] = fact.extra.pop(name)
    for name in sorted(first_spelling.values()):
        said = _said(name, facts, position, extra=True).drop_duplicates(["subject", "value"])
        several = said["subject"].duplicated()
        if several.any():
            sheet, first = (
                sheets[int(said["sheet"].iloc[0])],
                str(position[int(said["subject"][several].min())]),
            )
            yield Issue(
                "note",
                "several-values",
                file=sheet.file,
                sheet=sheet.sheet,
                found=f'"{name}" has several values for one subject, such as subject {first}',
                expected="one value per subject",
                done="the column is not kept",
            )
            continue
        column = np.full(len(position), None, dtype=object)
        column[said["subject"].to_numpy(dtype=np.int64)] = said["value"].to_numpy()
        frame[name] = column


def _is_time(column: str) -> bool:
    return Subjects.kinds.get(column) == "Seconds"


def show(column: str, value: object, is_date: object) -> str:
    """A value for people, as messages print it."""
    if _is_time(column):
        at = int(value)  # type: ignore[call-overload]
        return show_time(at, bool(is_date) or at % DAY == 0)
    return f"{value:g}" if isinstance(value, float) else str(value)
