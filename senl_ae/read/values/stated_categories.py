"""What is made of a category of treatments that is no listed word: a note where the agent says what it is, a doubt where it denies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import most_frequent
from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.words.listed import listed, text_of
from senl_ae.vocabulary.items import Items

HAPPENED = ("counts", "says_nothing")


def report_categories(
    rows: Rows, issues: Sequence[Issue], beside_agent: np.ndarray, layout: Layout, items: Items
) -> np.ndarray:
    """Say once for the column which categories beside an agent are not listed; what else was said of the column stands as it was said.

    issues: of single categories that are not listed. beside_agent: rows of such a category on which an agent is written. True is
    returned for those of them whose category is a word of what did not happen (planned, held): such a row is possible, never proven,
    and each is told.
    """
    held = np.zeros(len(rows), dtype=bool)
    at = np.flatnonzero(beside_agent)
    told = {int(index) + 1 for index in rows.index[at]}
    rows.told.extend(issue for issue in issues if issue.row not in told or issue.code == "unconfirmed-alias")
    if not len(at):
        return held
    heading = layout.claims("category", layout.domain)[0]
    codes, words = pd.factorize(
        np.array([text_of(cell) for cell in rows.cells(heading.index)[at]], dtype=object)
    )
    number = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    others: Counter[str] = Counter()
    for code, word in enumerate(words):
        status = items.by_name["status"]
        said = listed(str(word), status)
        if said is None or status.decision(said) in HAPPENED:
            others[str(word)[:40]] += number[code]
            continue
        held[at[codes == code]] = True
        found, done = f"category {word} beside an agent", "possible, never proven"
        rows.add(
            "set aside", "category-in-doubt", heading.letter, at[codes == code], found, "a category", done
        )
    if others:
        found = f"categories that are not listed: {most_frequent(others.items())}"
        rows.about_sheet(
            "note", "category-not-listed", found, "", "the agent says what was given", heading.letter
        )
    return held
