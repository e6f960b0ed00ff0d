"""The limits of normal that stand in one cell (1.8-6.3, <=26, M: 9-50; F: 7-40), and whether a laboratory's own mark agrees with them."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from senl_ae.read.cells.columns import SET_ASIDE, distinct, shown
from senl_ae.read.headings.recognised import Heading, Layout
from senl_ae.read.headings.rows import Rows, spans
from senl_ae.read.rows.reading import Workshop
from senl_ae.read.words.listed import text_of
from senl_ae.vocabulary.folding import whole_words, word_key
from senl_ae.vocabulary.items import Item, Items

BY_SEX = "range_by_sex"
"""Marks rows whose range depends on a sex that is not recorded."""
LONGEST = 160
"""Longer text is a remark."""
SHOWN = 5
"""So many cells of a kind are shown."""

_N = r"[+-]?\d{1,9}(?:[.,]\d{1,9})?"
_UNIT = (
    r"\s*(?P<unit>[^\d\s.,:;=<>+()\[\]-][^()\[\]]{0,39}|[x×*]?\s*10\s*(?:\^|\*|e)\s*\d{1,2}[^()\[\]]{0,20})?"
)
_BOTH = re.compile(
    rf"[(\[]?\s*(?P<lo>{_N})\s*(?:-{{1,2}}|~|至|到|\bto\b|\.{{2,3}})\s*(?P<hi>{_N})\s*[)\]]?[(\[]?{_UNIT}\s*[)\]]?"
)
_SIGN = "<=|>=|=<|=>|<|>|up to|小于等于|大于等于|小于|大于|不超过"
_ONE = re.compile(rf"[(\[]?\s*(?P<sign>{_SIGN})\s*(?P<n>{_N})\s*[)\]]?[(\[]?{_UNIT}\s*[)\]]?")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－ー", "-") | {"∼": "~", "〜": "~", "≦": "<=", "≧": ">="})
_GROUPED = re.compile(r"[1-9]\d{0,2},\d{3}(?!\d)")


@dataclass(frozen=True, slots=True)
class Limits:
    """Lower and upper limit of normal as written, nan where there is none, and the unit beside them."""

    lln: float = math.nan
    uln: float = math.nan
    unit: str | None = None


Said = dict[str, Limits]
"""What one cell says: limits under "" (of everybody), or under M and F; empty where a word stands there (negative)."""


def read_range(text: str, item: Item) -> Said | None:
    """The limits of one cell, by sex where it says so; None where numbers stand there that cannot be read as limits."""
    plain = " ".join(
        unicodedata.normalize("NFKC", text.replace("≤", "<=").replace("≥", ">="))
        .translate(_DASHES)
        .casefold()
        .split()
    )
    if not any(c.isdigit() for c in plain):
        return {}
    if len(plain) > LONGEST:
        return None
    own = _limits(plain)
    if own is not None:
        return {"": own}
    words = whole_words(tuple(item.spellings))
    found = [(m.start(), m.end(), item.word_of[word_key(m[0])]) for m in words.finditer(plain)]
    if not found:
        return None
    before, after = plain[: found[0][0]], plain[found[-1][1] :]
    ends = [start for start, _, _ in found[1:]] + [len(plain)]
    if any(c.isdigit() for c in after) and not any(c.isdigit() for c in before):
        parts = [(sex, plain[end:stop]) for (_, end, sex), stop in zip(found, ends, strict=True)]
    else:  # 9-50 (M), 7-40 (F)
        starts = [0] + [end for _, end, _ in found[:-1]]
        parts = [(sex, plain[begin:start]) for (start, _, sex), begin in zip(found, starts, strict=True)]
    said = {sex: _limits(part.strip(" :;,/|()[]、，；.")) for sex, part in parts}
    if len(said) != len(parts) or None in said.values():
        return None
    return {sex: limits for sex, limits in said.items() if limits is not None}


def _limits(text: str) -> Limits | None:
    """One range, or one limit, with the unit beside it; None where it is neither."""
    if _GROUPED.search(text):
        return None
    both = _BOTH.fullmatch(text)
    if both is not None:
        low, high = (float(both[side].replace(",", ".")) for side in ("lo", "hi"))
        return Limits(low, high, both["unit"]) if low <= high else None
    one = _ONE.fullmatch(text)
    if one is None:
        return None
    n = float(one["n"].replace(",", "."))
    return (
        Limits(n, unit=one["unit"])
        if one["sign"][0] in ">大" or one["sign"] == "=>"
        else Limits(uln=n, unit=one["unit"])
    )


class Ranges:
    """The column of reference ranges of one long laboratory table, read test by test as limits in the unit of the value."""

    def __init__(self, layout: Layout, rows: Rows, shop: Workshop) -> None:
        self.rows, self.item = rows, shop.items.by_name["reference_range"]
        self.heading = next(
            (h for h in layout.headings if h.qualifies and h.column == "reference_range"), None
        )
        if self.heading is None:
            return
        n = len(rows)
        self.lln, self.uln, self.by_sex = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool)
        self.known: dict[str, Said | None] = {}
        self.unread: dict[str, int] = {}
        self.other_unit: dict[str, int] = {}
        codes, ids = distinct(rows.subject_id)
        self.sex = np.array([*(shop.sex.get(str(name), "") for name in ids), ""], dtype=object)[codes]

    def read(
        self,
        item: Item,
        said: str | np.ndarray | None,
        positions: np.ndarray,
        elsewhere: np.ndarray,
        unit: np.ndarray,
    ) -> None:
        """The limits of the rows of one test. `said`: the unit of the values as reported; `unit`: the one they were read in."""
        if self.heading is None:
            return
        codes, cells = distinct(self.rows.cells(self.heading.index)[positions])
        for code, cell in enumerate(cells):
            text, at = text_of(cell), np.flatnonzero(codes == code)
            found = self._said(text) if len(at) else {}
            if found is None:
                self.unread[text] = self.unread.get(text, 0) + len(at)
            for sex, limits in (found or {}).items():
                here = at[self.sex[positions[at]] == sex] if sex else at
                self._put(item, limits, said, positions, here, elsewhere, unit)
            if found and "" not in found and len(set(found.values())) > 1:
                self.by_sex[positions[at[self.sex[positions[at]] == ""]]] = True

    def _said(self, text: str) -> Said | None:
        """What one cell says; each spelling is read once."""
        if text not in self.known:
            self.known[text] = read_range(text, self.item)
        return self.known[text]

    def _put(
        self,
        item: Item,
        limits: Limits,
        said: str | np.ndarray | None,
        positions: np.ndarray,
        at: np.ndarray,
        elsewhere: np.ndarray,
        unit: np.ndarray,
    ) -> None:
        """One cell's limits on its rows, converted as their values were; none where the range is in another unit than the value."""
        units = said[at] if isinstance(said, np.ndarray) else np.full(len(at), said, dtype=object)
        pairs, found = distinct(units)
        for code in np.unique(pairs):
            some = at[pairs == code]
            own = str(found[code]) if code >= 0 else None
            blood = pd.isna(elsewhere[some])
            self._fill(positions[some[~blood]], limits.lln, limits.uln)
            some = some[blood]
            conversion = item.conversion(limits.unit or own)
            target = (item.conversion(own) or conversion).to if own and conversion else None
            if conversion is None or (limits.unit and target is not None and conversion.to != target):
                self.other_unit[limits.unit or ""] = self.other_unit.get(limits.unit or "", 0) + len(some)
                continue
            fits = (
                np.equal(unit[some], conversion.to) | pd.isna(unit[some])
                if limits.unit
                else np.ones(len(some), dtype=bool)
            )
            self.other_unit[limits.unit or ""] = self.other_unit.get(limits.unit or "", 0) + int(
                (~fits).sum()
            )
            self._fill(
                positions[some[fits.astype(bool)]], *(conversion.apply(x) for x in (limits.lln, limits.uln))
            )

    def _fill(self, rows: np.ndarray, lln: float, uln: float) -> None:
        self.lln[rows], self.uln[rows] = lln, uln

    def settled(self, typed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The limits of the rows: those of a column of their own first, then those of the range."""
        if self.heading is None:
            return {}
        self._name_unread()
        out = {}
        for name, own in (("lln", self.lln), ("uln", self.uln)):
            column = typed.get(name, np.full(len(own), np.nan))
            differ = int((~np.isnan(column) & ~np.isnan(own) & ~np.isclose(column, own, rtol=1e-9)).sum())
            if differ:
                found = f'"{self.heading.text}" and the column of {name} differ in {differ} rows'
                self.rows.about_sheet(
                    "note",
                    "ranges-disagree",
                    found,
                    "one range",
                    f"the column of {name} is used",
                    self.heading.letter,
                )
            out[name] = np.where(np.isnan(column), own, column)
        open_ = self.by_sex & np.isnan(out["lln"]) & np.isnan(out["uln"])
        if open_.any():
            found = (
                f'"{self.heading.text}" depends on the sex, which is not recorded, in {int(open_.sum())} rows'
            )
            done = "read without limits"
            self.rows.about_sheet(
                "set aside", "range-by-sex-unknown", found, "the subject's sex", done, self.heading.letter
            )
        return out | {BY_SEX + SET_ASIDE: open_}

    def _name_unread(self) -> None:
        assert self.heading is not None
        for code, what, cells in (
            ("range-unreadable", "limits that can be read, as in 1.8-6.3", self.unread),
            (
                "range-in-other-unit",
                "a range in the unit of its value",
                {u: n for u, n in self.other_unit.items() if u and n},
            ),
        ):
            if cells:
                said = ", ".join(shown(text) for text in list(cells)[:SHOWN])
                found = f'"{self.heading.text}" says {said} in {sum(cells.values())} rows'
                self.rows.about_sheet(
                    "set aside", code, found, what, "these rows have no limits from it", self.heading.letter
                )


def note_flags(layout: Layout, rows: Rows, items: Items, typed: dict[str, np.ndarray]) -> None:
    """Values that the laboratory marked high or low although they are within their limits: noted by test, and graded by the limits."""
    headings = [h for h in layout.headings if h.qualifies and h.column == "abnormal_flag"]
    if not headings or not {"lln", "uln"} & typed.keys():
        return
    item = items.by_name["abnormal_flag"]
    plain = pd.isna(typed["specimen"]) & pd.isna(typed["comparator"])
    value = typed["value"]
    for heading in headings:
        codes, cells = distinct(rows.cells(heading.index))
        words = [item.word_of.get(word_key(text_of(c)) or text_of(c)) for c in cells]
        for word, limit in (("high", "uln"), ("low", "lln")):
            if limit not in typed:
                continue
            says = np.array([*(w == word for w in words), False], dtype=bool)[codes]
            with np.errstate(invalid="ignore"):
                inside = value <= typed[limit] if word == "high" else value >= typed[limit]
            _note_flag(heading, word, np.flatnonzero(says & inside & plain), rows, typed["test"])


def _note_flag(heading: Heading, word: str, at: np.ndarray, rows: Rows, test: np.ndarray) -> None:
    """One note per test."""
    codes, tests = distinct(test[at])
    for code, name in enumerate(tests):
        lines = [int(i) + 1 for i in rows.index[at[codes == code]]]
        found = f'"{heading.text}" says {word} of {len(lines)} values of {name} within their limits (rows {spans(lines[: SHOWN * 2])})'
        done = "graded by the limits; a mark is never one"
        rows.about_sheet("note", "flag-disagrees", found, "a mark that fits the limits", done, heading.letter)
