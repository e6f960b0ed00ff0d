"""Which blood pressure a cell says: systolic, diastolic and, where it stands there, mean."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, problems_of, shown, spread
from senl_ae.read.cells.numbers import within
from senl_ae.read.words.listed import blank_remark, each_cell
from senl_ae.vocabulary.items import Item, Items

_PRESSURE = re.compile(
    r"^(\d{1,3}(?:[.,]\d+)?)\s*[/\\|]\s*(\d{1,3}(?:[.,]\d+)?)\s*(?:[(\[/]\s*(\d{1,3}(?:[.,]\d+)?)\s*[)\]]?)?\s*(mm\s*\[?hg\]?|kpa|千帕|毫米汞柱)?$"
)

_DASHED = re.compile(r"^(\d{2,3})\s*[-–~]\s*(\d{2,3})(?=\D|$)")
"""88-50: a pressure falls, so that the first number is the systolic one; 50-88 would be a range and is none."""


def parse_blood_pressure(values: np.ndarray, item: Item, items: Items, *, unit: str | None = None) -> Column:
    """Read 120/80, 120/80(93), 16/10.6 kPa as systolic, diastolic and mean pressure; each is checked by its own plausible range."""
    names = ("sbp", "dbp", "map")

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        m = _PRESSURE.match(_DASHED.sub(r"\1/\2", text.casefold().strip("↑↓* ")))
        conversion = item.conversion(m[4] if m and m[4] else unit)
        if m is None or conversion is None:
            remark = Remark(
                "not-a-pressure",
                "set aside",
                f"blood pressure: {shown(text)}",
                "systolic/diastolic, as in 120/80",
                "not used",
            )
            return None, blank_remark("blood pressure", text) or remark
        found = [conversion.apply(float(g.replace(",", "."))) if g else math.nan for g in m.groups()[:3]]
        wrong = [
            n
            for n, x in zip(names, found, strict=True)
            if not (math.isnan(x) or within(x, items.by_name[n].plausible))
        ]
        if found[1] > found[0]:
            wrong = ["sbp", "dbp"]
        if wrong:
            said = f"blood pressure: {shown(text)} cannot be"
            return None, Remark("out-of-range", "set aside", said, "systolic/diastolic in mmHg", "not used")
        return found, None

    codes, said, remarks, aside = each_cell(values, item.name, read)
    out = {
        n: spread([s[k] if s else math.nan for s in said], codes, np.float64, math.nan)
        for k, n in enumerate(names)
    }
    return Column(out, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))
