"""Table 2: cytokine release syndrome by maximum grade."""

from __future__ import annotations

from senl_ae.report.tables.syndromes.syndrome import syndrome_table

TABLE = syndrome_table("CRS", "2", "Cytokine release syndrome by maximum grade")
