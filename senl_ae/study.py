"""The nouns between the rooms: the sheets as they were read, and the study they were read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from senl_ae.issues import Issues
    from senl_ae.settings import Settings

Assign = Mapping[str, str | list[str]]
"""Domain (or ignore) -> the sheet or sheets that somebody said to be of it (--as vitals=Sheet3)."""
DAY = 86_400
HOUR = 3_600
MINUTE = 60
"""In seconds, as every time is."""

NO_TIME = -(2**62)
"""Stands for "no time recorded" in every column of seconds."""


@dataclass(frozen=True)
class RawTable:
    """One sheet of one file, column by column, before anybody decided what it means.

    `columns[j][i]` is the cell in spreadsheet column j (0 = A) and spreadsheet row i + 1: None where blank, else str, bool, int,
    float, datetime.datetime, datetime.date or datetime.time as the file holds it. All columns have the same length. Text is as typed
    (not stripped). Rows above the headings are kept, so that index and spreadsheet row never drift apart.
    """

    file: str
    sheet: str
    columns: list[np.ndarray]
    error_cells: frozenset[tuple[int, int]] = frozenset()
    """(row index, column index) of cells that hold a spreadsheet error such as #N/A; their value in `columns` is None."""
    unstored_formulas: frozenset[tuple[int, int]] = frozenset()
    """Cells with a formula and no stored value; their value in `columns` is None."""
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged ranges as (first row, first column, last row, last column), indexes from 0, last included."""
    text_dates: bool = False
    """True where the file has no cell types (CSV): every non-blank cell is then str."""
    hidden: bool = False
    """True for a sheet that a person who opens the workbook does not see."""
    coded: frozenset[int] = frozenset()
    """Columns of a form's export that may hold codes instead of words: no data dictionary says what they mean."""


@dataclass(frozen=True)
class Sheet:
    """Where the rows of one recognised table came from; row frames point here by its position in Study.sheets."""

    file: str
    sheet: str
    domain: str
    columns: dict[str, str]
    """Item name -> spreadsheet column letter(s), as for `C`."""


@dataclass(frozen=True)
class InputFile:
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Asked:
    """What was asked when a study was read: which files, by which settings and tables, and what somebody said a sheet to be."""

    files: tuple[Path, ...]
    settings: Settings
    assign: Assign = field(default_factory=dict)
    table_folders: tuple[Path, ...] = ()
    """Folders with grading tables and words beside the program's own."""


@dataclass
class Study:
    """Everything a trial recorded, typed and with its address; no clinical decision taken yet.

    Frames (see `FRAMES` for their columns). `subject` is the position of the subject's row in `subjects`, which is sorted by subject_id.
    Times are whole seconds since 1970-01-01 (no zone), NO_TIME where missing; a date-only value is midnight of its date with its
    `*_is_date` (or `is_day`) flag set. Numbers are float64 with NaN for blank; yes/no columns are float64 1, 0, NaN; words are
    object columns holding the canonical word or None. `doubtful` (bool) marks rows with a qualifier (status, route, specimen) that
    says something nobody can read: the row may be nothing at all, so that it never proves a grade and raises only the ceiling.
    `end_recorded` is the end of an interval as it was recorded, where that cannot be: `end` is how far it counts, and it may have
    run on. `sheet` is a position in `sheets`, `row` the spreadsheet row.
    """

    subjects: pd.DataFrame
    vitals: pd.DataFrame
    interventions: pd.DataFrame
    neuro: pd.DataFrame
    labs: pd.DataFrame
    events: pd.DataFrame
    adjudications: pd.DataFrame
    sheets: list[Sheet]
    sources: frozenset[str]
    """Names of items that have a column somewhere (`oxygen_device`, `vasopressors`, ...) and `interventions:<category>` for every
    intervention category that has at least one row. What is not here has no source in this study."""
    inputs: list[InputFile]
    issues: Issues
    counts: dict[str, int] = field(default_factory=dict)
    """Rows read, by reason they are not graded: what makes the row account add up."""
    extra: dict[str, Any] = field(default_factory=dict)
    asked: Asked | None = None
    """None where the study was not read from files."""


FRAMES: dict[str, tuple[str, ...]] = {
    "subjects": (
        "subject_id",
        "infusion",
        "infusion_is_date",
        "age",
        "birth_date",
        "sex",
        "dose_level",
        "dose",
        "hypotension_sbp",
        "developmental_delay",
        "death",
        "death_is_date",
        "death_cause",
        "last_contact",
        "cutoff",
        "retreatment",
        "conditioning",
        "new_therapy",
        "progression",
        "lymphodepletion_start",
        "weight_kg",
        "disease",
        "site",
        "cohort",
        "planned_dose",
        "product",
        "sheet",
        "row",
    ),
    "vitals": (
        "subject",
        "time",
        "is_day",
        "temperature",
        "temperature_site",
        "sbp",
        "dbp",
        "map",
        "heart_rate",
        "resp_rate",
        "spo2",
        "oxygen_device",
        "oxygen_flow",
        "oxygen_flow_upper",
        "fio2",
        "hypotension",
        "fluid_bolus",
        "vasopressors",
        "tocilizumab",
        "corticosteroid",
        "antipyretic",
        "anticytokine",
        "sheet",
        "row",
    ),
    "interventions": (
        "subject",
        "category",
        "agent",
        "start",
        "start_is_date",
        "end",
        "end_is_date",
        "dose",
        "unit",
        "flow",
        "flow_upper",
        "fio2",
        "indication",
        "ongoing",
        "doubtful",
        "end_recorded",
        "sheet",
        "row",
    ),
    "neuro": (
        "subject",
        "time",
        "is_day",
        "ice_total",
        "ice_unable",
        "ice_orientation",
        "ice_naming",
        "ice_command",
        "ice_writing",
        "ice_attention",
        "capd_total",
        "capd_unable",
        "capd_1",
        "capd_2",
        "capd_3",
        "capd_4",
        "capd_5",
        "capd_6",
        "capd_7",
        "capd_8",
        "consciousness",
        "avpu",
        "rass",
        "gcs",
        "seizure",
        "seizure_minutes",
        "motor",
        "cerebral_oedema",
        "icp_sign",
        "sedated",
        "unable_reason",
        "sheet",
        "row",
    ),
    "labs": (
        "subject",
        "time",
        "is_day",
        "test",
        "value",
        "comparator",
        "unit",
        "lln",
        "uln",
        "symptomatic",
        "intervention",
        "hospitalised",
        "anticoagulated",
        "transfused",
        "specimen",
        "doubtful",
        "sheet",
        "row",
    ),
    "events": (
        "subject",
        "term",
        "grade",
        "severity",
        "start",
        "start_is_date",
        "end",
        "end_is_date",
        "soc",
        "serious",
        "related",
        "dlt",
        "outcome",
        "scale",
        "sheet",
        "row",
    ),
    "adjudications": (
        "subject",
        "syndrome",
        "action",
        "sign",
        "start",
        "start_is_date",
        "end",
        "end_is_date",
        "grade",
        "reason",
        "by",
        "on",
        "sheet",
        "row",
    ),
}
"""Columns of each frame, in order; every frame has all of them, even when it has no rows. `subjects` may have more (kept as text)."""
