"""Adverse events by class and term, any grade beside grade 3 or more."""

from senl_ae.report.tables.adverse_events.by_term import term_table

TABLE = term_table("ae-terms", "11b", "Adverse events by class and term", lambda records: records.counted)
