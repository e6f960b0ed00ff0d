"""Fictional studies of any size with plausible courses, and the sample study's files.

Nothing here grades: a simulated subject is drawn as a course (when fever begins, how long it lasts, what support it needs), and the charts
are filled from the course. Everything is drawn from one stream of uniform numbers, so that a seed means the same study everywhere. Heavy
imports are made where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

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


def sample_folder() -> Path:
    """The folder of the sample study: inside the installed package, else beside pyproject.toml of a checkout."""
    inside = Path(__file__).resolve().parent / "sample_data"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[1] / "sample_data"


def sample_files() -> list[Path]:
    """The workbooks of the sample study: the English one that the demonstration grades, and its Chinese twin."""
    return [sample_folder() / "study_en.xlsx", sample_folder() / "study_zh.xlsx"]


def simulate_study(
    subjects: int, seed: int, *, rows_per_subject: int = 60, labs: bool = False
) -> dict[str, pd.DataFrame]:
    """A fictional study: subjects, vitals, interventions, neuro and, if asked for, labs, under the contract's column names.

    Vital signs are timed, denser to Day 14, `rows_per_subject` from the day before the infusion to Day 30 (fewer after a death). The same
    arguments give the same frames.
    """
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    course = _courses(subjects, rng)
    frames = {
        "subjects": _subjects(course),
        "vitals": _vitals(course, rows_per_subject, rng),
        "interventions": _interventions(course),
        "neuro": _neuro(course, rng),
    }
    if labs:
        frames["labs"] = _labs(course, rng)
    return frames


def _pick(chances: np.ndarray, u: np.ndarray) -> np.ndarray:
    """For each row of chances, which of its columns the uniform number falls into."""
    column: np.ndarray = (u[:, None] >= chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return column


def _courses(n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
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


def _at(infusion: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Clock times that many hours after the infusions, to the minute."""
    import numpy as np

    times: np.ndarray = infusion + np.round(hours * 60).astype("timedelta64[m]")
    return times


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
                dead, _at(c["infusion"], np.where(dead, c["last"], 0)), np.datetime64("NaT", "m")
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
            "datetime": _at(g["infusion"], hours).astype("datetime64[s]"),
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
        ends = np.where(np.isnan(end), np.datetime64("NaT", "m"), _at(c["infusion"], np.nan_to_num(end)))
        parts.append(
            pd.DataFrame(
                {
                    "subject_id": c["id"][got],
                    "category": category,
                    "agent": agent,
                    "start": _at(c["infusion"], begin)[got].astype("datetime64[s]"),
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
            "datetime": _at(g["infusion"], h).astype("datetime64[s]"),
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
            "datetime": _at(c["infusion"][who], hours).astype("datetime64[s]"),
            "test": names[test],
            "value": np.round(value * tenfold) / tenfold,
            "unit": units[test],
            "lln": per_test(lln),
            "uln": per_test(uln),
        }
    )


def one_sheet(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The vital signs as a site without a subject list sends them: dose level, age and infusion repeated on every row (12 columns)."""
    vitals = frames["vitals"].drop(columns=["map", "heart_rate", "resp_rate", "fio2"])
    who = (
        frames["subjects"]
        .set_index("subject_id")
        .loc[vitals["subject_id"], ["dose_level", "dose", "age", "infusion_datetime"]]
    )
    for place, name in enumerate(who.columns, start=1):
        vitals.insert(place, name, who[name].to_numpy())
    return vitals


def write_csv(path: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """One CSV per frame into a folder; a path that ends in .csv gets the vital signs alone, with the subject columns repeated."""

    def write(frame: pd.DataFrame, file: Path) -> None:
        frame.to_csv(file, index=False, date_format="%Y-%m-%d %H:%M", lineterminator="\n", encoding="utf-8")

    if path.suffix.lower() == ".csv":
        write(one_sheet(frames), path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        write(frame, path / f"{name}.csv")


def write_workbook(path: Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """One sheet per frame, fit to be looked at: bold frozen headings, widths, filters. The same frames give the same bytes.

    Missing values (None, NaN, NaT) are blank cells; dates keep their type, so that a spreadsheet program shows them as dates.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    from senl_ae.writing.archive import save_workbook

    book = Workbook(write_only=True)
    bold, fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E78")
    centred = Alignment(vertical="center", wrap_text=True)
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        values = [_plain(frame[c]) for c in frame.columns]
        for j, (heading, column) in enumerate(zip(frame.columns, values, strict=True), start=1):
            sheet.column_dimensions[get_column_letter(j)].width = _width(str(heading), column)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(values))}{len(frame) + 1}"
        sheet.row_dimensions[1].height = 30
        headings = []
        for heading in frame.columns:
            cell = WriteOnlyCell(sheet, value=str(heading))
            cell.font, cell.fill, cell.alignment = bold, fill, centred
            headings.append(cell)
        sheet.append(headings)
        for row in zip(*values, strict=True):
            sheet.append(row)
    save_workbook(book, path)


def _plain(column: pd.Series) -> list[object]:
    """Cells as openpyxl takes them: Python's own numbers and dates, None where missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def _width(heading: str, column: list[object]) -> float:
    """Wide enough for the heading on two lines and for the first cells; a Chinese character takes two places."""

    def places(text: str) -> int:
        return sum(1 + (ord(c) > 0x2E7F) for c in text)

    cells = [places(str(v)) for v in column[:200] if v is not None]
    return float(min(44, max(9, places(heading) * 0.7 + 3, *(min(c, 40) + 2 for c in cells or [0]))))
