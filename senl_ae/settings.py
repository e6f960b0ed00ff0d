"""The conventions in force: every choice the published text leaves open, with its default, in one frozen object."""

from __future__ import annotations

import difflib
import errno
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from senl_ae.issues import Issues, Refused
from senl_ae.writing import shown

FILE_NAME = "senl-ae.toml"
SMALL_BYTES = 4_000_000
"""No settings file and no grading table is larger."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CarryForwardHours(_Frozen):
    """How old an earlier value may be and still stand for a blank at a timed assessment, in hours, inclusive."""

    temperature: float = Field(default=8, ge=0)
    blood_pressure: float = Field(default=4, ge=0)
    oxygen: float = Field(default=12, ge=0)


class BlankMeans(_Frozen):
    """What a blank cell says where the study records the item: `none` (room air, no vasopressor) or `unknown`."""

    oxygen: Literal["none", "unknown"] = "none"
    vasopressors: Literal["none", "unknown"] = "none"


class ZeroNeedsCoverage(_Frozen):
    """Share of the dates Day 0 to `days` with an evaluable assessment that a subject needs before "no event" is grade 0."""

    crs: float = Field(default=0.8, ge=0, le=1)
    icans: float = Field(default=0.5, ge=0, le=1)
    days: int = Field(default=14, ge=0)


class Range(_Frozen):
    """A laboratory's reference range for one test, for rows that bring none."""

    test: str
    unit: str
    lln: float | None = None
    uln: float | None = None
    sex: Literal["M", "F"] | None = None
    age_min: float | None = None
    age_max: float | None = None


class HypotensionLimit(_Frozen):
    """Systolic limit for ages from `age_from` (completed years) on: `base + per_year * age` mmHg; hypotension is strictly below it."""

    age_from: float = Field(ge=0)
    base: float
    per_year: float = 0


class Settings(_Frozen):
    """All settings of one run. A key that is not here is refused with the nearest known name."""

    study: str = Field("", description="name of the study, printed on every page")
    # time
    safety_window_days: int = Field(
        30, ge=0, description="last study day of the safety window, Day 0 being the infusion"
    )
    dlt_window_days: int = Field(28, ge=0, description="last study day of the dose-limiting-toxicity window")
    carry_forward_hours: CarryForwardHours = Field(
        CarryForwardHours(), description="how long a value stands for later blanks"
    )
    blank_means: BlankMeans = Field(
        BlankMeans(), description="what a blank cell says where the study records the item"
    )
    # cytokine release syndrome
    fever_gate: Literal["run", "strict"] = Field(
        "run",
        description="run: fever is waived to the end of the run; strict: only with a fever or a recorded drug",
    )
    clear_hours: float = Field(24, ge=0, description="hours without signs that end a run")
    clear_gap_hours: float = Field(
        48, ge=0, description="longest gap between neighbouring clear assessments, hours"
    )
    run_gap_days: float = Field(7, ge=0, description="a longer gap between assessments ends a run, days")
    overlap_minutes: float = Field(
        60, ge=0, description="shortest overlap of two vasopressors that counts as two together, minutes"
    )
    anticytokine_days: float = Field(
        14, ge=0, description="how long an anticytokine drug may hide a fever, days"
    )
    antipyretic_days: float = Field(3, ge=0, description="how long an antipyretic may hide a fever, days")
    hypotension_limits: tuple[HypotensionLimit, ...] = Field(
        (), description="replaces the age limits of systolic pressure of the CRS table"
    )
    late_onset_day: int = Field(14, ge=0, description="a first onset after this day is flagged")
    # figures per subject
    zero_needs_coverage: ZeroNeedsCoverage = Field(
        ZeroNeedsCoverage(), description="how well a subject must have been seen for a grade 0"
    )
    merge_within_days: int = Field(
        0, ge=0, description="episodes that start within so many days of the previous end are one"
    )
    # laboratory
    ctcae: Literal["4.03", "5.0", "6.0"] = Field("5.0", description="version of CTCAE for laboratory grades")
    policy: Literal["floor", "worst"] = Field(
        "floor", description="floor: the grade the number proves; worst: the highest it could be"
    )
    baseline: Literal["lymphodepletion", "infusion"] = Field(
        "lymphodepletion", description="laboratory baseline: last value before this"
    )
    ranges: tuple[Range, ...] = Field((), description="reference ranges for rows that bring none")
    icaht_days: Literal["cumulative", "longest_run"] = Field(
        "cumulative", description="how days of early ICAHT are counted"
    )
    icaht_gap_days: int = Field(
        7, ge=0, description="longest gap between neutrophil counts that is interpolated, days"
    )
    icaht_bridge_days: int = Field(
        2, ge=0, description="days above the threshold that do not end a run of days below it"
    )
    icaht_late_until_day: int = Field(100, ge=31, description="last study day of late ICAHT")
    icaht_platelets: bool = Field(
        False, description="grade early and late platelet toxicity as well (a proposal)"
    )
    day28_window: tuple[int, int] = Field(
        (25, 31), description="study days whose values count as the Day 28 visit"
    )
    # reported adverse events
    partial_dates: Literal["infusion", "first"] = Field(
        "infusion",
        description="where a partial start is put: at the infusion where it may be that, else (or always: first) at its first date",
    )
    ae_syndromes: Literal["reported", "derived"] = Field(
        "reported", description="whose CRS and ICANS stand in the tables of adverse events"
    )
    ae_lab_days: int = Field(
        1, ge=0, description="days around a reported event whose laboratory values are compared with it"
    )
    ae_lab_min_grade: int = Field(
        3, ge=1, le=5, description="lowest derived grade of laboratory values that should have been reported"
    )
    aesi_dir: str = Field(
        "",
        description="folder of the study's own groups of special interest (aesi_*.toml), seen from the settings file",
    )
    # reading
    day0: Literal["", "column", "EX", "RFXSTDTC", "RFSTDTC"] = Field(
        "",
        description="what says Day 0: column (of the infusion), EX (rows of the product), RFXSTDTC or RFSTDTC; else the first there",
    )
    date_order: dict[str, Literal["dmy", "mdy", "ymd"]] = Field(
        {}, description='order of day and month by heading ("*" for all)'
    )
    time_zone: str = Field(
        "", description="zone (Area/City) of the study's clock: times that name another are converted to it"
    )
    longest_interval_days: int = Field(
        14, ge=0, description="support that runs longer without `ongoing` has a mistyped end, days"
    )
    ids: dict[str, str] = Field(
        {}, description="whom a spelling of a subject's id means: another spelling, or itself"
    )
    columns: dict[str, str] = Field({}, description='what a heading is: an item\'s name, or "ignore"')
    ignore: tuple[str, ...] = Field((), description="sheets and files that are not read, by name")
    allow_pii: bool = Field(
        False, description="drop columns of names, identity numbers and phone numbers instead of refusing"
    )
    max_unpacked_mb: int = Field(2000, ge=1, description="largest unpacked size of a workbook, MB")
    max_rows: int = Field(3_000_000, ge=1, description="most rows in one sheet")
    max_cell_chars: int = Field(100_000, ge=1, description="longest text in one cell")
    # tables
    ci: Literal["clopper-pearson", "wilson"] = Field(
        "clopper-pearson", description="method of 95 % confidence intervals"
    )

    @field_validator("ignore", mode="before")
    @classmethod
    def _names_to_ignore(cls, names: Any) -> Any:
        """A list of names, or a table of them: `"contacts.csv" = true`, `sheets = ["Notes", "Menu"]`."""
        if not isinstance(names, dict):
            return names
        said = {name: name if value is True else value for name, value in names.items() if value}
        return tuple(
            name for value in said.values() for name in (value if isinstance(value, list) else [value])
        )

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name and (problem := _wrong_zone(name)):
            raise PydanticCustomError("time_zone", "{problem}", {"problem": problem})
        return name


def _wrong_zone(name: str) -> str:
    """Why a name is no time zone that times can be converted to; empty when it is one."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if not known:
            return "this machine has no time zone data; install the Python package tzdata"
        near = difflib.get_close_matches(name, known, 1)
        return "no time zone of this name" + (
            f"; the nearest is {near[0]}" if near else "; write Area/City, as in Asia/Shanghai"
        )
    return ""


def find_config(inputs: Sequence[Path]) -> Path | None:
    """The settings file that applies: beside the first input that has one, else in the working folder, else none."""
    for folder in [*(p.parent if p.suffix else p for p in inputs), Path()]:
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return candidate
    return None


def small_text(path: Path) -> str:
    """The text of a settings file or a grading table: never of a device or a pipe, which has no end. Raises OSError."""
    about = path.stat()
    if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
        raise OSError(errno.EINVAL, "a device or a pipe", str(path))
    if about.st_size > SMALL_BYTES:
        raise OSError(errno.EFBIG, f"{about.st_size // 1_000_000} MB are too much", str(path))
    return path.read_text(encoding="utf-8-sig")


def load_settings(config: Path | None = None, inputs: Sequence[Path] = (), **overrides: Any) -> Settings:
    """The settings in force: the defaults, then `senl-ae.toml`, then what the command line said.

    Raises Refused with one issue per wrong key or value.
    """
    path = config or find_config(inputs)
    values: dict[str, Any] = {}
    issues = Issues()
    if path is not None:
        try:
            values = tomllib.loads(small_text(path))
        except OSError as error:
            issues.add(
                "refuse",
                "settings-unreadable",
                file=shown(path.name),
                found=f"the settings file cannot be read: {error.strerror}",
                done="check the path and its permissions",
            )
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            issues.add(
                "refuse",
                "settings-not-toml",
                file=shown(path.name),
                found=f"not a TOML file: {error}",
                done="mend the file; `senl-ae settings` shows the form",
            )
    if issues.refused:
        raise Refused(issues)
    if path is not None and isinstance(values.get("aesi_dir"), str) and values["aesi_dir"]:
        values["aesi_dir"] = str(path.parent / values["aesi_dir"])
    values.update({k: v for k, v in overrides.items() if v is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            key = ".".join(str(part) for part in problem["loc"])
            if problem["type"] == "extra_forbidden":
                near = difflib.get_close_matches(str(problem["loc"][-1]), _names_at(problem["loc"]), 1)
                found = f"unknown setting {key}"
                expected = (
                    f"{near[0]}, the nearest known name" if near else "one that `senl-ae settings` lists"
                )
            else:
                found = f"{key} = {problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
                expected = "a value that `senl-ae settings` allows"
            issues.add(
                "refuse",
                "settings-wrong",
                file=shown(path.name) if path else "",
                column=key,
                found=found,
                expected=expected,
                done="nothing was graded",
            )
        raise Refused(issues) from None


def _names_at(loc: tuple[int | str, ...]) -> list[str]:
    """The names that are known where a wrong one stands, inside a table of the settings as well."""
    model: type[BaseModel] = Settings
    for part in loc[:-1]:
        if isinstance(part, str):
            kind = model.model_fields[part].annotation
            model = next(
                k for k in (kind, *get_args(kind)) if isinstance(k, type) and issubclass(k, BaseModel)
            )
    return list(model.model_fields)


def flat(settings: Settings) -> dict[str, Any]:
    """Every setting in force as plain values, for run.json and for print."""
    return settings.model_dump(mode="json")
