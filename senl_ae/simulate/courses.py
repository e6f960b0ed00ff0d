"""How a simulated subject fares: when it is infused, how severe each syndrome becomes, when that begins and how long it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FIRST_INFUSION = "2026-01-05T10:00"
DOSES = (5e5, 1e6, 2e6)
CRS_CHANCES = (
    (0.40, 0.34, 0.18, 0.06, 0.02, 0.0),
    (0.24, 0.36, 0.24, 0.11, 0.04, 0.01),
    (0.14, 0.32, 0.28, 0.16, 0.08, 0.02),
)
"""How often a simulated subject of each dose level has a course of severity 0-5: invented, rising with the dose."""
ICANS_CHANCES = (
    (0.96, 0.03, 0.01, 0.0, 0.0),
    (0.86, 0.08, 0.04, 0.02, 0.0),
    (0.70, 0.14, 0.09, 0.06, 0.01),
    (0.48, 0.18, 0.16, 0.14, 0.04),
    (0.34, 0.16, 0.20, 0.22, 0.08),
    (0.30, 0.16, 0.20, 0.22, 0.12),
)
"""How often a subject with CRS severity 0-5 has a neurological course of severity 0-4: invented."""


def _pick(chances: np.ndarray, u: np.ndarray) -> np.ndarray:
    """For each row of chances, which of its columns the uniform number falls into."""
    column: np.ndarray = (u[:, None] >= chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return column


def courses(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One entry per subject: who, when infused, and the shape of the course in hours after the infusion."""
    import numpy as np

    def u() -> np.ndarray:
        return rng.random(n)

    number = np.arange(n)
    level = number * len(DOSES) // max(n, 1)
    c: dict[str, np.ndarray] = {
        "id": np.array([f"S{i + 1:0{max(4, len(str(n)))}d}" for i in range(n)], dtype=object),
        "level": level,
    }
    c["age"] = np.where(u() < 0.3, 2 + (16 * u()).astype(int), 18 + (53 * u()).astype(int))
    c["male"] = u() < 0.55
    weight = np.where(c["age"] < 16, 8 + 2.7 * c["age"], 52 + 40 * u())
    c["weight"] = weight.round()
    c["infusion"] = (
        np.datetime64(FIRST_INFUSION, "m")
        + (number * 2 % 700) * np.timedelta64(1440, "m")
        + (u() * 240).astype(int)
    )
    crs = _pick(np.array(CRS_CHANCES)[level], u())
    icans = _pick(np.array(ICANS_CHANCES)[crs], u())
    c["crs"], c["icans"] = crs, icans
    c["onset"] = np.round(14 + 150 * u() ** 2)
    c["lasts"] = np.where(crs > 0, np.round((20 + 18 * crs) * (0.7 + 0.8 * u())), 0)
    c["relapse"] = np.where((crs > 0) & (crs < 5) & (u() < 0.07), c["onset"] + c["lasts"] + 96, np.inf)
    c["hypotensive"] = (crs >= 2) & (u() < 0.65)
    c["hypoxic"] = (crs >= 2) & (~c["hypotensive"] | (u() < 0.4))
    c["mask"] = u() < 0.35
    c["icans_onset"] = np.where(icans > 0, c["onset"] + 40 + np.round(50 * u()), np.inf)
    c["icans_lasts"] = np.where(icans > 0, 30 + 22 * icans + np.round(40 * u()), 1)
    c["last"] = np.where(crs == 5, c["onset"] + c["lasts"], np.inf)
    c["limit"] = np.where(c["age"] <= 10, 70 + 2 * c["age"], 90)
    c["usual_sbp"] = np.where(c["age"] < 12, c["limit"] + 16 + 8 * u(), 112 + 16 * u())
    return c


def at(infusion: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Clock times that many hours after the infusions, to the minute."""
    import numpy as np

    times: np.ndarray = infusion + np.round(hours * 60).astype("timedelta64[m]")
    return times
