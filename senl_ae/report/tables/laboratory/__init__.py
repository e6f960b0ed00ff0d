"""Counting -> statistics of the laboratory: worst grades by term, the shift from baseline, and what series of values say."""
