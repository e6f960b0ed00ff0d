"""Table 9b: neurotoxicity (ICANS) by maximum grade, as the investigators reported it."""

from __future__ import annotations

from senl_ae.report.tables.syndromes.syndrome import reported_table

TABLE = reported_table("ICANS", "9b", "Neurotoxicity (ICANS) by maximum grade")
