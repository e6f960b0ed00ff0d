"""What a cell of vasopressors or of treatments says: which agents ran, which did not, and which may have."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, problems_of, shown, spread
from senl_ae.read.words.devices import Devices, device_columns
from senl_ae.read.words.drugs import ABSENT, IN_DOUBT, LOCALLY, NOT_INFUSED, RUNS, SHORT, UNREAD, Drugs, Part
from senl_ae.read.words.listed import beside_remark, blank_remark, each_cell, listed, unknown_word
from senl_ae.vocabulary.items import Item, Items, fold, word_key

_COUNT = re.compile(r"^(?:x\s?)?(\d)(?:\s?(?:种|agents?|vasopressors?|pressors?|drugs?|个))?$")
SUPPORT = ("vasopressor", "oxygen")
MISSPELT = 0.85
"""How alike a name and a listed drug must be for the one to be taken for a misspelling of the other."""
NO_DRUG = "none"
"""What is said of a cell that denies without naming what."""
IN_CELL = ("word-in-doubt", "set aside")


# ---------------------------------------------------------------- vasopressors


def parse_vasopressors(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read a vasopressors cell: None blank, "none", "yes" (some, unnamed), "2" (an unnamed count), else agent names joined with ";".

    Beside a listed agent, what cannot be read becomes "unlisted": it could be another vasopressor. An agent at rate 0, or beside a word
    that denies it, does not run; beside an end or a doubt nobody knows. A route or purpose that makes an agent no vasopressor (nebulised,
    intramuscular, for anaesthesia) gives vasopressor_not_infused."""
    reader = Vasopressors(item, items)

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        found, remark = reader.read(text)
        if found is not None:
            return found, remark
        return None, blank_remark("vasopressors", text) or remark

    codes, said, remarks, aside = each_cell(values, item.name, read)
    return Column(
        {item.column: spread(said, codes, object, None)},
        problems_of(remarks, codes),
        spread(aside, codes, np.bool_, False),
    )


class Vasopressors:
    """Reads cells of vasopressors."""

    def __init__(self, item: Item, items: Items) -> None:
        self.item, self.items, self.drugs = item, items, Drugs(items)

    def read(self, text: str, *, remarks: bool = True) -> tuple[str | None, Remark | None]:
        count = _COUNT.match(text.casefold())
        if count:
            return ("none" if count[1] == "0" else count[1]), None
        answer = {"-": "none", "+": "yes"}.get(text) or (listed(text, self.item) if "?" not in text else None)
        if answer in ("none", "yes", "2", "3"):
            return answer, None
        parts = self.drugs.read(text, remarks=remarks)
        run: set[str] = set().union(*(p.agents for p in parts if p.state == RUNS))
        unsure = [p for p in parts if p.state in (IN_DOUBT, UNREAD)]
        if not run:
            if parts and not unsure and all(p.state == ABSENT for p in parts):
                return "none", None
            in_doubt = any(p.state == IN_DOUBT for p in unsure)
            return None, self._unread(text, unsure) if in_doubt else unknown_word(
                "vasopressors", text, self.items.agent_spellings
            )
        if unsure:
            why = self._unread(text, unsure)
            found = f"vasopressors: {_named(unsure[0], text)} in {shown(text)} cannot be read"
            done = f"read as {_plain(run)} and an agent that is not known"
            return ";".join(sorted(run | {"unlisted"})), Remark(
                why.code, "set aside", found, why.expected, done
            )
        if any(p.rest for p in parts):
            return ";".join(sorted(run)), beside_remark("vasopressors", text, _plain(run))
        return ";".join(sorted(run)), unconfirmed(self.items, text, run)

    def _unread(self, text: str, parts: list[Part]) -> Remark:
        if any(p.state == IN_DOUBT for p in parts):
            return Remark(
                *IN_CELL,
                f"vasopressors: {shown(text)} does not say whether it ran",
                "the agents that ran",
                "not used",
            )
        rest = next((p.rest for p in parts if p.rest and not p.agents), text)
        return unknown_word("vasopressors", rest, self.items.agent_spellings)


def _named(part: Part, text: str) -> str:
    return shown(part.rest) if part.state == UNREAD and part.rest else _plain(part.agents) or shown(text)


def _plain(agents: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(agents)).replace("_", " ")


def unconfirmed(items: Items, text: str, named: set[str]) -> Remark | None:
    """The note on a drug name that is not yet confirmed."""
    folded = fold(text)
    doubtful = [
        a.text
        for n in sorted(named)
        for a in items.agents[n].aliases
        if not a.confirmed and fold(a.text) in folded
    ]
    if not doubtful:
        return None
    return Remark(
        "unconfirmed-alias", "note", f"{shown(text)}: {doubtful[0]}", "", f"read as {_plain(named)}"
    )


# ---------------------------------------------------------------- treatments


def _nothing(found: str, text: str) -> Remark:
    """The note, once for the column, on rows whose agent did not run or acts only where it was put."""
    return Remark("nothing-given", "note", found, "", "the row counts for nothing", shown(text))


@dataclass(frozen=True, slots=True)
class Given:
    """What one cell of treatments says: agents and their categories joined with ";", a device's numbers, which agents may not have run,
    and, where nothing was given that counts, why ("not running", "by a local route")."""

    agents: str | None
    categories: str | None
    numbers: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    in_doubt: str | None = None
    nothing: str | None = None


def parse_agents(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read what was given: a drug or support by its canonical name with its category, or an oxygen device with flow and FiO2.

    Several in one cell are joined with ";", and so are their categories, in the same order; `in_doubt` names those that may not have run,
    `nothing` says why a row gives nothing. A name that is not listed gives a note."""
    reader = Agents(items)
    codes, said, remarks, aside = each_cell(values, item.name, lambda _, text: reader.read(text))
    out = device_columns(item.column, [(s.agents, *s.numbers) if s else None for s in said], codes)
    out = {
        item.column: out[item.column],
        "flow": out["oxygen_flow"],
        "flow_upper": out["oxygen_flow_upper"],
        "fio2": out["fio2"],
    }
    for name, field in (("category", "categories"), ("in_doubt", "in_doubt"), ("nothing", "nothing")):
        out[name] = spread([getattr(s, field) if s else None for s in said], codes, object, None)
    return Column(out, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


class Agents:
    """Reads cells that name a drug, a support or an oxygen device."""

    def __init__(self, items: Items) -> None:
        self.items, self.drugs = items, Drugs(items)
        self.pressors, self.device = items.by_name["vasopressors"], items.by_name["oxygen_device"]
        self.devices = Devices(self.device, items)

    def read(self, text: str) -> tuple[Given | None, Remark | None]:
        """What a cell says was given, and what is to be said of the cell."""
        blank = blank_remark("agent", text)
        if blank:
            return None, blank
        exact = self.items.agent_spellings.get(text.casefold())
        parts = [Part(frozenset({exact}), RUNS)] if exact else self.drugs.read(text)
        if not any(p.agents for p in parts):
            return self._other(text)
        return self._drugs(text, parts)

    def _drugs(self, text: str, parts: list[Part]) -> tuple[Given | None, Remark | None]:
        run: set[str] = set().union(*(p.agents for p in parts if p.state == RUNS))
        doubt: set[str] = set().union(*(p.agents for p in parts if p.state == IN_DOUBT)) - run
        unread = [p for p in parts if p.state == UNREAD]
        if unread:
            # beside a drug that is not listed a vasopressor may be a part of something else that is no infusion
            doubt |= {a for p in unread for a in p.agents if self._category(a) in self.drugs.remarks}
            doubt |= {a for a in run if self._category(a) == "vasopressor" and a != NOT_INFUSED}
        named = sorted(run | doubt)
        if not named:
            states = {p.state for p in parts}
            if unread:
                return self._other(text)
            nothing = "by a local route" if LOCALLY in states else "not running"
            found = f"agent: given {nothing}" if LOCALLY in states else f"agent: {nothing}"
            return Given(None, None, nothing=nothing), _nothing(found, text)
        categories = ";".join(self._category(n) for n in named)
        given = Given(";".join(named), categories, in_doubt=";".join(sorted(doubt)) or None)
        if doubt:
            severity = "set aside" if any(self._category(n) in SUPPORT for n in doubt) else "note"
            found = f"agent: {shown(text)} does not say whether {_plain(doubt)} was given"
            return given, Remark(
                "agent-in-doubt", severity, found, "what was given", "possible, never proven"
            )
        if any(p.rest for p in parts):
            return given, beside_remark("agent", text, _plain(run))
        return given, unconfirmed(self.items, text, run)

    def _category(self, agent: str) -> str:
        return self.items.agents[agent].category

    def _other(self, text: str) -> tuple[Given | None, Remark | None]:
        """A cell that names no listed drug: an oxygen device, nothing at all, or a drug of no category here."""
        if "?" not in text and (
            listed(text, self.pressors) == "none" or word_key(text) in self.items.common_words["no"]
        ):
            return Given(None, None, nothing=NO_DRUG), _nothing("agent: not running", text)
        said = self.devices.read(text)
        if said.devices is not None and said.in_doubt and said.remark and said.remark.code == "word-in-doubt":
            found = f"agent: {shown(text)} does not say whether {said.devices.replace('_', ' ')} ran"
            remark = Remark("agent-in-doubt", "set aside", found, "what was given", "possible, never proven")
            return Given(said.devices, "oxygen", said.numbers, in_doubt=said.devices), remark
        if said.devices is not None and not said.in_doubt:
            return Given(said.devices, "oxygen", said.numbers), said.remark
        if said.remark is not None:
            return None, said.remark
        spelt = text.casefold()[:40]
        alike = [known for known in self._graded if known[0] == spelt[0]] if len(fold(text)) > SHORT else []
        near = difflib.get_close_matches(spelt, alike, n=1, cutoff=MISSPELT)
        found = f"agent: {shown(text)} is no listed drug or support"
        if near:
            return None, Remark(
                "agent-misspelt",
                "set aside",
                found,
                f'a listed word; the nearest is "{near[0]}"',
                "not taken for it",
            )
        return None, Remark("agent-not-listed", "note", found, "", "not taken for one")

    @cached_property
    def _graded(self) -> list[str]:
        """The spellings of the drugs that a scale asks for: a name close to one of these is more than a drug of no category."""
        drugs = self.drugs.remarks
        return [
            text
            for text, agent in self.items.agent_spellings.items()
            if self._category(agent) in drugs and len(text) > SHORT
        ]
