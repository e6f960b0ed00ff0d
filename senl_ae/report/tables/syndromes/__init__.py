"""Counting -> statistics of the syndromes: who had one, how badly, when, for how long, what was given, and what rulings changed."""
