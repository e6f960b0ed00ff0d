"""Adverse events that began in the lymphodepletion, before the infusion, by class and term."""

from senl_ae.report.count.adverse_events import LYMPHODEPLETION
from senl_ae.report.tables.adverse_events.by_term import term_table

TABLE = term_table(
    "ae-lymphodepletion",
    "11h",
    "Adverse events that began in the lymphodepletion by class and term",
    lambda records: records.period == LYMPHODEPLETION,
    (
        "Records that began from the start of the lymphodepletion to before the infusion, whether they became worse afterwards or not.",
    ),
)
