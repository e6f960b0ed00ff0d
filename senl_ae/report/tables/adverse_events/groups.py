"""Which groups of adverse events are of special interest, as the run has them: how each was looked for, and what is derived beside it."""

from __future__ import annotations

from dataclasses import dataclass

from senl_ae.report.count.folder import ResultsFolder


@dataclass(frozen=True)
class Interest:
    """One group. names: how many names were looked for; derived: the syndromes and laboratory terms that stand beside it."""

    id: str
    title: str
    names: int
    derived: tuple[str, ...]


def groups_of(results: ResultsFolder) -> list[Interest]:
    """The groups of the run, in its order; none where it had none."""
    return [
        Interest(group["id"], group["title"], group["names"], tuple(group["derived"]))
        for group in results.run.get("aesi", ())
    ]
