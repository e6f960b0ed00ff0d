"""What was given: the category and the agent of each intervention row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from senl_ae.issues import Issue
from senl_ae.read.cells.columns import most_frequent, shown
from senl_ae.read.headings.recognised import Layout
from senl_ae.read.headings.rows import Rows
from senl_ae.read.values.coded_names import coded_and_typed
from senl_ae.read.values.measured import Values, chosen, is_filled, parse, where_blank
from senl_ae.read.values.stated_categories import report_categories
from senl_ae.read.words.kinds import Column
from senl_ae.vocabulary.items import Items

UNLISTED = "agent-not-listed"
POSSIBLE = ("agent-in-doubt", "agents-disagree")
"""Issues of agents that stay in the study as possible, never proven."""
SUPPORT = frozenset({"vasopressor", "oxygen"})
UNNAMED = {"oxygen": "oxygen"}
"""The agent of a support of which only the category is known; empty for all others."""
CONTRADICTION = ""


def category_and_agent(layout: Layout, rows: Rows, items: Items) -> tuple[Values, np.ndarray]:
    """What each intervention row gives, and False where that cannot be told. A cell that names several drugs keeps them joined by `;`.

    A stated category stands; without one, or with one that is not listed, the agent says it. Where the two are at odds the row is
    possible as either, never proven. An agent that is not known is never guessed: with a category the row is a support of that
    category without a name, without one it counts for nothing. An agent at rate 0, denied, or by a local route gives nothing;
    `in_doubt` names the agents beside which an end or a doubt stands.
    """
    of_category, of_agent = rows.apart(), rows.apart()
    stated = _column(layout, "category", of_category, items)
    said = _agents(layout, of_agent, items)
    nothing = np.full(len(rows), None, dtype=object)
    named = stated.values["category"] if stated else nothing
    agent, own = (said.values["agent"], said.values["category"]) if said else (nothing, nothing)
    unknown = stated.set_aside & ~is_filled(named) if stated else np.zeros(len(rows), dtype=bool)
    held = report_categories(rows, of_category.told, unknown & _written(layout, rows), layout, items)
    _report_agents(rows, of_agent.told, named, own, _letter(layout, "agent"), _agent_cells(layout, rows))
    unreadable = unknown & ~is_filled(own)
    category = _settled(named, own)
    contradicts = category == CONTRADICTION
    _tell_odds(rows, np.flatnonzero(contradicts), named, agent, own, _letter(layout, "category"))
    agent, category = _either(agent, category, named, own, contradicts)
    done = "the row is not used"
    wordless = np.flatnonzero(~is_filled(category) & ~unreadable & ~_written(layout, rows))
    where = _letter(layout, "category") or _letter(layout, "agent")
    rows.add(
        "set aside", "no-category", where, wordless, "neither a category nor an agent", "what was given", done
    )
    columns = {
        "category": category,
        "agent": np.where((category == "oxygen") & ~is_filled(agent), "oxygen", agent),
    }
    if said is not None:
        columns |= {
            name: column for name, column in said.values.items() if name in ("flow", "flow_upper", "fio2")
        }
        columns["in_doubt"] = np.where(contradicts | held, agent, said.values["in_doubt"])
    given = ~is_filled(said.values["nothing"]) if said is not None else np.ones(len(rows), dtype=bool)
    return Values(columns), is_filled(category) & given


def _settled(stated: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The category of each row out of the stated one and its agents' own; CONTRADICTION where a vasopressor or oxygen is at odds."""
    codes, pairs = pd.factorize(
        pd.MultiIndex.from_arrays([pd.Series(stated, dtype=object), pd.Series(own, dtype=object)])
    )
    settled = np.full(len(pairs) + 1, None, dtype=object)
    for i, (category, agents) in enumerate(pairs):
        settled[i] = _settle(
            category if isinstance(category, str) else None, agents if isinstance(agents, str) else None
        )
    return settled[codes]


def _settle(stated: str | None, own: str | None) -> str | None:
    """One category, or one per agent joined by `;`. A steroid or tocilizumab given as "anticytokine" is counted as what it is."""
    if stated is None or own is None:
        return stated or own
    parts = own.split(";")
    if any(part != stated and (part in SUPPORT or stated in SUPPORT) for part in parts):
        return CONTRADICTION
    return ";".join(
        part if stated == "anticytokine" and part in ("corticosteroid", "tocilizumab") else stated
        for part in parts
    )


def _tell_odds(
    rows: Rows, at: np.ndarray, stated: np.ndarray, agent: np.ndarray, own: np.ndarray, letter: str
) -> None:
    """Name each row whose category and agent are at odds."""
    expected, done = "a category that fits the agent", "possible, never proven"
    for i in at.tolist():
        found = f"category {stated[i]}, and {agent[i]} is {own[i]}"
        rows.add("set aside", "category-disagrees", letter, [i], found, expected, done)


def _either(
    agent: np.ndarray, category: np.ndarray, stated: np.ndarray, own: np.ndarray, at_odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Agents and categories, joined by `;`, where rows at odds are their agents as what these are and as what the category says."""
    agent, category = agent.copy(), category.copy()
    for i in np.flatnonzero(at_odds).tolist():
        names, kinds = agent[i].split(";"), own[i].split(";")
        if stated[i] in SUPPORT and stated[i] not in kinds:
            names, kinds = [*names, UNNAMED.get(stated[i], "")], [*kinds, stated[i]]
        agent[i], category[i] = ";".join(names), ";".join(kinds)
    return agent, category


def _written(layout: Layout, rows: Rows) -> np.ndarray:
    """Rows on which some cell names an agent, known or not."""
    written = np.zeros(len(rows), dtype=bool)
    for heading in layout.claims("agent", layout.domain):
        written |= is_filled(rows.cells(heading.index))
    return written


def _column(layout: Layout, column: str, rows: Rows, items: Items) -> Column | None:
    return (
        chosen(layout, column, layout.domain, rows, items)[0][1]
        if layout.claims(column, layout.domain)
        else None
    )


def _letter(layout: Layout, column: str) -> str:
    claims = layout.claims(column, layout.domain)
    return claims[0].letter if claims else ""


def _agents(layout: Layout, rows: Rows, items: Items) -> Column | None:
    """What each row names: the coded name (CMDECOD) and the one that was typed, which also says whether it ran."""
    claims = sorted(
        layout.claims("agent", layout.domain),
        key=lambda h: (h.name != "agent_standard", h.name != h.column, h.index),
    )
    if not claims:
        return None
    if len(claims) == 1 or claims[0].name != "agent_standard":
        return chosen(layout, "agent", layout.domain, rows, items)[0][1]
    typed = parse(rows, claims[1], items)
    for heading in claims[2:]:
        typed = where_blank(typed, parse(rows, heading, items))
    merged, at_odds, words = coded_and_typed(parse(rows, claims[0], items), typed, items)
    for number, found in enumerate(words):
        at = np.flatnonzero(at_odds == number)
        unsure = set(str(merged.values["category"][at[0]]).split(";")) & SUPPORT
        severity, done = (
            "set aside" if unsure else "note",
            "what only one of the two says is possible, never proven",
        )
        rows.add(severity, "agents-disagree", claims[0].letter, at, found, "two names of one drug", done)
    return merged


def _agent_cells(layout: Layout, rows: Rows) -> np.ndarray:
    """The cells of the first column of agents."""
    claims = layout.claims("agent", layout.domain)
    return rows.cells(claims[0].index) if claims else np.full(len(rows), None, dtype=object)


def _report_agents(
    rows: Rows, issues: Sequence[Issue], category: np.ndarray, own: np.ndarray, letter: str, cells: np.ndarray
) -> None:
    """An agent that is not known costs its name, not its row, where the category says that it is a support; all others (vitamins) are
    one note for the column."""
    at = {int(index) + 1: position for position, index in enumerate(rows.index)} if issues else {}
    others: dict[int, str] = {}
    for issue in issues:
        position = at.get(issue.row) if issue.row is not None else None
        known = category[position] if position is not None else None
        if issue.code == UNLISTED and position is not None and known not in SUPPORT:
            if not isinstance(own[position], str):
                others[position] = shown(cells[position] if isinstance(cells[position], str) else issue.found)
            continue
        if issue.code == "agent-misspelt" and position is not None and isinstance(own[position], str):
            continue  # the standard name beside it is known
        if issue.code == UNLISTED or (issue.severity == "set aside" and issue.code not in POSSIBLE):
            done = (
                f"counted as {known} without a name"
                if known in SUPPORT
                else "the name is not used"
                if known
                else "the row is not used"
            )
            misspelt = issue.code == "agent-misspelt" and known and known not in SUPPORT
            issue = replace(issue, severity="note" if misspelt else "set aside", done=done)
        rows.told.append(issue)
    if others:
        found = f"agents of no category here: {most_frequent(Counter(others.values()).items())}"
        rows.about_sheet("note", UNLISTED, found, "", "not used; no scale asks for them", letter)


def one_agent_per_row(columns: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A cell that names two drugs is two administrations: the columns with such rows repeated, and each row's old position."""
    agent, category = columns["agent"], columns["category"]
    in_doubt = columns.pop("in_doubt", np.full(len(agent), None, dtype=object))
    several = pd.Series(agent, dtype=object).str.contains(";", regex=False).fillna(False).to_numpy(dtype=bool)
    if not several.any():
        return _with_doubts(columns, in_doubt), np.arange(len(agent))
    names = [a.split(";") if s else [a] for a, s in zip(agent, several, strict=True)]
    kinds = [
        (c.split(";") * len(n))[: len(n)] if len(n) > 1 else [c] for c, n in zip(category, names, strict=True)
    ]
    old = np.repeat(np.arange(len(agent)), [len(n) for n in names])
    repeated = {name: column[old] for name, column in columns.items()}
    repeated["agent"] = np.array([*(one or None for n in names for one in n), None], dtype=object)[:-1]
    repeated["category"] = np.array([*(one for k in kinds for one in k), None], dtype=object)[:-1]
    return _with_doubts(repeated, in_doubt[old]), old


def _with_doubts(columns: dict[str, np.ndarray], in_doubt: np.ndarray) -> dict[str, np.ndarray]:
    """The rows whose agent may not have run are `doubtful`, beside those that are so for another reason."""
    at = np.flatnonzero(is_filled(in_doubt))
    doubtful = columns.get("doubtful", np.zeros(len(in_doubt), dtype=bool)).copy()
    agents = columns["agent"]
    doubtful[at] |= np.array(
        [(agents[i] or "") in in_doubt[i].split(";") or agents[i] == in_doubt[i] for i in at], dtype=bool
    )
    return columns | {"doubtful": doubtful}
