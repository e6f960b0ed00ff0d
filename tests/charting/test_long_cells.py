"""A cell of any length is read or set aside at once: no pattern goes through a text more than once for each of its characters."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.charting.cells import ITEMS, codes, said
from tests.running import environment

KINDS = sorted(
    {
        item.kind: item.name
        for item in ITEMS.by_name.values()
        if item.kind not in ("datetime", "date", "clock")
    }.values()
)
ALL = """
import numpy as np
from senl_ae.vocabulary.folding import split_unit
from senl_ae.vocabulary.items import load_items
from senl_ae.read.words.kinds import parse_clocks, parse_column, parse_lab, parse_times

items = load_items()
seeds = [
    "1", "0", "1.", "1,", "1-", "1:", "1 ", "1\\t", "/", "a", "a ", "a-", "(", "()", "([", "(x", "停", "鼻导管", "年", "1年", "nc ", "NE+", "10^", "jan ",
    "due to ", "CRS due to ", "2 seizures ", "fio2 ", "1 mg/", "NE 0.1, NC 3 L/min (x) 去甲 off ", "\\u2191", "2026-01-01T", "unable ", "yes (",
]
def cell(text):
    values = np.empty(1, dtype=object)
    values[0] = text
    return values
def read(text):
    for name in NAMES:
        parse_column(cell(text), items.by_name[name], items)
    parse_times(cell(text))
    parse_clocks(cell(text))
    parse_lab(cell(text), items.by_name["wbc"] if "wbc" in items.by_name else next(iter(items.tests.values())))
    items.match(text, "labs")
    items.match(text, "vitals")
    items.is_pii(text)
    items.nearest(text, "vitals")
    split_unit(text)
for seed in seeds:
    for length in (200, 2_000, 100_000):
        read((seed * length)[:length])
    for end in ("x", "1", " off"):  # the longest text that the patterns see, with other ends
        read((seed * 200)[:190] + end)
for length in (200, 100_000):
    read("1" + " " * (length - 2) + "x")
print("done")
"""


def test_no_text_holds_up_any_parser() -> None:
    """Minutes where a pattern is quadratic, seconds where none is; the time allowed is ten times what a slow machine needs."""
    program = ALL.replace(
        "NAMES",
        repr(
            [
                *KINDS,
                "corticosteroid",
                "consciousness",
                "sedated",
                "norepinephrine",
                "cpap",
                "gcs",
                "capd_total",
            ]
        ),
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout == "done\n", done.stderr[-2000:]


@pytest.mark.parametrize(
    "name",
    ["oxygen_device", "vasopressors", "agent", "seizure", "consciousness", "hypotension", "ice_total", "bp"],
)
@pytest.mark.parametrize("text", ["1" * 8000, "NC 3 " * 100, "去甲" * 200, "awake " * 50])
def test_a_cell_that_is_too_long_is_set_aside_and_told(name: str, text: str) -> None:
    assert codes(name, text) == ["cell-too-long"] and said(name, text) == {}


def test_a_long_cause_of_death_is_still_read() -> None:
    text = "multi-organ failure, " * 20 + "due to CRS"
    assert said("death_cause", text)["death_cause"].endswith("CRS") and "cell-too-long" not in codes(
        "death_cause", text
    )


def test_text_of_200_characters_is_still_a_cell() -> None:
    assert said("oxygen_device", "NC 3 L/min, " + "x" * 180)["oxygen_device"] == "nasal_cannula"
