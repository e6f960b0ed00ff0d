"""Which design at which target a study or a command asked for, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from senl_ae.escalation.design import Design, design_of, words
from senl_ae.escalation.trial import Plan
from senl_ae.issues import refusal
from senl_ae.settings import Escalation, refused_by

OPTIONS = tuple(name for name in Design.__dataclass_fields__ if name in Escalation.model_fields)
"""What a study may set otherwise than its design's publication has it."""


def escalation_of(asked: Escalation | None, **said: Any) -> Escalation:
    """The escalation in force: the settings', then what the command line said. Raises Refused where no design is named."""
    values = (asked.model_dump() if asked else {}) | {key: v for key, v in said.items() if v is not None}
    if "design" not in values:
        raise refusal(
            "no-design",
            "no escalation design",
            '[escalation] with design = "boin" and target = 0.30 in the settings, or --design and --target',
            "nothing was computed",
        )
    try:
        return Escalation.model_validate(values)
    except ValidationError as error:
        raise refused_by(error, "", "escalation") from None


def design_asked(asked: Escalation) -> Design:
    """The published design with what was set otherwise."""
    return design_of(asked.design, **{name: getattr(asked, name) for name in OPTIONS})


def plan_asked(asked: Escalation, levels: int, cohorts: int | None) -> Plan:
    """How a trial of so many levels and cohorts is run."""
    design = design_asked(asked)
    most = asked.cohort_size * (cohorts or 2)
    start = asked.levels.index(asked.start) if asked.start else 0
    return Plan(design, levels, words(design, most), asked.cohort_size, cohorts, start, asked.stop_n)


def check_rates(name: str, rates: Sequence[float], asked: Escalation, force: bool) -> None:
    """Raises Refused where the rates of a scenario are no shares, do not fit the levels, or fall without `force`."""
    shown = ", ".join(f"{rate:g}" for rate in rates)
    wrong = expected = ""
    done = "nothing was simulated"
    if not rates or any(not 0 <= rate <= 1 for rate in rates):
        wrong, expected = (
            f"rates {shown or 'none'}",
            "one share from 0 to 1 for each level, as 0.05,0.15,0.30",
        )
    elif asked.levels and len(rates) != len(asked.levels):
        wrong = f"{len(rates)} rates"
        expected = f"{len(asked.levels)}, one for each level: {', '.join(asked.levels)}"
    elif any(b < a for a, b in pairwise(rates)) and not force:
        wrong, expected = f"rates that fall: {shown}", "rates that rise with the dose, as the design assumes"
        done += "; --force simulates them as they are"
    if wrong:
        raise refusal("rates-wrong", f"{name}: {wrong}", expected, done)
