"""Which cells a Parquet file holds: its column names are row 1, its first record is row 2. Needs pyarrow, an extra."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]
import pyarrow.parquet  # type: ignore[import-not-found, import-untyped, unused-ignore]

from senl_ae.read.files.grid import (
    COLUMN_BUDGET,
    as_objects,
    refuse_long_cells,
    span_of_time,
    too_many_columns,
    whole_second,
)
from senl_ae.read.files.refusal import refusal, too_many_rows
from senl_ae.study import RawTable

if TYPE_CHECKING:
    from senl_ae.settings import Settings

CONVERT: dict[type, Callable[[Any], Any]] = {
    dt.datetime: lambda time: whole_second(time.replace(tzinfo=None)),  # the wall clock where it was recorded
    dt.time: whole_second,
    dt.timedelta: span_of_time,
    decimal.Decimal: float,
}
AS_IT_IS = {dt.date, int, float, str, bool, type(None)}


def read_parquet_table(path: Path, file: str, settings: Settings) -> RawTable:
    """The table of one Parquet file; raises Refused with one line when it cannot be read."""
    try:
        with path.open("rb") as source:  # pyarrow takes no name that is not UTF-8
            refuse_too_large(pyarrow.parquet.read_metadata(source), file, settings)
            table = pyarrow.parquet.read_table(source)
        columns = [
            with_heading(name, values_of(table.column(number)))
            for number, name in enumerate(table.column_names)
        ]
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        raise refusal(
            file, "damaged-parquet", "a Parquet file that is broken", "a whole Parquet file", "write it again"
        ) from None
    read = RawTable(file, "", columns)
    refuse_long_cells(read, settings.max_cell_chars)
    return read


def refuse_too_large(about: Any, file: str, settings: Settings) -> None:
    """The limits of the settings, by what the file's footer declares."""
    if about.num_rows > settings.max_rows:
        raise too_many_rows(file, about.num_rows, settings)
    if about.num_columns > COLUMN_BUDGET:
        raise too_many_columns(file, "", about.num_columns)
    unpacked = (
        sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups)) // 1_000_000
    )
    if unpacked > settings.max_unpacked_mb:
        raise refusal(
            file,
            "unpacks-too-large",
            f"unpacks to {unpacked} MB",
            f"at most {settings.max_unpacked_mb} MB",
            "split it, or raise max_unpacked_mb in senl-ae.toml",
        )


def values_of(column: Any) -> list[Any]:
    """One column as Python values; times to the microsecond (finer ones would come as pandas' own type), midnights alone as dates."""
    if pyarrow.types.is_timestamp(column.type):
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    values: list[Any] = column.to_pylist()
    if pyarrow.types.is_timestamp(column.type) and not any(
        value and value.time() != dt.time() for value in values
    ):
        return [value and value.date() for value in values]
    return values


def with_heading(name: str, values: list[Any]) -> np.ndarray:
    """One column as objects below its heading: whole seconds, wall-clock times, missing as None, nested values as text."""
    column = np.empty(len(values) + 1, object)
    column[0], column[1:] = name, values
    kinds, below = set(map(type, values)), column[1:]
    if kinds - AS_IT_IS:
        kind = np.frompyfunc(type, 1, 1)(below)
        for other in kinds - AS_IT_IS:
            below[kind == other] = as_objects(list(map(CONVERT.get(other, str), below[kind == other])))
    if str in kinds:
        below[below == ""] = None
    if float in kinds:
        below[below != below] = None  # a number that is none
    return column
