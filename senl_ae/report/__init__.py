"""Results folder -> tables: statistics first, layout last."""
