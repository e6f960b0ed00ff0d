"""Table 9c: derived by reported CRS grade, with exact agreement and weighted kappa."""

from __future__ import annotations

from senl_ae.report.tables.reported.agreement import agreement_table

TABLE = agreement_table("CRS", "9c")
