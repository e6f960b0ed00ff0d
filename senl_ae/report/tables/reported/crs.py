"""Table 9a: cytokine release syndrome by maximum grade, as the investigators reported it."""

from __future__ import annotations

from senl_ae.report.tables.syndromes.syndrome import reported_table

TABLE = reported_table("CRS", "9a", "Cytokine release syndrome by maximum grade")
