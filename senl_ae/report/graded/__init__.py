"""Graded study -> graded.xlsx: patients, episodes, the daily grid and the queries, for people."""
