"""What a cell of a column of one finding says: that it was there, that it was not, or more than that in the words of its item."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Problem, Remark, problems_of, spread
from senl_ae.read.cells.numbers import common, said_by
from senl_ae.read.words.agents import Vasopressors
from senl_ae.read.words.answers import answer_first
from senl_ae.read.words.devices import Devices
from senl_ae.read.words.listed import beside_remark, blank_remark, each_cell, listed, unknown_word, yes_or_no
from senl_ae.vocabulary.items import Item, Items, word_key

NOTHING = frozenset({"none", "room_air", "refused"})

Said = tuple[str, float]
"""The word that a cell adds (empty: a no) and a flow in L/min (nan: none said)."""


def parse_finding(values: np.ndarray, item: Item, target: Item, items: Items) -> Column:
    """Read a column of one finding: `word` (None: no, or blank), `there` (1, 0) and `flow`. A no says nothing about other findings."""
    read = _reader(item, target, items)
    codes, said, remarks, aside = each_cell(values, item.name, read)
    words = spread([s[0] or None if s else None for s in said], codes, object, None)
    flow = spread([s[1] if s else math.nan for s in said], codes, np.float64, math.nan)
    there = spread([float(bool(s[0])) if s else math.nan for s in said], codes, np.float64, math.nan)
    problems: list[Problem] = problems_of(remarks, codes)
    return Column(
        {"word": words, "there": there, "flow": flow}, problems, spread(aside, codes, np.bool_, False)
    )


def _reader(
    item: Item, target: Item, items: Items
) -> Callable[[Any, str], tuple[Said | None, Remark | None]]:
    """How one distinct cell of a column of one finding is read."""
    name = item.name.replace("_", " ")
    in_words = _words(item, target, items)

    def read(cell: Any, text: str) -> tuple[Said | None, Remark | None]:
        number = said_by(cell)
        is_number = not number.problem and target.kind in ("device", "agents", "dose")
        if is_number and item.flow and _is_flow(number.unit, item):
            return (
                item.adds if number.value > 0 else "",
                number.value if number.value > 0 else math.nan,
            ), None
        answer = True if word_key(text) in common("sides") and target.worst_first else yes_or_no(text)
        if answer is not None:
            return (item.adds if answer else "", math.nan), None
        if is_number and number.value >= 0 and (number.unit is None or target.kind == "device"):
            flow = (
                number.value
                if item.units and _is_flow(number.unit, item) and target.kind == "device" and number.value > 0
                else math.nan
            )
            return (item.adds if number.value > 0 else "", flow), None
        said, remark = in_words(text)
        if said is not None:
            return said, remark
        answer = answer_first(text)
        if answer is not None:
            return (item.adds if answer else "", math.nan), beside_remark(
                name, text, "yes" if answer else "no"
            )
        return None, blank_remark(name, text) or remark or unknown_word(
            name, text, target.spellings, ["yes", "no"]
        )

    return read


def _is_flow(unit: str | None, item: Item) -> bool:
    return unit is None or item.conversion(unit) is not None


def _words(item: Item, target: Item, items: Items) -> Callable[[str], tuple[Said | None, Remark | None]]:
    """How a cell that says more than yes or no is read: in the words of the item that the finding belongs to."""
    if target.kind == "device":
        devices = Devices(target, items)

        def of_device(text: str) -> tuple[Said | None, Remark | None]:
            found = devices.read(text)
            if found.devices is None or found.in_doubt:
                return None, found.remark
            word = (
                "" if found.devices in NOTHING else item.adds if found.devices == "oxygen" else found.devices
            )
            return (word, found.flow), found.remark

        return of_device
    if target.kind in ("agents", "dose"):
        pressors = items.by_name["vasopressors"]
        reader = Vasopressors(pressors, items)

        def of_drug(text: str) -> tuple[Said | None, Remark | None]:
            if listed(text, pressors) == "none":
                return ("", math.nan), None
            agents, remark = reader.read(text)
            if agents is None or agents in ("yes", "2", "3"):
                agents, remark = reader.read(f"{item.adds.replace('_', ' ')} {text}", remarks=False)
            return (
                (None, remark) if agents is None else (("" if agents == "none" else agents, math.nan), remark)
            )

        return of_drug

    def of_word(text: str) -> tuple[Said | None, Remark | None]:
        word = listed(text, target)
        return (None, None) if word is None else (("" if word in NOTHING else word, math.nan), None)

    return of_word
