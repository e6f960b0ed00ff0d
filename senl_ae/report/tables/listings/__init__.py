"""Counting -> rows of a listing: subjects, days, episodes, and the problems found in the input."""
