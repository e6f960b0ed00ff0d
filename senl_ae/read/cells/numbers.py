"""Which number a cell says: comparators, ranges, powers of ten, decimal commas, units typed into the cell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from numbers import Real
from typing import Any

from senl_ae.read.cells.columns import plain
from senl_ae.vocabulary.items import load_items, per_vocabulary, word_key

_DIGITS = r"(?:\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:[.,]\d+)?|[.,]\d+)"
_POWER = r"(?:\s*[x×*·]\s*10\s*(?:\^|\*\*|e)\s*\(?(?P<{0}>[+-]?\d{{1,3}})\)?|e(?P<{1}>[+-]?\d{{1,3}}))?"
_MYRIAD = r"(?:\s*(?P<{0}>万|亿|百万|千|million|mln))?"
_NUMBER = re.compile(
    r"^(?P<cmp><=|>=|=<|=>|≤|≥|<|>)?\s*"
    r"(?P<lo>[+-]?"
    + _DIGITS
    + ")"
    + _POWER.format("lo_ten", "lo_e")
    + _MYRIAD.format("lo_wan")
    + r"(?:\s*(?P<lo_unit>%|℃|°?\s*[cf]|l/min|lpm|mmhg)?\s*(?:-|~|–|—|∼|至|到|to)\s*(?P<hi>[+-]?"
    + _DIGITS
    + ")"
    + _POWER.format("hi_ten", "hi_e")
    + _MYRIAD.format("hi_wan")
    + r")?"
    r"\s*(?P<unit>[^\d\s.,+-].*|[x×*]?\s*10\s*(?:\^|\*\*|\*|e)\d+\s*/.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_POWER_ALONE = re.compile(r"^10\s*(?:\^|\*\*)\s*(?P<ten>[+-]?\d{1,2})\s*(?P<unit>[^\d\s].*)?$", re.DOTALL)
_MARKS = "↑↓⇑⇓▲▼△▽★☆*!# "
_MYRIADS = {"千": 1e3, "万": 1e4, "百万": 1e6, "million": 1e6, "mln": 1e6, "亿": 1e8}
_COMPARE = {"≤": "<=", "=<": "<=", "≥": ">=", "=>": ">="}
_ODD_POINT = re.compile(r"(?<=\d)[·。](?=\d)(?!10\s*(?:\^|\*\*|e))")
"""A decimal point as some keyboards type it: 38·5, 38。5; not the dot of a multiplication, 5·10^5."""
_ONE_COMMA = re.compile(r"^[+-]?(\d{1,3}),(\d{3})$")


@dataclass(frozen=True, slots=True)
class Said:
    """What one cell says: a number, or two ends of a range, a comparator, a unit; or why it says none.

    `grouped` is the other reading of a number such as 1,234. problem: "" | "blank" | "missing" | "unreadable" | "not-a-number"."""

    value: float = math.nan
    upper: float = math.nan
    comparator: str | None = None
    unit: str | None = None
    grouped: float = math.nan
    decimal_comma: bool | None = None
    problem: str = ""


BLANK = Said(problem="blank")
UNREADABLE = Said(problem="unreadable")


@per_vocabulary
def common(meaning: str) -> frozenset[str]:
    """The folded words every column may hold: yes, no, missing, flags."""
    return load_items().common_words[meaning]


def is_dash(text: str) -> bool:
    """A cell that holds only dashes, slashes or dots, as people fill a form's empty fields."""
    return bool(text) and not any(c.isalnum() for c in text) and all(c in "-–—_/\\.·…、 " for c in text)


def says_missing(text: str) -> bool:
    """A word for "not recorded", or one of the codes for it (-99, 999), where no number could be meant."""
    return word_key(text) in common("missing") or is_missing_code(text)


def is_missing_code(cell: Any) -> bool:
    """Whether a cell is a number that forms use for "missing" (99, -99, 999): only so where it cannot be a value of the item."""
    text = (
        cell
        if isinstance(cell, str)
        else f"{cell:g}"
        if isinstance(cell, Real) and not isinstance(cell, bool)
        else ""
    )
    return word_key(re.sub(r"\.0+$", "", plain(text))) in common("missing_codes") if text else False


def says_none(text: str) -> bool:
    """A word for "none" (无, none, no) where a number is expected: nothing was measured. A 0 and a dash are read before."""
    return word_key(text) in common("no")


def said_by(cell: Any) -> Said:
    """What one raw cell says as a number. Text never goes through float(), which would take 1_000, inf and nan."""
    if isinstance(cell, (bool, datetime, date, time)):
        return Said(problem="not-a-number")
    if isinstance(cell, Real):
        return _of_number(cell)
    return _of_text(plain(str(cell)))


def _of_number(cell: Any) -> Said:
    try:
        value = float(cell)
    except OverflowError:
        return UNREADABLE
    return Said(value) if math.isfinite(value) else UNREADABLE


def _of_text(text: str) -> Said:
    text = _ODD_POINT.sub(".", text.strip(_MARKS).strip().rstrip(";；,，。."))
    if not text or is_dash(text):
        return BLANK
    alone = _POWER_ALONE.match(text)
    if alone:
        return Said(float(f"1e{alone['ten']}"), unit=_tidy(alone["unit"]))
    m = _NUMBER.match(text) if len(text) <= 200 else None
    if m is None:
        return Said(problem="missing") if says_missing(text) or says_none(text) else UNREADABLE
    lo = _number(m["lo"])
    if lo is None:
        return UNREADABLE
    value, grouped, comma = lo
    unit = _tidy(m["unit"]) or _tidy(m["lo_unit"])
    ten = m["lo_ten"] or m["lo_e"]
    if (
        ten
        and m["lo_ten"]
        and unit
        and re.match(r"^/\s*(?:l|ul|ml|mm3)\b", unit.casefold().replace("μ", "u"))
        and not m["hi"]
    ):
        unit, ten = f"10^{int(ten)}{unit}", None
    scale = _scale(ten, m["lo_wan"])
    said = Said(value * scale, math.nan, _COMPARE.get(m["cmp"], m["cmp"]), unit, grouped * scale, comma)
    if m["hi"] is not None:
        return _range(said, m, value)
    return said if math.isfinite(said.value) else UNREADABLE


def _range(said: Said, m: re.Match[str], value: float) -> Said:
    hi = _number(m["hi"])
    if hi is None or said.comparator or not math.isnan(said.grouped) or not math.isnan(hi[1]):
        return UNREADABLE
    hi_scale = _scale(m["hi_ten"] or m["hi_e"], m["hi_wan"])
    lower = said.value
    if (
        hi_scale != 1
        and value * hi_scale <= hi[0] * hi_scale
        and not (m["lo_ten"] or m["lo_e"] or m["lo_wan"])
    ):
        lower = value * hi_scale  # "3-5万" and "1-2×10^6": the power belongs to both ends
    upper = hi[0] * hi_scale
    if not (math.isfinite(lower) and math.isfinite(upper)) or lower > upper:
        return UNREADABLE
    return replace(said, value=lower, upper=upper)


def _scale(ten: str | None, myriad: str | None) -> float:
    return (float(f"1e{ten}") if ten else 1.0) * (_MYRIADS[myriad.casefold()] if myriad else 1.0)


def _tidy(unit: str | None) -> str | None:
    """The unit typed into a cell, without the arrows and flags a laboratory adds."""
    unit = (unit or "").strip(_MARKS).strip()
    return unit or None


def _number(text: str) -> tuple[float, float, bool | None] | None:
    """(value, other reading, decimal comma?) of digits with commas and dots. The other reading is NaN unless the comma is ambiguous."""
    text = text.replace(" ", "")
    commas, dots = text.count(","), text.count(".")
    if commas == 0:
        return (float(text), math.nan, False if dots else None) if dots <= 1 else None
    if dots and text.rindex(",") > text.rindex("."):
        return float(text.replace(".", "").replace(",", ".")), math.nan, True
    if dots or commas > 1:
        return float(text.replace(",", "")), math.nan, False
    as_decimal = float(text.replace(",", "."))
    m = _ONE_COMMA.match(text)
    if m is None or m[1].startswith("0"):
        return as_decimal, math.nan, True
    return as_decimal, float(text.replace(",", "")), None


def settle_commas(
    said: Iterable[Said], plausible: Mapping[str, float], *, dotted: bool = False
) -> list[Said]:
    """Decide numbers such as 1,234: by their plausible range, else by how the rest of the column writes commas, else not at all.

    dotted: elsewhere the column writes decimal points. An undecided one gets the problem "comma-ambiguous"."""
    cells = list(said)
    if all(math.isnan(s.grouped) for s in cells):
        return cells
    decimal = any(s.decimal_comma is True for s in cells)
    grouping = dotted or any(s.decimal_comma is False for s in cells)
    settled = []
    for s in cells:
        if not math.isnan(s.grouped):
            fits, other_fits = within(s.value, plausible), within(s.grouped, plausible)
            if fits != other_fits:
                s = replace(s, grouped=math.nan) if fits else replace(s, value=s.grouped, grouped=math.nan)
            elif decimal != grouping:
                s = replace(s, value=s.value if decimal else s.grouped, grouped=math.nan)
            else:
                s = replace(s, problem="comma-ambiguous")
        settled.append(s)
    return settled


def within(x: Any, bounds: Mapping[str, float]) -> Any:
    """Whether a number (or each of an array) lies within bounds given by operator."""
    ok: Any = x == x  # NaN is never within
    if "ge" in bounds:
        ok = ok & (x >= bounds["ge"])
    if "gt" in bounds:
        ok = ok & (x > bounds["gt"])
    if "le" in bounds:
        ok = ok & (x <= bounds["le"])
    if "lt" in bounds:
        ok = ok & (x < bounds["lt"])
    return ok
