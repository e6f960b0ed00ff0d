"""Files that were understood and of which not one row can be used: whoever named such a file meant it to count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from senl_ae.issues import Issue
from senl_ae.read.rows.partial_lines import PARTIAL
from senl_ae.read.rows.reading import Reading
from senl_ae.study import NO_TIME


def refuse_files_without_use(
    readings: Sequence[Reading], not_done: Sequence[bool], said: Sequence[Issue]
) -> Iterator[Issue]:
    """Refuse each file that has rows and none with a subject and (but for a sheet of subjects) a time or a start.

    Of treatments a row is also of use that says it did not happen, or of whose start a part is known: both are told. A reported event
    needs no date.

    not_done: of each sheet, whether some row says so. said: what was found before.
    """
    in_part = {issue.file for issue in said if issue.code == PARTIAL}
    refused = {issue.file for issue in said if issue.severity == "refuse"}
    for file in dict.fromkeys(reading.layout.table.file for reading in readings):
        sheets = [one for one in zip(readings, not_done, strict=True) if one[0].layout.table.file == file]
        rows = sum(reading.counts.get("rows_read", 0) for reading, _ in sheets)
        told = file in in_part
        if file in refused or not rows or any(_has_use(reading, told or no) for reading, no in sheets):
            continue
        yield Issue(
            "refuse",
            "no-usable-row",
            file=file,
            found=f"none of its {rows} rows has a subject and a time that can be read",
            expected="a subject id, and a date or a date and time, in each row",
            done=f"mend it, or leave it out with --as ignore={file}",
        )


def _has_use(reading: Reading, told: bool) -> bool:
    """Whether any row of a sheet is some subject's, and says when. told: some did not happen, or some date of its file is known in part."""
    if not len(reading.rows):
        return False
    if reading.layout.domain == "interventions" and told:
        return True
    return reading.layout.domain in ("subjects", "events") or any(
        bool(np.any(when.seconds != NO_TIME)) for when in reading.whens.values()
    )
