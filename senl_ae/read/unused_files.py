"""Files that were understood and of which not one row can be used: whoever named such a file meant it to count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from senl_ae.issues import Issues
from senl_ae.read.rows.partial_lines import PARTIAL
from senl_ae.read.rows.reading import Reading
from senl_ae.study import NO_TIME


def refuse_files_without_use(readings: Sequence[Reading], issues: Issues) -> None:
    """Refuse each file that has rows and none with a subject and (but for a sheet of subjects) a time or a start.

    Of treatments a row is also of use that says it did not happen, or of whose start a part is known: both are told. A reported event
    needs no date.
    """
    in_part = {issue.file for issue in issues.found if issue.code == PARTIAL}
    refused = {issue.file for issue in issues.found if issue.severity == "refuse"}
    for file in dict.fromkeys(reading.layout.table.file for reading in readings):
        sheets = [reading for reading in readings if reading.layout.table.file == file]
        rows = sum(reading.counts.get("rows_read", 0) for reading in sheets)
        if file in refused or not rows or any(_has_use(reading, file in in_part) for reading in sheets):
            continue
        issues.add(
            "refuse",
            "no-usable-row",
            file=file,
            found=f"none of its {rows} rows has a subject and a time that can be read",
            expected="a subject id, and a date or a date and time, in each row",
            done=f"mend it, or leave it out with --as ignore={file}",
        )


def _has_use(reading: Reading, in_part: bool) -> bool:
    """Whether any row of a sheet is some subject's, and says when. in_part: some date of its file is known in part."""
    if not len(reading.rows):
        return False
    if reading.layout.domain == "interventions" and (reading.not_done or in_part):
        return True
    return reading.layout.domain in ("subjects", "events") or any(
        bool(np.any(when.seconds != NO_TIME)) for when in reading.whens.values()
    )
