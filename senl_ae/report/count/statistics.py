"""How a count becomes a percentage, an interval, a median: the one place where numbers for print are worked out.

Percentages and quartiles are as SAS prints them (half up; PCTLDEF=5), intervals are exact or Wilson, the Kaplan-Meier median carries the
log-log interval and, where the curve lies at one half, the midpoint, as SAS and R have it. Nothing here knows a table or a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

import numpy as np

CONFIDENCE = 0.95
CI_METHODS = {"clopper-pearson": "Clopper-Pearson", "wilson": "Wilson"}
HALF_TOLERANCE = 1e-9
"""How near S(t) must come to one half to be one half: products of fractions do not land on it to the last bit."""


def percentage(n: int, of: int, decimals: int = 1) -> str:
    """n of N in per cent, half up: 1 of 16 is 6.3. Whole numbers throughout, so that no tie depends on a binary fraction."""
    if of <= 0:
        raise ValueError("a percentage needs a denominator above 0")
    step = 10**decimals
    rounded = (2 * n * 100 * step + of) // (2 * of)
    return f"{rounded // step}.{rounded % step:0{decimals}d}" if decimals else str(rounded)


def half_up(value: float, decimals: int = 1) -> str:
    """A number as printed, half up on its shortest decimal form (0.25 is 0.3)."""
    text = str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
    return text.lstrip("-") if float(text) == 0 else text


def short(value: float, decimals: int = 1) -> str:
    """A day, a score or a median without needless zeros: 4, 4.5."""
    text = half_up(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def interval(n: int, of: int, method: str = "clopper-pearson") -> tuple[float, float]:
    """The 95 % confidence interval of n of N in per cent, exact (Clopper-Pearson) or Wilson; never Wald.

    0 of 3 is 0.0-70.8, 3 of 3 is 29.2-100.0 (Clopper-Pearson).
    """
    if not 0 <= n <= of or of <= 0:
        raise ValueError(f"no interval for {n} of {of}")
    if method == "clopper-pearson":
        low, high = _clopper_pearson(n, of)
    elif method == "wilson":
        low, high = _wilson(n, of)
    else:
        raise ValueError(f"{method!r} is none of {', '.join(CI_METHODS)}")
    return 100 * low, 100 * high


def _clopper_pearson(n: int, of: int) -> tuple[float, float]:
    from scipy.special import betaincinv  # scipy.stats would take seconds to import for the same function

    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if n == 0 else float(betaincinv(n, of - n + 1, tail))
    high = 1.0 if n == of else float(betaincinv(n + 1, of - n, 1 - tail))
    return low, high


def _wilson(n: int, of: int) -> tuple[float, float]:
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = n / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # at the ends the limit is 0 or 1 exactly; the subtraction would leave a crumb
    return (0.0 if n == 0 else centre - half), (1.0 if n == of else centre + half)


def poisson_interval(n: int) -> tuple[float, float]:
    """The exact 95 % limits of an expected number of which n were seen: 0 is 0-3.69, 10 is 4.80-18.39."""
    from scipy.special import gammaincinv

    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if n == 0 else float(gammaincinv(n, tail))
    return low, float(gammaincinv(n + 1, 1 - tail))


def quantile(values: Sequence[float], numerator: int, denominator: int) -> float:
    """The quantile numerator/denominator as SAS PCTLDEF=5: the averaged inverse of the distribution function."""
    ordered = sorted(values)
    whole, rest = divmod(len(ordered) * numerator, denominator)
    if rest:
        return float(ordered[whole])
    return (ordered[whole - 1] + ordered[whole]) / 2


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Q1, median, Q3: of 1 2 3 5 8 13 they are 2, 4 and 8."""
    return quantile(values, 1, 4), quantile(values, 1, 2), quantile(values, 3, 4)


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan-Meier median with its limits; None where the curve never falls so far."""

    median: float | None
    low: float | None
    high: float | None
    n: int
    events: int


def kaplan_meier(times: Sequence[float], resolved: Sequence[bool]) -> KaplanMeier:
    """The median time to resolution with its 95 % interval (log-log), from times some of which only say "not yet".

    A time of infinity that is not resolved is one that never resolves: it stays at risk for ever. At one time, resolutions come before
    censoring. Where S(t) is one half over an interval the median is its midpoint.
    """
    time = np.asarray(times, dtype=float)
    event = np.asarray(resolved, dtype=bool)
    steps, ended = np.unique(time[event], return_counts=True)
    at_risk = len(time) - np.searchsorted(np.sort(time), steps, side="left")
    survival = np.cumprod(1 - ended / at_risk)
    survival[at_risk == ended] = 0.0
    low, high = _log_log_limits(survival, at_risk, ended)
    return KaplanMeier(
        median=_first_at_half(steps, survival),
        low=_first_at_half(steps, low),
        high=_first_at_half(steps, high),
        n=len(time),
        events=int(event.sum()),
    )


def _log_log_limits(
    survival: np.ndarray, at_risk: np.ndarray, ended: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper curve; not a number where S(t) is 0, as Greenwood's variance is not defined there."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(ended / (at_risk * (at_risk - ended)))
        log_log = np.log(-np.log(survival))
        error = np.sqrt(greenwood) / np.abs(np.log(survival))
        low = np.exp(-np.exp(log_log + z * error))
        high = np.exp(-np.exp(log_log - z * error))
    undefined = survival <= 0
    low[undefined] = np.nan
    high[undefined] = np.nan
    return low, high


def _first_at_half(steps: np.ndarray, curve: np.ndarray) -> float | None:
    """The first time the curve is at or below one half; the midpoint to the next step where it lies at one half."""
    below = np.flatnonzero(curve <= 0.5 + HALF_TOLERANCE)
    if below.size == 0:
        return None
    first = int(below[0])
    on_half = abs(curve[first] - 0.5) <= HALF_TOLERANCE
    if on_half and first + 1 < len(steps):
        return float((steps[first] + steps[first + 1]) / 2)
    return float(steps[first])


def weighted_kappa(counts: np.ndarray) -> float | None:
    """Agreement of two graders on ordered grades beyond chance, linear weights (Cicchetti-Allison, as SAS); None where chance agrees fully.

    counts[i, j] is the number of subjects with the i-th grade by one and the j-th by the other; grades are equally spaced.
    """
    table = np.asarray(counts, dtype=float)
    total = table.sum()
    if total == 0:
        return None
    size = len(table)
    weights = 1 - np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    observed = (weights * table).sum() / total
    expected = (weights * np.outer(table.sum(axis=1), table.sum(axis=0))).sum() / total**2
    return None if math.isclose(expected, 1.0) else float((observed - expected) / (1 - expected))
