"""Adverse events that are related to the product by class and term; a missing relation counts as related."""

from senl_ae.report.tables.adverse_events.by_term import term_table

TABLE = term_table(
    "ae-related",
    "11d",
    "Related adverse events by class and term",
    lambda records: records.counted & records.related,
    (
        "Records that are related to the product, or of which the relation is not recorded or cannot be assessed.",
    ),
)
