"""What the protocol gives: the rows of the CAR-T product and of lymphodepletion on sheets of study treatment (SDTM EX, EC, PR)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.headings.recognised import Heading
from senl_ae.read.rows.intervals import ends_of
from senl_ae.read.rows.reading import Reading, Workshop
from senl_ae.read.words.listed import text_of
from senl_ae.study import DAY, NO_TIME
from senl_ae.vocabulary.folding import fold, spelling, whole_words, word_key
from senl_ae.vocabulary.items import Items

if TYPE_CHECKING:
    from senl_ae.settings import Settings

PRODUCT, LYMPHODEPLETION = "car_t", "lymphodepletion"
NOT_GIVEN = "not_given"
"""The word of a column of the vocabulary that says that a row never happened."""
ZERO = re.compile(r"\s*0+(?:\.0+)?\s*")
EXPOSURE = "EX"
"""What the setting `day0` calls a row of the product."""


@dataclass(frozen=True)
class Given:
    """Rows of what the protocol gives: whose, when (seconds), whether that is a date alone, sheet and row, and which of the two kinds."""

    frame: pd.DataFrame

    def of(self, kind: str) -> pd.DataFrame:
        """The rows of one kind with a time: by subject and date, on one date those with a clock time first."""
        rows = self.frame[(self.frame["kind"] == kind) & (self.frame["start"] != NO_TIME)]
        return rows.assign(date=rows["start"] // DAY).sort_values(
            ["subject_id", "date", "is_date", "start"], kind="stable"
        )


def read_given(readings: Sequence[Reading], shop: Workshop) -> tuple[Given, list[Issue]]:
    """The rows of the product and of lymphodepletion on every sheet of what the protocol gives (EX, EC, PR).

    What is to be said of their times is said when the rows themselves are read; here only an infusion that cannot be read is refused.
    """
    frames, issues = [], []
    for reading in readings:
        headings = [h for h in reading.layout.claims("agent", "interventions") if h.name == "study_treatment"]
        if reading.layout.domain != "interventions" or not headings:
            continue
        kind = _kinds(reading, headings[0], shop.items)
        kind[~_was_given(reading, shop.items)] = None
        start, unread, _ = ends_of(reading.layout, "start", reading.rows.apart(), shop.settings)
        issues += _refuse_unread(reading, (kind == PRODUCT) & unread, shop.settings)
        told = pd.DataFrame(
            {
                "subject_id": pd.Series(reading.rows.subject_id, dtype=object),
                "start": start.seconds,
                "is_date": start.is_day(),
                "kind": pd.Series(kind, dtype=object),
                "row": reading.rows.index + 1,
                "sheet": reading.places["interventions"],
            }
        )
        frames.append(told[told["kind"].notna()])
    columns = ["subject_id", "start", "is_date", "kind", "row", "sheet"]
    given = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return Given(given), issues


def _kinds(reading: Reading, heading: Heading, items: Items) -> np.ndarray:
    """Product, lymphodepletion or None for each row, by what its cell names. "Leukapheresis for CAR-T" is neither."""
    agents = items.agent_spellings
    named, denied = whole_words(tuple(agents)), whole_words(tuple(sorted(items.common_words["not_infusion"])))
    codes, distinct = pd.factorize(reading.rows.cells(heading.index))
    kinds: list[str | None] = []
    for cell in distinct:
        text = spelling(text_of(cell))[:200]
        found = {items.agents[_agent(m[0], agents)].category for m in named.finditer(text)}
        other = found - {PRODUCT}
        if LYMPHODEPLETION in found:
            kinds.append(LYMPHODEPLETION)
        else:
            kinds.append(PRODUCT if found and not other and not denied.search(text) else None)
    return np.array([*kinds, None], dtype=object)[codes]


def _agent(matched: str, agents: dict[str, str]) -> str:
    return agents.get(matched) or next(name for text, name in agents.items() if fold(text) == fold(matched))


def _was_given(reading: Reading, items: Items) -> np.ndarray:
    """False for rows whose dose is 0, or of which a column (a status) says in a listed word that nothing was given."""
    given = np.ones(len(reading.rows), dtype=bool)
    for heading in reading.layout.headings:
        item = heading.match.item if heading.match and heading.domain == "interventions" else None
        if item is None or (item.column != "dose" and NOT_GIVEN not in item.words):
            continue
        codes, distinct = pd.factorize(reading.rows.cells(heading.index))
        nothing = [
            _is_zero(text_of(c))
            if item.column == "dose"
            else item.word_of.get(word_key(text_of(c))) == NOT_GIVEN
            for c in distinct
        ]
        given &= ~np.array([*nothing, False], dtype=bool)[codes]
    return given


def _is_zero(text: str) -> bool:
    return ZERO.fullmatch(text) is not None


def _refuse_unread(reading: Reading, unread: np.ndarray, settings: Settings) -> list[Issue]:
    """An infusion that is dated and cannot be read is not "not infused"."""
    rows = reading.rows.apart()
    if settings.day0 not in ("", EXPOSURE):
        return rows.told
    start = reading.layout.claims("start", "interventions")[0]
    done = "mend the cell; blank it where the subject was not infused"
    for i in np.flatnonzero(unread).tolist():
        found = f"the start of the CAR-T product of subject {rows.subject_id[i]} cannot be read"
        rows.add(
            "refuse", "infusion-unreadable", start.letter, [i], found, "a date, or a date and time", done
        )
    return rows.told
