"""Which oxygen device a cell says, with its flow and FiO2: whole words only, with their settings, in English and Chinese."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, problems_of, shown, spread
from senl_ae.read.words.beside import (
    DENIED,
    DOUBT,
    ENDED,
    LOCAL,
    NUMBER,
    Lexicon,
    Marked,
    clean,
    is_remark,
    left_over,
    qualifiers,
)
from senl_ae.read.words.listed import (
    beside_remark,
    blank_remark,
    confirm_remark,
    each_cell,
    listed,
    unknown_word,
)
from senl_ae.vocabulary.folding import spelling
from senl_ae.vocabulary.items import Item, Items, word_key

NAME = "oxygen device"
NO_DEVICE = frozenset({"room_air", "refused"})
"""What stands beside no device."""

_RANGE = rf"({NUMBER})(?:\s?(?:-|~|–|至|到|to)\s?({NUMBER}))?"
_FLOW = re.compile(
    _RANGE
    + r"\s?(?:l/min(?:ute)?s?|l ?/ ?m|lpm|l/分钟?|升/分钟?|升每分钟?|升|liters?(?:/min)?|litres?(?:/min)?|l)(?![a-z])"
)
_FIO2 = re.compile(rf"fi?o2\s?[:=]?\s?{_RANGE}\s?%?|{_RANGE}\s?%\s?fi?o2")
_PERCENT = re.compile(_RANGE + r"\s?%")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)")
_NUMBERS = re.compile(_RANGE)
_SETTING, _UNIT = "\0setting", "\0unit"
_SIGNS = {_SETTING: "\ue001", _UNIT: "\ue002"}
_LABELLED = re.compile(rf"\ue001+\s?[:=@+]?\s?{_RANGE}(?:\s?/\s?{NUMBER})?\s?%?\s?\ue002?")
_WITH_UNIT = re.compile(rf"(?:{NUMBER}\s?/\s?)?{_RANGE}\s?\ue002")
NAN = (math.nan, math.nan)
_BESIDE = frozenset({DENIED, ENDED, DOUBT})


@dataclass(frozen=True, slots=True)
class Device:
    """What one cell says: devices joined with ";" (None: no listed one), flow with its upper end, FiO2 in %, and what is to be said of it.

    in_doubt: the cell names the device, and something beside it says that it did not run, or may not have."""

    devices: str | None = None
    flow: float = math.nan
    upper: float = math.nan
    fio2: float = math.nan
    in_doubt: bool = False
    remark: Remark | None = None

    @property
    def numbers(self) -> tuple[float, float, float]:
        return self.flow, self.upper, self.fio2


def parse_device(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read oxygen devices, with the flow and FiO2 typed into the same cell; several devices are joined with ";", sorted.

    鼻导管3L/min is a nasal cannula at 3 L/min; a flow alone is oxygen by an unknown device. A listed word beside which stands a no, an end
    or a doubt is set aside, as is a word that is not listed; what else stands beside one is a remark."""
    reader = Devices(item, items)

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        said = reader.read(text)
        if said.devices is not None and not said.in_doubt:
            return said, said.remark
        return None, blank_remark(NAME, text) or said.remark or unknown_word(
            NAME, text, item.spellings, item.words
        )

    codes, said, remarks, aside = each_cell(values, item.name, read)
    column = device_columns(item.column, [(s.devices, *s.numbers) if s else None for s in said], codes)
    return Column(column, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def device_columns(column: str, said: list[Any], codes: np.ndarray) -> dict[str, np.ndarray]:
    """The device, flow, upper end of the flow and FiO2 of each row, out of those of each distinct cell."""

    def numbers(k: int) -> np.ndarray:
        return spread([s[k] if s else math.nan for s in said], codes, np.float64, math.nan)

    devices = spread([s[0] if s else None for s in said], codes, object, None)
    return {column: devices, "oxygen_flow": numbers(1), "oxygen_flow_upper": numbers(2), "fio2": numbers(3)}


class Devices:
    """Reads cells that name oxygen devices."""

    def __init__(self, item: Item, items: Items) -> None:
        self.item, self.items = item, items
        beside = {word: meaning for word, meaning in qualifiers(items, item).items() if meaning != LOCAL}
        settings = {spelling(w): _SETTING for w in item.settings} | {
            spelling(w): _UNIT for w in item.setting_units
        }
        known = {word: device for word, device in item.spellings.items() if not word.isdigit()}
        plain = {
            word: meaning for word, meaning in beside.items() if meaning in (DENIED, ENDED)
        }  # "no" is no device beside another word
        self.lexicon = Lexicon(settings | beside | known | plain, item.fillers)

    def read(self, text: str) -> Device:
        """The devices of one cell with their settings."""
        word = listed(text, self.item)
        if word is not None and "?" not in text:
            note = confirm_remark(NAME, text, word) if word_key(text) in self.item.to_confirm else None
            return Device(word, remark=note)
        marked = self.lexicon.mark(clean(text))
        devices = {m for m in marked.meanings if not m.startswith("\0")}
        devices = devices - {"oxygen"} or devices
        rest, flow, fio2, note = self._settings(text, marked, devices)
        rest = self.lexicon.without_fillers(rest)
        flows_alone = not devices and not math.isnan(flow[0]) and not left_over(rest)
        if flows_alone and not _BESIDE & set(marked.meanings):
            devices = {"oxygen"}
        if not devices:
            return Device()
        joined = ";".join(sorted(devices))
        if flow[1] < flow[0] or not (self._fits("oxygen_flow", *flow) and self._fits("fio2", fio2)):
            found = f"{NAME}: {shown(text)} has an impossible flow or FiO2"
            remark = Remark("out-of-range", "set aside", found, "", "not used")
            return Device(joined, in_doubt=True, remark=remark)
        why = _why_not(marked, rest, devices, flow[0])
        if why == "no oxygen":
            return Device("room_air")
        if why:
            found, expected = f"{NAME}: {shown(text)}: {why}", "what ran, and nothing beside it"
            return Device(
                joined, *flow, fio2, True, Remark("word-in-doubt", "set aside", found, expected, "not used")
            )
        if left_over(rest):
            note = beside_remark(NAME, text, joined)
        elif note is None and any(word_key(w) in self.item.to_confirm for w, _ in marked.words):
            note = confirm_remark(NAME, text, joined.replace(";", " and "))
        return Device(joined, *flow, fio2, remark=note)

    def _fits(self, name: str, *numbers: float) -> bool:
        bounds = self.items.by_name[name].plausible
        return all(
            math.isnan(x) or bounds.get("ge", -math.inf) <= x <= bounds.get("le", math.inf) for x in numbers
        )

    def _settings(
        self, text: str, marked: Marked, devices: set[str]
    ) -> tuple[str, tuple[float, float], float, Remark | None]:
        """The text without its numbers, the flow (both ends), FiO2 in %, and the note on a flow without a unit.

        Pressures, rates and saturations are settings or remarks, and no flow."""
        rest = _WITH_UNIT.sub(" ", _LABELLED.sub(" ", marked.with_signs(_SIGNS)))
        rest = _CLOCK.sub(" ", rest.translate({ord(sign): " " for sign in _SIGNS.values()}))
        rest, (fio2, _) = _cut(_FIO2, rest)
        rest, flow = _cut(_FLOW, rest)
        if math.isnan(fio2) and devices & self.item.percent_is_fio2:
            rest, (fio2, _) = _cut(_PERCENT, rest)
        fio2 = _percent(fio2)
        rest = _PERCENT.sub(" ", rest)
        numbers = [_ends(m) for m in _NUMBERS.finditer(rest)]
        rest = _NUMBERS.sub(" ", rest)
        takes_flow, takes_fio2 = (
            bool(devices) and devices <= self.item.bare_flow,
            bool(devices & self.item.percent_is_fio2),
        )
        note = None
        if takes_flow and numbers and math.isnan(flow[0]) and len(numbers) <= 1 + takes_fio2:
            flow, *numbers = numbers
            found = f"{NAME}: {shown(text)} has a flow without a unit"
            note = Remark("flow-unit-assumed", "note", found, "L/min", "read as L/min")
        if (
            takes_fio2
            and takes_flow
            and len(numbers) == 1
            and math.isnan(fio2)
            and self._fits("fio2", _percent(numbers[0][0]))
        ):
            fio2 = _percent(numbers[0][0])
        return rest, flow, fio2, note


def _why_not(marked: Marked, rest: str, devices: set[str], flow: float) -> str:
    """Why a cell does not say that these devices ran; "no oxygen" where it says that none did; empty where it does."""
    beside = _BESIDE & set(marked.meanings)
    if DOUBT in beside:
        return "it may not have been so"
    if beside == {DENIED} and devices == {"oxygen"} and not left_over(rest) and not flow > 0:
        return "no oxygen"
    if beside:
        return "a no, an end or a change stands beside the word"
    if devices & NO_DEVICE and (len(devices) > 1 or flow > 0):
        return "two readings"
    if left_over(rest) and (len(devices) > 1 or not is_remark(marked, rest)):
        return "words that are not listed"
    return ""


def _percent(x: float) -> float:
    return round(x * 100, 10) if x <= 1 else x


def _ends(m: re.Match[str]) -> tuple[float, float]:
    """The lower and the upper number of a match."""
    found = [float(g.replace(",", ".")) for g in m.groups() if g is not None]
    return (found[0], found[1]) if len(found) > 1 else (found[0], math.nan)


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, tuple[float, float]]:
    """The text without the first match, and the lower and upper number in it."""
    m = pattern.search(text)
    if m is None:
        return text, NAN
    ends = _ends(m)
    if ends[1] < ends[0]:
        return text, NAN
    return text[: m.start()] + " " + text[m.end() :], ends
