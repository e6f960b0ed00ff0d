"""What is said about a sheet that cannot be read as a table of the study: what it holds, what it lacks, what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from senl_ae.issues import Issue
from senl_ae.read.headings.heading_row import (
    SEARCHED,
    HeadingRows,
    Vocabulary,
    find_headings,
    first_texts,
    heading_like,
)
from senl_ae.read.headings.rows import letter
from senl_ae.study import RawTable
from senl_ae.vocabulary.items import HeadingMatch, fold


def nearest_to(missing: str, rows: HeadingRows, vocabulary: Vocabulary) -> str:
    """The heading that may have been meant to be the one that is missing."""
    wanted = {
        fold(alias.text)
        for name in missing.replace(" or ", ", ").split(", ")
        if (item := vocabulary.items.by_name.get(name))
        for alias in item.aliases
    }
    unknown = [text for text in rows.texts if text and not vocabulary.meanings(text)]
    near = [text for text in unknown if difflib.get_close_matches(fold(text), wanted, 1, 0.7)]
    return (
        f'is "{near[0]}" meant? write it as {missing.split(" or ")[0].split(", ")[0]}, or say so in [columns] of senl-ae.toml'
        if near
        else ""
    )


def note_unknown(table: RawTable, assigned: str | None) -> Issue:
    """A sheet that is no table of measurements: named, never read."""
    if assigned == "ignore":
        found = "a sheet that was said to be ignored"
        return Issue("note", "sheet-ignored", table.file, table.sheet, found=found, done="not read")
    seen = first_texts(table)
    return Issue(
        "refuse" if assigned else "note",
        "unknown-sheet",
        file=table.file,
        sheet=table.sheet,
        found="no row of known headings" + (f"; it begins {listed(seen)}" if seen else ""),
        expected="headings such as subject_id, datetime, temperature",
        done="not read" if not assigned else f"it cannot be read as {assigned}",
    )


def note_incomplete(
    table: RawTable,
    rows: HeadingRows,
    domain: str,
    missing: str,
    meant: bool,
    vocabulary: Vocabulary,
) -> Issue:
    """A sheet with known headings and yet no table: refused where it was clearly meant to be read, else named."""
    ignore = f"add the column, or leave the sheet out with --as ignore={table.sheet or table.file}"
    return Issue(
        "refuse" if meant else "note",
        "required-column-missing" if meant else "unknown-sheet",
        file=table.file,
        sheet=table.sheet,
        row=rows.last + 1,
        found=f"looks like {domain}, but no heading is {missing}; the headings are {listed([t for t in rows.texts if t])}",
        expected=f"a heading for {missing}",
        done=nearest_to(missing, rows, vocabulary) or (ignore if meant else "not read"),
    )


def described(table: RawTable, vocabulary: Vocabulary, why: str) -> list[tuple[str, ...]]:
    """The headings of a sheet that is not read: what each would be by itself, and the nearest known one. Rows with values are not shown."""
    rows = find_headings(table, vocabulary)
    texts = list(rows.texts) if rows else heading_like(table)
    found: list[tuple[str, ...]] = []
    for index, text in enumerate(texts):
        if not text:
            continue
        meanings = vocabulary.meanings(text)
        domain = next(iter(meanings), "")
        match = meanings.get(domain)
        near = "" if match else vocabulary.nearest(text, SEARCHED)
        found.append(
            (
                letter(index),
                text,
                domain,
                match.item.name if match else "",
                (match.unit or "") if match else "",
                why,
                near,
            )
        )
    return found


def listed(texts: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(f'"{text[:40]}"' for text in texts[:most])
    return shown + (f" and {len(texts) - most} more" if len(texts) > most else "")


def refuse_planned(
    table: RawTable,
    rows: HeadingRows,
    domain: str,
    meaning: Callable[[str], HeadingMatch | None],
) -> Issue:
    """Refuse a sheet that says only when something was planned: a plan is no record of what happened."""
    meant = ((i, text, meaning(text)) for i, text in enumerate(rows.texts) if text)
    index, text = next(
        (i, text) for i, text, match in meant if match is not None and match.item.column == "planned"
    )
    return Issue(
        "refuse",
        "planned-time-alone",
        file=table.file,
        sheet=table.sheet,
        column=letter(index),
        found=f'"{text}" says when it was planned, and no column says when it happened',
        expected="a column of the actual date or time",
        done=f'add it; if "{text}" holds the actual times, say so in senl-ae.toml: [columns] "{text}" = '
        + ('"start"' if domain == "interventions" else '"datetime"'),
    )
