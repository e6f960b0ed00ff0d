"""What each sheet says about its subjects, put together to one row per subject."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.headings.recognised import Heading
from senl_ae.read.headings.rows import Rows
from senl_ae.read.rows.reading import Reading, Workshop, note_odd_times, pooled
from senl_ae.read.rows.times import When
from senl_ae.read.rows.when import read_dates
from senl_ae.read.subjects.ages import UNIT, ages
from senl_ae.read.subjects.arms import settle_arms
from senl_ae.read.subjects.day_zero import FALLBACK, never_treated, settle_day_zero
from senl_ae.read.subjects.further import further_columns
from senl_ae.read.subjects.given import read_given
from senl_ae.read.subjects.ids import note_similar, tell_without_rows
from senl_ae.read.subjects.who import DATED, SHOWN, Facts, build_subjects
from senl_ae.read.values.measured import Values, measured
from senl_ae.study import NO_TIME


def read_subjects(
    readings: Sequence[Reading], shop: Workshop, *, refused: bool
) -> tuple[pd.DataFrame, list[Issue]]:
    """One row per subject seen on any sheet, with the columns that sheets give about subjects, and what was found there.

    refused: whether something before this is a reason not to grade; then a column that is missing is no news.
    """
    told: list[tuple[Reading, Values, dict[str, When]]] = []
    dates = frozenset(i.column for i in shop.items.in_domain("subjects") if i.kind in ("datetime", "date"))
    for reading in readings:
        rows = (reading.rows if reading.layout.domain == "subjects" else _telling_rows(reading)).apart()
        values = measured(
            reading.layout, "subjects", rows, shop.items, leave=dates | {"subject_id", "age", UNIT}
        )
        told_ages = ages(reading.layout, rows, shop.items)
        values.columns.update(told_ages.columns)
        values.letters.update(told_ages.letters)
        whens = {}
        for column in sorted(dates):
            claims = reading.layout.claims(column, "subjects")
            found = read_dates(rows, claims, shop.settings) if claims else None
            if found is not None:
                whens[column] = found[0]
                if column == "infusion" or column == FALLBACK.get(shop.settings.day0):
                    _refuse_unread_infusion(rows, claims, found[1])
        told.append((replace(reading, rows=rows), values, whens))
    clocks = pooled([(reading.template, whens) for reading, _, whens in told])
    facts = [
        _facts(reading, values, whens, timed, shop)
        for (reading, values, whens), timed in zip(told, clocks, strict=True)
    ]
    ids = {str(name) for reading in readings for name in pd.unique(reading.rows.subject_id)}
    issues = [issue for reading, _, _ in told for issue in reading.rows.told]
    issues += note_similar(sorted(ids - {name for pair in shop.settings.ids.items() for name in pair}))
    given, unread = read_given(readings, shop)
    settled, by_source = settle_day_zero(facts, given, shop)
    subjects, contradictions = build_subjects(settled, sorted(ids), shop.sheets)
    issues += [*unread, *by_source, *contradictions]
    refused = refused or any(issue.severity == "refuse" for issue in issues)
    issues += _note_not_infused(subjects, settled, refused)
    issues += tell_without_rows(subjects, readings, subjects["infusion"].to_numpy() != NO_TIME)
    return subjects, issues


def _refuse_unread_infusion(rows: Rows, headings: Sequence[Heading], unread: np.ndarray) -> None:
    """An infusion that is dated and cannot be read is not "not infused": words without a digit ("withdrawn") are."""
    for i in np.flatnonzero(unread).tolist():
        said = [str(cell) for h in headings if (cell := rows.cells(h.index)[i]) is not None]
        if any(character.isdigit() for text in said for character in text):
            found = f"the infusion of subject {rows.subject_id[i]} cannot be read"
            done = "mend the cell; blank it where the subject was not infused"
            rows.add(
                "refuse",
                "infusion-unreadable",
                headings[0].letter,
                [i],
                found,
                "a date, or a date and time",
                done,
            )


def _telling_rows(reading: Reading) -> Rows:
    """The rows on which a subject column says something that it has not said of that subject before: the others repeat it."""
    rows = reading.rows
    lifted = [h for h in reading.layout.headings if h.domain == "subjects" and h.column != "subject_id"]
    new = np.zeros(len(rows), dtype=bool)
    subject = pd.factorize(rows.subject_id)[0].astype(np.int64) if lifted else np.empty(0, dtype=np.int64)
    for heading in lifted:
        said, distinct = pd.factorize(rows.cells(heading.index))
        new |= ~pd.Series(subject * (len(distinct) + 1) + said).duplicated().to_numpy()
    return rows.take(new)


def _facts(
    reading: Reading, values: Values, whens: Mapping[str, When], timed: Mapping[str, bool], shop: Workshop
) -> Facts | None:
    """What one sheet says about its subjects; None when it says nothing."""
    own = reading.layout.domain == "subjects"
    columns = dict(values.columns)
    for column, when in whens.items():
        columns[column] = when.seconds
        if column in DATED:
            columns[DATED[column]] = when.is_day(timed[column])
            letter = reading.layout.claims(column, "subjects")[0].letter
            note_odd_times(reading.rows, replace(when, clock=timed[column]), letter)
    if not own and "weight_kg" in columns and _varies(reading.rows.subject_id, columns["weight_kg"]):
        reading.rows.about_sheet(
            "note",
            "weight-varies",
            "body weight changes from row to row",
            "one weight per subject",
            "not used",
            values.letters["weight_kg"],
        )
        del columns["weight_kg"]
    if not own and not columns:
        return None
    further = [(heading, _as_text(reading.rows.cells(heading.index))) for heading in reading.layout.further]
    extra = further_columns(
        reading.rows, [column for column in further if not _is_personal(reading.rows, *column, shop)]
    )
    settle_arms(columns, extra, reading.layout, reading.rows, shop.items)
    if own:
        _note_repeated(reading, {**columns, **extra})
    return Facts(
        reading.places[reading.layout.domain],
        not own,
        reading.rows.index + 1,
        reading.rows.subject_id,
        columns,
        extra,
    )


PERSONAL = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
"""A resident's identity number, or the number of a mobile telephone."""


def _is_personal(rows: Rows, heading: Heading, texts: np.ndarray, shop: Workshop) -> bool:
    """Whether a column that would be kept as text holds identity or telephone numbers: refused, or dropped when the settings say so."""
    codes, distinct = pd.factorize(texts)
    personal = np.array([*(bool(PERSONAL.search(text)) for text in distinct), False], dtype=bool)
    found = int(personal[codes].sum())
    if not found:
        return False
    allowed = shop.settings.allow_pii
    rows.about_sheet(
        "note" if allowed else "refuse",
        "personal-data-dropped" if allowed else "personal-data",
        f'"{heading.text}" holds what looks like identity or telephone numbers in {found} rows',
        "subject ids only",
        "not read" if allowed else "delete the column, or let it be dropped with --allow-pii",
        heading.letter,
    )
    return True


def _note_repeated(reading: Reading, columns: Mapping[str, np.ndarray]) -> None:
    """The same row of a subject sheet twice says nothing new: once, noted."""
    told = pd.DataFrame(
        {
            "subject": pd.Series(reading.rows.subject_id, dtype=object),
            **{n: pd.Series(c) for n, c in columns.items()},
        }
    )
    again = np.flatnonzero(told.duplicated().to_numpy())
    reading.rows.add(
        "note", "duplicate-row", "", again, "the same subject row as one above", done="counted once"
    )


def _as_text(cells: np.ndarray) -> np.ndarray:
    """A further column of the subjects as text; whole numbers without a point, dates as dates."""
    codes, distinct = pd.factorize(cells)
    texts: list[str | None] = []
    for value in distinct:
        if isinstance(value, float) and value.is_integer():
            texts.append(str(int(value)))
        elif isinstance(value, str):
            texts.append(value.strip() or None)
        else:
            texts.append(str(value).removesuffix(" 00:00:00"))
    return np.array([*texts, None], dtype=object)[codes]


def _varies(ids: np.ndarray, values: np.ndarray) -> bool:
    """Whether a subject has more than one value in a column."""
    pairs = pd.DataFrame({"id": ids, "value": values}).dropna().drop_duplicates()
    return bool(pairs["id"].duplicated().any())


def _note_not_infused(
    subjects: pd.DataFrame, facts: Sequence[Facts | None], refused: bool
) -> Iterator[Issue]:
    """Subjects without an infusion are listed; a study without any infusion column cannot be graded."""
    if not any(f is not None and "infusion" in f.values for f in facts):
        if not refused:
            yield Issue(
                "refuse",
                "no-infusion-column",
                found="no sheet has a column of the infusion",
                expected="infusion_datetime or infusion_date, on a subject sheet or on every row",
                done="add the column: study days count from it",
            )
        return
    seen = subjects["sheet"].to_numpy() >= 0
    never = never_treated(facts) & set(subjects["subject_id"][subjects["infusion"] == NO_TIME])
    yield from _note_never_treated(never)
    for name, infusion, listed in zip(subjects["subject_id"], subjects["infusion"], seen, strict=True):
        if infusion == NO_TIME and name not in never:
            yield Issue(
                "note" if listed else "set aside",
                "not-infused" if listed else "subject-not-listed",
                subject_id=str(name),
                column="",
                found=f"subject {name}: "
                + ("no infusion is recorded" if listed else "rows, and no infusion on any sheet"),
                expected="an infusion date",
                done="listed as not infused; nothing is graded"
                + ("" if listed else "; check how its id is written on the sheet of subjects"),
            )


def _note_never_treated(names: Collection[str]) -> Iterator[Issue]:
    """Screen failures and subjects who were never treated: one line for all of them."""
    if names:
        shown = ", ".join(sorted(names)[:SHOWN]) + (
            f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        )
        yield Issue(
            "note",
            "not-infused",
            subject_id=min(names) if len(names) == 1 else "",
            found=f"{len(names)} {'subject was' if len(names) == 1 else 'subjects were'} never treated by their arm: {shown}",
            done="listed as not infused; nothing is graded",
        )
