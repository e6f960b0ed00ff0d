"""Serious adverse events by class and term."""

from senl_ae.report.tables.adverse_events.by_term import term_table

TABLE = term_table(
    "ae-serious",
    "11e",
    "Serious adverse events by class and term",
    lambda records: records.counted & records.serious,
    ("Records that are serious, by the investigator's answer or by a reason for it.",),
)
