"""Which design at which target a study or a command asked for, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from senl_ae.escalation.design import Design, close_rates, design_of, designs, words
from senl_ae.escalation.trial import Plan
from senl_ae.issues import refusal
from senl_ae.settings import Escalation, refused_by

DONE = "nothing was computed"
OF_EVERY_DESIGN = ("target", "levels", "start", "cohort_size", "stop_n")
"""What the settings say whatever the design; all else is an option of some designs."""
OPTIONS = tuple(name for name in Escalation.model_fields if name not in ("design", *OF_EVERY_DESIGN))


def escalation_of(asked: Escalation | None, **said: Any) -> Escalation:
    """The escalation in force: the settings', then what the command line said. Raises Refused where no design is named.

    Another design than that of the settings does not take over their options, which are not its own.
    """
    given = {key: value for key, value in said.items() if value is not None}
    values = asked.model_dump() if asked else {}
    if given.get("design", values.get("design")) != values.get("design"):
        values = {key: values[key] for key in OF_EVERY_DESIGN if key in values}
    values |= given
    if "design" not in values:
        raise refusal(
            "no-design",
            "no escalation design",
            '[escalation] with design = "boin" and target = 0.30 in the settings, or --design and --target',
            DONE,
        )
    try:
        return Escalation.model_validate(values)
    except ValidationError as error:
        raise refused_by(error, "", "escalation") from None


def design_asked(asked: Escalation) -> Design:
    """The published design with what was set otherwise. Raises Refused where the design does not have what was set."""
    given = {name: value for name in OPTIONS if (value := getattr(asked, name)) is not None}
    design = designs()[asked.design]
    if strange := sorted(given.keys() - set(design.options)):
        raise refusal(
            "design-has-no-such-option",
            f"{', '.join(strange)} with design {design.name}",
            f"of these only {', '.join(design.options)}",
            DONE,
        )
    if design.cohort_size is not None and (
        asked.cohort_size != design.cohort_size or asked.stop_n is not None
    ):
        stop = f", stop_n {asked.stop_n}" if asked.stop_n is not None else ""
        raise refusal(
            "design-has-no-such-option",
            f"design {design.name} with cohorts of {asked.cohort_size}{stop}",
            f"cohorts of {design.cohort_size} and no stop_n: it ends by itself",
            DONE,
        )
    design = design_of(asked.design, asked.target, **given)
    low, high = close_rates(design)
    if not (low > 0 and high < 1):
        raise refusal(
            "target-too-near-the-end",
            f"target {asked.target:g} with rates from {float(low):g} to {float(high):g} close to it",
            "a lowest close rate above 0 and a highest below 1: set e1 or e2",
            DONE,
        )
    return design


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
    done = DONE
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
