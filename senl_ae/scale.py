"""The nouns of a published scale: its rules, what each asks of which item, and what drives a grade; as facts of a run, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Factor:
    """A bound that depends on the row: `times` the named column of it, plus `plus`."""

    times: float
    of: str
    plus: float = 0.0


@dataclass(frozen=True)
class Condition:
    """One cell of a rule: the item, how it is compared (the key says whether the bound belongs to it), and with what."""

    item: str
    op: str
    value: float | str | tuple[str, ...] | Factor


@dataclass(frozen=True)
class Rule:
    """One row of a published table: where all its conditions hold, the record proves `grade` and cannot rule out `ceiling`."""

    id: str
    axis: str
    when: tuple[Condition, ...]
    says: str
    grade: int | None = None
    ceiling: int | None = None
    flag: str = ""
    missing: str = ""
    """What would settle it, where the ceiling is above the grade."""
    term: str = ""
    unit: str = ""
    direction: str = ""
    test: str = ""
    source: str = ""
    driver: str = ""
    """What drove a grade that this rule set, in the few words of a table (a name of the scale's `driver` entries)."""

    @property
    def top(self) -> int:
        """The highest grade that the rule leaves open where it holds: its own, or its ceiling."""
        return max(self.grade or 0, self.ceiling or 0)

    def facts(self) -> dict[str, Any]:
        """The rule as its table writes it, without what is left blank there."""
        when: dict[str, dict[str, Any]] = {}
        for c in self.when:
            when.setdefault(c.item, {})[c.op] = asdict(c.value) if isinstance(c.value, Factor) else c.value
        return {name: value for name, value in vars(self).items() if value not in ("", None)} | {"when": when}


@dataclass(frozen=True)
class Driver:
    """One thing that can drive a grade: its name in a table, and shorter where there is little room."""

    name: str
    short: str


KEPT = ("id", "title", "syndrome", "source", "doi", "version", "course")
"""What results keep of a scale beside its rules."""


@dataclass(frozen=True)
class Scale:
    """One version of one published scale."""

    id: str
    title: str
    syndrome: str
    source: str
    rules: tuple[Rule, ...]
    file: str
    doi: str = ""
    version: str = ""
    course: str = "grades"
    """How runs are formed: `signs` behind a fever gate (CRS), or `grades` (any other)."""
    assessed_in: str = "vitals"
    """The domain whose rows are its assessments."""
    zero_needs: tuple[str, ...] = ()
    """Items any one of which, when known, can establish grade 0; empty: all items of the rules must be known."""
    coverage: float | None = None
    order: int | None = None
    """Where its figures stand among those of the others; scales without one come after, and their columns at the end."""
    signs: tuple[str, ...] = ()
    """Axes that are signs behind the gate."""
    drivers: tuple[Driver, ...] = ()
    """What can drive a grade, in the order of print; rules that name none are driven by what they say."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Further tables of the file (limits by age, for one), named in `EXTRA_TABLES`."""

    def rule(self, rule_id: str) -> Rule | None:
        return next((r for r in self.rules if r.id == rule_id), None)

    def asked(self) -> dict[str, list[Condition]]:
        """Every item that the rules ask about, as the table has them, with its conditions; what a bound is a factor of too."""
        found: dict[str, list[Condition]] = {}
        for condition in (c for rule in self.rules for c in rule.when):
            found.setdefault(condition.item, []).append(condition)
            if isinstance(condition.value, Factor):
                found.setdefault(condition.value.of, [])
        return found

    def in_words(self, rules: Collection[str] | None = None) -> dict[str, Any]:
        """What results keep of the scale, so that its grades are explained by the rules of the day: its paper and its rules (or some)."""
        correction = self.extra.get("terms", {}).get("corrected_calcium")
        extra = {"terms": {"corrected_calcium": correction}} if correction else {}
        return {
            **{name: getattr(self, name) for name in KEPT},
            "rules": [rule.facts() for rule in self.rules if rules is None or rule.id in rules],
            "extra": extra | {k: v for k, v in self.extra.items() if k == "unreadable"},
        }

    def facts(self, syndrome: str) -> dict[str, Any]:
        """What a run says of the scale that graded `syndrome`, so that its results can be read without the tables."""
        drivers = [{"name": d.name, "short": d.short, "rules": list(rules)} for d, rules in self.driven_by()]
        return {
            "syndrome": syndrome,
            "id": self.id,
            "title": self.title,
            "version": self.version,
            "source": self.source,
            "coverage": self.coverage,
            "drivers": drivers,
        }

    def driven_by(self) -> list[tuple[Driver, tuple[str, ...]]]:
        """Each thing that can drive a grade with the ids of its rules: the table's drivers in their order, then what other rules say."""
        said = [r.driver or r.says for r in self.rules if r.grade is not None]
        known = {d.name: d for d in self.drivers}
        order = dict.fromkeys([*known, *said])
        of = {
            name: tuple(r.id for r in self.rules if (r.driver or r.says) == name and r.grade is not None)
            for name in order
        }
        return [(known.get(name, Driver(name, name)), ids) for name, ids in of.items()]


def bound_of(op: str, value: Any) -> float | str | tuple[str, ...] | Factor | None:
    """What a comparison compares with, as a table writes it; None where that is no bound of this comparison."""
    if op == "in":
        return (
            tuple(value)
            if isinstance(value, list) and value and all(isinstance(v, str) for v in value)
            else None
        )
    if op == "is":
        return value if isinstance(value, str) else None
    if isinstance(value, dict):
        if set(value) <= {"times", "of", "plus"} and isinstance(value.get("of"), str):
            return Factor(float(value.get("times", 1)), value["of"], float(value.get("plus", 0)))
        return None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def scale_in_words(facts: Mapping[str, Any]) -> Scale:
    """A scale as results kept it (`Scale.in_words`)."""
    rules = tuple(
        Rule(**{**rule, "when": tuple(_conditions(rule["when"]))}) for rule in facts.get("rules", ())
    )
    return Scale(
        **{name: facts.get(name, "") for name in KEPT}, rules=rules, file="", extra=facts.get("extra", {})
    )


def _conditions(when: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for item, cell in when.items():
        for op, value in cell.items():
            bound = bound_of(op, value)
            if bound is None:
                raise ValueError(f"{item}: {op} = {value!r} is no bound")
            yield Condition(item, op, bound)


def given_columns(syndromes: Sequence[str]) -> dict[str, str]:
    """By syndrome the column of treatments.csv that names the episodes a treatment was given in; the first has the plain name."""
    return {name: "given_in" if i == 0 else f"given_in_{name.lower()}" for i, name in enumerate(syndromes)}
