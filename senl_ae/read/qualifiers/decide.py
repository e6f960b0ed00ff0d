"""What the qualifiers of a sheet decide about its rows: whether a row counts, is nothing, may be nothing, or is not of blood.

A qualifier is an entry of the vocabulary (`kind = "qualifier"`: its headings, its words, what each word decides) and one function in
`FUNCTIONS`. A word that is not listed makes its row doubtful: it proves nothing and raises only the ceiling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import distinct, shown, spread
from senl_ae.read.cells.numbers import is_dash, says_missing
from senl_ae.read.headings.recognised import SHARED, Heading, Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.qualifiers.nouns import UNLISTED, Marks, Qualifier, Words
from senl_ae.read.qualifiers.rates import end_at_zero, rate_word
from senl_ae.read.qualifiers.routes import by_route, location_word, route_word
from senl_ae.read.qualifiers.specimens import category_word, looks_like_ids, specimen_word
from senl_ae.read.qualifiers.status import given_word, stopped
from senl_ae.read.words.listed import listed, text_of
from senl_ae.vocabulary.items import Items


def qualify(layout: Layout, rows: Rows, items: Items, columns: dict[str, np.ndarray] | None = None) -> Marks:
    """What all qualifiers of one sheet decide about these rows. `columns`: of a sheet of intervals, its typed columns, which may change."""
    n = len(rows)
    marks = Marks(
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=bool),
        np.full(n, None, dtype=object),
        np.zeros(n, dtype=bool),
    )
    for column, function in FUNCTIONS.items():
        headings = [h for h in layout.headings if h.qualifies and h.column == column]
        headings += layout.claims(READ_AS[column], layout.domain) if column in READ_AS else []
        if headings:
            function(
                Qualifier(
                    headings, items.by_name[column], items, rows, columns if columns is not None else {}
                ),
                marks,
            )
    return marks


def note_values_of_nothing(layout: Layout, rows: Rows, marks: Marks) -> None:
    """Values that stand in rows that were not done: one of the two is wrong, and which one only the site can say."""
    if not marks.nothing.any():
        return
    own = [h for h in layout.headings if h.match is not None and not h.qualifies and h.column not in SHARED]
    for heading in (h for h in own if (h.column == "value" if layout.long else h.domain != "subjects")):
        codes, cells = distinct(rows.cells(heading.index))
        said = [not (is_dash(text_of(c)) or says_missing(text_of(c))) for c in cells]
        n = int((spread(said, codes, np.bool_, False) & marks.nothing).sum())
        if n:
            found = f'"{heading.text}" holds a value in {n} rows that say that it was not done'
            rows.about_sheet(
                "set aside", "value-not-done", found, "a value, or not done", "not used", heading.letter
            )
            if layout.long:  # the standard result says the same again
                return


# ---------------------------------------------------------------- status


def status(q: Qualifier, marks: Marks) -> None:
    """Whether it happened: what was not given is nothing, what was stopped ran to its end, a word that is not listed may be either."""
    for heading in q.headings:
        _happened(q, marks, heading, q.words(heading))


def given(q: Qualifier, marks: Marks) -> None:
    """A column that asks whether it was given: yes, no, a dose, a time, or a word of status."""
    words = q.items.by_name["status"]
    for heading in q.headings:
        _happened(
            q,
            marks,
            heading,
            replace(q, item=words).words(heading, lambda cell, text: given_word(cell, text, words)),
        )


def _happened(q: Qualifier, marks: Marks, heading: Heading, words: Words) -> None:
    """Put what one column of status says on its rows."""
    ends, nothing, doubtful = (words.decide(decision) for decision in ("ends", "nothing", "doubtful"))
    if ends.any():
        before, without_end = stopped(q.columns, ends)
        nothing |= before
        doubtful |= without_end
        if without_end.any():
            found = (
                f'"{heading.text}" says that it was stopped in {int(without_end.sum())} rows without an end'
            )
            q.aside("stopped-without-end", heading, found, "when it ended")
    left_out = marks.leave_out("not_given", nothing)
    marks.doubtful |= doubtful
    if left_out:
        found = f'"{heading.text}" says of {left_out} rows that they were not given or not done'
        q.note("not-given", heading, found, "these rows are nothing")


# ---------------------------------------------------------------- rate, route, specimen


def rate(q: Qualifier, marks: Marks) -> None:
    """A rate or dose of 0 is not running: the row is nothing, and ends the rows of its agent that run without an end."""
    here = _of_category(q, "nothing")
    if not here.any():
        return
    said = {h.index: q.words(h, lambda cell, text: rate_word(cell, text, q.item), here) for h in q.headings}
    rates = [h.index for h in q.headings if h.column == q.item.name]
    zero, runs, unread = (np.zeros(len(q.rows), dtype=bool) for _ in range(3))
    for index in (*rates, *(i for i in said if i not in rates)):
        says_zero = said[index].decide("nothing") & here
        unread |= (said[index].decide("doubtful") & here) | (says_zero & runs)
        zero |= says_zero & ~runs
        runs |= said[index].decide("counts")
    unread &= ~zero
    end_at_zero(q.rows.subject_id, q.columns, (zero | unread) & _of_category(q, "ends") & ~marks.nothing)
    marks.doubtful |= unread
    left_out = marks.leave_out("rate_zero", zero)
    if left_out:
        found = f'"{q.headings[0].text}" is 0 in {left_out} rows: what ran at 0 was not running'
        q.note("rate-zero", q.headings[0], found, "these rows cover nothing, and end what ran before them")


def _of_category(q: Qualifier, what: str) -> np.ndarray:
    """The rows whose category is one that the vocabulary names for this; a row of two drugs is one if either is."""
    codes, cells = distinct(q.columns.get("category", np.full(len(q.rows), None, dtype=object)))
    return np.asarray(
        spread([bool(set(str(c).split(";")) & set(q.item.of[what])) for c in cells], codes, np.bool_, False)
    )


def route(q: Qualifier, marks: Marks) -> None:
    """By which route a drug was given: of a category that counts by some routes only, a row by another one is nothing."""
    matters = _matters(q)
    for heading in q.headings:
        words = q.words(heading, lambda cell, text: route_word(text, q.item), matters)
        marks.routed |= ~pd.isna(words.array())
        agent, category, doubtful = by_route(words.array(), q.columns["agent"], q.columns["category"], q.item)
        lost = ~pd.isna(q.columns["category"]) & pd.isna(category)
        cut = ~lost & np.not_equal(q.columns["agent"], agent).astype(bool)
        left_out = marks.leave_out("route", lost.astype(bool) & ~marks.nothing)
        marks.doubtful |= doubtful
        q.columns["agent"] = np.where(lost, q.columns["agent"], agent)
        q.columns["category"] = np.where(lost, q.columns["category"], category)
        if left_out or cut.any():
            found = f'"{heading.text}": {left_out + int(cut.sum())} rows are of a drug that does not count by its route'
            q.note(
                "route-does-not-count",
                heading,
                found,
                "not counted: inhaled, into a muscle or on the skin it is no support",
            )


def _matters(q: Qualifier) -> np.ndarray:
    """The rows of a drug or a category for which the route matters."""
    matters = np.zeros(len(q.rows), dtype=bool)
    for column in ("agent", "category"):
        codes, cells = distinct(q.columns[column])
        matters |= spread(
            [bool(set(str(c).split(";")) & set(q.item.of)) for c in cells], codes, np.bool_, False
        )
    return matters


def dose_form(q: Qualifier, marks: Marks) -> None:
    """In which form a drug was given: without a route an inhaler, a cream or drops may be no support."""
    matters = _matters(replace(q, item=q.items.by_name["route"])) & ~marks.routed
    for heading in q.headings:
        codes, cells = distinct(q.rows.cells(heading.index))
        texts = [text_of(cell) for cell in cells]
        said = [listed(text, q.item) or (UNLISTED if text and not is_dash(text) else None) for text in texts]
        words = Words(q.item, codes, said)
        _name_as_nothing(q, heading, words, texts, "the route")
        may_be_local = words.are(*(w for w in q.item.words if q.item.decision(w) == "doubtful")) & matters
        marks.doubtful |= may_be_local
        if n := int(may_be_local.sum()):
            found = f'"{heading.text}" says a form for local use in {n} rows without a route'
            q.aside("form-without-route", heading, found, "a route")


def location(q: Qualifier, marks: Marks) -> None:
    """Where on the body it was measured: usual places say nothing; at any other it may be another thing than the item."""
    for heading in q.headings:
        words = q.words(heading, lambda cell, text: location_word(text, q.item))
        marks.doubtful |= words.decide("doubtful")


def specimen(q: Qualifier, marks: Marks) -> None:
    """What a laboratory value was measured in. Of two columns that differ the one that is not blood holds."""
    for heading in q.headings:
        if looks_like_ids(q.rows.cells(heading.index), q.item):
            q.note(
                "unused-column",
                heading,
                f'"{heading.text}" holds numbers or ids, and no word for a specimen',
                "not used",
            )
            continue
        words = q.words(heading, lambda cell, text: specimen_word(text, q.item))
        marks.doubtful |= words.decide("doubtful")
        _of(q, marks, heading, words)


def test_category(q: Qualifier, marks: Marks) -> None:
    """A group of tests tells the specimen where it names one (URINALYSIS); any other name of a group says nothing."""
    specimens = q.items.by_name["specimen"]
    for heading in q.headings:
        codes, cells = distinct(q.rows.cells(heading.index))
        said = Words(specimens, codes, [category_word(text_of(c), q.item, specimens) for c in cells])
        _name_as_nothing(q, heading, said, [text_of(c) for c in cells], "the specimen")
        _of(q, marks, heading, said)


def _name_as_nothing(q: Qualifier, heading: Heading, said: Words, texts: Sequence[str], what: str) -> None:
    """Name the words of a column that are not listed where such a word says nothing."""
    other = said.are(UNLISTED)
    if other.any():
        groups = ", ".join(shown(texts[c]) for c in np.unique(said.codes[other])[:SHOWN])
        found = f'"{heading.text}" says {groups} in {int(other.sum())} rows'
        q.note("unknown-qualifier", heading, found, f"read as saying nothing of {what}")


def _of(q: Qualifier, marks: Marks, heading: Heading, words: Words) -> None:
    """Put one column's specimens on the rows; blood beside something else is something else, with an issue."""
    blood, other = words.decide("counts"), words.decide("elsewhere")
    said_before = pd.Series(marks.specimen, dtype=object)
    was_blood = said_before.isin(
        [w for w in words.item.words if words.item.decision(w) == "counts"]
    ).to_numpy()
    was_other = ~was_blood & said_before.notna().to_numpy()
    at_odds = int(((other & was_blood) | (blood & was_other)).sum())
    if at_odds:
        found = f'"{heading.text}" names another specimen than a column beside it in {at_odds} rows'
        done = "not graded: the one that is not blood holds"
        q.rows.about_sheet("set aside", "specimen-disagrees", found, "one specimen", done, heading.letter)
    marks.specimen = np.where(
        (other & ~was_other) | (blood & ~was_blood & ~was_other), words.array(), marks.specimen
    )


SHOWN = 5
"""So many names of groups are shown."""
FUNCTIONS: Mapping[str, Callable[[Qualifier, Marks], None]] = {
    "status": status,
    "given": given,
    "rate": rate,
    "route": route,
    "dose_form": dose_form,
    "location": location,
    "specimen": specimen,
    "test_category": test_category,
}
"""Every qualifier that decides about rows, in the order in which they are asked."""
READ_AS = {"rate": "dose"}
"""Columns of the frames that are read as a qualifier too."""
OF_LIMITS = ("reference_range", "abnormal_flag")
"""Qualifiers that say something about a value's limits: they are read with the value, long_layout.py."""
