"""Codes where words are needed: a raw export without its data dictionary is refused, for nobody can say what a 2 stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import distinct
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.words.listed import text_of

IN_WORDS = frozenset({"word", "device", "agents", "agent", "seizure"})
YES_OR_NO = frozenset({"yes_no", "dose", "finding"})
_CODE = re.compile(r"-?\d{1,3}")


def refuse_codes(layout: Layout) -> Iterator[Issue]:
    """Refuse each column of listed words, or of yes and no, that holds codes and whose dictionary is not there."""
    for heading in layout.headings:
        if (
            heading.match is None
            or heading.index not in layout.table.coded
            or layout.domain == "subjects"
            or heading.domain == "subjects"
        ):
            continue
        codes = _codes(layout, heading)
        if codes:
            yield Issue(
                "refuse",
                "codes-without-dictionary",
                file=layout.table.file,
                sheet=layout.table.sheet,
                column=heading.letter,
                found=f'"{heading.text}" ({heading.name}) holds codes ({", ".join(codes[:8])}) and no words',
                expected="words, or the data dictionary of the REDCap project among the files",
                done="give its CSV with the others, or export the data with labels",
            )


def _codes(layout: Layout, heading: Heading) -> list[str]:
    """The codes of a column that needs words; none where it has words, or nothing but the 0 and 1 of a yes or no."""
    assert heading.match is not None
    kind = heading.match.item.kind
    if kind not in IN_WORDS | YES_OR_NO:
        return []
    cells: np.ndarray = layout.table.columns[heading.index][layout.data :]
    said = sorted({text_of(cell) for cell in distinct(cells)[1]})
    if not said or not all(_CODE.fullmatch(text) for text in said) or said == ["0"]:
        return []
    if kind in YES_OR_NO:
        return said if set(said) == {"1", "2"} or (kind == "yes_no" and not set(said) <= {"0", "1"}) else []
    return [] if kind in ("word", "seizure") and set(said) == {"0", "1"} else said
