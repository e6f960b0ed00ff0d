"""Fatal adverse events by class and term: of grade 5, with a fatal outcome, or serious because fatal."""

from senl_ae.report.tables.adverse_events.by_term import term_table

TABLE = term_table(
    "ae-fatal",
    "11f",
    "Fatal adverse events by class and term",
    lambda records: records.counted & records.fatal,
    ("Records of grade 5, with the outcome that the event was fatal, or serious for that reason.",),
)
