"""Which score of ICE or CAPD a cell says, or that the test could not be performed, and why."""

from __future__ import annotations

import math
import re

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, distinct, plain, problems_of, shown, spread, too_long
from senl_ae.read.cells.units import parse_number
from senl_ae.read.words.beside import DENIED, DOUBT, ENDED, LOCAL, Lexicon, clean, left_over, qualifiers
from senl_ae.read.words.listed import listed
from senl_ae.vocabulary.items import Item, Items, fold

_UNABLE, _MISSING = "\0unable", "\0missing"
NEUROLOGICAL, SEDATED = "neurological", "sedated"
_DIGIT = re.compile(r"\d")


def parse_score(values: np.ndarray, item: Item, items: Items, *, unit: str | None = None) -> Column:
    """A score, or the words that say that the test could not be performed (`<ice|capd>_unable` = 1).

    A reason in the cell goes with it (`unable_reason`, `sedated` = 1): unable under sedation or with a tube is no neurological finding. A
    reason that cannot be read sets the cell aside."""
    reader = _Reader(item, items)
    codes, cells = distinct(values)
    said = [reader.read(cell) for cell in cells]
    aside = spread([s.aside is not None for s in said], codes, np.bool_, False)
    away = aside | spread([s.no_number for s in said], codes, np.bool_, False)
    numbers = values
    if away.any():
        numbers = values.copy()
        numbers[away] = None
    number_cells = spread([s.number for s in said], codes, object, None)
    if any(s.number is not None for s in said):
        numbers = np.where([n is not None for n in number_cells], number_cells, numbers)
    column = parse_number(numbers, item, unit=unit)
    base = item.column.removesuffix("_total")
    out = column.values | {
        f"{base}_unable": spread([1.0 if s.unable else math.nan for s in said], codes, np.float64, math.nan)
    }
    if any(s.reason for s in said):
        out["unable_reason"] = spread([s.reason for s in said], codes, object, None)
    if any(s.sedated for s in said):
        out["sedated"] = spread([1.0 if s.sedated else math.nan for s in said], codes, np.float64, math.nan)
    remarks = [(i, s.aside) for i, s in enumerate(said) if s.aside is not None]
    return Column(out, [*column.problems, *problems_of(remarks, codes)], column.set_aside | aside)


class _Said:
    """What one distinct cell says beside a plain number."""

    __slots__ = ("aside", "no_number", "number", "reason", "sedated", "unable")

    def __init__(
        self,
        *,
        unable: bool = False,
        reason: str | None = None,
        number: str | None = None,
        no_number: bool = False,
        aside: Remark | None = None,
    ) -> None:
        self.unable, self.reason, self.number, self.aside = unable, reason, number, aside
        self.no_number = no_number or unable
        self.sedated = reason == SEDATED


class _Reader:
    """Reads the words of cells of a score."""

    def __init__(self, item: Item, items: Items) -> None:
        self.item, self.reason = item, items.by_name["unable_reason"]
        words = {word: meaning for word, meaning in qualifiers(items).items() if meaning != LOCAL}
        sedatives = {
            text: SEDATED
            for text, agent in items.agent_spellings.items()
            if items.agents[agent].category == "sedation"
        }
        words |= dict.fromkeys(items.spelled["missing"], _MISSING) | sedatives | self.reason.spellings
        words |= {word: _UNABLE for word, meaning in item.spellings.items() if meaning == "unable"}
        words = {word: meaning for word, meaning in words.items() if len(fold(word)) > 1 or meaning == DOUBT}
        self.lexicon = Lexicon(words, self.reason.fillers)

    def read(self, cell: object) -> _Said:
        if not isinstance(cell, str):
            return _Said()
        name = self.item.name.replace("_", " ")
        long = too_long(name, cell)
        if long is not None:
            return _Said(aside=long)
        text = plain(cell)
        if listed(text, self.item) == "unable" and "?" not in text:
            return _Said(unable=True)
        marked = self.lexicon.mark(clean(text))
        reasons = {m for m in marked.meanings if not m.startswith("\0")}
        unable = _UNABLE in marked.meanings
        if not reasons and not unable:
            return _Said()
        rest = left_over(self.lexicon.without_fillers(marked.text))
        neurological = NEUROLOGICAL in reasons
        doubt = {DENIED, ENDED, DOUBT} & set(marked.meanings)
        if _DIGIT.search(rest) and not unable and not doubt and (neurological or reasons == {SEDATED}):
            number = (
                re.sub(r"[^\d./]", "", rest.replace(" ", "")) if rest.replace(" ", "").isdigit() else text
            )
            return _Said(number=number) if neurological else _Said(number=number, reason=SEDATED)
        if rest or doubt or (len(reasons) > 1 and neurological) or (not unable and neurological):
            found = f"{name}: {shown(text)} does not say whether the reason is neurological"
            return _Said(
                aside=Remark(
                    "word-in-doubt", "set aside", found, "a score, or unable and its reason", "not used"
                )
            )
        reason = next((word for word in self.reason.words if word in reasons), None)
        return _Said(unable=unable, reason=reason, no_number=True)
