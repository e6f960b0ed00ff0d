"""Which finding a cell says in its own words: a seizure and how long, a cause of death, whether a drug was given."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from senl_ae.read.cells.columns import Column, Remark, problems_of, shown, spread
from senl_ae.read.cells.numbers import is_missing_code, said_by
from senl_ae.read.words.answers import answer_first
from senl_ae.read.words.beside import NUMBER
from senl_ae.read.words.drugs import ABSENT, LOCALLY, RUNS, Drugs, without_amounts
from senl_ae.read.words.listed import (
    beside_remark,
    blank_remark,
    each_cell,
    listed,
    one_per_cell,
    take_apart,
    unknown_word,
    yes_or_no,
)
from senl_ae.vocabulary.folding import whole_words
from senl_ae.vocabulary.items import Item, Items

# ---------------------------------------------------------------- seizures

_DURATION = re.compile(
    rf"(?P<cmp>>=|<=|>|<|≥|≤)?\s?(?P<n>{NUMBER})(?:\s?(?:-|~|to|至|\s)\s?(?P<n2>{NUMBER}))?\s?"
    r"(?P<unit>minutes?|mins?|分钟|分|seconds?|secs?|s|秒钟?|hours?|hrs?|h|小时)(?![a-z])"
)
_SEVERAL = re.compile(
    r"(?:[2-9]|1\d|two|three|several|multiple)\s*(?:x\s*)?(?:brief\s+)?(?:seizures?|convulsions?|fits|episodes)"
    r"|(?:seizures?|convulsions?)\s*(?:x\s*)?[2-9]|(?:抽搐|惊厥|癫痫发作|发作)\s*[2-9]\s*次"
)
"""Seizures that are counted: whether they were repetitive without return to baseline is not said."""


def parse_seizure(values: np.ndarray, item: Item, minutes: Item) -> Column:
    """Read seizures as a listed word and, where the cell says it, minutes: "focal seizure 1 min", 抽搐约2分钟.

    A duration given as "more than n" is prolonged when n is at least the item's bound, else not known."""
    name = item.name

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        word, lasted = _seizure(text, item, minutes)
        if word is not None:
            return (word, lasted), None
        if _SEVERAL.fullmatch(text.casefold()):
            expected = "whether the subject returned to baseline in between"
            return ("unspecified", math.nan), Remark(
                "word-to-confirm", "note", f"{name}: {shown(text)}", expected, "read as seizures"
            )
        return None, blank_remark(name, text) or unknown_word(name, text, item.spellings, item.words)

    codes, said, remarks, aside = each_cell(values, name, read)
    out = {
        item.column: spread([s[0] if s else None for s in said], codes, object, None),
        "seizure_minutes": spread([s[1] if s else math.nan for s in said], codes, np.float64, math.nan),
    }
    return Column(out, problems_of(remarks, codes), spread(aside, codes, np.bool_, False))


def _seizure(text: str, item: Item, minutes: Item) -> tuple[str | None, float]:
    word = listed(text, item)
    if word is not None:
        return word, math.nan
    lowered = text.casefold()
    m = _DURATION.search(lowered)
    lasted = math.nan
    said: list[str] = []
    if m:
        n = float((m["n2"] or m["n"]).replace(",", "."))
        conversion = minutes.conversion(m["unit"])
        lasted = conversion.apply(n) if conversion else math.nan
        if m["cmp"] in (">", ">=", "≥"):
            said = (
                ["prolonged"]
                if item.prolonged_from_minutes is not None and lasted >= item.prolonged_from_minutes
                else []
            )
            lasted = math.nan
        lowered = lowered[: m.start()] + " " + lowered[m.end() :]
    phrase = take_apart(lowered, item.spellings, tuple(f.casefold() for f in item.fillers))
    if phrase.rest or not (phrase.meanings or m):
        return None, math.nan
    said += phrase.meanings or ["unspecified"]
    if "none" in said and len(set(said)) > 1:
        return None, math.nan
    if {"non_convulsive", "resolved"} <= set(said):
        said.append("non_convulsive_resolved")
    return next(w for w in item.worst_first if w in said), lasted


# ---------------------------------------------------------------- causes of death


MOST_OF_A_CAUSE = 32_767
"""As much as a cell of a spreadsheet holds."""


def parse_death_cause(values: np.ndarray, item: Item) -> Column:
    """Read a cause of death: CRS or ICANS only where the cell names it plainly; "unclear:CRS" where it names it beside something else."""

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        if len(text) > MOST_OF_A_CAUSE:
            found = f"cause of death: {shown(text)}"
            return text, Remark("cell-too-long", "note", found, "a cause", "kept as text")
        if blank_remark("", text):
            return None, blank_remark("cause of death", text)
        words = item.spellings
        lowered = re.sub(r"(?:grade|gr\.?|g)?\s*[1-5](?:\s*级)?(?![0-9])", " ", text.casefold())
        phrase = take_apart(lowered, words, tuple(f.casefold() for f in item.fillers))
        named = [w for w in ("CRS", "ICANS") if w in phrase.meanings]
        if not named or "denied" in phrase.meanings:
            return text, None
        plainly = "?" not in text and (not phrase.rest or _names_as_cause(text.casefold(), words))
        cause = ";".join(named) if plainly else "unclear:" + ";".join(named)
        found = f"cause of death: {shown(text)}"
        note = Remark(
            "cause-unclear", "note", found, "CRS, ICANS or another cause", "not counted as a death due to it"
        )
        return cause, None if plainly else note

    return one_per_cell(values, item, "cause of death", read, object, texts=True)


def _names_as_cause(lowered: str, words: dict[str, str]) -> bool:
    """Whether all of a sentence leads to the named syndrome: "multi-organ failure due to CRS", CRS所致多器官功能衰竭."""
    marked = take_apart(lowered, {w: m for w, m in words.items() if m != "denied"})
    if len(marked.meanings) != 1:
        return False
    named = whole_words(tuple(w for w, m in words.items() if m != "denied")).pattern
    link = r"\b(?:due to|caused by|secondary to|because of|as a result of)\s+(?:severe|fatal|refractory|grade\s*[1-5])?"
    before = rf"{link}\s*(?:{named})\W*$"
    return (
        re.search(before, lowered) is not None
        or re.search(rf"^\W*(?:{named})\s*(?:所致|导致|引起)", lowered) is not None
    )


def parse_dose(values: np.ndarray, item: Item, items: Items) -> Column:
    """Read a column that holds yes/no or a dose as given (1) or not (0): "8 mg/kg" is 1, 0 and 无 are 0, the name of a drug is 1.

    A drug at dose 0 or by a local route (a cream) is 0; one beside an end or a doubt (prn) is set aside."""
    name = item.name.replace("_", " ")
    drugs = Drugs(items, _agents_for(item, items))

    def read(cell: Any, text: str) -> tuple[Any, Remark | None]:
        answer = yes_or_no(text)
        if answer is not None:
            return float(answer), None
        if is_missing_code(text):
            return None, blank_remark(name, text)
        said = said_by(cell)
        if not said.problem and not said.comparator and (said.unit is None or _is_dose_unit(said.unit)):
            return (
                (float(said.value > 0), None)
                if said.value >= 0
                else (None, unknown_word(name, text, ["yes", "no"]))
            )
        answer = answer_first(text, drugs)
        if answer is not None:
            return float(answer), beside_remark(name, text, "yes" if answer else "no")
        states = {p.state for p in drugs.read(text, remarks=False)}
        if states and states <= {RUNS, ABSENT, LOCALLY}:
            found = f"{name}: not given so that it counts"
            note = (
                Remark("nothing-given", "note", found, "", "read as not given", shown(text))
                if RUNS not in states
                else None
            )
            return float(RUNS in states), note
        remark = Remark(
            "not-a-dose",
            "set aside",
            f"{name}: {shown(text)} is neither yes, no nor a dose",
            "yes, no or a dose",
            "not used",
        )
        return None, blank_remark(name, text) or remark

    return one_per_cell(values, item, name, read, np.float64)


def _agents_for(item: Item, items: Items) -> dict[str, str]:
    """Spellings of the drugs that may stand in a yes/no-or-dose column: those of its own category, steroids count as anticytokine."""
    wanted = {
        "anticytokine": ("anticytokine", "tocilizumab", "corticosteroid"),
        "fluid_bolus": ("fluid",),
    }.get(item.name, (item.name,))
    return {
        text: agent for text, agent in items.agent_spellings.items() if items.agents[agent].category in wanted
    }


def _is_dose_unit(unit: str) -> bool:
    """Whether what follows a number is a unit of a dose, with its route and how often."""
    return not re.sub(r"[\s/()]", "", without_amounts("1 " + unit.casefold()))
