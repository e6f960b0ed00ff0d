"""Adverse events that began after the window of the subject: listed, not counted."""

from senl_ae.report.count.adverse_events import FILE, LATE
from senl_ae.report.tables.adverse_events.listing import listed
from senl_ae.report.tables.adverse_events.shared import FAMILY, GRADES, SCALE, absent, there
from senl_ae.report.tables.table import Counting, Rows, Table


def rows(counting: Counting) -> Rows:
    frame = counting.results.frame(FILE)
    return listed(frame[frame["period"] == LATE])


TABLE = Table(
    "ae-late",
    "11j",
    "Adverse events that began after the window",
    rows=rows,
    needs=there,
    absent=absent,
    notes=lambda _: ["One line per record that began after the subject's window: listed here, in no count."],
    kind="listing",
    family=FAMILY,
    scale=lambda _: SCALE,
    grades=GRADES,
    first_lines=40,
)
