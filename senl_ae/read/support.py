"""Which oxygen device a cell says, with its flow, and which drugs: whole words only, in English and Chinese."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from senl_ae.items import Item, Items, fold, word_key
from senl_ae.read.columns import Column, Remark, problems_of, shown, spread
from senl_ae.read.findings import DOSE
from senl_ae.read.words import SEPARATORS, blank_remark, confirm_remark, each_cell, listed, take_apart, unknown_word

_N = r"(\d+(?:[.,]\d+)?)(?:\s*(?:-|~|–|至|到|to)\s*(\d+(?:[.,]\d+)?))?"
_FLOW = re.compile(_N + r"\s*(?:l/min(?:ute)?s?|l\s*/\s*m|lpm|l/分钟?|升/分钟?|升每分钟?|升|liters?(?:/min)?|litres?(?:/min)?|l)(?![a-z])")
_FIO2 = re.compile(r"(?:fi?o2\s*[:=]?\s*)" + _N + r"\s*%?|" + _N + r"\s*%(?:\s*(?:fi?o2|oxygen|o2))?")
_BARE = re.compile(r"(?<=[^\d\s.,])\s+" + _N + r"$")


# ---------------------------------------------------------------- oxygen devices


def parse_device(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read oxygen devices, with the flow and FiO2 typed into the same cell; several devices are joined with ";", sorted.

    鼻导管3L/min is a nasal cannula at 3 L/min; a flow alone is oxygen by an unknown device. A word that is not listed is set aside."""

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        found, remark = read_device(text, item, items)
        if found is not None:
            return found, remark
        return None, blank_remark("oxygen device", text) or remark or unknown_word("oxygen device", text, item.spellings, item.words)

    codes, said, remarks, aside = each_cell(values, item.name, read)
    return Column(_device_columns(item.column, said, codes), problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def _device_columns(column: str, said: list[Any], codes: np.ndarray) -> dict[str, np.ndarray]:
    def numbers(k: int) -> np.ndarray:
        return spread([s[k] if s else math.nan for s in said], codes, np.float64, math.nan)

    devices = spread([s[0] if s else None for s in said], codes, object, None)
    return {column: devices, "oxygen_flow": numbers(1), "oxygen_flow_upper": numbers(2), "fio2": numbers(3)}


def read_device(text: str, item: Item, items: Items) -> tuple[tuple[str, float, float, float] | None, Remark | None]:
    """(device, flow, its upper end, FiO2 in %) of one cell; None when a word in it is not listed."""
    word = listed(text, item)
    if word is not None:
        note = confirm_remark("oxygen device", text, word) if word_key(text) in item.to_confirm else None
        return (word, math.nan, math.nan, math.nan), note
    rest = text.casefold()
    rest, (fio2, _) = _cut(_FIO2, rest)
    rest, (flow, upper) = _cut(_FLOW, rest)
    note = None
    if math.isnan(flow):
        rest, (flow, upper) = _cut(_BARE, rest)
        note = None if math.isnan(flow) else Remark(
            "flow-unit-assumed", "note", f"oxygen device: {shown(text)} has a flow without a unit", "L/min", "read as L/min")
    fillers = tuple(f.casefold() for f in item.fillers)
    phrase = take_apart(rest, item.spellings, fillers)
    if phrase.rest or not (phrase.meanings or not math.isnan(flow)):
        return None, None
    devices = set(phrase.meanings) or {"oxygen"}
    if len(devices) > 1:
        devices.discard("oxygen")
    limits = items.by_name["oxygen_flow"].plausible, items.by_name["fio2"].plausible
    fio2 = round(fio2 * 100, 10) if fio2 <= 1 else fio2
    if not _fits(flow, limits[0]) or not _fits(upper, limits[0]) or not _fits(fio2, limits[1]):
        return None, Remark("out-of-range", "set aside", f"oxygen device: {shown(text)} has an impossible flow or FiO2", "", "not used")
    doubt = [p for p in map(word_key, SEPARATORS.split(rest)) if p in item.to_confirm]
    return (";".join(sorted(devices)), flow, upper, fio2), note or (
        confirm_remark("oxygen device", text, " and ".join(sorted(devices))) if doubt else None)


def _fits(x: float, bounds: Any) -> bool:
    return math.isnan(x) or (x >= bounds.get("ge", -math.inf) and x <= bounds.get("le", math.inf))


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, tuple[float, float]]:
    """The text without the first match, and the lower and upper number in it."""
    m = pattern.search(text)
    if m is None:
        return text, (math.nan, math.nan)
    low, high = [g for g in m.groups() if g is not None][:1], [g for g in m.groups() if g is not None][1:]
    ends = tuple(float(g[0].replace(",", ".")) if g else math.nan for g in (low, high))
    if ends[1] < ends[0]:
        return text, (math.nan, math.nan)
    return text[: m.start()] + " " + text[m.end():], (ends[0], ends[1])


# ---------------------------------------------------------------- drugs


def _unconfirmed(items: Items, text: str, named: set[str]) -> Remark | None:
    """The note on a drug name that is not yet confirmed."""
    folded = fold(text)
    doubtful = [a.text for n in sorted(named) for a in items.agents[n].aliases if not a.confirmed and fold(a.text) in folded]
    if not doubtful:
        return None
    return Remark("unconfirmed-alias", "note", f"{shown(text)}: {doubtful[0]}", "", f"read as {', '.join(sorted(named)).replace('_', ' ')}")


def parse_vasopressors(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read a vasopressors cell: None blank, "none", "yes" (some, unnamed), "2" (an unnamed count), else agent names joined with ";".

    Beside a listed agent, a word that is not listed becomes "unlisted": it could be another vasopressor.

    A route or purpose that makes an agent no vasopressor (nebulised, intramuscular, for anaesthesia) gives vasopressor_not_infused."""

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        found, remark = read_vasopressors(text, item, items)
        if found is not None:
            return found, remark
        return None, blank_remark("vasopressors", text) or remark

    codes, said, remarks, aside = each_cell(values, item.name, read)
    return Column({item.column: spread(said, codes, object, None)}, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


_COUNT = re.compile(r"^(?:x\s*)?(\d)(?:\s*(?:种|agents?|vasopressors?|pressors?|drugs?|个))?$")
_BETWEEN = re.compile(r"\s*(?:[,;、，；。+/&|\n]|\band\b|\bplus\b|和|及|联合)\s*")


def read_vasopressors(text: str, item: Item, items: Items) -> tuple[str | None, Remark | None]:
    lowered = text.casefold()
    count = _COUNT.match(lowered)
    if count:
        return ("none" if count[1] == "0" else count[1]), None
    answer = {"-": "none", "+": "yes"}.get(text) or listed(text, item)
    if answer in ("none", "yes", "2", "3"):
        return answer, None
    named: set[str] = set()
    unread: list[str] = []
    for part in _BETWEEN.split(_without_doses(lowered)):
        if fold(part):
            agents = _agents_in_part(part, item, items)
            named |= agents
            if not agents:
                unread.append(part.strip())
    if not named:
        return None, unknown_word("vasopressors", text, items.agent_spellings)
    if unread:
        nearest = unknown_word("vasopressors", unread[0], items.agent_spellings)
        return ";".join(sorted(named | {"unlisted"})), Remark(
            nearest.code, "set aside", f"vasopressors: {shown(unread[0])} in {shown(text)} is no listed word", nearest.expected,
            f"read as {', '.join(sorted(named))} and an agent that is not known")
    return ";".join(sorted(named)), _unconfirmed(items, text, named)


def _without_doses(text: str) -> str:
    return re.sub(r"\(\s*\)", " ", DOSE.sub(" ", text))


def _agents_in_part(part: str, item: Item, items: Items) -> set[str]:
    """The agents named in one part of a cell, all of whose other words are fillers; none when a word is left over."""
    ways = {text: f"\0{way}" for text, way in item.spellings.items() if way in ("not_vasopressor", "push")}
    phrase = take_apart(part, {**items.agent_spellings, **ways}, tuple(f.casefold() for f in item.fillers))
    found = {m for m in phrase.meanings if not m.startswith("\0")}
    if phrase.rest or not found:
        return set()
    counted = {a for a in found if items.agents[a].role in ("vasopressor", "vasopressin")}
    if "\0not_vasopressor" in phrase.meanings:
        return (found - counted) | ({"vasopressor_not_infused"} if counted else set())
    if "\0push" in phrase.meanings and "ephedrine" in found:
        return (found - {"ephedrine"}) | {"vasopressor_not_infused"}
    return found


def parse_agents(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read what was given: a drug or support by its canonical name with its category, or an oxygen device with flow and FiO2.

    Several in one cell are joined with ";", and so are their categories, in the same order. A name that is not listed gives a note."""
    device = items.by_name["oxygen_device"]
    pressors = items.by_name["vasopressors"]

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        if blank_remark("", text):
            return None, blank_remark("agent", text)
        named = _named_agents(text, pressors, items)
        if named:
            nothing = (math.nan,) * 3
            return (";".join(named), ";".join(items.agents[n].category for n in named), *nothing), _unconfirmed(items, text, set(named))
        found, remark = read_device(text, device, items)
        if found is not None:
            return (found[0], "oxygen", *found[1:]), remark
        expected = unknown_word("agent", text, [*items.agent_spellings, *device.spellings]).expected
        return None, Remark("agent-not-listed", "note", f"agent: {shown(text)} is no listed drug or support", expected, "not taken for one")

    codes, said, remarks, aside = each_cell(values, item.name, read)
    out = _device_columns(item.column, [(s[0], *s[2:]) if s else None for s in said], codes)
    out = {item.column: out[item.column], "flow": out["oxygen_flow"], "flow_upper": out["oxygen_flow_upper"], "fio2": out["fio2"]}
    out["category"] = spread([s[1] if s else None for s in said], codes, object, None)
    return Column(out, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def _named_agents(text: str, pressors: Item, items: Items) -> list[str]:
    """The agents a cell names, each part wholly understood; none when any part is not."""
    exact = items.agent_spellings.get(text.casefold())
    if exact:
        return [exact]
    named: set[str] = set()
    for part in _BETWEEN.split(_without_doses(text.casefold())):
        if fold(part):
            agents = _agents_in_part(part, pressors, items)
            if not agents:
                return []
            named |= agents
    return sorted(named)


# ---------------------------------------------------------------- blood pressure

_PRESSURE = re.compile(
    r"^(\d{1,3}(?:[.,]\d+)?)\s*[/\\|]\s*(\d{1,3}(?:[.,]\d+)?)\s*(?:[(\[/]\s*(\d{1,3}(?:[.,]\d+)?)\s*[)\]]?)?\s*(mm\s*\[?hg\]?|kpa|千帕|毫米汞柱)?$")

_DASHED = re.compile(r"^(\d{2,3})\s*[-–~]\s*(\d{2,3})(?=\D|$)")
"""88-50: a pressure falls, so that the first number is the systolic one; 50-88 would be a range and is none."""


def parse_blood_pressure(values: np.ndarray, item: Item, items: Items, *, unit: str | None = None) -> Column:
    """Read 120/80, 120/80(93), 16/10.6 kPa as systolic, diastolic and mean pressure; each is checked by its own plausible range."""
    names = ("sbp", "dbp", "map")

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        m = _PRESSURE.match(_DASHED.sub(r"\1/\2", text.casefold().strip("↑↓* ")))
        conversion = item.conversion(m[4] if m and m[4] else unit)
        if m is None or conversion is None:
            remark = Remark("not-a-pressure", "set aside", f"blood pressure: {shown(text)}", "systolic/diastolic, as in 120/80", "not used")
            return None, blank_remark("blood pressure", text) or remark
        found = [conversion.apply(float(g.replace(",", "."))) if g else math.nan for g in m.groups()[:3]]
        wrong = [n for n, x in zip(names, found, strict=True) if not _fits(x, items.by_name[n].plausible)]
        if found[1] > found[0]:
            wrong = ["sbp", "dbp"]
        if wrong:
            said = f"blood pressure: {shown(text)} cannot be"
            return None, Remark("out-of-range", "set aside", said, "systolic/diastolic in mmHg", "not used")
        return found, None

    codes, said, remarks, aside = each_cell(values, item.name, read)
    out = {n: spread([s[k] if s else math.nan for s in said], codes, np.float64, math.nan) for k, n in enumerate(names)}
    return Column(out, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))

