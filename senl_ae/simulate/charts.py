"""What the charts of a simulated subject hold: each sheet filled from the course that was drawn, under the contract's column names.

Everything is drawn from one stream of uniform numbers, so that a seed means the same study everywhere. Heavy imports are made where
they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from senl_ae.simulate.courses import DOSES, at, courses

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LAB_TESTS = (
    # test, unit, LLN, ULN, usual value, share lost at the nadir of the counts, share gained per step of severity, decimals
    ("WBC", "10^9/L", 3.5, 9.5, 5.5, 0.95, 0.0, 2),
    ("ANC", "10^9/L", 1.8, 6.3, 3.4, 0.985, 0.0, 2),
    ("ALC", "10^9/L", 1.1, 3.2, 1.6, 0.98, 0.0, 2),
    ("Hemoglobin", "g/L", 115, 150, 124, 0.28, -0.03, 0),
    ("Platelets", "10^9/L", 125, 350, 190, 0.75, -0.03, 0),
    ("ALT", "U/L", 7, 40, 22, 0.0, 0.9, 0),
    ("AST", "U/L", 13, 35, 24, 0.0, 1.1, 0),
    ("Total bilirubin", "umol/L", 3.4, 20.5, 9, 0.0, 0.4, 1),
    ("Creatinine", "umol/L", 41, 97, 66, 0.0, 0.14, 0),
    ("Fibrinogen", "g/L", 2.0, 4.0, 3.1, 0.0, -0.12, 2),
)


def simulate_study(
    subjects: int, seed: int, *, rows_per_subject: int = 60, labs: bool = False
) -> dict[str, pd.DataFrame]:
    """A fictional study: subjects, vitals, interventions, neuro and, if asked for, labs, under the contract's column names.

    Vital signs are timed, denser to Day 14, `rows_per_subject` from the day before the infusion to Day 30 (fewer after a death). The same
    arguments give the same frames.
    """
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    course = courses(subjects, rng)
    frames = {
        "subjects": _subjects(course),
        "vitals": _vitals(course, rows_per_subject, rng),
        "interventions": _interventions(course),
        "neuro": _neuro(course, rng),
    }
    if labs:
        frames["labs"] = _labs(course, rng)
    return frames


def _subjects(c: dict[str, np.ndarray]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    dead = c["crs"] == 5
    return pd.DataFrame(
        {
            "subject_id": c["id"],
            "dose_level": np.array([f"DL{i + 1}" for i in range(len(DOSES))], dtype=object)[c["level"]],
            "dose": np.array(DOSES)[c["level"]],
            "age": c["age"],
            "sex": np.where(c["male"], "M", "F").astype(object),
            "weight_kg": c["weight"],
            "lymphodepletion_start": c["infusion"].astype("datetime64[D]").astype("datetime64[s]")
            - np.timedelta64(5, "D"),
            "infusion_datetime": c["infusion"].astype("datetime64[s]"),
            "death_date": np.where(
                dead, at(c["infusion"], np.where(dead, c["last"], 0)), np.datetime64("NaT", "m")
            ).astype("datetime64[s]"),
            "death_cause": np.array([None, "CRS"], dtype=object)[dead.astype(int)],
        }
    )


def _schedule(c: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Which subject and how many hours after the infusion, one entry per charted row; two thirds of the rows fall before Day 15."""
    import numpy as np

    place = (np.arange(n) + 0.5) / n
    planned = np.interp(place, (0.0, 0.06, 0.68, 1.0), (-24.0, 2.0, 350.0, 725.0))
    jitter = 0.4 * np.interp(place, (0.0, 0.68, 1.0), (350 / (0.62 * n), 350 / (0.62 * n), 375 / (0.32 * n)))
    hours = planned + jitter * (rng.random((len(c["id"]), n)) - 0.5)
    who, kept = np.nonzero(hours <= c["last"][:, None])
    return who, hours[who, kept]


def _vitals(c: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Charts: a fever curve with dips, pressure below the limit of the age in the middle of it, and oxygen, by the severity drawn."""
    import numpy as np
    import pandas as pd

    who, hours = _schedule(c, n, rng)
    g = {name: values[who] for name, values in c.items()}
    a, b, d, e = rng.random((4, len(who)))
    phase = np.where(g["crs"] > 0, (hours - g["onset"]) / np.maximum(g["lasts"], 1), -1)
    again = (hours - g["relapse"]) / 30
    ill, ill_again = (phase >= 0) & (phase <= 1), (again >= 0) & (again <= 1)
    curve = np.sin(np.pi * np.where(ill, phase, np.where(ill_again, again, 0)))
    temperature = np.where(
        (ill | ill_again) & (a > 0.12), 38.1 + (0.9 + 0.25 * g["crs"]) * curve + 0.5 * b, 36.3 + 0.9 * b
    )
    worst = ill & (phase >= 0.25) & (phase <= 0.8)
    low = worst & g["hypotensive"]
    treated = low & (g["crs"] >= 3)
    sbp = np.where(
        treated, g["limit"] + 2 + 10 * d, np.where(low, g["limit"] - 1 - 9 * d, g["usual_sbp"] - 5 + 12 * d)
    )
    device, flow = _oxygen(g, worst & g["hypoxic"], d, e)
    supported = device != "room air"
    spo2 = np.where(supported, 91 + 5 * b, 95 + 4.9 * b)

    def whole(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
        return np.where(missing, np.nan, np.floor(values))

    blank_pressure = d < 0.03
    return pd.DataFrame(
        {
            "subject_id": g["id"],
            "datetime": at(g["infusion"], hours).astype("datetime64[s]"),
            "temperature": np.where(e < 0.02, np.nan, temperature.round(1)),
            "sbp": whole(sbp, blank_pressure),
            "dbp": whole(sbp * 0.6 + 4 * a, blank_pressure),
            "map": whole(sbp * 0.73, blank_pressure | (a < 0.5)),
            "heart_rate": whole(
                np.where(g["age"] < 12, 96, 74) + 13 * np.maximum(temperature - 37, 0) + 9 * a, e > 0.97
            ),
            "resp_rate": whole(
                np.where(g["age"] < 12, 22, 15) + 2 * np.maximum(temperature - 37, 0) + 4 * a, e > 0.95
            ),
            "spo2": whole(spo2, b < 0.05),
            "oxygen_device": device,
            "oxygen_flow": flow,
            "fio2": np.where(
                np.isin(device, ("high-flow nasal cannula", "cpap", "ventilator")),
                40 + 5 * np.floor(6 * a),
                np.nan,
            ),
        }
    )


def _oxygen(
    g: dict[str, np.ndarray], needed: np.ndarray, d: np.ndarray, e: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Device and flow (L/min): cannula for the mild, mask or high flow for the severe, positive pressure for the worst."""
    import numpy as np

    crs, child = g["crs"], g["age"] < 12
    severe = needed & (crs == 3)
    device = np.full(len(needed), "room air", dtype=object)
    device[needed & (crs == 2)] = "nasal cannula"
    device[severe] = np.where(g["mask"], "simple mask", "high-flow nasal cannula")[severe]
    device[needed & (crs == 4)] = np.where(g["mask"], "cpap", "ventilator")[needed & (crs == 4)]
    device[needed & (crs == 5)] = "ventilator"
    high = np.where(child, 8 + np.floor(10 * e), 20 + 5 * np.floor(7 * e))
    devices = [device == name for name in ("nasal cannula", "simple mask", "high-flow nasal cannula")]
    flow = np.select(devices, [1 + np.floor(5 * d), 5 + np.floor(5 * d), high], np.nan)
    return device, flow


def _interventions(c: dict[str, np.ndarray]) -> pd.DataFrame:
    """Drugs and support as intervals, hours drawn from the same courses as the charts."""
    import numpy as np
    import pandas as pd

    crs, start, lasts = c["crs"], c["onset"], c["lasts"]
    nobody = np.full(len(crs), np.nan)
    pressors = c["hypotensive"] & (crs >= 3)
    steroid = np.minimum(start + 0.5 * np.maximum(lasts, 2), c["icans_onset"] + 6)
    given: list[tuple[str, str | None, np.ndarray, np.ndarray, np.ndarray, str | None]] = [
        ("antipyretic", "paracetamol", crs >= 1, start + 1, nobody, "fever"),
        ("tocilizumab", "tocilizumab", crs >= 2, start + 0.4 * lasts, nobody, "CRS"),
        ("fluid", None, c["hypotensive"], start + 0.25 * lasts, start + 0.25 * lasts + 1, "hypotension"),
        ("vasopressor", "norepinephrine", pressors, start + 0.25 * lasts, start + 0.8 * lasts, "hypotension"),
        (
            "vasopressor",
            "epinephrine",
            pressors & (crs >= 4),
            start + 0.4 * lasts,
            start + 0.6 * lasts,
            "hypotension",
        ),
        ("corticosteroid", "dexamethasone", (crs >= 3) | (c["icans"] >= 2), steroid, nobody, "CRS"),
        ("icu", None, crs >= 3, start + 0.2 * lasts, start + lasts, None),
    ]
    parts = []
    for category, agent, got, begin, end, why in given:
        ends = np.where(np.isnan(end), np.datetime64("NaT", "m"), at(c["infusion"], np.nan_to_num(end)))
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": c["id"][got],
                    "category": category,
                    "agent": agent,
                    "start": at(c["infusion"], begin)[got].astype("datetime64[s]"),
                    "end": ends[got].astype("datetime64[s]"),
                    "indication": why,
                }
            ).astype({"agent": object, "indication": object, "category": object})
        )
    return pd.concat(parts, ignore_index=True).sort_values(
        ["subject_id", "start", "category", "agent"], ignore_index=True
    )


def _neuro(c: dict[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """A morning score the day before, on the evening of Day 0, and on Days 1-14: ICE from 12 years, CAPD below."""
    import numpy as np
    import pandas as pd

    hours = np.array([-25, 8, *range(23, 23 + 24 * 14, 24)], dtype=float)
    who, when = np.nonzero(hours[None, :] <= c["last"][:, None])
    g, h = {name: values[who] for name, values in c.items()}, hours[when]
    phase = np.where(
        np.isfinite(g["icans_onset"]), (h - np.nan_to_num(g["icans_onset"], posinf=0)) / g["icans_lasts"], -1
    )
    ill = (g["icans"] > 0) & (phase >= 0) & (phase <= 1)
    wave = np.round(g["icans"] * np.sin(np.pi * np.clip(phase, 0.02, 0.98)) + 0.2)
    severity = np.where(ill, np.clip(wave, 1, 4), 0).astype(int)
    child, u = g["age"] < 12, rng.random(len(who))
    ice = np.array((10, 8, 4, 1, 0))[severity] + (ill & (severity < 3) & (severity > 0) & (u < 0.5))
    capd = np.array((0, 4, 6, 12, 20))[severity] + (ill & (u < 0.5))
    words = np.array(("awake", "awake", "voice", "touch", "unarousable"), dtype=object)
    return pd.DataFrame(
        {
            "subject_id": g["id"],
            "datetime": at(g["infusion"], h).astype("datetime64[s]"),
            "ice_total": np.where(child, np.nan, ice),
            "capd_total": np.where(child, capd, np.nan),
            "consciousness": words[severity],
            "seizure": np.where((severity == 4) & (u < 0.3), "focal seizure 2 min", "no").astype(object),
            "motor": "no",
            "sedated": "no",
        }
    )


def _labs(c: dict[str, np.ndarray], rng: np.random.Generator) -> pd.DataFrame:
    """Ten draws of ten tests: counts fall after lymphodepletion and return, the rest moves with the severity of the course."""
    import numpy as np
    import pandas as pd

    days = np.array((-6, 0, 1, 3, 5, 7, 10, 14, 21, 28))
    names, units, lln, uln, usual, lost, gained, decimals = (
        np.array(column, dtype=object) for column in zip(*LAB_TESTS, strict=True)
    )
    who, draw, test = (
        x.ravel()
        for x in np.meshgrid(
            np.arange(len(c["id"])), np.arange(len(days)), np.arange(len(names)), indexing="ij"
        )
    )
    hours = days[draw] * 24.0 - 3.5
    kept = hours <= c["last"][who]
    who, draw, test, hours = who[kept], draw[kept], test[kept], hours[kept]
    day = days[draw]
    nadir = np.where(day < -5, 0, np.exp(-(((day - 6) / 6.5) ** 2)))
    storm = c["crs"][who] * np.exp(-(((day - 5) / 4) ** 2))

    def per_test(column: np.ndarray) -> np.ndarray:
        return column.astype(float)[test]

    moved = np.maximum(0.02, (1 - per_test(lost) * nadir) * (1 + per_test(gained) * storm))
    value = per_test(usual) * (0.92 + 0.16 * rng.random(len(who))) * moved
    tenfold = 10.0 ** per_test(decimals)
    return pd.DataFrame(
        {
            "subject_id": c["id"][who],
            "datetime": at(c["infusion"][who], hours).astype("datetime64[s]"),
            "test": names[test],
            "value": np.round(value * tenfold) / tenfold,
            "unit": units[test],
            "lln": per_test(lln),
            "uln": per_test(uln),
        }
    )
