"""Graded results in, tables out: statistics first, layout last."""
