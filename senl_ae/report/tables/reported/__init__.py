"""Counting -> statistics of the grades that investigators reported, alone and against those derived from the record."""
