"""Reported adverse events against the laboratory, term by term: how many agree, are lower, are higher, have no value, were not reported."""

from __future__ import annotations

import numpy as np
import pandas as pd

from senl_ae.report.count.long_results import Side, Tally
from senl_ae.report.count.printed import numbers
from senl_ae.report.tables.adverse_events import labs
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE
from senl_ae.report.tables.behind import evidence
from senl_ae.report.tables.table import Cell, Counting, Table

VERDICTS = ("agrees", "reported-lower", "reported-higher", "no-value", "not-reported")


def count(tally: Tally, counting: Counting) -> None:
    """How many events or runs of values of each term have each verdict, and whose they are."""
    tally.window_heading(counting.cohort)
    found = counting.results.frame(labs.FILE)
    who = pd.Index(counting.cohort.ids).get_indexer(pd.Index(found["subject_id"]))
    term, verdict = found["term"].to_numpy(dtype=object), found["verdict"].to_numpy(dtype=object)
    for name in sorted(set(term)) or (["Laboratory term"] if tally.mock else []):
        for one in VERDICTS:
            number = np.bincount(who[(term == name) & (verdict == one)], minlength=counting.cohort.n)
            tally.number(name, _named(one), number.astype(float), number > 0)


def behind(counting: Counting, cell: Cell) -> pd.DataFrame:
    """The comparisons of a term with a verdict, each with the rows of the event and of the value."""
    found = counting.results.frame(labs.FILE)
    verdict = found["verdict"].map(_named)
    of_cell = (found["term"] == cell.row) & found["subject_id"].isin(cell.subjects)
    rows = found[of_cell & ((verdict == cell.level) | (cell.level == ""))]
    reported = rows["pt"].where(rows["pt"] != "", rows["term"])
    return evidence(
        rows,
        reported + ": " + verdict[rows.index].str.lower(),
        datetime=rows["start"],
        grade=numbers(rows["reported_grade"]),
        source=(rows["source_event"] + ";" + rows["source_lab"]).str.strip(";"),
    )


def _named(verdict: str) -> str:
    return verdict.replace("-", " ").capitalize()


TABLE = Table(
    "ae-labs-verdicts",
    "11l",
    "Adverse events against the laboratory by term",
    count=count,
    needs=labs.there,
    absent=labs.absent,
    notes=lambda counting: [
        "Numbers of events and of runs of values, not of subjects.",
        *labs.notes(counting),
    ],
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    behind=behind,
    beside=tuple(Side(_named(one), _named(one), n="total", percent="") for one in VERDICTS),
)
