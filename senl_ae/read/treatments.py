"""What was given: the category and the agent of each intervention row."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.items import Items
from senl_ae.read.cells import Column
from senl_ae.read.measured import Values, chosen, is_filled, parse, where_blank
from senl_ae.read.recognise import Layout
from senl_ae.read.rows import Rows

UNLISTED = "agent-not-listed"
SHOWN = 8
"""So many unknown names are told in one line."""
NAMED = re.compile(r"^agent: (.*) is no listed drug or support$", re.DOTALL)
SUPPORT = frozenset({"vasopressor", "oxygen"})
CONTRADICTION = ""


def category_and_agent(layout: Layout, rows: Rows, items: Items) -> tuple[Values, np.ndarray]:
    """What each intervention row gives, and False where that cannot be told. A cell that names several drugs keeps them joined by `;`.

    A stated category stands; without one the agent says it. An agent that is not known is never guessed: with a category the row is a
    support of that category without a name, without one it is set aside.
    """
    stated, before = _column(layout, "category", rows, items), len(rows.issues.found)
    said = _agents(layout, rows, items)
    agent_issues = rows.issues.found[before:]
    del rows.issues.found[before:]
    nothing = np.full(len(rows), None, dtype=object)
    named = stated.values["category"] if stated else nothing
    agent, own = (said.values["agent"], said.values["category"]) if said else (nothing, nothing)
    _report_agents(rows, agent_issues, named, agent)
    unreadable = stated.set_aside if stated else np.zeros(len(rows), dtype=bool)
    category = _settled(named, own)
    category[unreadable & ~is_filled(named)] = None
    contradicts = category == CONTRADICTION
    done = "the row is not used"
    for i in np.flatnonzero(contradicts).tolist():
        found = f"category {named[i]}, and {agent[i]} is {own[i]}"
        rows.add("set aside", "category-disagrees", _letter(layout, "category"), [i], found, "a category that fits the agent", done)
    wordless = np.flatnonzero(~is_filled(category) & ~unreadable & ~_written(layout, rows))
    where = _letter(layout, "category") or _letter(layout, "agent")
    rows.add("set aside", "no-category", where, wordless, "neither a category nor an agent", "what was given", done)
    columns = {"category": category, "agent": np.where((category == "oxygen") & ~is_filled(agent), "oxygen", agent)}
    if said is not None:
        columns |= {name: column for name, column in said.values.items() if name in ("flow", "flow_upper", "fio2")}
    return Values(columns), is_filled(category) & ~contradicts


def _settled(stated: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The category of each row out of the stated one and its agents' own; CONTRADICTION where a vasopressor or oxygen is at odds."""
    codes, pairs = pd.factorize(pd.MultiIndex.from_arrays([pd.Series(stated, dtype=object), pd.Series(own, dtype=object)]))
    settled = np.full(len(pairs) + 1, None, dtype=object)
    for i, (category, agents) in enumerate(pairs):
        settled[i] = _settle(category if isinstance(category, str) else None, agents if isinstance(agents, str) else None)
    return settled[codes]


def _settle(stated: str | None, own: str | None) -> str | None:
    """One category, or one per agent joined by `;`. A steroid or tocilizumab given as "anticytokine" is counted as what it is."""
    if stated is None or own is None:
        return stated or own
    parts = own.split(";")
    if any(part != stated and (part in SUPPORT or stated in SUPPORT) for part in parts):
        return CONTRADICTION
    return ";".join(part if stated == "anticytokine" and part in ("corticosteroid", "tocilizumab") else stated for part in parts)


def _written(layout: Layout, rows: Rows) -> np.ndarray:
    """Rows on which some cell names an agent, known or not."""
    written = np.zeros(len(rows), dtype=bool)
    for heading in layout.claims("agent", layout.domain):
        written |= is_filled(rows.cells(heading.index))
    return written


def _column(layout: Layout, column: str, rows: Rows, items: Items) -> Column | None:
    return chosen(layout, column, layout.domain, rows, items)[0][1] if layout.claims(column, layout.domain) else None


def _letter(layout: Layout, column: str) -> str:
    claims = layout.claims(column, layout.domain)
    return claims[0].letter if claims else ""


def _agents(layout: Layout, rows: Rows, items: Items) -> Column | None:
    """What each row names: the coded name (CMDECOD), and where that is blank or unknown the one that was typed."""
    claims = sorted(layout.claims("agent", layout.domain), key=lambda h: (h.name != "agent_standard", h.name != h.column, h.index))
    if not claims:
        return None
    if len(claims) == 1 or claims[0].name != "agent_standard":
        return chosen(layout, "agent", layout.domain, rows, items)[0][1]
    merged = parse(rows, claims[0], items)
    for heading in claims[1:]:
        merged = where_blank(merged, parse(rows, heading, items))
    return merged


def _report_agents(rows: Rows, issues: list[Issue], category: np.ndarray, agent: np.ndarray) -> None:
    """An agent that is not known costs its name, not its row, where the category says what it was.

    Without a category it is a drug that no scale needs, one note for the whole column; one that is spelt much like a listed
    drug is set aside.
    """
    at = {int(index) + 1: position for position, index in enumerate(rows.index)} if issues else {}
    others: dict[str, list[Issue]] = {}
    for issue in issues:
        known = category[at[issue.row]] if issue.row in at else None
        if issue.code == UNLISTED and issue.row in at and agent[at[issue.row]] is not None:
            continue  # the other column of names says it
        if issue.code == UNLISTED and not known and "nearest" not in issue.expected:
            others.setdefault(issue.column, []).append(issue)
            continue
        if issue.severity == "set aside" or issue.code == UNLISTED:
            done = f"counted as {known} without a name" if known in SUPPORT else "the name is not used" if known else "the row is not used"
            severity = "note" if issue.code == UNLISTED and known and known not in SUPPORT else "set aside"
            issue = replace(issue, severity=severity, done=done)
        rows.issues.extend([issue])
    for column, told in others.items():
        _note_other_drugs(rows, column, told)


def _note_other_drugs(rows: Rows, column: str, told: list[Issue]) -> None:
    """Drugs and procedures of no category here: one line for the column, with the first names."""
    names = list(dict.fromkeys(NAMED.sub(r"\1", issue.found) for issue in told))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    number = len({issue.row for issue in told})
    found = f"{number} {'row names' if number == 1 else 'rows name'} no listed drug or support: {', '.join(names[:SHOWN])}{more}"
    rows.about_sheet("note", UNLISTED, found, "", "not used: of no category that is graded", column)


def one_agent_per_row(columns: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A cell that names two drugs is two administrations: the columns with such rows repeated, and each row's old position."""
    agent, category = columns["agent"], columns["category"]
    several = pd.Series(agent, dtype=object).str.contains(";", regex=False).fillna(False).to_numpy(dtype=bool)
    if not several.any():
        return columns, np.arange(len(agent))
    names = [a.split(";") if s else [a] for a, s in zip(agent, several, strict=True)]
    kinds = [(c.split(";") * len(n))[: len(n)] if len(n) > 1 else [c] for c, n in zip(category, names, strict=True)]
    old = np.repeat(np.arange(len(agent)), [len(n) for n in names])
    repeated = {name: column[old] for name, column in columns.items()}
    repeated["agent"] = np.array([*(one for n in names for one in n), None], dtype=object)[:-1]
    repeated["category"] = np.array([*(one for k in kinds for one in k), None], dtype=object)[:-1]
    return repeated, old
