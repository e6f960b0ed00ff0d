"""Which moment is Day 0 of each subject: a column of the infusion, a row of the CAR-T product, else the first exposure that SDTM names.

The first exposure of a CAR-T trial may be its lymphodepletion. It stands for Day 0 only where nothing better does, with one note for the
study, and never where the rows of that subject say that lymphodepletion was given then, or where the arm says that nobody was treated.
The setting `day0` settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.rows.reading import Workshop
from senl_ae.read.rows.times import show_time
from senl_ae.read.subjects.arms import NOT_TREATED
from senl_ae.read.subjects.given import EXPOSURE, LYMPHODEPLETION, PRODUCT, Given
from senl_ae.read.subjects.who import DATED, SHOWN, Facts, several_infusions
from senl_ae.study import DAY, NO_TIME, Sheet

FALLBACK = {"RFXSTDTC": "first_exposure", "RFSTDTC": "reference_start"}
"""What `day0` may name, and the subject column that says it; the first choice first."""
COLUMN = "column"
SHORTLY = 14 * DAY
"""An exposure on the first day of lymphodepletion, or at most so long before it, is not the infusion."""

Moments = dict[str, tuple[int, bool]]
"""Subject id -> seconds, and whether they are a date alone."""


@dataclass(frozen=True)
class Sources:
    """What each source says about Day 0, by subject: the infusion column, the fallbacks, the rows of the product; and what contradicts."""

    said: Mapping[str, Moments]
    depletion: pd.DataFrame
    never: frozenset[str]
    setting: str

    def of(self, name: str) -> str:
        """The source of one subject's Day 0; empty where nothing says it, LYMPHODEPLETION where only the start of that is known."""
        allowed = [self.setting] if self.setting else [COLUMN, EXPOSURE, *FALLBACK]
        for source in allowed:
            if name not in self.said[source] or (source in FALLBACK and name in self.never):
                continue
            if source == COLUMN and not self.setting and self._exposure_says_more(name):
                return EXPOSURE
            if (
                source in FALLBACK
                and not self.setting
                and self._is_depletion(name, self.said[source][name][0])
            ):
                return LYMPHODEPLETION
            return source
        return ""

    def _exposure_says_more(self, name: str) -> bool:
        """Whether the column has only the date, and a row of the product a clock time on it."""
        (at, is_date), (given, given_is_date) = (
            self.said[COLUMN][name],
            self.said[EXPOSURE].get(name, (NO_TIME, True)),
        )
        return is_date and not given_is_date and at // DAY == given // DAY

    def _is_depletion(self, name: str, at: int) -> bool:
        """Whether an exposure is the first one of lymphodepletion, or shortly before it: then it is not the infusion."""
        rows = self.depletion["start"][self.depletion["subject_id"] == name]
        return bool(len(rows)) and (
            bool((rows // DAY == at // DAY).any())
            or 0 <= int(rows.min()) // DAY * DAY - at // DAY * DAY <= SHORTLY
        )


def settle_day_zero(
    facts: Sequence[Facts | None], given: Given, shop: Workshop
) -> tuple[list[Facts], list[Issue]]:
    """The facts of all sheets with one source of Day 0 per subject, what rows of study treatment say as facts of their own, and issues."""
    told = [f for f in facts if f is not None]
    product, depletion = given.of(PRODUCT), given.of(LYMPHODEPLETION)
    said = {COLUMN: _said(told, "infusion"), EXPOSURE: _earliest(product)}
    said |= {name: _said(told, column) for name, column in FALLBACK.items()}
    sources = Sources(said, depletion, never_treated(told), shop.settings.day0)
    chosen = {name: sources.of(name) for name in sorted({s for moments in said.values() for s in moments})}
    issues = list(_refuse_missing_source(sources))
    if not sources.setting:
        issues += [*_refuse_contradiction(sources, chosen), *_note_fallback(chosen), *_name_depletion(chosen)]
    issues += [*_name_treated_all_the_same(sources, chosen), *_note_several(product, chosen, shop.sheets)]
    day_zero = {name: said[source][name][0] for name, source in chosen.items() if source in said}
    settled = [
        *(_with_infusion(f, chosen) for f in told),
        *_exposure_facts(product, chosen),
        *_depletion_facts(depletion, day_zero, _said(told, "lymphodepletion_start")),
    ]
    return settled, issues


def never_treated(facts: Sequence[Facts | None]) -> frozenset[str]:
    """The subjects whose arm says that they were never treated."""
    return frozenset(
        str(s)
        for f in facts
        if f is not None and NOT_TREATED in f.values
        for s in f.subject_id[f.values[NOT_TREATED]]
    )


def _said(facts: Sequence[Facts], column: str) -> Moments:
    """The earliest moment that any sheet gives in one column, by subject; of one date the one with a clock time."""
    frames = []
    for fact in (f for f in facts if column in f.values):
        is_date = fact.values.get(DATED.get(column, ""), np.zeros(len(fact.row), dtype=bool))
        told = {
            "subject_id": pd.Series(fact.subject_id, dtype=object),
            "start": fact.values[column],
            "is_date": is_date,
        }
        frames.append(pd.DataFrame(told))
    if not frames:
        return {}
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["start"] != NO_TIME]
    return _earliest(
        rows.assign(date=rows["start"] // DAY).sort_values(
            ["subject_id", "date", "is_date", "start"], kind="stable"
        )
    )


def _earliest(rows: pd.DataFrame) -> Moments:
    first = rows.drop_duplicates("subject_id")
    return {
        str(s): (int(t), bool(d))
        for s, t, d in zip(first["subject_id"], first["start"], first["is_date"], strict=True)
    }


def _refuse_missing_source(sources: Sources) -> Iterator[Issue]:
    """A setting that names a source that no file has."""
    if sources.setting and sources.setting != COLUMN and not sources.said[sources.setting]:
        what = (
            "row of the CAR-T product on a sheet of study treatment"
            if sources.setting == EXPOSURE
            else f"date under {sources.setting}"
        )
        there = [name for name, moments in sources.said.items() if moments]
        yield Issue(
            "refuse",
            "settings-wrong",
            column="day0",
            found=f'day0 = "{sources.setting}", and no file has a {what}',
            expected=" or ".join(f'day0 = "{name}"' for name in there),
            done="nothing was graded",
        )


def _named(subjects: Iterable[str]) -> str:
    """So many subjects, and the first of them by name."""
    names = sorted(subjects)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {'subject' if len(names) == 1 else 'subjects'} ({', '.join(names[:SHOWN])}{more})"


def _of_subjects(severity: str, code: str, subjects: Sequence[str], **said: str) -> Issue:
    """One problem of several subjects; it stands under the name of one that is alone with it."""
    return Issue(severity, code, subject_id=subjects[0] if len(subjects) == 1 else "", **said)  # type: ignore[arg-type]


def _refuse_contradiction(sources: Sources, chosen: Mapping[str, str]) -> Iterator[Issue]:
    """The infusion column and the first row of the product are on different dates: only the site can say which is Day 0."""
    column, exposed = sources.said[COLUMN], sources.said[EXPOSURE]
    differ = [
        s
        for s, source in chosen.items()
        if source == COLUMN and s in exposed and exposed[s][0] // DAY != column[s][0] // DAY
    ]
    if differ:
        first = differ[0]
        yield _of_subjects(
            "refuse",
            "day0-disagrees",
            differ,
            found=f"the infusion of {_named(differ)} is {show_time(*column[first])} by the column and {show_time(*exposed[first])} by the "
            "rows of study treatment" + (f" (subject {first})" if len(differ) > 1 else ""),
            expected="one date",
            done='mend one of the two, or say which counts in senl-ae.toml: day0 = "column" or day0 = "EX"',
        )


def _note_fallback(chosen: Mapping[str, str]) -> Iterator[Issue]:
    """Day 0 by the first exposure is to be confirmed: one note for the study and each source."""
    for source in FALLBACK:
        subjects = [s for s, by in chosen.items() if by == source]
        if subjects:
            yield Issue(
                "note",
                "day0-to-confirm",
                found=f"Day 0 is {source} for {_named(subjects)}: no row names a CAR-T product",
                expected="a confirmation that this is the infusion and not the lymphodepletion",
                done=f'read; settle it in senl-ae.toml: day0 = "{source}", or "EX" where only rows of the product count',
            )


def _name_depletion(chosen: Mapping[str, str]) -> Iterator[Issue]:
    subjects = [s for s, by in chosen.items() if by == LYMPHODEPLETION]
    if subjects:
        yield _of_subjects(
            "set aside",
            "day0-is-lymphodepletion",
            subjects,
            found=f"the first exposure of {_named(subjects)} is the lymphodepletion, and no row names a CAR-T product",
            expected="the infusion: a row of the product, or a column infusion_date",
            done="listed as not infused",
        )


def _name_treated_all_the_same(sources: Sources, chosen: Mapping[str, str]) -> Iterator[Issue]:
    """An arm says "not treated", and a row of the product or a column of the infusion says when: the infusion is the better record."""
    subjects = [s for s in sources.never if chosen.get(s) in (COLUMN, EXPOSURE)]
    if subjects:
        yield _of_subjects(
            "set aside",
            "arm-disagrees",
            subjects,
            found=f"the arm of {_named(subjects)} says that nothing was given, and an infusion is recorded",
            expected="an arm that fits",
            done="graded as infused",
        )


def _note_several(
    product: pd.DataFrame, chosen: Mapping[str, str], sheets: Sequence[Sheet]
) -> Iterator[Issue]:
    """Rows of the product on several dates: the first is Day 0."""
    rows = product[product["subject_id"].map(chosen) == EXPOSURE].drop_duplicates(["subject_id", "date"])
    for name, days in rows[rows["subject_id"].duplicated(keep=False)].groupby("subject_id"):
        yield several_infusions(str(name), days["start"], days, sheets)


def _with_infusion(fact: Facts, chosen: Mapping[str, str]) -> Facts:
    """One sheet's facts with the infusion from the source that was chosen for each subject."""
    values = {name: column for name, column in fact.values.items() if name not in FALLBACK.values()}
    by = pd.Series(fact.subject_id, dtype=object).map(chosen).to_numpy(dtype=object)
    flag = DATED["infusion"]
    if "infusion" in values:
        values["infusion"] = np.where(by == COLUMN, values["infusion"], NO_TIME)
    for source, column in FALLBACK.items():
        here = by == source
        if column in fact.values and here.any():
            values["infusion"] = np.where(here, fact.values[column], values.get("infusion", NO_TIME))
            values[flag] = np.where(here, fact.values[DATED[column]], values.get(flag, False))
    return replace(fact, values=values)


def _exposure_facts(product: pd.DataFrame, chosen: Mapping[str, str]) -> list[Facts]:
    """The first row of the product of each subject whose Day 0 it is."""
    first = product.drop_duplicates("subject_id")
    first = first[first["subject_id"].map(chosen) == EXPOSURE]
    return [_facts(rows, "infusion") for _, rows in first.groupby("sheet")]


def _depletion_facts(depletion: pd.DataFrame, day_zero: Mapping[str, int], stated: Moments) -> list[Facts]:
    """The first row of lymphodepletion before each infusion, where no column says when it began."""
    infusion = depletion["subject_id"].map(lambda s: day_zero.get(s, NO_TIME)).astype(np.int64)
    before = depletion[(depletion["start"] < infusion) & ~depletion["subject_id"].isin(list(stated))]
    first = before.drop_duplicates("subject_id")
    return [_facts(rows, "lymphodepletion_start") for _, rows in first.groupby("sheet")]


def _facts(rows: pd.DataFrame, column: str) -> Facts:
    """What rows of one sheet of treatment say about their subjects."""
    sheet = int(rows["sheet"].iloc[0])
    values = {column: rows["start"].to_numpy(dtype=np.int64)}
    if column in DATED:
        values[DATED[column]] = rows["is_date"].to_numpy(dtype=bool)
    return Facts(
        sheet, True, rows["row"].to_numpy(dtype=np.int64), rows["subject_id"].to_numpy(dtype=object), values
    )
