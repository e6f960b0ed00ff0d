"""The nouns between the rooms: the sheets as they were read, and the study they were read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from senl_ae.frame import NO_TIME as NO_TIME
from senl_ae.frame import Frame

if TYPE_CHECKING:
    import numpy as np

    from senl_ae.arrays import Mask, Numbers, Seconds, Whole, Words
    from senl_ae.issues import Issues
    from senl_ae.settings import Settings

Assign = Mapping[str, str | list[str]]
"""Domain (or ignore) -> the sheet or sheets that somebody said to be of it (--as vitals=Sheet3)."""
DAY = 86_400
HOUR = 3_600
MINUTE = 60
"""In seconds, as every time is."""


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


class Timed(Frame):
    """Rows of one moment each, or of a whole date (`is_day`: the time is its midnight)."""

    subject: Whole
    time: Seconds
    is_day: Mask


class Subjects(Frame):
    """One row per subject, sorted by subject_id; the one frame that may have further columns, of words under their own headings."""

    subject_id: Words
    infusion: Seconds
    infusion_is_date: Mask
    age: Numbers
    birth_date: Seconds
    sex: Words
    dose_level: Words
    dose: Numbers
    hypotension_sbp: Numbers
    developmental_delay: Numbers
    death: Seconds
    death_is_date: Mask
    death_cause: Words
    last_contact: Seconds
    cutoff: Seconds
    retreatment: Seconds
    conditioning: Seconds
    new_therapy: Seconds
    progression: Seconds
    lymphodepletion_start: Seconds
    weight_kg: Numbers
    disease: Words
    site: Words
    cohort: Words
    planned_dose: Words
    product: Words
    sheet: Whole
    row: Whole


class Vitals(Timed):
    """Vital signs, and what was charted beside them."""

    temperature: Numbers
    temperature_site: Words
    sbp: Numbers
    dbp: Numbers
    map: Numbers
    heart_rate: Numbers
    resp_rate: Numbers
    spo2: Numbers
    oxygen_device: Words
    oxygen_flow: Numbers
    oxygen_flow_upper: Numbers
    fio2: Numbers
    hypotension: Numbers
    fluid_bolus: Numbers
    vasopressors: Words
    tocilizumab: Numbers
    corticosteroid: Numbers
    antipyretic: Numbers
    anticytokine: Numbers
    sheet: Whole
    row: Whole


class Interventions(Frame):
    """What was given or done, and for how long.

    doubtful: the row may be nothing at all, so that it never proves a grade and raises only the ceiling. end_recorded: the end as it was
    recorded, where that cannot be; `end` is how far it counts, and it may have run on.
    """

    subject: Whole
    category: Words
    agent: Words
    start: Seconds
    start_is_date: Mask
    end: Seconds
    end_is_date: Mask
    dose: Words
    unit: Words
    flow: Numbers
    flow_upper: Numbers
    fio2: Numbers
    indication: Words
    ongoing: Numbers
    doubtful: Mask
    end_recorded: Seconds
    sheet: Whole
    row: Whole


class Neuro(Timed):
    """Neurological checks."""

    ice_total: Numbers
    ice_unable: Numbers
    ice_orientation: Numbers
    ice_naming: Numbers
    ice_command: Numbers
    ice_writing: Numbers
    ice_attention: Numbers
    capd_total: Numbers
    capd_unable: Numbers
    capd_1: Numbers
    capd_2: Numbers
    capd_3: Numbers
    capd_4: Numbers
    capd_5: Numbers
    capd_6: Numbers
    capd_7: Numbers
    capd_8: Numbers
    consciousness: Words
    avpu: Words
    rass: Numbers
    gcs: Numbers
    seizure: Words
    seizure_minutes: Numbers
    motor: Words
    cerebral_oedema: Words
    icp_sign: Words
    sedated: Numbers
    unable_reason: Words
    sheet: Whole
    row: Whole


class Labs(Timed):
    """Laboratory values. `doubtful`: the row may be nothing at all, so that it never proves a grade."""

    test: Words
    value: Numbers
    comparator: Words
    unit: Words
    lln: Numbers
    uln: Numbers
    symptomatic: Numbers
    intervention: Numbers
    hospitalised: Numbers
    anticoagulated: Numbers
    transfused: Numbers
    specimen: Words
    doubtful: Mask
    sheet: Whole
    row: Whole


class Events(Frame):
    """Adverse events as the investigators reported them, where the syndromes look for CRS and ICANS."""

    subject: Whole
    term: Words
    grade: Numbers
    severity: Words
    start: Seconds
    start_is_date: Mask
    end: Seconds
    end_is_date: Mask
    soc: Words
    serious: Numbers
    related: Words
    dlt: Numbers
    outcome: Words
    scale: Words
    sheet: Whole
    row: Whole


class AdverseEvents(Frame):
    """Every row of the sheets of reported events, in the order of the input, as it was read; nothing of it is imputed.

    A start and an end are the first and the last second that the cell can mean, NO_TIME where nothing is known; precision says what of the
    date was not known: D the day, M the month too, missing all of it, else "". raw: the cell as it was typed.
    """

    subject: Whole
    term: Words
    pt: Words
    soc: Words
    llt: Words
    pt_code: Words
    soc_code: Words
    llt_code: Words
    meddra: Words
    grade: Numbers
    grade_upper: Numbers
    severity: Words
    baseline_grade: Numbers
    start_first: Seconds
    start_last: Seconds
    start_is_date: Mask
    start_precision: Words
    start_raw: Words
    end_first: Seconds
    end_last: Seconds
    end_is_date: Mask
    end_precision: Words
    end_raw: Words
    ongoing: Words
    serious: Numbers
    serious_fatal: Numbers
    serious_life_threatening: Numbers
    serious_hospitalised: Numbers
    serious_disability: Numbers
    serious_congenital: Numbers
    serious_other: Numbers
    related: Words
    related_lymphodepletion: Words
    dlt: Numbers
    outcome: Words
    action: Words
    treatment: Numbers
    scale: Words
    event_id: Words
    sheet: Whole
    row: Whole


class Adjudications(Frame):
    """What the investigators ruled."""

    subject: Whole
    syndrome: Words
    action: Words
    sign: Words
    start: Seconds
    start_is_date: Mask
    end: Seconds
    end_is_date: Mask
    grade: Numbers
    reason: Words
    by: Words
    on: Words
    sheet: Whole
    row: Whole


FRAMES: dict[str, type[Frame]] = {
    frame.__name__.lower(): frame
    for frame in (Subjects, Vitals, Interventions, Neuro, Labs, Events, Adjudications)
} | {"adverse_events": AdverseEvents}
"""Domain -> the frame of its rows, in the order of the domains; the rows of a sheet of events stand in two."""


@dataclass(frozen=True)
class Study:
    """Everything a trial recorded, typed and with its address; no clinical decision taken yet.

    `subject` is the position of the subject's row in `subjects`. Times are whole seconds since 1970-01-01 (no zone), NO_TIME where
    missing; a date-only value is midnight of its date with its `*_is_date` (or `is_day`) flag set. Numbers are nan where blank; yes/no
    columns are numbers 1, 0, nan; words are the canonical word or None. `sheet` is a position in `sheets`, `row` the spreadsheet row.
    """

    subjects: Subjects
    vitals: Vitals
    interventions: Interventions
    neuro: Neuro
    labs: Labs
    events: Events
    adjudications: Adjudications
    sheets: list[Sheet]
    sources: frozenset[str]
    """Names of items that have a column somewhere (`oxygen_device`, `vasopressors`, ...) and `interventions:<category>` for every
    intervention category that has at least one row. What is not here has no source in this study."""
    inputs: list[InputFile]
    issues: Issues
    counts: dict[str, int] = field(default_factory=dict)
    """Rows read, by reason they are not graded: what makes the row account add up."""
    adverse_events: AdverseEvents = field(default_factory=AdverseEvents.without_rows)
    asked: Asked | None = None
    """None where the study was not read from files."""
    reading: str = "charted"
    """The record as it is charted, or the least or the most that its doubts leave (`grade/time/doubt.py`)."""
    every_moment: bool = False
    """At the least too, intervals in doubt make assessments where they start."""
    possibly_graded: Mask | None = None
    """At the least: assessments of the most that are graded 1 or more in any reading."""

    def address(self, rows: str | Frame, position: int, item: str = "") -> dict[str, Any]:
        """Where a row stands, as an issue names it: its file, sheet and row, the column of an item, and whose row it is.

        rows: a domain, or some of its rows in a frame of their own.
        """
        frame = self.frame(rows) if isinstance(rows, str) else rows
        number = int(frame["sheet"][position])
        sheet = self.sheets[number] if 0 <= number < len(self.sheets) else None
        who = position if frame is self.subjects else frame["subject"][position]
        return {
            "file": sheet.file if sheet else "",
            "sheet": sheet.sheet if sheet else "",
            "row": int(frame["row"][position]) if sheet else None,
            "column": sheet.columns.get(item, "") if sheet else "",
            "subject_id": str(self.subjects.subject_id[who]),
        }

    def frame(self, domain: str) -> Frame:
        """The rows of a domain."""
        found: Frame = getattr(self, domain)
        return found

    def timed(self, domain: str) -> Timed:
        """The rows of a domain whose rows have one moment each."""
        found: Timed = getattr(self, domain)
        return found
