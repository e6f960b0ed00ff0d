"""What a run says of its scales: what drives their grades and every rule in words, so that results are read without the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from senl_ae.scale import Scale, scale_in_words

if TYPE_CHECKING:
    from senl_ae.grade.graded import Graded


def with_drivers(run: dict[str, Any]) -> dict[str, Any]:
    """The facts of a run with what can drive each of its grades; an older run does not say, and the program's own tables do."""
    if run.get("scales") and all("drivers" in scale for scale in run["scales"]):
        return run
    from senl_ae.grade.rules.scales import load_scales

    own = {s.id: s.facts(s.syndrome) for s in load_scales(laboratory=False).values()}
    return run | {"scales": [own.get(scale["id"], {}) | scale for scale in run.get("scales") or own.values()]}


def rules_kept(graded: Graded, ctcae: str, named: Iterable[str]) -> dict[str, Any]:
    """The rules that explain the results, by the name of what they grade; of laboratory tables those that grades of values name.

    ctcae: the version in force; others share its ids. named: the column `rules` of labs.csv.
    """
    ids = {rule_id for text in set(named) for rule_id in str(text or "").split(";")}
    kept = {name: s.course.scale.in_words() for name, s in graded.syndromes.items()}
    found = {
        scale.id: scale.in_words(ids)
        for scale in graded.scales.values()
        if scale.course == "laboratory" and (scale.syndrome != "laboratory" or scale.version == ctcae)
    }
    return kept | {name: scale for name, scale in found.items() if scale["rules"]}


def scales_kept(run: Mapping[str, Any]) -> dict[str, Scale]:
    """The scales of a run, by the name of what they grade, with the rules that it kept; none of a run that kept no rules."""
    return {str(name): scale_in_words(facts) for name, facts in run.get("rules", {}).items()}
